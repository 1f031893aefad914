/* From the document to rows, blocks and a way back from places to seats; see seat_plan.h. */
#include "seat_plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tessera/arena.h"
#include "tessera/id.h"

uint32_t seat_plan_count(const Inventory__SeatPlan *body)
{
    size_t count = 0;

    for (size_t i = 0; i < body->n_sections; i++) {
        for (size_t j = 0; j < body->sections[i]->n_rows; j++)
            count += body->sections[i]->rows[j]->n_seats;
    }
    return (uint32_t)count;
}

static uint32_t count_rows(const Inventory__SeatPlan *body)
{
    size_t count = 0;

    for (size_t i = 0; i < body->n_sections; i++)
        count += body->sections[i]->n_rows;
    return (uint32_t)count;
}

/* ---- coordinates where there are none */

static void lay_out_row(const Inventory__PlanRow *row, int32_t y)
{
    int32_t width = 0, x;

    for (size_t i = 0; i + 1 < row->n_seats; i++)
        width += row->seats[i]->gap_after ? 2 * SEAT_STEP : SEAT_STEP;
    x = -width / 2;
    for (size_t i = 0; i < row->n_seats; i++) {
        Inventory__PlanSeat *seat = row->seats[i];

        seat->has_x = seat->has_y = true;
        seat->x = x;
        seat->y = y;
        x += seat->gap_after ? 2 * SEAT_STEP : SEAT_STEP;
    }
}

void seat_plan_lay_out(const Inventory__SeatPlan *body)
{
    int32_t y = 0;

    for (size_t i = 0; i < body->n_sections; i++, y += SEAT_STEP) {
        for (size_t j = 0; j < body->sections[i]->n_rows; j++, y += SEAT_STEP)
            lay_out_row(body->sections[i]->rows[j], y);
    }
}

/* ---- the plan */

static void add_seat(struct seat_plan *plan, const Inventory__PlanSeat *seat)
{
    uint32_t index = plan->seat_count++;

    plan->seats[index] =
        (struct seat){ seat->place, seat->x, seat->y, seat->accessible, plan->row_count - 1, seat->number };
    if (seat->accessible)
        plan->accessible[index / 64] |= UINT64_C(1) << (index % 64);
    if (seat->place >= plan->place_count)
        plan->place_count = seat->place + 1;
}

/* The row's seats, and a block up to each gap. */
static void add_row(struct seat_plan *plan, const Inventory__PlanSection *section, const Inventory__PlanRow *row)
{
    int32_t rank = row->has_rank ? row->rank : (int32_t)plan->row_count + 1;
    uint32_t first = plan->seat_count;

    plan->rows[plan->row_count++] = (struct seat_row){ section, row, rank };
    for (size_t i = 0; i < row->n_seats; i++) {
        add_seat(plan, row->seats[i]);
        if (!row->seats[i]->gap_after && i + 1 < row->n_seats)
            continue;
        plan->blocks[plan->block_count++] = (struct seat_block){ first, plan->seat_count - first, rank };
        first = plan->seat_count;
    }
}

static int compare_blocks(const void *left, const void *right)
{
    const struct seat_block *a = left, *b = right;

    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return a->first < b->first ? -1 : a->first > b->first;
}

/* Where the stage is taken to be: in the middle of all seats. */
static int64_t find_middle(const struct seat_plan *plan)
{
    int32_t low = plan->seats[0].x, high = low;

    for (uint32_t i = 1; i < plan->seat_count; i++) {
        if (plan->seats[i].x < low)
            low = plan->seats[i].x;
        if (plan->seats[i].x > high)
            high = plan->seats[i].x;
    }
    return (int64_t)low + high;
}

struct seat_plan *seat_plan_new(const Inventory__SeatPlan *body)
{
    struct ts_arena *arena = ts_arena_new();
    struct seat_plan *plan = TS_NEW(arena, struct seat_plan);
    uint32_t count = seat_plan_count(body);

    assert(count > 0 && count <= SEATS_MAX);
    plan->arena = arena;
    plan->body = (const Inventory__SeatPlan *)ts_message_dup(arena, &body->base);
    plan->seats = TS_NEW_ARRAY(arena, struct seat, count);
    plan->rows = TS_NEW_ARRAY(arena, struct seat_row, count_rows(body));
    plan->blocks = TS_NEW_ARRAY(arena, struct seat_block, count);
    plan->word_count = (count + 63) / 64;
    plan->accessible = TS_NEW_ARRAY(arena, uint64_t, plan->word_count);
    for (size_t i = 0; i < plan->body->n_sections; i++) {
        const Inventory__PlanSection *section = plan->body->sections[i];

        for (size_t j = 0; j < section->n_rows; j++)
            add_row(plan, section, section->rows[j]);
    }
    qsort(plan->blocks, plan->block_count, sizeof(*plan->blocks), compare_blocks);
    plan->middle_x2 = find_middle(plan);
    plan->seat_of = TS_NEW_ARRAY(arena, uint32_t, (size_t)plan->place_count);
    for (uint32_t i = 0; i < plan->seat_count; i++)
        plan->seat_of[plan->seats[i].place] = i + 1;
    return plan;
}

void seat_plan_free(struct seat_plan *plan)
{
    if (plan)
        ts_arena_free(plan->arena);
}

const struct seat *seat_plan_find(const struct seat_plan *plan, int32_t place)
{
    uint32_t seat = place >= 0 && place < plan->place_count ? plan->seat_of[place] : 0;

    return seat ? &plan->seats[seat - 1] : NULL;
}

char *seat_label(struct ts_arena *arena, const struct seat_plan *plan, const struct seat *seat)
{
    const struct seat_row *row = &plan->rows[seat->row];

    return ts_printf(arena, "%s %s %s", row->section->name, row->row->name, seat->number);
}

/* ---- names */

char *seat_id(struct ts_arena *arena, const char *quota_id, int32_t place)
{
    enum { DIGITS_MAX = 10 };
    char *id = ts_alloc(arena, TS_ID_LENGTH + 1 + DIGITS_MAX + 1), digits[DIGITS_MAX];
    size_t count = 0;

    /* By hand: a plan has thousands. */
    memcpy(id, quota_id, TS_ID_LENGTH);
    id[TS_ID_LENGTH] = '/';
    do {
        digits[count++] = (char)('0' + place % 10);
        place /= 10;
    } while (place);
    for (size_t i = 0; i < count; i++)
        id[TS_ID_LENGTH + 1 + i] = digits[count - 1 - i];
    return id;
}

bool seat_id_parse(struct ts_arena *arena, const char *id, const char **ret_quota_id, int32_t *ret_place)
{
    size_t size = strlen(id);
    char *quota_id;

    if (size < TS_ID_LENGTH + 2 || size > TS_ID_LENGTH + 8 || id[TS_ID_LENGTH] != '/')
        return false;
    if (strspn(id + TS_ID_LENGTH + 1, "0123456789") != size - TS_ID_LENGTH - 1)
        return false;
    if (id[TS_ID_LENGTH + 1] == '0' && size > TS_ID_LENGTH + 2)
        return false; /* one seat has one name */
    quota_id = ts_strndup(arena, id, TS_ID_LENGTH);
    *ret_quota_id = quota_id;
    *ret_place = (int32_t)strtol(id + TS_ID_LENGTH + 1, NULL, 10);
    return ts_id_is(quota_id, "quo");
}

/* ---- the map of its quota */

void seat_plan_bound(const struct seat_plan *plan, struct map *map, struct holders *holders)
{
    if (plan->place_count > map->place_count)
        map_grow(map, plan->place_count);
    for (int32_t i = 0; i < map->place_count; i++) {
        if (!seat_plan_find(plan, i) && map_get(map, i).holder == HOLDER_NONE)
            map_set(map, holders, i, HOLDER_BLOCKED);
    }
}
