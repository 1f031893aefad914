/* What may be sold, held, changed; see rules.h. */
#include "rules.h"

#include <assert.h>
#include <string.h>

#include "tessera/cleanup.h"
#include "tessera/limits.h"

// clang-format off
static const struct {
    Common__ErrorCode code;
    const char *text;
} refusals[REFUSAL_COUNT] = {
    [REFUSAL_EVENT_UNKNOWN]     = { COMMON__ERROR_CODE__NOT_FOUND, "There is no such event." },
    [REFUSAL_DATE_UNKNOWN]      = { COMMON__ERROR_CODE__NOT_FOUND, "The event has no such date." },
    [REFUSAL_TYPE_UNKNOWN]      = { COMMON__ERROR_CODE__NOT_FOUND, "The event has no such ticket type." },
    [REFUSAL_QUOTA_UNKNOWN]     = { COMMON__ERROR_CODE__NOT_FOUND, "There is no such quota." },
    [REFUSAL_HOLD_UNKNOWN]      = { COMMON__ERROR_CODE__NOT_FOUND, "There is no such hold." },
    [REFUSAL_NO_LINES]          = { COMMON__ERROR_CODE__INVALID_INPUT, "Name at least one ticket type." },
    [REFUSAL_TOO_MANY_LINES]    = { COMMON__ERROR_CODE__INVALID_INPUT, "These are too many lines for one hold." },
    [REFUSAL_QUANTITY]          = { COMMON__ERROR_CODE__INVALID_INPUT, "The quantity must be at least 1." },
    [REFUSAL_TOO_MANY_PLACES]   = { COMMON__ERROR_CODE__OVER_LIMIT, "These are too many places for one hold." },
    [REFUSAL_DATE_MISSING]      = { COMMON__ERROR_CODE__INVALID_INPUT, "The event has several dates: name one." },
    [REFUSAL_EVENT_NOT_ON_SALE] = { COMMON__ERROR_CODE__NOT_ON_SALE, "The event is not on sale." },
    [REFUSAL_DATE_CLOSED]       = { COMMON__ERROR_CODE__NOT_ON_SALE, "This date is cancelled." },
    [REFUSAL_NOT_YET]           = { COMMON__ERROR_CODE__NOT_ON_SALE, "The sale has not started yet." },
    [REFUSAL_ENDED]             = { COMMON__ERROR_CODE__NOT_ON_SALE, "The sale has ended." },
    [REFUSAL_NO_QUOTA]          = { COMMON__ERROR_CODE__NOT_ON_SALE, "This ticket type is not sold on this date." },
    [REFUSAL_OVER_MAX]          = { COMMON__ERROR_CODE__OVER_LIMIT, "These are more than one order may have." },
    [REFUSAL_UNDER_MIN]         = { COMMON__ERROR_CODE__INVALID_INPUT, "These are fewer than one order must have." },
    [REFUSAL_SOLD_OUT]          = { COMMON__ERROR_CODE__SOLD_OUT, "There are not so many left." },
    [REFUSAL_RESERVED]          = { COMMON__ERROR_CODE__RESERVED_BY_OTHERS,
                                    "All that is left is in other buyers' carts and may come back." },
    [REFUSAL_HOLD_RELEASED]     = { COMMON__ERROR_CODE__HOLD_EXPIRED, "The hold has ended; hold anew." },
    [REFUSAL_HOLD_ORDERED]      = { COMMON__ERROR_CODE__CONFLICT, "The hold belongs to an order; cancel that." },
    [REFUSAL_NAME]              = { COMMON__ERROR_CODE__INVALID_INPUT,
                                    "A name is one line of 1 to 200 bytes." },
    [REFUSAL_SIZE]              = { COMMON__ERROR_CODE__INVALID_INPUT, "A size is from 0 to 1000000." },
    [REFUSAL_TOO_MANY_QUOTAS]   = { COMMON__ERROR_CODE__OVER_LIMIT, "The date has as many quotas as it may." },
    [REFUSAL_POOL_UNKNOWN]      = { COMMON__ERROR_CODE__NOT_FOUND, "There is no such organizer hold." },
    [REFUSAL_POOL_COUNT]        = { COMMON__ERROR_CODE__INVALID_INPUT, "An organizer hold has from 1 to 500 places." },
    [REFUSAL_POOL_PURPOSE]      = { COMMON__ERROR_CODE__INVALID_INPUT, "A purpose is text of at most 20000 bytes." },
    [REFUSAL_POOL_GIVEN]        = { COMMON__ERROR_CODE__CONFLICT, "More of its places than that are given already." },
    [REFUSAL_POOL_SHORT]        = { COMMON__ERROR_CODE__SOLD_OUT, "The organizer hold has not so many left." },
    [REFUSAL_POOL_OTHER]        = { COMMON__ERROR_CODE__INVALID_INPUT,
                                    "It holds places of a quota that none of these ticket types draws on." },
    [REFUSAL_TOO_MANY_POOLS]    = { COMMON__ERROR_CODE__OVER_LIMIT, "The quota has as many organizer holds as it may." },
    [REFUSAL_TOO_MANY_TYPES]    = { COMMON__ERROR_CODE__OVER_LIMIT, "These are too many ticket types." },
    [REFUSAL_SIZE_OF_PLAN]      = { COMMON__ERROR_CODE__CONFLICT,
                                    "The quota has a plan of seats: its size is the plan's." },
    [REFUSAL_PLAN_EMPTY]        = { COMMON__ERROR_CODE__INVALID_INPUT,
                                    "A plan has a section, a section a row, a row a seat." },
    [REFUSAL_PLAN_TOO_BIG]      = { COMMON__ERROR_CODE__OVER_LIMIT, "A plan has at most 20000 seats." },
    [REFUSAL_PLAN_NAME]         = { COMMON__ERROR_CODE__INVALID_INPUT,
                                    "A name is one line: of a section at most 200 bytes, of a row or seat 40." },
    [REFUSAL_PLAN_TWICE]        = { COMMON__ERROR_CODE__INVALID_INPUT, "This name is there already." },
    [REFUSAL_PLAN_RANK]         = { COMMON__ERROR_CODE__INVALID_INPUT, "A rank is from 1 to 1000000." },
    [REFUSAL_PLAN_COORDINATES]  = { COMMON__ERROR_CODE__INVALID_INPUT,
                                    "All seats have x and y, from -1000000 to 1000000, or none has." },
    [REFUSAL_PLAN_TOO_LATE]     = { COMMON__ERROR_CODE__CONFLICT,
                                    "Places of this quota are held or sold without seats; give the plan to a new quota." },
    [REFUSAL_PLAN_DROPS]        = { COMMON__ERROR_CODE__CONFLICT, "it is held or sold, so the plan must keep it." },
    [REFUSAL_PLAN_LOSES]        = { COMMON__ERROR_CODE__OVER_LIMIT, "A plan takes at most 4000 places out of sale at a time." },
    [REFUSAL_SEAT_COUNT]        = { COMMON__ERROR_CODE__INVALID_INPUT, "Name as many seats as the quantity, or none." },
    [REFUSAL_SEAT_TWICE]        = { COMMON__ERROR_CODE__INVALID_INPUT, "This seat is named twice." },
    [REFUSAL_SEAT_UNKNOWN]      = { COMMON__ERROR_CODE__NOT_FOUND, "There is no such seat." },
    [REFUSAL_SEAT_OF_OTHERS]    = { COMMON__ERROR_CODE__INVALID_INPUT,
                                    "This seat is of another date, or not for this ticket type." },
    [REFUSAL_NO_SEATS]          = { COMMON__ERROR_CODE__INVALID_INPUT, "This ticket type has no seats to choose from." },
    [REFUSAL_SEAT_HELD]         = { COMMON__ERROR_CODE__RESERVED_BY_OTHERS,
                                    "it is in another buyer's cart and may come back." },
    [REFUSAL_SEAT_SOLD]         = { COMMON__ERROR_CODE__SOLD_OUT, "it is taken." },
    [REFUSAL_SEAT_NOT_POOLED]   = { COMMON__ERROR_CODE__SOLD_OUT, "the organizer hold does not have it left." },
    [REFUSAL_SEAT_ORPHAN]       = { COMMON__ERROR_CODE__INVALID_INPUT, "These seats would leave a single one alone." },
    [REFUSAL_ACCESSIBLE_HELD]   = { COMMON__ERROR_CODE__RESERVED_BY_OTHERS,
                                    "All accessible seats left are in other buyers' carts and may come back." },
    [REFUSAL_ACCESSIBLE_SOLD]   = { COMMON__ERROR_CODE__SOLD_OUT, "No accessible seat is left." },
    [REFUSAL_SEAT]              = { COMMON__ERROR_CODE__SOLD_OUT, "These seats are not to be had." },
};
// clang-format on

_Static_assert(TS_HOLD_PLACES_MAX == 500 && TS_TEXT_SIZE_MAX == 20000, "the texts above say so");
_Static_assert(TS_NAME_SIZE_MAX == 200 && TS_QUOTA_SIZE_MAX == 1000000, "the texts above say so");

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

int64_t date_ends_at_ms(const Catalog__EventDate *date)
{
    return date->has_ends_at_ms ? date->ends_at_ms : date->starts_at_ms + DATE_LASTS_MS;
}

enum refusal sale_check(const Catalog__Event *event, const Catalog__EventDate *date, const Catalog__TicketType *type,
                        int64_t now_ms)
{
    if (event->status != CATALOG__EVENT_STATUS__PUBLISHED)
        return REFUSAL_EVENT_NOT_ON_SALE;
    if (date->status == CATALOG__EVENT_STATUS__CANCELLED)
        return REFUSAL_DATE_CLOSED;
    if (now_ms >= date_ends_at_ms(date) || (type->has_sale_ends_at_ms && now_ms >= type->sale_ends_at_ms))
        return REFUSAL_ENDED;
    if (type->has_sale_starts_at_ms && now_ms < type->sale_starts_at_ms)
        return REFUSAL_NOT_YET;
    return REFUSAL_NONE;
}

int32_t type_min_per_order(const Catalog__TicketType *type)
{
    return type->has_min_per_order ? type->min_per_order : 1;
}

int32_t type_max_per_order(const Catalog__TicketType *type)
{
    return type->has_max_per_order ? type->max_per_order : TS_MAX_PER_ORDER_DEFAULT;
}

enum refusal quantity_check(const Catalog__TicketType *type, int64_t quantity)
{
    if (quantity > type_max_per_order(type))
        return REFUSAL_OVER_MAX;
    return quantity < type_min_per_order(type) ? REFUSAL_UNDER_MIN : REFUSAL_NONE;
}

enum refusal places_check(int32_t free_count, int32_t held_count, int32_t wanted)
{
    if (wanted <= free_count)
        return REFUSAL_NONE;
    return wanted - free_count <= held_count ? REFUSAL_RESERVED : REFUSAL_SOLD_OUT;
}

Inventory__Availability availability_of(enum refusal sale, int32_t free_count, int32_t held_count)
{
    if (sale == REFUSAL_NOT_YET)
        return INVENTORY__AVAILABILITY__NOT_YET;
    if (sale != REFUSAL_NONE)
        return INVENTORY__AVAILABILITY__ENDED;
    if (free_count > 0)
        return INVENTORY__AVAILABILITY__AVAILABLE;
    return held_count > 0 ? INVENTORY__AVAILABILITY__RESERVED : INVENTORY__AVAILABILITY__SOLD_OUT;
}

Inventory__Availability availability_best(Inventory__Availability left, Inventory__Availability right)
{
    static const int rank[] = {
        [INVENTORY__AVAILABILITY__AVAILABLE] = 0, [INVENTORY__AVAILABILITY__RESERVED] = 1,
        [INVENTORY__AVAILABILITY__NOT_YET] = 2,   [INVENTORY__AVAILABILITY__SOLD_OUT] = 3,
        [INVENTORY__AVAILABILITY__ENDED] = 4,
    };

    return rank[left] <= rank[right] ? left : right;
}

static int64_t hold_last_ms(const Inventory__Hold *hold)
{
    return hold->created_at_ms + HOLD_LASTS_MS_MAX;
}

int64_t hold_extended_ms(const Inventory__Hold *hold, int64_t now_ms)
{
    int64_t wished_ms = now_ms + HOLD_LASTS_MS;
    int64_t last_ms = hold_last_ms(hold);
    int64_t extended_ms = wished_ms < last_ms ? wished_ms : last_ms;

    return extended_ms > hold->expires_at_ms ? extended_ms : hold->expires_at_ms;
}

bool hold_is_lapsed(const Inventory__Hold *hold, int64_t now_ms)
{
    return hold->state == INVENTORY__HOLD_STATE__OPEN && hold->has_expires_at_ms && now_ms >= hold->expires_at_ms;
}

bool hold_is_open(const Inventory__Hold *hold, int64_t now_ms)
{
    return hold->state == INVENTORY__HOLD_STATE__OPEN && !hold_is_lapsed(hold, now_ms);
}

bool hold_is_staffs(const Inventory__Hold *hold)
{
    return hold->blocks_quota_id || hold->pool_quota_id;
}

static bool position_lists(const Inventory__HeldPosition *position, const char *quota_id, int32_t number)
{
    for (size_t i = 0; i < position->n_places; i++) {
        if (position->places[i]->number == number && strcmp(position->places[i]->quota_id, quota_id) == 0)
            return true;
    }
    return false;
}

bool ranges_have(Inventory__PlaceRange *const *ranges, size_t count, int32_t number)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (number < ranges[middle]->first)
            high = middle;
        else if (number >= ranges[middle]->first + ranges[middle]->count)
            low = middle + 1;
        else
            return true;
    }
    return false;
}

bool hold_lists(const Inventory__Hold *hold, const char *quota_id, int32_t number)
{
    if (hold->blocks_quota_id)
        return strcmp(hold->blocks_quota_id, quota_id) == 0 && ranges_have(hold->blocked, hold->n_blocked, number);
    for (size_t i = 0; i < hold->n_positions; i++) {
        if (position_lists(hold->positions[i], quota_id, number))
            return true;
    }
    return false;
}

bool claim_is_dead(const Inventory__Claim *claim, const Inventory__Hold *hold, int64_t version, const char *quota_id,
                   int32_t number)
{
    if (version == 0)
        return false;
    if (hold->state == INVENTORY__HOLD_STATE__RELEASED)
        return true;
    return version >= claim->hold_version && !hold_lists(hold, quota_id, number);
}

static bool hold_is_for(const Inventory__Hold *hold, const char *order_id)
{
    return hold->order_id && order_id && strcmp(hold->order_id, order_id) == 0;
}

enum change hold_keep(Inventory__Hold *hold, char *order_id, int64_t expires_at_ms)
{
    bool kept = hold->state == INVENTORY__HOLD_STATE__KEPT;

    if (kept && hold_is_for(hold, order_id) && hold->expires_at_ms >= expires_at_ms)
        return CHANGE_NONE;
    if (hold_is_staffs(hold) || (kept && !hold_is_for(hold, order_id)))
        return CHANGE_REFUSED;
    if (!kept && hold->state != INVENTORY__HOLD_STATE__OPEN)
        return CHANGE_REFUSED;
    hold->state = INVENTORY__HOLD_STATE__KEPT;
    hold->order_id = order_id;
    hold->has_expires_at_ms = true;
    hold->expires_at_ms = expires_at_ms;
    hold->has_due_ms = false;
    return CHANGE_PUT;
}

enum change hold_sell(Inventory__Hold *hold, char *order_id)
{
    if (hold->state == INVENTORY__HOLD_STATE__SOLD)
        return hold_is_for(hold, order_id) ? CHANGE_NONE : CHANGE_REFUSED;
    if (hold_is_staffs(hold) || hold->state == INVENTORY__HOLD_STATE__RELEASED)
        return CHANGE_REFUSED;
    if (hold->state == INVENTORY__HOLD_STATE__KEPT && !hold_is_for(hold, order_id))
        return CHANGE_REFUSED;
    hold->state = INVENTORY__HOLD_STATE__SOLD;
    hold->order_id = order_id;
    hold->has_due_ms = false;
    return CHANGE_PUT;
}

static enum change hold_release(Inventory__Hold *hold)
{
    hold->state = INVENTORY__HOLD_STATE__RELEASED;
    hold->has_due_ms = false;
    return CHANGE_PUT;
}

enum change hold_free(Inventory__Hold *hold, const char *order_id, bool sold)
{
    if (hold->state == INVENTORY__HOLD_STATE__RELEASED)
        return CHANGE_NONE;
    if (hold_is_staffs(hold) || (hold->state == INVENTORY__HOLD_STATE__SOLD && !sold))
        return CHANGE_REFUSED;
    if (hold->state != INVENTORY__HOLD_STATE__OPEN && !hold_is_for(hold, order_id))
        return CHANGE_REFUSED;
    return hold_release(hold);
}

enum change hold_lapse(Inventory__Hold *hold, int64_t now_ms)
{
    return hold_is_lapsed(hold, now_ms) ? hold_release(hold) : CHANGE_NONE;
}

/* A write for each look would be a way to fill the disk: only when a third of its time is gone. */
static bool is_worth_a_write(const Inventory__Hold *hold, int64_t extended_ms)
{
    return extended_ms - hold->expires_at_ms >= HOLD_LASTS_MS / 3;
}

bool hold_is_extendable(const Inventory__Hold *hold, int64_t now_ms, int64_t *ret_ms)
{
    *ret_ms = hold_last_ms(hold);
    return hold_is_open(hold, now_ms) && !hold_is_staffs(hold) && is_worth_a_write(hold, *ret_ms);
}

enum change hold_extend(Inventory__Hold *hold, int64_t now_ms)
{
    int64_t extended_ms = hold_extended_ms(hold, now_ms);

    if (!hold_is_open(hold, now_ms) || hold_is_staffs(hold) || !is_worth_a_write(hold, extended_ms))
        return CHANGE_NONE;
    hold->expires_at_ms = extended_ms;
    hold->due_ms = extended_ms;
    return CHANGE_PUT;
}

enum change hold_name_next(Inventory__Hold *hold, const char *seen_id, char *next_id, int64_t until_ms, int64_t now_ms)
{
    bool as_seen = hold->next_hold_id ? seen_id && strcmp(hold->next_hold_id, seen_id) == 0 : !seen_id;

    if (!as_seen || (hold->state != INVENTORY__HOLD_STATE__RELEASED && !hold_is_lapsed(hold, now_ms)))
        return CHANGE_NONE;
    hold->next_hold_id = next_id;
    hold->has_next_until_ms = true;
    hold->next_until_ms = until_ms;
    return hold_release(hold);
}
