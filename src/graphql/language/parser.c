/*
 * Recursive descent over the lexer's current token. A failure sticks in the lexer and turns every later token into
 * EOF, so that no function below needs an error result: loops end, and the front looks once.
 */
#include "graphql/language/parser.h"

#include <string.h>

#include "graphql/graphql.h"
#include "graphql/language/lexer.h"

enum { SDL_DEPTH_MAX = 64, SDL_TOKENS_MAX = 1 << 22 }; /* a schema is ours, however large */

struct parser {
    struct lexer lexer;
    struct ts_arena *arena;
    struct document *document;
    unsigned depth, depth_max;
};

/* A chain of nodes being made. */
struct chain {
    struct node *first;
    struct node **end;
};

static void chain_add(struct chain *chain, struct node *node)
{
    if (!chain->end)
        chain->end = &chain->first;
    *chain->end = node;
    chain->end = &node->next;
}

static struct node *node_new(struct parser *parser, enum node_kind kind)
{
    struct node *node = TS_NEW(parser->arena, struct node);

    node->kind = (uint8_t)kind;
    node->offset = parser->lexer.token.start;
    return node;
}

static bool at(const struct parser *parser, enum token_kind kind)
{
    return parser->lexer.token.kind == kind;
}

static bool at_word(const struct parser *parser, const char *word)
{
    return at(parser, TOKEN_NAME) && strcmp(parser->lexer.token.value, word) == 0;
}

static void unexpected(struct parser *parser)
{
    const struct token *token = &parser->lexer.token;

    if (!parser->lexer.failure)
        lexer_fail(&parser->lexer, token->start, "Unexpected %s.", token_describe(parser->arena, token));
}

static void expected(struct parser *parser, const char *what)
{
    const struct token *token = &parser->lexer.token;

    if (!parser->lexer.failure)
        lexer_fail(&parser->lexer, token->start, "Expected %s, found %s.", what, token_describe(parser->arena, token));
}

static bool skip(struct parser *parser, enum token_kind kind)
{
    if (!at(parser, kind))
        return false;
    lexer_advance(&parser->lexer);
    return true;
}

static void expect(struct parser *parser, enum token_kind kind)
{
    if (!skip(parser, kind))
        expected(parser, token_kind_name(kind));
}

static bool skip_word(struct parser *parser, const char *word)
{
    if (!at_word(parser, word))
        return false;
    lexer_advance(&parser->lexer);
    return true;
}

static void expect_word(struct parser *parser, const char *word)
{
    if (!skip_word(parser, word))
        expected(parser, ts_printf(parser->arena, "\"%s\"", word));
}

/* A name; "" after a failure, so that callers may compare it. */
static const char *parse_name(struct parser *parser)
{
    const char *name = parser->lexer.token.value;

    if (!at(parser, TOKEN_NAME)) {
        expected(parser, "Name");
        return "";
    }
    lexer_advance(&parser->lexer);
    return name;
}

/* Called on the way into anything that nests; false past the bound. */
static bool descend(struct parser *parser)
{
    if (++parser->depth <= parser->depth_max)
        return true;
    lexer_fail(&parser->lexer, parser->lexer.token.start, "Document is nested deeper than %u levels. Parsing aborted.",
               parser->depth_max);
    return false;
}

typedef struct node *parse_item(struct parser *parser);

/* open item+ close */
static struct node *parse_many(struct parser *parser, enum token_kind open, parse_item *item, enum token_kind close)
{
    struct chain chain = { 0 };

    expect(parser, open);
    if (descend(parser)) {
        do
            chain_add(&chain, item(parser));
        while (!at(parser, close) && !at(parser, TOKEN_EOF));
    }
    expect(parser, close);
    parser->depth--;
    return chain.first;
}

static struct node *parse_optional_many(struct parser *parser, enum token_kind open, parse_item *item,
                                        enum token_kind close)
{
    return at(parser, open) ? parse_many(parser, open, item, close) : NULL;
}

/* Values. */

static struct node *parse_value(struct parser *parser, bool constant);

static struct node *parse_variable(struct parser *parser)
{
    struct node *node = node_new(parser, NODE_VARIABLE);

    expect(parser, TOKEN_DOLLAR);
    node->name = parse_name(parser);
    return node;
}

static struct node *parse_scalar(struct parser *parser, enum node_kind kind)
{
    struct node *node = node_new(parser, kind);

    node->text = parser->lexer.token.value;
    node->flag = at(parser, TOKEN_BLOCK_STRING);
    lexer_advance(&parser->lexer);
    return node;
}

static struct node *parse_word_value(struct parser *parser)
{
    struct node *node = node_new(parser, NODE_ENUM);

    node->name = parse_name(parser);
    if (strcmp(node->name, "true") == 0 || strcmp(node->name, "false") == 0) {
        node->kind = NODE_BOOLEAN;
        node->flag = node->name[0] == 't';
    } else if (strcmp(node->name, "null") == 0) {
        node->kind = NODE_NULL;
    }
    return node;
}

static struct node *parse_list(struct parser *parser, bool constant)
{
    struct node *node = node_new(parser, NODE_LIST);
    struct chain chain = { 0 };

    expect(parser, TOKEN_OPEN_BRACKET);
    while (!at(parser, TOKEN_CLOSE_BRACKET) && !at(parser, TOKEN_EOF))
        chain_add(&chain, parse_value(parser, constant));
    expect(parser, TOKEN_CLOSE_BRACKET);
    node->children = chain.first;
    return node;
}

static struct node *parse_object_field(struct parser *parser, bool constant)
{
    struct node *node = node_new(parser, NODE_OBJECT_FIELD);

    node->name = parse_name(parser);
    expect(parser, TOKEN_COLON);
    node->value = parse_value(parser, constant);
    return node;
}

static struct node *parse_object(struct parser *parser, bool constant)
{
    struct node *node = node_new(parser, NODE_OBJECT);
    struct chain chain = { 0 };

    expect(parser, TOKEN_OPEN_BRACE);
    while (!at(parser, TOKEN_CLOSE_BRACE) && !at(parser, TOKEN_EOF))
        chain_add(&chain, parse_object_field(parser, constant));
    expect(parser, TOKEN_CLOSE_BRACE);
    node->children = chain.first;
    return node;
}

static struct node *parse_any_value(struct parser *parser, bool constant)
{
    switch (parser->lexer.token.kind) {
    case TOKEN_OPEN_BRACKET:
        return parse_list(parser, constant);
    case TOKEN_OPEN_BRACE:
        return parse_object(parser, constant);
    case TOKEN_INT:
        return parse_scalar(parser, NODE_INT);
    case TOKEN_FLOAT:
        return parse_scalar(parser, NODE_FLOAT);
    case TOKEN_STRING:
    case TOKEN_BLOCK_STRING:
        return parse_scalar(parser, NODE_STRING);
    case TOKEN_NAME:
        return parse_word_value(parser);
    case TOKEN_DOLLAR:
        if (!constant)
            return parse_variable(parser);
        lexer_advance(&parser->lexer);
        if (!parser->lexer.failure && at(parser, TOKEN_NAME))
            lexer_fail(&parser->lexer, parser->lexer.token.start - 1, "Unexpected variable \"$%s\" in constant value.",
                       parser->lexer.token.value);
        break;
    default:
        break;
    }
    unexpected(parser);
    return node_new(parser, NODE_NULL);
}

static struct node *parse_value(struct parser *parser, bool constant)
{
    struct node *node;

    if (!descend(parser)) {
        parser->depth--;
        return node_new(parser, NODE_NULL);
    }
    node = parse_any_value(parser, constant);
    parser->depth--;
    return node;
}

static struct node *parse_argument_of(struct parser *parser, bool constant)
{
    struct node *node = node_new(parser, NODE_ARGUMENT);

    node->name = parse_name(parser);
    expect(parser, TOKEN_COLON);
    node->value = parse_value(parser, constant);
    return node;
}

static struct node *parse_argument(struct parser *parser)
{
    return parse_argument_of(parser, false);
}

static struct node *parse_constant_argument(struct parser *parser)
{
    return parse_argument_of(parser, true);
}

static struct node *parse_directives(struct parser *parser, bool constant)
{
    struct chain chain = { 0 };

    while (at(parser, TOKEN_AT)) {
        struct node *node = node_new(parser, NODE_DIRECTIVE);

        lexer_advance(&parser->lexer);
        node->name = parse_name(parser);
        node->arguments = parse_optional_many(parser, TOKEN_OPEN_PAREN,
                                              constant ? parse_constant_argument : parse_argument, TOKEN_CLOSE_PAREN);
        chain_add(&chain, node);
    }
    return chain.first;
}

static const char *parse_description(struct parser *parser)
{
    const char *text = parser->lexer.token.value;

    return skip(parser, TOKEN_STRING) || skip(parser, TOKEN_BLOCK_STRING) ? text : NULL;
}

/* Types. */

static struct node *parse_named_type(struct parser *parser)
{
    struct node *node = node_new(parser, NODE_NAMED_TYPE);

    node->name = parse_name(parser);
    return node;
}

static struct node *parse_type(struct parser *parser)
{
    struct node *node, *outer;

    if (at(parser, TOKEN_OPEN_BRACKET)) {
        node = node_new(parser, NODE_LIST_TYPE);
        lexer_advance(&parser->lexer);
        node->type = descend(parser) ? parse_type(parser) : node_new(parser, NODE_NAMED_TYPE);
        parser->depth--;
        expect(parser, TOKEN_CLOSE_BRACKET);
    } else {
        node = parse_named_type(parser);
    }
    if (!at(parser, TOKEN_BANG))
        return node;
    outer = node_new(parser, NODE_NON_NULL_TYPE);
    outer->offset = node->offset;
    outer->type = node;
    lexer_advance(&parser->lexer);
    return outer;
}

/* Executable definitions. */

static struct node *parse_selection(struct parser *parser);

static struct node *parse_selections(struct parser *parser)
{
    return parse_many(parser, TOKEN_OPEN_BRACE, parse_selection, TOKEN_CLOSE_BRACE);
}

static struct node *parse_field(struct parser *parser)
{
    struct node *node = node_new(parser, NODE_FIELD);

    node->name = parse_name(parser);
    if (skip(parser, TOKEN_COLON)) {
        node->text = node->name;
        node->name = parse_name(parser);
        parser->document->alias_count++;
    }
    parser->document->field_count++;
    node->arguments = parse_optional_many(parser, TOKEN_OPEN_PAREN, parse_argument, TOKEN_CLOSE_PAREN);
    node->directives = parse_directives(parser, false);
    if (at(parser, TOKEN_OPEN_BRACE))
        node->children = parse_selections(parser);
    return node;
}

static struct node *parse_fragment_selection(struct parser *parser)
{
    struct node *node = node_new(parser, NODE_INLINE_FRAGMENT);

    expect(parser, TOKEN_SPREAD);
    if (at(parser, TOKEN_NAME) && !at_word(parser, "on")) {
        node->kind = NODE_FRAGMENT_SPREAD;
        node->name = parse_name(parser);
        node->directives = parse_directives(parser, false);
        return node;
    }
    if (skip_word(parser, "on"))
        node->type = parse_named_type(parser);
    if (node->type)
        node->text = node->type->name;
    node->directives = parse_directives(parser, false);
    node->children = parse_selections(parser);
    return node;
}

static struct node *parse_selection(struct parser *parser)
{
    return at(parser, TOKEN_SPREAD) ? parse_fragment_selection(parser) : parse_field(parser);
}

static struct node *parse_variable_definition(struct parser *parser)
{
    struct node *node;

    (void)parse_description(parser); /* for readers only */
    node = node_new(parser, NODE_VARIABLE_DEFINITION);
    expect(parser, TOKEN_DOLLAR);
    node->name = parse_name(parser);
    expect(parser, TOKEN_COLON);
    node->type = parse_type(parser);
    if (skip(parser, TOKEN_EQUALS))
        node->value = parse_value(parser, true);
    node->directives = parse_directives(parser, true);
    return node;
}

static bool parse_operation_kind(struct parser *parser, uint8_t *ret_kind)
{
    static const char *const words[] = { "query", "mutation", "subscription" };

    for (uint8_t i = 0; i < 3; i++) {
        if (skip_word(parser, words[i])) {
            *ret_kind = i;
            return true;
        }
    }
    return false;
}

static struct node *parse_operation(struct parser *parser)
{
    struct node *node = node_new(parser, NODE_OPERATION);

    if (at(parser, TOKEN_OPEN_BRACE)) {
        node->flag = true;
        node->children = parse_selections(parser);
        return node;
    }
    if (!parse_operation_kind(parser, &node->operation)) {
        unexpected(parser);
        return node;
    }
    if (at(parser, TOKEN_NAME))
        node->name = parse_name(parser);
    node->arguments = parse_optional_many(parser, TOKEN_OPEN_PAREN, parse_variable_definition, TOKEN_CLOSE_PAREN);
    node->directives = parse_directives(parser, false);
    node->children = parse_selections(parser);
    return node;
}

static struct node *parse_fragment(struct parser *parser)
{
    struct node *node = node_new(parser, NODE_FRAGMENT);

    expect_word(parser, "fragment");
    if (at_word(parser, "on"))
        unexpected(parser);
    node->name = parse_name(parser);
    expect_word(parser, "on");
    node->type = parse_named_type(parser);
    node->text = node->type->name;
    node->directives = parse_directives(parser, false);
    node->children = parse_selections(parser);
    return node;
}

static struct node *parse_executable_definition(struct parser *parser)
{
    if (parse_description(parser) && at(parser, TOKEN_OPEN_BRACE))
        unexpected(parser); /* a shorthand query has none */
    return at_word(parser, "fragment") ? parse_fragment(parser) : parse_operation(parser);
}

/* Type system definitions. */

static struct node *parse_input_value(struct parser *parser)
{
    struct node *node = node_new(parser, NODE_INPUT_VALUE_DEFINITION);

    node->text = parse_description(parser);
    node->offset = parser->lexer.token.start;
    node->name = parse_name(parser);
    expect(parser, TOKEN_COLON);
    node->type = parse_type(parser);
    if (skip(parser, TOKEN_EQUALS))
        node->value = parse_value(parser, true);
    node->directives = parse_directives(parser, true);
    return node;
}

static struct node *parse_field_definition(struct parser *parser)
{
    struct node *node = node_new(parser, NODE_FIELD_DEFINITION);

    node->text = parse_description(parser);
    node->offset = parser->lexer.token.start;
    node->name = parse_name(parser);
    node->arguments = parse_optional_many(parser, TOKEN_OPEN_PAREN, parse_input_value, TOKEN_CLOSE_PAREN);
    expect(parser, TOKEN_COLON);
    node->type = parse_type(parser);
    node->directives = parse_directives(parser, true);
    return node;
}

static struct node *parse_enum_value_definition(struct parser *parser)
{
    struct node *node = node_new(parser, NODE_ENUM_VALUE_DEFINITION);

    node->text = parse_description(parser);
    node->offset = parser->lexer.token.start;
    node->name = parse_name(parser);
    node->directives = parse_directives(parser, true);
    return node;
}

static struct node *parse_operation_type(struct parser *parser)
{
    struct node *node = node_new(parser, NODE_OPERATION_TYPE);

    if (!parse_operation_kind(parser, &node->operation))
        unexpected(parser);
    expect(parser, TOKEN_COLON);
    node->type = parse_named_type(parser);
    return node;
}

/* Names parted by `separator`, which may also come first: `implements & A & B`, `= | A | B`. */
static struct node *parse_separated(struct parser *parser, enum token_kind separator)
{
    struct chain chain = { 0 };

    (void)skip(parser, separator); /* optional there */
    do
        chain_add(&chain, parse_named_type(parser));
    while (skip(parser, separator));
    return chain.first;
}

static void parse_directive_definition(struct parser *parser, struct node *node)
{
    expect(parser, TOKEN_AT);
    node->name = parse_name(parser);
    node->arguments = parse_optional_many(parser, TOKEN_OPEN_PAREN, parse_input_value, TOKEN_CLOSE_PAREN);
    node->flag = skip_word(parser, "repeatable");
    expect_word(parser, "on");
    node->children = parse_separated(parser, TOKEN_PIPE);
}

static void parse_schema_definition(struct parser *parser, struct node *node)
{
    node->directives = parse_directives(parser, true);
    node->children = parse_optional_many(parser, TOKEN_OPEN_BRACE, parse_operation_type, TOKEN_CLOSE_BRACE);
}

/* Everything with a name, directives and a body. */
static void parse_type_definition(struct parser *parser, struct node *node)
{
    node->name = parse_name(parser);
    if ((node->kind == NODE_OBJECT_DEFINITION || node->kind == NODE_INTERFACE_DEFINITION) &&
        skip_word(parser, "implements"))
        node->arguments = parse_separated(parser, TOKEN_AMPERSAND);
    node->directives = parse_directives(parser, true);
    if (node->kind == NODE_UNION_DEFINITION) {
        if (skip(parser, TOKEN_EQUALS))
            node->children = parse_separated(parser, TOKEN_PIPE);
    } else if (node->kind == NODE_ENUM_DEFINITION) {
        node->children = parse_optional_many(parser, TOKEN_OPEN_BRACE, parse_enum_value_definition, TOKEN_CLOSE_BRACE);
    } else if (node->kind == NODE_INPUT_DEFINITION) {
        node->children = parse_optional_many(parser, TOKEN_OPEN_BRACE, parse_input_value, TOKEN_CLOSE_BRACE);
    } else if (node->kind != NODE_SCALAR_DEFINITION) {
        node->children = parse_optional_many(parser, TOKEN_OPEN_BRACE, parse_field_definition, TOKEN_CLOSE_BRACE);
    }
}

static bool parse_definition_word(struct parser *parser, uint8_t *ret_kind)
{
    static const struct {
        const char *word;
        uint8_t kind;
    } words[] = {
        { "schema", NODE_SCHEMA_DEFINITION }, { "scalar", NODE_SCALAR_DEFINITION },
        { "type", NODE_OBJECT_DEFINITION },   { "interface", NODE_INTERFACE_DEFINITION },
        { "union", NODE_UNION_DEFINITION },   { "enum", NODE_ENUM_DEFINITION },
        { "input", NODE_INPUT_DEFINITION },   { "directive", NODE_DIRECTIVE_DEFINITION },
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (skip_word(parser, words[i].word)) {
            *ret_kind = words[i].kind;
            return true;
        }
    }
    return false;
}

static struct node *parse_type_system_definition(struct parser *parser)
{
    struct node *node = node_new(parser, NODE_OBJECT_DEFINITION);

    node->text = parse_description(parser);
    node->offset = parser->lexer.token.start;
    node->extension = !node->text && skip_word(parser, "extend");
    if (!parse_definition_word(parser, &node->kind)) {
        unexpected(parser);
        return node;
    }
    if (node->kind == NODE_DIRECTIVE_DEFINITION)
        parse_directive_definition(parser, node);
    else if (node->kind == NODE_SCHEMA_DEFINITION)
        parse_schema_definition(parser, node);
    else
        parse_type_definition(parser, node);
    return node;
}

static bool parse_document(struct parser *parser, parse_item *definition, struct error_list *errors)
{
    struct chain chain = { 0 };

    do
        chain_add(&chain, definition(parser));
    while (!at(parser, TOKEN_EOF));
    if (parser->lexer.failure) {
        error_locate(error_add(errors, ERROR_PARSE, "Syntax Error: %s", parser->lexer.failure),
                     parser->lexer.failure_offset);
        return false;
    }
    parser->document->definitions = chain.first;
    parser->document->token_count = parser->lexer.token_count;
    return true;
}

bool parse_executable(struct ts_arena *arena, const char *text, size_t size, const struct gql_limits *limits,
                      struct error_list *errors, struct document *ret_document)
{
    struct document document = { .text = text, .size = size };
    struct parser parser = { .arena = arena, .document = &document, .depth_max = limits->depth };

    lexer_init(&parser.lexer, arena, text, size, limits->tokens);
    if (!parse_document(&parser, parse_executable_definition, errors))
        return false;
    *ret_document = document;
    return true;
}

bool parse_type_system(struct ts_arena *arena, const char *text, size_t size, struct error_list *errors,
                       struct document *ret_document)
{
    struct document document = { .text = text, .size = size };
    struct parser parser = { .arena = arena, .document = &document, .depth_max = SDL_DEPTH_MAX };

    lexer_init(&parser.lexer, arena, text, size, SDL_TOKENS_MAX);
    if (!parse_document(&parser, parse_type_system_definition, errors))
        return false;
    *ret_document = document;
    return true;
}
