/*
 * Documents known by an id: those of a manifest that the operator trusts (persisted documents), and those that clients
 * registered by their digest (automatic persisted queries, apq.h). Every transport asks here which text a request
 * means.
 */
#ifndef GATEWAY_OPERATIONS_H
#define GATEWAY_OPERATIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/json.h"
#include "graphql/graphql.h"

enum {
    OPERATIONS_FILE_SIZE_MAX = 16 << 20, /* a thousand times what our own clients need */
    OPERATION_ID_SIZE_MAX = 200,
    OPERATION_DIGEST_SIZE = 65, /* SHA-256 in hex, and its end */
};

struct operations;

struct operations_config {
    struct gql_schema *schema;
    const char *path;     /* the manifest; NULL: none */
    bool only;            /* nothing runs but what the manifest lists */
    size_t apq_bytes_max; /* of all documents that clients registered; 0: they may not */
};

/*
 * Read the manifest: an object of ids and texts (as graphql-codegen and Relay write it), or Apollo's
 * {"format": "apollo-persisted-query-manifest", "operations": [{"id", "body"}]}. Each text is checked against the
 * schema. Return: NULL and every problem, one line each, in *ret_problems.
 */
struct operations *operations_new(const struct operations_config *config, struct buf *ret_problems);
void operations_free(struct operations *operations);

/* Read the manifest again. Return: 0; TS_EINVALID and *ret_problems, and the one before stays. */
int operations_reload(struct operations *operations, struct buf *ret_problems);
size_t operations_count(const struct operations *operations);

/* What a request says about its document. */
struct operation_ask {
    const char *query; /* NULL: not given; need not be terminated */
    size_t query_size;
    const char *document_id;       /* "documentId"; or NULL */
    const struct json *extensions; /* or NULL */
};

/* Why there is no document: for an errors-only response. */
struct operation_refusal {
    const char *code, *message;
    bool malformed; /* the request is wrong by itself, whatever is known here: 400 in every media type */
};

struct operation {
    const char *text; /* in the arena, or the request's own */
    size_t size;
    const char *digest; /* not NULL: it may be registered, by operation_keep(), once it has proved to run */
};

/* Which text is meant. Return: true and *ret_operation; false and *ret_refusal. */
bool operation_find(struct operations *operations, struct ts_arena *arena, const struct operation_ask *ask,
                    struct operation *ret_operation, struct operation_refusal *ret_refusal);

/* Register what a client sent together with its digest; to be called when it was executed. */
void operation_keep(struct operations *operations, const struct operation *operation);

#endif
