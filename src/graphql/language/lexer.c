/*
 * The lexer. ASCII goes byte by byte through one switch; UTF-8 is decoded, and so checked, only where the grammar
 * allows other characters: in strings and comments.
 */
#include "graphql/language/lexer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "graphql/error.h"
#include "graphql/language/lexer_inside.h"

size_t character_decode(const char *text, size_t size, size_t at, uint32_t *ret_point)
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

const char *character_describe(struct lexer *lexer, size_t at)
{
    uint32_t point;

    if (at >= lexer->size)
        return "<EOF>";
    if (!character_decode(lexer->text, lexer->size, at, &point))
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

static void skip_comment(struct lexer *lexer)
{
    while (lexer->at < lexer->size && lexer->text[lexer->at] != '\n' && lexer->text[lexer->at] != '\r') {
        uint32_t point;
        size_t length = character_decode(lexer->text, lexer->size, lexer->at, &point);

        if (!length || point == 0) {
            lexer_fail(lexer, lexer->at, "Invalid character: %s.", character_describe(lexer, lexer->at));
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
        lexer_fail(lexer, at, "Invalid number, expected digit but got: %s.", character_describe(lexer, at));
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
            lexer_fail(lexer, at, "Invalid number, unexpected digit after 0: %s.", character_describe(lexer, at));
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
        lexer_fail(lexer, at, "Invalid number, expected digit but got: %s.", character_describe(lexer, at));
    if (!lexer->failure)
        lexer_token(lexer, kind, start, at, ts_strndup(lexer->arena, lexer->text + start, at - start));
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
        lexer_fail(lexer, start, "Unexpected character: %s.", character_describe(lexer, start));
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
