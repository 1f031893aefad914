/* Quotas: set up by staff, read by staff; and the words that all handlers share. */
#include <assert.h>
#include <string.h>

#include "api.h"
#include "block.h"
#include "catalog/v1/catalog.rpc.h"
#include "others.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/idem.h"
#include "tessera/limits.h"
#include "tessera/reply.h"
#include "tessera/right.h"
#include "tessera/text.h"

enum { UPDATE_TRIES = 8 };

/* ---- shared by the handlers */

int refuse(struct ts_call *call, enum refusal refusal, const char *path)
{
    return ts_refuse(call, (int)refusal_code(refusal), path, "%s", refusal_text(refusal));
}

Common__Grant *staff_grant(struct ts_call *call, const Common__Grant *parent, const char *organizer_id,
                           const char *event_id)
{
    bool staff = ts_sees(call, parent, TS_RIGHT_EVENTS | TS_RIGHT_PLACES | TS_RIGHT_ORDERS | TS_RIGHT_SELL,
                         organizer_id, event_id);

    return staff ? ts_grant_new(call, COMMON__GRANT__KIND__STAFF, organizer_id) : NULL;
}

int quota_require(struct ts_call *call, const Inventory__Quota *quota)
{
    int r = ts_require(call, TS_RIGHT_PLACES, quota ? quota->organizer_id : "", quota ? quota->event_id : NULL);

    if (r)
        return r;
    return quota ? 0 : refuse(call, REFUSAL_QUOTA_UNKNOWN, "quotaId");
}

int event_require(struct ts_call *call, unsigned rights, const Catalog__Event *event)
{
    int r = ts_require(call, rights, event ? event->organizer_id : "", event ? event->id : NULL);

    if (r)
        return r;
    return event ? 0 : refuse(call, REFUSAL_EVENT_UNKNOWN, "eventId");
}

/* ---- what staff may say */

static int check_name(struct ts_call *call, const char *name)
{
    return ts_text_is_line(name, TS_NAME_SIZE_MAX) ? 0 : refuse(call, REFUSAL_NAME, "name");
}

static int check_size(struct ts_call *call, int32_t size)
{
    return size >= 0 && size <= TS_QUOTA_SIZE_MAX ? 0 : refuse(call, REFUSAL_SIZE, "size");
}

/* The event with its named (or only) date and the types, as the catalogue has them. */
static int get_sale(struct ts_call *call, const char *event_id, char *date_id, char *const *type_ids, size_t type_count,
                    const Catalog__GetSaleReply **ret_sale)
{
    Catalog__GetSaleRequest request = CATALOG__GET_SALE_REQUEST__INIT;
    int r;

    request.event_id = (char *)event_id;
    request.date_ids = &date_id;
    request.n_date_ids = date_id ? 1 : 0;
    request.ticket_type_ids = (char **)type_ids;
    request.n_ticket_type_ids = type_count;
    r = catalog_get_sale(call, &request, ret_sale);
    if (r)
        return r;
    return event_require(call, TS_RIGHT_PLACES, (*ret_sale)->event);
}

static bool has_type(const Catalog__GetSaleReply *sale, const char *id)
{
    for (size_t i = 0; i < sale->n_ticket_types; i++) {
        if (strcmp(sale->ticket_types[i]->id, id) == 0)
            return true;
    }
    return false;
}

static int check_types(struct ts_call *call, const Catalog__GetSaleReply *sale, char *const *ids, size_t count)
{
    if (count > TS_TYPES_PER_EVENT_MAX)
        return refuse(call, REFUSAL_TOO_MANY_TYPES, "ticketTypeIds");
    for (size_t i = 0; i < count; i++) {
        if (!has_type(sale, ids[i]))
            refuse(call, REFUSAL_TYPE_UNKNOWN, ts_printf(call->arena, "ticketTypeIds.%zu", i));
    }
    return ts_refusal_count(call) ? TS_REFUSED : 0;
}

static bool is_listed(char *const *ids, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(ids[i], id) == 0)
            return true;
    }
    return false;
}

/* The ids without doubles. */
static void set_types(struct ts_call *call, Inventory__Quota *quota, char *const *ids, size_t count)
{
    quota->ticket_type_ids = TS_NEW_ARRAY(call->arena, char *, count + 1);
    quota->n_ticket_type_ids = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_listed(quota->ticket_type_ids, quota->n_ticket_type_ids, ids[i]))
            quota->ticket_type_ids[quota->n_ticket_type_ids++] = ids[i];
    }
}

/* Size (-1: unlimited) and the places that it needs; N never falls. */
static void set_size(Inventory__Quota *quota, int32_t size)
{
    int32_t place_count = size < 0 ? QUOTA_STEP : size;

    quota->has_size = size >= 0;
    quota->size = size;
    quota->has_place_count = true;
    if (place_count > quota->place_count)
        quota->place_count = place_count;
}

/* ---- CreateQuota */

static int check_quota(struct ts_call *call, const Inventory__CreateQuotaRequest *request,
                       const Catalog__GetSaleReply *sale)
{
    (void)check_name(call, ts_text_trim(call->arena, request->name)); /* each notes its refusal; counted below */
    if (request->has_size)
        (void)check_size(call, request->size);
    (void)check_types(call, sale, request->ticket_type_ids, request->n_ticket_type_ids);
    if (sale->n_dates != 1)
        refuse(call, request->date_id ? REFUSAL_DATE_UNKNOWN : REFUSAL_DATE_MISSING, "dateId");
    return ts_refusal_count(call) ? TS_REFUSED : 0;
}

static int check_room_for_quota(struct ts_call *call, const char *event_id, const char *date_id)
{
    unsigned count = 0;
    struct event *event;
    int r = event_load(call, event_id, &event);

    if (r)
        return r;
    for (struct quota *quota = date_quotas(call->state, date_id); quota; quota = quota->next_of_date)
        count++;
    return count < TS_QUOTAS_PER_DATE_MAX ? 0 : refuse(call, REFUSAL_TOO_MANY_QUOTAS, "dateId");
}

static int insert_quota(struct ts_call *call, const Inventory__CreateQuotaRequest *request,
                        const Catalog__GetSaleReply *sale, const char *id, const struct creation *creation,
                        Inventory__Quota **ret_quota)
{
    Inventory__Quota *quota = TS_NEW(call->arena, Inventory__Quota);
    int r;

    inventory__quota__init(quota);
    quota->id = (char *)id;
    quota->event_id = sale->event->id;
    quota->date_id = sale->dates[0]->id;
    quota->organizer_id = sale->event->organizer_id;
    quota->name = ts_text_trim(call->arena, request->name);
    quota->has_created_at_ms = true;
    quota->created_at_ms = ts_now_ms(call);
    set_types(call, quota, request->ticket_type_ids, request->n_ticket_type_ids);
    set_size(quota, request->has_size ? request->size : -1);
    r = store_create_quota(call, creation, quota);
    if (r == TS_EUNKNOWN)
        quota_doubt(call->state, quota);
    if (r)
        return r;
    quota_note(call->state, quota, 1);
    *ret_quota = quota;
    return 0;
}

/* Return: 0 and *ret_quota; STORE_KEY_TAKEN or STORE_CONFLICT by the same call's twin; TS_REFUSED; a ts_error. */
static int make_quota(struct ts_call *call, const Inventory__CreateQuotaRequest *request,
                      const Catalog__GetSaleReply *sale, const char *id, const struct creation *creation,
                      Inventory__Quota **ret_quota)
{
    int r = check_quota(call, request, sale);

    if (r == 0)
        r = check_room_for_quota(call, sale->event->id, sale->dates[0]->id);
    return r ? r : insert_quota(call, request, sale, id, creation, ret_quota);
}

/* The quota that this call's key has made already, or a new one. */
static int find_or_make_quota(struct ts_call *call, const Inventory__CreateQuotaRequest *request,
                              const Catalog__GetSaleReply *sale, Inventory__Quota **ret_quota)
{
    struct creation creation = { "createQuota", &request->base };
    const char *id = ts_id_new(call, "quo");
    int found = ts_idem_find(call, creation.scope, creation.input, &id);
    int64_t version;
    int r;

    if (found == TS_IDEM_REUSED || found == TS_IDEM_SHORT)
        return ts_idem_refuse(call, found);
    if (found < 0)
        return found;
    r = found == TS_IDEM_FOUND ? store_get_quota(call, id, ret_quota, &version) : 0;
    if (r || *ret_quota)
        return r;
    return make_quota(call, request, sale, id, found == TS_IDEM_FOUND ? NULL : &creation, ret_quota);
}

void quota_publish(struct ts_call *call, const Inventory__Quota *quota)
{
    Inventory__AvailabilityChanged event = INVENTORY__AVAILABILITY_CHANGED__INIT;

    event.event_id = quota->event_id;
    event.date_id = quota->date_id;
    event.quota_ids = (char **)&quota->id;
    event.n_quota_ids = 1;
    ts_publish(call, &event.base);
}

int create_quota(struct ts_call *call, const Inventory__CreateQuotaRequest *request,
                 Inventory__CreateQuotaReply *ret_reply)
{
    const Catalog__GetSaleReply *sale;
    Inventory__Quota *quota = NULL;
    unsigned tries = 0;
    int r;

    if (!ts_id_is(request->event_id, "evt"))
        return refuse(call, REFUSAL_EVENT_UNKNOWN, "eventId");
    r = get_sale(call, request->event_id, request->date_id, request->ticket_type_ids, request->n_ticket_type_ids,
                 &sale);
    if (r)
        return r;
    do {
        r = find_or_make_quota(call, request, sale, &quota);
    } while ((r == STORE_KEY_TAKEN || r == STORE_CONFLICT) && ++tries < UPDATE_TRIES); /* the twin's is found next */
    if (r)
        return r == STORE_KEY_TAKEN || r == STORE_CONFLICT ? TS_EABORTED : r;
    assert(quota);
    (void)event_load_again(call, quota->event_id); /* what it is made for is done */
    others_tell_quota(call, quota->id);
    quota_publish(call, quota);
    ret_reply->quota = quota;
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, quota->organizer_id);
    return 0;
}

/* ---- UpdateQuota */

static bool is_cleared(const Inventory__UpdateQuotaRequest *request, const char *field)
{
    return is_listed(request->clear, request->n_clear, field);
}

static int check_update(struct ts_call *call, const Inventory__UpdateQuotaRequest *request,
                        const Inventory__Quota *quota)
{
    const Catalog__GetSaleReply *sale;
    int r = 0;

    if (request->name || is_cleared(request, "name"))
        (void)check_name(call, ts_text_trim(call->arena, request->name));
    if (quota->seat_plan_id && (request->has_size || is_cleared(request, "size")))
        refuse(call, REFUSAL_SIZE_OF_PLAN, "size");
    else if (request->has_size)
        (void)check_size(call, request->size);
    if (request->n_ticket_type_ids) {
        r = get_sale(call, quota->event_id, quota->date_id, request->ticket_type_ids, request->n_ticket_type_ids,
                     &sale);
        if (r == 0)
            (void)check_types(call, sale, request->ticket_type_ids, request->n_ticket_type_ids);
    }
    return r ? r : ts_refusal_count(call) ? TS_REFUSED : 0;
}

static void apply_update(struct ts_call *call, const Inventory__UpdateQuotaRequest *request, Inventory__Quota *quota)
{
    if (request->name)
        quota->name = ts_text_trim(call->arena, request->name);
    if (request->has_size || is_cleared(request, "size"))
        set_size(quota, request->has_size ? request->size : -1);
    if (request->n_ticket_type_ids || request->set_ticket_type_ids || is_cleared(request, "ticket_type_ids"))
        set_types(call, quota, request->ticket_type_ids, request->n_ticket_type_ids);
}

/* Change the quota and its map's bounds. Return: 0 and *ret_quota; STORE_CONFLICT; TS_REFUSED; a ts_error. */
static int update_once(struct ts_call *call, const Inventory__UpdateQuotaRequest *request, Inventory__Quota **ret_quota)
{
    Inventory__Quota *body;
    struct event *event;
    struct quota *quota;
    int64_t version;
    int r = store_get_quota(call, request->quota_id, &body, &version);

    if (r)
        return r;
    r = quota_require(call, body);
    if (r == 0)
        r = check_update(call, request, body);
    if (r == 0)
        r = event_load(call, body->event_id, &event);
    if (r)
        return r;
    quota = quota_note(call->state, body, version); /* another process may have made or changed it */
    r = quota_ready(call, quota);
    if (r)
        return r;
    apply_update(call, request, body);
    *ret_quota = body;
    return quota_put(call, body, version);
}

int update_quota(struct ts_call *call, const Inventory__UpdateQuotaRequest *request,
                 Inventory__UpdateQuotaReply *ret_reply)
{
    Inventory__Quota *quota = NULL;
    int r = STORE_CONFLICT;

    if (!ts_id_is(request->quota_id, "quo"))
        return refuse(call, REFUSAL_QUOTA_UNKNOWN, "quotaId");
    for (unsigned tries = 0; r == STORE_CONFLICT && tries < UPDATE_TRIES; tries++)
        r = update_once(call, request, &quota);
    if (r == STORE_CONFLICT)
        return TS_EABORTED;
    if (r)
        return r;
    assert(quota);
    (void)block_settle(call, quota_find(call->state, quota->id)); /* the size holds without it; the next call goes on */
    quota_publish(call, quota);
    ret_reply->quota = quota;
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, quota->organizer_id);
    return 0;
}

/* ---- reading */

int get_quotas(struct ts_call *call, const Inventory__IdsRequest *request, Inventory__GetQuotasReply *ret_reply)
{
    Inventory__Quota **quotas;
    int r;

    if (request->n_ids > TS_GET_MAX)
        return TS_EINVALID;
    r = store_get_quotas(call, request->ids, request->n_ids, &quotas);
    if (r)
        return r;
    ret_reply->quotas = quotas;
    for (size_t i = 0; i < request->n_ids; i++) {
        Common__Grant *grant =
            quotas[i] ? staff_grant(call, request->grant, quotas[i]->organizer_id, quotas[i]->event_id) : NULL;

        if (!grant)
            continue;
        quotas[i]->grant = grant;
        quotas[ret_reply->n_quotas++] = quotas[i]; /* close the gaps */
    }
    return 0;
}

/* Whose quotas; of one date only when `date_id` is given. */
struct listing {
    struct quotas_of of;
    const char *date_id;
};

/* Those that the grant may see. */
static int list_by(struct ts_call *call, const struct listing *listing, const Common__Grant *grant,
                   Inventory__Quota ***ret_quotas, size_t *ret_count)
{
    struct stored_quota *quotas;
    size_t count, kept = 0;
    int r = store_list_quotas(call, &listing->of, &quotas, &count);

    if (r)
        return r;
    *ret_quotas = TS_NEW_ARRAY(call->arena, Inventory__Quota *, count);
    for (size_t i = 0; i < count; i++) {
        Inventory__Quota *quota = quotas[i].quota;

        if (listing->date_id && strcmp(quota->date_id, listing->date_id) != 0)
            continue;
        if (staff_grant(call, grant, quota->organizer_id, quota->event_id))
            (*ret_quotas)[kept++] = quota;
    }
    *ret_count = kept;
    return 0;
}

int list_quotas(struct ts_call *call, const Inventory__ListQuotasRequest *request,
                Inventory__ListQuotasReply *ret_reply)
{
    ret_reply->events = TS_NEW_ARRAY(call->arena, Inventory__EventQuotas *, request->n_event_ids);
    for (size_t i = 0; i < request->n_event_ids; i++) {
        struct listing listing = { { "event", request->event_ids[i], false }, request->date_id };
        Inventory__EventQuotas *event = TS_NEW(call->arena, Inventory__EventQuotas);
        int r;

        inventory__event_quotas__init(event);
        event->event_id = request->event_ids[i];
        r = list_by(call, &listing, request->grant, &event->quotas, &event->n_quotas);
        if (r)
            return r;
        ret_reply->events[ret_reply->n_events++] = event;
    }
    return 0;
}

int list_date_quotas(struct ts_call *call, const Inventory__DateIdsRequest *request,
                     Inventory__ListDateQuotasReply *ret_reply)
{
    ret_reply->dates = TS_NEW_ARRAY(call->arena, Inventory__DateQuotas *, request->n_date_ids);
    for (size_t i = 0; i < request->n_date_ids; i++) {
        struct listing listing = { { "date", request->date_ids[i], false }, NULL };
        Inventory__DateQuotas *date = TS_NEW(call->arena, Inventory__DateQuotas);
        int r;

        inventory__date_quotas__init(date);
        date->date_id = request->date_ids[i];
        r = list_by(call, &listing, request->grant, &date->quotas, &date->n_quotas);
        if (r)
            return r;
        ret_reply->dates[ret_reply->n_dates++] = date;
    }
    return 0;
}

/* Return: 0 and *ret_quota with its map ready, NULL when there is no such quota; a ts_error. */
static int find_quota(struct ts_call *call, const char *id, struct quota **ret_quota)
{
    int r = quota_get(call, id, ret_quota);

    return r == 0 && *ret_quota ? quota_count_ready(call, *ret_quota) : r;
}

static Inventory__QuotaCounts *quota_counts(struct ts_call *call, const struct quota *quota)
{
    Inventory__QuotaCounts *counts = TS_NEW(call->arena, Inventory__QuotaCounts);

    inventory__quota_counts__init(counts);
    counts->quota_id = (char *)quota->id;
    counts->has_sold = true;
    counts->sold = quota->map.sold_count;
    counts->has_held = true;
    counts->held = quota->map.held_count;
    counts->has_remaining = quota->size >= 0;
    counts->remaining = quota_free_count(quota);
    counts->has_organizer_held = true;
    counts->organizer_held = quota->map.pooled_count;
    return counts;
}

int get_quota_counts(struct ts_call *call, const Inventory__IdsRequest *request,
                     Inventory__GetQuotaCountsReply *ret_reply)
{
    ret_reply->counts = TS_NEW_ARRAY(call->arena, Inventory__QuotaCounts *, request->n_ids);
    for (size_t i = 0; i < request->n_ids; i++) {
        struct quota *quota;
        int r = find_quota(call, request->ids[i], &quota);

        if (r)
            return r;
        if (quota && staff_grant(call, request->grant, quota->organizer_id, quota->event_id))
            ret_reply->counts[ret_reply->n_counts++] = quota_counts(call, quota);
    }
    return 0;
}

/* ---- AttachTicketType */

static void add_type(struct ts_call *call, Inventory__Quota *quota, char *type_id)
{
    char **ids = TS_NEW_ARRAY(call->arena, char *, quota->n_ticket_type_ids + 1);

    if (quota->n_ticket_type_ids)
        memcpy(ids, quota->ticket_type_ids, quota->n_ticket_type_ids * sizeof(*ids));
    ids[quota->n_ticket_type_ids++] = type_id;
    quota->ticket_type_ids = ids;
}

static int attach_once(struct ts_call *call, const Inventory__AttachTicketTypeRequest *request, size_t index)
{
    const char *path = ts_printf(call->arena, "quotaIds.%zu", index);
    Inventory__Quota *body = NULL;
    struct event *event;
    int64_t version;
    int r = 0;

    if (ts_id_is(request->quota_ids[index], "quo"))
        r = store_get_quota(call, request->quota_ids[index], &body, &version);
    if (r)
        return r;
    if (!body || strcmp(body->event_id, request->event_id) != 0)
        return refuse(call, REFUSAL_QUOTA_UNKNOWN, path);
    r = ts_require(call, TS_RIGHT_EVENTS | TS_RIGHT_PLACES, body->organizer_id, body->event_id);
    if (r ||
        (request->ticket_type_id && is_listed(body->ticket_type_ids, body->n_ticket_type_ids, request->ticket_type_id)))
        return r;
    if (body->n_ticket_type_ids >= TS_TYPES_PER_EVENT_MAX)
        return refuse(call, REFUSAL_TOO_MANY_TYPES, path);
    if (request->check_only)
        return 0;
    r = event_load(call, body->event_id, &event);
    if (r)
        return r;
    add_type(call, body, request->ticket_type_id);
    return quota_put(call, body, version);
}

static int attach(struct ts_call *call, const Inventory__AttachTicketTypeRequest *request, size_t index)
{
    for (unsigned tries = 0; tries < UPDATE_TRIES; tries++) {
        int r = attach_once(call, request, index);

        if (r != STORE_CONFLICT)
            return r;
    }
    return TS_EABORTED;
}

int attach_ticket_type(struct ts_call *call, const Inventory__AttachTicketTypeRequest *request,
                       Inventory__AttachTicketTypeReply *ret_reply)
{
    (void)ret_reply;
    if (!ts_id_is(request->event_id, "evt") || (!request->check_only && !ts_id_is(request->ticket_type_id, "typ")))
        return TS_EINVALID;
    if (request->n_quota_ids > TS_GET_MAX)
        return TS_EINVALID;
    for (size_t i = 0; i < request->n_quota_ids; i++) {
        int r = attach(call, request, i);

        if (r < 0)
            return r;
    }
    return ts_refusal_count(call) ? TS_REFUSED : 0;
}
