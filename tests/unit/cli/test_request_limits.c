/* --limits. */
#include "cli/request_limits.h"

#include <string.h>

#include "support/test.h"
#include "tessera/err.h"

static void request_limits_read__changes_what_is_named(void **state)
{
    struct gql_limits limits = gql_limits_default;
    struct buf problem;

    (void)state;
    buf_init(&problem, 1000);
    assert_int_equal(request_limits_read(NULL, &limits, &problem), 0);
    assert_int_equal(request_limits_read("", &limits, &problem), 0);
    assert_memory_equal(&limits, &gql_limits_default, sizeof(limits));
    assert_int_equal(request_limits_read("cost=20000,aliases=0,depth=64,", &limits, &problem), 0);
    assert_int_equal(limits.cost, 20000);
    assert_int_equal(limits.aliases, 0);
    assert_int_equal(limits.depth, 64);
    assert_int_equal(limits.tokens, gql_limits_default.tokens);
    assert_int_equal(problem.size, 0);
    buf_done(&problem);
}

static void request_limits_read__refuses_what_is_no_limit(void **state)
{
    static const struct {
        const char *text, *problem;
    } rows[] = {
        { "costs=1", "\"costs\" is none of tokens depth" },
        { "=1", "\"\" is none of" },
        { ",cost=1", "\"\" is none of" },
        { "cost", "cost is a number from 0 to 1000000000" },
        { "cost=", "cost is a number" },
        { "cost=1x", "cost is a number" },
        { "cost=-1", "cost is a number" },
        { "cost=1000000001", "cost is a number" },
        { "cost=99999999999999999999", "cost is a number" },
        { "depth=65", "depth is a number from 1 to 64" },
        { "depth=0", "depth is a number" },
        { "errors=1001", "errors is a number" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct gql_limits limits = gql_limits_default;
        struct buf problem;

        buf_init(&problem, 1000);
        assert_int_equal(request_limits_read(rows[i].text, &limits, &problem), TS_EINVALID);
        buf_add_char(&problem, 0);
        if (!strstr(problem.data, rows[i].problem))
            fail_msg("%s: %s", rows[i].text, problem.data);
        buf_done(&problem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_limits_read__changes_what_is_named),
        cmocka_unit_test(request_limits_read__refuses_what_is_no_limit),
    };

    return cmocka_run_group_tests_name("cli/request_limits", tests, NULL, NULL);
}
