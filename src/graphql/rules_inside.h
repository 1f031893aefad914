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

bool is_root(const struct gql_schema *schema, const struct type *type);
/* A directive of the type on whichever part carries it; or NULL. */
const struct node *type_directive(const struct type *type, const char *name);

/* rules_values.c */

/* "startsAt" to "starts_at". */
const char *snake(struct ts_arena *arena, const char *camel);
/* 0 for T, 1 for [T], 2 for [[T]]. */
unsigned list_depth(const struct type_ref *ref);

/* The member of `message` that an argument or input fills; a map of all of an input object's. */
struct input_binding bind_input(struct binder *binder, const struct input_value *input,
                                const ProtobufCMessageDescriptor *message, bool request);
const struct input_map *bind_inputs(struct binder *binder, struct place place, struct type *type,
                                    const ProtobufCMessageDescriptor *message, bool request);

/*
 * Resolve "a.b.c" from `message`. `type` only helps DateTime find `c_ms`.
 * Return: false and a problem reported.
 */
bool bind_path(struct binder *binder, struct place place, const ProtobufCMessageDescriptor *message, const char *text,
               const struct type *type, struct path *ret_path);
const ProtobufCFieldDescriptor *path_end(const struct path *path);
/* The field's type against what its rule finds: the end of its path, or the message itself when the path is empty. */
void check_value(struct binder *binder, const struct field *field, struct rule *rule,
                 const ProtobufCMessageDescriptor *message, bool is_list);

/* rules_calls.c */

bool is_string(const ProtobufCFieldDescriptor *field);
/* A field of common.v1.Grant called `grant`, or NULL. */
const ProtobufCFieldDescriptor *grant_field(const ProtobufCMessageDescriptor *message);
void bind_rpc(struct binder *binder, const struct field *field, const struct node *directive, struct rule *rule);
void bind_join(struct binder *binder, const struct field *field, const struct node *directive, struct rule *rule);
/* keys, items and by: what @join and @node have in common. */
bool bind_batch(struct binder *binder, struct place place, const struct node *directive, struct rule *rule);

/* rules_freshness.c; the field's rule has its kind. */
void bind_freshness(struct binder *binder, const struct field *field, struct rule *rule);

/* rules_ahead.c; the join is bound but for this. */
void bind_ahead(struct binder *binder, const struct field *field, const struct node *directive, struct rule *rule);
/* Once all are bound: whether somebody brings what the join expects. */
void check_ahead(struct binder *binder, const struct field *field);

/* rules_subscribe.c; the field's rpc is bound in `rule`. `directive` is NULL where a Subscription field has none. */
void bind_subscribe(struct binder *binder, const struct field *field, const struct node *directive, struct rule *rule);

#endif
