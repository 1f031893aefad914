/* Accounts and sessions through the bus: what another process, or a store that fails, can make of them. */
#include "support/shop.h"

#include <string.h>

#include "host/modules.h"
#include "identity/v1/identity.rpc.h"
#include "loop/fiber.h"
#include "tessera/bus.h"
#include "tessera/cleanup.h"
#include "tessera/clock.h"

#define PASSWORD "correct horse battery"

static const char *sign_up(struct ts_call *call, const char *email)
{
    Identity__SignUpRequest request = IDENTITY__SIGN_UP_REQUEST__INIT;
    Identity__ListMailsRequest list = IDENTITY__LIST_MAILS_REQUEST__INIT;
    const Identity__AcceptedReply *reply;
    const Identity__ListMailsReply *mails;

    request.email = (char *)email;
    request.name = "Ada";
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(identity_sign_up(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    harness_as(call, TS_PRINCIPAL_OWNER);
    assert_int_equal(identity_list_mails(call, &list, &mails), 0);
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    return mails->mails->edges[0]->node->token;
}

static const Identity__SessionReply *try_verify(struct ts_call *call, const char *token)
{
    Identity__PasswordRequest request = IDENTITY__PASSWORD_REQUEST__INIT;
    const Identity__SessionReply *reply;

    request.token = (char *)token;
    request.password = PASSWORD;
    assert_int_equal(identity_verify_email(call, &request, &reply), 0);
    return reply;
}

static const Identity__SessionReply *try_sign_in(struct ts_call *call, const char *email)
{
    Identity__SignInRequest request = IDENTITY__SIGN_IN_REQUEST__INIT;
    const Identity__SessionReply *reply;

    request.email = (char *)email;
    request.password = PASSWORD;
    assert_int_equal(identity_sign_in(call, &request, &reply), 0);
    return reply;
}

/* ---- races */

struct racer {
    const char *token;
    const Identity__SessionReply *reply;
};

static int race(struct ts_call *call, void *item)
{
    struct racer *racer = item;

    racer->reply = try_verify(call, racer->token);
    return 0;
}

/* `count` links, one account: each link sets its password once, and one of them makes the account. */
static unsigned race_all(struct ts_call *call, struct racer *racers, unsigned count)
{
    void *items[8];
    unsigned won = 0;

    for (unsigned i = 0; i < count; i++)
        items[i] = &racers[i];
    assert_int_equal(ts_all(call, race, items, count), 0);
    for (unsigned i = 0; i < count; i++) {
        if (racers[i].reply->session)
            won++;
        else
            harness_assert_refused(racers[i].reply, LINK_INVALID, "token");
    }
    return won;
}

static void verify_email__of_one_link_said_at_once_makes_one_account(struct ts_call *call)
{
    const char *token = sign_up(call, "ada@example.org");
    struct racer racers[8];

    for (unsigned i = 0; i < 8; i++)
        racers[i].token = token;
    assert_int_equal(race_all(call, racers, 8), 1);
    assert_non_null(try_sign_in(call, "ada@example.org")->session);
}

static void verify_email__of_several_links_makes_one_account(struct ts_call *call)
{
    struct racer racers[4];

    for (unsigned i = 0; i < 4; i++)
        racers[i].token = sign_up(call, i % 2 ? "Ada@example.org" : "ada@EXAMPLE.org");
    assert_int_equal(race_all(call, racers, 4), 1);
    assert_non_null(try_sign_in(call, "ada@example.org")->session);
}

/* ---- a store that fails */

/* Whatever request to the store fails, the caller hears of it, and the address can still be proved. */
static void verify_email__may_fail_anywhere(struct ts_call *call)
{
    bool failed = true;

    for (uint64_t nth = 1; failed; nth++) {
        char *email = ts_printf(call->arena, "ada-%u@example.org", (unsigned)nth);
        Identity__PasswordRequest request = IDENTITY__PASSWORD_REQUEST__INIT;
        const Identity__SessionReply *reply;
        int r;

        request.token = (char *)sign_up(call, email);
        request.password = PASSWORD;
        harness_store_fail(harness_of(call), nth);
        r = identity_verify_email(call, &request, &reply);
        failed = harness_store_failed(harness_of(call));
        harness_store_fail(harness_of(call), 0);
        assert_int_equal(r != 0, failed);
        if (!try_sign_in(call, email)->session)
            assert_non_null(try_verify(call, sign_up(call, email))->session);
        assert_non_null(try_sign_in(call, email)->session);
        harness_advance(call, TS_MINUTE_MS);
    }
}

/* ---- guessing */

/* Return: 0 for a sign-in that was tried, right or not; else its ts_error. */
static int guess(struct ts_call *call, const char *address, const char *email, const char *password)
{
    Identity__SignInRequest request = IDENTITY__SIGN_IN_REQUEST__INIT;
    const Identity__SessionReply *reply;

    call->address = address;
    request.email = (char *)email;
    request.password = (char *)password;
    return identity_sign_in(call, &request, &reply);
}

static void sign_in__is_bounded_by_address_and_account(struct ts_call *call)
{
    assert_non_null(try_verify(call, sign_up(call, "ada@example.org"))->session);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(guess(call, "203.0.113.7", i % 2 ? "ada@example.org" : "ADA@example.org", "not it at all"), 0);
    assert_int_equal(guess(call, "203.0.113.7", "ada@example.org", PASSWORD), TS_EEXHAUSTED);
    assert_int_equal(guess(call, "203.0.113.8", "ada@example.org", PASSWORD), 0); /* she, from where she is */
    assert_int_equal(guess(call, "203.0.113.7", "eve@example.org", PASSWORD), 0);
    harness_advance(call, 30 * TS_SECOND_MS);
    assert_int_equal(guess(call, "203.0.113.7", "ada@example.org", PASSWORD), 0);
    for (unsigned i = 0; i < 40; i++)
        assert_int_equal(guess(call, "203.0.113.7", "ada@example.org", PASSWORD), 0); /* what is right does not count */
}

/* Whether there is such an account does not matter, nor how many are tried. */
static void sign_in__of_many_accounts_is_bounded_by_address(struct ts_call *call)
{
    unsigned tried = 0;

    while (tried < 100 &&
           guess(call, "2001:db8:1:2::7", ts_printf(call->arena, "eve-%u@example.org", tried), PASSWORD) == 0)
        tried++;
    assert_int_equal(tried, 30);
    assert_int_equal(guess(call, "2001:db8:1:2:ffff::9", "bob@example.org", PASSWORD),
                     TS_EEXHAUSTED); /* the same network */
    assert_int_equal(guess(call, "2001:db8:1:3::7", "bob@example.org", PASSWORD), 0);
    assert_int_equal(guess(call, "10.0.0.1", "bob@example.org", PASSWORD), 0); /* a proxy: anybody */
    assert_int_equal(guess(call, NULL, "bob@example.org", PASSWORD), 0);
}

/* ---- teams */

struct leaver {
    Identity__RemoveMemberRequest request;
    const Identity__TeamReply *reply;
};

static int leave(struct ts_call *call, void *item)
{
    struct leaver *leaver = item;

    assert_int_equal(identity_remove_member(call, &leaver->request, &leaver->reply), 0);
    return 0;
}

static char *account_of(struct ts_call *call, const char *email)
{
    Identity__GetPrincipalRequest request = IDENTITY__GET_PRINCIPAL_REQUEST__INIT;
    const Identity__GetPrincipalReply *reply;
    const char *refresh_token = try_verify(call, sign_up(call, email))->session->refresh_token;

    request.session_id = ts_strndup(call->arena, refresh_token, strcspn(refresh_token, "."));
    assert_int_equal(identity_get_principal_as_system(call, &request, &reply), 0);
    return reply->account_id;
}

/* Invite and accept, as whoever has this account. */
static void join(struct ts_call *call, char *team_id, const char *email, const char *account_id)
{
    struct ts_principal user = { .kind = TS_PRINCIPAL_USER,
                                 .id = account_id,
                                 .session_id = "ses_01jwnrc0000000000000000000" };
    Identity__InviteMemberRequest invite = IDENTITY__INVITE_MEMBER_REQUEST__INIT;
    Identity__ListMailsRequest list = IDENTITY__LIST_MAILS_REQUEST__INIT;
    Identity__TokenRequest accept = IDENTITY__TOKEN_REQUEST__INIT;
    const Identity__AcceptedReply *invited;
    const Identity__ListMailsReply *mails;
    const Identity__TeamReply *reply;

    harness_as(call, TS_PRINCIPAL_OWNER);
    invite.team_id = team_id;
    invite.email = (char *)email;
    assert_int_equal(identity_invite_member(call, &invite, &invited), 0);
    assert_int_equal(identity_list_mails(call, &list, &mails), 0);
    accept.token = mails->mails->edges[0]->node->token;
    call->principal = &user;
    assert_int_equal(identity_accept_invitation(call, &accept, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    harness_as(call, TS_PRINCIPAL_OWNER);
}

/* ---- another address */

static struct ts_principal *user_new(struct ts_call *call, const char *account_id)
{
    struct ts_principal *user = TS_NEW(call->arena, struct ts_principal);

    *user = (struct ts_principal){ .kind = TS_PRINCIPAL_USER,
                                   .id = account_id,
                                   .session_id = "ses_01jwnrc0000000000000000000" };
    return user;
}

/* Ask for another address. Return: the token in the mail to it. */
static char *ask_to_move(struct ts_call *call, const struct ts_principal *user, const char *email)
{
    Identity__RequestEmailChangeRequest request = IDENTITY__REQUEST_EMAIL_CHANGE_REQUEST__INIT;
    Identity__ListMailsRequest list = IDENTITY__LIST_MAILS_REQUEST__INIT;
    const Identity__AcceptedReply *reply;
    const Identity__ListMailsReply *mails;

    request.new_email = (char *)email;
    request.password = PASSWORD;
    call->principal = user;
    assert_int_equal(identity_request_email_change(call, &request, &reply), 0);
    assert_true(reply->accepted);
    harness_as(call, TS_PRINCIPAL_OWNER);
    assert_int_equal(identity_list_mails(call, &list, &mails), 0);
    assert_int_equal(mails->mails->edges[0]->node->kind, IDENTITY__MAIL_KIND__CHANGE_EMAIL);
    return mails->mails->edges[0]->node->token;
}

struct mover {
    struct ts_principal *user; /* NULL: signs up */
    const char *token;
    bool moved;
};

static int move(struct ts_call *call, void *item)
{
    struct mover *mover = item;
    Identity__TokenRequest request = IDENTITY__TOKEN_REQUEST__INIT;
    const Identity__AcceptedReply *reply;

    if (!mover->user) {
        mover->moved = try_verify(call, mover->token)->session != NULL;
        return 0;
    }
    request.token = (char *)mover->token;
    call->principal = mover->user;
    assert_int_equal(identity_confirm_email_change(call, &request, &reply), 0);
    mover->moved = reply->accepted;
    if (!mover->moved)
        harness_assert_refused(reply, CONFLICT, "token");
    return 0;
}

static void confirm_email_change__gives_an_address_to_one(struct ts_call *call)
{
    for (unsigned round = 0; round < 3; round++) {
        const char *email = ts_printf(call->arena, "wanted-%u@example.org", round);
        struct mover movers[4] = { { NULL } };
        void *items[4];
        unsigned moved = 0;

        movers[0].token = sign_up(call, email);
        for (unsigned i = 1; i < 4; i++) {
            movers[i].user =
                user_new(call, account_of(call, ts_printf(call->arena, "mover-%u-%u@example.org", round, i)));
            movers[i].token = ask_to_move(call, movers[i].user, email);
        }
        for (unsigned i = 0; i < 4; i++)
            items[i] = &movers[(i + round) % 4];
        assert_int_equal(ts_all(call, move, items, 4), 0);
        for (unsigned i = 0; i < 4; i++)
            moved += movers[i].moved;
        assert_int_equal(moved, 1);
        harness_as(call, TS_PRINCIPAL_ANONYMOUS);
        assert_non_null(try_sign_in(call, email)->session);
        for (unsigned i = 1; i < 4; i++) /* the others have theirs */
            assert_int_equal(try_sign_in(call, ts_printf(call->arena, "mover-%u-%u@example.org", round, i))->session !=
                                 NULL,
                             !movers[i].moved);
    }
}

/* Whatever request to the store fails, the account has one address, the old one or the new, and can still move. */
static void confirm_email_change__may_fail_anywhere(struct ts_call *call)
{
    bool failed = true;

    for (uint64_t nth = 1; failed; nth++) {
        const char *old = ts_printf(call->arena, "old-%u@example.org", (unsigned)nth);
        const char *new = ts_printf(call->arena, "new-%u@example.org", (unsigned)nth);
        struct mover mover = { .user = user_new(call, account_of(call, old)) };
        Identity__TokenRequest request = IDENTITY__TOKEN_REQUEST__INIT;
        const Identity__AcceptedReply *reply;
        bool moved;
        int r;

        request.token = ask_to_move(call, mover.user, new);
        call->principal = mover.user;
        harness_store_fail(harness_of(call), nth);
        r = identity_confirm_email_change(call, &request, &reply);
        failed = harness_store_failed(harness_of(call));
        harness_store_fail(harness_of(call), 0);
        assert_int_equal(r != 0, failed);
        harness_as(call, TS_PRINCIPAL_ANONYMOUS);
        moved = try_sign_in(call, new)->session != NULL;
        assert_int_equal(try_sign_in(call, old)->session != NULL, !moved);
        assert_true(moved || failed);
        if (!moved) {
            mover.token = ask_to_move(call, mover.user, new);
            assert_int_equal(move(call, &mover), 0);
            assert_true(mover.moved);
        }
        harness_as(call, TS_PRINCIPAL_ANONYMOUS);
        assert_non_null(try_sign_in(call, new)->session);
        harness_advance(call, TS_MINUTE_MS);
    }
}

/* Two owners who leave in one moment: one of them stays. */
static void remove_member__of_all_owners_at_once_keeps_one(struct ts_call *call)
{
    struct shop shop = shop_open(call, 1);
    Identity__CreateTeamRequest create = IDENTITY__CREATE_TEAM_REQUEST__INIT;
    const Identity__TeamReply *made;
    struct leaver leavers[4];
    void *items[4];
    unsigned stayed = 0;

    create.organizer_id = shop.organizer_id;
    create.name = "Owners";
    create.has_role = true;
    create.role = IDENTITY__ROLE__OWNER;
    assert_int_equal(identity_create_team(call, &create, &made), 0);
    assert_int_equal(made->n_refusals, 0);
    for (unsigned i = 0; i < 4; i++) {
        const char *email = ts_printf(call->arena, "owner-%u@example.org", i);

        identity__remove_member_request__init(&leavers[i].request);
        leavers[i].request.team_id = made->team->id;
        leavers[i].request.account_id = account_of(call, email);
        join(call, made->team->id, email, leavers[i].request.account_id);
        items[i] = &leavers[i];
    }
    assert_int_equal(ts_all(call, leave, items, 4), 0);
    for (unsigned i = 0; i < 4; i++) {
        if (leavers[i].reply->n_refusals == 0)
            continue;
        harness_assert_refused(leavers[i].reply, CONFLICT, "accountId");
        stayed++;
    }
    assert_int_equal(stayed, 1);
}

/* ---- who may ask what */

static void get_principal__is_for_ourselves(struct ts_call *call)
{
    static const enum ts_principal_kind kinds[] = { TS_PRINCIPAL_ANONYMOUS, TS_PRINCIPAL_OWNER, TS_PRINCIPAL_USER };
    Identity__GetPrincipalRequest request = IDENTITY__GET_PRINCIPAL_REQUEST__INIT;
    const Identity__GetPrincipalReply *reply;

    request.session_id = "ses_01jwnrc0000000000000000000";
    for (unsigned i = 0; i < TS_ARRAY_SIZE(kinds); i++) {
        harness_as(call, kinds[i]);
        assert_int_equal(identity_get_principal(call, &request, &reply), TS_EDENIED);
    }
    assert_int_equal(identity_get_principal_as_system(call, &request, &reply), 0);
    assert_false(reply->live);
    request.session_id = NULL;
    assert_int_equal(identity_get_principal_as_system(call, &request, &reply), 0);
    assert_false(reply->live);
}

static void get_principal__lives_as_long_as_the_session(struct ts_call *call)
{
    Identity__GetPrincipalRequest request = IDENTITY__GET_PRINCIPAL_REQUEST__INIT;
    const Identity__GetPrincipalReply *reply;
    char *refresh_token = try_verify(call, sign_up(call, "ada@example.org"))->session->refresh_token;

    request.session_id = ts_strndup(call->arena, refresh_token, strcspn(refresh_token, "."));
    assert_int_equal(identity_get_principal_as_system(call, &request, &reply), 0);
    assert_true(reply->live);
    harness_advance(call, INT64_C(30) * TS_DAY_MS);
    assert_int_equal(identity_get_principal_as_system(call, &request, &reply), 0);
    assert_false(reply->live);
}

static void get_viewer__is_nobody_for_nobody(struct ts_call *call)
{
    struct shop shop = shop_open(call, 1);
    Identity__GetViewerRequest request = IDENTITY__GET_VIEWER_REQUEST__INIT;
    const Identity__GetViewerReply *reply;

    assert_int_equal(identity_get_viewer(call, &request, &reply), 0);
    assert_int_equal(reply->viewer->n_memberships, 1);
    assert_string_equal(reply->viewer->memberships[0]->organizer_id, shop.organizer_id);
    assert_int_equal(reply->viewer->memberships[0]->role, IDENTITY__ROLE__OWNER);
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(identity_get_viewer(call, &request, &reply), 0);
    assert_null(reply->viewer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        harness_unit_test(verify_email__of_one_link_said_at_once_makes_one_account, ts_modules),
        harness_unit_test(verify_email__of_several_links_makes_one_account, ts_modules),
        harness_unit_test(verify_email__may_fail_anywhere, ts_modules),
        harness_unit_test(sign_in__is_bounded_by_address_and_account, ts_modules),
        harness_unit_test(sign_in__of_many_accounts_is_bounded_by_address, ts_modules),
        harness_unit_test(confirm_email_change__gives_an_address_to_one, ts_modules),
        harness_unit_test(confirm_email_change__may_fail_anywhere, ts_modules),
        harness_unit_test(remove_member__of_all_owners_at_once_keeps_one, ts_modules),
        harness_unit_test(get_principal__is_for_ourselves, ts_modules),
        harness_unit_test(get_principal__lives_as_long_as_the_session, ts_modules),
        harness_unit_test(get_viewer__is_nobody_for_nobody, ts_modules),
    };

    return cmocka_run_group_tests_name("modules/identity/api", tests, NULL, NULL);
}
