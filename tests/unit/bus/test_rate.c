/* Rates: what the flag says, who is counted, and as whom. */
#include "bus/rate.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "loop/loop.h"
#include "loop/runtime.h"
#include "support/test.h"
#include "tessera/cleanup.h"
#include "tessera/err.h"

static const struct ts_principal anybody = { .kind = TS_PRINCIPAL_ANONYMOUS, .id = "anonymous" };
static const struct ts_principal owner = { .kind = TS_PRINCIPAL_OWNER, .id = "owner" };
static const struct ts_principal ada = { .kind = TS_PRINCIPAL_USER, .id = "usr_ada" };
static const struct ts_principal bob = { .kind = TS_PRINCIPAL_USER, .id = "usr_bob" };
static const struct ts_principal scanner = { .kind = TS_PRINCIPAL_USER, .id = "key_gate" };

struct world {
    struct ts_runtime runtime;
    struct ts_arena arena;
    struct ts_call call;
};

static int64_t wall_ms(struct ts_runtime *runtime)
{
    (void)runtime;
    return 1000000;
}

/* Return: false, and the world has nothing, for a text that is wrong. */
static bool world_init(struct world *world, const struct rates_config *config)
{
    struct buf problem;
    bool ok;

    buf_init(&problem, 1000);
    *world = (struct world){ .call = { .principal = &anybody, .address = "203.0.113.7" } };
    runtime_init(&world->runtime, loop_new());
    world->runtime.wall_ms = wall_ms;
    world->runtime.rates = rates_new(&world->runtime, config, &problem);
    arena_init(&world->arena);
    world->call.arena = &world->arena;
    world->call.runtime = &world->runtime;
    ok = world->runtime.rates != NULL;
    assert_int_equal(ok, problem.size == 0);
    buf_done(&problem);
    return ok;
}

static void world_done(struct world *world)
{
    rates_free(world->runtime.rates);
    arena_done(&world->arena);
    loop_free(world->runtime.loop);
}

/* How many of a hundred go through. */
static unsigned served(struct world *world, const struct ts_principal *principal, const char *address,
                       const char *operation)
{
    unsigned count = 0;

    world->call.principal = principal;
    world->call.address = address;
    for (unsigned i = 0; i < 100; i++)
        count += rate_charge(&world->call, operation, /* is_mutation= */ true) == 0;
    return count;
}

static void rates_new__takes_a_list_or_says_what_is_wrong(void **state)
{
    static const char *const right[] = { "guess=30/60", "guess=0", "queries-key=1/1,mutations-address=1000000/86400",
                                         "holdTickets=5/10,placeOrder=1/1" };
    static const char *const wrong[] = { "",
                                         ",",
                                         "guess",
                                         "guess=",
                                         "guess=30",
                                         "guess=30/",
                                         "guess=/60",
                                         "guess=30/0",
                                         "guess=0/5",
                                         "guess=-1/60",
                                         "=1/1",
                                         "guess=1/1,",
                                         "guess= 1/1",
                                         "guess=1/1x",
                                         "guess=1000001/1",
                                         "guess=1/86401",
                                         "guess=1/1;guess=1/1" };
    struct world world;

    (void)state;
    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
        assert_true(world_init(&world, &(struct rates_config){ .text = right[i] }));
        world_done(&world);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (world_init(&world, &(struct rates_config){ .text = wrong[i] }))
            fail_msg("taken: %s", wrong[i]);
        world_done(&world);
    }
}

static void rate_charge__counts_by_who_asks(void **state)
{
    struct world world;

    (void)state;
    assert_true(world_init(
        &world,
        &(struct rates_config){ .text = "mutations-account=5/100,mutations-key=7/100,mutations-address=3/100" }));
    assert_int_equal(served(&world, &ada, "203.0.113.7", "a"), 5);
    assert_int_equal(served(&world, &ada, "203.0.113.8", "b"), 0); /* wherever she is */
    assert_int_equal(served(&world, &bob, "203.0.113.7", "a"), 5); /* and nobody beside her */
    assert_int_equal(served(&world, &scanner, "203.0.113.7", "a"), 7);
    assert_int_equal(served(&world, &anybody, "203.0.113.7", "a"), 3);
    assert_int_equal(served(&world, &anybody, "::ffff:203.0.113.7", "a"), 0);
    assert_int_equal(served(&world, &anybody, "203.0.113.8", "a"), 3);
    assert_int_equal(served(&world, &anybody, "2001:db8::1", "a"), 3);
    assert_int_equal(served(&world, &anybody, "2001:db8::2:3:4:5", "a"), 0); /* the same network */
    assert_int_equal(served(&world, &anybody, "2001:db8:0:1::1", "a"), 3);
    assert_int_equal(served(&world, &owner, "203.0.113.7", "a"), 100);
    assert_int_equal(served(&world, &anybody, NULL, "a"), 100);
    assert_int_equal(served(&world, &anybody, "10.0.0.1", "a"), 100); /* a proxy: anybody */
    assert_int_equal(rate_charge(&world.call, "a", /* is_mutation= */ false), 0);
    world_done(&world);
}

static void rate_charge__counts_private_addresses_where_proxies_are_known(void **state)
{
    struct world world;

    (void)state;
    assert_true(world_init(
        &world, &(struct rates_config){ .text = "mutations-address=3/100", .off = true, .counts_private = true }));
    assert_int_equal(served(&world, &anybody, "10.0.0.1", "a"), 3);
    assert_int_equal(served(&world, &ada, "10.0.0.1", "holdTickets"), 100); /* off */
    world_done(&world);
}

static void rate_charge__counts_an_operation_by_itself(void **state)
{
    struct world world;

    (void)state;
    assert_true(world_init(&world, &(struct rates_config){ .text = "a=4/100,b=2/100", .off = true }));
    assert_int_equal(served(&world, &anybody, "203.0.113.7", "a"), 4);
    assert_int_equal(served(&world, &anybody, "203.0.113.7", "b"), 2);
    assert_int_equal(served(&world, &anybody, "203.0.113.7", "c"), 100);
    assert_int_equal(served(&world, &anybody, "203.0.113.8", "a"), 4);
    world_done(&world);
}

/* Of a bot's five hundred accounts each asks once, from one place; its own account counts somewhere else, too. */
static void rate_charge__counts_many_accounts_as_their_address(void **state)
{
    static const char *const places[] = { "203.0.113.7", "203.0.113.8" };
    struct world world;

    (void)state;
    assert_true(world_init(&world, &(struct rates_config){ .text = "a=40/100", .off = true }));
    for (size_t i = 0; i < TS_ARRAY_SIZE(places); i++) {
        unsigned passed = 0;

        for (unsigned account = 0; account < 500; account++) {
            char id[16];
            struct ts_principal bot = { .kind = TS_PRINCIPAL_USER, .id = id };

            (void)snprintf(id, sizeof(id), "usr_%u", account);
            world.call.principal = &bot;
            world.call.address = places[i];
            passed += rate_charge(&world.call, "a", true) == 0;
        }
        assert_int_equal(passed, 40);
    }
    assert_int_equal(served(&world, &ada, "203.0.113.9", "a"), 40);
    assert_int_equal(served(&world, &ada, "203.0.113.10", "a"), 0);
    assert_int_equal(served(&world, &scanner, "203.0.113.7", "a"), 40);
    world_done(&world);
}

static void ts_rate_take__says_when_to_ask_again(void **state)
{
    struct world world;

    (void)state;
    assert_true(world_init(&world, &(struct rates_config){ .text = "guess=2/90" }));
    assert_int_equal(ts_rate_take(&world.call, TS_RATE_GUESS, NULL), 0);
    assert_int_equal(ts_rate_take(&world.call, TS_RATE_GUESS, NULL), 0);
    assert_int_equal(ts_rate_take(&world.call, TS_RATE_GUESS, NULL), TS_EEXHAUSTED);
    assert_int_equal(world.call.retry_after_s, 45);
    assert_string_equal(world.call.failure, "Too many attempts; try again in 45 s.");
    ts_rate_give_back(&world.call, TS_RATE_GUESS, NULL);
    assert_int_equal(ts_rate_take(&world.call, TS_RATE_GUESS, NULL), 0);
    world_done(&world);
}

static void ts_rate_take__of_an_account_locks_out_nobody_elsewhere(void **state)
{
    struct world world;

    (void)state;
    assert_true(world_init(&world, &(struct rates_config){ .text = "guess-account=1/90" }));
    assert_int_equal(ts_rate_take(&world.call, TS_RATE_GUESS_ACCOUNT, "ada"), 0);
    assert_int_equal(ts_rate_take(&world.call, TS_RATE_GUESS_ACCOUNT, "ada"), TS_EEXHAUSTED);
    assert_int_equal(ts_rate_take(&world.call, TS_RATE_GUESS_ACCOUNT, "bob"), 0);
    world.call.address = "203.0.113.8";
    assert_int_equal(ts_rate_take(&world.call, TS_RATE_GUESS_ACCOUNT, "ada"), 0);
    world_done(&world);
}

static void ts_rate_take__of_a_code_counts_from_anywhere(void **state)
{
    struct world world;

    (void)state;
    assert_true(world_init(&world, &(struct rates_config){ .off = true }));
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(ts_rate_take(&world.call, TS_RATE_GUESS_CODE, "usr_ada"), 0);
    world.call.address = NULL;
    assert_int_equal(ts_rate_take(&world.call, TS_RATE_GUESS_CODE, "usr_ada"), TS_EEXHAUSTED);
    assert_int_equal(ts_rate_take(&world.call, TS_RATE_GUESS_CODE, "usr_bob"), 0);
    world_done(&world);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_new__takes_a_list_or_says_what_is_wrong),
        cmocka_unit_test(rate_charge__counts_by_who_asks),
        cmocka_unit_test(rate_charge__counts_private_addresses_where_proxies_are_known),
        cmocka_unit_test(rate_charge__counts_an_operation_by_itself),
        cmocka_unit_test(rate_charge__counts_many_accounts_as_their_address),
        cmocka_unit_test(ts_rate_take__says_when_to_ask_again),
        cmocka_unit_test(ts_rate_take__of_an_account_locks_out_nobody_elsewhere),
        cmocka_unit_test(ts_rate_take__of_a_code_counts_from_anywhere),
    };

    return cmocka_run_group_tests_name("bus/rate", tests, NULL, NULL);
}
