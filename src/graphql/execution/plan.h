/*
 * A plan: an operation with its fragments spread out and its fields merged, per concrete type, each field bound to its
 * rule. It is made once per document and shared by executions that may interleave, so execution never writes to it.
 */
#ifndef GRAPHQL_EXECUTION_PLAN_H
#define GRAPHQL_EXECUTION_PLAN_H

#include "graphql/error.h"
#include "graphql/rules.h"
#include "graphql/type/schema.h"

/* @skip or @include with a variable; all of a chain must hold. */
struct condition {
    const struct condition *outer;
    const struct node *variable;
    bool expected;
};

/* One field node that was merged into a planned field. */
struct occurrence {
    struct occurrence *next;
    const struct node *node;
    const struct condition *condition; /* NULL: always */
    unsigned place;                    /* in the operation, from 1 */
};

struct selection;
struct ahead;

/* How straight.c writes a field; LONG: it does not. */
enum way {
    WAY_STRING, /* a member that is one and is shown as it is */
    WAY_NAME,   /* __typename */
    WAY_CHILD,  /* an object of an object type that one member points to */
    WAY_LONG,
    WAY_MEMBER,
    WAY_TIME,
    WAY_MONEY,
    WAY_OBJECT,
    WAY_OBJECTS,
    WAY_JOINED, /* one object */
    WAY_JOINED_LEAF,
    WAY_JOINED_LIST,
    WAY_JOINED_GROUP,
};

enum {
    KEY_STEP = 16,   /* keys are copied in pieces of this size, and are followed by as much memory */
    VALUE_ROOM = 40, /* a time, an amount, null, a bracket */
};

struct plan_field {
    const char *name; /* response name */
    const char *key;  /* `,"name":` as JSON */
    size_t key_size;
    size_t room; /* for the key and a value of at most VALUE_ROOM */
    const struct field *field;
    const struct node **arguments;          /* by index of the field's arguments; NULL: not given */
    const ProtobufCFieldDescriptor *member; /* a leaf that is this member of the parent's message; else NULL */
    struct selection **selections;          /* by index of the field type's possible types; NULL for leaves */
    const struct selection *only;           /* the selection of an object type */
    struct occurrence *occurrences;
    const struct ahead *ahead; /* of a root field: joins below that its rpc brings along */
    enum way way;
    bool nullable;    /* null may stand here */
    bool conditional; /* no occurrence is unconditional */
    bool risky;       /* a variable in its arguments may be null or missing where that does not fit */
    unsigned index;   /* in the plan */
    unsigned offset;  /* STRING and CHILD: of the member's pointer */
};

struct selection {
    const struct type *type;
    struct plan_field *fields, *end;
    unsigned count;
    unsigned grants;              /* who may see all of its fields */
    bool has_joins;               /* some field below, through plain fields, is a join */
    bool reorders;                /* conditions may change the order of its fields */
    struct occurrence *elsewhere; /* fragments for other types; what they depend on must not be null either */
    unsigned index;               /* in the plan */
};

struct plan_variable {
    const char *name;
    const struct type_ref *type; /* NULL when unknown: validation refused it */
    const struct node *default_value;
    const struct node *node;
};

struct plan {
    struct plan *next;
    const struct node *operation;
    const struct selection *root;
    struct plan_variable *variables;
    unsigned variable_count;
    struct table variable_table; /* struct plan_variable by name, where they are many */
    unsigned field_count;
    unsigned selection_count;
    bool conditional;           /* something is left out or not by a variable */
    unsigned list_max;          /* limits.list, for its variables */
    bool suggestions;           /* in messages about them */
    bool cost_varies;           /* too much at worst: each execution must count with its variables */
    struct freshness freshness; /* of all that it may select; never INHERITED */
};

/* Plan one operation. Return: the plan, in `arena`; NULL and an error added. */
struct plan *plan_new(const struct gql_schema *schema, struct ts_arena *arena, const struct document *document,
                      const struct node *operation, struct error_list *errors);

/* The operation's variable of this name, or NULL. */
const struct plan_variable *plan_variable(const struct plan *plan, const char *name);

/*
 * cost.c: count what the plan costs at worst. Return: false and an error added when that is too much whatever the
 * variables are; what depends on them is left to execution (cost_varies).
 */
bool cost_plan(const struct gql_schema *schema, struct plan *plan, struct error_list *errors);

/* freshness.c: for how long an answer of this selection may be kept. */
struct freshness freshness_of(const struct selection *root);

#endif
