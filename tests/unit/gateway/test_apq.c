/* Registered documents: found by digest, bounded in bytes, the least recently used go first. */
#include "gateway/apq.h"

#include <stdbool.h>
#include <string.h>

#include "support/test.h"

static char texts[8][800];

static void add(struct apq *apq, int number)
{
    char digest[2] = { (char)('a' + number), 0 };

    memset(texts[number], 'a' + number, sizeof(texts[number]));
    apq_add(apq, digest, texts[number], sizeof(texts[number]));
}

static bool has(struct apq *apq, int number)
{
    char digest[2] = { (char)('a' + number), 0 };
    size_t size = 0;
    const char *text = apq_find(apq, digest, &size);

    return text && size == sizeof(texts[number]) && memcmp(text, texts[number], size) == 0;
}

static void apq_add__lets_go_of_the_longest_unused(void **state)
{
    struct apq *apq = apq_new(4 * (800 + 128)); /* four of them, to the byte */

    (void)state;
    for (int i = 0; i < 4; i++)
        add(apq, i);
    assert_true(has(apq, 0)); /* so `b` is now the longest unused */
    add(apq, 4);
    assert_false(has(apq, 1));
    assert_true(has(apq, 0) && has(apq, 2) && has(apq, 3) && has(apq, 4));
    apq_free(apq);
}

static void apq_add__keeps_one_of_a_digest(void **state)
{
    struct apq *apq = apq_new(2 * 4 * (800 + 128));

    (void)state;
    for (int i = 0; i < 100; i++)
        add(apq, 0);
    for (int i = 1; i < 8; i++)
        add(apq, i);
    assert_true(has(apq, 0));
    apq_free(apq);
}

static void apq_add__keeps_nothing_over_a_quarter(void **state)
{
    struct apq *fits = apq_new(4 * (800 + 128)), *small = apq_new(4 * (800 + 128) - 1);

    (void)state;
    add(fits, 0);
    add(small, 0);
    assert_true(has(fits, 0));
    assert_false(has(small, 0));
    apq_free(fits);
    apq_free(small);
    apq_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(apq_add__lets_go_of_the_longest_unused),
        cmocka_unit_test(apq_add__keeps_one_of_a_digest),
        cmocka_unit_test(apq_add__keeps_nothing_over_a_quarter),
    };

    return cmocka_run_group_tests_name("gateway/apq", tests, NULL, NULL);
}
