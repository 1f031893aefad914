/*
 * A scan, from the phone at the gate to the record. Its id is a hash of list and nonce, so a repeated one finds itself;
 * the ticket's admission on the list is what two gates compete for. Order of writes: admission, then the scan. A crash
 * between leaves an admission that names the scan, and the device's repetition completes it.
 */
#include <assert.h>
#include <string.h>

#include "api.h"
#include "door.h"
#include "rules.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/reply.h"
#include "tessera/right.h"
#include "tessera/sign.h"
#include "tessera/text.h"
#include "tickets/v1/tickets.rpc.h"

enum { WRITE_TRIES_MAX = 8 };

/* The id of the scan that `nonce` names on this list. */
static const char *scan_id(struct ts_call *call, const char *list_id, const char *nonce)
{
    const char *text = ts_printf(call->arena, "%s/%s", list_id, nonce);
    uint8_t digest[32];

    ts_sha256(text, strlen(text), digest);
    return ts_id_from_bytes(call, "chk", digest);
}

/* What must be equal when a nonce comes again. */
static const char *input_hash(struct ts_call *call, const Door__CheckInRequest *request)
{
    size_t size;
    const uint8_t *bytes = ts_message_pack(call->arena, &request->base, &size);
    uint8_t digest[32];

    ts_sha256(bytes, size, digest);
    return ts_base64url_encode(call, digest, 16);
}

/* Return: 0 for input that is a scan; TS_REFUSED. */
static int request_check(struct ts_call *call, const Door__CheckInRequest *request)
{
    const int invalid = COMMON__ERROR_CODE__INVALID_INPUT;

    if (!ts_text_is_line(request->nonce, NONCE_SIZE_MAX))
        return ts_refuse(call, invalid, "nonce", "A nonce is 1 to %d bytes of plain text.", NONCE_SIZE_MAX);
    if (!request->qr == !request->ticket_id)
        return ts_refuse(call, invalid, "qr", "A scan is of a code, or of a ticket that was looked up.");
    if (request->qr && strnlen(request->qr, QR_SIZE_MAX + 1) > QR_SIZE_MAX)
        return ts_refuse(call, invalid, "qr", "A code is at most %d bytes.", QR_SIZE_MAX);
    if (request->gate && !ts_text_is_line(request->gate, GATE_SIZE_MAX))
        return ts_refuse(call, invalid, "gate", "A gate's name is 1 to %d bytes of plain text.", GATE_SIZE_MAX);
    if (request->has_at && !request->force)
        return ts_refuse(call, invalid, "at", "Only a forced scan carries its own time.");
    if (request->has_at && (request->at > ts_now_ms(call) + CLOCK_SKEW_MS_MAX || request->at < 0))
        return ts_refuse(call, invalid, "at", "A scan cannot have happened in the future.");
    return 0;
}

/* Return: 0 and the list that the caller may scan on; TS_REFUSED; a ts_error. */
static int find_list(struct ts_call *call, const char *list_id, const Door__CheckInList **ret_list)
{
    int r;

    if (call->principal->kind == TS_PRINCIPAL_ANONYMOUS)
        return TS_EUNAUTHENTICATED;
    *ret_list = NULL;
    r = ts_id_is(list_id, "lst") ? list_get(call, list_id, ret_list) : 0;
    if (r)
        return r;
    if (!*ret_list || !ts_may(call, TS_RIGHT_DOOR, (*ret_list)->organizer_id, (*ret_list)->event_id))
        return ts_refuse(call, COMMON__ERROR_CODE__NOT_FOUND, "listId", "There is no such check-in list.");
    return 0;
}

static void reply_fill(struct ts_call *call, Door__CheckInReply *reply, const Door__CheckIn *check_in)
{
    reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, check_in->organizer_id);
    reply->check_in = (Door__CheckIn *)check_in;
    reply->has_result = true;
    reply->result = check_in->result;
}

static Door__CheckIn *check_in_new(struct ts_call *call, const Door__CheckInRequest *request,
                                   const Door__CheckInList *list)
{
    Door__CheckIn *check_in = TS_NEW(call->arena, Door__CheckIn);

    door__check_in__init(check_in);
    check_in->id = (char *)scan_id(call, request->list_id, request->nonce);
    check_in->list_id = list->id;
    check_in->organizer_id = list->organizer_id;
    check_in->event_id = list->event_id;
    check_in->has_direction = true;
    check_in->direction = request->has_direction ? request->direction : DOOR__CHECK_IN_DIRECTION__ENTRY;
    check_in->has_recorded_at_ms = check_in->has_at_ms = true;
    check_in->recorded_at_ms = ts_now_ms(call);
    check_in->at_ms = request->has_at ? request->at : check_in->recorded_at_ms;
    check_in->gate = request->gate;
    check_in->has_forced = true;
    check_in->forced = request->force;
    check_in->input_hash = (char *)input_hash(call, request);
    return check_in;
}

static const Door__Admission__Pass *find_pass(const Door__Admission *admission, const char *check_in_id)
{
    for (size_t i = 0; admission && i < admission->n_passes; i++)
        if (strcmp(admission->passes[i]->check_in_id, check_in_id) == 0)
            return admission->passes[i];
    return NULL;
}

/* The admission after this passing: a copy with one more, the oldest dropped past PASSES_MAX. */
static Door__Admission *admission_next(struct ts_call *call, const Door__Admission *before, const Door__CheckIn *scan)
{
    Door__Admission *next = TS_NEW(call->arena, Door__Admission);
    Door__Admission__Pass *pass = TS_NEW(call->arena, Door__Admission__Pass);
    size_t kept = before ? before->n_passes : 0, dropped = kept >= PASSES_MAX ? kept - PASSES_MAX + 1 : 0;
    struct scan what = { scan->direction, scan->at_ms, scan->forced };

    door__admission__init(next);
    door__admission__pass__init(pass);
    *pass = (Door__Admission__Pass){ .base = pass->base,
                                     .check_in_id = scan->id,
                                     .has_direction = true,
                                     .direction = scan->direction,
                                     .has_at_ms = true,
                                     .at_ms = scan_pass_ms(before, &what, scan->recorded_at_ms),
                                     .has_forced = true,
                                     .forced = scan->forced,
                                     .has_result = true,
                                     .result = scan->result };
    next->list_id = scan->list_id;
    next->ticket_id = scan->ticket_id;
    next->passes = TS_NEW_ARRAY(call->arena, Door__Admission__Pass *, kept - dropped + 1);
    for (size_t i = dropped; i < kept; i++)
        next->passes[next->n_passes++] = before->passes[i];
    next->passes[next->n_passes++] = pass;
    next->has_entered = next->entered = admission_has_entered(next) || (before && admission_has_entered(before));
    next->inside = admission_is_inside(next);
    next->has_inside = next->inside; /* absent outside: no entry in the index */
    return next;
}

/*
 * Decide and record a scan of a ticket of ours. Fills check_in->result.
 * Return: 0; TS_WRITE_CONFLICT: look again; a ts_error.
 */
static int record_ticket(struct ts_call *call, const Door__CheckInList *list, const Tickets__VerifyCodeReply *ticket,
                         Door__CheckIn *check_in)
{
    struct scan scan = { check_in->direction, check_in->at_ms, check_in->forced };
    const Door__Admission__Pass *pass;
    struct admission admission;
    int r;

    check_in->ticket_id = ticket->ticket_id;
    r = admission_get(call, list->id, ticket->ticket_id, &admission);
    if (r)
        return r;
    check_in->has_result = true;
    pass = find_pass(admission.body, check_in->id);
    if (pass) {
        check_in->result = pass->result; /* decided, then we crashed: only the record is missing */
        return scan_write(call, &admission, NULL, check_in);
    }
    check_in->result = scan_decide(list, ticket, admission.body, &scan);
    if (check_in->result == DOOR__CHECK_IN_RESULT__WRONG_EVENT)
        check_in->ticket_id = NULL; /* another event's ticket is nobody's business here */
    if (!scan_passes(check_in->result, &scan))
        return scan_write(call, &admission, NULL, check_in);
    return scan_write(call, &admission, admission_next(call, admission.body, check_in), check_in);
}

/* As record_ticket(), for any code. Who looked a ticket up found it among this event's; of others he is told nothing.
 */
static int record(struct ts_call *call, const Door__CheckInList *list, const Door__CheckInRequest *scanned,
                  Door__CheckIn *check_in)
{
    Tickets__VerifyCodeRequest request = TICKETS__VERIFY_CODE_REQUEST__INIT;
    const Tickets__VerifyCodeReply *ticket;
    int r;

    request.code = scanned->qr;
    request.ticket_id = scanned->ticket_id;
    r = tickets_verify_code_as_system(call, &request, &ticket);
    if (r)
        return r;
    if (scanned->ticket_id && (ticket->standing == TICKETS__VERIFY_CODE_REPLY__STANDING__UNKNOWN ||
                               strcmp(ticket->event_id, list->event_id) != 0))
        return ts_refuse(call, COMMON__ERROR_CODE__NOT_FOUND, "ticketId", "There is no such ticket.");
    if (ticket->standing != TICKETS__VERIFY_CODE_REPLY__STANDING__UNKNOWN)
        return record_ticket(call, list, ticket, check_in);
    check_in->has_result = true;
    check_in->result = DOOR__CHECK_IN_RESULT__INVALID;
    return scan_write(call, NULL, NULL, check_in);
}

static void publish(struct ts_call *call, const Door__CheckIn *check_in)
{
    Door__CheckInRecorded event = DOOR__CHECK_IN_RECORDED__INIT;

    event.check_in_id = check_in->id;
    event.list_id = check_in->list_id;
    ts_publish(call, &event.base);
}

int check_in(struct ts_call *call, const Door__CheckInRequest *request, Door__CheckInReply *ret_reply)
{
    const Door__CheckInList *list;
    Door__CheckIn *scan;
    int r = find_list(call, request->list_id, &list);

    if (r)
        return r;
    r = request_check(call, request);
    if (r)
        return r;
    assert(list);
    scan = check_in_new(call, request, list);
    for (int tries = 0; tries < WRITE_TRIES_MAX; tries++) {
        const Door__CheckIn *before;

        r = check_in_get(call, scan->id, &before);
        if (r)
            return r;
        if (before && strcmp(before->input_hash, scan->input_hash) != 0)
            return ts_refuse(call, COMMON__ERROR_CODE__IDEMPOTENCY_KEY_REUSED, "nonce",
                             "This nonce was used for another scan.");
        if (before) {
            reply_fill(call, ret_reply, before);
            return 0;
        }
        r = record(call, list, request, scan);
        if (r == 0) {
            ts_metric_add(((struct door *)call->state)->check_ins[scan->result], 1);
            publish(call, scan);
            reply_fill(call, ret_reply, scan);
        }
        if (r != TS_WRITE_CONFLICT)
            return r;
    }
    return TS_EABORTED;
}

/* ---- and back */

/* The scan that undoes the one of this id: found again when it is asked for again. */
static const char *undo_id(struct ts_call *call, const char *check_in_id)
{
    uint8_t digest[32];

    ts_sha256(check_in_id, strlen(check_in_id), digest);
    return ts_id_from_bytes(call, "chk", digest);
}

static Door__CheckIn *undo_new(struct ts_call *call, const Door__CheckIn *scan)
{
    Door__CheckIn *undo = ts_memdup(call->arena, scan, sizeof(*scan));

    undo->id = (char *)undo_id(call, scan->id);
    undo->undoes = scan->id;
    undo->direction = scan->direction == DOOR__CHECK_IN_DIRECTION__ENTRY ? DOOR__CHECK_IN_DIRECTION__EXIT
                                                                         : DOOR__CHECK_IN_DIRECTION__ENTRY;
    undo->result = DOOR__CHECK_IN_RESULT__OK;
    undo->at_ms = undo->recorded_at_ms = ts_now_ms(call);
    undo->forced = false;
    undo->grant = NULL;
    return undo;
}

/* Return: 0 and the scan, on a list that the caller may scan on; TS_REFUSED; a ts_error. */
static int find_scan(struct ts_call *call, const char *id, const Door__CheckIn **ret_scan)
{
    int r;

    if (call->principal->kind == TS_PRINCIPAL_ANONYMOUS)
        return TS_EUNAUTHENTICATED;
    *ret_scan = NULL;
    r = ts_id_is(id, "chk") ? check_in_get(call, id, ret_scan) : 0;
    if (r)
        return r;
    if (!*ret_scan || !ts_may(call, TS_RIGHT_DOOR, (*ret_scan)->organizer_id, (*ret_scan)->event_id))
        return ts_refuse(call, COMMON__ERROR_CODE__NOT_FOUND, "checkInId", "There is no such scan.");
    return 0;
}

/* The admission without the passing, which is its last. */
static Door__Admission *admission_without_last(struct ts_call *call, const Door__Admission *before)
{
    Door__Admission *next = ts_memdup(call->arena, before, sizeof(*before));

    next->n_passes--;
    /* Passings that were dropped for want of room are not known any more, but that there was an entry among them is. */
    next->has_entered = next->entered = before->n_passes == PASSES_MAX && before->entered;
    next->has_entered = next->entered = admission_has_entered(next);
    next->inside = admission_is_inside(next);
    next->has_inside = next->inside;
    return next;
}

/* Return: 0, undone and recorded; TS_REFUSED; TS_WRITE_CONFLICT: look again; a ts_error. */
static int record_undo(struct ts_call *call, const Door__CheckIn *scan, const Door__CheckIn *undo)
{
    const Door__Admission *before;
    struct admission admission;
    int r;

    if (!scan->ticket_id || scan->undoes || undo->recorded_at_ms - scan->recorded_at_ms > UNDO_MS_MAX)
        return ts_refuse(call, COMMON__ERROR_CODE__CONFLICT, "checkInId",
                         "Only a passing of the last ten minutes can be undone.");
    r = admission_get(call, scan->list_id, scan->ticket_id, &admission);
    if (r)
        return r;
    before = admission.body;
    if (before && find_pass(before, scan->id)) {
        if (strcmp(before->passes[before->n_passes - 1]->check_in_id, scan->id) != 0)
            return ts_refuse(call, COMMON__ERROR_CODE__CONFLICT, "checkInId", "The ticket has passed again since.");
        return scan_write(call, &admission, admission_without_last(call, before), undo);
    }
    if (scan->result != DOOR__CHECK_IN_RESULT__OK && !scan->forced)
        return ts_refuse(call, COMMON__ERROR_CODE__CONFLICT, "checkInId", "Nobody passed by this scan.");
    return scan_write(call, NULL, NULL, undo); /* undone, then we crashed: only the record is missing */
}

int undo_check_in(struct ts_call *call, const Door__UndoCheckInRequest *request, Door__CheckInReply *ret_reply)
{
    const Door__CheckIn *scan;
    int r = find_scan(call, request->check_in_id, &scan);

    if (r)
        return r;
    assert(scan);
    for (int tries = 0; tries < WRITE_TRIES_MAX; tries++) {
        const Door__CheckIn *undo;

        r = check_in_get(call, undo_id(call, scan->id), &undo);
        if (r)
            return r;
        if (undo) {
            reply_fill(call, ret_reply, undo);
            return 0;
        }
        undo = undo_new(call, scan);
        r = record_undo(call, scan, undo);
        if (r == 0) {
            publish(call, undo);
            reply_fill(call, ret_reply, undo);
        }
        if (r != TS_WRITE_CONFLICT)
            return r;
    }
    return TS_EABORTED;
}
