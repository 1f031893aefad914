/*
 * Inventory and catalogue as orders and payments see them, for tests of their failures: in memory outside of the
 * instance, so they outlive its crash as another machine's would. A call may fail before it did anything, or after.
 */
#ifndef ORDERS_FAKES_H
#define ORDERS_FAKES_H

#include "catalog/v1/catalog.rpc.h"
#include "inventory/v1/inventory.rpc.h"
#include "tessera/id.h"

extern const struct ts_module fake_inventory;
extern const struct ts_module fake_catalog;

enum { FAKE_HOLDS_MAX = 256, FAKE_PLACES_MAX = 8, FAKE_PRICE = 1190, FAKE_TAX = 190 };

struct fake_hold {
    char id[TS_ID_SIZE];
    char order_id[TS_ID_SIZE];
    char token[80];
    Inventory__HoldState state;
    int64_t expires_at_ms;
    unsigned place_count;
    int64_t price;
    bool sold_ever;
    bool seated; /* on "Seat 1", "Seat 2", … */
};

struct fake {
    unsigned capacity; /* places in all */
    struct fake_hold holds[FAKE_HOLDS_MAX];
    size_t hold_count;
    Catalog__EventStatus event_status, date_status;
    bool test_mode;
    char event_id[TS_ID_SIZE], date_id[TS_ID_SIZE], type_id[TS_ID_SIZE], organizer_id[TS_ID_SIZE];
    /* A number below `below`; NULL: nothing fails and nothing is late. */
    unsigned (*draw)(unsigned below);
    unsigned fail_percent;
    unsigned lose;            /* so many of the next new holds were ended by somebody before they began */
    unsigned overtaken;       /* so many were sold to their order, and seated, by somebody who took the last places */
    uint64_t calls, fail_nth; /* the n-th call fails after its effect; 0: none */
};
extern struct fake fake;

/* Start over: an empty house of `capacity` places, a published test-mode event. */
void fake_reset(struct ts_call *call, unsigned capacity);

/* Hold places for 15 minutes. Return: the hold; NULL if none are left. */
struct fake_hold *fake_hold_new(struct ts_call *call, unsigned place_count, int64_t price);
struct fake_hold *fake_hold_find(const char *id);

/* Places that are OPEN, KEPT or SOLD. */
unsigned fake_places_taken(void);

#endif
