/*
 * Type system documents: read, built, checked by section 3 of the specification. A schema that passes is printed, and
 * what was printed is a schema that prints the same.
 */
#include "fuzz.h"

#include "base/buf.h"
#include "graphql/fixed.h"
#include "graphql/graphql.h"

enum { TEXT_SIZE_MAX = 4 << 20 };

/* The schema of `text` as it prints itself, terminated; false when it is none. */
static bool print(const char *text, struct buf *ret_printed)
{
    const struct gql_source source = { .name = "fuzz", .text = text };
    const struct gql_config config = { .sources = &source, .source_count = 1, .plain = true, .resolve = fixed_resolve };
    struct gql_schema *schema;
    struct buf problems;

    buf_init(&problems, TEXT_SIZE_MAX);
    schema = gql_schema_new(&config, &problems);
    CLAIM(schema ? !problems.size : problems.size > 0);
    buf_done(&problems);
    if (!schema)
        return false;
    gql_schema_print(schema, ret_printed);
    buf_add_char(ret_printed, '\0');
    gql_schema_free(schema);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_string(data, size);
    struct buf printed, again;

    buf_init(&printed, TEXT_SIZE_MAX);
    buf_init(&again, TEXT_SIZE_MAX);
    if (print(text, &printed)) {
        CLAIM(print(printed.data, &again));
        CLAIM(again.size == printed.size && memcmp(again.data, printed.data, again.size) == 0);
    }
    buf_done(&printed);
    buf_done(&again);
    free(text);
    return 0;
}
