/* Section 5.5.2.2: no fragment spreads itself, directly or through others. */
#include "graphql/validation/rules.h"

enum progress { UNSEEN, OPEN, DONE };

/* How far a fragment is. */
struct state {
    enum progress progress;
    size_t depth; /* OPEN: where in the stack */
};

struct visit {
    struct definition *fragment;
    const struct fragment_spread *followed; /* the last spread looked at; NULL: none yet */
};

struct search {
    struct table states; /* by the fragment's name */
    struct visit *stack;
    size_t depth;
    bool reports; /* or only looks */
};

static struct state *state_of(struct validation *validation, struct search *search, const struct node *fragment)
{
    struct state *state = table_find(&search->states, fragment->name);

    if (!state) {
        state = TS_NEW(validation->arena, struct state);
        (void)table_add(&search->states, fragment->name, state);
    }
    return state;
}

/* The spread closes a cycle: name the way from the fragment back to itself. */
static void report(struct validation *validation, const struct search *search, const struct fragment_spread *spread,
                   size_t from)
{
    size_t shown = search->depth - from < ERROR_LOCATION_COUNT ? search->depth : from + ERROR_LOCATION_COUNT;
    const char *via = "";
    struct error_item *item;

    for (size_t i = from; i < shown && i + 1 < search->depth; i++)
        via = ts_printf(validation->arena, "%s%s\"%s\"", via, *via ? ", " : " via ",
                        name_shown(validation, search->stack[i].followed->node->name));
    item = validation_error(validation, spread->node, "Cannot spread fragment \"%s\" within itself%s.",
                            name_shown(validation, search->stack[from].fragment->node->name), via);
    item->offset_count = 0;
    for (size_t i = from; i < shown; i++)
        error_locate(item, search->stack[i].followed->node->offset);
}

static void push(struct validation *validation, struct search *search, struct definition *fragment)
{
    *state_of(validation, search, fragment->node) = (struct state){ OPEN, search->depth };
    search->stack[search->depth++] = (struct visit){ fragment, NULL };
}

/* The next spread of the innermost fragment, or NULL. */
static const struct fragment_spread *next_spread(struct visit *visit)
{
    visit->followed = visit->followed ? visit->followed->next : visit->fragment->spreads;
    return visit->followed;
}

/* Depth first, with a stack of our own: chains of fragments may be long. */
static bool search_from(struct validation *validation, struct search *search, struct definition *start)
{
    bool cyclic = false;

    push(validation, search, start);
    while (search->depth && !validation->errors->full) {
        struct visit *top = &search->stack[search->depth - 1];
        const struct fragment_spread *spread = next_spread(top);
        struct definition *target = spread ? table_find(&validation->fragments, spread->node->name) : NULL;
        const struct state *state = target ? state_of(validation, search, target->node) : NULL;

        if (!spread) {
            state_of(validation, search, top->fragment->node)->progress = DONE;
            search->depth--;
        } else if (state && state->progress == OPEN) {
            cyclic = true;
            if (search->reports)
                report(validation, search, spread, state->depth);
        } else if (state && state->progress == UNSEEN) {
            push(validation, search, target);
        }
    }
    return cyclic;
}

/* Return: true if some fragment spreads itself. */
static bool search_all(struct validation *validation, bool reports)
{
    struct search search = { .reports = reports };
    bool cyclic = false;

    table_init(&search.states, validation->arena);
    search.stack = TS_NEW_ARRAY(validation->arena, struct visit, validation->fragments.count + 1);
    for (struct definition *definition = validation->definitions; definition; definition = definition->next) {
        if (definition->node->kind == NODE_FRAGMENT &&
            state_of(validation, &search, definition->node)->progress == UNSEEN)
            cyclic |= search_from(validation, &search, definition);
    }
    return cyclic;
}

/* Which of several circles are named depends on the order of spreads: outer selections first, the last of these first.
 */
static void order_spreads(struct validation *validation, struct definition *definition, const struct node **stack)
{
    struct fragment_spread **end = &definition->spreads;
    size_t depth = 0;

    stack[depth++] = definition->node->children;
    while (depth) {
        for (const struct node *node = stack[--depth]; node; node = node->next) {
            if (node->kind == NODE_FRAGMENT_SPREAD) {
                *end = TS_NEW(validation->arena, struct fragment_spread);
                (*end)->node = node;
                end = &(*end)->next;
            } else if (node->children) {
                stack[depth++] = node->children;
            }
        }
    }
    *end = NULL;
}

static void finish(struct validation *validation)
{
    const struct node **stack;

    if (!validation->fragments.count || !search_all(validation, /* reports= */ false))
        return;
    stack = TS_NEW_ARRAY(validation->arena, const struct node *, validation->document->token_count);
    validation->cyclic = true;
    for (struct definition *definition = validation->definitions; definition; definition = definition->next) {
        if (definition->node->kind == NODE_FRAGMENT)
            order_spreads(validation, definition, stack);
    }
    (void)search_all(validation, /* reports= */ true);
}

const struct validation_rule no_fragment_cycles = { "NoFragmentCycles", 0, NULL, finish };
