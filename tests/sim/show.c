/* What the documents say, version by version: printed with --trace before they are checked, or when they are wrong. */
#include <stdio.h>

#include "check.h"
#include "inventory/v1/inventory.pb-c.h"
#include "payments/v1/payments.pb-c.h"

static const char *text(const char *text)
{
    return text ? text : "-";
}

static void show_places(const Inventory__Hold *hold)
{
    for (size_t i = 0; i < hold->n_positions; i++) {
        for (size_t j = 0; j < hold->positions[i]->n_places; j++) {
            const Inventory__Place *place = hold->positions[i]->places[j];

            printf(" %s/%d%s", place->quota_id, place->number, place->pool_id ? " of a pool" : "");
        }
    }
    printf("\n");
}

static void show_version(const struct ts_doc *doc)
{
    printf("  %s@%lld %lld %s: ", doc->id, (long long)doc->version, (long long)doc->written_at_ms, doc->operation);
    if (doc->body->descriptor == &orders__order__descriptor) {
        const Orders__Order *order = (const Orders__Order *)doc->body;

        printf("status %d, hold %s, next %s, paid by %s, %zu refused, due %lld\n", order->status, text(order->hold_id),
               text(order->next_hold_id), text(order->settling_payment_id), order->n_refused_payment_ids,
               (long long)order->due_ms);
    } else if (doc->body->descriptor == &payments__payment__descriptor) {
        const Payments__Payment *payment = (const Payments__Payment *)doc->body;

        printf("status %d, of %s, %s %s, %s, due %lld\n", payment->status, payment->order_id, text(payment->provider),
               text(payment->method), text(payment->outcome), (long long)payment->due_ms);
    } else if (doc->body->descriptor == &payments__refund__descriptor) {
        const Payments__Refund *refund = (const Payments__Refund *)doc->body;

        printf("status %d, %s, %lld of %lld by %s\n", refund->status, refund->source, (long long)refund->amount->minor,
               (long long)refund->request_minor, text(refund->request_key));
    } else if (doc->body->descriptor == &inventory__hold__descriptor) {
        const Inventory__Hold *hold = (const Inventory__Hold *)doc->body;

        printf("state %d, order %s, until %lld, has", hold->state, text(hold->order_id),
               (long long)hold->expires_at_ms);
        show_places(hold);
    } else if (doc->body->descriptor == &inventory__claim__descriptor) {
        const Inventory__Claim *claim = (const Inventory__Claim *)doc->body;

        printf("for %s from version %lld on\n", claim->hold_id, (long long)claim->hold_version);
    }
}

static void show_document(struct sim *sim, struct ts_call *call, const struct ts_doc *doc)
{
    const char *collection = doc->body->descriptor == &orders__order__descriptor       ? "orders"
                             : doc->body->descriptor == &payments__payment__descriptor ? "payments"
                             : doc->body->descriptor == &payments__refund__descriptor  ? "refunds"
                             : doc->body->descriptor == &inventory__claim__descriptor  ? "claims"
                                                                                       : "holds";
    struct ts_page page = check_history(sim, call, collection, doc->id);

    for (size_t i = page.count; i-- > 0;)
        show_version(&page.docs[i]);
}

void show_all(struct sim *sim, struct ts_call *call)
{
    check_each(sim, call, "claims", show_document);
    check_each(sim, call, "holds", show_document);
    check_each(sim, call, "orders", show_document);
    check_each(sim, call, "payments", show_document);
    check_each(sim, call, "refunds", show_document);
}
