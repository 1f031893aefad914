/*
 * The GraphQL front against random documents: parse, validate, plan, execute on the shop of the unit tests. Built with
 * clang's libFuzzer by tests/fuzz/run; the unit suite replays the corpus through the same function (replay.c).
 */
#include "fuzz.h"

#include "../unit/graphql/shop.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct shop shop;
    struct gql_request request = { .query_size = size };
    char *copy = malloc(size + 1); /* exact bounds for the sanitizer: the text is not terminated */

    if (!copy)
        abort();
    if (!shop.schema)
        shop_init(&shop);
    if (size)
        memcpy(copy, data, size);
    arena_reset(&shop.arena);
    buf_clear(&shop.log);
    buf_clear(&shop.body);
    request.query = copy;
    (void)gql_execute(shop.schema, &shop.env, &request, &shop.body);
    if (!shop.body.size || shop.body.data[0] != '{' || shop.body.data[shop.body.size - 1] != '}')
        abort(); /* whatever came in, a response goes out */
    free(copy);
    return 0;
}
