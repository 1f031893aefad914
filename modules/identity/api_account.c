/*
 * Accounts. Signing up only sends a mail; the account is made, and its password chosen, by who has the link. So nobody
 * can put a password of his on an address that is somebody else's, and an address that is not proved is never taken.
 * What is answered to who only knows an address does not depend on whether it has an account: the mail says it.
 */
#include <string.h>

#include "api.h"
#include "guess.h"
#include "link.h"
#include "store.h"
#include "tessera/id.h"
#include "tessera/password.h"
#include "tessera/reply.h"
#include "tessera/security.h"
#include "tessera/text.h"

int answer_accepted(struct ts_call *call, Identity__AcceptedReply *ret_reply)
{
    ret_reply->has_accepted = ret_reply->accepted = true;
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__PUBLIC, NULL);
    return 0;
}

/* What whoever guards us wants to know of; TS_SECURITY_EVENTS: the others, which anybody's mistakes are. */
static enum ts_security_event event_of(enum refusal refusal)
{
    switch (refusal) {
    case REFUSAL_CREDENTIALS:
    case REFUSAL_PASSWORD_WRONG:
        return TS_SECURITY_SIGN_IN_REFUSED;
    case REFUSAL_PASSKEY:
        return TS_SECURITY_PASSKEY_REFUSED;
    case REFUSAL_CODE:
    case REFUSAL_CHALLENGE:
        return TS_SECURITY_CODE_REFUSED;
    case REFUSAL_PAIRING:
        return TS_SECURITY_PAIRING_REFUSED;
    case REFUSAL_LINK:
    case REFUSAL_BROWSER:
        return TS_SECURITY_LINK_REFUSED;
    default:
        return TS_SECURITY_EVENTS;
    }
}

/* `path`: as the input calls what is wrong. */
static int refuse_at(struct ts_call *call, enum refusal refusal, const char *path)
{
    enum ts_security_event event = event_of(refusal);

    if (event != TS_SECURITY_EVENTS)
        ts_security(call, event, /* subject= */ NULL);
    return ts_refuse(call, (int)refusal_code(refusal), path, "%s", refusal_text(refusal));
}

int refuse(struct ts_call *call, enum refusal refusal)
{
    return refuse_at(call, refusal, refusal_path(refusal));
}

int sign_up(struct ts_call *call, const Identity__SignUpRequest *request, Identity__AcceptedReply *ret_reply)
{
    const char *email = ts_text_trim(call->arena, request->email), *name = ts_text_trim(call->arena, request->name);
    enum refusal refusal = person_check(email, name);
    const Identity__Account *account;
    Identity__Mail mail;
    int64_t version;
    int r;

    if (refusal)
        return refuse(call, refusal);
    r = guess_charge(call, NULL);
    r = r ? r : store_find_account(call, email, &account, &version);
    if (r)
        return r;
    mail = mail_new(call, account ? IDENTITY__MAIL_KIND__ACCOUNT_EXISTS : IDENTITY__MAIL_KIND__VERIFY_EMAIL, email);
    mail.name = (char *)name;
    mail.account_id = (char *)(account ? account->id : ts_id_new(call, "usr"));
    return mail_accept(call, &mail, ret_reply);
}

int request_password_reset(struct ts_call *call, const Identity__EmailRequest *request,
                           Identity__AcceptedReply *ret_reply)
{
    Identity__Mail mail;
    int r = mail_for_owner(call, request->email, IDENTITY__MAIL_KIND__RESET_PASSWORD, &mail);

    return r ? r : mail_accept(call, &mail, ret_reply);
}

int verify_email(struct ts_call *call, const Identity__PasswordRequest *request, Identity__SessionReply *ret_reply)
{
    Identity__Account account = IDENTITY__ACCOUNT__INIT;
    struct opened opened = { NULL };
    const char *hash = NULL;
    int r = link_take(call, request, IDENTITY__MAIL_KIND__VERIFY_EMAIL, &opened, &hash);

    if (r || !opened.mail)
        return r;
    account.id = opened.mail->account_id;
    account.email = opened.mail->email;
    account.name = opened.mail->name;
    account.language = opened.mail->language;
    account.secret_password = (char *)hash;
    account.has_created_at_ms = true;
    account.created_at_ms = ts_now_ms(call);
    r = store_make_account(call, &account);
    if (r)
        return r == STORE_TAKEN ? refuse(call, REFUSAL_LINK) : r; /* it was proved by another link meanwhile */
    ts_security(call, TS_SECURITY_ACCOUNT_MADE, account.id);
    return session_begin(call, account.id, ret_reply);
}

/* Return: 0; STORE_CONFLICT: decide again; STORE_TAKEN; a ts_error. */
static int account_change_once(struct ts_call *call, const char *account_id, const char *email, const char *hash)
{
    const Identity__Account *before;
    Identity__Account account;
    int64_t version;
    int r = store_get_account(call, account_id, &before, &version);

    if (r || !before)
        return r ? r : TS_ENOTFOUND;
    account = *before;
    if (hash)
        account.secret_password = (char *)hash;
    if (!email)
        return store_put_account(call, &account, version);
    account.email = (char *)email;
    return store_move_account(call, &account, version);
}

int account_change(struct ts_call *call, const char *account_id, const char *email, const char *hash)
{
    int r = STORE_CONFLICT;

    for (unsigned tries = 0; r == STORE_CONFLICT && tries < TRIES_MAX; tries++)
        r = account_change_once(call, account_id, email, hash);
    if (r == STORE_TAKEN)
        return refuse(call, REFUSAL_EMAIL_TAKEN);
    if (r)
        return r > 0 ? TS_EABORTED : r;
    ts_security(call, hash ? TS_SECURITY_PASSWORD_CHANGED : TS_SECURITY_EMAIL_CHANGED, account_id);
    return 0;
}

/* Give the account another password; all that was signed in by the one before ends. Return: 0; a ts_error. */
static int password_put(struct ts_call *call, const char *account_id, const char *hash)
{
    int r = account_change(call, account_id, NULL, hash);

    return r ? r : sessions_end(call, account_id);
}

int reset_password(struct ts_call *call, const Identity__PasswordRequest *request, Identity__SessionReply *ret_reply)
{
    struct opened opened = { NULL };
    Identity__Account account;
    const char *hash = NULL;
    int r = link_take(call, request, IDENTITY__MAIL_KIND__RESET_PASSWORD, &opened, &hash);

    if (r || !opened.account)
        return r;
    account = *opened.account;
    account.secret_password = (char *)hash;
    r = password_put(call, account.id, hash);
    return r ? r : session_admit(call, &account, ret_reply);
}

int caller_account(struct ts_call *call, const Identity__Account **ret_account)
{
    int64_t version;
    int r;

    if (call->principal->kind != TS_PRINCIPAL_USER)
        return call->principal->kind == TS_PRINCIPAL_ANONYMOUS ? TS_EUNAUTHENTICATED : TS_EDENIED;
    r = store_get_account(call, call->principal->id, ret_account, &version);
    return r == 0 && !*ret_account ? TS_EUNAUTHENTICATED : r;
}

static int password_confirm(struct ts_call *call, const Identity__Account *account, const char *password,
                            const char *path)
{
    bool right = false;
    int r = guess_charge(call, account->email);

    r = r ? r : ts_password_check(call, account->secret_password, password ? password : "", &right);
    if (r)
        return r;
    if (!right)
        return refuse_at(call, REFUSAL_PASSWORD_WRONG, path);
    guess_refund(call, account->email);
    return 0;
}

/* Did this session begin a moment ago? Refreshing makes none younger. */
static int fresh_confirm(struct ts_call *call)
{
    const Identity__Session *session = NULL;
    int64_t version;
    int r = call->principal->session_id ? store_get_session(call, call->principal->session_id, &session, &version) : 0;

    if (r)
        return r;
    return session && ts_now_ms(call) < session->created_at_ms + FRESH_SIGN_IN_MS ? 0
                                                                                  : refuse(call, REFUSAL_SIGN_IN_STALE);
}

int caller_confirm(struct ts_call *call, const Identity__Account *account, const char *password, const char *path)
{
    if (account->organizer_id)
        return refuse(call, REFUSAL_ACCOUNT_OF_ORGANIZER);
    return account->secret_password ? password_confirm(call, account, password, path) : fresh_confirm(call);
}

int change_password(struct ts_call *call, const Identity__ChangePasswordRequest *request,
                    Identity__SessionReply *ret_reply)
{
    const Identity__Account *account;
    enum refusal refusal;
    const char *hash = NULL;
    int r = caller_account(call, &account);

    if (r)
        return r;
    refusal = password_check(call->arena, request->new_password, account->email);
    if (refusal)
        return refuse_at(call, refusal, "newPassword");
    r = caller_confirm(call, account, request->current_password, "currentPassword");
    r = r ? r : ts_password_hash(call, request->new_password, &hash);
    r = r ? r : password_put(call, account->id, hash);
    return r ? r : session_begin(call, account->id, ret_reply);
}
