/*
 * Mails. What is to be said is a document of the module that says it; that it is to be sent is a *mail work document*
 * beside it (common.v1.MailWork), inserted in the same write, which ts_mail_continue() works off: it takes the document
 * by a put before it sends, so that of several processes one does, and notes what became of it. A mail is sent once for
 * each document, and again only where a process died, or a connection broke, between the sending and the note.
 *
 * Nothing is inserted without a mail server (--smtp).
 */
#ifndef TESSERA_MAIL_H
#define TESSERA_MAIL_H

#include "common/v1/common.pb-c.h"
#include "tessera/language.h"
#include "tessera/store.h"

/* One mail, in plain words; it is sent as text and as HTML. Strings are valid UTF-8, and live until it was sent. */
struct ts_mail {
    const char *to;                /* an address */
    enum ts_language language;     /* of what follows */
    const char *subject;           /* one line */
    const char *const *paragraphs; /* ends with NULL */
    const char *link;              /* after them: an http or https URL; NULL: none */
    const char *link_text;         /* one line: what the link does */
};

/* Whether there is a mail server. */
bool ts_mail_is_on(const struct ts_call *call);

/*
 * Where a page of the shop, or one that takes the links of mails to accounts, is: `path` is relative to it. The shop
 * has its pages in each language; those for accounts have it where they are the shop's. Return: a URL in call->arena;
 * NULL when we were not told where they are (--web-origin, --account-url).
 */
const char *ts_shop_url(struct ts_call *call, enum ts_language language, const char *path);
const char *ts_account_url(struct ts_call *call, enum ts_language language, const char *path);

/* The work document of this id, due at once. Return: in call->arena; NULL without a mail server. */
Common__MailWork *ts_mail_work_new(struct ts_call *call, const char *id);

/*
 * Say what the mail of a work document is. Return: 0 and *ret_mail; TS_MAIL_DROP when there is nothing to be said any
 * more; TS_MAIL_LATER when it is not known yet whether there is; a ts_error.
 */
enum { TS_MAIL_DROP = 1, TS_MAIL_LATER = 2 };
typedef int ts_mail_compose(struct ts_call *call, const char *id, struct ts_mail *ret_mail);

/*
 * The handler of a struct ts_due over `work`, an own collection of common.v1.MailWork with an index "due": send the
 * mail of this document, or see to it that it is tried again (ten times, over a day and a half).
 * Return: 0; a ts_error of the store's or of compose's.
 */
int ts_mail_continue(struct ts_call *call, const struct ts_collection *work, const char *id, ts_mail_compose *compose);

#endif
