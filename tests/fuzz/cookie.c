/*
 * What a browser sends along by itself: the Cookie header, and what says whose page made it ask. Input is four lines,
 * the headers Cookie, Origin, Host and Sec-Fetch-Site. There is no token against CSRF to be parsed: these decide.
 */
#include "fuzz.h"

#include <strings.h>

#include "base/arena.h"
#include "gateway/cookie.h"

/* The next line, of exact bounds, for the caller to free; NULL when it is empty. */
static char *take_line(const uint8_t **data, size_t *size)
{
    const uint8_t *end = memchr(*data, '\n', *size);
    size_t length = end ? (size_t)(end - *data) : *size;
    char *line = length ? fuzz_string(*data, length) : NULL;

    *data += length + (end != NULL);
    *size -= length + (end != NULL);
    return line;
}

/* How many of the header's parts are that cookie, as another reader would count them. */
static unsigned count_of(const char *cookies, const char *name)
{
    unsigned count = 0;

    for (const char *at = cookies; at; at = strchr(at, ';') ? strchr(at, ';') + 1 : NULL) {
        const char *first = at + strspn(at, " \t");

        count += strncmp(first, name, strlen(name)) == 0 && first[strlen(name)] == '=';
    }
    return count;
}

static void check_cookie(struct ts_arena *arena, const char *cookies, const char *name)
{
    const char *value = cookie_find(arena, cookies, name);

    CLAIM(!value || (*value && !strchr(value, ';') && count_of(cookies, name) == 1));
    CLAIM(!value || strstr(cookies, ts_printf(arena, "%s=%s", name, value)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_request request = { .method = HTTP_POST };
    char *lines[4];
    const char *access;

    if (memchr(data, 0, size))
        return 0; /* the guard refused it */
    for (size_t i = 0; i < 4; i++)
        lines[i] = take_line(&data, &size);
    arena_init(&request.arena);
    request.cookie = lines[0];
    request.origin = lines[1];
    request.host = lines[2];
    request.fetch_site = lines[3];
    check_cookie(&request.arena, lines[0], COOKIE_ACCESS);
    check_cookie(&request.arena, lines[0], COOKIE_REFRESH);
    check_cookie(&request.arena, lines[0], "flow");
    access = cookie_access(&request);
    CLAIM(!access || cookie_is_own(&request));
    if (access && request.origin)
        CLAIM(request.host && strstr(request.origin, "://") &&
              strcasecmp(strstr(request.origin, "://") + 3, request.host) == 0);
    CLAIM(!access || !request.fetch_site || strcmp(request.fetch_site, "same-origin") == 0 ||
          strcmp(request.fetch_site, "none") == 0);
    arena_done(&request.arena);
    for (size_t i = 0; i < 4; i++)
        free(lines[i]);
    return 0;
}
