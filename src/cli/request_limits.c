/* One table of names; 0 means no limit where the engine can do without one. */
#include "cli/request_limits.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "tessera/cleanup.h"
#include "tessera/err.h"

enum { ANY_MAX = 1000000000, DEPTH_MAX = 64 }; /* the engine recurses as deep, on a fiber's stack */

static const struct limit {
    const char *name;
    size_t offset;
    unsigned least, most;
} limits_table[] = {
    { "tokens", offsetof(struct gql_limits, tokens), 1, ANY_MAX },
    { "depth", offsetof(struct gql_limits, depth), 1, DEPTH_MAX },
    { "aliases", offsetof(struct gql_limits, aliases), 0, ANY_MAX },
    { "operations", offsetof(struct gql_limits, operations), 1, ANY_MAX },
    { "directives", offsetof(struct gql_limits, directives), 0, ANY_MAX },
    { "circles", offsetof(struct gql_limits, circles), 1, ANY_MAX },
    { "steps", offsetof(struct gql_limits, steps), 1, ANY_MAX },
    { "reach", offsetof(struct gql_limits, reach), 1, ANY_MAX },
    { "fields", offsetof(struct gql_limits, fields), 1, ANY_MAX },
    { "list", offsetof(struct gql_limits, list), 0, ANY_MAX },
    { "cost", offsetof(struct gql_limits, cost), 0, ANY_MAX },
    { "objects", offsetof(struct gql_limits, objects), 1, ANY_MAX },
    { "errors", offsetof(struct gql_limits, errors), 1, 1000 },
};

static const struct limit *limit_find(const char *name, size_t size)
{
    for (size_t i = 0; i < TS_ARRAY_SIZE(limits_table); i++) {
        if (strlen(limits_table[i].name) == size && memcmp(limits_table[i].name, name, size) == 0)
            return &limits_table[i];
    }
    return NULL;
}

static int fail_name(const char *text, size_t size, struct buf *problem)
{
    buf_printf(problem, "--limits: \"%.*s\" is none of", (int)size, text);
    for (size_t i = 0; i < TS_ARRAY_SIZE(limits_table); i++)
        buf_printf(problem, " %s", limits_table[i].name);
    buf_add_literal(problem, "\n");
    return TS_EINVALID;
}

int request_limits_read(const char *text, struct gql_limits *limits, struct buf *ret_problem)
{
    for (const char *at = text; at && *at;) {
        size_t size = strcspn(at, ","), name_size = strcspn(at, "=,");
        const struct limit *limit = limit_find(at, name_size);
        const char *digits = at + name_size + (at[name_size] == '=');
        size_t digit_count = strspn(digits, "0123456789");
        unsigned long value = digit_count && digit_count < 11 ? strtoul(digits, NULL, 10) : ANY_MAX + 1UL;

        if (!limit)
            return fail_name(at, name_size, ret_problem);
        if (digits + digit_count != at + size || value < limit->least || value > limit->most) {
            buf_printf(ret_problem, "--limits: %s is a number from %u to %u\n", limit->name, limit->least, limit->most);
            return TS_EINVALID;
        }
        *(unsigned *)((char *)limits + limit->offset) = (unsigned)value;
        at += size + (at[size] == ',');
    }
    return 0;
}
