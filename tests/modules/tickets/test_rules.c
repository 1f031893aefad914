/* How a ticket's code is spelled and what it is worth: every standing, both sides of each bound. */
#include "support/test.h"

#include <string.h>

#include "rules.h"

#define STANDING(name) TICKETS__VERIFY_CODE_REPLY__STANDING__##name
#define STATUS(name) ORDERS__ORDER_STATUS__##name

static void code_pack__survives_unpacking(void **state)
{
    struct code code = { .issue = 7 }, copy;
    uint8_t bytes[CODE_BYTES];

    (void)state;
    memset(code.ticket, 1, 16);
    memset(code.date, 2, 16);
    memset(code.type, 3, 16);
    code_pack(&code, bytes);
    assert_true(code_unpack(bytes, sizeof(bytes), &copy));
    assert_memory_equal(&code, &copy, sizeof(code));
}

static void code_unpack__refuses_other_sizes_and_layouts(void **state)
{
    uint8_t bytes[CODE_BYTES + 1] = { 1 };
    struct code code;

    (void)state;
    assert_true(code_unpack(bytes, CODE_BYTES, &code));
    assert_false(code_unpack(bytes, CODE_BYTES - 1, &code));
    assert_false(code_unpack(bytes, CODE_BYTES + 1, &code));
    assert_false(code_unpack(bytes, 0, &code));
    bytes[0] = 2;
    assert_false(code_unpack(bytes, CODE_BYTES, &code));
}

static void code_split__finds_the_two_parts(void **state)
{
    struct code_text parts;

    (void)state;
    assert_true(code_split("T1.abc.de", &parts));
    assert_int_equal(parts.payload_size, 3);
    assert_memory_equal(parts.payload, "abc", 3);
    assert_string_equal(parts.signature, "de");
}

static void code_split__refuses_what_is_no_code(void **state)
{
    static const char *const wrong[] = { "",
                                         "T1",
                                         "T1.",
                                         "T1.abc",
                                         "T1..de",
                                         "T1.abc.",
                                         "T1.a.b.c",
                                         "T2.abc.de",
                                         "t1.abc.de",
                                         " T1.abc.de",
                                         "https://example.org/" };
    char longest[CODE_LENGTH_MAX + 2];
    struct code_text parts;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(code_split(wrong[i], &parts));
    assert_false(code_split(NULL, &parts));
    memset(longest, 'a', sizeof(longest));
    memcpy(longest, "T1.a.", 5);
    longest[CODE_LENGTH_MAX] = '\0';
    assert_true(code_split(longest, &parts));
    longest[CODE_LENGTH_MAX] = 'a';
    longest[CODE_LENGTH_MAX + 1] = '\0';
    assert_false(code_split(longest, &parts));
}

static void secret_is_shaped__wants_52_characters(void **state)
{
    char text[SECRET_LENGTH + 2];

    (void)state;
    memset(text, 'a', sizeof(text));
    text[SECRET_LENGTH + 1] = '\0';
    assert_false(secret_is_shaped(text));
    text[SECRET_LENGTH] = '\0';
    assert_true(secret_is_shaped(text));
    text[SECRET_LENGTH - 1] = '\0';
    assert_false(secret_is_shaped(text));
    assert_false(secret_is_shaped(NULL));
}

static void ticket_standing__order_decides_before_the_ticket(void **state)
{
    Tickets__TicketState revoked = TICKETS__TICKET_STATE__INIT;

    (void)state;
    revoked.revoked = revoked.blocked = true;
    assert_int_equal(ticket_standing(STATUS(PENDING), &revoked, 0), STANDING(UNPAID));
    assert_int_equal(ticket_standing(STATUS(EXPIRED), &revoked, 0), STANDING(UNPAID));
    assert_int_equal(ticket_standing(STATUS(CANCELLED), &revoked, 0), STANDING(CANCELLED));
    assert_int_equal(ticket_standing(STATUS(PAID), &revoked, 0), STANDING(REVOKED));
}

static void ticket_standing__only_the_newest_issue_is_good(void **state)
{
    Tickets__TicketState second = TICKETS__TICKET_STATE__INIT;

    (void)state;
    second.issue = 1;
    assert_int_equal(ticket_standing(STATUS(PAID), NULL, 0), STANDING(GOOD));
    assert_int_equal(ticket_standing(STATUS(PAID), NULL, 1), STANDING(REVOKED));
    assert_int_equal(ticket_standing(STATUS(PAID), &second, 0), STANDING(REVOKED));
    assert_int_equal(ticket_standing(STATUS(PAID), &second, 1), STANDING(GOOD));
    assert_int_equal(ticket_standing(STATUS(PAID), &second, 2), STANDING(REVOKED));
}

static void ticket_standing__blocked_and_revoked_is_revoked(void **state)
{
    Tickets__TicketState ticket = TICKETS__TICKET_STATE__INIT;

    (void)state;
    ticket.blocked = true;
    assert_int_equal(ticket_standing(STATUS(PAID), &ticket, 0), STANDING(BLOCKED));
    ticket.revoked = true;
    assert_int_equal(ticket_standing(STATUS(PAID), &ticket, 0), STANDING(REVOKED));
}

static void ticket_exists__from_payment_on(void **state)
{
    (void)state;
    assert_false(ticket_exists(STATUS(PENDING)));
    assert_false(ticket_exists(STATUS(EXPIRED)));
    assert_true(ticket_exists(STATUS(PAID)));
    assert_true(ticket_exists(STATUS(CANCELLED)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_pack__survives_unpacking),
        cmocka_unit_test(code_unpack__refuses_other_sizes_and_layouts),
        cmocka_unit_test(code_split__finds_the_two_parts),
        cmocka_unit_test(code_split__refuses_what_is_no_code),
        cmocka_unit_test(secret_is_shaped__wants_52_characters),
        cmocka_unit_test(ticket_standing__order_decides_before_the_ticket),
        cmocka_unit_test(ticket_standing__only_the_newest_issue_is_good),
        cmocka_unit_test(ticket_standing__blocked_and_revoked_is_revoked),
        cmocka_unit_test(ticket_exists__from_payment_on),
    };

    return cmocka_run_group_tests_name("modules/tickets/rules", tests, NULL, NULL);
}
