/*
 * The real schema: every module's slice against every module's protos. What it prints without rules is the public
 * contract, held in tests/golden/schema.graphql.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "catalog/v1/catalog.pb-c.h"
#include "door/v1/door.pb-c.h"
#include "graphql/graphql.h"
#include "inventory/v1/inventory.pb-c.h"
#include "orders/v1/orders.pb-c.h"
#include "payments/v1/payments.pb-c.h"
#include "support/test.h"
#include "tickets/v1/tickets.pb-c.h"

static const ProtobufCServiceDescriptor *const services[] = {
    &catalog__catalog__descriptor,
    &inventory__inventory__descriptor,
    &orders__orders__descriptor,
    &payments__payments__descriptor,
    &tickets__tickets__descriptor,
    &door__door__descriptor,
    NULL,
};

static char *read_file(const char *name)
{
    char path[512], *text = calloc(1, 1 << 20);
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", getenv("SOURCE_ROOT"), name);
    file = fopen(path, "r");
    if (!file) {
        free(text);
        return NULL;
    }
    (void)!fread(text, 1, (1 << 20) - 1, file);
    (void)fclose(file); /* only read */
    return text;
}

static void gql_schema_new__accepts_all_modules_together(void **state)
{
    static const char *const modules[] = { "catalog", "inventory", "orders", "payments", "tickets", "door" };
    struct gql_source sources[7] = { { "src/gateway/schema.graphql", "common.v1", NULL } };
    char *texts[7] = { read_file(sources[0].name) };
    struct gql_config config = { .sources = sources, .services = services };
    char names[7][64], packages[7][64];
    struct gql_schema *schema;
    struct buf out;

    (void)state;
    sources[config.source_count++].text = texts[0];
    for (size_t i = 0; i < 6; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "modules/%s/schema.graphql", modules[i]);
        (void)snprintf(packages[i], sizeof(packages[i]), "%s.v1", modules[i]);
        texts[config.source_count] = read_file(names[i]);
        if (!texts[config.source_count])
            break;
        sources[config.source_count] = (struct gql_source){ names[i], packages[i], texts[config.source_count] };
        config.source_count++;
    }
    buf_init(&out, 1 << 20);
    if (config.source_count < 7) {
        for (size_t i = 0; i < config.source_count; i++)
            free(texts[i]);
        skip(); /* a slice is not there */
    }
    schema = gql_schema_new(&config, &out);
    if (!schema)
        fail_msg("\n%.*s", (int)out.size, out.data);
    gql_schema_print(schema, &out);
    if (getenv("PRINT"))
        (void)!fwrite(out.data, 1, out.size, stdout);
    gql_schema_free(schema);
    buf_done(&out);
    for (size_t i = 0; i < config.source_count; i++)
        free(texts[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gql_schema_new__accepts_all_modules_together),
    };

    return cmocka_run_group_tests_name("graphql/composed", tests, NULL, NULL);
}
