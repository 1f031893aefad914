/* What an audit shows of two versions, and what it hides. */
#include "support/test.h"

#include <string.h>

#include "base/arena.h"
#include "catalog/v1/catalog.pb-c.h"
#include "orders/v1/orders.pb-c.h"
#include "rules.h"

static struct ts_arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static const Audit__AuditChange *change_of(const ProtobufCMessage *before, const ProtobufCMessage *after,
                                           const char *field)
{
    Audit__AuditChange **changes;
    size_t count = changes_of(&arena, before, after, &changes);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(changes[i]->field, field) == 0)
            return changes[i];
    }
    return NULL;
}

static void changes_of__the_first_version_shows_what_it_set(void **state)
{
    Catalog__Event event = CATALOG__EVENT__INIT;

    (void)state;
    event.title = "Gala";
    event.has_test_mode = event.test_mode = true;
    event.has_created_at_ms = true;
    event.created_at_ms = 5;
    assert_string_equal(change_of(NULL, &event.base, "title")->to, "Gala");
    assert_null(change_of(NULL, &event.base, "title")->from);
    assert_string_equal(change_of(NULL, &event.base, "test_mode")->to, "true");
    assert_string_equal(change_of(NULL, &event.base, "created_at_ms")->to, "5");
    assert_null(change_of(NULL, &event.base, "slug"));
}

static void changes_of__shows_only_what_differs(void **state)
{
    Catalog__Event before = CATALOG__EVENT__INIT, after;

    (void)state;
    before.title = "Gala";
    before.description = "Old";
    before.has_status = true;
    before.status = CATALOG__EVENT_STATUS__DRAFT;
    after = before;
    after.status = CATALOG__EVENT_STATUS__PUBLISHED;
    after.description = NULL;
    assert_null(change_of(&before.base, &after.base, "title"));
    assert_string_equal(change_of(&before.base, &after.base, "status")->from, "DRAFT");
    assert_string_equal(change_of(&before.base, &after.base, "status")->to, "PUBLISHED");
    assert_string_equal(change_of(&before.base, &after.base, "description")->from, "Old");
    assert_null(change_of(&before.base, &after.base, "description")->to);
    assert_string_equal(change_of(&before.base, NULL, "title")->from, "Gala");
}

static void changes_of__money_reads_as_money(void **state)
{
    Common__Money old_price = COMMON__MONEY__INIT, new_price;
    Catalog__TicketType before = CATALOG__TICKET_TYPE__INIT, after;

    (void)state;
    old_price.has_minor = true;
    old_price.minor = 1250;
    old_price.currency = "EUR";
    new_price = old_price;
    new_price.minor = 5;
    before.price = &old_price;
    after = before;
    after.price = &new_price;
    assert_string_equal(change_of(&before.base, &after.base, "price")->from, "12.50 EUR");
    assert_string_equal(change_of(&before.base, &after.base, "price")->to, "0.05 EUR");
}

static void changes_of__hides_secrets_and_persons(void **state)
{
    Orders__Order order = ORDERS__ORDER__INIT;

    (void)state;
    order.code = "ABCDE";
    order.secret = "the-secret";
    order.email = "a@b.example";
    order.name = "Ada";
    order.place_key = "digest";
    assert_string_equal(change_of(NULL, &order.base, "code")->to, "ABCDE");
    assert_string_equal(change_of(NULL, &order.base, "secret")->to, "…");
    assert_string_equal(change_of(NULL, &order.base, "email")->to, "…");
    assert_string_equal(change_of(NULL, &order.base, "name")->to, "…");
    assert_string_equal(change_of(NULL, &order.base, "place_key")->to, "…");
}

static void message_string__reads_a_field_by_name(void **state)
{
    Catalog__Event event = CATALOG__EVENT__INIT;

    (void)state;
    event.organizer_id = "org_1";
    assert_string_equal(message_string(&event.base, "organizer_id"), "org_1");
    assert_null(message_string(&event.base, "slug"));
    assert_null(message_string(&event.base, "created_at_ms"));
    assert_null(message_string(&event.base, "nothing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_of__the_first_version_shows_what_it_set),
        cmocka_unit_test(changes_of__shows_only_what_differs),
        cmocka_unit_test(changes_of__money_reads_as_money),
        cmocka_unit_test(changes_of__hides_secrets_and_persons),
        cmocka_unit_test(message_string__reads_a_field_by_name),
    };

    return cmocka_run_group_tests_name("modules/audit/rules", tests, setup, teardown);
}
