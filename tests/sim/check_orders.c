/* Orders: there for ever, changed by their machine alone, and one with their holds. */
#include <string.h>

#include "check.h"
#include "inventory/v1/inventory.pb-c.h"

#define STATUS(name) ORDERS__ORDER_STATUS__##name

static bool may_follow(Orders__OrderStatus from, Orders__OrderStatus to)
{
    static const bool allowed[4][4] = {
        [STATUS(PENDING)] = { [STATUS(PENDING)] = true,
                              [STATUS(PAID)] = true,
                              [STATUS(EXPIRED)] = true,
                              [STATUS(CANCELLED)] = true },
        [STATUS(PAID)] = { [STATUS(PAID)] = true, [STATUS(CANCELLED)] = true },
        [STATUS(EXPIRED)] = { [STATUS(EXPIRED)] = true, [STATUS(PAID)] = true },
        [STATUS(CANCELLED)] = { [STATUS(CANCELLED)] = true },
    };

    return allowed[from][to];
}

static bool is_same_text(const char *left, const char *right)
{
    return left && right ? strcmp(left, right) == 0 : left == right;
}

/* What no version may change. */
static bool is_same_order(const Orders__Order *left, const Orders__Order *right)
{
    if (!is_same_text(left->code, right->code) || !is_same_text(left->secret, right->secret) ||
        !is_same_text(left->email, right->email) || left->total->minor != right->total->minor ||
        left->n_positions != right->n_positions)
        return false;
    for (size_t i = 0; i < left->n_positions; i++) {
        if (!is_same_text(left->positions[i]->id, right->positions[i]->id) ||
            !is_same_text(left->positions[i]->ticket_secret, right->positions[i]->ticket_secret) ||
            left->positions[i]->price->minor != right->positions[i]->price->minor)
            return false;
    }
    return true;
}

static void check_order_history(struct sim *sim, struct ts_call *call, const struct ts_doc *doc)
{
    struct ts_page page = check_history(sim, call, "orders", doc->id);

    if (((const Orders__Order *)page.docs[page.count - 1].body)->status != STATUS(PENDING))
        sim_problem(sim, "%s was not born PENDING", doc->id);
    for (size_t i = 1; i < page.count; i++) {
        const Orders__Order *after = (const Orders__Order *)page.docs[i - 1].body;
        const Orders__Order *before = (const Orders__Order *)page.docs[i].body;

        if (!may_follow(before->status, after->status))
            sim_problem(sim, "%s went from %d to %d", doc->id, before->status, after->status);
        if (!is_same_order(before, after))
            sim_problem(sim, "%s became another order", doc->id);
    }
}

static void check_order_hold(struct sim *sim, struct ts_call *call, const Orders__Order *order)
{
    struct ts_doc doc = check_get(sim, call, "holds", order->hold_id);
    const Inventory__Hold *hold = (const Inventory__Hold *)doc.body;

    if (!hold)
        sim_problem(sim, "%s has no hold", order->id);
    if (order->status != STATUS(PAID)) {
        if (hold->state != INVENTORY__HOLD_STATE__RELEASED)
            sim_problem(sim, "%s is over (%d) and its hold is in state %d", order->id, order->status, hold->state);
        return;
    }
    if (hold->state != INVENTORY__HOLD_STATE__SOLD || !is_same_text(hold->order_id, order->id))
        sim_problem(sim, "%s is PAID and its hold is in state %d", order->id, hold->state);
    if (hold->n_positions != order->n_positions)
        sim_problem(sim, "%s has %zu positions on %zu places", order->id, order->n_positions, hold->n_positions);
}

static bool is_known(const struct sim *sim, const Orders__Order *order)
{
    for (unsigned i = 0; i < sim->book->order_count; i++) {
        if (strcmp(sim->book->orders[i]->email, order->email) == 0)
            return true;
    }
    return false;
}

static void check_order(struct sim *sim, struct ts_call *call, const struct ts_doc *doc)
{
    const Orders__Order *order = (const Orders__Order *)doc->body;

    if (!is_known(sim, order))
        sim_problem(sim, "nobody asked for %s", order->id);
    if (order->status == STATUS(PENDING))
        sim_problem(sim, "%s is PENDING for ever", order->id);
    if (order->next_hold_id || order->hold_to_free)
        sim_problem(sim, "%s is half-way for ever", order->id);
    check_order_history(sim, call, doc);
    check_order_hold(sim, call, order);
}

/* What was said still stands. */
static void check_said(struct sim *sim, struct ts_call *call, const struct book_order *said)
{
    struct ts_doc doc = said->id[0] ? check_get(sim, call, "orders", said->id) : (struct ts_doc){ .id = NULL };
    const Orders__Order *order = (const Orders__Order *)doc.body;

    if (!said->id[0])
        return;
    if (!order)
        sim_problem(sim, "%s was acknowledged and is lost", said->id);
    if (!is_same_text(order->code, said->code) || !is_same_text(order->email, said->email) ||
        (said->secret[0] && !is_same_text(order->secret, said->secret)))
        sim_problem(sim, "%s is not what was acknowledged", said->id);
    if (said->cancelled && order->status != STATUS(CANCELLED))
        sim_problem(sim, "%s was acknowledged CANCELLED and is %d", said->id, order->status);
    if (said->paid && order->status != STATUS(PAID) && order->status != STATUS(CANCELLED))
        sim_problem(sim, "%s was acknowledged PAID and is %d", said->id, order->status);
    if (order->status == STATUS(CANCELLED) && !said->cancelling)
        sim_problem(sim, "%s was cancelled by nobody", said->id);
}

/* No place is kept for nobody. */
static void check_hold(struct sim *sim, struct ts_call *call, const struct ts_doc *doc)
{
    const Inventory__Hold *hold = (const Inventory__Hold *)doc->body;
    const Orders__Order *order;
    struct ts_doc order_doc;

    if (hold->blocks_quota_id || hold->pool_quota_id || hold->state == INVENTORY__HOLD_STATE__RELEASED)
        return;
    if (hold->state != INVENTORY__HOLD_STATE__SOLD)
        sim_problem(sim, "%s is in state %d for ever", hold->id, hold->state);
    order_doc = check_get(sim, call, "orders", hold->order_id);
    order = (const Orders__Order *)order_doc.body;
    if (!order || order->status != STATUS(PAID) || strcmp(order->hold_id, hold->id) != 0)
        sim_problem(sim, "%s is sold to %s, which has not got it", hold->id, hold->order_id);
}

void check_orders(struct sim *sim, struct ts_call *call)
{
    check_each(sim, call, "orders", check_order);
    check_each(sim, call, "holds", check_hold);
    for (unsigned i = 0; i < sim->book->order_count; i++)
        check_said(sim, call, sim->book->orders[i]);
}
