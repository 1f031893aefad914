/*
 * Keys, ranges and cursors of the store. The first byte chooses: do keys sort as the values they spell; is a cursor
 * that a client made up refused or harmless; does each index entry of any document come back from its cursor, and lie
 * in a range exactly when its values do.
 */
#include "fuzz.h"

#include "base/arena.h"
#include "base/utf8.h"
#include "note.pb-c.h"
#include "store/index.h"
#include "store/key.h"
#include "store/range.h"
#include "tessera/cleanup.h"

static const struct ts_collection notes = {
    .name = "notes",
    .message = &note__note__descriptor,
    .indexes = { { "owner", { "owner", "number" } },
                 { "tags", { "tags", "due_ms" } },
                 { "small", { "small", "positive", "open", "colour" } } },
};

/* Up to `max` bytes as a string, as many as the next two bytes say. */
static const char *take_string(struct ts_arena *arena, const uint8_t **data, size_t *left, size_t max)
{
    size_t size = fuzz_number(data, left, 2) % (max + 1);
    const char *string;

    size = size < *left ? size : *left;
    string = ts_strndup(arena, (const char *)*data, size);
    *data += size;
    *left -= size;
    return string;
}

static int sign(int64_t order)
{
    return (order > 0) - (order < 0);
}

static int compare_strings(const char *left, const char *right)
{
    return sign(strncmp(left, right, TS_INDEX_VALUE_SIZE_MAX - 1)); /* longer ones are cut there */
}

static int compare_ints(int64_t left, int64_t right)
{
    return (left > right) - (left < right);
}

struct tuple {
    int64_t first;
    const char *second;
    int64_t third;
    struct key key;
};

static void tuple_take(struct tuple *tuple, struct ts_arena *arena, const uint8_t **data, size_t *left)
{
    tuple->first = (int64_t)fuzz_number(data, left, 1) - 128;
    if (tuple->first & 1)
        tuple->first = (int64_t)fuzz_number(data, left, 8);
    tuple->second = take_string(arena, data, left, 600);
    tuple->third = (int64_t)fuzz_number(data, left, 8);
    tuple->key.size = 0;
    key_add_int(&tuple->key, tuple->first);
    key_add_string(&tuple->key, tuple->second);
    key_add_int(&tuple->key, tuple->third);
    CLAIM(key_int(tuple->key.bytes) == tuple->first);
}

static void check_order(struct ts_arena *arena, const uint8_t *data, size_t left)
{
    struct tuple one, two;
    int order;

    tuple_take(&one, arena, &data, &left);
    tuple_take(&two, arena, &data, &left);
    order = compare_ints(one.first, two.first);
    order = order ? order : compare_strings(one.second, two.second);
    order = order ? order : compare_ints(one.third, two.third);
    CLAIM(sign(key_compare(one.key.bytes, one.key.size, two.key.bytes, two.key.size)) == order);
}

static struct store_collection collection_make(void)
{
    struct store_collection collection;
    const char *wrong;

    CLAIM(index_check(&notes, &collection, &wrong) == 0);
    return collection;
}

/* Of several scans one, so that marks and values of another are tried too. */
static struct ts_scan scan_make(unsigned choice)
{
    struct ts_scan scan = { .collection = &notes, .limit = 10, .descending = choice & 1 };

    if (choice & 2) {
        scan.index = "owner";
        scan.equal[0] = choice & 4 ? TS_STRING("me") : (struct ts_value){ TS_VALUE_NONE, 0, NULL };
    } else if (choice & 4) {
        scan.index = "small";
        scan.equal[0] = choice & 8 ? TS_INT(INT64_MAX) : TS_INT(7);
    }
    return scan;
}

static void check_cursor(struct ts_arena *arena, const uint8_t *data, size_t left)
{
    struct store_collection collection = collection_make();
    struct ts_scan scan = scan_make((unsigned)fuzz_number(&data, &left, 1));
    struct store_range range;
    char *text = fuzz_string(data, left);

    scan.cursor = text;
    if (range_make(&collection, &scan, arena, &range) == 0)
        CLAIM(range.lower.id && range.upper.id);
    free(text);
}

static const char *take_id(struct ts_arena *arena, const uint8_t **data, size_t *left)
{
    const char *bytes = take_string(arena, data, left, TS_KEY_SIZE_MAX - 1);
    char *id = ts_printf(arena, "i%s", bytes);

    for (char *at = id; *at; at++)
        *at = (char)('!' + (unsigned char)(*at) % ('~' - '!' + 1));
    CLAIM(key_id_valid(id));
    return id;
}

/* The cursor of a place is accepted by its scan, both ways round, and means that place. */
static void check_entry(struct ts_arena *arena, const struct store_collection *collection,
                        const struct store_entry *entry, const char *id)
{
    struct store_place place = { entry->value, entry->value_size, id };
    struct ts_scan scan = { .collection = &notes, .index = notes.indexes[entry->index].name, .limit = 10 };
    struct store_range range;
    const struct store_place *end;

    scan.cursor = cursor_encode(collection, &scan, &place, arena);
    for (int way = 0; way < 2; way++) {
        scan.descending = way;
        CLAIM(range_make(collection, &scan, arena, &range) == 0);
        end = way ? &range.upper : &range.lower;
        CLAIM(key_compare(end->value, end->value_size, place.value, place.value_size) == 0);
        CLAIM(strcmp(end->id, id) == 0);
        CLAIM(!range_meets(&range, entry, id)); /* strictly behind it */
    }
}

/* range_meets() beside what ts_scan promises, for the index over owner and number. */
static void check_range(struct ts_arena *arena, const struct store_collection *collection, const Note__Note *note,
                        const struct store_entry *entry, int64_t from, int64_t to)
{
    struct ts_scan scan = { .collection = &notes, .index = "owner", .equal = { TS_STRING(note->owner) }, .limit = 10 };
    struct store_range range;

    scan.from = TS_INT(from);
    scan.to = TS_INT(to);
    CLAIM(range_make(collection, &scan, arena, &range) == 0);
    CLAIM(range_meets(&range, entry, "id") == (note->number >= from && note->number < to));
    scan.to.type = TS_VALUE_NONE;
    CLAIM(range_make(collection, &scan, arena, &range) == 0);
    CLAIM(range_meets(&range, entry, "id") == (note->number >= from));
    scan.equal[0] = TS_STRING(ts_printf(arena, "%.400sx", note->owner));
    CLAIM(range_make(collection, &scan, arena, &range) == 0);
    CLAIM(!range_meets(&range, entry, "id") || compare_strings(note->owner, scan.equal[0].string) == 0);
}

static void check_document(struct ts_arena *arena, const uint8_t *data, size_t left)
{
    struct store_collection collection = collection_make();
    const char *id = take_id(arena, &data, &left);
    int64_t from = (int64_t)fuzz_number(&data, &left, 1) - 128, to = (int64_t)fuzz_number(&data, &left, 8);
    struct store_entry *entries;
    const Note__Note *note;
    size_t count;

    note = note__note__unpack(ts_arena_allocator(arena), left, data);
    if (!note || (note->owner && !utf8_is_text(note->owner, strlen(note->owner))))
        return; /* the edge lets no other text in */
    for (size_t i = 0; i < note->n_tags; i++)
        if (!utf8_is_text(note->tags[i], strlen(note->tags[i])))
            return;
    count = index_extract(&collection, &note->base, arena, &entries);
    for (size_t i = 0; i < count; i++) {
        CLAIM(i == 0 || entry_compare(&entries[i - 1], &entries[i]) < 0);
        check_entry(arena, &collection, &entries[i], id);
        if (entries[i].index == 0)
            check_range(arena, &collection, note, &entries[i], from, to);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const checks[])(struct ts_arena *, const uint8_t *, size_t) = {
        check_order,
        check_cursor,
        check_document,
    };
    struct ts_arena arena;

    if (size == 0)
        return 0;
    arena_init(&arena);
    checks[data[0] % TS_ARRAY_SIZE(checks)](&arena, data + 1, size - 1);
    arena_done(&arena);
    return 0;
}
