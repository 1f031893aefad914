/* Calls are noted as they are made and written once, behind the answer; without a trace nothing of this runs. */
#include "gateway/trace.h"

#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "loop/loop.h"
#include "tessera/err.h"

/* Calls that wait side by side; the next level needs what they bring. */
struct trace_level {
    struct trace_level *next;
    size_t count;
    struct trace_call calls[];
};

struct trace *trace_new(struct http_request *request, const struct session *session)
{
    struct trace *trace;

    if (!request->trace || strcmp(request->trace, "1") != 0 || session->principal->kind != TS_PRINCIPAL_OWNER)
        return NULL;
    trace = TS_NEW(&request->arena, struct trace);
    *trace = (struct trace){
        .arena = &request->arena,
        .plan.now_ns = loop_hrtime_ns,
        .started_ns = request->started_ns,
        .levels_end = &trace->levels,
    };
    return trace;
}

void **trace_level(struct trace *trace, struct gql_rpc *const *rpcs, size_t count)
{
    struct trace_level *level = ts_alloc(trace->arena, sizeof(*level) + count * sizeof(level->calls[0]));
    void **items = TS_NEW_ARRAY(trace->arena, void *, count);

    *level = (struct trace_level){ .count = count };
    for (size_t i = 0; i < count; i++) {
        level->calls[i] = (struct trace_call){ .rpc = rpcs[i] };
        items[i] = &level->calls[i];
    }
    *trace->levels_end = level;
    trace->levels_end = &level->next;
    return items;
}

/* "name":12.3 */
static void write_us(struct buf *body, const char *name, uint64_t duration_ns)
{
    buf_printf(body, "\"%s\":%.1f", name, (double)duration_ns / 1000);
}

static void write_call(struct buf *body, const struct trace_call *call)
{
    const struct gql_rpc *rpc = call->rpc;

    buf_printf(body, "{\"rpc\":\"%s/%s\",\"field\":\"%s\",", rpc->service->name,
               rpc->service->methods[rpc->method_index].name, rpc->operation);
    if (rpc->keys)
        buf_printf(body, "\"keys\":%zu,", rpc->keys);
    if (rpc->error)
        buf_printf(body, "\"error\":\"%s\",", ts_error_name(rpc->error));
    write_us(body, "us", call->end_ns - call->start_ns);
    buf_add_char(body, '}');
}

/* From the first call's start to the last one's end. */
static uint64_t level_ns(const struct trace_level *level)
{
    uint64_t start_ns = UINT64_MAX, end_ns = 0;

    for (size_t i = 0; i < level->count; i++) {
        start_ns = level->calls[i].start_ns < start_ns ? level->calls[i].start_ns : start_ns;
        end_ns = level->calls[i].end_ns > end_ns ? level->calls[i].end_ns : end_ns;
    }
    return level->count ? end_ns - start_ns : 0;
}

static void write_level(struct buf *body, const struct trace_level *level)
{
    buf_add_char(body, '{');
    write_us(body, "us", level_ns(level));
    buf_add_literal(body, ",\"calls\":[");
    for (size_t i = 0; i < level->count; i++) {
        if (i)
            buf_add_char(body, ',');
        write_call(body, &level->calls[i]);
    }
    buf_add_literal(body, "]}");
}

void trace_write(const struct trace *trace, struct buf *body)
{
    uint64_t now_ns = loop_hrtime_ns();
    size_t bytes = body->size, calls = 0;

    if (body->full)
        return;
    assert(bytes > 2 && body->data[bytes - 1] == '}');
    buf_cut(body, bytes - 1);
    buf_printf(body, ",\"extensions\":{\"trace\":{\"plan\":{\"cached\":%s,", trace->plan.cached ? "true" : "false");
    write_us(body, "parseUs", trace->plan.parse_ns);
    buf_add_char(body, ',');
    write_us(body, "validateUs", trace->plan.validate_ns);
    buf_add_char(body, ',');
    write_us(body, "planUs", trace->plan.plan_ns);
    buf_add_literal(body, "},\"levels\":[");
    for (const struct trace_level *level = trace->levels; level; level = level->next) {
        if (level != trace->levels)
            buf_add_char(body, ',');
        write_level(body, level);
        calls += level->count;
    }
    buf_printf(body, "],\"calls\":%zu,\"bytes\":%zu,", calls, bytes);
    write_us(body, "us", now_ns - trace->started_ns);
    buf_add_literal(body, "}}}");
}
