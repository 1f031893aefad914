/*
 * Another address for an account: asked for with its password, proved by a mail to the new one, told to the old one.
 * Who reads that, and did not ask, undoes it and chooses another password, for a week: whoever did ask knew the one
 * before.
 */
#include <string.h>

#include "api.h"
#include "factor.h"
#include "guess.h"
#include "link.h"
#include "store.h"
#include "tessera/id.h"
#include "tessera/text.h"

int request_email_change(struct ts_call *call, const Identity__RequestEmailChangeRequest *request,
                         Identity__AcceptedReply *ret_reply)
{
    const char *email = ts_text_trim(call->arena, request->new_email);
    const Identity__Account *account, *other;
    Identity__Mail mail;
    int64_t version;
    int r = caller_account(call, &account);

    if (r)
        return r;
    if (!ts_text_is_email(email))
        return refuse(call, REFUSAL_NEW_EMAIL);
    r = guess_charge(call, NULL);
    r = r ? r : caller_confirm(call, account, request->password, "password");
    r = r ? r : store_find_account(call, email, &other, &version);
    if (r)
        return r;
    if (other && strcmp(other->id, account->id) == 0)
        other = NULL; /* it is spelled otherwise */
    mail = mail_new(call, other ? IDENTITY__MAIL_KIND__ACCOUNT_EXISTS : IDENTITY__MAIL_KIND__CHANGE_EMAIL, email);
    mail.account_id = other ? other->id : account->id;
    return mail_accept(call, &mail, ret_reply);
}

/* Nobody else has it. Return: 0; TS_REFUSED; a ts_error. */
static int address_check(struct ts_call *call, const char *email, const Identity__Account *account)
{
    const Identity__Account *other = NULL;
    int64_t version;
    int r = store_find_account(call, email, &other, &version);

    if (r)
        return r;
    return other && strcmp(other->id, account->id) != 0 ? refuse(call, REFUSAL_EMAIL_TAKEN) : 0;
}

/* The old address is told first: a crash may tell of what was not done, but never leaves untold what was. */
int confirm_email_change(struct ts_call *call, const Identity__TokenRequest *request,
                         Identity__AcceptedReply *ret_reply)
{
    const Identity__Account *account;
    struct opened opened = { NULL };
    int r = caller_account(call, &account);

    r = r ? r : link_open(call, request->token, IDENTITY__MAIL_KIND__CHANGE_EMAIL, &opened);
    if (r || !opened.mail)
        return r;
    if (strcmp(opened.account->id, account->id) != 0)
        return refuse(call, REFUSAL_LINK);
    r = address_check(call, opened.mail->email, account);
    r = r ? r : link_use(call, &opened);
    r = r ? r : mail_tell(call, IDENTITY__MAIL_KIND__EMAIL_CHANGED, account);
    r = r ? r : account_change(call, account->id, opened.mail->email, NULL);
    return r ? r : answer_accepted(call, ret_reply);
}

/* Passkeys, providers' identities and a second factor that came since then are whose the change was. */
static int identity_drop_since(struct ts_call *call, const char *id, int64_t since_ms)
{
    const Identity__ProviderIdentity *before;
    int64_t version;
    int r = store_get_identity(call, id, &before, &version);

    return r || !before || before->linked_at_ms < since_ms ? r : store_erase_identity(call, id);
}

static int identities_drop_since(struct ts_call *call, const char *account_id, int64_t since_ms)
{
    const char *const *ids;
    size_t count;
    int r = store_list_identities(call, account_id, &ids, &count);

    for (size_t i = 0; i < count && !r; i++)
        r = identity_drop_since(call, ids[i], since_ms);
    return r;
}

static int passkeys_drop_since(struct ts_call *call, const char *account_id, int64_t since_ms)
{
    const Identity__Passkey *const *passkeys;
    size_t count;
    int r = store_list_passkeys(call, account_id, &passkeys, &count);

    for (size_t i = 0; i < count && !r; i++) {
        if (passkeys[i]->created_at_ms >= since_ms)
            r = passkey_remove(call, passkeys[i]);
    }
    return r;
}

static int factor_drop_since(struct ts_call *call, const char *account_id, int64_t since_ms)
{
    const Identity__SecondFactor *before;
    Identity__SecondFactor factor;
    int64_t version;
    int r = store_get_factor(call, account_id, &before, &version);

    if (r || !factor_is_on(before) || before->since_ms < since_ms)
        return r;
    factor = *before;
    factor.totp_id = NULL;
    r = store_put_factor(call, &factor, version);
    return r > 0 ? TS_EABORTED : r;
}

/* The link is used last: after a crash it does again what was left. */
int undo_email_change(struct ts_call *call, const Identity__PasswordRequest *request, Identity__SessionReply *ret_reply)
{
    struct opened opened = { NULL };
    const Identity__Account *account = NULL;
    const char *hash = NULL;
    int64_t version;
    int r = link_hash(call, request, IDENTITY__MAIL_KIND__EMAIL_CHANGED, &opened, &hash);

    if (r || !opened.mail)
        return r;
    r = account_change(call, opened.account->id, opened.mail->email, hash);
    r = r ? r : factor_drop_since(call, opened.account->id, opened.mail->created_at_ms);
    r = r ? r : passkeys_drop_since(call, opened.account->id, opened.mail->created_at_ms);
    r = r ? r : identities_drop_since(call, opened.account->id, opened.mail->created_at_ms);
    r = r ? r : sessions_end(call, opened.account->id);
    r = r ? r : link_use(call, &opened);
    r = r ? r : store_get_account(call, opened.account->id, &account, &version);
    if (r || !account)
        return r ? r : TS_ENOTFOUND;
    return session_admit(call, account, ret_reply);
}
