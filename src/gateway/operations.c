/*
 * The manifest is a map of ids beside a map of digests of the texts: by the second a text sent in full is known, too.
 * A text leaves here as a copy on the request's arena, for a reload or a newer registration may come while it runs.
 */
#include "gateway/operations.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "gateway/apq.h"
#include "tessera/err.h"
#include "tessera/sign.h"

/* One manifest, as it was read. */
struct manifest {
    struct ts_arena arena;
    struct map by_id, by_digest; /* const struct json, a string */
    size_t count;
};

struct operations {
    struct operations_config config;
    struct manifest *manifest; /* NULL: none */
    struct apq *apq;           /* NULL: off */
};

/* An id may say how it was made; without that it is the same (persisted documents, appendix of GraphQL over HTTP). */
static const char *plain_id(const char *id)
{
    return strncmp(id, "sha256:", 7) == 0 ? id + 7 : id;
}

static void digest_text(const char *text, size_t size, char ret_digest[OPERATION_DIGEST_SIZE])
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    ts_sha256(text, size, digest);
    for (size_t i = 0; i < sizeof(digest); i++)
        snprintf(ret_digest + 2 * i, 3, "%02x", digest[i]);
}

static void manifest_free(struct manifest *manifest)
{
    if (!manifest)
        return;
    map_done(&manifest->by_id);
    map_done(&manifest->by_digest);
    arena_done(&manifest->arena);
    free(manifest);
}

static struct manifest *manifest_new(void)
{
    struct manifest *manifest = calloc(1, sizeof(*manifest));

    if (!manifest)
        abort(); /* as arenas do */
    arena_init(&manifest->arena);
    map_init(&manifest->by_id);
    map_init(&manifest->by_digest);
    return manifest;
}

static void manifest_add(struct manifest *manifest, struct gql_schema *schema, const char *id, struct json *body,
                         struct buf *problems)
{
    char *digest = ts_alloc(&manifest->arena, OPERATION_DIGEST_SIZE);
    const char *problem;

    if (!body || body->type != JSON_STRING || !*id || strlen(id) > OPERATION_ID_SIZE_MAX) {
        buf_printf(problems, "operation \"%.60s\": an id of 1 to %d bytes and a text are wanted\n", id,
                   OPERATION_ID_SIZE_MAX);
        return;
    }
    problem = gql_check(schema, &manifest->arena, body->text, body->size);
    if (problem)
        buf_printf(problems, "operation \"%s\": %s\n", id, problem);
    if (map_put(&manifest->by_id, plain_id(id), body))
        buf_printf(problems, "operation \"%s\": it is there twice\n", id);
    digest_text(body->text, body->size, digest);
    (void)map_put(&manifest->by_digest, digest, body); /* the same text under two ids is fine */
    manifest->count++;
}

static void add_apollo(struct manifest *manifest, struct gql_schema *schema, const struct json *operations,
                       struct buf *problems)
{
    for (const struct json *item = operations->first; item; item = item->next) {
        const struct json *id = json_find(item, "id");

        manifest_add(manifest, schema, id && id->type == JSON_STRING ? id->text : "", json_find(item, "body"),
                     problems);
    }
}

static void manifest_fill(struct manifest *manifest, const struct operations_config *config, const char *text,
                          size_t size, struct buf *problems)
{
    const struct json *operations, *format;
    struct json_error error;
    struct json *root;

    if (json_parse(&manifest->arena, text, size, &root, &error) != 0) {
        buf_printf(problems, "%s is not JSON: %s, at byte %zu\n", config->path, error.message, error.offset);
        return;
    }
    format = json_find(root, "format");
    operations = json_find(root, "operations");
    if (format && operations && operations->type == JSON_ARRAY) {
        if (format->type != JSON_STRING || strcmp(format->text, "apollo-persisted-query-manifest") != 0)
            buf_printf(problems, "%s: its format is not known\n", config->path);
        else
            add_apollo(manifest, config->schema, operations, problems);
    } else if (root->type == JSON_OBJECT) {
        for (struct json *body = root->first; body; body = body->next)
            manifest_add(manifest, config->schema, body->name, body, problems);
    } else {
        buf_printf(problems, "%s: an object of ids and texts is wanted\n", config->path);
    }
}

/* Into *text, from malloc(). Return: its size; or -1. */
static long read_whole(const char *path, char **ret_text)
{
    FILE *file = fopen(path, "re");
    char *text = malloc(OPERATIONS_FILE_SIZE_MAX + 1);
    size_t size = 0;
    bool ok = false;

    if (!text)
        abort(); /* as arenas do */
    if (file) {
        size = fread(text, 1, OPERATIONS_FILE_SIZE_MAX + 1, file);
        ok = !ferror(file) && size <= OPERATIONS_FILE_SIZE_MAX;
        (void)fclose(file); /* only read */
    }
    if (!ok) {
        free(text);
        return -1;
    }
    *ret_text = text;
    return (long)size;
}

static struct manifest *manifest_read(const struct operations_config *config, struct buf *problems)
{
    size_t problems_size = problems->size;
    struct manifest *manifest;
    char *text;
    long size = read_whole(config->path, &text);

    if (size < 0) {
        buf_printf(problems, "--operations: cannot read %s, or it is over %d MiB\n", config->path,
                   OPERATIONS_FILE_SIZE_MAX >> 20);
        return NULL;
    }
    manifest = manifest_new();
    manifest_fill(manifest, config, text, (size_t)size, problems);
    free(text);
    if (problems->size == problems_size && !problems->full)
        return manifest;
    manifest_free(manifest);
    return NULL;
}

struct operations *operations_new(const struct operations_config *config, struct buf *ret_problems)
{
    struct operations *operations;
    struct manifest *manifest = NULL;

    if (config->only && !config->path) {
        buf_printf(ret_problems, "--operations-only wants --operations FILE\n");
        return NULL;
    }
    if (config->path) {
        manifest = manifest_read(config, ret_problems);
        if (!manifest)
            return NULL;
    }
    operations = calloc(1, sizeof(*operations));
    if (!operations)
        abort(); /* as arenas do */
    operations->config = *config;
    operations->manifest = manifest;
    operations->apq = config->apq_bytes_max && !config->only ? apq_new(config->apq_bytes_max) : NULL;
    return operations;
}

void operations_free(struct operations *operations)
{
    if (!operations)
        return;
    manifest_free(operations->manifest);
    apq_free(operations->apq);
    free(operations);
}

int operations_reload(struct operations *operations, struct buf *ret_problems)
{
    struct manifest *manifest;

    if (!operations->config.path)
        return 0;
    manifest = manifest_read(&operations->config, ret_problems);
    if (!manifest)
        return TS_EINVALID;
    manifest_free(operations->manifest);
    operations->manifest = manifest;
    return 0;
}

size_t operations_count(const struct operations *operations)
{
    return operations->manifest ? operations->manifest->count : 0;
}

static bool refuse(struct operation_refusal *refusal, const char *code, const char *message)
{
    *refusal = (struct operation_refusal){ code, message, false };
    return false;
}

static bool refuse_malformed(struct operation_refusal *refusal, const char *message)
{
    *refusal = (struct operation_refusal){ "BAD_REQUEST", message, true };
    return false;
}

static bool refuse_unlisted(struct operation_refusal *refusal)
{
    return refuse(refusal, "OPERATION_NOT_ALLOWED", "This server runs only the operations that it lists.");
}

/* A copy of what the manifest or the registrations have. */
static bool found(struct ts_arena *arena, const char *text, size_t size, struct operation *ret_operation)
{
    *ret_operation = (struct operation){ ts_strndup(arena, text, size), size, NULL };
    return true;
}

static bool find_listed(const struct operations *operations, struct ts_arena *arena, const char *id,
                        struct operation *ret_operation)
{
    const struct json *body =
        operations && operations->manifest ? map_find(&operations->manifest->by_id, plain_id(id)) : NULL;

    if (!body && operations && operations->manifest)
        body = map_find(&operations->manifest->by_digest, plain_id(id));
    return body && found(arena, body->text, body->size, ret_operation);
}

static bool find_by_id(const struct operations *operations, struct ts_arena *arena, const struct operation_ask *ask,
                       struct operation *ret_operation, struct operation_refusal *refusal)
{
    if (ask->query)
        return refuse_malformed(refusal, "Send \"documentId\" or \"query\", not both.");
    if (find_listed(operations, arena, ask->document_id, ret_operation))
        return true;
    if (operations && operations->config.only)
        return refuse_unlisted(refusal);
    return refuse(refusal, "PERSISTED_QUERY_NOT_FOUND", "There is no operation with this documentId.");
}

/* extensions.persistedQuery, which is an object. */
static bool find_by_digest(const struct operations *operations, struct ts_arena *arena, const struct json *persisted,
                           const struct operation_ask *ask, struct operation *ret_operation,
                           struct operation_refusal *refusal)
{
    const struct json *version = json_find(persisted, "version"), *hash = json_find(persisted, "sha256Hash");
    char digest[OPERATION_DIGEST_SIZE];
    const char *text;
    size_t size;

    if (!version || version->type != JSON_NUMBER || !version->is_integer || version->integer != 1 || !hash ||
        hash->type != JSON_STRING)
        return refuse_malformed(refusal, "persistedQuery wants version 1 and sha256Hash.");
    if (ask->query) {
        digest_text(ask->query, ask->query_size, digest);
        if (strcmp(digest, hash->text) != 0)
            return refuse_malformed(refusal, "The sha256Hash is not that of the query.");
        *ret_operation =
            (struct operation){ ask->query, ask->query_size, operations && operations->apq ? hash->text : NULL };
        return true;
    }
    if (find_listed(operations, arena, hash->text, ret_operation))
        return true;
    if (operations && operations->config.only)
        return refuse_unlisted(refusal);
    if (!operations || !operations->apq)
        return refuse(refusal, "PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported");
    text = apq_find(operations->apq, hash->text, &size);
    if (!text)
        return refuse(refusal, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound");
    return found(arena, text, size, ret_operation);
}

/* Whether the text itself is listed, whatever id it came with. */
static bool is_listed(const struct operations *operations, const struct operation *operation)
{
    char digest[OPERATION_DIGEST_SIZE];

    digest_text(operation->text, operation->size, digest);
    return map_find(&operations->manifest->by_digest, digest) != NULL;
}

bool operation_find(struct operations *operations, struct ts_arena *arena, const struct operation_ask *ask,
                    struct operation *ret_operation, struct operation_refusal *ret_refusal)
{
    const struct json *persisted = json_find(ask->extensions, "persistedQuery");
    struct operation operation = { ask->query, ask->query_size, NULL };

    if (ask->document_id) {
        if (!find_by_id(operations, arena, ask, &operation, ret_refusal))
            return false;
    } else if (persisted && persisted->type == JSON_OBJECT) {
        if (!find_by_digest(operations, arena, persisted, ask, &operation, ret_refusal))
            return false;
    } else if (!ask->query) {
        return refuse_malformed(ret_refusal, "Send a \"query\" as a string, or a \"documentId\".");
    }
    if (operations && operations->config.only && operation.text == ask->query && !is_listed(operations, &operation))
        return refuse_unlisted(ret_refusal);
    *ret_operation = operation;
    return true;
}

void operation_keep(struct operations *operations, const struct operation *operation)
{
    if (operations && operations->apq && operation->digest)
        apq_add(operations->apq, operation->digest, operation->text, operation->size);
}
