/*
 * The lexer. ASCII goes byte by byte through one switch; UTF-8 is decoded, and so checked, only where the grammar
 * allows other characters: in strings and comments.
 */
#include "graphql/language/lexer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "graphql/error.h"
#include "graphql/language/block_string.h"

/* The code point at `at` and its length, or 0 if it is no valid UTF-8. */
static size_t utf8_decode(const char *text, size_t size, size_t at, uint32_t *ret_point)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    unsigned char byte = (unsigned char)text[at];
    size_t length = byte < 0x80 ? 1 : byte < 0xC0 ? 0 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : byte < 0xF8 ? 4 : 0;
    uint32_t point = length == 1 ? byte : byte & (0x7Fu >> length);

    if (!length || at + length > size)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((text[at + i] & 0xC0) != 0x80)
            return 0;
        point = point << 6 | (text[at + i] & 0x3F);
    }
    if (point < least[length] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
        return 0;
    *ret_point = point;
    return length;
}

static void lexer_end(struct lexer *lexer, size_t offset, const char *code, const char *failure)
{
    lexer->failure = failure;
    lexer->failure_code = code;
    lexer->failure_offset = (uint32_t)offset;
    lexer->token = (struct token){ TOKEN_EOF, (uint32_t)lexer->size, (uint32_t)lexer->size, NULL };
    lexer->at = lexer->size;
}

void lexer_fail(struct lexer *lexer, size_t offset, const char *format, ...)
{
    va_list args;

    if (lexer->failure)
        return;
    va_start(args, format);
    lexer_end(lexer, offset, ERROR_PARSE, ts_vprintf(lexer->arena, format, args));
    va_end(args);
}

void lexer_limit(struct lexer *lexer, const char *code, const char *does, unsigned most, const char *things)
{
    if (!lexer->failure)
        lexer_end(lexer, lexer->token_count > lexer->token_max ? lexer->at : lexer->token.start, code,
                  ts_printf(lexer->arena, "Document %s than %u %s. Parsing aborted.", does, most, things));
}

/* How a message shows the character at `at`. */
static const char *describe_character(struct lexer *lexer, size_t at)
{
    uint32_t point;

    if (at >= lexer->size)
        return "<EOF>";
    if (!utf8_decode(lexer->text, lexer->size, at, &point))
        return ts_printf(lexer->arena, "invalid UTF-8 (byte 0x%02X)", (unsigned char)lexer->text[at]);
    if (point == '"')
        return "'\"'";
    if (point >= 0x20 && point < 0x7F)
        return ts_printf(lexer->arena, "\"%c\"", (char)point);
    return ts_printf(lexer->arena, "U+%04X", point);
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lexer_peek(const struct lexer *lexer, size_t at)
{
    return (char)(at < lexer->size ? lexer->text[at] : '\0');
}

static void lexer_token(struct lexer *lexer, enum token_kind kind, size_t start, size_t end, const char *value)
{
    lexer->token = (struct token){ kind, (uint32_t)start, (uint32_t)end, value };
    lexer->at = end;
}

static void skip_comment(struct lexer *lexer)
{
    while (lexer->at < lexer->size && lexer->text[lexer->at] != '\n' && lexer->text[lexer->at] != '\r') {
        uint32_t point;
        size_t length = utf8_decode(lexer->text, lexer->size, lexer->at, &point);

        if (!length || point == 0) {
            lexer_fail(lexer, lexer->at, "Invalid character: %s.", describe_character(lexer, lexer->at));
            return;
        }
        lexer->at += length;
    }
}

/* White space, line ends, commas, comments and byte order marks. */
static void skip_ignored(struct lexer *lexer)
{
    while (lexer->at < lexer->size) {
        switch (lexer->text[lexer->at]) {
        case ' ':
        case '\t':
        case '\n':
        case '\r':
        case ',':
            lexer->at++;
            break;
        case '\xEF':
            if (lexer->size - lexer->at < 3 || memcmp(lexer->text + lexer->at, "\xEF\xBB\xBF", 3) != 0)
                return;
            lexer->at += 3;
            break;
        case '#':
            skip_comment(lexer);
            break;
        default:
            return;
        }
    }
}

static void read_name(struct lexer *lexer, size_t start)
{
    size_t end = start + 1;

    while (end < lexer->size && (is_name_start(lexer->text[end]) || is_digit(lexer->text[end])))
        end++;
    lexer_token(lexer, TOKEN_NAME, start, end, ts_strndup(lexer->arena, lexer->text + start, end - start));
}

static size_t read_digits(struct lexer *lexer, size_t at)
{
    if (!is_digit(lexer_peek(lexer, at))) {
        lexer_fail(lexer, at, "Invalid number, expected digit but got: %s.", describe_character(lexer, at));
        return at;
    }
    while (is_digit(lexer_peek(lexer, at)))
        at++;
    return at;
}

static void read_number(struct lexer *lexer, size_t start)
{
    size_t at = start + (lexer->text[start] == '-');
    enum token_kind kind = TOKEN_INT;

    if (lexer_peek(lexer, at) == '0') {
        at++;
        if (is_digit(lexer_peek(lexer, at)))
            lexer_fail(lexer, at, "Invalid number, unexpected digit after 0: %s.", describe_character(lexer, at));
    } else {
        at = read_digits(lexer, at);
    }
    if (lexer_peek(lexer, at) == '.') {
        kind = TOKEN_FLOAT;
        at = read_digits(lexer, at + 1);
    }
    if (lexer_peek(lexer, at) == 'e' || lexer_peek(lexer, at) == 'E') {
        kind = TOKEN_FLOAT;
        at++;
        at = read_digits(lexer, at + (lexer_peek(lexer, at) == '+' || lexer_peek(lexer, at) == '-'));
    }
    if (lexer_peek(lexer, at) == '.' || is_name_start(lexer_peek(lexer, at)))
        lexer_fail(lexer, at, "Invalid number, expected digit but got: %s.", describe_character(lexer, at));
    if (!lexer->failure)
        lexer_token(lexer, kind, start, at, ts_strndup(lexer->arena, lexer->text + start, at - start));
}

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
        size_t bytes = utf8_decode(lexer->text, lexer->size, end, &point);

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
            size_t length = utf8_decode(lexer->text, lexer->size, at, &point);

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

static void read_string(struct lexer *lexer, size_t start)
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
        lexer_fail(lexer, end, "Invalid character within String: %s.", describe_character(lexer, end));
}

/* The closing quotes of the block string whose inside starts at `at`; NULL: it has no end. */
static const char *find_block_end(const struct lexer *lexer, const char *at)
{
    const char *end = lexer->text + lexer->size;

    while ((at = memmem(at, (size_t)(end - at), "\"\"\"", 3)) && at[-1] == '\\')
        at += 3;
    return at;
}

/* The first character in `size` bytes from `at` on that no string may hold. */
static void fail_character(struct lexer *lexer, size_t at)
{
    uint32_t point;
    size_t length;

    while ((length = utf8_decode(lexer->text, lexer->size, at, &point)) && point)
        at += length;
    lexer_fail(lexer, at, "Invalid character within String: %s.", describe_character(lexer, at));
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

static void read_block_string(struct lexer *lexer, size_t start)
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

static enum token_kind punctuator(char c)
{
    switch (c) {
    case '!':
        return TOKEN_BANG;
    case '$':
        return TOKEN_DOLLAR;
    case '&':
        return TOKEN_AMPERSAND;
    case '(':
        return TOKEN_OPEN_PAREN;
    case ')':
        return TOKEN_CLOSE_PAREN;
    case ':':
        return TOKEN_COLON;
    case '=':
        return TOKEN_EQUALS;
    case '@':
        return TOKEN_AT;
    case '[':
        return TOKEN_OPEN_BRACKET;
    case ']':
        return TOKEN_CLOSE_BRACKET;
    case '{':
        return TOKEN_OPEN_BRACE;
    case '|':
        return TOKEN_PIPE;
    case '}':
        return TOKEN_CLOSE_BRACE;
    default:
        return TOKEN_EOF;
    }
}

static void read_token(struct lexer *lexer, size_t start)
{
    char c = lexer->text[start];
    enum token_kind kind = punctuator(c);

    if (kind != TOKEN_EOF)
        lexer_token(lexer, kind, start, start + 1, NULL);
    else if (is_name_start(c))
        read_name(lexer, start);
    else if (is_digit(c) || c == '-')
        read_number(lexer, start);
    else if (c == '"' && lexer_peek(lexer, start + 1) == '"' && lexer_peek(lexer, start + 2) == '"')
        read_block_string(lexer, start);
    else if (c == '"')
        read_string(lexer, start);
    else if (c == '.' && lexer_peek(lexer, start + 1) == '.' && lexer_peek(lexer, start + 2) == '.')
        lexer_token(lexer, TOKEN_SPREAD, start, start + 3, NULL);
    else if (c == '\'')
        lexer_fail(lexer, start, "Unexpected single quote character ('), did you mean to use a double quote (\")?");
    else
        lexer_fail(lexer, start, "Unexpected character: %s.", describe_character(lexer, start));
}

void lexer_advance(struct lexer *lexer)
{
    if (lexer->failure)
        return;
    skip_ignored(lexer);
    if (lexer->failure)
        return;
    if (lexer->at >= lexer->size) {
        lexer_token(lexer, TOKEN_EOF, lexer->size, lexer->size, NULL);
        return;
    }
    if (++lexer->token_count > lexer->token_max) {
        lexer_limit(lexer, ERROR_TOKENS, "contains more", lexer->token_max, "tokens");
        return;
    }
    read_token(lexer, lexer->at);
}

void lexer_init(struct lexer *lexer, struct ts_arena *arena, const char *text, size_t size, unsigned token_max)
{
    *lexer = (struct lexer){ .arena = arena, .text = text, .size = size, .token_max = token_max };
    lexer_advance(lexer);
}

const char *token_kind_name(enum token_kind kind)
{
    static const char *const names[] = {
        "<EOF>", "\"!\"", "\"$\"", "\"&\"", "\"(\"", "\")\"", "\"...\"", "\":\"", "\"=\"",  "\"@\"",
        "\"[\"", "\"]\"", "\"{\"", "\"|\"", "\"}\"", "Name",  "Int",     "Float", "String", "BlockString",
    };

    return names[kind];
}

const char *token_describe(struct ts_arena *arena, const struct token *token)
{
    if (!token->value)
        return token_kind_name(token->kind);
    return ts_printf(arena, "%s \"%s\"", token_kind_name(token->kind), text_shown(arena, token->value));
}
