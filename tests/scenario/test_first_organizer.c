/*
 * The first hour: an owner makes an organizer and an event, looks at it as staff and as the public, publishes it, adds
 * a date, cancels. Through schema, engine, bus, module and store, in both transports.
 */
#include "support/client.h"

#include "host/modules.h"

static struct client *client;

#define ask(...) client_ask(client, call, __VA_ARGS__)

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

static const char *an_organizer(struct ts_call *call)
{
    const struct json *made =
        ask("mutation { createOrganizer(input: {slug: \"fest\", name: \"Fest\", currency: \"EUR\", "
            "timeZone: \"Europe/Berlin\"}) { organizer { id } userErrors { message } } }");

    return client_text(client_fine(made, "createOrganizer"), "data.createOrganizer.organizer.id");
}

static const char *an_event(struct ts_call *call)
{
    const struct json *made =
        ask("mutation { createEvent(input: {organizerId: \"%s\", slug: \"gala\", title: \"Gala\", "
            "startsAt: \"2026-06-10T18:00:00Z\"}) { event { id } userErrors { message } } }",
            an_organizer(call));

    return client_text(client_fine(made, "createEvent"), "data.createEvent.event.id");
}

static void publish(struct ts_call *call, const char *event_id)
{
    client_fine(ask("mutation { publishEvent(input: {eventId: \"%s\"}) { event { status } userErrors { message } } }",
                    event_id),
                "publishEvent");
}

static void an_organizer__is_made_by_the_owner_and_found_by_anybody(struct ts_call *call)
{
    const char *id = an_organizer(call);
    const struct json *found;

    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    found = ask("{ organizer(slug: \"fest\") { id name currency timeZone events { totalCount } } }");
    assert_string_equal(client_text(found, "data.organizer.id"), id);
    assert_string_equal(client_text(found, "data.organizer.name"), "Fest");
    assert_string_equal(client_text(found, "data.organizer.events.totalCount"), "0");
    assert_null(client_text(ask("{ organizer(slug: \"none\") { id } }"), "data.organizer"));
}

static void an_organizer__is_not_made_by_nobody_in_particular(struct ts_call *call)
{
    const struct json *refused;

    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    refused = ask("mutation { createOrganizer(input: {slug: \"fest\", name: \"Fest\", currency: \"EUR\", "
                  "timeZone: \"UTC\"}) { organizer { id } } }");
    assert_string_equal(client_text(refused, "errors.0.extensions.code"), "UNAUTHENTICATED");
    assert_null(client_text(ask("{ organizer(slug: \"fest\") { id } }"), "data.organizer"));
}

static void an_organizer__a_refusal_names_code_and_path(struct ts_call *call)
{
    const struct json *refused;

    an_organizer(call);
    refused = ask("mutation { createOrganizer(input: {slug: \"fest\", name: \"Other\", currency: \"EUR\", "
                  "timeZone: \"UTC\"}) { organizer { id } userErrors { code path } } }");
    assert_null(client_find(refused, "errors"));
    assert_null(client_text(refused, "data.createOrganizer.organizer"));
    assert_string_equal(client_text(refused, "data.createOrganizer.userErrors.0.code"), "CONFLICT");
    assert_string_equal(client_text(refused, "data.createOrganizer.userErrors.0.path.0"), "slug");
}

static void an_event__is_a_secret_until_it_is_published(struct ts_call *call)
{
    const char *id = an_event(call);
    const struct json *found;

    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_null(client_text(ask("{ event(id: \"%s\") { id } }", id), "data.event"));
    assert_null(client_text(ask("{ node(id: \"%s\") { id } }", id), "data.node"));
    assert_string_equal(client_text(ask("{ events { totalCount } }"), "data.events.totalCount"), "0");
    harness_as(call, TS_PRINCIPAL_OWNER);
    publish(call, id);
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    found = ask("{ event(organizer: \"fest\", slug: \"gala\") { id status startsAt endsAt organizer { slug } "
                "dates { totalCount nodes { status event { title } } pageInfo { hasNextPage } } } }");
    assert_string_equal(client_text(found, "data.event.id"), id);
    assert_string_equal(client_text(found, "data.event.startsAt"), "2026-06-10T18:00:00.000Z");
    assert_null(client_text(found, "data.event.endsAt"));
    assert_string_equal(client_text(found, "data.event.organizer.slug"), "fest");
    assert_string_equal(client_text(found, "data.event.dates.totalCount"), "1");
    assert_string_equal(client_text(found, "data.event.dates.nodes.0.event.title"), "Gala");
    assert_string_equal(client_text(ask("{ events { nodes { title } } }"), "data.events.nodes.0.title"), "Gala");
}

static void an_event__of_a_series_shows_its_next_date_that_stands(struct ts_call *call)
{
    const char *id = an_event(call), *second;
    const struct json *made =
        ask("mutation { createEventDate(input: {eventId: \"%s\", startsAt: \"2026-06-05T18:00:00Z\"}) "
            "{ eventDate { id } userErrors { message } } }",
            id);

    second = client_text(client_fine(made, "createEventDate"), "data.createEventDate.eventDate.id");
    publish(call, id);
    assert_string_equal(client_text(ask("{ event(id: \"%s\") { startsAt } }", id), "data.event.startsAt"),
                        "2026-06-05T18:00:00.000Z");
    made = ask("mutation { cancelEventDate(input: {dateId: \"%s\"}) { eventDate { status } userErrors { message } } }",
               second);
    assert_string_equal(client_text(client_fine(made, "cancelEventDate"), "data.cancelEventDate.eventDate.status"),
                        "CANCELLED");
    assert_string_equal(client_text(ask("{ event(id: \"%s\") { startsAt } }", id), "data.event.startsAt"),
                        "2026-06-10T18:00:00.000Z");
}

static void an_update__null_clears_and_absent_keeps(struct ts_call *call)
{
    const char *id = an_event(call);
    const struct json *updated;

    client_fine(ask("mutation { updateEvent(input: {eventId: \"%s\", description: \"Long\", imageUrl: "
                    "\"https://a.example/i\"}) { userErrors { message } } }",
                    id),
                "updateEvent");
    updated =
        ask("mutation { updateEvent(input: {eventId: \"%s\", description: null}) { event { description imageUrl } "
            "userErrors { message } } }",
            id);
    assert_null(client_text(client_fine(updated, "updateEvent"), "data.updateEvent.event.description"));
    assert_string_equal(client_text(updated, "data.updateEvent.event.imageUrl"), "https://a.example/i");
    updated = ask("mutation { updateEvent(input: {eventId: \"%s\", title: null}) { userErrors { path } } }", id);
    assert_string_equal(client_text(updated, "data.updateEvent.userErrors.0.path.0"), "title");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        harness_unit_test(an_organizer__is_made_by_the_owner_and_found_by_anybody, ts_modules),
        harness_unit_test(an_organizer__is_not_made_by_nobody_in_particular, ts_modules),
        harness_unit_test(an_organizer__a_refusal_names_code_and_path, ts_modules),
        harness_unit_test(an_event__is_a_secret_until_it_is_published, ts_modules),
        harness_unit_test(an_event__of_a_series_shows_its_next_date_that_stands, ts_modules),
        harness_unit_test(an_update__null_clears_and_absent_keeps, ts_modules),
    };

    return cmocka_run_group_tests_name("scenario/first_organizer", tests, setup, teardown);
}
