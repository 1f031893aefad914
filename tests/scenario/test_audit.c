/* Who changed what, when: the owner reads it, the public does not, and one object's history stands alone. */
#include "support/client.h"

#include <string.h>

#include "host/modules.h"
#include "tessera/clock.h"

static struct client *client;

#define ask(...) client_ask(client, call, __VA_ARGS__)
#define AUDIT                                                                                                          \
    "{ edges { cursor } nodes { at actor operation objectId version changes { field from to } } "                      \
    "pageInfo { hasNextPage endCursor } }"

static int setup(void **state)
{
    (void)state;
    client = client_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    client_free(client);
    return 0;
}

/* An organizer, an event a second later, and its publication another second later. Return: the event's id. */
static const char *a_history(struct ts_call *call)
{
    const struct json *made =
        ask("mutation { createOrganizer(input: {slug: \"fest\", name: \"Fest\", currency: \"EUR\", "
            "timeZone: \"UTC\"}) { organizer { id } userErrors { message } } }");
    const char *id;

    harness_advance(call, TS_SECOND_MS);
    made = ask("mutation { createEvent(input: {organizerId: \"%s\", slug: \"gala\", title: \"Gala\", "
               "startsAt: \"2026-06-10T18:00:00Z\"}) { event { id } userErrors { message } } }",
               client_text(client_fine(made, "createOrganizer"), "data.createOrganizer.organizer.id"));
    id = client_text(client_fine(made, "createEvent"), "data.createEvent.event.id");
    harness_advance(call, TS_SECOND_MS);
    client_fine(ask("mutation { publishEvent(input: {eventId: \"%s\"}) { userErrors { message } } }", id),
                "publishEvent");
    return id;
}

static void the_audit__is_newest_first_with_actor_and_changes(struct ts_call *call)
{
    const char *id = a_history(call);
    const struct json *found = ask("{ organizer(slug: \"fest\") { audit " AUDIT " } }");

    assert_string_equal(client_text(found, "data.organizer.audit.nodes.0.objectId"), id);
    assert_string_equal(client_text(found, "data.organizer.audit.nodes.0.operation"), "publishEvent");
    assert_string_equal(client_text(found, "data.organizer.audit.nodes.0.actor"), "owner");
    assert_string_equal(client_text(found, "data.organizer.audit.nodes.0.version"), "2");
    assert_string_equal(client_text(found, "data.organizer.audit.nodes.0.changes.0.field"), "status");
    assert_string_equal(client_text(found, "data.organizer.audit.nodes.0.changes.0.from"), "DRAFT");
    assert_string_equal(client_text(found, "data.organizer.audit.nodes.0.changes.0.to"), "PUBLISHED");
    assert_string_equal(client_text(found, "data.organizer.audit.nodes.0.at"), "2026-06-01T12:00:02.000Z");
    assert_string_equal(client_text(found, "data.organizer.audit.nodes.3.operation"), "createOrganizer");
    assert_null(client_find(found, "data.organizer.audit.nodes.4"));
}

static void the_audit__pages_to_its_end(struct ts_call *call)
{
    const struct json *page;
    const char *after = "";
    unsigned count = 0;

    a_history(call);
    do {
        page = ask("{ organizer(slug: \"fest\") { audit(first: 1%s) " AUDIT " } }", after);
        assert_non_null(client_find(page, "data.organizer.audit.nodes.0"));
        after = ts_printf(call->arena, ", after: \"%s\"", client_text(page, "data.organizer.audit.pageInfo.endCursor"));
        count++;
    } while (strcmp(client_text(page, "data.organizer.audit.pageInfo.hasNextPage"), "true") == 0);
    assert_int_equal(count, 4);
    assert_non_null(client_find(ask("{ organizer(slug: \"fest\") { audit(after: \"x\") " AUDIT " } }"), "errors.0"));
    assert_non_null(client_find(ask("{ organizer(slug: \"fest\") { audit(first: 0) " AUDIT " } }"), "errors.0"));
}

static void the_audit__of_one_object_is_its_history(struct ts_call *call)
{
    const char *id = a_history(call);
    const struct json *found = ask("{ organizer(slug: \"fest\") { audit(objectId: \"%s\") " AUDIT " } }", id);

    assert_string_equal(client_text(found, "data.organizer.audit.nodes.1.version"), "1");
    assert_string_equal(client_text(found, "data.organizer.audit.nodes.1.operation"), "createEvent");
    assert_null(client_find(found, "data.organizer.audit.nodes.2"));
    found = ask("{ organizer(slug: \"fest\") { audit(objectId: \"evt_none\") " AUDIT " } }");
    assert_null(client_find(found, "data.organizer.audit.nodes.0"));
}

static void the_audit__is_staffs_alone(struct ts_call *call)
{
    const struct json *found;

    a_history(call);
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    found = ask("{ organizer(slug: \"fest\") { name audit " AUDIT " } }");
    assert_string_equal(client_text(found, "errors.0.extensions.code"), "FORBIDDEN");
    assert_null(client_text(found, "data.organizer.audit"));
    assert_string_equal(client_text(found, "data.organizer.name"), "Fest");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        harness_unit_test(the_audit__is_newest_first_with_actor_and_changes, ts_modules),
        harness_unit_test(the_audit__pages_to_its_end, ts_modules),
        harness_unit_test(the_audit__of_one_object_is_its_history, ts_modules),
        harness_unit_test(the_audit__is_staffs_alone, ts_modules),
    };

    return cmocka_run_group_tests_name("scenario/audit", tests, setup, teardown);
}
