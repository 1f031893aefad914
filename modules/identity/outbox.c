/* Work documents of mails: each mail's has its suffix. Links lead to the page that was configured (--account-url). */
#include "outbox.h"

#include "api.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/text.h"
#include "words.h"

Common__MailWork *outbox_work_new(struct ts_call *call, const char *mail_id)
{
    return ts_mail_work_new(call, ts_id_sibling(call, mail_id, "mwk"));
}

static const char *link_url(struct ts_call *call, const struct mail_facts *facts)
{
    const char *page = words_page(facts->kind);

    if (!facts->token || !page)
        return NULL;
    return ts_account_url(call, facts->language,
                          ts_printf(call->arena, "%s?token=%s", page, ts_url_escape(call->arena, facts->token)));
}

/* The team of an invitation. Return: 0 and *ret_name, NULL when there is none; a ts_error. */
static int team_name(struct ts_call *call, const Identity__Mail *mail, const char **ret_name)
{
    const Identity__Team *team = NULL;
    int64_t version;
    int r = mail->team_id ? store_get_team(call, mail->team_id, &team, &version) : 0;

    if (r == 0)
        *ret_name = team ? team->name : NULL;
    return r;
}

/* A link that was used, or is not good any more, is not sent. */
static int compose(struct ts_call *call, const char *id, struct ts_mail *ret_mail)
{
    const Identity__Mail *mail = NULL;
    struct mail_facts facts = { TS_ENGLISH };
    char *token = NULL;
    int64_t version;
    int r = store_get_mail(call, ts_id_sibling(call, id, "mal"), &mail, &version);

    if (r)
        return r;
    if (!mail || mail->has_used_at_ms || mail->expires_at_ms <= ts_now_ms(call))
        return TS_MAIL_DROP;
    facts.language = ts_language_of(mail->language);
    facts.kind = mail->kind;
    r = mail_token(call, mail, &token);
    r = r ? r : team_name(call, mail, &facts.team);
    if (r)
        return r;
    facts.token = token;
    facts.link = link_url(call, &facts);
    ret_mail->to = mail->email;
    return words_write(call->arena, &facts, ret_mail) ? 0 : TS_MAIL_DROP;
}

int outbox_continue(struct ts_call *call, const char *id)
{
    return ts_mail_continue(call, &identity_outbox, id, compose);
}
