/*
 * @http: paths of modules' own. A rule's path is matched from left to right; {argument} takes what stands up to the
 * rule's next character, never a slash and never nothing. Rules are few, so they are tried in turn. What else a request
 * says (its query, its form, a cookie) fills the other arguments.
 */
#include <string.h>

#include "graphql/execution/execution.h"
#include "graphql/graphql.h"
#include "graphql/rules.h"
#include "tessera/cleanup.h"

enum { SEGMENT_SIZE_MAX = 512 };

/* Where the request has the value of this argument; NULL when it has none. */
static char **slot_of(const struct gql_http *http, const char *name, size_t name_size)
{
    const struct field *field = http->rule->field;

    for (unsigned i = 0; i < field->argument_count; i++) {
        const ProtobufCFieldDescriptor *member = field->rule->bindings[i].field;

        if (strlen(field->arguments[i].name) != name_size || memcmp(field->arguments[i].name, name, name_size) != 0)
            continue;
        return member && member->type == PROTOBUF_C_TYPE_STRING ? (char **)((char *)http->rpc.request + member->offset)
                                                                : NULL;
    }
    return NULL;
}

static bool match_fill(struct ts_arena *arena, const struct gql_http *http, const char *name, size_t name_size,
                       const char *value, size_t value_size)
{
    char **slot = slot_of(http, name, name_size);

    if (!slot || memchr(value, 0, value_size))
        return false;
    *slot = ts_strndup(arena, value, value_size);
    return true;
}

static bool match_rule(struct ts_arena *arena, const struct gql_http *http, const char *path, size_t size)
{
    const char *pattern = http->rule->path;
    size_t at = 0;

    while (*pattern) {
        const char *close = *pattern == '{' ? strchr(pattern, '}') : NULL;
        size_t start = at;

        if (!close) {
            if (at == size || path[at++] != *pattern++)
                return false;
            continue;
        }
        while (at < size && path[at] != close[1] && path[at] != '/')
            at++;
        if (at == start || at - start > SEGMENT_SIZE_MAX ||
            !match_fill(arena, http, pattern + 1, (size_t)(close - pattern - 1), path + start, at - start))
            return false;
        pattern = close + 1;
    }
    return at == size;
}

bool gql_http_match(struct gql_schema *schema, struct ts_arena *arena, const char *path, size_t path_size,
                    struct gql_http *ret_http)
{
    for (const struct http_rule *rule = schema->http_rules; rule; rule = rule->next) {
        const struct rule *rpc = rule->field->rule;
        struct gql_http http = { .rpc = { .service = rpc->service,
                                          .method_index = rpc->method_index,
                                          .request = message_new(arena, rpc->request),
                                          .operation = rpc->operation },
                                 .post = rule->post,
                                 .cookie = rule->cookie,
                                 .header = rule->header,
                                 .body = rule->body,
                                 .rule = rule };

        if (!match_rule(arena, &http, path, path_size))
            continue;
        *ret_http = http;
        return true;
    }
    return false;
}

static bool path_has(const char *path, const char *name)
{
    size_t size = strlen(name);

    for (const char *open = strchr(path, '{'); open; open = strchr(open + 1, '{'))
        if (strncmp(open + 1, name, size) == 0 && open[1 + size] == '}')
            return true;
    return false;
}

/* Does a cookie, a header or the body fill it? */
static bool is_own(const struct gql_http *http, const char *name)
{
    const char *const names[] = { http->cookie, http->header, http->body };

    for (size_t i = 0; i < TS_ARRAY_SIZE(names); i++)
        if (names[i] && strcmp(names[i], name) == 0)
            return true;
    return false;
}

bool gql_http_fill(const struct gql_http *http, const char *name, const char *value)
{
    char **slot = slot_of(http, name, strlen(name));

    if (!slot || path_has(http->rule->path, name) || is_own(http, name))
        return true; /* nobody asks for it, or for it there */
    if (*slot)
        return false;
    *slot = (char *)value;
    return true;
}

void gql_http_fill_own(const struct gql_http *http, const char *name, const char *value)
{
    char **slot = slot_of(http, name, strlen(name));

    if (slot)
        *slot = (char *)value;
}
