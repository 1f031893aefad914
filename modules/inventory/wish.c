/* From a request's lines to a take; see wish.h. */
#include "wish.h"

#include <assert.h>
#include <string.h>

#include "api.h"
#include "draw.h"
#include "hold.h"
#include "seats.h"
#include "tessera/clock.h"
#include "tessera/limits.h"
#include "tessera/money.h"
#include "tessera/reply.h"
#include "tessera/right.h"

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

        *line = (struct line){ .asked = lines[i],
                               .date = find_date(wish->sale, lines[i]->date_id),
                               .type = find_type(wish->sale, lines[i]->ticket_type_id) };
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
    return !event || (event->status == CATALOG__EVENT_STATUS__DRAFT &&
                      !ts_may(call, TS_RIGHT_ANY, event->organizer_id, event->id));
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

int wish_check_sale(struct ts_call *call, const struct wish *wish)
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

static size_t count_quotas(const struct line *line)
{
    size_t count = 0;

    while (line->quotas[count])
        count++;
    return count;
}

int wish_count_places(struct ts_call *call, struct wish *wish)
{
    wish->position_count = wish->place_count = 0;
    for (size_t i = 0; i < wish->count; i++) {
        const struct line *line = &wish->lines[i];
        size_t quota_count = count_quotas(line);

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

/* Look at what each line draws on now. Return: a quota whose map is not ready; NULL: all are. */
static struct quota *look_at_quotas(struct ts_call *call, struct wish *wish)
{
    struct quota *unready = NULL;

    for (size_t i = 0; i < wish->count; i++) {
        struct line *line = &wish->lines[i];

        line->quotas = draw_find(call->state, line->date->id, line->type->id);
        for (size_t k = 0; line->quotas[k]; k++) {
            if (!seats_are_ready(line->quotas[k]))
                unready = line->quotas[k];
        }
    }
    return unready;
}

int wish_ready(struct ts_call *call, struct wish *wish)
{
    struct quota *unready;
    struct event *event;
    int r = event_load(call, wish->event_id, &event);

    while (r == 0 && (unready = look_at_quotas(call, wish)))
        r = seats_ready(call, unready);
    return r;
}

static bool lacks_quota(const struct wish *wish)
{
    for (size_t i = 0; i < wish->count; i++) {
        if (!wish->lines[i].quotas[0])
            return true;
    }
    return false;
}

int wish_check_places(struct ts_call *call, struct wish *wish)
{
    int r = wish_ready(call, wish);

    if (r == 0 && lacks_quota(wish)) { /* another process may just have made it */
        r = event_load_again(call, wish->event_id);
        r = r ? r : wish_ready(call, wish);
    }
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

    position->places = TS_NEW_ARRAY(call->arena, Inventory__Place *, count_quotas(line));
    for (size_t i = 0; line->quotas[i]; i++)
        seats_wish(take_add(take, line->quotas[i], position), line->asked, index, unit);
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
    hold->has_due_ms = true;
    hold->due_ms = hold->expires_at_ms;
    hold->positions = TS_NEW_ARRAY(call->arena, Inventory__HeldPosition *, wish->position_count);
    *ret_take = (struct take){ .hold = hold,
                               .places = TS_NEW_ARRAY(call->arena, struct take_place, wish->place_count),
                               .arena = call->arena };
    for (size_t i = 0; i < wish->count; i++)
        add_positions(call, ret_take, wish, i);
    assert(ret_take->count == wish->place_count);
}

int wish_refuse_shortage(struct ts_call *call, const struct wish *wish, const struct take *take, int refusal)
{
    if (refusal == REFUSAL_SEAT)
        return seats_refuse(call, take);
    for (size_t i = 0; i < wish->count; i++) {
        const struct line *line = &wish->lines[i];

        if (quota_sells(take->short_quota, line->date->id, line->type->id))
            return refuse_line(call, (enum refusal)refusal, i, NULL);
    }
    return refuse(call, (enum refusal)refusal, "lines");
}
