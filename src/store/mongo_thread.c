/*
 * The threads: workers, which take one request after the other, and the finisher (mongo_finish.c). A scan waits until
 * what this process wrote before it has its heads, so that whoever was answered finds what he wrote.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/thread.h"
#include "store/mongo_inside.h"
#include "telemetry/metrics.h"
#include "tessera/memory.h"

static void on_ended(struct loop_job *job)
{
    struct mongo_task *task = (struct mongo_task *)((char *)job - offsetof(struct mongo_task, job));
    struct store_request *request = task->request;
    struct mongo *mongo = task->mongo;

    if (request->type == STORE_WRITE) {
        uint64_t took_ns = loop_hrtime_ns() - task->began_ns;

        mongo->stats.commits++;
        mongo->stats.documents += request->count;
        mongo->stats.commit_ns += took_ns;
        if (request->count > mongo->stats.batch_max)
            mongo->stats.batch_max = request->count;
        if (mongo->commit_seconds)
            metric_observe_ns(mongo->commit_seconds, took_ns);
    }
    ts_memory_free(task);
    request->done(request);
}

static struct timespec timespec_of(uint64_t ns)
{
    return (struct timespec){ (time_t)(ns / 1000000000), (long)(ns % 1000000000) };
}

static struct mongo_task *take(struct mongo *mongo)
{
    struct mongo_task *task;

    pthread_mutex_lock(&mongo->lock);
    while (!mongo->first && !mongo->stopping)
        pthread_cond_wait(&mongo->wake, &mongo->lock);
    task = mongo->first;
    if (task)
        mongo->first = task->next;
    if (!mongo->first)
        mongo->end = &mongo->first;
    pthread_mutex_unlock(&mongo->lock);
    return task;
}

/* Return: false when it is too late. */
static bool wait_for_heads(struct mongo *mongo, const struct mongo_task *task)
{
    struct timespec until = timespec_of(task->until_ns);
    int r = 0;

    pthread_mutex_lock(&mongo->lock);
    while (mongo->tickets_done < task->ticket && r == 0)
        r = pthread_cond_timedwait(&mongo->finished, &mongo->lock, &until);
    pthread_mutex_unlock(&mongo->lock);
    return r == 0;
}

static void serve(struct mongo *mongo, mongoc_client_t *client, struct mongo_task *task)
{
    struct store_request *request = task->request;

    switch (request->type) {
    case STORE_WRITE:
        mongo_write(mongo, client, task);
        return;
    case STORE_ERASE:
        mongo_erase(mongo, client, task);
        return;
    case STORE_DROP:
        mongo_drop(mongo, client, task);
        return;
    case STORE_SCAN:
    case STORE_COUNT:
        if (!wait_for_heads(mongo, task)) {
            request->result = TS_EUNAVAILABLE;
            return;
        }
        break;
    default:
        break;
    }
    mongo_read(mongo, client, task);
}

static void *worker_run(void *data)
{
    struct mongo_thread *worker = data;
    struct mongo *mongo = worker->mongo;
    struct mongo_task *task;

    while ((task = take(mongo))) {
        serve(mongo, worker->client, task);
        task->job = (struct loop_job){ .run = on_ended };
        loop_post(mongo->loop, &task->job);
    }
    return NULL;
}

static void thread_start(struct mongo *mongo, struct mongo_thread *thread, void *(*run)(void *data))
{
    thread->mongo = mongo;
    thread->client = mongoc_client_pool_pop(mongo->pool);
    thread->thread = thread_new(run, thread);
}

void mongo_threads_start(struct mongo *mongo)
{
    for (unsigned i = 0; i < MONGO_WORKERS; i++)
        thread_start(mongo, &mongo->workers[i], worker_run);
    thread_start(mongo, &mongo->finisher, mongo_finisher_run);
    mongo->started = true;
}

static void thread_stop(struct mongo *mongo, struct mongo_thread *thread)
{
    pthread_join(thread->thread, NULL);
    mongoc_client_pool_push(mongo->pool, thread->client);
}

void mongo_threads_stop(struct mongo *mongo)
{
    if (!mongo->started)
        return;
    pthread_mutex_lock(&mongo->lock);
    mongo->stopping = true;
    pthread_cond_broadcast(&mongo->wake);
    pthread_cond_broadcast(&mongo->wake_finisher);
    pthread_mutex_unlock(&mongo->lock);
    for (unsigned i = 0; i < MONGO_WORKERS; i++)
        thread_stop(mongo, &mongo->workers[i]);
    thread_stop(mongo, &mongo->finisher);
}

void mongo_queue(struct mongo *mongo, struct mongo_task *task)
{
    pthread_mutex_lock(&mongo->lock);
    task->ticket = mongo->tickets;
    *mongo->end = task;
    mongo->end = &task->next;
    pthread_mutex_unlock(&mongo->lock);
    pthread_cond_signal(&mongo->wake);
}

void mongo_unfinished_add(struct mongo *mongo, const struct store_item *item)
{
    size_t size = strlen(item->id) + 1;
    struct mongo_unfinished *one = ts_memory_new(1, sizeof(*one) + size);

    one->collection = item->collection;
    one->version = item->version;
    memcpy(one->id, item->id, size);
    pthread_mutex_lock(&mongo->lock);
    *mongo->unfinished_end = one;
    mongo->unfinished_end = &one->next;
    mongo->tickets++;
    pthread_mutex_unlock(&mongo->lock);
    pthread_cond_signal(&mongo->wake_finisher);
}

bool mongo_pause(unsigned *tries, uint64_t until_ns)
{
    enum { PAUSE_MS_MIN = 5, PAUSE_DOUBLINGS_MAX = 6 };
    uint64_t pause_ns = PAUSE_MS_MIN * UINT64_C(1000000)
                        << (*tries < PAUSE_DOUBLINGS_MAX ? *tries : PAUSE_DOUBLINGS_MAX);
    struct timespec pause = timespec_of(pause_ns);

    if (loop_hrtime_ns() + pause_ns >= until_ns)
        return false;
    (*tries)++;
    (void)nanosleep(&pause, NULL); /* cut short by nobody: signals are the loop's */
    return true;
}
