/* What must hold: at each moment the places and that money goes back after it came, in the end everything. */
#include "check.h"

#include <string.h>

#include "inventory/v1/inventory.pb-c.h"
#include "support/checker.h"

static const struct ts_collection *collection_of(struct sim *sim, struct ts_call *call, const char *name)
{
    const struct store_collection *found = store_find(call->runtime->store, name);

    if (!found)
        sim_problem(sim, "there is no collection %s", name);
    return found->declared;
}

void check_each(struct sim *sim, struct ts_call *call, const char *collection, check_visit *visit)
{
    struct ts_page page = { .more = true };

    while (page.more) {
        struct ts_scan scan = { .collection = collection_of(sim, call, collection),
                                .cursor = page.cursor,
                                .limit = TS_SCAN_MAX };

        if (ts_store_scan(call, &scan, &page))
            sim_problem(sim, "%s cannot be read", collection);
        for (size_t i = 0; i < page.count; i++)
            visit(sim, call, &page.docs[i]);
    }
}

struct ts_doc check_get(struct sim *sim, struct ts_call *call, const char *collection, const char *id)
{
    struct ts_doc doc;

    if (ts_store_get(call, collection_of(sim, call, collection), id, &doc))
        sim_problem(sim, "%s cannot be read", id);
    return doc;
}

struct ts_page check_history(struct sim *sim, struct ts_call *call, const char *collection, const char *id)
{
    struct ts_page page;

    if (ts_store_history(call, collection_of(sim, call, collection), id, 0, TS_SCAN_MAX, &page))
        sim_problem(sim, "the history of %s cannot be read", id);
    return page;
}

void check_moment(struct sim *sim, struct ts_call *call)
{
    struct checker_report report;

    sim_count(sim, COUNT_probes);
    if (checker_run(call, call->runtime->store, &report))
        sim_problem(sim, "places cannot be read");
    if (report.problem[0]) {
        if (trace_is_shown)
            show_all(sim, call);
        sim_problem(sim, "places: %s", report.problem);
    }
    check_money_moment(sim, call);
}

bool check_is_settled(struct sim *sim, struct ts_call *call)
{
    static const char *const names[] = { "holds", "orders", "payments", "refunds", "events", "dates" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct ts_scan scan = { .collection = collection_of(sim, call, names[i]), .index = "due", .limit = 1 };
        struct ts_page page;

        if (ts_store_scan(call, &scan, &page))
            sim_problem(sim, "%s cannot be read", names[i]);
        if (page.count) {
            trace_line(sim, "%s is still due", page.docs[0].id);
            return false;
        }
    }
    return true;
}

void check_end(struct sim *sim, struct ts_call *call)
{
    if (trace_is_shown)
        show_all(sim, call);
    check_moment(sim, call);
    check_holds(sim, call);
    check_orders(sim, call);
    check_money(sim, call);
    check_keys(sim, call);
    check_door(sim, call);
    check_seats(sim, call);
}

/* ---- after the last place was sold */

static int sold[BOOK_QUOTAS_MAX];

static void count_sold(struct sim *sim, struct ts_call *call, const struct ts_doc *doc)
{
    const Orders__Order *order = (const Orders__Order *)doc->body;

    (void)call;
    for (size_t i = 0; order->status == ORDERS__ORDER_STATUS__PAID && i < order->n_positions; i++) {
        for (unsigned j = 0; j < sim->book->type_count; j++) {
            const struct book_type *type = &sim->book->types[j];

            for (unsigned k = 0; k < BOOK_QUOTAS_MAX && strcmp(type->id, order->positions[i]->ticket_type_id) == 0; k++)
                sold[k] += type->quotas[k];
        }
    }
}

/* No place is lost: a house that says it is sold out is full. Who were let in when it was larger stay. */
void check_drained(struct sim *sim, struct ts_call *call)
{
    const struct book_quota *hall = &sim->book->quotas[0], *box = &sim->book->quotas[1];
    const struct book_quota *balcony = &sim->book->quotas[3];

    memset(sold, 0, sizeof(sold));
    check_each(sim, call, "orders", count_sold);
    for (unsigned i = 0; i < BOOK_QUOTAS_MAX; i++) {
        if (sold[i] > sim->book->quotas[i].size_max)
            sim_problem(sim, "%d places of %d are sold", sold[i], sim->book->quotas[i].size_max);
    }
    if (sold[0] < hall->size)
        sim_problem(sim, "the hall is sold out with %d of %d places", sold[0], hall->size);
    if (sold[1] < box->size && sold[0] < hall->size)
        sim_problem(sim, "the box is sold out with %d of %d places", sold[1], box->size);
    if (sold[3] != balcony->size)
        sim_problem(sim, "the balcony is sold out with %d of %d seats", sold[3], balcony->size);
    check_seats(sim, call);
}
