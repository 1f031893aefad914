/*
 * The second factor: set up by who is signed in and says his password again, then asked for after each sign-in that
 * began without it. It is on once a code has shown that the app has the secret.
 */
#include <string.h>

#include "api.h"
#include "challenge.h"
#include "factor.h"
#include "guess.h"
#include "link.h"
#include "store.h"
#include "tessera/id.h"
#include "tessera/reply.h"
#include "tessera/security.h"
#include "token.h"

static const char sign_in_purpose[] = "identity/challenge/sign-in";

/* Who asks, and his factor as it is. */
struct person {
    const Identity__Account *account;
    const Identity__SecondFactor *factor; /* NULL: there never was one */
    int64_t factor_version;
};

/* Return: 0, and it is he (caller_confirm); TS_REFUSED; TS_EUNAUTHENTICATED; another ts_error. */
static int person_open(struct ts_call *call, const char *password, struct person *ret_person)
{
    int r = caller_account(call, &ret_person->account);

    r = r ? r : caller_confirm(call, ret_person->account, password, "password");
    return r ? r : store_get_factor(call, ret_person->account->id, &ret_person->factor, &ret_person->factor_version);
}

/* ---- setting up: what the app is to have is named by a token, so that nothing is written before it is used */

/* "tot_….MAC" of an account. */
static char *totp_token_make(struct ts_call *call, const char *totp_id, const char *account_id)
{
    return token_make(call, "identity/totp/token", totp_id, account_id);
}

/* Return: the id that it names; NULL when it is none of ours, of another account, or too old. */
static const char *totp_token_read(struct ts_call *call, const char *text, const char *account_id)
{
    const char *id =
        text && strnlen(text, TS_ID_LENGTH) == TS_ID_LENGTH ? ts_strndup(call->arena, text, TS_ID_LENGTH) : NULL;

    return ts_id_is(id, "tot") && ts_now_ms(call) < ts_id_time_ms(id) + FACTOR_TOKEN_MS &&
                   ts_secret_equal(totp_token_make(call, id, account_id), text)
               ? id
               : NULL;
}

int start_totp(struct ts_call *call, const Identity__StartTotpRequest *request, Identity__StartTotpReply *ret_reply)
{
    struct person person = { NULL };
    uint8_t secret[TOTP_SECRET_SIZE];
    const char *id;
    int r = person_open(call, request->password, &person);

    if (r)
        return r;
    if (factor_is_on(person.factor))
        return refuse(call, REFUSAL_FACTOR_ON);
    id = ts_id_new(call, "tot");
    factor_totp_secret(call, id, secret);
    ret_reply->token = totp_token_make(call, id, person.account->id);
    ret_reply->secret = totp_secret_text(call->arena, secret);
    ret_reply->uri = totp_uri(call->arena, secret, person.account->email);
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__PUBLIC, NULL);
    return 0;
}

static void recovery_fill(struct ts_call *call, const Identity__SecondFactor *factor,
                          Identity__RecoveryCodesReply *reply)
{
    reply->recovery_codes = TS_NEW_ARRAY(call->arena, char *, RECOVERY_CODES);
    for (; reply->n_recovery_codes < RECOVERY_CODES; reply->n_recovery_codes++)
        reply->recovery_codes[reply->n_recovery_codes] =
            factor_recovery_code(call, factor, (unsigned)reply->n_recovery_codes);
    reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__PUBLIC, NULL);
}

int confirm_totp(struct ts_call *call, const Identity__ConfirmTotpRequest *request,
                 Identity__RecoveryCodesReply *ret_reply)
{
    const Identity__Account *account;
    const Identity__SecondFactor *before;
    Identity__SecondFactor factor;
    uint8_t secret[TOTP_SECRET_SIZE];
    const char *totp_id;
    int64_t version;
    int r = caller_account(call, &account);

    r = r ? r : store_get_factor(call, account->id, &before, &version);
    if (r)
        return r;
    if (factor_is_on(before))
        return refuse(call, REFUSAL_FACTOR_ON);
    totp_id = totp_token_read(call, request->token, account->id);
    if (!totp_id)
        return refuse(call, REFUSAL_FACTOR_TOKEN);
    factor = factor_new(call, account->id, totp_id);
    factor_totp_secret(call, totp_id, secret);
    factor.step_used = totp_find_step(secret, request->code, factor.since_ms, 0);
    if (!factor.step_used)
        return refuse(call, REFUSAL_CODE);
    r = store_put_factor(call, &factor, version);
    if (r)
        return r == STORE_CONFLICT ? refuse(call, REFUSAL_FACTOR_ON) : r;
    ts_security(call, TS_SECURITY_FACTOR_CHANGED, account->id);
    recovery_fill(call, &factor, ret_reply);
    return mail_tell(call, IDENTITY__MAIL_KIND__SECOND_FACTOR_ON, account);
}

/* ---- changing what is on: by password and a code */

static int factor_open(struct ts_call *call, const Identity__FactorRequest *request, struct person *ret_person)
{
    int r = person_open(call, request->password, ret_person);

    if (r)
        return r;
    if (!factor_is_on(ret_person->factor))
        return refuse(call, REFUSAL_FACTOR_OFF);
    r = factor_use(call, ret_person->account->id, request->code);
    r = r ? r : store_get_factor(call, ret_person->account->id, &ret_person->factor, &ret_person->factor_version);
    return r || factor_is_on(ret_person->factor) ? r : refuse(call, REFUSAL_FACTOR_OFF);
}

/* Return: 0; TS_EABORTED: somebody else changed it meanwhile; a ts_error. */
static int factor_change(struct ts_call *call, const struct person *person, const Identity__SecondFactor *factor)
{
    int r = store_put_factor(call, factor, person->factor_version);

    if (r)
        return r > 0 ? TS_EABORTED : r;
    ts_security(call, TS_SECURITY_FACTOR_CHANGED, person->account->id);
    return 0;
}

int remove_totp(struct ts_call *call, const Identity__FactorRequest *request, Identity__AcceptedReply *ret_reply)
{
    struct person person = { NULL };
    Identity__SecondFactor factor;
    int r = factor_open(call, request, &person);

    if (r)
        return r;
    factor = *person.factor;
    factor.totp_id = NULL;
    r = factor_change(call, &person, &factor);
    if (r)
        return r;
    (void)answer_accepted(call, ret_reply);
    return mail_tell(call, IDENTITY__MAIL_KIND__SECOND_FACTOR_OFF, person.account);
}

int renew_recovery_codes(struct ts_call *call, const Identity__FactorRequest *request,
                         Identity__RecoveryCodesReply *ret_reply)
{
    struct person person = { NULL };
    Identity__SecondFactor factor;
    int r = factor_open(call, request, &person);

    if (r)
        return r;
    factor = *person.factor;
    factor_renew_recovery(call, &factor);
    r = factor_change(call, &person, &factor);
    if (r)
        return r;
    recovery_fill(call, &factor, ret_reply);
    return 0;
}

/* ---- signing in with it */

/* Another password or another app, and it is good no more. */
static const char *sign_in_bound(struct ts_call *call, const Identity__Account *account,
                                 const Identity__SecondFactor *factor)
{
    return ts_printf(call->arena, "%s %s", account->secret_password ? account->secret_password : "", factor->totp_id);
}

int session_admit(struct ts_call *call, const Identity__Account *account, Identity__SessionReply *ret_reply)
{
    const Identity__SecondFactor *factor;
    int64_t version;
    int r = store_get_factor(call, account->id, &factor, &version);

    if (r)
        return r;
    if (!factor_is_on(factor))
        return session_begin(call, account->id, ret_reply);
    ret_reply->challenge = challenge_make(call, sign_in_purpose, account->id, sign_in_bound(call, account, factor));
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__PUBLIC, NULL);
    return 0;
}

int complete_sign_in(struct ts_call *call, const Identity__CompleteSignInRequest *request,
                     Identity__SessionReply *ret_reply)
{
    const Identity__Account *account = NULL;
    const Identity__SecondFactor *factor = NULL;
    const Identity__BroughtBy *by = NULL;
    int64_t version;
    int r = guess_charge(call, NULL);

    r = r ? r : store_get_account(call, challenge_names(call, request->challenge), &account, &version);
    if (r == 0 && account)
        r = store_get_factor(call, account->id, &factor, &version);
    if (r)
        return r;
    if (!account || !factor_is_on(factor) ||
        !challenge_is_good(call, request->challenge, sign_in_purpose, sign_in_bound(call, account, factor)))
        return refuse(call, REFUSAL_CHALLENGE);
    r = factor_use(call, account->id, request->code);
    r = r ? r : challenge_use(call, request->challenge);
    if (r)
        return r;
    guess_refund(call, NULL);
    r = store_get_brought(call, challenge_id(call, request->challenge), &by);
    if (r)
        return r;
    return session_begin_by(call, account->id, by, ret_reply);
}
