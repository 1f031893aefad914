/* Mail work documents: each mail is sent once, later where it cannot be now, and again only after a crash. */
#include "tessera/mail.h"

#include <stdio.h>
#include <string.h>

#include "base/list.h"
#include "loop/outbound.h"
#include "store/crash.h"
#include "support/harness.h"
#include "tessera/bus.h"
#include "tessera/clock.h"
#include "tessera/module.h"

#define ID "mwk_01jwnrc0000000000000000000"

/* ---- a mail server that does as told, and counts */

static struct {
    struct outbound outbound;
    int result;      /* of each mail from now on */
    unsigned pauses; /* before that, others run so often */
    bool crash;      /* the instance ends in the moment in which the mail was taken */
    unsigned taken;  /* mails handed over */
    char last_id[64];
} server;

static int server_mail(struct outbound *outbound, struct ts_call *call, const struct ts_mail *mail, const char *id,
                       const char **ret_problem)
{
    (void)outbound;
    assert_string_equal(mail->to, "ada@example.org");
    server.taken++;
    (void)snprintf(server.last_id, sizeof(server.last_id), "%s", id);
    if (server.crash)
        crash_store_crash(call->runtime->store);
    for (unsigned i = 0; i < server.pauses; i++)
        fiber_yield();
    if (server.result)
        *ret_problem = "it said no";
    return server.result;
}

/* ---- a module that has mails to send */

static struct {
    int result;
    struct ts_mail mail;
} words;

static const struct ts_collection works = {
    .name = "works",
    .message = &common__mail_work__descriptor,
    .indexes = { { "due", { "due_ms" } } },
};

static int compose(struct ts_call *call, const char *id, struct ts_mail *ret_mail)
{
    (void)call;
    assert_string_equal(id, ID);
    *ret_mail = words.mail;
    return words.result;
}

static int on_due(struct ts_call *call, const char *id)
{
    return ts_mail_continue(call, &works, id, compose);
}

static const struct ts_collection *const collections[] = { &works, NULL };
static const struct ts_due due[] = { { &works, on_due }, { 0 } };
static const struct ts_module module = { .name = "writer", .collections = collections, .due = due };
static const struct ts_module *const modules[] = { &module, NULL };

static void set_up(struct ts_call *call)
{
    static const char *const paragraphs[] = { "One.", NULL };

    memset(&server, 0, sizeof(server));
    server.outbound.mail = server_mail;
    call->runtime->outbound = &server.outbound;
    words.result = 0;
    words.mail = (struct ts_mail){ .to = "ada@example.org", .subject = "A mail", .paragraphs = paragraphs };
}

static void insert(struct ts_call *call)
{
    Common__MailWork *work = ts_mail_work_new(call, ID);

    assert_non_null(work);
    assert_int_equal(ts_store_insert(call, &works, ID, &work->base), 0);
}

static const Common__MailWork *look(struct ts_call *call)
{
    struct ts_doc doc;

    assert_int_equal(ts_store_get(call, &works, ID, &doc), 0);
    return (const Common__MailWork *)doc.body;
}

/* ---- tests */

static void mail_work__is_none_without_a_server(struct ts_call *call)
{
    struct outbound none = { .mail = NULL };

    assert_false(ts_mail_is_on(call));
    assert_null(ts_mail_work_new(call, ID));
    call->runtime->outbound = &none;
    assert_false(ts_mail_is_on(call));
    assert_null(ts_mail_work_new(call, ID));
    assert_null(ts_shop_url(call, TS_GERMAN, "order/1"));
    assert_null(ts_account_url(call, TS_GERMAN, "verify"));
}

static void shop_url__is_of_a_language(struct ts_call *call)
{
    struct outbound none = { .mail = NULL };

    call->runtime->outbound = &none;
    none.shop_url = "https://shop.example";
    none.account_url = "https://shop.example/account/";
    assert_string_equal(ts_shop_url(call, TS_ENGLISH, "order/1"), "https://shop.example/order/1");
    assert_string_equal(ts_shop_url(call, TS_GERMAN, "order/1"), "https://shop.example/de/order/1");
    assert_string_equal(ts_account_url(call, TS_ENGLISH, "verify"), "https://shop.example/account/verify");
    assert_string_equal(ts_account_url(call, TS_JAPANESE, "verify"), "https://shop.example/ja/account/verify");
    none.shop_url = "https://shop.example/";
    none.account_url = "https://shop.example/account";
    assert_string_equal(ts_account_url(call, TS_ARABIC, "verify"), "https://shop.example/ar/account/verify");
    none.account_url = "https://shop.example/";
    assert_string_equal(ts_account_url(call, TS_ARABIC, "verify"), "https://shop.example/ar/verify");
    none.account_url = "https://shop.example.org/account"; /* pages of somebody else's */
    assert_string_equal(ts_account_url(call, TS_ARABIC, "verify"), "https://shop.example.org/account/verify");
    none.shop_url = NULL;
    assert_string_equal(ts_account_url(call, TS_ARABIC, "verify"), "https://shop.example.org/account/verify");
}

static void mail_continue__sends_once(struct ts_call *call)
{
    const Common__MailWork *work;

    set_up(call);
    insert(call);
    harness_advance(call, 0);
    harness_advance(call, TS_DAY_MS);
    work = look(call);
    assert_int_equal(server.taken, 1);
    assert_string_equal(server.last_id, ID);
    assert_true(work->has_sent_at_ms);
    assert_false(work->has_due_ms);
    assert_false(work->failed);
}

static int run_due(struct ts_call *call, void *item)
{
    (void)item;
    return on_due(call, ID);
}

static void mail_continue__said_to_many_at_once_sends_once(struct ts_call *call)
{
    void *items[8] = { NULL };

    set_up(call);
    server.pauses = 20;
    insert(call);
    assert_int_equal(ts_all(call, run_due, items, 8), 0);
    assert_int_equal(server.taken, 1);
    assert_true(look(call)->has_sent_at_ms);
}

static void mail_continue__tries_again_for_a_day_and_a_half(struct ts_call *call)
{
    static const int64_t tried_s[] = { 60, 300, 900, 3600, 7200, 14400, 28800, 28800, 43200 };

    set_up(call);
    server.result = TS_EUNAVAILABLE;
    insert(call);
    harness_advance(call, 0);
    assert_int_equal(server.taken, 1);
    for (unsigned i = 0; i < sizeof(tried_s) / sizeof(tried_s[0]); i++) {
        harness_advance(call, (tried_s[i] - 1) * TS_SECOND_MS);
        assert_int_equal(server.taken, i + 1);
        harness_advance(call, TS_SECOND_MS);
        assert_int_equal(server.taken, i + 2);
    }
    assert_true(look(call)->failed);
    assert_false(look(call)->has_due_ms);
    harness_advance(call, 30 * (int64_t)TS_DAY_MS);
    assert_int_equal(server.taken, 10);
}

static void mail_continue__goes_on_when_the_server_is_back(struct ts_call *call)
{
    set_up(call);
    server.result = TS_EUNKNOWN;
    insert(call);
    harness_advance(call, 0);
    server.result = 0;
    harness_advance(call, TS_MINUTE_MS);
    assert_int_equal(server.taken, 2);
    assert_true(look(call)->has_sent_at_ms);
    assert_int_equal(look(call)->tries, 2);
}

static void mail_continue__sends_no_more_what_was_refused(struct ts_call *call)
{
    set_up(call);
    server.result = OUTBOUND_MAIL_REFUSED;
    insert(call);
    harness_advance(call, 0);
    harness_advance(call, TS_DAY_MS);
    assert_int_equal(server.taken, 1);
    assert_true(look(call)->failed);
    assert_false(look(call)->has_sent_at_ms);
}

static void mail_continue__drops_what_is_not_to_be_said(struct ts_call *call)
{
    set_up(call);
    words.result = TS_MAIL_DROP;
    insert(call);
    harness_advance(call, 0);
    harness_advance(call, TS_DAY_MS);
    assert_int_equal(server.taken, 0);
    assert_false(look(call)->has_due_ms);
    assert_false(look(call)->failed);
}

static void mail_continue__waits_for_what_is_to_be_said(struct ts_call *call)
{
    set_up(call);
    words.result = TS_MAIL_LATER;
    insert(call);
    harness_advance(call, 0);
    assert_int_equal(server.taken, 0);
    words.result = 0;
    harness_advance(call, 2 * TS_SECOND_MS);
    assert_int_equal(server.taken, 1);
}

static void mail_continue__gives_up_waiting(struct ts_call *call)
{
    set_up(call);
    words.result = TS_MAIL_LATER;
    insert(call);
    for (unsigned i = 0; i < 12; i++)
        harness_advance(call, 2 * TS_SECOND_MS);
    assert_false(look(call)->has_due_ms);
}

/* Nothing that came from outside can begin a header, or a command to the server. */
static void mail_continue__sends_nothing_malformed(struct ts_call *call)
{
    static const struct ts_mail wrong[] = {
        { .to = "ada@example.org\r\nBcc: eve@example.org" },
        { .to = "ada@example.org>\r\nDATA" },
        { .to = "ada@example.org,eve@example.org" },
        { .to = "Ada <ada@example.org>" },
        { .to = "ada" },
        { .to = NULL },
        { .subject = "A\r\nBcc: eve@example.org" },
        { .subject = "A\nB" },
        { .subject = "" },
        { .link = "javascript:alert(1)", .link_text = "a" },
        { .link = "https://a.example/\r\nB", .link_text = "a" },
        { .link = "https://a.example/", .link_text = "a\nb" },
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        Common__MailWork *work;

        set_up(call);
        words.mail.to = wrong[i].to || i == 5 ? wrong[i].to : words.mail.to;
        words.mail.subject = wrong[i].subject ? wrong[i].subject : words.mail.subject;
        words.mail.link = wrong[i].link;
        words.mail.link_text = wrong[i].link_text;
        work = ts_mail_work_new(call, ID);
        assert_int_equal(ts_store_put(call, &works, ID, i ? 3 * (int64_t)i : 0, &work->base), 0);
        harness_advance(call, 0);
        if (server.taken)
            fail_msg("number %zu was sent", i);
        assert_true(look(call)->failed);
    }
}

/* ---- crashes */

static void send_and_crash(struct ts_call *call, void *data)
{
    (void)data;
    set_up(call);
    server.crash = true;
    insert(call);
    assert_int_equal(on_due(call, ID), TS_ECRASHED);
}

static void go_on(struct ts_call *call, void *data)
{
    (void)data;
    set_up(call);
    harness_advance(call, 30 * TS_SECOND_MS); /* somebody else might still be sending it */
    assert_int_equal(server.taken, 0);
    harness_advance(call, 11 * TS_SECOND_MS);
    assert_int_equal(server.taken, 1);
    assert_string_equal(server.last_id, ID); /* so that it can be told from another mail */
    assert_true(look(call)->has_sent_at_ms);
}

static void mail_continue__sends_again_what_was_not_noted(void **state)
{
    struct harness *harness = harness_begin(modules, NULL, NULL);
    struct crash_state *left;

    (void)state;
    harness_run(harness, send_and_crash, NULL);
    left = harness_end(harness);
    harness = harness_begin(modules, NULL, left);
    harness_run(harness, go_on, NULL);
    crash_state_free(harness_end(harness));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        harness_unit_test(mail_work__is_none_without_a_server, modules),
        harness_unit_test(shop_url__is_of_a_language, modules),
        harness_unit_test(mail_continue__sends_once, modules),
        harness_unit_test(mail_continue__said_to_many_at_once_sends_once, modules),
        harness_unit_test(mail_continue__tries_again_for_a_day_and_a_half, modules),
        harness_unit_test(mail_continue__goes_on_when_the_server_is_back, modules),
        harness_unit_test(mail_continue__sends_no_more_what_was_refused, modules),
        harness_unit_test(mail_continue__drops_what_is_not_to_be_said, modules),
        harness_unit_test(mail_continue__waits_for_what_is_to_be_said, modules),
        harness_unit_test(mail_continue__gives_up_waiting, modules),
        harness_unit_test(mail_continue__sends_nothing_malformed, modules),
        cmocka_unit_test(mail_continue__sends_again_what_was_not_noted),
    };

    return cmocka_run_group_tests_name("host/mail", tests, NULL, NULL);
}
