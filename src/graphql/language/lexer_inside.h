/* What lexer.c and lexer_strings.c share. Nothing else includes it. */
#ifndef GRAPHQL_LANGUAGE_LEXER_INSIDE_H
#define GRAPHQL_LANGUAGE_LEXER_INSIDE_H

#include "graphql/language/lexer.h"

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline char lexer_peek(const struct lexer *lexer, size_t at)
{
    return (char)(at < lexer->size ? lexer->text[at] : '\0');
}

static inline void lexer_token(struct lexer *lexer, enum token_kind kind, size_t start, size_t end, const char *value)
{
    lexer->token = (struct token){ kind, (uint32_t)start, (uint32_t)end, value };
    lexer->at = end;
}

/* The code point at `at` and its length, or 0 if it is no valid UTF-8. */
size_t character_decode(const char *text, size_t size, size_t at, uint32_t *ret_point);

/* How a message shows the character at `at`. */
const char *character_describe(struct lexer *lexer, size_t at);

/* lexer_strings.c: from the quotes at `start` on. */
void read_string(struct lexer *lexer, size_t start);
void read_block_string(struct lexer *lexer, size_t start);

#endif
