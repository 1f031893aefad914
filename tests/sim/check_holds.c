/* Holds: a cart lives an hour at most, ends no sooner than was promised, and has the time that its buyer was told. */
#include <string.h>

#include "check.h"
#include "inventory/v1/inventory.pb-c.h"

/* Has some version of it the end that was said? */
static bool was_open_until(const struct ts_page *history, int64_t end_ms)
{
    for (size_t i = 0; i < history->count; i++) {
        const Inventory__Hold *hold = (const Inventory__Hold *)history->docs[i].body;

        if (hold->state == INVENTORY__HOLD_STATE__OPEN && hold->expires_at_ms == end_ms)
            return true;
    }
    return false;
}

static void check_told(struct sim *sim, const char *id, const struct ts_page *history)
{
    for (unsigned i = 0; i < sim->book->hold_count; i++) {
        const struct book_hold *told = sim->book->holds[i];

        if (strcmp(told->id, id) == 0 && !was_open_until(history, told->expires_ms))
            sim_problem(sim, "%s never had the time that its buyer was told", id);
    }
}

static void check_hold(struct sim *sim, struct ts_call *call, const struct ts_doc *doc)
{
    struct ts_page history = check_history(sim, call, "holds", doc->id); /* newest first */
    int64_t later_ms = INT64_MAX;

    if (((const Inventory__Hold *)doc->body)->blocks_quota_id || ((const Inventory__Hold *)doc->body)->pool_quota_id)
        return;
    for (size_t i = 0; i < history.count; i++) {
        const Inventory__Hold *hold = (const Inventory__Hold *)history.docs[i].body;

        if (hold->state != INVENTORY__HOLD_STATE__OPEN)
            continue;
        if (hold->expires_at_ms > hold->created_at_ms + TS_HOUR_MS)
            sim_problem(sim, "%s was open for more than an hour", doc->id);
        if (hold->expires_at_ms > later_ms)
            sim_problem(sim, "%s came to end sooner", doc->id);
        later_ms = hold->expires_at_ms;
    }
    check_told(sim, doc->id, &history);
}

void check_holds(struct sim *sim, struct ts_call *call)
{
    check_each(sim, call, "holds", check_hold);
}
