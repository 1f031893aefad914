#include "support/ledger.h"

#include <string.h>

#include "loop/runtime.h"
#include "payments/v1/payments.pb-c.h"
#include "store/store.h"
#include "support/test.h"

#define ACCOUNT(name) ORDERS__LEDGER_ENTRY__ACCOUNT__##name

/* Called with each document of a collection. */
typedef int ledger_visit(struct ts_call *call, const struct ts_doc *doc, struct ledger *ledger);

static int visit_all(struct ts_call *call, const char *collection, ledger_visit *visit, struct ledger *ledger)
{
    const struct store_collection *found = store_find(call->runtime->store, collection);
    struct ts_page page = { .more = true };
    int r;

    if (!found)
        return 0;
    while (page.more) {
        struct ts_scan scan = { .collection = found->declared, .cursor = page.cursor, .limit = 100 };

        r = ts_store_scan(call, &scan, &page);
        if (r)
            return r;
        for (size_t i = 0; i < page.count; i++) {
            r = visit(call, &page.docs[i], ledger);
            if (r)
                return r;
        }
    }
    return 0;
}

static void entries_add(Orders__LedgerEntry *const *entries, size_t count, struct ledger *ledger)
{
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        sum += entries[i]->minor;
        ledger->accounts[entries[i]->account] += entries[i]->minor;
    }
    ledger->versions++;
    ledger->unbalanced += sum != 0;
}

static void version_add(const ProtobufCMessage *body, struct ledger *ledger)
{
    if (body->descriptor == &orders__order__descriptor) {
        const Orders__Order *order = (const Orders__Order *)body;

        entries_add(order->entries, order->n_entries, ledger);
    } else if (body->descriptor == &payments__payment__descriptor) {
        const Payments__Payment *payment = (const Payments__Payment *)body;

        entries_add(payment->entries, payment->n_entries, ledger);
    } else {
        const Payments__Refund *refund = (const Payments__Refund *)body;

        entries_add(refund->entries, refund->n_entries, ledger);
    }
}

static int visit_history(struct ts_call *call, const struct ts_doc *doc, struct ledger *ledger)
{
    const ProtobufCMessageDescriptor *descriptor = doc->body->descriptor;
    const char *name = descriptor == &orders__order__descriptor       ? "orders"
                       : descriptor == &payments__payment__descriptor ? "payments"
                                                                      : "refunds";
    struct ts_page page;
    int r;

    r = ts_store_history(call, store_find(call->runtime->store, name)->declared, doc->id, 0, 1000, &page);
    if (r)
        return r;
    for (size_t i = 0; i < page.count; i++)
        version_add(page.docs[i].body, ledger);
    return 0;
}

static int visit_each(struct ts_call *call, ledger_visit *orders, ledger_visit *payments, ledger_visit *refunds,
                      struct ledger *ret_ledger)
{
    int r;

    memset(ret_ledger, 0, sizeof(*ret_ledger));
    r = visit_all(call, "orders", orders, ret_ledger);
    if (r == 0)
        r = visit_all(call, "payments", payments, ret_ledger);
    if (r == 0)
        r = visit_all(call, "refunds", refunds, ret_ledger);
    return r;
}

int ledger_read(struct ts_call *call, struct ledger *ret_ledger)
{
    return visit_each(call, visit_history, visit_history, visit_history, ret_ledger);
}

static int expect_order(struct ts_call *call, const struct ts_doc *doc, struct ledger *ledger)
{
    const Orders__Order *order = (const Orders__Order *)doc->body;

    (void)call;
    if (order->status != ORDERS__ORDER_STATUS__PAID)
        return 0;
    ledger->accounts[ACCOUNT(RECEIVABLE)] += order->total->minor;
    ledger->accounts[ACCOUNT(TAX)] -= order->tax->minor;
    ledger->accounts[ACCOUNT(REVENUE)] -= order->total->minor - order->tax->minor;
    return 0;
}

static int expect_payment(struct ts_call *call, const struct ts_doc *doc, struct ledger *ledger)
{
    const Payments__Payment *payment = (const Payments__Payment *)doc->body;

    (void)call;
    if (payment->status != PAYMENTS__PAYMENT__STATUS__CONFIRMED &&
        payment->status != PAYMENTS__PAYMENT__STATUS__REFUNDED)
        return 0;
    ledger->accounts[ACCOUNT(CASH)] += payment->amount->minor;
    ledger->accounts[ACCOUNT(RECEIVABLE)] -= payment->amount->minor;
    return 0;
}

static int expect_refund(struct ts_call *call, const struct ts_doc *doc, struct ledger *ledger)
{
    const Payments__Refund *refund = (const Payments__Refund *)doc->body;

    (void)call;
    switch (refund->status) {
    case PAYMENTS__REFUND__STATUS__CREATED:
    case PAYMENTS__REFUND__STATUS__IN_TRANSIT:
        ledger->accounts[ACCOUNT(REFUNDS_PAYABLE)] -= refund->amount->minor;
        break;
    case PAYMENTS__REFUND__STATUS__DONE:
        ledger->accounts[ACCOUNT(CASH)] -= refund->amount->minor;
        break;
    default:
        return 0;
    }
    ledger->accounts[ACCOUNT(RECEIVABLE)] += refund->amount->minor;
    return 0;
}

int ledger_expect(struct ts_call *call, struct ledger *ret_ledger)
{
    return visit_each(call, expect_order, expect_payment, expect_refund, ret_ledger);
}

void ledger_check(struct ts_call *call)
{
    struct ledger ledger, expected;
    int64_t sum = 0;

    assert_int_equal(ledger_read(call, &ledger), 0);
    assert_int_equal(ledger_expect(call, &expected), 0);
    assert_int_equal(ledger.unbalanced, 0);
    for (int i = 0; i < LEDGER_ACCOUNTS; i++) {
        assert_int_equal(ledger.accounts[i], expected.accounts[i]);
        sum += ledger.accounts[i];
    }
    assert_int_equal(sum, 0);
}
