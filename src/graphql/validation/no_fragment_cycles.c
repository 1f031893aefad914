/* Section 5.5.2.2: no fragment spreads itself, directly or through others. */
#include "graphql/validation/rules.h"

enum { UNSEEN, OPEN, DONE };

struct visit {
    struct definition *fragment;
    const struct fragment_spread *next; /* spread to follow */
};

struct search {
    struct table states; /* by fragment: pointer into `states` memory, its value one of the enum */
    struct visit *stack;
    size_t depth;
};

static unsigned char *state_of(struct validation *validation, struct search *search, const struct node *fragment)
{
    unsigned char *state = table_find(&search->states, fragment->name);

    if (!state) {
        state = ts_alloc(validation->arena, 1);
        (void)table_add(&search->states, fragment->name, state);
    }
    return state;
}

/* The spread closes a cycle: name the way from the fragment back to itself. */
static void report(struct validation *validation, const struct search *search, const struct fragment_spread *spread,
                   const struct definition *target)
{
    const char *via = "";
    size_t from = search->depth;

    while (search->stack[--from].fragment != target)
        ;
    for (size_t i = from + 1; i < search->depth && i < from + 10; i++)
        via = ts_printf(validation->arena, "%s%s\"%s\"", via, *via ? ", " : " via ",
                        search->stack[i].fragment->node->name);
    validation->cyclic = true;
    (void)validation_error(validation, spread->node, "Cannot spread fragment \"%s\" within itself%s.",
                           target->node->name, via);
}

static void push(struct validation *validation, struct search *search, struct definition *fragment)
{
    *state_of(validation, search, fragment->node) = OPEN;
    search->stack[search->depth++] = (struct visit){ fragment, fragment->spreads };
}

/* Depth first, with a stack of our own: chains of fragments may be long. */
static void search_from(struct validation *validation, struct search *search, struct definition *start)
{
    push(validation, search, start);
    while (search->depth && !validation->errors->full) {
        struct visit *top = &search->stack[search->depth - 1];
        const struct fragment_spread *spread = top->next;
        struct definition *target = spread ? table_find(&validation->fragments, spread->node->name) : NULL;

        if (!spread) {
            *state_of(validation, search, top->fragment->node) = DONE;
            search->depth--;
            continue;
        }
        top->next = spread->next;
        if (!target)
            continue;
        if (*state_of(validation, search, target->node) == OPEN)
            report(validation, search, spread, target);
        else if (*state_of(validation, search, target->node) == UNSEEN)
            push(validation, search, target);
    }
}

static void finish(struct validation *validation)
{
    struct search search = { 0 };

    table_init(&search.states, validation->arena);
    search.stack = TS_NEW_ARRAY(validation->arena, struct visit, validation->fragments.count + 1);
    for (struct definition *definition = validation->definitions; definition; definition = definition->next) {
        if (definition->node->kind == NODE_FRAGMENT &&
            table_find(&validation->fragments, definition->node->name) == definition &&
            *state_of(validation, &search, definition->node) == UNSEEN)
            search_from(validation, &search, definition);
    }
}

const struct validation_rule no_fragment_cycles = { "NoFragmentCycles", 0, NULL, finish };
