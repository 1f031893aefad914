/*
 * The module's memory: which quotas there are, and a map of the places of each. Quotas of an event are read at the
 * event's first use, a map is built from its quota's claims at the quota's first use; a call that needs one waits for
 * it. Whoever changes a hold first has the maps of its places ready, then puts, then tells the maps without a wait
 * between: so while one process owns the store the maps are exact, and elsewhere conflicts mend them (place_mend()),
 * and what is heard and looked for (others.h).
 */
#ifndef INVENTORY_PLACES_H
#define INVENTORY_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "inventory/v1/inventory.pb-c.h"
#include "map.h"
#include "table.h"
#include "tessera/call.h"
#include "tessera/log.h"
#include "tessera/wait.h"

enum map_state { MAP_COLD, MAP_LOADING, MAP_READY };

struct quota {
    char id[TS_ID_SIZE], event_id[TS_ID_SIZE], date_id[TS_ID_SIZE], organizer_id[TS_ID_SIZE];
    char **type_ids;
    size_t type_count;
    int32_t size; /* -1: unlimited */
    int64_t version;
    char seat_plan_id[TS_ID_SIZE]; /* "": its places have no names */
    struct seat_plan *seat_plan;   /* in memory; replaced by a newer one: not to be kept over a wait */
    struct map map;
    enum map_state map_state;
    int64_t looked_ms, look_ms_took; /* others' doings in the whole of it were last read then, and how long that took */
    bool looking, doubted;           /* somebody reads them now; more has happened than a hint could tell */
    bool busy;                       /* a fiber is changing N or what is blocked */
    struct ts_waiters waiters;       /* for the map, or for what is busy */
    int32_t wanted;                  /* of the take that is being checked; 0 between checks */
    struct quota *next_of_event, *next_of_date, *next;
};

struct event {
    char id[TS_ID_SIZE];
    enum map_state state;
    int64_t read_ms; /* its quotas, last */
    struct ts_waiters waiters;
    struct quota *quotas, **last; /* in the order of their making; where the next one goes */
    struct event *next;
};

struct date {
    char id[TS_ID_SIZE];
    struct quota *quotas; /* in the order of their making */
    uint64_t changes;     /* of which there are, and of their types */
    struct date *next;
};

/* A fiber that has one hold for itself, among those of this process that ask for it; on that fiber's stack. */
struct hold_turn {
    const char *hold_id;
    struct ts_waiters waiters;
    struct hold_turn *next;
};

struct inventory {
    bool is_shared;  /* other processes write the store too */
    uint64_t learnt; /* how often a place was set by what was read of others' doings */
    struct table events, dates, quotas, draws;
    struct event *all_events; /* own the memory; newest first */
    struct date *all_dates;
    struct quota *all_quotas;
    struct draw *all_draws;
    struct holders holders;
    struct hold_turn *turns;
    struct ts_metric *active; /* OPEN holds, as far as this process knows */
    struct ts_metric *created, *released, *expired, *sold_out, *reserved, *conflicts;
    int32_t recent_hold_ms; /* what taking places takes of late, where there is a waiting room to tell */
};

int inventory_start(struct ts_call *call, void **ret_state);
void inventory_stop(void *state);

/* Quotas of the event are in memory from here on. Return: 0; a ts_error. */
int event_load(struct ts_call *call, const char *event_id, struct event **ret_event);

/* The same, read again and exactly, where others make quotas, too; what we made others find then. */
int event_load_again(struct ts_call *call, const char *event_id);

/* Add or bring up to date; its event must be loaded (or loading). Older versions are passed over. */
struct quota *quota_note(struct inventory *inventory, const Inventory__Quota *body, int64_t version);
struct quota *quota_find(const struct inventory *inventory, const char *id);

/* The quota, its event loaded; read when another process made it, NULL when nobody did. Return: 0; a ts_error. */
int quota_get(struct ts_call *call, const char *id, struct quota **ret_quota);

/* Put and note; when the outcome is unknown, quota_doubt(). Return: 0; STORE_CONFLICT; a ts_error. */
int quota_put(struct ts_call *call, const Inventory__Quota *body, int64_t version);

/* Whoever uses the quota's event next reads its quotas again. */
void quota_doubt(struct inventory *inventory, const Inventory__Quota *body);

/* NULL: it has no quotas. Its event must be loaded. */
const struct date *date_find(const struct inventory *inventory, const char *id);

/* First of the date's quotas (next_of_date follows); NULL when there are none. Its event must be loaded. */
struct quota *date_quotas(const struct inventory *inventory, const char *date_id);
bool quota_has_type(const struct quota *quota, const char *ticket_type_id);

/* Does the type draw on it, on that date? */
bool quota_sells(const struct quota *quota, const char *date_id, const char *ticket_type_id);

/* The quota's map is ready from here on. Return: 0; a ts_error. */
int quota_ready(struct ts_call *call, struct quota *quota);

/*
 * Read from the store who has the places from `first` to before `end`, and believe what is newer than the map
 * (ready, or loading). Return: 0; a ts_error.
 */
int places_read(struct ts_call *call, struct quota *quota, int32_t first, int32_t end);

/* How many more places must be BLOCKED; negative: fewer. With a plan of seats it is the plan that says which: 0. */
int32_t quota_block_shortage(const struct quota *quota);

/*
 * Places that a buyer may still get (of a quota that has grown some may have to be unblocked first), and those that
 * others hold and may give back. Map ready.
 */
int32_t quota_free_count(const struct quota *quota);
int32_t quota_held_count(const struct quota *quota);

/* The maps of all places of the hold are ready from here on. */
int hold_ready(struct ts_call *call, const Inventory__Hold *hold);

/* Tell the maps what this process has just put; `before` is the state that the hold had. */
void hold_note(struct inventory *inventory, const Inventory__Hold *hold, Inventory__HoldState before);

/* A put of this hold may or may not have happened: from `from_ms` on who wants its places asks the store. */
void hold_doubt(struct inventory *inventory, const Inventory__Hold *hold, Inventory__HoldState before, int64_t from_ms);

/*
 * Ask the store who has a place, end a hold whose time is over, and set the map right. For a place that this fiber has
 * taken for itself, or whose holder has lapsed; the caller keeps that holder in use.
 */
int place_mend(struct ts_call *call, struct quota *quota, int32_t number);

#endif
