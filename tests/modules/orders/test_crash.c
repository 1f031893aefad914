/*
 * Random schedules over orders and payments: buyers and staff act side by side on a house with few places, the store
 * crashes between any two documents, calls to inventory and catalogue fail before or after their effect, and the clock
 * jumps. In the end everything that is due runs in fair weather; then every order's hold must agree with its status,
 * nothing may be left half-done, what was acknowledged must still be so, and the ledger must balance.
 * ORDERS_SEED=n runs one schedule alone, ORDERS_SEED=n-m those from n to m.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/bus.h"
#include "fake_stripe.h"
#include "fakes.h"
#include "host/idem.h"
#include "loop/fiber.h"
#include "orders/v1/orders.rpc.h"
#include "payments/v1/payments.rpc.h"
#include "store/crash.h"
#include "store/store.h"
#include "support/fiber_test.h"
#include "support/ledger.h"
#include "telemetry/metrics.h"
#include "tessera/clock.h"
#include "tessera/limits.h"

extern const struct ts_module orders_module;
extern const struct ts_module payments_module;

enum { SCHEDULES = 1500, WORKERS = 3, ROUNDS = 10, BUYERS = 6, PLACES = 5, LIVES = 4 };

static const struct ts_module *const modules[] = { &fake_inventory, &fake_catalog, &orders_module, &payments_module };
enum { MODULES = 4 };

static const struct ts_principal anonymous = { TS_PRINCIPAL_ANONYMOUS, "anonymous" };
static const struct ts_principal owner = { TS_PRINCIPAL_OWNER, "owner" };

/* What a buyer and the staff know from answers: it must stay true. */
struct buyer {
    char token[80], order_id[TS_ID_SIZE], code[24], secret[40];
    char payments[4][TS_ID_SIZE]; /* by the key that was used */
    bool came[4];                 /* acknowledged CONFIRMED or REFUNDED */
    bool cancelled;               /* acknowledged */
};

static struct {
    uint64_t seed, state;
    struct buyer buyers[BUYERS];
    struct ts_runtime runtime;
    void *states[MODULES];
    unsigned working, crashes, paid, late, refunds;
    unsigned epoch; /* idempotency keys are forgotten after a day: a long jump begins a new set */
    char answered[WORKERS * ROUNDS * LIVES][TS_ID_SIZE]; /* first refunds of the refundOrders that were answered */
    size_t answered_count;
    bool calm;
    bool way_fixed, retry, late_way, struck; /* of one sale */
    bool stripe_way, untold;
    int64_t by_stripe;  /* that we say it has */
    unsigned at_stripe; /* so many payments */
} run;

/* splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators"). */
static uint64_t random_next(void *data)
{
    uint64_t *state = data, bits = *state += UINT64_C(0x9e3779b97f4a7c15);

    bits = (bits ^ bits >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    bits = (bits ^ bits >> 27) * UINT64_C(0x94d049bb133111eb);
    return bits ^ bits >> 31;
}

static unsigned draw(unsigned below)
{
    return (unsigned)(random_next(&run.state) % below);
}

static int64_t fixed_wall(struct ts_runtime *runtime)
{
    (void)runtime;
    return INT64_C(1780315200000);
}

static void seeded_random(struct ts_runtime *runtime, void *bytes, size_t size)
{
    (void)runtime;
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)bytes)[i] = (uint8_t)draw(256);
}

/* ---- one life of the instance */

static void on_crash(void *data)
{
    (void)data; /* the randomness' */
    run.runtime.crashed = true;
    run.crashes++;
}

static void life_begin(struct ts_call *call, const struct crash_options *options, struct crash_state *before)
{
    static const struct ts_collection *const own[] = { &idem_collection, NULL };
    struct store_message message;
    struct bus *bus;
    struct buf problems;

    run.runtime.crashed = false;
    run.runtime.store = crash_store_open(run.runtime.loop, options, before);
    assert_int_equal(store_add(run.runtime.store, own, &message), 0);
    bus = bus_new(&run.runtime, run.seed % 2 ? &bus_local : &bus_wire);
    (void)idem_new(&run.runtime, TS_IDEMPOTENCY_KEYS_MAX); /* it sets its place in the runtime */
    buf_init(&problems, 1000);
    for (int i = 0; i < MODULES; i++) {
        assert_int_equal(store_add(run.runtime.store, modules[i]->collections, &message), 0);
        assert_int_equal(bus_add(bus, modules[i], &problems), 0);
        run.states[i] = NULL;
        if (modules[i]->start)
            assert_int_equal(modules[i]->start(call, &run.states[i]), 0);
        bus_set_state(bus, modules[i], run.states[i]);
    }
    buf_done(&problems);
}

static struct crash_state *life_end(void)
{
    for (unsigned i = 0; i < 100 && bus_busy(run.runtime.bus); i++) /* events that nobody takes any more are dropped */
        fiber_yield();
    for (int i = 0; i < MODULES; i++) {
        if (modules[i]->stop)
            modules[i]->stop(run.states[i]);
    }
    idem_free(run.runtime.idem);
    bus_free(run.runtime.bus);
    return crash_store_take(run.runtime.store);
}

static const Orders__Order *order_get(struct ts_call *call, const char *id)
{
    struct ts_doc doc;

    assert_int_equal(ts_store_get(call, store_find(run.runtime.store, "orders")->declared, id, &doc), 0);
    return (const Orders__Order *)doc.body;
}

/* A payment whose order is just getting another hold is told to come again, even in fair weather. */
static bool must_wait(struct ts_call *call, const struct ts_doc *doc, int r)
{
    const Orders__Order *order;

    if (r != TS_EABORTED || doc->body->descriptor != &payments__payment__descriptor)
        return false;
    order = order_get(call, ((const Payments__Payment *)doc->body)->order_id);
    return order->next_hold_id && order->due_ms > ts_now_ms(call);
}

/* All that is due, once. Return: how many there were. */
static unsigned run_due_of(struct ts_call *call, const struct ts_module *module, void *state)
{
    static const struct ts_principal system = { TS_PRINCIPAL_SYSTEM, "system" };
    unsigned count = 0;

    for (const struct ts_due *due = module->due; due && due->collection; due++) {
        struct ts_scan scan = { .collection = due->collection, .index = "due", .limit = TS_SCAN_MAX };
        struct ts_page page = { 0 };
        struct ts_call own = *call;

        scan.to = TS_INT(ts_now_ms(call) + 1);
        if (ts_store_scan(call, &scan, &page))
            return 0;
        own.module = module;
        own.state = state;
        own.principal = &system;
        for (size_t i = 0; i < page.count; i++, count++) {
            int r = due->handler(&own, page.docs[i].id);

            assert_true(!run.calm || r == 0 || must_wait(call, &page.docs[i], r));
            assert_true(r <= 0);
        }
    }
    return count;
}

static unsigned run_due(struct ts_call *call)
{
    unsigned count = 0;

    for (int i = 0; i < MODULES; i++)
        count += run_due_of(call, modules[i], run.states[i]);
    return count;
}

/* ---- what people do; failures of the weather are shrugged off, a later try finds out */

static bool is_weather(int r)
{
    return r == TS_EUNAVAILABLE || r == TS_ECRASHED || r == TS_EABORTED || r == TS_EUNKNOWN;
}

static void place(struct ts_call *call, struct buyer *buyer)
{
    Orders__PlaceOrderRequest request = ORDERS__PLACE_ORDER_REQUEST__INIT;
    const Orders__PlaceOrderReply *reply;
    int r;

    if (!buyer->token[0]) {
        struct fake_hold *hold = fake_hold_new(call, 1 + draw(2), run.way_fixed || draw(5) ? FAKE_PRICE : 0);

        if (!hold)
            return;
        strcpy(buyer->token, hold->token);
    }
    request.hold_token = buyer->token;
    request.email = "buyer@example.org";
    r = orders_place_order(call, &request, &reply);
    if (r) {
        assert_true(is_weather(r));
        return;
    }
    if (!reply->order)
        return;
    if (buyer->order_id[0]) {
        assert_string_equal(buyer->order_id, reply->order->id);
        assert_string_equal(buyer->code, reply->order->code);
        assert_string_equal(buyer->secret, reply->order->secret);
    }
    snprintf(buyer->order_id, sizeof(buyer->order_id), "%s", reply->order->id);
    snprintf(buyer->code, sizeof(buyer->code), "%s", reply->order->code);
    snprintf(buyer->secret, sizeof(buyer->secret), "%s", reply->order->secret);
}

static void note_payment(struct buyer *buyer, unsigned attempt, const Payments__Payment *payment)
{
    if (!payment)
        return;
    if (buyer->payments[attempt][0])
        assert_string_equal(buyer->payments[attempt], payment->id);
    snprintf(buyer->payments[attempt], TS_ID_SIZE, "%s", payment->id);
    if (payment->status == PAYMENTS__PAYMENT__STATUS__CONFIRMED ||
        payment->status == PAYMENTS__PAYMENT__STATUS__REFUNDED)
        buyer->came[attempt] = true;
    assert_true(!buyer->came[attempt] || payment->status == PAYMENTS__PAYMENT__STATUS__CONFIRMED ||
                payment->status == PAYMENTS__PAYMENT__STATUS__REFUNDED);
}

static void pay(struct ts_call *call, struct buyer *buyer, unsigned attempt)
{
    /* One for each key, so that retries are equal. */
    static char *const methods[5] = { "success", "late", "pending", "manual", "stripe" };
    Payments__PayOrderRequest request = PAYMENTS__PAY_ORDER_REQUEST__INIT;
    const Payments__PayOrderReply *reply;
    unsigned epoch = run.epoch;
    int r;

    if (!buyer->order_id[0])
        return;
    request.order_id = buyer->order_id;
    request.secret = buyer->secret;
    request.method = run.stripe_way  ? "stripe"
                     : run.late_way  ? "late"
                     : run.way_fixed ? "success"
                                     : methods[(attempt + run.seed) % 5];
    request.provider = "sandbox";
    if (strcmp(request.method, "manual") == 0 || strcmp(request.method, "stripe") == 0) {
        request.provider = request.method;
        request.method = NULL;
    }
    call->principal = &anonymous; /* keys are of one principal */
    call->idempotency_key = ts_printf(call->arena, "a-key-of-a-buyer-%010u-%u", epoch, attempt);
    r = payments_pay_order(call, &request, &reply);
    call->idempotency_key = NULL;
    if (r == 0 && reply->payment && reply->payment->redirect_url)
        fake_stripe_show(reply->payment->id);
    if (r)
        assert_true(is_weather(r));
    else if (epoch == run.epoch)
        note_payment(buyer, attempt, reply->payment);
}

static void cancel(struct ts_call *call, struct buyer *buyer)
{
    Orders__CancelOrderRequest request = ORDERS__CANCEL_ORDER_REQUEST__INIT;
    const Orders__CancelOrderReply *reply;
    int r;

    if (!buyer->order_id[0])
        return;
    request.order_id = buyer->order_id;
    if (call->principal == &anonymous)
        request.secret = buyer->secret;
    r = orders_cancel_order(call, &request, &reply);
    if (r)
        assert_true(is_weather(r));
    else if (reply->n_refusals == 0)
        buyer->cancelled = true;
}

static void confirm(struct ts_call *call, struct buyer *buyer)
{
    Payments__ConfirmPaymentRequest request = PAYMENTS__CONFIRM_PAYMENT_REQUEST__INIT;
    const Payments__ConfirmPaymentReply *reply;
    unsigned attempt = draw(4);
    int r;

    if (!buyer->payments[attempt][0])
        return;
    request.payment_id = ts_strdup(call->arena, buyer->payments[attempt]);
    r = payments_confirm_payment(call, &request, &reply);
    if (r)
        assert_true(is_weather(r));
    else if (strcmp(buyer->payments[attempt], request.payment_id) == 0)
        note_payment(buyer, attempt, reply->payment);
}

static bool is_by_stripe(struct ts_call *call, const char *payment_id)
{
    struct ts_doc doc;

    if (ts_store_get(call, store_find(run.runtime.store, "payments")->declared, payment_id, &doc))
        return true; /* a crash: nobody knows */
    return strcmp(((const Payments__Payment *)doc.body)->provider, "stripe") == 0;
}

static void note_refund(struct ts_call *call, const Payments__Refund *refund)
{
    assert_true(refund->status == PAYMENTS__REFUND__STATUS__DONE || is_by_stripe(call, refund->payment_id));
    memcpy(run.answered[run.answered_count++], refund->id, TS_ID_SIZE);
}

static void refund(struct ts_call *call, struct buyer *buyer)
{
    Payments__RefundOrderRequest request = PAYMENTS__REFUND_ORDER_REQUEST__INIT;
    const Payments__RefundOrderReply *reply;
    char *position_id;
    int r;

    if (!buyer->order_id[0])
        return;
    request.order_id = buyer->order_id;
    if (draw(3) == 0) {
        position_id = (char *)ts_id_member(call, buyer->order_id, "pos", 1);
        request.position_ids = &position_id;
        request.n_position_ids = 1;
    } else {
        request.amount = draw(2) ? "5.00" : NULL;
    }
    call->idempotency_key = NULL;
    if (draw(2))
        call->idempotency_key = request.position_ids ? "staff-c" : request.amount ? "staff-a" : "staff-b";
    r = payments_refund_order(call, &request, &reply);
    call->idempotency_key = NULL;
    if (r)
        assert_true(is_weather(r));
    else if (reply->refund)
        note_refund(call, reply->refund);
}

static void pass_time(void)
{
    static const int64_t steps[] = { TS_SECOND_MS, TS_MINUTE_MS, 16 * TS_MINUTE_MS, 8 * (int64_t)TS_DAY_MS };

    unsigned step = draw(20) ? draw(3) : 3;

    runtime_clock_advance(&run.runtime, steps[step]);
    if (step < 3)
        return;
    run.epoch++;
    for (int i = 0; i < BUYERS; i++) {
        memset(run.buyers[i].payments, 0, sizeof(run.buyers[i].payments));
        memset(run.buyers[i].came, 0, sizeof(run.buyers[i].came));
    }
}

/* An event that Stripe tells, of a page that was paid on or not. */
static void tell(struct ts_call *call, unsigned which)
{
    int r = fake_stripe_tell(call, which);

    assert_true(r == 0 || is_weather(r));
}

static void act(struct ts_call *call)
{
    struct buyer *buyer = &run.buyers[draw(BUYERS)];
    unsigned what = draw(24);

    call->principal = draw(2) ? &anonymous : &owner;
    if (what < 5)
        place(call, buyer);
    else if (what < 12)
        pay(call, buyer, draw(4));
    else if (what < 13)
        cancel(call, buyer);
    else if (what < 15)
        pass_time();
    else if (what < 18)
        (void)run_due(call); /* how many does not matter */
    call->principal = &owner;
    if (what == 18)
        confirm(call, buyer);
    else if (what == 19 || what > 21)
        refund(call, buyer);
    else if (what == 20)
        fake_stripe_pay(call, draw(BUYERS));
    else if (what == 21)
        tell(call, draw(BUYERS));
}

static void work(void *data)
{
    struct ts_call call = *(const struct ts_call *)data;

    for (unsigned round = 0; round < ROUNDS && !run.runtime.crashed; round++) {
        act(&call);
        fiber_yield();
    }
    run.working--;
}

/* ---- what must hold in the end */

typedef void check_doc(struct ts_call *call, const struct ts_doc *doc);

static void check_each(struct ts_call *call, const char *collection, check_doc *check)
{
    struct ts_scan scan = { .collection = store_find(run.runtime.store, collection)->declared, .limit = TS_SCAN_MAX };
    struct ts_page page;

    assert_int_equal(ts_store_scan(call, &scan, &page), 0);
    for (size_t i = 0; i < page.count; i++)
        check(call, &page.docs[i]);
}

/* The order's hold agrees with its status, and nothing is left to do. */
static void check_order(struct ts_call *call, const struct ts_doc *doc)
{
    const Orders__Order *order = (const Orders__Order *)doc->body;
    const struct fake_hold *hold = fake_hold_find(order->hold_id);

    (void)call;
    assert_non_null(hold);
    assert_false(order->has_due_ms);
    assert_null(order->next_hold_id);
    assert_false(order->hold_to_free);
    assert_int_not_equal(order->status, ORDERS__ORDER_STATUS__PENDING);
    if (order->status == ORDERS__ORDER_STATUS__PAID) {
        run.paid++;
        assert_int_equal(hold->state, INVENTORY__HOLD_STATE__SOLD);
        assert_string_equal(hold->order_id, order->id);
    } else {
        assert_int_equal(hold->state, INVENTORY__HOLD_STATE__RELEASED);
    }
}

/* No hold is kept or sold but by the order that is PAID with it: no place is lost. */
static void check_holds(struct ts_call *call)
{
    for (size_t i = 0; i < fake.hold_count; i++) {
        const struct fake_hold *hold = &fake.holds[i];
        const Orders__Order *order;

        assert_int_not_equal(hold->state, INVENTORY__HOLD_STATE__KEPT);
        if (hold->state != INVENTORY__HOLD_STATE__SOLD)
            continue;
        order = order_get(call, hold->order_id);
        assert_non_null(order);
        assert_int_equal(order->status, ORDERS__ORDER_STATUS__PAID);
        assert_string_equal(order->hold_id, hold->id);
    }
    assert_true(fake_places_taken() <= fake.capacity);
}

/* Refunds of a payment: how many in all, how many by themselves, and how much of it. */
static int64_t refunded(struct ts_call *call, const Payments__Payment *payment, unsigned *ret_late)
{
    struct ts_scan scan = { .collection = store_find(run.runtime.store, "refunds")->declared, .limit = TS_SCAN_MAX };
    struct ts_page page;
    int64_t sum = 0;

    *ret_late = 0;
    assert_int_equal(ts_store_scan(call, &scan, &page), 0);
    for (size_t i = 0; i < page.count; i++) {
        const Payments__Refund *refund = (const Payments__Refund *)page.docs[i].body;

        if (strcmp(refund->payment_id, payment->id) != 0)
            continue;
        sum += refund->amount->minor;
        *ret_late += strcmp(refund->source, "late") == 0;
    }
    return sum;
}

static void check_payment(struct ts_call *call, const struct ts_doc *doc)
{
    const Payments__Payment *payment = (const Payments__Payment *)doc->body;
    bool received = payment->status == PAYMENTS__PAYMENT__STATUS__CONFIRMED ||
                    payment->status == PAYMENTS__PAYMENT__STATUS__REFUNDED;
    unsigned late;
    int64_t back = refunded(call, payment, &late);

    assert_false(payment->has_due_ms);
    assert_int_not_equal(payment->status, PAYMENTS__PAYMENT__STATUS__CREATED);
    if (strcmp(payment->provider, "stripe") == 0) {
        assert_int_not_equal(payment->status, PAYMENTS__PAYMENT__STATUS__PENDING);
        assert_int_equal(fake_stripe_paid(payment->id), received ? payment->amount->minor : 0);
        run.by_stripe += received ? payment->amount->minor - back : 0;
        run.at_stripe += received;
    }
    assert_true(back <= (received ? payment->amount->minor : 0));
    assert_true(late <= 1);
    assert_true(payment->settled || payment->status != PAYMENTS__PAYMENT__STATUS__CONFIRMED);
    if (late > 0) { /* places or money, never both */
        const Orders__Order *order = order_get(call, payment->order_id);

        assert_true(order->status != ORDERS__ORDER_STATUS__PAID || !order->settling_payment_id ||
                    strcmp(order->settling_payment_id, payment->id) != 0);
    }
    if (payment->outcome && strcmp(payment->outcome, "unfulfillable") == 0) {
        run.late++;
        assert_int_equal(back, payment->amount->minor);
    }
}

static bool is_answered(const Payments__Refund *refund)
{
    for (size_t i = 0; i < run.answered_count; i++)
        if (strcmp(run.answered[i], refund->id) == 0)
            return true;
    return false;
}

/*
 * One refundOrder refunds no more than it asks for, and all of it once it is answered; one that crashed between two
 * payments may be half done until it is said again. No position is in two of them.
 */
static void check_wish(struct ts_call *call, const Payments__Refund *refund)
{
    struct ts_scan scan = { .collection = store_find(run.runtime.store, "refunds")->declared, .limit = TS_SCAN_MAX };
    struct ts_page page;
    bool answered = false;
    int64_t sum = 0;

    assert_int_equal(ts_store_scan(call, &scan, &page), 0);
    for (size_t i = 0; i < page.count; i++) {
        const Payments__Refund *other = (const Payments__Refund *)page.docs[i].body;

        if (!other->request_key || strcmp(other->order_id, refund->order_id) != 0)
            continue;
        if (strcmp(other->request_key, refund->request_key) != 0) {
            assert_true(refund->n_position_ids == 0 || other->n_position_ids == 0);
            continue;
        }
        sum += other->amount->minor;
        answered = answered || is_answered(other);
    }
    assert_true(answered ? sum == refund->request_minor : sum <= refund->request_minor);
}

static void check_refund(struct ts_call *call, const struct ts_doc *doc)
{
    const Payments__Refund *refund = (const Payments__Refund *)doc->body;

    run.refunds++;
    if (refund->request_key)
        check_wish(call, refund);
    assert_false(refund->has_due_ms);
    if (strcmp(refund->source, "late") != 0)
        assert_int_equal(refund->status, PAYMENTS__REFUND__STATUS__DONE);
}

/* What buyers were told is still so. */
static void check_buyer(struct ts_call *call, const struct buyer *buyer)
{
    const Orders__Order *order;

    if (!buyer->order_id[0])
        return;
    order = order_get(call, buyer->order_id);
    assert_non_null(order);
    assert_string_equal(order->code, buyer->code);
    assert_string_equal(order->secret, buyer->secret);
    assert_true(!buyer->cancelled || order->status == ORDERS__ORDER_STATUS__CANCELLED);
    for (int i = 0; i < 4; i++) {
        struct ts_doc doc;

        if (!buyer->payments[i][0])
            continue;
        assert_int_equal(
            ts_store_get(call, store_find(run.runtime.store, "payments")->declared, buyer->payments[i], &doc), 0);
        assert_non_null(doc.body);
        assert_true(!buyer->came[i] || ((const Payments__Payment *)doc.body)->settled ||
                    ((const Payments__Payment *)doc.body)->status == PAYMENTS__PAYMENT__STATUS__REFUNDED);
    }
}

static void settle_all(struct ts_call *call)
{
    unsigned quiet = 0;

    run.calm = true;
    fake.fail_percent = 0;
    fake_stripe_calm();
    for (unsigned i = 0; i < 400 && quiet < 24; i++) {
        runtime_clock_advance(&run.runtime, i % 2 ? TS_DAY_MS : TS_MINUTE_MS);
        quiet = run_due(call) ? 0 : quiet + 1;
    }
    assert_int_equal(quiet, 24);
}

static void check_all(struct ts_call *call)
{
    check_each(call, "orders", check_order);
    check_each(call, "payments", check_payment);
    check_each(call, "refunds", check_refund);
    assert_int_equal(run.by_stripe, fake_stripe_kept());
    check_holds(call);
    for (int i = 0; i < BUYERS; i++)
        check_buyer(call, &run.buyers[i]);
    ledger_check(call);
}

static void run_lives(struct ts_call *call, void *data)
{
    struct crash_options options = { .random = random_next, .data = &run.state, .on_crash = on_crash };
    struct crash_state *left = NULL;

    (void)data;
    fake_reset(call, PLACES);
    fake_stripe_reset(&run.runtime, draw);
    fake.draw = draw;
    fake.fail_percent = draw(3) * 4;
    fake.event_status = fake.date_status = CATALOG__EVENT_STATUS__PUBLISHED;
    for (unsigned life = 0; life < LIVES; life++) {
        options.crash_per_million = life + 1 < LIVES ? 500u << draw(6) : 0;
        life_begin(call, &options, left);
        run.working = WORKERS;
        for (unsigned i = 0; i < WORKERS; i++)
            fiber_spawn(run.runtime.loop, work, call);
        while (run.working)
            fiber_yield();
        if (!run.runtime.crashed)
            crash_store_crash(run.runtime.store);
        left = life_end();
        if (draw(8) == 0)
            fake.date_status = CATALOG__EVENT_STATUS__CANCELLED;
    }
    life_begin(call, NULL, left);
    settle_all(call);
    check_all(call);
    crash_state_free(life_end());
}

/* ---- one sale, crashed at each of its moments in turn */

/* Strikes at the draw whose number run.state counts down to, and at no other. */
static uint64_t random_countdown(void *data)
{
    uint64_t *left = data;

    if (*left == 0)
        return 1;
    return --*left > 0;
}

static void sell(struct ts_call *call, struct buyer *buyer)
{
    place(call, buyer);
    if (!run.runtime.crashed)
        pay(call, buyer, /* attempt= */ 0);
    if (!run.runtime.crashed && run.late_way)
        runtime_clock_advance(&run.runtime, 16 * TS_MINUTE_MS);
    if (run.stripe_way && run.buyers[0].payments[0][0])
        fake_stripe_pay(call, 0);
    if (!run.runtime.crashed && !run.untold)
        tell(call, 0);
    for (int i = 0; i < 3 && !run.runtime.crashed; i++)
        (void)run_due(call); /* how many does not matter */
}

static void run_sale(struct ts_call *call, void *data)
{
    uint64_t countdown = run.seed;
    struct crash_options options = { .random = random_countdown, .data = &countdown, .on_crash = on_crash };
    struct crash_state *left;

    (void)data;
    options.crash_per_million = 1;
    fake_reset(call, PLACES);
    fake_stripe_reset(&run.runtime, /* draw= */ NULL);
    life_begin(call, &options, NULL);
    sell(call, &run.buyers[0]);
    if (!run.runtime.crashed)
        crash_store_crash(run.runtime.store);
    run.struck = countdown == 0;
    left = life_end();
    life_begin(call, NULL, left);
    if (run.retry && !run.late_way) {
        sell(call, &run.buyers[0]);
        assert_true(run.buyers[0].came[0] || run.stripe_way);
    }
    settle_all(call);
    check_all(call);
    assert_true(run.paid == 1 || !run.retry);
    assert_int_equal(run.late, 0); /* there is room: nobody's money goes back */
    crash_state_free(life_end());
}

static void run_one(uint64_t seed, void (*body)(struct ts_call *call, void *data))
{
    struct loop *loop = loop_new();

    run.seed = seed;
    run.state = seed;
    runtime_init(&run.runtime, loop);
    run.runtime.wall_ms = fixed_wall;
    run.runtime.random = seeded_random;
    run.runtime.metrics = metrics_new();
    fiber_test_run(&run.runtime, body, NULL);
    metrics_free(run.runtime.metrics);
    loop_free(loop);
}

static void orders_and_payments__converge_whatever_happens(void **state)
{
    const char *only = getenv("ORDERS_SEED"), *to = only ? strchr(only, '-') : NULL;
    uint64_t first = only ? strtoull(only, NULL, 10) : 1;
    uint64_t last = to ? strtoull(to + 1, NULL, 10) : only ? first : SCHEDULES;
    unsigned crashes = 0, paid = 0, late = 0, refunds = 0, at_stripe = 0;

    (void)state;
    for (uint64_t seed = first; seed <= last; seed++) {
        memset(&run, 0, sizeof(run));
        run_one(seed, run_lives);
        crashes += run.crashes;
        paid += run.paid;
        late += run.late;
        refunds += run.refunds;
        at_stripe += run.at_stripe;
    }
    print_message("%u crashes, %u orders paid, %u payments sent back, %u refunds, %u payments by Stripe\n", crashes,
                  paid, late, refunds, at_stripe);
    assert_true(only || (crashes > SCHEDULES && paid > SCHEDULES && late > 20 && refunds > SCHEDULES / 2 &&
                         at_stripe > SCHEDULES / 20));
}

static void a_sale__survives_a_crash_at_each_moment(void **state)
{
    (void)state;
    for (unsigned variant = 0; variant < 5; variant++) {
        unsigned moments = 0;
        bool struck = true;

        for (uint64_t nth = 1; struck; nth++) {
            memset(&run, 0, sizeof(run));
            run.way_fixed = true;
            run.retry = variant == 1 || variant > 2;
            run.late_way = variant == 2;
            run.stripe_way = variant > 2;
            run.untold = variant == 4;
            run_one(nth, run_sale);
            struck = run.struck;
            moments += struck;
        }
        print_message("%u moments\n", moments);
        assert_in_range(moments, 10, 200);
    }
}

/* Named when a schedule fails: cmocka leaves the test by a jump, and this runs after it. */
static int tell_seed(void **state)
{
    (void)state;
    print_message("the last schedule was ORDERS_SEED=%llu\n", (unsigned long long)run.seed);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sale__survives_a_crash_at_each_moment),
        cmocka_unit_test_teardown(orders_and_payments__converge_whatever_happens, tell_seed),
    };

    return cmocka_run_group_tests_name("modules/orders/crash", tests, NULL, NULL);
}
