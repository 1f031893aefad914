/* Quotas and their maps: loading, looking up, following what this process writes; see places.h. */
#include "places.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "draw.h"
#include "others.h"
#include "pool.h"
#include "rules.h"
#include "seat_plan.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/limits.h"
#include "tessera/memory.h"
#include "tessera/store.h"

enum { MEND_TRIES = 8 };

static void set_id(char *id, const char *from)
{
    assert(strlen(from) == TS_ID_LENGTH);
    memcpy(id, from, TS_ID_SIZE);
}

int inventory_start(struct ts_call *call, void **ret_state)
{
    struct inventory *inventory = ts_memory_new(1, sizeof(*inventory));
    int64_t open = 0;

    inventory->created = ts_metric_new(call, TS_METRIC_COUNTER, "tessera_holds_created_total", NULL, "Holds written.");
    inventory->released =
        ts_metric_new(call, TS_METRIC_COUNTER, "tessera_holds_released_total", NULL, "Holds given back or cancelled.");
    inventory->expired =
        ts_metric_new(call, TS_METRIC_COUNTER, "tessera_holds_expired_total", NULL, "Holds whose time was over.");
    inventory->sold_out = ts_metric_new(call, TS_METRIC_COUNTER, "tessera_holds_refused_total", "reason=\"sold_out\"",
                                        "Holds refused because the places are gone.");
    inventory->reserved = ts_metric_new(call, TS_METRIC_COUNTER, "tessera_holds_refused_total", "reason=\"reserved\"",
                                        "Holds refused because the places are gone.");
    inventory->conflicts = ts_metric_new(call, TS_METRIC_COUNTER, "tessera_claim_conflicts_total", NULL,
                                         "Claims that found their place taken in the store.");
    inventory->active = ts_metric_new(call, TS_METRIC_GAUGE, "tessera_holds_active", NULL,
                                      "Holds that are open, as far as this process knows.");
    inventory->is_shared = ts_store_is_shared(call);
    (void)store_count_open_holds(call, &open); /* a figure is no reason not to start */
    ts_metric_set(inventory->active, open);
    *ret_state = inventory;
    return 0;
}

static void free_quota(struct quota *quota)
{
    for (size_t i = 0; i < quota->type_count; i++)
        ts_memory_free(quota->type_ids[i]);
    ts_memory_free(quota->type_ids);
    seat_plan_free(quota->seat_plan);
    map_done(&quota->map);
    ts_memory_free(quota);
}

void inventory_stop(void *state)
{
    struct inventory *inventory = state;

    while (inventory->all_events) {
        struct event *event = inventory->all_events;
        inventory->all_events = event->next;
        ts_memory_free(event);
    }
    while (inventory->all_dates) {
        struct date *date = inventory->all_dates;
        inventory->all_dates = date->next;
        ts_memory_free(date);
    }
    while (inventory->all_quotas) {
        struct quota *quota = inventory->all_quotas;
        inventory->all_quotas = quota->next;
        free_quota(quota);
    }
    draws_done(inventory);
    holders_done(&inventory->holders);
    table_done(&inventory->events);
    table_done(&inventory->dates);
    table_done(&inventory->quotas);
    ts_memory_free(inventory);
}

/* ---- which quotas there are */

static struct event *event_of(struct inventory *inventory, const char *id)
{
    struct event *event = table_find(&inventory->events, id);

    if (event)
        return event;
    event = ts_memory_new(1, sizeof(*event));
    set_id(event->id, id);
    event->last = &event->quotas;
    event->next = inventory->all_events;
    inventory->all_events = event;
    table_add(&inventory->events, event->id, event);
    return event;
}

static struct date *date_of(struct inventory *inventory, const char *id)
{
    struct date *date = table_find(&inventory->dates, id);

    if (date)
        return date;
    date = ts_memory_new(1, sizeof(*date));
    set_id(date->id, id);
    date->next = inventory->all_dates;
    inventory->all_dates = date;
    table_add(&inventory->dates, date->id, date);
    return date;
}

static struct quota *quota_add(struct inventory *inventory, const Inventory__Quota *body)
{
    struct quota *quota = ts_memory_new(1, sizeof(*quota));
    struct event *event = event_of(inventory, body->event_id);
    struct date *date = date_of(inventory, body->date_id);
    struct quota **last;

    set_id(quota->id, body->id);
    set_id(quota->event_id, body->event_id);
    set_id(quota->date_id, body->date_id);
    set_id(quota->organizer_id, body->organizer_id);
    map_init(&quota->map);
    table_add(&inventory->quotas, quota->id, quota);
    quota->next = inventory->all_quotas;
    inventory->all_quotas = quota;
    *event->last = quota;
    event->last = &quota->next_of_event;
    for (last = &date->quotas; *last; last = &(*last)->next_of_date)
        ;
    *last = quota;
    return quota;
}

static void set_types(struct inventory *inventory, struct quota *quota, const Inventory__Quota *body)
{
    date_of(inventory, quota->date_id)->changes++;
    for (size_t i = 0; i < quota->type_count; i++)
        ts_memory_free(quota->type_ids[i]);
    quota->type_ids = ts_memory_resize(quota->type_ids, (body->n_ticket_type_ids + 1) * sizeof(*quota->type_ids));
    quota->type_count = body->n_ticket_type_ids;
    for (size_t i = 0; i < quota->type_count; i++)
        quota->type_ids[i] = ts_memory_string(body->ticket_type_ids[i]);
}

struct quota *quota_note(struct inventory *inventory, const Inventory__Quota *body, int64_t version)
{
    struct quota *quota = quota_find(inventory, body->id);

    if (!quota)
        quota = quota_add(inventory, body);
    if (version <= quota->version)
        return quota;
    quota->version = version;
    quota->size = body->has_size ? body->size : -1;
    if (body->seat_plan_id)
        set_id(quota->seat_plan_id, body->seat_plan_id);
    set_types(inventory, quota, body);
    if (body->place_count > quota->map.place_count)
        map_grow(&quota->map, body->place_count);
    return quota;
}

struct quota *quota_find(const struct inventory *inventory, const char *id)
{
    return table_find(&inventory->quotas, id);
}

const struct date *date_find(const struct inventory *inventory, const char *id)
{
    return table_find(&inventory->dates, id);
}

struct quota *date_quotas(const struct inventory *inventory, const char *date_id)
{
    const struct date *date = date_find(inventory, date_id);

    return date ? date->quotas : NULL;
}

bool quota_has_type(const struct quota *quota, const char *ticket_type_id)
{
    for (size_t i = 0; i < quota->type_count; i++) {
        if (memcmp(quota->type_ids[i], ticket_type_id, TS_ID_LENGTH) == 0) /* asked of each quota of a date */
            return true;
    }
    return false;
}

bool quota_sells(const struct quota *quota, const char *date_id, const char *ticket_type_id)
{
    return strcmp(quota->date_id, date_id) == 0 && quota_has_type(quota, ticket_type_id);
}

static int read_quotas(struct ts_call *call, struct event *event, bool exact)
{
    const struct quotas_of of = { "event", event->id, exact };
    struct stored_quota *quotas;
    size_t count;
    int r = store_list_quotas(call, &of, &quotas, &count);

    if (r)
        return r;
    for (size_t i = 0; i < count; i++) {
        quota_note(call->state, quotas[i].quota, quotas[i].version);
        ts_yield(call); /* a series has thousands */
    }
    return 0;
}

/* What other processes make of quotas is known a second later. */
static bool is_old(struct ts_call *call, const struct event *event)
{
    return ((const struct inventory *)call->state)->is_shared && ts_now_ms(call) >= event->read_ms + TS_SECOND_MS;
}

int event_load(struct ts_call *call, const char *event_id, struct event **ret_event)
{
    struct event *event = event_of(call->state, event_id);
    int r;

    while (event->state == MAP_LOADING) {
        r = ts_wait(call, &event->waiters);
        if (r)
            return r;
    }
    *ret_event = event;
    if (event->state == MAP_READY && !is_old(call, event))
        return 0;
    event->read_ms = ts_now_ms(call);
    if (event->state == MAP_READY) /* to others it is as it was until it has been read again */
        return read_quotas(call, event, /* exact= */ false);
    event->state = MAP_LOADING;
    r = read_quotas(call, event, /* exact= */ false);
    event->state = r ? MAP_COLD : MAP_READY;
    ts_wake(&event->waiters);
    return r;
}

int event_load_again(struct ts_call *call, const char *event_id)
{
    struct event *event;
    int r;

    if (!((const struct inventory *)call->state)->is_shared)
        return 0;
    r = event_load(call, event_id, &event);
    if (r)
        return r;
    event->read_ms = ts_now_ms(call);
    return read_quotas(call, event, /* exact= */ true);
}

int quota_get(struct ts_call *call, const char *id, struct quota **ret_quota)
{
    struct quota *quota = quota_find(call->state, id);
    Inventory__Quota *body = NULL;
    struct event *event;
    int64_t version;
    int r = quota ? 0 : store_get_quota(call, id, &body, &version);

    if (r == 0 && body)
        r = event_load(call, body->event_id, &event);
    if (r)
        return r;
    *ret_quota = body ? quota_note(call->state, body, version) : quota;
    return 0;
}

void quota_doubt(struct inventory *inventory, const Inventory__Quota *body)
{
    struct event *event = event_of(inventory, body->event_id);

    if (event->state == MAP_READY)
        event->state = MAP_COLD;
}

int quota_put(struct ts_call *call, const Inventory__Quota *body, int64_t version)
{
    int r = store_put_quota(call, body, version);

    if (r == 0) {
        quota_note(call->state, body, version + 1);
        others_tell_quota(call, body->id);
    }
    if (r == TS_EUNKNOWN)
        quota_doubt(call->state, body);
    return r;
}

/* ---- what is free */

int32_t quota_block_shortage(const struct quota *quota)
{
    int32_t wanted =
        quota->size >= 0 && quota->map.place_count > quota->size ? quota->map.place_count - quota->size : 0;

    if (quota->seat_plan_id[0])
        return 0;
    return wanted - quota->map.blocked_count;
}

int32_t quota_free_count(const struct quota *quota)
{
    int32_t shortage = quota_block_shortage(quota);
    int32_t free_count = map_free_count(&quota->map) + (shortage < 0 ? -shortage : 0);
    int32_t room = quota->size - quota->map.held_count - quota->map.sold_count - quota->map.pooled_count;

    assert(quota->map_state == MAP_READY);
    if (quota->size < 0 || room >= free_count)
        return free_count;
    return room > 0 ? room : 0; /* shrunk: what comes free over the size is not given again */
}

int32_t quota_held_count(const struct quota *quota)
{
    int32_t held_count = quota->map.held_count;
    int32_t room = quota->size - quota->map.sold_count - quota->map.pooled_count - quota_free_count(quota);

    if (quota->size < 0 || room >= held_count)
        return held_count;
    return room > 0 ? room : 0;
}

/* ---- a place as its newest claim and that claim's hold tell it */

struct finding {
    struct claim claim;
    const Inventory__Hold *hold; /* NULL: never written */
    int64_t version;
    bool sold_from_pool; /* the hold is a pool, and a guest's has the place for good */
};

static bool finding_is_dead(const struct finding *finding, const char *quota_id)
{
    return finding->claim.n == 0 ||
           claim_is_dead(finding->claim.body, finding->hold, finding->version, quota_id, finding->claim.number);
}

/* True while the claim's hold has not come to the version that will list the place: nobody knows yet. */
static bool finding_is_pending(const struct finding *finding)
{
    return finding->version < finding->claim.body->hold_version;
}

static int64_t finding_lapse_ms(const struct finding *finding)
{
    if (finding_is_pending(finding))
        return finding->claim.body->ask_after_ms;
    return finding->hold->state == INVENTORY__HOLD_STATE__OPEN ? finding->hold->expires_at_ms : HOLDER_NEVER;
}

/* `*last` is a holder that may be the same hold's: neighbouring places often are. */
static void set_held(struct inventory *inventory, struct quota *quota, const struct finding *finding, uint32_t *last)
{
    const char *id = finding->claim.body->hold_id;
    int64_t lapse_ms = finding_lapse_ms(finding);

    if (*last != HOLDER_NONE && strcmp(holders_get(&inventory->holders, *last)->id, id) == 0 &&
        holders_get(&inventory->holders, *last)->lapse_ms == lapse_ms) {
        map_set(&quota->map, &inventory->holders, finding->claim.number, *last);
        return;
    }
    *last = holders_add(&inventory->holders, id, lapse_ms);
    map_set(&quota->map, &inventory->holders, finding->claim.number, *last);
    holders_release(&inventory->holders, *last);
}

static void set_place(struct inventory *inventory, struct quota *quota, const struct finding *finding, uint32_t *last)
{
    int32_t number = finding->claim.number;

    if (number >= quota->map.place_count)
        map_grow(&quota->map, number + 1);
    map_set_claim(&quota->map, number, finding->claim.n);
    if (finding_is_dead(finding, quota->id))
        map_set(&quota->map, &inventory->holders, number, HOLDER_NONE);
    else if (!finding_is_pending(finding) && finding->hold->blocks_quota_id)
        map_set(&quota->map, &inventory->holders, number, HOLDER_BLOCKED);
    else if (!finding_is_pending(finding) &&
             (finding->hold->state == INVENTORY__HOLD_STATE__SOLD || finding->sold_from_pool))
        map_set(&quota->map, &inventory->holders, number, HOLDER_SOLD);
    else if (!finding_is_pending(finding) && finding->hold->pool_quota_id)
        map_set(&quota->map, &inventory->holders, number, HOLDER_POOLED);
    else
        set_held(inventory, quota, finding, last);
}

/*
 * May the map believe it? It is told at once what this process does, and what was read is older than that: never of a
 * place whose claims are being written here, or of an earlier claim; of the same one only what it may have come to
 * since. BLOCKED places are block.c's, and a free one's claim is dead for good. What this lets in may count wrongly for
 * a while; it cannot sell a place twice, since a claim follows another only where both were read or written here.
 */
static bool is_news(struct inventory *inventory, const struct quota *quota, const struct finding *finding)
{
    struct place place = { 0 };
    bool settled;

    if (finding->claim.number < quota->map.place_count)
        place = map_get(&quota->map, finding->claim.number);
    if (finding->claim.n < place.n || place.holder == HOLDER_BLOCKED)
        return false;
    if (place.holder >= HOLDER_FIRST)
        return !holders_get(&inventory->holders, place.holder)->taking;
    if (finding->claim.n > place.n)
        return true;
    settled = finding_is_dead(finding, quota->id) || (!finding_is_pending(finding) && finding->hold->pool_quota_id);
    return place.holder != HOLDER_NONE && settled;
}

/* ---- building a map */

static int read_page(struct ts_call *call, struct quota *quota, const struct claim *claims, size_t count)
{
    const char **ids = TS_NEW_ARRAY(call->arena, const char *, count);
    uint32_t last = HOLDER_NONE;
    struct stored_hold *holds;
    int r;

    /* Only the newest claim of a place counts; one that a later page buries is set again there. */
    for (size_t i = 0; i < count; i++) {
        if (i + 1 == count || claims[i].number != claims[i + 1].number)
            ids[i] = claims[i].body->hold_id;
    }
    r = store_get_holds(call, ids, count, &holds);
    for (size_t i = 0; r == 0 && i < count; i++) {
        struct finding finding = { claims[i], holds[i].hold, holds[i].version, false };

        if (!ids[i])
            continue;
        r = pool_is_sold(call, finding.hold, claims[i].number, &finding.sold_from_pool);
        if (r == 0 && is_news(call->state, quota, &finding)) {
            set_place(call->state, quota, &finding, &last);
            ((struct inventory *)call->state)->learnt++;
        }
    }
    return r;
}

/* Page by page, in an arena of its own: a big quota has more claims than memory for them in one piece. */
static int read_pages(struct ts_call *call, struct quota *quota, int32_t first, int32_t end)
{
    struct claim_place from = { quota->id, first, 0 };
    bool more = true;

    while (more) {
        struct claim *claims;
        size_t count;
        int r = store_list_claims(call, &from, end, &claims, &count, &more);

        if (r == 0)
            r = read_page(call, quota, claims, count);
        if (r)
            return r;
        if (count)
            store_next_claim(&from, &claims[count - 1]);
        ts_arena_reset(call->arena);
        ts_yield(call);
    }
    return 0;
}

int places_read(struct ts_call *call, struct quota *quota, int32_t first, int32_t end)
{
    struct ts_arena *whole = ts_part_begin(call);
    int r = read_pages(call, quota, first, end);

    ts_part_end(call, whole);
    return r ? ts_fail(call, r, "The places of a quota could not be read.") : 0;
}

static void forget_places(struct inventory *inventory, struct quota *quota)
{
    int32_t place_count = quota->map.place_count;

    for (int32_t i = 0; i < place_count; i++) {
        if (map_get(&quota->map, i).holder != HOLDER_NONE)
            map_set(&quota->map, &inventory->holders, i, HOLDER_NONE);
    }
    map_done(&quota->map);
    map_grow(&quota->map, place_count);
}

/* Processes that begin in different places seldom want the same ones. */
static int32_t own_offset(struct ts_call *call, const struct quota *quota)
{
    return quota->map.place_count
               ? (int32_t)strtol(ts_random_string(call, "0123456789", 9), NULL, 10) % quota->map.place_count
               : 0;
}

/* Once more, when others did something meanwhile: who is told of it asks now, and not again. */
static int build_map(struct ts_call *call, struct quota *quota)
{
    int r;

    quota->doubted = false;
    r = places_read(call, quota, 0, QUOTA_PLACES_MAX);
    if (r == 0 && quota->doubted)
        r = places_read(call, quota, 0, QUOTA_PLACES_MAX);
    if (r)
        forget_places(call->state, quota);
    else if (((const struct inventory *)call->state)->is_shared)
        quota->map.next = own_offset(call, quota);
    quota->doubted = ((const struct inventory *)call->state)->is_shared; /* what is just being written was missed */
    quota->looked_ms = ts_now_ms(call);
    return r;
}

int quota_ready(struct ts_call *call, struct quota *quota)
{
    int r;

    while (quota->map_state == MAP_LOADING) {
        r = ts_wait(call, &quota->waiters);
        if (r)
            return r;
    }
    if (quota->map_state == MAP_READY)
        return 0;
    quota->map_state = MAP_LOADING;
    r = build_map(call, quota);
    quota->map_state = r ? MAP_COLD : MAP_READY;
    ts_wake(&quota->waiters);
    return r;
}

/* ---- following holds */

int hold_ready(struct ts_call *call, const Inventory__Hold *hold)
{
    struct event *event;
    int r = hold->event_id ? event_load(call, hold->event_id, &event) : 0;

    for (size_t i = 0; r == 0 && i < hold->n_positions; i++) {
        const Inventory__HeldPosition *position = hold->positions[i];

        for (size_t j = 0; r == 0 && j < position->n_places; j++) {
            struct quota *quota;

            r = quota_get(call, position->places[j]->quota_id, &quota);
            if (r == 0 && !quota)
                return ts_fail(call, TS_EDATALOSS, "A hold lists a place of an unknown quota.");
            if (r == 0)
                r = quota_ready(call, quota);
        }
    }
    return r;
}

/* The holder that a place is to have now that its hold was put; HOLDER_NONE frees it. */
static uint32_t holder_after(struct inventory *inventory, const Inventory__Hold *hold, uint32_t holder)
{
    if (hold->state == INVENTORY__HOLD_STATE__RELEASED)
        return HOLDER_NONE;
    if (hold->state == INVENTORY__HOLD_STATE__SOLD)
        return HOLDER_SOLD;
    holders_get(&inventory->holders, holder)->lapse_ms =
        hold->state == INVENTORY__HOLD_STATE__OPEN ? hold->expires_at_ms : HOLDER_NEVER;
    return holder;
}

/*
 * The place's quota if the map says that the hold has it, else NULL. A sold place does not say whose it is: only the
 * one put that ends a sale may speak for it. What a pool gave is the pool's to say (pool_note_guest()).
 */
static struct quota *quota_of(struct inventory *inventory, const Inventory__Hold *hold, const Inventory__Place *listed,
                              Inventory__HoldState before)
{
    struct quota *quota = quota_find(inventory, listed->quota_id);
    uint32_t holder;
    bool ours;

    assert(quota->map_state == MAP_READY);
    if (listed->pool_id)
        return NULL;
    if (listed->number >= quota->map.place_count)
        map_grow(&quota->map, listed->number + 1); /* another process has raised N */
    holder = map_get(&quota->map, listed->number).holder;
    ours = holder == HOLDER_SOLD && before == INVENTORY__HOLD_STATE__SOLD;
    if (holder >= HOLDER_FIRST)
        ours = strcmp(holders_get(&inventory->holders, holder)->id, hold->id) == 0;
    return ours ? quota : NULL;
}

void hold_note(struct inventory *inventory, const Inventory__Hold *hold, Inventory__HoldState before)
{
    if (before == INVENTORY__HOLD_STATE__OPEN && hold->state != before)
        ts_metric_add(inventory->active, -1);
    for (size_t i = 0; i < hold->n_positions; i++) {
        for (size_t j = 0; j < hold->positions[i]->n_places; j++) {
            const Inventory__Place *listed = hold->positions[i]->places[j];
            struct quota *quota = quota_of(inventory, hold, listed, before);
            uint32_t holder;

            if (!quota)
                continue;
            holder = holder_after(inventory, hold, map_get(&quota->map, listed->number).holder);
            map_set(&quota->map, &inventory->holders, listed->number, holder);
        }
    }
    pool_note_guest(inventory, hold, before);
}

void hold_doubt(struct inventory *inventory, const Inventory__Hold *hold, Inventory__HoldState before, int64_t from_ms)
{
    uint32_t doubt = holders_add(&inventory->holders, hold->id, from_ms);

    for (size_t i = 0; i < hold->n_positions; i++) {
        for (size_t j = 0; j < hold->positions[i]->n_places; j++) {
            const Inventory__Place *listed = hold->positions[i]->places[j];
            struct quota *quota = quota_of(inventory, hold, listed, before);

            if (quota)
                map_set(&quota->map, &inventory->holders, listed->number, doubt);
        }
    }
    holders_release(&inventory->holders, doubt);
}

/* ---- mending one place */

static int find_place(struct ts_call *call, const struct quota *quota, int32_t number, struct finding *ret_finding)
{
    struct stored_hold *holds;
    int r = store_get_claim(call, quota->id, number, map_get(&quota->map, number).n, &ret_finding->claim);

    if (r || ret_finding->claim.n == 0)
        return r;
    r = store_get_holds(call, (const char *[]){ ret_finding->claim.body->hold_id }, 1, &holds);
    if (r)
        return r;
    ret_finding->hold = holds[0].hold;
    ret_finding->version = holds[0].version;
    return pool_is_sold(call, holds[0].hold, number, &ret_finding->sold_from_pool);
}

/* What ends a hold before it begins. The quota's own never ends: it begins, and lists nothing. */
static Inventory__Hold *unwritten_end(struct ts_call *call, const struct quota *quota, char *hold_id)
{
    Inventory__Hold *tombstone;

    if (strcmp(hold_id, ts_id_sibling(call, quota->id, "hld")) == 0)
        return block_hold_new(call, quota);
    tombstone = TS_NEW(call->arena, Inventory__Hold);
    inventory__hold__init(tombstone);
    tombstone->id = hold_id;
    tombstone->has_state = true;
    tombstone->state = INVENTORY__HOLD_STATE__RELEASED;
    return tombstone;
}

/*
 * Write what makes a lapsed claim dead: its hold RELEASED, or one version on when that is all it takes.
 * Return: 0 when there was something to write and look at again; MEND_KEEP when its time is not over; a ts_error.
 */
enum { MEND_KEEP = 1 };
static int end_hold(struct ts_call *call, const struct quota *quota, const struct finding *finding)
{
    struct inventory *inventory = call->state;
    Inventory__Hold *hold;
    int64_t now_ms = ts_now_ms(call);
    bool lapses = false;
    int r;

    if (finding_is_pending(finding) ? now_ms < finding->claim.body->ask_after_ms
                                    : !hold_is_lapsed(finding->hold, now_ms))
        return MEND_KEEP;
    if (finding->version == 0) {
        hold = unwritten_end(call, quota, finding->claim.body->hold_id);
    } else {
        hold = (Inventory__Hold *)ts_message_dup(call->arena, &finding->hold->base);
        r = hold_ready(call, hold);
        if (r)
            return r;
        lapses = hold_lapse(hold, now_ms) == CHANGE_PUT;
    }
    r = store_put_hold(call, hold, finding->version);
    if (r == 0 && lapses) {
        ts_metric_add(inventory->expired, 1);
        hold_note(inventory, hold, INVENTORY__HOLD_STATE__OPEN);
    }
    return r == STORE_CONFLICT ? 0 : r;
}

int place_mend(struct ts_call *call, struct quota *quota, int32_t number)
{
    uint32_t holder = map_get(&quota->map, number).holder, last = HOLDER_NONE;

    for (unsigned tries = 0; tries < MEND_TRIES; tries++) {
        struct finding finding = { 0 };
        int r = find_place(call, quota, number, &finding);

        if (r == 0)
            r = finding_is_dead(&finding, quota->id) ? MEND_KEEP : end_hold(call, quota, &finding);
        if (r < 0)
            return r;
        if (map_get(&quota->map, number).holder != holder)
            return 0; /* the map was told meanwhile, and the place may be somebody's again: what we read is old */
        if (r == MEND_KEEP) {
            set_place(call->state, quota, &finding, &last);
            return 0;
        }
    }
    return TS_EABORTED;
}
