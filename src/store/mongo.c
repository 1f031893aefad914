/*
 * Two collections for each of ours. `orders.history` has every version, one document under `id@version`: its insert is
 * the write, and the unique key is the conflict, on any server that has unique keys; nothing else decides. `orders` has
 * a head for each document, with its fields by name, for people and for our indexes: it follows, is only ever a hint,
 * and may be behind. So a reader goes from the head's version to the next until one is absent (mongo_seek.c), and a
 * scan takes what the heads say for candidates (mongo_read.c).
 *
 * A version is born with a mark, `open`, which goes once its head has moved (mongo_finish.c); any process does that for
 * one that died. An answer leaves when a majority has the version in its journal. Nothing is cached.
 *
 * The key is also how a collection is sharded, so uniqueness rests on nothing else: hashed, but for claims, whose key
 * starts with their quota.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/mongo_inside.h"
#include "telemetry/metrics.h"
#include "tessera/cleanup.h"
#include "tessera/memory.h"

enum {
    SELECT_MS = 3000,   /* for a server to be found; the write goes on trying until its deadline */
    SOCKET_MS = 5000,   /* for a server that does not answer to be given up */
    MAJORITY_MS = 3000, /* for a majority to have it; then the same insert is sent again */
    UNAUTHORIZED = 13,
};

bool mongo_uri_is_one(const char *uri)
{
    return !strncmp(uri, "mongodb://", 10) || !strncmp(uri, "mongodb+srv://", 14);
}

int64_t mongo_wall_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

enum mongo_failure mongo_failure(const bson_error_t *error)
{
    static const uint32_t stepped[] = { 6, 7, 64, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436 };

    if (error->domain == MONGOC_ERROR_SERVER_SELECTION)
        return MONGO_AWAY;
    if (error->domain == MONGOC_ERROR_STREAM || error->domain == MONGOC_ERROR_PROTOCOL)
        return MONGO_LOST;
    for (size_t i = 0; i < TS_ARRAY_SIZE(stepped); i++) {
        if (error->code == stepped[i])
            return MONGO_STEPPED;
    }
    return MONGO_REFUSED;
}

static mongoc_collection_t *collection_of(struct mongo *mongo, mongoc_client_t *client, const char *name)
{
    return mongoc_client_get_collection(client, mongo->database, name);
}

mongoc_collection_t *mongo_heads(struct mongo *mongo, mongoc_client_t *client,
                                 const struct store_collection *collection)
{
    return collection_of(mongo, client, collection->declared->name);
}

mongoc_collection_t *mongo_rows(struct mongo *mongo, mongoc_client_t *client, const struct store_collection *collection)
{
    char name[64];

    (void)snprintf(name, sizeof(name), "%s.history", collection->declared->name); /* it has at most 40 characters */
    return collection_of(mongo, client, name);
}

/* Operations */

static int mongo_add(void *backend, const struct store_collection *collection)
{
    struct mongo *mongo = backend;
    mongoc_client_t *client;
    int r;

    if (!strncmp(collection->declared->name, "system", 6) || !strncmp(collection->declared->name, "tessera_", 8))
        return TS_EINVALID;
    client = mongoc_client_pool_pop(mongo->pool);
    r = mongo_schema_add(mongo, client, collection);
    mongoc_client_pool_push(mongo->pool, client);
    if (r)
        return r;
    pthread_mutex_lock(&mongo->lock);
    mongo->collections =
        ts_memory_resize(mongo->collections, (mongo->collection_count + 1) * sizeof(*mongo->collections));
    mongo->collections[mongo->collection_count++] = collection;
    pthread_mutex_unlock(&mongo->lock);
    return 0;
}

static bool mongo_submit(void *backend, struct store_request *request)
{
    struct mongo *mongo = backend;
    struct mongo_task *task = ts_memory_new(1, sizeof(*task));
    int64_t wait_ms = request->deadline_ms ? request->deadline_ms - loop_now_ms(mongo->loop) : MONGO_WAIT_MS_MAX;

    if (wait_ms < 0)
        wait_ms = 0;
    if (wait_ms > MONGO_WAIT_MS_MAX)
        wait_ms = MONGO_WAIT_MS_MAX;
    task->mongo = mongo;
    task->request = request;
    task->began_ns = loop_hrtime_ns();
    task->until_ns = task->began_ns + (uint64_t)wait_ms * 1000000;
    request->result = 0;
    mongo_queue(mongo, task);
    return false;
}

static void add_stats(void *backend, struct store_stats *stats)
{
    const struct mongo *mongo = backend;

    stats->commits += mongo->stats.commits;
    stats->commit_ns += mongo->stats.commit_ns;
    stats->documents += mongo->stats.documents;
    stats->batch_max = mongo->stats.batch_max;
}

static void measure(void *backend, struct metrics *metrics)
{
    struct mongo *mongo = backend;

    mongo->commit_seconds = metrics_get_histogram(metrics, "tessera_store_commit_seconds", NULL,
                                                  "From taking a batch to its being durable.");
}

static void set_sweep(void *backend, bool sweep)
{
    struct mongo *mongo = backend;

    pthread_mutex_lock(&mongo->lock);
    mongo->leaves_open = !sweep;
    pthread_mutex_unlock(&mongo->lock);
}

static void mongo_free(struct mongo *mongo)
{
    if (mongo->pool)
        mongoc_client_pool_destroy(mongo->pool);
    pthread_mutex_destroy(&mongo->lock);
    pthread_cond_destroy(&mongo->wake);
    pthread_cond_destroy(&mongo->wake_finisher);
    pthread_cond_destroy(&mongo->finished);
    ts_memory_free(mongo->collections);
    free(mongo->database);
    free(mongo);
}

static void mongo_close(void *backend)
{
    struct mongo *mongo = backend;

    mongo_threads_stop(mongo);
    mongo_free(mongo);
}

static const struct store_ops mongo_ops = {
    .name = "mongodb",
    .add = mongo_add,
    .submit = mongo_submit,
    .stats = add_stats,
    .measure = measure,
    .sweep = set_sweep,
    .close = mongo_close,
};

/* Opening */

static bool is_this_machine(const char *host)
{
    return !strcmp(host, "localhost") || !strcmp(host, "::1") || !strncmp(host, "127.", 4) || *host == '/';
}

static int check_tls(const mongoc_uri_t *uri, const struct mongo_options *options, struct store_message *message)
{
    const mongoc_host_list_t *host = mongoc_uri_get_hosts(uri);
    bool is_near = host != NULL;

    for (; host; host = host->next)
        is_near &= is_this_machine(host->host);
    if (is_near || mongoc_uri_get_tls(uri) || (options && options->plaintext))
        return 0;
    return store_fail(message, TS_EINVALID,
                      "--store mongodb:// would send everything in the clear to another machine: add ?tls=true, or say "
                      "--store-plaintext");
}

/* What decides is not the URI's to say. */
static void set_concerns(mongoc_uri_t *uri)
{
    mongoc_write_concern_t *write = mongoc_write_concern_new();
    mongoc_read_concern_t *read = mongoc_read_concern_new();
    mongoc_read_prefs_t *primary = mongoc_read_prefs_new(MONGOC_READ_PRIMARY);

    mongoc_write_concern_set_wmajority(write, MAJORITY_MS);
    mongoc_write_concern_set_journal(write, true);
    mongoc_read_concern_set_level(read, MONGOC_READ_CONCERN_LEVEL_MAJORITY);
    mongoc_uri_set_write_concern(uri, write);
    mongoc_uri_set_read_concern(uri, read);
    mongoc_uri_set_read_prefs_t(uri, primary);
    (void)mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYWRITES, false); /* known options cannot fail */
    (void)mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYREADS, false);
    if (!mongoc_uri_has_option(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS))
        (void)mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, SELECT_MS);
    if (!mongoc_uri_has_option(uri, MONGOC_URI_CONNECTTIMEOUTMS))
        (void)mongoc_uri_set_option_as_int32(uri, MONGOC_URI_CONNECTTIMEOUTMS, SELECT_MS);
    if (!mongoc_uri_has_option(uri, MONGOC_URI_SOCKETTIMEOUTMS))
        (void)mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SOCKETTIMEOUTMS, SOCKET_MS);
    (void)mongoc_uri_set_option_as_int32(uri, MONGOC_URI_MAXPOOLSIZE, MONGO_WORKERS + 2);
    (void)mongoc_uri_set_appname(uri, "tessera");
    mongoc_read_prefs_destroy(primary);
    mongoc_read_concern_destroy(read);
    mongoc_write_concern_destroy(write);
}

/* The URI of nobody in particular. */
static void strip_credentials(const char *uri, struct buf *stripped)
{
    const char *host = strstr(uri, "://") + 3, *options = strchr(uri, '?');
    size_t authority = strcspn(host, "/?");

    buf_add(stripped, uri, (size_t)(host - uri));
    for (size_t i = authority; i-- > 0;) {
        if (host[i] == '@') {
            host += i + 1;
            break;
        }
    }
    buf_add(stripped, host, options ? (size_t)(options - host) : strlen(host));
    for (const char *at = options; at && *at;) {
        size_t size = strcspn(at + 1, "&") + 1;

        if (strncasecmp(at + 1, "auth", 4) != 0) {
            buf_add_char(stripped, memchr(stripped->data, '?', stripped->size) ? '&' : '?');
            buf_add(stripped, at + 1, size - 1);
        }
        at += size;
    }
    buf_add_char(stripped, '\0');
}

/* Does the server tell a stranger what is in the database? Return: 1, 0; a ts_error when it cannot be asked. */
static int lets_anybody_in(const char *text, const char *database, struct store_message *message)
{
    bson_t *words = BCON_NEW("listCollections", BCON_INT32(1));
    mongoc_client_t *client = NULL;
    mongoc_uri_t *uri;
    bson_error_t error = { 0 };
    struct buf stripped;
    int r = TS_EUNAVAILABLE;

    buf_init(&stripped, 64 << 10);
    strip_credentials(text, &stripped);
    uri = stripped.full ? NULL : mongoc_uri_new_with_error(stripped.data, &error);
    if (uri && !mongoc_uri_has_option(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS))
        (void)mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, SELECT_MS);
    if (uri)
        client = mongoc_client_new_from_uri(uri);
    if (client && mongoc_client_command_simple(client, database, words, NULL, NULL, &error))
        r = 1;
    else if (client && mongo_failure(&error) == MONGO_REFUSED)
        r = 0;
    if (r < 0)
        store_fail(message, r, "the store cannot be reached: %s", error.message);
    bson_destroy(words);
    if (client)
        mongoc_client_destroy(client);
    if (uri)
        mongoc_uri_destroy(uri);
    buf_done(&stripped);
    return r;
}

static int check_authentication(const char *text, const struct mongo *mongo, const struct mongo_options *options,
                                struct store_message *message)
{
    int anybody = options && options->unauthenticated ? 0 : lets_anybody_in(text, mongo->database, message);

    if (anybody <= 0)
        return anybody;
    return store_fail(message, TS_EPRECONDITION,
                      "the store's server lets anybody in: switch its authentication on, or say "
                      "--store-unauthenticated");
}

static int connect_pool(struct mongo *mongo, const char *text, const struct mongo_options *options,
                        struct store_message *message)
{
    mongoc_uri_t *uri = mongoc_uri_new(text);
    mongoc_client_t *client;
    int r;

    if (!uri) /* the driver's words could repeat a password */
        return store_fail(message, TS_EINVALID, "--store is no URI that MongoDB's driver understands");
    mongo->database = strdup(mongoc_uri_get_database(uri) ? mongoc_uri_get_database(uri) : "tessera");
    r = check_tls(uri, options, message);
    r = r ? r : check_authentication(text, mongo, options, message);
    if (!r) {
        set_concerns(uri);
        mongo->pool = mongoc_client_pool_new(uri);
        if (!mongo->pool)
            r = store_fail(message, TS_EINVALID, "--store: the certificates or options of the URI cannot be used");
    }
    mongoc_uri_destroy(uri);
    if (r)
        return r;
    (void)mongoc_client_pool_set_error_api(mongo->pool, MONGOC_ERROR_API_VERSION_2); /* once for each pool */
    client = mongoc_client_pool_pop(mongo->pool);
    r = mongo_schema_open(mongo, client, message);
    mongoc_client_pool_push(mongo->pool, client);
    return r;
}

static void drop_log(mongoc_log_level_t level, const char *domain, const char *message, void *data)
{
    (void)level;
    (void)domain;
    (void)message; /* it comes back as an error, once, to whoever can tell of it */
    (void)data;
}

/*
 * libmongoc counts in shared memory that it names by our process id, in whatever program it is linked to and before
 * main (mongoc-counters.c). Nobody reads it. A killed process would leave the name, and the next one of that id a
 * warning on stderr; so the name goes at once. The memory stays.
 */
static void __attribute__((constructor)) drop_counters_name(void)
{
    char name[32];

    (void)snprintf(name, sizeof(name), "/mongoc-%ld", (long)getpid());
    (void)shm_unlink(name);
}

static void prepare_driver(void)
{
    mongoc_init();
    mongoc_log_set_handler(drop_log, NULL);
}

static void init_locks(struct mongo *mongo)
{
    pthread_condattr_t monotonic;

    pthread_mutex_init(&mongo->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&mongo->wake, &monotonic);
    pthread_cond_init(&mongo->wake_finisher, &monotonic);
    pthread_cond_init(&mongo->finished, &monotonic);
    pthread_condattr_destroy(&monotonic);
    mongo->end = &mongo->first;
    mongo->unfinished_end = &mongo->unfinished;
}

int mongo_store_open(struct loop *loop, const char *uri, const struct mongo_options *options, struct store **ret_store,
                     struct store_message *ret_message)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct mongo *mongo;
    int r;

    if (!mongo_uri_is_one(uri))
        return store_fail(ret_message, TS_EINVALID, "--store is sqlite:PATH or mongodb://…");
    pthread_once(&once, prepare_driver);
    mongo = calloc(1, sizeof(*mongo));
    if (!mongo)
        abort();
    mongo->loop = loop;
    init_locks(mongo);
    r = connect_pool(mongo, uri, options, ret_message);
    if (r) {
        mongo_free(mongo);
        return r;
    }
    mongo_threads_start(mongo);
    *ret_store = store_new(loop, &mongo_ops, mongo);
    return 0;
}

int mongo_store_walk(struct store *store, store_take *take, void *data)
{
    return store_ops(store) == &mongo_ops ? mongo_walk(store_backend(store), take, data) : TS_EUNIMPLEMENTED;
}

int mongo_store_shards(struct store *store, struct buf *text, struct buf *ret_wrong)
{
    struct mongo *mongo = store_backend(store);
    mongoc_client_t *client;
    int r;

    if (store_ops(store) != &mongo_ops)
        return TS_EUNIMPLEMENTED;
    client = mongoc_client_pool_pop(mongo->pool);
    r = mongo_schema_shards(mongo, client, text, ret_wrong);
    mongoc_client_pool_push(mongo->pool, client);
    return r;
}

bool mongo_store_knows_schemas(struct store *store)
{
    const struct mongo *mongo = store_backend(store);

    return store_ops(store) == &mongo_ops && !mongo->knows_no_schemas;
}
