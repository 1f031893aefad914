/* Addresses and networks: what is one, how it is spelled, who is in it. */
#include "base/address.h"

#include <string.h>

#include "base/arena.h"
#include "support/test.h"
#include "tessera/address.h"

static struct address address(const char *text)
{
    struct address read;

    assert_true(address_parse(text, strlen(text), &read));
    return read;
}

static void address_parse__takes_addresses_and_nothing_beside(void **state)
{
    static const char *const wrong[] = {
        "",          "1.2.3",     "1.2.3.4 ",   " 1.2.3.4",     "1.2.3.4:80",
        "1.2.3.256", "01.2.3.4",  "[::1]",      "fe80::1%eth0", "::1/128",
        "localhost", "1.2.3.4\n", "0x7f.0.0.1", "2130706433",   "1:2:3:4:5:6:7:8:9:1:2:3:4:5:6:7:8:9:1:2:3:4:5:6:7:8"
    };
    struct address read;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (address_parse(wrong[i], strlen(wrong[i]), &read))
            fail_msg("taken: %s", wrong[i]);
    assert_false(address_parse("1.2.3.4\0", 8, &read));
}

static void address_write__spells_each_address_one_way(void **state)
{
    static const char *const rows[][2] = {
        { "192.0.2.1", "192.0.2.1" },
        { "::ffff:192.0.2.1", "192.0.2.1" },
        { "2001:DB8:0:0:0:0:0:1", "2001:db8::1" },
    };
    char text[ADDRESS_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct address read = address(rows[i][0]);

        address_write(&read, text);
        assert_string_equal(text, rows[i][1]);
    }
}

static void network_has__counts_bits(void **state)
{
    static const struct {
        const char *network, *in, *out;
    } rows[] = {
        { "10.0.0.0/8", "10.255.255.255", "11.0.0.0" },
        { "10.0.0.0/8", "::ffff:10.1.2.3", "2001:db8::10" },
        { "192.0.2.128/25", "192.0.2.128", "192.0.2.127" },
        { "192.0.2.7", "192.0.2.7", "192.0.2.6" },
        { "0.0.0.0/0", "255.255.255.255", "2001:db8::1" },
        { "2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1" },
        { "::/0", "::1", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct address in = address(rows[i].in), out = address(rows[i].out ? rows[i].out : rows[i].in);
        struct network network;

        assert_true(network_parse(rows[i].network, strlen(rows[i].network), &network));
        if (!network_has(&network, &in) || (rows[i].out && network_has(&network, &out)))
            fail_msg("wrong: %s", rows[i].network);
    }
}

static void network_parse__refuses_what_may_be_meant_otherwise(void **state)
{
    static const char *const wrong[] = {
        "10.0.0.1/8",  "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08",    "10.0.0.0/-1",
        "10.0.0.0/8x", "10/8",        "/8",        "2001:db8::/129", "2001:db8::1/32"
    };
    struct network network;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (network_parse(wrong[i], strlen(wrong[i]), &network))
            fail_msg("taken: %s", wrong[i]);
}

static void address_is_private__knows_the_ranges_and_their_ends(void **state)
{
    static const char *const near[] = { "127.0.0.1",   "10.0.0.1",        "172.16.0.1", "172.31.255.255",
                                        "192.168.1.1", "169.254.1.1",     "100.64.0.1", "100.127.255.255",
                                        "::1",         "::ffff:10.0.0.1", "fd00::1",    "fe80::1" };
    static const char *const far[] = { "128.0.0.1",   "11.0.0.1",   "172.15.255.255", "172.32.0.1",
                                       "192.169.0.1", "100.63.0.1", "100.128.0.1",    "::2",
                                       "fe00::1",     "2001:db8::1" };

    (void)state;
    for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++) {
        struct address read = address(near[i]);

        if (!address_is_private(&read))
            fail_msg("public: %s", near[i]);
    }
    for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
        struct address read = address(far[i]);

        if (address_is_private(&read))
            fail_msg("private: %s", far[i]);
    }
}

static void ts_address_network__is_what_one_customer_has(void **state)
{
    struct ts_arena arena;

    (void)state;
    arena_init(&arena);
    assert_string_equal(ts_address_network(&arena, "192.0.2.1"), "192.0.2.1");
    assert_string_equal(ts_address_network(&arena, "::ffff:192.0.2.1"), "192.0.2.1");
    assert_string_equal(ts_address_network(&arena, "2001:db8:0:1:2:3:4:5"), "2001:0db8:0000:0001");
    assert_string_equal(ts_address_network(&arena, "local"), "local");
    assert_null(ts_address_network(&arena, NULL));
    arena_done(&arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(address_parse__takes_addresses_and_nothing_beside),
        cmocka_unit_test(address_write__spells_each_address_one_way),
        cmocka_unit_test(network_has__counts_bits),
        cmocka_unit_test(network_parse__refuses_what_may_be_meant_otherwise),
        cmocka_unit_test(address_is_private__knows_the_ranges_and_their_ends),
        cmocka_unit_test(ts_address_network__is_what_one_customer_has),
    };

    return cmocka_run_group_tests_name("base/address", tests, NULL, NULL);
}
