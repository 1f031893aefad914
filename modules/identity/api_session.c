/*
 * Sessions: one begins with each sign-in and ends by signing out, by time, with its account's password, or because a
 * refresh token was used that had been used before: then somebody else has it, and who is who nobody can tell.
 */
#include <stdlib.h>
#include <string.h>

#include "access_token.h"
#include "api.h"
#include "guess.h"
#include "link.h"
#include "store.h"
#include "tessera/bus.h"
#include "tessera/id.h"
#include "tessera/limits.h"
#include "tessera/password.h"
#include "tessera/reply.h"
#include "tessera/security.h"
#include "token.h"

/* Return: 0 and the tokens of the session's present turn; a ts_error. */
static int session_answer(struct ts_call *call, const Identity__Session *session, Identity__SessionReply *ret_reply)
{
    Identity__Tokens *tokens = TS_NEW(call->arena, Identity__Tokens);
    int r;

    identity__tokens__init(tokens);
    r = access_token_issue(call, session->account_id, session->id, &tokens->access_token,
                           &tokens->access_expires_at_ms);
    if (r)
        return r;
    tokens->has_access_expires_at_ms = true;
    tokens->refresh_token = refresh_token_make(call, session->id, session->turn);
    tokens->has_refresh_expires_at_ms = true;
    tokens->refresh_expires_at_ms = session->expires_at_ms;
    ret_reply->session = tokens;
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__PUBLIC, NULL);
    return 0;
}

int session_begin(struct ts_call *call, const char *account_id, Identity__SessionReply *ret_reply)
{
    return session_begin_by(call, account_id, NULL, ret_reply);
}

int session_begin_by(struct ts_call *call, const char *account_id, const Identity__BroughtBy *by,
                     Identity__SessionReply *ret_reply)
{
    Identity__Session session = IDENTITY__SESSION__INIT;
    int64_t now_ms = ts_now_ms(call);
    int r;

    session.id = (char *)ts_id_new(call, "ses");
    session.account_id = (char *)account_id;
    if (by) {
        session.identity_id = by->identity_id;
        session.provider_session = by->provider_session;
        session.provider_id = by->provider_id;
    }
    session.has_created_at_ms = session.has_turned_at_ms = session.has_expires_at_ms = session.has_turn = true;
    session.created_at_ms = session.turned_at_ms = now_ms;
    session.expires_at_ms = session_expiry_ms(now_ms, now_ms);
    session.turn = 1;
    r = store_insert_session(call, &session);
    if (r)
        return r < 0 ? r : TS_EABORTED;
    ts_security(call, TS_SECURITY_SIGNED_IN, account_id);
    return session_answer(call, &session, ret_reply);
}

int session_end(struct ts_call *call, const char *session_id)
{
    for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
        Identity__SessionEnded ended = IDENTITY__SESSION_ENDED__INIT;
        const Identity__Session *before;
        Identity__Session session;
        int64_t version;
        int r = store_get_session(call, session_id, &before, &version);

        if (r || !before || before->has_ended_at_ms)
            return r;
        session = *before;
        session.has_ended_at_ms = true;
        session.ended_at_ms = session.expires_at_ms = ts_now_ms(call);
        r = store_put_session(call, &session, version);
        if (r < 0)
            return r;
        if (r == STORE_CONFLICT)
            continue;
        ended.session_id = session.id;
        ts_publish(call, &ended.base);
        ts_security(call, TS_SECURITY_SESSION_ENDED, session.account_id);
        return 0;
    }
    return TS_EABORTED;
}

/* All whose `field` of enum session_field is `value`. */
static int end_all(struct ts_call *call, enum session_field field, const char *value)
{
    size_t count = TS_SCAN_MAX;

    while (count == TS_SCAN_MAX) { /* those that have ended are listed no more */
        const char *const *ids;
        int r = store_list_sessions(call, field, value, ts_now_ms(call), &ids, &count);

        for (size_t i = 0; i < count && !r; i++)
            r = session_end(call, ids[i]);
        if (r)
            return r;
    }
    return 0;
}

int sessions_end(struct ts_call *call, const char *account_id)
{
    return end_all(call, SESSION_ACCOUNT, account_id);
}

int sessions_end_by(struct ts_call *call, const char *provider_session, const char *identity_id)
{
    return provider_session ? end_all(call, SESSION_PROVIDER_SESSION, provider_session)
                            : end_all(call, SESSION_IDENTITY, identity_id);
}

int sessions_end_of_provider(struct ts_call *call, const char *provider_id)
{
    return end_all(call, SESSION_PROVIDER, provider_id);
}

/*
 * Is the organizer's provider there that began it? A session that begins while its provider is removed may escape the
 * end of all: this it does not. Return: 0; a ts_error.
 */
static int provider_is_there(struct ts_call *call, const Identity__Session *session, bool *ret_there)
{
    const Identity__OidcProvider *provider = NULL;
    int64_t version;
    int r = session->provider_id ? store_get_oidc_provider(call, session->provider_id, &provider, &version) : 0;

    *ret_there = !session->provider_id || (provider && !provider->has_removed_at_ms);
    return r;
}

/* The same work and the same words, whatever is wrong. */
int sign_in(struct ts_call *call, const Identity__SignInRequest *request, Identity__SessionReply *ret_reply)
{
    const char *password = request->password ? request->password : "";
    const char *email = request->email ? request->email : "";
    const Identity__Account *account = NULL;
    bool right = false;
    int64_t version;
    int r = guess_charge(call, email);

    r = r ? r : store_find_account(call, email, &account, &version);
    if (r)
        return r;
    if (strlen(password) > TS_PASSWORD_SIZE_MAX)
        account = NULL; /* it could be nobody's */
    r = ts_password_check(call, account ? account->secret_password : NULL, password, &right);
    if (r)
        return r;
    if (!right || !account)
        return refuse(call, REFUSAL_CREDENTIALS);
    guess_refund(call, email);
    return session_admit(call, account, ret_reply);
}

/* ---- by a mail's link: it signs in the browser that asked for it, whoever else reads the mail */

int request_sign_in_link(struct ts_call *call, const Identity__EmailRequest *request,
                         Identity__SignInLinkReply *ret_reply)
{
    Identity__Mail mail;
    int r = mail_for_owner(call, request->email, IDENTITY__MAIL_KIND__SIGN_IN, &mail);

    if (r)
        return r;
    ret_reply->browser_token = browser_token_make(call, mail.id);
    ret_reply->has_accepted = ret_reply->accepted = true;
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__PUBLIC, NULL);
    return mail_send(call, &mail);
}

int sign_in_by_link(struct ts_call *call, const Identity__SignInByLinkRequest *request,
                    Identity__SessionReply *ret_reply)
{
    struct opened opened = { NULL };
    int r = link_open(call, request->token, IDENTITY__MAIL_KIND__SIGN_IN, &opened);

    if (r || !opened.mail)
        return r;
    if (!ts_secret_equal(browser_token_make(call, opened.mail->id), request->browser_token))
        return refuse(call, REFUSAL_BROWSER);
    r = link_use(call, &opened);
    return r ? r : session_admit(call, opened.account, ret_reply);
}

/* ---- going on */

/* Return: 0, the token is good and the next one answered; STORE_CONFLICT: decide again; TS_REFUSED; a ts_error. */
static int refresh_once(struct ts_call *call, const char *session_id, int32_t turn, Identity__SessionReply *ret_reply)
{
    const Identity__Session *before;
    Identity__Session session;
    int64_t version, now_ms = ts_now_ms(call);
    bool there = false;
    int r = store_get_session(call, session_id, &before, &version);

    if (r == 0 && before)
        r = provider_is_there(call, before, &there);
    if (r)
        return r;
    switch (there ? turn_check(before, turn, now_ms) : TURN_OVER) {
    case TURN_AGAIN:
        return session_answer(call, before, ret_reply);
    case TURN_REUSED:
        ts_security(call, TS_SECURITY_REFRESH_REUSED, before->account_id);
        r = session_end(call, session_id);
        return r ? r : refuse(call, REFUSAL_REFRESH_TOKEN);
    case TURN_OVER:
        return refuse(call, REFUSAL_REFRESH_TOKEN);
    case TURN_GOOD:
        break;
    }
    session = *before;
    session.turn++;
    session.turned_at_ms = now_ms;
    session.expires_at_ms = session_expiry_ms(session.created_at_ms, now_ms);
    r = store_put_session(call, &session, version);
    return r ? r : session_answer(call, &session, ret_reply);
}

int refresh_session(struct ts_call *call, const Identity__RefreshSessionRequest *request,
                    Identity__SessionReply *ret_reply)
{
    const char *session_id;
    int32_t turn;
    int r = STORE_CONFLICT;

    if (!refresh_token_read(call, request->refresh_token, &session_id, &turn))
        return refuse(call, REFUSAL_REFRESH_TOKEN);
    for (unsigned tries = 0; r == STORE_CONFLICT && tries < TRIES_MAX; tries++)
        r = refresh_once(call, session_id, turn, ret_reply);
    return r == STORE_CONFLICT ? TS_EABORTED : r;
}

/* Whose session is meant. Return: 0 and *ret_session_id; TS_REFUSED; TS_EUNAUTHENTICATED. */
static int session_meant(struct ts_call *call, const char *refresh_token, const char **ret_session_id)
{
    int32_t turn;

    if (refresh_token)
        return refresh_token_read(call, refresh_token, ret_session_id, &turn) ? 0 : refuse(call, REFUSAL_REFRESH_TOKEN);
    *ret_session_id = call->principal->session_id;
    if (ts_id_has(*ret_session_id, "key"))
        return TS_EDENIED; /* it is revoked by who made it */
    return *ret_session_id ? 0 : TS_EUNAUTHENTICATED;
}

/* Another one of the caller's account. Return: 0; TS_REFUSED; a ts_error. */
static int end_own(struct ts_call *call, const char *session_id)
{
    const Identity__Account *account;
    const Identity__Session *session = NULL;
    int64_t version;
    int r = caller_account(call, &account);

    r = r ? r : store_get_session(call, session_id, &session, &version);
    if (r)
        return r;
    if (!session || strcmp(session->account_id, account->id) != 0)
        return refuse(call, REFUSAL_SESSION_UNKNOWN);
    return session_end(call, session_id);
}

/* By a token, or the caller's own; with `everywhere` all of its account, if it lives. Return: 0; TS_REFUSED; a
 * ts_error. */
static int end_meant(struct ts_call *call, const Identity__SignOutRequest *request)
{
    const Identity__Session *session = NULL;
    const char *session_id;
    int64_t version;
    int r = session_meant(call, request->refresh_token, &session_id);

    r = r ? r : store_get_session(call, session_id, &session, &version);
    if (r)
        return r;
    if (session && request->everywhere && turn_check(session, session->turn, ts_now_ms(call)) == TURN_GOOD)
        return sessions_end(call, session->account_id);
    return session_end(call, session_id);
}

int sign_out(struct ts_call *call, const Identity__SignOutRequest *request, Identity__SignOutReply *ret_reply)
{
    int r = request->session_id ? end_own(call, request->session_id) : end_meant(call, request);

    if (r)
        return r;
    ret_reply->has_signed_out = ret_reply->signed_out = true;
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__PUBLIC, NULL);
    return 0;
}

/* ---- which there are */

static Identity__SessionView *session_view(struct ts_call *call, const Identity__Session *session)
{
    Identity__SessionView *view = TS_NEW(call->arena, Identity__SessionView);

    identity__session_view__init(view);
    view->id = session->id;
    view->has_created_at_ms = view->has_used_at_ms = view->has_current = true;
    view->created_at_ms = session->created_at_ms;
    view->used_at_ms = session->turned_at_ms;
    view->current = call->principal->session_id && strcmp(call->principal->session_id, session->id) == 0;
    return view;
}

static int by_last_use(const void *left, const void *right)
{
    const Identity__SessionView *one = *(Identity__SessionView *const *)left;
    const Identity__SessionView *other = *(Identity__SessionView *const *)right;

    if (one->used_at_ms != other->used_at_ms)
        return one->used_at_ms < other->used_at_ms ? 1 : -1;
    return strcmp(other->id, one->id);
}

/* Of at most TS_SCAN_MAX, those whose time is over first. */
static int sessions_view(struct ts_call *call, Identity__AccountSessions *own)
{
    const char *const *ids;
    size_t count;
    int r = store_list_sessions(call, SESSION_ACCOUNT, own->account_id, ts_now_ms(call), &ids, &count);

    if (r)
        return r;
    own->sessions = TS_NEW_ARRAY(call->arena, Identity__SessionView *, count);
    for (size_t i = 0; i < count; i++) {
        const Identity__Session *session = NULL;
        int64_t version;

        r = store_get_session(call, ids[i], &session, &version);
        if (r)
            return r;
        if (session && !session->has_ended_at_ms)
            own->sessions[own->n_sessions++] = session_view(call, session);
    }
    qsort(own->sessions, own->n_sessions, sizeof(*own->sessions), by_last_use);
    return 0;
}

/* One's own alone: of others none are told. */
int list_sessions(struct ts_call *call, const Identity__AccountIdsRequest *request,
                  Identity__ListSessionsReply *ret_reply)
{
    ret_reply->accounts = TS_NEW_ARRAY(call->arena, Identity__AccountSessions *, request->n_ids);
    for (; ret_reply->n_accounts < request->n_ids; ret_reply->n_accounts++) {
        Identity__AccountSessions *own = TS_NEW(call->arena, Identity__AccountSessions);
        int r;

        identity__account_sessions__init(own);
        own->account_id = request->ids[ret_reply->n_accounts];
        ret_reply->accounts[ret_reply->n_accounts] = own;
        if (call->principal->kind != TS_PRINCIPAL_USER || strcmp(call->principal->id, own->account_id) != 0)
            continue;
        r = sessions_view(call, own);
        if (r)
            return r;
    }
    return 0;
}

Identity__TeamRights *team_rights_new(struct ts_call *call, char *organizer_id, unsigned set, char **event_ids,
                                      size_t event_count)
{
    Identity__TeamRights *rights = TS_NEW(call->arena, Identity__TeamRights);

    identity__team_rights__init(rights);
    rights->organizer_id = organizer_id;
    rights->has_rights = true;
    rights->rights = (int32_t)set;
    rights->event_ids = event_ids;
    rights->n_event_ids = event_count;
    return rights;
}

/* What each of its teams may do. */
static int rights_fill(struct ts_call *call, const char *account_id, Identity__GetPrincipalReply *reply)
{
    const Identity__Team **teams;
    size_t count;
    int r = store_list_teams(call, NULL, account_id, &teams, &count);

    if (r)
        return r;
    reply->teams = TS_NEW_ARRAY(call->arena, Identity__TeamRights *, count);
    for (; reply->n_teams < count; reply->n_teams++) {
        const Identity__Team *team = teams[reply->n_teams];

        reply->teams[reply->n_teams] = team_rights_new(
            call, team->organizer_id, rights_set(team->rights, team->n_rights), team->event_ids, team->n_event_ids);
    }
    return 0;
}

int get_principal(struct ts_call *call, const Identity__GetPrincipalRequest *request,
                  Identity__GetPrincipalReply *ret_reply)
{
    const Identity__Session *session;
    const Identity__Account *account = NULL;
    bool there = false;
    int64_t version;
    int r;

    if (call->principal->kind != TS_PRINCIPAL_SYSTEM)
        return TS_EDENIED;
    if (ts_id_has(request->session_id, "key"))
        return machine_principal(call, request->session_id, ret_reply);
    r = store_get_session(call, request->session_id, &session, &version);
    if (r == 0 && session)
        r = store_get_account(call, session->account_id, &account, &version);
    if (r == 0 && session)
        r = provider_is_there(call, session, &there);
    if (r)
        return r;
    ret_reply->has_live = true;
    ret_reply->live = account && there && turn_check(session, session->turn, ts_now_ms(call)) == TURN_GOOD;
    ret_reply->account_id = account ? account->id : NULL;
    return ret_reply->live ? rights_fill(call, account->id, ret_reply) : 0;
}
