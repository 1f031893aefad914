/* Sold positions as a projection: showing versions in any order, twice, or of events nobody asked for. */
#include "support/test.h"

#include <stdio.h>

#include "counts.h"

static Orders__OrderPosition seats[3];
static Orders__OrderPosition *seat_list[3] = { &seats[0], &seats[1], &seats[2] };

static Orders__Order order_of(char *event_id, char *id, Orders__OrderStatus status)
{
    Orders__Order order = ORDERS__ORDER__INIT;

    for (int i = 0; i < 3; i++) {
        orders__order_position__init(&seats[i]);
        seats[i].date_id = i < 2 ? "dat_a" : "dat_b";
        seats[i].ticket_type_id = i < 1 ? "typ_a" : "typ_b";
    }
    order.id = id;
    order.event_id = event_id;
    order.status = status;
    order.positions = seat_list;
    order.n_positions = 3;
    return order;
}

static void counts__are_by_date_and_type(void **state)
{
    struct counts *counts = counts_new();
    Orders__Order order = order_of("evt_a", "ord_a", ORDERS__ORDER_STATUS__PAID);

    (void)state;
    counts_open(counts, "evt_a");
    assert_false(counts_are_sealed(counts, "evt_a"));
    assert_true(counts_show(counts, &order, 2));
    counts_seal(counts, "evt_a");
    assert_true(counts_are_sealed(counts, "evt_a"));
    assert_int_equal(counts_get(counts, "evt_a", NULL, NULL), 3);
    assert_int_equal(counts_get(counts, "evt_a", "dat_a", NULL), 2);
    assert_int_equal(counts_get(counts, "evt_a", NULL, "typ_b"), 2);
    assert_int_equal(counts_get(counts, "evt_a", "dat_b", "typ_b"), 1);
    assert_int_equal(counts_get(counts, "evt_a", "dat_b", "typ_a"), 0);
    assert_int_equal(counts_get(counts, "evt_b", NULL, NULL), 0);
    counts_free(counts);
}

static void counts__take_versions_in_any_order_and_twice(void **state)
{
    struct counts *counts = counts_new();
    Orders__Order paid = order_of("evt_a", "ord_a", ORDERS__ORDER_STATUS__PAID);
    Orders__Order cancelled = order_of("evt_a", "ord_a", ORDERS__ORDER_STATUS__CANCELLED);

    (void)state;
    counts_open(counts, "evt_a");
    counts_show(counts, &paid, 2);
    counts_show(counts, &paid, 2);
    assert_int_equal(counts_get(counts, "evt_a", NULL, NULL), 3);
    counts_show(counts, &cancelled, 3);
    counts_show(counts, &paid, 2); /* a scan that read it before */
    assert_int_equal(counts_get(counts, "evt_a", NULL, NULL), 0);
    counts_free(counts);
}

static void counts__hold_many_orders(void **state)
{
    struct counts *counts = counts_new();
    char id[32];

    (void)state;
    counts_open(counts, "evt_a");
    for (int i = 0; i < 5000; i++) {
        snprintf(id, sizeof(id), "ord_%d", i);
        Orders__Order order = order_of("evt_a", id, ORDERS__ORDER_STATUS__PAID);

        assert_true(counts_show(counts, &order, 2));
    }
    assert_int_equal(counts_get(counts, "evt_a", NULL, NULL), 15000);
    counts_free(counts);
}

static void counts__forget_the_oldest_event(void **state)
{
    struct counts *counts = counts_new();
    Orders__Order order = order_of("evt_0", "ord_a", ORDERS__ORDER_STATUS__PAID);
    char id[32];

    (void)state;
    for (int i = 0; i <= COUNTS_EVENTS_MAX; i++) {
        snprintf(id, sizeof(id), "evt_%d", i);
        counts_open(counts, id);
        counts_seal(counts, id);
    }
    assert_false(counts_show(counts, &order, 2));
    assert_false(counts_are_sealed(counts, "evt_0"));
    assert_true(counts_are_sealed(counts, "evt_1"));
    counts_seal(counts, "evt_0"); /* its builder comes too late */
    assert_false(counts_are_sealed(counts, "evt_0"));
    counts_free(counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts__are_by_date_and_type),
        cmocka_unit_test(counts__take_versions_in_any_order_and_twice),
        cmocka_unit_test(counts__hold_many_orders),
        cmocka_unit_test(counts__forget_the_oldest_event),
    };

    return cmocka_run_group_tests_name("modules/orders/counts", tests, NULL, NULL);
}
