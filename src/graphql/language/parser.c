/*
 * Recursive descent over the lexer's current token. A failure sticks in the lexer and turns every later token into
 * EOF, so that no function below needs an error result: loops end, and the front looks once.
 */
#include "graphql/language/parser.h"

#include "graphql/graphql.h"
#include "graphql/language/parser_inside.h"

enum { SDL_DEPTH_MAX = 64, SDL_TOKENS_MAX = 1 << 22 }; /* a schema is ours, however large */

const char *parse_name(struct parser *parser)
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
    lexer_limit(&parser->lexer, ERROR_DEPTH, "is nested deeper", parser->depth_max, "levels");
    return false;
}

struct node *parse_many(struct parser *parser, enum token_kind open, parse_item *item, enum token_kind close)
{
    struct chain chain = { 0 };

    expect(parser, open);
    if (descend(parser)) {
        do
            chain_add(&chain, item(parser));
        while (!skip(parser, close) && !parser->lexer.failure);
    }
    parser->depth--;
    return chain.first;
}

struct node *parse_optional_many(struct parser *parser, enum token_kind open, parse_item *item, enum token_kind close)
{
    return at(parser, open) ? parse_many(parser, open, item, close) : NULL;
}

/* Values. */

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
    unsigned count = 0;

    expect(parser, TOKEN_OPEN_BRACKET);
    while (!skip(parser, TOKEN_CLOSE_BRACKET) && !parser->lexer.failure) {
        if (count++ == parser->list_max && parser->list_max)
            lexer_limit(&parser->lexer, ERROR_LIST, "has a list of more", parser->list_max, "values");
        else
            chain_add(&chain, parse_value(parser, constant));
    }
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
    while (!skip(parser, TOKEN_CLOSE_BRACE) && !parser->lexer.failure)
        chain_add(&chain, parse_object_field(parser, constant));
    node->children = chain.first;
    return node;
}

/* Says so where the variable begins. */
static void variable_in_constant(struct parser *parser)
{
    uint32_t start = parser->lexer.token.start;

    lexer_advance(&parser->lexer);
    if (parser->lexer.failure)
        return;
    if (at(parser, TOKEN_NAME))
        lexer_fail(&parser->lexer, start, "Unexpected variable \"$%s\" in constant value.",
                   text_shown(parser->arena, parser->lexer.token.value));
    else
        lexer_fail(&parser->lexer, start, "Unexpected \"$\".");
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
        variable_in_constant(parser);
        break;
    default:
        break;
    }
    unexpected(parser);
    return node_new(parser, NODE_NULL);
}

struct node *parse_value(struct parser *parser, bool constant)
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

struct node *parse_directives(struct parser *parser, bool constant)
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

const char *parse_description(struct parser *parser)
{
    const char *text = parser->lexer.token.value;

    return skip(parser, TOKEN_STRING) || skip(parser, TOKEN_BLOCK_STRING) ? text : NULL;
}

/* Types. */

struct node *parse_named_type(struct parser *parser)
{
    struct node *node = node_new(parser, NODE_NAMED_TYPE);

    node->name = parse_name(parser);
    return node;
}

struct node *parse_type(struct parser *parser)
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
    struct node *node = node_new(parser, NODE_VARIABLE_DEFINITION);

    (void)parse_description(parser); /* for readers only */
    expect(parser, TOKEN_DOLLAR);
    node->name = parse_name(parser);
    expect(parser, TOKEN_COLON);
    node->type = parse_type(parser);
    if (skip(parser, TOKEN_EQUALS))
        node->value = parse_value(parser, true);
    node->directives = parse_directives(parser, true);
    return node;
}

bool parse_operation_kind(struct parser *parser, uint8_t *ret_kind)
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

static bool at_executable_definition(const struct parser *parser)
{
    return at_word(parser, "query") || at_word(parser, "mutation") || at_word(parser, "subscription") ||
           at_word(parser, "fragment");
}

/* Any definition: that executable documents hold no others is a rule of validation (section 5.1.1). */
static struct node *parse_definition(struct parser *parser)
{
    uint32_t start = parser->lexer.token.start;
    const char *description = parse_description(parser);
    struct node *node;

    if (description && at(parser, TOKEN_OPEN_BRACE))
        lexer_fail(&parser->lexer, start,
                   "Unexpected description, descriptions are not supported on shorthand queries.");
    if (at_type_system_definition(parser)) {
        node = parse_type_system_definition(parser, description);
    } else if (at_word(parser, "extend") && !description) {
        node = parse_type_system_extension(parser);
    } else {
        if (description && at(parser, TOKEN_NAME) && !at_executable_definition(parser))
            lexer_fail(&parser->lexer, start, "Unexpected description, only GraphQL definitions support descriptions.");
        node = at_word(parser, "fragment") ? parse_fragment(parser) : parse_operation(parser);
        node->offset = start;
    }
    return node;
}

static struct node *parse_sdl_definition(struct parser *parser)
{
    if (at(parser, TOKEN_OPEN_BRACE) || at_executable_definition(parser))
        unexpected(parser);
    return parse_definition(parser);
}

static bool parse_document(struct parser *parser, parse_item *definition, struct error_list *errors)
{
    struct chain chain = { 0 };

    do
        chain_add(&chain, definition(parser));
    while (!at(parser, TOKEN_EOF));
    if (parser->lexer.failure) {
        error_locate(error_add(errors, parser->lexer.failure_code, "Syntax Error: %s", parser->lexer.failure),
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
    struct parser parser = {
        .arena = arena, .document = &document, .depth_max = limits->depth, .list_max = limits->list
    };

    lexer_init(&parser.lexer, arena, text, size, limits->tokens);
    if (!parse_document(&parser, parse_definition, errors))
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
    if (!parse_document(&parser, parse_sdl_definition, errors))
        return false;
    *ret_document = document;
    return true;
}
