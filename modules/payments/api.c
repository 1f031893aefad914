/*
 * Paying, confirming and refunding. A payment is written before anybody is asked for money, and its id is the
 * provider's idempotency key. Refunds are decided one by one by inserting the next number under a payment: whoever
 * loses that insert looks at what is left again.
 */
#include <string.h>

#include "payments.h"
#include "stripe.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/idem.h"
#include "tessera/limits.h"
#include "tessera/money.h"
#include "tessera/reply.h"
#include "tessera/right.h"
#include "tessera/sign.h"

static char *hash_bytes(struct ts_call *call, const void *bytes, size_t size)
{
    uint8_t digest[32];

    ts_sha256(bytes, size, digest);
    return ts_base64url_encode(call, digest, 16);
}

static char *hash_key(struct ts_call *call)
{
    return call->idempotency_key ? hash_bytes(call, call->idempotency_key, strlen(call->idempotency_key)) : NULL;
}

static char *hash_message(struct ts_call *call, const ProtobufCMessage *message)
{
    size_t size;
    const uint8_t *bytes = ts_message_pack(call->arena, message, &size);

    return hash_bytes(call, bytes, size);
}

static int check_key(struct ts_call *call)
{
    size_t size = call->idempotency_key ? strlen(call->idempotency_key) : 1;

    if (size > 0 && size <= TS_IDEMPOTENCY_KEY_SIZE_MAX)
        return 0;
    return ts_idem_refuse(call, TS_IDEM_SHORT);
}

static int refuse_order_unknown(struct ts_call *call)
{
    return ts_refuse(call, COMMON__ERROR_CODE__NOT_FOUND, "orderId", "There is no such order.");
}

static int refuse_expired(struct ts_call *call)
{
    return ts_refuse(call, COMMON__ERROR_CODE__HOLD_EXPIRED, "orderId", "The places are no longer held.");
}

/* ---- payOrder */

static int check_stripe(struct ts_call *call, const Orders__Order *order)
{
    if (!stripe_is_offered(call, order->test_mode))
        return ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, "provider", "There is no such payment provider.");
    if (!stripe_takes(order->total))
        return ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, "provider", "The provider takes no such amount.");
    return 0;
}

/* Sandbox money buys only where nobody takes it for real. */
static int check_way(struct ts_call *call, const Payments__PayOrderRequest *request, const Orders__Order *order,
                     enum pay_way *ret_way)
{
    if (request->provider && strcmp(request->provider, "stripe") == 0) {
        int r = check_stripe(call, order);

        if (r)
            return r;
    }
    switch (pay_way_read(request->provider, request->method, ret_way)) {
    case PAY_PROVIDER_UNKNOWN:
        return ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, "provider", "There is no such payment provider.");
    case PAY_METHOD_UNKNOWN:
        return ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, "method", "The provider has no such method.");
    default:
        break;
    }
    if (*ret_way == PAY_MANUAL || *ret_way == PAY_STRIPE || order->test_mode || ts_sandbox(call))
        return 0;
    return ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, "provider", "The sandbox pays for test events only.");
}

static int check_status(struct ts_call *call, const Orders__Order *order)
{
    switch (pay_check(order, ts_now_ms(call))) {
    case PAY_OK:
        return 0;
    case PAY_ALREADY_PAID:
        return ts_refuse(call, COMMON__ERROR_CODE__ALREADY_PAID, "orderId", "The order is paid.");
    case PAY_EXPIRED:
        return refuse_expired(call);
    default:
        return ts_refuse(call, COMMON__ERROR_CODE__CONFLICT, "orderId", "The order is cancelled.");
    }
}

/* A cancelled event or date takes no money (ARCHITECTURE.md, Places, closing); what came nevertheless, SettleOrder
 * sends back. */
static int check_open(struct ts_call *call, const Orders__Order *order)
{
    Catalog__GetSaleRequest request = CATALOG__GET_SALE_REQUEST__INIT;
    const Catalog__GetSaleReply *sale;
    bool closed;
    int r;

    request.event_id = order->event_id;
    request.date_ids = TS_NEW_ARRAY(call->arena, char *, order->n_positions);
    for (size_t i = 0; i < order->n_positions; i++) {
        char *date_id = order->positions[i]->date_id;

        if (i == 0 || strcmp(date_id, request.date_ids[request.n_date_ids - 1]) != 0)
            request.date_ids[request.n_date_ids++] = date_id;
    }
    r = catalog_get_sale_as_system(call, &request, &sale);
    if (r)
        return r;
    closed = !sale->event || sale->event->status == CATALOG__EVENT_STATUS__CANCELLED ||
             sale->event->has_sweeps; /* once cancelled, though it be archived since */
    for (size_t i = 0; i < sale->n_dates; i++)
        closed = closed || sale->dates[i]->status == CATALOG__EVENT_STATUS__CANCELLED;
    return closed ? ts_refuse(call, COMMON__ERROR_CODE__NOT_ON_SALE, "orderId", "The event is cancelled.") : 0;
}

static void build_payment(struct ts_call *call, const Payments__PayOrderRequest *request, const Orders__Order *order,
                          const char *id, Payments__Payment *payment)
{
    payment->id = (char *)id;
    payment->order_id = order->id;
    payment->event_id = order->event_id;
    payment->organizer_id = order->organizer_id;
    payment->provider = request->provider;
    payment->method = request->method;
    payment->has_status = true;
    payment->status = PAYMENTS__PAYMENT__STATUS__CREATED;
    payment->amount = order->total;
    payment->has_created_at_ms = payment->has_due_ms = true;
    payment->created_at_ms = ts_now_ms(call);
    payment->due_ms = payment->created_at_ms + PAYMENTS_STEP_MS;
}

/* Nobody is asked for money that is there already: such a payment is born CONFIRMED, which saves a sale a commit. */
static int insert_payment(struct ts_call *call, const struct ts_write *record, Payments__Payment *payment,
                          enum pay_way way)
{
    int r;

    if (way == PAY_SUCCESS)
        payment->status = PAYMENTS__PAYMENT__STATUS__CONFIRMED;
    payment_set_entries(call->arena, payment, /* from= */ -1);
    r = store_insert_payment(call, record, payment);
    if (r == 0 && way == PAY_SUCCESS)
        payments_measure(call, payment);
    return r;
}

/* Is the order's page open already? Return: 0 and *ret_id, or NULL; a ts_error. */
static int find_page(struct ts_call *call, const Orders__Order *order, const char **ret_id)
{
    const struct account_of of = { .order_id = order->id, .exact = true };
    const Payments__Payment *payment;
    struct account account;
    int r = store_list_payments(call, &of, &account);

    if (r)
        return r;
    payment = payment_open_page(account.payments, account.payment_count, order->total, ts_now_ms(call));
    *ret_id = payment ? payment->id : NULL;
    return 0;
}

/*
 * Write the payment under the key's recorded id or a new one.
 * Return: 0 and *ret_id, it is there; TS_WRITE_CONFLICT: look again; TS_REFUSED; a ts_error.
 */
static int create_payment(struct ts_call *call, const Payments__PayOrderRequest *request, const Orders__Order *order,
                          const char **ret_id)
{
    const char *id = ts_id_new_head(call, "pay"), *scope = ts_printf(call->arena, "payOrder/%s", order->id);
    Payments__Payment payment = PAYMENTS__PAYMENT__INIT;
    struct payment existing = { 0 };
    const char *page_id = NULL;
    struct ts_write record;
    enum pay_way way;
    bool recorded;
    int found, r = 0;

    found = ts_idem_find(call, scope, &request->base, &id);
    if (found < 0)
        return found;
    if (found == TS_IDEM_REUSED || found == TS_IDEM_SHORT)
        return ts_idem_refuse(call, found);
    *ret_id = id;
    if (found == TS_IDEM_FOUND)
        r = store_get_payment(call, id, &existing);
    if (r || existing.body)
        return r;
    r = check_way(call, request, order, &way);
    if (r == 0)
        r = check_status(call, order);
    if (r == 0)
        r = check_open(call, order);
    if (r == 0 && way == PAY_STRIPE)
        r = find_page(call, order, &page_id);
    if (r)
        return r;
    if (page_id) {
        *ret_id = page_id;
        return 0;
    }
    build_payment(call, request, order, id, &payment);
    recorded = found == TS_IDEM_NEW && ts_idem_write(call, scope, &request->base, id, &record);
    return insert_payment(call, recorded ? &record : NULL, &payment, way);
}

/* What became of the payment, for the buyer. */
static int answer_payment(struct ts_call *call, const struct payment *payment, Payments__PayOrderReply *reply)
{
    const Payments__Payment *body = payment->body;

    reply->order_id = body->order_id;
    reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__BUYER, body->order_id);
    reply->payment = payments_view(call, body, reply->grant);
    if (body->status == PAYMENTS__PAYMENT__STATUS__FAILED)
        return ts_refuse(call, COMMON__ERROR_CODE__PAYMENT_DECLINED, "method", "The payment was declined.");
    if (body->status == PAYMENTS__PAYMENT__STATUS__CANCELLED)
        return refuse_expired(call);
    if (body->outcome && strcmp(body->outcome, "unfulfillable") == 0)
        return ts_refuse(call, COMMON__ERROR_CODE__HOLD_EXPIRED, "orderId", "No place was left; the money goes back.");
    return 0;
}

/* As payments_advance(); but a payment that another call is settling is answered as it stands: that one goes on. */
static int advance_or_leave(struct ts_call *call, const char *id, struct payment *ret_payment)
{
    int r = payments_advance(call, id, ret_payment);

    if (r == TS_EABORTED && ret_payment->body && ret_payment->body->status == PAYMENTS__PAYMENT__STATUS__CONFIRMED)
        return 0;
    return r;
}

int pay_order(struct ts_call *call, const Payments__PayOrderRequest *request, Payments__PayOrderReply *ret_reply)
{
    const Orders__Order *order;
    const char *id = NULL;
    struct payment payment = { 0 };
    int r;

    if (!ts_id_is(request->order_id, "ord") || !request->secret)
        return refuse_order_unknown(call);
    r = payments_read_order(call, request->order_id, request->secret, &order);
    if (r)
        return r == TS_ENOTFOUND ? refuse_order_unknown(call) : r;
    r = TS_WRITE_CONFLICT;
    for (unsigned i = 0; r == TS_WRITE_CONFLICT && i < PAYMENTS_TRIES; i++)
        r = create_payment(call, request, order, &id);
    if (r)
        return r == TS_WRITE_CONFLICT ? TS_EABORTED : r;
    r = advance_or_leave(call, id, &payment);
    return r ? r : answer_payment(call, &payment, ret_reply);
}

/* ---- confirmPayment */

static int refuse_payment_unknown(struct ts_call *call)
{
    return ts_refuse(call, COMMON__ERROR_CODE__NOT_FOUND, "paymentId", "There is no such payment.");
}

static int check_amount(struct ts_call *call, const char *amount, const Common__Money *owed)
{
    int64_t minor;

    if (!amount)
        return 0;
    if (ts_money_parse(amount, owed->currency, &minor))
        return ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, "amount", "This is no amount in %s.", owed->currency);
    if (minor == owed->minor)
        return 0;
    return ts_refuse(call, COMMON__ERROR_CODE__AMOUNT_MISMATCH, "amount", "The payment is over another amount.");
}

/* Stripe itself says when its money came; staff take another amount than was asked for, in the order's currency. */
static int check_hand(struct ts_call *call, const Payments__Payment *payment)
{
    if (!payments_is_by_stripe(payment) || payment_is_received(payment))
        return 0;
    if (payment->received && strcmp(payment->received->currency, payment->amount->currency) == 0)
        return 0;
    return ts_refuse(call, COMMON__ERROR_CODE__CONFLICT, "paymentId",
                     payment->received ? "This is another currency; send it back at the provider."
                                       : "The provider says itself when the money came.");
}

/* One try. Return: 0, confirmed (before, or now); TS_WRITE_CONFLICT; TS_REFUSED; a ts_error. */
static int confirm(struct ts_call *call, const Payments__ConfirmPaymentRequest *request)
{
    struct payment payment;
    int r;

    r = store_get_payment(call, request->payment_id, &payment);
    if (r)
        return r;
    r = ts_require(call, TS_RIGHT_MONEY, payment.body ? payment.body->organizer_id : "",
                   payment.body ? payment.body->event_id : NULL);
    if (r == 0 && !payment.body)
        return refuse_payment_unknown(call);
    if (r == 0)
        r = check_amount(call, request->amount, payment.body->received ? payment.body->received : payment.body->amount);
    if (r == 0)
        r = check_hand(call, payment.body);
    if (r)
        return r;
    switch (payment_confirm_check(payment.body)) {
    case PAYMENT_CONFIRMABLE:
        return payments_confirm(call, &payment, hash_key(call));
    case PAYMENT_CONFIRMED_BEFORE:
        return 0;
    default:
        return ts_refuse(call, COMMON__ERROR_CODE__CONFLICT, "paymentId", "This payment was ended without money.");
    }
}

int confirm_payment(struct ts_call *call, const Payments__ConfirmPaymentRequest *request,
                    Payments__ConfirmPaymentReply *ret_reply)
{
    struct payment payment = { 0 };
    int r;

    r = check_key(call);
    if (r)
        return r;
    if (!ts_id_is(request->payment_id, "pay"))
        return refuse_payment_unknown(call);
    r = TS_WRITE_CONFLICT;
    for (unsigned i = 0; r == TS_WRITE_CONFLICT && i < PAYMENTS_TRIES; i++)
        r = confirm(call, request);
    if (r == 0)
        r = advance_or_leave(call, request->payment_id, &payment);
    if (r)
        return r == TS_WRITE_CONFLICT ? TS_EABORTED : r;
    ret_reply->order_id = payment.body->order_id;
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, payment.body->organizer_id);
    ret_reply->payment = payments_view(call, payment.body, ret_reply->grant);
    return 0;
}

/* ---- refundOrder */

/* One refundOrder on its way: what it asks for and what is there. */
struct wish {
    const Payments__RefundOrderRequest *request;
    const Orders__Order *order;
    char *key; /* what marks its refunds */
    char *input_hash;
    int64_t wanted_minor; /* 0: all that is left */
    struct account account;
    const char *first_id; /* its first refund */
};

static int refuse_not_refundable(struct ts_call *call, const char *path)
{
    return ts_refuse(call, COMMON__ERROR_CODE__NOT_REFUNDABLE, path, "There is not that much left to refund.");
}

static int wish_amount(struct ts_call *call, struct wish *wish)
{
    const char *currency = wish->order->total->currency;

    if (wish->request->n_position_ids > 0)
        return ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, "amount", "Give an amount or positions, not both.");
    if (ts_money_parse(wish->request->amount, currency, &wish->wanted_minor) || wish->wanted_minor <= 0)
        return ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, "amount", "This is no amount above 0 in %s.",
                         currency);
    return 0;
}

static int64_t position_price(const Orders__Order *order, const char *id)
{
    for (size_t i = 0; i < order->n_positions; i++) {
        if (strcmp(order->positions[i]->id, id) == 0)
            return order->positions[i]->price->minor;
    }
    return -1;
}

static int wish_positions(struct ts_call *call, struct wish *wish)
{
    const Payments__RefundOrderRequest *request = wish->request;

    for (size_t i = 0; i < request->n_position_ids; i++) {
        int64_t price = position_price(wish->order, request->position_ids[i]);
        const char *path = ts_printf(call->arena, "positionIds.%zu", i);

        if (price < 0)
            return ts_refuse(call, COMMON__ERROR_CODE__NOT_FOUND, path, "The order has no such position.");
        for (size_t j = 0; j < i; j++) {
            if (strcmp(request->position_ids[j], request->position_ids[i]) == 0)
                return ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, path, "This position is named twice.");
        }
        wish->wanted_minor += price;
    }
    return wish->wanted_minor > 0 ? 0 : refuse_not_refundable(call, "positionIds");
}

static int wish_read(struct ts_call *call, struct wish *wish)
{
    char *key = hash_key(call);

    wish->key = key ? key : (char *)ts_secret_new(call);
    wish->input_hash = hash_message(call, &wish->request->base);
    if (wish->request->amount)
        return wish_amount(call, wish);
    if (wish->request->set_position_ids && wish->request->n_position_ids == 0) /* nothing chosen is not all of it */
        return ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, "positionIds", "Name at least one position.");
    return wish->request->n_position_ids > 0 ? wish_positions(call, wish) : 0;
}

/*
 * Look at what is there. Refunds that carry the wish's key are its own: of an earlier try of this call, or of an
 * earlier call with the same idempotency key. Return: 0 and what is still to be refunded; TS_REFUSED; a ts_error.
 */
static int wish_look(struct ts_call *call, struct wish *wish, int64_t *ret_minor)
{
    const struct account_of of = { .order_id = wish->order->id, .exact = true };
    int64_t done = 0;
    int r;

    r = store_get_account(call, &of, &wish->account);
    if (r)
        return r;
    wish->first_id = NULL;
    for (size_t i = 0; i < wish->account.refund_count; i++) {
        const Payments__Refund *refund = wish->account.refunds[i];

        if (!refund->request_key || strcmp(refund->request_key, wish->key) != 0)
            continue;
        if (strcmp(refund->input_hash, wish->input_hash) != 0)
            return ts_idem_refuse(call, TS_IDEM_REUSED);
        wish->wanted_minor = refund->request_minor;
        done += refund->amount->minor;
        if (!wish->first_id)
            wish->first_id = refund->id;
    }
    if (wish->wanted_minor == 0) {
        for (size_t i = 0; i < wish->account.payment_count; i++)
            wish->wanted_minor +=
                payment_left(wish->account.payments[i], wish->account.refunds, wish->account.refund_count);
    }
    *ret_minor = wish->wanted_minor - done;
    return 0;
}

static int check_left(struct ts_call *call, const struct wish *wish)
{
    const Payments__RefundOrderRequest *request = wish->request;

    if (wish->wanted_minor <= 0)
        return refuse_not_refundable(call, "orderId");
    for (size_t i = 0; !wish->first_id && i < request->n_position_ids; i++) {
        if (position_is_refunded(request->position_ids[i], wish->account.refunds, wish->account.refund_count))
            return refuse_not_refundable(call, ts_printf(call->arena, "positionIds.%zu", i));
    }
    return 0;
}

/* How many refunds of the payment the wish knew of when it was decided. */
static size_t count_known(const struct wish *wish, const Payments__Payment *payment)
{
    size_t count = 0;

    for (size_t i = 0; i < wish->account.refund_count; i++)
        count += strcmp(wish->account.refunds[i]->payment_id, payment->id) == 0;
    return count;
}

/*
 * The next number under a payment, as the ids themselves say: of a refund that came after the look nothing is known,
 * it may be this wish's own.
 */
static int insert_part(struct ts_call *call, const struct wish *wish, const Payments__Payment *payment, int64_t minor)
{
    Payments__Refund *refund, **numbered;
    size_t count;
    int r;

    r = store_list_numbered(call, payment->id, &numbered, &count);
    if (r)
        return r;
    if (count != count_known(wish, payment) || payment_left(payment, numbered, count) < minor)
        return TS_WRITE_CONFLICT;
    refund = refunds_new(call, payment, minor, "admin");
    refund->request_key = wish->key;
    refund->input_hash = wish->input_hash;
    refund->has_request_minor = true;
    refund->request_minor = wish->wanted_minor;
    refund->n_position_ids = wish->request->n_position_ids;
    refund->position_ids = wish->request->position_ids;
    return refunds_insert(call, refund, count);
}

/*
 * Money that came is told to its order before it goes back: an order whose hold was sold for it would else become PAID
 * at its end, by no payment. Return: 0; TS_WRITE_CONFLICT: look again; a ts_error.
 */
static int settle_first(struct ts_call *call, const Payments__Payment *payment)
{
    struct payment advanced;
    int r;

    if (payment->status != PAYMENTS__PAYMENT__STATUS__CONFIRMED || payment->settled)
        return 0;
    r = payments_advance(call, payment->id, &advanced);
    return r ? r : TS_WRITE_CONFLICT;
}

/* One try. Return: 0, all of it is decided; TS_WRITE_CONFLICT: look again; TS_REFUSED; a ts_error. */
static int wish_decide(struct ts_call *call, struct wish *wish)
{
    const struct account *account = &wish->account;
    int64_t minor = 0, *parts;
    int r;

    r = wish_look(call, wish, &minor);
    if (r == 0)
        r = check_left(call, wish);
    if (r || minor == 0)
        return r;
    parts = TS_NEW_ARRAY(call->arena, int64_t, account->payment_count);
    if (!refund_split(minor, account->payments, account->payment_count, account->refunds, account->refund_count, parts))
        return refuse_not_refundable(call, wish->request->amount ? "amount" : "orderId");
    for (size_t i = 0; i < account->payment_count; i++) {
        r = parts[i] > 0 ? settle_first(call, account->payments[i]) : 0;
        if (r == 0 && parts[i] > 0)
            r = insert_part(call, wish, account->payments[i], parts[i]);
        if (r)
            return r;
    }
    return TS_WRITE_CONFLICT; /* look once more: then all of it is there */
}

/* A refund that waits for staff to say so: that they sent it, or that what was sent without us is right. */
static bool is_waiting(const struct wish *wish, const Payments__Refund *refund)
{
    if (wish->request->n_position_ids)
        return false;
    if (refund->status == PAYMENTS__REFUND__STATUS__EXTERNAL)
        return wish->wanted_minor == refund->amount->minor;
    return refund->status == PAYMENTS__REFUND__STATUS__CREATED && !refund->has_due_ms &&
           (!wish->request->amount || wish->wanted_minor == refund->amount->minor);
}

/*
 * A late payment's refund that staff must send by hand waits CREATED: refunding all of the order, or just that amount,
 * records that they did. One that a provider told of (EXTERNAL) is taken by its amount. Return: 0 and the wish's
 * first_id, or none; TS_WRITE_CONFLICT; a ts_error.
 */
static int wish_take_waiting(struct ts_call *call, struct wish *wish)
{
    int64_t minor;
    int r;

    r = wish_look(call, wish, &minor);
    for (size_t i = 0; r == 0 && !wish->first_id && i < wish->account.refund_count; i++) {
        const Payments__Refund *refund = wish->account.refunds[i];
        struct refund stored;
        Payments__Refund *next;

        if (!is_waiting(wish, refund))
            continue;
        r = store_get_refund(call, refund->id, &stored);
        if (r || stored.body->status != refund->status || stored.body->has_due_ms)
            return r ? r : TS_WRITE_CONFLICT;
        next = refunds_edit(call, &stored);
        if (next->status == PAYMENTS__REFUND__STATUS__EXTERNAL)
            next->status = PAYMENTS__REFUND__STATUS__DONE;
        next->has_due_ms = true;
        next->due_ms = ts_now_ms(call) + PAYMENTS_STEP_MS;
        next->request_key = wish->key;
        next->input_hash = wish->input_hash;
        next->has_request_minor = true;
        next->request_minor = refund->amount->minor;
        r = refunds_put(call, &stored, next);
        wish->wanted_minor = refund->amount->minor;
        wish->first_id = refund->id;
    }
    return r;
}

/* Send each of the wish's refunds; the answer is the first. */
static int wish_finish(struct ts_call *call, const struct wish *wish, struct refund *ret_first)
{
    struct refund refund;
    int r;

    for (size_t i = 0; i < wish->account.refund_count; i++) {
        const Payments__Refund *own = wish->account.refunds[i];

        if (!own->request_key || strcmp(own->request_key, wish->key) != 0)
            continue;
        r = refunds_advance(call, own->id, &refund);
        if (r && r != TS_EUNAVAILABLE && r != TS_EUNKNOWN) /* a provider that is away is asked again when it is due */
            return r;
    }
    return store_get_refund(call, wish->first_id, ret_first);
}

static int wish_run(struct ts_call *call, struct wish *wish, struct refund *ret_first)
{
    int64_t asked = wish->wanted_minor;
    int r = TS_WRITE_CONFLICT;

    for (unsigned i = 0; r == TS_WRITE_CONFLICT && i < PAYMENTS_TRIES; i++) {
        wish->wanted_minor = asked;
        r = wish_take_waiting(call, wish);
        wish->wanted_minor = asked;
        if (r == 0)
            r = wish_decide(call, wish);
    }
    if (r)
        return r == TS_WRITE_CONFLICT ? TS_EABORTED : r;
    return wish_finish(call, wish, ret_first);
}

int refund_order(struct ts_call *call, const Payments__RefundOrderRequest *request,
                 Payments__RefundOrderReply *ret_reply)
{
    struct wish wish = { .request = request };
    struct refund first;
    int r;

    r = check_key(call);
    if (r)
        return r;
    if (!ts_id_is(request->order_id, "ord"))
        return refuse_order_unknown(call);
    r = payments_read_order(call, request->order_id, /* secret= */ NULL, &wish.order);
    if (r == TS_ENOTFOUND) {
        r = ts_require(call, TS_RIGHT_MONEY, "", NULL);
        return r ? r : refuse_order_unknown(call);
    }
    if (r == 0)
        r = ts_require(call, TS_RIGHT_MONEY, wish.order->organizer_id, wish.order->event_id);
    if (r == 0)
        r = wish_read(call, &wish);
    if (r == 0)
        r = wish_run(call, &wish, &first);
    if (r)
        return r;
    ret_reply->order_id = wish.order->id;
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, wish.order->organizer_id);
    ret_reply->refund = refunds_view(call, first.body, ret_reply->grant);
    return 0;
}
