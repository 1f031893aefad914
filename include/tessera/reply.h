/*
 * What replies of all modules have in common: the grant under which an object was answered, where a page stands in its
 * list, amounts. All of it lives in the arena of the call.
 */
#ifndef TESSERA_REPLY_H
#define TESSERA_REPLY_H

#include "common/v1/common.pb-c.h"
#include "tessera/call.h"

/* A grant of `kind` over `subject` (copied): an organizer's id for STAFF, what the secret opens for BUYER, else NULL.
 */
Common__Grant *ts_grant_new(struct ts_call *call, Common__Grant__Kind kind, const char *subject);

/*
 * May the caller see, under this grant, what staff of the organizer see? NULL and NONE: it was asked for by id alone.
 * STAFF of "" is what a list over many organizers gives: it goes as far as the caller's own rights do.
 */
bool ts_sees_as_staff(const struct ts_call *call, const Common__Grant *grant, const char *organizer_id);

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
