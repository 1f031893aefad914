/*
 * Sorted lists of pointers, found by bisection and shifted on insert: a test's store holds thousands of documents, not
 * millions. Everything is copied; a version is never changed but by an erasure, which replaces its body by nothing.
 */
#include "store/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "store/index.h"
#include "store/range.h"
#include "tessera/memory.h"

struct version {
    char *id;
    int64_t version, sequence, attempt;
    unsigned twin;            /* who wrote it, and finds it at once */
    int64_t seen_at_ms;       /* from when on the scans of others do */
    struct store_stamp stamp; /* its strings are owned */
    bool erased;
    uint8_t *body;
    size_t body_size;
};

struct entry {
    struct store_entry entry; /* its value is owned */
    char *id;
};

struct list {
    void **items;
    size_t count, room;
};

struct table {
    char *name;
    struct list versions, entries;
    int64_t seen_at_ms; /* the latest of its versions' */
    struct table *next;
};

struct memory {
    struct table *tables;
    int64_t sequence;
    unsigned twins;
};

static void *allocate(size_t size)
{
    return ts_memory_new(1, size ? size : 1);
}

static void *copy(const void *bytes, size_t size)
{
    void *memory = allocate(size);

    return size ? memcpy(memory, bytes, size) : memory;
}

static char *copy_string(const char *string)
{
    return copy(string, strlen(string) + 1);
}

/* Lists */

static void list_insert(struct list *list, size_t at, void *item)
{
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : 64;
        list->items = ts_memory_resize(list->items, list->room * sizeof(*list->items));
    }
    memmove(list->items + at + 1, list->items + at, (list->count - at) * sizeof(*list->items));
    list->items[at] = item;
    list->count++;
}

static void list_remove(struct list *list, size_t at)
{
    memmove(list->items + at, list->items + at + 1, (list->count - at - 1) * sizeof(*list->items));
    list->count--;
}

/* The first place whose item is not before the key. */
static size_t list_find(const struct list *list, const void *key, int (*compare)(const void *item, const void *key))
{
    size_t low = 0, high = list->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare(list->items[middle], key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct version_key {
    const char *id;
    int64_t version;
};

static int compare_version(const void *item, const void *key)
{
    const struct version *version = item;
    const struct version_key *wanted = key;
    int order = strcmp(version->id, wanted->id);

    return order ? order : (version->version > wanted->version) - (version->version < wanted->version);
}

struct entry_key {
    const struct store_entry *entry;
    const char *id;
};

static int compare_entry(const void *item, const void *key)
{
    const struct entry *entry = item;
    const struct entry_key *wanted = key;
    int order = entry_compare(&entry->entry, wanted->entry);

    return order ? order : strcmp(entry->id, wanted->id);
}

static struct version *version_at(const struct table *table, size_t at)
{
    return table->versions.items[at];
}

static struct entry *entry_at(const struct table *table, size_t at)
{
    return table->entries.items[at];
}

/* Entries */

static void entry_free(struct entry *entry)
{
    ts_memory_free((void *)(uintptr_t)entry->entry.value);
    ts_memory_free(entry->id);
    ts_memory_free(entry);
}

static void entry_add(struct table *table, const struct store_entry *source, const char *id)
{
    struct entry_key key = { source, id };
    struct entry *entry = allocate(sizeof(*entry));

    entry->entry = *source;
    entry->entry.value = copy(source->value, source->value_size);
    entry->id = copy_string(id);
    list_insert(&table->entries, list_find(&table->entries, &key, compare_entry), entry);
}

static void entry_drop(struct table *table, const struct store_entry *source, const char *id)
{
    struct entry_key key = { source, id };
    size_t at = list_find(&table->entries, &key, compare_entry);

    assert(at < table->entries.count && !compare_entry(table->entries.items[at], &key));
    entry_free(entry_at(table, at));
    list_remove(&table->entries, at);
}

/* Call `change` for each entry of a version. */
static void each_entry(struct table *table, const struct store_collection *collection, const struct version *version,
                       void (*change)(struct table *, const struct store_entry *, const char *))
{
    struct store_entry *entries;
    struct ts_arena arena;
    size_t count = 0;

    if (version->erased)
        return;
    arena_init(&arena);
    if (index_extract_bytes(collection, version->body, version->body_size, &arena, &entries, &count))
        abort(); /* we packed it ourselves */
    for (size_t i = 0; i < count; i++)
        change(table, &entries[i], version->id);
    arena_done(&arena);
}

/* Versions */

static void version_free(struct version *version)
{
    ts_memory_free(version->id);
    ts_memory_free((void *)(uintptr_t)version->stamp.actor);
    ts_memory_free((void *)(uintptr_t)version->stamp.operation);
    ts_memory_free((void *)(uintptr_t)version->stamp.request_id);
    ts_memory_free(version->body);
    ts_memory_free(version);
}

/* The place after the newest version of `id`, whose first version stands at or before it. */
static size_t place_after(const struct table *table, const char *id)
{
    struct version_key key = { id, INT64_MAX };

    return list_find(&table->versions, &key, compare_version);
}

static struct version *find_newest(const struct table *table, const char *id)
{
    size_t after = place_after(table, id);

    return after && !strcmp(version_at(table, after - 1)->id, id) ? version_at(table, after - 1) : NULL;
}

static void version_add(struct memory *memory, struct table *table, const struct memory_twin *twin,
                        const struct store_stamp *stamp, const struct store_item *item)
{
    struct version *version = allocate(sizeof(*version));
    int64_t seen_at_ms = twin->lag_ms ? twin->now_ms + twin->lag_ms : 0;

    *version = (struct version){
        .id = copy_string(item->id),
        .version = item->version,
        .sequence = ++memory->sequence,
        .attempt = item->attempt,
        .twin = twin->number,
        .seen_at_ms = seen_at_ms,
        .stamp = { stamp->written_at_ms, copy_string(stamp->actor), copy_string(stamp->operation),
                   copy_string(stamp->request_id) },
        .erased = item->erased,
        .body = copy(item->body, item->body_size),
        .body_size = item->body_size,
    };
    list_insert(&table->versions, place_after(table, item->id), version);
    if (seen_at_ms > table->seen_at_ms)
        table->seen_at_ms = seen_at_ms;
}

static struct table *find_table(const struct memory *memory, const struct store_collection *collection)
{
    struct table *table = memory->tables;

    while (table && strcmp(table->name, collection->declared->name) != 0)
        table = table->next;
    return table;
}

void memory_write(struct memory *memory, const struct memory_twin *twin, const struct store_stamp *stamp,
                  struct store_item *item)
{
    struct table *table = find_table(memory, item->collection);
    struct version *newest = find_newest(table, item->id);
    struct version_key key = { item->id, item->version };
    size_t at = list_find(&table->versions, &key, compare_version);

    if ((newest ? newest->version : 0) != item->version - 1) {
        bool there = at < table->versions.count && !compare_version(version_at(table, at), &key);

        item->result = there && version_at(table, at)->attempt == item->attempt ? TS_WRITE_OK : TS_WRITE_CONFLICT;
        return;
    }
    if (newest)
        each_entry(table, item->collection, newest, entry_drop);
    version_add(memory, table, twin, stamp, item);
    each_entry(table, item->collection, find_newest(table, item->id), entry_add);
    item->result = TS_WRITE_OK;
}

void memory_erase(struct memory *memory, const struct memory_twin *twin, const struct store_stamp *stamp,
                  struct store_item *item)
{
    struct table *table = find_table(memory, item->collection);
    struct version *newest = find_newest(table, item->id);

    item->version = newest ? newest->version : 0;
    if (!newest || newest->erased)
        return;
    each_entry(table, item->collection, newest, entry_drop);
    item->version++;
    version_add(memory, table, twin, stamp, item);
    for (size_t at = place_after(table, item->id); at && !strcmp(version_at(table, at - 1)->id, item->id); at--) {
        version_at(table, at - 1)->erased = true;
        version_at(table, at - 1)->body_size = 0;
    }
}

void memory_erase_parts(struct memory *memory, const struct memory_twin *twin, const struct store_stamp *stamp,
                        struct store_item *item)
{
    struct table *table = find_table(memory, item->collection);
    struct version *newest = find_newest(table, item->id);
    size_t size;

    item->version = newest ? newest->version : 0;
    if (!newest || newest->erased)
        return;
    each_entry(table, item->collection, newest, entry_drop);
    size = newest->body_size;
    newest->body_size = part_strip(item->parts, item->part_count, newest->body, size);
    if (newest->body_size < size) {
        item->version++;
        item->body = newest->body;
        item->body_size = newest->body_size;
        version_add(memory, table, twin, stamp, item);
    }
    for (size_t at = place_after(table, item->id); at && !strcmp(version_at(table, at - 1)->id, item->id); at--) {
        struct version *version = version_at(table, at - 1);

        version->body_size = part_strip(item->parts, item->part_count, version->body, version->body_size);
    }
    each_entry(table, item->collection, find_newest(table, item->id), entry_add);
}

/* All versions of the document whose newest stands at `at`. Return: the place of its first. */
static size_t document_drop(struct table *table, const struct store_collection *collection, size_t at)
{
    char *id = copy_string(version_at(table, at)->id);

    each_entry(table, collection, version_at(table, at), entry_drop);
    for (at++; at && !strcmp(version_at(table, at - 1)->id, id); at--) {
        version_free(version_at(table, at - 1));
        list_remove(&table->versions, at - 1);
    }
    ts_memory_free(id);
    return at;
}

void memory_drop(struct memory *memory, struct store_request *request)
{
    struct table *table = find_table(memory, request->collection);
    unsigned looked = 0;

    for (size_t at = place_after(table, request->range.lower.id); at < table->versions.count;) {
        const struct version *version = version_at(table, at);

        if (version != find_newest(table, version->id)) {
            at++;
            continue;
        }
        if (looked++ == request->limit) {
            request->more = true;
            return;
        }
        request->range.lower.id = ts_strdup(&request->arena, version->id);
        if (version->stamp.written_at_ms >= request->before) {
            at++;
            continue;
        }
        store_request_row(request)->id = request->range.lower.id;
        at = document_drop(table, request->collection, at);
    }
}

/* Heads */

static bool lags(const struct table *table, const struct memory_twin *twin)
{
    return twin->now_ms < table->seen_at_ms;
}

/* The version that this twin's scans know: a newer one of its own, or one that was seen; NULL: none yet. */
static const struct version *find_head(const struct table *table, const struct memory_twin *twin, const char *id)
{
    for (size_t at = place_after(table, id); at && !strcmp(version_at(table, at - 1)->id, id); at--) {
        const struct version *version = version_at(table, at - 1);

        if (version->twin == twin->number || version->seen_at_ms <= twin->now_ms)
            return version;
    }
    return NULL;
}

/* Where a version stands in the request's index. */
static struct store_entry *entries_of(struct store_request *request, const struct version *version, size_t *ret_count)
{
    struct store_entry *entries = NULL;

    *ret_count = 0;
    if (!version->erased && index_extract_bytes(request->collection, version->body, version->body_size, &request->arena,
                                                &entries, ret_count))
        abort(); /* we packed it ourselves */
    return entries;
}

/* Does its head lead there? `entry`: NULL for a scan by id. */
static bool is_found(const struct table *table, const struct memory_twin *twin, struct store_request *request,
                     const char *id, const struct store_entry *entry)
{
    const struct version *head;
    struct store_entry *entries;
    size_t count;

    if (!lags(table, twin))
        return true;
    head = find_head(table, twin, id);
    if (!head || !entry)
        return head != NULL;
    entries = entries_of(request, head, &count);
    for (size_t i = 0; i < count; i++) {
        if (!entry_compare(&entries[i], entry))
            return true;
    }
    return false;
}

/* A count asks nobody but the heads. */
static void count_heads(const struct table *table, const struct memory_twin *twin, struct store_request *request)
{
    const struct store_range *range = &request->range;
    const struct store_place *lower = &range->lower, *upper = &range->upper;

    for (size_t at = 0; at < table->versions.count; at = place_after(table, version_at(table, at)->id)) {
        const struct version *head = find_head(table, twin, version_at(table, at)->id);
        struct store_entry *entries = NULL;
        size_t count = 0;

        if (!head || head->erased)
            continue;
        if (range->index < 0)
            request->number += strcmp(head->id, lower->id) >= 0 && strcmp(head->id, upper->id) < 0;
        else
            entries = entries_of(request, head, &count);
        for (size_t i = 0; i < count; i++)
            request->number += range_meets(range, &entries[i], head->id);
    }
    if (request->number > request->count_max)
        request->number = request->count_max;
}

/* Reading */

static void take_row(struct store_request *request, const struct version *version, struct store_row *row)
{
    struct ts_arena *arena = &request->arena;

    row->collection = request->collection;
    row->id = ts_strdup(arena, version->id);
    row->version = version->version;
    row->sequence = version->sequence;
    row->erased = version->erased;
    if (request->keys_only)
        return;
    row->stamp =
        (struct store_stamp){ version->stamp.written_at_ms, ts_strdup(arena, version->stamp.actor),
                              ts_strdup(arena, version->stamp.operation), ts_strdup(arena, version->stamp.request_id) };
    row->body = ts_memdup(arena, version->body, version->body_size);
    row->body_size = version->body_size;
}

static void read_get(const struct table *table, struct store_request *request)
{
    request->rows = TS_NEW_ARRAY(&request->arena, struct store_row, request->count);
    request->row_count = request->count;
    for (size_t i = 0; i < request->count; i++) {
        const struct version *newest = find_newest(table, request->ids[i]);

        if (newest)
            take_row(request, newest, &request->rows[i]);
    }
}

/* Put the row, or count it. Return: false when there are enough. */
static bool meet(struct store_request *request, const struct version *version, const struct store_entry *entry)
{
    struct store_row *row;

    if (request->type == STORE_COUNT) {
        request->number += request->number < request->count_max;
        return request->number < request->count_max;
    }
    if (request->row_count == request->limit) {
        request->more = true;
        return false;
    }
    row = store_request_row(request);
    take_row(request, version, row);
    if (entry) {
        row->value = ts_memdup(&request->arena, entry->value, entry->value_size);
        row->value_size = entry->value_size;
    }
    return true;
}

static size_t entry_place(const struct table *table, int index, const struct store_place *place)
{
    struct store_entry entry = { (unsigned)index, place->value, place->value_size };
    struct entry_key key = { &entry, place->id };

    return list_find(&table->entries, &key, compare_entry);
}

static void read_index(const struct table *table, const struct memory_twin *twin, struct store_request *request)
{
    const struct store_range *range = &request->range;
    size_t low = entry_place(table, range->index, &range->lower),
           high = entry_place(table, range->index, &range->upper);

    /* The range is open at both ends: an entry at the lower place itself, a cursor's, is not in it. */
    if (low < table->entries.count && !range_meets(range, &entry_at(table, low)->entry, entry_at(table, low)->id))
        low++;
    for (size_t left = high > low ? high - low : 0, i = 0; i < left; i++) {
        const struct entry *entry = entry_at(table, range->descending ? high - 1 - i : low + i);

        if (is_found(table, twin, request, entry->id, &entry->entry) &&
            !meet(request, find_newest(table, entry->id), &entry->entry))
            return;
    }
}

static void read_ids(const struct table *table, const struct memory_twin *twin, struct store_request *request)
{
    const struct store_range *range = &request->range;
    struct version_key low_key = { range->lower.id, 0 }, high_key = { range->upper.id, 0 };
    size_t low = list_find(&table->versions, &low_key, compare_version);
    size_t high = list_find(&table->versions, &high_key, compare_version);

    for (size_t left = high > low ? high - low : 0, i = 0; i < left; i++) {
        const struct version *version = version_at(table, range->descending ? high - 1 - i : low + i);

        if (version != find_newest(table, version->id) || version->erased ||
            !is_found(table, twin, request, version->id, /* entry= */ NULL))
            continue;
        if (!meet(request, version, /* entry= */ NULL))
            return;
    }
}

static void read_history(const struct table *table, struct store_request *request)
{
    struct version_key key = { request->ids[0], request->before ? request->before : INT64_MAX };
    size_t at = list_find(&table->versions, &key, compare_version);

    while (at-- && !strcmp(version_at(table, at)->id, request->ids[0])) {
        if (!meet(request, version_at(table, at), /* entry= */ NULL))
            return;
    }
}

void memory_read(struct memory *memory, const struct memory_twin *twin, struct store_request *request)
{
    const struct table *table = find_table(memory, request->collection);

    if (request->type == STORE_COUNT && request->count_max == 0)
        return;
    if (request->type == STORE_GET)
        read_get(table, request);
    else if (request->type == STORE_HISTORY)
        read_history(table, request);
    else if (request->type == STORE_COUNT && lags(table, twin))
        count_heads(table, twin, request);
    else if (request->range.index >= 0)
        read_index(table, twin, request);
    else
        read_ids(table, twin, request);
}

/* Life */

static void drop_entries(struct table *table)
{
    while (table->entries.count)
        entry_free(entry_at(table, --table->entries.count));
}

int memory_add(struct memory *memory, const struct store_collection *collection)
{
    struct table *table = find_table(memory, collection);

    if (!table) {
        table = allocate(sizeof(*table));
        *table = (struct table){ .name = copy_string(collection->declared->name), .next = memory->tables };
        memory->tables = table;
    }
    drop_entries(table);
    for (size_t i = 0; i < table->versions.count; i++) {
        struct version *version = version_at(table, i);

        if (version == find_newest(table, version->id))
            each_entry(table, collection, version, entry_add);
    }
    return 0;
}

struct memory *memory_new(void)
{
    struct memory *memory = allocate(sizeof(*memory));

    *memory = (struct memory){ 0 };
    return memory;
}

unsigned memory_twin_number(struct memory *memory)
{
    return ++memory->twins;
}

void memory_free(struct memory *memory)
{
    while (memory && memory->tables) {
        struct table *table = memory->tables;

        memory->tables = table->next;
        drop_entries(table);
        while (table->versions.count)
            version_free(version_at(table, --table->versions.count));
        ts_memory_free(table->entries.items);
        ts_memory_free(table->versions.items);
        ts_memory_free(table->name);
        ts_memory_free(table);
    }
    ts_memory_free(memory);
}
