/* Settings of a waiting room, and what a pass is good for; see rules.h. */
#include "rules.h"

#include <assert.h>
#include <string.h>

#include "tessera/text.h"
#include "token.h"

// clang-format off
static const struct {
    Common__ErrorCode code;
    const char *path, *text;
} refusals[REFUSAL_COUNT] = {
    [REFUSAL_START_MISSING]   = { COMMON__ERROR_CODE__INVALID_INPUT, "startsAt", "Say when the room starts." },
    [REFUSAL_PRE_QUEUE]       = { COMMON__ERROR_CODE__INVALID_INPUT, "preQueueFrom",
                                  "A pre-queue opens before the room starts, by 60 days at most." },
    [REFUSAL_BEGUN]           = { COMMON__ERROR_CODE__CONFLICT, "startsAt",
                                  "The room has started; switch it off before it starts anew." },
    [REFUSAL_RATE]            = { COMMON__ERROR_CODE__INVALID_INPUT, "admitPerMinute",
                                  "The rate is from 1 to 60000 a minute." },
    [REFUSAL_MAX_ACTIVE]      = { COMMON__ERROR_CODE__INVALID_INPUT, "maxActive",
                                  "The number of active buyers is from 1 to 1000000." },
    [REFUSAL_PASS_MINUTES]    = { COMMON__ERROR_CODE__INVALID_INPUT, "passMinutes",
                                  "A pass lasts from 1 to 60 minutes." },
    [REFUSAL_PLACES]          = { COMMON__ERROR_CODE__INVALID_INPUT, "placesPerPass",
                                  "A pass is for 1 to 500 places." },
    [REFUSAL_ENTRIES_ACCOUNT] = { COMMON__ERROR_CODE__INVALID_INPUT, "entriesPerAccount",
                                  "A person may stand in the room 1 to 64 times." },
    [REFUSAL_ENTRIES_EMAIL]   = { COMMON__ERROR_CODE__INVALID_INPUT, "entriesPerEmail",
                                  "A person may stand in the room 1 to 64 times." },
    [REFUSAL_ENTRIES_ADDRESS] = { COMMON__ERROR_CODE__INVALID_INPUT, "entriesPerAddress",
                                  "A person may stand in the room 1 to 64 times." },
    [REFUSAL_MESSAGE]         = { COMMON__ERROR_CODE__INVALID_INPUT, "message",
                                  "A message is at most 2000 bytes of plain text." },
    [REFUSAL_CODES]           = { COMMON__ERROR_CODE__INVALID_INPUT, "bypassCodes",
                                  "At most 1000 codes, each one line of 8 to 64 bytes." },
    [REFUSAL_CODE_USES]       = { COMMON__ERROR_CODE__INVALID_INPUT, "bypassUses",
                                  "A code may be used 1 to 1000 times." },
    [REFUSAL_NO_ROOM]         = { COMMON__ERROR_CODE__NOT_FOUND, "eventId", "The event has no waiting room." },
    [REFUSAL_NOT_OPEN]        = { COMMON__ERROR_CODE__NOT_ON_SALE, "eventId", "The waiting room is not open yet." },
    [REFUSAL_FULL]            = { COMMON__ERROR_CODE__OVER_LIMIT, "eventId", "The waiting room is full." },
    [REFUSAL_EMAIL]           = { COMMON__ERROR_CODE__INVALID_INPUT, "email", "Say an e-mail to be reached by." },
    [REFUSAL_CODE_UNKNOWN]    = { COMMON__ERROR_CODE__NOT_FOUND, "bypassCode", "There is no such code." },
    [REFUSAL_CODE_USED_UP]    = { COMMON__ERROR_CODE__OVER_LIMIT, "bypassCode", "The code has been used." },
    [REFUSAL_PERSON_ACCOUNT]  = { COMMON__ERROR_CODE__OVER_LIMIT, NULL,
                                  "This account stands in the waiting room as often as it may." },
    [REFUSAL_PERSON_EMAIL]    = { COMMON__ERROR_CODE__OVER_LIMIT, "email",
                                  "This e-mail stands in the waiting room as often as it may." },
    [REFUSAL_PERSON_ADDRESS]  = { COMMON__ERROR_CODE__OVER_LIMIT, NULL,
                                  "From this address as many stand in the waiting room as may." },
    [REFUSAL_NO_PLACE]        = { COMMON__ERROR_CODE__NOT_FOUND, "token", "There is no such place." },
    [REFUSAL_PASS_MISSING]    = { COMMON__ERROR_CODE__WAITING_ROOM_REQUIRED, "pass",
                                  "Come through the event's waiting room." },
    [REFUSAL_PASS_FORGED]     = { COMMON__ERROR_CODE__PASS_INVALID, "pass", "This is no pass." },
    [REFUSAL_PASS_OTHER_EVENT] = { COMMON__ERROR_CODE__PASS_INVALID, "pass", "The pass is for another event." },
    [REFUSAL_PASS_OTHER_PERSON] = { COMMON__ERROR_CODE__PASS_INVALID, "pass", "The pass is somebody else's." },
    [REFUSAL_PASS_OVER]       = { COMMON__ERROR_CODE__PASS_EXPIRED, "pass",
                                  "The pass is used up or past its time; join the waiting room anew." },
    [REFUSAL_PASS_PLACES]     = { COMMON__ERROR_CODE__OVER_LIMIT, "lines", "The pass is not for so many places." },
};
// clang-format on

_Static_assert(ADMIT_PER_MINUTE_MAX == 60000 && MAX_ACTIVE_MAX == 1000000 && PASS_MINUTES_MAX == 60 &&
                   PLACES_PER_PASS_MAX == 500 && ENTRIES_PER_PERSON_MAX == 64 && MESSAGE_SIZE_MAX == 2000 &&
                   BYPASS_CODES_MAX == 1000 && BYPASS_CODE_SIZE_MAX == 64 && BYPASS_USES_MAX == 1000,
               "the texts above say so");

Common__ErrorCode refusal_code(enum refusal refusal)
{
    assert(refusal > REFUSAL_NONE && refusal < REFUSAL_COUNT);
    return refusals[refusal].code;
}

const char *refusal_text(enum refusal refusal)
{
    assert(refusal > REFUSAL_NONE && refusal < REFUSAL_COUNT);
    return refusals[refusal].text;
}

const char *refusal_path(enum refusal refusal)
{
    assert(refusal > REFUSAL_NONE && refusal < REFUSAL_COUNT);
    return refusals[refusal].path;
}

static uint64_t unless(bool fine, uint64_t refusal)
{
    return fine ? 0 : refusal;
}

static bool in_range(bool has, int32_t value, int32_t max)
{
    return !has || (value >= 1 && value <= max);
}

static bool codes_are_legal(const Waitroom__SetRoomRequest *request)
{
    enum { SIZE_MIN = 8 }; /* a shorter one is guessed */

    for (size_t i = 0; i < request->n_bypass_codes; i++) {
        if (!ts_text_is_line(request->bypass_codes[i], BYPASS_CODE_SIZE_MAX) ||
            strlen(request->bypass_codes[i]) < SIZE_MIN)
            return false;
    }
    return request->n_bypass_codes <= BYPASS_CODES_MAX;
}

static bool clears(const Waitroom__SetRoomRequest *request, const char *field)
{
    for (size_t i = 0; i < request->n_clear; i++) {
        if (strcmp(request->clear[i], field) == 0)
            return true;
    }
    return false;
}

uint64_t settings_check(const Waitroom__SetRoomRequest *request)
{
    return unless(in_range(request->has_admit_per_minute, request->admit_per_minute, ADMIT_PER_MINUTE_MAX),
                  REFUSAL(RATE)) |
           unless(in_range(request->has_max_active, request->max_active, MAX_ACTIVE_MAX), REFUSAL(MAX_ACTIVE)) |
           unless(in_range(request->has_pass_minutes, request->pass_minutes, PASS_MINUTES_MAX), REFUSAL(PASS_MINUTES)) |
           unless(in_range(request->has_places_per_pass, request->places_per_pass, PLACES_PER_PASS_MAX),
                  REFUSAL(PLACES)) |
           unless(in_range(request->has_entries_per_account, request->entries_per_account, ENTRIES_PER_PERSON_MAX),
                  REFUSAL(ENTRIES_ACCOUNT)) |
           unless(in_range(request->has_entries_per_email, request->entries_per_email, ENTRIES_PER_PERSON_MAX),
                  REFUSAL(ENTRIES_EMAIL)) |
           unless(in_range(request->has_entries_per_address, request->entries_per_address, ENTRIES_PER_PERSON_MAX),
                  REFUSAL(ENTRIES_ADDRESS)) |
           unless(!request->message || ts_text_is_prose(request->message, MESSAGE_SIZE_MAX), REFUSAL(MESSAGE)) |
           unless(codes_are_legal(request), REFUSAL(CODES)) |
           unless(in_range(request->has_bypass_uses, request->bypass_uses, BYPASS_USES_MAX), REFUSAL(CODE_USES)) |
           unless(!clears(request, "starts_at"), REFUSAL(START_MISSING));
}

/* One number: as named, cleared to absent or its default (0: absent), else as it was. */
struct number {
    bool has;
    int32_t value;
};

static struct number apply_number(struct number named, bool cleared, struct number before, int32_t otherwise)
{
    if (named.has)
        return named;
    return before.has && !cleared ? before : (struct number){ otherwise != 0, otherwise };
}

#define APPLY(field, name, otherwise)                                                                                  \
    do {                                                                                                               \
        struct number number =                                                                                         \
            apply_number((struct number){ request->has_##name, request->name }, clears(request, #name),                \
                         (struct number){ room->has_##field, room->field }, otherwise);                                \
                                                                                                                       \
        room->has_##field = number.has;                                                                                \
        room->field = number.value;                                                                                    \
    } while (0)

static void apply_numbers(const Waitroom__SetRoomRequest *request, Waitroom__Room *room)
{
    APPLY(admit_per_minute, admit_per_minute, ADMIT_PER_MINUTE_DEFAULT);
    APPLY(max_active, max_active, 0);
    APPLY(pass_minutes, pass_minutes, PASS_MINUTES_DEFAULT);
    APPLY(places_per_pass, places_per_pass, PLACES_PER_PASS_DEFAULT);
    APPLY(entries_per_account, entries_per_account, 0);
    APPLY(entries_per_email, entries_per_email, 0);
    APPLY(entries_per_address, entries_per_address, 0);
    APPLY(code_uses, bypass_uses, 1);
    if (request->message || clears(request, "message"))
        room->message = request->message;
}

/* A time that a running room keeps. */
static void apply_times(const Waitroom__SetRoomRequest *request, Waitroom__Room *room)
{
    if (request->has_starts_at) {
        room->has_starts_at_ms = true;
        room->starts_at_ms = request->starts_at;
    }
    if (request->has_pre_queue_from || clears(request, "pre_queue_from")) {
        room->has_pre_queue_from_ms = request->has_pre_queue_from;
        room->pre_queue_from_ms = request->pre_queue_from;
    }
}

static bool times_change(const Waitroom__SetRoomRequest *request, const Waitroom__Room *room)
{
    return (request->has_starts_at && request->starts_at != room->starts_at_ms) ||
           (request->has_pre_queue_from &&
            (!room->has_pre_queue_from_ms || request->pre_queue_from != room->pre_queue_from_ms)) ||
           (room->has_pre_queue_from_ms && clears(request, "pre_queue_from"));
}

/* The room goes on: times of an earlier round mean nothing, and a start that is past is now. */
static uint64_t begin_round(const Waitroom__SetRoomRequest *request, int64_t now_ms, Waitroom__Room *room)
{
    if (!request->has_starts_at)
        return REFUSAL(START_MISSING);
    room->round++;
    room->has_round = true;
    room->has_pre_queue_from_ms = false;
    apply_times(request, room);
    if (room->starts_at_ms < now_ms)
        room->starts_at_ms = now_ms;
    return 0;
}

/* It opens before the start, and nobody waits in it for longer than places are kept. */
static bool pre_queue_fits(const Waitroom__Room *room, int64_t now_ms)
{
    int64_t open_ms = room->pre_queue_from_ms > now_ms ? room->pre_queue_from_ms : now_ms;

    return room->pre_queue_from_ms < room->starts_at_ms && room->starts_at_ms - open_ms <= PRE_QUEUE_MS_MAX;
}

uint64_t settings_apply(const Waitroom__SetRoomRequest *request, int64_t now_ms, Waitroom__Room *room)
{
    bool goes_on = request->has_enabled && request->enabled && !room->enabled;
    bool goes_off = request->has_enabled && !request->enabled;
    uint64_t refused = 0;

    if (goes_on)
        refused = begin_round(request, now_ms, room);
    else if (room->enabled && !goes_off && now_ms >= room->starts_at_ms)
        refused = unless(!times_change(request, room), REFUSAL(BEGUN));
    else
        apply_times(request, room);
    apply_numbers(request, room);
    if (request->has_enabled) {
        room->has_enabled = true;
        room->enabled = request->enabled;
    }
    return refused | unless(!room->has_pre_queue_from_ms || pre_queue_fits(room, now_ms), REFUSAL(PRE_QUEUE));
}

enum refusal pass_check(const struct pass *pass, const char *event_id, const char *account_hash, int64_t now_ms)
{
    if (strcmp(pass->event_id, event_id) != 0)
        return REFUSAL_PASS_OTHER_EVENT;
    if (now_ms >= pass->expires_at_ms)
        return REFUSAL_PASS_OVER;
    if (pass->account_hash[0] && (!account_hash || strcmp(pass->account_hash, account_hash) != 0))
        return REFUSAL_PASS_OTHER_PERSON;
    return REFUSAL_NONE;
}

/* A signed pass of no document is of a store that was set back. */
enum refusal pass_entry_check(const Waitroom__Entry *entry, const char *queue, int64_t now_ms)
{
    if (!entry)
        return REFUSAL_PASS_FORGED;
    if (strcmp(entry->queue, queue) != 0 || entry->has_over_at_ms || !entry->has_admitted_at_ms ||
        now_ms >= entry->expires_at_ms)
        return REFUSAL_PASS_OVER;
    return REFUSAL_NONE;
}

Waitroom__RoomState room_state(const Waitroom__Room *room, int64_t now_ms)
{
    if (!room->enabled)
        return WAITROOM__ROOM_STATE__OFF;
    if (now_ms >= room->starts_at_ms)
        return WAITROOM__ROOM_STATE__OPEN;
    return room->has_pre_queue_from_ms && now_ms >= room->pre_queue_from_ms ? WAITROOM__ROOM_STATE__PRE_QUEUE
                                                                            : WAITROOM__ROOM_STATE__NOT_OPEN;
}
