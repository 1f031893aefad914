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

/* Which seat lies farthest this way? The first of those that do. */
static const struct seat *farthest(const struct seat_plan *plan, const struct seat_section *section,
                                   const int64_t way[2])
{
    const struct seat *best = &plan->seats[section->first];

    for (uint32_t i = 1; i < section->count; i++) {
        const struct seat *seat = &plan->seats[section->first + i];

        if (seat->x * way[0] + seat->y * way[1] > best->x * way[0] + best->y * way[1])
            best = seat;
    }
    return best;
}

/* A corner is a seat that lies farthest some way. Sixteen ways find each corner that is not nearly flat. */
static void outline(const struct seat_plan *plan, struct seat_section *section)
{
    /* cos and sin of 0, 22.5, 45, 67.5 degrees; a quarter further the axes change places */
    static const int64_t ways[4][2] = { { 1000, 0 }, { 924, 383 }, { 707, 707 }, { 383, 924 } };

    for (unsigned i = 0; i < SECTION_CORNERS_MAX; i++) {
        int64_t x = ways[i % 4][0], y = ways[i % 4][1];
        const int64_t turned[4][2] = { { x, y }, { -y, x }, { -x, -y }, { y, -x } };
        const struct seat *seat = farthest(plan, section, turned[i / 4]);
        uint32_t count = section->corner_count;
        const int32_t *last = section->outline[count ? count - 1 : 0], *first = section->outline[0];

        if (count && ((seat->x == last[0] && seat->y == last[1]) || (seat->x == first[0] && seat->y == first[1])))
            continue;
        section->outline[count][0] = seat->x;
        section->outline[count][1] = seat->y;
        section->corner_count++;
    }
}

static void add_section(struct seat_plan *plan, const Inventory__PlanSection *body)
{
    struct seat_section *section = &plan->sections[plan->section_count++];

    *section = (struct seat_section){ .section = body, .first = plan->seat_count };
    for (size_t i = 0; i < body->n_rows; i++)
        add_row(plan, body, body->rows[i]);
    section->count = plan->seat_count - section->first;
    outline(plan, section);
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
    plan->sections = TS_NEW_ARRAY(arena, struct seat_section, plan->body->n_sections);
    for (size_t i = 0; i < plan->body->n_sections; i++)
        add_section(plan, plan->body->sections[i]);
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

char *seat_section_id(struct ts_arena *arena, const char *quota_id, const struct seat_section *section)
{
    return ts_printf(arena, "%s/%s", quota_id, section->section->name);
}

bool seat_section_is_of(const char *quota_id, const char *id)
{
    return strncmp(id, quota_id, TS_ID_LENGTH) == 0 && id[TS_ID_LENGTH] == '/';
}

const struct seat_section *seat_plan_find_section(const struct seat_plan *plan, const char *quota_id, const char *id)
{
    if (!seat_section_is_of(quota_id, id))
        return NULL;
    for (uint32_t i = 0; i < plan->section_count; i++) {
        if (strcmp(plan->sections[i].section->name, id + TS_ID_LENGTH + 1) == 0)
            return &plan->sections[i];
    }
    return NULL;
}

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
