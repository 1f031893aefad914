/* A room as its promoter sets it, through the bus. */
#include "support/shop.h"

#include <string.h>

#include "catalog/v1/catalog.rpc.h"
#include "host/modules.h"
#include "tessera/clock.h"
#include "tessera/sign.h"
#include "waitroom/v1/waitroom.rpc.h"

static const Waitroom__SetRoomReply *try_set_room(struct ts_call *call, const Waitroom__SetRoomRequest *request)
{
    const Waitroom__SetRoomReply *reply;

    assert_int_equal(waitroom_set_room(call, request, &reply), 0);
    return reply;
}

static Waitroom__SetRoomRequest room_on(struct ts_call *call, const struct shop *shop)
{
    Waitroom__SetRoomRequest request = WAITROOM__SET_ROOM_REQUEST__INIT;

    request.event_id = shop->event_id;
    request.has_enabled = request.enabled = true;
    request.has_pre_queue_from = request.has_starts_at = true;
    request.pre_queue_from = ts_now_ms(call) + TS_MINUTE_MS;
    request.starts_at = ts_now_ms(call) + TS_HOUR_MS;
    request.message = "Stay with us";
    return request;
}

/* As a join under an event asks; `kind` is the parent's grant. NULL: there is none. */
static const Waitroom__RoomView *read_room(struct ts_call *call, const struct shop *shop, Common__Grant__Kind kind)
{
    Waitroom__EventIdsRequest request = WAITROOM__EVENT_IDS_REQUEST__INIT;
    Common__Grant grant = COMMON__GRANT__INIT;
    const Waitroom__GetRoomsReply *reply;

    grant.has_kind = true;
    grant.kind = kind;
    grant.subject = shop->organizer_id;
    request.grant = &grant;
    request.event_ids = (char **)&shop->event_id;
    request.n_event_ids = 1;
    assert_int_equal(waitroom_get_rooms(call, &request, &reply), 0);
    return reply->n_rooms ? reply->rooms[0] : NULL;
}

static void set_room__is_shown_to_all_and_its_settings_to_staff(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    Waitroom__SetRoomRequest request = room_on(call, &shop);
    const Waitroom__RoomView *view;

    assert_null(read_room(call, &shop, COMMON__GRANT__KIND__STAFF));
    assert_int_equal(try_set_room(call, &request)->waiting_room->state, WAITROOM__ROOM_STATE__NOT_OPEN);
    view = read_room(call, &shop, COMMON__GRANT__KIND__STAFF);
    assert_int_equal(view->admit_per_minute, 60);
    assert_string_equal(view->message, "Stay with us");
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    view = read_room(call, &shop, COMMON__GRANT__KIND__PUBLIC);
    assert_int_equal(view->starts_at_ms, request.starts_at);
    assert_false(view->has_admit_per_minute || view->has_pass_minutes || view->has_bypass_codes);
}

static void set_room__tells_the_seed_at_the_start_and_its_hash_before(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    Waitroom__SetRoomRequest request = room_on(call, &shop);
    char commitment[65], word[65];
    uint8_t digest[32];
    const Waitroom__RoomView *view = try_set_room(call, &request)->waiting_room;

    assert_null(view->shuffle_seed);
    memcpy(commitment, view->shuffle_commitment, sizeof(commitment));
    harness_advance(call, TS_HOUR_MS);
    view = read_room(call, &shop, COMMON__GRANT__KIND__PUBLIC);
    assert_int_equal(view->state, WAITROOM__ROOM_STATE__OPEN);
    ts_sha256(view->shuffle_seed, strlen(view->shuffle_seed), digest);
    for (unsigned i = 0; i < sizeof(digest); i++)
        snprintf(word + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(word, commitment);
}

static void set_room__each_round_has_its_own_seed(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    Waitroom__SetRoomRequest request = room_on(call, &shop);
    char *first = try_set_room(call, &request)->waiting_room->shuffle_commitment;

    assert_string_equal(try_set_room(call, &request)->waiting_room->shuffle_commitment, first);
    request.enabled = false;
    try_set_room(call, &request);
    request.enabled = true;
    assert_string_not_equal(try_set_room(call, &request)->waiting_room->shuffle_commitment, first);
}

static void set_room__is_for_the_events_staff(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    Waitroom__SetRoomRequest request = room_on(call, &shop);
    const Waitroom__SetRoomReply *reply;

    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(waitroom_set_room(call, &request, &reply), TS_EUNAUTHENTICATED);
    harness_as(call, TS_PRINCIPAL_OWNER);
    assert_null(read_room(call, &shop, COMMON__GRANT__KIND__STAFF));
}

static void set_room__refuses_what_it_cannot_be(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    Waitroom__SetRoomRequest request = room_on(call, &shop);

    request.pre_queue_from = request.starts_at;
    harness_assert_refused(try_set_room(call, &request), INVALID_INPUT, "preQueueFrom");
    request = room_on(call, &shop);
    request.event_id = "evt_00000000000000000000000000";
    harness_assert_refused(try_set_room(call, &request), NOT_FOUND, "eventId");
    request = room_on(call, &shop);
    request.has_admit_per_minute = true;
    harness_assert_refused(try_set_room(call, &request), INVALID_INPUT, "admitPerMinute");
    assert_null(read_room(call, &shop, COMMON__GRANT__KIND__STAFF));
}

static void set_room__codes_are_counted_and_not_shown(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    Waitroom__SetRoomRequest request = room_on(call, &shop);
    char *codes[] = { "press-2026", "friends-2026" };

    request.bypass_codes = codes;
    request.n_bypass_codes = 2;
    assert_int_equal(try_set_room(call, &request)->waiting_room->bypass_codes, 2);
    request.n_bypass_codes = 0;
    assert_int_equal(try_set_room(call, &request)->waiting_room->bypass_codes, 2);
    request.has_set_bypass_codes = request.set_bypass_codes = true;
    assert_int_equal(try_set_room(call, &request)->waiting_room->bypass_codes, 0);
}

static void set_room__works_again_after_any_failure_of_the_store(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    Waitroom__SetRoomRequest request = room_on(call, &shop);
    bool failed = true;

    for (uint64_t nth = 1; failed; nth++) {
        const Waitroom__SetRoomReply *reply;
        int r;

        harness_store_fail(harness_of(call), nth);
        r = waitroom_set_room(call, &request, &reply);
        failed = harness_store_failed(harness_of(call));
        harness_store_fail(harness_of(call), 0);
        assert_int_equal(r, failed ? TS_EUNAVAILABLE : 0);
        assert_true(nth < 20);
    }
    assert_int_equal(read_room(call, &shop, COMMON__GRANT__KIND__STAFF)->state, WAITROOM__ROOM_STATE__NOT_OPEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        harness_unit_test(set_room__is_shown_to_all_and_its_settings_to_staff, ts_modules),
        harness_unit_test(set_room__tells_the_seed_at_the_start_and_its_hash_before, ts_modules),
        harness_unit_test(set_room__each_round_has_its_own_seed, ts_modules),
        harness_unit_test(set_room__is_for_the_events_staff, ts_modules),
        harness_unit_test(set_room__refuses_what_it_cannot_be, ts_modules),
        harness_unit_test(set_room__codes_are_counted_and_not_shown, ts_modules),
        harness_unit_test(set_room__works_again_after_any_failure_of_the_store, ts_modules),
    };

    return cmocka_run_group_tests_name("modules/waitroom/room", tests, NULL, NULL);
}
