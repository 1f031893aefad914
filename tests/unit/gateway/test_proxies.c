/* Who asks, out of what proxies say and what clients would like them to say. */
#include "gateway/proxies.h"

#include <string.h>

#include "support/test.h"
#include "tessera/err.h"

static int read(const char *list, struct proxies *ret_proxies)
{
    struct buf problem;
    int r;

    buf_init(&problem, 1000);
    r = proxies_read(list, ret_proxies, &problem);
    assert_int_equal(r == 0, problem.size == 0);
    buf_done(&problem);
    return r;
}

static void proxies_read__takes_a_list_or_says_what_is_wrong(void **state)
{
    static const char *const wrong[] = { "",      ",",          "10.0.0.0/8,",    "10.0.0.0/8, 10.0.0.1",
                                         "nginx", "10.0.0.1/8", "10.0.0.0/8;::1", "*" };
    struct proxies proxies;
    char many[(PROXIES_MAX + 1) * sizeof("10.0.0.1")];

    (void)state;
    assert_int_equal(read(NULL, &proxies), 0);
    assert_int_equal(proxies.count, 0);
    assert_int_equal(read("10.0.0.0/8,2001:db8::7,127.0.0.1", &proxies), 0);
    assert_int_equal(proxies.count, 3);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (read(wrong[i], &proxies) != TS_EINVALID)
            fail_msg("taken: %s", wrong[i]);
    for (size_t i = 0; i <= PROXIES_MAX; i++)
        memcpy(many + i * sizeof("10.0.0.1"), "10.0.0.1,", sizeof("10.0.0.1"));
    many[sizeof(many) - 1] = '\0';
    assert_int_equal(read(many, &proxies), TS_EINVALID); /* one more than fit */
    assert_int_equal(read(many + sizeof("10.0.0.1"), &proxies), 0);
    assert_int_equal(proxies.count, PROXIES_MAX);
}

static void proxies_client__is_the_rightmost_that_is_not_ours(void **state)
{
    static const struct {
        const char *peer, *forwarded, *client;
    } rows[] = {
        { "10.0.0.1", NULL, "10.0.0.1" },
        { "10.0.0.1", "192.0.2.1", "192.0.2.1" },
        { "10.0.0.1", "6.6.6.6, 192.0.2.1", "192.0.2.1" },         /* the client's own word stands left */
        { "10.0.0.1", "6.6.6.6,192.0.2.1,10.9.9.9", "192.0.2.1" }, /* two proxies */
        { "10.0.0.1", "6.6.6.6\t,\t192.0.2.1 ", "192.0.2.1" },
        { "10.0.0.1", "10.3.3.3, 10.2.2.2", "10.3.3.3" }, /* all are ours: who began */
        { "10.0.0.1", "192.0.2.1:4711", "192.0.2.1" },
        { "10.0.0.1", "[2001:db8:1::1]:4711", "2001:db8:1::1" },
        { "10.0.0.1", "[2001:db8:1::1]", "2001:db8:1::1" },
        { "10.0.0.1", "2001:db8:1::1", "2001:db8:1::1" },
        { "2001:db8::7", "::ffff:192.0.2.1", "192.0.2.1" },
        { "10.0.0.1", "6.6.6.6, unknown", "10.0.0.1" }, /* a hole: nothing left of it is believed */
        { "10.0.0.1", "6.6.6.6, _hidden, 10.2.2.2", "10.2.2.2" },
        { "10.0.0.1", "6.6.6.6,,10.2.2.2", "10.2.2.2" },
        { "10.0.0.1", "6.6.6.6,", "10.0.0.1" },
        { "10.0.0.1", ",", "10.0.0.1" },
        { "10.0.0.1", "", "10.0.0.1" },
        { "10.0.0.1", "[", "10.0.0.1" },
        { "10.0.0.1", "]", "10.0.0.1" },
        { "10.0.0.1", "[]:1", "10.0.0.1" },
        { "10.0.0.1", ":", "10.0.0.1" },
        { "192.0.2.9", "192.0.2.1", "192.0.2.9" }, /* not ours: not believed */
    };
    struct proxies proxies;

    (void)state;
    assert_int_equal(read("10.0.0.0/8,2001:db8::7", &proxies), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[ADDRESS_TEXT_SIZE];
        struct address peer, client;

        assert_true(address_parse(rows[i].peer, strlen(rows[i].peer), &peer));
        client = proxies_client(&proxies, &peer, rows[i].forwarded);
        address_write(&client, text);
        if (strcmp(text, rows[i].client) != 0)
            fail_msg("row %zu: %s", i, text);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(proxies_read__takes_a_list_or_says_what_is_wrong),
        cmocka_unit_test(proxies_client__is_the_rightmost_that_is_not_ours),
    };

    return cmocka_run_group_tests_name("gateway/proxies", tests, NULL, NULL);
}
