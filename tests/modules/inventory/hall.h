/* A hall with seats to sell, drawn in a few letters; and calls about it, for tests. */
#ifndef INVENTORY_HALL_H
#define INVENTORY_HALL_H

#include "rig.h"
#include "support/theatre.h"

#define DRAWN(...) (const char *const[]){ __VA_ARGS__ }, sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(const char *)

/* A shop whose hall has the seats drawn, and a type for them. */
struct hall {
    struct shop shop;
    struct id quota, type;
};

const Inventory__SetSeatPlanReply *set_plan(struct ts_call *call, const struct id *quota,
                                            const Inventory__SeatPlan *plan);
struct hall hall_with(struct ts_call *call, const Inventory__SeatPlan *plan);
struct hall hall_of(struct ts_call *call, const char *const *drawings, size_t count);
/* `section_id`: of that one alone, or NULL. */
const Inventory__GetSeatSectionsReply *sections(struct ts_call *call, const struct id *quota, const char *section_id);
const char *section_states(struct ts_call *call, const struct id *quota, const char *section_id);
const char *states(struct ts_call *call, const struct id *quota);
const Inventory__GetSeatRowsReply *rows(struct ts_call *call, char **section_ids, size_t count);
/* Those of the first section. */
const Inventory__SectionRows *first_rows(struct ts_call *call, const struct id *quota);
/* The id of "A1": the first seat of row A in the first section. */
char *seat(struct ts_call *call, const struct hall *hall, const char *name);
const Inventory__HoldTicketsReply *buy_lines(struct ts_call *call, const struct hall *hall, Inventory__HoldLine *lines,
                                             size_t count);
Inventory__HoldLine line_of(const struct id *type, int32_t quantity);
/* The ids of seats by their names, "A1"; what is longer is an id already. */
void seat_ids(struct ts_call *call, const struct hall *hall, const char *const *names, size_t count, char **ret_ids);
const Inventory__HoldTicketsReply *buy_seats(struct ts_call *call, const struct hall *hall, const char *const *names,
                                             size_t count);
/* The seats that the reply's positions show: "Hall A 3, Hall A 4". */
const char *shown(struct ts_call *call, const Inventory__HoldTicketsReply *reply);
const char *best(struct ts_call *call, const struct hall *hall, int32_t quantity);

#endif
