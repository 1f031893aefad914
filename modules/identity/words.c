/*
 * Nothing of what a stranger typed stands in a mail: not even the name that he gave, for he chose to whom it goes.
 */
#include "words.h"

static const struct mails *const languages[TS_LANGUAGES] = {
    [TS_ENGLISH] = &mails_en,  [TS_GERMAN] = &mails_de, [TS_FRENCH] = &mails_fr,
    [TS_JAPANESE] = &mails_ja, [TS_ARABIC] = &mails_ar,
};

/* NULL: it has no link. */
static const char *const pages[MAIL_KINDS] = {
    [IDENTITY__MAIL_KIND__VERIFY_EMAIL] = "verify-email",    [IDENTITY__MAIL_KIND__RESET_PASSWORD] = "reset-password",
    [IDENTITY__MAIL_KIND__INVITATION] = "accept-invitation", [IDENTITY__MAIL_KIND__SIGN_IN] = "sign-in",
    [IDENTITY__MAIL_KIND__CHANGE_EMAIL] = "change-email",    [IDENTITY__MAIL_KIND__EMAIL_CHANGED] = "undo-email-change",
};

const struct mails *words_mails(enum ts_language language)
{
    return languages[language];
}

static const char *fill(struct ts_arena *arena, const char *text, const char *name, const char *value)
{
    return ts_words_fill(arena, text, (const struct ts_word[]){ { name, value }, { NULL, NULL } });
}

bool words_write(struct ts_arena *arena, const struct mail_facts *facts, struct ts_mail *ret_mail)
{
    const struct mails *mails = words_mails(facts->language);
    const char *page = words_page(facts->kind);
    const char **paragraphs = TS_NEW_ARRAY(arena, const char *, PARAGRAPHS_MAX + 3);
    const struct mail_text *text;
    size_t count = 0;

    if ((size_t)facts->kind >= MAIL_KINDS)
        return false;
    text = &mails->kinds[facts->kind];
    if (facts->team)
        paragraphs[count++] = fill(arena, mails->team, "team", facts->team);
    for (size_t i = 0; i < PARAGRAPHS_MAX && text->paragraphs[i]; i++)
        paragraphs[count++] = text->paragraphs[i];
    if (page && !facts->link && facts->token)
        paragraphs[count++] = fill(arena, mails->token, "token", facts->token);
    ret_mail->language = facts->language;
    ret_mail->subject = text->subject;
    ret_mail->paragraphs = paragraphs;
    ret_mail->link = page ? facts->link : NULL;
    ret_mail->link_text = text->link_text;
    return true;
}

const char *words_page(Identity__MailKind kind)
{
    return (size_t)kind < MAIL_KINDS ? pages[kind] : NULL;
}
