/* The parts that replies of all modules share. */
#include "tessera/reply.h"

#include <string.h>

#include "tessera/right.h"

Common__Grant *ts_grant_new(struct ts_call *call, Common__Grant__Kind kind, const char *subject)
{
    Common__Grant *grant = TS_NEW(call->arena, Common__Grant);

    common__grant__init(grant);
    grant->has_kind = true;
    grant->kind = kind;
    grant->subject = subject ? ts_strdup(call->arena, subject) : NULL;
    return grant;
}

Common__Grant *ts_grant_of_many(struct ts_call *call)
{
    if (call->principal->membership_count || ts_may(call, TS_RIGHT_ANY, "", /* event_id= */ NULL))
        return ts_grant_new(call, COMMON__GRANT__KIND__STAFF, "");
    return ts_grant_new(call, COMMON__GRANT__KIND__PUBLIC, /* subject= */ NULL);
}

bool ts_is_of_many(const Common__Grant *grant)
{
    return grant && grant->kind == COMMON__GRANT__KIND__STAFF && grant->subject && !*grant->subject;
}

bool ts_is_buyer_of(const Common__Grant *grant, const char *id)
{
    size_t length = strlen(id);

    if (!grant || grant->kind != COMMON__GRANT__KIND__BUYER || !grant->subject)
        return false;
    for (const char *at = grant->subject; *at; at += strcspn(at, " "), at += *at == ' ')
        if (strcspn(at, " ") == length && strncmp(at, id, length) == 0)
            return true;
    return false;
}

/* Whether the grant goes so far at all. */
static bool grant_covers(const Common__Grant *grant, const char *organizer_id)
{
    if (!grant || grant->kind == COMMON__GRANT__KIND__NONE)
        return true;
    if (grant->kind != COMMON__GRANT__KIND__STAFF || !grant->subject)
        return false;
    return ts_is_of_many(grant) || strcmp(grant->subject, organizer_id) == 0;
}

bool ts_sees(const struct ts_call *call, const Common__Grant *grant, unsigned rights, const char *organizer_id,
             const char *event_id)
{
    return grant_covers(grant, organizer_id) && ts_may(call, rights, organizer_id, event_id);
}

Common__PageInfo *ts_page_info_new(struct ts_call *call, bool before, bool after, const char *start, const char *end)
{
    Common__PageInfo *info = TS_NEW(call->arena, Common__PageInfo);

    common__page_info__init(info);
    info->has_has_next_page = info->has_has_previous_page = true;
    info->has_next_page = after;
    info->has_previous_page = before;
    info->start_cursor = (char *)start;
    info->end_cursor = (char *)end;
    return info;
}
