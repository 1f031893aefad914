/*
 * Threads for work that blocks. Own ones, started when first needed: libuv's four are shared with its file system calls
 * and name look-ups, where one dead server would hold them all.
 */
#include <signal.h>
#include <stdlib.h>

#include "loop/inside.h"

void work_pool_init(struct work_pool *pool)
{
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pool->end = &pool->first;
}

/* The next piece of work; NULL when it is time to end. The lock is held. */
static struct loop_work *work_take(struct work_pool *pool)
{
    struct loop_work *work;

    pool->idle_count++;
    while (!pool->first && !pool->stopping)
        pthread_cond_wait(&pool->wake, &pool->lock);
    pool->idle_count--;
    if (pool->stopping)
        return NULL;
    work = pool->first;
    pool->first = work->next;
    if (!pool->first)
        pool->end = &pool->first;
    return work;
}

/*
 * Signals that end or wake the program are the loop's thread's, also where a library starts threads from here, which
 * take this over: once libuv has given them back to the system, one that arrives elsewhere would end us halfway.
 */
static void leave_signals_to_the_loop(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

static void *work_main(void *data)
{
    struct work_pool *pool = data;
    struct loop_work *work;

    leave_signals_to_the_loop();
    pthread_mutex_lock(&pool->lock);
    while ((work = work_take(pool))) {
        pthread_mutex_unlock(&pool->lock);
        work->run(work);
        loop_post(work->loop, &work->job);
        pthread_mutex_lock(&pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static void on_work_done(struct loop_job *job)
{
    struct loop_work *work = (struct loop_work *)((char *)job - offsetof(struct loop_work, job));

    work->done(work);
}

void loop_work_submit(struct loop *loop, struct loop_work *work)
{
    struct work_pool *pool = &loop->work;
    unsigned waiting = 0;

    work->loop = loop;
    work->next = NULL;
    work->job.run = on_work_done;
    pthread_mutex_lock(&pool->lock);
    *pool->end = work;
    pool->end = &work->next;
    for (struct loop_work *w = pool->first; w && waiting <= pool->idle_count; w = w->next)
        waiting++;
    if (waiting > pool->idle_count && pool->thread_count < WORK_THREADS_MAX) {
        if (pthread_create(&pool->threads[pool->thread_count], NULL, work_main, pool) == 0)
            pool->thread_count++;
        else if (!pool->thread_count)
            abort(); /* no thread at all: nothing would ever run it */
    }
    pthread_cond_signal(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
}

void work_pool_done(struct work_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->thread_count; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
}
