/*
 * The pairs of fields that conflict (section 5.3.2), selection by selection: what a person wants named, in the words
 * and the order of graphql-js. Comparing pairs is quadratic, so this runs only when a document is known to be wrong,
 * under a budget that its tokens set, and each pair of selections or fragments is compared once.
 */
#include <string.h>

#include "graphql/validation/overlapping_fields.h"

enum {
    BUDGET_MIN = 500,  /* comparisons in any document … */
    BUDGET_SHARE = 2,  /* … and one more for so many tokens of it */
    ROOM_MIN = 8,      /* of the table of selections */
    NODES_MAX = 20,    /* fields that a conflict names on each side */
    REASON_MAX = 1000, /* bytes of a reason */
    DEPTH_MAX = 64,    /* of comparisons in each other: the stack bounds it */
};

/* A field as it stands in a selection. */
struct detail {
    struct detail *next;
    const struct node *node;
    const struct type *parent; /* NULL: unknown */
    const struct field *field; /* NULL: unknown */
};

struct response {
    struct response *next;
    const char *name;
    struct detail *first, **end;
};

struct spread_name {
    struct spread_name *next;
    const char *name;
};

/* A selection's own fields by response name, inline fragments included, and the fragments it spreads. */
struct collected {
    struct table by_name, spread;
    struct response *first, **end;
    struct spread_name *spreads, **spreads_end;
    struct table compared; /* fragments that were compared with these fields: &exclusive or &overlapping */
};

struct conflict {
    struct conflict *next;
    const char *name, *reason;
    const struct node *left[NODES_MAX], *right[NODES_MAX];
    unsigned left_count, right_count;
};

struct conflicts {
    struct conflict *first, **end;
};

struct search {
    struct validation *validation;
    struct ts_arena *arena;
    struct table pairs; /* of fragments that were compared */
    struct collected **cache;
    const struct node **keys; /* first nodes of selections, where their collected fields are */
    size_t cache_room;
    size_t budget;
    unsigned depth, told;
};

/* How two things were compared: as fields that cannot stand on one object, or that may. */
static char exclusive, overlapping;

static bool spend(struct search *search)
{
    if (search->budget)
        search->budget--;
    return search->budget > 0 && search->depth < DEPTH_MAX;
}

/* Collecting. */

static const char *response_name(const struct node *field)
{
    return field->text ? field->text : field->name;
}

static const struct field *find_field(const struct type *parent, const char *name)
{
    bool has_fields = parent && (parent->kind == TYPE_OBJECT || parent->kind == TYPE_INTERFACE);

    return has_fields ? table_find(&parent->field_table, name) : NULL;
}

static void collect_field(struct search *search, struct collected *collected, const struct node *node,
                          const struct type *parent)
{
    struct response *response = table_find(&collected->by_name, response_name(node));
    struct detail *detail = TS_NEW(search->arena, struct detail);

    if (!response) {
        response = TS_NEW(search->arena, struct response);
        response->name = response_name(node);
        response->end = &response->first;
        *collected->end = response;
        collected->end = &response->next;
        (void)table_add(&collected->by_name, response->name, response);
    }
    *detail = (struct detail){ NULL, node, parent, find_field(parent, node->name) };
    *response->end = detail;
    response->end = &detail->next;
}

static void collect_spread(struct search *search, struct collected *collected, const char *name)
{
    struct spread_name *spread;

    if (table_add(&collected->spread, name, (void *)name))
        return;
    spread = TS_NEW(search->arena, struct spread_name);
    spread->name = name;
    *collected->spreads_end = spread;
    collected->spreads_end = &spread->next;
}

static void collect_into(struct search *search, struct collected *collected, const struct node *selections,
                         const struct type *parent)
{
    for (const struct node *node = selections; node && spend(search); node = node->next) {
        if (node->kind == NODE_FIELD)
            collect_field(search, collected, node, parent);
        else if (node->kind == NODE_FRAGMENT_SPREAD)
            collect_spread(search, collected, node->name);
        else
            collect_into(search, collected, node->children,
                         node->text ? schema_type(search->validation->schema, node->text) : parent);
    }
}

static struct collected *collect(struct search *search, const struct node *selections, const struct type *parent)
{
    size_t at = ((uintptr_t)selections >> 4) * 2654435761u & (search->cache_room - 1);
    struct collected *collected;

    while (search->keys[at] && search->keys[at] != selections)
        at = (at + 1) & (search->cache_room - 1);
    if (search->keys[at])
        return search->cache[at];
    collected = TS_NEW(search->arena, struct collected);
    collected->end = &collected->first;
    collected->spreads_end = &collected->spreads;
    table_init(&collected->by_name, search->arena);
    table_init(&collected->spread, search->arena);
    table_init(&collected->compared, search->arena);
    collect_into(search, collected, selections, parent);
    search->keys[at] = selections;
    search->cache[at] = collected;
    return collected;
}

static struct collected *collect_fragment(struct search *search, const struct definition *fragment)
{
    return collect(search, fragment->node->children, schema_type(search->validation->schema, fragment->node->text));
}

/* Comparing. */

static void compare_sets(struct search *search, struct conflicts *conflicts, bool apart, struct collected *left,
                         struct collected *right);

static struct conflict *conflict_new(struct search *search, const struct detail *left, const struct detail *right,
                                     const char *reason)
{
    struct conflict *conflict = TS_NEW(search->arena, struct conflict);

    conflict->name = text_shown(search->arena, response_name(left->node));
    conflict->reason = reason;
    conflict->left[conflict->left_count++] = left->node;
    conflict->right[conflict->right_count++] = right->node;
    return conflict;
}

static void conflicts_add(struct conflicts *conflicts, struct conflict *conflict)
{
    *conflicts->end = conflict;
    conflicts->end = &conflict->next;
}

/* The innermost nodes of an inner conflict, as many as there is room for. */
static void take_nodes(const struct node **nodes, unsigned *count, const struct node *const *inner,
                       unsigned inner_count)
{
    unsigned room = NODES_MAX - *count, skipped = inner_count > room ? inner_count - room : 0;

    for (unsigned i = skipped; i < inner_count; i++)
        nodes[(*count)++] = inner[i];
}

static const char *shortened(struct search *search, const char *text)
{
    return strnlen(text, REASON_MAX + 1) > REASON_MAX ? ts_printf(search->arena, "%.*s...", REASON_MAX, text) : text;
}

/* Conflicts below two fields are one conflict of these. */
static struct conflict *conflict_of_subfields(struct search *search, const struct detail *left,
                                              const struct detail *right, const struct conflicts *inner)
{
    struct conflict *conflict;
    const char *reason = "";

    if (!inner->first)
        return NULL;
    conflict = conflict_new(search, left, right, NULL);
    for (const struct conflict *at = inner->first; at; at = at->next) {
        if (strnlen(reason, REASON_MAX + 1) <= REASON_MAX)
            reason = ts_printf(search->arena, "%s%ssubfields \"%s\" conflict because %s", reason,
                               *reason ? " and " : "", at->name, at->reason);
        take_nodes(conflict->left, &conflict->left_count, at->left, at->left_count);
        take_nodes(conflict->right, &conflict->right_count, at->right, at->right_count);
    }
    conflict->reason = shortened(search, reason);
    return conflict;
}

static bool is_simple_leaf(const struct detail *detail)
{
    return !detail->node->arguments && !detail->node->children;
}

static const char *difference(struct search *search, const struct detail *left, const struct detail *right)
{
    if (strcmp(left->node->name, right->node->name) != 0)
        return ts_printf(search->arena, "\"%s\" and \"%s\" are different fields",
                         text_shown(search->arena, left->node->name), text_shown(search->arena, right->node->name));
    return members_equal(left->node->arguments, right->node->arguments) ? NULL : "they have differing arguments";
}

static bool stand_apart(const struct detail *left, const struct detail *right)
{
    return left->parent != right->parent && left->parent && left->parent->kind == TYPE_OBJECT && right->parent &&
           right->parent->kind == TYPE_OBJECT;
}

static struct conflict *compare_below(struct search *search, bool apart, const struct detail *left,
                                      const struct detail *right)
{
    struct conflicts inner = { .first = NULL };

    if (!left->node->children || !right->node->children)
        return NULL;
    inner.end = &inner.first;
    search->depth++;
    compare_sets(search, &inner, apart,
                 collect(search, left->node->children, left->field ? left->field->type->type : NULL),
                 collect(search, right->node->children, right->field ? right->field->type->type : NULL));
    search->depth--;
    return conflict_of_subfields(search, left, right, &inner);
}

static struct conflict *compare_details(struct search *search, bool apart, const struct detail *left,
                                        const struct detail *right)
{
    const struct type_ref *a = left->field ? left->field->type : NULL, *b = right->field ? right->field->type : NULL;
    const char *reason = NULL;

    if (!spend(search))
        return NULL;
    apart |= stand_apart(left, right);
    if (is_simple_leaf(left) && is_simple_leaf(right) && a == b && strcmp(left->node->name, right->node->name) == 0)
        return NULL;
    if (!apart)
        reason = difference(search, left, right);
    if (!reason && left->field && right->field && !shapes_equal(a, b))
        reason = ts_printf(search->arena, "they return conflicting types \"%s\" and \"%s\"",
                           type_ref_print(search->arena, a), type_ref_print(search->arena, b));
    return reason ? conflict_new(search, left, right, reason) : compare_below(search, apart, left, right);
}

/* All fields of one response name on one side with all on the other. */
static void compare_responses(struct search *search, struct conflicts *conflicts, bool apart,
                              const struct response *left, const struct response *right)
{
    for (const struct detail *one = left->first; one; one = one->next) {
        for (const struct detail *other = right->first; other && search->budget; other = other->next) {
            struct conflict *conflict = compare_details(search, apart, one, other);

            if (conflict)
                conflicts_add(conflicts, conflict);
        }
    }
}

static void compare_fields(struct search *search, struct conflicts *conflicts, bool apart, const struct collected *left,
                           const struct collected *right)
{
    if (!right->first)
        return;
    for (const struct response *response = left->first; response && search->budget; response = response->next) {
        const struct response *other = table_find(&right->by_name, response->name);

        if (spend(search) && other)
            compare_responses(search, conflicts, apart, response, other);
    }
}

/* True if this comparison was made: one of fields that may overlap stands for both. */
static bool is_made(struct table *made, const char *key, bool apart)
{
    const char *how = table_find(made, key);

    if (how == &overlapping || (apart && how == &exclusive))
        return true;
    table_set(made, key, apart ? &exclusive : &overlapping);
    return false;
}

static void compare_with_fragment(struct search *search, struct conflicts *conflicts, bool apart,
                                  struct collected *fields, const char *name)
{
    const struct definition *fragment = table_find(&search->validation->fragments, name);
    struct collected *other;

    if (!spend(search) || !fields->first || is_made(&fields->compared, name, apart) || !fragment)
        return;
    other = collect_fragment(search, fragment);
    if (other == fields)
        return;
    compare_fields(search, conflicts, apart, fields, other);
    search->depth++;
    for (const struct spread_name *spread = other->spreads; spread; spread = spread->next)
        compare_with_fragment(search, conflicts, apart, fields, spread->name);
    search->depth--;
}

/* A pair's key, the same for both orders. */
static const char *pair_key(struct search *search, const char *left, const char *right)
{
    return strcmp(left, right) < 0 ? ts_printf(search->arena, "%s %s", left, right)
                                   : ts_printf(search->arena, "%s %s", right, left);
}

static void compare_fragments(struct search *search, struct conflicts *conflicts, bool apart, const char *left,
                              const char *right)
{
    const struct definition *one = table_find(&search->validation->fragments, left);
    const struct definition *other = table_find(&search->validation->fragments, right);
    struct collected *one_fields, *other_fields;

    if (!spend(search) || strcmp(left, right) == 0 || is_made(&search->pairs, pair_key(search, left, right), apart) ||
        !one || !other)
        return;
    one_fields = collect_fragment(search, one);
    other_fields = collect_fragment(search, other);
    compare_fields(search, conflicts, apart, one_fields, other_fields);
    search->depth++;
    for (const struct spread_name *spread = other_fields->spreads; spread; spread = spread->next)
        compare_fragments(search, conflicts, apart, left, spread->name);
    for (const struct spread_name *spread = one_fields->spreads; spread; spread = spread->next)
        compare_fragments(search, conflicts, apart, spread->name, right);
    search->depth--;
}

/* The selections of two fields: their own fields, then those of fragments on either side. */
static void compare_sets(struct search *search, struct conflicts *conflicts, bool apart, struct collected *left,
                         struct collected *right)
{
    compare_fields(search, conflicts, apart, left, right);
    for (const struct spread_name *spread = right->spreads; spread; spread = spread->next)
        compare_with_fragment(search, conflicts, apart, left, spread->name);
    for (const struct spread_name *spread = left->spreads; spread; spread = spread->next)
        compare_with_fragment(search, conflicts, apart, right, spread->name);
    for (const struct spread_name *one = left->spreads; one; one = one->next) {
        for (const struct spread_name *other = right->spreads; other && search->budget; other = other->next)
            compare_fragments(search, conflicts, apart, one->name, other->name);
    }
}

/* A selection with itself. */
static void compare_within(struct search *search, struct conflicts *conflicts, struct collected *collected)
{
    for (const struct response *response = collected->first; response; response = response->next) {
        for (const struct detail *one = response->first; one; one = one->next) {
            for (const struct detail *other = one->next; other && search->budget; other = other->next) {
                struct conflict *conflict = compare_details(search, false, one, other);

                if (conflict)
                    conflicts_add(conflicts, conflict);
            }
        }
    }
    for (const struct spread_name *one = collected->spreads; one && search->budget; one = one->next) {
        compare_with_fragment(search, conflicts, false, collected, one->name);
        for (const struct spread_name *other = one->next; other && search->budget; other = other->next)
            compare_fragments(search, conflicts, false, one->name, other->name);
    }
}

/* The walk over all selections. */

static void tell(struct search *search, const struct conflict *conflict)
{
    struct error_item *item;

    item = validation_error(search->validation, conflict->left[0],
                            "Fields \"%s\" conflict because %s. Use different aliases on the fields to fetch both if "
                            "this was intentional.",
                            conflict->name, conflict->reason);
    item->offset_count = 0;
    for (unsigned i = 0; i < conflict->left_count; i++)
        error_locate(item, conflict->left[i]->offset);
    for (unsigned i = 0; i < conflict->right_count; i++)
        error_locate(item, conflict->right[i]->offset);
    search->told++;
}

static void visit_selections(struct search *search, const struct node *selections, const struct type *parent,
                             bool inline_fragment)
{
    const struct gql_schema *schema = search->validation->schema;
    struct conflicts conflicts = { .first = NULL };

    conflicts.end = &conflicts.first;
    if (!inline_fragment && spend(search) && selections &&
        (selections->next || selections->kind == NODE_INLINE_FRAGMENT))
        compare_within(search, &conflicts, collect(search, selections, parent));
    for (const struct conflict *conflict = conflicts.first; conflict; conflict = conflict->next)
        tell(search, conflict);
    for (const struct node *node = selections; node && search->budget; node = node->next) {
        bool has_fields = node->kind == NODE_FIELD && parent && type_is_composite(parent);
        const struct field *field = has_fields ? schema_field(schema, parent, node->name) : NULL;

        if (node->kind == NODE_FIELD && node->children)
            visit_selections(search, node->children, field ? field->type->type : NULL, false);
        else if (node->kind == NODE_INLINE_FRAGMENT)
            visit_selections(search, node->children, node->text ? schema_type(schema, node->text) : parent, true);
    }
}

unsigned conflicts_report(struct validation *validation)
{
    unsigned token_count = validation->document->token_count;
    struct search search = { .validation = validation, .arena = validation->arena };

    search.budget = BUDGET_MIN + token_count / BUDGET_SHARE;
    for (search.cache_room = ROOM_MIN; search.cache_room < token_count;)
        search.cache_room *= 2; /* a selection has three tokens, so a third is used at most */
    search.keys = TS_NEW_ARRAY(search.arena, const struct node *, search.cache_room);
    search.cache = TS_NEW_ARRAY(search.arena, struct collected *, search.cache_room);
    table_init(&search.pairs, search.arena);
    for (const struct definition *definition = validation->definitions; definition && search.budget;
         definition = definition->next) {
        const struct node *node = definition->node;
        const struct type *parent = node->kind == NODE_FRAGMENT ? schema_type(validation->schema, node->text)
                                                                : validation->schema->roots[node->operation];

        visit_selections(&search, node->children, parent, false);
    }
    return search.told;
}
