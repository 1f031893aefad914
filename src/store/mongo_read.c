/*
 * Reading. A get is exact: from the head's version on, by keys. A scan finds candidates by their heads, then reads the
 * newest version of each and drops those that have moved away from where the head says they stand. An exact one also
 * looks at each document that has an open version, for what has no head yet, or an old one, has one.
 */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "store/index.h"
#include "store/key.h"
#include "store/mongo_inside.h"
#include "store/range.h"

/* A candidate of a scan: what its head says. */
struct candidate {
    const char *id;
    int64_t version;
    const uint8_t *value; /* in the index that is scanned */
    size_t value_size;
};

struct reading {
    struct mongo *mongo;
    mongoc_client_t *client;
    struct store_request *request;
    uint64_t until_ns;
    bool multiple; /* the index has a repeated field: heads hold lists of values */
    const char *field;
    struct candidate *candidates;
    size_t count, room;
    struct ts_arena arena; /* of the candidates */
};

/* Get */

static int get(struct reading *reading)
{
    struct store_request *request = reading->request;
    struct mongo_seek *seeks = TS_NEW_ARRAY(&request->arena, struct mongo_seek, request->count);
    struct map places;
    size_t count = 0;
    int r;

    map_init(&places);
    for (size_t i = 0; i < request->count; i++) {
        if (!map_put(&places, request->ids[i], &places)) /* any value: it is there */
            seeks[count++] = (struct mongo_seek){ .id = request->ids[i] };
    }
    r = mongo_seek_heads(reading->mongo, reading->client, request->collection, seeks, count, reading->until_ns);
    r = r ? r
          : mongo_seek(&(struct mongo_link){ reading->mongo, reading->client, reading->until_ns }, request->collection,
                       seeks, count, request->keys_only, &request->arena);
    for (size_t i = 0; i < count; i++)
        (void)map_put(&places, seeks[i].id, &seeks[i]);
    request->rows = TS_NEW_ARRAY(&request->arena, struct store_row, request->count);
    request->row_count = request->count;
    for (size_t i = 0; i < request->count && !r; i++)
        request->rows[i] = ((const struct mongo_seek *)map_find(&places, request->ids[i]))->row;
    map_done(&places);
    return r;
}

/* Filters */

static void append_bounds(bson_t *filter, const char *field, const char *low_word, const char *low,
                          const char *high_word, const char *high)
{
    bson_t bounds;

    BSON_APPEND_DOCUMENT_BEGIN(filter, field, &bounds);
    if (*low)
        BSON_APPEND_UTF8(&bounds, low_word, low);
    if (*high)
        BSON_APPEND_UTF8(&bounds, high_word, high);
    if (!*low && !*high)
        BSON_APPEND_BOOL(&bounds, "$exists", true);
    bson_append_document_end(filter, &bounds);
}

/* One way into the range: those of one value, by their ids. */
static void append_way(bson_t *ways, const char *place, const char *field, const char *value, const char *after,
                       const char *before)
{
    bson_t way;

    BSON_APPEND_DOCUMENT_BEGIN(ways, place, &way);
    bson_append_utf8(&way, field, -1, value, -1);
    append_bounds(&way, "_id", "$gt", after, "$lt", before);
    bson_append_document_end(ways, &way);
}

/* All strictly between two places: between the values, and of the ends' own values those beyond their ids. */
static void append_ways(bson_t *filter, const char *field, const struct store_range *range, const char *low,
                        const char *high)
{
    const char *after = range->lower.id, *before = range->upper.id;
    bool same = strcmp(low, high) == 0;
    bson_t ways, between;

    BSON_APPEND_ARRAY_BEGIN(filter, "$or", &ways);
    BSON_APPEND_DOCUMENT_BEGIN(&ways, "0", &between);
    append_bounds(&between, field, *after ? "$gt" : "$gte", low, "$lt", high);
    bson_append_document_end(&ways, &between);
    if (*after)
        append_way(&ways, "1", field, low, after, same ? before : "");
    if (*before && !(same && *after))
        append_way(&ways, *after ? "2" : "1", field, high, "", before);
    bson_append_array_end(filter, &ways);
}

static void index_filter(struct reading *reading, bson_t *filter)
{
    const struct store_range *range = &reading->request->range;
    const char *low = mongo_value_spell(range->lower.value, range->lower.value_size, &reading->arena);
    const char *high = mongo_value_spell(range->upper.value, range->upper.value_size, &reading->arena);
    bson_t each;

    if (reading->multiple) { /* of which value it is, is seen when they are here */
        BSON_APPEND_DOCUMENT_BEGIN(filter, reading->field, &each);
        append_bounds(&each, "$elemMatch", "$gte", low, "$lte", high);
        bson_append_document_end(filter, &each);
    } else if (*range->lower.id || *range->upper.id) {
        append_ways(filter, reading->field, range, low, high);
    } else {
        append_bounds(filter, reading->field, "$gte", low, "$lt", high);
    }
}

/* Candidates */

static void candidate_add(struct reading *reading, const char *id, int64_t version, const char *spelt)
{
    struct candidate *candidate;

    if (reading->count == reading->room) {
        size_t room = reading->room ? 2 * reading->room : 64;
        struct candidate *candidates = TS_NEW_ARRAY(&reading->arena, struct candidate, room);

        if (reading->count)
            memcpy(candidates, reading->candidates, reading->count * sizeof(*candidates));
        reading->candidates = candidates;
        reading->room = room;
    }
    candidate = &reading->candidates[reading->count++];
    *candidate = (struct candidate){ .id = id, .version = version };
    if (spelt)
        candidate->value_size = mongo_value_unspell(spelt, &reading->arena, &candidate->value);
}

static void take_values(struct reading *reading, const char *id, int64_t version, const bson_iter_t *field)
{
    const struct store_range *range = &reading->request->range;
    bson_iter_t at;

    if (BSON_ITER_HOLDS_UTF8(field)) {
        candidate_add(reading, id, version, bson_iter_utf8(field, NULL));
        return;
    }
    if (!BSON_ITER_HOLDS_ARRAY(field) || !bson_iter_recurse(field, &at))
        return;
    while (bson_iter_next(&at)) {
        struct store_entry entry = { .index = (unsigned)range->index };

        if (!BSON_ITER_HOLDS_UTF8(&at))
            continue;
        entry.value_size = mongo_value_unspell(bson_iter_utf8(&at, NULL), &reading->arena, &entry.value);
        if (range_meets(range, &entry, id))
            candidate_add(reading, id, version, bson_iter_utf8(&at, NULL));
    }
}

static int take_head(const bson_t *document, void *data)
{
    struct reading *reading = data;
    bson_iter_t at, field;
    int64_t version = 0;
    const char *id;

    if (!bson_iter_init_find(&at, document, "_id") || !BSON_ITER_HOLDS_UTF8(&at))
        return TS_EDATALOSS;
    id = ts_strdup(&reading->arena, bson_iter_utf8(&at, NULL));
    if (bson_iter_init_find(&at, document, "_version"))
        version = bson_iter_as_int64(&at);
    if (!reading->field)
        candidate_add(reading, id, version, NULL);
    else if (bson_iter_init(&at, document) && bson_iter_find_descendant(&at, reading->field, &field))
        take_values(reading, id, version, &field);
    return 0;
}

static int compare_candidates(const void *left, const void *right)
{
    const struct candidate *one = left, *other = right;
    int order = key_compare(one->value, one->value_size, other->value, other->value_size);

    return order ? order : strcmp(one->id, other->id);
}

static void turn_round(struct reading *reading)
{
    for (size_t i = 0; i < reading->count / 2; i++) {
        struct candidate swapped = reading->candidates[i];

        reading->candidates[i] = reading->candidates[reading->count - 1 - i];
        reading->candidates[reading->count - 1 - i] = swapped;
    }
}

static bson_t *find_options(const struct reading *reading, int64_t limit)
{
    bson_t *options = BCON_NEW("projection", "{", "_version", BCON_INT32(1), "}"), projection, sort;
    int order = reading->request->range.descending ? -1 : 1;

    if (reading->field) {
        bson_reinit(options);
        BSON_APPEND_DOCUMENT_BEGIN(options, "projection", &projection);
        BSON_APPEND_INT32(&projection, "_version", 1);
        bson_append_int32(&projection, reading->field, -1, 1);
        bson_append_document_end(options, &projection);
    }
    if (reading->multiple) /* a list has no one place in an order */
        return options;
    BSON_APPEND_DOCUMENT_BEGIN(options, "sort", &sort);
    if (reading->field)
        bson_append_int32(&sort, reading->field, -1, order);
    BSON_APPEND_INT32(&sort, "_id", order);
    bson_append_document_end(options, &sort);
    BSON_APPEND_INT64(options, "limit", limit);
    return options;
}

/* Find up to `limit` candidates in the range; all of them where the index has lists. Return: 0; a ts_error. */
static int find_candidates(struct reading *reading, int64_t limit)
{
    mongoc_collection_t *heads = mongo_heads(reading->mongo, reading->client, reading->request->collection);
    const struct store_range *range = &reading->request->range;
    bson_t filter = BSON_INITIALIZER, *options = find_options(reading, limit);
    int r;

    reading->count = 0;
    if (reading->field)
        index_filter(reading, &filter);
    else
        append_bounds(&filter, "_id", "$gte", range->lower.id, "$lt", range->upper.id);
    r = mongo_find(heads, &filter, options, take_head, reading, reading->until_ns);
    if (reading->multiple && reading->count) {
        qsort(reading->candidates, reading->count, sizeof(*reading->candidates), compare_candidates);
        if (range->descending)
            turn_round(reading);
    }
    bson_destroy(options);
    bson_destroy(&filter);
    mongoc_collection_destroy(heads);
    return r;
}

/* Scan */

/* Does the newest version stand where the head said? The row has its body. */
static bool stands_there(struct reading *reading, const struct store_row *row, const struct candidate *candidate)
{
    struct store_entry *entries,
        wanted = { (unsigned)reading->request->range.index, candidate->value, candidate->value_size };
    size_t count = 0;

    if (row->erased ||
        index_extract_bytes(row->collection, row->body, row->body_size, &reading->arena, &entries, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!entry_compare(&entries[i], &wanted))
            return true;
    }
    return false;
}

/* The newest versions of these candidates, by their ids, into `newest`. */
static int read_newest(struct reading *reading, const struct candidate *candidates, size_t count, struct map *newest)
{
    struct store_request *request = reading->request;
    struct mongo_seek *seeks = TS_NEW_ARRAY(&request->arena, struct mongo_seek, count);
    size_t united = 0;
    int r;

    for (size_t i = 0; i < count; i++) {
        if (!map_put(newest, candidates[i].id, newest)) /* any value: it is there */
            seeks[united++] = (struct mongo_seek){ .id = candidates[i].id, .version = candidates[i].version };
    }
    r = mongo_seek(&(struct mongo_link){ reading->mongo, reading->client, reading->until_ns }, request->collection,
                   seeks, united, /* keys_only= */ false, &request->arena);
    for (size_t i = 0; i < united; i++)
        (void)map_put(newest, seeks[i].id, &seeks[i]);
    return r;
}

/* Put what is right of the candidates into the request. Return: false when it has enough. */
static bool take_right(struct reading *reading, const struct candidate *candidate, const struct map *newest)
{
    struct store_request *request = reading->request;
    const struct store_row *row = &((const struct mongo_seek *)map_find(newest, candidate->id))->row;
    struct store_row *taken;

    if (!row->version || row->erased ||
        (reading->field && row->version != candidate->version && !stands_there(reading, row, candidate)))
        return true;
    if (request->row_count == request->limit) {
        request->more = true;
        return false;
    }
    taken = store_request_row(request);
    *taken = *row;
    taken->value = candidate->value ? ts_memdup(&request->arena, candidate->value, candidate->value_size) : NULL;
    taken->value_size = candidate->value_size;
    if (request->keys_only)
        taken->body = NULL;
    return true;
}

/* Go on after the last candidate. */
static void move_on(struct reading *reading)
{
    struct store_request *request = reading->request;
    const struct candidate *last = &reading->candidates[reading->count - 1];
    struct store_place place = { ts_memdup(&request->arena, last->value ? last->value : (const uint8_t *)"",
                                           last->value_size),
                                 last->value_size, ts_strdup(&request->arena, last->id) };

    if (request->range.descending)
        request->range.upper = place;
    else if (reading->field)
        request->range.lower = place;
    else
        request->range.lower.id = ts_printf(&request->arena, "%s\x01", last->id);
}

/* A page of candidates, some of which may prove wrong. Return: 0 and *ret_ended; a ts_error. */
static int scan_some(struct reading *reading, size_t from, size_t count, bool *ret_ended)
{
    struct map newest;
    bool on = true;
    int r;

    map_init(&newest);
    r = read_newest(reading, reading->candidates + from, count, &newest);
    for (size_t i = 0; i < count && !r && on; i++)
        on = take_right(reading, &reading->candidates[from + i], &newest);
    map_done(&newest);
    *ret_ended = !on;
    return r;
}

static int scan_pages(struct reading *reading)
{
    size_t wanted = (size_t)reading->request->limit + 1;
    bool ended = false;
    int r = 0;

    while (!ended && !r) {
        arena_reset(&reading->arena);
        reading->room = 0;
        r = find_candidates(reading, (int64_t)wanted);
        if (r || !reading->count)
            break;
        r = scan_some(reading, 0, reading->count, &ended);
        if (reading->count < wanted)
            break;
        move_on(reading);
    }
    return r;
}

/* Where heads have lists, all candidates are here at once. */
static int scan_list(struct reading *reading)
{
    size_t wanted = (size_t)reading->request->limit + 1;
    bool ended = false;
    int r = find_candidates(reading, 0);

    for (size_t from = 0; from < reading->count && !ended && !r; from += wanted)
        r = scan_some(reading, from, reading->count - from < wanted ? reading->count - from : wanted, &ended);
    return r;
}

/* Exactly */

static int take_open(const bson_t *document, void *data)
{
    struct reading *reading = data;
    char id[TS_KEY_SIZE_MAX + 1];
    bson_iter_t at;
    int64_t version;

    if (bson_iter_init_find(&at, document, "_id") && BSON_ITER_HOLDS_UTF8(&at) &&
        mongo_key_split(bson_iter_utf8(&at, NULL), id, &version))
        candidate_add(reading, ts_strdup(&reading->request->arena, id), version, NULL); /* it outlives pages */
    return 0;
}

static int find_open(struct reading *reading)
{
    mongoc_collection_t *rows = mongo_rows(reading->mongo, reading->client, reading->request->collection);
    bson_t *filter = BCON_NEW("open", "{", "$gt", BCON_DATE_TIME(0), "}");
    bson_t *options = BCON_NEW("projection", "{", "_id", BCON_INT32(1), "}");
    int r;

    reading->count = reading->room = 0;
    r = mongo_find(rows, filter, options, take_open, reading, reading->until_ns);
    bson_destroy(options);
    bson_destroy(filter);
    mongoc_collection_destroy(rows);
    return r;
}

/* At this place; or anywhere, by another version. */
static bool is_taken(const struct store_request *request, const struct store_row *row, const struct store_entry *entry)
{
    for (size_t i = 0; i < request->row_count; i++) {
        const struct store_row *taken = &request->rows[i];

        if (!strcmp(taken->id, row->id) &&
            (taken->version != row->version ||
             !key_compare(taken->value, taken->value_size, entry->value, entry->value_size)))
            return true;
    }
    return false;
}

/* `entry`: where it stands in the index; without one, nowhere. */
static void take_met(struct reading *reading, const struct store_row *row, const struct store_entry *entry)
{
    struct store_request *request = reading->request;
    struct store_row *taken;

    if (is_taken(request, row, entry))
        return;
    taken = store_request_row(request);
    *taken = *row;
    taken->value = entry->value_size ? ts_memdup(&request->arena, entry->value, entry->value_size) : NULL;
    taken->value_size = entry->value_size;
    if (request->keys_only)
        taken->body = NULL;
}

/* Put a newest version into the request wherever it stands in the range. Return: 0; TS_EDATALOSS. */
static int take_places(struct reading *reading, const struct store_range *range, const struct store_row *row)
{
    struct store_entry *entries, nowhere = { .index = 0 };
    size_t count = 0;

    if (!row->version || row->erased)
        return 0;
    if (!reading->field) {
        if (strcmp(row->id, range->lower.id) >= 0 && strcmp(row->id, range->upper.id) < 0)
            take_met(reading, row, &nowhere);
        return 0;
    }
    if (index_extract_bytes(row->collection, row->body, row->body_size, &reading->arena, &entries, &count))
        return TS_EDATALOSS;
    for (size_t i = 0; i < count; i++) {
        if (range_meets(range, &entries[i], row->id))
            take_met(reading, row, &entries[i]);
    }
    return 0;
}

static int compare_rows(const void *left, const void *right)
{
    const struct store_row *one = left, *other = right;
    int order = key_compare(one->value, one->value_size, other->value, other->value_size);

    return order ? order : strcmp(one->id, other->id);
}

static int compare_rows_back(const void *left, const void *right)
{
    return compare_rows(right, left);
}

/* What the heads told, and what of the open ones was in the range, in one order again. */
static void unite_rows(struct store_request *request)
{
    if (request->row_count)
        qsort(request->rows, request->row_count, sizeof(*request->rows),
              request->range.descending ? compare_rows_back : compare_rows);
    if (request->row_count > request->limit) {
        request->row_count = request->limit;
        request->more = true;
    }
}

static int scan_heads(struct reading *reading)
{
    return reading->multiple ? scan_list(reading) : scan_pages(reading);
}

/* First what is open, then the heads: what is not open any more by then has its head. */
static int scan_exactly(struct reading *reading)
{
    struct store_range range = reading->request->range; /* pages move it */
    struct map newest;
    struct map_entry *entry;
    size_t at = 0;
    int r = find_open(reading);

    map_init(&newest);
    if (!r && reading->count)
        r = read_newest(reading, reading->candidates, reading->count, &newest);
    r = r ? r : scan_heads(reading);
    while (!r && (entry = map_next(&newest, &at)))
        r = take_places(reading, &range, &((const struct mongo_seek *)entry->value)->row);
    map_done(&newest);
    unite_rows(reading->request);
    return r;
}

/* Count */

static int count_heads(struct reading *reading)
{
    struct store_request *request = reading->request;
    int r;

    if (reading->multiple) {
        r = find_candidates(reading, 0);
        request->number = (int64_t)reading->count < request->count_max ? (int64_t)reading->count : request->count_max;
        return r;
    }
    {
        mongoc_collection_t *heads = mongo_heads(reading->mongo, reading->client, request->collection);
        bson_t filter = BSON_INITIALIZER, options = BSON_INITIALIZER;
        bson_error_t error = { 0 };
        unsigned tries = 0;

        if (reading->field) {
            index_filter(reading, &filter);
        } else {
            append_bounds(&filter, "_id", "$gte", request->range.lower.id, "$lt", request->range.upper.id);
            BCON_APPEND(&filter, "_erased", "{", "$ne", BCON_BOOL(true), "}");
        }
        if (request->count_max < INT32_MAX)
            BSON_APPEND_INT64(&options, "limit", request->count_max);
        do
            request->number = mongoc_collection_count_documents(heads, &filter, &options, NULL, NULL, &error);
        while (request->number < 0 && mongo_failure(&error) != MONGO_REFUSED && mongo_pause(&tries, reading->until_ns));
        r = request->number < 0 ? TS_EUNAVAILABLE : 0;
        bson_destroy(&options);
        bson_destroy(&filter);
        mongoc_collection_destroy(heads);
    }
    return r;
}

/* History */

static int take_version(const bson_t *document, void *data)
{
    struct reading *reading = data;
    struct store_row row = { .collection = reading->request->collection };

    if (!mongo_row_read(document, &reading->request->arena, &row))
        return TS_EDATALOSS;
    *store_request_row(reading->request) = row;
    return 0;
}

static int compare_versions(const void *left, const void *right)
{
    const struct store_row *one = left, *other = right;

    return (one->version < other->version) - (one->version > other->version);
}

/* Versions are 1, 2, 3…: each has its key. */
static int find_versions(struct reading *reading, int64_t newest)
{
    struct store_request *request = reading->request;
    mongoc_collection_t *rows = mongo_rows(reading->mongo, reading->client, request->collection);
    bson_t options = BSON_INITIALIZER;
    char key[MONGO_KEY_SIZE];
    struct mongo_keys keys;
    int r;

    mongo_keys_init(&keys, reading->mongo);
    for (int64_t i = 0; i < request->limit && newest - i > 0; i++) {
        mongo_key(key, request->ids[0], newest - i);
        mongo_keys_add(&keys, key);
    }
    r = mongo_keys_find(&keys, rows, &options, take_version, reading, reading->until_ns);
    mongo_keys_done(&keys);
    bson_destroy(&options);
    mongoc_collection_destroy(rows);
    return r;
}

static int history(struct reading *reading)
{
    struct store_request *request = reading->request;
    struct mongo_seek seek = { .id = request->ids[0] };
    int64_t newest;
    int r = mongo_seek_heads(reading->mongo, reading->client, request->collection, &seek, 1, reading->until_ns);

    r = r ? r
          : mongo_seek(&(struct mongo_link){ reading->mongo, reading->client, reading->until_ns }, request->collection,
                       &seek, 1, /* keys_only= */ true, &request->arena);
    newest = request->before && request->before <= seek.version ? request->before - 1 : seek.version;
    if (r || newest < 1)
        return r;
    r = find_versions(reading, newest);
    if (!r)
        qsort(request->rows, request->row_count, sizeof(*request->rows), compare_versions);
    request->more = newest > (int64_t)request->limit;
    return r;
}

static void choose_index(struct reading *reading)
{
    const struct store_request *request = reading->request;
    int index = request->range.index;

    if (request->type == STORE_GET || request->type == STORE_HISTORY || index < 0)
        return;
    reading->field =
        ts_printf(&reading->request->arena, "_index.%s", request->collection->declared->indexes[index].name);
    for (unsigned i = 0; i < index_field_count(request->collection, index); i++)
        reading->multiple |= index_field(request->collection, index, i)->label == PROTOBUF_C_LABEL_REPEATED;
}

void mongo_read(struct mongo *mongo, mongoc_client_t *client, struct mongo_task *task)
{
    struct store_request *request = task->request;
    struct reading reading = { .mongo = mongo, .client = client, .request = request, .until_ns = task->until_ns };

    arena_init(&reading.arena);
    choose_index(&reading);
    switch (request->type) {
    case STORE_GET:
        request->result = get(&reading);
        break;
    case STORE_SCAN:
        request->result = request->exact ? scan_exactly(&reading) : scan_heads(&reading);
        break;
    case STORE_COUNT:
        request->result = request->count_max ? count_heads(&reading) : 0;
        break;
    default:
        request->result = history(&reading);
        break;
    }
    arena_done(&reading.arena);
}
