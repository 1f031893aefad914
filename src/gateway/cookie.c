/* See cookie.h. */
#include "gateway/cookie.h"

#include <string.h>

#include "gateway/cors.h"
#include "gateway/media_type.h"
#include "gateway/ws_handshake.h"

const char *cookie_find(struct ts_arena *arena, const char *cookies, const char *name)
{
    size_t size = strlen(name);
    const char *found = NULL;

    for (const char *at = cookies; at && *at; at += *at == ';') {
        size_t length;

        at += strspn(at, " \t");
        length = strcspn(at, ";");
        if (length > size && at[size] == '=' && memcmp(at, name, size) == 0) {
            if (found)
                return NULL; /* which of them is ours nobody can tell */
            found = ts_strndup(arena, at + size + 1, length - size - 1);
        }
        at += length;
    }
    return found && *found ? found : NULL;
}

const char *cookie_ours(struct ts_arena *arena, const char *cookies)
{
    char *ours = ts_alloc(arena, cookies ? strlen(cookies) + 1 : 1), *to = ours;

    for (const char *at = cookies ? cookies : ""; *at; at += *at == ';') {
        size_t length;

        at += strspn(at, " \t");
        length = strcspn(at, ";");
        if (strncmp(at, COOKIE_PREFIX, sizeof(COOKIE_PREFIX) - 1) == 0) {
            if (to > ours)
                to = stpcpy(to, "; ");
            to = (char *)memcpy(to, at, length) + length;
        }
        at += length;
    }
    *to = '\0';
    return to > ours ? ours : NULL;
}

bool cookie_is_own(const struct http_request *request)
{
    const char *site = request->fetch_site;

    if (site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
        return false;
    return !request->origin || cors_is_own(request);
}

const char *cookie_access(struct http_request *request)
{
    bool counts = request->method == HTTP_POST || ws_handshake_asked(request) ||
                  media_type_negotiate(request->accept) == MEDIA_TYPE_EVENTS;

    if (!request->cookie || !counts || !cookie_is_own(request))
        return NULL;
    return cookie_find(&request->arena, request->cookie, COOKIE_ACCESS);
}

char *cookie_set(struct ts_arena *arena, const char *name, const char *value, int64_t max_age_s, const char *site)
{
    return ts_printf(arena, "%s=%s; Path=/; Max-Age=%lld; Secure; HttpOnly; SameSite=%s", name, value,
                     (long long)max_age_s, site);
}
