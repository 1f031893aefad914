/*
 * What replies of all modules have in common: the grant under which an object was answered, where a page stands in its
 * list, amounts. All of it lives in the arena of the call.
 */
#ifndef TESSERA_REPLY_H
#define TESSERA_REPLY_H

#include "common/v1/common.pb-c.h"
#include "tessera/call.h"
#include "tessera/right.h"

/* A grant of `kind` over `subject` (copied): an organizer's id for STAFF, what the secret opens for BUYER, else NULL.
 */
Common__Grant *ts_grant_new(struct ts_call *call, Common__Grant__Kind kind, const char *subject);

/*
 * What a list over many organizers gives: STAFF of "" to who is on a team of any (the owner, too), PUBLIC to all
 * others. It shows nothing by itself: each item is judged by ts_sees(), and left out when it is another's
 * (ts_is_of_many).
 */
Common__Grant *ts_grant_of_many(struct ts_call *call);

/* Whether a batch under this grant may have items of several organizers, so that one that is not seen refuses no other.
 */
bool ts_is_of_many(const Common__Grant *grant);

/* Whether the grant is a buyer's of this order or ticket: its subject is one id, or several with a blank between. */
bool ts_is_buyer_of(const Common__Grant *grant, const char *id);

/*
 * May the caller see what any of `rights` (right.h) shows of this event (NULL: of what belongs to none) of the
 * organizer, under this grant? NULL and NONE: it was asked for by id alone. STAFF of "" is what a list over many
 * organizers gives.
 */
bool ts_sees(const struct ts_call *call, const Common__Grant *grant, unsigned rights, const char *organizer_id,
             const char *event_id);

/* Whether there is anything `before` and `after` the page, and the cursors of its ends (borrowed; NULL when empty). */
Common__PageInfo *ts_page_info_new(struct ts_call *call, bool before, bool after, const char *start, const char *end);

/* `minor` units of `currency` (borrowed). Inline: rules.c may use it, and links nothing. */
static inline Common__Money *ts_money_new(struct ts_arena *arena, int64_t minor, char *currency)
{
    Common__Money *money = TS_NEW(arena, Common__Money);

    common__money__init(money);
    money->has_minor = true;
    money->minor = minor;
    money->currency = currency;
    return money;
}

#endif
