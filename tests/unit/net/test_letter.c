/* Mails as bytes: what RFC 5322, 2045 and 2047 ask, whatever is said. */
#include "net/letter.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "support/test.h"
#include "tessera/cleanup.h"

static struct ts_arena arena;
static struct buf letter;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena);
    buf_init(&letter, 1 << 18);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_done(&letter);
    arena_done(&arena);
    return 0;
}

static const char *write(const char *sender_text, const struct ts_mail *mail)
{
    struct letter_sender sender;

    buf_clear(&letter);
    assert_true(letter_sender_read(&arena, sender_text, &sender));
    letter_write(&letter, &sender, mail, "mwk_1", INT64_C(1780315200000));
    assert_false(letter.full);
    return ts_strndup(&arena, letter.data, letter.size);
}

static const char *const paragraphs[] = { "Grüß Gott", "<script>alert(\"1\")</script> & 'two'\nlines", NULL };

static struct ts_mail mail_of(const char *subject)
{
    return (struct ts_mail){ .to = "ada@example.org",
                             .subject = subject,
                             .paragraphs = paragraphs,
                             .link = "https://a.example/?a=1&b=2",
                             .link_text = "Go <on>" };
}

/* The n-th part's body, decoded. */
static const char *part(const char *text, unsigned number)
{
    uint8_t *bytes = ts_alloc(&arena, strlen(text));
    unsigned bits = 0, have = 0;
    size_t size = 0;
    const char *at = text;

    for (unsigned i = 0; i <= number; i++) {
        at = strstr(at, "base64\r\n\r\n");
        assert_non_null(at);
        at += 10;
    }
    for (; *at && *at != '-'; at++) {
        const char *letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const char *found = strchr(letters, *at);

        if (!found)
            continue;
        bits = bits << 6 | (unsigned)(found - letters);
        have += 6;
        if (have >= 8)
            bytes[size++] = (uint8_t)(bits >> (have -= 8));
    }
    return (const char *)bytes;
}

#define assert_has(text, what)                                                                                         \
    do {                                                                                                               \
        if (!strstr((text), (what)))                                                                                   \
            fail_msg("no \"%s\" in:\n%s", (what), (text));                                                             \
    } while (0)

static void letter_write__has_the_headers_that_are_due(void **state)
{
    struct ts_mail mail = mail_of("Your tickets");
    const char *text = write("tickets@shop.example", &mail);

    (void)state;
    assert_has(text, "From: <tickets@shop.example>\r\nTo: <ada@example.org>\r\nSubject: Your tickets\r\n");
    assert_has(text, "\r\nDate: Mon, 1 Jun 2026 12:00:00 +0000\r\n");
    assert_has(text, "\r\nMessage-ID: <mwk_1@shop.example>\r\n");
    assert_has(text, "\r\nAuto-Submitted: auto-generated\r\n");
    assert_has(text, "\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"=_mwk_1\"\r\n\r\n");
    assert_string_equal(text + strlen(text) - strlen("\r\n--=_mwk_1--\r\n"), "\r\n--=_mwk_1--\r\n");
}

static void letter_write__says_the_same_twice(void **state)
{
    struct ts_mail mail = mail_of("A");
    const char *text = write("a@b.example", &mail);

    (void)state;
    assert_string_equal(part(text, 0), "Grüß Gott\r\n\r\n<script>alert(\"1\")</script> & 'two'\nlines\r\n\r\n"
                                       "Go <on>:\r\nhttps://a.example/?a=1&b=2\r\n");
    assert_has(part(text, 1), "<p>Grüß Gott</p>\n<p>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; "
                              "&#39;two&#39;<br>\nlines</p>\n");
    assert_has(part(text, 1), "<a href=\"https://a.example/?a=1&amp;b=2\">Go &lt;on&gt;</a>");
    mail.link = NULL;
    assert_null(strstr(part(write("a@b.example", &mail), 1), "<a "));
}

static void letter_write__says_its_language(void **state)
{
    struct ts_mail mail = mail_of("A");

    (void)state;
    assert_has(write("a@b.example", &mail), "\r\nContent-Language: en\r\n");
    assert_has(part(write("a@b.example", &mail), 1), "<html lang=\"en\"><head>");
    mail.language = TS_GERMAN;
    assert_has(write("a@b.example", &mail), "\r\nContent-Language: de\r\n");
    assert_has(part(write("a@b.example", &mail), 1), "<html lang=\"de\"><head>");
    mail.language = TS_ARABIC;
    assert_has(part(write("a@b.example", &mail), 1), "<html lang=\"ar\" dir=\"rtl\"><head>");
}

/* Lines of at most 78 characters, encoded words of at most 75, cut between characters. */
static void letter_write__encodes_long_and_foreign_words(void **state)
{
    static const char *const subjects[] = {
        "Grüße",
        "=?UTF-8?B?QQ==?=",
        "ääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääää",
        "日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語",
        "𝕏𝕏𝕏𝕏𝕏𝕏𝕏𝕏𝕏𝕏𝕏𝕏𝕏𝕏𝕏𝕏𝕏𝕏𝕏𝕏𝕏𝕏𝕏𝕏",
        "a very long subject a very long subject a very long subject a very long subject a very long subject a very "
        "long "
        "subject a very long subject a very long subject a very long subject a very long subject",
    };

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(subjects); i++) {
        struct ts_mail mail = mail_of(subjects[i]);
        const char *text = write("Bühne <a@b.example>", &mail), *line = text;

        assert_has(text, "From: =?UTF-8?B?QsO8aG5l?= <a@b.example>\r\n");
        assert_has(text, "Subject: =?UTF-8?B?");
        while (*line) {
            size_t size = strcspn(line, "\r\n");

            assert_true(size <= 88); /* a header's first encoded word stands behind its name */
            assert_memory_equal(line + size, "\r\n", 2);
            for (size_t c = 0; c < size; c++)
                assert_in_range((unsigned char)line[c], 32, 126);
            line += size + 2;
        }
    }
}

static void letter_sender_read__takes_an_address_with_or_without_a_name(void **state)
{
    static const char *const wrong[] = { "",
                                         "a",
                                         "<a@b.example>",
                                         "A <a@b.example",
                                         "A a@b.example",
                                         "A <a>",
                                         "A <>",
                                         "A\r\nBcc: b <a@b.example>",
                                         "a@b.example,c@d.example",
                                         "a@b.example\r\nX: y",
                                         "A <a@b.example> x" };
    struct letter_sender sender;

    (void)state;
    assert_true(letter_sender_read(&arena, "The Shop <tickets@b.example>", &sender));
    assert_string_equal(sender.name, "The Shop");
    assert_string_equal(sender.address, "tickets@b.example");
    assert_string_equal(sender.domain, "b.example");
    assert_true(letter_sender_read(&arena, "a@b.example", &sender));
    assert_null(sender.name);
    for (size_t i = 0; i < TS_ARRAY_SIZE(wrong); i++)
        if (letter_sender_read(&arena, wrong[i], &sender))
            fail_msg("%s was taken", wrong[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(letter_write__has_the_headers_that_are_due, set_up, tear_down),
        cmocka_unit_test_setup_teardown(letter_write__says_the_same_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(letter_write__says_its_language, set_up, tear_down),
        cmocka_unit_test_setup_teardown(letter_write__encodes_long_and_foreign_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(letter_sender_read__takes_an_address_with_or_without_a_name, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("net/letter", tests, NULL, NULL);
}
