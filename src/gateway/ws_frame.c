/* wslay asks for bytes by a callback: it gets those of the present read, then "no more for now". */
#include "gateway/ws_frame.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "tessera/memory.h"

enum { CONTROL_SIZE_MAX = 125, MASK_SIZE = 4 };

struct ws_parser {
    wslay_frame_context_ptr context;
    const uint8_t *bytes; /* of this read, not yet taken by wslay */
    size_t left;
    uint64_t taken, parsed; /* bytes that wslay has, and those of whole frames among them */
    bool in_frame, in_message;
    uint64_t received;  /* payload of the frame so far */
    struct buf message; /* fragments of the text so far */
    size_t control_size;
    char control[CONTROL_SIZE_MAX];
};

static ssize_t give_bytes(uint8_t *buffer, size_t size, int flags, void *data)
{
    struct ws_parser *parser = data;

    (void)flags;
    if (parser->left == 0)
        return -1;
    size = size < parser->left ? size : parser->left;
    memcpy(buffer, parser->bytes, size);
    parser->bytes += size;
    parser->left -= size;
    parser->taken += size;
    return (ssize_t)size;
}

static struct ws_parser *parser_new(void)
{
    static const struct wslay_frame_callbacks callbacks = { .recv_callback = give_bytes };
    struct ws_parser *parser = ts_memory_new(1, sizeof(*parser));

    if (!parser || wslay_frame_context_init(&parser->context, &callbacks, parser) != 0)
        abort();
    buf_init(&parser->message, WS_MESSAGE_SIZE_MAX);
    return parser;
}

static void parser_free(struct ws_parser *parser)
{
    if (!parser)
        return;
    wslay_frame_context_free(parser->context);
    buf_done(&parser->message);
    ts_memory_free(parser);
}

void ws_pool_done(struct ws_pool *pool)
{
    parser_free(pool->spare);
    pool->spare = NULL;
}

void ws_reader_done(struct ws_reader *reader)
{
    parser_free(reader->parser);
    reader->parser = NULL;
}

/* Nothing of a frame or message is left in it: the next may be any socket's. */
static bool parser_is_clean(const struct ws_parser *parser)
{
    return !parser->in_frame && !parser->in_message && parser->taken == parser->parsed;
}

/* What a frame's head must be. Return: 0 or a code. */
static unsigned check_head(struct ws_parser *parser, const struct wslay_frame_iocb *head, const char **ret_problem)
{
    bool is_data = head->opcode == WS_TEXT || head->opcode == WS_BINARY;

    *ret_problem = NULL;
    if (!head->mask)
        *ret_problem = "A frame is not masked.";
    else if (head->rsv)
        *ret_problem = "A frame has a reserved bit set.";
    else if (!is_data && head->opcode != WS_CONTINUATION && (head->opcode < WS_CLOSE || head->opcode > WS_PONG))
        *ret_problem = "A frame's opcode is unknown.";
    else if (head->opcode == WS_CONTINUATION && !parser->in_message)
        *ret_problem = "A continuation continues nothing.";
    else if (is_data && parser->in_message)
        *ret_problem = "A message begins inside another.";
    if (*ret_problem)
        return WS_PROTOCOL_ERROR;
    if (head->opcode == WS_BINARY) {
        *ret_problem = "Messages are text.";
        return WS_UNSUPPORTED;
    }
    if (head->opcode < WS_CLOSE && head->payload_length > WS_MESSAGE_SIZE_MAX - parser->message.size) {
        *ret_problem = "The message is too large.";
        return WS_TOO_BIG;
    }
    return 0;
}

static bool code_may_be_sent(unsigned code)
{
    return (code >= 1000 && code <= 1014 && code != 1004 && code != WS_NO_CODE && code != WS_ABNORMAL) ||
           (code >= 3000 && code <= 4999);
}

/* Split a close frame's payload into code and reason. */
static unsigned read_close(struct ws_message *message, const char **ret_problem)
{
    message->code = WS_NO_CODE;
    if (message->size == 0)
        return 0;
    if (message->size >= 2)
        message->code = (unsigned)((uint8_t)message->text[0] << 8 | (uint8_t)message->text[1]);
    if (message->size < 2 || !code_may_be_sent(message->code)) {
        *ret_problem = "The close code is none.";
        return WS_PROTOCOL_ERROR;
    }
    message->text += 2;
    message->size -= 2;
    if (utf8_is_text(message->text, message->size))
        return 0;
    *ret_problem = "The close reason is not UTF-8.";
    return WS_NOT_TEXT;
}

/* The frame is whole: describe the message, which may be ended by it. */
static unsigned end_frame(struct ws_parser *parser, const struct wslay_frame_iocb *head, struct ws_message *ret_message,
                          const char **ret_problem)
{
    bool is_control = head->opcode >= WS_CLOSE;

    if (is_control)
        *ret_message = (struct ws_message){ (enum ws_opcode)head->opcode, 0, parser->control, parser->control_size };
    else
        *ret_message =
            (struct ws_message){ WS_TEXT, 0, parser->message.size ? parser->message.data : "", parser->message.size };
    if (head->opcode == WS_CLOSE)
        return read_close(ret_message, ret_problem);
    if (is_control || !head->fin)
        return 0;
    if (utf8_is_text(ret_message->text, ret_message->size))
        return 0;
    *ret_problem = "The message is not UTF-8.";
    return WS_NOT_TEXT;
}

static void add_payload(struct ws_parser *parser, const struct wslay_frame_iocb *part)
{
    if (part->opcode < WS_CLOSE) {
        buf_add(&parser->message, part->data, part->data_length);
        assert(!parser->message.full); /* check_head() has seen to it */
        return;
    }
    assert(parser->control_size + part->data_length <= CONTROL_SIZE_MAX); /* so has wslay */
    if (part->data_length)
        memcpy(parser->control + parser->control_size, part->data, part->data_length);
    parser->control_size += part->data_length;
}

static size_t masked_header_size(uint64_t payload_size)
{
    return 2u + (payload_size > UINT16_MAX ? 8u : payload_size > CONTROL_SIZE_MAX ? 2u : 0u) + MASK_SIZE;
}

struct feed {
    struct ws_reader *reader;
    struct ws_parser *parser;
    bool (*take)(void *data, const struct ws_message *message);
    void *data;
    bool stopped;
};

/* A part of a frame has come. */
static unsigned take_part(struct feed *feed, const struct wslay_frame_iocb *part, const char **ret_problem)
{
    struct ws_parser *parser = feed->parser;
    struct ws_message message;
    unsigned code = 0;
    bool ends_message = part->opcode >= WS_CLOSE || part->fin;

    if (!parser->in_frame) {
        feed->reader->frames++;
        code = check_head(parser, part, ret_problem);
        if (code)
            return code;
        parser->in_frame = true;
        parser->in_message = parser->in_message || part->opcode < WS_CLOSE;
    }
    add_payload(parser, part);
    parser->received += part->data_length;
    if (parser->received < part->payload_length)
        return 0;
    parser->in_frame = false;
    parser->received = 0;
    parser->parsed += masked_header_size(part->payload_length) + part->payload_length;
    code = end_frame(parser, part, &message, ret_problem);
    if (code == 0 && ends_message)
        feed->stopped = !feed->take(feed->data, &message);
    parser->control_size = 0;
    if (part->opcode < WS_CLOSE && part->fin) {
        parser->in_message = false;
        buf_clear(&parser->message);
    }
    return code;
}

static unsigned read_frames(struct feed *feed, const char **ret_problem)
{
    struct wslay_frame_iocb part;
    unsigned code = 0;

    while (code == 0 && !feed->stopped) {
        ssize_t size = wslay_frame_recv(feed->parser->context, &part);

        if (size == WSLAY_ERR_WANT_READ)
            return 0;
        if (size < 0) {
            *ret_problem = "A frame is malformed.";
            return WS_PROTOCOL_ERROR;
        }
        code = take_part(feed, &part, ret_problem);
    }
    return code;
}

unsigned ws_reader_feed(struct ws_reader *reader, struct ws_pool *pool, const void *bytes, size_t size, void *data,
                        const char **ret_problem)
{
    struct ws_parser *parser = reader->parser ? reader->parser : pool->spare ? pool->spare : parser_new();
    struct feed feed = { reader, parser, pool->take, data, false };
    unsigned code;

    if (!reader->parser)
        pool->spare = NULL; /* `take` may come here again for another socket */
    reader->parser = NULL;
    parser->bytes = bytes;
    parser->left = size;
    code = read_frames(&feed, ret_problem);
    if (code || feed.stopped) {
        parser_free(parser);
    } else if (!parser_is_clean(parser)) {
        reader->parser = parser;
    } else {
        parser_free(pool->spare); /* of a socket that was read from inside `take` */
        pool->spare = parser;
    }
    return code;
}

size_t ws_header(enum ws_opcode opcode, size_t payload_size, uint8_t ret_header[WS_HEADER_SIZE_MAX])
{
    unsigned length_bytes = payload_size > UINT16_MAX ? 8 : payload_size > CONTROL_SIZE_MAX ? 2 : 0;

    ret_header[0] = (uint8_t)(0x80 | opcode);
    ret_header[1] = (uint8_t)(length_bytes == 8 ? 127 : length_bytes == 2 ? 126 : payload_size);
    for (unsigned i = 0; i < length_bytes; i++)
        ret_header[2 + i] = (uint8_t)((uint64_t)payload_size >> (8 * (length_bytes - 1 - i)));
    return 2 + length_bytes;
}
