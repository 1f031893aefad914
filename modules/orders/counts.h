/*
 * How many positions of PAID orders there are on each date and of each type: a projection in memory, made for an event
 * when somebody first asks, exact as long as every change of an order is shown to it. Never under a decision.
 */
#ifndef ORDERS_COUNTS_H
#define ORDERS_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "orders/v1/orders.pb-c.h"

enum { COUNTS_EVENTS_MAX = 256 }; /* events kept at once; past it the oldest is dropped and made again when asked for */

struct counts;

struct counts *counts_new(void);
struct counts *counts_free(struct counts *counts);

/*
 * True if the event's counts are complete. Otherwise the caller opens them, shows all its orders, seals them, and looks
 * again: meanwhile other events may have pushed this one out.
 */
bool counts_are_sealed(const struct counts *counts, const char *event_id);
void counts_open(struct counts *counts, const char *event_id);
void counts_seal(struct counts *counts, const char *event_id);

/*
 * Show one version of an order; an older one than was shown before changes nothing, and neither does one of an event
 * that nobody asked for. Return: false for such an event.
 */
bool counts_show(struct counts *counts, const Orders__Order *order, int64_t version);

/* Positions of the event on a date (NULL: all) of a type (NULL: all). */
int64_t counts_get(const struct counts *counts, const char *event_id, const char *date_id, const char *ticket_type_id);

#endif
