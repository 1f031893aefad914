/* Pure decisions of the door: is this input a scan, and may this ticket pass (ARCHITECTURE.md, Tickets and the door).
 */
#ifndef DOOR_RULES_H
#define DOOR_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "door/v1/door.pb-c.h"
#include "tickets/v1/tickets.pb-c.h"

enum {
    NONCE_SIZE_MAX = 200,
    QR_SIZE_MAX = 4096, /* what a scanner may read that is no ticket: a long URL; more is no scan */
    GATE_SIZE_MAX = 200,
    PASSES_MAX = 200,           /* kept in an admission; a ticket that passes more often loses its oldest */
    UNDO_MS_MAX = 600000,       /* who was let in by mistake has not gone far */
    CLOCK_SKEW_MS_MAX = 300000, /* how far ahead of ours a device's clock may be */
};

/* A scan as the rules see it: `now_ms` is when it happened. */
struct scan {
    Door__CheckInDirection direction;
    int64_t now_ms;
    bool forced;
};

/*
 * What a ticket's scan comes to on a list. `admission` is what this list saw of the ticket before, or NULL.
 * A code that is not for this event learns nothing of the ticket; then its standing decides, then the list.
 */
Door__CheckInResult scan_decide(const Door__CheckInList *list, const Tickets__VerifyCodeReply *ticket,
                                const Door__Admission *admission, const struct scan *scan);

/* True if the scan is a passing to be kept: it was let in or out, or it happened offline with a real ticket of the
 * event. */
bool scan_passes(Door__CheckInResult result, const struct scan *scan);

/*
 * When a passing counts as having happened, `recorded_ms` being now. Who was offline says when, but not the future; who
 * passes now does so after all that is on record, whatever the clock said by which that was recorded.
 */
int64_t scan_pass_ms(const Door__Admission *admission, const struct scan *scan, int64_t recorded_ms);

/* True if the passing that happened last, by its own time and not by when we heard of it, was an entry. */
bool admission_is_inside(const Door__Admission *admission);

/* True if an entry was ever recorded. */
bool admission_has_entered(const Door__Admission *admission);

/* True if an entry would be the first, follows an exit where that is allowed, or follows exits only. */
bool admission_allows_entry(const Door__Admission *admission, bool allow_reentry);

/* Lists: true if its times are in order (absent ones are). */
bool list_times_are_legal(const Door__CreateCheckInListRequest *request);

#endif
