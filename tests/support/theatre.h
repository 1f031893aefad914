/* A theatre of 2,000 seats for tests, out of the drawing in theatre.txt: curved rows, two aisles, wheelchair places. */
#ifndef SUPPORT_THEATRE_H
#define SUPPORT_THEATRE_H

#include "inventory/v1/inventory.pb-c.h"

struct ts_arena;

enum { THEATRE_SEATS = 2000, THEATRE_ACCESSIBLE = 14 };

/* The plan, its places numbered in its order. Everything lives in `arena`. */
Inventory__SeatPlan *theatre_read(struct ts_arena *arena);

/* A section of one row for each drawing, as in theatre.txt: ".. w" is two seats, an aisle, a wheelchair's place. */
Inventory__SeatPlan *rows_read(struct ts_arena *arena, const char *const *drawings, size_t count);

#endif
