/* Who comes to an event: the positions of PAID orders by name, for the door's search and for the list that it keeps. */
#include <string.h>

#include "orders.h"
#include "tessera/clock.h"
#include "tessera/limits.h"
#include "tessera/text.h"

/* The walk over an event's orders. */
struct walk {
    const Orders__FindGuestsRequest *request;
    const char *query; /* NULL: everybody */
    struct ts_scan scan;
    unsigned first, orders; /* wanted, and found */
    size_t room;
    Orders__FindGuestsReply *reply;
};

static bool text_has(const char *text, const char *part)
{
    return text && strcasestr(text, part);
}

static bool is_listed(const Orders__FindGuestsRequest *request, const Orders__OrderPosition *position)
{
    if (request->date_id && strcmp(request->date_id, position->date_id) != 0)
        return false;
    for (size_t i = 0; i < request->n_ticket_type_ids; i++)
        if (strcmp(request->ticket_type_ids[i], position->ticket_type_id) == 0)
            return true;
    return request->n_ticket_type_ids == 0;
}

static void guest_add(struct ts_call *call, struct walk *walk, const Orders__Order *order,
                      const Orders__OrderPosition *position)
{
    Orders__FindGuestsReply *reply = walk->reply;
    Orders__Guest *guest = TS_NEW(call->arena, Orders__Guest);

    if (reply->n_guests == walk->room) {
        size_t room = walk->room ? walk->room * 2 : 32;
        Orders__Guest **guests = TS_NEW_ARRAY(call->arena, Orders__Guest *, room);

        if (walk->room)
            memcpy(guests, reply->guests, walk->room * sizeof(*guests));
        reply->guests = guests;
        walk->room = room;
    }
    orders__guest__init(guest);
    guest->position_id = position->id;
    guest->order_code = order->code;
    guest->name = position->attendee_name ? position->attendee_name : order->name;
    reply->guests[reply->n_guests++] = guest;
}

/* Return: true when somebody of the order comes by this list and is meant. */
static bool order_add(struct ts_call *call, struct walk *walk, const Orders__Order *order)
{
    const char *query = walk->query;
    size_t before = walk->reply->n_guests;
    bool is_meant = !query || text_has(order->code, query) || text_has(order->name, query);

    for (size_t i = 0; i < order->n_positions; i++)
        if (is_listed(walk->request, order->positions[i]) &&
            (is_meant || text_has(order->positions[i]->attendee_name, query)))
            guest_add(call, walk, order, order->positions[i]);
    return walk->reply->n_guests > before;
}

/* Return: false once there is one more order than is wanted. */
static bool doc_add(struct ts_call *call, struct walk *walk, const struct ts_doc *doc)
{
    size_t before = walk->reply->n_guests;

    if (!doc->body || !order_add(call, walk, (const Orders__Order *)doc->body))
        return true;
    if (walk->orders == walk->first) {
        walk->reply->n_guests = before;
        walk->reply->more = true;
        return false;
    }
    walk->orders++;
    walk->reply->cursor = (char *)ts_store_cursor(call, &walk->scan, doc);
    return true;
}

int find_guests(struct ts_call *call, const Orders__FindGuestsRequest *request, Orders__FindGuestsReply *ret_reply)
{
    const Orders__OrderStatus paid = ORDERS__ORDER_STATUS__PAID;
    struct walk walk = { .request = request,
                         .query = ts_text_trim(call->arena, request->query),
                         .scan = store_event_scan(request->event_id, &paid),
                         .first = (unsigned)request->first,
                         .reply = ret_reply };
    struct ts_page page = { .cursor = request->after, .more = true };
    unsigned seen = 0;

    if (walk.query && !*walk.query)
        walk.query = NULL;
    ret_reply->has_more = true;
    while (page.more && seen < ORDERS_SEARCH_MAX && !ret_reply->more) {
        int r;

        walk.scan.cursor = page.cursor;
        r = ts_store_scan(call, &walk.scan, &page);
        if (r)
            return r == TS_EINVALID ? ts_fail(call, r, "`after` is not a cursor of this list.") : r;
        for (size_t i = 0; i < page.count && doc_add(call, &walk, &page.docs[i]); i++)
            ts_yield(call);
        seen += (unsigned)page.count;
    }
    return 0;
}
