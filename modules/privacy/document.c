/*
 * What a person reads: gathered from the modules that have it into one message, whose fields are all that is shown, and
 * written as JSON by its descriptors. So what nobody has put into the message cannot get out.
 */
#include <string.h>

#include "api.h"
#include "audit/v1/audit.rpc.h"
#include "door/v1/door.rpc.h"
#include "payments/v1/payments.rpc.h"
#include "tessera/clock.h"
#include "tessera/json.h"
#include "tessera/limits.h"
#include "tessera/sign.h"
#include "tickets/v1/tickets.rpc.h"

enum { ORDERS_MAX = 1000, ITEMS_MAX = 20000, ACTS_OF_ORDER = 100, ACTS_OF_PERSON = TS_PAGE_SIZE_MAX };

/* A document being filled: its lists have room for ITEMS_MAX. */
struct draft {
    Privacy__Document document;
    const char *account_id; /* NULL: none */
};

static bool has_room(struct draft *draft, size_t count, size_t max)
{
    if (count >= max)
        draft->document.has_shortened = draft->document.shortened = true;
    return count < max;
}

/* ---- orders, and what hangs on them */

/* One that was found by another of his addresses: his places by both, and what its buyer sees if he is that by one. */
static void unite(struct ts_call *call, Orders__PersonOrder **ret_order, Orders__PersonOrder *other)
{
    Orders__PersonOrder *first = *ret_order;
    Orders__PersonPosition **positions;

    if (first->total || other->total) {
        *ret_order = first->total ? first : other;
        return;
    }
    positions = TS_NEW_ARRAY(call->arena, Orders__PersonPosition *, first->n_positions + other->n_positions);
    memcpy(positions, first->positions, first->n_positions * sizeof(*positions));
    memcpy(positions + first->n_positions, other->positions, other->n_positions * sizeof(*positions));
    first->positions = positions;
    first->n_positions += other->n_positions;
}

static void add_order(struct ts_call *call, Orders__PersonOrder *order, struct draft *draft)
{
    Privacy__Document *document = &draft->document;
    size_t at = 0;

    while (at < document->n_orders && strcmp(document->orders[at]->id, order->id) != 0)
        at++;
    if (at < document->n_orders)
        unite(call, &document->orders[at], order);
    else if (has_room(draft, document->n_orders, ORDERS_MAX))
        document->orders[document->n_orders++] = order;
}

static int add_orders(struct ts_call *call, const Identity__PersonAddress *address, const char *organizer_id,
                      struct draft *draft)
{
    Orders__ListPersonOrdersRequest request = ORDERS__LIST_PERSON_ORDERS_REQUEST__INIT;
    const Orders__ListPersonOrdersReply *page;

    request.email_hash = ts_email_hash(call, address->email);
    request.organizer_id = (char *)organizer_id;
    request.has_from_ms = address->has_after_ms;
    request.from_ms = address->after_ms;
    request.has_until_ms = address->has_until_ms;
    request.until_ms = address->until_ms;
    do {
        int r = orders_list_person_orders_as_system(call, &request, &page);

        if (r)
            return r;
        for (size_t i = 0; i < page->n_orders; i++)
            add_order(call, page->orders[i], draft);
        request.after = draft->document.shortened ? NULL : page->cursor;
    } while (request.after);
    return 0;
}

static void add_payment(struct ts_call *call, const Payments__Payment *payment, struct draft *draft)
{
    Privacy__DocumentPayment *own = TS_NEW(call->arena, Privacy__DocumentPayment);

    privacy__document_payment__init(own);
    own->id = payment->id;
    own->order_id = payment->order_id;
    own->provider = payment->provider;
    own->has_status = own->has_created_at_ms = true;
    own->status = payment->status;
    own->amount = payment->amount;
    own->created_at_ms = payment->created_at_ms;
    if (has_room(draft, draft->document.n_payments, ITEMS_MAX))
        draft->document.payments[draft->document.n_payments++] = own;
}

/* Of an order that he bought: its total is told to nobody else. */
static int add_payments(struct ts_call *call, const Orders__PersonOrder *order, struct draft *draft)
{
    Payments__OrderIdsRequest request = PAYMENTS__ORDER_IDS_REQUEST__INIT;
    const Payments__ListPaymentsReply *reply;
    int r;

    if (!order->total)
        return 0;
    request.order_ids = (char **)&order->id;
    request.n_order_ids = 1;
    r = payments_list_payments_as_system(call, &request, &reply);
    for (size_t i = 0; r == 0 && i < reply->n_orders; i++) {
        for (size_t k = 0; k < reply->orders[i]->n_payments; k++)
            add_payment(call, reply->orders[i]->payments[k], draft);
    }
    return r;
}

static void add_ticket(struct ts_call *call, const Tickets__Ticket *ticket, struct draft *draft)
{
    Privacy__DocumentTicket *own = TS_NEW(call->arena, Privacy__DocumentTicket);

    privacy__document_ticket__init(own);
    own->id = ticket->id;
    own->position_id = ticket->position_id;
    own->has_valid = true;
    own->valid = ticket->valid;
    if (has_room(draft, draft->document.n_tickets, ITEMS_MAX))
        draft->document.tickets[draft->document.n_tickets++] = own;
}

static void add_check_in(struct ts_call *call, const Door__CheckIn *scan, struct draft *draft)
{
    Privacy__DocumentCheckIn *own = TS_NEW(call->arena, Privacy__DocumentCheckIn);

    privacy__document_check_in__init(own);
    own->id = scan->id;
    own->ticket_id = scan->ticket_id;
    own->has_direction = own->has_result = own->has_at_ms = true;
    own->direction = scan->direction;
    own->result = scan->result;
    own->at_ms = scan->at_ms;
    own->gate = scan->gate;
    if (has_room(draft, draft->document.n_check_ins, ITEMS_MAX))
        draft->document.check_ins[draft->document.n_check_ins++] = own;
}

static int add_check_ins(struct ts_call *call, const Tickets__GetPositionTicketsReply *tickets, struct draft *draft)
{
    Door__TicketIdsRequest request = DOOR__TICKET_IDS_REQUEST__INIT;
    const Door__ListTicketCheckInsReply *reply;
    int r;

    request.ticket_ids = TS_NEW_ARRAY(call->arena, char *, tickets->n_tickets);
    for (; request.n_ticket_ids < tickets->n_tickets; request.n_ticket_ids++)
        request.ticket_ids[request.n_ticket_ids] = tickets->tickets[request.n_ticket_ids]->id;
    r = door_list_ticket_check_ins_as_system(call, &request, &reply);
    for (size_t i = 0; r == 0 && i < reply->n_tickets; i++) {
        for (size_t k = 0; k < reply->tickets[i]->n_check_ins; k++)
            add_check_in(call, reply->tickets[i]->check_ins[k], draft);
    }
    return r;
}

static int add_tickets(struct ts_call *call, const Orders__PersonOrder *order, struct draft *draft)
{
    Tickets__PositionIdsRequest request = TICKETS__POSITION_IDS_REQUEST__INIT;
    const Tickets__GetPositionTicketsReply *reply;
    int r;

    request.position_ids = TS_NEW_ARRAY(call->arena, char *, order->n_positions);
    for (; request.n_position_ids < order->n_positions; request.n_position_ids++)
        request.position_ids[request.n_position_ids] = order->positions[request.n_position_ids]->id;
    r = tickets_get_position_tickets_as_system(call, &request, &reply);
    if (r)
        return r;
    for (size_t i = 0; i < reply->n_tickets; i++)
        add_ticket(call, reply->tickets[i], draft);
    return add_check_ins(call, reply, draft);
}

/* ---- the audit */

static void add_act(struct ts_call *call, const Audit__AuditEntry *entry, struct draft *draft)
{
    Privacy__DocumentAct *own = TS_NEW(call->arena, Privacy__DocumentAct);

    privacy__document_act__init(own);
    own->has_at_ms = own->has_version = own->has_his = true;
    own->at_ms = entry->at_ms;
    own->operation = entry->operation;
    own->object_id = entry->object_id;
    own->version = entry->version;
    own->his = draft->account_id && strcmp(entry->actor, draft->account_id) == 0;
    if (has_room(draft, draft->document.n_acts, ITEMS_MAX))
        draft->document.acts[draft->document.n_acts++] = own;
}

/* Lines of an organizer's audit, the newest: of one object, or by one actor (the other is NULL). */
static int add_acts(struct ts_call *call, const char *organizer_id, const char *object_id, const char *actor,
                    struct draft *draft)
{
    Audit__ListAuditRequest request = AUDIT__LIST_AUDIT_REQUEST__INIT;
    const Audit__ListAuditReply *reply;
    int r;

    request.organizer_ids = (char **)&organizer_id;
    request.n_organizer_ids = 1;
    request.object_id = (char *)object_id;
    request.actor = (char *)actor;
    request.has_first = true;
    request.first = object_id ? ACTS_OF_ORDER : ACTS_OF_PERSON;
    r = audit_list_audit_as_system(call, &request, &reply);
    for (size_t i = 0; r == 0 && i < reply->n_connections; i++) {
        for (size_t k = 0; k < reply->connections[i]->n_edges; k++)
            add_act(call, reply->connections[i]->edges[k]->node, draft);
        if (reply->connections[i]->page_info->has_next_page)
            draft->document.has_shortened = draft->document.shortened = true;
    }
    return r;
}

/* What he did for organizers whose teams he is on. */
static int add_acts_of_teams(struct ts_call *call, const Identity__Person *account, struct draft *draft)
{
    int r = 0;

    for (size_t i = 0; i < account->n_teams && r == 0; i++) {
        bool seen = false;

        for (size_t k = 0; k < i; k++)
            seen = seen || strcmp(account->teams[k]->organizer_id, account->teams[i]->organizer_id) == 0;
        if (!seen)
            r = add_acts(call, account->teams[i]->organizer_id, NULL, account->id, draft);
    }
    return r;
}

/* ---- all of it */

static void draft_init(struct ts_call *call, const Identity__Person *account, struct draft *ret_draft)
{
    static const Privacy__Document nothing = PRIVACY__DOCUMENT__INIT;
    Privacy__Document *document = &ret_draft->document;

    *ret_draft = (struct draft){ .document = nothing, .account_id = account ? account->id : NULL };
    document->has_made_at_ms = true;
    document->made_at_ms = ts_now_ms(call);
    document->account = (Identity__Person *)account;
    document->orders = TS_NEW_ARRAY(call->arena, Orders__PersonOrder *, ORDERS_MAX);
    document->payments = TS_NEW_ARRAY(call->arena, Privacy__DocumentPayment *, ITEMS_MAX);
    document->tickets = TS_NEW_ARRAY(call->arena, Privacy__DocumentTicket *, ITEMS_MAX);
    document->check_ins = TS_NEW_ARRAY(call->arena, Privacy__DocumentCheckIn *, ITEMS_MAX);
    document->acts = TS_NEW_ARRAY(call->arena, Privacy__DocumentAct *, ITEMS_MAX);
}

int document_make(struct ts_call *call, const Identity__Person *account, Identity__PersonAddress *const *addresses,
                  size_t count, const char *organizer_id, char **ret_document)
{
    struct draft draft;
    int r = 0;

    draft_init(call, account, &draft);
    for (size_t i = 0; i < count && r == 0; i++)
        r = add_orders(call, addresses[i], organizer_id, &draft);
    for (size_t i = 0; i < draft.document.n_orders && r == 0; i++) {
        const Orders__PersonOrder *order = draft.document.orders[i];

        r = add_payments(call, order, &draft);
        r = r ? r : add_tickets(call, order, &draft);
        r = r ? r : add_acts(call, order->organizer_id, order->id, NULL, &draft);
        ts_yield(call);
    }
    if (r == 0 && account)
        r = add_acts_of_teams(call, account, &draft);
    if (r)
        return r;
    *ret_document = ts_json_message(call->arena, &draft.document.base);
    return *ret_document ? 0 : TS_EEXHAUSTED;
}
