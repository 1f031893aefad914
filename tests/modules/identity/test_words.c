/* What mails say: each kind says something in each language, and what a link opens is in it. */
#include "words.h"

#include <string.h>

#include "support/test.h"
#include "tessera/text.h"

enum { SUBJECT_SIZE_MAX = 160 /* of UTF-8; a line of a mail for any of them */ };

static const char *kind_name(Identity__MailKind kind)
{
    return protobuf_c_enum_descriptor_get_value(&identity__mail_kind__descriptor, (int)kind)->name;
}

static void words_write__say_something_for_each_kind_in_each_language(void **state)
{
    const ProtobufCEnumDescriptor *kinds = &identity__mail_kind__descriptor;
    struct ts_arena *arena = ts_arena_new();
    struct mail_facts facts = { .kind = (Identity__MailKind)1000 };
    struct ts_mail mail;

    (void)state;
    assert_int_equal(kinds->n_values, MAIL_KINDS);
    assert_false(words_write(arena, &facts, &mail));
    for (unsigned i = 0; i < kinds->n_values * TS_LANGUAGES; i++) {
        facts.language = i % TS_LANGUAGES;
        facts.kind = (Identity__MailKind)kinds->values[i / TS_LANGUAGES].value;
        assert_true(words_write(arena, &facts, &mail));
        if (!ts_text_is_line(mail.subject, SUBJECT_SIZE_MAX) || !mail.paragraphs[0])
            fail_msg("%s says nothing in %s", kind_name(facts.kind), ts_language_tag(facts.language));
        assert_int_equal(mail.language, facts.language);
        assert_null(mail.link);
    }
    ts_arena_free(arena);
}

/* As much as the English one, in other words: as many paragraphs, and a link where there is one. */
static void assert_translated(const struct mail_text *text, const struct mail_text *english, const char *where)
{
    bool same = strcmp(text->subject, english->subject) == 0 || !text->link_text != !english->link_text ||
                (text->link_text && strcmp(text->link_text, english->link_text) == 0);

    for (size_t i = 0; i < PARAGRAPHS_MAX && !same; i++)
        same = !text->paragraphs[i] != !english->paragraphs[i] ||
               (text->paragraphs[i] &&
                (strcmp(text->paragraphs[i], english->paragraphs[i]) == 0 || strchr(text->paragraphs[i], '{')));
    if (same)
        fail_msg("%s is not as in English", where);
}

static void words_mails__are_all_translated(void **state)
{
    const struct mails *english = words_mails(TS_ENGLISH);
    struct ts_arena *arena = ts_arena_new();

    (void)state;
    for (enum ts_language language = TS_ENGLISH + 1; language < TS_LANGUAGES; language++) {
        const struct mails *mails = words_mails(language);

        assert_non_null(strstr(mails->team, "{team}"));
        assert_non_null(strstr(mails->token, "{token}"));
        for (unsigned kind = 0; kind < MAIL_KINDS; kind++) {
            assert_int_equal(!english->kinds[kind].link_text, !words_page(kind));
            assert_translated(&mails->kinds[kind], &english->kinds[kind],
                              ts_printf(arena, "%s in %s", kind_name(kind), ts_language_tag(language)));
        }
    }
    ts_arena_free(arena);
}

static void words_write__have_the_link_or_its_token(void **state)
{
    struct mail_facts invitation = { TS_ENGLISH, IDENTITY__MAIL_KIND__INVITATION, "https://a.example/?token=t", "t",
                                     "{token}" };
    struct mail_facts verification = { TS_GERMAN, IDENTITY__MAIL_KIND__VERIFY_EMAIL, NULL, "mal_1.t", NULL };
    struct ts_arena *arena = ts_arena_new();
    struct ts_mail mail;
    size_t count = 1;

    (void)state;
    assert_true(words_write(arena, &invitation, &mail));
    assert_string_equal(mail.link, "https://a.example/?token=t");
    assert_string_equal(mail.link_text, "Join the team");
    assert_string_equal(mail.paragraphs[0], "The team is called \"{token}\".");
    while (mail.paragraphs[count])
        assert_null(strstr(mail.paragraphs[count++], "token"));
    assert_true(words_write(arena, &verification, &mail));
    assert_null(mail.link);
    for (count = 0; mail.paragraphs[count + 1];)
        count++;
    assert_string_equal(mail.paragraphs[count], "Das Token des Links: mal_1.t");
    ts_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_write__say_something_for_each_kind_in_each_language),
        cmocka_unit_test(words_mails__are_all_translated),
        cmocka_unit_test(words_write__have_the_link_or_its_token),
    };

    return cmocka_run_group_tests_name("identity/words", tests, NULL, NULL);
}
