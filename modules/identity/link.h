/*
 * Mails, and the links in them: what a link opens is opened once, for its kind and time. What is told to who only
 * knows an address does not depend on whether it has an account: the mail says it.
 */
#ifndef IDENTITY_LINK_H
#define IDENTITY_LINK_H

#include "identity/v1/identity.pb-c.h"
#include "tessera/call.h"

/* The tag of the language that is asked in, or of the one that we write instead. Not to be changed. */
char *language_asked(struct ts_call *call);

/* A mail to this address in the language that is asked in, to be filled further. */
Identity__Mail mail_new(struct ts_call *call, Identity__MailKind kind, const char *email);

/*
 * One of `kind` to the owner of the account at the address that somebody wrote, or word that there is no account there.
 * Counts as a guess. Return: 0 and *ret_mail; TS_REFUSED; a ts_error.
 */
int mail_for_owner(struct ts_call *call, const char *text, Identity__MailKind kind, Identity__Mail *ret_mail);

/* Send it, unless the address has had enough, whoever asked. Return: 0; a ts_error. */
int mail_send(struct ts_call *call, const Identity__Mail *mail);

/* The same, and say that it was accepted. */
int mail_accept(struct ts_call *call, const Identity__Mail *mail, Identity__AcceptedReply *ret_reply);

/*
 * Tell an account's owner what was done to it, whatever else went to his address; in his language, for who did it may
 * be another. Return: 0; a ts_error.
 */
int mail_tell(struct ts_call *call, Identity__MailKind kind, const Identity__Account *account);

/* What a link opens. */
struct opened {
    const Identity__Mail *mail;
    int64_t mail_version;
    const Identity__Account *account; /* that the mail names; NULL: none, or not made yet */
};

/* Return: 0 and *ret_opened, for a link of this kind that is good; TS_REFUSED; a ts_error. */
int link_open(struct ts_call *call, const char *token, Identity__MailKind kind, struct opened *ret_opened);

/* From here on it opens nothing. Return: 0; TS_REFUSED: somebody was faster; a ts_error. */
int link_use(struct ts_call *call, const struct opened *opened);

/* Open a link and hash the password that it is to set; and use it as well. Return: 0; TS_REFUSED; a ts_error. */
int link_hash(struct ts_call *call, const Identity__PasswordRequest *request, Identity__MailKind kind,
              struct opened *ret_opened, const char **ret_hash);
int link_take(struct ts_call *call, const Identity__PasswordRequest *request, Identity__MailKind kind,
              struct opened *ret_opened, const char **ret_hash);

#endif
