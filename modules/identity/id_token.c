/* See id_token.h. */
#include "id_token.h"

#include <string.h>

#include "tessera/id.h"
#include "tessera/json.h"

static const char *text_of(const struct json *object, const char *name)
{
    return ts_json_string(ts_json_member(object, name));
}

static bool is_text(const struct json *value, const char *text)
{
    const char *string = ts_json_string(value);

    return string && strcmp(string, text) == 0;
}

/* Whether `aud` names us, and whether it names anybody else. */
static bool audience_has(const struct json *audience, const char *client_id, bool *ret_others)
{
    bool found = is_text(audience, client_id);

    *ret_others = ts_json_string(audience) && !found;
    for (const struct json *item = ts_json_first(audience); item; item = ts_json_next(item)) {
        if (is_text(item, client_id))
            found = true;
        else
            *ret_others = true;
    }
    return found;
}

static enum problem check_party(const struct json *payload, const struct id_token_wish *wish)
{
    const struct json *party = ts_json_member(payload, "azp");
    bool others;

    if (!is_text(ts_json_member(payload, "iss"), wish->issuer))
        return PROBLEM_TOKEN_ISSUER;
    if (!audience_has(ts_json_member(payload, "aud"), wish->client_id, &others))
        return PROBLEM_TOKEN_AUDIENCE;
    if ((party || others) && !is_text(party, wish->client_id))
        return PROBLEM_TOKEN_PARTY;
    return PROBLEM_NONE;
}

static enum problem check_times(const struct json *payload, int64_t now_s)
{
    const struct json *not_before = ts_json_member(payload, "nbf");
    int64_t expires_s, issued_s, from_s = 0;

    if (!ts_json_integer(ts_json_member(payload, "exp"), &expires_s) ||
        !ts_json_integer(ts_json_member(payload, "iat"), &issued_s) ||
        (not_before && !ts_json_integer(not_before, &from_s)))
        return PROBLEM_TOKEN_TIMELESS;
    if (now_s >= expires_s && now_s - expires_s >= ID_TOKEN_LEEWAY_S)
        return PROBLEM_TOKEN_OLD;
    if (issued_s - ID_TOKEN_LEEWAY_S > now_s || from_s - ID_TOKEN_LEEWAY_S > now_s)
        return PROBLEM_TOKEN_EARLY;
    return PROBLEM_NONE;
}

/* Some providers spell it as text. */
static bool is_verified(const struct json *object)
{
    const struct json *verified = ts_json_member(object, "email_verified");

    return ts_json_is_true(verified) || is_text(verified, "true");
}

enum problem id_token_check(const struct json *payload, const struct id_token_wish *wish,
                            struct id_token_claims *ret_claims)
{
    const char *subject = text_of(payload, "sub");
    enum problem problem = check_party(payload, wish);

    problem = problem ? problem : check_times(payload, wish->now_s);
    if (problem)
        return problem;
    if (!ts_secret_equal(text_of(payload, "nonce"), wish->nonce))
        return PROBLEM_TOKEN_SIGN_IN;
    if (!subject || !*subject || strlen(subject) > SUBJECT_SIZE_MAX)
        return PROBLEM_TOKEN_NAMELESS;
    *ret_claims = (struct id_token_claims){ .subject = subject,
                                            .session_id = text_of(payload, "sid"),
                                            .email = text_of(payload, "email"),
                                            .name = text_of(payload, "name"),
                                            .email_verified = is_verified(payload) };
    return PROBLEM_NONE;
}

enum problem logout_token_check(const struct json *payload, const struct id_token_wish *wish,
                                struct id_token_claims *ret_claims)
{
    const struct json *events = ts_json_member(payload, "events");
    struct id_token_claims claims = { .subject = text_of(payload, "sub"),
                                      .session_id = text_of(payload, "sid"),
                                      .token_id = text_of(payload, "jti") };
    enum problem problem = check_party(payload, wish);
    int64_t issued_s;

    problem = problem ? problem : check_times(payload, wish->now_s);
    if (problem)
        return problem;
    if (!ts_json_is_object(ts_json_member(events, "http://schemas.openid.net/event/backchannel-logout")) ||
        ts_json_member(payload, "nonce"))
        return PROBLEM_LOGOUT_NONE;
    if (!ts_json_integer(ts_json_member(payload, "iat"), &issued_s) || issued_s + LOGOUT_TOKEN_S_MAX < wish->now_s)
        return PROBLEM_TOKEN_OLD;
    if (!claims.token_id || !*claims.token_id)
        return PROBLEM_LOGOUT_NO_ID;
    if (!claims.subject && !claims.session_id)
        return PROBLEM_TOKEN_NAMELESS;
    *ret_claims = claims;
    return PROBLEM_NONE;
}

bool id_token_add(const struct json *userinfo, struct id_token_claims *claims)
{
    const char *name = text_of(userinfo, "name");

    if (!is_text(ts_json_member(userinfo, "sub"), claims->subject))
        return false;
    if (!claims->email) {
        claims->email = text_of(userinfo, "email");
        claims->email_verified = is_verified(userinfo);
    }
    claims->name = claims->name ? claims->name : name;
    return true;
}
