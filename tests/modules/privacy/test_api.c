/* Erasing through the bus, beside the ledger: what an order owes and earned stays to the cent, wherever it was left. */
#include <string.h>

#include "catalog/v1/catalog.rpc.h"
#include "host/keep.h"
#include "host/modules.h"
#include "orders/v1/orders.rpc.h"
#include "privacy/v1/privacy.rpc.h"
#include "store/store.h"
#include "support/ledger.h"
#include "support/shop.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/sign.h"
#include "tessera/store.h"

#define EMAIL "ada@example.org" /* of support/shop.c */

static const Orders__Order *order_now(struct ts_call *call, const char *id)
{
    Orders__ReadOrderRequest request = ORDERS__READ_ORDER_REQUEST__INIT;
    const Orders__ReadOrderReply *reply;

    request.order_id = (char *)id;
    assert_int_equal(orders_read_order(call, &request, &reply), 0);
    return reply->order;
}

static void cancel(struct ts_call *call, const char *id)
{
    Orders__CancelOrderRequest request = ORDERS__CANCEL_ORDER_REQUEST__INIT;
    const Orders__CancelOrderReply *reply;

    request.order_id = (char *)id;
    assert_int_equal(orders_cancel_order(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
}

static const Orders__EraseFromOrderReply *erase_from(struct ts_call *call, const char *id)
{
    Orders__EraseFromOrderRequest request = ORDERS__ERASE_FROM_ORDER_REQUEST__INIT;
    const Orders__EraseFromOrderReply *reply;

    request.order_id = (char *)id;
    request.email_hash = ts_email_hash(call, EMAIL);
    assert_int_equal(orders_erase_from_order_as_system(call, &request, &reply), 0);
    return reply;
}

static void assert_nameless(struct ts_call *call, const Orders__Order *before)
{
    const Orders__Order *order = order_now(call, before->id);

    assert_null(order->email);
    assert_null(order->name);
    assert_null(order->input_hash);
    assert_null(order->buyer_email_hash);
    for (size_t i = 0; i < order->n_email_hashes; i++)
        assert_string_equal(order->email_hashes[i], "");
    assert_string_equal(order->code, before->code);
    assert_int_equal(order->total->minor, before->total->minor);
    ledger_check(call);
}

static void erase_from_order__keeps_money_and_ledger(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    const Orders__Order *paid = shop_sell(call, &shop, 2), *gone = shop_sell(call, &shop, 1),
                        *lapsed = shop_order(call, &shop, 1);

    cancel(call, gone->id);
    assert_true(erase_from(call, paid->id)->has_over_at_ms); /* it is to come */
    assert_non_null(order_now(call, paid->id)->email);
    assert_false(erase_from(call, gone->id)->has_over_at_ms);
    assert_nameless(call, gone);
    harness_advance(call, 3 * TS_DAY_MS);
    assert_int_equal(order_now(call, lapsed->id)->status, ORDERS__ORDER_STATUS__EXPIRED);
    assert_false(erase_from(call, lapsed->id)->has_over_at_ms);
    assert_nameless(call, lapsed);
    assert_false(erase_from(call, paid->id)->has_over_at_ms);
    assert_false(erase_from(call, paid->id)->has_over_at_ms);
    assert_nameless(call, paid);
    cancel(call, paid->id); /* it is an order like any other, whose entries are turned round */
    ledger_check(call);
}

/* Each request to the store fails once, done or not; asked again, it is as if nothing had been. */
static void erase_from_order__is_continued_from_any_point(struct ts_call *call)
{
    struct shop shop = shop_open(call, 100);
    bool failed = true;

    for (uint64_t nth = 1; failed; nth++) {
        const Orders__Order *order = shop_sell(call, &shop, 1);
        Orders__EraseFromOrderRequest request = ORDERS__ERASE_FROM_ORDER_REQUEST__INIT;
        const Orders__EraseFromOrderReply *reply;

        cancel(call, order->id);
        request.order_id = order->id;
        request.email_hash = ts_email_hash(call, EMAIL);
        harness_store_fail(harness_of(call), nth);
        (void)orders_erase_from_order_as_system(call, &request, &reply); /* fails somewhere, but for the last time */
        failed = harness_store_failed(harness_of(call));
        harness_store_fail(harness_of(call), 0);
        (void)erase_from(call, order->id);
        assert_nameless(call, order);
        assert_true(nth < 30);
    }
}

static const Privacy__ErasureReply *ask(struct ts_call *call, const char *organizer_id)
{
    Privacy__PersonRequest request = PRIVACY__PERSON_REQUEST__INIT;
    const Privacy__ErasureReply *reply;

    request.organizer_id = (char *)organizer_id;
    request.email = EMAIL;
    assert_int_equal(privacy_erase_person(call, &request, &reply), 0);
    return reply;
}

static void erase_person__is_refused_before_the_date_is_over(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    const Orders__Order *order = shop_sell(call, &shop, 1);

    harness_assert_refused(ask(call, shop.organizer_id), EVENT_NOT_OVER, "email");
    assert_non_null(order_now(call, order->id)->email);
    cancel(call, order->id);
    assert_int_equal(ask(call, shop.organizer_id)->n_refusals, 0);
    harness_advance(call, TS_SECOND_MS);
    assert_nameless(call, order);
}

static const struct ts_collection *erasures(struct ts_call *call)
{
    const struct ts_collection *collection;

    for (unsigned i = 0; (collection = ts_store_collection(call, i)); i++) {
        if (strcmp(collection->name, "erasures") == 0)
            return collection;
    }
    return NULL;
}

/* Put one that is due, without asking whether it may be. Return: its id. */
static const char *begin(struct ts_call *call, const struct shop *shop)
{
    Privacy__Erasure erasure = PRIVACY__ERASURE__INIT;
    Privacy__ErasureAddress address = PRIVACY__ERASURE_ADDRESS__INIT, *addresses[] = { &address };

    erasure.id = (char *)ts_id_new(call, "era");
    erasure.organizer_id = shop->organizer_id;
    address.email_hash = ts_email_hash(call, EMAIL);
    erasure.addresses = addresses;
    erasure.n_addresses = 1;
    erasure.has_created_at_ms = erasure.has_due_ms = true;
    erasure.created_at_ms = erasure.due_ms = ts_now_ms(call);
    assert_int_equal(ts_store_insert(call, erasures(call), erasure.id, &erasure.base), 0);
    return erasure.id;
}

static const Privacy__Erasure *assert_finished(struct ts_call *call, const char *id)
{
    const Privacy__Erasure *now;
    struct ts_doc doc;

    assert_int_equal(ts_store_get(call, erasures(call), id, &doc), 0);
    now = (const Privacy__Erasure *)doc.body;
    assert_true(now->has_finished_at_ms);
    assert_false(now->has_due_ms);
    assert_int_equal(now->n_addresses, 0);
    return now;
}

/* As if the order had been placed between the question and the first step: it waits, and is not forgotten. */
static void erasure__waits_for_what_is_to_come(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    const Orders__Order *gone = shop_sell(call, &shop, 1), *late = shop_sell(call, &shop, 1);
    const char *id;

    cancel(call, gone->id);
    id = begin(call, &shop);
    harness_advance(call, TS_SECOND_MS);
    assert_nameless(call, gone);
    assert_string_equal(order_now(call, late->id)->email, EMAIL);
    harness_advance(call, 3 * TS_DAY_MS);
    assert_nameless(call, late);
    assert_int_equal(assert_finished(call, id)->orders, 2);
}

/* Also from where the person is forgotten and nothing says yet that it is finished. */
static void erasure__is_continued_from_any_point(struct ts_call *call)
{
    struct shop shop = shop_open(call, 100);
    bool failed = true;

    for (uint64_t nth = 1; failed; nth++) {
        const Orders__Order *order = shop_sell(call, &shop, 1);
        const char *id;

        cancel(call, order->id);
        id = begin(call, &shop);
        harness_store_fail(harness_of(call), nth);
        harness_advance(call, TS_SECOND_MS);
        harness_advance(call, TS_MINUTE_MS); /* what failed is tried again */
        failed = harness_store_failed(harness_of(call));
        harness_store_fail(harness_of(call), 0);
        assert_nameless(call, order);
        (void)assert_finished(call, id);
        assert_true(nth < 100);
    }
}

static void orders__of_nobody_are_not_asked_for(struct ts_call *call)
{
    Orders__ListPersonOrdersRequest list = ORDERS__LIST_PERSON_ORDERS_REQUEST__INIT;
    Orders__EraseFromOrderRequest erase = ORDERS__ERASE_FROM_ORDER_REQUEST__INIT;
    struct shop shop = shop_open(call, 10);
    const Orders__Order *order = shop_sell(call, &shop, 1);
    const Orders__EraseFromOrderReply *erased;
    const Orders__ListPersonOrdersReply *page;

    cancel(call, order->id);
    erase.order_id = order->id;
    assert_int_equal(orders_list_person_orders_as_system(call, &list, &page), TS_EINVALID);
    assert_int_equal(orders_erase_from_order_as_system(call, &erase, &erased), TS_EINVALID);
    assert_string_equal(order_now(call, order->id)->email, EMAIL);
}

/* ---- what is kept for a time */

#define KEPT "kept"

/* The n-th collection of all modules and the host; NULL past the last. */
static const struct ts_collection *collection_at(struct ts_call *call, unsigned number)
{
    const struct store_collection *collection = store_at(call->runtime->store, number);

    return collection ? collection->declared : NULL;
}

static bool is_there(struct ts_call *call, const struct ts_collection *collection)
{
    struct ts_doc doc;

    assert_int_equal(ts_store_get(call, collection, KEPT, &doc), 0);
    return doc.version > 0;
}

/* Those that are kept for a time, and one that is not. */
static bool is_filled(const struct ts_collection *collection)
{
    return collection->keep_ms || strcmp(collection->name, "order_codes") == 0;
}

/* A document that says nothing, in each of those. Return: how many collections there are. */
static unsigned fill_all(struct ts_call *call)
{
    const struct ts_collection *collection;
    unsigned count = 0;

    for (; (collection = collection_at(call, count)); count++) {
        ProtobufCMessage *body = ts_alloc(call->arena, collection->message->sizeof_message);

        if (!is_filled(collection))
            continue;
        protobuf_c_message_init(collection->message, body);
        assert_int_equal(ts_store_insert(call, collection, KEPT, body), 0);
    }
    return count;
}

/* Each stays as long as its collection says, and goes soon after. */
static void documents__go_when_their_time_is_over(struct ts_call *call)
{
    unsigned count = fill_all(call), gone = 0, fleeting = 0;

    for (int64_t day = 1; day <= 100; day++) {
        harness_advance(call, TS_DAY_MS);
        gone = fleeting = 0;
        for (unsigned i = 0; i < count; i++) {
            const struct ts_collection *collection = collection_at(call, i);
            bool there = is_filled(collection) && is_there(call, collection);

            if (!is_filled(collection))
                continue;
            if (!collection->keep_ms || collection->keep_ms > day * TS_DAY_MS)
                assert_true(there);
            else if (collection->keep_ms + (int64_t)KEEP_ROUND_MS < day * TS_DAY_MS)
                assert_false(there);
            fleeting += collection->keep_ms != 0;
            gone += !there;
        }
    }
    assert_int_equal(gone, fleeting);
    assert_true(fleeting >= 12);
}

static void keep_term_ms__is_what_retention_says(struct ts_call *call)
{
    struct ts_collection mails = { .keep_ms = 30 * (int64_t)TS_DAY_MS,
                                   .keep_term = "mails",
                                   .keep_min_ms = 3 * TS_DAY_MS };
    struct ts_collection plain = { .keep_ms = 5 };

    (void)call;
    assert_int_equal(keep_term_ms(&mails, NULL), 30 * (int64_t)TS_DAY_MS);
    assert_int_equal(keep_term_ms(&mails, "names=7"), 30 * (int64_t)TS_DAY_MS);
    assert_int_equal(keep_term_ms(&mails, "names=7,mails=60"), 60 * (int64_t)TS_DAY_MS);
    assert_int_equal(keep_term_ms(&mails, "mails=1,names=7"), 3 * TS_DAY_MS);
    assert_int_equal(keep_term_ms(&plain, "mails=1"), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        harness_unit_test(erase_from_order__keeps_money_and_ledger, ts_modules),
        harness_unit_test(erase_from_order__is_continued_from_any_point, ts_modules),
        harness_unit_test(erase_person__is_refused_before_the_date_is_over, ts_modules),
        harness_unit_test(erasure__waits_for_what_is_to_come, ts_modules),
        harness_unit_test(erasure__is_continued_from_any_point, ts_modules),
        harness_unit_test(orders__of_nobody_are_not_asked_for, ts_modules),
        harness_unit_test(documents__go_when_their_time_is_over, ts_modules),
        harness_unit_test(keep_term_ms__is_what_retention_says, ts_modules),
    };

    return cmocka_run_group_tests_name("privacy/api", tests, NULL, NULL);
}
