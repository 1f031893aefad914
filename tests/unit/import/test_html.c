/* Scripts in pages as generators, plug-ins and people write them. */
#include "import/html.h"

#include <string.h>

#include "base/arena.h"
#include "support/test.h"
#include "tessera/cleanup.h"

static void html_scripts__finds_ours_and_no_others(void **state)
{
    static const struct {
        const char *page, *scripts; /* texts with | between */
    } cases[] = {
        { "<script type=\"application/ld+json\">{}</script>", "{}" },
        { "<SCRIPT TYPE='Application/LD+JSON'>{}</SCRIPT>", "{}" },
        { "<script async type = application/ld+json data-x='>'>1</script>", "1" },
        { "<script type=application/ld+json>1</script><script type=application/ld+json>2</script>", "1|2" },
        { "<script\n\ttype=\"application/ld+json; charset=utf-8\"\n>1</script >", "1" },
        { "<script type=\"application/ld&#43;json\">1</script>", "1" },
        { "<script type=\" application/ld+json \">1</script>", "1" },
        { "<script type=\"application/json\">1</script>", "" },
        { "<script type=\"application/ld+jsonx\">1</script>", "" },
        { "<script data-type=\"application/ld+json\">1</script>", "" },
        { "<scripts type=\"application/ld+json\">1</scripts>", "" },
        { "<!-- <script type=application/ld+json>1</script> --><script type=application/ld+json>2</script>", "2" },
        { "<script>'<script type=application/ld+json>1</scr'</script><script type=application/ld+json>2</script>",
          "2" },
        { "<style>a{content:'<script type=application/ld+json>1'}</style>", "" },
        { "<script type=application/ld+json><!--\n1\n--></script>", "1" },
        { "<script type=application/ld+json>//<![CDATA[\n1\n//]]></script>", "1" },
        { "<script type=application/ld+json>/*<![CDATA[*/1/*]]>*/</script>", "1" },
        { "<script type=application/ld+json> <![CDATA[ 1; ]]> </script>", "1" },
        { "<script type=application/ld+json>\"a<!--b\"</script>", "\"a<!--b\"" },
        { "<script type=application/ld+json>1", "1" },
        { "<script type=application/ld+json", "" },
        { "<script type='application/ld+json", "" },
        { "<a title='<script'>x</a><", "" },
        { "", "" },
    };

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(cases); i++) {
        struct ts_arena arena;
        const char *found = "";

        arena_init(&arena);
        for (struct html_script *script = html_scripts(&arena, cases[i].page, strlen(cases[i].page)); script;
             script = script->next)
            found = ts_printf(&arena, "%s%s%.*s", found, *found ? "|" : "", (int)script->size, script->bytes);
        assert_string_equal(found, cases[i].scripts);
        arena_done(&arena);
    }
}

static void html_is__looks_at_the_first_sign(void **state)
{
    (void)state;
    assert_true(html_is(" \n<p>", 5));
    assert_true(html_is("\xef\xbb\xbf<", 4));
    assert_false(html_is("{\"a\":\"<\"}", 9));
    assert_false(html_is(" ", 1));
    assert_false(html_is("", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html_scripts__finds_ours_and_no_others),
        cmocka_unit_test(html_is__looks_at_the_first_sign),
    };

    return cmocka_run_group_tests_name("import/html", tests, NULL, NULL);
}
