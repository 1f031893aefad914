/* The door through the bus, with every module real: each result that a scan can come to, and what is written down. */
#include "support/shop.h"

#include <string.h>

#include "catalog/v1/catalog.rpc.h"
#include "door/v1/door.rpc.h"
#include "host/modules.h"
#include "orders/v1/orders.rpc.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/limits.h"
#include "tickets/v1/tickets.rpc.h"

#define RESULT(name) DOOR__CHECK_IN_RESULT__##name
#define ENTRY DOOR__CHECK_IN_DIRECTION__ENTRY
#define EXIT DOOR__CHECK_IN_DIRECTION__EXIT

static const Door__CheckInList *call_create_list(struct ts_call *call, const Door__CreateCheckInListRequest *request)
{
    const Door__CreateCheckInListReply *reply;

    assert_int_equal(door_create_check_in_list(call, request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    return reply->check_in_list;
}

static char *a_list(struct ts_call *call, const struct shop *shop)
{
    Door__CreateCheckInListRequest request = DOOR__CREATE_CHECK_IN_LIST_REQUEST__INIT;

    request.event_id = shop->event_id;
    request.name = "Main door";
    return call_create_list(call, &request)->id;
}

static char *a_list_with_reentry(struct ts_call *call, const struct shop *shop)
{
    Door__CreateCheckInListRequest request = DOOR__CREATE_CHECK_IN_LIST_REQUEST__INIT;

    request.event_id = shop->event_id;
    request.name = "Terrace";
    request.has_allow_reentry = request.allow_reentry = true;
    return call_create_list(call, &request)->id;
}

/* The code of an order's n-th ticket, as its buyer sees it. */
static char *code_of(struct ts_call *call, const Orders__Order *order, size_t n)
{
    Tickets__PositionIdsRequest request = TICKETS__POSITION_IDS_REQUEST__INIT;
    const Tickets__GetPositionTicketsReply *reply;
    Common__Grant grant = COMMON__GRANT__INIT;

    grant.has_kind = true;
    grant.kind = COMMON__GRANT__KIND__BUYER;
    grant.subject = order->id;
    request.grant = &grant;
    request.position_ids = &order->positions[n]->id;
    request.n_position_ids = 1;
    assert_int_equal(tickets_get_position_tickets(call, &request, &reply), 0);
    assert_int_equal(reply->n_tickets, 1);
    assert_non_null(reply->tickets[0]->qr);
    return reply->tickets[0]->qr;
}

static Door__CheckInRequest a_scan(char *list_id, char *code, const char *nonce)
{
    Door__CheckInRequest request = DOOR__CHECK_IN_REQUEST__INIT;

    request.list_id = list_id;
    request.qr = code;
    request.nonce = (char *)nonce;
    return request;
}

static Door__CheckInResult scan(struct ts_call *call, const Door__CheckInRequest *request)
{
    const Door__CheckInReply *reply;

    assert_int_equal(door_check_in(call, request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    assert_int_equal(reply->check_in->result, reply->result);
    return reply->result;
}

static Door__CheckInResult scan_entry(struct ts_call *call, char *list_id, char *code, const char *nonce)
{
    Door__CheckInRequest request = a_scan(list_id, code, nonce);

    return scan(call, &request);
}

static Door__CheckInResult scan_exit(struct ts_call *call, char *list_id, char *code, const char *nonce)
{
    Door__CheckInRequest request = a_scan(list_id, code, nonce);

    request.has_direction = true;
    request.direction = EXIT;
    return scan(call, &request);
}

static void assert_counts(struct ts_call *call, char *list_id, int expected, int inside)
{
    Door__IdsRequest request = DOOR__IDS_REQUEST__INIT;
    const Door__GetListCountsReply *reply;

    request.ids = &list_id;
    request.n_ids = 1;
    assert_int_equal(door_get_list_counts(call, &request, &reply), 0);
    assert_int_equal(reply->n_counts, 1);
    assert_int_equal(reply->counts[0]->expected, expected);
    assert_int_equal(reply->counts[0]->inside, inside);
}

/* ---- scans */

static void check_in__admits_a_ticket_once(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    char *list_id = a_list(call, &shop);
    const Orders__Order *order = shop_sell(call, &shop, 2);

    assert_counts(call, list_id, 2, 0);
    assert_int_equal(scan_entry(call, list_id, code_of(call, order, 0), "n1"), RESULT(OK));
    assert_int_equal(scan_entry(call, list_id, code_of(call, order, 0), "n2"), RESULT(ALREADY_REDEEMED));
    assert_counts(call, list_id, 2, 1);
    assert_int_equal(scan_entry(call, list_id, code_of(call, order, 1), "n3"), RESULT(OK));
    assert_counts(call, list_id, 2, 2);
}

static void check_in__the_same_nonce_answers_the_same_and_is_stored_once(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    char *list_id = a_list(call, &shop), *code = code_of(call, shop_sell(call, &shop, 1), 0);
    Door__ListCheckInsRequest list = DOOR__LIST_CHECK_INS_REQUEST__INIT;
    Common__Grant grant = COMMON__GRANT__INIT;
    const Door__ListCheckInsReply *reply;

    for (int i = 0; i < 3; i++)
        assert_int_equal(scan_entry(call, list_id, code, "n1"), RESULT(OK));
    grant.has_kind = true;
    grant.kind = COMMON__GRANT__KIND__STAFF;
    grant.subject = shop.organizer_id;
    list.grant = &grant;
    list.list_ids = &list_id;
    list.n_list_ids = 1;
    assert_int_equal(door_list_check_ins(call, &list, &reply), 0);
    assert_int_equal(reply->connections[0]->n_edges, 1);
    assert_int_equal(reply->connections[0]->total_count, 1);
    assert_false(reply->connections[0]->page_info->has_next_page);
}

static void check_in__a_nonce_with_another_code_is_refused(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    char *list_id = a_list(call, &shop);
    const Orders__Order *order = shop_sell(call, &shop, 2);
    Door__CheckInRequest request = a_scan(list_id, code_of(call, order, 1), "n1");
    const Door__CheckInReply *reply;

    assert_int_equal(scan_entry(call, list_id, code_of(call, order, 0), "n1"), RESULT(OK));
    assert_int_equal(door_check_in(call, &request, &reply), 0);
    harness_assert_refused(reply, IDEMPOTENCY_KEY_REUSED, "nonce");
    assert_int_equal(scan_entry(call, list_id, code_of(call, order, 1), "n2"), RESULT(OK));
}

static void check_in__a_foreign_or_damaged_code_is_invalid(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    char *list_id = a_list(call, &shop), *code = code_of(call, shop_sell(call, &shop, 1), 0);
    size_t length = strlen(code);

    assert_true(length <= 160);
    assert_int_equal(scan_entry(call, list_id, "https://example.org/", "n1"), RESULT(INVALID));
    assert_int_equal(scan_entry(call, list_id, "", "n2"), RESULT(INVALID));
    for (size_t at = 3; at < length; at += 11) {
        char *wrong = ts_strdup(call->arena, code);

        wrong[at] = wrong[at] == 'A' ? 'B' : 'A';
        assert_int_equal(scan_entry(call, list_id, wrong, ts_printf(call->arena, "w%zu", at)), RESULT(INVALID));
    }
    assert_int_equal(scan_entry(call, list_id, code, "n3"), RESULT(OK));
}

static void check_in__a_ticket_of_another_event_is_the_wrong_event(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10), other = shop_open_event(call, shop.organizer_id, "closing", 10);
    char *list_id = a_list(call, &other);

    assert_int_equal(scan_entry(call, list_id, code_of(call, shop_sell(call, &shop, 1), 0), "n1"), RESULT(WRONG_EVENT));
}

static void check_in__a_type_that_is_not_listed_is_the_wrong_product(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    Catalog__CreateTicketTypeRequest type = CATALOG__CREATE_TICKET_TYPE_REQUEST__INIT;
    Door__CreateCheckInListRequest request = DOOR__CREATE_CHECK_IN_LIST_REQUEST__INIT;
    const Catalog__CreateTicketTypeReply *made;

    type.event_id = shop.event_id;
    type.name = "Balcony";
    type.price = "20.00";
    assert_int_equal(catalog_create_ticket_type(call, &type, &made), 0);
    request.event_id = shop.event_id;
    request.name = "Balcony";
    request.ticket_type_ids = &made->ticket_type->id;
    request.n_ticket_type_ids = 1;
    assert_int_equal(
        scan_entry(call, call_create_list(call, &request)->id, code_of(call, shop_sell(call, &shop, 1), 0), "n1"),
        RESULT(WRONG_PRODUCT));
}

static void check_in__hours_are_the_lists(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    char *code = code_of(call, shop_sell(call, &shop, 1), 0), *list_id;
    Door__CreateCheckInListRequest request = DOOR__CREATE_CHECK_IN_LIST_REQUEST__INIT;

    request.event_id = shop.event_id;
    request.name = "Evening";
    request.has_opens_at = request.has_closes_at = true;
    request.opens_at = ts_now_ms(call) + TS_HOUR_MS;
    request.closes_at = ts_now_ms(call) + 2 * TS_HOUR_MS;
    list_id = call_create_list(call, &request)->id;
    assert_int_equal(scan_entry(call, list_id, code, "n1"), RESULT(TOO_EARLY));
    harness_advance(call, 3 * TS_HOUR_MS);
    assert_int_equal(scan_entry(call, list_id, code, "n2"), RESULT(TOO_LATE));
    assert_int_equal(scan_exit(call, list_id, code, "n3"), RESULT(OK));
}

static void check_in__reentry_only_where_it_is_allowed(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    char *strict = a_list(call, &shop), *open, *code = code_of(call, shop_sell(call, &shop, 1), 0);
    Door__CreateCheckInListRequest request = DOOR__CREATE_CHECK_IN_LIST_REQUEST__INIT;

    request.event_id = shop.event_id;
    request.name = "Garden";
    request.has_allow_reentry = request.allow_reentry = true;
    open = call_create_list(call, &request)->id;
    assert_int_equal(scan_entry(call, strict, code, "s1"), RESULT(OK));
    assert_int_equal(scan_exit(call, strict, code, "s2"), RESULT(OK));
    assert_int_equal(scan_entry(call, strict, code, "s3"), RESULT(ALREADY_REDEEMED));
    assert_int_equal(scan_entry(call, open, code, "o1"), RESULT(OK));
    assert_int_equal(scan_entry(call, open, code, "o2"), RESULT(ALREADY_REDEEMED));
    assert_int_equal(scan_exit(call, open, code, "o3"), RESULT(OK));
    assert_counts(call, open, 1, 0);
    assert_int_equal(scan_entry(call, open, code, "o4"), RESULT(OK));
    assert_counts(call, open, 1, 1);
}

static void check_in__a_cancelled_order_admits_nobody(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    char *list_id = a_list(call, &shop);
    const Orders__Order *order = shop_sell(call, &shop, 1);
    char *code = code_of(call, order, 0);
    Orders__CancelOrderRequest request = ORDERS__CANCEL_ORDER_REQUEST__INIT;
    const Orders__CancelOrderReply *reply;

    request.order_id = order->id;
    assert_int_equal(orders_cancel_order(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    assert_int_equal(scan_entry(call, list_id, code, "n1"), RESULT(CANCELLED));
    assert_counts(call, list_id, 0, 0);
}

typedef int ticket_rpc(struct ts_call *call, const Tickets__TicketRequest *request, const Tickets__TicketReply **reply);

static const Tickets__Ticket *change_ticket(struct ts_call *call, ticket_rpc *change, const char *position_id)
{
    Tickets__TicketRequest request = TICKETS__TICKET_REQUEST__INIT;
    const Tickets__TicketReply *reply;

    request.ticket_id = (char *)ts_id_sibling(call, position_id, "tic");
    assert_int_equal(change(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    return reply->ticket;
}

static void check_in__revoked_blocked_and_reissued_tickets(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    char *list_id = a_list(call, &shop);
    const Orders__Order *order = shop_sell(call, &shop, 3);
    char *first = code_of(call, order, 0), *second = code_of(call, order, 1), *third = code_of(call, order, 2), *fresh;

    change_ticket(call, tickets_revoke_ticket, order->positions[0]->id);
    assert_int_equal(scan_entry(call, list_id, first, "n1"), RESULT(REVOKED));
    change_ticket(call, tickets_block_ticket, order->positions[1]->id);
    assert_int_equal(scan_entry(call, list_id, second, "n2"), RESULT(BLOCKED));
    fresh = change_ticket(call, tickets_reissue_ticket, order->positions[2]->id)->qr;
    assert_non_null(fresh);
    assert_int_equal(scan_entry(call, list_id, third, "n3"), RESULT(REVOKED));
    assert_int_equal(scan_entry(call, list_id, fresh, "n4"), RESULT(OK));
}

static void check_in__an_offline_scan_is_a_fact_and_its_conflict_is_told(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    char *list_id = a_list(call, &shop), *code = code_of(call, shop_sell(call, &shop, 1), 0);
    Door__CheckInRequest offline = a_scan(list_id, code, "off");
    const Door__CheckInReply *reply;

    harness_advance(call, TS_HOUR_MS);
    assert_int_equal(scan_entry(call, list_id, code, "on"), RESULT(OK));
    offline.has_force = offline.force = offline.has_at = true;
    offline.at = ts_now_ms(call) - TS_MINUTE_MS;
    assert_int_equal(door_check_in(call, &offline, &reply), 0);
    assert_int_equal(reply->result, RESULT(ALREADY_REDEEMED));
    assert_true(reply->check_in->forced);
    assert_int_equal(reply->check_in->at_ms, offline.at);
    assert_int_equal(scan(call, &offline), RESULT(ALREADY_REDEEMED));
    assert_int_equal(scan_exit(call, list_id, code, "out"), RESULT(OK));
    assert_counts(call, list_id, 1, 0);
}

static Door__CheckInResult scan_offline(struct ts_call *call, char *list_id, char *code, Door__CheckInDirection way,
                                        int64_t at_ms)
{
    Door__CheckInRequest request = a_scan(list_id, code, ts_printf(call->arena, "offline-%lld", (long long)at_ms));

    request.has_direction = request.has_force = request.force = request.has_at = true;
    request.direction = way;
    request.at = at_ms;
    return scan(call, &request);
}

/* Phones come back to the network in any order; who is inside is what happened last. */
static void check_in__offline_scans_count_by_their_own_time(struct ts_call *call)
{
    const int64_t now_ms = HARNESS_NOW_MS;
    struct shop shop = shop_open(call, 10);
    char *list_id = a_list_with_reentry(call, &shop), *code = code_of(call, shop_sell(call, &shop, 1), 0);

    assert_int_equal(scan_offline(call, list_id, code, EXIT, now_ms - 1000), RESULT(OK));
    assert_int_equal(scan_offline(call, list_id, code, ENTRY, now_ms - 2000), RESULT(OK));
    assert_counts(call, list_id, 1, 0);
    assert_int_equal(scan_offline(call, list_id, code, ENTRY, now_ms - 500), RESULT(OK));
    assert_int_equal(scan_offline(call, list_id, code, EXIT, now_ms - 750), RESULT(OK));
    assert_counts(call, list_id, 1, 1);
    assert_int_equal(scan_entry(call, list_id, code, "passed back"), RESULT(ALREADY_REDEEMED));
    assert_int_equal(scan_offline(call, list_id, code, ENTRY, now_ms + 60000), RESULT(ALREADY_REDEEMED));
    assert_int_equal(scan_exit(call, list_id, code, "out"), RESULT(OK)); /* that phone's clock was fast */
    assert_counts(call, list_id, 1, 0);
}

/* Passes are bounded, so that their number is not a way in. */
static void check_in__an_entry_is_never_forgotten(struct ts_call *call)
{
    enum { EXITS = 201 };
    struct shop shop = shop_open(call, 10);
    char *list_id = a_list(call, &shop), *code = code_of(call, shop_sell(call, &shop, 1), 0);

    assert_int_equal(scan_entry(call, list_id, code, "in"), RESULT(OK));
    for (int i = 0; i < EXITS; i++)
        assert_int_equal(scan_exit(call, list_id, code, ts_printf(call->arena, "out-%d", i)), RESULT(OK));
    assert_int_equal(scan_entry(call, list_id, code, "again"), RESULT(ALREADY_REDEEMED));
}

/* A nonce is the list's: another may have the same one; but not another scan on this one. */
static void check_in__a_nonce_names_one_scan_of_one_list(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    char *list_id = a_list(call, &shop), *other_id = a_list(call, &shop);
    char *code = code_of(call, shop_sell(call, &shop, 1), 0);
    const Door__CheckInReply *reply;
    Door__CheckInRequest request = a_scan(list_id, code, "n");

    assert_int_equal(scan(call, &request), RESULT(OK));
    assert_int_equal(scan_entry(call, other_id, code, "n"), RESULT(OK));
    request.gate = "north";
    assert_int_equal(door_check_in(call, &request, &reply), 0);
    harness_assert_refused(reply, IDEMPOTENCY_KEY_REUSED, "nonce");
    request.gate = NULL;
    request.has_force = request.force = request.has_at = true;
    request.at = HARNESS_NOW_MS;
    assert_int_equal(door_check_in(call, &request, &reply), 0);
    harness_assert_refused(reply, IDEMPOTENCY_KEY_REUSED, "nonce");
}

struct gate {
    Door__CheckInRequest request;
    Door__CheckInResult result;
};

static int run_gate(struct ts_call *call, void *item)
{
    struct gate *gate = item;
    const Door__CheckInReply *reply;
    int r = door_check_in(call, &gate->request, &reply);

    if (r == 0)
        gate->result = reply->result;
    return r;
}

static void check_in__of_two_gates_at_once_one_admits(struct ts_call *call)
{
    enum { GATES = 8 };
    struct shop shop = shop_open(call, 10);
    char *list_id = a_list(call, &shop), *code = code_of(call, shop_sell(call, &shop, 1), 0);
    struct gate gates[GATES];
    void *items[GATES];
    int admitted = 0;

    for (int i = 0; i < GATES; i++) {
        gates[i].request = a_scan(list_id, code, ts_printf(call->arena, "gate-%d", i));
        items[i] = &gates[i];
    }
    assert_int_equal(ts_all(call, run_gate, items, GATES), 0);
    for (int i = 0; i < GATES; i++) {
        assert_true(gates[i].result == RESULT(OK) || gates[i].result == RESULT(ALREADY_REDEEMED));
        admitted += gates[i].result == RESULT(OK);
    }
    assert_int_equal(admitted, 1);
    assert_counts(call, list_id, 1, 1);
}

static void check_in__a_failing_store_is_finished_by_the_same_nonce(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    char *list_id = a_list(call, &shop), *code = code_of(call, shop_sell(call, &shop, 1), 0);

    for (uint64_t n = 1;; n++) {
        Door__CheckInRequest request = a_scan(list_id, code, "same");
        const Door__CheckInReply *reply;
        int r;

        harness_store_fail(harness_of(call), n);
        r = door_check_in(call, &request, &reply);
        if (!harness_store_failed(harness_of(call))) {
            assert_int_equal(r, 0);
            break;
        }
        assert_true(r < 0);
    }
    harness_store_fail(harness_of(call), 0);
    assert_int_equal(scan_entry(call, list_id, code, "same"), RESULT(OK));
    assert_int_equal(scan_entry(call, list_id, code, "other"), RESULT(ALREADY_REDEEMED));
}

/* ---- refusals and rights */

static void assert_scan_refused(struct ts_call *call, const Door__CheckInRequest *request, int code, const char *path)
{
    const Door__CheckInReply *reply;

    assert_int_equal(door_check_in(call, request, &reply), 0);
    assert_int_equal(reply->n_refusals, 1);
    assert_int_equal(reply->refusals[0]->code, code);
    assert_string_equal(harness_path(reply->refusals[0]->path, reply->refusals[0]->n_path), path);
    assert_false(reply->has_result);
}

static void check_in__refuses_what_is_no_scan(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    char *list_id = a_list(call, &shop), *code = code_of(call, shop_sell(call, &shop, 1), 0);
    Door__CheckInRequest request = a_scan(list_id, code, "");

    assert_scan_refused(call, &request, COMMON__ERROR_CODE__INVALID_INPUT, "nonce");
    request = a_scan("lst_00000000000000000000000000", code, "n");
    assert_scan_refused(call, &request, COMMON__ERROR_CODE__NOT_FOUND, "listId");
    request = a_scan(list_id, code, "n");
    request.has_at = true;
    request.at = ts_now_ms(call);
    assert_scan_refused(call, &request, COMMON__ERROR_CODE__INVALID_INPUT, "at");
    request.has_force = request.force = true;
    request.at = ts_now_ms(call) + TS_HOUR_MS;
    assert_scan_refused(call, &request, COMMON__ERROR_CODE__INVALID_INPUT, "at");
    request = a_scan(list_id, code, "n");
    request.gate = "a\nb";
    assert_scan_refused(call, &request, COMMON__ERROR_CODE__INVALID_INPUT, "gate");
}

static void door__is_staffs_alone(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    char *list_id = a_list(call, &shop), *code = code_of(call, shop_sell(call, &shop, 1), 0);
    Door__CreateCheckInListRequest list = DOOR__CREATE_CHECK_IN_LIST_REQUEST__INIT;
    Door__CheckInRequest request = a_scan(list_id, code, "n");
    Door__GetCheckInListRequest get = DOOR__GET_CHECK_IN_LIST_REQUEST__INIT;
    const Door__CreateCheckInListReply *list_reply;
    const Door__GetCheckInListReply *get_reply;
    const Door__CheckInReply *reply;

    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    list.event_id = shop.event_id;
    list.name = "Mine";
    assert_int_equal(door_create_check_in_list(call, &list, &list_reply), TS_EUNAUTHENTICATED);
    assert_int_equal(door_check_in(call, &request, &reply), TS_EUNAUTHENTICATED);
    get.id = list_id;
    assert_int_equal(door_get_check_in_list(call, &get, &get_reply), 0);
    assert_null(get_reply->check_in_list);
}

static void create_check_in_list__refuses_what_does_not_fit(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    Door__CreateCheckInListRequest request = DOOR__CREATE_CHECK_IN_LIST_REQUEST__INIT;
    const Door__CreateCheckInListReply *reply;
    char *unknown = "typ_00000000000000000000000000";

    request.event_id = "evt_00000000000000000000000000";
    request.name = "Door";
    assert_int_equal(door_create_check_in_list(call, &request, &reply), 0);
    harness_assert_refused(reply, NOT_FOUND, "eventId");
    request.event_id = shop.event_id;
    request.name = "";
    assert_int_equal(door_create_check_in_list(call, &request, &reply), 0);
    harness_assert_refused(reply, INVALID_INPUT, "name");
    request.name = "Door";
    request.date_id = "dat_00000000000000000000000000";
    assert_int_equal(door_create_check_in_list(call, &request, &reply), 0);
    harness_assert_refused(reply, NOT_FOUND, "dateId");
    request.date_id = NULL;
    request.ticket_type_ids = &unknown;
    request.n_ticket_type_ids = 1;
    assert_int_equal(door_create_check_in_list(call, &request, &reply), 0);
    harness_assert_refused(reply, NOT_FOUND, "ticketTypeIds.0");
}

static void create_check_in_list__a_key_makes_one_list(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    char *first, *again;

    harness_key(call, "key-with-enough-characters");
    first = a_list(call, &shop);
    again = a_list(call, &shop);
    assert_string_equal(first, again);
    harness_key(call, NULL);
    assert_string_not_equal(first, a_list(call, &shop));
}

/* ---- following */

static char *follow(struct ts_call *call, char *list_id, char *cursor, size_t count)
{
    Door__FollowCheckInsRequest request = DOOR__FOLLOW_CHECK_INS_REQUEST__INIT;
    const Door__FollowCheckInsReply *reply;

    request.list_id = list_id;
    request.cursor = cursor;
    assert_int_equal(door_follow_check_ins(call, &request, &reply), 0);
    assert_int_equal(reply->n_check_ins, count);
    for (size_t i = 1; i < count; i++)
        assert_true(reply->check_ins[i - 1]->recorded_at_ms <= reply->check_ins[i]->recorded_at_ms);
    return reply->cursor;
}

static void follow_check_ins__gives_each_scan_once_whenever_it_is_read(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    char *list_id = a_list(call, &shop), *other = a_list(call, &shop),
         *code = code_of(call, shop_sell(call, &shop, 1), 0);
    char *cursor, *late;

    (void)scan_entry(call, list_id, code, "before"); /* recorded before anybody followed */
    cursor = follow(call, list_id, NULL, 0);
    cursor = follow(call, list_id, cursor, 0);
    (void)scan_entry(call, list_id, code, "1");
    (void)scan_entry(call, other, code, "1");
    late = cursor = follow(call, list_id, cursor, 1);
    cursor = follow(call, list_id, cursor, 0);
    for (int i = 0; i < 130; i++) /* more than one reply holds */
        (void)scan_entry(call, list_id, "nobody's", ts_printf(call->arena, "many-%d", i));
    cursor = follow(call, list_id, cursor, TS_PAGE_SIZE_MAX);
    cursor = follow(call, list_id, cursor, 30);
    cursor = follow(call, list_id, cursor, 0);
    harness_advance(call, 3600 * 1000); /* an hour in which every hint was lost */
    (void)scan_entry(call, list_id, code, "later");
    (void)follow(call, list_id, follow(call, list_id, cursor, 1), 0);
    late = follow(call, list_id, late, TS_PAGE_SIZE_MAX);
    (void)follow(call, list_id, late, 31);
}

static void follow_check_ins__goes_on_however_long_ago_it_was(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    char *list_id = a_list(call, &shop), *cursor = follow(call, list_id, NULL, 0), *from = cursor;

    for (int i = 0; i < 250; i++) {
        (void)scan_entry(call, list_id, "nobody's", ts_printf(call->arena, "%d", i));
        harness_advance(call, 60 * 1000);
    }
    for (int i = 0; i < 3; i++) {
        cursor = follow(call, list_id, cursor, i < 2 ? TS_PAGE_SIZE_MAX : 50);
        assert_true(strtoll(cursor, NULL, 10) > strtoll(from, NULL, 10)); /* what is read again does not grow */
        assert_in_range(strlen(cursor), 13, 13 + 1 + 12 * (TS_PAGE_SIZE_MAX + 1));
        from = cursor;
    }
    (void)follow(call, list_id, cursor, 0);
    (void)follow(call, list_id, ts_strdup(call->arena, "0:"), TS_PAGE_SIZE_MAX);
    (void)follow(call, list_id, ts_strdup(call->arena, "-9223372036854775808:"), TS_PAGE_SIZE_MAX);
}

static void follow_check_ins__believes_no_cursor_about_what_is_to_come(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    char *list_id = a_list(call, &shop), *cursor;

    cursor = follow(call, list_id, ts_strdup(call->arena, "9223372036854775807:"), 0);
    (void)scan_entry(call, list_id, "nobody's", "1");
    cursor = follow(call, list_id, cursor, 1);
    cursor = follow(call, list_id, ts_printf(call->arena, "%s%s", cursor, "0123456789ab"), 0);
    assert_null(strstr(cursor, "0123456789ab"));
}

static void follow_check_ins__is_for_staff_of_a_list_that_is(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    static const struct ts_principal anonymous = { TS_PRINCIPAL_ANONYMOUS, "anonymous" };
    const struct ts_principal *before = call->principal;
    Door__FollowCheckInsRequest request = DOOR__FOLLOW_CHECK_INS_REQUEST__INIT;
    const Door__FollowCheckInsReply *reply;

    request.list_id = "lst_00000000000000000000000000";
    assert_int_equal(door_follow_check_ins(call, &request, &reply), TS_ENOTFOUND);
    request.list_id = a_list(call, &shop);
    request.cursor = "no cursor";
    assert_int_equal(door_follow_check_ins(call, &request, &reply), TS_EINVALID);
    request.cursor = "1:short";
    assert_int_equal(door_follow_check_ins(call, &request, &reply), TS_EINVALID);
    request.cursor = NULL;
    call->principal = &anonymous;
    assert_int_equal(door_follow_check_ins(call, &request, &reply), TS_ENOTFOUND);
    call->principal = before;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        harness_unit_test(follow_check_ins__gives_each_scan_once_whenever_it_is_read, ts_modules),
        harness_unit_test(follow_check_ins__goes_on_however_long_ago_it_was, ts_modules),
        harness_unit_test(follow_check_ins__believes_no_cursor_about_what_is_to_come, ts_modules),
        harness_unit_test(follow_check_ins__is_for_staff_of_a_list_that_is, ts_modules),
        harness_unit_test(check_in__admits_a_ticket_once, ts_modules),
        harness_unit_test(check_in__the_same_nonce_answers_the_same_and_is_stored_once, ts_modules),
        harness_unit_test(check_in__a_nonce_with_another_code_is_refused, ts_modules),
        harness_unit_test(check_in__a_foreign_or_damaged_code_is_invalid, ts_modules),
        harness_unit_test(check_in__a_ticket_of_another_event_is_the_wrong_event, ts_modules),
        harness_unit_test(check_in__a_type_that_is_not_listed_is_the_wrong_product, ts_modules),
        harness_unit_test(check_in__hours_are_the_lists, ts_modules),
        harness_unit_test(check_in__reentry_only_where_it_is_allowed, ts_modules),
        harness_unit_test(check_in__a_cancelled_order_admits_nobody, ts_modules),
        harness_unit_test(check_in__revoked_blocked_and_reissued_tickets, ts_modules),
        harness_unit_test(check_in__an_offline_scan_is_a_fact_and_its_conflict_is_told, ts_modules),
        harness_unit_test(check_in__offline_scans_count_by_their_own_time, ts_modules),
        harness_unit_test(check_in__an_entry_is_never_forgotten, ts_modules),
        harness_unit_test(check_in__a_nonce_names_one_scan_of_one_list, ts_modules),
        harness_unit_test(check_in__of_two_gates_at_once_one_admits, ts_modules),
        harness_unit_test(check_in__a_failing_store_is_finished_by_the_same_nonce, ts_modules),
        harness_unit_test(check_in__refuses_what_is_no_scan, ts_modules),
        harness_unit_test(door__is_staffs_alone, ts_modules),
        harness_unit_test(create_check_in_list__refuses_what_does_not_fit, ts_modules),
        harness_unit_test(create_check_in_list__a_key_makes_one_list, ts_modules),
    };

    return cmocka_run_group_tests_name("modules/door/api", tests, NULL, NULL);
}
