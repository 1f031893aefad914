/*
 * A shop in memory: the schema of shop.graphql, and a call_all that answers its rpcs. It keeps a log of what was
 * called, one line a round: "GetItem | GetMakers(mkr_1,mkr_2) GetTags(tag_1)".
 */
#ifndef TESTS_GRAPHQL_SHOP_H
#define TESTS_GRAPHQL_SHOP_H

#include "base/arena.h"
#include "base/buf.h"
#include "graphql/graphql.h"

extern const char shop_sdl[];
extern const ProtobufCServiceDescriptor *const shop_services[];
extern const ProtobufCMessageDescriptor *const shop_events[];

struct shop {
    struct gql_env env; /* first: call_all finds the shop by it */
    struct ts_arena arena;
    struct gql_schema *schema;
    struct buf log, body;
    char idempotency_key[64];
    enum gql_outcome outcome;
    unsigned yields;     /* counted by who asks for it */
    bool forgetful;      /* GetShelf answers as one that does not know what is asked ahead */
    unsigned grant_kind; /* of replies that carry one; 0: none */
};

/* Ready to serve; asserts that the schema has no problem. */
void shop_init(struct shop *shop);
void shop_done(struct shop *shop);

/* Serve one request; `variables` is JSON or NULL. Return: the body, terminated, until the next call. */
const char *shop_ask(struct shop *shop, const char *query, const char *variables);
const char *shop_log(struct shop *shop);

#endif
