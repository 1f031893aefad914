/* May this ticket pass? Every result, and which of two reasons wins. */
#include "support/test.h"

#include <string.h>

#include "rules.h"

#define RESULT(name) DOOR__CHECK_IN_RESULT__##name
#define STANDING(name) TICKETS__VERIFY_CODE_REPLY__STANDING__##name
#define ENTRY DOOR__CHECK_IN_DIRECTION__ENTRY
#define EXIT DOOR__CHECK_IN_DIRECTION__EXIT

enum { OPENS = 1000, CLOSES = 2000 };

static char *only_type[] = { (char *)"typ_a" };

static Door__CheckInList a_list(void)
{
    Door__CheckInList list = DOOR__CHECK_IN_LIST__INIT;

    list.event_id = (char *)"evt_a";
    list.date_id = (char *)"dat_a";
    list.ticket_type_ids = only_type;
    list.n_ticket_type_ids = 1;
    list.has_opens_at_ms = list.has_closes_at_ms = 1;
    list.opens_at_ms = OPENS;
    list.closes_at_ms = CLOSES;
    return list;
}

static Tickets__VerifyCodeReply a_ticket(Tickets__VerifyCodeReply__Standing standing)
{
    Tickets__VerifyCodeReply ticket = TICKETS__VERIFY_CODE_REPLY__INIT;

    ticket.has_standing = 1;
    ticket.standing = standing;
    ticket.event_id = (char *)"evt_a";
    ticket.date_id = (char *)"dat_a";
    ticket.ticket_type_id = (char *)"typ_a";
    return ticket;
}

static Door__CheckInResult decide_at(const Door__CheckInList *list, const Tickets__VerifyCodeReply *ticket,
                                     int64_t now_ms)
{
    struct scan scan = { ENTRY, now_ms, false };

    return scan_decide(list, ticket, NULL, &scan);
}

static void scan_decide__a_tickets_standing_is_its_result(void **state)
{
    static const struct {
        Tickets__VerifyCodeReply__Standing standing;
        Door__CheckInResult result;
    } rows[] = {
        { STANDING(UNKNOWN), RESULT(INVALID) }, { STANDING(GOOD), RESULT(OK) },
        { STANDING(UNPAID), RESULT(UNPAID) },   { STANDING(CANCELLED), RESULT(CANCELLED) },
        { STANDING(REVOKED), RESULT(REVOKED) }, { STANDING(BLOCKED), RESULT(BLOCKED) },
    };
    Door__CheckInList list = a_list();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        Tickets__VerifyCodeReply ticket = a_ticket(rows[i].standing);

        assert_int_equal(decide_at(&list, &ticket, OPENS), rows[i].result);
    }
}

static void scan_decide__another_event_or_date_learns_nothing(void **state)
{
    Tickets__VerifyCodeReply ticket = a_ticket(STANDING(REVOKED));
    Door__CheckInList list = a_list();

    (void)state;
    ticket.event_id = (char *)"evt_b";
    assert_int_equal(decide_at(&list, &ticket, OPENS), RESULT(WRONG_EVENT));
    ticket.event_id = (char *)"evt_a";
    ticket.date_id = (char *)"dat_b";
    assert_int_equal(decide_at(&list, &ticket, OPENS), RESULT(WRONG_EVENT));
    list.date_id = NULL;
    assert_int_equal(decide_at(&list, &ticket, OPENS), RESULT(REVOKED));
}

static void scan_decide__a_type_not_listed_is_the_wrong_product(void **state)
{
    Tickets__VerifyCodeReply ticket = a_ticket(STANDING(GOOD));
    Door__CheckInList list = a_list();

    (void)state;
    ticket.ticket_type_id = (char *)"typ_b";
    assert_int_equal(decide_at(&list, &ticket, OPENS), RESULT(WRONG_PRODUCT));
    list.n_ticket_type_ids = 0;
    assert_int_equal(decide_at(&list, &ticket, OPENS), RESULT(OK));
}

static void scan_decide__hours_hold_for_entries_only(void **state)
{
    Tickets__VerifyCodeReply ticket = a_ticket(STANDING(GOOD));
    struct scan leaving = { EXIT, CLOSES + 1, false };
    Door__CheckInList list = a_list();

    (void)state;
    assert_int_equal(decide_at(&list, &ticket, OPENS - 1), RESULT(TOO_EARLY));
    assert_int_equal(decide_at(&list, &ticket, OPENS), RESULT(OK));
    assert_int_equal(decide_at(&list, &ticket, CLOSES - 1), RESULT(OK));
    assert_int_equal(decide_at(&list, &ticket, CLOSES), RESULT(TOO_LATE));
    assert_int_equal(scan_decide(&list, &ticket, NULL, &leaving), RESULT(OK));
    list.has_opens_at_ms = list.has_closes_at_ms = 0;
    assert_int_equal(decide_at(&list, &ticket, 0), RESULT(OK));
}

/* An admission with these passings; inside after the last if it was an entry. */
static Door__Admission an_admission(const char *passings)
{
    static Door__Admission__Pass passes[8];
    static Door__Admission__Pass *pointers[8];
    Door__Admission admission = DOOR__ADMISSION__INIT;

    for (size_t i = 0; passings[i]; i++) {
        door__admission__pass__init(&passes[i]);
        passes[i].direction = passings[i] == 'i' ? ENTRY : EXIT;
        pointers[i] = &passes[i];
        admission.inside = passings[i] == 'i';
        admission.n_passes = i + 1;
    }
    admission.passes = pointers;
    return admission;
}

static void admission_allows_entry__once_or_again_after_an_exit(void **state)
{
    static const struct {
        const char *passings;
        bool once, again;
    } rows[] = {
        { "", true, true },    { "o", true, true },   { "oo", true, true },
        { "i", false, false }, { "io", false, true }, { "ioi", false, false },
    };

    (void)state;
    assert_true(admission_allows_entry(NULL, false));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        Door__Admission admission = an_admission(rows[i].passings);

        assert_int_equal(admission_allows_entry(&admission, false), rows[i].once);
        assert_int_equal(admission_allows_entry(&admission, true), rows[i].again);
    }
}

static void scan_decide__a_second_entry_is_already_redeemed(void **state)
{
    Tickets__VerifyCodeReply ticket = a_ticket(STANDING(GOOD));
    Door__Admission inside = an_admission("i");
    struct scan scan = { ENTRY, OPENS, false };
    Door__CheckInList list = a_list();

    (void)state;
    assert_int_equal(scan_decide(&list, &ticket, &inside, &scan), RESULT(ALREADY_REDEEMED));
    scan.direction = EXIT;
    assert_int_equal(scan_decide(&list, &ticket, &inside, &scan), RESULT(OK));
}

static void scan_passes__a_forced_scan_of_a_real_ticket_always_does(void **state)
{
    struct scan online = { ENTRY, 0, false }, offline = { ENTRY, 0, true };

    (void)state;
    assert_true(scan_passes(RESULT(OK), &online));
    assert_false(scan_passes(RESULT(ALREADY_REDEEMED), &online));
    assert_true(scan_passes(RESULT(ALREADY_REDEEMED), &offline));
    assert_true(scan_passes(RESULT(REVOKED), &offline));
    assert_false(scan_passes(RESULT(INVALID), &offline));
    assert_false(scan_passes(RESULT(WRONG_EVENT), &offline));
}

/* The clock by which the exit was recorded was ahead of ours. */
static void scan_pass_ms__online_comes_after_all_on_record(void **state)
{
    Door__Admission__Pass entry = DOOR__ADMISSION__PASS__INIT, exit_ahead = entry;
    Door__Admission__Pass *passes[] = { &entry, &exit_ahead };
    Door__Admission admission = DOOR__ADMISSION__INIT;
    struct scan online = { ENTRY, 70, false }, offline = { ENTRY, 60, true };

    (void)state;
    entry.at_ms = 50;
    exit_ahead.at_ms = 100;
    exit_ahead.direction = EXIT;
    admission.passes = passes;
    admission.n_passes = 2;
    assert_int_equal(scan_pass_ms(NULL, &online, 70), 70);
    assert_int_equal(scan_pass_ms(&admission, &online, 70), 100);
    assert_int_equal(scan_pass_ms(&admission, &online, 120), 120);
    assert_int_equal(scan_pass_ms(&admission, &offline, 70), 60);
    assert_int_equal(scan_pass_ms(&admission, &offline, 40), 40);
}

static void list_times_are_legal__closing_after_opening(void **state)
{
    Door__CreateCheckInListRequest request = DOOR__CREATE_CHECK_IN_LIST_REQUEST__INIT;

    (void)state;
    assert_true(list_times_are_legal(&request));
    request.has_opens_at = 1;
    request.opens_at = 5;
    assert_true(list_times_are_legal(&request));
    request.has_closes_at = 1;
    request.closes_at = 5;
    assert_false(list_times_are_legal(&request));
    request.closes_at = 6;
    assert_true(list_times_are_legal(&request));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scan_decide__a_tickets_standing_is_its_result),
        cmocka_unit_test(scan_decide__another_event_or_date_learns_nothing),
        cmocka_unit_test(scan_decide__a_type_not_listed_is_the_wrong_product),
        cmocka_unit_test(scan_decide__hours_hold_for_entries_only),
        cmocka_unit_test(admission_allows_entry__once_or_again_after_an_exit),
        cmocka_unit_test(scan_decide__a_second_entry_is_already_redeemed),
        cmocka_unit_test(scan_passes__a_forced_scan_of_a_real_ticket_always_does),
        cmocka_unit_test(scan_pass_ms__online_comes_after_all_on_record),
        cmocka_unit_test(list_times_are_legal__closing_after_opening),
    };

    return cmocka_run_group_tests_name("modules/door/rules", tests, NULL, NULL);
}
