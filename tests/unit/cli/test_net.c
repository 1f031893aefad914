/* --bus nats:// and tls://: what they take, and what they refuse to start with. */
#include "cli/net.h"

#include "support/test.h"
#include "tessera/err.h"

static struct net net;
static char problem[1000];

static int net_of(struct options options)
{
    struct buf text;
    int r;

    buf_init(&text, sizeof(problem) - 1);
    r = net_read(&options, &net, &text);
    (void)snprintf(problem, sizeof(problem), "%.*s", (int)text.size, text.size ? text.data : "");
    buf_done(&text);
    return r;
}

static void net_is_wanted__by_a_url_alone(void **state)
{
    (void)state;
    assert_true(net_is_wanted(&(struct options){ .bus = "nats://h:1" }));
    assert_true(net_is_wanted(&(struct options){ .bus = "tls://h:1" }));
    assert_false(net_is_wanted(&(struct options){ .bus = "local" }));
    assert_false(net_is_wanted(&(struct options){ .bus = "wire" }));
}

static void net_read__takes_names_and_addresses_with_a_port(void **state)
{
    (void)state;
    assert_int_equal(net_of((struct options){ .bus = "nats://127.0.0.1:4222" }), 0);
    assert_string_equal(net.bus.url, "nats://127.0.0.1:4222");
    assert_string_equal(net.bus.host, "127.0.0.1");
    assert_string_equal(net.bus.name, "tessera-all");
    assert_false(net.bus.tls);
    assert_int_equal(net_of((struct options){ .bus = "nats://[::1]:1", .modules = "door,audit" }), 0);
    assert_string_equal(net.bus.url, "nats://[::1]:1");
    assert_string_equal(net.bus.host, "::1");
    assert_string_equal(net.bus.name, "tessera-door-audit");
    assert_int_equal(net_of((struct options){ .bus = "nats://localhost:65535" }), 0);
}

static void net_read__refuses_what_is_more_or_less(void **state)
{
    static const char *const wrong[] = { "nats://",
                                         "nats://:1",
                                         "nats://localhost",
                                         "nats://localhost:",
                                         "nats://localhost:x",
                                         "nats://localhost:1/x",
                                         "nats://user:password@localhost:1",
                                         "nats://[::1",
                                         "nats://localhost:123456",
                                         "nats://a@localhost:1" };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(net_of((struct options){ .bus = wrong[i] }), TS_EINVALID);
        assert_string_equal(problem, "--bus is nats://HOST:PORT, and nothing else\n");
    }
}

static void net_read__leaves_this_machine_in_the_clear_only_when_told(void **state)
{
    (void)state;
    assert_int_equal(net_of((struct options){ .bus = "nats://10.0.0.1:4222" }), TS_EINVALID);
    assert_non_null(strstr(problem, "in the clear"));
    assert_int_equal(net_of((struct options){ .bus = "nats://10.0.0.1:4222", .bus_plaintext = true }), 0);
}

static void net_read__wants_three_files_for_tls(void **state)
{
    struct options options = { .bus = "tls://bus.example:4222", .bus_ca = "/dev/null", .bus_cert = "/dev/null" };

    (void)state;
    assert_int_equal(net_of(options), TS_EINVALID);
    assert_string_equal(problem, "--bus tls://… needs --bus-ca, --bus-cert and --bus-key\n");
    options.bus_key = "/nowhere/key.pem";
    assert_int_equal(net_of(options), TS_EINVALID);
    assert_string_equal(problem, "--bus-key: cannot read /nowhere/key.pem\n");
    options.bus_key = "/dev/null";
    assert_int_equal(net_of(options), 0);
    assert_true(net.bus.tls);
    assert_string_equal(net.bus.url, "nats://bus.example:4222"); /* nats.c has the scheme as an option */
    assert_string_equal(net.bus.host, "bus.example");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(net_is_wanted__by_a_url_alone),
        cmocka_unit_test(net_read__takes_names_and_addresses_with_a_port),
        cmocka_unit_test(net_read__refuses_what_is_more_or_less),
        cmocka_unit_test(net_read__leaves_this_machine_in_the_clear_only_when_told),
        cmocka_unit_test(net_read__wants_three_files_for_tls),
    };

    return cmocka_run_group_tests_name("cli/net", tests, NULL, NULL);
}
