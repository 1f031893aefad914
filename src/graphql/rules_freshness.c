/* @cacheControl: for how long what a field shows may be kept, its type's rule applied. */
#include <stdlib.h>
#include <string.h>

#include "graphql/rules_inside.h"

/* Apply one directive over what stands in *freshness. Return: true if it lets the field inherit. */
static bool apply_cache_control(struct binder *binder, struct place place, const struct node *directive,
                                struct freshness *freshness)
{
    const struct node *age = node_argument(directive, "maxAge"), *scope = node_argument(directive, "scope");
    const struct node *inherit = node_argument(directive, "inheritMaxAge");
    bool inherits = inherit && inherit->kind == NODE_BOOLEAN && inherit->flag;

    if (age && age->kind == NODE_INT)
        freshness->max_age_s = (int)strtol(age->text, NULL, 10);
    if (age && age->kind == NODE_INT && (freshness->max_age_s < 0 || inherits))
        problem(binder, place, "@cacheControl: maxAge is not negative, and excludes inheritMaxAge");
    if (scope && scope->kind == NODE_ENUM)
        freshness->is_private = strcmp(scope->name, "PRIVATE") == 0;
    return inherits;
}

void bind_freshness(struct binder *binder, const struct field *field, struct rule *rule)
{
    struct freshness *freshness = &rule->freshness;
    bool inherits;

    *freshness = (struct freshness){ .max_age_s = FRESHNESS_INHERITED };
    (void)apply_cache_control(binder, field->place, type_directive(field->type->type, "cacheControl"), freshness);
    inherits = apply_cache_control(binder, field->place, node_directive(field->node, "cacheControl"), freshness);
    if (inherits && rule->kind != RULE_NODES && !is_root(binder->schema, field->parent))
        freshness->max_age_s = FRESHNESS_INHERITED;
    else if (rule->kind == RULE_NODES ||
             (freshness->max_age_s == FRESHNESS_INHERITED && (rule->kind == RULE_RPC || rule->kind == RULE_JOIN)))
        freshness->max_age_s = 0;
}
