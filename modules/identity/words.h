/* What the mails say, by their kind. */
#ifndef IDENTITY_WORDS_H
#define IDENTITY_WORDS_H

#include "identity/v1/identity.pb-c.h"
#include "tessera/mail.h"

/*
 * What a mail says, from its kind; `link` is its link's URL and `token` the link's token (NULL: it has none, or they
 * are told where a page takes them), `team` the name of the team that it is about.
 * Return: false when the kind says nothing.
 */
bool words_write(struct ts_arena *arena, Identity__MailKind kind, const char *link, const char *token, const char *team,
                 struct ts_mail *ret_mail);

/* The page that takes the link of such a mail, below --account-url; NULL: it has none. */
const char *words_page(Identity__MailKind kind);

#endif
