/* Doubles are looked for without memory first; only when there are some is a table made. */
#include "graphql/validation/unique_names.h"

#include <string.h>

#include "graphql/language/locate.h"

enum { PAIRS_MAX = 12 }; /* nodes of a chain that are compared with each other */

static bool has_name(const struct node *from, const struct node *to, const char *name)
{
    while (from != to && strcmp(from->name, name) != 0)
        from = from->next;
    return from != to;
}

bool has_doubles(struct ts_arena *arena, const struct node *chain)
{
    struct table names;
    unsigned count = 0;

    for (const struct node *node = chain; node; node = node->next) {
        if (count++ < PAIRS_MAX) {
            if (has_name(chain, node, node->name))
                return true;
            continue;
        }
        if (count == PAIRS_MAX + 1) {
            table_init(&names, arena);
            for (const struct node *before = chain; before != node; before = before->next)
                (void)table_add(&names, before->name, (void *)before);
        }
        if (table_add(&names, node->name, (void *)node))
            return true;
    }
    return false;
}

/* A name and, once it came again, the error that says so. */
struct seen {
    const struct node *first;
    struct error_item *item;
};

static uint32_t name_offset(const struct validation *validation, const struct node *node)
{
    return node->kind == NODE_VARIABLE_DEFINITION ? locate_name(validation->arena, validation->document, node)
                                                  : node->offset;
}

/* The first definition of a name, and where that is: found once, for there may be a long comment before it. */
struct first {
    const struct node *node;
    uint32_t offset; /* 0: not found yet, as a keyword is before it */
};

void report_second(struct validation *validation, struct table *names, const struct node *definition, const char *what)
{
    struct first *first = table_find(names, definition->name);
    struct error_item *item;

    if (!first) {
        first = TS_NEW(validation->arena, struct first);
        first->node = definition;
        (void)table_add(names, definition->name, first);
        return;
    }
    if (!first->offset)
        first->offset = locate_name(validation->arena, validation->document, first->node);
    item = validation_error(validation, definition, "There can be only one %s named \"%s\".", what,
                            name_shown(validation, definition->name));
    item->offset_count = 0;
    error_locate(item, first->offset);
    error_locate(item, locate_name(validation->arena, validation->document, definition));
}

void report_doubles(struct validation *validation, const struct node *chain, const char *what)
{
    struct table names;

    table_init(&names, validation->arena);
    for (const struct node *node = chain; node; node = node->next) {
        struct seen *seen = table_find(&names, node->name);

        if (!seen) {
            seen = TS_NEW(validation->arena, struct seen);
            seen->first = node;
            (void)table_add(&names, node->name, seen);
            continue;
        }
        if (!seen->item) {
            seen->item = validation_error(validation, node, "There can be only one %s%s\".", what,
                                          name_shown(validation, node->name));
            seen->item->offset_count = 0;
            error_locate(seen->item, name_offset(validation, seen->first));
        }
        error_locate(seen->item, name_offset(validation, node));
    }
}
