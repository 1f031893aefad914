/*
 * Validation (specification section 5). One walk over the document knows types; rules hook into it by node kind. Each
 * rule is a file named as in the specification, listed once in specified_rules.c.
 */
#ifndef GRAPHQL_VALIDATION_VALIDATE_H
#define GRAPHQL_VALIDATION_VALIDATE_H

#include "graphql/error.h"
#include "graphql/language/ast.h"
#include "graphql/suggest.h"
#include "graphql/table.h"
#include "graphql/type/schema.h"

enum { VALIDATION_REACH_EACH = 4 }; /* what each token adds to limits.reach */

/* A variable used in a definition, and what is expected there. */
struct variable_usage {
    struct variable_usage *next;
    const struct node *node;
    const struct type_ref *type; /* NULL: unknown */
    bool has_default;            /* the argument or input field has one */
    const struct type *one_of;   /* the variable is a field of this OneOf input */
};

struct fragment_spread {
    struct fragment_spread *next;
    const struct node *node;
};

/* An operation or fragment with what the walk found in it. */
struct definition {
    struct definition *next;
    const struct node *node;
    struct variable_usage *usages, **usages_end;
    struct fragment_spread *spreads, **spreads_end;
    unsigned usage_count, spread_count;
    unsigned mark; /* of the search that reached it last */
    bool used;     /* a fragment that some operation reaches */
};

struct validation {
    const struct gql_schema *schema;
    struct ts_arena *arena;
    const struct document *document;
    struct error_list *errors;
    struct definition *definitions;
    struct table fragments; /* struct definition by name; the last of a name */
    unsigned operation_count;
    size_t suggest_work;
    struct definition **reach_stack; /* of validation_reach(); NULL: not asked yet */
    struct table verdicts;           /* of max_introspection_depth, by fragment; no arena: not asked yet */
    unsigned mark, steps, reach, depth;
    bool cyclic; /* some fragment spreads itself: rules must not follow */

    /* where the walk is */
    struct definition *definition;
    const struct type *parent;          /* of the selection set; NULL: unknown */
    const struct field *field;          /* FIELD and below; NULL: unknown */
    const struct directive *directive;  /* DIRECTIVE and below */
    const struct node *holder;          /* ARGUMENT: the field or directive that has it */
    const struct input_value *argument; /* ARGUMENT and below */
    const struct type_ref *input;       /* what a value should be; NULL: unknown */
    const struct type *input_object;    /* OBJECT_FIELD: of which input object */
    bool input_object_nullable;         /* it stands where null may, and is no single item of a list */
    enum directive_location location;   /* of directives */
    bool in_directive;                  /* inside a directive */
    bool judged;                        /* inside a list that was wrong as a whole */
};

struct validation_rule {
    const char *name;
    uint64_t kinds; /* bits by enum node_kind */
    void (*enter)(struct validation *validation, const struct node *node);
    void (*finish)(struct validation *validation); /* after the walk, or NULL */
};
#define KIND(kind) (UINT64_C(1) << (kind))

/* NULL-terminated, in the specification's order. */
extern const struct validation_rule *const specified_rules[];

/* Bounds that come before everything else: validation itself relies on them. */
bool validate_limits(struct validation *validation);

/* Return: true when the document may be executed; false and errors added. */
bool validate_document(const struct gql_schema *schema, struct ts_arena *arena, const struct document *document,
                       struct error_list *errors);

struct error_item *validation_error(struct validation *validation, const struct node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4), returns_nonnull));

/* One more selection looked at by who follows fragments. Return: false past limits.steps, with an error the first time.
 */
bool validation_step(struct validation *validation, const struct node *node);

/*
 * True when `depth` is past limits.depth, with an error; then nothing more is followed. Whoever recurses into fields or
 * fragments asks: the stack is small.
 */
bool validation_too_deep(struct validation *validation, unsigned depth, const struct node *node);

/* A client's name in a message: cut when it is long, for it may be as long as the document and in each of many errors.
 */
static inline const char *name_shown(const struct validation *validation, const char *name)
{
    return text_shown(validation->arena, name);
}

/* Call `visit` for `from` and each fragment it reaches, once each. */
void validation_reach(struct validation *validation, struct definition *from,
                      void (*visit)(struct validation *validation, struct definition *reached, void *data), void *data);

/* The type that a type node of a variable names, or NULL. */
const struct type_ref *validation_type(const struct validation *validation, const struct node *node);

/* suggest_names() where suggestions are on, with the document's budget. */
const char *validation_suggest(struct validation *validation, const char *what, const char *name,
                               const char *const *names, size_t count);

#endif
