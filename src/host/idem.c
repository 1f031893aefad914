/*
 * Records are keyed "<hour>/<hash>", so that inserts stay at the end of the tree; which hour a hash is in is kept in
 * memory, 64 bits of each, for 25 hours, read from the keys at first use. An hour is fixed when a call first asks for
 * its hash, before anything is written: of two calls with one key around the full hour both write the same record, and
 * one of them conflicts. Memory has a bound: past it the oldest keys are forgotten, and a key that is not in memory is
 * looked for in the store, in each hour of which keys were forgotten. Where other processes write the store too, memory
 * says nothing about keys that it does not know: they are looked for in all hours, the next one included, since another
 * clock may be ahead. Known gap there: two processes that are asked one key in the same moment, one before the full
 * hour and one after it, both write.
 */
#include "host/idem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/map.h"
#include "common/v1/common.pb-c.h"
#include "host/v1/idem.pb-c.h"
#include "store/store.h"
#include "tessera/clock.h"
#include "tessera/idem.h"
#include "tessera/limits.h"
#include "tessera/sign.h"
#include "tessera/wait.h"

enum { KEEP_HOURS = 25, HASH_SIZE = 32, KEY_SIZE = 8 + 1 + 2 * HASH_SIZE + 1 };

const struct ts_collection idem_collection = {
    .name = "idem",
    .message = &host__idem_record__descriptor,
    .quiet = true,
    .keep_ms = (int64_t)KEEP_HOURS * TS_HOUR_MS,
};

struct idem {
    struct ts_runtime *runtime;
    struct map hours; /* first 64 bits of a hash -> hour, oldest first */
    size_t keys_max;
    int64_t forgotten_hour; /* the last of which keys were forgotten */
    int64_t pruned_hour;
    bool loaded, loading;
    struct ts_waiters waiters; /* for the load */
};

struct idem *idem_new(struct ts_runtime *runtime, size_t keys_max)
{
    struct idem *idem = calloc(1, sizeof(*idem));

    if (!idem)
        abort();
    idem->runtime = runtime;
    idem->keys_max = keys_max;
    map_init(&idem->hours);
    runtime->idem = idem;
    return idem;
}

void idem_free(struct idem *idem)
{
    if (!idem)
        return;
    map_done(&idem->hours);
    idem->runtime->idem = NULL;
    free(idem);
}

static int64_t hour_now(struct ts_call *call)
{
    return ts_now_ms(call) / TS_HOUR_MS;
}

static void key_spell(char key[KEY_SIZE], int64_t hour, const uint8_t hash[HASH_SIZE])
{
    char *at = key + snprintf(key, KEY_SIZE, "%08" PRIx32 "/", (uint32_t)hour);

    hex_put(at, hash, HASH_SIZE);
    at[2 * (size_t)HASH_SIZE] = '\0';
}

/* Who may be meant by the key: scope, principal and key, each ended by a NUL so that none runs into the next. */
static uint64_t key_hash(struct ts_call *call, const char *scope, uint8_t ret_hash[HASH_SIZE])
{
    const char *parts = ts_printf(call->arena, "%s%c%s%c%s", scope, 0, call->principal->id, 0, call->idempotency_key);
    uint64_t number;

    ts_sha256(parts, strlen(scope) + strlen(call->principal->id) + strlen(call->idempotency_key) + 2, ret_hash);
    memcpy(&number, ret_hash, sizeof(number));
    return number;
}

static void input_hash(struct ts_call *call, const ProtobufCMessage *input, uint8_t ret_hash[HASH_SIZE])
{
    size_t size;
    const uint8_t *bytes = ts_message_pack(call->arena, input, &size);

    ts_sha256(bytes, size, ret_hash);
}

/* "0007a1b2/00ff…": false if it is no key of ours. */
static bool key_read(const char *key, int64_t *ret_hour, uint64_t *ret_number)
{
    uint8_t bytes[8];

    if (strlen(key) != KEY_SIZE - 1)
        return false;
    for (size_t i = 0; i < 8; i++)
        if (sscanf(key + 9 + 2 * i, "%2hhx", &bytes[i]) != 1)
            return false;
    memcpy(ret_number, bytes, sizeof(*ret_number));
    *ret_hour = strtol(key, NULL, 16);
    return true;
}

static int64_t hour_of(const struct map_entry *entry)
{
    return (intptr_t)entry->value - 1; /* no value is NULL */
}

/* Forget a part of the keys, oldest first, so that this is seldom done. */
static void hours_forget(struct idem *idem)
{
    size_t count = idem->keys_max / 64 + 1, at = 0;
    struct map_entry *entry;

    while (count-- && (entry = map_next(&idem->hours, &at))) {
        if (hour_of(entry) > idem->forgotten_hour)
            idem->forgotten_hour = hour_of(entry);
        (void)map_take_number(&idem->hours, entry->number); /* known to be there */
    }
}

static void hours_put(struct idem *idem, uint64_t number, int64_t hour)
{
    if (idem->hours.count >= idem->keys_max)
        hours_forget(idem);
    map_put_number(&idem->hours, number, (void *)(intptr_t)(hour + 1));
}

static int64_t hours_find(const struct idem *idem, uint64_t number)
{
    return (intptr_t)map_find_number(&idem->hours, number) - 1;
}

static int idem_load_page(struct ts_call *call, const char **cursor)
{
    const char *from = ts_printf(call->arena, "%08" PRIx32 "/", (uint32_t)(hour_now(call) - KEEP_HOURS));
    struct ts_scan scan = { .collection = &idem_collection,
                            .from = TS_STRING(from),
                            .cursor = *cursor,
                            .limit = TS_SCAN_MAX,
                            .keys_only = true };
    struct ts_page page;
    int r = ts_store_scan(call, &scan, &page);

    if (r)
        return r;
    for (size_t i = 0; i < page.count; i++) {
        int64_t hour;
        uint64_t number;

        if (key_read(page.docs[i].id, &hour, &number))
            hours_put(call->runtime->idem, number, hour);
    }
    *cursor = page.more ? page.cursor : NULL;
    return 0;
}

/* Once per process; who comes meanwhile waits for the first. */
static int idem_load(struct ts_call *call)
{
    struct idem *idem = call->runtime->idem;
    const char *cursor = NULL;
    int r = 0;

    while (idem->loading) {
        r = ts_wait(call, &idem->waiters);
        if (r)
            return r;
    }
    if (idem->loaded)
        return 0;
    idem->loading = true;
    do
        r = idem_load_page(call, &cursor);
    while (!r && cursor);
    idem->loading = false;
    idem->loaded = !r;
    ts_wake(&idem->waiters); /* after an error the next one tries */
    return r;
}

/* Once an hour: forget what is past keeping. */
static void idem_prune(struct idem *idem, int64_t hour)
{
    struct map_entry *entry;
    size_t at = 0;

    if (idem->pruned_hour == hour)
        return;
    idem->pruned_hour = hour;
    while ((entry = map_next(&idem->hours, &at)))
        if (hour_of(entry) < hour - KEEP_HOURS)
            (void)map_take_number(&idem->hours, entry->number); /* known to be there */
}

static bool key_is_short(const struct ts_call *call)
{
    size_t size = strlen(call->idempotency_key);

    if (size > TS_IDEMPOTENCY_KEY_SIZE_MAX || !size)
        return true;
    return call->principal->kind == TS_PRINCIPAL_ANONYMOUS && size < TS_IDEMPOTENCY_KEY_SIZE_MIN;
}

/* Compare what was recorded with what is asked. */
static int record_match(struct ts_call *call, const ProtobufCMessage *body, const ProtobufCMessage *input,
                        const char **ret_id)
{
    const Host__IdemRecord *record = (const Host__IdemRecord *)body;
    uint8_t hash[HASH_SIZE];

    input_hash(call, input, hash);
    if (record->input_hash.len != HASH_SIZE || memcmp(record->input_hash.data, hash, HASH_SIZE) != 0)
        return TS_IDEM_REUSED;
    *ret_id = record->id;
    return TS_IDEM_FOUND;
}

/* Do others write the store, so that it may have keys which this process never saw? */
static bool is_shared(const struct ts_call *call)
{
    return !store_ops(call->runtime->store)->exact;
}

/* Look for a key in the hours of which something may not be known, and remember where it is. */
static int idem_recall(struct ts_call *call, uint64_t number, const uint8_t hash[HASH_SIZE])
{
    struct idem *idem = call->runtime->idem;
    int64_t first = hour_now(call) - KEEP_HOURS;
    int64_t last = is_shared(call) ? hour_now(call) + 1 : idem->forgotten_hour;
    char keys[KEEP_HOURS + 2][KEY_SIZE];
    const char *ids[KEEP_HOURS + 2];
    struct ts_doc docs[KEEP_HOURS + 2];
    size_t count = 0;
    int r;

    for (int64_t hour = first; hour <= last && count < KEEP_HOURS + 2; hour++, count++) {
        key_spell(keys[count], hour, hash);
        ids[count] = keys[count];
    }
    r = count ? ts_store_get_many(call, &idem_collection, ids, count, docs) : 0;
    for (size_t i = 0; !r && i < count; i++)
        if (docs[i].body &&
            (is_shared(call) || hours_find(idem, number) < 0)) /* who looked meanwhile may have put it */
            hours_put(idem, number, first + (int64_t)i);
    return r;
}

int ts_idem_find(struct ts_call *call, const char *scope, const ProtobufCMessage *input, const char **ret_id)
{
    struct idem *idem = call->runtime->idem;
    uint8_t hash[HASH_SIZE];
    char key[KEY_SIZE];
    struct ts_doc doc;
    uint64_t number;
    int64_t hour;
    int r;

    if (!call->idempotency_key)
        return TS_IDEM_NEW;
    if (key_is_short(call))
        return TS_IDEM_SHORT;
    r = idem_load(call);
    if (r)
        return r;
    idem_prune(idem, hour_now(call));
    number = key_hash(call, scope, hash);
    r = is_shared(call) || hours_find(idem, number) < 0 ? idem_recall(call, number, hash) : 0;
    if (r)
        return r;
    if (hours_find(idem, number) < 0) {
        hours_put(idem, number, hour_now(call));
        return TS_IDEM_NEW;
    }
    hour = hours_find(idem, number);
    key_spell(key, hour, hash);
    r = ts_store_get(call, &idem_collection, key, &doc);
    if (r)
        return r;
    if (doc.body)
        return record_match(call, doc.body, input, ret_id);
    /* What was refused long ago and is done now must be known for a whole day, too. */
    if (hour < hour_now(call) - 1 && hours_find(idem, number) == hour)
        hours_put(idem, number, hour_now(call));
    return TS_IDEM_NEW;
}

int ts_idem_refuse(struct ts_call *call, int outcome)
{
    if (outcome == TS_IDEM_REUSED)
        return ts_refuse(call, COMMON__ERROR_CODE__IDEMPOTENCY_KEY_REUSED, "idempotencyKey",
                         "This idempotency key was used with another input.");
    return ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, "idempotencyKey",
                     "An idempotency key has %d to %d characters.", TS_IDEMPOTENCY_KEY_SIZE_MIN,
                     TS_IDEMPOTENCY_KEY_SIZE_MAX);
}

bool ts_idem_write(struct ts_call *call, const char *scope, const ProtobufCMessage *input, const char *id,
                   struct ts_write *ret_write)
{
    struct idem *idem = call->runtime->idem;
    uint8_t hash[HASH_SIZE];
    Host__IdemRecord *record;
    uint64_t number;
    char *key;

    if (!call->idempotency_key)
        return false;
    number = key_hash(call, scope, hash);
    if (hours_find(idem, number) < 0)
        hours_put(idem, number, hour_now(call));
    key = ts_alloc(call->arena, KEY_SIZE);
    key_spell(key, hours_find(idem, number), hash);
    record = TS_NEW(call->arena, Host__IdemRecord);
    host__idem_record__init(record);
    record->has_input_hash = true;
    record->input_hash = (ProtobufCBinaryData){ HASH_SIZE, ts_alloc(call->arena, HASH_SIZE) };
    input_hash(call, input, record->input_hash.data);
    record->id = ts_strdup(call->arena, id);
    *ret_write = (struct ts_write){ .collection = &idem_collection, .id = key, .body = &record->base };
    return true;
}
