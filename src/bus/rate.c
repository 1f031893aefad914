/*
 * Who is a hash with a seed of this process: of what is limited, who does it, and of what. So nobody can choose whose
 * place in the table he takes, and no address or account stands in memory for longer than a call.
 */
#include "bus/rate.h"

#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/hash.h"
#include "loop/runtime.h"
#include "telemetry/metrics.h"
#include "tessera/cleanup.h"
#include "tessera/clock.h"
#include "tessera/memory.h"
#include "tessera/security.h"

enum {
    QUERIES = TS_RATE_GUESS_CODE + 1, /* by account, key, address */
    MUTATIONS = QUERIES + 3,
    RATES = MUTATIONS + 3,
    COUNT_MAX = 1000000,
    SECONDS_MAX = 86400,
    US_PER_SECOND = 1000000,
};

/*
 * A crowd may stand behind one address (a campus, a telephone company), so its operations have room for hundreds of
 * buyers; a person has enough for what he can do, and a machine for what its owner automates. Guesses are for people
 * who mistype.
 */
static const struct row {
    const char *name;
    unsigned count, seconds;
} rows[RATES] = {
    [TS_RATE_GUESS] = { "guess", 30, 60 },
    [TS_RATE_GUESS_ACCOUNT] = { "guess-account", 10, 300 },
    [TS_RATE_GUESS_CODE] = { "guess-code", 10, 3000 }, /* three of a million a guess */
    [QUERIES] = { "queries-account", 1000, 10 },
    { "queries-key", 2000, 10 },
    { "queries-address", 5000, 10 },
    [MUTATIONS] = { "mutations-account", 200, 10 },
    { "mutations-key", 1000, 10 },
    { "mutations-address", 2000, 10 },
};

static const struct row operation_rows[] = { { "holdTickets", 500, 10 }, { "joinWaitingRoom", 1000, 10 } };

struct operation_rate {
    char name[RATE_NAME_SIZE];
    struct pace pace;
};

struct rates {
    struct pace paces[RATES];
    struct operation_rate operations[RATE_OPERATIONS_MAX];
    size_t operation_count;
    bool counts_private;
    uint64_t seed;
    struct buckets *buckets; /* NULL: nobody has done anything */
    struct ts_metric *refused[RATES + 1];
};

/* ---- what the rates are */

static struct pace pace_of(unsigned count, unsigned seconds)
{
    return (struct pace){ count, count ? (int64_t)seconds * US_PER_SECOND / count : 0 };
}

static struct pace *pace_find(struct rates *rates, const char *name)
{
    for (size_t i = 0; i < RATES; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rates->paces[i];
    for (size_t i = 0; i < rates->operation_count; i++)
        if (strcmp(rates->operations[i].name, name) == 0)
            return &rates->operations[i].pace;
    if (rates->operation_count == RATE_OPERATIONS_MAX)
        return NULL;
    (void)snprintf(rates->operations[rates->operation_count].name, RATE_NAME_SIZE, "%s", name); /* it was read so */
    return &rates->operations[rates->operation_count++].pace;
}

/* "30/60" or "0". */
static bool pace_read(const char *text, struct pace *ret_pace)
{
    unsigned count = 0, seconds = 0;
    int end = 0;

    if (strcmp(text, "0") != 0 && (sscanf(text, "%7u/%6u%n", &count, &seconds, &end) != 2 || text[end]))
        return false;
    if (text[0] < '0' || text[0] > '9' || count > COUNT_MAX || seconds > SECONDS_MAX || (count && !seconds) ||
        (!count && end))
        return false;
    *ret_pace = pace_of(count, seconds);
    return true;
}

/* One "name=pace". */
static int take_item(struct rates *rates, const char *item, size_t size, struct buf *problem)
{
    char text[2 * RATE_NAME_SIZE] = "", *equals;
    struct pace pace, *slot;

    if (size < sizeof(text))
        memcpy(text, item, size);
    equals = strchr(text, '=');
    if (!equals || equals == text || equals - text >= RATE_NAME_SIZE || !pace_read(equals + 1, &pace)) {
        buf_printf(problem, "--rates: \"%.*s\" is not NAME=COUNT/SECONDS or NAME=0, of at most %d in %d seconds\n",
                   (int)size, item, COUNT_MAX, SECONDS_MAX);
        return TS_EINVALID;
    }
    *equals = '\0';
    slot = pace_find(rates, text);
    if (!slot) {
        buf_printf(problem, "--rates: at most %d operations\n", RATE_OPERATIONS_MAX);
        return TS_EINVALID;
    }
    *slot = pace;
    return 0;
}

static int take_text(struct rates *rates, const char *text, struct buf *problem)
{
    int r = 0;

    for (const char *at = text; at && r == 0; at = *at ? at + 1 : NULL) {
        size_t size = strcspn(at, ",");

        r = take_item(rates, at, size, problem);
        at += size;
    }
    return r;
}

static void measure(struct rates *rates, struct metrics *metrics)
{
    char labels[RATE_NAME_SIZE + 16];

    for (size_t i = 0; i <= RATES; i++) {
        (void)snprintf(labels, sizeof(labels), "rate=\"%s\"", i < RATES ? rows[i].name : "operation"); /* it fits */
        rates->refused[i] = metrics_get(metrics, TS_METRIC_COUNTER, "tessera_rate_limited_total", labels,
                                        "What was refused for being asked too often, by rate.");
    }
}

struct rates *rates_new(struct ts_runtime *runtime, const struct rates_config *config, struct buf *ret_problem)
{
    struct rates *rates = ts_memory_new(1, sizeof(*rates));

    rates->counts_private = config->counts_private;
    runtime->random(runtime, &rates->seed, sizeof(rates->seed));
    for (size_t i = 0; i < RATES; i++)
        if (!config->off || i == TS_RATE_GUESS_CODE)
            rates->paces[i] = pace_of(rows[i].count, rows[i].seconds);
    for (size_t i = 0; i < TS_ARRAY_SIZE(operation_rows) && !config->off; i++)
        *pace_find(rates, operation_rows[i].name) = pace_of(operation_rows[i].count, operation_rows[i].seconds);
    if (runtime->metrics)
        measure(rates, runtime->metrics);
    if (take_text(rates, config->text, ret_problem) == 0)
        return rates;
    rates_free(rates);
    return NULL;
}

void rates_free(struct rates *rates)
{
    if (rates)
        ts_memory_free(rates->buckets);
    ts_memory_free(rates);
}

const char *rates_operation(const struct rates *rates, size_t number)
{
    return number < rates->operation_count ? rates->operations[number].name : NULL;
}

/* ---- who is counted */

/* 0 is nobody. */
static uint64_t somebody(uint64_t hash)
{
    return hash ? hash : 1;
}

/* Of whoever asks, by his address; 0: he is not counted. */
static uint64_t who_by_address(const struct rates *rates, const struct ts_call *call)
{
    enum { NETWORK_SIZE = 8 }; /* of IPv6 */
    struct address address;

    if (!call->address || !address_parse(call->address, strlen(call->address), &address) ||
        (!rates->counts_private && address_is_private(&address)))
        return 0;
    return somebody(
        hash_seeded(rates->seed, address.bytes, address_is_v4(&address) ? sizeof(address.bytes) : NETWORK_SIZE));
}

enum who { ACCOUNT, KEY, ADDRESS, NOBODY };

static enum who who_asks(const struct ts_call *call)
{
    if (call->principal->kind == TS_PRINCIPAL_USER)
        return strncmp(call->principal->id, "key_", 4) == 0 ? KEY : ACCOUNT;
    return call->principal->kind == TS_PRINCIPAL_ANONYMOUS ? ADDRESS : NOBODY;
}

static uint64_t who_of(const struct rates *rates, const struct ts_call *call, enum who kind)
{
    if (kind == ADDRESS)
        return who_by_address(rates, call);
    return kind == NOBODY ? 0 : somebody(hash_seeded(rates->seed, call->principal->id, strlen(call->principal->id)));
}

/* Whose bucket: of that rate, of his, of that. */
static uint64_t bucket_of(uint64_t who, size_t rate, const char *of)
{
    return somebody(hash_seeded(who + rate, of ? of : "", of ? strlen(of) : 0));
}

/* ---- taking */

static int take(struct ts_call *call, size_t rate, const struct pace *pace, uint64_t bucket)
{
    struct rates *rates = call->runtime->rates;
    int64_t wait_us;

    if (!rates->buckets)
        rates->buckets = ts_memory_new(1, sizeof(*rates->buckets));
    wait_us = bucket_take(rates->buckets, bucket, pace, ts_now_ms(call) * 1000);
    if (!wait_us)
        return 0;
    if (rates->refused[rate])
        ts_metric_add(rates->refused[rate], 1);
    ts_security(call, TS_SECURITY_RATE_LIMITED, /* subject= */ NULL);
    call->retry_after_s = (unsigned)((wait_us + US_PER_SECOND - 1) / US_PER_SECOND);
    return ts_fail(call, TS_EEXHAUSTED, "Too many attempts; try again in %u s.", call->retry_after_s);
}

/* False: it is not limited. */
static bool find_bucket(struct ts_call *call, enum ts_rate rate, const char *of, uint64_t *ret_bucket)
{
    const struct rates *rates = call->runtime->rates;
    uint64_t who = 0;

    if (rates && rates->paces[rate].burst)
        who = rate == TS_RATE_GUESS_CODE ? somebody(rates->seed) : who_by_address(rates, call);
    *ret_bucket = bucket_of(who, rate, of);
    return who;
}

int ts_rate_take(struct ts_call *call, enum ts_rate rate, const char *of)
{
    uint64_t bucket;

    return find_bucket(call, rate, of, &bucket) ? take(call, rate, &call->runtime->rates->paces[rate], bucket) : 0;
}

void ts_rate_give_back(struct ts_call *call, enum ts_rate rate, const char *of)
{
    struct rates *rates = call->runtime->rates;
    uint64_t bucket;

    if (find_bucket(call, rate, of, &bucket) && rates->buckets)
        bucket_give_back(rates->buckets, bucket, &rates->paces[rate]);
}

static const struct pace *operation_pace(const struct rates *rates, const char *operation)
{
    for (size_t i = 0; i < rates->operation_count; i++)
        if (strcmp(rates->operations[i].name, operation) == 0)
            return &rates->operations[i].pace;
    return NULL;
}

/* With an account one is still at one's address: many accounts get there no more than one. */
static int take_operation(struct ts_call *call, const char *operation, enum who kind)
{
    const struct rates *rates = call->runtime->rates;
    const struct pace *pace = operation_pace(rates, operation);
    uint64_t address = kind == ACCOUNT ? who_by_address(rates, call) : 0;
    int r;

    if (!pace || !pace->burst)
        return 0;
    r = take(call, RATES, pace, bucket_of(who_of(rates, call, kind), RATES, operation));
    return r || !address ? r : take(call, RATES, pace, bucket_of(address, RATES, operation));
}

int rate_charge(struct ts_call *call, const char *operation, bool is_mutation)
{
    const struct rates *rates = call->runtime->rates;
    enum who kind = who_asks(call);
    uint64_t who = rates ? who_of(rates, call, kind) : 0;
    size_t rate = (is_mutation ? MUTATIONS : QUERIES) + kind;
    int r = 0;

    if (!who)
        return 0;
    if (rates->paces[rate].burst)
        r = take(call, rate, &rates->paces[rate], bucket_of(who, rate, NULL));
    return r ? r : take_operation(call, operation, kind);
}
