/* One effect for each key: what is there is what the keys asked for, and no more. */
#include <string.h>

#include "catalog/v1/catalog.pb-c.h"
#include "check.h"
#include "inventory/v1/inventory.pb-c.h"
#include "payments/v1/payments.pb-c.h"

static unsigned holds_of[BOOK_TYPES_MAX][16];

/* Holds that follow others, each named once. */
static char followers[2 * BOOK_THINGS_MAX][TS_ID_SIZE], followed[2 * BOOK_THINGS_MAX][TS_ID_SIZE];
static unsigned follower_count;

static bool is_follower(const char *id)
{
    for (unsigned i = 0; i < follower_count; i++) {
        if (strcmp(followers[i], id) == 0)
            return true;
    }
    return false;
}

static void note_follower(struct sim *sim, const char *hold_id, const char *next_id)
{
    for (unsigned i = 0; i < follower_count; i++) {
        if (strcmp(followers[i], next_id) != 0)
            continue;
        if (strcmp(followed[i], hold_id) != 0)
            sim_problem(sim, "%s follows %s and %s", next_id, followed[i], hold_id);
        return;
    }
    if (follower_count == 2 * BOOK_THINGS_MAX)
        sim_problem(sim, "too many holds follow others");
    snprintf(followed[follower_count], TS_ID_SIZE, "%s", hold_id);
    snprintf(followers[follower_count++], TS_ID_SIZE, "%s", next_id);
}

/* What names another one is over. */
static void note_followers(struct sim *sim, struct ts_call *call, const struct ts_doc *doc)
{
    struct ts_page page = check_history(sim, call, "holds", doc->id);

    for (size_t i = 0; i < page.count; i++) {
        const Inventory__Hold *hold = (const Inventory__Hold *)page.docs[i].body;

        if (!hold->next_hold_id)
            continue;
        if (hold->state != INVENTORY__HOLD_STATE__RELEASED)
            sim_problem(sim, "%s is followed and not over", doc->id);
        note_follower(sim, doc->id, hold->next_hold_id);
    }
}

/* Holds that buyers made, by type and quantity; an order's second hold is nobody's key. */
static void count_hold(struct sim *sim, struct ts_call *call, const struct ts_doc *doc)
{
    struct ts_page page = check_history(sim, call, "holds", doc->id);
    const struct ts_doc *first = &page.docs[page.count - 1];
    const Inventory__Hold *hold = (const Inventory__Hold *)first->body;

    if (strcmp(first->actor, "anonymous") != 0 || hold->blocks_quota_id || hold->n_positions == 0)
        return;
    if (hold->order_id || is_follower(doc->id)) /* born for an order, or for a buyer who had one */
        return;
    for (unsigned i = 0; i < sim->book->type_count; i++) {
        if (strcmp(sim->book->types[i].id, hold->positions[0]->ticket_type_id) == 0 && hold->n_positions < 16)
            holds_of[i][hold->n_positions]++;
    }
}

static void check_hold_keys(struct sim *sim, struct ts_call *call)
{
    unsigned asked[BOOK_TYPES_MAX][16] = { { 0 } };

    memset(holds_of, 0, sizeof(holds_of));
    follower_count = 0;
    check_each(sim, call, "holds", note_followers);
    check_each(sim, call, "holds", count_hold);
    for (unsigned i = 0; i < sim->book->hold_count; i++)
        asked[sim->book->holds[i]->type][sim->book->holds[i]->quantity]++;
    for (unsigned i = 0; i < BOOK_TYPES_MAX; i++) {
        for (unsigned j = 0; j < 16; j++) {
            if (holds_of[i][j] > asked[i][j])
                sim_problem(sim, "%u keys made %u holds", asked[i][j], holds_of[i][j]);
        }
    }
    for (unsigned i = 0; i < sim->book->hold_count; i++) {
        const struct book_hold *said = sim->book->holds[i];

        for (unsigned j = 0; j < i && said->id[0]; j++) {
            if (strcmp(sim->book->holds[j]->id, said->id) == 0)
                sim_problem(sim, "two keys have one hold, %s", said->id);
        }
        if (said->id[0] && !check_get(sim, call, "holds", said->id).body)
            sim_problem(sim, "%s was acknowledged and is lost", said->id);
    }
}

static unsigned payments_of_order;
static const char *counted_order_id;

static void count_payment(struct sim *sim, struct ts_call *call, const struct ts_doc *doc)
{
    (void)sim;
    (void)call;
    payments_of_order += strcmp(((const Payments__Payment *)doc->body)->order_id, counted_order_id) == 0;
}

static void check_payment_keys(struct sim *sim, struct ts_call *call)
{
    for (unsigned i = 0; i < sim->book->order_count; i++) {
        const struct book_order *order = sim->book->orders[i];

        if (!order->id[0])
            continue;
        payments_of_order = 0;
        counted_order_id = order->id;
        check_each(sim, call, "payments", count_payment);
        if (payments_of_order > order->keys)
            sim_problem(sim, "%u keys made %u payments of %s", order->keys, payments_of_order, order->id);
    }
}

/* All refunds of one key together are over what it asked for, at most. */
static const Payments__Refund *wish;
static int64_t wish_minor;

static void add_wish(struct sim *sim, struct ts_call *call, const struct ts_doc *doc)
{
    const Payments__Refund *refund = (const Payments__Refund *)doc->body;

    (void)sim;
    (void)call;
    if (refund->request_key && strcmp(refund->request_key, wish->request_key) == 0 &&
        strcmp(refund->order_id, wish->order_id) == 0)
        wish_minor += refund->amount->minor;
}

static bool is_answered(const struct sim *sim, const char *refund_id)
{
    for (unsigned i = 0; i < sim->book->refund_count; i++) {
        if (strcmp(sim->book->refunds[i]->id, refund_id) == 0)
            return true;
    }
    return false;
}

static void check_refund(struct sim *sim, struct ts_call *call, const struct ts_doc *doc)
{
    const Payments__Refund *refund = (const Payments__Refund *)doc->body;

    if (!refund->request_key)
        return;
    wish = refund;
    wish_minor = 0;
    check_each(sim, call, "refunds", add_wish);
    if (wish_minor > refund->request_minor)
        sim_problem(sim, "%lld were asked back, %lld are", (long long)refund->request_minor, (long long)wish_minor);
    if (is_answered(sim, refund->id) && wish_minor != refund->request_minor)
        sim_problem(sim, "%lld were to go back, %lld do", (long long)refund->request_minor, (long long)wish_minor);
    if (is_answered(sim, refund->id) && refund->status != PAYMENTS__REFUND__STATUS__DONE)
        sim_problem(sim, "%s was acknowledged and is %d", refund->id, refund->status);
}

/* An event's title is the key that asked for it; its slug is nobody else's. */
static const Catalog__Event *event_seen;

static void compare_event(struct sim *sim, struct ts_call *call, const struct ts_doc *doc)
{
    const Catalog__Event *event = (const Catalog__Event *)doc->body;

    (void)call;
    if (event->void_ || strcmp(event->id, event_seen->id) == 0)
        return;
    if (strcmp(event->slug, event_seen->slug) == 0)
        sim_problem(sim, "%s and %s have the slug %s", event->id, event_seen->id, event->slug);
    if (strncmp(event->title, "a-key", 5) == 0 && strcmp(event->title, event_seen->title) == 0)
        sim_problem(sim, "one key made %s and %s", event->id, event_seen->id);
}

static void check_event(struct sim *sim, struct ts_call *call, const struct ts_doc *doc)
{
    event_seen = (const Catalog__Event *)doc->body;
    if (!event_seen->void_)
        check_each(sim, call, "events", compare_event);
}

void check_keys(struct sim *sim, struct ts_call *call)
{
    check_hold_keys(sim, call);
    check_payment_keys(sim, call);
    check_each(sim, call, "refunds", check_refund);
    check_each(sim, call, "events", check_event);
}
