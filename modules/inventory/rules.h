/*
 * The decisions of inventory, pure: what is on sale, who may have how many, when a claim is dead, how a hold may
 * change. No clock, store or bus: everything they look at is an argument.
 */
#ifndef INVENTORY_RULES_H
#define INVENTORY_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "catalog/v1/catalog.pb-c.h"
#include "inventory/v1/inventory.pb-c.h"

enum {
    HOLD_LASTS_MS = 15 * 60 * 1000,      /* from the last activity */
    HOLD_LASTS_MS_MAX = 60 * 60 * 1000,  /* from its making: nobody camps in a cart */
    DATE_LASTS_MS = 12 * 60 * 60 * 1000, /* of a date without an end */
    QUOTA_STEP = 1024,                   /* places that an unlimited quota gains at a time */
    QUOTA_PLACES_MAX = 9999999,          /* seven digits of a claim's key */
};

/* Why something is refused; one row each in refusals[] of rules.c. */
enum refusal {
    REFUSAL_NONE = 0,
    REFUSAL_EVENT_UNKNOWN = 1,
    REFUSAL_DATE_UNKNOWN,
    REFUSAL_TYPE_UNKNOWN,
    REFUSAL_QUOTA_UNKNOWN,
    REFUSAL_HOLD_UNKNOWN,
    REFUSAL_NO_LINES,
    REFUSAL_TOO_MANY_LINES,
    REFUSAL_QUANTITY,
    REFUSAL_TOO_MANY_PLACES,
    REFUSAL_DATE_MISSING,
    REFUSAL_EVENT_NOT_ON_SALE,
    REFUSAL_DATE_CLOSED,
    REFUSAL_NOT_YET,
    REFUSAL_ENDED,
    REFUSAL_NO_QUOTA,
    REFUSAL_OVER_MAX,
    REFUSAL_UNDER_MIN,
    REFUSAL_SOLD_OUT,
    REFUSAL_RESERVED,
    REFUSAL_HOLD_RELEASED,
    REFUSAL_HOLD_ORDERED,
    REFUSAL_NAME,
    REFUSAL_SIZE,
    REFUSAL_TOO_MANY_QUOTAS,
    REFUSAL_TOO_MANY_TYPES,
    REFUSAL_POOL_UNKNOWN,
    REFUSAL_POOL_COUNT,
    REFUSAL_POOL_PURPOSE,
    REFUSAL_POOL_GIVEN,
    REFUSAL_POOL_SHORT,
    REFUSAL_POOL_OTHER,
    REFUSAL_TOO_MANY_POOLS,
    REFUSAL_SIZE_OF_PLAN,
    REFUSAL_PLAN_EMPTY,
    REFUSAL_PLAN_TOO_BIG,
    REFUSAL_PLAN_NAME,
    REFUSAL_PLAN_TWICE,
    REFUSAL_PLAN_RANK,
    REFUSAL_PLAN_COORDINATES,
    REFUSAL_PLAN_TOO_LATE,
    REFUSAL_PLAN_DROPS,
    REFUSAL_PLAN_LOSES,
    REFUSAL_SEAT_COUNT,
    REFUSAL_SEAT_TWICE,
    REFUSAL_SEAT_UNKNOWN,
    REFUSAL_SEAT_OF_OTHERS,
    REFUSAL_NO_SEATS,
    REFUSAL_SEAT_HELD,
    REFUSAL_SEAT_SOLD,
    REFUSAL_SEAT_ORPHAN,
    REFUSAL_SEAT_NOT_POOLED,
    REFUSAL_ACCESSIBLE_HELD,
    REFUSAL_ACCESSIBLE_SOLD,
    REFUSAL_SEAT, /* of a take whose places say why; never shown itself */
    REFUSAL_COUNT,
};
Common__ErrorCode refusal_code(enum refusal refusal);
const char *refusal_text(enum refusal refusal);

/* When a date is over. */
int64_t date_ends_at_ms(const Catalog__EventDate *date);

/*
 * May `type` be bought on `date` now?
 * Return: REFUSAL_NONE, _EVENT_NOT_ON_SALE, _DATE_CLOSED (cancelled), _NOT_YET or _ENDED.
 */
enum refusal sale_check(const Catalog__Event *event, const Catalog__EventDate *date, const Catalog__TicketType *type,
                        int64_t now_ms);

int32_t type_min_per_order(const Catalog__TicketType *type);
int32_t type_max_per_order(const Catalog__TicketType *type);

/* `quantity` is what one hold wants of the type over all its dates. */
enum refusal quantity_check(const Catalog__TicketType *type, int64_t quantity);

/* `wanted` places where so many are free and may come free. Return: REFUSAL_NONE, _RESERVED or _SOLD_OUT. */
enum refusal places_check(int32_t free_count, int32_t held_count, int32_t wanted);

/* What a buyer sees of a type on a date. */
Inventory__Availability availability_of(enum refusal sale, int32_t free_count, int32_t held_count);

/* The better of two for a buyer: AVAILABLE, RESERVED, NOT_YET, SOLD_OUT, ENDED. */
Inventory__Availability availability_best(Inventory__Availability left, Inventory__Availability right);

/* When a hold that its buyer just used ends; never sooner than it did. */
int64_t hold_extended_ms(const Inventory__Hold *hold, int64_t now_ms);

/* Can its buyer's use still move the end of a hold that is open, now or later? Then *ret_ms is as far as that goes. */
bool hold_is_extendable(const Inventory__Hold *hold, int64_t now_ms, int64_t *ret_ms);

/* True for an OPEN hold whose time is over: whoever wants its places may put it RELEASED. */
bool hold_is_lapsed(const Inventory__Hold *hold, int64_t now_ms);

/* True while its buyer may order it. */
bool hold_is_open(const Inventory__Hold *hold, int64_t now_ms);

/* A quota's own hold or an organizer's pool: OPEN without a time; neither an order nor anybody's token moves it. */
bool hold_is_staffs(const Inventory__Hold *hold);

bool hold_lists(const Inventory__Hold *hold, const char *quota_id, int32_t number);

/*
 * The claim rule: dead is a claim whose hold is RELEASED, or has reached the version named without listing the place.
 * `hold` is NULL and `version` 0 while the hold was never written.
 */
bool claim_is_dead(const Inventory__Claim *claim, const Inventory__Hold *hold, int64_t version, const char *quota_id,
                   int32_t number);

/*
 * What a hold's next version is. Each changes *hold and returns CHANGE_PUT; or leaves it: CHANGE_NONE when it is so
 * already, CHANGE_REFUSED when it may not be (the caller answers the state as it is).
 */
enum change { CHANGE_NONE, CHANGE_PUT, CHANGE_REFUSED };
enum change hold_keep(Inventory__Hold *hold, char *order_id, int64_t expires_at_ms);
enum change hold_sell(Inventory__Hold *hold, char *order_id);
enum change hold_free(Inventory__Hold *hold, const char *order_id, bool sold);
enum change hold_lapse(Inventory__Hold *hold, int64_t now_ms);
enum change hold_extend(Inventory__Hold *hold, int64_t now_ms);

/*
 * A dead hold (also one whose time is over: it ends here) names the hold that its buyer is to have instead, unless it
 * names another by now than `seen_id` (NULL: none). Until `until_ms` only who named that one takes it.
 */
enum change hold_name_next(Inventory__Hold *hold, const char *seen_id, char *next_id, int64_t until_ms, int64_t now_ms);

bool ranges_have(Inventory__PlaceRange *const *ranges, size_t count, int32_t number);

#endif
