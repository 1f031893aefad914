/* May this ticket pass here, now, in this direction? Entries are strict, exits never hold anybody back. */
#include "rules.h"

#include <string.h>

static bool is_for_list(const Door__CheckInList *list, const Tickets__VerifyCodeReply *ticket)
{
    return strcmp(ticket->event_id, list->event_id) == 0 &&
           (!list->date_id || strcmp(ticket->date_id, list->date_id) == 0);
}

static bool is_listed_type(const Door__CheckInList *list, const char *ticket_type_id)
{
    for (size_t i = 0; i < list->n_ticket_type_ids; i++)
        if (strcmp(list->ticket_type_ids[i], ticket_type_id) == 0)
            return true;
    return list->n_ticket_type_ids == 0;
}

/* A ticket's own standing as a result; OK when it is good. */
static Door__CheckInResult standing_result(Tickets__VerifyCodeReply__Standing standing)
{
    switch (standing) {
    case TICKETS__VERIFY_CODE_REPLY__STANDING__GOOD:
        return DOOR__CHECK_IN_RESULT__OK;
    case TICKETS__VERIFY_CODE_REPLY__STANDING__UNPAID:
        return DOOR__CHECK_IN_RESULT__UNPAID;
    case TICKETS__VERIFY_CODE_REPLY__STANDING__CANCELLED:
        return DOOR__CHECK_IN_RESULT__CANCELLED;
    case TICKETS__VERIFY_CODE_REPLY__STANDING__REVOKED:
        return DOOR__CHECK_IN_RESULT__REVOKED;
    case TICKETS__VERIFY_CODE_REPLY__STANDING__BLOCKED:
        return DOOR__CHECK_IN_RESULT__BLOCKED;
    default:
        return DOOR__CHECK_IN_RESULT__INVALID;
    }
}

bool admission_is_inside(const Door__Admission *admission)
{
    const Door__Admission__Pass *last = NULL;

    for (size_t i = 0; i < admission->n_passes; i++) {
        if (!last || admission->passes[i]->at_ms >= last->at_ms)
            last = admission->passes[i];
    }
    return last && last->direction == DOOR__CHECK_IN_DIRECTION__ENTRY;
}

bool admission_has_entered(const Door__Admission *admission)
{
    bool entered = admission->entered;

    for (size_t i = 0; i < admission->n_passes; i++)
        entered |= admission->passes[i]->direction == DOOR__CHECK_IN_DIRECTION__ENTRY;
    return entered;
}

bool admission_allows_entry(const Door__Admission *admission, bool allow_reentry)
{
    return !admission || !admission_has_entered(admission) || (allow_reentry && !admission->inside);
}

Door__CheckInResult scan_decide(const Door__CheckInList *list, const Tickets__VerifyCodeReply *ticket,
                                const Door__Admission *admission, const struct scan *scan)
{
    Door__CheckInResult result = standing_result(ticket->standing);

    if (result == DOOR__CHECK_IN_RESULT__INVALID)
        return result;
    if (!is_for_list(list, ticket))
        return DOOR__CHECK_IN_RESULT__WRONG_EVENT;
    if (result != DOOR__CHECK_IN_RESULT__OK)
        return result;
    if (!is_listed_type(list, ticket->ticket_type_id))
        return DOOR__CHECK_IN_RESULT__WRONG_PRODUCT;
    if (scan->direction == DOOR__CHECK_IN_DIRECTION__EXIT)
        return DOOR__CHECK_IN_RESULT__OK;
    if (list->has_opens_at_ms && scan->now_ms < list->opens_at_ms)
        return DOOR__CHECK_IN_RESULT__TOO_EARLY;
    if (list->has_closes_at_ms && scan->now_ms >= list->closes_at_ms)
        return DOOR__CHECK_IN_RESULT__TOO_LATE;
    return admission_allows_entry(admission, list->allow_reentry) ? DOOR__CHECK_IN_RESULT__OK
                                                                  : DOOR__CHECK_IN_RESULT__ALREADY_REDEEMED;
}

bool scan_passes(Door__CheckInResult result, const struct scan *scan)
{
    if (result == DOOR__CHECK_IN_RESULT__OK)
        return true;
    return scan->forced && result != DOOR__CHECK_IN_RESULT__INVALID && result != DOOR__CHECK_IN_RESULT__WRONG_EVENT;
}

int64_t scan_pass_ms(const Door__Admission *admission, const struct scan *scan, int64_t recorded_ms)
{
    int64_t last_ms = recorded_ms;

    if (scan->forced)
        return scan->now_ms < recorded_ms ? scan->now_ms : recorded_ms;
    for (size_t i = 0; admission && i < admission->n_passes; i++) {
        if (admission->passes[i]->at_ms > last_ms)
            last_ms = admission->passes[i]->at_ms;
    }
    return last_ms;
}

bool list_times_are_legal(const Door__CreateCheckInListRequest *request)
{
    return !request->has_opens_at || !request->has_closes_at || request->opens_at < request->closes_at;
}
