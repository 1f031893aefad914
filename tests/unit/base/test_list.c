/* Lists: order, leaving, walking while members leave. */
#include "base/list.h"

#include "support/test.h"

struct item {
    int number;
    struct list link;
};

static void list__keeps_order_and_lets_members_leave(void **state)
{
    struct item items[4] = { { .number = 0 }, { .number = 1 }, { .number = 2 }, { .number = 3 } };
    struct list list;
    int seen = 0;

    (void)state;
    list_init(&list);
    assert_true(list_is_empty(&list));
    assert_null(list_take_first(&list));
    for (int i = 0; i < 4; i++)
        list_add_end(&list, &items[i].link);
    list_remove(&items[1].link);
    list_remove(&items[1].link);
    LIST_EACH (link, &list) {
        struct item *item = container_of(link, struct item, link);

        seen = seen * 10 + item->number;
        list_remove(link);
    }
    assert_int_equal(seen, 23); /* 0, 2, 3 */
    assert_true(list_is_empty(&list));
    list_add_end(&list, &items[3].link);
    assert_ptr_equal(list_take_first(&list), &items[3].link);
    assert_true(list_is_empty(&list));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list__keeps_order_and_lets_members_leave),
    };

    return cmocka_run_group_tests_name("base/list", tests, NULL, NULL);
}
