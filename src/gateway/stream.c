/* A generator of h2o's: it lives in the request's pool, for h2o may ask it once more when our side is gone. */
#include "gateway/stream.h"

#include <assert.h>
#include <sys/uio.h>

#include "gateway/server.h"

struct stream_generator {
    h2o_generator_t super;
    struct stream *stream;
};

static int64_t now_ms(const struct stream *stream)
{
    return loop_now_ms(connection_of(stream->req)->http->config.loop);
}

static void on_proceed(h2o_generator_t *generator, h2o_req_t *req)
{
    struct stream *stream = ((struct stream_generator *)generator)->stream;

    (void)req;
    stream->busy = false;
    if (!stream->ended)
        stream->ops->ready(stream);
}

static void on_stop(h2o_generator_t *generator, h2o_req_t *req)
{
    (void)generator; /* the request's tripwire tells */
    (void)req;
}

void stream_begin(struct stream *stream, h2o_req_t *req)
{
    struct stream_generator *generator = h2o_mem_alloc_pool(&req->pool, sizeof(*generator));

    *generator = (struct stream_generator){ { on_proceed, on_stop }, stream };
    stream->req = req;
    stream->generator = generator;
    req->compress_hint = H2O_COMPRESS_HINT_DISABLE; /* a filter would hold pieces back */
    h2o_start_response(req, &generator->super);
    if (connection_of(req)->http->stopping)
        stream->ops->stop(stream);
    stream->ops->ready(stream);
}

void stream_send(struct stream *stream, const struct iovec *parts, size_t count, bool last)
{
    h2o_iovec_t bytes[STREAM_PARTS_MAX];
    size_t used = 0;

    assert(stream->req && !stream->busy && !stream->ended && count <= STREAM_PARTS_MAX);
    for (size_t i = 0; i < count; i++)
        if (parts[i].iov_len)
            bytes[used++] = h2o_iovec_init(parts[i].iov_base, parts[i].iov_len);
    stream->busy = true;
    stream->busy_ms = now_ms(stream);
    stream->ended = last;
    h2o_send(stream->req, bytes, used, last ? H2O_SEND_STATE_FINAL : H2O_SEND_STATE_IN_PROGRESS);
}

void stream_abort(struct stream *stream)
{
    if (stream->req)
        connection_kill(connection_of(stream->req));
}

void stream_gone(struct stream *stream)
{
    stream->req = NULL;
    stream->generator = NULL;
    stream->ops->closed(stream);
}
