/*
 * NATS' service API, so that its tools see us: `nats service ls` asks who is there ($SRV.PING), what each answers to
 * ($SRV.INFO) and what it had to do ($SRV.STATS), of all, of one service, or of one of its processes. Each protobuf
 * service that runs here is one of NATS' services, each rpc an endpoint. Format: NATS ADR-32.
 */
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "bus/nats.h"
#include "tessera/cleanup.h"
#include "tessera/clock.h"
#include "tessera/memory.h"

enum { ANSWER_SIZE_MAX = 256 << 10, WORDS_MAX = 4 };

typedef void about_write(const struct nats *nats, size_t service, struct buf *answer);

static void write_nothing(const struct nats *nats, size_t service, struct buf *answer)
{
    (void)nats;
    (void)service;
    (void)answer;
}

/* What INFO and STATS both say of an endpoint. */
static void write_endpoint(const struct bus_route *route, const struct bus_service *service, struct buf *answer)
{
    buf_printf(answer, "{\"name\":\"%s\",\"subject\":\"tessera.%s\",\"queue_group\":\"%s\"", route->method->name,
               route->name, service->descriptor->name);
}

static void write_info(const struct nats *nats, size_t service, struct buf *answer)
{
    const struct bus_service *served = nats->served[service];

    buf_add_literal(answer, ",\"description\":\"\",\"endpoints\":[");
    for (unsigned i = 0; i < served->descriptor->n_methods; i++) {
        if (i)
            buf_add_char(answer, ',');
        write_endpoint(&served->routes[i], served, answer);
        buf_add_literal(answer, ",\"metadata\":{}}");
    }
    buf_add_char(answer, ']');
}

static void write_stats(const struct nats *nats, size_t service, struct buf *answer)
{
    const struct bus_service *served = nats->served[service];
    char started[25];

    buf_printf(answer, ",\"started\":\"%s\",\"endpoints\":[", ts_time_format(nats->started_ms, started));
    for (unsigned i = 0; i < served->descriptor->n_methods; i++) {
        const struct nats_work *work = &nats->work[service][i];

        if (i)
            buf_add_char(answer, ',');
        write_endpoint(&served->routes[i], served, answer);
        buf_printf(answer, ",\"num_requests\":%llu,\"num_errors\":%llu,\"last_error\":\"%s\",\"processing_time\":%llu,",
                   (unsigned long long)work->calls, (unsigned long long)work->failures,
                   work->last_failure ? ts_error_name(work->last_failure) : "", (unsigned long long)work->ns);
        buf_printf(answer, "\"average_processing_time\":%llu}",
                   (unsigned long long)(work->calls ? work->ns / work->calls : 0));
    }
    buf_add_char(answer, ']');
}

static const struct {
    const char *verb, *type;
    about_write *write;
} verbs[] = {
    { "PING", "ping", write_nothing },
    { "INFO", "info", write_info },
    { "STATS", "stats", write_stats },
};

static void answer_for(struct nats *nats, size_t service, size_t verb, const char *to)
{
    struct buf answer;

    buf_init(&answer, ANSWER_SIZE_MAX);
    buf_printf(&answer,
               "{\"type\":\"io.nats.micro.v1.%s_response\",\"name\":\"%s\",\"id\":\"%s\",\"version\":\"" TESSERA_VERSION
               "\",\"metadata\":{}",
               verbs[verb].type, nats->served[service]->descriptor->short_name, nats->id);
    verbs[verb].write(nats, service, &answer);
    buf_add_char(&answer, '}');
    if (!answer.full)
        (void)uplink_send(nats->uplink, to, /* reply= */ NULL, answer.data, answer.size); /* who looks asks again */
    buf_done(&answer);
}

void about_take(struct nats *nats, natsMsg *request)
{
    char *subject = ts_memory_string(natsMsg_GetSubject(request)), *rest = subject, *word;
    const char *words[WORDS_MAX] = { NULL }; /* "$SRV", the verb, and perhaps a service and a process */
    const char *to = natsMsg_GetReply(request);
    size_t count = 0;

    while ((word = strsep(&rest, ".")) && count < WORDS_MAX)
        words[count++] = word;
    for (size_t verb = 0; verb < TS_ARRAY_SIZE(verbs) && to && words[1]; verb++) {
        if (strcmp(words[1], verbs[verb].verb) != 0)
            continue;
        for (size_t i = 0; i < nats->served_count; i++)
            if ((!words[2] || strcmp(words[2], nats->served[i]->descriptor->short_name) == 0) &&
                (!words[3] || strcmp(words[3], nats->id) == 0))
                answer_for(nats, i, verb, to);
    }
    ts_memory_free(subject);
}
