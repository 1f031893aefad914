/*
 * What replies of all modules have in common: the grant under which an object was answered, and where a page stands in
 * its list. All of it lives in call->arena.
 */
#ifndef TESSERA_REPLY_H
#define TESSERA_REPLY_H

#include "common/v1/common.pb-c.h"
#include "tessera/call.h"

/* A grant of `kind` over `subject` (copied): an organizer's id for STAFF, what the secret opens for BUYER, else NULL.
 */
Common__Grant *ts_grant_new(struct ts_call *call, Common__Grant__Kind kind, const char *subject);

/* Whether there is anything `before` and `after` the page, and the cursors of its ends (borrowed; NULL when empty). */
Common__PageInfo *ts_page_info_new(struct ts_call *call, bool before, bool after, const char *start, const char *end);

#endif
