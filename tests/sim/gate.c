/* Who stands at the door with a phone: two of them may scan one ticket in one moment. */
#include <stdio.h>
#include <string.h>

#include "ask.h"

static bool has_entered(const struct book *book, const struct book_scan *than)
{
    for (unsigned i = 0; i < book->scan_count; i++) {
        const struct book_scan *scan = book->scans[i];

        if (scan != than && scan->list == than->list && !scan->exit && strcmp(scan->ticket->id, than->ticket->id) == 0)
            return true;
    }
    return false;
}

/* Another scan by which the ticket was let in. */
static const struct book_scan *other_entry(const struct book *book, const struct book_scan *than)
{
    for (unsigned i = 0; i < book->scan_count; i++) {
        const struct book_scan *scan = book->scans[i];

        if (scan != than && scan->list == than->list && !scan->exit && scan->heard && !scan->forced &&
            scan->result == DOOR__CHECK_IN_RESULT__OK && strcmp(scan->ticket->id, than->ticket->id) == 0)
            return scan;
    }
    return NULL;
}

/* What was known when the scan was first sent. */
struct before {
    bool dead, cancelled;
};

static void judge(struct sim *sim, struct book_scan *scan, struct before before)
{
    const struct book *book = sim->book;
    bool admitted = scan->result == DOOR__CHECK_IN_RESULT__OK;

    if (scan->forced)
        return;
    sim_count(sim, !admitted ? COUNT_scans_refused : scan->exit ? COUNT_exits : COUNT_admissions);
    if (admitted && (before.dead || before.cancelled))
        sim_problem(sim, "%s is admitted by a code that is no good any more", scan->ticket->id);
    if (admitted && !scan->exit && !book->lists[scan->list].reentry && other_entry(book, scan))
        sim_problem(sim, "%s is admitted twice, by %s and %s", scan->ticket->id, scan->nonce,
                    other_entry(book, scan)->nonce);
    if (scan->result == DOOR__CHECK_IN_RESULT__ALREADY_REDEEMED && !has_entered(book, scan))
        sim_problem(sim, "%s is said to be inside, and nobody scanned it", scan->ticket->id);
    if (scan->result == DOOR__CHECK_IN_RESULT__INVALID || scan->result == DOOR__CHECK_IN_RESULT__UNPAID ||
        scan->result == DOOR__CHECK_IN_RESULT__WRONG_EVENT || scan->result == DOOR__CHECK_IN_RESULT__WRONG_PRODUCT)
        if (book->types[scan->ticket->order->hold->type].event == 0)
            sim_problem(sim, "%s is good and is answered %d", scan->ticket->id, scan->result);
    if (scan->result == DOOR__CHECK_IN_RESULT__CANCELLED && !scan->ticket->order->cancelling)
        sim_problem(sim, "%s is said to be cancelled", scan->ticket->id);
    if ((scan->result == DOOR__CHECK_IN_RESULT__REVOKED || scan->result == DOOR__CHECK_IN_RESULT__BLOCKED) &&
        !scan->ticket->order->changing)
        sim_problem(sim, "%s is said to be revoked", scan->ticket->id);
}

static void scan_once(struct client *client, struct book_scan *scan, struct before before)
{
    struct sim *sim = client->sim;
    Door__CheckInRequest request = DOOR__CHECK_IN_REQUEST__INIT;
    const Door__CheckInReply *reply = NULL;

    request.list_id = sim->book->lists[scan->list].id;
    request.qr = scan->ticket->code;
    request.nonce = scan->nonce;
    request.has_direction = true;
    request.direction = scan->exit ? DOOR__CHECK_IN_DIRECTION__EXIT : DOOR__CHECK_IN_DIRECTION__ENTRY;
    request.gate = client->number ? "B" : "A";
    request.has_force = request.force = scan->forced;
    if (ASK(client, door, "CheckIn", &request, NULL, &reply))
        return;
    if (!reply->has_result)
        sim_problem(sim, "a scan is refused %d", REFUSED(reply));
    if (scan->heard && (int)reply->result != scan->result)
        sim_problem(sim, "a scan of %s was answered %d, then %d", scan->ticket->id, scan->result, reply->result);
    book_same(sim, scan->id, reply->check_in->id, sizeof(scan->id), "scan");
    sim_count(sim, scan->forced ? COUNT_forced_scans : COUNT_scans);
    if (scan->heard)
        return;
    scan->heard = true;
    scan->result = reply->result;
    judge(sim, scan, before);
}

static void scan(struct client *client)
{
    struct sim *sim = client->sim;
    struct book *book = sim->book;
    struct book_ticket *ticket;
    struct book_scan *scan;
    struct before before;
    unsigned list = sim_draw(sim, BOOK_LISTS_MAX);

    if (!book->ticket_count)
        return;
    /* The last one shown is at another gate, too. */
    ticket = book->tickets[sim_draw(sim, 2) ? book->ticket_count - 1 : sim_draw(sim, book->ticket_count)];
    scan = book_scan(sim, ticket, list);
    scan->forced = book->lists[list].forced;
    scan->exit = book->lists[list].reentry && sim_draw(sim, 3) == 0;
    before = (struct before){ ticket->dead, ticket->order->cancelled };
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        scan_once(client, scan, before);
        if (scan->heard && sim_draw(sim, 4))
            return;
        ask_again_later(client);
    }
}

void gate_live(struct client *client)
{
    struct sim *sim = client->sim;

    for (unsigned round = 0; round < 4 * sim->knobs.rounds; round++) {
        sim_pause(sim, sim_draw(sim, 2500));
        scan(client);
        ts_arena_reset(client->arena);
    }
}
