/*
 * A plan of seats in memory: which place of a quota is which seat, and what stands beside what. It is made of a
 * SeatPlan document, which never changes, and is read only. Seats are numbered in the order of the plan; a block is a
 * run of them with nothing between (no gap, no aisle, no end of the row), so neighbours in a block sit together.
 */
#ifndef INVENTORY_SEAT_PLAN_H
#define INVENTORY_SEAT_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "inventory/v1/inventory.pb-c.h"
#include "map.h"

struct ts_arena;

enum {
    SEATS_MAX = 20000,       /* of one plan: an arena's quota; some 450 KB in one document */
    SEAT_NAME_SIZE_MAX = 40, /* bytes of a row's name or a seat's number */
    SEAT_STEP = 100,         /* from one seat to the next where a plan says no coordinates */
    SEAT_COORDINATE_MAX = 1000000,
    SECTION_CORNERS_MAX = 16,
    SEAT_WORDS_MAX = (SEATS_MAX + 63) / 64,
};

struct seat {
    int32_t place; /* of the quota */
    int32_t x, y;
    bool accessible;
    uint32_t row;
    const char *number; /* as people call it */
};

struct seat_row {
    const Inventory__PlanSection *section;
    const Inventory__PlanRow *row;
    int32_t rank; /* less is better */
};

struct seat_section {
    const Inventory__PlanSection *section;
    uint32_t first, count;                   /* seats */
    int32_t outline[SECTION_CORNERS_MAX][2]; /* x and y of those at its corners, in turn */
    uint32_t corner_count;
};

struct seat_block {
    uint32_t first, count; /* seats */
    int32_t rank;
};

struct seat_plan {
    const Inventory__SeatPlan *body;
    struct seat *seats;
    uint32_t seat_count;
    struct seat_section *sections;
    uint32_t section_count;
    struct seat_row *rows;
    uint32_t row_count;
    struct seat_block *blocks; /* by rank, then as the plan has them */
    uint32_t block_count;
    uint64_t *accessible; /* a bit for each seat */
    uint32_t word_count;  /* of such bits */
    int64_t middle_x2;    /* twice the x from where a row is best */
    int32_t place_count;  /* one more than the highest place */
    uint32_t *seat_of;    /* of a place: 1 + the seat; 0: it is none */
    struct ts_arena *arena;
};

/* The caller owns the plan, which has its own copy of the document. */
struct seat_plan *seat_plan_new(const Inventory__SeatPlan *body);
void seat_plan_free(struct seat_plan *plan);

/* The seat at a place, or NULL. */
const struct seat *seat_plan_find(const struct seat_plan *plan, int32_t place);

/* What stands on a ticket: "Stalls C 12". In `arena`. */
char *seat_label(struct ts_arena *arena, const struct seat_plan *plan, const struct seat *seat);

/* "<quota id>/<name>", in `arena`. */
char *seat_section_id(struct ts_arena *arena, const char *quota_id, const struct seat_section *section);

/* Is it the id of a section of this quota, whether there is such a one or not? */
bool seat_section_is_of(const char *quota_id, const char *id);

/* The section with that id, or NULL: it is none of this quota's. */
const struct seat_section *seat_plan_find_section(const struct seat_plan *plan, const char *quota_id, const char *id);

/* "<quota id>/<place>", in `arena`. */
char *seat_id(struct ts_arena *arena, const char *quota_id, int32_t place);

/*
 * The quota (a copy of its id in the arena) and the place that the text names. Return: false if it is no such name.
 * Whether there is such a seat is another question.
 */
bool seat_id_parse(struct ts_arena *arena, const char *id, const char **ret_quota_id, int32_t *ret_place);

/* What is no seat and free counts as BLOCKED, also where another process has blocked it; the map has all seats. */
void seat_plan_bound(const struct seat_plan *plan, struct map *map, struct holders *holders);

/* How many seats the document has. */
uint32_t seat_plan_count(const Inventory__SeatPlan *body);

/* Give seats without coordinates some: row below row, each row in the middle. All or none of a plan have them. */
void seat_plan_lay_out(const Inventory__SeatPlan *body);

#endif
