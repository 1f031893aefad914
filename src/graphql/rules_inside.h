/* What the files that bind rules share. */
#ifndef GRAPHQL_RULES_INSIDE_H
#define GRAPHQL_RULES_INSIDE_H

#include "graphql/rules.h"
#include "graphql/table.h"

struct binder {
    struct gql_schema *schema;
    struct ts_arena *arena;
    struct table messages; /* by full name */
};

#define problem(binder, place, ...) schema_problem((binder)->schema, (place), __VA_ARGS__)

/* The directive's argument when it is a string; or NULL. */
const char *string_argument(const struct node *directive, const char *name);

/*
 * Resolve "a.b.c" from `message`. `type` only helps DateTime find `c_ms`.
 * Return: false and a problem reported.
 */
bool bind_path(struct binder *binder, struct place place, const ProtobufCMessageDescriptor *message, const char *text,
               const struct type *type, struct path *ret_path);
const ProtobufCFieldDescriptor *path_end(const struct path *path);
bool is_string(const ProtobufCFieldDescriptor *field);

bool is_root(const struct gql_schema *schema, const struct type *type);
/* A directive of the type on whichever part carries it; or NULL. */
const struct node *type_directive(const struct type *type, const char *name);

/* rules_freshness.c; the field's rule has its kind. */
void bind_freshness(struct binder *binder, const struct field *field, struct rule *rule);

/* rules_ahead.c; the join is bound but for this. */
void bind_ahead(struct binder *binder, const struct field *field, const struct node *directive, struct rule *rule);
/* Once all are bound: whether somebody brings what the join expects. */
void check_ahead(struct binder *binder, const struct field *field);

/* rules_subscribe.c; the field's rpc is bound in `rule`. `directive` is NULL where a Subscription field has none. */
void bind_subscribe(struct binder *binder, const struct field *field, const struct node *directive, struct rule *rule);

#endif
