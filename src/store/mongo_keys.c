/*
 * Documents by their keys. One find for all is one way to the server and back, where the server looks each key up. Some
 * look up only a key that stands alone, and read the whole collection for a list (FerretDB 1): a sale would cost more
 * with each place sold. Those are asked for one key after the other, until reading everything costs less.
 */
#include "store/mongo_inside.h"

enum { SINGLY_MAX = 32 };

bool mongo_keys_alone(struct mongo *mongo, mongoc_client_t *client)
{
    bson_t *words = BCON_NEW("buildInfo", BCON_INT32(1)), reply;
    bson_error_t error;
    bool alone = mongoc_client_command_simple(client, mongo->database, words, NULL, &reply, &error) &&
                 bson_has_field(&reply, "ferretdbVersion");

    bson_destroy(&reply);
    bson_destroy(words);
    return alone;
}

void mongo_keys_init(struct mongo_keys *keys, const struct mongo *mongo)
{
    keys->singly = mongo->keys_alone;
    keys->count = 0;
    bson_init(&keys->list);
}

void mongo_keys_done(struct mongo_keys *keys)
{
    bson_destroy(&keys->list);
}

void mongo_keys_add(struct mongo_keys *keys, const char *key)
{
    char number[16];
    const char *place;
    size_t size = bson_uint32_to_string(keys->count++, &place, number, sizeof(number));

    bson_append_utf8(&keys->list, place, (int)size, key, -1);
}

static int find_listed(const struct mongo_keys *keys, mongoc_collection_t *from, const bson_t *options,
                       mongo_take *take, void *data, uint64_t until_ns)
{
    bson_t filter = BSON_INITIALIZER, in;
    int r;

    BSON_APPEND_DOCUMENT_BEGIN(&filter, "_id", &in);
    BSON_APPEND_ARRAY(&in, "$in", &keys->list);
    bson_append_document_end(&filter, &in);
    r = mongo_find(from, &filter, options, take, data, until_ns);
    bson_destroy(&filter);
    return r;
}

static int find_one(const char *key, mongoc_collection_t *from, const bson_t *options, mongo_take *take, void *data,
                    uint64_t until_ns)
{
    bson_t *filter = BCON_NEW("_id", BCON_UTF8(key));
    int r = mongo_find(from, filter, options, take, data, until_ns);

    bson_destroy(filter);
    return r;
}

int mongo_keys_find(const struct mongo_keys *keys, mongoc_collection_t *from, const bson_t *options, mongo_take *take,
                    void *data, uint64_t until_ns)
{
    bson_iter_t at;
    int r = 0;

    if (keys->count > (keys->singly ? SINGLY_MAX : 1))
        return find_listed(keys, from, options, take, data, until_ns);
    bson_iter_init(&at, &keys->list);
    while (r == 0 && bson_iter_next(&at))
        r = find_one(bson_iter_utf8(&at, NULL), from, options, take, data, until_ns);
    return r;
}
