/* A lexer that starts in the middle of the text. */
#include "graphql/language/locate.h"

#include <limits.h>

#include "graphql/language/lexer.h"

static void start_at(struct lexer *lexer, struct ts_arena *arena, const struct document *document, uint32_t offset)
{
    lexer_init(lexer, arena, document->text + offset, document->size - offset, UINT_MAX);
}

uint32_t locate_name(struct ts_arena *arena, const struct document *document, const struct node *node)
{
    struct lexer lexer;

    start_at(&lexer, arena, document, node->offset);
    if (lexer.token.kind == TOKEN_STRING || lexer.token.kind == TOKEN_BLOCK_STRING)
        lexer_advance(&lexer); /* its description */
    lexer_advance(&lexer);     /* its keyword, dollar or dots */
    return node->offset + lexer.token.start;
}

uint32_t locate_selections(struct ts_arena *arena, const struct document *document, const struct node *field)
{
    struct lexer lexer;
    unsigned inside = 0; /* parentheses */

    start_at(&lexer, arena, document, field->offset);
    while (lexer.token.kind != TOKEN_EOF && (inside || lexer.token.kind != TOKEN_OPEN_BRACE)) {
        inside += lexer.token.kind == TOKEN_OPEN_PAREN;
        inside -= lexer.token.kind == TOKEN_CLOSE_PAREN;
        lexer_advance(&lexer);
    }
    return field->offset + lexer.token.start;
}
