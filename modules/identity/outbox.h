/* Mails on their way: the work documents by which they are sent (tessera/mail.h). */
#ifndef IDENTITY_OUTBOX_H
#define IDENTITY_OUTBOX_H

#include "identity/v1/identity.pb-c.h"
#include "tessera/mail.h"

/* The work document of a mail; see ts_mail_work_new(). */
Common__MailWork *outbox_work_new(struct ts_call *call, const char *mail_id);

/* The handler of a work document that is due. */
int outbox_continue(struct ts_call *call, const char *id);

#endif
