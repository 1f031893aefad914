/*
 * What a client sends over a WebSocket: frames to messages (ws_frame.c), messages to what is to be done (ws_message.c).
 * The second byte says whether the rest are frames, or lines that are put into frames; all is read at once and again in
 * pieces as small as the first byte says, and means the same. What a socket would do is noted by the doubles below.
 */
#include "fuzz.h"

#include "base/json.h"
#include "base/utf8.h"
#include "gateway/ws_inside.h"
#include "tessera/cleanup.h"

enum { NOTES_SIZE_MAX = 4 << 20, LIVE_MAX = 8 };

/* A socket's double. */
struct side {
    struct ws ws; /* first: a ws is its side */
    struct ws_server server;
    struct gateway gateway;
    struct buf notes; /* what it did, in order */
    struct buf heard; /* the texts of its messages, a line each */
    struct buf live[LIVE_MAX];
    bool over; /* the other side has closed */
};

static void note(struct side *side, const char *what, const void *bytes, size_t size)
{
    buf_printf(&side->notes, "%s %zu:", what, size);
    buf_add(&side->notes, bytes, size);
    buf_add_char(&side->notes, '\n');
    CLAIM(!side->notes.full);
}

static bool is_one_of(unsigned code, const unsigned *codes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (codes[i] == code)
            return true;
    return false;
}

/* The doubles of ws.c. */

void ws_close(struct ws *ws, unsigned code, const char *reason)
{
    static const unsigned codes[] = { WS_PROTOCOL_ERROR, WS_UNSUPPORTED, WS_NOT_TEXT,  WS_TOO_BIG,       WS_BAD_MESSAGE,
                                      WS_UNAUTHORIZED,   WS_FORBIDDEN,   WS_ID_IN_USE, WS_TOO_MANY_INITS };
    struct side *side = (struct side *)ws;

    CLAIM(is_one_of(code, codes, TS_ARRAY_SIZE(codes)));
    CLAIM(*reason && strlen(reason) <= WS_REASON_SIZE_MAX && utf8_is_text(reason, strlen(reason)));
    CLAIM(code != WS_TOO_MANY_INITS || ws->state == WS_READY);
    if (ws->state == WS_CLOSING)
        return;
    ws->state = WS_CLOSING;
    buf_printf(&side->notes, "%u ", code);
    note(side, "close", reason, strlen(reason));
}

void ws_ready(struct ws *ws)
{
    CLAIM(ws->state == WS_OPEN);
    ws->state = WS_READY;
    note((struct side *)ws, "ready", ws->session.principal->id, strlen(ws->session.principal->id));
}

/* Whatever is sent is a message of the protocol. */
void ws_send(struct ws *ws, const char *text, size_t size)
{
    struct ts_arena arena;
    struct json *json;
    struct json_error error;

    arena_init(&arena);
    CLAIM(json_parse(&arena, text, size, &json, &error) == 0 && json->type == JSON_OBJECT);
    CLAIM(json_find(json, "type") && json_find(json, "type")->type == JSON_STRING);
    arena_done(&arena);
    note((struct side *)ws, "send", text, size);
}

/* The double of ws_user.c: nobody has an account, so nothing is waited for. */
void ws_sign_in(struct ws *ws, const char *authorization)
{
    struct side *side = (struct side *)ws;
    struct ts_arena arena;

    CLAIM(ws->state == WS_OPEN && utf8_is_text(authorization, strlen(authorization)));
    arena_init(&arena);
    if (session_authenticate(&ws->session, &arena, authorization, &side->gateway.credentials) == 0)
        ws_acknowledge(ws);
    else
        ws_close(ws, WS_FORBIDDEN, "Forbidden");
    arena_done(&arena);
}

/* The doubles of ws_operation.c. */

static struct buf *find_live(struct side *side, const struct buf *id)
{
    for (unsigned i = 0; i < LIVE_MAX; i++)
        if (side->live[i].size == id->size && memcmp(side->live[i].data, id->data, id->size) == 0)
            return &side->live[i];
    return NULL;
}

bool ws_has_operation(const struct ws *ws, const struct buf *id)
{
    return find_live((struct side *)ws, id) != NULL;
}

/* An id is as JSON writes it, and the message's own. */
static void check_id(const struct buf *id)
{
    struct ts_arena arena;
    struct json *json;
    struct json_error error;

    arena_init(&arena);
    CLAIM(!id->full && json_parse(&arena, id->data, id->size, &json, &error) == 0);
    CLAIM(json->type == JSON_STRING && json->size > 0 && json->size <= WS_ID_SIZE_MAX);
    arena_done(&arena);
}

static void note_text(struct side *side, const char *what, const char *text)
{
    CLAIM(!text || utf8_is_text(text, strlen(text)));
    note(side, what, text ? text : "none", text ? strlen(text) : 4);
}

void ws_operation_start(struct ws *ws, const struct buf *id, struct ws_exchange *exchange)
{
    struct side *side = (struct side *)ws;

    CLAIM(ws->state == WS_READY && !ws_has_operation(ws, id));
    check_id(id);
    CLAIM(exchange->ask.query || exchange->ask.document_id || exchange->ask.extensions);
    CLAIM(!exchange->ask.query || strlen(exchange->ask.query) == exchange->ask.query_size);
    CLAIM(!exchange->request.variables || exchange->request.variables->type == JSON_OBJECT);
    CLAIM(!exchange->ask.extensions || exchange->ask.extensions->type == JSON_OBJECT);
    note(side, "start", id->data, id->size);
    note_text(side, "query", exchange->ask.query);
    note_text(side, "document", exchange->ask.document_id);
    note_text(side, "operation", exchange->request.operation_name);
    for (unsigned i = 0; i < LIVE_MAX; i++)
        if (!side->live[i].size) {
            buf_add(&side->live[i], id->data, id->size);
            break;
        }
    ws_exchange_give(ws->server, exchange);
}

void ws_operation_complete(struct ws *ws, const struct buf *id)
{
    struct side *side = (struct side *)ws;
    struct buf *live = find_live(side, id);

    check_id(id);
    note(side, "complete", id->data, id->size);
    if (live)
        buf_clear(live);
}

/* As ws.c takes them. */
static bool take(void *data, const struct ws_message *message)
{
    struct side *side = data;

    CLAIM(message->opcode == WS_TEXT || message->opcode >= WS_CLOSE);
    CLAIM(message->opcode == WS_TEXT || message->size <= 125);
    if (message->opcode != WS_TEXT) {
        buf_printf(&side->notes, "%u %u ", (unsigned)message->opcode, message->code);
        note(side, "control", message->text, message->size);
        side->over = message->opcode == WS_CLOSE;
        return !side->over;
    }
    CLAIM(message->size <= WS_MESSAGE_SIZE_MAX && utf8_is_text(message->text, message->size));
    buf_add(&side->heard, message->text, message->size);
    buf_add_char(&side->heard, '\n');
    if (side->ws.state != WS_CLOSING)
        ws_receive(&side->ws, message->text, message->size);
    return true;
}

static void side_init(struct side *side)
{
    static const struct ts_principal anonymous = { .kind = TS_PRINCIPAL_ANONYMOUS, .id = "anonymous" };

    memset(side, 0, sizeof(*side));
    owner_set(&side->gateway.credentials.owner, "the-owner-token");
    side->server.config.gateway = &side->gateway;
    side->server.pool.take = take;
    side->ws.server = &side->server;
    side->ws.session.principal = &anonymous;
    buf_init(&side->notes, NOTES_SIZE_MAX);
    buf_init(&side->heard, NOTES_SIZE_MAX);
    for (unsigned i = 0; i < LIVE_MAX; i++)
        buf_init(&side->live[i], NOTES_SIZE_MAX);
}

static void side_done(struct side *side)
{
    ws_reader_done(&side->ws.reader);
    ws_pool_done(&side->server.pool);
    if (side->server.spare)
        ws_exchange_free(side->server.spare);
    buf_done(&side->notes);
    buf_done(&side->heard);
    for (unsigned i = 0; i < LIVE_MAX; i++)
        buf_done(&side->live[i]);
}

/* One read, in memory of its own size. Return: false when nothing more is to be read. */
static bool read_once(struct side *side, const char *bytes, size_t size)
{
    uint8_t *own = malloc(size);
    const char *problem = NULL;
    unsigned code;

    CLAIM(own);
    memcpy(own, bytes, size);
    code = ws_reader_feed(&side->ws.reader, &side->server.pool, own, size, side, &problem);
    free(own);
    if (code)
        ws_close(&side->ws, code, problem);
    return !code && !side->over;
}

static void read_all(struct side *side, const struct buf *bytes, size_t step)
{
    for (size_t at = 0; at < bytes->size; at += step) {
        size_t left = bytes->size - at;

        if (!read_once(side, bytes->data + at, left < step ? left : step))
            return;
    }
}

/* A masked frame; the key has a zero in it, as one may. */
static void add_frame(struct buf *bytes, unsigned first, const char *payload, size_t size)
{
    static const uint8_t key[4] = { 0x5a, 0x00, 0xff, 0x81 };
    uint8_t header[WS_HEADER_SIZE_MAX];
    size_t header_size = ws_header(WS_TEXT, size, header);

    header[0] = (uint8_t)first;
    header[1] |= 0x80;
    buf_add(bytes, header, header_size);
    buf_add(bytes, key, sizeof(key));
    for (size_t i = 0; i < size; i++)
        buf_add_char(bytes, (char)((uint8_t)payload[i] ^ key[i % 4]));
}

/* A text in fragments of `step` bytes, with a ping behind each. */
static void add_message(struct buf *bytes, const char *text, size_t size, size_t step)
{
    size_t at = 0;

    do {
        size_t part = size - at < step ? size - at : step;
        unsigned fin = at + part == size ? 0x80 : 0, opcode = at == 0 ? WS_TEXT : WS_CONTINUATION;

        add_frame(bytes, fin | opcode, text + at, part);
        add_frame(bytes, 0x80 | WS_PING, text + at, part < 125 ? part : 125);
        at += part;
    } while (at < size);
}

/* Each line as a message. Return: how many bytes, lines with their ends, are to be heard. */
static size_t add_lines(struct buf *bytes, const char *text, size_t size, size_t step)
{
    size_t heard = 0, line;
    bool is_text = true;

    for (const char *at = text; at < text + size; at += line + 1) {
        const char *end = memchr(at, '\n', size - (size_t)(at - text));

        line = end ? (size_t)(end - at) : size - (size_t)(at - text);
        add_message(bytes, at, line, step);
        is_text = is_text && line <= WS_MESSAGE_SIZE_MAX && utf8_is_text(at, line);
        heard += is_text ? line + 1 : 0;
    }
    return heard;
}

/* However they were cut, the bytes mean the same. */
static void compare(const struct buf *bytes, size_t step, struct side *ret_whole)
{
    struct side pieces;

    side_init(&pieces);
    read_all(ret_whole, bytes, bytes->size ? bytes->size : 1);
    read_all(&pieces, bytes, step);
    CLAIM(ret_whole->ws.reader.frames == pieces.ws.reader.frames && ret_whole->ws.state == pieces.ws.state);
    CLAIM(ret_whole->notes.size == pieces.notes.size);
    CLAIM(!pieces.notes.size || memcmp(ret_whole->notes.data, pieces.notes.data, pieces.notes.size) == 0);
    side_done(&pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t step, heard = 0;
    const char *text = (const char *)data + 2;
    struct side whole;
    struct buf bytes;

    if (size < 2 || size > 1 << 20)
        return 0;
    step = data[0] ? data[0] : 1;
    buf_init(&bytes, 64 << 20);
    side_init(&whole);
    if (data[1] & 1)
        heard = add_lines(&bytes, text, size - 2, step);
    else
        buf_add(&bytes, text, size - 2);
    compare(&bytes, step, &whole);
    if (data[1] & 1) /* all that is text came through, as it was */
        CLAIM(whole.heard.size == heard && (heard <= 1 || memcmp(whole.heard.data, text, heard - 1) == 0));
    side_done(&whole);
    buf_done(&bytes);
    return 0;
}
