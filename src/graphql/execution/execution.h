/*
 * One request being executed: what request.c, batch.c, execute.c and write.c share. Nothing outside this folder
 * includes it.
 */
#ifndef GRAPHQL_EXECUTION_EXECUTION_H
#define GRAPHQL_EXECUTION_EXECUTION_H

#include "common/v1/common.pb-c.h"
#include "graphql/error.h"
#include "graphql/execution/ahead.h"
#include "graphql/execution/batch.h"
#include "graphql/execution/message.h"
#include "graphql/execution/plan.h"
#include "tessera/err.h"

enum {
    EXECUTION_YIELD_STEPS = 256, /* values handled between two looks at the loop */
};

/* The answer of one root field. */
struct root {
    struct gql_rpc rpc;
    const char *failure, *code; /* refused before a call; else NULL */
    const struct node *failed;  /* the argument at fault, or NULL */
    bool called;
};

struct execution {
    struct gql_schema *schema;
    struct gql_env *env;
    struct ts_arena *arena;
    const struct plan *plan;
    const struct node **variables; /* by index in the plan; NULL: not given */
    bool *included;                /* by index of planned field; NULL: all are */
    const unsigned **orders;       /* by index of selection, where it is another than the plan's; NULL: nowhere */
    const struct node **nulls;     /* by index of selection: the condition that is null; NULL: none is */
    struct root *roots;            /* by index in the plan's root selection */
    struct batch_use **uses;       /* by index of planned field */
    struct batch *pending;         /* batches of the level being gathered */
    size_t stream_item;            /* which of the root's list a stream's response shows */
    struct error_list errors;
    unsigned steps;
};

static inline bool execution_includes(const struct execution *execution, const struct plan_field *field)
{
    return !execution->included || execution->included[field->index];
}

/* Called for values handled: lets other fibers run now and then. */
static inline void execution_steps(struct execution *execution, unsigned count)
{
    execution->steps += count;
    if (execution->steps >= EXECUTION_YIELD_STEPS && execution->env->yield) {
        execution->steps = 0;
        execution->env->yield(execution->env);
    }
}

static inline void execution_step(struct execution *execution)
{
    execution_steps(execution, 1);
}

/* cost.c: of a plan whose cost_varies. Return: false and an error added when it is too much. */
bool cost_check(const struct execution *execution, struct error_list *errors);

/* execute.c */

void execution_init(struct execution *execution, struct gql_schema *schema, struct gql_env *env,
                    const struct plan *plan);
/* Make the request of the root field at `index`. Return: the rpc to call; NULL: there is none, or the root has failed.
 */
struct gql_rpc *root_prepare(struct execution *execution, unsigned index);
/* Its rpc is answered: the joins below it go into the first level. */
void root_gather(struct execution *execution, unsigned index);

/* conditions.c */

/* Variables are there: which fields @skip and @include leave. */
void execution_decide(struct execution *execution);
bool condition_holds(struct execution *execution, const struct condition *condition);

/* arguments.c */

/* Return: NULL when the field's arguments have all the values they need; else a message, and the literal at fault. */
const char *arguments_problem(const struct execution *execution, const struct plan_field *field,
                              const struct node **ret_node);

/* request.c */

/* A literal or a variable's value; NULL when it is a variable that was not given. */
const struct node *execution_value(const struct execution *execution, const struct node *value);

/* The argument at `index`, default applied; NULL when absent. */
const struct node *execution_argument(const struct execution *execution, const struct plan_field *field,
                                      unsigned index);

/*
 * The request of an RPC or JOIN field, from its arguments (keys are not filled).
 * Return: NULL; or a message for the client, when a required argument's variable was not given.
 */
const char *request_build(const struct execution *execution, const struct plan_field *field, const struct rule *rule,
                          const Common__Grant *grant, struct gql_rpc *ret_rpc);

ProtobufCMessage *message_new(struct ts_arena *arena, const ProtobufCMessageDescriptor *descriptor);

/* batch.c: see batch.h */

/* The objects' joins, here and below through plain fields, go into the level being gathered. */
void batch_gather(struct execution *execution, const struct selection *selection,
                  const ProtobufCMessage *const *messages, size_t count, const Common__Grant *grant);
/* The ids of a node or nodes field. */
void batch_gather_nodes(struct execution *execution, const struct plan_field *field);
/* Items that came with the reply of the field's root: they are its batch, and their joins are gathered. */
void batch_bring(struct execution *execution, const struct plan_field *field, const Common__Grant *grant,
                 const ProtobufCMessage *reply, const ProtobufCFieldDescriptor *items);
/* Call level after level until no join is left. */
void batch_run(struct execution *execution);

/* The batch of a field under a grant; NULL when nothing was asked. */
struct batch *batch_find(const struct execution *execution, const struct plan_field *field, const struct rule *rule,
                         const Common__Grant *grant);

static inline struct batch *batch_of(const struct execution *execution, const struct plan_field *field,
                                     const struct rule *rule, const Common__Grant *grant)
{
    const struct batch_use *use = execution->uses[field->index];

    return use && use->rule == rule && use->grant == grant ? use->batch : batch_find(execution, field, rule, grant);
}

/* The rule of the type whose ids look like `id`, or NULL. */
const struct node_rule *node_rule_of(const struct execution *execution, const struct plan_field *field, const char *id,
                                     const struct type **ret_type);

/* True if a holder of `grant` may see what `grants` lists. */
static inline bool grant_allows(const Common__Grant *grant, unsigned grants)
{
    return grants & (grant ? 1u << grant->kind : GRANT_PUBLIC);
}

/* The selection for a message of an abstract type; *message may be unwrapped. */
const struct selection *selection_find(const struct plan_field *field, const ProtobufCMessage **message);

/* The same for any type. */
static inline const struct selection *selection_for(const struct plan_field *field, const ProtobufCMessage **message)
{
    return field->only ? field->only : selection_find(field, message);
}

/* write_leaf.c */

void write_double(struct buf *body, double number);
/* Return: false when the memory holds nothing that its type can show. */
bool write_leaf(struct buf *body, const struct plan_field *field, const void *at,
                const ProtobufCFieldDescriptor *element);

/* straight.c */

struct straight {
    struct execution *execution;
    struct buf *body;
    char *end;             /* of the body's room */
    unsigned object_count; /* written so far, in this way or the other */
    unsigned object_max, depth;
    const char *currency; /* the last one that was looked up: lists of prices have one */
    int exponent;
    bool off; /* something came up that only the long way can tell */
};

/* Write a message whole. Return: false when that takes more than this way knows; nothing is written then. */
bool write_straight(struct straight *straight, const struct selection *selection, const ProtobufCMessage *message,
                    const Common__Grant *grant);
/* Of a currency's amounts; negative when there is no such currency. */
int straight_exponent(struct straight *straight, const char *currency);

/* write.c: the value of `data`; cut anywhere once memory is short, see arena_is_spent(). */
void write_data(struct execution *execution, struct buf *body);

#endif
