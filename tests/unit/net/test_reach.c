/* Addresses: which are public, and what the configuration may name. */
#include "net/reach.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "support/test.h"
#include "tessera/cleanup.h"
#include "tessera/err.h"

static struct ts_arena arena;

static const struct address *address(const char *text)
{
    static struct address parsed;

    assert_true(address_parse(text, strlen(text), &parsed));
    return &parsed;
}

static void reach_is_public__for_the_internet_alone(void **state)
{
    static const char *const public[] = { "8.8.8.8",         "1.0.0.1",         "9.255.255.255", "11.0.0.0",
                                          "100.63.255.255",  "100.128.0.0",     "126.1.1.1",     "128.0.0.0",
                                          "169.253.1.1",     "172.15.255.255",  "172.32.0.0",    "192.167.1.1",
                                          "223.255.255.255", "2606:4700::1111", "2a00:1450::1",  "2001:4860::8888",
                                          "3ffe::1",         "2400::1" };
    static const char *const other[] = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        /* IPv6, and IPv4 inside it */
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001::1",
        "2001:10::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "3fff::1",
        "4000::1",
    };

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(public); i++)
        if (!reach_is_public(address(public[i])))
            fail_msg("%s is public", public[i]);
    for (size_t i = 0; i < TS_ARRAY_SIZE(other); i++)
        if (reach_is_public(address(other[i])))
            fail_msg("%s is not public", other[i]);
    assert_true(reach_is_public(address("::ffff:8.8.8.8")));
}

static void reach_is_named__for_its_purpose_and_prefix_alone(void **state)
{
    struct reach *reach = NULL;
    struct buf problem;

    (void)state;
    arena_init(&arena);
    buf_init(&problem, 1000);
    assert_int_equal(
        reach_read(&arena, "oidc=10.1.0.0/16,oidc=::1,web-hooks=127.0.0.1,web-hooks=fd00::/8", &reach, &problem), 0);
    assert_true(reach_is_named(reach, "oidc", address("10.1.0.0")));
    assert_true(reach_is_named(reach, "oidc", address("10.1.255.255")));
    assert_true(reach_is_named(reach, "oidc", address("::ffff:10.1.2.3")));
    assert_false(reach_is_named(reach, "oidc", address("10.0.255.255")));
    assert_false(reach_is_named(reach, "oidc", address("10.2.0.0")));
    assert_true(reach_is_named(reach, "oidc", address("::1")));
    assert_false(reach_is_named(reach, "oidc", address("::2")));
    assert_false(reach_is_named(reach, "oidc", address("127.0.0.1")));
    assert_false(reach_is_named(reach, "web", address("127.0.0.1")));
    assert_true(reach_is_named(reach, "web-hooks", address("127.0.0.1")));
    assert_true(reach_is_named(reach, "web-hooks", address("fdff::1")));
    assert_false(reach_is_named(reach, "web-hooks", address("fc00::1")));
    assert_false(reach_is_named(NULL, "oidc", address("8.8.8.8")));
    buf_done(&problem);
    arena_done(&arena);
}

static void reach_read__refuses_what_is_no_prefix(void **state)
{
    static const char *const wrong[] = {
        "10.0.0.0/8",      "=10.0.0.0/8",      "oidc=",          "oidc=10.0.0.0/",   "oidc=10.0.0.0/33",
        "oidc=10.0.0.1/8", "oidc=10.0.0/24",   "oidc=localhost", "oidc=10.0.0.0/8x", "oidc=::1/129",
        "OIDC=10.0.0.0/8", "oidc=10.0.0.0/-8", "oidc=[::1]",     "oidc=10.0.0.0/ 8", "oidc=127.0.0.1,,oidc=::1"
    };
    struct reach *reach = NULL;
    struct buf problem;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < TS_ARRAY_SIZE(wrong); i++) {
        buf_init(&problem, 1000);
        if (reach_read(&arena, wrong[i], &reach, &problem) != TS_EINVALID)
            fail_msg("%s was taken", wrong[i]);
        assert_non_null(memmem(problem.data, problem.size, "is not PURPOSE=ADDRESS or PURPOSE=ADDRESS/BITS\n", 47));
        buf_done(&problem);
    }
    assert_null(reach);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reach_is_public__for_the_internet_alone),
        cmocka_unit_test(reach_is_named__for_its_purpose_and_prefix_alone),
        cmocka_unit_test(reach_read__refuses_what_is_no_prefix),
    };

    return cmocka_run_group_tests_name("net/reach", tests, NULL, NULL);
}
