/* What the files of this module share: its state, the handlers, and the steps of an order's machine. */
#ifndef ORDERS_ORDERS_H
#define ORDERS_ORDERS_H

#include "catalog/v1/catalog.rpc.h"
#include "code.h"
#include "counts.h"
#include "inventory/v1/inventory.rpc.h"
#include "orders/v1/orders.rpc.h"
#include "rules.h"
#include "store.h"
#include "tessera/log.h"

enum {
    ORDERS_TRIES = 8,                 /* how often a change that lost a race decides again */
    ORDERS_STEP_MS = 15 * 1000,       /* a half-done change is continued after this: whoever began it has ended */
    ORDERS_AGAIN_MS = 15 * 60 * 1000, /* how long a late payment's new hold stands before it is sold */
    ORDERS_SEARCH_MAX = 100000,       /* orders of one event that a search by text looks at */
    ORDERS_STATUSES = 4,
};

struct orders_state {
    struct counts *counts;
    struct order_code_run codes;
    struct ts_metric *changes[ORDERS_STATUSES]; /* orders that became PENDING, PAID, … */
};

/* ---- handlers, by file */

int place_order(struct ts_call *call, const Orders__PlaceOrderRequest *request, Orders__PlaceOrderReply *ret_reply);
int cancel_order(struct ts_call *call, const Orders__CancelOrderRequest *request, Orders__CancelOrderReply *ret_reply);

int give_comps(struct ts_call *call, const Orders__GiveCompsRequest *request, Orders__PlaceOrderReply *ret_reply);

int get_order(struct ts_call *call, const Orders__GetOrderRequest *request, Orders__GetOrderReply *ret_reply);
int get_orders(struct ts_call *call, const Orders__IdsRequest *request, Orders__GetOrdersReply *ret_reply);
int get_positions(struct ts_call *call, const Orders__IdsRequest *request, Orders__GetPositionsReply *ret_reply);
int list_orders(struct ts_call *call, const Orders__ListOrdersRequest *request, Orders__ListOrdersReply *ret_reply);
int find_guests(struct ts_call *call, const Orders__FindGuestsRequest *request, Orders__FindGuestsReply *ret_reply);
int list_viewer_orders(struct ts_call *call, const Orders__ListViewerOrdersRequest *request,
                       Orders__ListViewerOrdersReply *ret_reply);
int read_order(struct ts_call *call, const Orders__ReadOrderRequest *request, Orders__ReadOrderReply *ret_reply);
int count_positions(struct ts_call *call, const Orders__CountPositionsRequest *request,
                    Orders__CountPositionsReply *ret_reply);

int extend_order(struct ts_call *call, const Orders__ExtendOrderRequest *request, Orders__ExtendOrderReply *ret_reply);
int settle_order(struct ts_call *call, const Orders__SettleOrderRequest *request, Orders__SettleOrderReply *ret_reply);

int list_person_orders(struct ts_call *call, const Orders__ListPersonOrdersRequest *request,
                       Orders__ListPersonOrdersReply *ret_reply);
int erase_from_order(struct ts_call *call, const Orders__EraseFromOrderRequest *request,
                     Orders__EraseFromOrderReply *ret_reply);
int erase_event_names(struct ts_call *call, const Orders__EraseEventNamesRequest *request,
                      Orders__EraseEventNamesReply *ret_reply);

int tell_cancelled(struct ts_call *call, const Orders__TellCancelledRequest *request,
                   Orders__TellCancelledReply *ret_reply);

int orders_continue(struct ts_call *call, const char *id);
int orders_on_changed(struct ts_call *call, const ProtobufCMessage *event);

/* ---- what a caller may see (api_read.c) */

/* The order as `grant` may see it: its secret only for its buyer, nothing of the machinery. NULL if not at all. */
Orders__Order *orders_view(struct ts_call *call, const Orders__Order *order, const Common__Grant *grant);

/* ---- placing (api.c) */

/* Key, e-mail, names: each refusal of what the client wrote is noted. Return: 0; TS_REFUSED. */
int orders_check_input(struct ts_call *call, const Orders__PlaceOrderRequest *request);

/* Fill in the order of a hold, PENDING. Return: 0; TS_REFUSED: the attendees do not fit; a ts_error. */
int orders_build(struct ts_call *call, const Orders__PlaceOrderRequest *request, const Inventory__Hold *hold,
                 const Catalog__Event *event, Orders__Order *order);

/* Find it a code and insert it. Return: 0; ORDER_EXISTS; ORDER_KEY_TAKEN; a ts_error. */
int orders_insert(struct ts_call *call, Orders__Order *order, const struct order_creation *creation);

/*
 * A PENDING order and its hold: keep the hold, and go on to PAID when there is nothing to pay. Free ones look at the
 * event once more, since this is their last put.
 * Return: 0; TS_WRITE_CONFLICT: decide again; ORDERS_CLOSED; a ts_error.
 */
int orders_advance(struct ts_call *call, struct order *order);

/* ---- steps (api_settle.c) */

/*
 * Put `next` after `order`, with the entries and the due time that its status asks for unless it has one of its own,
 * and tell who listens. On success `order` is what was put.
 * Return: 0; TS_WRITE_CONFLICT; a ts_error.
 */
int orders_put(struct ts_call *call, struct order *order, Orders__Order *next);

/* Tell who listens of what is now stored. */
void orders_announce(struct ts_call *call, const Orders__Order *order, int64_t version);

/*
 * May places of these positions still be sold? Read just before the last put (ARCHITECTURE.md, Places, closing).
 * `started`: the order is placed, so only a cancellation stands in its way. Return: 0; ORDERS_CLOSED; a ts_error.
 * *ret_sale may be NULL.
 */
enum orders_sale { ORDERS_CLOSED = 1 };
int orders_check_sale(struct ts_call *call, const char *event_id, char *const *date_ids, size_t date_count,
                      bool started, const Catalog__GetSaleReply **ret_sale);
int orders_check_open(struct ts_call *call, const Orders__Order *order);

/* The dates of its positions, each once. Return: their ids, in call->arena. */
char **orders_date_ids(struct ts_call *call, const Orders__Order *order, size_t *ret_count);

/*
 * Sell the hold of a PENDING order and make it PAID (by `payment_id`; NULL: nobody, it is free).
 * Return: 0 and `order` is PAID; ORDERS_HOLD_GONE; TS_WRITE_CONFLICT: decide again; a ts_error.
 */
enum orders_sell { ORDERS_HOLD_GONE = 2 };
int orders_sell(struct ts_call *call, struct order *order, const char *payment_id);

/* Release the hold of a PENDING order and make it EXPIRED, or PAID if the hold proves SOLD. Return: as orders_sell().
 */
int orders_expire(struct ts_call *call, struct order *order);

/* Release what a CANCELLED order had. Return: as orders_sell(). */
int orders_free(struct ts_call *call, struct order *order);

#endif
