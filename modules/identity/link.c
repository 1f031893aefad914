/* See link.h. */
#include "link.h"

#include "api.h"
#include "guess.h"
#include "store.h"
#include "tessera/id.h"
#include "tessera/password.h"
#include "tessera/reply.h"
#include "tessera/text.h"
#include "token.h"

/* ---- mails */

char *language_asked(struct ts_call *call)
{
    return (char *)ts_language_tag(ts_language_of(call->locale));
}

Identity__Mail mail_new(struct ts_call *call, Identity__MailKind kind, const char *email)
{
    Identity__Mail mail = IDENTITY__MAIL__INIT;

    mail.id = (char *)ts_id_new(call, "mal");
    mail.has_kind = true;
    mail.kind = kind;
    mail.email = (char *)email;
    mail.email_hash = (char *)email_hash(call, email);
    mail.has_created_at_ms = mail.has_expires_at_ms = true;
    mail.created_at_ms = ts_now_ms(call);
    mail.expires_at_ms = mail.created_at_ms + link_ms(kind);
    mail.language = language_asked(call);
    return mail;
}

int mail_for_owner(struct ts_call *call, const char *text, Identity__MailKind kind, Identity__Mail *ret_mail)
{
    const char *email = ts_text_trim(call->arena, text);
    const Identity__Account *account;
    int64_t version;
    int r;

    if (!ts_text_is_email(email))
        return refuse(call, REFUSAL_EMAIL);
    r = guess_charge(call, NULL);
    r = r ? r : store_find_account(call, email, &account, &version);
    if (r)
        return r;
    *ret_mail = mail_new(call, account ? kind : IDENTITY__MAIL_KIND__ACCOUNT_UNKNOWN, account ? account->email : email);
    ret_mail->account_id = account ? account->id : NULL;
    return 0;
}

int mail_send(struct ts_call *call, const Identity__Mail *mail)
{
    int64_t count;
    int r = store_count_mails(call, mail->email, mail->created_at_ms - TS_HOUR_MS, MAILS_PER_HOUR_MAX, &count);

    if (r || count >= MAILS_PER_HOUR_MAX)
        return r;
    r = store_insert_mail(call, mail);
    return r > 0 ? TS_EABORTED : r;
}

int mail_accept(struct ts_call *call, const Identity__Mail *mail, Identity__AcceptedReply *ret_reply)
{
    int r = mail_send(call, mail);

    return r ? r : answer_accepted(call, ret_reply);
}

int mail_tell(struct ts_call *call, Identity__MailKind kind, const Identity__Account *account)
{
    Identity__Mail mail = mail_new(call, kind, account->email);
    int r;

    mail.account_id = account->id;
    mail.language = account->language ? account->language : mail.language;
    r = store_insert_mail(call, &mail);
    return r > 0 ? TS_EABORTED : r;
}

/* ---- links */

int link_open(struct ts_call *call, const char *token, Identity__MailKind kind, struct opened *ret_opened)
{
    const char *mail_id = link_token_mail(call, token);
    struct opened opened = { NULL };
    int64_t account_version;
    int r = mail_id ? store_get_mail(call, mail_id, &opened.mail, &opened.mail_version) : 0;

    if (r == 0 && opened.mail)
        r = store_get_account(call, opened.mail->account_id, &opened.account, &account_version);
    if (r)
        return r;
    if (!opened.mail || !link_is_good(opened.mail, kind, ts_now_ms(call)) ||
        link_needs_account(kind) != (opened.account != NULL) ||
        !link_token_is_of(call, token, opened.mail, opened.account))
        return refuse(call, REFUSAL_LINK);
    *ret_opened = opened;
    return 0;
}

int link_use(struct ts_call *call, const struct opened *opened)
{
    Identity__Mail mail = *opened->mail;
    int r;

    mail.has_used_at_ms = true;
    mail.used_at_ms = ts_now_ms(call);
    r = store_put_mail(call, &mail, opened->mail_version);
    return r > 0 ? refuse(call, REFUSAL_LINK) : r;
}

int link_hash(struct ts_call *call, const Identity__PasswordRequest *request, Identity__MailKind kind,
              struct opened *ret_opened, const char **ret_hash)
{
    struct opened opened = { NULL };
    int r = link_open(call, request->token, kind, &opened);
    enum refusal refusal;

    if (r || !opened.mail)
        return r;
    refusal = password_check(call->arena, request->password, opened.mail->email);
    if (refusal)
        return refuse(call, refusal);
    *ret_opened = opened;
    return ts_password_hash(call, request->password, ret_hash);
}

int link_take(struct ts_call *call, const Identity__PasswordRequest *request, Identity__MailKind kind,
              struct opened *ret_opened, const char **ret_hash)
{
    int r = link_hash(call, request, kind, ret_opened, ret_hash);

    return r || !ret_opened->mail ? r : link_use(call, ret_opened);
}
