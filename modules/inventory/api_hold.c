/* Holding, using and giving back places. */
#include <string.h>

#include "api.h"
#include "catalog/v1/catalog.rpc.h"
#include "hold.h"
#include "pass.h"
#include "seats.h"
#include "store.h"
#include "take.h"
#include "tessera/clock.h"
#include "tessera/idem.h"
#include "tessera/limits.h"
#include "tessera/money.h"
#include "tessera/reply.h"
#include "wish.h"

static int refuse_line(struct ts_call *call, enum refusal refusal, size_t index, const char *field)
{
    return refuse(call, refusal, ts_printf(call->arena, "lines.%zu%s%s", index, field ? "." : "", field ? field : ""));
}

/* ---- what can be said without asking anybody */

int wish_check_lines(struct ts_call *call, Inventory__HoldLine *const *lines, size_t count, size_t count_max)
{
    if (count == 0)
        return refuse(call, REFUSAL_NO_LINES, "lines");
    if (count > count_max)
        return refuse(call, REFUSAL_TOO_MANY_LINES, "lines");
    for (size_t i = 0; i < count; i++) {
        if (!ts_id_is(lines[i]->ticket_type_id, "typ"))
            refuse_line(call, REFUSAL_TYPE_UNKNOWN, i, "ticketTypeId");
        if (lines[i]->date_id && !ts_id_is(lines[i]->date_id, "dat"))
            refuse_line(call, REFUSAL_DATE_UNKNOWN, i, "dateId");
        if (lines[i]->quantity < 1)
            refuse_line(call, REFUSAL_QUANTITY, i, "quantity");
    }
    seats_check_lines(call, lines, count);
    return ts_refusal_count(call) ? TS_REFUSED : 0;
}

/* ---- what the catalogue says */

static void add_once(char **ids, size_t *count, char *id)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(ids[i], id) == 0)
            return;
    }
    ids[(*count)++] = id;
}

static int get_sale(struct ts_call *call, const char *event_id, Inventory__HoldLine *const *lines, size_t count,
                    const Catalog__GetSaleReply **ret_sale)
{
    Catalog__GetSaleRequest request = CATALOG__GET_SALE_REQUEST__INIT;

    request.event_id = (char *)event_id;
    request.date_ids = TS_NEW_ARRAY(call->arena, char *, count);
    request.ticket_type_ids = TS_NEW_ARRAY(call->arena, char *, count);
    for (size_t i = 0; i < count; i++) {
        if (lines[i]->date_id)
            add_once(request.date_ids, &request.n_date_ids, lines[i]->date_id);
        add_once(request.ticket_type_ids, &request.n_ticket_type_ids, lines[i]->ticket_type_id);
    }
    return catalog_get_sale(call, &request, ret_sale);
}

static const Catalog__EventDate *find_date(const Catalog__GetSaleReply *sale, const char *id)
{
    if (!id)
        return sale->date_count == 1 && sale->n_dates == 1 ? sale->dates[0] : NULL;
    for (size_t i = 0; i < sale->n_dates; i++) {
        if (strcmp(sale->dates[i]->id, id) == 0)
            return sale->dates[i];
    }
    return NULL;
}

static const Catalog__TicketType *find_type(const Catalog__GetSaleReply *sale, const char *id)
{
    for (size_t i = 0; i < sale->n_ticket_types; i++) {
        if (strcmp(sale->ticket_types[i]->id, id) == 0)
            return sale->ticket_types[i];
    }
    return NULL;
}

static int resolve_lines(struct ts_call *call, struct wish *wish, Inventory__HoldLine *const *lines, size_t count)
{
    bool known = true;

    wish->lines = TS_NEW_ARRAY(call->arena, struct line, count);
    wish->count = count;
    for (size_t i = 0; i < count; i++) {
        struct line *line = &wish->lines[i];

        *line = (struct line){ lines[i], find_date(wish->sale, lines[i]->date_id),
                               find_type(wish->sale, lines[i]->ticket_type_id) };
        known = known && line->type && line->date;
        if (!line->type)
            refuse_line(call, REFUSAL_TYPE_UNKNOWN, i, "ticketTypeId");
        if (!line->date)
            refuse_line(call, lines[i]->date_id ? REFUSAL_DATE_UNKNOWN : REFUSAL_DATE_MISSING, i, "dateId");
    }
    return known && ts_refusal_count(call) == 0 ? 0 : TS_REFUSED;
}

/* An event that is not for the public does not exist for the public. */
static bool is_hidden(struct ts_call *call, const Catalog__Event *event)
{
    return !event || (event->status == CATALOG__EVENT_STATUS__DRAFT && !ts_is_staff(call, event->organizer_id));
}

int wish_resolve(struct ts_call *call, const char *event_id, Inventory__HoldLine *const *lines, size_t count,
                 struct wish *ret_wish)
{
    int r = get_sale(call, event_id, lines, count, &ret_wish->sale);

    if (r)
        return r;
    ret_wish->event_id = event_id;
    if (is_hidden(call, ret_wish->sale->event))
        return refuse(call, REFUSAL_EVENT_UNKNOWN, "eventId");
    return resolve_lines(call, ret_wish, lines, count);
}

/* ---- what may be sold */

int64_t wish_type_quantity(const struct wish *wish, size_t index)
{
    int64_t quantity = 0;

    for (size_t i = 0; i < wish->count; i++) {
        if (wish->lines[i].type != wish->lines[index].type)
            continue;
        if (i < index)
            return 0;
        quantity += wish->lines[i].asked->quantity;
    }
    return quantity;
}

static int check_sale(struct ts_call *call, const struct wish *wish)
{
    int64_t now_ms = ts_now_ms(call);

    for (size_t i = 0; i < wish->count; i++) {
        const struct line *line = &wish->lines[i];
        enum refusal refusal = sale_check(wish->sale->event, line->date, line->type, now_ms);
        int64_t quantity = wish_type_quantity(wish, i);

        if (refusal == REFUSAL_EVENT_NOT_ON_SALE)
            return refuse(call, refusal, "eventId");
        if (refusal != REFUSAL_NONE) {
            refuse_line(call, refusal, i, NULL);
            continue;
        }
        refusal = quantity ? quantity_check(line->type, quantity) : REFUSAL_NONE;
        if (refusal != REFUSAL_NONE)
            refuse_line(call, refusal, i, "quantity");
    }
    return ts_refusal_count(call) ? TS_REFUSED : 0;
}

size_t wish_count_quotas(struct ts_call *call, const struct line *line)
{
    size_t count = 0;

    for (struct quota *quota = date_quotas(call->state, line->date->id); quota; quota = quota->next_of_date)
        count += quota_has_type(quota, line->type->id);
    return count;
}

static bool maps_are_ready(struct ts_call *call, const struct wish *wish)
{
    for (size_t i = 0; i < wish->count; i++) {
        const struct line *line = &wish->lines[i];

        for (struct quota *quota = date_quotas(call->state, line->date->id); quota; quota = quota->next_of_date) {
            if (quota_has_type(quota, line->type->id) && !seats_are_ready(quota))
                return false;
        }
    }
    return true;
}

/* Return: 0 and the maps of all places wanted are ready; a ts_error. */
static int ready_maps(struct ts_call *call, const struct wish *wish)
{
    int r = 0;

    for (size_t i = 0; i < wish->count; i++) {
        const struct line *line = &wish->lines[i];

        for (struct quota *quota = date_quotas(call->state, line->date->id); quota; quota = quota->next_of_date) {
            if (r == 0 && quota_has_type(quota, line->type->id))
                r = seats_ready(call, quota);
        }
    }
    return r;
}

int wish_count_places(struct ts_call *call, struct wish *wish)
{
    wish->position_count = wish->place_count = 0;
    for (size_t i = 0; i < wish->count; i++) {
        const struct line *line = &wish->lines[i];
        size_t quota_count = wish_count_quotas(call, line);

        if (quota_count == 0)
            return refuse_line(call, REFUSAL_NO_QUOTA, i, NULL);
        if (line->asked->quantity > TS_HOLD_PLACES_MAX)
            return refuse_line(call, REFUSAL_TOO_MANY_PLACES, i, "quantity");
        seats_check_line(call, line->asked, i, line->date->id, line->type->id);
        wish->position_count += (size_t)line->asked->quantity;
        wish->place_count += (size_t)line->asked->quantity * quota_count;
    }
    if (wish->place_count > TS_HOLD_PLACES_MAX)
        return refuse(call, REFUSAL_TOO_MANY_PLACES, "lines");
    return ts_refusal_count(call) ? TS_REFUSED : 0;
}

int wish_ready(struct ts_call *call, const struct wish *wish)
{
    struct event *event;
    int r = event_load(call, wish->event_id, &event);

    while (r == 0 && !maps_are_ready(call, wish))
        r = ready_maps(call, wish);
    return r;
}

/* Have all maps ready, then count, without a wait after the last look at which quotas there are. */
static int check_places(struct ts_call *call, struct wish *wish)
{
    int r = wish_ready(call, wish);

    return r ? r : wish_count_places(call, wish);
}

/* ---- the hold to be */

static Common__Money *price_tax(struct ts_call *call, const Catalog__TicketType *type)
{
    int64_t minor = type->has_tax_rate_ppm ? ts_money_tax_included(type->price->minor, type->tax_rate_ppm) : 0;

    return ts_money_new(call->arena, minor, type->price->currency);
}

/* The position shows the seat that was named, else that of its first quota with a plan. */
static void show_seat(struct take_place *first, const struct take_place *end)
{
    struct take_place *shown = NULL;

    for (struct take_place *taken = first; taken < end; taken++) {
        if (taken->quota->seat_plan && (!shown || taken->named != PLACE_NONE))
            shown = taken;
    }
    if (shown)
        shown->shown = true;
}

/* Add the places of the line's `unit`-th ticket; their numbers come when they are picked. */
static void add_places(struct ts_call *call, struct take *take, const struct wish *wish, size_t index, size_t unit,
                       Inventory__HeldPosition *position)
{
    const struct line *line = &wish->lines[index];
    struct take_place *first = &take->places[take->count];

    position->places = TS_NEW_ARRAY(call->arena, Inventory__Place *, wish_count_quotas(call, line));
    for (struct quota *quota = date_quotas(call->state, line->date->id); quota; quota = quota->next_of_date) {
        if (quota_has_type(quota, line->type->id))
            seats_wish(take_add(take, quota, position), line->asked, index, unit);
    }
    show_seat(first, &take->places[take->count]);
}

static void add_positions(struct ts_call *call, struct take *take, const struct wish *wish, size_t index)
{
    const struct line *line = &wish->lines[index];
    Inventory__Hold *hold = take->hold;
    Common__Money *tax = price_tax(call, line->type);

    for (int32_t i = 0; i < line->asked->quantity; i++) {
        Inventory__HeldPosition *position = TS_NEW(call->arena, Inventory__HeldPosition);

        inventory__held_position__init(position);
        position->id = (char *)ts_id_member(call, hold->id, "pos", (unsigned)hold->n_positions + 1);
        position->ticket_type_id = line->type->id;
        position->date_id = line->date->id;
        position->price = line->type->price;
        position->tax = tax;
        add_places(call, take, wish, index, (size_t)i, position);
        hold->positions[hold->n_positions++] = position;
    }
}

void wish_prepare(struct ts_call *call, const struct wish *wish, const char *id, struct take *ret_take)
{
    Inventory__Hold *hold = TS_NEW(call->arena, Inventory__Hold);

    inventory__hold__init(hold);
    hold->id = (char *)id;
    hold->event_id = (char *)wish->event_id;
    hold->organizer_id = wish->sale->event->organizer_id;
    hold->has_state = true;
    hold->state = INVENTORY__HOLD_STATE__OPEN;
    hold->secret = (char *)ts_secret_new(call);
    hold->currency = wish->sale->event->currency;
    hold->has_created_at_ms = true;
    hold->created_at_ms = ts_now_ms(call);
    hold->has_expires_at_ms = true;
    hold->expires_at_ms = hold->created_at_ms + HOLD_LASTS_MS;
    hold->positions = TS_NEW_ARRAY(call->arena, Inventory__HeldPosition *, wish->position_count);
    *ret_take = (struct take){ .hold = hold,
                               .places = TS_NEW_ARRAY(call->arena, struct take_place, wish->place_count),
                               .arena = call->arena };
    for (size_t i = 0; i < wish->count; i++)
        add_positions(call, ret_take, wish, i);
    assert(ret_take->count == wish->place_count);
}

/* Name the seats that are not to be had, or the first line that draws on the quota which is short. */
int wish_refuse_shortage(struct ts_call *call, const struct wish *wish, const struct take *take, int refusal)
{
    if (refusal == REFUSAL_SEAT)
        return seats_refuse(call, take);
    for (size_t i = 0; i < wish->count; i++) {
        const struct line *line = &wish->lines[i];

        if (strcmp(take->short_quota->date_id, line->date->id) == 0 &&
            quota_has_type(take->short_quota, line->type->id))
            return refuse_line(call, (enum refusal)refusal, i, NULL);
    }
    return refuse(call, (enum refusal)refusal, "lines");
}

/* ---- HoldTickets */

static int answer_hold(struct ts_call *call, const Inventory__Hold *hold, Inventory__HoldTicketsReply *ret_reply)
{
    if (hold->state == INVENTORY__HOLD_STATE__RELEASED || hold_is_lapsed(hold, ts_now_ms(call)))
        return refuse(call, REFUSAL_HOLD_RELEASED, NULL);
    ret_reply->hold = hold_view(call, hold, /* token= */ true);
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__PUBLIC, NULL);
    return 0;
}

/* The hold that an earlier call with this key has made, if it came so far; asking for it is activity. */
static int answer_again(struct ts_call *call, const char *id, Inventory__HoldTicketsReply *ret_reply,
                        bool *ret_answered)
{
    struct transition transition = { .kind = TRANSITION_EXTEND };
    Inventory__Hold *hold;
    int r = hold_change(call, id, &transition, &hold);

    *ret_answered = r != 0 || hold;
    return r == 0 && hold ? answer_hold(call, hold, ret_reply) : r;
}

/* Return: 0 answered; TS_REFUSED; TAKE_KEY_TAKEN or TAKE_HOLD_TAKEN by the same call's twin; a ts_error. */
static int make_hold(struct ts_call *call, const Inventory__HoldTicketsRequest *request, const char *id,
                     const struct creation *creation, Inventory__HoldTicketsReply *ret_reply)
{
    struct wish wish = { 0 };
    struct take take;
    struct pass_use pass;
    int r = wish_resolve(call, request->event_id, request->lines, request->n_lines, &wish);

    if (r == 0)
        r = check_sale(call, &wish);
    if (r == 0)
        r = pass_begin(call, request, wish.sale->event, id, &pass);
    if (r)
        return r;
    r = check_places(call, &wish);
    if (r)
        return pass_end(call, &pass, r);
    wish_prepare(call, &wish, id, &take);
    take.creation = creation;
    take.hold->has_due_ms = true;
    take.hold->due_ms = take.hold->expires_at_ms;
    r = pass_end(call, &pass, take_places(call, &take));
    if (r == REFUSAL_SOLD_OUT || r == REFUSAL_RESERVED || r == REFUSAL_SEAT)
        return wish_refuse_shortage(call, &wish, &take, r);
    if (r)
        return r;
    hold_publish(call, take.hold);
    return answer_hold(call, take.hold, ret_reply);
}

int hold_tickets(struct ts_call *call, const Inventory__HoldTicketsRequest *request,
                 Inventory__HoldTicketsReply *ret_reply)
{
    struct creation creation = { NULL, &request->base };
    int r;

    if (!ts_id_is(request->event_id, "evt"))
        return refuse(call, REFUSAL_EVENT_UNKNOWN, "eventId");
    r = wish_check_lines(call, request->lines, request->n_lines, TS_LINES_MAX);
    if (r)
        return r;
    creation.scope = ts_printf(call->arena, "holdTickets/%s", request->event_id);
    for (unsigned tries = 0; tries < 4; tries++) {
        const char *id = ts_id_new_head(call, "hld");
        int found = ts_idem_find(call, creation.scope, creation.input, &id);
        bool answered = false;

        if (found == TS_IDEM_REUSED || found == TS_IDEM_SHORT)
            return ts_idem_refuse(call, found);
        r = found == TS_IDEM_FOUND ? answer_again(call, id, ret_reply, &answered) : found;
        if (r || answered)
            return r;
        r = make_hold(call, request, id, found == TS_IDEM_FOUND ? NULL : &creation, ret_reply);
        if (r != TAKE_KEY_TAKEN && r != TAKE_HOLD_TAKEN)
            return r;
    }
    return TS_EABORTED;
}

/* ---- giving back, looking */

int release_hold(struct ts_call *call, const Inventory__ReleaseHoldRequest *request,
                 Inventory__ReleaseHoldReply *ret_reply)
{
    struct transition transition = { .kind = TRANSITION_CLOSE };
    Inventory__Hold *hold;
    int r;

    ret_reply->has_released = true;
    r = hold_by_token(call, request->token, &hold);
    if (r)
        return r;
    if (!hold)
        return refuse(call, REFUSAL_HOLD_UNKNOWN, "token");
    r = hold_change(call, hold->id, &transition, &hold);
    if (r)
        return r;
    if (transition.change == CHANGE_REFUSED)
        return refuse(call, REFUSAL_HOLD_ORDERED, "token");
    ret_reply->released = true;
    return 0;
}

int get_holds(struct ts_call *call, const Inventory__IdsRequest *request, Inventory__GetHoldsReply *ret_reply)
{
    struct stored_hold *holds;
    int r;

    if (request->n_ids > TS_GET_MAX)
        return TS_EINVALID;
    r = store_get_holds(call, (const char *const *)request->ids, request->n_ids, &holds);
    if (r)
        return r;
    ret_reply->holds = TS_NEW_ARRAY(call->arena, Inventory__HoldView *, request->n_ids);
    for (size_t i = 0; i < request->n_ids; i++) {
        const Inventory__Hold *hold = holds[i].hold;
        bool is_cart = hold && hold->n_positions > 0 && !hold_is_staffs(hold);
        Common__Grant *grant = is_cart ? staff_grant(call, request->grant, hold->organizer_id) : NULL;

        if (!grant)
            continue;
        ret_reply->holds[ret_reply->n_holds] = hold_view(call, hold, /* token= */ false);
        ret_reply->holds[ret_reply->n_holds++]->grant = grant;
    }
    return 0;
}

int read_hold(struct ts_call *call, const Inventory__ReadHoldRequest *request, Inventory__ReadHoldReply *ret_reply)
{
    struct transition transition = { .kind = TRANSITION_EXTEND };
    Inventory__Hold *hold = NULL;
    int64_t version;
    int r;

    if (request->token)
        r = hold_by_token(call, request->token, &hold);
    else
        r = ts_id_is(request->hold_id, "hld") ? store_get_hold(call, request->hold_id, &hold, &version) : 0;
    if (r || !hold)
        return r;
    if (request->token) {
        r = hold_change(call, hold->id, &transition, &hold);
        if (r)
            return r;
    }
    if (hold_is_staffs(hold))
        return 0;
    hold->secret = NULL;
    ret_reply->hold = hold;
    return 0;
}

/* ---- for orders */

static int answer_state(struct ts_call *call, const Inventory__Hold *hold, Inventory__HoldStateReply *ret_reply)
{
    if (!hold)
        return refuse(call, REFUSAL_HOLD_UNKNOWN, "holdId");
    ret_reply->has_state = true;
    ret_reply->state = hold->state;
    ret_reply->order_id = hold->order_id;
    ret_reply->has_expires_at_ms = hold->has_expires_at_ms;
    ret_reply->expires_at_ms = hold->expires_at_ms;
    return 0;
}

static int change_and_answer(struct ts_call *call, const char *hold_id, struct transition *transition,
                             Inventory__HoldStateReply *ret_reply)
{
    Inventory__Hold *hold;
    int r;

    if (!ts_id_is(hold_id, "hld"))
        return refuse(call, REFUSAL_HOLD_UNKNOWN, "holdId");
    r = hold_change(call, hold_id, transition, &hold);
    return r ? r : answer_state(call, hold, ret_reply);
}

int keep_hold(struct ts_call *call, const Inventory__KeepHoldRequest *request, Inventory__HoldStateReply *ret_reply)
{
    struct transition transition = { .kind = TRANSITION_KEEP,
                                     .order_id = request->order_id,
                                     .expires_at_ms = request->expires_at_ms };

    if (!ts_id_is(request->order_id, "ord") || !request->has_expires_at_ms)
        return TS_EINVALID;
    return change_and_answer(call, request->hold_id, &transition, ret_reply);
}

int sell_hold(struct ts_call *call, const Inventory__SellHoldRequest *request, Inventory__HoldStateReply *ret_reply)
{
    struct transition transition = { .kind = TRANSITION_SELL, .order_id = request->order_id };

    if (!ts_id_is(request->order_id, "ord"))
        return TS_EINVALID;
    return change_and_answer(call, request->hold_id, &transition, ret_reply);
}

int free_hold(struct ts_call *call, const Inventory__FreeHoldRequest *request, Inventory__HoldStateReply *ret_reply)
{
    struct transition transition = { .kind = TRANSITION_FREE, .order_id = request->order_id, .sold = request->sold };
    Inventory__Hold *hold;
    int r;

    if (!ts_id_is(request->hold_id, "hld"))
        return refuse(call, REFUSAL_HOLD_UNKNOWN, "holdId");
    r = hold_change(call, request->hold_id, &transition, &hold);
    if (r)
        return r;
    if (!hold) {
        r = hold_end_unwritten(call, request->hold_id);
        if (r == 0 || r == STORE_CONFLICT)
            r = hold_change(call, request->hold_id, &transition, &hold);
        if (r)
            return r;
    }
    return answer_state(call, hold, ret_reply);
}

/* ---- HoldAgain */

int wish_check_dates(struct ts_call *call, const struct wish *wish)
{
    if (wish->sale->event->status == CATALOG__EVENT_STATUS__CANCELLED || wish->sale->event->has_sweeps) /* ever was */
        return refuse(call, REFUSAL_EVENT_NOT_ON_SALE, "eventId");
    for (size_t i = 0; i < wish->count; i++) {
        if (wish->lines[i].date->status == CATALOG__EVENT_STATUS__CANCELLED)
            return refuse_line(call, REFUSAL_DATE_CLOSED, i, NULL);
    }
    return 0;
}

static int make_hold_again(struct ts_call *call, const Inventory__HoldAgainRequest *request, Inventory__Hold **ret_hold)
{
    struct wish wish = { 0 };
    struct take take;
    Inventory__Hold *former = NULL; /* what the order had before: it has the order's own suffix */
    int64_t version;
    int r = wish_check_lines(call, request->lines, request->n_lines, TS_HOLD_PLACES_MAX);

    if (r == 0)
        r = store_get_hold(call, ts_id_sibling(call, request->order_id, "hld"), &former, &version);
    if (r == 0)
        r = wish_resolve(call, request->event_id, request->lines, request->n_lines, &wish);
    if (r == 0)
        r = wish_check_dates(call, &wish);
    if (r == 0)
        r = check_places(call, &wish);
    if (r)
        return r;
    wish_prepare(call, &wish, request->hold_id, &take);
    if (former)
        seats_prefer(&take, former);
    take.hold->state = INVENTORY__HOLD_STATE__KEPT;
    take.hold->order_id = request->order_id;
    take.hold->expires_at_ms = request->expires_at_ms;
    r = take_places(call, &take);
    if (r == REFUSAL_SOLD_OUT || r == REFUSAL_RESERVED || r == REFUSAL_SEAT)
        return wish_refuse_shortage(call, &wish, &take, r);
    if (r == 0) {
        hold_publish(call, take.hold);
        *ret_hold = take.hold;
    }
    return r;
}

static void answer_seats(struct ts_call *call, const Inventory__Hold *hold, Inventory__HoldStateReply *reply)
{
    bool seated = false;

    reply->seats = TS_NEW_ARRAY(call->arena, char *, hold->n_positions);
    for (size_t i = 0; i < hold->n_positions; i++) {
        reply->seats[i] = hold->positions[i]->seat ? hold->positions[i]->seat : ts_strdup(call->arena, "");
        seated |= hold->positions[i]->seat != NULL;
    }
    reply->n_seats = seated ? hold->n_positions : 0;
}

int hold_again(struct ts_call *call, const Inventory__HoldAgainRequest *request, Inventory__HoldStateReply *ret_reply)
{
    Inventory__Hold *hold;
    int64_t version;
    int r;

    if (!ts_id_is(request->hold_id, "hld") || !ts_id_is(request->order_id, "ord") || !request->has_expires_at_ms)
        return TS_EINVALID;
    if (strcmp(ts_id_head(call, request->hold_id, "hld"), request->hold_id) != 0)
        return TS_EINVALID;
    if (!ts_id_is(request->event_id, "evt"))
        return refuse(call, REFUSAL_EVENT_UNKNOWN, "eventId");
    r = store_get_hold(call, request->hold_id, &hold, &version);
    if (r == 0 && !hold)
        r = make_hold_again(call, request, &hold);
    if (r == TAKE_HOLD_TAKEN)
        r = store_get_hold(call, request->hold_id, &hold, &version);
    if (r == 0)
        r = answer_state(call, hold, ret_reply);
    if (r == 0)
        answer_seats(call, hold, ret_reply);
    return r;
}

/* ---- SweepDate */

/* End the OPEN holds among a page of claims. Asked of the store and not of the map: other processes sell too. */
static int sweep_page(struct ts_call *call, const struct claim *claims, size_t count, uint32_t *released)
{
    const char **ids = TS_NEW_ARRAY(call->arena, const char *, count);
    struct stored_hold *holds;
    int r;

    for (size_t i = 0; i < count; i++)
        ids[i] = claims[i].body->hold_id;
    r = store_get_holds(call, ids, count, &holds);
    for (size_t i = 0; r == 0 && i < count; i++) {
        struct transition transition = { .kind = TRANSITION_CLOSE };
        Inventory__Hold *hold;

        if (!holds[i].hold || holds[i].hold->state != INVENTORY__HOLD_STATE__OPEN || holds[i].hold->blocks_quota_id)
            continue;
        r = hold_change(call, ids[i], &transition, &hold);
        *released += r == 0 && transition.change == CHANGE_PUT;
    }
    return r;
}

static int sweep_quota(struct ts_call *call, const struct quota *quota, uint32_t *released)
{
    struct claim_place from = { quota->id, 0, 0 };
    struct ts_arena *arena = call->arena;
    bool more = true;
    int r = 0;

    call->arena = ts_arena_new();
    while (r == 0 && more) {
        struct claim *claims;
        size_t count;

        r = store_list_claims(call, &from, &claims, &count, &more);
        if (r == 0)
            r = sweep_page(call, claims, count, released);
        if (r == 0 && count)
            store_next_claim(&from, &claims[count - 1]);
        ts_arena_reset(call->arena);
        ts_yield(call);
    }
    ts_arena_free(call->arena);
    call->arena = arena;
    return r < 0 ? ts_fail(call, r, "The holds of a quota could not be swept.") : 0;
}

int sweep_date(struct ts_call *call, const Inventory__SweepDateRequest *request, Inventory__SweepDateReply *ret_reply)
{
    struct event *event;
    int r;

    if (!ts_id_is(request->event_id, "evt"))
        return TS_EINVALID;
    ret_reply->has_released = true;
    r = event_load(call, request->event_id, &event);
    if (r)
        return r;
    for (struct quota *quota = event->quotas; r == 0 && quota; quota = quota->next_of_event) {
        if (!request->date_id || strcmp(request->date_id, quota->date_id) == 0)
            r = sweep_quota(call, quota, &ret_reply->released);
    }
    return r;
}
