/* Definitions of the type system and their extensions (specification appendix C.5). */
#include "graphql/language/directive_location.h"
#include "graphql/language/parser_inside.h"

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
    if (at_word(parser, "true") || at_word(parser, "false") || at_word(parser, "null"))
        lexer_fail(&parser->lexer, node->offset, "Name \"%s\" is reserved and cannot be used for an enum value.",
                   parser->lexer.token.value);
    node->name = parse_name(parser);
    node->directives = parse_directives(parser, true);
    return node;
}

static struct node *parse_operation_type(struct parser *parser)
{
    struct node *node = node_new(parser, NODE_OPERATION_TYPE);

    if (!at(parser, TOKEN_NAME))
        expected(parser, token_kind_name(TOKEN_NAME));
    else if (!parse_operation_kind(parser, &node->operation))
        unexpected(parser);
    expect(parser, TOKEN_COLON);
    node->type = parse_named_type(parser);
    return node;
}

static struct node *parse_location(struct parser *parser)
{
    if (at(parser, TOKEN_NAME) && directive_location_find(parser->lexer.token.value) < 0)
        unexpected(parser);
    return parse_named_type(parser);
}

/* Items parted by `separator`, which may also come first: `implements & A & B`, `= | A | B`. */
static struct node *parse_separated(struct parser *parser, enum token_kind separator, parse_item *item)
{
    struct chain chain = { 0 };

    (void)skip(parser, separator); /* optional there */
    do
        chain_add(&chain, item(parser));
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
    node->children = parse_separated(parser, TOKEN_PIPE, parse_location);
}

static void parse_schema_definition(struct parser *parser, struct node *node)
{
    node->directives = parse_directives(parser, true);
    node->children = node->extension
                         ? parse_optional_many(parser, TOKEN_OPEN_BRACE, parse_operation_type, TOKEN_CLOSE_BRACE)
                         : parse_many(parser, TOKEN_OPEN_BRACE, parse_operation_type, TOKEN_CLOSE_BRACE);
}

/* Everything with a name, directives and a body. */
static void parse_type_definition(struct parser *parser, struct node *node)
{
    node->name = parse_name(parser);
    if ((node->kind == NODE_OBJECT_DEFINITION || node->kind == NODE_INTERFACE_DEFINITION) &&
        skip_word(parser, "implements"))
        node->arguments = parse_separated(parser, TOKEN_AMPERSAND, parse_named_type);
    node->directives = parse_directives(parser, true);
    if (node->kind == NODE_UNION_DEFINITION) {
        if (skip(parser, TOKEN_EQUALS))
            node->children = parse_separated(parser, TOKEN_PIPE, parse_named_type);
    } else if (node->kind == NODE_ENUM_DEFINITION) {
        node->children = parse_optional_many(parser, TOKEN_OPEN_BRACE, parse_enum_value_definition, TOKEN_CLOSE_BRACE);
    } else if (node->kind == NODE_INPUT_DEFINITION) {
        node->children = parse_optional_many(parser, TOKEN_OPEN_BRACE, parse_input_value, TOKEN_CLOSE_BRACE);
    } else if (node->kind != NODE_SCALAR_DEFINITION) {
        node->children = parse_optional_many(parser, TOKEN_OPEN_BRACE, parse_field_definition, TOKEN_CLOSE_BRACE);
    }
}

static const struct {
    const char *word;
    uint8_t kind;
} words[] = {
    { "schema", NODE_SCHEMA_DEFINITION }, { "scalar", NODE_SCALAR_DEFINITION },
    { "type", NODE_OBJECT_DEFINITION },   { "interface", NODE_INTERFACE_DEFINITION },
    { "union", NODE_UNION_DEFINITION },   { "enum", NODE_ENUM_DEFINITION },
    { "input", NODE_INPUT_DEFINITION },   { "directive", NODE_DIRECTIVE_DEFINITION },
};

/* The kind that the current word defines, or -1. */
static int definition_kind(const struct parser *parser)
{
    for (size_t i = 0; at(parser, TOKEN_NAME) && i < sizeof(words) / sizeof(words[0]); i++) {
        if (at_word(parser, words[i].word))
            return words[i].kind;
    }
    return -1;
}

bool at_type_system_definition(const struct parser *parser)
{
    return definition_kind(parser) >= 0;
}

/* Past the word that told the kind. */
static void parse_body(struct parser *parser, struct node *node)
{
    lexer_advance(&parser->lexer);
    if (node->kind == NODE_DIRECTIVE_DEFINITION)
        parse_directive_definition(parser, node);
    else if (node->kind == NODE_SCHEMA_DEFINITION)
        parse_schema_definition(parser, node);
    else
        parse_type_definition(parser, node);
}

struct node *parse_type_system_definition(struct parser *parser, const char *description)
{
    struct node *node = node_new(parser, (enum node_kind)definition_kind(parser));

    node->text = description;
    parse_body(parser, node);
    return node;
}

struct node *parse_type_system_extension(struct parser *parser)
{
    struct node *node = node_new(parser, NODE_OBJECT_DEFINITION);
    int kind;

    expect_word(parser, "extend");
    kind = definition_kind(parser);
    node->extension = true;
    if (kind < 0 || kind == NODE_DIRECTIVE_DEFINITION) {
        unexpected(parser);
        return node;
    }
    node->kind = (uint8_t)kind;
    parse_body(parser, node);
    if (!node->arguments && !node->directives && !node->children)
        unexpected(parser); /* it would extend nothing */
    return node;
}
