/* What mails say: each kind says something, and what a link opens is in it. */
#include "words.h"

#include <string.h>

#include "support/test.h"
#include "tessera/text.h"

static void words_write__say_something_for_each_kind(void **state)
{
    const ProtobufCEnumDescriptor *kinds = &identity__mail_kind__descriptor;
    struct ts_arena *arena = ts_arena_new();

    (void)state;
    for (unsigned i = 0; i < kinds->n_values; i++) {
        struct ts_mail mail = { .to = "ada@example.org" };

        if (!words_write(arena, (Identity__MailKind)kinds->values[i].value, NULL, NULL, NULL, &mail))
            fail_msg("%s says nothing", kinds->values[i].name);
        assert_true(ts_text_is_line(mail.subject, 66));
        assert_non_null(mail.paragraphs[0]);
        assert_null(mail.link);
    }
    assert_false(words_write(arena, (Identity__MailKind)1000, NULL, NULL, NULL, &(struct ts_mail){ .to = NULL }));
    ts_arena_free(arena);
}

static void words_write__have_the_link_or_its_token(void **state)
{
    struct ts_arena *arena = ts_arena_new();
    struct ts_mail mail;
    size_t count = 0;

    (void)state;
    assert_true(words_write(arena, IDENTITY__MAIL_KIND__INVITATION, "https://a.example/?token=t", "t", "Crew", &mail));
    assert_string_equal(mail.link, "https://a.example/?token=t");
    assert_string_equal(mail.link_text, "Join the team");
    assert_string_equal(mail.paragraphs[0], "The team is called \"Crew\".");
    while (mail.paragraphs[count])
        assert_null(strstr(mail.paragraphs[count++], "token"));
    assert_true(words_write(arena, IDENTITY__MAIL_KIND__VERIFY_EMAIL, NULL, "mal_1.t", NULL, &mail));
    assert_null(mail.link);
    for (count = 0; mail.paragraphs[count + 1];)
        count++;
    assert_string_equal(mail.paragraphs[count], "The link's token: mal_1.t");
    ts_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_write__say_something_for_each_kind),
        cmocka_unit_test(words_write__have_the_link_or_its_token),
    };

    return cmocka_run_group_tests_name("identity/words", tests, NULL, NULL);
}
