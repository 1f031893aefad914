#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/keys.h"
#include "store/mongo.h"
#include "store/store.h"
#include "support/patient.h"
#include "telemetry/metrics.h"
#include "tessera/limits.h"

extern const struct ts_module catalog_module, inventory_module;
static const struct ts_module *const catalog_and_inventory[] = { &catalog_module, &inventory_module, NULL };

static const struct ts_principal principals[] = {
    [TS_PRINCIPAL_ANONYMOUS] = { TS_PRINCIPAL_ANONYMOUS, "anonymous" },
    [TS_PRINCIPAL_OWNER] = { TS_PRINCIPAL_OWNER, "owner" },
    [TS_PRINCIPAL_SYSTEM] = { TS_PRINCIPAL_SYSTEM, "system" },
};

/* ---- the instance */

static int64_t wall_ms(struct ts_runtime *runtime)
{
    (void)runtime;
    return RIG_NOW_MS;
}

/* splitmix64 */
static uint64_t next_random(void *data)
{
    struct rig *rig = data;
    uint64_t z = rig->random_state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t rig_draw(struct rig *rig, uint64_t below)
{
    return next_random(rig) % below;
}

static void random_bytes(struct ts_runtime *runtime, void *bytes, size_t size)
{
    char *at = bytes;

    for (; size--; at++)
        *at = (char)next_random(runtime);
}

static void on_crash(void *data)
{
    struct rig *rig = data;

    rig->crashed = true;
    rig->runtime.crashed = true;
}

static const struct bus_transport *transport(void)
{
    const char *name = getenv("TESSERA_TEST_BUS");

    return name && strcmp(name, "wire") == 0 ? &bus_wire : &bus_local;
}

/* Its crashes begin after the start: who dies before has promised nobody anything. */
static struct store *open_store(struct rig *rig)
{
    struct crash_options calm = rig->options;
    struct store_message message = { "" };
    struct store *store;

    calm.crash_per_million = 0;
    if (!rig->uri[0] && rig->twin_of)
        return crash_store_twin(rig->twin_of->store, &calm);
    if (!rig->uri[0])
        return crash_store_open(rig->runtime.loop, &calm, rig->left);
    if (mongo_store_open(rig->runtime.loop, rig->uri, NULL, &store, &message))
        fail_msg("%s", message.text);
    return store;
}

static void start(struct rig *rig)
{
    struct loop *loop = rig->runtime.loop;
    struct buf problems;

    buf_init(&problems, 1 << 16);
    runtime_init(&rig->runtime, loop);
    rig->runtime.wall_ms = wall_ms;
    rig->runtime.random = random_bytes;
    rig->runtime.metrics = metrics_new();
    rig->runtime.keys = rig->keys;
    rig->runtime.clock_offset_ms = rig->clock_offset_ms;
    rig->crashed = false;
    rig->store = rig->runtime.store = open_store(rig);
    rig->left = NULL;
    if (host_start(&rig->runtime, &(struct host_config){ .modules = rig->modules, .transport = transport() },
                   &rig->host, &problems) != 0)
        fail_msg("%.*s", (int)problems.size, problems.data);
    if (rig->uri[0])
        patient_bus(rig->runtime.bus);
    else
        crash_store_weather(rig->store, &rig->options);
    buf_done(&problems);
}

static struct keys *make_keys(struct ts_runtime *runtime)
{
    struct buf problems;

    buf_init(&problems, 1 << 16);
    assert_int_equal(keys_open(runtime, NULL, &problems), 0);
    buf_done(&problems);
    return runtime->keys;
}

static struct rig *rig_begin(uint64_t seed, struct loop *loop, struct rig *twin_of,
                             const struct ts_module *const *modules)
{
    struct rig *rig = calloc(1, sizeof(*rig));

    assert_non_null(rig);
    rig->twin_of = twin_of;
    rig->modules = modules;
    rig->keys = twin_of ? twin_of->keys : make_keys(&rig->runtime);
    rig->random_state = seed;
    rig->options = (struct crash_options){ .random = next_random, .data = rig, .on_crash = on_crash };
    rig->runtime.loop = loop;
    if (twin_of)
        memcpy(rig->uri, twin_of->uri, sizeof(rig->uri));
    else if (mongo_wanted())
        (void)mongo_server_fresh(mongo_server_shared(), rig->uri);
    start(rig);
    return rig;
}

struct rig *rig_new_of(uint64_t seed, const struct ts_module *const *modules)
{
    struct loop *loop = loop_new();

    if (!mongo_wanted())       /* a real server is waited for */
        loop_clock_stop(loop); /* no deadline passes because the machine is slow */
    return rig_begin(seed, loop, NULL, modules);
}

struct rig *rig_new(uint64_t seed)
{
    return rig_new_of(seed, catalog_and_inventory);
}

struct rig *rig_twin(struct rig *rig, uint64_t seed)
{
    return rig_begin(seed, rig->runtime.loop, rig, rig->modules);
}

struct ts_call twin_call(const struct ts_call *call, struct rig *twin)
{
    struct ts_call other = *call;

    other.runtime = &twin->runtime;
    return other;
}

void rig_lag(struct rig *rig, unsigned lag_ms_max)
{
    rig->options.scan_lag_ms_max = lag_ms_max;
    if (!rig->uri[0])
        crash_store_weather(rig->store, &rig->options);
}

static void stop(struct rig *rig)
{
    assert_int_equal(host_stop(rig->host, FIBER_TEST_MS_MAX), 0);
    rig->clock_offset_ms = rig->runtime.clock_offset_ms;
    if (rig->twin_of || rig->uri[0])
        store_close(rig->store);
    else
        rig->left = crash_store_take(rig->store);
    metrics_free(rig->runtime.metrics);
}

void rig_restart(struct rig *rig)
{
    stop(rig);
    start(rig);
}

void rig_free(struct rig *rig)
{
    stop(rig);
    if (!rig->twin_of) {
        keys_close(&rig->runtime);
        crash_state_free(rig->left);
        loop_free(rig->runtime.loop);
    }
    free(rig);
}

struct rig *rig_of(const struct ts_call *call)
{
    return (struct rig *)call->runtime;
}

struct body {
    void (*run)(struct ts_call *call, void *data);
    void *data;
};

static void owners_body(struct ts_call *call, void *data)
{
    struct body *body = data;

    as_owner(call);
    body->run(call, body->data);
}

void rig_run(struct rig *rig, void (*run)(struct ts_call *call, void *data), void *data)
{
    struct body body = { run, data };

    fiber_test_run(&rig->runtime, owners_body, &body);
}

struct pair {
    struct rig *rig, *twin;
    void (*run)(struct ts_call *call, struct ts_call *other);
};

static void pair_body(struct ts_call *call, void *data)
{
    const struct pair *pair = data;
    struct ts_call other = twin_call(call, pair->twin);

    pair->run(call, &other);
}

void rig_run_pair(const struct ts_module *const *modules, unsigned lag_ms_max,
                  void (*body)(struct ts_call *call, struct ts_call *other))
{
    struct pair pair = { .rig = rig_new_of(1, modules), .run = body };

    pair.twin = rig_twin(pair.rig, 2);
    pair.rig->runtime.sandbox = pair.twin->runtime.sandbox = true;
    rig_lag(pair.rig, lag_ms_max);
    rig_lag(pair.twin, lag_ms_max);
    rig_run(pair.rig, pair_body, &pair);
    rig_free(pair.twin);
    rig_free(pair.rig);
}

void rig_entry(void **state)
{
    struct rig *rig = rig_new(1);

    rig_run(rig, fiber_test_body, *state);
    rig_free(rig);
}

void rig_check(struct ts_call *call, struct checker_report *ret_report)
{
    assert_int_equal(checker_run(call, rig_of(call)->store, ret_report), 0);
    if (ret_report->problem[0])
        fail_msg("%s", ret_report->problem);
}

/* ---- who asks */

void as_buyer(struct ts_call *call)
{
    call->principal = &principals[TS_PRINCIPAL_ANONYMOUS];
}

void as_owner(struct ts_call *call)
{
    call->principal = &principals[TS_PRINCIPAL_OWNER];
}

void as_system(struct ts_call *call)
{
    call->principal = &principals[TS_PRINCIPAL_SYSTEM];
}

/* ---- a shop */

static void copy_id(char *to, const char *from)
{
    assert_int_equal(strlen(from), TS_ID_LENGTH);
    memcpy(to, from, TS_ID_SIZE);
}

struct shop shop_open(struct ts_call *call)
{
    Catalog__CreateOrganizerRequest organizer = CATALOG__CREATE_ORGANIZER_REQUEST__INIT;
    Catalog__CreateEventRequest event = CATALOG__CREATE_EVENT_REQUEST__INIT;
    Catalog__PublishEventRequest publish = CATALOG__PUBLISH_EVENT_REQUEST__INIT;
    const Catalog__CreateOrganizerReply *organizer_reply;
    const Catalog__CreateEventReply *event_reply;
    const Catalog__PublishEventReply *publish_reply;
    struct shop shop;

    organizer.slug = "fest";
    organizer.name = "The Fest";
    organizer.currency = "EUR";
    organizer.time_zone = "Europe/Berlin";
    assert_int_equal(catalog_create_organizer(call, &organizer, &organizer_reply), 0);
    copy_id(shop.organizer, organizer_reply->organizer->id);
    event.organizer_id = shop.organizer;
    event.slug = "gala";
    event.title = "A Gala";
    event.has_starts_at = true;
    event.starts_at = ts_now_ms(call) + 30 * (int64_t)TS_DAY_MS;
    assert_int_equal(catalog_create_event(call, &event, &event_reply), 0);
    assert_int_equal(event_reply->n_refusals, 0);
    copy_id(shop.event, event_reply->event->id);
    copy_id(shop.date, event_reply->date_id);
    publish.event_id = shop.event;
    assert_int_equal(catalog_publish_event(call, &publish, &publish_reply), 0);
    assert_int_equal(publish_reply->n_refusals, 0);
    return shop;
}

struct id shop_quota(struct ts_call *call, const struct shop *shop, int32_t size)
{
    Inventory__CreateQuotaRequest request = INVENTORY__CREATE_QUOTA_REQUEST__INIT;
    const Inventory__CreateQuotaReply *reply;
    struct id id;

    request.event_id = (char *)shop->event;
    request.name = "Hall";
    request.has_size = size >= 0;
    request.size = size;
    assert_int_equal(inventory_create_quota(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    copy_id(id.text, reply->quota->id);
    return id;
}

struct id shop_type(struct ts_call *call, const struct shop *shop, const char *price, struct id *quotas, size_t count)
{
    Catalog__CreateTicketTypeRequest request = CATALOG__CREATE_TICKET_TYPE_REQUEST__INIT;
    const Catalog__CreateTicketTypeReply *reply;
    char *ids[8];
    struct id id;

    for (size_t i = 0; i < count; i++)
        ids[i] = quotas[i].text;
    request.event_id = (char *)shop->event;
    request.name = "Seat";
    request.price = (char *)price;
    request.quota_ids = ids;
    request.n_quota_ids = count;
    assert_int_equal(catalog_create_ticket_type(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    copy_id(id.text, reply->ticket_type->id);
    return id;
}

/* ---- calls */

const Inventory__HoldTicketsReply *buy(struct ts_call *call, const struct shop *shop, const struct id *type,
                                       int32_t quantity)
{
    Inventory__HoldTicketsRequest request = INVENTORY__HOLD_TICKETS_REQUEST__INIT;
    Inventory__HoldLine line = INVENTORY__HOLD_LINE__INIT;
    Inventory__HoldLine *lines[] = { &line };
    const Inventory__HoldTicketsReply *reply = NULL;

    line.ticket_type_id = (char *)type->text;
    line.has_quantity = true;
    line.quantity = quantity;
    request.event_id = (char *)shop->event;
    request.lines = lines;
    request.n_lines = 1;
    return inventory_hold_tickets(call, &request, &reply) ? NULL : reply;
}

const Inventory__HoldStateReply *keep(struct ts_call *call, const char *hold_id, const char *order_id, int64_t until_ms)
{
    Inventory__KeepHoldRequest request = INVENTORY__KEEP_HOLD_REQUEST__INIT;
    const Inventory__HoldStateReply *reply = NULL;

    request.hold_id = (char *)hold_id;
    request.order_id = (char *)order_id;
    request.has_expires_at_ms = true;
    request.expires_at_ms = until_ms;
    return inventory_keep_hold(call, &request, &reply) ? NULL : reply;
}

const Inventory__HoldStateReply *sell(struct ts_call *call, const char *hold_id, const char *order_id)
{
    Inventory__SellHoldRequest request = INVENTORY__SELL_HOLD_REQUEST__INIT;
    const Inventory__HoldStateReply *reply = NULL;

    request.hold_id = (char *)hold_id;
    request.order_id = (char *)order_id;
    return inventory_sell_hold(call, &request, &reply) ? NULL : reply;
}

const Inventory__HoldStateReply *give_back(struct ts_call *call, const char *hold_id, const char *order_id, bool sold)
{
    Inventory__FreeHoldRequest request = INVENTORY__FREE_HOLD_REQUEST__INIT;
    const Inventory__HoldStateReply *reply = NULL;

    request.hold_id = (char *)hold_id;
    request.order_id = (char *)order_id;
    request.has_sold = true;
    request.sold = sold;
    return inventory_free_hold(call, &request, &reply) ? NULL : reply;
}

const Inventory__QuotaCounts *counts(struct ts_call *call, const struct id *quota)
{
    Inventory__IdsRequest request = INVENTORY__IDS_REQUEST__INIT;
    const Inventory__GetQuotaCountsReply *reply = NULL;
    const struct ts_principal *before = call->principal;
    char *ids[] = { (char *)quota->text };

    request.ids = ids;
    request.n_ids = 1;
    as_owner(call);
    assert_int_equal(inventory_get_quota_counts(call, &request, &reply), 0);
    call->principal = before;
    assert_int_equal(reply->n_counts, 1);
    return reply->counts[0];
}

void advance(struct ts_call *call, int64_t duration_ms)
{
    assert_int_equal(host_clock_advance(rig_of(call)->host, duration_ms), 0);
}

const char *refusal_path(const Common__Refusal *refusal)
{
    static char path[256];
    size_t size = 0;

    path[0] = '\0';
    for (size_t i = 0; i < refusal->n_path; i++)
        size += (size_t)snprintf(path + size, sizeof(path) - size, "%s%s", i ? "." : "", refusal->path[i]);
    return path;
}
