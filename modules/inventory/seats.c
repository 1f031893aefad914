/* Plans, names and choices of seats; see seats.h. */
#include "seats.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "draw.h"
#include "seat_pick.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/limits.h"

/* ---- plans */

static bool is_loaded(const struct quota *quota)
{
    return !quota->seat_plan_id[0] ||
           (quota->seat_plan && strcmp(quota->seat_plan->body->id, quota->seat_plan_id) == 0);
}

int seats_mend_blocked(struct ts_call *call, struct quota *quota)
{
    int r = 0;

    for (uint32_t i = 0; r == 0 && i < quota->seat_plan->seat_count; i++) {
        int32_t place = quota->seat_plan->seats[i].place;

        if (map_get(&quota->map, place).holder != HOLDER_BLOCKED)
            continue;
        r = place_mend(call, quota, place);
        ts_yield(call);
    }
    return r;
}

bool seats_are_ready(const struct quota *quota)
{
    return quota->map_state == MAP_READY && is_loaded(quota);
}

int seats_ready(struct ts_call *call, struct quota *quota)
{
    int r = quota_ready(call, quota);

    while (r == 0 && !is_loaded(quota)) {
        const char *id = ts_strdup(call->arena, quota->seat_plan_id);
        bool changed = quota->seat_plan != NULL;
        const Inventory__SeatPlan *body;

        r = store_get_seat_plan(call, id, &body);
        if (r)
            return r;
        if (!body)
            return ts_fail(call, TS_EDATALOSS, "A quota names a plan of seats that is not there.");
        if (strcmp(quota->seat_plan_id, id) != 0 || is_loaded(quota))
            continue;
        seats_install(call->state, quota, body);
        if (changed) /* by another process, which may have BLOCKED some in passing */
            r = seats_mend_blocked(call, quota);
    }
    return r;
}

void seats_install(struct inventory *inventory, struct quota *quota, const Inventory__SeatPlan *body)
{
    assert(quota->map_state == MAP_READY && strcmp(quota->seat_plan_id, body->id) == 0);
    seat_plan_free(quota->seat_plan);
    quota->seat_plan = seat_plan_new(body);
    seat_plan_bound(quota->seat_plan, &quota->map, &inventory->holders);
}

static const char *field_of(struct ts_call *call, size_t line, const char *field)
{
    return line == LINE_NONE ? field : ts_printf(call->arena, "lines.%zu.%s", line, field);
}

static const char *path_of(struct ts_call *call, size_t line, size_t seat)
{
    return field_of(call, line, ts_printf(call->arena, "seatIds.%zu", seat));
}

/* ---- wishes */

/* The same seat in what was said before, of this line or another. */
static bool is_said_before(Inventory__HoldLine *const *lines, size_t line, size_t seat)
{
    const char *id = lines[line]->seat_ids[seat];

    for (size_t i = 0; i <= line; i++) {
        for (size_t j = 0; j < (i < line ? lines[i]->n_seat_ids : seat); j++) {
            if (strcmp(lines[i]->seat_ids[j], id) == 0)
                return true;
        }
    }
    return false;
}

/* The line at `index`, which `path_line` calls so. */
static void check_ids(struct ts_call *call, Inventory__HoldLine *const *lines, size_t index, size_t path_line)
{
    const Inventory__HoldLine *line = lines[index];

    if (line->n_seat_ids && line->n_seat_ids != (size_t)line->quantity)
        refuse(call, REFUSAL_SEAT_COUNT, field_of(call, path_line, "seatIds"));
    for (size_t i = 0; i < line->n_seat_ids; i++) {
        const char *quota_id;
        int32_t place;

        if (!seat_id_parse(call->arena, line->seat_ids[i], &quota_id, &place))
            refuse(call, REFUSAL_SEAT_UNKNOWN, path_of(call, path_line, i));
        else if (is_said_before(lines, index, i))
            refuse(call, REFUSAL_SEAT_TWICE, path_of(call, path_line, i));
    }
}

void seats_check_lines(struct ts_call *call, Inventory__HoldLine *const *lines, size_t count)
{
    size_t seat_count = 0;

    for (size_t i = 0; i < count; i++)
        seat_count += lines[i]->n_seat_ids;
    if (seat_count > TS_HOLD_PLACES_MAX) {
        refuse(call, REFUSAL_TOO_MANY_PLACES, "lines");
        return;
    }
    for (size_t i = 0; i < count; i++)
        check_ids(call, lines, i, i);
}

static bool is_seat(const struct quota *quota, int32_t place)
{
    return quota->seat_plan && seat_plan_find(quota->seat_plan, place);
}

static enum refusal check_id(struct ts_call *call, const char *id, const char *date_id, const char *type_id)
{
    const char *quota_id;
    const struct quota *quota;
    int32_t place;

    if (!seat_id_parse(call->arena, id, &quota_id, &place))
        return REFUSAL_SEAT_UNKNOWN;
    quota = quota_find(call->state, quota_id);
    if (!quota)
        return REFUSAL_SEAT_UNKNOWN;
    if (!quota_sells(quota, date_id, type_id))
        return REFUSAL_SEAT_OF_OTHERS;
    return is_seat(quota, place) ? REFUSAL_NONE : REFUSAL_SEAT_UNKNOWN;
}

static bool has_plan(struct ts_call *call, const char *date_id, const char *type_id)
{
    for (struct quota *const *quota = draw_find(call->state, date_id, type_id); *quota; quota++) {
        if ((*quota)->seat_plan)
            return true;
    }
    return false;
}

void seats_check_line(struct ts_call *call, const Inventory__HoldLine *line, size_t index, const char *date_id,
                      const char *type_id)
{
    if (line->accessible && !has_plan(call, date_id, type_id))
        refuse(call, REFUSAL_NO_SEATS, field_of(call, index, "accessible"));
    for (size_t i = 0; i < line->n_seat_ids; i++) {
        enum refusal refusal = check_id(call, line->seat_ids[i], date_id, type_id);

        if (refusal != REFUSAL_NONE)
            refuse(call, refusal, path_of(call, index, i));
    }
}

void seats_check_pool_ids(struct ts_call *call, Inventory__HoldLine *line)
{
    if (line->n_seat_ids > TS_HOLD_PLACES_MAX)
        refuse(call, REFUSAL_TOO_MANY_PLACES, "seatIds");
    else
        check_ids(call, &line, 0, LINE_NONE);
}

int seats_check_pool(struct ts_call *call, const Inventory__HoldLine *line, const struct quota *quota)
{
    for (size_t i = 0; i < line->n_seat_ids; i++) {
        const char *quota_id;
        int32_t place;

        if (!seat_id_parse(call->arena, line->seat_ids[i], &quota_id, &place) || strcmp(quota_id, quota->id) != 0 ||
            !is_seat(quota, place))
            refuse(call, REFUSAL_SEAT_UNKNOWN, path_of(call, LINE_NONE, i));
    }
    return ts_refusal_count(call) ? TS_REFUSED : 0;
}

int32_t seats_named(const struct quota *quota, const Inventory__HoldLine *line, size_t unit)
{
    size_t size = strlen(quota->id);
    const char *id = unit < line->n_seat_ids ? line->seat_ids[unit] : NULL;

    return id && strncmp(id, quota->id, size) == 0 ? (int32_t)strtol(id + size + 1, NULL, 10) : PLACE_NONE;
}

void seats_wish(struct take_place *taken, const Inventory__HoldLine *line, size_t index, size_t unit)
{
    taken->line = index;
    taken->unit = unit;
    taken->accessible = line->accessible;
    taken->named = seats_named(taken->quota, line, unit);
}

static int32_t find_number(const Inventory__HeldPosition *position, const char *quota_id)
{
    for (size_t i = 0; i < position->n_places; i++) {
        if (strcmp(position->places[i]->quota_id, quota_id) == 0)
            return position->places[i]->number;
    }
    return PLACE_NONE;
}

void seats_prefer(struct take *take, const Inventory__Hold *former)
{
    for (size_t i = 0; i < take->count; i++) {
        struct take_place *taken = &take->places[i];

        if (taken->quota->seat_plan && taken->line < former->n_positions)
            taken->former = find_number(former->positions[taken->line], taken->quota->id);
    }
}

/* ---- taking */

static bool is_free(const struct quota *quota, int32_t place)
{
    return place != PLACE_NONE && seat_plan_find(quota->seat_plan, place) &&
           map_get(&quota->map, place).holder == HOLDER_NONE;
}

static uint32_t index_of(const struct seat_plan *plan, int32_t place)
{
    return (uint32_t)(seat_plan_find(plan, place) - plan->seats);
}

static void set_bit(uint64_t *bits, uint32_t seat)
{
    bits[seat / 64] |= UINT64_C(1) << (seat % 64);
}

/* A bit for each seat that is free. */
static void list_free(const struct quota *quota, uint64_t *bits)
{
    const struct seat_plan *plan = quota->seat_plan;

    memset(bits, 0, plan->word_count * sizeof(*bits));
    for (uint32_t i = 0; i < plan->seat_count; i++) {
        if (map_get(&quota->map, plan->seats[i].place).holder == HOLDER_NONE)
            set_bit(bits, i);
    }
}

static bool is_named(const struct take_place *taken)
{
    return taken->quota->seat_plan && !taken->picked && taken->named != PLACE_NONE;
}

static bool is_first_named(const struct take *take, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (take->places[i].quota == take->places[index].quota && is_named(&take->places[i]))
            return false;
    }
    return is_named(&take->places[index]);
}

/* Do the named seats of this quota leave another one alone, against its plan? */
static bool is_orphaning(const struct take *take, const struct quota *quota)
{
    uint64_t bits[SEAT_WORDS_MAX], chosen[SEAT_WORDS_MAX];

    memset(chosen, 0, quota->seat_plan->word_count * sizeof(*chosen));
    for (size_t i = 0; i < take->count; i++) {
        if (take->places[i].quota == quota && is_named(&take->places[i]))
            set_bit(chosen, index_of(quota->seat_plan, take->places[i].named));
    }
    list_free(quota, bits);
    return seat_leaves_orphan(quota->seat_plan, bits, chosen);
}

static enum refusal why_taken(const struct quota *quota, int32_t place)
{
    uint32_t holder = map_get(&quota->map, place).holder;

    if (!seat_plan_find(quota->seat_plan, place))
        return REFUSAL_SEAT_UNKNOWN;
    if (holder == HOLDER_NONE)
        return REFUSAL_NONE;
    return holder >= HOLDER_FIRST ? REFUSAL_SEAT_HELD : REFUSAL_SEAT_SOLD;
}

enum refusal seats_check_named(const struct take *take)
{
    enum refusal result = REFUSAL_NONE;

    for (size_t i = 0; i < take->count; i++) {
        struct take_place *taken = &take->places[i];

        taken->refusal = is_named(taken) ? why_taken(taken->quota, taken->named) : REFUSAL_NONE;
        if (taken->refusal != REFUSAL_NONE)
            result = REFUSAL_SEAT;
    }
    for (size_t i = 0; result == REFUSAL_NONE && i < take->count; i++) {
        struct take_place *taken = &take->places[i];

        if (!is_first_named(take, i) || !taken->quota->seat_plan->body->forbid_orphans ||
            !is_orphaning(take, taken->quota))
            continue;
        taken->refusal = REFUSAL_SEAT_ORPHAN;
        result = REFUSAL_SEAT;
    }
    return result;
}

/* The take's places that want the best seats of one quota together. */
struct group {
    struct quota *quota;
    struct take_place *members[TS_HOLD_PLACES_MAX];
    uint32_t count;
    bool accessible, all_former;
    bool was_accessible; /* rather with such a seat, but in any case */
    int32_t near;        /* a seat that the group has already: only others' seats are chosen anew after a conflict */
};

static bool is_accessible(const struct quota *quota, int32_t place)
{
    const struct seat *seat = seat_plan_find(quota->seat_plan, place);

    return seat && seat->accessible;
}

static void gather(struct take *take, size_t first, struct group *group)
{
    bool has_accessible = false;

    group->quota = take->places[first].quota;
    group->count = 0;
    group->accessible = group->was_accessible = false;
    group->all_former = true;
    group->near = SEAT_NONE;
    for (size_t i = 0; i < take->count; i++) {
        struct take_place *taken = &take->places[i];

        if (taken->quota != group->quota || taken->named != PLACE_NONE)
            continue;
        group->accessible |= taken->accessible;
        group->was_accessible |= is_accessible(group->quota, taken->former);
        if (!taken->picked) {
            group->members[group->count++] = taken;
            group->all_former &= is_free(group->quota, taken->former);
        } else if (seat_plan_find(group->quota->seat_plan, taken->place->number)) {
            group->near = (int32_t)index_of(group->quota->seat_plan, taken->place->number);
            has_accessible |= is_accessible(group->quota, taken->place->number);
        }
    }
    group->accessible &= !has_accessible;
    group->was_accessible &= !has_accessible;
}

static enum refusal no_accessible(const struct quota *quota)
{
    const struct seat_plan *plan = quota->seat_plan;

    for (uint32_t i = 0; i < plan->seat_count; i++) {
        if (plan->seats[i].accessible && map_get(&quota->map, plan->seats[i].place).holder >= HOLDER_FIRST)
            return REFUSAL_ACCESSIBLE_HELD;
    }
    return REFUSAL_ACCESSIBLE_SOLD;
}

void seats_show(const struct take *take, const struct take_place *taken)
{
    const struct seat_plan *plan = taken->quota->seat_plan;
    int32_t place = taken->place->number;
    const struct seat *seat = taken->shown ? seat_plan_find(plan, place) : NULL;

    if (!seat) /* or its plan was just set by another process: the place counts, not its name */
        return;
    taken->position->seat = seat_label(take->arena, plan, seat);
    taken->position->seat_id = seat_id(take->arena, taken->quota->id, place);
}

static void pick_seat(struct inventory *inventory, struct take *take, struct take_place *taken, int32_t place)
{
    take_pick(inventory, take, taken, place);
    seats_show(take, taken);
}

static bool find_seats(const struct group *group, uint32_t *ret_seats)
{
    struct seat_wish wish = { group->count, group->accessible || group->was_accessible, group->near };
    uint64_t bits[SEAT_WORDS_MAX];

    list_free(group->quota, bits);
    if (seat_pick(group->quota->seat_plan, bits, &wish, ret_seats))
        return true;
    wish.accessible = group->accessible;
    return group->was_accessible && seat_pick(group->quota->seat_plan, bits, &wish, ret_seats);
}

static enum refusal pick_group(struct inventory *inventory, struct take *take, struct group *group)
{
    const struct quota *quota = group->quota;
    uint32_t seats[TS_HOLD_PLACES_MAX];

    if (!group->all_former && !find_seats(group, seats)) {
        group->members[0]->refusal = group->accessible ? no_accessible(quota) : REFUSAL_NONE;
        return group->accessible ? REFUSAL_SEAT : REFUSAL_RESERVED;
    }
    for (uint32_t i = 0; i < group->count; i++)
        pick_seat(inventory, take, group->members[i],
                  group->all_former ? group->members[i]->former : quota->seat_plan->seats[seats[i]].place);
    return REFUSAL_NONE;
}

enum refusal seats_pick(struct inventory *inventory, struct take *take)
{
    struct group group;

    for (size_t i = 0; i < take->count; i++) {
        if (is_named(&take->places[i]))
            pick_seat(inventory, take, &take->places[i], take->places[i].named);
    }
    for (size_t i = 0; i < take->count; i++) {
        enum refusal refusal;

        if (take->places[i].picked || !take->places[i].quota->seat_plan)
            continue;
        gather(take, i, &group);
        take->short_quota = group.quota;
        refusal = pick_group(inventory, take, &group);
        if (refusal != REFUSAL_NONE)
            return refusal;
    }
    return REFUSAL_NONE;
}

static void refuse_place(struct ts_call *call, const struct take_place *taken)
{
    const struct seat_plan *plan = taken->quota->seat_plan;
    const struct seat *seat = taken->named == PLACE_NONE ? NULL : seat_plan_find(plan, taken->named);
    enum refusal refusal = taken->refusal;

    if (taken->named == PLACE_NONE)
        refuse(call, refusal, field_of(call, taken->line, "accessible"));
    else if (refusal == REFUSAL_SEAT_ORPHAN || !seat)
        refuse(call, refusal, field_of(call, taken->line, "seatIds"));
    else
        ts_refuse(call, (int)refusal_code(refusal), path_of(call, taken->line, taken->unit), "%s: %s",
                  seat_label(call->arena, plan, seat), refusal_text(refusal));
}

int seats_refuse(struct ts_call *call, const struct take *take)
{
    for (size_t i = 0; i < take->count; i++) {
        if (take->places[i].refusal != REFUSAL_NONE)
            refuse_place(call, &take->places[i]);
    }
    assert(ts_refusal_count(call) > 0);
    return TS_REFUSED;
}
