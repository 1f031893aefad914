/*
 * Who has tickets for what was cancelled hears of it by mail. A notice is what happened; its orders are gone through in
 * steps, each of which leaves a work document for every paid order that it meets, once, since order and notice are its
 * key. What the order then is, the mail says when it is sent.
 */
#ifndef ORDERS_NOTICE_H
#define ORDERS_NOTICE_H

#include "orders/v1/orders.pb-c.h"
#include "tessera/mail.h"

extern const struct ts_collection orders_notices;
extern const struct ts_collection notice_outbox; /* of common.v1.MailWork */

/* The handler of a notice that is due: one step through its orders. */
int notice_continue(struct ts_call *call, const char *id);

/* The handler of a work document that is due. */
int notice_mail_continue(struct ts_call *call, const char *id);

#endif
