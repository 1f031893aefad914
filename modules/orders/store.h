/*
 * Orders as documents: keys, indexes, and the claim on an order's code. An order is read whole, changed as a copy, and
 * put only if nobody else did so first.
 */
#ifndef ORDERS_STORE_H
#define ORDERS_STORE_H

#include "orders/v1/orders.pb-c.h"
#include "tessera/store.h"

extern const struct ts_collection orders_collection;
extern const struct ts_collection order_codes_collection;

struct order {
    const Orders__Order *body; /* NULL: there is none */
    int64_t version;
};

/* Return: 0 and *ret_order, also when there is none; a ts_error. */
int store_get_order(struct ts_call *call, const char *id, struct order *ret_order);
/* orders[i] for ids[i]; a NULL id gives none. */
int store_get_orders(struct ts_call *call, const char *const *ids, size_t count, struct order *ret_orders);

/* The key of an idempotent creation, for orders that are not keyed by a hold that their caller had. */
struct order_creation {
    const char *scope;
    const ProtobufCMessage *input;
};

/*
 * Record the creation's key (unless NULL), claim the order's code, then insert the order.
 * Return: 0; ORDER_CODE_TAKEN: choose another; ORDER_EXISTS: somebody placed it; ORDER_KEY_TAKEN; a ts_error.
 */
enum store_insert_outcome { ORDER_CODE_TAKEN = 1, ORDER_EXISTS = 2, ORDER_KEY_TAKEN = 3 };
int store_insert_order(struct ts_call *call, const Orders__Order *order, const struct order_creation *creation);

/* A copy of the newest version to change: without entries, which are of one version alone. */
Orders__Order *store_edit_order(struct ts_call *call, const struct order *order);

/* Put `next` after the version it was edited from. Return: 0; TS_WRITE_CONFLICT; a ts_error. */
int store_put_order(struct ts_call *call, const struct order *from, const Orders__Order *next);

/*
 * The ids of all orders with `code`, over all organizers; exact: see struct ts_scan. Return: 0 and the list, in
 * call->arena; a ts_error.
 */
int store_find_code(struct ts_call *call, const char *code, bool exact, const char ***ret_ids, size_t *ret_count);

/* The scan of an event's orders, newest first; `status` NULL: all. */
/* An account's orders by ts_email_hash of its address, newest first; without a limit. */
struct ts_scan store_buyer_scan(const char *email_hash);

struct ts_scan store_event_scan(const char *event_id, const Orders__OrderStatus *status);

/*
 * Orders that name an address, as their buyer's or else as an attendee's: a page of one sort, newest first, from the
 * cursor. Return: 0; TS_EINVALID; a ts_error.
 */
int store_list_person(struct ts_call *call, const Orders__ListPersonOrdersRequest *request, bool attended,
                      const char *cursor, struct ts_page *ret_page);

/* Versions of one order, newest first, before a version (0: from the newest). Return: 0; a ts_error. */
int store_list_versions(struct ts_call *call, const char *id, int64_t before, struct ts_page *ret_page);

/* Take parts (tessera/store.h) out of all versions of an order. Return: 0; a ts_error. */
int store_erase_parts(struct ts_call *call, const char *id, const char *const *parts, size_t count);

#endif
