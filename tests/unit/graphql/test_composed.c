/*
 * The real schema: every module's slice against every module's protos. What it prints without rules is the public
 * contract, and tests/golden/schema.graphql holds it: a change of the contract is a change of that file. This test
 * writes it where TESSERA_GOLDEN=write is in the environment.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "graphql/graphql.h"
#include "host/modules.h"
#include "support/test.h"

enum { SCHEMA_SIZE_MAX = 1 << 20, SOURCES_MAX = 64, SERVICES_MAX = 64, EVENTS_MAX = 256 };

static const char *golden_path(void)
{
    static char path[512];

    (void)snprintf(path, sizeof(path), "%s/tests/golden/schema.graphql", getenv("SOURCE_ROOT"));
    return path;
}

static void file_read(const char *path, struct buf *ret_text)
{
    FILE *file = fopen(path, "r");
    char piece[4096];
    size_t size;

    if (!file)
        return;
    while ((size = fread(piece, 1, sizeof(piece), file)) > 0)
        buf_add(ret_text, piece, size);
    (void)fclose(file); /* only read */
}

static void file_write(const char *path, const struct buf *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text->data, 1, text->size, file), text->size);
    assert_int_equal(fclose(file), 0);
}

/* The schema of all modules as its users see it. */
static void print_published(struct buf *ret_text)
{
    struct gql_source sources[SOURCES_MAX];
    const ProtobufCServiceDescriptor *services[SERVICES_MAX + 1] = { NULL };
    const ProtobufCMessageDescriptor *events[EVENTS_MAX + 1] = { NULL };
    struct gql_config config = { .sources = sources, .services = services, .events = events };
    struct gql_schema *schema;
    size_t count = 0, event_count = 0;

    for (const struct module_schema *slice = ts_schemas; slice->name; slice++) {
        assert_true(config.source_count < SOURCES_MAX);
        sources[config.source_count++] = (struct gql_source){ slice->name, slice->package, slice->text };
    }
    for (size_t i = 0; ts_modules[i]; i++)
        for (const struct ts_service *service = ts_modules[i]->services; service && service->descriptor; service++) {
            assert_true(count < SERVICES_MAX);
            services[count++] = service->descriptor;
        }
    for (size_t i = 0; ts_modules[i]; i++)
        for (size_t j = 0; ts_modules[i]->events && ts_modules[i]->events[j]; j++)
            events[event_count++] = ts_modules[i]->events[j];
    schema = gql_schema_new(&config, ret_text);
    if (!schema)
        fail_msg("\n%.*s", (int)ret_text->size, ret_text->data);
    gql_schema_print(schema, ret_text);
    gql_schema_free(schema);
}

/* Where two texts part: that line of each, and its number. */
static void fail_where_they_differ(const char *golden, const char *now)
{
    unsigned line = 1;
    size_t start = 0;

    for (size_t i = 0; golden[i] && golden[i] == now[i]; i++)
        if (golden[i] == '\n') {
            line++;
            start = i + 1;
        }
    fail_msg("the published schema changed at tests/golden/schema.graphql:%u\n  was: %.*s\n  now: %.*s\n"
             "If that is meant, run this test with TESSERA_GOLDEN=write and commit the file.",
             line, (int)strcspn(golden + start, "\n"), golden + start, (int)strcspn(now + start, "\n"), now + start);
}

static void gql_schema_print__prints_the_golden_contract(void **state)
{
    struct buf golden, now;

    (void)state;
    buf_init(&golden, SCHEMA_SIZE_MAX);
    buf_init(&now, SCHEMA_SIZE_MAX);
    print_published(&now);
    if (getenv("TESSERA_GOLDEN"))
        file_write(golden_path(), &now);
    file_read(golden_path(), &golden);
    buf_add(&golden, "", 1);
    buf_add(&now, "", 1);
    if (strcmp(golden.data, now.data) != 0)
        fail_where_they_differ(golden.data, now.data);
    buf_done(&golden);
    buf_done(&now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gql_schema_print__prints_the_golden_contract),
    };

    return cmocka_run_group_tests_name("graphql/composed", tests, NULL, NULL);
}
