/*
 * Plans of seats, as buyers and staff see them. The plan and who has what are separate answers: a hall is drawn once,
 * and each hint that something was taken is a few letters. No wait lies between looking at a plan in memory and its
 * copy.
 */
#include <string.h>

#include "api.h"
#include "catalog/v1/catalog.rpc.h"
#include "places.h"
#include "seats.h"
#include "tessera/clock.h"
#include "tessera/limits.h"
#include "tessera/reply.h"

static Inventory__Seat__State state_of(const struct quota *quota, int32_t place, bool staff)
{
    uint32_t holder = map_get(&quota->map, place).holder;

    if (holder == HOLDER_NONE)
        return INVENTORY__SEAT__STATE__FREE;
    if (!staff)
        return INVENTORY__SEAT__STATE__TAKEN;
    if (holder == HOLDER_SOLD)
        return INVENTORY__SEAT__STATE__SOLD;
    return holder == HOLDER_BLOCKED || holder == HOLDER_POOLED ? INVENTORY__SEAT__STATE__BLOCKED
                                                               : INVENTORY__SEAT__STATE__HELD;
}

/* ---- which plans may be seen: those of the dates that the grant may see */

static Inventory__SeatPlanView *view_new(struct ts_call *call, const struct quota *quota)
{
    const Inventory__SeatPlan *body = quota->seat_plan->body;
    Inventory__SeatPlanView *view = TS_NEW(call->arena, Inventory__SeatPlanView);

    inventory__seat_plan_view__init(view);
    view->id = ts_strdup(call->arena, body->id);
    view->quota_id = (char *)quota->id;
    view->has_size = view->has_forbid_orphans = true;
    view->size = (int32_t)quota->seat_plan->seat_count;
    view->forbid_orphans = body->forbid_orphans;
    view->n_ticket_type_ids = quota->type_count;
    view->ticket_type_ids = TS_NEW_ARRAY(call->arena, char *, quota->type_count);
    for (size_t i = 0; i < quota->type_count; i++)
        view->ticket_type_ids[i] = ts_strdup(call->arena, quota->type_ids[i]);
    return view;
}

static int add_date(struct ts_call *call, const Catalog__EventDate *date, Inventory__ListDateSeatPlansReply *reply)
{
    Inventory__DateSeatPlans *plans = TS_NEW(call->arena, Inventory__DateSeatPlans);
    struct event *event;
    int r = event_load(call, date->event_id, &event);

    if (r)
        return r;
    inventory__date_seat_plans__init(plans);
    plans->date_id = date->id;
    plans->seat_plans = TS_NEW_ARRAY(call->arena, Inventory__SeatPlanView *, TS_QUOTAS_PER_DATE_MAX);
    for (struct quota *quota = date_quotas(call->state, date->id); quota; quota = quota->next_of_date) {
        if (!quota->seat_plan_id[0] || plans->n_seat_plans == TS_QUOTAS_PER_DATE_MAX)
            continue;
        r = seats_ready(call, quota);
        if (r)
            return r;
        plans->seat_plans[plans->n_seat_plans++] = view_new(call, quota);
    }
    reply->dates[reply->n_dates++] = plans;
    return 0;
}

static int get_dates(struct ts_call *call, char **ids, size_t count, Common__Grant *grant,
                     const Catalog__GetEventDatesReply **ret_dates)
{
    Catalog__IdsRequest request = CATALOG__IDS_REQUEST__INIT;

    request.ids = ids;
    request.n_ids = count;
    request.grant = grant;
    return catalog_get_event_dates(call, &request, ret_dates);
}

int list_date_seat_plans(struct ts_call *call, const Inventory__DateIdsRequest *request,
                         Inventory__ListDateSeatPlansReply *ret_reply)
{
    const Catalog__GetEventDatesReply *dates;
    int r = get_dates(call, request->date_ids, request->n_date_ids, request->grant, &dates);

    if (r)
        return r;
    ret_reply->dates = TS_NEW_ARRAY(call->arena, Inventory__DateSeatPlans *, dates->n_dates);
    for (size_t i = 0; r == 0 && i < dates->n_dates; i++)
        r = add_date(call, dates->dates[i], ret_reply);
    return r;
}

/* The quotas with a plan among `ids`. Return: 0 and *ret_quotas; a ts_error. */
static int find_seated(struct ts_call *call, char *const *ids, size_t count, struct quota ***ret_quotas,
                       size_t *ret_count)
{
    *ret_quotas = TS_NEW_ARRAY(call->arena, struct quota *, count);
    *ret_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct quota *quota = NULL;
        int r = ts_id_is(ids[i], "quo") ? quota_get(call, ids[i], &quota) : 0;

        if (r)
            return r;
        if (quota && quota->seat_plan_id[0])
            (*ret_quotas)[(*ret_count)++] = quota;
    }
    return 0;
}

int get_seat_plans(struct ts_call *call, const Inventory__IdsRequest *request, Inventory__GetSeatPlansReply *ret_reply)
{
    struct quota **quotas;
    size_t count;
    int r = find_seated(call, request->ids, request->n_ids, &quotas, &count);

    if (r)
        return r;
    ret_reply->seat_plans = TS_NEW_ARRAY(call->arena, Inventory__SeatPlanView *, count);
    for (size_t i = 0; i < count; i++) {
        if (!staff_grant(call, request->grant, quotas[i]->organizer_id, quotas[i]->event_id))
            continue;
        r = seats_ready(call, quotas[i]);
        if (r)
            return r;
        ret_reply->seat_plans[ret_reply->n_seat_plans++] = view_new(call, quotas[i]);
    }
    return 0;
}

static bool has_date(const Catalog__GetEventDatesReply *dates, const char *id)
{
    for (size_t i = 0; i < dates->n_dates; i++) {
        if (strcmp(dates->dates[i]->id, id) == 0)
            return true;
    }
    return false;
}

/* The quotas with a plan among those asked for whose date the grant may see. Return: 0; a ts_error. */
static int find_visible(struct ts_call *call, char **ids, size_t n_ids, Common__Grant *grant,
                        struct quota ***ret_quotas, size_t *ret_count)
{
    const Catalog__GetEventDatesReply *dates;
    char **date_ids;
    size_t count, kept = 0;
    int r = find_seated(call, ids, n_ids, ret_quotas, &count);

    if (r)
        return r;
    date_ids = TS_NEW_ARRAY(call->arena, char *, count);
    for (size_t i = 0; i < count; i++)
        date_ids[i] = (*ret_quotas)[i]->date_id;
    r = get_dates(call, date_ids, count, grant, &dates);
    if (r)
        return r;
    for (size_t i = 0; i < count; i++) {
        if (has_date(dates, (*ret_quotas)[i]->date_id))
            (*ret_quotas)[kept++] = (*ret_quotas)[i];
    }
    *ret_count = kept;
    return 0;
}

/* ---- the seats themselves */

static Inventory__Seat *seat_new(struct ts_call *call, const struct quota *quota, const Inventory__PlanSeat *body,
                                 bool staff)
{
    Inventory__Seat *seat = TS_NEW(call->arena, Inventory__Seat);

    inventory__seat__init(seat);
    seat->id = seat_id(call->arena, quota->id, body->place);
    seat->number = ts_strdup(call->arena, body->number);
    seat->has_x = seat->has_y = seat->has_accessible = seat->has_gap_after = seat->has_state = true;
    seat->x = body->x;
    seat->y = body->y;
    seat->accessible = body->accessible;
    seat->gap_after = body->gap_after;
    seat->state = state_of(quota, body->place, staff);
    return seat;
}

static Inventory__SeatRow *row_new(struct ts_call *call, const struct quota *quota, const struct seat_row *of,
                                   bool staff)
{
    Inventory__SeatRow *row = TS_NEW(call->arena, Inventory__SeatRow);

    inventory__seat_row__init(row);
    row->name = ts_strdup(call->arena, of->row->name);
    row->has_rank = true;
    row->rank = of->rank;
    row->seats = TS_NEW_ARRAY(call->arena, Inventory__Seat *, of->row->n_seats);
    for (; row->n_seats < of->row->n_seats; row->n_seats++)
        row->seats[row->n_seats] = seat_new(call, quota, of->row->seats[row->n_seats], staff);
    return row;
}

static int32_t count_free(const struct quota *quota, const struct seat_section *section)
{
    const struct seat *seats = quota->seat_plan->seats + section->first;
    int32_t count = 0;

    for (uint32_t i = 0; i < section->count; i++)
        count += map_get(&quota->map, seats[i].place).holder == HOLDER_NONE;
    return count;
}

static Inventory__SeatSection *section_new(struct ts_call *call, const struct quota *quota,
                                           const struct seat_section *of)
{
    Inventory__SeatSection *section = TS_NEW(call->arena, Inventory__SeatSection);

    inventory__seat_section__init(section);
    section->id = seat_section_id(call->arena, quota->id, of);
    section->name = ts_strdup(call->arena, of->section->name);
    section->has_size = section->has_free = true;
    section->size = (int32_t)of->count;
    section->free = count_free(quota, of);
    section->n_outline = (size_t)of->corner_count * 2;
    section->outline = ts_memdup(call->arena, of->outline, section->n_outline * sizeof(int32_t));
    return section;
}

/* The plan's sections, or the one that is asked for; copied: what is in memory may be replaced while it is written. */
static Inventory__QuotaSections *sections_new(struct ts_call *call, const struct quota *quota, const char *only)
{
    const struct seat_plan *plan = quota->seat_plan;
    const struct seat_section *one = only ? seat_plan_find_section(plan, quota->id, only) : NULL;
    Inventory__QuotaSections *answer = TS_NEW(call->arena, Inventory__QuotaSections);

    inventory__quota_sections__init(answer);
    answer->quota_id = (char *)quota->id;
    answer->sections = TS_NEW_ARRAY(call->arena, Inventory__SeatSection *, plan->section_count);
    for (uint32_t i = 0; i < plan->section_count; i++) {
        if (!only || &plan->sections[i] == one)
            answer->sections[answer->n_sections++] = section_new(call, quota, &plan->sections[i]);
    }
    return answer;
}

int get_seat_sections(struct ts_call *call, const Inventory__SeatsRequest *request,
                      Inventory__GetSeatSectionsReply *ret_reply)
{
    struct quota **quotas;
    size_t count;
    int r = find_visible(call, request->ids, request->n_ids, request->grant, &quotas, &count);

    if (r)
        return r;
    ret_reply->quotas = TS_NEW_ARRAY(call->arena, Inventory__QuotaSections *, count);
    for (size_t i = 0; i < count; i++) {
        if (request->section_id && !seat_section_is_of(quotas[i]->id, request->section_id))
            continue;
        r = seats_ready(call, quotas[i]);
        if (r)
            return r;
        ret_reply->quotas[ret_reply->n_quotas++] = sections_new(call, quotas[i], request->section_id);
        ts_yield(call);
    }
    return 0;
}

/* ---- the rows of sections */

/* The quotas that these sections are of, by their ids; a quota whose sections do not stand together may come twice. */
static size_t section_quotas(struct ts_call *call, const Inventory__IdsRequest *request, char **ids)
{
    size_t count = 0;

    for (size_t i = 0; i < request->n_ids; i++) {
        if (count == 0 || !seat_section_is_of(ids[count - 1], request->ids[i]))
            ids[count++] = ts_printf(call->arena, "%.*s", TS_ID_LENGTH, request->ids[i]);
    }
    return count;
}

static struct quota *quota_of(struct quota *const *quotas, size_t count, const char *section_id)
{
    for (size_t i = 0; i < count; i++) {
        if (seat_section_is_of(quotas[i]->id, section_id))
            return quotas[i];
    }
    return NULL;
}

static Inventory__SectionRows *rows_new(struct ts_call *call, const struct quota *quota, char *id,
                                        const struct seat_section *section, bool staff)
{
    const struct seat_row *rows = &quota->seat_plan->rows[quota->seat_plan->seats[section->first].row];
    Inventory__SectionRows *answer = TS_NEW(call->arena, Inventory__SectionRows);

    inventory__section_rows__init(answer);
    answer->section_id = id;
    answer->rows = TS_NEW_ARRAY(call->arena, Inventory__SeatRow *, section->section->n_rows);
    for (; answer->n_rows < section->section->n_rows; answer->n_rows++)
        answer->rows[answer->n_rows] = row_new(call, quota, &rows[answer->n_rows], staff);
    return answer;
}

int get_seat_rows(struct ts_call *call, const Inventory__IdsRequest *request, Inventory__GetSeatRowsReply *ret_reply)
{
    char **ids = TS_NEW_ARRAY(call->arena, char *, request->n_ids);
    struct quota **quotas;
    size_t count;
    int r = find_visible(call, ids, section_quotas(call, request, ids), request->grant, &quotas, &count);

    if (r)
        return r;
    ret_reply->sections = TS_NEW_ARRAY(call->arena, Inventory__SectionRows *, request->n_ids);
    for (size_t i = 0; i < request->n_ids; i++) {
        struct quota *quota = quota_of(quotas, count, request->ids[i]);
        const struct seat_section *section;

        r = quota ? seats_ready(call, quota) : 0;
        if (r)
            return r;
        section = quota ? seat_plan_find_section(quota->seat_plan, quota->id, request->ids[i]) : NULL;
        if (!section)
            continue;
        ret_reply->sections[ret_reply->n_sections++] =
            rows_new(call, quota, request->ids[i], section,
                     staff_grant(call, request->grant, quota->organizer_id, quota->event_id) != NULL);
        ts_yield(call);
    }
    return 0;
}

/* ---- who has what */

/* Of all seats, or of the section's that is asked for: none where it is no section of this plan. */
static Inventory__QuotaSeatStates *states_new(struct ts_call *call, const struct quota *quota, const char *only,
                                              bool staff)
{
    static const char letters[] = {
        [INVENTORY__SEAT__STATE__FREE] = 'F',    [INVENTORY__SEAT__STATE__TAKEN] = 'T',
        [INVENTORY__SEAT__STATE__HELD] = 'H',    [INVENTORY__SEAT__STATE__SOLD] = 'S',
        [INVENTORY__SEAT__STATE__BLOCKED] = 'B',
    };
    const struct seat_plan *plan = quota->seat_plan;
    const struct seat_section *one = only ? seat_plan_find_section(plan, quota->id, only) : NULL;
    uint32_t first = one ? one->first : 0, none = only ? 0 : plan->seat_count, count = one ? one->count : none;
    Inventory__QuotaSeatStates *states = TS_NEW(call->arena, Inventory__QuotaSeatStates);

    inventory__quota_seat_states__init(states);
    states->quota_id = (char *)quota->id;
    states->states = ts_alloc(call->arena, count + 1);
    for (uint32_t i = 0; i < count; i++)
        states->states[i] = letters[state_of(quota, plan->seats[first + i].place, staff)];
    return states;
}

int get_seat_states(struct ts_call *call, const Inventory__SeatsRequest *request,
                    Inventory__GetSeatStatesReply *ret_reply)
{
    struct quota **quotas;
    size_t count;
    int r = find_visible(call, request->ids, request->n_ids, request->grant, &quotas, &count);

    if (r)
        return r;
    ret_reply->quotas = TS_NEW_ARRAY(call->arena, Inventory__QuotaSeatStates *, count);
    for (size_t i = 0; i < count; i++) {
        bool staff = staff_grant(call, request->grant, quotas[i]->organizer_id, quotas[i]->event_id) != NULL;

        r = seats_ready(call, quotas[i]);
        if (r)
            return r;
        ret_reply->quotas[ret_reply->n_quotas++] = states_new(call, quotas[i], request->section_id, staff);
    }
    return 0;
}
