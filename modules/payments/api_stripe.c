/*
 * Payments by Stripe. What it says comes as a signed event, or as the answer when we look; both are taken by the same
 * few lines, in any order and any number of times. An event's id stands in the document that it changed, put with the
 * change, so that it counts once; what is lost on the way is found by looking.
 */
#include <string.h>

#include "payments.h"
#include "signature.h"
#include "stripe.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/json.h"
#include "tessera/log.h"
#include "tessera/reply.h"
#include "tessera/security.h"

#define CHECKOUT_WAIT_MS (INT64_C(3600) * 1000) /* as long as a cart can be kept, an order waits for its page */

bool payments_is_by_stripe(const Payments__Payment *payment)
{
    return strcmp(payment->provider, "stripe") == 0;
}

static bool is_known(char *const *event_ids, size_t count, const char *event_id)
{
    for (size_t i = 0; event_id && i < count; i++)
        if (strcmp(event_ids[i], event_id) == 0)
            return true;
    return false;
}

/* The list with one more; NULL adds nothing. */
static void remember(struct ts_call *call, char ***event_ids, size_t *count, const char *event_id)
{
    char **longer = TS_NEW_ARRAY(call->arena, char *, *count + 1);

    if (!event_id)
        return;
    for (size_t i = 0; i < *count; i++)
        longer[i] = (*event_ids)[i];
    longer[(*count)++] = (char *)event_id;
    *event_ids = longer;
}

/* ---- payments */

/* Nothing is decided: look again later. */
static void keep_waiting(struct ts_call *call, Payments__Payment *next)
{
    next->status = PAYMENTS__PAYMENT__STATUS__PENDING;
    next->has_due_ms = true;
    next->due_ms = ask_again_at(next->created_at_ms, ts_now_ms(call));
}

/* Another amount than was asked for pays nothing, and is not hidden either. */
static void take_money(struct ts_call *call, Payments__Payment *next, const struct stripe_session *session)
{
    next->provider_payment = (char *)session->intent_id;
    next->redirect_url = NULL;
    if (session->minor == next->amount->minor && strcmp(session->currency, next->amount->currency) == 0) {
        next->status = PAYMENTS__PAYMENT__STATUS__CONFIRMED;
        next->has_due_ms = true;
        next->due_ms = ts_now_ms(call) + PAYMENTS_STEP_MS;
        return;
    }
    next->status = PAYMENTS__PAYMENT__STATUS__PENDING;
    next->received = ts_money_new(call->arena, session->minor, session->currency);
    ts_log(call, TS_LOG_WARN, "payment-parked", "%s: another amount came than was asked for.", next->id);
}

/* A debit that is under way has no page any more, and its order waits for it. */
static int take_time(struct ts_call *call, Payments__Payment *next, const struct stripe_session *session)
{
    const Orders__Order *order;

    keep_waiting(call, next);
    if (session->state == STRIPE_OPEN)
        return 0;
    next->redirect_url = NULL;
    return payments_let_wait(call, next, PAYMENTS_MANUAL_MS, &order);
}

/* What a session says of its payment. Return: as payments_put(). */
static int take(struct ts_call *call, struct payment *payment, const struct stripe_session *session,
                const char *event_id)
{
    Payments__Payment *next = payments_edit(call, payment);
    bool is_open = payment->body->status == PAYMENTS__PAYMENT__STATUS__CREATED ||
                   payment->body->status == PAYMENTS__PAYMENT__STATUS__PENDING;
    int r = 0;

    if (!payment_may_be_received(payment->body) || is_known(next->event_ids, next->n_event_ids, event_id) ||
        (!is_open && session->state != STRIPE_PAID))
        return 0;
    next->provider_ref = (char *)session->id;
    remember(call, &next->event_ids, &next->n_event_ids, event_id);
    switch (session->state) {
    case STRIPE_PAID:
        take_money(call, next, session);
        break;
    case STRIPE_FAILED:
    case STRIPE_EXPIRED:
        next->status =
            session->state == STRIPE_FAILED ? PAYMENTS__PAYMENT__STATUS__FAILED : PAYMENTS__PAYMENT__STATUS__CANCELLED;
        next->redirect_url = NULL;
        break;
    default:
        r = take_time(call, next, session);
    }
    return r ? r : payments_put(call, payment, next);
}

static int give_up(struct ts_call *call, struct payment *payment, Payments__Payment__Status status)
{
    Payments__Payment *next = payments_edit(call, payment);

    next->status = status;
    return payments_put(call, payment, next);
}

/* Nobody can have paid on a page whose address nobody was told. */
int checkout_open(struct ts_call *call, struct payment *payment)
{
    struct stripe_session session;
    const Orders__Order *order;
    Payments__Payment *next;
    int r = payments_let_wait(call, payment->body, CHECKOUT_WAIT_MS, &order);

    if (r)
        return r;
    if (!order)
        return give_up(call, payment, PAYMENTS__PAYMENT__STATUS__CANCELLED);
    r = stripe_open_session(call, payment->body, order, &session);
    if (r == STRIPE_REFUSED)
        return give_up(call, payment, PAYMENTS__PAYMENT__STATUS__FAILED);
    if (r)
        return r;
    if (session.state != STRIPE_OPEN) /* it was made by a try long ago, and is over */
        return take(call, payment, &session, /* event_id= */ NULL);
    next = payments_edit(call, payment);
    keep_waiting(call, next);
    next->provider_ref = (char *)session.id;
    next->redirect_url = (char *)session.url;
    return payments_put(call, payment, next);
}

/* Our key is another account's since, or another mode's: it may be that of before again. */
static int look_later(struct ts_call *call, struct payment *payment)
{
    Payments__Payment *next = payments_edit(call, payment);

    if (next->status != PAYMENTS__PAYMENT__STATUS__PENDING)
        return 0;
    keep_waiting(call, next);
    return payments_put(call, payment, next);
}

int checkout_look(struct ts_call *call, struct payment *payment)
{
    struct stripe_session session;
    int r = stripe_get_session(call, payment->body->provider_ref, &session);

    if (r == STRIPE_REFUSED)
        return look_later(call, payment);
    return r ? r : take(call, payment, &session, /* event_id= */ NULL);
}

/* ---- refunds */

/* What Stripe says of a refund. Return: as refunds_put(). */
static int refund_take(struct ts_call *call, struct refund *refund, const struct stripe_refund *said,
                       const char *event_id)
{
    Payments__Refund *next = refunds_edit(call, refund);
    bool is_on_its_way = said->status == PAYMENTS__REFUND__STATUS__IN_TRANSIT;
    int64_t now_ms = ts_now_ms(call);

    if (is_known(next->event_ids, next->n_event_ids, event_id))
        return 0;
    if (!refund_may_become(refund->body, said->status) && (event_id || !is_on_its_way))
        return 0;
    next->status = said->status;
    if (said->id)
        next->provider_ref = (char *)said->id;
    remember(call, &next->event_ids, &next->n_event_ids, event_id);
    next->has_due_ms = true;
    next->due_ms = is_on_its_way ? ask_again_at(next->created_at_ms, now_ms) : now_ms + PAYMENTS_STEP_MS;
    return refunds_put(call, refund, next);
}

int checkout_refund(struct ts_call *call, const Payments__Payment *payment, struct refund *refund)
{
    struct stripe_refund said;
    int r = STRIPE_REFUSED;

    if (refund->body->provider_ref)
        r = stripe_get_refund(call, refund->body->provider_ref, &said);
    else if (payment->provider_payment)
        r = stripe_refund(call, payment, refund->body, &said);
    if (r == STRIPE_REFUSED) /* what it took before it does not know now: as look_later() */
        said = (struct stripe_refund){ .status = refund->body->provider_ref ? PAYMENTS__REFUND__STATUS__IN_TRANSIT
                                                                            : PAYMENTS__REFUND__STATUS__FAILED };
    return r < 0 ? r : refund_take(call, refund, &said, /* event_id= */ NULL);
}

/* ---- events */

/* What became of an event, for the figures: also why it was sent in vain. */
enum heard { HEARD_TAKEN, HEARD_NO_NEWS, HEARD_OTHERS, HEARD_PARKED, HEARD_MALFORMED, HEARD_OLD, HEARD_FORGED };

static void measure(struct ts_call *call, enum heard heard)
{
    static const char *const words[] = { "taken", "no_news", "others", "parked", "malformed", "old", "forged" };

    ts_metric_add(ts_metric_new(call, TS_METRIC_COUNTER, "tessera_payment_events_total",
                                ts_printf(call->arena, "provider=\"stripe\",outcome=\"%s\"", words[heard]),
                                "What payment providers told, by what became of it."),
                  1);
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Of nothing of ours: this account has other money, too. */
static int others(enum heard *ret_heard)
{
    *ret_heard = HEARD_OTHERS;
    return 0;
}

/*
 * Is it of something of ours, by the id that only we give it, and was all of it read? Whose it is comes first: what is
 * of others may lack what ours has. False: *ret_heard says what it is.
 */
static bool is_ours_and_whole(const char *id, const char *prefix, bool is_whole, enum heard *ret_heard)
{
    bool is_ours = ts_id_is(id, prefix);

    *ret_heard = is_ours ? HEARD_MALFORMED : HEARD_OTHERS;
    return is_ours && is_whole;
}

/*
 * Of something of ours that is not here: made before the store was restored, or by another installation. It is kept,
 * and whoever runs us is told; Stripe need not tell it again. `amount` may be NULL.
 */
static int park(struct ts_call *call, const struct stripe_event *event, const char *id, const char *ref,
                Common__Money *amount, enum heard *ret_heard)
{
    Payments__ParkedEvent parked = PAYMENTS__PARKED_EVENT__INIT;
    int r;

    parked.id = (char *)event->id;
    parked.provider = (char *)"stripe";
    parked.type = (char *)event->type;
    parked.of_id = (char *)id;
    parked.provider_ref = (char *)ref;
    parked.amount = amount;
    parked.has_created_at_ms = true;
    parked.created_at_ms = ts_now_ms(call);
    r = store_park_event(call, &parked);
    *ret_heard = r == TS_WRITE_CONFLICT ? HEARD_NO_NEWS : HEARD_PARKED;
    if (r == 0)
        ts_log(call, TS_LOG_WARN, "payment-event-parked", "%s is of %s, which is not here.", event->id, id);
    return r == TS_WRITE_CONFLICT ? 0 : r;
}

/* One try. Return: 0; TS_WRITE_CONFLICT; a ts_error. */
static int hear_session(struct ts_call *call, const struct stripe_event *event, enum heard *ret_heard)
{
    struct stripe_session session;
    struct payment payment;
    int64_t version;
    bool is_whole;
    int r;

    is_whole = stripe_read_session(call->arena, event->object, &session);
    if (!is_ours_and_whole(session.payment_id, "pay", is_whole, ret_heard))
        return 0;
    r = store_get_payment(call, session.payment_id, &payment);
    if (r)
        return r;
    if (!payment.body || !payments_is_by_stripe(payment.body))
        return park(call, event, session.payment_id, session.id,
                    ts_money_new(call->arena, session.minor, session.currency), ret_heard);
    if (strcmp(event->type, "checkout.session.async_payment_failed") == 0)
        session.state = STRIPE_FAILED;
    version = payment.version;
    r = take(call, &payment, &session, event->id);
    *ret_heard = payment.version == version ? HEARD_NO_NEWS : HEARD_TAKEN;
    if (r == 0 && *ret_heard == HEARD_TAKEN)
        (void)payments_continue(call, payment.body->id); /* what fails goes on when it is due */
    return r;
}

static int hear_refund(struct ts_call *call, const struct stripe_event *event, enum heard *ret_heard)
{
    struct stripe_refund said;
    struct refund refund;
    int64_t version;
    bool is_whole;
    int r;

    is_whole = stripe_read_refund(event->object, &said);
    if (!is_ours_and_whole(said.refund_id, "rfd", is_whole, ret_heard))
        return 0;
    r = store_get_refund(call, said.refund_id, &refund);
    if (r)
        return r;
    if (!refund.body)
        return park(call, event, said.refund_id, said.id, /* amount= */ NULL, ret_heard);
    version = refund.version;
    r = refund_take(call, &refund, &said, event->id);
    *ret_heard = refund.version == version ? HEARD_NO_NEWS : HEARD_TAKEN;
    if (r == 0 && *ret_heard == HEARD_TAKEN)
        (void)refunds_continue(call, refund.body->id); /* the same */
    return r;
}

/* What came in another amount and has all gone back, at Stripe by hand, is over. */
static int close_parked(struct ts_call *call, struct payment *payment, const struct stripe_event *event,
                        int64_t refunded)
{
    Payments__Payment *next = payments_edit(call, payment);

    if (payment->body->status != PAYMENTS__PAYMENT__STATUS__PENDING || refunded < payment->body->received->minor)
        return 0;
    next->status = PAYMENTS__PAYMENT__STATUS__CANCELLED;
    remember(call, &next->event_ids, &next->n_event_ids, event->id);
    return payments_put(call, payment, next);
}

/*
 * What went back and we did not ask for is noticed; staff take it into the books, or find out. An event may be old, and
 * what it tells of may have come back since: Stripe is asked before it counts.
 */
static int notice_refund(struct ts_call *call, const Payments__Payment *payment, const struct stripe_event *event,
                         struct stripe_charge *charge, enum heard *ret_heard)
{
    Payments__Refund **refunds, *refund;
    int64_t unexplained;
    size_t count;
    int r = store_list_numbered(call, payment->id, &refunds, &count);

    if (r || payment_unexplained(payment, refunds, count, charge->refunded_minor) == 0)
        return r;
    r = stripe_get_charge(call, charge->id, charge);
    if (r)
        return r;
    unexplained = payment_unexplained(payment, refunds, count, charge->refunded_minor);
    if (unexplained == 0)
        return 0;
    refund = refunds_new(call, payment, unexplained, "external");
    refund->status = PAYMENTS__REFUND__STATUS__EXTERNAL;
    refund->has_due_ms = false;
    remember(call, &refund->event_ids, &refund->n_event_ids, event->id);
    *ret_heard = HEARD_TAKEN;
    return refunds_insert(call, refund, count);
}

/* Money that is in the books, or may be taken into them. */
static bool is_of_its_currency(const Payments__Payment *payment)
{
    return payment_is_received(payment) ||
           (payment->received && strcmp(payment->received->currency, payment->amount->currency) == 0);
}

static int hear_charge(struct ts_call *call, const struct stripe_event *event, enum heard *ret_heard)
{
    struct stripe_charge charge;
    struct payment payment;
    int64_t version;
    bool is_whole;
    int r;

    is_whole = stripe_read_charge(event->object, &charge);
    if (!is_ours_and_whole(charge.payment_id, "pay", is_whole, ret_heard))
        return 0;
    r = store_get_payment(call, charge.payment_id, &payment);
    if (r)
        return r;
    if (!payment.body || !payments_is_by_stripe(payment.body))
        return park(call, event, charge.payment_id, charge.intent_id, /* amount= */ NULL, ret_heard);
    *ret_heard = HEARD_NO_NEWS;
    version = payment.version;
    if (payment_may_be_received(payment.body) && payment.body->provider_ref)
        r = checkout_look(call, &payment); /* what goes back has come: we are told in any order */
    if (r == 0 && is_of_its_currency(payment.body))
        r = notice_refund(call, payment.body, event, &charge, ret_heard);
    if (r == 0 && payment.body->received)
        r = close_parked(call, &payment, event, charge.refunded_minor);
    if (r || payment.version == version)
        return r;
    *ret_heard = HEARD_TAKEN;
    (void)payments_continue(call, payment.body->id); /* what fails goes on when it is due */
    return 0;
}

static int hear(struct ts_call *call, const struct stripe_event *event, enum heard *ret_heard)
{
    if (!stripe_is_ours(call, event)) /* a test's money is none, and that of connected accounts is theirs */
        return others(ret_heard);
    if (strcmp(event->type, "charge.refunded") == 0)
        return hear_charge(call, event, ret_heard);
    if (begins(event->type, "checkout.session."))
        return hear_session(call, event, ret_heard);
    if (begins(event->type, "refund.") || strcmp(event->type, "charge.refund.updated") == 0)
        return hear_refund(call, event, ret_heard);
    return others(ret_heard);
}

static enum heard heard_of(enum signature_verdict verdict)
{
    switch (verdict) {
    case SIGNATURE_OLD:
        return HEARD_OLD;
    case SIGNATURE_FORGED:
        return HEARD_FORGED;
    default:
        return HEARD_MALFORMED;
    }
}

static void answer(Common__Blob *reply, enum heard heard)
{
    bool is_refused = heard == HEARD_MALFORMED || heard == HEARD_OLD || heard == HEARD_FORGED;

    reply->has_status = true;
    reply->status = is_refused ? 400 : 200;
    reply->content_type = (char *)"text/plain; charset=utf-8";
    reply->has_data = true;
    reply->data.data = (uint8_t *)(is_refused ? "refused\n" : "heard\n");
    reply->data.len = strlen((const char *)reply->data.data);
}

int hear_stripe(struct ts_call *call, const Payments__HearStripeRequest *request, Common__Blob *ret_reply)
{
    const char *secrets = ts_setting(call, TS_SETTING_STRIPE_WEBHOOK_SECRETS);
    enum signature_verdict verdict;
    enum heard heard = HEARD_MALFORMED;
    struct stripe_event event;
    int r = TS_WRITE_CONFLICT;

    if (!secrets || !ts_setting(call, TS_SETTING_STRIPE_KEY))
        return TS_ENOTFOUND; /* and it is told again */
    verdict = signature_check(request->stripe_signature, request->payload, secrets, ts_now_ms(call) / 1000);
    if (verdict != SIGNATURE_GOOD) {
        heard = heard_of(verdict);
        ts_security(call, TS_SECURITY_WEBHOOK_REFUSED, /* subject= */ NULL);
    } else if (stripe_read_event(ts_json_parse(call->arena, request->payload, strlen(request->payload)), &event)) {
        for (unsigned i = 0; r == TS_WRITE_CONFLICT && i < PAYMENTS_TRIES; i++)
            r = hear(call, &event, &heard);
        if (r)
            return r == TS_WRITE_CONFLICT ? TS_EABORTED : r;
    }
    measure(call, heard);
    answer(ret_reply, heard);
    return 0;
}
