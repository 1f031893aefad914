/*
 * One wish said by several at once under one key, each a few turns of the loop after the one before: whatever the first
 * has done by then (a name taken, the last place held, a limit reached), all hear what it hears.
 */
#include "rig.h"

#include <stdio.h>
#include <string.h>

#include "loop/fiber.h"
#include "tessera/limits.h"

enum { TWINS = 3, GAP_MAX = 8 };

/* A wish that a shop can grant once; `prepare` brings the shop to where that is so. */
struct wish {
    void (*prepare)(struct ts_call *call, struct shop *shop);
    /* *ret_id: of what was made; otherwise the refusal's words. */
    void (*say)(struct ts_call *call, const struct shop *shop, const char **ret_answer);
};

struct twin {
    const struct wish *wish;
    const struct shop *shop;
    unsigned wait_turns;
    const char *answer;
};

static int run_twin(struct ts_call *call, void *item)
{
    struct twin *twin = item;

    for (unsigned i = 0; i < twin->wait_turns; i++)
        fiber_yield();
    twin->wish->say(call, twin->shop, &twin->answer);
    return 0;
}

static void twins_are_apart(struct ts_call *call, const struct wish *wish, unsigned gap)
{
    struct shop shop = shop_open(call);
    struct twin twins[TWINS];
    void *items[TWINS];

    wish->prepare(call, &shop);
    for (unsigned i = 0; i < TWINS; i++) {
        twins[i] = (struct twin){ wish, &shop, i * gap, NULL };
        items[i] = &twins[i];
    }
    call->idempotency_key = KEY;
    assert_int_equal(ts_all(call, run_twin, items, TWINS), 0);
    assert_non_null(strchr(twins[0].answer, '_')); /* an id */
    for (unsigned i = 1; i < TWINS; i++)
        if (strcmp(twins[i].answer, twins[0].answer) != 0)
            fail_msg("%u turns apart: '%s', then '%s'", gap, twins[0].answer, twins[i].answer);
}

struct round {
    const struct wish *wish;
    unsigned gap;
};

static void run_round(struct ts_call *call, void *data)
{
    struct round *round = data;

    twins_are_apart(call, round->wish, round->gap);
}

static void twins_agree(void **state)
{
    for (unsigned gap = 0; gap <= GAP_MAX; gap++) {
        struct round round = { *state, gap };
        struct rig *rig = rig_new(1);

        rig_run(rig, run_round, &round);
        rig_free(rig);
    }
}

/* ---- the wishes */

#define answer_of(reply, thing) ((reply)->n_refusals ? (reply)->refusals[0]->message : (reply)->thing->id)

static void prepare_nothing(struct ts_call *call, struct shop *shop)
{
    (void)call;
    (void)shop;
}

static void say_organizer(struct ts_call *call, const struct shop *shop, const char **ret_answer)
{
    Catalog__CreateOrganizerRequest request = CATALOG__CREATE_ORGANIZER_REQUEST__INIT;
    const Catalog__CreateOrganizerReply *reply;

    (void)shop;
    request.slug = "other";
    request.name = "The Other";
    request.currency = "EUR";
    request.time_zone = "Europe/Berlin";
    assert_int_equal(catalog_create_organizer(call, &request, &reply), 0);
    *ret_answer = answer_of(reply, organizer);
}

static void say_event(struct ts_call *call, const struct shop *shop, const char **ret_answer)
{
    Catalog__CreateEventRequest request = CATALOG__CREATE_EVENT_REQUEST__INIT;
    const Catalog__CreateEventReply *reply;

    request.organizer_id = (char *)shop->organizer;
    request.slug = "other";
    request.title = "Other";
    request.has_starts_at = true;
    request.starts_at = RIG_NOW_MS + TS_DAY_MS;
    assert_int_equal(catalog_create_event(call, &request, &reply), 0);
    *ret_answer = answer_of(reply, event);
}

static void prepare_types(struct ts_call *call, struct shop *shop)
{
    for (unsigned i = 1; i < TS_TYPES_PER_EVENT_MAX; i++)
        (void)shop_type(call, shop, "1.00", NULL, 0);
}

static void say_type(struct ts_call *call, const struct shop *shop, const char **ret_answer)
{
    Catalog__CreateTicketTypeRequest request = CATALOG__CREATE_TICKET_TYPE_REQUEST__INIT;
    const Catalog__CreateTicketTypeReply *reply;

    request.event_id = (char *)shop->event;
    request.name = "Last";
    request.price = "1.00";
    assert_int_equal(catalog_create_ticket_type(call, &request, &reply), 0);
    *ret_answer = answer_of(reply, ticket_type);
}

static void prepare_quotas(struct ts_call *call, struct shop *shop)
{
    for (unsigned i = 1; i < TS_QUOTAS_PER_DATE_MAX; i++)
        (void)shop_quota(call, shop, 1);
}

static void say_quota(struct ts_call *call, const struct shop *shop, const char **ret_answer)
{
    Inventory__CreateQuotaRequest request = INVENTORY__CREATE_QUOTA_REQUEST__INIT;
    const Inventory__CreateQuotaReply *reply;

    request.event_id = (char *)shop->event;
    request.name = "Last";
    assert_int_equal(inventory_create_quota(call, &request, &reply), 0);
    *ret_answer = answer_of(reply, quota);
}

static struct id only_type; /* of the shop at hand */

static void prepare_place(struct ts_call *call, struct shop *shop)
{
    struct id hall = shop_quota(call, shop, 1);

    only_type = shop_type(call, shop, "10.00", &hall, 1);
}

static void say_hold(struct ts_call *call, const struct shop *shop, const char **ret_answer)
{
    const Inventory__HoldTicketsReply *reply = buy(call, shop, &only_type, 1);

    assert_non_null(reply);
    *ret_answer = answer_of(reply, hold);
}

static struct wish a_slug_of_organizers = { prepare_nothing, say_organizer };
static struct wish a_slug_of_events = { prepare_nothing, say_event };
static struct wish the_last_type = { prepare_types, say_type };
static struct wish the_last_quota = { prepare_quotas, say_quota };
static struct wish the_last_place = { prepare_place, say_hold };

#define twins_unit_test(wish)                                                                                          \
    {                                                                                                                  \
        "twins_agree__on_" #wish, twins_agree, NULL, NULL, &(wish)                                                     \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        twins_unit_test(a_slug_of_organizers), twins_unit_test(a_slug_of_events), twins_unit_test(the_last_type),
        twins_unit_test(the_last_quota),       twins_unit_test(the_last_place),
    };

    return cmocka_run_group_tests_name("inventory/twins", tests, NULL, NULL);
}
