/*
 * Strings (specification section 2.9.4): where they end, what their escapes stand for, and that they are UTF-8. Plain
 * characters, nearly all, are passed over and copied whole.
 */
#include <string.h>

#include "base/utf8.h"
#include "graphql/language/block_string.h"
#include "graphql/language/lexer_inside.h"

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* `count` hexadecimal digits at `at`; -1 if they are not. */
static int64_t read_hex(const struct lexer *lexer, size_t at, unsigned count)
{
    int64_t point = 0;

    for (unsigned i = 0; i < count; i++) {
        int digit = hex_digit(lexer_peek(lexer, at + i));

        if (digit < 0)
            return -1;
        point = point << 4 | digit;
    }
    return point;
}

/* \u{…} after its `\u`; returns the code point or -1, and its end. */
static int64_t read_braced_escape(const struct lexer *lexer, size_t at, size_t *ret_end)
{
    int64_t point = 0;
    size_t digit_count = 0;

    for (at++; lexer_peek(lexer, at) != '}'; at++, digit_count++) {
        int digit = hex_digit(lexer_peek(lexer, at));

        if (digit < 0 || digit_count == 8)
            return -1;
        point = point << 4 | digit;
    }
    *ret_end = at + 1;
    return digit_count ? point : -1;
}

/* The escape `\u…` at `start`; the code point, surrogate pairs joined, or -1. */
static int64_t read_unicode_escape(const struct lexer *lexer, size_t start, size_t *ret_end)
{
    int64_t point, low;

    if (lexer_peek(lexer, start + 2) == '{') {
        point = read_braced_escape(lexer, start + 2, ret_end);
        return point >= 0xD800 && point <= 0xDFFF ? -1 : point;
    }
    point = read_hex(lexer, start + 2, 4);
    *ret_end = start + 6;
    if (point < 0xD800 || point > 0xDFFF)
        return point;
    if (point > 0xDBFF || lexer_peek(lexer, start + 6) != '\\' || lexer_peek(lexer, start + 7) != 'u')
        return -1;
    low = read_hex(lexer, start + 8, 4);
    if (low < 0xDC00 || low > 0xDFFF)
        return -1;
    *ret_end = start + 12;
    return 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
}

/* Some characters of the text as messages show them. */
static const char *text_slice(struct lexer *lexer, size_t at, size_t length)
{
    size_t end = at;
    uint32_t point;

    for (; length && end < lexer->size; length--) {
        size_t bytes = character_decode(lexer->text, lexer->size, end, &point);

        if (!bytes)
            break;
        end += bytes;
    }
    return ts_strndup(lexer->arena, lexer->text + at, end - at);
}

/* How much of a wrong \u… or \u{…} is worth showing: up to what is wrong in it. */
static size_t unicode_escape_length(const struct lexer *lexer, size_t at)
{
    size_t length = 3;

    if (lexer_peek(lexer, at + 2) != '{')
        return 6;
    while (length < 12 && hex_digit(lexer_peek(lexer, at + length)) >= 0)
        length++;
    return length < 12 ? length + 1 : length;
}

/* What a backslash and this letter stand for; 0: nothing. */
static char escaped(char letter)
{
    switch (letter) {
    case '"':
    case '\\':
    case '/':
        return letter;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return 0;
    }
}

/* One escape sequence at `at` (its backslash) into `out`. Return: bytes written; *ret_end is where it ends. */
static size_t read_escape(struct lexer *lexer, size_t at, char *out, size_t *ret_end)
{
    char letter = lexer_peek(lexer, at + 1);
    int64_t point;

    *ret_end = at + 2;
    *out = escaped(letter);
    if (*out)
        return 1;
    if (letter != 'u') {
        lexer_fail(lexer, at, "Invalid character escape sequence: \"%s\".", text_slice(lexer, at, 2));
        return 0;
    }
    point = read_unicode_escape(lexer, at, ret_end);
    if (point < 0 || point > 0x10FFFF) {
        lexer_fail(lexer, at, "Invalid Unicode escape sequence: \"%s\".",
                   text_slice(lexer, at, unicode_escape_length(lexer, at)));
        return 0;
    }
    if (point == 0) {
        lexer_fail(lexer, at, "The character U+0000 is not accepted in strings.");
        return 0;
    }
    return utf8_encode((uint32_t)point, out);
}

/* Most characters of a string: neither its end nor an escape, and one byte. */
static bool is_plain(char c)
{
    return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

/* Where the string that opens at `start` stops: at its closing quote, or at what no string may hold. */
static size_t find_string_end(const struct lexer *lexer, size_t start, bool *ret_escaped)
{
    size_t at = start + 1;

    *ret_escaped = false;
    while (at < lexer->size) {
        char c = lexer->text[at];
        uint32_t point = 0;

        if (is_plain(c)) {
            at++;
        } else if (c == '\\') {
            *ret_escaped = true;
            at += 2; /* whatever is escaped: that is looked at when it is resolved */
        } else if (c == '"' || c == '\n' || c == '\r') {
            break;
        } else {
            size_t length = character_decode(lexer->text, lexer->size, at, &point);

            if (!length || point == 0)
                break;
            at += length;
        }
    }
    return at < lexer->size ? at : lexer->size;
}

/* What stands from `at` to `end`, escapes resolved; none is shorter than what it stands for. */
static const char *string_value(struct lexer *lexer, size_t at, size_t end)
{
    char *value = ts_alloc(lexer->arena, end - at + 1);
    size_t used = 0;

    while (at < end && !lexer->failure) {
        const char *from = lexer->text + at, *escape = memchr(from, '\\', end - at);
        size_t length = escape ? (size_t)(escape - from) : end - at;

        memcpy(value + used, from, length);
        used += length;
        at += length;
        if (escape)
            used += read_escape(lexer, at, value + used, &at);
    }
    return value;
}

void read_string(struct lexer *lexer, size_t start)
{
    bool is_escaped;
    size_t end = find_string_end(lexer, start, &is_escaped);
    const char *value = is_escaped ? string_value(lexer, start + 1, end)
                                   : ts_strndup(lexer->arena, lexer->text + start + 1, end - start - 1);
    char stop = lexer_peek(lexer, end);

    if (lexer->failure)
        return; /* of an escape, which comes before the end */
    if (stop == '"')
        lexer_token(lexer, TOKEN_STRING, start, end + 1, value);
    else if (end == lexer->size || stop == '\n' || stop == '\r')
        lexer_fail(lexer, end, "Unterminated string.");
    else
        lexer_fail(lexer, end, "Invalid character within String: %s.", character_describe(lexer, end));
}

/* The closing quotes of the block string whose inside starts at `at`; NULL: it has no end. */
static const char *find_block_end(const struct lexer *lexer, const char *at)
{
    const char *end = lexer->text + lexer->size;

    while ((at = memmem(at, (size_t)(end - at), "\"\"\"", 3)) && at[-1] == '\\')
        at += 3;
    return at;
}

/* At the first character from `at` on that no string may hold; there is one. */
static void fail_character(struct lexer *lexer, size_t at)
{
    uint32_t point;
    size_t length;

    while ((length = character_decode(lexer->text, lexer->size, at, &point)) && point)
        at += length;
    lexer_fail(lexer, at, "Invalid character within String: %s.", character_describe(lexer, at));
}

/* Block strings have one escape: that of what would end them. */
static const char *block_value(struct lexer *lexer, const char *from, const char *end)
{
    char *raw = NULL;
    size_t used = 0;

    for (const char *escape; (escape = memmem(from, (size_t)(end - from), "\\\"\"\"", 4)); from = escape + 4) {
        if (!raw)
            raw = ts_alloc(lexer->arena, (size_t)(end - from));
        memcpy(raw + used, from, (size_t)(escape - from));
        used += (size_t)(escape - from);
        memcpy(raw + used, "\"\"\"", 3);
        used += 3;
    }
    if (!raw)
        return block_string_value(lexer->arena, from, (size_t)(end - from));
    memcpy(raw + used, from, (size_t)(end - from));
    return block_string_value(lexer->arena, raw, used + (size_t)(end - from));
}

void read_block_string(struct lexer *lexer, size_t start)
{
    const char *from = lexer->text + start + 3, *close = find_block_end(lexer, from);
    const char *end = close ? close : lexer->text + lexer->size;

    if (!utf8_is_text(from, (size_t)(end - from)))
        fail_character(lexer, start + 3);
    else if (!close)
        lexer_fail(lexer, lexer->size, "Unterminated string.");
    else
        lexer_token(lexer, TOKEN_BLOCK_STRING, start, (size_t)(close - lexer->text) + 3, block_value(lexer, from, end));
}
