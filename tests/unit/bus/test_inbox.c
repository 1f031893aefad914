/* Whose answer is whose, at a real NATS server: also late, and when there is nobody to answer. */
#include "bus/inbox.h"

#include <stdio.h>
#include <string.h>

#include "support/nats.h"
#include "support/test.h"

static struct nats_server server;
static natsConnection *connection;
static struct inbox inbox;

/* What an asker was told. */
struct told {
    bool told, unserved;
    char text[16];
};

static int setup(void **state)
{
    (void)state;
    assert_int_equal(natsConnection_ConnectTo(&connection, server.url), NATS_OK);
    inbox = (struct inbox){ 0 };
    assert_int_equal(inbox_open(&inbox, connection, "test"), NATS_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    natsConnection_Destroy(connection);
    inbox_close(&inbox);
    return 0;
}

static void on_answer(void *data, void *asker, natsMsg *message)
{
    struct told *told = asker;

    assert_ptr_equal(data, &inbox);
    assert_false(told->told);
    told->told = true;
    told->unserved = !message;
    if (message)
        (void)snprintf(told->text, sizeof(told->text), "%s", strchr(natsMsg_GetData(message), '\n') + 1);
    natsMsg_Destroy(message);
}

/* All that the server has for us by now. */
static void read_all(void)
{
    assert_int_equal(natsConnection_Flush(connection), NATS_OK);
    inbox_read(&inbox, UINT64_MAX, on_answer, &inbox);
}

/* What whoever serves has of a request. */
struct asked {
    char subject[256];
    unsigned long long number;
};

static struct asked asked_of(const struct inbox_slot *slot)
{
    struct asked asked;

    (void)snprintf(asked.subject, sizeof(asked.subject), "%s", inbox_subject(slot));
    asked.number = inbox_number(slot);
    return asked;
}

/* As he would. */
static void answer(const struct asked *asked, const char *text)
{
    char bytes[64];

    (void)snprintf(bytes, sizeof(bytes), "id=%llu.0\n%s", asked->number, text);
    assert_int_equal(natsConnection_PublishString(connection, asked->subject, bytes), NATS_OK);
}

static void answer_slot(const struct inbox_slot *slot, const char *text)
{
    struct asked asked = asked_of(slot);

    answer(&asked, text);
}

static void ask_nobody(const struct inbox_slot *slot)
{
    assert_int_equal(natsConnection_PublishRequestString(connection, "nobody", inbox_subject(slot), ""), NATS_OK);
}

static void inbox_read__tells_each_its_own(void **state)
{
    struct told told[3] = { 0 };
    struct inbox_slot *slots[3];

    (void)state;
    for (int i = 0; i < 3; i++)
        slots[i] = inbox_ask(&inbox, &told[i]);
    answer_slot(slots[2], "third");
    answer_slot(slots[0], "first");
    read_all();
    assert_string_equal(told[0].text, "first");
    assert_string_equal(told[2].text, "third");
    assert_false(told[1].told);
    answer_slot(slots[1], "second");
    read_all();
    assert_string_equal(told[1].text, "second");
    told[1].told = false;
    answer_slot(slots[1], "and more"); /* its requests may be several */
    read_all();
    assert_string_equal(told[1].text, "and more");
    for (int i = 0; i < 3; i++)
        inbox_end(&inbox, slots[i]);
    assert_int_equal(inbox.count, 3);
}

/* Another id, none, no head: who may write here is trusted, but not to be right. */
static void inbox_read__takes_no_word_without_the_id(void **state)
{
    static const char *const words[] = { "id=2.0\nwrong", "id=10.0\nlonger", "id=1\nhalf", "id=\nnone",
                                         "\nno id",       "no head",         "id=1.0",     "id=1.0 size=9\nshort" };
    struct told told = { 0 };
    struct inbox_slot *slot = inbox_ask(&inbox, &told);

    (void)state;
    assert_int_equal(inbox_number(slot), 1);
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        assert_int_equal(natsConnection_PublishString(connection, inbox_subject(slot), words[i]), NATS_OK);
    read_all();
    assert_false(told.told);
    answer_slot(slot, "right");
    read_all();
    assert_string_equal(told.text, "right");
    inbox_end(&inbox, slot);
}

/* One of two that came is enough for one; the other is there for the next reading. */
static void inbox_read__reads_as_many_as_came(void **state)
{
    struct told told[2] = { 0 };
    struct inbox_slot *slots[2] = { inbox_ask(&inbox, &told[0]), inbox_ask(&inbox, &told[1]) };

    (void)state;
    answer_slot(slots[0], "first");
    answer_slot(slots[1], "second");
    assert_int_equal(natsConnection_Flush(connection), NATS_OK);
    inbox_read(&inbox, 1, on_answer, &inbox);
    assert_true(told[0].told && !told[1].told);
    inbox_read(&inbox, 1, on_answer, &inbox);
    assert_true(told[1].told);
    inbox_end(&inbox, slots[0]);
    inbox_end(&inbox, slots[1]);
}

static void inbox_read__tells_whom_nobody_serves(void **state)
{
    struct told told[3] = { 0 };
    struct inbox_slot *slots[3];

    (void)state;
    for (int i = 0; i < 3; i++)
        slots[i] = inbox_ask(&inbox, &told[i]);
    ask_nobody(slots[1]);
    read_all();
    assert_true(told[1].unserved);
    assert_false(told[0].told || told[2].told);
    answer_slot(slots[0], "served");
    read_all();
    assert_string_equal(told[0].text, "served");
    for (int i = 0; i < 3; i++)
        inbox_end(&inbox, slots[i]);
}

/* The first is given up; what is said to it later is not taken for what is said to those after it. */
static void inbox_read__keeps_late_words_apart(void **state)
{
    struct told late = { 0 }, next = { 0 }, last = { 0 };
    struct inbox_slot *slot = inbox_ask(&inbox, &late);
    struct asked was = asked_of(slot);

    (void)state;
    inbox_end(&inbox, slot);
    slot = inbox_ask(&inbox, &next);
    assert_int_equal(inbox.count, 2); /* it could still be said that nobody serves the first */
    answer_slot(slot, "next");
    read_all();
    assert_string_equal(next.text, "next");
    inbox_end(&inbox, slot);
    for (int i = 0; i < 4; i++) { /* both are used again */
        slot = inbox_ask(&inbox, &last);
        answer(&was, "late");
        read_all();
        assert_false(last.told);
        answer_slot(slot, "last");
        read_all();
        assert_string_equal(last.text, "last");
        last.told = false;
        inbox_end(&inbox, slot);
    }
    assert_int_equal(inbox.count, 2);
    assert_false(late.told);
}

static void inbox_read__keeps_late_refusals_apart(void **state)
{
    struct told late = { 0 }, next = { 0 }, last = { 0 };
    struct inbox_slot *slot = inbox_ask(&inbox, &late);

    (void)state;
    ask_nobody(slot);
    inbox_end(&inbox, slot); /* before it is read */
    slot = inbox_ask(&inbox, &next);
    answer_slot(slot, "next");
    read_all();
    assert_string_equal(next.text, "next");
    inbox_end(&inbox, slot);
    for (int i = 0; i < 4; i++) {
        slot = inbox_ask(&inbox, &last);
        read_all();
        assert_false(last.told);
        answer_slot(slot, "last");
        read_all();
        assert_false(last.unserved);
        last.told = false;
        inbox_end(&inbox, slot);
    }
    assert_int_equal(inbox.count, 2);
}

#define inbox_unit_test(body) cmocka_unit_test_setup_teardown(body, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        inbox_unit_test(inbox_read__tells_each_its_own),     inbox_unit_test(inbox_read__takes_no_word_without_the_id),
        inbox_unit_test(inbox_read__reads_as_many_as_came),  inbox_unit_test(inbox_read__tells_whom_nobody_serves),
        inbox_unit_test(inbox_read__keeps_late_words_apart), inbox_unit_test(inbox_read__keeps_late_refusals_apart),
    };
    int failed;

    if (!nats_server_found())
        return 77;
    nats_server_init(&server);
    nats_server_start(&server);
    failed = cmocka_run_group_tests_name("bus/inbox", tests, NULL, NULL);
    nats_server_kill(&server);
    nats_Close();
    return failed;
}
