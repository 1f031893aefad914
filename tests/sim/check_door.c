/* The door: one admission for each ticket, each answered scan on record; and each answered change of a ticket. */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "door/v1/door.pb-c.h"

static const struct book_list *list_of(const struct sim *sim, const char *id)
{
    for (unsigned i = 0; i < sim->book->list_count; i++) {
        if (strcmp(sim->book->lists[i].id, id) == 0)
            return &sim->book->lists[i];
    }
    return NULL;
}

static const Door__CheckIn *first_scan;
static unsigned entries;

static void count_entry(struct sim *sim, struct ts_call *call, const struct ts_doc *doc)
{
    const Door__CheckIn *scan = (const Door__CheckIn *)doc->body;

    (void)sim;
    (void)call;
    entries += scan->ticket_id && strcmp(scan->ticket_id, first_scan->ticket_id) == 0 &&
               strcmp(scan->list_id, first_scan->list_id) == 0 && !scan->forced &&
               scan->result == DOOR__CHECK_IN_RESULT__OK && scan->direction == DOOR__CHECK_IN_DIRECTION__ENTRY;
}

static void check_scan(struct sim *sim, struct ts_call *call, const struct ts_doc *doc)
{
    const Door__CheckIn *scan = (const Door__CheckIn *)doc->body;

    if (!scan->ticket_id || list_of(sim, scan->list_id)->reentry)
        return;
    first_scan = scan;
    entries = 0;
    check_each(sim, call, "check_ins", count_entry);
    if (entries > 1)
        sim_problem(sim, "%s was let in %u times", scan->ticket_id, entries);
}

/* The passes of one ticket on a list alternate, where entries are strict; who came late by force may be anywhere. */
static void check_admission(struct sim *sim, struct ts_call *call, const struct ts_doc *doc)
{
    const Door__Admission *admission = (const Door__Admission *)doc->body;
    const struct book_list *list = list_of(sim, admission->list_id);
    bool inside = false;

    (void)call;
    for (size_t i = 0; i < admission->n_passes && !list->forced; i++) {
        bool entry = admission->passes[i]->direction == DOOR__CHECK_IN_DIRECTION__ENTRY;

        if (entry && inside)
            sim_problem(sim, "%s came in, and came in", doc->id);
        inside = entry;
        for (size_t j = 0; j < i; j++) {
            if (strcmp(admission->passes[i]->check_in_id, admission->passes[j]->check_in_id) == 0)
                sim_problem(sim, "%s passed twice by one scan", doc->id);
        }
    }
}

/* Two who change one ticket at once do it one after the other. */
static void check_changes(struct sim *sim, struct ts_call *call)
{
    for (unsigned i = 0; i < sim->book->change_count; i++) {
        const struct book_change *said = sim->book->changes[i];
        size_t count = check_history(sim, call, "ticket_states", said->ticket_id).count;

        if (count < said->count)
            sim_problem(sim, "%s was said to be changed %u times and has %zu versions", said->ticket_id, said->count,
                        count);
    }
}

void check_door(struct sim *sim, struct ts_call *call)
{
    check_each(sim, call, "check_ins", check_scan);
    check_each(sim, call, "admissions", check_admission);
    check_changes(sim, call);
    for (unsigned i = 0; i < sim->book->scan_count; i++) {
        const struct book_scan *said = sim->book->scans[i];
        const Door__CheckIn *scan;
        struct ts_doc doc;

        if (!said->heard)
            continue;
        doc = check_get(sim, call, "check_ins", said->id);
        scan = (const Door__CheckIn *)doc.body;
        if (!scan)
            sim_problem(sim, "%s was acknowledged and is lost", said->id);
        if ((int)scan->result != said->result)
            sim_problem(sim, "%s was answered %d and is %d", said->id, said->result, scan->result);
    }
}
