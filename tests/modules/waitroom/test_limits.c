/* Against hoarding, through the bus: how often one person may stand there, and codes that let one pass. */
#include "support/shop.h"

#include <string.h>

#include "host/modules.h"
#include "people.h"
#include "tessera/clock.h"
#include "tessera/limits.h"
#include "tessera/sign.h"
#include "tessera/store.h"

/* A shop with such a room, after an hour of pre-queue; the call is nobody's in particular. */
static struct shop a_shop(struct ts_call *call, Waitroom__SetRoomRequest limits)
{
    struct shop shop = shop_open(call, 100);

    limits.event_id = shop.event_id;
    set_room(call, &limits);
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    return shop;
}

static const Waitroom__JoinRoomReply *join_as(struct ts_call *call, const struct shop *shop, const char *email,
                                              const char *code)
{
    Waitroom__JoinRoomRequest request = WAITROOM__JOIN_ROOM_REQUEST__INIT;

    request.event_id = shop->event_id;
    request.email = (char *)email;
    request.bypass_code = (char *)code;
    return try_join(call, &request);
}

static void join_room__one_email_stands_there_so_often_however_it_is_spelled(struct ts_call *call)
{
    Waitroom__SetRoomRequest limits = room_in_an_hour(call, NULL);
    struct shop shop;

    limits.has_entries_per_email = true;
    limits.entries_per_email = 2;
    shop = a_shop(call, limits);
    assert_int_equal(join_as(call, &shop, "ada@example.org", NULL)->n_refusals, 0);
    assert_int_equal(join_as(call, &shop, " ADA@Example.org ", NULL)->n_refusals, 0);
    harness_assert_refused(join_as(call, &shop, "Ada@example.org", NULL), OVER_LIMIT, "email");
    assert_int_equal(join_as(call, &shop, "eve@example.org", NULL)->n_refusals, 0);
    harness_assert_refused(join_as(call, &shop, NULL, NULL), INVALID_INPUT, "email");
    harness_assert_refused(join_as(call, &shop, "ada", NULL), INVALID_INPUT, "email");
    harness_assert_refused(join_as(call, &shop, "@example.org", NULL), INVALID_INPUT, "email");
    harness_assert_refused(join_as(call, &shop, "a b@example.org", NULL), INVALID_INPUT, "email");
}

static void join_room__who_has_gone_may_come_again(struct ts_call *call)
{
    Waitroom__SetRoomRequest limits = room_now(call, NULL);
    struct shop shop;
    char *token;

    limits.has_entries_per_email = limits.has_pass_minutes = true;
    limits.entries_per_email = limits.pass_minutes = 1;
    shop = a_shop(call, limits);
    token = join_as(call, &shop, "ada@example.org", NULL)->place->token;
    harness_assert_refused(join_as(call, &shop, "ada@example.org", NULL), OVER_LIMIT, "email");
    leave(call, token);
    token = join_as(call, &shop, "ada@example.org", NULL)->place->token;
    harness_advance(call, 2000);
    assert_int_equal(state_of(call, token), STATE(ADMITTED));
    harness_assert_refused(join_as(call, &shop, "ada@example.org", NULL), OVER_LIMIT, "email");
    harness_advance(call, TS_MINUTE_MS); /* the pass is past its time */
    for (unsigned i = 0; i < 4; i++)     /* some go in at once, so that Ada has to wait */
        (void)join_as(call, &shop, ts_printf(call->arena, "eve-%u@example.org", i), NULL);
    token = join_as(call, &shop, "ada@example.org", NULL)->place->token;
    harness_advance(call, 5 * (int64_t)TS_MINUTE_MS); /* called, and not there */
    harness_assert_refused(join_as(call, &shop, "ada@example.org", NULL), OVER_LIMIT, "email");
    harness_advance(call, 11 * (int64_t)TS_MINUTE_MS); /* nor come later */
    assert_int_equal(join_as(call, &shop, "ada@example.org", NULL)->n_refusals, 0);
    assert_int_equal(state_of(call, token), STATE(EXPIRED));
}

static void join_room__one_address_stands_there_so_often(struct ts_call *call)
{
    Waitroom__SetRoomRequest limits = room_in_an_hour(call, NULL);
    struct shop shop;

    limits.has_entries_per_address = true;
    limits.entries_per_address = 1;
    shop = a_shop(call, limits);
    call->address = "192.0.2.1";
    assert_int_equal(join_as(call, &shop, NULL, NULL)->n_refusals, 0);
    assert_int_equal(join_as(call, &shop, NULL, NULL)->refusals[0]->code, COMMON__ERROR_CODE__OVER_LIMIT);
    call->address = "::ffff:192.0.2.1";
    assert_int_equal(join_as(call, &shop, NULL, NULL)->refusals[0]->code, COMMON__ERROR_CODE__OVER_LIMIT);
    call->address = "192.0.2.2";
    assert_int_equal(join_as(call, &shop, NULL, NULL)->n_refusals, 0);
    call->address = "2001:db8:1:2::1";
    assert_int_equal(join_as(call, &shop, NULL, NULL)->n_refusals, 0);
    call->address = "2001:db8:1:2:ffff::9"; /* one household */
    assert_int_equal(join_as(call, &shop, NULL, NULL)->refusals[0]->code, COMMON__ERROR_CODE__OVER_LIMIT);
    call->address = "2001:db8:1:3::1";
    assert_int_equal(join_as(call, &shop, NULL, NULL)->n_refusals, 0);
    call->address = NULL; /* no address, no limit */
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(join_as(call, &shop, NULL, NULL)->n_refusals, 0);
}

static void join_room__one_account_stands_there_so_often(struct ts_call *call)
{
    Waitroom__SetRoomRequest limits = room_in_an_hour(call, NULL);
    struct shop shop;

    limits.has_entries_per_account = true;
    limits.entries_per_account = 1;
    shop = a_shop(call, limits);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(join_as(call, &shop, NULL, NULL)->n_refusals, 0); /* nobody in particular */
    harness_as(call, TS_PRINCIPAL_OWNER);
    assert_int_equal(join_as(call, &shop, NULL, NULL)->n_refusals, 0);
    assert_int_equal(join_as(call, &shop, NULL, NULL)->refusals[0]->code, COMMON__ERROR_CODE__OVER_LIMIT);
}

/* ---- what is kept */

extern const struct ts_module waitroom_module;

static const struct ts_collection *collection_named(const char *name)
{
    const struct ts_collection *const *collection = waitroom_module.collections;

    while (*collection && strcmp((*collection)->name, name) != 0)
        collection++;
    assert_non_null(*collection);
    return *collection;
}

/* How many slots stand under what anybody computes who has a copy of the store and guesses an address. */
static unsigned count_guessed(struct ts_call *call, const struct shop *shop, const char *guess)
{
    struct ts_scan scan = { .collection = collection_named("waiting_slots"), .limit = TS_SCAN_MAX };
    const Waitroom__Room *room;
    unsigned guessed = 0;
    struct ts_page page;
    char *hash;

    assert_int_equal(ts_store_get_body(call, collection_named("waiting_rooms"), shop->event_id,
                                       (const ProtobufCMessage **)&room, NULL),
                     0);
    hash = ts_text_hash(call, ts_printf(call->arena, "%s/email/%s", room->secret_key, guess));
    hash[24] = '\0';
    assert_int_equal(ts_store_scan(call, &scan, &page), 0);
    assert_true(page.count > 0);
    for (size_t i = 0; i < page.count; i++)
        guessed += strstr(page.docs[i].id, hash) != NULL;
    return guessed;
}

static void join_room__keeps_nothing_that_a_guess_finds(struct ts_call *call)
{
    Waitroom__SetRoomRequest limits = room_in_an_hour(call, NULL);
    struct shop shop;

    limits.has_entries_per_email = true;
    limits.entries_per_email = 2;
    shop = a_shop(call, limits);
    assert_int_equal(join_as(call, &shop, "ada@example.org", NULL)->n_refusals, 0);
    assert_int_equal(count_guessed(call, &shop, "ada@example.org"), 0);
}

/* Nobody stands there twice as often because the program was renewed meanwhile. */
static void join_room__counts_in_a_round_of_before_as_it_was_counted(struct ts_call *call)
{
    Waitroom__SetRoomRequest limits = room_in_an_hour(call, NULL);
    const struct ts_collection *rooms = collection_named("waiting_rooms");
    Waitroom__Room before;
    struct ts_doc doc;
    struct shop shop;

    limits.has_entries_per_email = true;
    limits.entries_per_email = 2;
    shop = a_shop(call, limits);
    assert_int_equal(ts_store_get(call, rooms, shop.event_id, &doc), 0);
    before = *(const Waitroom__Room *)doc.body;
    before.has_keyed = false;
    assert_int_equal(ts_store_put(call, rooms, shop.event_id, doc.version, &before.base), 0);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(join_as(call, &shop, "ada@example.org", NULL)->n_refusals, 0);
    assert_int_equal(count_guessed(call, &shop, "ada@example.org"), 2);
    harness_assert_refused(join_as(call, &shop, "ada@example.org", NULL), OVER_LIMIT, "email");
}

struct wish {
    const struct shop *shop;
    unsigned joined;
};

static int come_again(struct ts_call *call, void *item)
{
    struct wish *wish = item;

    wish->joined = join_as(call, wish->shop, "ada@example.org", NULL)->n_refusals == 0;
    return 0;
}

static void join_room__side_by_side_are_no_more_than_one_after_the_other(struct ts_call *call)
{
    enum { WISHES = 10 };
    Waitroom__SetRoomRequest limits = room_in_an_hour(call, NULL);
    struct wish wishes[WISHES];
    void *items[WISHES];
    unsigned joined = 0;
    struct shop shop;

    limits.has_entries_per_email = true;
    limits.entries_per_email = 3;
    shop = a_shop(call, limits);
    for (unsigned i = 0; i < WISHES; i++) {
        wishes[i] = (struct wish){ &shop, 0 };
        items[i] = &wishes[i];
    }
    assert_int_equal(ts_all(call, come_again, items, WISHES), 0);
    for (unsigned i = 0; i < WISHES; i++)
        joined += wishes[i].joined;
    assert_int_equal(joined, 3);
}

/* ---- codes */

static void join_room__a_code_lets_one_in_at_once_and_is_used_up(struct ts_call *call)
{
    Waitroom__SetRoomRequest limits = room_now(call, NULL);
    char *codes[] = { "friends-2026", "press-2026" };
    const Waitroom__JoinRoomReply *reply;
    struct shop shop;

    limits.bypass_codes = codes;
    limits.n_bypass_codes = 2;
    limits.has_bypass_uses = limits.has_admit_per_minute = true;
    limits.bypass_uses = 2;
    limits.admit_per_minute = 1;
    shop = a_shop(call, limits);
    for (unsigned i = 0; i < 20; i++)
        come(call, shop.event_id);
    for (unsigned i = 0; i < 2; i++) {
        reply = join_as(call, &shop, NULL, "friends-2026");
        assert_int_equal(reply->n_refusals, 0);
        assert_int_equal(reply->place->state, STATE(ADMITTED));
        assert_non_null(reply->place->pass);
        leave(call, reply->place->token); /* a use is a use */
    }
    harness_assert_refused(join_as(call, &shop, NULL, "friends-2026"), OVER_LIMIT, "bypassCode");
    harness_assert_refused(join_as(call, &shop, NULL, "friends-2027"), NOT_FOUND, "bypassCode");
    harness_assert_refused(join_as(call, &shop, NULL, ""), NOT_FOUND, "bypassCode");
    assert_int_equal(join_as(call, &shop, NULL, "press-2026")->place->state, STATE(ADMITTED));
}

static void join_room__codes_count_among_active_buyers(struct ts_call *call)
{
    Waitroom__SetRoomRequest limits = room_now(call, NULL);
    char *codes[] = { "friends-2026" };
    const Waitroom__PlaceView *friend;
    struct shop shop;
    char *token;

    limits.bypass_codes = codes;
    limits.n_bypass_codes = 1;
    limits.has_max_active = true;
    limits.max_active = 1;
    shop = a_shop(call, limits);
    friend = join_as(call, &shop, NULL, "friends-2026")->place;
    token = come(call, shop.event_id)->token;
    harness_advance(call, 5000);
    assert_int_equal(state_of(call, token), STATE(WAITING));
    leave(call, friend->token);
    harness_advance(call, 2000);
    assert_int_equal(state_of(call, token), STATE(ADMITTED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        harness_unit_test(join_room__one_email_stands_there_so_often_however_it_is_spelled, ts_modules),
        harness_unit_test(join_room__who_has_gone_may_come_again, ts_modules),
        harness_unit_test(join_room__one_address_stands_there_so_often, ts_modules),
        harness_unit_test(join_room__one_account_stands_there_so_often, ts_modules),
        harness_unit_test(join_room__keeps_nothing_that_a_guess_finds, ts_modules),
        harness_unit_test(join_room__counts_in_a_round_of_before_as_it_was_counted, ts_modules),
        harness_unit_test(join_room__side_by_side_are_no_more_than_one_after_the_other, ts_modules),
        harness_unit_test(join_room__a_code_lets_one_in_at_once_and_is_used_up, ts_modules),
        harness_unit_test(join_room__codes_count_among_active_buyers, ts_modules),
    };

    return cmocka_run_group_tests_name("modules/waitroom/limits", tests, NULL, NULL);
}
