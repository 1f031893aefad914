/* Mails in words, by their kind. */
#ifndef IDENTITY_WORDS_H
#define IDENTITY_WORDS_H

#include "mails.h"
#include "tessera/mail.h"

/* What a mail is made from. */
struct mail_facts {
    enum ts_language language;
    Identity__MailKind kind;
    const char *link;  /* its link's URL; NULL: it has none, or no page takes it */
    const char *token; /* the link's; NULL: it has none */
    const char *team;  /* the name of the team that it is about; NULL: of none */
};

/* Return: false when the kind says nothing; else *ret_mail, but for its receiver. */
bool words_write(struct ts_arena *arena, const struct mail_facts *facts, struct ts_mail *ret_mail);

/* The page that takes the link of such a mail, below --account-url; NULL: it has none. */
const char *words_page(Identity__MailKind kind);

/* What is said in a language. */
const struct mails *words_mails(enum ts_language language);

#endif
