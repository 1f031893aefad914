/* The documents of inventory, read whole and laid side by side; see checker.h. */
#include "support/checker.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store.h"
#include "tessera/store.h"

enum { LIFE_MS_MAX = 60 * 60 * 1000 };

struct listing {
    const struct ts_doc *docs;
    size_t count;
};

/* One place as a hold lists it. */
struct listed {
    const char *quota_id;
    int32_t number;
    const struct ts_doc *hold;
};

struct checking {
    struct ts_call *call;
    struct listing quotas, claims, holds;
    struct listed *listed;
    size_t listed_count;
    struct listed *guests; /* places that holds have through a pool, which lists them */
    size_t guest_count;
    struct checker_report *report;
};

static void complain(struct checking *checking, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void complain(struct checking *checking, const char *format, ...)
{
    va_list args;

    if (checking->report->problem[0])
        return;
    va_start(args, format);
    vsnprintf(checking->report->problem, sizeof(checking->report->problem), format, args);
    va_end(args);
}

/* ---- reading */

static const struct ts_collection *collection(struct store *store, const char *name)
{
    const struct store_collection *found = store_find(store, name);

    return found ? found->declared : NULL;
}

static int read_all(struct ts_call *call, const struct ts_collection *of, struct listing *ret_listing)
{
    struct ts_scan scan = { .collection = of, .limit = TS_SCAN_MAX };
    struct ts_doc *docs = NULL;
    struct ts_page page;
    size_t count = 0;

    do {
        int r = ts_store_scan(call, &scan, &page);
        struct ts_doc *longer;

        if (r)
            return r;
        longer = TS_NEW_ARRAY(call->arena, struct ts_doc, count + page.count + 1);
        if (count)
            memcpy(longer, docs, count * sizeof(*docs));
        if (page.count)
            memcpy(longer + count, page.docs, page.count * sizeof(*docs));
        docs = longer;
        count += page.count;
        scan.cursor = page.cursor;
    } while (page.more);
    *ret_listing = (struct listing){ docs, count };
    return 0;
}

/* Scans come in the order of ids. */
static const struct ts_doc *find(const struct listing *listing, const char *id)
{
    size_t low = 0, high = listing->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(id, listing->docs[middle].id);

        if (order == 0)
            return &listing->docs[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static const Inventory__Hold *hold_of(const struct ts_doc *doc)
{
    return (const Inventory__Hold *)doc->body;
}

static int order_listed(const void *left, const void *right)
{
    const struct listed *a = left, *b = right;
    int order = strcmp(a->quota_id, b->quota_id);

    return order ? order : (a->number > b->number) - (a->number < b->number);
}

/* ---- holds */

static void list_place(struct checking *checking, const char *quota_id, int32_t number, const struct ts_doc *hold)
{
    checking->listed[checking->listed_count++] = (struct listed){ quota_id, number, hold };
}

static bool lists(const Inventory__Hold *pool, int32_t number)
{
    for (size_t i = 0; i < pool->n_positions; i++) {
        for (size_t j = 0; j < pool->positions[i]->n_places; j++) {
            if (pool->positions[i]->places[j]->number == number)
                return true;
        }
    }
    return false;
}

static bool gives(const Inventory__Hold *pool, int32_t number, const char *hold_id)
{
    for (size_t i = 0; i < pool->n_given; i++) {
        for (size_t j = 0; j < pool->given[i]->n_numbers; j++) {
            if (pool->given[i]->numbers[j] == number && strcmp(pool->given[i]->hold_id, hold_id) == 0)
                return true;
        }
    }
    return false;
}

/* The pool must still list the place, and say that it is this hold's. */
static void list_guest(struct checking *checking, const struct ts_doc *doc, const Inventory__Place *place)
{
    const struct ts_doc *pool = find(&checking->holds, place->pool_id);

    checking->guests[checking->guest_count++] = (struct listed){ place->quota_id, place->number, doc };
    checking->report->places_given++;
    if (!pool || hold_of(pool)->state != INVENTORY__HOLD_STATE__OPEN ||
        strcmp(hold_of(pool)->pool_quota_id, place->quota_id) != 0 || !lists(hold_of(pool), place->number))
        complain(checking, "%s has place %d through a pool that does not keep it", doc->id, place->number);
    else if (!gives(hold_of(pool), place->number, doc->id))
        complain(checking, "%s has place %d of a pool that did not give it", doc->id, place->number);
}

static void list_pool(struct checking *checking, const struct ts_doc *doc)
{
    const Inventory__HeldPosition *position = hold_of(doc)->positions[0];

    for (size_t i = 0; i < position->n_places; i++) {
        if (strcmp(position->places[i]->quota_id, hold_of(doc)->pool_quota_id) != 0)
            complain(checking, "pool %s keeps a place of another quota", doc->id);
        list_place(checking, position->places[i]->quota_id, position->places[i]->number, doc);
        checking->report->places_pooled++;
    }
}

static void list_position(struct checking *checking, const struct ts_doc *doc, const Inventory__HeldPosition *position)
{
    if (position->n_places == 0)
        complain(checking, "%s: position %s has no place", doc->id, position->id);
    for (size_t i = 0; i < position->n_places; i++) {
        const Inventory__Place *place = position->places[i];
        const struct ts_doc *quota = find(&checking->quotas, place->quota_id);

        if (!quota || strcmp(((const Inventory__Quota *)quota->body)->date_id, position->date_id) != 0)
            complain(checking, "%s: position %s has a place of another date", doc->id, position->id);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(position->places[j]->quota_id, place->quota_id) == 0)
                complain(checking, "%s: position %s has two places of one quota", doc->id, position->id);
        }
        checking->report->places_live++;
        if (place->pool_id)
            list_guest(checking, doc, place);
        else
            list_place(checking, place->quota_id, place->number, doc);
    }
}

/* However active its buyer is, his cart is everybody's again some time. */
static void check_life(struct checking *checking, const struct ts_doc *doc)
{
    const Inventory__Hold *hold = hold_of(doc);

    if (hold->state != INVENTORY__HOLD_STATE__OPEN || hold->blocks_quota_id || hold->pool_quota_id)
        return;
    if (!hold->has_expires_at_ms || hold->expires_at_ms - hold->created_at_ms > LIFE_MS_MAX)
        complain(checking, "%s is open for more than an hour", doc->id);
}

static void list_hold(struct checking *checking, const struct ts_doc *doc)
{
    const Inventory__Hold *hold = hold_of(doc);
    size_t *counts[] = { &checking->report->open, &checking->report->kept, &checking->report->sold,
                         &checking->report->released };

    if (!hold->blocks_quota_id && !hold->pool_quota_id)
        (*counts[hold->state])++;
    if (hold->state == INVENTORY__HOLD_STATE__RELEASED)
        return;
    check_life(checking, doc);
    if (hold->pool_quota_id) {
        list_pool(checking, doc);
        return;
    }
    if (!hold->blocks_quota_id && hold->n_positions == 0)
        complain(checking, "%s is live and holds nothing", doc->id);
    for (size_t i = 0; i < hold->n_positions; i++)
        list_position(checking, doc, hold->positions[i]);
    for (size_t i = 0; i < hold->n_blocked; i++) {
        for (int32_t j = 0; j < hold->blocked[i]->count; j++) {
            list_place(checking, hold->blocks_quota_id, hold->blocked[i]->first + j, doc);
            checking->report->places_blocked++;
        }
    }
}

static size_t places_max(const struct checking *checking)
{
    size_t room = 1;

    for (size_t i = 0; i < checking->holds.count; i++) {
        const Inventory__Hold *hold = hold_of(&checking->holds.docs[i]);

        for (size_t j = 0; j < hold->n_positions; j++)
            room += hold->positions[j]->n_places;
        for (size_t j = 0; j < hold->n_blocked; j++)
            room += (size_t)hold->blocked[j]->count;
    }
    return room;
}

static void check_once(struct checking *checking, struct listed *listed, size_t count)
{
    qsort(listed, count, sizeof(*listed), order_listed);
    for (size_t i = 1; i < count; i++) {
        const struct listed *a = &listed[i - 1], *b = &listed[i];

        if (order_listed(a, b) == 0)
            complain(checking, "place %d of %s is in %s and in %s", a->number, a->quota_id, a->hold->id, b->hold->id);
    }
}

static void list_holds(struct checking *checking)
{
    checking->listed = TS_NEW_ARRAY(checking->call->arena, struct listed, places_max(checking));
    checking->guests = TS_NEW_ARRAY(checking->call->arena, struct listed, places_max(checking));
    for (size_t i = 0; i < checking->holds.count; i++)
        list_hold(checking, &checking->holds.docs[i]);
    check_once(checking, checking->listed, checking->listed_count);
    check_once(checking, checking->guests, checking->guest_count);
}

/* ---- claims */

struct parsed {
    char quota_id[64];
    int number;
    unsigned n;
    const Inventory__Claim *body;
};

static struct parsed parse(struct checking *checking, const struct ts_doc *doc)
{
    struct parsed parsed = { .body = (const Inventory__Claim *)doc->body };

    if (sscanf(doc->id, "%63[^/]/%d@%u", parsed.quota_id, &parsed.number, &parsed.n) != 3)
        complain(checking, "a claim's key is %s", doc->id);
    return parsed;
}

static const struct listed *find_listed(const struct checking *checking, const struct parsed *claim)
{
    struct listed key = { claim->quota_id, claim->number, NULL };

    return checking->listed_count ? bsearch(&key, checking->listed, checking->listed_count, sizeof(key), order_listed)
                                  : NULL;
}

/* Its hold can never come to have the place by this claim. */
static bool is_dead(const struct checking *checking, const struct parsed *claim, const struct listed *listed)
{
    const struct ts_doc *hold = find(&checking->holds, claim->body->hold_id);

    if (!hold)
        return false;
    if (hold_of(hold)->state == INVENTORY__HOLD_STATE__RELEASED)
        return true;
    return hold->version >= claim->body->hold_version && !(listed && listed->hold == hold);
}

static void check_claims(struct checking *checking)
{
    struct parsed next = { 0 };
    const char *owner = ""; /* whom the place's newest claim names */

    for (size_t i = checking->claims.count; i-- > 0;) {
        struct parsed claim = parse(checking, &checking->claims.docs[i]);
        bool newest = claim.number != next.number || strcmp(claim.quota_id, next.quota_id) != 0;
        const struct listed *listed = find_listed(checking, &claim);

        owner = newest ? claim.body->hold_id : owner;
        if (newest && listed && strcmp(claim.body->hold_id, listed->hold->id) != 0)
            complain(checking, "place %d of %s is %s's, its newest claim names %s", claim.number, claim.quota_id,
                     listed->hold->id, claim.body->hold_id);
        if (newest && listed && claim.body->hold_version > listed->hold->version)
            complain(checking, "%s lists place %d before its claim's version", listed->hold->id, claim.number);
        /* A hold that blocks may have the place again, by a newer claim: then its older ones say nothing. */
        if (!newest && strcmp(claim.body->hold_id, owner) != 0 && !is_dead(checking, &claim, listed))
            complain(checking, "a claim was buried alive: %s", checking->claims.docs[i].id);
        if (!newest && claim.n + 1 != next.n)
            complain(checking, "claims of a place leave a gap before %u", next.n);
        if (claim.n == 0 || checking->claims.docs[i].version != 1)
            complain(checking, "a claim was changed: %s", checking->claims.docs[i].id);
        next = claim;
    }
}

static void check_listed_have_claims(struct checking *checking)
{
    for (size_t i = 0; i < checking->listed_count; i++) {
        const struct listed *listed = &checking->listed[i];
        char first[100];

        snprintf(first, sizeof(first), "%s/%07d@%07d", listed->quota_id, listed->number, 1);
        if (!find(&checking->claims, first))
            complain(checking, "%s lists place %d of %s without a claim", listed->hold->id, listed->number,
                     listed->quota_id);
    }
}

/* ---- quotas */

static void check_quotas(struct checking *checking)
{
    for (size_t i = 0; i < checking->listed_count; i++) {
        const struct listed *listed = &checking->listed[i];
        const struct ts_doc *quota = find(&checking->quotas, listed->quota_id);

        if (!quota)
            complain(checking, "%s lists a place of no quota", listed->hold->id);
        else if (listed->number < 0 || listed->number >= ((const Inventory__Quota *)quota->body)->place_count)
            complain(checking, "%s lists place %d past N of %s", listed->hold->id, listed->number, quota->id);
    }
}

static bool is_same(const struct listing *left, const struct listing *right)
{
    if (left->count != right->count)
        return false;
    for (size_t i = 0; i < left->count; i++) {
        if (strcmp(left->docs[i].id, right->docs[i].id) != 0 || left->docs[i].version != right->docs[i].version)
            return false;
    }
    return true;
}

/* Holds before and after the rest, until nobody changed any in between: sweepers may be at work. */
static int read_still(struct checking *checking, struct store *store)
{
    struct listing before;
    int r;

    do {
        r = read_all(checking->call, collection(store, "holds"), &before);
        if (r == 0)
            r = read_all(checking->call, collection(store, "quotas"), &checking->quotas);
        if (r == 0)
            r = read_all(checking->call, collection(store, "claims"), &checking->claims);
        if (r == 0)
            r = read_all(checking->call, collection(store, "holds"), &checking->holds);
    } while (r == 0 && !is_same(&before, &checking->holds));
    return r;
}

int checker_run(struct ts_call *call, struct store *store, struct checker_report *ret_report)
{
    struct checking checking = { .call = call, .report = ret_report };
    int r = read_still(&checking, store);

    *ret_report = (struct checker_report){ 0 };
    if (r)
        return r;
    ret_report->quotas = checking.quotas.count;
    ret_report->claims = checking.claims.count;
    ret_report->holds = checking.holds.count;
    list_holds(&checking);
    check_claims(&checking);
    check_listed_have_claims(&checking);
    check_quotas(&checking);
    return 0;
}

int checker_hold(struct ts_call *call, struct store *store, const char *id, const Inventory__Hold **ret_hold)
{
    struct ts_doc doc;
    int r = ts_store_get(call, collection(store, "holds"), id, &doc);

    *ret_hold = r ? NULL : (const Inventory__Hold *)doc.body;
    return r;
}

int checker_places(struct ts_call *call, struct store *store, const char *quota_id, int64_t *ret_sold,
                   int64_t *ret_held)
{
    int64_t sold = 0, held = 0;
    struct listing holds;
    int r = read_all(call, collection(store, "holds"), &holds);

    for (size_t i = 0; r == 0 && i < holds.count; i++) {
        const Inventory__Hold *hold = hold_of(&holds.docs[i]);
        int64_t *count = hold->state == INVENTORY__HOLD_STATE__SOLD ? &sold : &held;

        if (hold->state == INVENTORY__HOLD_STATE__RELEASED || hold->pool_quota_id)
            continue;
        for (size_t j = 0; j < hold->n_positions; j++) {
            for (size_t k = 0; k < hold->positions[j]->n_places; k++) {
                const Inventory__Place *place = hold->positions[j]->places[k];

                /* What a pool gave stays the organizer's until it is sold. */
                *count += strcmp(place->quota_id, quota_id) == 0 && (!place->pool_id || count == &sold);
            }
        }
    }
    *ret_sold = sold;
    *ret_held = held;
    return r;
}

int64_t checker_live_places(struct ts_call *call, struct store *store, const char *quota_id)
{
    int64_t sold, held;

    return checker_places(call, store, quota_id, &sold, &held) ? -1 : sold + held;
}
