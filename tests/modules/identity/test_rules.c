/* What identity accepts: both sides of each bound. */
#include "rules.h"

#include <string.h>

#include "breached.h"
#include "support/test.h"
#include "tessera/limits.h"
#include "tessera/right.h"

static void refusals__have_words(void **state)
{
    (void)state;
    for (enum refusal refusal = 1; refusal < REFUSAL_COUNT; refusal++) {
        assert_int_not_equal(refusal_code(refusal), 0);
        assert_non_null(refusal_text(refusal));
        (void)refusal_path(refusal); /* may be none */
    }
}

static void person_check__wants_an_address_and_a_line(void **state)
{
    (void)state;
    assert_int_equal(person_check("ada@example.org", "Ada"), REFUSAL_NONE);
    assert_int_equal(person_check("ada", "Ada"), REFUSAL_EMAIL);
    assert_int_equal(person_check(NULL, "Ada"), REFUSAL_EMAIL);
    assert_int_equal(person_check("ada@example.org\r\nBcc: eve@example.org", "Ada"), REFUSAL_EMAIL);
    assert_int_equal(person_check("ada@example.org", ""), REFUSAL_NAME);
    assert_int_equal(person_check("ada@example.org", NULL), REFUSAL_NAME);
    assert_int_equal(person_check("ada@example.org", "A\nB"), REFUSAL_NAME);
}

static void password_check__bounds_its_length(void **state)
{
    struct ts_arena *arena = ts_arena_new();
    char text[TS_PASSWORD_SIZE_MAX + 2];

    (void)state;
    memset(text, 'q', sizeof(text));
    text[TS_PASSWORD_SIZE_MAX + 1] = '\0';
    assert_int_equal(password_check(arena, text, NULL), REFUSAL_PASSWORD_LONG);
    text[TS_PASSWORD_SIZE_MAX] = '\0';
    assert_int_equal(password_check(arena, text, NULL), REFUSAL_NONE);
    assert_int_equal(password_check(arena, "zq-3kf9", NULL), REFUSAL_PASSWORD_SHORT);
    assert_int_equal(password_check(arena, "zq-3kf9x", NULL), REFUSAL_NONE);
    assert_int_equal(password_check(arena, "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f", NULL), REFUSAL_PASSWORD_SHORT);
    assert_int_equal(password_check(arena, NULL, NULL), REFUSAL_PASSWORD_SHORT);
    ts_arena_free(arena);
}

/* Sorted and long enough, so that the search finds each. */
static void password_check__refuses_each_breached_one(void **state)
{
    struct ts_arena *arena = ts_arena_new();

    (void)state;
    assert_int_equal(breached_count, 3395);
    for (size_t i = 0; i < breached_count; i++) {
        assert_true(i == 0 || strcmp(breached[i - 1], breached[i]) < 0);
        assert_int_equal(password_check(arena, breached[i], NULL), REFUSAL_PASSWORD_BREACHED);
    }
    assert_int_equal(password_check(arena, "PassWord", NULL), REFUSAL_PASSWORD_BREACHED);
    assert_int_equal(password_check(arena, "Ada@Example.org", "ada@example.ORG"), REFUSAL_PASSWORD_PERSONAL);
    assert_int_equal(password_check(arena, "ada@example.org!", "ada@example.org"), REFUSAL_NONE);
    ts_arena_free(arena);
}

static void session_expiry_ms__is_the_sooner_of_two(void **state)
{
    (void)state;
    assert_int_equal(session_expiry_ms(0, 0), SESSION_IDLE_MS);
    assert_int_equal(session_expiry_ms(0, SESSION_MS - SESSION_IDLE_MS), SESSION_MS);
    assert_int_equal(session_expiry_ms(0, SESSION_MS - 1), SESSION_MS);
}

static void turn_check__tells_loss_from_theft(void **state)
{
    Identity__Session session = IDENTITY__SESSION__INIT;

    (void)state;
    session.turn = 3;
    session.turned_at_ms = 1000;
    session.expires_at_ms = 100000;
    assert_int_equal(turn_check(&session, 3, 99999), TURN_GOOD);
    assert_int_equal(turn_check(&session, 3, 100000), TURN_OVER);
    assert_int_equal(turn_check(&session, 2, 1000 + REFRESH_GRACE_MS - 1), TURN_AGAIN);
    assert_int_equal(turn_check(&session, 2, 1000 + REFRESH_GRACE_MS), TURN_REUSED);
    assert_int_equal(turn_check(&session, 1, 1000), TURN_REUSED);
    assert_int_equal(turn_check(&session, 4, 1000), TURN_REUSED);
    session.has_ended_at_ms = true;
    assert_int_equal(turn_check(&session, 3, 1000), TURN_OVER);
}

static void link_is_good__once_for_its_kind_and_time(void **state)
{
    Identity__Mail mail = IDENTITY__MAIL__INIT;

    (void)state;
    mail.kind = IDENTITY__MAIL_KIND__RESET_PASSWORD;
    mail.expires_at_ms = 1000;
    assert_true(link_is_good(&mail, IDENTITY__MAIL_KIND__RESET_PASSWORD, 999));
    assert_false(link_is_good(&mail, IDENTITY__MAIL_KIND__RESET_PASSWORD, 1000));
    assert_false(link_is_good(&mail, IDENTITY__MAIL_KIND__VERIFY_EMAIL, 999));
    mail.has_used_at_ms = true;
    assert_false(link_is_good(&mail, IDENTITY__MAIL_KIND__RESET_PASSWORD, 999));
}

static void role_rights__are_presets_and_only_owners_have_teams(void **state)
{
    (void)state;
    assert_int_equal(role_rights(IDENTITY__ROLE__OWNER), TS_RIGHT_ANY);
    assert_int_equal(role_rights(IDENTITY__ROLE__SCANNER), TS_RIGHT_DOOR);
    for (Identity__Role role = IDENTITY__ROLE__MANAGER; role <= IDENTITY__ROLE__SCANNER; role++) {
        assert_int_equal(rights_check(role_rights(role)), REFUSAL_NONE);
        assert_false(role_rights(role) & TS_RIGHT_TEAMS);
    }
    assert_int_equal(role_rights((Identity__Role)5), 0);
    assert_int_equal(rights_check(0), REFUSAL_TEAM_RIGHTS);
    assert_int_equal(rights_check(TS_RIGHT_DOOR | TS_RIGHT_TEAMS), REFUSAL_TEAM_RIGHTS);
}

static void rights_list__is_the_set_in_order(void **state)
{
    struct ts_arena *arena = ts_arena_new();
    Identity__Right twice[] = { IDENTITY__RIGHT__DOOR, IDENTITY__RIGHT__EVENTS, IDENTITY__RIGHT__DOOR }, *list;

    (void)state;
    assert_int_equal(rights_set(twice, 3), TS_RIGHT_EVENTS | TS_RIGHT_DOOR);
    assert_int_equal(rights_list(arena, TS_RIGHT_DOOR | TS_RIGHT_EVENTS, &list), 2);
    assert_int_equal(list[0], IDENTITY__RIGHT__EVENTS);
    assert_int_equal(list[1], IDENTITY__RIGHT__DOOR);
    assert_int_equal(rights_list(arena, TS_RIGHT_ANY, &list), 9);
    assert_int_equal(rights_set(list, 9), TS_RIGHT_ANY);
    ts_arena_free(arena);
}

static void member_leaves_check__keeps_the_last_owner(void **state)
{
    char *members[] = { "usr_a", "usr_b" };
    Identity__Team team = IDENTITY__TEAM__INIT;

    (void)state;
    team.role = IDENTITY__ROLE__OWNER;
    team.member_ids = members;
    team.n_member_ids = 2;
    assert_int_equal(member_leaves_check(&team, "usr_a"), REFUSAL_NONE);
    assert_int_equal(member_leaves_check(&team, "usr_c"), REFUSAL_MEMBER_UNKNOWN);
    assert_int_equal(member_leaves_check(&team, NULL), REFUSAL_MEMBER_UNKNOWN);
    team.n_member_ids = 1;
    assert_int_equal(member_leaves_check(&team, "usr_a"), REFUSAL_LAST_OWNER);
    team.role = IDENTITY__ROLE__SCANNER;
    assert_int_equal(member_leaves_check(&team, "usr_a"), REFUSAL_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals__have_words),
        cmocka_unit_test(person_check__wants_an_address_and_a_line),
        cmocka_unit_test(password_check__bounds_its_length),
        cmocka_unit_test(password_check__refuses_each_breached_one),
        cmocka_unit_test(session_expiry_ms__is_the_sooner_of_two),
        cmocka_unit_test(turn_check__tells_loss_from_theft),
        cmocka_unit_test(link_is_good__once_for_its_kind_and_time),
        cmocka_unit_test(role_rights__are_presets_and_only_owners_have_teams),
        cmocka_unit_test(rights_list__is_the_set_in_order),
        cmocka_unit_test(member_leaves_check__keeps_the_last_owner),
    };

    return cmocka_run_group_tests_name("modules/identity/rules", tests, NULL, NULL);
}
