/* A generator of h2o's: it lives in the request's pool, for h2o may ask it once more when our side is gone. */
#include "gateway/stream.h"

#include <assert.h>

#include "gateway/server.h"

enum { PIECE_SIZE_MAX = HTTP_OUT_SIZE_MAX };

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
    buf_init(&stream->piece, PIECE_SIZE_MAX);
    stream->req = req;
    stream->generator = generator;
    req->compress_hint = H2O_COMPRESS_HINT_DISABLE; /* a filter would hold pieces back */
    h2o_start_response(req, &generator->super);
    if (connection_of(req)->http->stopping)
        stream->ops->stop(stream);
    stream->ops->ready(stream);
}

void stream_send(struct stream *stream, const struct buf *piece, bool last)
{
    h2o_iovec_t bytes;

    assert(stream->req && !stream->busy && !stream->ended);
    buf_clear(&stream->piece);
    buf_add(&stream->piece, piece->data, piece->size);
    bytes = h2o_iovec_init(stream->piece.data, stream->piece.size);
    stream->busy = true;
    stream->busy_ms = now_ms(stream);
    stream->ended = last;
    h2o_send(stream->req, &bytes, 1, last ? H2O_SEND_STATE_FINAL : H2O_SEND_STATE_IN_PROGRESS);
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
    buf_done(&stream->piece);
    stream->ops->closed(stream);
}
