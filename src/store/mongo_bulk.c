/* Changes to documents of one collection, sent as they come, some at a time. */
#include "store/mongo_inside.h"

enum { BULK_MAX = 64 /* in one command: FerretDB holds a connection for each until its end, and has 100 */ };

static void bulk_send(struct mongo_bulk *bulk)
{
    bson_error_t error;

    if (bulk->waiting && !bulk->result && !mongoc_bulk_operation_execute(bulk->waiting, /* reply= */ NULL, &error))
        bulk->result = TS_EUNAVAILABLE;
    if (bulk->waiting)
        mongoc_bulk_operation_destroy(bulk->waiting);
    bulk->waiting = NULL;
    bulk->count = 0;
}

mongoc_bulk_operation_t *mongo_bulk_next(struct mongo_bulk *bulk)
{
    bson_t *options;

    if (bulk->count == BULK_MAX)
        bulk_send(bulk);
    if (!bulk->waiting) {
        options = BCON_NEW("ordered", BCON_BOOL(false));
        bulk->waiting = mongoc_collection_create_bulk_operation_with_opts(bulk->collection, options);
        bson_destroy(options);
    }
    bulk->count++;
    return bulk->waiting;
}

int mongo_bulk_end(struct mongo_bulk *bulk)
{
    bulk_send(bulk);
    mongoc_collection_destroy(bulk->collection);
    return bulk->result;
}
