/*
 * Which seats are the best for a group, pure: a plan and a bit for each seat that is free. The group sits together, in
 * one block, where any block has room; no single seat is left alone where another choice exists; then the better row,
 * then what is nearer to the middle. When no block has room the group is split: the longest run first, the others as
 * near to it as they come, and nobody alone where two pairs would do. As long as so many seats are free they are found.
 *
 * Accessible seats are no neighbours of others here, and are given only to who asks, or when nothing else is left.
 */
#ifndef INVENTORY_SEAT_PICK_H
#define INVENTORY_SEAT_PICK_H

#include "seat_plan.h"

enum { SEAT_NONE = -1 };

struct seat_wish {
    uint32_t count;
    bool accessible; /* one of them must be; the others beside it may be ordinary ones */
    int32_t near;    /* a seat that the group has already, or SEAT_NONE */
};

/*
 * Choose wish->count seats out of those whose bit is set in `free_seats` (plan->word_count words).
 * Return: true and ret_seats[0..count), ascending; false when fewer are free, or none of them is accessible and one
 * must be.
 */
bool seat_pick(const struct seat_plan *plan, const uint64_t *free_seats, const struct seat_wish *wish,
               uint32_t *ret_seats);

/*
 * Would taking `chosen` (bits, all of them free) leave a free seat alone that had a free neighbour before, though other
 * seats of the same run would not? A run with one seat more than was chosen of it leaves one in any case.
 */
bool seat_leaves_orphan(const struct seat_plan *plan, const uint64_t *free_seats, const uint64_t *chosen);

#endif
