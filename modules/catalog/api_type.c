/*
 * Ticket types, and what a sale needs to know: one call that answers with point reads only as long as the event has one
 * date, for it stands on the path of every hold.
 */
#include "api.h"

#include <string.h>

#include "inventory/v1/inventory.rpc.h"
#include "rules.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/limits.h"
#include "tessera/reply.h"
#include "tessera/right.h"

/* ---- making */

/* The type as it would be stored. Return: the set of refusals. */
static uint64_t type_fill(struct ts_call *call, const Catalog__CreateTicketTypeRequest *request,
                          const Catalog__Event *event, Catalog__TicketType *type)
{
    int64_t minor = 0;
    uint64_t refused = price_check(request->price, event->currency, &minor);

    catalog__ticket_type__init(type);
    type->event_id = event->id;
    type->organizer_id = event->organizer_id;
    type->name = catalog_line(call, request->name);
    type->description = request->description && *request->description ? request->description : NULL;
    type->group = catalog_line_or_absent(call, request->group);
    type->price = ts_money_new(call->arena, minor, event->currency);
    type->has_sale_starts_at_ms = request->has_sale_starts_at;
    type->sale_starts_at_ms = request->sale_starts_at;
    type->has_sale_ends_at_ms = request->has_sale_ends_at;
    type->sale_ends_at_ms = request->sale_ends_at;
    type->has_min_per_order = type->has_max_per_order = type->has_created_at_ms = true;
    type->min_per_order = request->has_min_per_order ? request->min_per_order : 1;
    type->max_per_order = request->has_max_per_order ? request->max_per_order : TS_MAX_PER_ORDER_DEFAULT;
    if (!request->has_max_per_order && type->min_per_order > type->max_per_order)
        type->max_per_order = type->min_per_order;
    type->created_at_ms = ts_now_ms(call);
    return refused | ticket_type_check(type);
}

/* Inventory's refusal as ours: it names the same input. */
static void refuse_as(struct ts_call *call, const Common__Refusal *refusal)
{
    const char *path = "quotaIds";

    for (size_t i = 1; i < refusal->n_path; i++)
        path = ts_printf(call->arena, "%s.%s", path, refusal->path[i]);
    ts_refuse(call, (int)refusal->code, path, "%s", refusal->message);
}

/* Ask inventory for the type's quotas, or whether it would take them. Return: 0; TS_REFUSED (noted); a ts_error. */
static int type_attach(struct ts_call *call, const Catalog__CreateTicketTypeRequest *request, const char *type_id,
                       bool check_only)
{
    Inventory__AttachTicketTypeRequest attach = INVENTORY__ATTACH_TICKET_TYPE_REQUEST__INIT;
    const Inventory__AttachTicketTypeReply *attached;
    int r;

    if (request->n_quota_ids == 0)
        return 0;
    attach.ticket_type_id = (char *)type_id;
    attach.event_id = request->event_id;
    attach.quota_ids = request->quota_ids;
    attach.n_quota_ids = request->n_quota_ids;
    attach.has_check_only = true;
    attach.check_only = check_only;
    r = inventory_attach_ticket_type(call, &attach, &attached);
    if (r)
        return r;
    for (size_t i = 0; i < attached->n_refusals; i++)
        refuse_as(call, attached->refusals[i]);
    return attached->n_refusals ? TS_REFUSED : 0;
}

static int type_refusals(struct ts_call *call, const Catalog__Event *event, uint64_t *ret_refused)
{
    Catalog__TicketType **types;
    size_t count;
    int r = ticket_type_list(call, event->id, &types, &count);

    if (r)
        return r;
    *ret_refused |= event_is_open(event->status) ? 0 : REFUSAL(EVENT_CLOSED);
    *ret_refused |= count < TS_TYPES_PER_EVENT_MAX ? 0 : REFUSAL(TYPES_FULL);
    return 0;
}

static int type_answer(struct ts_call *call, const char *id, Catalog__CreateTicketTypeReply *ret_reply)
{
    Catalog__TicketType *type;
    int64_t version;
    int r = ticket_type_find(call, id, &type, &version);

    if (r)
        return r;
    if (!type)
        return TS_EINTERNAL; /* it was just written */
    catalog_tell(call, type->event_id, NULL, version);
    ret_reply->ticket_type = type;
    ret_reply->grant = catalog_grant(call, type->organizer_id, type->event_id);
    return 0;
}

/* A type's quotas are asked for twice: before it is made, that a refusal leaves nothing; after, that they take it. */
static int type_make(struct ts_call *call, const Catalog__CreateTicketTypeRequest *request,
                     Catalog__CreateTicketTypeReply *ret_reply)
{
    struct creation creation = { .operation = "createTicketType", .input = &request->base };
    Catalog__Event *event;
    Catalog__TicketType type;
    uint64_t refused;
    int r = catalog_event_for_staff(call, request->event_id, &event, NULL);

    if (r)
        return r;
    r = creation_begin(call, &creation, "typ");
    if (r)
        return r;
    refused = type_fill(call, request, event, &type);
    type.id = (char *)creation.id;
    r = creation.recorded || refused ? 0 : type_refusals(call, event, &refused);
    if (r || refused)
        return r ? r : catalog_refuse(call, refused);
    r = creation.recorded ? 0 : type_attach(call, request, type.id, true);
    if (r)
        return r;
    creation.parts[0] = (struct creation_part){ NOUN_TYPE, type.id, 0, &type.base };
    creation.part_count = 1;
    r = creation_write(call, &creation);
    if (r)
        return r;
    r = type_attach(call, request, type.id, false);
    return r ? r : type_answer(call, type.id, ret_reply);
}

int create_ticket_type(struct ts_call *call, const Catalog__CreateTicketTypeRequest *request,
                       Catalog__CreateTicketTypeReply *ret_reply)
{
    int r = CREATION_RACED;

    for (unsigned tries = 0; r == CREATION_RACED && tries < TRIES_MAX; tries++)
        r = type_make(call, request, ret_reply);
    return r == CREATION_RACED ? TS_EABORTED : r;
}

/* ---- changing */

/* What may not be unset: null at these is a mistake. */
static uint64_t clear_check(const Catalog__UpdateTicketTypeRequest *request)
{
    static const struct {
        const char *field;
        uint64_t refused;
    } fixed[] = {
        { "name", REFUSAL(NAME) },
        { "price", REFUSAL(PRICE) },
        { "min_per_order", REFUSAL(MIN_PER_ORDER) },
        { "max_per_order", REFUSAL(MAX_PER_ORDER) },
    };
    uint64_t refused = 0;

    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
        refused |= update_clears(request->clear, request->n_clear, fixed[i].field) ? fixed[i].refused : 0;
    return refused;
}

static void window_apply(const Catalog__UpdateTicketTypeRequest *request, Catalog__TicketType *type)
{
    if (request->has_sale_starts_at || update_clears(request->clear, request->n_clear, "sale_starts_at")) {
        type->has_sale_starts_at_ms = request->has_sale_starts_at;
        type->sale_starts_at_ms = request->sale_starts_at;
    }
    if (request->has_sale_ends_at || update_clears(request->clear, request->n_clear, "sale_ends_at")) {
        type->has_sale_ends_at_ms = request->has_sale_ends_at;
        type->sale_ends_at_ms = request->sale_ends_at;
    }
}

/* Apply what the update names. Return: the set of refusals. */
static uint64_t type_apply(struct ts_call *call, const Catalog__UpdateTicketTypeRequest *request,
                           Catalog__TicketType *type)
{
    uint64_t refused = clear_check(request);
    int64_t minor = type->price->minor;

    if (request->name)
        type->name = catalog_line(call, request->name);
    if (request->description || update_clears(request->clear, request->n_clear, "description"))
        type->description = request->description;
    if (request->price)
        refused |= price_check(request->price, type->price->currency, &minor);
    type->price = ts_money_new(call->arena, minor, type->price->currency);
    if (request->has_min_per_order)
        type->min_per_order = request->min_per_order;
    if (request->has_max_per_order)
        type->max_per_order = request->max_per_order;
    window_apply(request, type);
    return refused | ticket_type_check(type);
}

/* Decide and put once. Return: 0; TS_WRITE_CONFLICT: decide again; TS_REFUSED; a ts_error. */
static int type_update_once(struct ts_call *call, const Catalog__UpdateTicketTypeRequest *request,
                            Catalog__UpdateTicketTypeReply *ret_reply)
{
    Catalog__TicketType *type;
    int64_t version;
    uint64_t refused;
    int r = ticket_type_find(call, request->ticket_type_id, &type, &version);

    if (r)
        return r;
    r = ts_require(call, TS_RIGHT_EVENTS, type ? type->organizer_id : "", type ? type->event_id : NULL);
    if (r)
        return r;
    if (!type)
        return catalog_refuse(call, REFUSAL(TYPE_UNKNOWN));
    refused = type_apply(call, request, type);
    if (refused)
        return catalog_refuse(call, refused);
    r = ticket_type_put(call, type, version);
    if (r)
        return r;
    catalog_tell(call, type->event_id, NULL, version + 1);
    ret_reply->ticket_type = type;
    ret_reply->grant = catalog_grant(call, type->organizer_id, type->event_id);
    return 0;
}

int update_ticket_type(struct ts_call *call, const Catalog__UpdateTicketTypeRequest *request,
                       Catalog__UpdateTicketTypeReply *ret_reply)
{
    int r = TS_WRITE_CONFLICT;

    for (unsigned tries = 0; r == TS_WRITE_CONFLICT && tries < TRIES_MAX; tries++)
        r = type_update_once(call, request, ret_reply);
    return r == TS_WRITE_CONFLICT ? TS_EABORTED : r;
}

/* ---- reading */

int get_ticket_types(struct ts_call *call, const Catalog__IdsRequest *request, Catalog__GetTicketTypesReply *ret_reply)
{
    const ProtobufCMessage **types, **events;
    char **event_ids = TS_NEW_ARRAY(call->arena, char *, request->n_ids);
    int r = noun_find_many(call, NOUN_TYPE, request->ids, request->n_ids, &types);

    if (r)
        return r;
    for (size_t i = 0; i < request->n_ids; i++)
        event_ids[i] = types[i] ? ((Catalog__TicketType *)types[i])->event_id : NULL;
    r = noun_find_many(call, NOUN_EVENT, event_ids, request->n_ids, &events);
    if (r)
        return r;
    ret_reply->ticket_types = TS_NEW_ARRAY(call->arena, Catalog__TicketType *, request->n_ids);
    for (size_t i = 0; i < request->n_ids; i++) {
        Catalog__TicketType *type = (Catalog__TicketType *)types[i];
        const Catalog__Event *event = (const Catalog__Event *)events[i];

        if (!type || !event || !catalog_sees_event(call, request->grant, event))
            continue;
        if (!request->grant) {
            type = noun_copy(call, &type->base);
            type->grant = catalog_grant(call, event->organizer_id, event->id);
        }
        ret_reply->ticket_types[ret_reply->n_ticket_types++] = type;
    }
    return 0;
}

int catalog_ticket_types(struct ts_call *call, const Catalog__Event *const *events, size_t count,
                         Catalog__EventTicketTypes ***ret_items, size_t *ret_count)
{
    Catalog__EventTicketTypes **items = TS_NEW_ARRAY(call->arena, Catalog__EventTicketTypes *, count);
    int r = 0;

    for (size_t i = 0; r == 0 && i < count; i++) {
        items[i] = TS_NEW(call->arena, Catalog__EventTicketTypes);
        catalog__event_ticket_types__init(items[i]);
        items[i]->event_id = events[i]->id;
        r = ticket_type_list(call, events[i]->id, &items[i]->ticket_types, &items[i]->n_ticket_types);
        ts_yield(call);
    }
    *ret_items = items;
    *ret_count = count;
    return r;
}

int list_ticket_types(struct ts_call *call, const Catalog__EventIdsRequest *request,
                      Catalog__ListTicketTypesReply *ret_reply)
{
    const Catalog__Event **events;
    size_t count;
    int r = catalog_seen_events(call, request, &events, &count);

    return r ? r : catalog_ticket_types(call, events, count, &ret_reply->events, &ret_reply->n_events);
}

/* ---- a sale */

/* How many dates the event has, counted to 2, and its only one. */
static int sale_dates_count(struct ts_call *call, const Catalog__Event *event, const char **ret_only_id,
                            uint32_t *ret_count)
{
    struct date_scan scan = { .event_id = event->id, .from_ms = INT64_MIN, .to_ms = INT64_MAX, .limit = 2 };
    struct date_page page;
    int r;

    *ret_only_id = ts_id_sibling(call, event->id, "dat");
    *ret_count = 1;
    if (!event->several_dates)
        return 0;
    r = date_scan(call, &scan, &page);
    if (r)
        return r;
    *ret_count = (uint32_t)page.count;
    return 0;
}

static int sale_dates(struct ts_call *call, const Catalog__GetSaleRequest *request, Catalog__GetSaleReply *ret_reply)
{
    const Catalog__Event *event = ret_reply->event;
    char **ids = request->date_ids;
    size_t count = request->n_date_ids;
    const char *only_id;
    const ProtobufCMessage **dates;
    int r = sale_dates_count(call, event, &only_id, &ret_reply->date_count);

    ret_reply->has_date_count = true;
    if (r == 0 && count == 0 && ret_reply->date_count == 1) {
        ids = (char **)&only_id;
        count = 1;
    }
    if (r == 0)
        r = noun_find_many(call, NOUN_DATE, ids, count, &dates);
    if (r)
        return r;
    ret_reply->dates = TS_NEW_ARRAY(call->arena, Catalog__EventDate *, count);
    for (size_t i = 0; i < count; i++) {
        Catalog__EventDate *date = (Catalog__EventDate *)dates[i];

        if (!date || strcmp(date->event_id, event->id) != 0)
            continue;
        date = noun_copy(call, &date->base);
        date->has_status = true;
        date->status = date_status(event, date);
        ret_reply->dates[ret_reply->n_dates++] = date;
    }
    return 0;
}

static int sale_types(struct ts_call *call, const Catalog__GetSaleRequest *request, Catalog__GetSaleReply *ret_reply)
{
    const ProtobufCMessage **types;
    int r;

    if (request->all_ticket_types)
        return ticket_type_list(call, ret_reply->event->id, &ret_reply->ticket_types, &ret_reply->n_ticket_types);
    r = noun_find_many(call, NOUN_TYPE, request->ticket_type_ids, request->n_ticket_type_ids, &types);
    if (r)
        return r;
    ret_reply->ticket_types = TS_NEW_ARRAY(call->arena, Catalog__TicketType *, request->n_ticket_type_ids);
    for (size_t i = 0; i < request->n_ticket_type_ids; i++) {
        Catalog__TicketType *type = (Catalog__TicketType *)types[i];

        if (type && strcmp(type->event_id, ret_reply->event->id) == 0)
            ret_reply->ticket_types[ret_reply->n_ticket_types++] = type;
    }
    return 0;
}

int get_sale(struct ts_call *call, const Catalog__GetSaleRequest *request, Catalog__GetSaleReply *ret_reply)
{
    Catalog__Event *event;
    Catalog__Organizer *organizer;
    int r = event_find(call, request->event_id, &event, NULL);

    if (r || !event || !catalog_sees_event(call, NULL, event))
        return r;
    r = organizer_find(call, event->organizer_id, &organizer, NULL);
    if (r)
        return r;
    ret_reply->event = event;
    ret_reply->organizer_slug = organizer ? organizer->slug : NULL;
    r = sale_dates(call, request, ret_reply);
    return r ? r : sale_types(call, request, ret_reply);
}

int get_sales(struct ts_call *call, const Catalog__GetSalesRequest *request, Catalog__GetSalesReply *ret_reply)
{
    ret_reply->sales = TS_NEW_ARRAY(call->arena, Catalog__GetSaleReply *, request->n_sales);
    for (size_t i = 0; i < request->n_sales; i++) {
        Catalog__GetSaleReply *sale = TS_NEW(call->arena, Catalog__GetSaleReply);
        int r;

        catalog__get_sale_reply__init(sale);
        r = get_sale(call, request->sales[i], sale);
        if (r)
            return r;
        ret_reply->sales[ret_reply->n_sales++] = sale;
        ts_yield(call);
    }
    return 0;
}
