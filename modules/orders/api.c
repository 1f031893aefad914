/*
 * Placing and cancelling. One hold is one order: the order's id is the hold's under another prefix, so whoever shows
 * the hold's token again meets the order that is already there, and the store's duplicate key decides a race.
 */
#include <string.h>

#include "consent.h"
#include "orders.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/limits.h"
#include "tessera/reply.h"
#include "tessera/right.h"
#include "tessera/sign.h"
#include "tessera/text.h"

/* ---- what the client wrote */

static int check_email(struct ts_call *call, const char *email, const char *path)
{
    if (ts_text_is_email(email))
        return 0;
    return ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, path, "This is not an e-mail address.");
}

/* A name may be left blank. */
static int check_name(struct ts_call *call, const char *name, const char *path)
{
    const char *trimmed = ts_text_trim(call->arena, name);

    if (!trimmed || !*trimmed || ts_text_is_line(trimmed, TS_NAME_SIZE_MAX))
        return 0;
    return ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, path, "A name is one line of at most %d bytes.",
                     TS_NAME_SIZE_MAX);
}

static int check_key(struct ts_call *call)
{
    size_t size = call->idempotency_key ? strlen(call->idempotency_key) : TS_IDEMPOTENCY_KEY_SIZE_MIN;
    bool anonymous = call->principal->kind == TS_PRINCIPAL_ANONYMOUS;

    if (size > 0 && size <= TS_IDEMPOTENCY_KEY_SIZE_MAX && (!anonymous || size >= TS_IDEMPOTENCY_KEY_SIZE_MIN))
        return 0;
    return ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, "idempotencyKey",
                     "An idempotency key has %d to %d characters.", TS_IDEMPOTENCY_KEY_SIZE_MIN,
                     TS_IDEMPOTENCY_KEY_SIZE_MAX);
}

int orders_check_input(struct ts_call *call, const Orders__PlaceOrderRequest *request)
{
    unsigned before = ts_refusal_count(call);

    (void)check_key(call); /* the refusals are counted below, all of them at once */
    (void)check_email(call, request->email, "email");
    (void)check_name(call, request->name, "name");
    (void)consent_check(call, request->consent);
    if (request->n_attendees > TS_HOLD_PLACES_MAX)
        return ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, "attendees", "There are too many attendees.");
    for (size_t i = 0; i < request->n_attendees; i++) {
        const Orders__Attendee *attendee = request->attendees[i];

        (void)check_name(call, attendee->name, ts_printf(call->arena, "attendees.%zu.name", i));
        if (attendee->email)
            (void)check_email(call, attendee->email, ts_printf(call->arena, "attendees.%zu.email", i));
    }
    return ts_refusal_count(call) > before ? TS_REFUSED : 0;
}

static char *text_or_null(struct ts_call *call, const char *text)
{
    char *trimmed = ts_text_trim(call->arena, text);

    return trimmed && *trimmed ? trimmed : NULL;
}

/* 128 bits of SHA-256 as text: enough to tell one input from another. */
static char *hash_bytes(struct ts_call *call, const void *bytes, size_t size)
{
    uint8_t digest[32];

    ts_sha256(bytes, size, digest);
    return ts_base64url_encode(call, digest, 16);
}

static char *hash_input(struct ts_call *call, const Orders__PlaceOrderRequest *request)
{
    size_t size;
    const uint8_t *bytes = ts_message_pack(call->arena, &request->base, &size);

    return hash_bytes(call, bytes, size);
}

static char *hash_key(struct ts_call *call)
{
    return call->idempotency_key ? hash_bytes(call, call->idempotency_key, strlen(call->idempotency_key)) : NULL;
}

/* ---- the order to be */

static Orders__OrderPosition *position_new(struct ts_call *call, const Inventory__HeldPosition *held)
{
    Orders__OrderPosition *position = TS_NEW(call->arena, Orders__OrderPosition);

    orders__order_position__init(position);
    position->id = held->id;
    position->ticket_type_id = held->ticket_type_id;
    position->date_id = held->date_id;
    position->price = held->price;
    position->tax = held->tax;
    position->seat = held->seat;
    position->ticket_secret = (char *)ts_secret_new(call);
    return position;
}

static int refuse_attendees(struct ts_call *call, int outcome, size_t at)
{
    const char *path = ts_printf(call->arena, "attendees.%zu.holdPositionId", at);

    switch (outcome) {
    case ATTENDEE_UNKNOWN:
        return ts_refuse(call, COMMON__ERROR_CODE__NOT_FOUND, path, "The hold has no such position.");
    case ATTENDEE_TWICE:
        return ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, path, "This position has an attendee already.");
    default:
        return ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, "attendees", "There are more attendees than places.");
    }
}

static int set_attendees(struct ts_call *call, const Orders__PlaceOrderRequest *request, Orders__Order *order)
{
    size_t *positions = TS_NEW_ARRAY(call->arena, size_t, request->n_attendees);
    size_t at = 0;
    int r;

    r = attendees_match(request->attendees, request->n_attendees, order->positions, order->n_positions, positions, &at);
    if (r)
        return refuse_attendees(call, r, at);
    for (size_t i = 0; i < request->n_attendees; i++) {
        Orders__OrderPosition *position = order->positions[positions[i]];

        position->attendee_name = text_or_null(call, request->attendees[i]->name);
        position->attendee_email = request->attendees[i]->email;
    }
    return 0;
}

/* Attendees, each once; the buyer has an index of his own. */
static void set_email_hashes(struct ts_call *call, Orders__Order *order)
{
    order->email_hashes = TS_NEW_ARRAY(call->arena, char *, order->n_positions);
    for (size_t i = 0; i < order->n_positions; i++) {
        const char *attendee = order->positions[i]->attendee_email;
        char *hash = attendee ? ts_email_hash(call, attendee) : NULL;
        size_t seen = 0;

        if (!hash || (order->buyer_email_hash && strcmp(order->buyer_email_hash, hash) == 0))
            continue;
        while (seen < order->n_email_hashes && strcmp(order->email_hashes[seen], hash) != 0)
            seen++;
        if (seen == order->n_email_hashes)
            order->email_hashes[order->n_email_hashes++] = hash;
    }
}

/* That of the page which showed him what he agreed to; else the one that is asked in. */
static char *language_of(const struct ts_call *call, const Orders__PlaceOrderRequest *request)
{
    const char *shown = request->consent ? request->consent->language : NULL;

    return (char *)ts_language_tag(ts_language_of(shown ? shown : call->locale));
}

int orders_build(struct ts_call *call, const Orders__PlaceOrderRequest *request, const Inventory__Hold *hold,
                 const Catalog__Event *event, Orders__Order *order)
{
    int r;

    order->id = (char *)ts_id_sibling(call, hold->id, "ord");
    order->secret = (char *)ts_secret_new(call);
    order->has_status = true;
    order->status = ORDERS__ORDER_STATUS__PENDING;
    order->has_test_mode = true;
    order->test_mode = event->test_mode;
    order->event_id = hold->event_id;
    order->organizer_id = event->organizer_id;
    order->email = request->email;
    order->buyer_email_hash = request->email ? ts_email_hash(call, request->email) : NULL;
    order->name = text_or_null(call, request->name);
    order->language = language_of(call, request);
    order->has_created_at_ms = true;
    order->created_at_ms = ts_now_ms(call);
    order->has_expires_at_ms = order->has_due_ms = true;
    order->expires_at_ms = order->due_ms = hold->expires_at_ms;
    order->hold_id = hold->id;
    order->input_hash = hash_input(call, request);
    order->place_key = hash_key(call);
    order->n_positions = hold->n_positions;
    order->positions = TS_NEW_ARRAY(call->arena, Orders__OrderPosition *, hold->n_positions);
    for (size_t i = 0; i < hold->n_positions; i++)
        order->positions[i] = position_new(call, hold->positions[i]);
    r = set_attendees(call, request, order);
    r = r ? r : consent_take(call, request->consent, order->organizer_id, &order->consent);
    if (r)
        return r;
    set_email_hashes(call, order);
    return order_sum(call->arena, order) ? 0 : ts_fail(call, TS_ERANGE, "The order's total is out of range.");
}

/* A code that was not tried; orders of a test-mode event show it by a 0 as second character. */
static char *code_new(struct ts_call *call, unsigned attempt, bool test_mode)
{
    struct orders_state *state = call->state;
    const char *next = attempt ? NULL : order_code_run_next(&state->codes);
    char *code;

    while (!next || !order_code_is_clean(next)) {
        if (!next)
            order_code_run_begin(&state->codes,
                                 ts_random_string(call, ORDER_CODE_ALPHABET, order_code_size(attempt) + 1));
        next = order_code_run_next(&state->codes);
    }
    code = ts_strdup(call->arena, next);
    if (test_mode)
        code[1] = '0';
    return code;
}

int orders_insert(struct ts_call *call, Orders__Order *order, const struct order_creation *creation)
{
    struct orders_state *state = call->state;
    int r = ORDER_CODE_TAKEN;

    for (unsigned attempt = 0; r == ORDER_CODE_TAKEN && attempt < 4 * ORDER_CODE_TRIES; attempt++) {
        order->code = code_new(call, attempt, order->test_mode);
        r = store_insert_order(call, order, creation);
        creation = NULL; /* the key stands from the first try on */
    }
    if (r == ORDER_CODE_TAKEN)
        return TS_EABORTED;
    if (r == 0) {
        ts_metric_add(state->changes[ORDERS__ORDER_STATUS__PENDING], 1);
        orders_announce(call, order, 1);
    }
    return r;
}

/* ---- placing */

static int refuse_expired(struct ts_call *call)
{
    return ts_refuse(call, COMMON__ERROR_CODE__HOLD_EXPIRED, "holdToken", "The places are no longer held.");
}

/* Keep the hold for the order. Return: 0, kept or sold to it; ORDERS_HOLD_GONE; a ts_error. */
static int keep_hold(struct ts_call *call, const Orders__Order *order)
{
    Inventory__KeepHoldRequest request = INVENTORY__KEEP_HOLD_REQUEST__INIT;
    const Inventory__HoldStateReply *hold;
    int r;

    request.hold_id = order->hold_id;
    request.order_id = order->id;
    request.has_expires_at_ms = true;
    request.expires_at_ms = order->expires_at_ms;
    r = inventory_keep_hold_as_system(call, &request, &hold);
    if (r)
        return r;
    if (hold->n_refusals > 0 || !hold->order_id || strcmp(hold->order_id, order->id) != 0)
        return ORDERS_HOLD_GONE;
    return hold->state == INVENTORY__HOLD_STATE__KEPT || hold->state == INVENTORY__HOLD_STATE__SOLD ? 0
                                                                                                    : ORDERS_HOLD_GONE;
}

int orders_advance(struct ts_call *call, struct order *order)
{
    int r;

    r = keep_hold(call, order->body);
    if (r == ORDERS_HOLD_GONE)
        return orders_expire(call, order);
    if (r || order->body->total->minor > 0)
        return r;
    r = orders_check_open(call, order->body);
    if (r)
        return r;
    r = orders_sell(call, order, /* payment_id= */ NULL);
    return r == ORDERS_HOLD_GONE ? orders_expire(call, order) : r;
}

/* Is the order that stands there what this caller asked for? */
static int check_replay(struct ts_call *call, const Orders__PlaceOrderRequest *request, const Orders__Order *order)
{
    char *key = hash_key(call);

    if (order->input_hash && strcmp(order->input_hash, hash_input(call, request)) == 0)
        return 0;
    if (key && order->place_key && strcmp(key, order->place_key) == 0)
        return ts_refuse(call, COMMON__ERROR_CODE__IDEMPOTENCY_KEY_REUSED, "idempotencyKey",
                         "This key was used with another input.");
    return ts_refuse(call, COMMON__ERROR_CODE__CONFLICT, "holdToken", "Another order was placed with this hold.");
}

static int refuse_closed(struct ts_call *call)
{
    return ts_refuse(call, COMMON__ERROR_CODE__NOT_ON_SALE, "holdToken", "The event is not on sale.");
}

/* Bring the order that stands there as far as it gets by itself, and answer it as it is then. */
static int answer_order(struct ts_call *call, const char *order_id, Orders__PlaceOrderReply *reply)
{
    struct order order;
    int r = TS_WRITE_CONFLICT;

    for (unsigned i = 0; r == TS_WRITE_CONFLICT && i < ORDERS_TRIES; i++) {
        r = store_get_order(call, order_id, &order);
        if (r == 0 && order.body->status == ORDERS__ORDER_STATUS__PENDING && !order.body->next_hold_id)
            r = orders_advance(call, &order);
    }
    if (r == ORDERS_CLOSED)
        return refuse_closed(call);
    if (r)
        return r == TS_WRITE_CONFLICT ? TS_EABORTED : r;
    reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__BUYER, order_id);
    reply->order = orders_view(call, order.body, reply->grant);
    return order.body->status == ORDERS__ORDER_STATUS__EXPIRED ? refuse_expired(call) : 0;
}

/* Make the order of a hold that has none. Return: 0; why it was not made; TS_REFUSED; a ts_error. */
enum create_outcome { CREATE_TOO_LATE = 1, CREATE_CLOSED, CREATE_EXISTS };
static int create_order(struct ts_call *call, const Orders__PlaceOrderRequest *request, const Inventory__Hold *hold)
{
    Orders__Order order = ORDERS__ORDER__INIT;
    Orders__Order *copy = ts_memdup(call->arena, &order, sizeof(order));
    const Catalog__GetSaleReply *sale;
    char **date_ids = TS_NEW_ARRAY(call->arena, char *, hold->n_positions);
    size_t date_count = 0;
    int r;

    if (hold->state != INVENTORY__HOLD_STATE__OPEN || hold->expires_at_ms <= ts_now_ms(call))
        return CREATE_TOO_LATE;
    for (size_t i = 0; i < hold->n_positions; i++) {
        if (i == 0 || strcmp(hold->positions[i]->date_id, date_ids[date_count - 1]) != 0)
            date_ids[date_count++] = hold->positions[i]->date_id;
    }
    r = orders_check_sale(call, hold->event_id, date_ids, date_count, /* started= */ false, &sale);
    if (r)
        return r == ORDERS_CLOSED ? CREATE_CLOSED : r;
    r = orders_build(call, request, hold, sale->event, copy);
    if (r == 0)
        r = orders_insert(call, copy, /* creation= */ NULL);
    return r == ORDER_EXISTS ? CREATE_EXISTS : r;
}

/* The order was not made: there may be one, which somebody made before, or this caller, and did not hear of it. */
static int answer_other(struct ts_call *call, const Orders__PlaceOrderRequest *request, const char *order_id,
                        enum create_outcome why, Orders__PlaceOrderReply *reply)
{
    struct order order;
    int r = store_get_order(call, order_id, &order);

    if (r)
        return r;
    if (!order.body)
        return why == CREATE_CLOSED ? refuse_closed(call) : refuse_expired(call);
    r = check_replay(call, request, order.body);
    return r ? r : answer_order(call, order_id, reply);
}

static int read_hold(struct ts_call *call, const char *token, const Inventory__Hold **ret_hold)
{
    Inventory__ReadHoldRequest request = INVENTORY__READ_HOLD_REQUEST__INIT;
    const Inventory__ReadHoldReply *reply;
    int r;

    request.token = (char *)token;
    r = inventory_read_hold(call, &request, &reply);
    if (r)
        return r;
    if (!token || !reply->hold || reply->hold->n_positions == 0)
        return ts_refuse(call, COMMON__ERROR_CODE__NOT_FOUND, "holdToken", "There is no such hold.");
    *ret_hold = reply->hold;
    return 0;
}

/* Most holds have no order, so one is looked for where there is reason to: what finds nothing is a read, too. */
int place_order(struct ts_call *call, const Orders__PlaceOrderRequest *request, Orders__PlaceOrderReply *ret_reply)
{
    const Inventory__Hold *hold = NULL;
    const char *order_id;
    int r;

    r = orders_check_input(call, request);
    if (r == 0)
        r = read_hold(call, request->hold_token, &hold);
    if (r)
        return r;
    assert(hold);
    order_id = ts_id_sibling(call, hold->id, "ord");
    r = create_order(call, request, hold);
    if (r == CREATE_TOO_LATE || r == CREATE_CLOSED || r == CREATE_EXISTS)
        return answer_other(call, request, order_id, (enum create_outcome)r, ret_reply);
    return r ? r : answer_order(call, order_id, ret_reply);
}

/* ---- cancelling */

static int refuse_unknown(struct ts_call *call)
{
    return ts_refuse(call, COMMON__ERROR_CODE__NOT_FOUND, "orderId", "There is no such order.");
}

static int put_cancelled(struct ts_call *call, struct order *order)
{
    Orders__Order *next = store_edit_order(call, order);

    if (next->status != ORDERS__ORDER_STATUS__PAID)
        next->settling_payment_id = NULL; /* it was about to pay, and will not */
    next->status = ORDERS__ORDER_STATUS__CANCELLED;
    next->has_hold_to_free = next->hold_to_free = true;
    next->has_due_ms = true;
    next->due_ms = ts_now_ms(call) + ORDERS_STEP_MS;
    return orders_put(call, order, next);
}

/* One try. Return: 0, it is cancelled; TS_WRITE_CONFLICT; TS_REFUSED; a ts_error. */
static int cancel(struct ts_call *call, const Orders__CancelOrderRequest *request, struct order *order)
{
    bool staff;
    int r;

    r = store_get_order(call, request->order_id, order);
    if (r)
        return r;
    staff = order->body && !request->secret &&
            ts_may(call, TS_RIGHT_SELL, order->body->organizer_id, order->body->event_id);
    if (!order->body || (!staff && !ts_secret_equal(order->body->secret, request->secret)))
        return refuse_unknown(call);
    switch (order_cancel_check(order->body, staff)) {
    case ORDER_CANCEL:
        return put_cancelled(call, order);
    case ORDER_CANCEL_DONE:
        return 0;
    default:
        return ts_refuse(call, COMMON__ERROR_CODE__CONFLICT, "orderId", "This order can no longer be cancelled.");
    }
}

int cancel_order(struct ts_call *call, const Orders__CancelOrderRequest *request, Orders__CancelOrderReply *ret_reply)
{
    struct order order;
    int r = TS_WRITE_CONFLICT;

    if (!ts_id_is(request->order_id, "ord"))
        return refuse_unknown(call);
    for (unsigned i = 0; r == TS_WRITE_CONFLICT && i < ORDERS_TRIES; i++)
        r = cancel(call, request, &order);
    if (r)
        return r == TS_WRITE_CONFLICT ? TS_EABORTED : r;
    if (order.body->hold_to_free) {
        ts_shield_begin(call);
        (void)orders_free(call, &order); /* cancelled it is; what is not released now, the due engine does */
        ts_shield_end(call);
    }
    if (request->secret)
        ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__BUYER, order.body->id);
    else
        ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, order.body->organizer_id);
    ret_reply->order = orders_view(call, order.body, ret_reply->grant);
    return 0;
}
