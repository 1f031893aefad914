/*
 * Tickets as orders' positions show them. A ticket is worked out each time from its order and, when it was ever
 * changed, from its own state; its code is signed when it is shown. Whoever came with a ticket's or its order's secret
 * sees the code; staff see how the ticket stands, and a new code once, when they reissue it.
 */
#include "api.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "picture.h"
#include "rules.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/reply.h"
#include "tessera/right.h"
#include "tessera/sign.h"
#include "tessera/text.h"

enum { PUT_TRIES_MAX = 8 };

/* A position with its order and its ticket's state: all that a ticket is made of. */
struct holding {
    const Orders__Order *order;
    const Orders__OrderPosition *position;
    const char *ticket_id;
    struct ticket_state state;
};

static const Orders__OrderPosition *find_position(const Orders__Order *order, const char *position_id)
{
    for (size_t i = 0; i < order->n_positions; i++)
        if (strcmp(order->positions[i]->id, position_id) == 0)
            return order->positions[i];
    return NULL;
}

/* Return: 0, holding->position NULL when there is no such position; a ts_error. */
static int holding_find(struct ts_call *call, const char *position_id, struct holding *ret_holding)
{
    Orders__ReadOrderRequest request = ORDERS__READ_ORDER_REQUEST__INIT;
    const Orders__ReadOrderReply *reply;
    struct holding holding = { 0 };
    int r;

    request.position_id = (char *)position_id;
    r = orders_read_order_as_system(call, &request, &reply);
    if (r)
        return r;
    holding.order = reply->order;
    holding.position = reply->order ? find_position(reply->order, position_id) : NULL;
    if (holding.position) {
        holding.ticket_id = ts_id_sibling(call, position_id, "tic");
        r = state_get(call, holding.ticket_id, &holding.state);
        if (r)
            return r;
    }
    *ret_holding = holding;
    return 0;
}

static unsigned holding_issue(const struct holding *holding)
{
    return holding->state.body ? holding->state.body->issue : 0;
}

static Tickets__VerifyCodeReply__Standing holding_standing(const struct holding *holding)
{
    return ticket_standing(holding->order->status, holding->state.body, holding_issue(holding));
}

static bool holding_is_valid(const struct holding *holding)
{
    return holding_standing(holding) == TICKETS__VERIFY_CODE_REPLY__STANDING__GOOD;
}

/* The holder's secret: the position's suffix and its current 128 bits. */
static char *holding_secret(struct ts_call *call, const struct holding *holding)
{
    const char *bits = holding->position->ticket_secret;

    if (holding->state.body && holding->state.body->ticket_secret)
        bits = holding->state.body->ticket_secret;
    return ts_printf(call->arena, "%s%s", holding->position->id + 4, bits);
}

static char *holding_code(struct ts_call *call, const struct holding *holding)
{
    uint8_t bytes[CODE_BYTES], signature[TS_SIGNATURE_SIZE];
    struct code code = { .issue = (uint8_t)holding_issue(holding) };

    ts_id_bytes(holding->ticket_id, code.ticket);
    ts_id_bytes(holding->position->date_id, code.date);
    ts_id_bytes(holding->position->ticket_type_id, code.type);
    code_pack(&code, bytes);
    ts_sign(call, bytes, sizeof(bytes), signature);
    return ts_printf(call->arena, "T1.%s.%s", ts_base64url_encode(call, bytes, sizeof(bytes)),
                     ts_base64url_encode(call, signature, sizeof(signature)));
}

/* What holders alone may see: the secret and what it opens. Only a valid ticket has a code to show. */
static void ticket_show_secrets(struct ts_call *call, const struct holding *holding, Tickets__Ticket *ticket)
{
    ticket->secret = holding_secret(call, holding);
    if (!holding_is_valid(holding))
        return;
    ticket->qr_url = ts_printf(call->arena, "/t/%s.svg", ticket->secret);
    ticket->qr = holding_code(call, holding);
}

static Tickets__Ticket *ticket_of(struct ts_call *call, const struct holding *holding)
{
    Tickets__Ticket *ticket = TS_NEW(call->arena, Tickets__Ticket);

    tickets__ticket__init(ticket);
    ticket->id = (char *)holding->ticket_id;
    ticket->position_id = holding->position->id;
    ticket->order_id = holding->order->id;
    ticket->organizer_id = holding->order->organizer_id;
    ticket->event_id = holding->order->event_id;
    ticket->date_id = holding->position->date_id;
    ticket->ticket_type_id = holding->position->ticket_type_id;
    ticket->attendee_name = holding->position->attendee_name;
    ticket->seat = holding->position->seat;
    ticket->has_valid = true;
    ticket->valid = holding_is_valid(holding);
    return ticket;
}

static bool is_buyer_of(const Common__Grant *grant, const struct holding *holding)
{
    return ts_is_buyer_of(grant, holding->order->id) || ts_is_buyer_of(grant, holding->ticket_id);
}

enum { TICKET_RIGHTS = TS_RIGHT_ORDERS | TS_RIGHT_SELL | TS_RIGHT_TICKETS | TS_RIGHT_DOOR }; /* any shows tickets */

/*
 * The ticket of a position as `grant` may see it (NULL: asked for by id alone, which is staff's right).
 * Return: 0 and *ret_ticket (NULL: none, or none to be seen); a ts_error.
 */
static int ticket_for(struct ts_call *call, const char *position_id, const Common__Grant *grant,
                      Tickets__Ticket **ret_ticket)
{
    struct holding holding;
    Tickets__Ticket *ticket;
    int r = holding_find(call, position_id, &holding);

    if (r)
        return r;
    *ret_ticket = NULL;
    if (!holding.position || !ticket_exists(holding.order->status))
        return 0;
    if (!(grant && is_buyer_of(grant, &holding)) &&
        !ts_sees(call, grant, TICKET_RIGHTS, holding.order->organizer_id, holding.order->event_id))
        return 0;
    ticket = ticket_of(call, &holding);
    if (!grant)
        ticket->grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, ticket->organizer_id);
    else if (is_buyer_of(grant, &holding))
        ticket_show_secrets(call, &holding, ticket);
    *ret_ticket = ticket;
    return 0;
}

/* Ticket or position ids of a batch. */
struct ids {
    char **items;
    size_t count;
    const char *prefix;
};

static int tickets_for(struct ts_call *call, const struct ids *ids, const Common__Grant *grant,
                       Tickets__Ticket ***ret_tickets, size_t *ret_count)
{
    Tickets__Ticket **tickets = TS_NEW_ARRAY(call->arena, Tickets__Ticket *, ids->count);
    size_t count = 0;

    for (size_t i = 0; i < ids->count; i++) {
        int r;

        if (!ts_id_is(ids->items[i], ids->prefix))
            continue;
        r = ticket_for(call, ts_id_sibling(call, ids->items[i], "pos"), grant, &tickets[count]);
        if (r)
            return r;
        if (tickets[count])
            count++;
        ts_yield(call);
    }
    *ret_tickets = tickets;
    *ret_count = count;
    return 0;
}

/* Return: 0, ret_holding->position NULL when no ticket has this secret; a ts_error. */
static int holding_find_by_secret(struct ts_call *call, const char *secret, struct holding *ret_holding)
{
    struct holding none = { 0 };
    const char *position_id;
    int r;

    *ret_holding = none;
    if (!secret_is_shaped(secret))
        return 0;
    position_id = ts_printf(call->arena, "pos_%.*s", ID_SUFFIX_LENGTH, secret);
    if (!ts_id_is(position_id, "pos"))
        return 0;
    r = holding_find(call, position_id, ret_holding);
    if (r)
        return r;
    if (ret_holding->position &&
        (!ticket_exists(ret_holding->order->status) || !ts_secret_equal(holding_secret(call, ret_holding), secret)))
        *ret_holding = none;
    return 0;
}

int get_ticket(struct ts_call *call, const Tickets__GetTicketRequest *request, Tickets__GetTicketReply *ret_reply)
{
    struct holding holding;
    int r = holding_find_by_secret(call, request->secret, &holding);

    if (r || !holding.position)
        return r;
    ret_reply->ticket = ticket_of(call, &holding);
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__BUYER, holding.ticket_id);
    ticket_show_secrets(call, &holding, ret_reply->ticket);
    return 0;
}

int get_tickets(struct ts_call *call, const Tickets__IdsRequest *request, Tickets__GetTicketsReply *ret_reply)
{
    const struct ids ids = { request->ids, request->n_ids, "tic" };

    return tickets_for(call, &ids, request->grant, &ret_reply->tickets, &ret_reply->n_tickets);
}

int get_position_tickets(struct ts_call *call, const Tickets__PositionIdsRequest *request,
                         Tickets__GetPositionTicketsReply *ret_reply)
{
    const struct ids ids = { request->position_ids, request->n_position_ids, "pos" };

    return tickets_for(call, &ids, request->grant, &ret_reply->tickets, &ret_reply->n_tickets);
}

/*
 * Find the ticket that staff want to change.
 * Return: 0; TS_REFUSED (NOT_FOUND); a ts_error.
 */
static int holding_for_staff(struct ts_call *call, const char *ticket_id, struct holding *ret_holding)
{
    int r;

    if (call->principal->kind == TS_PRINCIPAL_ANONYMOUS)
        return TS_EUNAUTHENTICATED;
    if (!ts_id_is(ticket_id, "tic"))
        return ts_refuse(call, COMMON__ERROR_CODE__NOT_FOUND, "ticketId", "There is no such ticket.");
    r = holding_find(call, ts_id_sibling(call, ticket_id, "pos"), ret_holding);
    if (r)
        return r;
    if (!ret_holding->position || !ticket_exists(ret_holding->order->status) ||
        !ts_may(call, TS_RIGHT_TICKETS, ret_holding->order->organizer_id, ret_holding->order->event_id))
        return ts_refuse(call, COMMON__ERROR_CODE__NOT_FOUND, "ticketId", "There is no such ticket.");
    return 0;
}

/* A change of one ticket: edits the next state in place. Return: 0; TS_REFUSED. */
typedef int change(struct ts_call *call, const struct holding *holding, Tickets__TicketState *state);

static int change_revoke(struct ts_call *call, const struct holding *holding, Tickets__TicketState *state)
{
    (void)call;
    (void)holding;
    state->has_revoked = state->revoked = true;
    return 0;
}

static int change_block(struct ts_call *call, const struct holding *holding, Tickets__TicketState *state)
{
    (void)call;
    (void)holding;
    state->has_blocked = state->blocked = true;
    return 0;
}

static int change_reissue(struct ts_call *call, const struct holding *holding, Tickets__TicketState *state)
{
    if (holding->order->status != ORDERS__ORDER_STATUS__PAID)
        return ts_refuse(call, COMMON__ERROR_CODE__CONFLICT, "ticketId", "The order of this ticket is cancelled.");
    if (state->issue >= ISSUE_MAX)
        return ts_refuse(call, COMMON__ERROR_CODE__OVER_LIMIT, "ticketId",
                         "This ticket was reissued %d times; no more is possible.", ISSUE_MAX);
    state->has_issue = true;
    state->issue++;
    state->has_revoked = true;
    state->revoked = false;
    state->ticket_secret = (char *)ts_secret_new(call);
    return 0;
}

/* The state to put after `holding`'s: a copy, or a first one. */
static Tickets__TicketState *state_next(struct ts_call *call, const struct holding *holding, const char *reason)
{
    Tickets__TicketState *state = TS_NEW(call->arena, Tickets__TicketState);

    if (holding->state.body) {
        *state = *holding->state.body;
    } else {
        assert(holding->order);
        tickets__ticket_state__init(state);
        state->ticket_id = (char *)holding->ticket_id;
        state->organizer_id = holding->order->organizer_id;
    }
    state->reason = (char *)reason;
    return state;
}

/* Read, change, put; again when somebody else was faster. */
static int ticket_change(struct ts_call *call, const Tickets__TicketRequest *request, change *change_ticket,
                         struct holding *ret_holding)
{
    for (int tries = 0; tries < PUT_TRIES_MAX; tries++) {
        Tickets__TicketState *state;
        int r = holding_for_staff(call, request->ticket_id, ret_holding);

        if (r)
            return r;
        state = state_next(call, ret_holding, request->reason);
        r = change_ticket(call, ret_holding, state);
        if (r)
            return r;
        r = state_put(call, ret_holding->state.version, state);
        if (r == 0)
            ret_holding->state = (struct ticket_state){ state, ret_holding->state.version + 1 };
        if (r != TS_WRITE_CONFLICT)
            return r;
    }
    return TS_EABORTED;
}

static int change_and_reply(struct ts_call *call, const Tickets__TicketRequest *request, change *change_ticket,
                            Tickets__TicketReply *ret_reply)
{
    struct holding holding = { 0 };
    int r;

    if (request->reason && !ts_text_is_prose(request->reason, REASON_SIZE_MAX))
        return ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, "reason",
                         "A reason is at most %d bytes, without control characters.", REASON_SIZE_MAX);
    r = ticket_change(call, request, change_ticket, &holding);
    if (r)
        return r;
    ret_reply->ticket = ticket_of(call, &holding);
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, holding.order->organizer_id);
    if (change_ticket == change_reissue)
        ticket_show_secrets(call, &holding, ret_reply->ticket); /* who just made a code may see it */
    return 0;
}

int revoke_ticket(struct ts_call *call, const Tickets__TicketRequest *request, Tickets__TicketReply *ret_reply)
{
    return change_and_reply(call, request, change_revoke, ret_reply);
}

int reissue_ticket(struct ts_call *call, const Tickets__TicketRequest *request, Tickets__TicketReply *ret_reply)
{
    return change_and_reply(call, request, change_reissue, ret_reply);
}

int block_ticket(struct ts_call *call, const Tickets__TicketRequest *request, Tickets__TicketReply *ret_reply)
{
    return change_and_reply(call, request, change_block, ret_reply);
}

typedef int draw(struct ts_arena *arena, const char *code, struct picture *ret_picture);

/* Return: 0; TS_ENOTFOUND when no valid ticket has this secret; a ts_error. */
static int draw_ticket(struct ts_call *call, const char *secret, draw *draw_code, Common__Blob *ret_reply)
{
    struct picture picture;
    struct holding holding;
    int r = holding_find_by_secret(call, secret, &holding);

    if (r)
        return r;
    if (!holding.position || !holding_is_valid(&holding))
        return TS_ENOTFOUND;
    r = draw_code(call->arena, holding_code(call, &holding), &picture);
    if (r)
        return r;
    ret_reply->has_data = true;
    ret_reply->data = (ProtobufCBinaryData){ picture.size, picture.data };
    return 0;
}

int draw_svg(struct ts_call *call, const Tickets__DrawRequest *request, Common__Blob *ret_reply)
{
    ret_reply->content_type = (char *)"image/svg+xml";
    return draw_ticket(call, request->secret, picture_svg, ret_reply);
}

int draw_png(struct ts_call *call, const Tickets__DrawRequest *request, Common__Blob *ret_reply)
{
    ret_reply->content_type = (char *)"image/png";
    return draw_ticket(call, request->secret, picture_png, ret_reply);
}

int get_verifying_key(struct ts_call *call, const Tickets__GetVerifyingKeyRequest *request,
                      Tickets__GetVerifyingKeyReply *ret_reply)
{
    uint8_t public[TS_PUBLIC_KEY_SIZE];

    (void)request;
    ts_public_key(call, public);
    ret_reply->key = ts_base64url_encode(call, public, sizeof(public));
    return 0;
}

/* Decode and check the signature. False: not a code of ours. */
static bool code_read(struct ts_call *call, const char *text, struct code *ret_code)
{
    size_t payload_size, signature_size;
    const uint8_t *payload, *signature;
    struct code_text parts;

    if (!code_split(text, &parts))
        return false;
    payload = ts_base64url_decode(call, ts_strndup(call->arena, parts.payload, parts.payload_size), &payload_size);
    signature = ts_base64url_decode(call, parts.signature, &signature_size);
    return payload && signature && signature_size == TS_SIGNATURE_SIZE &&
           code_unpack(payload, payload_size, ret_code) && ts_verify(call, payload, payload_size, signature);
}

int verify_code(struct ts_call *call, const Tickets__VerifyCodeRequest *request, Tickets__VerifyCodeReply *ret_reply)
{
    const bool by_id = ts_id_is(request->ticket_id, "tic");
    struct holding holding;
    struct code code;
    uint32_t issue;
    int r;

    ret_reply->has_standing = true;
    ret_reply->standing = TICKETS__VERIFY_CODE_REPLY__STANDING__UNKNOWN;
    if (!by_id && (!request->code || !code_read(call, request->code, &code)))
        return 0;
    r = holding_find(
        call, by_id ? ts_id_sibling(call, request->ticket_id, "pos") : ts_id_from_bytes(call, "pos", code.ticket),
        &holding);
    if (r || !holding.position)
        return r;
    issue = !by_id ? code.issue : holding.state.body ? holding.state.body->issue : 0;
    ret_reply->standing = ticket_standing(holding.order->status, holding.state.body, issue);
    ret_reply->ticket_id = (char *)holding.ticket_id;
    ret_reply->event_id = holding.order->event_id;
    ret_reply->date_id = holding.position->date_id;
    ret_reply->ticket_type_id = holding.position->ticket_type_id;
    ret_reply->organizer_id = holding.order->organizer_id;
    return 0;
}
