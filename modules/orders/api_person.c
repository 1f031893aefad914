/*
 * What orders say of a person: showing it to him, and taking it out. An order keeps its number, its money and its
 * ledger; what goes are names and addresses, from every version of it. That is found again from any point at which it
 * was left: what is to go is read from all versions, and the hash by which the order is found goes last.
 */
#include <string.h>

#include "orders.h"
#include "tessera/clock.h"
#include "tessera/limits.h"
#include "tessera/sign.h"

enum {
    PARTS_MAX = 2 * TS_HOLD_PLACES_MAX + 3,
    ATTENDED = '+', /* no cursor of the store begins so */
};

/* A date that does not say when it ends is over a day after its start. */
#define DATE_MS TS_DAY_MS

/* Is it the person's address? Without a hash everybody is meant. */
static bool is_his(struct ts_call *call, const char *email, const char *hash)
{
    return !hash || (email && strcmp(ts_email_hash(call, email), hash) == 0);
}

static bool is_his_place(struct ts_call *call, const Orders__Order *order, const Orders__OrderPosition *position,
                         const char *hash)
{
    return is_his(call, position->attendee_email ? position->attendee_email : order->email, hash);
}

/* ---- showing */

static Orders__PersonPosition *position_of(struct ts_call *call, const Orders__OrderPosition *position)
{
    Orders__PersonPosition *own = TS_NEW(call->arena, Orders__PersonPosition);

    orders__person_position__init(own);
    own->id = position->id;
    own->ticket_type_id = position->ticket_type_id;
    own->date_id = position->date_id;
    own->seat = position->seat;
    own->price = position->price;
    own->attendee_name = position->attendee_name;
    own->attendee_email = position->attendee_email;
    return own;
}

static Orders__PersonOrder *order_of(struct ts_call *call, const Orders__Order *order, const char *hash)
{
    Orders__PersonOrder *own = TS_NEW(call->arena, Orders__PersonOrder);
    bool buyer = is_his(call, order->email, hash);

    orders__person_order__init(own);
    own->id = order->id;
    own->event_id = order->event_id;
    own->organizer_id = order->organizer_id;
    own->has_status = own->has_created_at_ms = true;
    own->status = order->status;
    own->created_at_ms = order->created_at_ms;
    if (buyer) {
        own->code = order->code;
        own->email = order->email;
        own->name = order->name;
        own->total = order->total;
        own->consent = order->consent;
        own->language = order->language;
    }
    own->positions = TS_NEW_ARRAY(call->arena, Orders__PersonPosition *, order->n_positions);
    for (size_t i = 0; i < order->n_positions; i++) {
        if (buyer || is_his_place(call, order, order->positions[i], hash))
            own->positions[own->n_positions++] = position_of(call, order->positions[i]);
    }
    return own;
}

/* Does it belong on a page of this sort? What he bought is told once, though he attends it. */
static bool is_listed(const Orders__Order *order, const Orders__ListPersonOrdersRequest *request, bool attended)
{
    if (request->organizer_id && strcmp(order->organizer_id, request->organizer_id) != 0)
        return false;
    return !attended || !order->buyer_email_hash || strcmp(order->buyer_email_hash, request->email_hash) != 0;
}

/* What he bought, then what he attends: there the cursor has a mark before it. */
int list_person_orders(struct ts_call *call, const Orders__ListPersonOrdersRequest *request,
                       Orders__ListPersonOrdersReply *ret_reply)
{
    const char *cursor = request->after;
    bool attended = cursor && *cursor == ATTENDED;
    struct ts_page page;
    int r;

    if (attended)
        cursor = cursor[1] ? cursor + 1 : NULL;
    r = request->email_hash ? store_list_person(call, request, attended, cursor, &page) : TS_EINVALID;
    if (r)
        return r;
    ret_reply->orders = TS_NEW_ARRAY(call->arena, Orders__PersonOrder *, page.count);
    for (size_t i = 0; i < page.count; i++) {
        const Orders__Order *order = (const Orders__Order *)page.docs[i].body;

        if (is_listed(order, request, attended))
            ret_reply->orders[ret_reply->n_orders++] = order_of(call, order, request->email_hash);
    }
    if (!attended)
        ret_reply->cursor = page.more ? (char *)page.cursor : (char *)ts_printf(call->arena, "%c", ATTENDED);
    else if (page.more)
        ret_reply->cursor = (char *)ts_printf(call->arena, "%c%s", ATTENDED, page.cursor);
    return 0;
}

/* ---- erasing */

/* What is to go of an order: words of tessera/store.h, each once. */
struct parts {
    const char *words[PARTS_MAX];
    size_t count;
};

static void part_add(struct parts *parts, const char *words, bool is_there)
{
    for (size_t i = 0; i < parts->count; i++)
        is_there = is_there && strcmp(parts->words[i], words) != 0;
    if (is_there && parts->count < PARTS_MAX)
        parts->words[parts->count++] = words;
}

/* The hash of the input goes too: somebody who guesses it would know that he guessed right. */
static void parts_of(struct ts_call *call, const Orders__Order *order, const char *hash, struct parts *parts)
{
    bool buyer = is_his(call, order->email, hash);

    part_add(parts, "email", buyer && order->email);
    part_add(parts, "name", buyer && order->name);
    part_add(parts, "input_hash", buyer && order->input_hash);
    for (size_t i = 0; i < order->n_positions; i++) {
        const Orders__OrderPosition *position = order->positions[i];
        bool his = is_his_place(call, order, position, hash);

        part_add(parts, ts_printf(call->arena, "positions[%zu].attendee_name", i), his && position->attendee_name);
        part_add(parts, ts_printf(call->arena, "positions[%zu].attendee_email", i), his && position->attendee_email);
    }
}

/* Of all its versions. */
static int parts_find(struct ts_call *call, const char *order_id, const char *hash, struct parts *parts)
{
    struct ts_page page = { .more = true };
    int64_t before = 0;

    while (page.more) {
        int r = store_list_versions(call, order_id, before, &page);

        if (r)
            return r;
        for (size_t i = 0; i < page.count; i++) {
            parts_of(call, (const Orders__Order *)page.docs[i].body, hash, parts);
            before = page.docs[i].version;
        }
        ts_yield(call);
    }
    return 0;
}

/* What stands for the person. */
static void hashes_find(struct ts_call *call, const Orders__Order *order, const char *hash, struct parts *parts)
{
    part_add(parts, "buyer_email_hash",
             order->buyer_email_hash && (!hash || strcmp(order->buyer_email_hash, hash) == 0));
    for (size_t i = 0; i < order->n_email_hashes; i++)
        part_add(parts, ts_printf(call->arena, "email_hashes[%zu]", i),
                 order->email_hashes[i][0] && (!hash || strcmp(order->email_hashes[i], hash) == 0));
}

/*
 * The version that an erasure puts says what the one before says: so that one must have no entries, for the ledger is
 * the sum of all. Return: 0 and the order as it is then; a ts_error.
 */
static int entries_rest(struct ts_call *call, const char *order_id, struct order *ret_order)
{
    int r = TS_WRITE_CONFLICT;

    for (unsigned i = 0; r == TS_WRITE_CONFLICT && i < ORDERS_TRIES; i++) {
        Orders__Order *next;

        r = store_get_order(call, order_id, ret_order);
        if (r || !ret_order->body || !ret_order->body->n_entries)
            return r;
        next = store_edit_order(call, ret_order);
        r = store_put_order(call, ret_order, next);
        if (r == 0) {
            ret_order->body = next;
            ret_order->version++;
        }
    }
    return r == TS_WRITE_CONFLICT ? TS_EABORTED : r;
}

/* Erase it from one order; `hash` NULL: everybody. Return: 0 and whether there was anything; a ts_error. */
static int erase(struct ts_call *call, const char *order_id, const char *hash, bool *ret_erased)
{
    struct parts names = { .count = 0 }, hashes = { .count = 0 };
    struct order order;
    int r = parts_find(call, order_id, hash, &names);

    *ret_erased = names.count > 0;
    if (r == 0)
        r = entries_rest(call, order_id, &order);
    if (r || !order.body)
        return r;
    hashes_find(call, order.body, hash, &hashes);
    *ret_erased = *ret_erased || hashes.count > 0;
    r = store_erase_parts(call, order_id, names.words, names.count);
    if (r == 0)
        r = store_erase_parts(call, order_id, hashes.words, hashes.count);
    if (r == 0 && *ret_erased)
        r = store_get_order(call, order_id, &order);
    if (r == 0 && *ret_erased)
        orders_announce(call, order.body, order.version);
    return r;
}

/* ---- when it may */

static int64_t date_end_ms(const Catalog__EventDate *date)
{
    return date->has_ends_at_ms ? date->ends_at_ms : date->starts_at_ms + DATE_MS;
}

/* When the last of its dates is over; 0: it came to nothing, or will not take place. */
static int over_at(struct ts_call *call, const Orders__Order *order, int64_t *ret_over_ms)
{
    Catalog__GetSaleRequest request = CATALOG__GET_SALE_REQUEST__INIT;
    const Catalog__GetSaleReply *sale;
    int r;

    *ret_over_ms = 0;
    if (order->status != ORDERS__ORDER_STATUS__PAID && order->status != ORDERS__ORDER_STATUS__PENDING)
        return 0;
    request.event_id = order->event_id;
    request.date_ids = TS_NEW_ARRAY(call->arena, char *, order->n_positions);
    for (size_t i = 0; i < order->n_positions; i++) {
        if (i == 0 || strcmp(order->positions[i]->date_id, request.date_ids[request.n_date_ids - 1]) != 0)
            request.date_ids[request.n_date_ids++] = order->positions[i]->date_id;
    }
    r = catalog_get_sale_as_system(call, &request, &sale);
    for (size_t i = 0; r == 0 && i < sale->n_dates; i++) {
        int64_t end_ms = date_end_ms(sale->dates[i]);

        if (sale->dates[i]->status != CATALOG__EVENT_STATUS__CANCELLED && end_ms > *ret_over_ms)
            *ret_over_ms = end_ms;
    }
    return r;
}

int erase_from_order(struct ts_call *call, const Orders__EraseFromOrderRequest *request,
                     Orders__EraseFromOrderReply *ret_reply)
{
    struct order order;
    int64_t over_ms = 0;
    bool erased;
    int r = request->email_hash ? store_get_order(call, request->order_id, &order)
                                : TS_EINVALID; /* erase() would take it for everybody */

    if (r || !order.body)
        return r;
    r = over_at(call, order.body, &over_ms);
    if (r)
        return r;
    if (over_ms > ts_now_ms(call)) {
        ret_reply->has_over_at_ms = true;
        ret_reply->over_at_ms = over_ms;
        return 0;
    }
    return request->only_ask ? 0 : erase(call, order.body->id, request->email_hash, &erased);
}

int erase_event_names(struct ts_call *call, const Orders__EraseEventNamesRequest *request,
                      Orders__EraseEventNamesReply *ret_reply)
{
    struct ts_scan scan = store_event_scan(request->event_id, NULL);
    struct ts_page page;
    int r;

    scan.limit = TS_PAGE_SIZE_MAX;
    scan.cursor = request->after;
    r = ts_store_scan(call, &scan, &page);
    ret_reply->has_erased = true;
    for (size_t i = 0; r == 0 && i < page.count; i++) {
        bool erased;

        r = erase(call, page.docs[i].id, NULL, &erased);
        ret_reply->erased += r == 0 && erased;
    }
    if (r == 0 && page.more)
        ret_reply->cursor = (char *)page.cursor;
    return r;
}
