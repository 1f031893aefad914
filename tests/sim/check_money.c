/*
 * Money: each version's entries sum to zero, and all of them add up to what the provider knows. The provider is the
 * book: who paid by which way, once per key; a success is charged when it was asked, and what was sent back is counted.
 */
#include <string.h>

#include "check.h"
#include "payments/v1/payments.pb-c.h"
#include "support/ledger.h"

static bool has_come(const Payments__Payment *payment)
{
    return payment->status == PAYMENTS__PAYMENT__STATUS__CONFIRMED ||
           payment->status == PAYMENTS__PAYMENT__STATUS__REFUNDED;
}

/* Refunds of one payment. */
static struct {
    const char *payment_id;
    int64_t minor, done_minor;
    unsigned late;
} back;

static void add_back(struct sim *sim, struct ts_call *call, const struct ts_doc *doc)
{
    const Payments__Refund *refund = (const Payments__Refund *)doc->body;

    (void)sim;
    (void)call;
    if (strcmp(refund->payment_id, back.payment_id) != 0)
        return;
    back.minor += refund->amount->minor;
    back.late += strcmp(refund->source, "late") == 0;
    if (refund->status == PAYMENTS__REFUND__STATUS__DONE)
        back.done_minor += refund->amount->minor;
}

/* Asked for by whom? */
static const struct book_payment *find_asked(const struct sim *sim, const Payments__Payment *payment)
{
    for (unsigned i = 0; i < sim->book->payment_count; i++) {
        const struct book_payment *asked = sim->book->payments[i];

        if (strcmp(asked->order->id, payment->order_id) == 0 && strcmp(asked->provider, payment->provider) == 0 &&
            (asked->method ? payment->method && strcmp(asked->method, payment->method) == 0 : !payment->method))
            return asked;
    }
    return NULL;
}

static void check_status(struct sim *sim, const Payments__Payment *payment)
{
    if (payment->status == PAYMENTS__PAYMENT__STATUS__CREATED)
        sim_problem(sim, "%s is CREATED for ever", payment->id);
    if (has_come(payment) && payment->method && strcmp(payment->method, "decline") == 0)
        sim_problem(sim, "%s was declined and has come", payment->id);
    if (payment->method && strcmp(payment->method, "success") == 0 && !has_come(payment))
        sim_problem(sim, "%s was charged and is %d", payment->id, payment->status);
    if (payment->method && strcmp(payment->method, "late") == 0 && !has_come(payment))
        sim_problem(sim, "%s came late and is %d", payment->id, payment->status);
    if (has_come(payment) && !payment->settled)
        sim_problem(sim, "%s came, and its order has not heard of it", payment->id);
}

static void check_payment_history(struct sim *sim, struct ts_call *call, const struct ts_doc *doc)
{
    struct ts_page page = check_history(sim, call, "payments", doc->id);

    for (size_t i = 1; i < page.count; i++) {
        const Payments__Payment *after = (const Payments__Payment *)page.docs[i - 1].body;
        const Payments__Payment *before = (const Payments__Payment *)page.docs[i].body;

        if (has_come(before) && !has_come(after))
            sim_problem(sim, "%s had come and went", doc->id);
        if (before->amount->minor != after->amount->minor || strcmp(before->order_id, after->order_id) != 0)
            sim_problem(sim, "%s became another payment", doc->id);
    }
}

/* Money or places, and not both. */
static void check_sent_back(struct sim *sim, struct ts_call *call, const Payments__Payment *payment)
{
    struct ts_doc doc = check_get(sim, call, "orders", payment->order_id);
    const Orders__Order *order = (const Orders__Order *)doc.body;

    sim_count(sim, COUNT_payments_sent_back);
    if (order->status == ORDERS__ORDER_STATUS__PAID && order->settling_payment_id &&
        strcmp(order->settling_payment_id, payment->id) == 0)
        sim_problem(sim, "%s was sent back and pays %s", payment->id, order->id);
    if (strcmp(payment->provider, "manual") != 0 && back.done_minor < payment->amount->minor)
        sim_problem(sim, "%s is sent back by %lld only", payment->id, (long long)back.done_minor);
}

/* Who was told that the order has the money. */
static void check_settled(struct sim *sim, struct ts_call *call, const Payments__Payment *payment)
{
    struct ts_doc doc = check_get(sim, call, "orders", payment->order_id);
    const Orders__Order *order = (const Orders__Order *)doc.body;

    if (order->status != ORDERS__ORDER_STATUS__PAID && order->status != ORDERS__ORDER_STATUS__CANCELLED)
        sim_problem(sim, "%s is settled and %s is %d", payment->id, order->id, order->status);
    if (!order->settling_payment_id || strcmp(order->settling_payment_id, payment->id) != 0)
        sim_problem(sim, "%s is settled and does not pay %s", payment->id, order->id);
}

static void check_payment(struct sim *sim, struct ts_call *call, const struct ts_doc *doc)
{
    const Payments__Payment *payment = (const Payments__Payment *)doc->body;
    const struct book_payment *asked = find_asked(sim, payment);

    if (!asked)
        sim_problem(sim, "nobody asked for %s", payment->id);
    if (payment->amount->minor != asked->order->total_minor)
        sim_problem(sim, "%s is over %lld", payment->id, (long long)payment->amount->minor);
    check_status(sim, payment);
    check_payment_history(sim, call, doc);
    memset(&back, 0, sizeof(back));
    back.payment_id = payment->id;
    check_each(sim, call, "refunds", add_back);
    if (back.minor > (has_come(payment) ? payment->amount->minor : 0) || back.late > 1)
        sim_problem(sim, "%lld of %s went back, %u times by itself", (long long)back.minor, payment->id, back.late);
    if ((payment->status == PAYMENTS__PAYMENT__STATUS__REFUNDED) !=
        (has_come(payment) && back.done_minor == payment->amount->minor))
        sim_problem(sim, "%s is %d with %lld sent back", payment->id, payment->status, (long long)back.done_minor);
    if (payment->method && strcmp(payment->method, "late") == 0)
        sim_count(sim, COUNT_payments_late);
    if (payment->outcome && strcmp(payment->outcome, "already_paid") == 0)
        sim_count(sim, COUNT_payments_twice);
    if (payment->outcome && strcmp(payment->outcome, "settled") == 0)
        check_settled(sim, call, payment);
    if (payment->outcome && strcmp(payment->outcome, "unfulfillable") == 0)
        check_sent_back(sim, call, payment);
}

/* What staff send back came before, and its order had heard of it. */
static void check_heard(struct sim *sim, struct ts_call *call, const struct ts_doc *doc)
{
    const Payments__Refund *refund = (const Payments__Refund *)doc->body;
    struct ts_doc payment;

    if (strcmp(refund->source, "admin") != 0)
        return;
    payment = check_get(sim, call, "payments", refund->payment_id);
    if (!payment.body || !((const Payments__Payment *)payment.body)->settled)
        sim_problem(sim, "%s sends back what no order has heard of", refund->id);
}

void check_money_moment(struct sim *sim, struct ts_call *call)
{
    check_each(sim, call, "refunds", check_heard);
}

/* A PAID order was paid: by a payment that came and was not sent back for want of places. */
static void check_paid(struct sim *sim, struct ts_call *call, const struct ts_doc *doc)
{
    const Orders__Order *order = (const Orders__Order *)doc->body;
    struct ts_doc payment;

    if (order->status != ORDERS__ORDER_STATUS__PAID || order->total->minor == 0)
        return;
    if (!order->settling_payment_id)
        sim_problem(sim, "%s is PAID by no payment", order->id);
    payment = check_get(sim, call, "payments", order->settling_payment_id);
    if (!payment.body || !has_come((const Payments__Payment *)payment.body))
        sim_problem(sim, "%s is PAID by %s, which has not come", order->id, order->settling_payment_id);
}

static void check_ledger(struct sim *sim, struct ts_call *call)
{
    struct ledger ledger, expected;
    int64_t sum = 0;

    if (ledger_read(call, &ledger) || ledger_expect(call, &expected))
        sim_problem(sim, "the ledger cannot be read");
    if (ledger.unbalanced)
        sim_problem(sim, "%zu versions do not balance", ledger.unbalanced);
    for (int i = 0; i < LEDGER_ACCOUNTS; i++) {
        if (ledger.accounts[i] != expected.accounts[i])
            sim_problem(sim, "account %d has %lld instead of %lld", i, (long long)ledger.accounts[i],
                        (long long)expected.accounts[i]);
        sum += ledger.accounts[i];
    }
    if (sum)
        sim_problem(sim, "the ledger sums to %lld", (long long)sum);
}

void check_money(struct sim *sim, struct ts_call *call)
{
    check_each(sim, call, "payments", check_payment);
    check_each(sim, call, "orders", check_paid);
    check_ledger(sim, call);
    for (unsigned i = 0; i < sim->book->payment_count; i++) {
        const struct book_payment *said = sim->book->payments[i];
        struct ts_doc doc;

        if (!said->id[0])
            continue;
        doc = check_get(sim, call, "payments", said->id);
        if (!doc.body)
            sim_problem(sim, "%s was acknowledged and is lost", said->id);
        if (said->came && !has_come((const Payments__Payment *)doc.body))
            sim_problem(sim, "%s was acknowledged and has not come", said->id);
    }
}
