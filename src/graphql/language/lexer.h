/* Text to tokens, one at a time (specification section 2.1). Iterative; the first error sticks. */
#ifndef GRAPHQL_LANGUAGE_LEXER_H
#define GRAPHQL_LANGUAGE_LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tessera/arena.h"

enum token_kind {
    TOKEN_EOF,
    TOKEN_BANG,
    TOKEN_DOLLAR,
    TOKEN_AMPERSAND,
    TOKEN_OPEN_PAREN,
    TOKEN_CLOSE_PAREN,
    TOKEN_SPREAD,
    TOKEN_COLON,
    TOKEN_EQUALS,
    TOKEN_AT,
    TOKEN_OPEN_BRACKET,
    TOKEN_CLOSE_BRACKET,
    TOKEN_OPEN_BRACE,
    TOKEN_PIPE,
    TOKEN_CLOSE_BRACE,
    TOKEN_NAME,
    TOKEN_INT,
    TOKEN_FLOAT,
    TOKEN_STRING,
    TOKEN_BLOCK_STRING,
};

struct token {
    enum token_kind kind;
    uint32_t start, end; /* offsets */
    const char *value;   /* names, numbers: spelling; strings: value */
};

struct lexer {
    struct ts_arena *arena;
    const char *text;
    size_t size, at;
    unsigned token_count, token_max;
    struct token token;       /* the current one */
    const char *failure;      /* the first error, or NULL; the current token is then EOF */
    const char *failure_code; /* extensions.code of it */
    uint32_t failure_offset;
};

/* The text is borrowed. The first token is read. */
void lexer_init(struct lexer *lexer, struct ts_arena *arena, const char *text, size_t size, unsigned token_max);
void lexer_advance(struct lexer *lexer);

/* Note a failure at an offset, unless there is one; from then on each token is EOF. */
void lexer_fail(struct lexer *lexer, size_t offset, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same for a limit, which has a code of its own: "Document `does` more than `most` `things`." */
void lexer_limit(struct lexer *lexer, const char *code, const char *does, unsigned most, const char *things);

/* As messages name it: `"}"`, `Name "a"`, `<EOF>`. */
const char *token_describe(struct ts_arena *arena, const struct token *token);
const char *token_kind_name(enum token_kind kind);

#endif
