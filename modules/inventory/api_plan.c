/*
 * SetSeatPlan: the places of a quota become seats. The plan is written under an id of its own. Then the quota's own
 * hold, which lists what is BLOCKED, claims what is no seat any more and names the plan in the same version: that put
 * is the decision, as with every hold. The quota's document follows; where it was cut off, whoever sets a plan next
 * does that.
 */
#include <assert.h>
#include <string.h>

#include "api.h"
#include "block.h"
#include "places.h"
#include "seats.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/limits.h"
#include "tessera/reply.h"
#include "tessera/text.h"

enum {
    PLAN_TRIES = 8,
    PROBLEMS_MAX = 20, /* refusals that one answer shows */
    RANK_MAX = 1000000,
};

_Static_assert(SEATS_MAX == 20000 && BLOCK_FOR_PLAN_MAX == 4000 && SEAT_NAME_SIZE_MAX == 40 && RANK_MAX == 1000000 &&
                   SEAT_COORDINATE_MAX == 1000000,
               "the texts in rules.c say so");

/* ---- the plan that was asked for, names trimmed */

static char *trim(struct ts_call *call, const char *text)
{
    return ts_text_trim(call->arena, text ? text : "");
}

static Inventory__PlanRow *copy_row(struct ts_call *call, const Inventory__PlanRow *asked)
{
    Inventory__PlanRow *row = ts_memdup(call->arena, asked, sizeof(*asked));

    row->name = trim(call, asked->name);
    row->seats = TS_NEW_ARRAY(call->arena, Inventory__PlanSeat *, asked->n_seats);
    for (size_t i = 0; i < asked->n_seats; i++) {
        row->seats[i] = ts_memdup(call->arena, asked->seats[i], sizeof(*asked->seats[i]));
        row->seats[i]->number = trim(call, asked->seats[i]->number);
        row->seats[i]->has_place = false;
    }
    return row;
}

static Inventory__PlanSection *copy_section(struct ts_call *call, const Inventory__PlanSection *asked)
{
    Inventory__PlanSection *section = ts_memdup(call->arena, asked, sizeof(*asked));

    section->name = trim(call, asked->name);
    section->rows = TS_NEW_ARRAY(call->arena, Inventory__PlanRow *, asked->n_rows);
    for (size_t i = 0; i < asked->n_rows; i++)
        section->rows[i] = copy_row(call, asked->rows[i]);
    return section;
}

static Inventory__SeatPlan *copy_plan(struct ts_call *call, const Inventory__SetSeatPlanRequest *request)
{
    Inventory__SeatPlan *plan = TS_NEW(call->arena, Inventory__SeatPlan);

    inventory__seat_plan__init(plan);
    plan->quota_id = request->quota_id;
    plan->has_forbid_orphans = true;
    plan->forbid_orphans = request->forbid_orphans;
    plan->n_sections = request->n_sections;
    plan->sections = TS_NEW_ARRAY(call->arena, Inventory__PlanSection *, request->n_sections);
    for (size_t i = 0; i < request->n_sections; i++)
        plan->sections[i] = copy_section(call, request->sections[i]);
    return plan;
}

/* ---- what is wrong with it */

static bool is_shown(const struct ts_call *call)
{
    return ts_refusal_count(call) < PROBLEMS_MAX;
}

static void check_name(struct ts_call *call, const char *name, size_t size_max, const char *path)
{
    if (is_shown(call) && !ts_text_is_line(name, size_max))
        refuse(call, REFUSAL_PLAN_NAME, path);
}

static bool has_coordinate(const Inventory__PlanSeat *seat, bool wanted)
{
    if (seat->has_x != wanted || seat->has_y != wanted)
        return false;
    return !wanted || (seat->x >= -SEAT_COORDINATE_MAX && seat->x <= SEAT_COORDINATE_MAX &&
                       seat->y >= -SEAT_COORDINATE_MAX && seat->y <= SEAT_COORDINATE_MAX);
}

static void check_seats(struct ts_call *call, const Inventory__PlanRow *row, bool placed, const char *path)
{
    for (size_t i = 0; i < row->n_seats && is_shown(call); i++) {
        const char *at = ts_printf(call->arena, "%s.seats.%zu", path, i);

        check_name(call, row->seats[i]->number, SEAT_NAME_SIZE_MAX, ts_printf(call->arena, "%s.number", at));
        if (!has_coordinate(row->seats[i], placed))
            refuse(call, REFUSAL_PLAN_COORDINATES, at);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(row->seats[i]->number, row->seats[j]->number) != 0)
                continue;
            refuse(call, REFUSAL_PLAN_TWICE, ts_printf(call->arena, "%s.number", at));
            break;
        }
    }
}

static void check_row(struct ts_call *call, const Inventory__PlanSection *section, size_t index, bool placed,
                      const char *path)
{
    const Inventory__PlanRow *row = section->rows[index];

    check_name(call, row->name, SEAT_NAME_SIZE_MAX, ts_printf(call->arena, "%s.name", path));
    if (row->has_rank && (row->rank < 1 || row->rank > RANK_MAX))
        refuse(call, REFUSAL_PLAN_RANK, ts_printf(call->arena, "%s.rank", path));
    if (row->n_seats == 0)
        refuse(call, REFUSAL_PLAN_EMPTY, ts_printf(call->arena, "%s.seats", path));
    for (size_t i = 0; i < index; i++) {
        if (strcmp(row->name, section->rows[i]->name) != 0)
            continue;
        refuse(call, REFUSAL_PLAN_TWICE, ts_printf(call->arena, "%s.name", path));
        break;
    }
    check_seats(call, row, placed, path);
    ts_yield(call);
}

static void check_section(struct ts_call *call, const Inventory__SeatPlan *plan, size_t index, bool placed)
{
    const Inventory__PlanSection *section = plan->sections[index];
    const char *path = ts_printf(call->arena, "sections.%zu", index);

    check_name(call, section->name, TS_NAME_SIZE_MAX, ts_printf(call->arena, "%s.name", path));
    if (section->n_rows == 0)
        refuse(call, REFUSAL_PLAN_EMPTY, ts_printf(call->arena, "%s.rows", path));
    for (size_t i = 0; i < index; i++) {
        if (strcmp(section->name, plan->sections[i]->name) == 0)
            refuse(call, REFUSAL_PLAN_TWICE, ts_printf(call->arena, "%s.name", path));
    }
    for (size_t i = 0; i < section->n_rows && is_shown(call); i++)
        check_row(call, section, i, placed, ts_printf(call->arena, "%s.rows.%zu", path, i));
}

static const Inventory__PlanSeat *first_seat(const Inventory__SeatPlan *plan)
{
    for (size_t i = 0; i < plan->n_sections; i++) {
        for (size_t j = 0; j < plan->sections[i]->n_rows; j++) {
            if (plan->sections[i]->rows[j]->n_seats)
                return plan->sections[i]->rows[j]->seats[0];
        }
    }
    return NULL;
}

/* Coordinates are given when the first seat has some. Return: 0; TS_REFUSED. */
static int check_plan(struct ts_call *call, const Inventory__SeatPlan *plan)
{
    const Inventory__PlanSeat *first = first_seat(plan);
    bool placed = first && (first->has_x || first->has_y);

    if (!first)
        return refuse(call, REFUSAL_PLAN_EMPTY, "sections");
    if (seat_plan_count(plan) > SEATS_MAX)
        return refuse(call, REFUSAL_PLAN_TOO_BIG, "sections");
    for (size_t i = 0; i < plan->n_sections && is_shown(call); i++)
        check_section(call, plan, i, placed);
    if (ts_refusal_count(call))
        return TS_REFUSED;
    if (!placed)
        seat_plan_lay_out(plan);
    return 0;
}

/* ---- which place is which seat: those of the plan before keep theirs */

static const Inventory__PlanRow *find_row(const Inventory__SeatPlan *plan, const char *section, const char *row)
{
    for (size_t i = 0; plan && i < plan->n_sections; i++) {
        if (strcmp(plan->sections[i]->name, section) != 0)
            continue;
        for (size_t j = 0; j < plan->sections[i]->n_rows; j++) {
            if (strcmp(plan->sections[i]->rows[j]->name, row) == 0)
                return plan->sections[i]->rows[j];
        }
    }
    return NULL;
}

/* Its place before. Rows mostly keep their order, so the search begins where the last one ended. */
static int32_t find_place(const Inventory__PlanRow *row, const char *number, size_t *from)
{
    for (size_t i = 0; row && i < row->n_seats; i++) {
        size_t at = (*from + i) % row->n_seats;

        if (strcmp(row->seats[at]->number, number) != 0)
            continue;
        *from = at + 1;
        return row->seats[at]->place;
    }
    return PLACE_NONE;
}

static void place_row(const Inventory__PlanRow *before, const Inventory__PlanRow *row, int32_t *next)
{
    size_t from = 0;

    for (size_t i = 0; i < row->n_seats; i++) {
        int32_t place = find_place(before, row->seats[i]->number, &from);

        row->seats[i]->has_place = true;
        row->seats[i]->place = place == PLACE_NONE ? (*next)++ : place;
    }
}

/* A place for each seat, new ones from `*next` on. */
static void place_seats(struct ts_call *call, const Inventory__SeatPlan *before, const Inventory__SeatPlan *plan,
                        int32_t *next)
{
    for (size_t i = 0; i < plan->n_sections; i++) {
        for (size_t j = 0; j < plan->sections[i]->n_rows; j++)
            place_row(find_row(before, plan->sections[i]->name, plan->sections[i]->rows[j]->name),
                      plan->sections[i]->rows[j], next);
        ts_yield(call);
    }
}

static bool is_same(struct ts_call *call, const Inventory__SeatPlan *before, Inventory__SeatPlan *plan)
{
    const uint8_t *left, *right;
    size_t left_size, right_size;

    plan->id = before->id;
    plan->has_created_at_ms = before->has_created_at_ms;
    plan->created_at_ms = before->created_at_ms;
    left = ts_message_pack(call->arena, &before->base, &left_size);
    right = ts_message_pack(call->arena, &plan->base, &right_size);
    return left_size == right_size && memcmp(left, right, left_size) == 0;
}

/* ---- places that are no seats any more */

struct plan_change {
    struct quota *quota;
    Inventory__Quota *body; /* as stored; then as it is to be */
    int64_t version;
    Inventory__Hold *own; /* the quota's own hold */
    int64_t own_version;
    const Inventory__SeatPlan *before; /* NULL: none */
    Inventory__SeatPlan *plan;
    int32_t *lost; /* free places that are no seats any more, ascending */
    size_t lost_count;
};

/* A bit for each of the quota's places that is a seat of the plan. */
static uint64_t *list_kept(struct ts_call *call, const Inventory__SeatPlan *plan, int32_t place_count)
{
    uint64_t *bits = TS_NEW_ARRAY(call->arena, uint64_t, (size_t)place_count / 64 + 1);

    for (size_t i = 0; i < plan->n_sections; i++) {
        for (size_t j = 0; j < plan->sections[i]->n_rows; j++) {
            const Inventory__PlanRow *row = plan->sections[i]->rows[j];

            for (size_t k = 0; k < row->n_seats; k++) {
                if (row->seats[k]->place < place_count)
                    bits[row->seats[k]->place / 64] |= UINT64_C(1) << (row->seats[k]->place % 64);
            }
        }
    }
    return bits;
}

/* Somebody has a place that is to go: say which seat it is. */
static void refuse_drop(struct ts_call *call, const struct quota *quota, int32_t place)
{
    const struct seat *seat = quota->seat_plan ? seat_plan_find(quota->seat_plan, place) : NULL;

    if (!seat)
        refuse(call, REFUSAL_PLAN_TOO_LATE, "quotaId");
    else
        ts_refuse(call, (int)refusal_code(REFUSAL_PLAN_DROPS), "sections", "%s: %s",
                  seat_label(call->arena, quota->seat_plan, seat), refusal_text(REFUSAL_PLAN_DROPS));
}

/* Which places go. Nothing waits here. Return: 0; TS_REFUSED when somebody has one of them. */
static int list_lost(struct ts_call *call, struct plan_change *change)
{
    struct quota *quota = change->quota;
    int32_t place_count = quota->map.place_count;
    uint64_t *kept = list_kept(call, change->plan, place_count);

    change->lost_count = 0;
    change->lost = TS_NEW_ARRAY(call->arena, int32_t, (size_t)place_count);
    for (int32_t i = 0; i < place_count; i++) {
        uint32_t holder = map_get(&quota->map, i).holder;
        bool was_seat = quota->seat_plan && seat_plan_find(quota->seat_plan, i);

        if ((kept[i / 64] >> (i % 64) & 1) || (holder == HOLDER_BLOCKED && !was_seat))
            continue;
        if (quota->seat_plan && !was_seat)
            continue; /* another process sold it before it knew the plan: it is lost already */
        if (holder == HOLDER_NONE)
            change->lost[change->lost_count++] = i;
        else if (is_shown(call))
            refuse_drop(call, quota, i);
        if (holder != HOLDER_NONE && !was_seat)
            break; /* one word is enough for all */
    }
    if (change->lost_count > BLOCK_FOR_PLAN_MAX)
        refuse(call, REFUSAL_PLAN_LOSES, "sections");
    return ts_refusal_count(call) ? TS_REFUSED : 0;
}

/* ---- SetSeatPlan */

/*
 * Write the plan and decide for it. Return: 0, and the quota's own hold names it; STORE_CONFLICT, somebody was quicker
 * and the map says who; TS_REFUSED; a ts_error.
 */
static int decide(struct ts_call *call, struct plan_change *change)
{
    int r;

    change->plan->id = (char *)ts_id_new(call, "pln");
    change->plan->has_created_at_ms = true;
    change->plan->created_at_ms = ts_now_ms(call);
    r = store_insert_seat_plan(call, change->plan);
    if (r == 0)
        r = list_lost(call, change); /* once more: no wait may lie between this look and the taking */
    if (r)
        return r;
    change->own->seat_plan_id = change->plan->id;
    return block_for_plan(call, change->quota, change->own, change->own_version, change->lost, change->lost_count);
}

static int32_t place_count_of(const Inventory__SeatPlan *plan)
{
    int32_t count = 0;

    for (size_t i = 0; i < plan->n_sections; i++) {
        for (size_t j = 0; j < plan->sections[i]->n_rows; j++) {
            const Inventory__PlanRow *row = plan->sections[i]->rows[j];

            for (size_t k = 0; k < row->n_seats; k++)
                count = row->seats[k]->place >= count ? row->seats[k]->place + 1 : count;
        }
    }
    return count;
}

/* The quota follows its own hold. Return: 0; STORE_CONFLICT; a ts_error. */
static int follow(struct ts_call *call, struct plan_change *change, const Inventory__SeatPlan *plan)
{
    int32_t place_count = place_count_of(plan);
    int r;

    change->body->seat_plan_id = plan->id;
    change->body->has_size = change->body->has_place_count = true;
    change->body->size = (int32_t)seat_plan_count(plan);
    if (place_count > change->body->place_count)
        change->body->place_count = place_count;
    r = quota_put(call, change->body, change->version);
    if (r == 0)
        seats_install(call->state, change->quota, plan);
    return r;
}

/* The quota's own hold, and the plan that it names, which is the one that is valid. Return: 0; a ts_error. */
static int read_decided(struct ts_call *call, struct plan_change *change)
{
    int r = block_get(call, change->quota, &change->own, &change->own_version);

    if (r == 0 && change->own->seat_plan_id)
        r = store_get_seat_plan(call, change->own->seat_plan_id, &change->before);
    if (r == 0 && change->own->seat_plan_id && !change->before)
        return ts_fail(call, TS_EDATALOSS, "A quota names a plan of seats that is not there.");
    return r;
}

static bool is_followed(const struct plan_change *change)
{
    return !change->before ||
           (change->body->seat_plan_id && strcmp(change->body->seat_plan_id, change->before->id) == 0);
}

/* The quota is busy with us. Return: 0; STORE_CONFLICT: look again; TS_REFUSED; a ts_error. */
static int set_busy(struct ts_call *call, struct plan_change *change)
{
    int32_t next = change->body->place_count;
    int r = seats_ready(call, change->quota);

    if (r == 0 && change->quota->seat_plan)
        r = seats_mend_blocked(call, change->quota);
    if (r == 0)
        r = read_decided(call, change);
    if (r)
        return r;
    if (!is_followed(change)) { /* whoever decided was cut off, or is about to do the same */
        r = follow(call, change, change->before);
        return r ? r : STORE_CONFLICT;
    }
    place_seats(call, change->before, change->plan, &next);
    if (change->before && is_same(call, change->before, change->plan))
        return 0;
    if (next > QUOTA_PLACES_MAX)
        return refuse(call, REFUSAL_PLAN_TOO_LATE, "quotaId");
    r = list_lost(call, change);
    if (r == 0)
        r = decide(call, change);
    return r ? r : follow(call, change, change->plan);
}

static int set_once(struct ts_call *call, Inventory__SeatPlan *plan, Inventory__Quota **ret_quota)
{
    struct plan_change change = { .plan = plan };
    struct event *event;
    int r = store_get_quota(call, plan->quota_id, &change.body, &change.version);

    if (r)
        return r;
    r = quota_require(call, change.body);
    if (r == 0)
        r = event_load(call, change.body->event_id, &event);
    if (r)
        return r;
    change.quota = quota_note(call->state, change.body, change.version);
    while (change.quota->busy) {
        r = ts_wait(call, &change.quota->waiters);
        if (r)
            return r;
    }
    change.quota->busy = true;
    r = set_busy(call, &change);
    change.quota->busy = false;
    ts_wake(&change.quota->waiters);
    *ret_quota = change.body;
    return r;
}

int set_seat_plan(struct ts_call *call, const Inventory__SetSeatPlanRequest *request,
                  Inventory__SetSeatPlanReply *ret_reply)
{
    Inventory__SeatPlan *plan = copy_plan(call, request);
    Inventory__Quota *quota = NULL;
    int r = STORE_CONFLICT;

    if (!ts_id_is(request->quota_id, "quo"))
        return refuse(call, REFUSAL_QUOTA_UNKNOWN, "quotaId");
    if (check_plan(call, plan))
        return TS_REFUSED;
    for (unsigned tries = 0; r == STORE_CONFLICT && tries < PLAN_TRIES; tries++)
        r = set_once(call, plan, &quota);
    if (r)
        return r == STORE_CONFLICT ? TS_EABORTED : r;
    assert(quota);
    quota_publish(call, quota);
    ret_reply->quota = quota;
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, quota->organizer_id);
    return 0;
}
