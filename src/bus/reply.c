/* The parts that replies of all modules share. */
#include "tessera/reply.h"

#include <string.h>

Common__Grant *ts_grant_new(struct ts_call *call, Common__Grant__Kind kind, const char *subject)
{
    Common__Grant *grant = TS_NEW(call->arena, Common__Grant);

    common__grant__init(grant);
    grant->has_kind = true;
    grant->kind = kind;
    grant->subject = subject ? ts_strdup(call->arena, subject) : NULL;
    return grant;
}

bool ts_sees_as_staff(const struct ts_call *call, const Common__Grant *grant, const char *organizer_id)
{
    if (!grant || grant->kind == COMMON__GRANT__KIND__NONE)
        return ts_is_staff(call, organizer_id);
    if (grant->kind != COMMON__GRANT__KIND__STAFF || !grant->subject)
        return false;
    return *grant->subject ? strcmp(grant->subject, organizer_id) == 0 : ts_is_staff(call, organizer_id);
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
