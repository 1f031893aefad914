/* uv_poll, whose handle outlives its owner until libuv has closed it. */
#include "loop/watch.h"

#include <stdlib.h>

#include "loop/inside.h"
#include "tessera/memory.h"

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct loop_watch *watch = poll->data;

    /* An error is seen by who reads. */
    watch->run(watch, status || events & UV_READABLE, !status && events & UV_WRITABLE);
}

static void on_closed(uv_handle_t *handle)
{
    ts_memory_free(handle);
}

void loop_watch_start(struct loop *loop, struct loop_watch *watch, int fd, bool readable, bool writable)
{
    if (!watch->poll) {
        watch->poll = ts_memory_new(1, sizeof(*watch->poll));
        watch->poll->data = watch;
        if (uv_poll_init(&loop->uv, watch->poll, fd))
            abort(); /* no such descriptor, or watched already: a bug of ours */
    }
    uv_poll_start(watch->poll, (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0), on_poll);
}

void loop_watch_stop(struct loop_watch *watch)
{
    if (!watch->poll)
        return;
    uv_poll_stop(watch->poll);
    uv_close((uv_handle_t *)watch->poll, on_closed);
    watch->poll = NULL;
}
