/* The waiting room's decisions, alone. */
#include "support/test.h"

#include "rules.h"
#include "tessera/clock.h"

#define NOW INT64_C(1780315200000)
#define SET(...)                                                                                                       \
    (&(Waitroom__SetRoomRequest){ .base = PROTOBUF_C_MESSAGE_INIT(&waitroom__set_room_request__descriptor),            \
                                  __VA_ARGS__ })
#define ON .has_enabled = true, .enabled = true
#define STARTS(ms) .has_starts_at = true, .starts_at = (ms)
#define PRE_QUEUE(ms) .has_pre_queue_from = true, .pre_queue_from = (ms)

static Waitroom__Room no_room(void)
{
    Waitroom__Room room = WAITROOM__ROOM__INIT;

    return room;
}

/* ---- settings */

static void settings_check__each_number_has_bounds(void **state)
{
    (void)state;
#define BOUNDS(field, max, refused)                                                                                    \
    assert_int_equal(settings_check(SET(.has_##field = true, .field = 0)), REFUSAL(refused));                          \
    assert_int_equal(settings_check(SET(.has_##field = true, .field = 1)), 0);                                         \
    assert_int_equal(settings_check(SET(.has_##field = true, .field = (max))), 0);                                     \
    assert_int_equal(settings_check(SET(.has_##field = true, .field = (max) + 1)), REFUSAL(refused))
    BOUNDS(admit_per_minute, 60000, RATE);
    BOUNDS(max_active, 1000000, MAX_ACTIVE);
    BOUNDS(pass_minutes, 60, PASS_MINUTES);
    BOUNDS(places_per_pass, 500, PLACES);
    BOUNDS(entries_per_account, 64, ENTRIES_ACCOUNT);
    BOUNDS(entries_per_email, 64, ENTRIES_EMAIL);
    BOUNDS(entries_per_address, 64, ENTRIES_ADDRESS);
    BOUNDS(bypass_uses, 1000, CODE_USES);
}

static void settings_check__codes_are_long_enough_not_to_be_guessed(void **state)
{
    char *fine[] = { "eightlet", "another-code" }, *brief[] = { "sevenle" }, *lines[] = { "two\nlines" };

    (void)state;
    assert_int_equal(settings_check(SET(.bypass_codes = fine, .n_bypass_codes = 2)), 0);
    assert_int_equal(settings_check(SET(.bypass_codes = brief, .n_bypass_codes = 1)), REFUSAL(CODES));
    assert_int_equal(settings_check(SET(.bypass_codes = lines, .n_bypass_codes = 1)), REFUSAL(CODES));
}

static void settings_check__a_start_is_not_cleared(void **state)
{
    char *cleared[] = { "starts_at" };

    (void)state;
    assert_int_equal(settings_check(SET(.clear = cleared, .n_clear = 1)), REFUSAL(START_MISSING));
}

static void settings_check__a_message_is_prose(void **state)
{
    (void)state;
    assert_int_equal(settings_check(SET(.message = "Two\nlines")), 0);
    assert_int_equal(settings_check(SET(.message = "A bell\a")), REFUSAL(MESSAGE));
}

static void settings_apply__fills_defaults_and_begins_a_round(void **state)
{
    Waitroom__Room room = no_room();

    (void)state;
    assert_int_equal(settings_apply(SET(ON, STARTS(NOW + 1000), PRE_QUEUE(NOW)), NOW, &room), 0);
    assert_int_equal(room.round, 1);
    assert_int_equal(room.admit_per_minute, 60);
    assert_int_equal(room.pass_minutes, 10);
    assert_int_equal(room.places_per_pass, 10);
    assert_int_equal(room.code_uses, 1);
    assert_false(room.has_max_active || room.has_entries_per_email);
    assert_int_equal(room.starts_at_ms, NOW + 1000);
}

static void settings_apply__changes_what_is_named_and_clears_what_is_null(void **state)
{
    Waitroom__Room room = no_room();
    char *cleared[] = { "max_active", "admit_per_minute", "message" };

    (void)state;
    assert_int_equal(settings_apply(SET(ON, STARTS(NOW + 1000), .has_max_active = true, .max_active = 7,
                                        .has_admit_per_minute = true, .admit_per_minute = 9, .message = "Hello"),
                                    NOW, &room),
                     0);
    assert_int_equal(settings_apply(SET(.has_pass_minutes = true, .pass_minutes = 3), NOW, &room), 0);
    assert_int_equal(room.max_active, 7);
    assert_int_equal(room.admit_per_minute, 9);
    assert_int_equal(room.pass_minutes, 3);
    assert_string_equal(room.message, "Hello");
    assert_int_equal(settings_apply(SET(.clear = cleared, .n_clear = 3), NOW, &room), 0);
    assert_false(room.has_max_active);
    assert_int_equal(room.admit_per_minute, 60);
    assert_null(room.message);
    assert_int_equal(room.round, 1);
}

static void settings_apply__a_room_that_goes_on_needs_a_start(void **state)
{
    Waitroom__Room room = no_room();

    (void)state;
    assert_int_equal(settings_apply(SET(ON), NOW, &room), REFUSAL(START_MISSING));
}

static void settings_apply__a_start_that_is_past_is_now(void **state)
{
    Waitroom__Room room = no_room();

    (void)state;
    assert_int_equal(settings_apply(SET(ON, STARTS(NOW - 5000)), NOW, &room), 0);
    assert_int_equal(room.starts_at_ms, NOW);
}

static void settings_apply__the_pre_queue_opens_before_the_start(void **state)
{
    Waitroom__Room room = no_room();

    (void)state;
    assert_int_equal(settings_apply(SET(ON, STARTS(NOW + 1000), PRE_QUEUE(NOW + 1000)), NOW, &room),
                     REFUSAL(PRE_QUEUE));
    room = no_room();
    assert_int_equal(settings_apply(SET(ON, STARTS(NOW + 1000), PRE_QUEUE(NOW + 999)), NOW, &room), 0);
    room = no_room();
    assert_int_equal(settings_apply(SET(ON, STARTS(NOW + PRE_QUEUE_MS_MAX + 1), PRE_QUEUE(NOW)), NOW, &room),
                     REFUSAL(PRE_QUEUE));
    room = no_room();
    assert_int_equal(settings_apply(SET(ON, STARTS(NOW + PRE_QUEUE_MS_MAX), PRE_QUEUE(1)), NOW, &room), 0);
}

static void settings_apply__times_stand_once_it_has_started(void **state)
{
    Waitroom__Room room = no_room();

    (void)state;
    assert_int_equal(settings_apply(SET(ON, STARTS(NOW + 1000), PRE_QUEUE(NOW)), NOW, &room), 0);
    assert_int_equal(settings_apply(SET(STARTS(NOW + 2000)), NOW + 999, &room), 0);
    assert_int_equal(room.starts_at_ms, NOW + 2000);
    assert_int_equal(settings_apply(SET(STARTS(NOW + 2000)), NOW + 2000, &room), 0); /* no change */
    assert_int_equal(settings_apply(SET(STARTS(NOW + 3000)), NOW + 2000, &room), REFUSAL(BEGUN));
    assert_int_equal(settings_apply(SET(PRE_QUEUE(NOW + 1)), NOW + 2000, &room), REFUSAL(BEGUN));
    assert_int_equal(settings_apply(SET(.has_admit_per_minute = true, .admit_per_minute = 5), NOW + 2000, &room), 0);
}

static void settings_apply__off_and_on_again_is_a_new_round(void **state)
{
    Waitroom__Room room = no_room();

    (void)state;
    assert_int_equal(settings_apply(SET(ON, STARTS(NOW + 1000), PRE_QUEUE(NOW)), NOW, &room), 0);
    assert_int_equal(settings_apply(SET(ON), NOW, &room), 0); /* it is on */
    assert_int_equal(room.round, 1);
    assert_int_equal(settings_apply(SET(.has_enabled = true, STARTS(NOW + 7000)), NOW + 5000, &room), 0);
    assert_int_equal(room_state(&room, NOW + 5000), WAITROOM__ROOM_STATE__OFF);
    assert_int_equal(settings_apply(SET(ON, STARTS(NOW + 9000)), NOW + 6000, &room), 0);
    assert_int_equal(room.round, 2);
    assert_false(room.has_pre_queue_from_ms);
}

static void room_state__goes_by_its_times(void **state)
{
    Waitroom__Room room = no_room();

    (void)state;
    assert_int_equal(room_state(&room, NOW), WAITROOM__ROOM_STATE__OFF);
    assert_int_equal(settings_apply(SET(ON, STARTS(NOW + 1000), PRE_QUEUE(NOW)), NOW, &room), 0);
    assert_int_equal(room_state(&room, NOW - 1), WAITROOM__ROOM_STATE__NOT_OPEN);
    assert_int_equal(room_state(&room, NOW), WAITROOM__ROOM_STATE__PRE_QUEUE);
    assert_int_equal(room_state(&room, NOW + 999), WAITROOM__ROOM_STATE__PRE_QUEUE);
    assert_int_equal(room_state(&room, NOW + 1000), WAITROOM__ROOM_STATE__OPEN);
    room.has_pre_queue_from_ms = false;
    assert_int_equal(room_state(&room, NOW + 999), WAITROOM__ROOM_STATE__NOT_OPEN);
}

static void refusals__each_has_its_words(void **state)
{
    (void)state;
    for (enum refusal refusal = 1; refusal < REFUSAL_COUNT; refusal++) {
        assert_int_not_equal(refusal_code(refusal), COMMON__ERROR_CODE__ERROR_CODE_UNSPECIFIED);
        assert_non_null(refusal_text(refusal));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_check__each_number_has_bounds),
        cmocka_unit_test(settings_check__codes_are_long_enough_not_to_be_guessed),
        cmocka_unit_test(settings_check__a_start_is_not_cleared),
        cmocka_unit_test(settings_check__a_message_is_prose),
        cmocka_unit_test(settings_apply__fills_defaults_and_begins_a_round),
        cmocka_unit_test(settings_apply__changes_what_is_named_and_clears_what_is_null),
        cmocka_unit_test(settings_apply__a_room_that_goes_on_needs_a_start),
        cmocka_unit_test(settings_apply__a_start_that_is_past_is_now),
        cmocka_unit_test(settings_apply__the_pre_queue_opens_before_the_start),
        cmocka_unit_test(settings_apply__times_stand_once_it_has_started),
        cmocka_unit_test(settings_apply__off_and_on_again_is_a_new_round),
        cmocka_unit_test(room_state__goes_by_its_times),
        cmocka_unit_test(refusals__each_has_its_words),
    };

    return cmocka_run_group_tests_name("modules/waitroom/rules", tests, NULL, NULL);
}
