/* Payments' and refunds' machines against every status, and the sums of money that came and went. */
#include "support/test.h"

#include "base/arena.h"
#include "rules.h"

#define PAYMENT(name) PAYMENTS__PAYMENT__STATUS__##name
#define REFUND(name) PAYMENTS__REFUND__STATUS__##name

static struct ts_arena arena;
static Common__Money money[8];
static Payments__Payment payments[3];
static Payments__Refund refunds[3];
static Payments__Payment *payment_list[] = { &payments[0], &payments[1], &payments[2] };
static Payments__Refund *refund_list[] = { &refunds[0], &refunds[1], &refunds[2] };

static Common__Money *minor(int at, int64_t amount)
{
    common__money__init(&money[at]);
    money[at].minor = amount;
    money[at].currency = "EUR";
    return &money[at];
}

/* Payments of 100, 50 and 25, CONFIRMED; refunds of 30, 20 and 10 of the first, DONE. */
static int setup(void **state)
{
    static char *const ids[] = { "pay_a", "pay_b", "pay_c" };
    static const int64_t paid[] = { 100, 50, 25 }, back[] = { 30, 20, 10 };

    (void)state;
    arena_init(&arena);
    for (int i = 0; i < 3; i++) {
        payments__payment__init(&payments[i]);
        payments[i].id = ids[i];
        payments[i].status = PAYMENT(CONFIRMED);
        payments[i].amount = minor(i, paid[i]);
        payments__refund__init(&refunds[i]);
        refunds[i].payment_id = "pay_a";
        refunds[i].status = REFUND(DONE);
        refunds[i].amount = minor(3 + i, back[i]);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static void pay_way_read__knows_three_providers(void **state)
{
    enum pay_way way;

    (void)state;
    assert_int_equal(pay_way_read("manual", NULL, &way), 0);
    assert_int_equal(way, PAY_MANUAL);
    assert_int_equal(pay_way_read("manual", "success", &way), PAY_METHOD_UNKNOWN);
    assert_int_equal(pay_way_read("sandbox", NULL, &way), 0);
    assert_int_equal(way, PAY_SUCCESS);
    assert_int_equal(pay_way_read("sandbox", "success", &way), 0);
    assert_int_equal(way, PAY_SUCCESS);
    assert_int_equal(pay_way_read("sandbox", "decline", &way), 0);
    assert_int_equal(way, PAY_DECLINE);
    assert_int_equal(pay_way_read("sandbox", "pending", &way), 0);
    assert_int_equal(way, PAY_PENDING);
    assert_int_equal(pay_way_read("sandbox", "late", &way), 0);
    assert_int_equal(way, PAY_LATE);
    assert_int_equal(pay_way_read("sandbox", "Late", &way), PAY_METHOD_UNKNOWN);
    assert_int_equal(pay_way_read("stripe", NULL, &way), 0);
    assert_int_equal(way, PAY_STRIPE);
    assert_int_equal(pay_way_read("stripe", "card", &way), PAY_METHOD_UNKNOWN);
    assert_int_equal(pay_way_read("paypal", NULL, &way), PAY_PROVIDER_UNKNOWN);
    assert_int_equal(pay_way_read(NULL, NULL, &way), PAY_PROVIDER_UNKNOWN);
}

static void pay_check__takes_pending_orders_in_time(void **state)
{
    static const int in_time[] = { PAY_OK, PAY_ALREADY_PAID, PAY_EXPIRED, PAY_CANCELLED };
    Orders__Order order = ORDERS__ORDER__INIT;

    (void)state;
    order.expires_at_ms = 1000;
    for (int status = 0; status < 4; status++) {
        order.status = (Orders__OrderStatus)status;
        assert_int_equal(pay_check(&order, 999), in_time[status]);
    }
    order.status = ORDERS__ORDER_STATUS__PENDING;
    assert_int_equal(pay_check(&order, 1000), PAY_EXPIRED);
}

static void payment_step_next__by_status(void **state)
{
    static const enum payment_step plain[] = { PAYMENT_ASK,  PAYMENT_REST, PAYMENT_SETTLE,
                                               PAYMENT_REST, PAYMENT_REST, PAYMENT_REST };

    (void)state;
    for (int status = 0; status < 6; status++) {
        payments[0].status = (Payments__Payment__Status)status;
        assert_int_equal(payment_step_next(&payments[0]), plain[status]);
    }
    payments[0].status = PAYMENT(PENDING);
    payments[0].has_due_ms = true;
    assert_int_equal(payment_step_next(&payments[0]), PAYMENT_CONFIRM);
    payments[0].status = PAYMENT(CONFIRMED);
    payments[0].settled = true;
    assert_int_equal(payment_step_next(&payments[0]), PAYMENT_REST);
}

static void payment_confirm_check__by_status(void **state)
{
    static const int expected[] = { PAYMENT_CONFIRMABLE,     PAYMENT_CONFIRMABLE,     PAYMENT_CONFIRMED_BEFORE,
                                    PAYMENT_NOT_CONFIRMABLE, PAYMENT_NOT_CONFIRMABLE, PAYMENT_CONFIRMED_BEFORE };

    (void)state;
    for (int status = 0; status < 6; status++) {
        payments[0].status = (Payments__Payment__Status)status;
        assert_int_equal(payment_confirm_check(&payments[0]), expected[status]);
        assert_int_equal(payment_is_received(&payments[0]), expected[status] == PAYMENT_CONFIRMED_BEFORE);
    }
}

static void refund_is_live__until_it_failed(void **state)
{
    static const bool live[] = { true, true, true, false, false, false };

    (void)state;
    for (int status = 0; status < 6; status++) {
        refunds[0].status = (Payments__Refund__Status)status;
        assert_int_equal(refund_is_live(&refunds[0]), live[status]);
    }
}

static void payment_set_entries__when_money_comes(void **state)
{
    (void)state;
    for (int from = 0; from < 6; from++) {
        for (int to = 0; to < 6; to++) {
            bool comes = to == PAYMENT(CONFIRMED) && from != PAYMENT(CONFIRMED) && from != PAYMENT(REFUNDED);

            payments[0].status = (Payments__Payment__Status)to;
            payment_set_entries(&arena, &payments[0], from);
            assert_int_equal(payments[0].n_entries, comes ? 2 : 0);
            if (!comes)
                continue;
            assert_int_equal(payments[0].entries[0]->account, ORDERS__LEDGER_ENTRY__ACCOUNT__CASH);
            assert_int_equal(payments[0].entries[0]->minor, 100);
            assert_int_equal(payments[0].entries[1]->account, ORDERS__LEDGER_ENTRY__ACCOUNT__RECEIVABLE);
            assert_int_equal(payments[0].entries[1]->minor, -100);
        }
    }
}

static void refund_set_entries__when_decided_and_when_sent(void **state)
{
    (void)state;
    refunds[0].status = REFUND(CREATED);
    refund_set_entries(&arena, &refunds[0], -1);
    assert_int_equal(refunds[0].entries[0]->account, ORDERS__LEDGER_ENTRY__ACCOUNT__RECEIVABLE);
    assert_int_equal(refunds[0].entries[0]->minor, 30);
    assert_int_equal(refunds[0].entries[1]->account, ORDERS__LEDGER_ENTRY__ACCOUNT__REFUNDS_PAYABLE);
    refund_set_entries(&arena, &refunds[0], REFUND(CREATED));
    assert_int_equal(refunds[0].n_entries, 0);
    refunds[0].status = REFUND(DONE);
    refund_set_entries(&arena, &refunds[0], REFUND(CREATED));
    assert_int_equal(refunds[0].entries[0]->account, ORDERS__LEDGER_ENTRY__ACCOUNT__REFUNDS_PAYABLE);
    assert_int_equal(refunds[0].entries[1]->account, ORDERS__LEDGER_ENTRY__ACCOUNT__CASH);
    assert_int_equal(refunds[0].entries[1]->minor, -30);
    refund_set_entries(&arena, &refunds[0], REFUND(DONE));
    assert_int_equal(refunds[0].n_entries, 0);
}

/* The entries of a change, as the account that is debited and the one that is credited by 30; -1: there are none. */
static void assert_entries(int to, int from, int debited, int credited)
{
    refunds[0].status = (Payments__Refund__Status)to;
    refund_set_entries(&arena, &refunds[0], from);
    assert_int_equal(refunds[0].n_entries, debited < 0 ? 0 : 2);
    if (debited < 0)
        return;
    assert_int_equal(refunds[0].entries[0]->account, debited);
    assert_int_equal(refunds[0].entries[0]->minor, 30);
    assert_int_equal(refunds[0].entries[1]->account, credited);
    assert_int_equal(refunds[0].entries[1]->minor, -30);
}

static void refund_set_entries__undo_what_failed(void **state)
{
    enum {
        RECEIVABLE = ORDERS__LEDGER_ENTRY__ACCOUNT__RECEIVABLE,
        CASH = ORDERS__LEDGER_ENTRY__ACCOUNT__CASH,
        PAYABLE = ORDERS__LEDGER_ENTRY__ACCOUNT__REFUNDS_PAYABLE,
    };
    static const int undone[] = { REFUND(FAILED), REFUND(CANCELLED) };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_entries(undone[i], REFUND(CREATED), PAYABLE, RECEIVABLE);
        assert_entries(undone[i], REFUND(IN_TRANSIT), PAYABLE, RECEIVABLE);
        assert_entries(undone[i], REFUND(DONE), CASH, RECEIVABLE);
        assert_entries(undone[i], REFUND(FAILED), -1, -1);
        assert_entries(undone[i], REFUND(CANCELLED), -1, -1);
    }
    assert_entries(REFUND(IN_TRANSIT), REFUND(CREATED), -1, -1);
    assert_entries(REFUND(DONE), REFUND(IN_TRANSIT), PAYABLE, CASH);
    assert_entries(REFUND(EXTERNAL), -1, -1, -1);
    assert_entries(REFUND(DONE), REFUND(EXTERNAL), RECEIVABLE, CASH);
}

static void refund_may_become__what_comes_after(void **state)
{
    /* by row: CREATED, IN_TRANSIT, DONE, FAILED, CANCELLED, EXTERNAL */
    static const char *const may[] = { ".xxxxx", "..xxxx", "...xx.", "......", "......", "......" };

    (void)state;
    for (int from = 0; from < 6; from++) {
        refunds[0].status = (Payments__Refund__Status)from;
        for (int to = 0; to < 5; to++)
            assert_int_equal(refund_may_become(&refunds[0], (Payments__Refund__Status)to), may[from][to] == 'x');
    }
}

static void payment_unexplained__is_what_no_refund_of_ours_says(void **state)
{
    (void)state;
    assert_int_equal(payment_unexplained(&payments[0], refund_list, 3, 60), 0);
    assert_int_equal(payment_unexplained(&payments[0], refund_list, 3, 50), 0);
    assert_int_equal(payment_unexplained(&payments[0], refund_list, 3, 75), 15);
    assert_int_equal(payment_unexplained(&payments[1], refund_list, 3, 5), 5);
    refunds[0].status = REFUND(EXTERNAL);
    refunds[1].status = REFUND(FAILED);
    assert_int_equal(payment_unexplained(&payments[0], refund_list, 3, 60), 20);
}

static void ask_again_at__is_ever_more_seldom(void **state)
{
    const int64_t minute = 60000, hour = 60 * minute;

    (void)state;
    assert_int_equal(ask_again_at(1000, 1000), 1000 + 2 * minute);
    assert_int_equal(ask_again_at(0, 4 * minute), 6 * minute);
    assert_int_equal(ask_again_at(0, 10 * minute), 15 * minute);
    assert_int_equal(ask_again_at(0, 100 * hour), 106 * hour);
}

static void payment_may_be_received__once(void **state)
{
    (void)state;
    for (int status = 0; status < 6; status++) {
        payments[0].status = (Payments__Payment__Status)status;
        assert_int_equal(payment_may_be_received(&payments[0]),
                         status != PAYMENT(CONFIRMED) && status != PAYMENT(REFUNDED));
    }
    payments[0].status = PAYMENT(PENDING);
    payments[0].received = minor(6, 99);
    assert_false(payment_may_be_received(&payments[0]));
}

static void payment_open_page__is_one_for_as_much_and_not_nearly_over(void **state)
{
    const int64_t minute_ms = 60000;

    (void)state;
    assert_null(payment_open_page(payment_list, 3, payments[1].amount, 0));
    for (int i = 0; i < 3; i++)
        payments[i].status = PAYMENT(PENDING);
    assert_null(payment_open_page(payment_list, 3, payments[1].amount, 0));
    for (int i = 0; i < 3; i++)
        payments[i].redirect_url = "https://pay.test/";
    assert_ptr_equal(payment_open_page(payment_list, 3, payments[1].amount, 15 * minute_ms - 1), &payments[1]);
    assert_null(payment_open_page(payment_list, 3, payments[1].amount, 15 * minute_ms));
    assert_null(payment_open_page(payment_list, 1, payments[1].amount, 0));
    assert_null(payment_open_page(NULL, 0, payments[1].amount, 0));
    payments[1].status = PAYMENT(CANCELLED);
    assert_null(payment_open_page(payment_list, 3, payments[1].amount, 0));
}

static void payment_left__is_what_live_refunds_leave(void **state)
{
    (void)state;
    assert_int_equal(payment_left(&payments[0], refund_list, 3), 40);
    assert_int_equal(payment_left(&payments[1], refund_list, 3), 50);
    refunds[0].status = REFUND(FAILED);
    assert_int_equal(payment_left(&payments[0], refund_list, 3), 70);
    payments[1].status = PAYMENT(PENDING);
    assert_int_equal(payment_left(&payments[1], refund_list, 3), 0);
}

static void payment_is_refunded__at_its_amount_in_done_ones(void **state)
{
    (void)state;
    refunds[2].amount = minor(5, 49);
    assert_false(payment_is_refunded(&payments[0], refund_list, 3));
    refunds[2].amount = minor(5, 50);
    assert_true(payment_is_refunded(&payments[0], refund_list, 3));
    refunds[2].status = REFUND(CREATED);
    assert_false(payment_is_refunded(&payments[0], refund_list, 3));
    assert_false(payment_is_refunded(&payments[1], refund_list, 3));
}

static void balance_of__is_total_less_paid_plus_refunds(void **state)
{
    (void)state;
    assert_int_equal(balance_of(175, payment_list, 3, NULL, 0), 0);
    assert_int_equal(balance_of(175, payment_list, 3, refund_list, 3), 60);
    payments[0].status = PAYMENT(REFUNDED);
    refunds[1].status = REFUND(CANCELLED);
    assert_int_equal(balance_of(175, payment_list, 3, refund_list, 3), 40);
    payments[2].status = PAYMENT(FAILED);
    assert_int_equal(balance_of(175, payment_list, 3, NULL, 0), 25);
}

static void refund_split__takes_payments_in_order(void **state)
{
    int64_t parts[3];

    (void)state;
    assert_true(refund_split(40, payment_list, 3, refund_list, 3, parts));
    assert_int_equal(parts[0], 40);
    assert_int_equal(parts[1], 0);
    assert_true(refund_split(115, payment_list, 3, refund_list, 3, parts));
    assert_int_equal(parts[1], 50);
    assert_int_equal(parts[2], 25);
    assert_false(refund_split(116, payment_list, 3, refund_list, 3, parts));
}

static void position_is_refunded__by_a_live_refund(void **state)
{
    char *ids[] = { "pos_a", "pos_b" };

    (void)state;
    refunds[1].n_position_ids = 2;
    refunds[1].position_ids = ids;
    assert_true(position_is_refunded("pos_b", refund_list, 3));
    assert_false(position_is_refunded("pos_c", refund_list, 3));
    refunds[1].status = REFUND(FAILED);
    assert_false(position_is_refunded("pos_b", refund_list, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pay_way_read__knows_three_providers, setup, teardown),
        cmocka_unit_test_setup_teardown(pay_check__takes_pending_orders_in_time, setup, teardown),
        cmocka_unit_test_setup_teardown(payment_step_next__by_status, setup, teardown),
        cmocka_unit_test_setup_teardown(payment_confirm_check__by_status, setup, teardown),
        cmocka_unit_test_setup_teardown(refund_is_live__until_it_failed, setup, teardown),
        cmocka_unit_test_setup_teardown(payment_set_entries__when_money_comes, setup, teardown),
        cmocka_unit_test_setup_teardown(refund_set_entries__when_decided_and_when_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(refund_set_entries__undo_what_failed, setup, teardown),
        cmocka_unit_test_setup_teardown(refund_may_become__what_comes_after, setup, teardown),
        cmocka_unit_test_setup_teardown(payment_unexplained__is_what_no_refund_of_ours_says, setup, teardown),
        cmocka_unit_test_setup_teardown(ask_again_at__is_ever_more_seldom, setup, teardown),
        cmocka_unit_test_setup_teardown(payment_may_be_received__once, setup, teardown),
        cmocka_unit_test_setup_teardown(payment_open_page__is_one_for_as_much_and_not_nearly_over, setup, teardown),
        cmocka_unit_test_setup_teardown(payment_left__is_what_live_refunds_leave, setup, teardown),
        cmocka_unit_test_setup_teardown(payment_is_refunded__at_its_amount_in_done_ones, setup, teardown),
        cmocka_unit_test_setup_teardown(balance_of__is_total_less_paid_plus_refunds, setup, teardown),
        cmocka_unit_test_setup_teardown(refund_split__takes_payments_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(position_is_refunded__by_a_live_refund, setup, teardown),
    };

    return cmocka_run_group_tests_name("modules/payments/rules", tests, NULL, NULL);
}
