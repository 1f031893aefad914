/*
 * The MongoDB backend's own words, for mongo*.c. A client (one connection of the pool) is used by one thread at a time:
 * each worker and the finisher have one, the loop takes one while it starts.
 */
#ifndef STORE_MONGO_INSIDE_H
#define STORE_MONGO_INSIDE_H

#include <mongoc/mongoc.h>
#include <pthread.h>

#include "store/mongo.h"

enum {
    MONGO_FORMAT = 1,                      /* raised when an older program could not read what this one writes */
    MONGO_WORKERS = 6,                     /* requests at once; each waits for the network, not for a core */
    MONGO_WAIT_MS_MAX = 60000,             /* for an outcome, when nobody names a deadline */
    MONGO_OPEN_MS = 5000,                  /* a row whose writer has not finished it by then is anybody's */
    MONGO_KEY_SIZE = TS_KEY_SIZE_MAX + 22, /* id, '@', version */
};

/* A request on its way through a worker. */
struct mongo_task {
    struct mongo_task *next;
    struct mongo *mongo;
    struct store_request *request;
    uint64_t until_ns; /* on loop_hrtime_ns(): then it has to end */
    uint64_t began_ns;
    uint64_t ticket; /* a scan's: what was written up to here must have its head first */
    struct loop_job job;
};

/* A version whose head has to follow. */
enum mongo_step { MONGO_WRITTEN, MONGO_FOLLOWED, MONGO_LEFT };

struct mongo_unfinished {
    enum mongo_step step;
    struct mongo_unfinished *next;
    const struct store_collection *collection;
    int64_t version;
    char id[];
};

struct mongo_thread {
    struct mongo *mongo;
    pthread_t thread;
    mongoc_client_t *client;
};

struct mongo {
    struct loop *loop;
    mongoc_client_pool_t *pool;
    char *database;
    bool keys_alone; /* the server looks up a key, but not a list of them; see mongo_keys.c */
    struct mongo_thread workers[MONGO_WORKERS], finisher;
    bool started;
    const struct store_collection **collections; /* all, for whoever looks for open rows */
    unsigned collection_count;
    bool knows_no_schemas; /* the server: collections are without */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wake, wake_finisher, finished;
    struct mongo_task *first, **end;
    struct mongo_unfinished *unfinished, **unfinished_end;
    uint64_t tickets, tickets_done; /* unfinished ones handed over, and seen to */
    bool stopping;
    bool leaves_open; /* rows that their writer did not finish: another process looks for them */

    /* the loop's */
    struct store_stats stats;
    struct ts_metric *commit_seconds; /* NULL: nobody measures */
};

/* What a failed command means for who sent it. */
enum mongo_failure {
    MONGO_LOST,    /* the connection: nobody knows whether it was done */
    MONGO_AWAY,    /* nothing was sent: no server was to be had */
    MONGO_STEPPED, /* the server is no primary any more, or not yet sure: as good as lost */
    MONGO_REFUSED, /* the server said no: it would say so again */
};
enum mongo_failure mongo_failure(const bson_error_t *error);

/* The collection of versions, or of heads. The caller destroys it. */
mongoc_collection_t *mongo_rows(struct mongo *mongo, mongoc_client_t *client,
                                const struct store_collection *collection);
mongoc_collection_t *mongo_heads(struct mongo *mongo, mongoc_client_t *client,
                                 const struct store_collection *collection);

/* The machine's clock, for marks that other processes read. */
int64_t mongo_wall_ms(void);

/* Wait a moment before trying again. Return: false when it is too late for that. */
bool mongo_pause(unsigned *tries, uint64_t until_ns);

/* mongo_row.c: documents of the server. Keys are `id@version`. */
void mongo_key(char key[MONGO_KEY_SIZE], const char *id, int64_t version);
/* Return: false for what is no key of ours. */
bool mongo_key_split(const char *key, char id[TS_KEY_SIZE_MAX + 1], int64_t *ret_version);
/* A version to be inserted, `open` since open_ms of the machine's clock. */
bson_t *mongo_row_new(const struct store_stamp *stamp, const struct store_item *item, int64_t open_ms);
/* Return: false for what is no row of ours. */
bool mongo_row_read(const bson_t *document, struct ts_arena *arena, struct store_row *ret_row);
bson_t *mongo_head_new(const struct store_row *row, struct ts_arena *arena);
/* An index entry's value as heads hold it: text whose order is the bytes'. */
char *mongo_value_spell(const uint8_t *value, size_t size, struct ts_arena *arena);
size_t mongo_value_unspell(const char *text, struct ts_arena *arena, const uint8_t **ret_value);

/* mongo_seek.c: the newest version of documents. */
struct mongo_link {
    struct mongo *mongo;
    mongoc_client_t *client;
    uint64_t until_ns; /* then it has failed */
};

struct mongo_seek {
    const char *id;
    int64_t version;      /* known to be there; 0: nothing is known. Then: the newest; 0: there is none */
    struct store_row row; /* the newest */
    bool settled;
};
/*
 * A version that was there and is not is TS_EDATALOSS, or, where documents are let go of, none.
 * Return: 0; TS_EDATALOSS; TS_EUNAVAILABLE, at the latest at link->until_ns.
 */
int mongo_seek(const struct mongo_link *link, const struct store_collection *collection, struct mongo_seek *seeks,
               size_t count, bool keys_only, struct ts_arena *arena);
/* Put into each seek what its head says. */
int mongo_seek_heads(struct mongo *mongo, mongoc_client_t *client, const struct store_collection *collection,
                     struct mongo_seek *seeks, size_t count, uint64_t until_ns);
/* Call `take` for each document that a find gives. Return: 0; a ts_error of `take`; TS_EUNAVAILABLE. */
typedef int mongo_take(const bson_t *document, void *data);
int mongo_find(mongoc_collection_t *from, const bson_t *filter, const bson_t *options, mongo_take *take, void *data,
               uint64_t until_ns);

/* mongo_keys.c: the same, of the documents that have these keys. */
struct mongo_keys {
    bson_t list;
    uint32_t count;
    bool singly;
};
void mongo_keys_init(struct mongo_keys *keys, const struct mongo *mongo);
void mongo_keys_done(struct mongo_keys *keys);
void mongo_keys_add(struct mongo_keys *keys, const char *key);
int mongo_keys_find(const struct mongo_keys *keys, mongoc_collection_t *from, const bson_t *options, mongo_take *take,
                    void *data, uint64_t until_ns);
/* What mongo->keys_alone is to be, by what the server says of itself. */
bool mongo_keys_alone(struct mongo *mongo, mongoc_client_t *client);

/* mongo_bulk.c: begin with the collection, which is its own, and zeros. */
struct mongo_bulk {
    mongoc_collection_t *collection;
    mongoc_bulk_operation_t *waiting; /* NULL: none */
    unsigned count;                   /* in it */
    int result;                       /* of what was sent: 0; TS_EUNAVAILABLE, then no more is sent */
};
/* Where the next change goes. What is wrong with the change itself, its being sent tells. */
mongoc_bulk_operation_t *mongo_bulk_next(struct mongo_bulk *bulk);
/* Return: 0 when all are made; TS_EUNAVAILABLE. */
int mongo_bulk_end(struct mongo_bulk *bulk);

/* mongo_write.c, mongo_drop.c, mongo_read.c: do what the request asks; its result says how it went. */
void mongo_write(struct mongo *mongo, mongoc_client_t *client, struct mongo_task *task);
void mongo_erase(struct mongo *mongo, mongoc_client_t *client, struct mongo_task *task);
void mongo_drop(struct mongo *mongo, mongoc_client_t *client, struct mongo_task *task);
void mongo_read(struct mongo *mongo, mongoc_client_t *client, struct mongo_task *task);

/*
 * mongo_finish.c: give these versions, which are there, their heads (several may be of one document), and take their
 * marks off. Erased ones blank what came before them. Return: 0; a ts_error: what is left keeps its mark.
 */
int mongo_finish(struct mongo *mongo, mongoc_client_t *client, const struct store_collection *collection,
                 const struct mongo_seek *versions, size_t count, uint64_t until_ns);
/* The same for all rows of a collection that have their mark, however young. Return: 0; TS_EUNAVAILABLE; TS_EDATALOSS.
 */
int mongo_finish_open(struct mongo *mongo, mongoc_client_t *client, const struct store_collection *collection,
                      uint64_t until_ns);
/*
 * Take item->parts out of the versions up to item->version; all of it where it is erased. Return: 0; TS_EUNAVAILABLE;
 * TS_EDATALOSS.
 */
int mongo_strip(const struct mongo_link *link, const struct store_item *item, struct ts_arena *arena);
void *mongo_finisher_run(void *data);

/* mongo_walk.c */
int mongo_walk(struct mongo *mongo, store_take *take, void *data);

/* mongo_schema.c */
int mongo_schema_open(struct mongo *mongo, mongoc_client_t *client, struct store_message *message);
int mongo_schema_add(struct mongo *mongo, mongoc_client_t *client, const struct store_collection *collection);
int mongo_schema_shards(struct mongo *mongo, mongoc_client_t *client, struct buf *text, struct buf *wrong);

/* mongo_thread.c */
void mongo_threads_start(struct mongo *mongo);
void mongo_threads_stop(struct mongo *mongo);
void mongo_queue(struct mongo *mongo, struct mongo_task *task);
/* Versions that were written; from any thread. */
void mongo_unfinished_add(struct mongo *mongo, const struct store_item *item);

#endif
