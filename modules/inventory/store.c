/* Documents of inventory. Every key and index value on the path of a hold grows with time or with the place. */
#include "store.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "map.h"
#include "rules.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/idem.h"
#include "tessera/limits.h"
#include "tessera/store.h"

enum {
    CLAIMS_PAGE = 512,
    CLAIMS_AHEAD = 4,                   /* asked for at once, beside the one that is known */
    POOLS_PAGE = 200,                   /* more than POOLS_PER_QUOTA_MAX, whatever several processes make at once */
    CLAIM_KEY_SIZE = TS_ID_LENGTH + 18, /* <quota id>/<7 digits>@<7 digits> and NUL, with room */
};

const struct ts_collection inventory_quotas = {
    .name = "quotas",
    .message = &inventory__quota__descriptor,
    .indexes = { { "event", { "event_id" } }, { "date", { "date_id" } } },
    .shared = true,
};

const struct ts_collection inventory_holds = {
    .name = "holds",
    .message = &inventory__hold__descriptor,
    .indexes = { { "due", { "due_ms" } }, { "pool", { "pool_quota_id" } } },
    .shared = true,
};

const struct ts_collection inventory_claims = {
    .name = "claims",
    .message = &inventory__claim__descriptor,
    .quiet = true,
    .ranged = true,
};

const struct ts_collection inventory_seat_plans = {
    .name = "seat_plans",
    .message = &inventory__seat_plan__descriptor,
    .quiet = true, /* the quota's version that names it is what was done */
};

const struct ts_collection *const inventory_collections[] = { &inventory_quotas, &inventory_holds, &inventory_claims,
                                                              &inventory_seat_plans, NULL };

int store_get_quota(struct ts_call *call, const char *id, Inventory__Quota **ret_quota, int64_t *ret_version)
{
    struct ts_doc doc;
    int r = ts_store_get(call, &inventory_quotas, id, &doc);

    if (r)
        return r;
    *ret_quota = doc.body ? (Inventory__Quota *)ts_message_dup(call->arena, doc.body) : NULL;
    *ret_version = doc.version;
    return 0;
}

int store_get_hold(struct ts_call *call, const char *id, Inventory__Hold **ret_hold, int64_t *ret_version)
{
    struct ts_doc doc;
    int r = ts_store_get(call, &inventory_holds, id, &doc);

    if (r)
        return r;
    *ret_hold = doc.body ? ts_memdup(call->arena, doc.body, sizeof(**ret_hold)) : NULL;
    *ret_version = doc.version;
    return 0;
}

int store_get_holds(struct ts_call *call, const char *const *ids, size_t count, struct stored_hold **ret_holds)
{
    struct ts_doc *docs = TS_NEW_ARRAY(call->arena, struct ts_doc, count);
    struct stored_hold *holds = TS_NEW_ARRAY(call->arena, struct stored_hold, count);
    int r = count ? ts_store_get_many(call, &inventory_holds, ids, count, docs) : 0;

    if (r)
        return r;
    for (size_t i = 0; i < count; i++)
        holds[i] = (struct stored_hold){ (const Inventory__Hold *)docs[i].body, docs[i].version };
    *ret_holds = holds;
    return 0;
}

int store_get_quotas(struct ts_call *call, char *const *ids, size_t count, Inventory__Quota ***ret_quotas)
{
    struct ts_doc *docs = TS_NEW_ARRAY(call->arena, struct ts_doc, count);
    Inventory__Quota **quotas = TS_NEW_ARRAY(call->arena, Inventory__Quota *, count);
    int r = count ? ts_store_get_many(call, &inventory_quotas, (const char *const *)ids, count, docs) : 0;

    if (r)
        return r;
    for (size_t i = 0; i < count; i++) {
        if (docs[i].body)
            quotas[i] = (Inventory__Quota *)ts_message_dup(call->arena, docs[i].body);
    }
    *ret_quotas = quotas;
    return 0;
}

int store_list_quotas(struct ts_call *call, const struct quotas_of *of, struct stored_quota **ret_quotas,
                      size_t *ret_count)
{
    struct ts_scan scan = { .collection = &inventory_quotas,
                            .index = of->index,
                            .equal = { TS_STRING(of->key) },
                            .limit = TS_SCAN_MAX,
                            .exact = of->exact };
    struct stored_quota *quotas = NULL;
    size_t count = 0;
    struct ts_page page;
    int r;

    do {
        struct stored_quota *longer;

        r = ts_store_scan(call, &scan, &page);
        if (r)
            return r;
        longer = TS_NEW_ARRAY(call->arena, struct stored_quota, count + page.count);
        if (count)
            memcpy(longer, quotas, count * sizeof(*quotas));
        for (size_t i = 0; i < page.count; i++)
            longer[count + i] =
                (struct stored_quota){ (Inventory__Quota *)ts_message_dup(call->arena, page.docs[i].body),
                                       page.docs[i].version };
        quotas = longer;
        count += page.count;
        scan.cursor = page.cursor;
        ts_yield(call);
    } while (page.more);
    *ret_quotas = quotas;
    *ret_count = count;
    return 0;
}

int store_list_pools(struct ts_call *call, const char *quota_id, struct stored_hold **ret_holds, size_t *ret_count)
{
    struct ts_scan scan = {
        .collection = &inventory_holds, .index = "pool", .equal = { TS_STRING(quota_id) }, .limit = POOLS_PAGE
    };
    struct ts_page page;
    int r = ts_store_scan(call, &scan, &page);

    if (r)
        return r;
    *ret_holds = TS_NEW_ARRAY(call->arena, struct stored_hold, page.count);
    for (size_t i = 0; i < page.count; i++)
        (*ret_holds)[i] = (struct stored_hold){ (const Inventory__Hold *)page.docs[i].body, page.docs[i].version };
    *ret_count = page.count;
    return 0;
}

int store_get_seat_plan(struct ts_call *call, const char *id, const Inventory__SeatPlan **ret_plan)
{
    struct ts_doc doc;
    int r = ts_store_get(call, &inventory_seat_plans, id, &doc);

    if (r)
        return r;
    *ret_plan = (const Inventory__SeatPlan *)doc.body;
    return 0;
}

int store_insert_seat_plan(struct ts_call *call, const Inventory__SeatPlan *plan)
{
    int r = ts_store_insert(call, &inventory_seat_plans, plan->id, &plan->base);

    return r == TS_WRITE_CONFLICT ? TS_EABORTED : r;
}

int store_put_quota(struct ts_call *call, const Inventory__Quota *quota, int64_t version)
{
    int r = ts_store_put(call, &inventory_quotas, quota->id, version, &quota->base);

    return r == TS_WRITE_CONFLICT ? STORE_CONFLICT : r;
}

int store_count_open_holds(struct ts_call *call, int64_t *ret_count)
{
    struct ts_scan scan = { .collection = &inventory_holds, .index = "due", .from = TS_INT(0) };

    return ts_store_count(call, &scan, TS_QUOTA_SIZE_MAX, ret_count);
}

int store_put_hold(struct ts_call *call, const Inventory__Hold *hold, int64_t version)
{
    int r = ts_store_put(call, &inventory_holds, hold->id, version, &hold->base);

    return r == TS_WRITE_CONFLICT ? STORE_CONFLICT : r;
}

static const char *claim_key(struct ts_call *call, const struct claim_place *place)
{
    char *key = ts_alloc(call->arena, CLAIM_KEY_SIZE);
    uint32_t number = (uint32_t)place->number, n = place->n;

    /* By hand: snprintf would be a tenth of a hold's processor time. */
    memcpy(key, place->quota_id, TS_ID_LENGTH);
    key[TS_ID_LENGTH] = '/';
    for (unsigned i = 7; i-- > 0; number /= 10, n /= 10) {
        key[TS_ID_LENGTH + 1 + i] = (char)('0' + number % 10);
        key[TS_ID_LENGTH + 9 + i] = (char)('0' + n % 10);
    }
    key[TS_ID_LENGTH + 8] = '@';
    return key;
}

static void claim_parse(const struct ts_doc *doc, struct claim *ret_claim)
{
    assert(strlen(doc->id) == TS_ID_LENGTH + 16);
    *ret_claim =
        (struct claim){ (int32_t)strtol(doc->id + TS_ID_LENGTH + 1, NULL, 10),
                        (uint32_t)strtoul(doc->id + TS_ID_LENGTH + 9, NULL, 10), (const Inventory__Claim *)doc->body };
}

int store_list_claims(struct ts_call *call, const struct claim_place *from, int32_t end, struct claim **ret_claims,
                      size_t *ret_count, bool *ret_more)
{
    struct claim_place to = { from->quota_id, end, 0 };
    struct ts_scan scan = { .collection = &inventory_claims,
                            .from = TS_STRING(claim_key(call, from)),
                            .to = TS_STRING(claim_key(call, &to)),
                            .limit = CLAIMS_PAGE };
    struct ts_page page;
    int r = ts_store_scan(call, &scan, &page);

    if (r)
        return r;
    *ret_claims = TS_NEW_ARRAY(call->arena, struct claim, page.count);
    for (size_t i = 0; i < page.count; i++)
        claim_parse(&page.docs[i], &(*ret_claims)[i]);
    *ret_count = page.count;
    *ret_more = page.more;
    return 0;
}

void store_next_claim(struct claim_place *from, const struct claim *last)
{
    bool is_last = last->n >= CLAIM_N_MAX; /* a key could not spell the next */

    from->number = last->number + is_last;
    from->n = is_last ? 0 : last->n + 1;
}

/* Claims of a place are 1, 2, 3…: each has its key, and a scan might not know of the last yet (tessera/store.h). */
int store_get_claim(struct ts_call *call, const char *quota_id, int32_t number, uint32_t known, struct claim *ret_claim)
{
    struct claim_place place = { quota_id, number, known ? known : 1 };

    *ret_claim = (struct claim){ number, 0, NULL };
    for (uint32_t ahead = CLAIMS_AHEAD; place.n <= CLAIM_N_MAX; ahead = ahead < TS_GET_MAX / 2 ? 2 * ahead : ahead) {
        const char **keys = TS_NEW_ARRAY(call->arena, const char *, ahead);
        struct ts_doc *docs = TS_NEW_ARRAY(call->arena, struct ts_doc, ahead);
        int r;

        for (uint32_t i = 0; i < ahead && place.n + i <= CLAIM_N_MAX; i++)
            keys[i] = claim_key(call, &(struct claim_place){ quota_id, number, place.n + i });
        r = ts_store_get_many(call, &inventory_claims, keys, ahead, docs);
        if (r)
            return r;
        for (uint32_t i = 0; i < ahead; i++, place.n++) {
            if (!docs[i].body)
                return 0;
            *ret_claim = (struct claim){ number, place.n, (const Inventory__Claim *)docs[i].body };
        }
    }
    return 0;
}

/* The write of the creation's key, if there is one to record. Return: how many writes that is. */
static size_t add_key(struct ts_call *call, const struct creation *creation, const char *id, struct ts_write *write)
{
    return creation && ts_idem_write(call, creation->scope, creation->input, id, write) ? 1 : 0;
}

int store_create_quota(struct ts_call *call, const struct creation *creation, const Inventory__Quota *quota)
{
    struct ts_write writes[2];
    size_t count = add_key(call, creation, quota->id, writes);
    int r;

    writes[count] = (struct ts_write){ &inventory_quotas, quota->id, 0, &quota->base, TS_WRITE_OK };
    r = ts_store_write(call, writes, count + 1, TS_WRITE_ORDERED);
    if (r)
        return r;
    if (count && writes[0].result == TS_WRITE_CONFLICT)
        return STORE_KEY_TAKEN;
    return writes[count].result == TS_WRITE_CONFLICT ? STORE_CONFLICT : 0;
}

int store_claim(struct ts_call *call, const struct claiming *claiming, size_t *ret_index)
{
    const Inventory__Hold *hold = claiming->hold;
    size_t count = claiming->count;
    struct ts_write *writes = TS_NEW_ARRAY(call->arena, struct ts_write, count + 2);
    Inventory__Claim claim = INVENTORY__CLAIM__INIT;
    size_t first = add_key(call, claiming->creation, hold->id, writes);
    int r;

    claim.hold_id = hold->id;
    claim.has_hold_version = true;
    claim.hold_version = claiming->version + 1;
    claim.has_ask_after_ms = true;
    claim.ask_after_ms = ts_now_ms(call) + TS_CALL_MS_MAX;
    for (size_t i = 0; i < count; i++)
        writes[first + i] =
            (struct ts_write){ &inventory_claims, claim_key(call, &claiming->places[i]), 0, &claim.base, TS_WRITE_OK };
    writes[first + count] =
        (struct ts_write){ &inventory_holds, hold->id, claiming->version, &hold->base, TS_WRITE_OK };
    r = ts_store_write(call, writes, first + count + 1, TS_WRITE_ORDERED);
    if (r)
        return r;
    if (first && writes[0].result == TS_WRITE_CONFLICT)
        return STORE_KEY_TAKEN;
    for (size_t i = 0; i < count; i++) {
        if (writes[first + i].result == TS_WRITE_CONFLICT) {
            *ret_index = i;
            return STORE_CLAIM_TAKEN;
        }
    }
    return writes[first + count].result == TS_WRITE_CONFLICT ? STORE_HOLD_TAKEN : 0;
}
