/*
 * What parser.c and parser_sdl.c share: the parser's state and its smallest steps. Nothing else includes it.
 */
#ifndef GRAPHQL_LANGUAGE_PARSER_INSIDE_H
#define GRAPHQL_LANGUAGE_PARSER_INSIDE_H

#include <string.h>

#include "graphql/language/ast.h"
#include "graphql/language/lexer.h"

struct parser {
    struct lexer lexer;
    struct ts_arena *arena;
    struct document *document;
    unsigned depth, depth_max, list_max; /* list_max: 0 for none */
};

/* A chain of nodes being made. */
struct chain {
    struct node *first;
    struct node **end;
};

static inline void chain_add(struct chain *chain, struct node *node)
{
    if (!chain->end)
        chain->end = &chain->first;
    *chain->end = node;
    chain->end = &node->next;
}

static inline struct node *node_new(struct parser *parser, enum node_kind kind)
{
    struct node *node = TS_NEW(parser->arena, struct node);

    node->kind = (uint8_t)kind;
    node->offset = parser->lexer.token.start;
    return node;
}

static inline bool at(const struct parser *parser, enum token_kind kind)
{
    return parser->lexer.token.kind == kind;
}

static inline bool at_word(const struct parser *parser, const char *word)
{
    return at(parser, TOKEN_NAME) && strcmp(parser->lexer.token.value, word) == 0;
}

static inline void unexpected(struct parser *parser)
{
    const struct token *token = &parser->lexer.token;

    if (!parser->lexer.failure)
        lexer_fail(&parser->lexer, token->start, "Unexpected %s.", token_describe(parser->arena, token));
}

static inline void expected(struct parser *parser, const char *what)
{
    const struct token *token = &parser->lexer.token;

    if (!parser->lexer.failure)
        lexer_fail(&parser->lexer, token->start, "Expected %s, found %s.", what, token_describe(parser->arena, token));
}

static inline bool skip(struct parser *parser, enum token_kind kind)
{
    if (!at(parser, kind))
        return false;
    lexer_advance(&parser->lexer);
    return true;
}

static inline void expect(struct parser *parser, enum token_kind kind)
{
    if (!skip(parser, kind))
        expected(parser, token_kind_name(kind));
}

static inline bool skip_word(struct parser *parser, const char *word)
{
    if (!at_word(parser, word))
        return false;
    lexer_advance(&parser->lexer);
    return true;
}

static inline void expect_word(struct parser *parser, const char *word)
{
    if (!skip_word(parser, word))
        expected(parser, ts_printf(parser->arena, "\"%s\"", word));
}

typedef struct node *parse_item(struct parser *parser);

/* A name; "" after a failure, so that callers may compare it. */
const char *parse_name(struct parser *parser);

/* open item+ close; the second reads nothing where there is no `open`. */
struct node *parse_many(struct parser *parser, enum token_kind open, parse_item *item, enum token_kind close);
struct node *parse_optional_many(struct parser *parser, enum token_kind open, parse_item *item, enum token_kind close);

/* Return: the text, or NULL. */
const char *parse_description(struct parser *parser);

struct node *parse_value(struct parser *parser, bool constant);
struct node *parse_directives(struct parser *parser, bool constant);
struct node *parse_named_type(struct parser *parser);
struct node *parse_type(struct parser *parser);

/* The word of an operation; false and nothing read where there is none. */
bool parse_operation_kind(struct parser *parser, uint8_t *ret_kind);

/* parser_sdl.c: true at a word that begins a definition of the type system. */
bool at_type_system_definition(const struct parser *parser);
/* From that word on; `description` and `offset` are those of the definition. */
struct node *parse_type_system_definition(struct parser *parser, const char *description);
/* From `extend` on. */
struct node *parse_type_system_extension(struct parser *parser);

#endif
