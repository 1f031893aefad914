/*
 * curl_multi_socket_action(): libcurl says which sockets it waits for and until when, we say what happened. It is never
 * called from one of its own callbacks.
 */
#include "net/transfers.h"

#include <stdlib.h>

#include "base/list.h"
#include "loop/fiber.h"
#include "loop/sleeper.h"
#include "loop/watch.h"
#include "tessera/call.h"
#include "tessera/memory.h"

enum {
    CONNECTIONS_MAX = 256,
    CONNECTIONS_KEPT_MAX = 32, /* that are idle */
};

struct transfers {
    struct loop *loop;
    CURLM *multi;
    struct loop_timer timer;
};

/* One socket of libcurl's. */
struct socket {
    struct loop_watch watch;
    struct transfers *transfers;
    curl_socket_t fd;
};

/* Wake those whose transfers have ended. */
static void take_ended(struct transfers *transfers)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(transfers->multi, &left))) {
        struct transfer *transfer;

        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        transfer->result = message->data.result;
        transfer->ended = true;
        fiber_wake(transfer->fiber);
    }
}

static void act(struct transfers *transfers, curl_socket_t fd, int events)
{
    int running;

    curl_multi_socket_action(transfers->multi, fd, events, &running);
    take_ended(transfers);
}

static void on_ready(struct loop_watch *watch, bool readable, bool writable)
{
    struct socket *socket = container_of(watch, struct socket, watch);

    act(socket->transfers, socket->fd, (readable ? CURL_CSELECT_IN : 0) | (writable ? CURL_CSELECT_OUT : 0));
}

static void on_timer(struct loop_timer *timer)
{
    act(container_of(timer, struct transfers, timer), CURL_SOCKET_TIMEOUT, 0);
}

static int socket_changed(CURL *easy, curl_socket_t fd, int what, void *data, void *socket_data)
{
    struct transfers *transfers = data;
    struct socket *socket = socket_data;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (socket)
            loop_watch_stop(&socket->watch);
        ts_memory_free(socket);
        return 0;
    }
    if (!socket) {
        socket = ts_memory_new(1, sizeof(*socket));
        *socket = (struct socket){ .watch.run = on_ready, .transfers = transfers, .fd = fd };
        curl_multi_assign(transfers->multi, fd, socket);
    }
    loop_watch_start(transfers->loop, &socket->watch, fd, what != CURL_POLL_OUT, what != CURL_POLL_IN);
    return 0;
}

static int timer_changed(CURLM *multi, long timeout_ms, void *data)
{
    struct transfers *transfers = data;

    (void)multi;
    if (timeout_ms < 0)
        loop_timer_stop(transfers->loop, &transfers->timer);
    else
        loop_timer_start(transfers->loop, &transfers->timer, timeout_ms);
    return 0;
}

struct transfers *transfers_new(struct loop *loop)
{
    struct transfers *transfers = ts_memory_new(1, sizeof(*transfers));

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort(); /* memory alone can be missing, at the start */
    *transfers = (struct transfers){ .loop = loop, .multi = curl_multi_init(), .timer.run = on_timer };
    if (!transfers->multi)
        abort();
    curl_multi_setopt(transfers->multi, CURLMOPT_SOCKETFUNCTION, socket_changed);
    curl_multi_setopt(transfers->multi, CURLMOPT_SOCKETDATA, transfers);
    curl_multi_setopt(transfers->multi, CURLMOPT_TIMERFUNCTION, timer_changed);
    curl_multi_setopt(transfers->multi, CURLMOPT_TIMERDATA, transfers);
    curl_multi_setopt(transfers->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)CONNECTIONS_MAX);
    curl_multi_setopt(transfers->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT_MAX);
    return transfers;
}

void transfers_free(struct transfers *transfers)
{
    if (!transfers)
        return;
    curl_multi_cleanup(transfers->multi);
    loop_timer_stop(transfers->loop, &transfers->timer);
    ts_memory_free(transfers);
    curl_global_cleanup();
}

void transfer_begin(struct transfers *transfers, struct transfer *transfer, CURL *easy)
{
    *transfer = (struct transfer){ .easy = easy, .fiber = fiber_self() };
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    if (curl_multi_add_handle(transfers->multi, easy) != CURLM_OK) {
        transfer->ended = true;
        transfer->result = CURLE_OUT_OF_MEMORY;
    }
}

int transfer_await(const struct transfer *transfer, struct ts_call *call, int64_t timeout_ms)
{
    struct loop *loop = call->runtime->loop;
    int64_t end_ms = loop_now_ms(loop) + timeout_ms;
    struct sleeper sleeper;
    int r;

    sleeper_begin(&sleeper, call->runtime);
    while (!(r = runtime_wait_check(call)) && !transfer->ended && loop_now_ms(loop) < end_ms)
        sleeper_rest(&sleeper, call, end_ms - loop_now_ms(loop));
    sleeper_end(&sleeper, call->runtime);
    if (transfer->ended && r != TS_ECRASHED)
        return 0;
    return r ? r : TRANSFER_LATE;
}

void transfer_end(struct transfers *transfers, struct transfer *transfer)
{
    curl_multi_remove_handle(transfers->multi, transfer->easy);
}
