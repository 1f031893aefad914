/* Payments' and refunds' machines and sums: see rules.h. */
#include "rules.h"

#include <string.h>

int pay_way_read(const char *provider, const char *method, enum pay_way *ret_way)
{
    static const struct {
        const char *method;
        enum pay_way way;
    } sandbox[] = {
        { "success", PAY_SUCCESS },
        { "decline", PAY_DECLINE },
        { "pending", PAY_PENDING },
        { "late", PAY_LATE },
    };

    if (provider && strcmp(provider, "manual") == 0) {
        if (method)
            return PAY_METHOD_UNKNOWN;
        *ret_way = PAY_MANUAL;
        return 0;
    }
    if (provider && strcmp(provider, "stripe") == 0) {
        if (method)
            return PAY_METHOD_UNKNOWN;
        *ret_way = PAY_STRIPE;
        return 0;
    }
    if (!provider || strcmp(provider, "sandbox") != 0)
        return PAY_PROVIDER_UNKNOWN;
    for (size_t i = 0; i < sizeof(sandbox) / sizeof(sandbox[0]); i++) {
        if (strcmp(method ? method : "success", sandbox[i].method) == 0) {
            *ret_way = sandbox[i].way;
            return 0;
        }
    }
    return PAY_METHOD_UNKNOWN;
}

int pay_check(const Orders__Order *order, int64_t now_ms)
{
    switch (order->status) {
    case ORDERS__ORDER_STATUS__PENDING:
        return order->expires_at_ms > now_ms ? PAY_OK : PAY_EXPIRED;
    case ORDERS__ORDER_STATUS__PAID:
        return PAY_ALREADY_PAID;
    case ORDERS__ORDER_STATUS__EXPIRED:
        return PAY_EXPIRED;
    default:
        return PAY_CANCELLED;
    }
}

enum payment_step payment_step_next(const Payments__Payment *payment)
{
    switch (payment->status) {
    case PAYMENTS__PAYMENT__STATUS__CREATED:
        return PAYMENT_ASK;
    case PAYMENTS__PAYMENT__STATUS__PENDING:
        return payment->has_due_ms ? PAYMENT_CONFIRM : PAYMENT_REST;
    case PAYMENTS__PAYMENT__STATUS__CONFIRMED:
        return payment->settled ? PAYMENT_REST : PAYMENT_SETTLE;
    default:
        return PAYMENT_REST;
    }
}

int payment_confirm_check(const Payments__Payment *payment)
{
    switch (payment->status) {
    case PAYMENTS__PAYMENT__STATUS__CREATED:
    case PAYMENTS__PAYMENT__STATUS__PENDING:
        return PAYMENT_CONFIRMABLE;
    case PAYMENTS__PAYMENT__STATUS__CONFIRMED:
    case PAYMENTS__PAYMENT__STATUS__REFUNDED:
        return PAYMENT_CONFIRMED_BEFORE;
    default:
        return PAYMENT_NOT_CONFIRMABLE;
    }
}

bool payment_is_received(const Payments__Payment *payment)
{
    return payment->status == PAYMENTS__PAYMENT__STATUS__CONFIRMED ||
           payment->status == PAYMENTS__PAYMENT__STATUS__REFUNDED;
}

bool payment_may_be_received(const Payments__Payment *payment)
{
    return !payment_is_received(payment) && !payment->received;
}

const Payments__Payment *payment_open_page(Payments__Payment *const *payments, size_t count,
                                           const Common__Money *amount, int64_t now_ms)
{
    const int64_t age_max_ms = INT64_C(15) * 60 * 1000;

    for (size_t i = count; i-- > 0;) {
        const Payments__Payment *payment = payments[i];

        if (payment->status == PAYMENTS__PAYMENT__STATUS__PENDING && payment->redirect_url &&
            payment->amount->minor == amount->minor && strcmp(payment->amount->currency, amount->currency) == 0 &&
            now_ms - payment->created_at_ms < age_max_ms)
            return payment;
    }
    return NULL;
}

bool refund_may_become(const Payments__Refund *refund, Payments__Refund__Status status)
{
    switch (refund->status) {
    case PAYMENTS__REFUND__STATUS__CREATED:
        return status != PAYMENTS__REFUND__STATUS__CREATED;
    case PAYMENTS__REFUND__STATUS__IN_TRANSIT:
        return status != PAYMENTS__REFUND__STATUS__CREATED && status != PAYMENTS__REFUND__STATUS__IN_TRANSIT;
    case PAYMENTS__REFUND__STATUS__DONE:
        return status == PAYMENTS__REFUND__STATUS__FAILED || status == PAYMENTS__REFUND__STATUS__CANCELLED;
    default:
        return false;
    }
}

int64_t ask_again_at(int64_t since_ms, int64_t now_ms)
{
    const int64_t first_ms = INT64_C(2) * 60 * 1000, last_ms = INT64_C(6) * 3600 * 1000;
    int64_t pause_ms = (now_ms - since_ms) / 2;

    return now_ms + (pause_ms < first_ms ? first_ms : pause_ms > last_ms ? last_ms : pause_ms);
}

bool refund_is_live(const Payments__Refund *refund)
{
    return refund->status == PAYMENTS__REFUND__STATUS__CREATED ||
           refund->status == PAYMENTS__REFUND__STATUS__IN_TRANSIT || refund->status == PAYMENTS__REFUND__STATUS__DONE;
}

/* A pair: debit one account, credit the other. */
static Orders__LedgerEntry **entries_new(struct ts_arena *arena, Orders__LedgerEntry__Account debit,
                                         Orders__LedgerEntry__Account credit, int64_t minor)
{
    Orders__LedgerEntry **entries = TS_NEW_ARRAY(arena, Orders__LedgerEntry *, 2);

    for (int i = 0; i < 2; i++) {
        entries[i] = TS_NEW(arena, Orders__LedgerEntry);
        orders__ledger_entry__init(entries[i]);
        entries[i]->has_account = true;
        entries[i]->account = i == 0 ? debit : credit;
        entries[i]->has_minor = true;
        entries[i]->minor = i == 0 ? minor : -minor;
    }
    return entries;
}

void payment_set_entries(struct ts_arena *arena, Payments__Payment *payment, int from)
{
    payment->n_entries = 0;
    payment->entries = NULL;
    if (payment->status != PAYMENTS__PAYMENT__STATUS__CONFIRMED || from == PAYMENTS__PAYMENT__STATUS__CONFIRMED)
        return;
    if (from == PAYMENTS__PAYMENT__STATUS__REFUNDED) /* a refund of it failed */
        return;
    payment->n_entries = 2;
    payment->entries = entries_new(arena, ORDERS__LEDGER_ENTRY__ACCOUNT__CASH,
                                   ORDERS__LEDGER_ENTRY__ACCOUNT__RECEIVABLE, payment->amount->minor);
}

/* What did not go back after all is still here: the entries of before, the other way round. */
static Orders__LedgerEntry **entries_back(struct ts_arena *arena, int from, int64_t minor)
{
    switch (from) {
    case PAYMENTS__REFUND__STATUS__CREATED:
    case PAYMENTS__REFUND__STATUS__IN_TRANSIT:
        return entries_new(arena, ORDERS__LEDGER_ENTRY__ACCOUNT__REFUNDS_PAYABLE,
                           ORDERS__LEDGER_ENTRY__ACCOUNT__RECEIVABLE, minor);
    case PAYMENTS__REFUND__STATUS__DONE:
        return entries_new(arena, ORDERS__LEDGER_ENTRY__ACCOUNT__CASH, ORDERS__LEDGER_ENTRY__ACCOUNT__RECEIVABLE,
                           minor);
    default:
        return NULL;
    }
}

void refund_set_entries(struct ts_arena *arena, Payments__Refund *refund, int from)
{
    refund->n_entries = 0;
    refund->entries = NULL;
    if (refund->status == PAYMENTS__REFUND__STATUS__CREATED && from < 0)
        refund->entries = entries_new(arena, ORDERS__LEDGER_ENTRY__ACCOUNT__RECEIVABLE,
                                      ORDERS__LEDGER_ENTRY__ACCOUNT__REFUNDS_PAYABLE, refund->amount->minor);
    else if (refund->status == PAYMENTS__REFUND__STATUS__DONE && from == PAYMENTS__REFUND__STATUS__EXTERNAL)
        refund->entries = entries_new(arena, ORDERS__LEDGER_ENTRY__ACCOUNT__RECEIVABLE,
                                      ORDERS__LEDGER_ENTRY__ACCOUNT__CASH, refund->amount->minor);
    else if (refund->status == PAYMENTS__REFUND__STATUS__DONE && from != PAYMENTS__REFUND__STATUS__DONE)
        refund->entries = entries_new(arena, ORDERS__LEDGER_ENTRY__ACCOUNT__REFUNDS_PAYABLE,
                                      ORDERS__LEDGER_ENTRY__ACCOUNT__CASH, refund->amount->minor);
    else if (refund->status == PAYMENTS__REFUND__STATUS__FAILED ||
             refund->status == PAYMENTS__REFUND__STATUS__CANCELLED)
        refund->entries = entries_back(arena, from, refund->amount->minor);
    refund->n_entries = refund->entries ? 2 : 0;
}

static bool is_of(const Payments__Refund *refund, const Payments__Payment *payment)
{
    return strcmp(refund->payment_id, payment->id) == 0;
}

int64_t payment_left(const Payments__Payment *payment, Payments__Refund *const *refunds, size_t count)
{
    int64_t left = payment_is_received(payment) ? payment->amount->minor : 0;

    for (size_t i = 0; i < count; i++) {
        if (is_of(refunds[i], payment) && refund_is_live(refunds[i]))
            left -= refunds[i]->amount->minor;
    }
    return left;
}

int64_t payment_unexplained(const Payments__Payment *payment, Payments__Refund *const *refunds, size_t count,
                            int64_t refunded_minor)
{
    int64_t unexplained = refunded_minor;

    for (size_t i = 0; i < count; i++) {
        if (is_of(refunds[i], payment) &&
            (refund_is_live(refunds[i]) || refunds[i]->status == PAYMENTS__REFUND__STATUS__EXTERNAL))
            unexplained -= refunds[i]->amount->minor;
    }
    return unexplained > 0 ? unexplained : 0;
}

bool payment_is_refunded(const Payments__Payment *payment, Payments__Refund *const *refunds, size_t count)
{
    int64_t done = 0;

    for (size_t i = 0; i < count; i++) {
        if (is_of(refunds[i], payment) && refunds[i]->status == PAYMENTS__REFUND__STATUS__DONE)
            done += refunds[i]->amount->minor;
    }
    return done >= payment->amount->minor;
}

int64_t balance_of(int64_t total_minor, Payments__Payment *const *payments, size_t payment_count,
                   Payments__Refund *const *refunds, size_t refund_count)
{
    int64_t balance = total_minor;

    for (size_t i = 0; i < payment_count; i++)
        balance -= payment_is_received(payments[i]) ? payments[i]->amount->minor : 0;
    for (size_t i = 0; i < refund_count; i++)
        balance += refund_is_live(refunds[i]) ? refunds[i]->amount->minor : 0;
    return balance;
}

bool refund_split(int64_t wanted_minor, Payments__Payment *const *payments, size_t payment_count,
                  Payments__Refund *const *refunds, size_t refund_count, int64_t *parts)
{
    int64_t wanted = wanted_minor;

    for (size_t i = 0; i < payment_count; i++) {
        int64_t left = payment_left(payments[i], refunds, refund_count);

        parts[i] = left < wanted ? left : wanted;
        if (parts[i] < 0)
            parts[i] = 0;
        wanted -= parts[i];
    }
    return wanted == 0;
}

bool position_is_refunded(const char *position_id, Payments__Refund *const *refunds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; refund_is_live(refunds[i]) && j < refunds[i]->n_position_ids; j++) {
            if (strcmp(refunds[i]->position_ids[j], position_id) == 0)
                return true;
        }
    }
    return false;
}
