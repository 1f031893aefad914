/* A table costs more than some comparisons, and most chains are short. */
#include "graphql/language/names.h"

#include <string.h>

enum { FEW_MAX = 8 };

void names_init(struct names *names, struct ts_arena *arena, const struct node *chain)
{
    names->arena = arena;
    names->chain = chain;
    names->state = NAMES_NEW;
}

static void names_count(struct names *names)
{
    const struct node *node = names->chain;

    for (unsigned i = 0; node && i < FEW_MAX; i++)
        node = node->next;
    names->state = node ? NAMES_MANY : NAMES_FEW;
    if (!node)
        return;
    table_init(&names->table, names->arena);
    for (node = names->chain; node; node = node->next)
        (void)table_add(&names->table, node->name, (void *)node);
}

const struct node *names_find(struct names *names, const char *name)
{
    if (names->state == NAMES_NEW)
        names_count(names);
    if (names->state == NAMES_MANY)
        return table_find(&names->table, name);
    for (const struct node *node = names->chain; node; node = node->next) {
        if (strcmp(node->name, name) == 0)
            return node;
    }
    return NULL;
}
