/* The hall with seats: a quota of rows A and B whose plan staff change while it is sold. */
#ifndef SIM_SEATING_H
#define SIM_SEATING_H

#include "ask.h"

enum { SEATS_IN_ROW_MAX = 6, PLACES_NAMED = 14 }; /* some of these are no seats */

/* So many seats in each row. Return: 0; NET_SILENT; a refusal's code. */
int seating_set(struct client *client, const struct book_quota *quota, unsigned in_a, unsigned in_b);

/* The ids of so many seats from this place on, whether there are such seats or not. */
char **seating_ids(struct client *client, unsigned first, size_t count);

#endif
