/*
 * Documents in files, as a client's developer has them: all of them count as one, so that fragments of one file serve
 * operations of another. A text of all is validated, and each error is told with its own file and line.
 */
#include <stdlib.h>
#include <string.h>

#include "graphql/graphql.h"
#include "graphql/language/parser.h"
#include "graphql/validation/validate.h"

enum { DOCUMENTS_SIZE_MAX = 64 << 20 };

static void tell(struct buf *problems, const struct gql_source *source, size_t offset, const char *message)
{
    unsigned line, column;

    error_position(source->text, strlen(source->text), offset, &line, &column);
    buf_printf(problems, "%s:%u:%u: %s\n", source->name, line, column, message);
}

/* Each by itself: errors of syntax would hide everything else. */
static bool check_syntax(const struct gql_schema *schema, const struct gql_source *documents, size_t count,
                         struct ts_arena *arena, struct buf *problems)
{
    size_t before = problems->size;

    for (size_t i = 0; i < count; i++) {
        struct error_list errors;
        struct document document;

        error_list_init(&errors, arena, /* count_max= */ 1);
        if (!parse_executable(arena, documents[i].text, strlen(documents[i].text), &schema->limits, &errors, &document))
            tell(problems, &documents[i], errors.first->offsets[0], errors.first->message);
    }
    return problems->size == before;
}

/* The document that an offset of the whole text lies in; the offset becomes its own. */
static const struct gql_source *find_source(const struct gql_source *documents, size_t *offset)
{
    size_t size;

    while (*offset > (size = strlen(documents->text))) {
        *offset -= size + 1;
        documents++;
    }
    return documents;
}

bool gql_documents_check(struct gql_schema *schema, const struct gql_source *documents, size_t count,
                         struct buf *ret_problems)
{
    size_t before = ret_problems->size;
    struct error_list errors;
    struct document document;
    struct ts_arena arena;
    struct buf text;

    arena_init(&arena);
    buf_init(&text, DOCUMENTS_SIZE_MAX);
    for (size_t i = 0; i < count; i++) {
        buf_add_string(&text, documents[i].text);
        buf_add_char(&text, '\n');
    }
    error_list_init(&errors, &arena, schema->limits.errors);
    if (count && check_syntax(schema, documents, count, &arena, ret_problems)) {
        if (parse_executable(&arena, text.data, text.size, &schema->limits, &errors, &document))
            (void)validate_document(schema, &arena, &document, &errors);
    }
    for (const struct error_item *item = errors.first; item; item = item->next) {
        size_t offset = item->offset_count ? item->offsets[0] : 0;
        const struct gql_source *source = find_source(documents, &offset);

        tell(ret_problems, source, offset, item->message);
    }
    buf_done(&text);
    arena_done(&arena);
    return ret_problems->size == before;
}
