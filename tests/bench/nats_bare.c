/*
 * All on the loop: what was read is taken from the subscriptions' queues once libuv has polled, and what is published
 * meanwhile leaves in one write.
 */
#include "nats_bare.h"

#include <nats/adapters/libuv.h>
#include <nats/nats.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

static const char subject[] = "bare.echo", text[] = "\n\036evt_01h2xcf8gvfbxv13mpq433asby\020\001";

enum { READY_TRIES = 1000, READY_PAUSE_US = 10000, ASKERS_MAX = 64 };

struct nats_bare {
    uv_loop_t loop;
    uv_check_t check;
    natsConnection *connection;
    natsSubscription *subscription;
    char inbox[64];
    uint64_t asked_ns[ASKERS_MAX], *took_ns;
    int asked, answered, count;
    bool refused; /* nobody serves yet */
};

static void need(natsStatus s)
{
    if (s == NATS_OK)
        return;
    (void)fprintf(stderr, "nats: %s\n", natsStatus_GetText(s));
    exit(1);
}

static struct nats_bare *bare_new(const char *url, uv_check_cb take)
{
    struct nats_bare *bare = calloc(1, sizeof(*bare));
    natsOptions *options = NULL;

    need(bare ? NATS_OK : NATS_NO_MEMORY);
    uv_loop_init(&bare->loop);
    natsLibuv_Init();
    natsLibuv_SetThreadLocalLoop(&bare->loop);
    need(natsOptions_Create(&options));
    need(natsOptions_SetURL(options, url));
    need(natsOptions_SetSendAsap(options, true));
    need(natsOptions_UseGlobalMessageDelivery(options, true));
    need(natsOptions_SetEventLoop(options, &bare->loop, natsLibuv_Attach, natsLibuv_Read, natsLibuv_Write,
                                  natsLibuv_Detach));
    need(natsConnection_Connect(&bare->connection, options));
    natsOptions_Destroy(options);
    uv_check_init(&bare->loop, &bare->check);
    bare->check.data = bare;
    uv_check_start(&bare->check, take);
    return bare;
}

/* The next message, if there is one. */
static natsMsg *take(struct nats_bare *bare)
{
    natsMsg *message = NULL;
    uint64_t queued = 0;

    need(natsSubscription_QueuedMsgs(bare->subscription, &queued));
    if (queued && natsSubscription_NextMsg(&message, bare->subscription, 0) == NATS_NO_RESPONDERS)
        bare->refused = true;
    return message;
}

/* ---- who answers */

static void on_requests(uv_check_t *check)
{
    struct nats_bare *bare = check->data;
    natsMsg *request;

    while ((request = take(bare))) {
        need(natsConnection_Publish(bare->connection, natsMsg_GetReply(request), natsMsg_GetData(request),
                                    natsMsg_GetDataLength(request)));
        natsMsg_Destroy(request);
    }
}

void nats_bare_serve(const char *url)
{
    struct nats_bare *bare = bare_new(url, on_requests);

    need(natsConnection_QueueSubscribeSync(&bare->subscription, bare->connection, subject, "bare"));
    uv_run(&bare->loop, UV_RUN_DEFAULT);
    _exit(1);
}

/* ---- who asks */

static void ask(struct nats_bare *bare, int asker)
{
    char reply[sizeof(bare->inbox) + 8];

    bare->asked++;
    bare->asked_ns[asker] = uv_hrtime();
    (void)snprintf(reply, sizeof(reply), "%s.%d", bare->inbox, asker);
    need(natsConnection_PublishRequest(bare->connection, subject, reply, text, sizeof(text) - 1));
}

static void on_answers(uv_check_t *check)
{
    struct nats_bare *bare = check->data;
    natsMsg *answer;

    while ((answer = take(bare))) {
        int asker = (int)strtol(strrchr(natsMsg_GetSubject(answer), '.') + 1, NULL, 10);

        if (natsMsg_GetDataLength(answer) != sizeof(text) - 1)
            need(NATS_ERR);
        natsMsg_Destroy(answer);
        bare->took_ns[bare->answered++] = uv_hrtime() - bare->asked_ns[asker];
        if (bare->asked < bare->count)
            ask(bare, asker);
    }
    if (bare->answered == bare->count || bare->refused)
        uv_stop(&bare->loop);
}

void nats_bare_ask(struct nats_bare *bare, int count, int side_by_side, uint64_t *took_ns)
{
    bare->asked = bare->answered = 0;
    bare->count = count;
    bare->took_ns = took_ns;
    for (int asker = 0; asker < side_by_side && asker < count; asker++)
        ask(bare, asker);
    uv_run(&bare->loop, UV_RUN_DEFAULT);
}

/* Until somebody serves. */
static void wait_for_server(struct nats_bare *bare)
{
    uint64_t took_ns;

    for (int i = 0; i < READY_TRIES; i++) {
        bare->refused = false;
        nats_bare_ask(bare, 1, 1, &took_ns);
        if (!bare->refused)
            return;
        usleep(READY_PAUSE_US);
    }
    need(NATS_NO_RESPONDERS);
}

struct nats_bare *nats_bare_new(const char *url)
{
    struct nats_bare *bare = bare_new(url, on_answers);
    char words[sizeof(bare->inbox) + 2];

    (void)snprintf(bare->inbox, sizeof(bare->inbox), "bare.answers.%d", (int)getpid());
    (void)snprintf(words, sizeof(words), "%s.*", bare->inbox);
    need(natsConnection_SubscribeSync(&bare->subscription, bare->connection, words));
    wait_for_server(bare);
    return bare;
}
