/*
 * What stands in the database before there are documents: the collections with their indexes, a schema that keeps
 * strangers' writes out where the server knows such, and the format that later programs look at. Made at each start;
 * what is there already stays.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "store/index.h"
#include "store/mongo_inside.h"

enum {
    NAMESPACE_EXISTS = 48,
    NOT_IMPLEMENTED = 238,
};

static bool command(struct mongo *mongo, mongoc_client_t *client, const bson_t *words, bson_error_t *ret_error)
{
    return mongoc_client_write_command_with_opts(client, mongo->database, words, NULL, NULL, ret_error);
}

/* Without a document yet it is of this format. Return: 0; TS_EPRECONDITION; TS_EUNAVAILABLE. */
static int check_format(struct mongo *mongo, mongoc_client_t *client, struct store_message *message)
{
    mongoc_collection_t *meta = mongoc_client_get_collection(client, mongo->database, "tessera_meta");
    bson_t *filter = BCON_NEW("_id", "format"), *fresh = BCON_NEW("_id", "format", "value", BCON_INT64(MONGO_FORMAT));
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(meta, filter, NULL, NULL);
    const bson_t *document;
    bson_error_t error;
    bson_iter_t at;
    int r = 0;

    if (mongoc_cursor_next(cursor, &document)) {
        if (!bson_iter_init_find(&at, document, "value") || bson_iter_as_int64(&at) > MONGO_FORMAT)
            r = store_fail(message, TS_EPRECONDITION,
                           "the database %s was written by a newer Tessera: this program knows format %d",
                           mongo->database, MONGO_FORMAT);
    } else if (mongoc_cursor_error(cursor, &error)) {
        r = store_fail(message, TS_EUNAVAILABLE, "the store cannot be read: %s", error.message);
    } else if (!mongoc_collection_insert_one(meta, fresh, NULL, NULL, &error) && error.code != 11000) {
        r = store_fail(message, TS_EUNAVAILABLE, "the store cannot be written: %s", error.message);
    }
    mongoc_cursor_destroy(cursor);
    bson_destroy(fresh);
    bson_destroy(filter);
    mongoc_collection_destroy(meta);
    return r;
}

int mongo_schema_open(struct mongo *mongo, mongoc_client_t *client, struct store_message *message)
{
    mongo->keys_alone = mongo_keys_alone(mongo, client);
    return check_format(mongo, client, message);
}

/* A version has its envelope: what cannot be read back is not let in. */
static bson_t *row_schema(void)
{
    return BCON_NEW("$jsonSchema", "{", "bsonType", "object", "required", "[", "_id", "at", "actor", "operation",
                    "attempt", "body", "]", "properties", "{", "_id", "{", "bsonType", "string", "pattern",
                    "@[1-9][0-9]*$", "}", "at", "{", "bsonType", "date", "}", "attempt", "{", "bsonType", "long", "}",
                    "body", "{", "bsonType", "binData", "}", "open", "{", "bsonType", "date", "}", "}", "}");
}

static bson_t *head_schema(void)
{
    return BCON_NEW("$jsonSchema", "{", "bsonType", "object", "required", "[", "_id", "_version", "]", "properties",
                    "{", "_id", "{", "bsonType", "string", "}", "_version", "{", "bsonType", "long", "}", "}", "}");
}

/* Make the collection, or give the one that is there its schema. Servers that know no schemas do without. */
static int make_collection(struct mongo *mongo, mongoc_client_t *client, const char *name, const bson_t *schema)
{
    bson_t *create = BCON_NEW("create", BCON_UTF8(name), "validator", BCON_DOCUMENT(schema));
    bson_t *change = BCON_NEW("collMod", BCON_UTF8(name), "validator", BCON_DOCUMENT(schema));
    bson_t *plain = BCON_NEW("create", BCON_UTF8(name));
    bson_error_t error = { 0 };
    bool ok = command(mongo, client, create, &error), refused = !ok && error.code == NOT_IMPLEMENTED;

    if (!ok && error.code == NAMESPACE_EXISTS)
        ok = command(mongo, client, change, &error) || error.code == NOT_IMPLEMENTED;
    else if (!ok && error.code == NOT_IMPLEMENTED)
        ok = command(mongo, client, plain, &error) || error.code == NAMESPACE_EXISTS;
    mongo->knows_no_schemas |= refused;
    bson_destroy(plain);
    bson_destroy(change);
    bson_destroy(create);
    return ok ? 0 : TS_EUNAVAILABLE;
}

static int make_index(struct mongo *mongo, mongoc_client_t *client, const char *collection, const char *field,
                      const char *name, bool with_id)
{
    bson_t key = BSON_INITIALIZER, *words;
    bson_error_t error;
    bool ok;

    bson_append_int32(&key, field, -1, 1);
    if (with_id)
        BSON_APPEND_INT32(&key, "_id", 1);
    words = BCON_NEW("createIndexes", BCON_UTF8(collection), "indexes", "[", "{", "key", BCON_DOCUMENT(&key), "name",
                     BCON_UTF8(name), "sparse", BCON_BOOL(!with_id), "}", "]");
    ok = command(mongo, client, words, &error);
    bson_destroy(words);
    bson_destroy(&key);
    return ok ? 0 : TS_EUNAVAILABLE;
}

int mongo_schema_add(struct mongo *mongo, mongoc_client_t *client, const struct store_collection *collection)
{
    const char *name = collection->declared->name;
    bson_t *rows = row_schema(), *heads = head_schema();
    char history[64], field[64];
    int r;

    (void)snprintf(history, sizeof(history), "%s.history", name); /* a name has at most 40 characters */
    r = make_collection(mongo, client, history, rows);
    r = r ? r : make_collection(mongo, client, name, heads);
    r = r ? r : make_index(mongo, client, history, "open", "open", /* with_id= */ false);
    for (unsigned i = 0; !r && i < collection->index_count; i++) {
        (void)snprintf(field, sizeof(field), "_index.%s", collection->declared->indexes[i].name);
        r = make_index(mongo, client, name, field, collection->declared->indexes[i].name, /* with_id= */ true);
    }
    bson_destroy(heads);
    bson_destroy(rows);
    return r;
}

/* Shards */

/* Is the server the front of a sharded cluster? */
static bool is_cluster(struct mongo *mongo, mongoc_client_t *client)
{
    bson_t *words = BCON_NEW("hello", BCON_INT32(1)), reply;
    bson_iter_t at;
    bool is = mongoc_client_command_simple(client, mongo->database, words, NULL, &reply, /* error= */ NULL) &&
              bson_iter_init_find(&at, &reply, "msg") && BSON_ITER_HOLDS_UTF8(&at) &&
              !strcmp(bson_iter_utf8(&at, NULL), "isdbgrid");

    bson_destroy(&reply);
    bson_destroy(words);
    return is;
}

/* Is the key that a cluster has for the collection `_id`, and nothing else? One that is not sharded has none. */
static bool key_fits(mongoc_collection_t *sharded, const char *name)
{
    bson_t *filter = BCON_NEW("_id", BCON_UTF8(name));
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(sharded, filter, NULL, NULL);
    const bson_t *document;
    bson_iter_t at, key;
    bool fits = true;

    if (mongoc_cursor_next(cursor, &document) && bson_iter_init_find(&at, document, "key") &&
        bson_iter_recurse(&at, &key))
        fits = bson_iter_next(&key) && !strcmp(bson_iter_key(&key), "_id") && !bson_iter_next(&key);
    mongoc_cursor_destroy(cursor);
    bson_destroy(filter);
    return fits;
}

static void add_shard(mongoc_collection_t *sharded, const char *name, bool ranged, struct buf *text, struct buf *wrong)
{
    buf_printf(text, "sh.shardCollection(\"%s\", { _id: %s })\n", name, ranged ? "1" : "\"hashed\"");
    if (!key_fits(sharded, name))
        buf_printf(wrong, "%s\n", name);
}

static bool is_readable(mongoc_collection_t *collection)
{
    bson_t any = BSON_INITIALIZER;
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(collection, &any, NULL, NULL);
    const bson_t *document;
    bson_error_t error;
    bool readable = mongoc_cursor_next(cursor, &document) || !mongoc_cursor_error(cursor, &error);

    mongoc_cursor_destroy(cursor);
    bson_destroy(&any);
    return readable;
}

int mongo_schema_shards(struct mongo *mongo, mongoc_client_t *client, struct buf *text, struct buf *wrong)
{
    mongoc_collection_t *sharded = mongoc_client_get_collection(client, "config", "collections");
    int r = is_cluster(mongo, client) && !is_readable(sharded) ? TS_EDENIED : 0;
    char name[160];

    for (unsigned i = 0; i < mongo->collection_count; i++) {
        const struct ts_collection *declared = mongo->collections[i]->declared;

        (void)snprintf(name, sizeof(name), "%s.%s", mongo->database, declared->name); /* names have their limits */
        add_shard(sharded, name, declared->ranged, text, wrong);
        (void)snprintf(name, sizeof(name), "%s.%s.history", mongo->database, declared->name);
        add_shard(sharded, name, declared->ranged, text, wrong);
    }
    mongoc_collection_destroy(sharded);
    return r;
}
