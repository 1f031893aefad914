/*
 * What a root rpc brings along for joins below it (`ahead` of @join): planning finds which joins its reply can answer,
 * its request says which of them are asked, and its reply's items become their batches, so that no keys are gathered
 * and no rpc is called. Whoever answers says that it knew of the wish; where it did not, the joins go their usual way.
 */
#ifndef GRAPHQL_EXECUTION_AHEAD_H
#define GRAPHQL_EXECUTION_AHEAD_H

#include "common/v1/common.pb-c.h"
#include "graphql/execution/plan.h"

struct execution;
struct root;

struct ahead {
    struct ahead *next;
    const struct plan_field *field;          /* the join */
    const ProtobufCFieldDescriptor *asked;   /* a bool of the root's request */
    const ProtobufCFieldDescriptor *brought; /* its items in the root's reply */
    const ProtobufCFieldDescriptor *kept;    /* the reply's bool that says so */
};

/* The joins below a root field that its rpc can bring; NULL: none. In the arena. */
const struct ahead *ahead_plan(struct ts_arena *arena, const struct plan_field *root);

/* Ask for those that are included. */
void ahead_ask(const struct execution *execution, const struct plan_field *field, ProtobufCMessage *request);

/* Take what the root's reply brought; `grant`: the reply's. */
void ahead_take(struct execution *execution, const struct plan_field *field, const ProtobufCMessage *reply,
                const Common__Grant *grant);

#endif
