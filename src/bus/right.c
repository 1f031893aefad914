/* See tessera/right.h and right.h. */
#include "bus/right.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "tessera/id.h"
#include "tessera/limits.h"

static bool covers(const struct ts_membership *membership, const char *event_id)
{
    if (membership->event_count == 0)
        return true;
    for (size_t i = 0; event_id && i < membership->event_count; i++)
        if (strcmp(membership->event_ids[i], event_id) == 0)
            return true;
    return false;
}

static bool is_of_all(const struct ts_principal *principal)
{
    return principal->kind == TS_PRINCIPAL_OWNER || principal->kind == TS_PRINCIPAL_SYSTEM;
}

bool ts_may(const struct ts_call *call, unsigned rights, const char *organizer_id, const char *event_id)
{
    const struct ts_principal *principal = call->principal;

    if (is_of_all(principal))
        return true;
    for (size_t i = 0; organizer_id && *organizer_id && i < principal->membership_count; i++) {
        const struct ts_membership *membership = &principal->memberships[i];

        if ((membership->rights & rights) && strcmp(membership->organizer_id, organizer_id) == 0 &&
            covers(membership, event_id))
            return true;
    }
    return false;
}

int ts_require(struct ts_call *call, unsigned rights, const char *organizer_id, const char *event_id)
{
    if (ts_may(call, rights, organizer_id, event_id))
        return 0;
    return call->principal->kind == TS_PRINCIPAL_ANONYMOUS ? TS_EUNAUTHENTICATED : TS_EDENIED;
}

bool ts_is_staff(const struct ts_call *call, const char *organizer_id)
{
    const struct ts_principal *principal = call->principal;

    if (is_of_all(principal))
        return true;
    for (size_t i = 0; i < principal->membership_count; i++)
        if (strcmp(principal->memberships[i].organizer_id, organizer_id) == 0)
            return true;
    return false;
}

/* ---- as text */

const char *rights_write(struct ts_arena *arena, const struct ts_principal *principal)
{
    const char *text;
    struct buf out;

    buf_init(&out, TS_RIGHTS_SIZE_MAX);
    for (size_t i = 0; i < principal->membership_count; i++) {
        const struct ts_membership *membership = &principal->memberships[i];

        buf_printf(&out, "%s%s:%x", i ? ";" : "", membership->organizer_id, membership->rights);
        for (size_t k = 0; k < membership->event_count; k++)
            buf_printf(&out, "%c%s", k ? ',' : ':', membership->event_ids[k]);
    }
    text = ts_strndup(arena, out.data ? out.data : "", out.full ? 0 : out.size);
    buf_done(&out);
    return text;
}

static const char *take_id(struct ts_arena *arena, const char **at, const char *prefix)
{
    char *id;

    if (strnlen(*at, TS_ID_LENGTH) < TS_ID_LENGTH)
        return NULL;
    id = ts_strndup(arena, *at, TS_ID_LENGTH);
    *at += TS_ID_LENGTH;
    return ts_id_is(id, prefix) ? id : NULL;
}

static bool read_events(struct ts_arena *arena, const char **at, struct ts_membership *membership)
{
    size_t room = strcspn(*at, ";") / TS_ID_LENGTH + 1;
    const char **ids = TS_NEW_ARRAY(arena, const char *, room);

    membership->event_ids = ids;
    do {
        const char *id = take_id(arena, at, "evt");

        if (!id)
            return false;
        ids[membership->event_count++] = id;
    } while (*(*at) == ',' && (*at)++);
    return true;
}

static bool read_membership(struct ts_arena *arena, const char **at, struct ts_membership *membership)
{
    char *end;

    membership->organizer_id = take_id(arena, at, "org");
    if (!membership->organizer_id || *(*at)++ != ':')
        return false;
    membership->rights = (unsigned)strtoul(*at, &end, 16);
    if (end == *at || membership->rights > TS_RIGHT_ANY)
        return false;
    *at = end;
    return *end != ':' || ((*at)++, read_events(arena, at, membership));
}

bool rights_read(struct ts_arena *arena, const char *text, struct ts_principal *principal)
{
    size_t room = *text != '\0', count = 0;
    struct ts_membership *memberships;
    const char *at = text;

    for (const char *semicolon = strchr(text, ';'); semicolon; semicolon = strchr(semicolon + 1, ';'))
        room++;
    memberships = TS_NEW_ARRAY(arena, struct ts_membership, room);
    while (count < room) {
        if (!read_membership(arena, &at, &memberships[count++]) || *at != (count < room ? ';' : '\0'))
            return false;
        at += *at == ';';
    }
    principal->memberships = memberships;
    principal->membership_count = count;
    return true;
}
