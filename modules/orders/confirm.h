/* The mail that a paid order's buyer gets: what was bought, and the way to its tickets. */
#ifndef ORDERS_CONFIRM_H
#define ORDERS_CONFIRM_H

#include "orders/v1/orders.pb-c.h"
#include "tessera/mail.h"

extern const struct ts_collection orders_outbox; /* of common.v1.MailWork; its ids are those of orders as omw_ */

/*
 * To be called before an order is put PAID: a crash between the two leaves a mail that finds nothing to say, never an
 * order without one. Return: 0; a ts_error.
 */
int confirm_intend(struct ts_call *call, const char *order_id);

/* The handler of a work document that is due. */
int confirm_continue(struct ts_call *call, const char *id);

/* Where the buyer sees his order. Return: a URL; NULL when it is not known where the shop is. */
const char *confirm_link(struct ts_call *call, const Orders__Order *order);

#endif
