/*
 * Lexer and parser alone: the first byte says whether the text is an executable document or one of the type system.
 * What lies behind a document and means nothing (a line's end, a comma) changes nothing about it.
 */
#include "fuzz.h"

#include "base/arena.h"
#include "graphql/error.h"
#include "graphql/graphql.h"
#include "graphql/language/parser.h"

enum { ERRORS_MAX = 8 };

static bool parse(struct ts_arena *arena, bool executable, const char *text, size_t size, struct document *document)
{
    struct error_list errors;
    bool ok;

    error_list_init(&errors, arena, ERRORS_MAX);
    ok = executable ? parse_executable(arena, text, size, &gql_limits_default, &errors, document)
                    : parse_type_system(arena, text, size, &errors, document);
    CLAIM(ok == !errors.count);
    return ok;
}

static size_t count_definitions(const struct document *document)
{
    size_t count = 0;

    for (const struct node *node = document->definitions; node; node = node->next)
        count++;
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct document document, again;
    struct ts_arena arena;
    bool executable, ok;
    char *text;

    if (!size)
        return 0;
    executable = data[0] % 2 == 0;
    text = malloc(size + 2);
    CLAIM(text);
    memcpy(text, data + 1, size - 1);
    memcpy(text + size - 1, "\n,", 2);
    arena_init(&arena);
    ok = parse(&arena, executable, text, size - 1, &document);
    CLAIM(parse(&arena, executable, text, size + 1, &again) == ok);
    CLAIM(!ok || (count_definitions(&document) == count_definitions(&again) && count_definitions(&document) > 0));
    arena_done(&arena);
    free(text);
    return 0;
}
