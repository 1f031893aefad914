/* Check-in lists, admissions and scans as documents. */
#ifndef DOOR_STORE_H
#define DOOR_STORE_H

#include "door/v1/door.pb-c.h"
#include "tessera/store.h"

extern const struct ts_collection check_in_lists, admissions, check_ins;

/* One of each by its key; absent is NULL. Return: 0; a ts_error. */
int list_get(struct ts_call *call, const char *id, const Door__CheckInList **ret_list);
int check_in_get(struct ts_call *call, const char *id, const Door__CheckIn **ret_check_in);

/* What a list saw of a ticket, and the version it was read at. Return: 0; a ts_error. */
struct admission {
    const char *key;
    const Door__Admission *body;
    int64_t version;
};
int admission_get(struct ts_call *call, const char *list_id, const char *ticket_id, struct admission *ret_admission);

/*
 * Record a scan: the admission's next version first when there is one (the decision), then the scan.
 * Return: 0; TS_WRITE_CONFLICT when either is there already; a ts_error.
 */
int scan_write(struct ts_call *call, const struct admission *admission, const Door__Admission *next,
               const Door__CheckIn *check_in);

/* The event's lists, by creation. Return: 0; a ts_error. */
int lists_of_event(struct ts_call *call, const char *event_id, struct ts_page *ret_page);

/* How many tickets of the list are inside. Return: 0; a ts_error. */
int list_count_inside(struct ts_call *call, const char *list_id, int64_t *ret_count);

/* Scans newest first, of a list or of a ticket. `scan` keeps what a cursor needs. Return: 0; a ts_error. */
struct ts_scan list_scans(const char *list_id);
struct ts_scan ticket_scans(const char *ticket_id);

/* Ids of the list's scans recorded at or after a time, in the order recorded: one page at a time. */
struct ts_scan recorded_scans(const char *list_id, int64_t from_ms);

/* Scans by their ids; absent ones are NULL. Return: 0; a ts_error. */
int check_ins_get(struct ts_call *call, const char *const *ids, size_t count, Door__CheckIn **ret_check_ins);

#endif
