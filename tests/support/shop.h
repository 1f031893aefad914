/*
 * A promoter with one published test-mode event, and a buyer's walk through it, by the modules' own stubs. Each
 * function asserts that it went well; what it returns lives in call->arena. All run as the owner or as nobody in
 * particular, and leave the call as the owner's.
 */
#ifndef SUPPORT_SHOP_H
#define SUPPORT_SHOP_H

#include "orders/v1/orders.pb-c.h"
#include "support/harness.h"

struct shop {
    char *organizer_id, *event_id, *date_id, *type_id, *quota_id;
};

/* An event of tomorrow with one date, one type at 10.00 EUR and a quota of `size` places. */
struct shop shop_open(struct ts_call *call, int size);

/* Another published event of the same organizer, with the same shape. */
struct shop shop_open_event(struct ts_call *call, const char *organizer_id, const char *slug, int size);

/* Hold `quantity` places. Return: the token. */
char *shop_hold(struct ts_call *call, const struct shop *shop, int quantity);

/* Hold and order. Return: the order, PENDING, with its secret. */
const Orders__Order *shop_order(struct ts_call *call, const struct shop *shop, int quantity);

/* Pay by the sandbox. */
void shop_pay(struct ts_call *call, const Orders__Order *order);

/* Hold, order and pay. Return: the order as it is then, with its secret. */
const Orders__Order *shop_sell(struct ts_call *call, const struct shop *shop, int quantity);

/* The order by code and secret, as its buyer sees it. */
const Orders__Order *shop_read(struct ts_call *call, const Orders__Order *order);

#endif
