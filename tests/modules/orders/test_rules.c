/* An order's machine: every status against everything that can happen to it, addresses, sums and entries. */
#include "support/test.h"

#include <string.h>

#include "base/arena.h"
#include "rules.h"

#define STATUS(name) ORDERS__ORDER_STATUS__##name

static struct ts_arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static Orders__Order order_of(Orders__OrderStatus status)
{
    static Common__Money total, tax;
    Orders__Order order = ORDERS__ORDER__INIT;

    common__money__init(&total);
    common__money__init(&tax);
    total.minor = 1190;
    tax.minor = 190;
    order.has_status = true;
    order.status = status;
    order.total = &total;
    order.tax = &tax;
    order.expires_at_ms = 1000;
    return order;
}

static Orders__OrderPosition positions[3];
static Orders__OrderPosition *position_list[3] = { &positions[0], &positions[1], &positions[2] };

static void positions_make(void)
{
    static Common__Money prices[3], taxes[3];
    static char *const ids[] = { "pos_a", "pos_b", "pos_c" };

    for (int i = 0; i < 3; i++) {
        orders__order_position__init(&positions[i]);
        common__money__init(&prices[i]);
        common__money__init(&taxes[i]);
        prices[i].minor = 100 * (i + 1);
        taxes[i].minor = 10 * (i + 1);
        prices[i].currency = taxes[i].currency = "EUR";
        positions[i].id = ids[i];
        positions[i].price = &prices[i];
        positions[i].tax = &taxes[i];
    }
}

static int match(char *const *ids, size_t count, size_t *places, size_t *at)
{
    static Orders__Attendee attendees[4];
    Orders__Attendee *list[4];

    positions_make();
    for (size_t i = 0; i < count; i++) {
        orders__attendee__init(&attendees[i]);
        attendees[i].hold_position_id = ids[i];
        list[i] = &attendees[i];
    }
    return attendees_match(list, count, position_list, 3, places, at);
}

static void attendees_match__fills_the_gaps_in_order(void **state)
{
    size_t places[4], at;

    (void)state;
    assert_int_equal(match((char *[]){ NULL, "pos_a", NULL }, 3, places, &at), 0);
    assert_int_equal(places[0], 1);
    assert_int_equal(places[1], 0);
    assert_int_equal(places[2], 2);
    assert_int_equal(match((char *[]){ NULL, NULL }, 2, places, &at), 0);
    assert_int_equal(places[1], 1);
    assert_int_equal(match(NULL, 0, places, &at), 0);
}

static void attendees_match__refuses_unknown_double_and_too_many(void **state)
{
    size_t places[4], at;

    (void)state;
    assert_int_equal(match((char *[]){ NULL, "pos_x" }, 2, places, &at), ATTENDEE_UNKNOWN);
    assert_int_equal(at, 1);
    assert_int_equal(match((char *[]){ "pos_b", "pos_b" }, 2, places, &at), ATTENDEE_TWICE);
    assert_int_equal(at, 1);
    assert_int_equal(match((char *[]){ NULL, NULL, NULL, NULL }, 4, places, &at), ATTENDEES_TOO_MANY);
}

static void order_sum__adds_prices_and_contained_tax(void **state)
{
    Orders__Order order = ORDERS__ORDER__INIT;

    (void)state;
    positions_make();
    order.positions = position_list;
    order.n_positions = 3;
    assert_true(order_sum(&arena, &order));
    assert_int_equal(order.subtotal->minor, 600);
    assert_int_equal(order.total->minor, 600);
    assert_int_equal(order.fees->minor, 0);
    assert_int_equal(order.tax->minor, 60);
    assert_string_equal(order.total->currency, "EUR");
}

static void order_sum__refuses_overflow_and_two_currencies(void **state)
{
    Orders__Order order = ORDERS__ORDER__INIT;

    (void)state;
    assert_false(order_sum(&arena, &order));
    positions_make();
    order.positions = position_list;
    order.n_positions = 3;
    positions[1].price->currency = "USD";
    assert_false(order_sum(&arena, &order));
    positions_make();
    positions[1].price->minor = INT64_MAX;
    assert_false(order_sum(&arena, &order));
}

static int64_t entry_of(const Orders__Order *order, Orders__LedgerEntry__Account account)
{
    int64_t sum = 0;

    for (size_t i = 0; i < order->n_entries; i++)
        sum += order->entries[i]->account == account ? order->entries[i]->minor : 0;
    return sum;
}

static void order_set_entries__only_where_debt_changes(void **state)
{
    (void)state;
    for (int from = 0; from < 4; from++) {
        for (int to = 0; to < 4; to++) {
            Orders__Order order = order_of((Orders__OrderStatus)to);
            int sign = to == STATUS(PAID) && from != STATUS(PAID)        ? 1
                       : from == STATUS(PAID) && to == STATUS(CANCELLED) ? -1
                                                                         : 0;

            order_set_entries(&arena, &order, (Orders__OrderStatus)from);
            assert_int_equal(entry_of(&order, ORDERS__LEDGER_ENTRY__ACCOUNT__RECEIVABLE), sign * 1190);
            assert_int_equal(entry_of(&order, ORDERS__LEDGER_ENTRY__ACCOUNT__REVENUE), sign * -1000);
            assert_int_equal(entry_of(&order, ORDERS__LEDGER_ENTRY__ACCOUNT__TAX), sign * -190);
            assert_int_equal(order.n_entries, sign ? 3 : 0);
        }
    }
}

static void order_set_entries__of_nothing_are_none(void **state)
{
    Orders__Order order = order_of(STATUS(PAID));

    (void)state;
    order.total->minor = order.tax->minor = 0;
    order_set_entries(&arena, &order, STATUS(PENDING));
    assert_int_equal(order.n_entries, 0);
}

static void order_cancel_check__knows_buyer_and_staff(void **state)
{
    static const enum order_cancel buyer[] = { ORDER_CANCEL, ORDER_CANCEL_REFUSED, ORDER_CANCEL_REFUSED,
                                               ORDER_CANCEL_DONE };
    static const enum order_cancel staff[] = { ORDER_CANCEL, ORDER_CANCEL, ORDER_CANCEL_REFUSED, ORDER_CANCEL_DONE };

    (void)state;
    for (int status = 0; status < 4; status++) {
        Orders__Order order = order_of((Orders__OrderStatus)status);

        assert_int_equal(order_cancel_check(&order, false), buyer[status]);
        assert_int_equal(order_cancel_check(&order, true), staff[status]);
    }
}

static void order_step_next__by_status(void **state)
{
    static const enum order_step before[] = { ORDER_REST, ORDER_REST, ORDER_REST, ORDER_REST };
    static const enum order_step after[] = { ORDER_EXPIRE, ORDER_REST, ORDER_REST, ORDER_REST };
    static const enum order_step replacing[] = { ORDER_REPLACE, ORDER_REST, ORDER_REPLACE, ORDER_REST };
    static const enum order_step freeing[] = { ORDER_EXPIRE, ORDER_REST, ORDER_REST, ORDER_FREE };

    (void)state;
    for (int status = 0; status < 4; status++) {
        Orders__Order order = order_of((Orders__OrderStatus)status);

        assert_int_equal(order_step_next(&order, 999), before[status]);
        assert_int_equal(order_step_next(&order, 1000), after[status]);
        order.hold_to_free = true;
        assert_int_equal(order_step_next(&order, 1000), freeing[status]);
        order.hold_to_free = false;
        order.next_hold_id = "hld_x";
        assert_int_equal(order_step_next(&order, 1000), replacing[status]);
    }
}

static void order_settle_next__by_status(void **state)
{
    static const enum order_settle fresh[] = { SETTLE_SELL, SETTLE_ADOPT, SETTLE_BEGIN, SETTLE_REFUSE };
    static const enum order_settle replacing[] = { SETTLE_REPLACE, SETTLE_DONE, SETTLE_REPLACE, SETTLE_DONE };

    (void)state;
    for (int status = 0; status < 4; status++) {
        Orders__Order order = order_of((Orders__OrderStatus)status);

        assert_int_equal(order_settle_next(&order, "pay_a"), fresh[status]);
        order.next_hold_id = "hld_x";
        order.settling_payment_id = "pay_a";
        assert_int_equal(order_settle_next(&order, "pay_a"), replacing[status]);
    }
}

static void order_settle_next__a_free_or_paid_order_needs_no_other(void **state)
{
    Orders__Order order = order_of(STATUS(PAID));

    (void)state;
    order.settling_payment_id = "pay_a";
    assert_int_equal(order_settle_next(&order, "pay_b"), SETTLE_OTHER);
    order.settling_payment_id = NULL;
    order.total->minor = 0;
    assert_int_equal(order_settle_next(&order, "pay_b"), SETTLE_OTHER);
}

static void order_due__is_a_pending_orders_expiry(void **state)
{
    (void)state;
    for (int status = 0; status < 4; status++) {
        Orders__Order order = order_of((Orders__OrderStatus)status);
        int64_t due_ms = -1;

        assert_int_equal(order_due(&order, &due_ms), status == STATUS(PENDING));
        assert_int_equal(due_ms, status == STATUS(PENDING) ? 1000 : -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attendees_match__fills_the_gaps_in_order),
        cmocka_unit_test(attendees_match__refuses_unknown_double_and_too_many),
        cmocka_unit_test(order_sum__adds_prices_and_contained_tax),
        cmocka_unit_test(order_sum__refuses_overflow_and_two_currencies),
        cmocka_unit_test(order_set_entries__only_where_debt_changes),
        cmocka_unit_test(order_set_entries__of_nothing_are_none),
        cmocka_unit_test(order_cancel_check__knows_buyer_and_staff),
        cmocka_unit_test(order_step_next__by_status),
        cmocka_unit_test(order_settle_next__by_status),
        cmocka_unit_test(order_settle_next__a_free_or_paid_order_needs_no_other),
        cmocka_unit_test(order_due__is_a_pending_orders_expiry),
    };

    return cmocka_run_group_tests_name("modules/orders/rules", tests, setup, teardown);
}
