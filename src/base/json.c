/*
 * One pass over the bytes with the open arrays and objects on a stack of fixed depth. Each value is a node in the
 * arena; strings without escapes are one copy. Names of large objects are checked for duplicates when the object
 * closes, by a table, so that no input makes it quadratic.
 */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/utf8.h"
#include "tessera/err.h"

enum {
    MEMBERS_LINEAR_MAX = 8, /* to here comparing each with each is cheaper than a table */
    PAUSE_STEPS = 256,      /* values, names and escapes between two pauses */
};

struct level {
    struct json *node;
    struct json **end; /* where its next child is linked */
};

struct parser {
    struct ts_arena *arena;
    const char *start, *at, *end;
    struct level levels[JSON_DEPTH_MAX];
    unsigned depth;
    const char *name; /* of the member whose value comes next */
    struct json *root;
    const char *error;
    struct json_pause pause;
    unsigned steps;
};

static bool fail(struct parser *parser, const char *message)
{
    parser->error = message;
    return false;
}

static void step(struct parser *parser)
{
    if (++parser->steps % PAUSE_STEPS == 0 && parser->pause.run)
        parser->pause.run(parser->pause.data);
}

static void skip_blanks(struct parser *parser)
{
    while (parser->at < parser->end &&
           (*parser->at == ' ' || *parser->at == '\n' || *parser->at == '\r' || *parser->at == '\t'))
        parser->at++;
}

static char peek(const struct parser *parser)
{
    return (char)(parser->at < parser->end ? *parser->at : 0);
}

static struct json *add_node(struct parser *parser, enum json_type type)
{
    struct json *node = TS_NEW(parser->arena, struct json);

    node->type = type;
    node->name = parser->name;
    parser->name = NULL;
    if (parser->depth) {
        struct level *level = &parser->levels[parser->depth - 1];

        *level->end = node;
        level->end = &node->next;
        level->node->size++;
    } else {
        parser->root = node;
    }
    return node;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit |= 0x20;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* The four digits after \u; negative if they are none. */
static int read_hex(struct parser *parser)
{
    int unit = 0;

    if (parser->end - parser->at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(*parser->at++);

        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

/* After "\u": a code point, of two escapes when the first is a surrogate. Return: its length in UTF-8, 0 on failure. */
static unsigned read_unicode(struct parser *parser, char ret_bytes[4])
{
    int high = read_hex(parser), low;

    if (high < 0)
        return fail(parser, "malformed \\u escape");
    if (high == 0)
        return fail(parser, "U+0000 is not allowed");
    if ((high & 0xf800) != 0xd800)
        return utf8_encode((unsigned)high, ret_bytes);
    if (high >= 0xdc00 || parser->end - parser->at < 6 || parser->at[0] != '\\' || parser->at[1] != 'u')
        return fail(parser, "lone surrogate");
    parser->at += 2;
    low = read_hex(parser);
    if (low < 0xdc00 || low > 0xdfff)
        return fail(parser, "lone surrogate");
    return utf8_encode(0x10000 + ((unsigned)(high & 0x3ff) << 10 | (unsigned)(low & 0x3ff)), ret_bytes);
}

/* After a backslash. Return: the number of bytes written, 0 on failure. */
static unsigned read_escape(struct parser *parser, char ret_bytes[4])
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    char letter = peek(parser);
    const char *at = letter ? strchr(names, letter) : NULL;

    parser->at++;
    if (letter == 'u')
        return read_unicode(parser, ret_bytes);
    if (!at)
        return fail(parser, "unknown escape");
    ret_bytes[0] = values[at - names];
    return 1;
}

/* Not zero if one of the eight bytes is a control character, a quote, a backslash or DEL; the lowest bit is the
 * first's.
 */
static uint64_t needs_escape(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\', del = word ^ ones * 0x7f;
    uint64_t found = (word - ones * 0x20) | (quote - ones) | (backslash - ones) | (del - ones);

    /* A borrow may mark a byte above the one that made it, never one below. A byte of UTF-8 has its high bit set and is
     * none of them. */
    return found & ~word & high;
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a word's lowest byte is its first");

/* Sixteen bytes, which every 64-bit processor handles at once. */
typedef uint8_t block __attribute__((vector_size(16)));
typedef uint64_t halves __attribute__((vector_size(16)));

/* Ones where a byte is written as an escape; a NUL is. */
static inline block block_bad(block bytes)
{
    /* The first: a quote is two more than a space, so this flips it down among the control characters. */
    return (block)((bytes ^ 2) < 0x21) | (block)(bytes == '\\') | (block)(bytes == 0x7f);
}

/* The first byte from `at` on that is written as an escape, or the end. */
static size_t plain_end(const char *text, size_t at, size_t size)
{
    for (; size - at >= sizeof(block); at += sizeof(block)) {
        block bytes;
        halves bad;

        memcpy(&bytes, text + at, sizeof(bytes));
        bad = (halves)block_bad(bytes);
        if (bad[0])
            return at + (size_t)__builtin_ctzll(bad[0]) / 8;
        if (bad[1])
            return at + sizeof(uint64_t) + (size_t)__builtin_ctzll(bad[1]) / 8;
    }
    for (; at < size; at++) {
        unsigned char byte = (unsigned char)text[at];

        if (byte < 0x20 || byte == '"' || byte == '\\' || byte == 0x7f)
            break;
    }
    return at;
}

/* The closing quote of a string that begins at `at`; NULL if there is none. *ret_escaped: it has escapes. */
static const char *find_quote(const char *at, const char *end, bool *ret_escaped)
{
    *ret_escaped = false;
    for (;; at++) {
        if (at < end) /* an escape may have led past it */
            at += plain_end(at, 0, (size_t)(end - at));
        if (at >= end || *at == '"')
            break;
        if ((unsigned char)*at < 0x20)
            return NULL;
        if (*at == '\\') {
            *ret_escaped = true;
            at++;
        }
    }
    return at < end ? at : NULL;
}

/* Resolve the escapes up to `quote` into `out`. Return: the number of bytes, or SIZE_MAX. */
static size_t read_escaped(struct parser *parser, const char *quote, char *out)
{
    char *start = out;

    for (;;) {
        size_t plain = plain_end(parser->at, 0, (size_t)(quote - parser->at));
        unsigned length = 1;

        memcpy(out, parser->at, plain);
        out += plain;
        parser->at += plain;
        if (parser->at >= quote)
            return (size_t)(out - start);
        if (*parser->at != '\\') { /* DEL */
            *out = *parser->at++;
        } else {
            parser->at++;
            length = read_escape(parser, out);
        }
        if (!length)
            return SIZE_MAX;
        out += length;
        step(parser);
    }
}

/* At the opening quote. No escape is shorter than what it stands for, so the raw size has room for all. */
static const char *read_string(struct parser *parser, size_t *ret_size)
{
    bool escaped;
    const char *quote = find_quote(++parser->at, parser->end, &escaped);
    size_t size;
    char *text;

    if (!quote) {
        (void)fail(parser, "unterminated string or control character in it");
        return NULL;
    }
    size = (size_t)(quote - parser->at);
    if (!utf8_is_text(parser->at, size)) {
        (void)fail(parser, "invalid UTF-8");
        return NULL;
    }
    text = escaped ? ts_alloc(parser->arena, size + 4) : ts_strndup(parser->arena, parser->at, size);
    if (escaped) {
        size = read_escaped(parser, quote, text);
        if (size == SIZE_MAX)
            return NULL;
        text[size] = 0;
    }
    parser->at = quote + 1;
    *ret_size = size;
    return text;
}

static bool skip_digits(struct parser *parser)
{
    const char *start = parser->at;

    while (peek(parser) >= '0' && peek(parser) <= '9')
        parser->at++;
    return parser->at > start;
}

/* Move over a number by RFC 8259's grammar; *ret_integer: neither fraction nor exponent. */
static bool skip_number(struct parser *parser, bool *ret_integer)
{
    *ret_integer = true;
    if (peek(parser) == '-')
        parser->at++;
    if (peek(parser) == '0')
        parser->at++;
    else if (!skip_digits(parser))
        return fail(parser, "malformed number");
    if (peek(parser) == '.') {
        *ret_integer = false;
        parser->at++;
        if (!skip_digits(parser))
            return fail(parser, "malformed number");
    }
    if ((peek(parser) | 0x20) == 'e') {
        *ret_integer = false;
        parser->at++;
        if (peek(parser) == '+' || peek(parser) == '-')
            parser->at++;
        if (!skip_digits(parser))
            return fail(parser, "malformed number");
    }
    return true;
}

/* Exact decimal digits into int64. Return: false when it does not fit. */
static bool integer_of(const char *text, int64_t *ret_integer)
{
    bool negative = *text == '-';
    int64_t value = 0;

    for (text += negative; *text; text++)
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, *text - '0', &value))
            return false;
    if (!negative && value == INT64_MIN)
        return false;
    *ret_integer = negative ? value : -value;
    return true;
}

static bool read_number(struct parser *parser)
{
    const char *start = parser->at;
    struct json *node;
    bool integer;

    if (!skip_number(parser, &integer))
        return false;
    node = add_node(parser, JSON_NUMBER);
    node->size = (size_t)(parser->at - start);
    node->text = ts_strndup(parser->arena, start, node->size);
    node->is_integer = integer && integer_of(node->text, &node->integer);
    node->number = node->is_integer ? (double)node->integer : strtod(node->text, NULL);
    return true;
}

static bool read_word(struct parser *parser, const char *word, enum json_type type)
{
    size_t size = strlen(word);

    if ((size_t)(parser->end - parser->at) < size || memcmp(parser->at, word, size) != 0)
        return fail(parser, "unexpected character");
    parser->at += size;
    (void)add_node(parser, type);
    return true;
}

static bool open_level(struct parser *parser, enum json_type type)
{
    struct json *node;

    if (parser->depth == JSON_DEPTH_MAX)
        return fail(parser, "nested too deeply");
    node = add_node(parser, type);
    parser->levels[parser->depth++] = (struct level){ node, &node->first };
    parser->at++;
    return true;
}

static bool names_differ_linear(const struct json *object)
{
    for (const struct json *left = object->first; left; left = left->next)
        for (const struct json *right = left->next; right; right = right->next)
            if (strcmp(left->name, right->name) == 0)
                return false;
    return true;
}

static bool names_differ(struct parser *parser, const struct json *object)
{
    struct map names;
    bool differ = true;

    if (object->size <= MEMBERS_LINEAR_MAX)
        return names_differ_linear(object);
    map_init(&names);
    for (struct json *member = object->first; member && differ; member = member->next) {
        differ = !map_put(&names, member->name, member);
        step(parser);
    }
    map_done(&names);
    return differ;
}

static bool close_level(struct parser *parser)
{
    const struct json *node = parser->levels[--parser->depth].node;

    parser->at++;
    return node->type == JSON_ARRAY || names_differ(parser, node) || fail(parser, "duplicate name in object");
}

/* A scalar whole, or the opening of an array or object. */
static bool read_value(struct parser *parser)
{
    struct json *node;
    const char *text;
    size_t size;

    switch (peek(parser)) {
    case '{':
        return open_level(parser, JSON_OBJECT);
    case '[':
        return open_level(parser, JSON_ARRAY);
    case '"':
        text = read_string(parser, &size);
        if (!text)
            return false;
        node = add_node(parser, JSON_STRING);
        node->text = text;
        node->size = size;
        return true;
    case 't':
        return read_word(parser, "true", JSON_TRUE);
    case 'f':
        return read_word(parser, "false", JSON_FALSE);
    case 'n':
        return read_word(parser, "null", JSON_NULL);
    case '-':
    case '0' ... '9':
        return read_number(parser);
    default:
        return fail(parser, parser->at == parser->end ? "unexpected end" : "unexpected character");
    }
}

static bool read_name(struct parser *parser)
{
    size_t size;

    if (peek(parser) != '"')
        return fail(parser, "a name in quotes is expected");
    parser->name = read_string(parser, &size);
    if (!parser->name)
        return false;
    skip_blanks(parser);
    if (peek(parser) != ':')
        return fail(parser, "':' is expected");
    parser->at++;
    skip_blanks(parser);
    return true;
}

/* Inside an array or object: its end, or what leads to its next value (then *ret_value is true). */
static bool read_inside(struct parser *parser, bool *ret_value)
{
    const struct json *node = parser->levels[parser->depth - 1].node;
    char close = node->type == JSON_OBJECT ? '}' : ']';

    *ret_value = false;
    if (peek(parser) == close)
        return close_level(parser);
    if (node->size) {
        if (peek(parser) != ',')
            return fail(parser, parser->at == parser->end ? "unexpected end" : "',' or the end is expected");
        parser->at++;
        skip_blanks(parser);
    }
    *ret_value = true;
    return node->type == JSON_ARRAY || read_name(parser);
}

static bool read_document(struct parser *parser)
{
    bool value = true;

    skip_blanks(parser);
    if (!read_value(parser))
        return false;
    while (parser->depth) {
        skip_blanks(parser);
        if (!read_inside(parser, &value) || (value && !read_value(parser)))
            return false;
        step(parser);
    }
    skip_blanks(parser);
    return parser->at == parser->end || fail(parser, "text after the value");
}

int json_parse_pausing(struct ts_arena *arena, const char *bytes, size_t size, struct json_pause pause,
                       struct json **ret_json, struct json_error *ret_error)
{
    struct parser parser = { .arena = arena, .start = bytes, .at = bytes, .end = bytes + size, .pause = pause };

    if (!read_document(&parser)) {
        *ret_error = (struct json_error){ (size_t)(parser.at - parser.start), parser.error };
        return TS_EINVALID;
    }
    *ret_json = parser.root;
    return 0;
}

int json_parse(struct ts_arena *arena, const char *bytes, size_t size, struct json **ret_json,
               struct json_error *ret_error)
{
    return json_parse_pausing(arena, bytes, size, (struct json_pause){ NULL, NULL }, ret_json, ret_error);
}

struct json *json_find(const struct json *object, const char *name)
{
    if (!object || object->type != JSON_OBJECT)
        return NULL;
    for (struct json *member = object->first; member; member = member->next)
        if (*member->name == *name && strcmp(member->name, name) == 0)
            return member;
    return NULL;
}

static void write_escape(struct buf *buf, unsigned char byte)
{
    static const char hex[] = "0123456789abcdef";
    const char escape[6] = { '\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15] };

    if (byte == '"' || byte == '\\') {
        buf_add_char(buf, '\\');
        buf_add_char(buf, (char)byte);
    } else if (byte == '\n') {
        buf_add_literal(buf, "\\n");
    } else {
        buf_add(buf, escape, sizeof(escape));
    }
}

static inline block copy_block(char *to, const char *from)
{
    block bytes;

    memcpy(&bytes, from, sizeof(bytes));
    memcpy(to, &bytes, sizeof(bytes));
    return block_bad(bytes);
}

static inline uint64_t copy_word(char *to, const char *from)
{
    uint64_t word;

    memcpy(&word, from, sizeof(word));
    memcpy(to, &word, sizeof(word));
    return needs_escape(word);
}

/* Fewer than four bytes. */
static uint64_t copy_few(char *to, const char *from, size_t size)
{
    uint64_t bad = 0;

    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)from[i];

        to[i] = from[i];
        bad |= (uint64_t)(byte < 0x20) | (byte == '"') | (byte == '\\') | (byte == 0x7f);
    }
    return bad;
}

/* Four to eight bytes. */
static uint64_t copy_short(char *to, const char *from, size_t size)
{
    uint32_t first, last;

    memcpy(&first, from, sizeof(first));
    memcpy(&last, from + size - sizeof(last), sizeof(last));
    memcpy(to, &first, sizeof(first));
    memcpy(to + size - sizeof(last), &last, sizeof(last));
    return needs_escape(first | (uint64_t)last << 32);
}

/* The last piece overlaps the one before it. Return: what is not zero when something needs an escape. */
static inline uint64_t copy_plain(char *to, const char *text, size_t size)
{
    block bad;

    if (size < sizeof(uint64_t))
        return size < sizeof(uint32_t) ? copy_few(to, text, size) : copy_short(to, text, size);
    if (size < sizeof(block))
        return copy_word(to, text) | copy_word(to + size - sizeof(uint64_t), text + size - sizeof(uint64_t));
    bad = copy_block(to + size - sizeof(block), text + size - sizeof(block));
    for (size_t at = 0; at + sizeof(block) < size; at += sizeof(block))
        bad |= copy_block(to + at, text + at);
    return ((halves)bad)[0] | ((halves)bad)[1];
}

char *json_put_plain(char *to, const char *text, size_t size)
{
    *to++ = '"';
    if (copy_plain(to, text, size))
        return NULL;
    to[size] = '"';
    return to + size + 1;
}

#if defined(__SSE2__)

/*
 * A block that begins where a block may does not leave its page, so what is read behind the NUL is there, if not ours;
 * the checkers of memory are told not to look.
 */
__attribute__((no_sanitize("address"))) char *json_put_text(char *to, const char *end, const char *text)
{
    typedef char signs __attribute__((vector_size(16)));
    const block *from = (const block *)text;

    if ((uintptr_t)text % sizeof(*from) || end - to <= (ptrdiff_t)sizeof(*from))
        return NULL;
    for (*to++ = '"'; end - to > (ptrdiff_t)sizeof(*from); to += sizeof(*from), from++) {
        unsigned bad = (unsigned)__builtin_ia32_pmovmskb128((signs)block_bad(*from));

        __builtin_memcpy(to, from, sizeof(*from));
        if (!bad)
            continue;
        to += __builtin_ctz(bad);
        if (*to)
            return NULL;
        *to = '"';
        return to + 1;
    }
    return NULL;
}

#else

char *json_put_text(char *to, const char *end, const char *text)
{
    size_t size = strlen(text);

    return (size_t)(end - to) < size + 2 ? NULL : json_put_plain(to, text, size);
}

#endif

void json_write_string(struct buf *buf, const char *text, size_t size)
{
    size_t at = 0;

    if (buf->room - buf->size >= size + 2 && json_put_plain(buf->data + buf->size, text, size)) {
        buf->size += size + 2;
        return;
    }
    buf_add_char(buf, '"');
    while (at < size) {
        size_t end = plain_end(text, at, size);

        buf_add(buf, text + at, end - at);
        if (end < size)
            write_escape(buf, (unsigned char)text[end++]);
        at = end;
    }
    buf_add_char(buf, '"');
}

static void write_children(struct buf *buf, const struct json *json)
{
    for (const struct json *child = json->first; child; child = child->next) {
        if (child != json->first)
            buf_add_char(buf, ',');
        if (child->name) {
            json_write_string(buf, child->name, strlen(child->name));
            buf_add_char(buf, ':');
        }
        json_write(buf, child);
    }
}

/* As deep as the parser lets a tree be. */
void json_write(struct buf *buf, const struct json *json)
{
    static const char *const words[] = { "null", "false", "true" };

    switch (json->type) {
    case JSON_NUMBER:
        buf_add(buf, json->text, json->size);
        break;
    case JSON_STRING:
        json_write_string(buf, json->text, json->size);
        break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        buf_add_char(buf, json->type == JSON_ARRAY ? '[' : '{');
        write_children(buf, json);
        buf_add_char(buf, json->type == JSON_ARRAY ? ']' : '}');
        break;
    default:
        buf_add_string(buf, words[json->type]);
    }
}
