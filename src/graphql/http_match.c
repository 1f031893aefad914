/*
 * @http: paths of modules' own. A rule's path is matched from left to right; {argument} takes what stands up to the
 * rule's next character, never a slash and never nothing. Rules are few, so they are tried in turn.
 */
#include <string.h>

#include "graphql/execution/execution.h"
#include "graphql/graphql.h"
#include "graphql/rules.h"

enum { SEGMENT_SIZE_MAX = 512 };

struct match {
    struct ts_arena *arena;
    const struct field *field;
    ProtobufCMessage *request;
};

/* Put one value into the request's string field of the argument `name`. Return: false when there is none. */
static bool match_fill(struct match *match, const char *name, size_t name_size, const char *value, size_t value_size)
{
    for (unsigned i = 0; i < match->field->argument_count; i++) {
        const struct input_value *argument = &match->field->arguments[i];
        const ProtobufCFieldDescriptor *field = match->field->rule->bindings[i].field;

        if (strlen(argument->name) != name_size || memcmp(argument->name, name, name_size) != 0)
            continue;
        if (!field || field->type != PROTOBUF_C_TYPE_STRING || memchr(value, 0, value_size))
            return false;
        *(char **)((char *)match->request + field->offset) = ts_strndup(match->arena, value, value_size);
        return true;
    }
    return false;
}

static bool match_rule(struct match *match, const char *pattern, const char *path, size_t size)
{
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
            !match_fill(match, pattern + 1, (size_t)(close - pattern - 1), path + start, at - start))
            return false;
        pattern = close + 1;
    }
    return at == size;
}

bool gql_http_match(struct gql_schema *schema, struct ts_arena *arena, const char *path, size_t path_size,
                    struct gql_rpc *ret_rpc)
{
    for (const struct http_rule *rule = schema->http_rules; rule; rule = rule->next) {
        const struct rule *rpc = rule->field->rule;
        struct match match = { arena, rule->field, message_new(arena, rpc->request) };

        if (!match_rule(&match, rule->path, path, path_size))
            continue;
        *ret_rpc = (struct gql_rpc){ .service = rpc->service,
                                     .method_index = rpc->method_index,
                                     .request = match.request,
                                     .operation = rpc->operation };
        return true;
    }
    return false;
}
