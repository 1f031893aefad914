/*
 * What joins of one level ask for together: the keys of all parents in one rpc, and its reply's items by key. Gathering
 * and running are in batch.c.
 */
#ifndef GRAPHQL_EXECUTION_BATCH_H
#define GRAPHQL_EXECUTION_BATCH_H

#include <string.h>

#include "common/v1/common.pb-c.h"
#include "graphql/graphql.h"
#include "graphql/rules.h"
#include "graphql/table.h"

struct batch_item {
    struct batch_item *next; /* of the same key, in the reply's order */
    const char *key;
    const ProtobufCMessage *message;
};

struct batch_user;

struct batch {
    struct batch *next; /* of the level */
    const struct rule *rule;
    const Common__Grant *grant;
    struct gql_rpc rpc;
    const char **keys;
    size_t key_count, key_room;
    struct table key_set;
    const ProtobufCFieldDescriptor *items_field; /* of rpc.reply */
    struct batch_item *list;                     /* the reply's items; one without a key has none */
    size_t list_count, list_next;
    struct table items; /* of `list` by key; filled once somebody asks out of order */
    bool indexed;
    bool ahead;    /* its items came with the root's reply, which is no reply of the rule's rpc */
    bool answered; /* with a reply that refuses nothing */
    struct batch_user *users;
};

/* One batch that serves a planned field, one for each grant among its parents. */
struct batch_use {
    struct batch_use *next;
    struct batch *batch;
    const struct rule *rule;
    const Common__Grant *grant;
};

/* By key, in any order; NULL when there is none. The slow way of batch_item(). */
const struct batch_item *batch_look_up(struct batch *batch, const char *key);

/*
 * The item of a key, or the first of them. Parents are written in the order in which their keys were gathered, and
 * modules mostly answer in that order.
 */
static inline const struct batch_item *batch_item(struct batch *batch, const char *key)
{
    const struct batch_item *item = &batch->list[batch->list_next];

    if (!key || batch->indexed || batch->rule->shape == JOIN_GROUP || batch->list_next == batch->list_count ||
        !item->key || (item->key != key && strcmp(item->key, key) != 0)) /* what came ahead may have the parent's own */
        return batch_look_up(batch, key);
    batch->list_next++;
    return item;
}

#endif
