/*
 * Two threads. The writer takes all that came in while it was busy as one batch; when nothing comes for a while it
 * moves the log into the file, when much is in it the mover does, and when it is too long commits wait for it. The
 * reader takes scans one by one.
 */
#include "store/sqlite_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/thread.h"
#include "telemetry/metrics.h"
#include "tessera/memory.h"

enum {
    IDLE_MS = 200,          /* without a write: long after a burst's gaps, well before anybody stops the machine */
    FORGET_NS = 2000000000, /* what was erased leaves the log after so long also when writes never pause */
};

/* What ended, on its way to the loop. */
struct ended {
    struct loop_job job;
    struct sqlite *sqlite;
    struct store_request *first;
    uint64_t commit_ns;     /* 0 for reads */
    uint64_t checkpoint_ns; /* of the last one since the commit before; 0: there was none */
    uint64_t documents;
    bool disk_full;
};

/* Wait until something is queued, for at most IDLE_MS if `impatient`. Return: all of it; NULL when stopping or idle. */
static struct store_request *take(struct sqlite_worker *worker, bool impatient)
{
    struct store_request *first;
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += IDLE_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&worker->lock);
    while (!worker->first && !worker->stopping) {
        if (!impatient)
            pthread_cond_wait(&worker->wake, &worker->lock);
        else if (pthread_cond_timedwait(&worker->wake, &worker->lock, &until) == ETIMEDOUT)
            break;
    }
    first = worker->first;
    worker->first = NULL;
    worker->end = &worker->first;
    pthread_mutex_unlock(&worker->lock);
    return first;
}

static void count_commit(struct ended *ended)
{
    struct store_stats *stats = &ended->sqlite->stats;

    stats->commits++;
    stats->commit_ns += ended->commit_ns;
    stats->documents += ended->documents;
    if (ended->documents > stats->batch_max)
        stats->batch_max = ended->documents;
    if (ended->sqlite->commit_seconds) {
        metric_observe_ns(ended->sqlite->commit_seconds, ended->commit_ns);
        ts_metric_set(ended->sqlite->batch_max, (int64_t)stats->batch_max);
    }
    if (ended->sqlite->checkpoint_seconds && ended->checkpoint_ns)
        metric_observe_ns(ended->sqlite->checkpoint_seconds, ended->checkpoint_ns);
}

static void stop_full(struct loop_timer *timer)
{
    struct sqlite *sqlite = (struct sqlite *)((char *)timer - offsetof(struct sqlite, stop_timer));

    sqlite_fatal(sqlite->write_link.db, "the disk is full; write");
}

/* Let the failed requests answer their callers; then stop. */
static void on_full(struct sqlite *sqlite)
{
    if (sqlite->stopping)
        return;
    sqlite->stopping = true;
    sqlite->stop_timer.run = stop_full;
    loop_timer_start(sqlite->loop, &sqlite->stop_timer, /* delay_ms= */ 1000);
}

static void end_all(struct ended *ended)
{
    struct store_request *request = ended->first;

    if (ended->commit_ns)
        count_commit(ended);
    if (ended->disk_full)
        on_full(ended->sqlite);
    while (request) {
        struct store_request *next = request->next;

        request->done(request);
        request = next;
    }
}

static void on_ended(struct loop_job *job)
{
    struct ended *ended = (struct ended *)((char *)job - offsetof(struct ended, job));

    end_all(ended);
    ts_memory_free(ended);
}

static void post(const struct ended *source)
{
    struct ended *ended = ts_memory_new(1, sizeof(*ended));

    *ended = *source;
    ended->job = (struct loop_job){ .run = on_ended };
    loop_post(ended->sqlite->loop, &ended->job);
}

static struct ended write_batch(struct sqlite *sqlite, struct store_request *first)
{
    struct ended ended = { .sqlite = sqlite, .first = first, .checkpoint_ns = sqlite->checkpoint_ns };
    uint64_t start_ns = loop_hrtime_ns();

    for (struct store_request *request = first; request; request = request->next)
        ended.documents += request->count;
    sqlite->checkpoint_ns = 0;
    sqlite_apply(sqlite, first);
    ended.commit_ns = loop_hrtime_ns() - start_ns;
    ended.disk_full = sqlite->disk_full;
    return ended;
}

void sqlite_write_here(struct sqlite *sqlite, struct store_request *first)
{
    struct ended ended = write_batch(sqlite, first);

    if ((int64_t)sqlite->wal_pages * SQLITE_PAGE_SIZE > SQLITE_WAL_SIZE_MAX)
        sqlite_checkpoint(sqlite);
    end_all(&ended);
}

/* Is it time to move the log, or what is left of it, into the file, though there is something to write? */
static bool is_overdue(struct sqlite *sqlite, uint64_t moved_ns)
{
    return sqlite_mover_ask(&sqlite->mover, sqlite->wal_pages) ||
           (int64_t)sqlite->wal_pages * SQLITE_PAGE_SIZE > SQLITE_WAL_SIZE_MAX ||
           (sqlite->erased && loop_hrtime_ns() - moved_ns > FORGET_NS);
}

static void *writer_run(void *data)
{
    struct sqlite *sqlite = data;
    bool stopping = false, dirty = sqlite->erased;
    uint64_t moved_ns = loop_hrtime_ns();
    struct ended ended;

    while (!stopping) {
        struct store_request *first = take(&sqlite->writer, /* impatient= */ dirty);

        pthread_mutex_lock(&sqlite->write_lock);
        if (first) {
            ended = write_batch(sqlite, first);
            post(&ended);
            dirty = true;
        }
        if (!first || is_overdue(sqlite, moved_ns)) {
            sqlite_checkpoint(sqlite);
            moved_ns = loop_hrtime_ns();
            dirty = sqlite->erased;
        }
        pthread_mutex_unlock(&sqlite->write_lock);
        pthread_mutex_lock(&sqlite->writer.lock);
        stopping = sqlite->writer.stopping && !sqlite->writer.first;
        pthread_mutex_unlock(&sqlite->writer.lock);
    }
    return NULL;
}

static void *reader_run(void *data)
{
    struct sqlite *sqlite = data;
    struct store_request *first;

    while ((first = take(&sqlite->reader, /* impatient= */ false))) {
        for (struct store_request *request = first, *next; request; request = next) {
            next = request->next;
            request->next = NULL;
            sqlite_read(&sqlite->read_link, request);
            post(&(struct ended){ .sqlite = sqlite, .first = request });
        }
    }
    return NULL;
}

static void worker_start(struct sqlite_worker *worker, struct sqlite *sqlite, void *(*main)(void *))
{
    pthread_condattr_t monotonic;

    worker->sqlite = sqlite;
    worker->end = &worker->first;
    pthread_mutex_init(&worker->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&worker->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    worker->thread = thread_new(main, sqlite);
}

void sqlite_writer_start(struct sqlite *sqlite)
{
    worker_start(&sqlite->writer, sqlite, writer_run);
}

void sqlite_reader_start(struct sqlite *sqlite)
{
    worker_start(&sqlite->reader, sqlite, reader_run);
}

void sqlite_worker_stop(struct sqlite_worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    worker->stopping = true;
    pthread_mutex_unlock(&worker->lock);
    pthread_cond_signal(&worker->wake);
    pthread_join(worker->thread, NULL);
    pthread_cond_destroy(&worker->wake);
    pthread_mutex_destroy(&worker->lock);
}

void sqlite_worker_queue(struct sqlite_worker *worker, struct store_request *first, struct store_request **end)
{
    pthread_mutex_lock(&worker->lock);
    *worker->end = first;
    worker->end = end;
    pthread_mutex_unlock(&worker->lock);
    pthread_cond_signal(&worker->wake); /* with the lock held, it would wake up only to wait for that */
}
