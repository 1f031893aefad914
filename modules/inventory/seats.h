/*
 * Quotas whose places are seats: their plans in memory, and which seats a take gets.
 * A place of such a quota that is no seat is BLOCKED, in the store (by whoever decided for the plan) and in the map.
 */
#ifndef INVENTORY_SEATS_H
#define INVENTORY_SEATS_H

#include "places.h"
#include "rules.h"
#include "seat_plan.h"
#include "take.h"

/* ---- plans */

/*
 * The quota's map is ready, and the plan that its newest version names, if any, is in memory. Who only counts places
 * needs the map alone: a series may have a plan for each of its dates. Return: 0; a ts_error.
 */
int seats_ready(struct ts_call *call, struct quota *quota);
bool seats_are_ready(const struct quota *quota);

/* The quota has just been put with this plan (copied); or it was read. The map must be ready. */
void seats_install(struct inventory *inventory, struct quota *quota, const Inventory__SeatPlan *body);

/* Ask the store about each seat that the map has BLOCKED: whoever began that may not have come to its end. */
int seats_mend_blocked(struct ts_call *call, struct quota *quota);

/* ---- wishes */

/* For the index of a line where the input is one line itself: its paths are "seatIds.…". */
#define LINE_NONE SIZE_MAX

/* What can be said of a hold's seats without looking at any plan; notes refusals at "lines.…". */
void seats_check_lines(struct ts_call *call, Inventory__HoldLine *const *lines, size_t count);

/*
 * The line's seats on that date are those of its type; notes refusals. All maps must be ready, and no wait may lie
 * between this and the take.
 */
void seats_check_line(struct ts_call *call, const Inventory__HoldLine *line, size_t index, const char *date_id,
                      const char *type_id);

/* Both of a line that is of one quota, whoever its types are: only its quantity and its seats count. The second, what
 * this process may not know yet, is asked only for what is not made already. Return: 0; TS_REFUSED.
 */
void seats_check_pool_ids(struct ts_call *call, Inventory__HoldLine *line);
int seats_check_pool(struct ts_call *call, const Inventory__HoldLine *line, const struct quota *quota);

/* The seat in `quota` that the line names for its `unit`-th ticket; PLACE_NONE: it names none. */
int32_t seats_named(const struct quota *quota, const Inventory__HoldLine *line, size_t unit);

/* What the line wishes of the take's place in a seated quota for its `unit`-th ticket. */
void seats_wish(struct take_place *taken, const Inventory__HoldLine *line, size_t index, size_t unit);

/*
 * A hold taken again, a line for each position, had these places: rather they than others, if all of a quota's are
 * free; else rather an accessible seat where it had one.
 */
void seats_prefer(struct take *take, const Inventory__Hold *former);

/* ---- taking */

/*
 * Is every named seat that is not picked free, and a choice that the plan allows?
 * Return: REFUSAL_NONE; REFUSAL_SEAT, and each place that is not to be had says why.
 */
enum refusal seats_check_named(const struct take *take);

/*
 * Pick for all places in seated quotas that are not picked; named ones are free, and as many others as are wanted.
 * Return: REFUSAL_NONE; REFUSAL_SEAT, as above; REFUSAL_RESERVED when the map has other free places than the plan.
 */
enum refusal seats_pick(struct inventory *inventory, struct take *take);

/* The position shows the seat of this place, which has its number, if it is the one to be shown. */
void seats_show(const struct take *take, const struct take_place *taken);

/* Refuse each seat that the take could not have, by its name. Return: TS_REFUSED. */
int seats_refuse(struct ts_call *call, const struct take *take);

#endif
