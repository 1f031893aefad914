/*
 * A store that fails in the midst of an import: each of its calls in turn. Nobody sees the half of an event, and
 * importing the same page again makes it whole.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/v1/catalog.rpc.h"
#include "host/modules.h"
#include "import/import.h"
#include "support/harness.h"

enum { ROUNDS_MAX = 300, REPORT_SIZE_MAX = 64 << 10 };

/* Import a page of this round. Return: import_file()'s; the report in *ret_report. */
static int import_round(struct ts_call *call, unsigned round, struct buf *ret_report)
{
    static const struct import_options options = { .publish = true };
    char path[] = "/tmp/tessera-import-XXXXXX";
    int fd = mkstemp(path), r;
    FILE *file = fdopen(fd, "w");

    fprintf(file,
            "{\"@type\":\"Event\",\"@id\":\"urn:page:%u\",\"name\":\"Round %u\",\"organizer\":\"Organizer %u\","
            "\"location\":{\"name\":\"Hall\",\"address\":{\"addressCountry\":\"DE\"}},"
            "\"startDate\":[\"2031-07-01T20:00\",\"2031-07-02T20:00\"],\"maximumAttendeeCapacity\":40,\"offers\":["
            "{\"name\":\"A\",\"price\":5,\"priceCurrency\":\"EUR\"},"
            "{\"name\":\"B\",\"price\":6,\"priceCurrency\":\"EUR\",\"availability\":\"SoldOut\"}]}",
            round, round, round);
    assert_int_equal(fclose(file), 0);
    buf_clear(ret_report);
    r = import_file(call, &options, path, "page", ret_report);
    unlink(path);
    return r;
}

static bool reports(const struct buf *report, const char *words)
{
    return report->data && memmem(report->data, report->size, words, strlen(words));
}

/* What everybody sees of the round's event: nothing, or all of it. */
static void check_public(struct ts_call *call, unsigned round)
{
    Catalog__GetEventRequest request = CATALOG__GET_EVENT_REQUEST__INIT;
    Catalog__EventIdsRequest ids = CATALOG__EVENT_IDS_REQUEST__INIT;
    Catalog__ListEventDatesRequest list = CATALOG__LIST_EVENT_DATES_REQUEST__INIT;
    const Catalog__GetEventReply *reply;
    const Catalog__ListTicketTypesReply *types;
    const Catalog__ListEventDatesReply *dates;

    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    request.organizer = ts_printf(call->arena, "organizer-%u", round);
    request.slug = ts_printf(call->arena, "round-%u", round);
    assert_int_equal(catalog_get_event(call, &request, &reply), 0);
    harness_as(call, TS_PRINCIPAL_OWNER);
    if (!reply->event)
        return;
    ids.event_ids = list.event_ids = (char *[]){ reply->event->id };
    ids.n_event_ids = list.n_event_ids = 1;
    assert_int_equal(catalog_list_ticket_types(call, &ids, &types), 0);
    assert_int_equal(types->events[0]->n_ticket_types, 2);
    assert_int_equal(catalog_list_event_dates(call, &list, &dates), 0);
    assert_int_equal(dates->connections[0]->n_edges, 2);
}

static void import_file__again_makes_whole_what_a_failing_store_left(struct ts_call *call)
{
    struct buf report;
    unsigned round = 1;
    bool failed = true;

    buf_init(&report, REPORT_SIZE_MAX);
    for (; failed && round < ROUNDS_MAX; round++) {
        int r;

        harness_store_fail(harness_of(call), round);
        r = import_round(call, round, &report);
        failed = harness_store_failed(harness_of(call));
        harness_store_fail(harness_of(call), 0);
        assert_true(failed ? r <= 0 : r == IMPORT_ALL);
        check_public(call, round);
        assert_int_equal(import_round(call, round, &report), IMPORT_ALL);
        check_public(call, round);
        assert_int_equal(import_round(call, round, &report), IMPORT_ALL);
        assert_true(reports(&report, "0 made, 0 updated, 1 unchanged, 0 refused"));
    }
    assert_false(failed); /* the last round went through: every call has failed once */
    assert_true(round > 20);
    buf_done(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        harness_unit_test(import_file__again_makes_whole_what_a_failing_store_left, ts_modules),
    };

    return cmocka_run_group_tests_name("scenario/import", tests, NULL, NULL);
}
