/*
 * Names under crashes: two promoters want the same slug, one of them with a key, while the store crashes between any
 * two documents. In the end the slug has one living owner with a date, and it is the one that was acknowledged.
 */
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

#include "catalog/v1/catalog.rpc.h"
#include "fake_inventory.h"
#include "fake_orders.h"
#include "store/crash.h"
#include "tessera/clock.h"
#include "tessera/id.h"

extern const struct ts_module catalog_module;

static const struct ts_module *const modules[] = { &catalog_module, &fake_inventory_module, &fake_orders_module, NULL };

enum { SEEDS = 300, LIVES = 12 };

static struct {
    uint64_t state;
    char acknowledged[TS_ID_SIZE]; /* "" : nobody was told that the event is his */
    unsigned crashes;
} run;

/* splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators"). */
static uint64_t random_next(void *data)
{
    uint64_t bits = run.state += UINT64_C(0x9e3779b97f4a7c15);

    (void)data;
    bits = (bits ^ bits >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    bits = (bits ^ bits >> 27) * UINT64_C(0x94d049bb133111eb);
    return bits ^ bits >> 31;
}

static char *organizer_of(struct ts_call *call)
{
    Catalog__GetOrganizerRequest get = CATALOG__GET_ORGANIZER_REQUEST__INIT;
    Catalog__CreateOrganizerRequest create = CATALOG__CREATE_ORGANIZER_REQUEST__INIT;
    const Catalog__GetOrganizerReply *found;
    const Catalog__CreateOrganizerReply *made;

    get.slug = create.slug = create.name = "fest";
    create.currency = "EUR";
    create.time_zone = "UTC";
    if (catalog_get_organizer(call, &get, &found))
        return NULL;
    if (found->organizer)
        return found->organizer->id;
    return catalog_create_organizer(call, &create, &made) ? NULL : made->organizer->id;
}

/* Want the event. Return: false when the instance crashed. */
static bool want(struct ts_call *call, char *organizer_id, const char *key)
{
    Catalog__CreateEventRequest request = CATALOG__CREATE_EVENT_REQUEST__INIT;
    const Catalog__CreateEventReply *reply;
    int r;

    request.organizer_id = organizer_id;
    request.slug = "gala";
    request.title = key ? "Hers" : "His";
    request.has_starts_at = true;
    request.starts_at = HARNESS_NOW_MS + TS_DAY_MS;
    harness_key(call, key);
    r = catalog_create_event(call, &request, &reply);
    harness_key(call, NULL);
    if (r)
        return false;
    if (reply->event) {
        if (run.acknowledged[0])
            assert_string_equal(reply->event->id, run.acknowledged);
        snprintf(run.acknowledged, sizeof(run.acknowledged), "%s", reply->event->id);
    }
    return true;
}

static void live(struct ts_call *call, void *data)
{
    char *organizer_id = organizer_of(call);

    (void)data;
    if (organizer_id && want(call, organizer_id, NULL))
        (void)want(call, organizer_id, "a-key-with-enough-characters");
    run.crashes += call->runtime->crashed;
}

/* In fair weather, after all: whole, single, and whose it was said to be. */
static void check(struct ts_call *call, void *data)
{
    Catalog__GetEventRequest get = CATALOG__GET_EVENT_REQUEST__INIT;
    Catalog__ListEventsRequest list = CATALOG__LIST_EVENTS_REQUEST__INIT;
    Catalog__IdsRequest ids = CATALOG__IDS_REQUEST__INIT;
    const Catalog__GetEventReply *found;
    const Catalog__ListEventsReply *listed;
    const Catalog__GetEventDatesReply *dates;
    char *organizer_id = organizer_of(call), *date_id;

    (void)data;
    assert_non_null(organizer_id);
    assert_true(want(call, organizer_id, NULL));
    get.organizer = "fest";
    get.slug = "gala";
    assert_int_equal(catalog_get_event(call, &get, &found), 0);
    assert_non_null(found->event);
    if (run.acknowledged[0]) /* else its maker crashed before the answer */
        assert_string_equal(found->event->id, run.acknowledged);
    assert_int_equal(catalog_list_events(call, &list, &listed), 0);
    assert_int_equal(listed->root->total_count, 1);
    date_id = (char *)ts_id_sibling(call, found->event->id, "dat");
    ids.ids = &date_id;
    ids.n_ids = 1;
    assert_int_equal(catalog_get_event_dates(call, &ids, &dates), 0);
    assert_int_equal(dates->n_dates, 1);
}

static void create_event__one_living_owner_whatever_crashes(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= SEEDS; seed++) {
        struct crash_options stormy = { .random = random_next, .crash_per_million = 40000 };
        struct crash_state *left = NULL;
        struct harness *harness;

        run.state = seed;
        run.acknowledged[0] = '\0';
        for (unsigned i = 0; i < LIVES; i++) {
            harness = harness_begin(modules, &stormy, left);
            harness_run(harness, live, NULL);
            left = harness_end(harness);
        }
        harness = harness_begin(modules, NULL, left);
        harness_run(harness, check, NULL);
        harness_free(harness);
    }
    assert_true(run.crashes > SEEDS); /* the weather was bad enough to mean something */
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(create_event__one_living_owner_whatever_crashes) };

    return cmocka_run_group_tests_name("modules/catalog/store", tests, NULL, NULL);
}
