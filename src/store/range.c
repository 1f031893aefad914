/*
 * Ranges and cursors. Both ends of an index range are places between entries, written (value, id) with an empty id
 * before all of the value's entries; so equal, from, to and cursor, ascending or descending, all come down to
 * "lower < entry < upper". A cursor bears a mark of its collection, index and equal values: one of another scan is
 * refused, one of the same scan the other way round is not.
 */
#include "store/range.h"

#include <string.h>

#include "store/index.h"
#include "store/key.h"

enum { MARK_SIZE = 4, CURSOR_SIZE_MAX = MARK_SIZE + 2 + KEY_SIZE_MAX + TS_KEY_SIZE_MAX };

/* Above every key: strings hold no 0xff, and four integers are 32 bytes. */
static const uint8_t above_all[33] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static int place_compare(const struct store_place *left, const struct store_place *right)
{
    int order = key_compare(left->value, left->value_size, right->value, right->value_size);

    return order ? order : strcmp(left->id, right->id);
}

static int add_value(struct key *key, const ProtobufCFieldDescriptor *field, const struct ts_value *value)
{
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        if (value->type != TS_VALUE_STRING || !value->string)
            return TS_EINVALID;
        key_add_string(key, value->string);
        return 0;
    }
    if (value->type != TS_VALUE_INT)
        return TS_EINVALID;
    key_add_int(key, value->number);
    return 0;
}

/* Return: the number of equal values in `key`; TS_EINVALID. */
static int add_equal(struct key *key, const struct store_collection *collection, int index, const struct ts_scan *scan)
{
    unsigned count = index_field_count(collection, index), i;

    key->size = 0;
    for (i = 0; i < TS_INDEX_FIELDS_MAX && scan->equal[i].type != TS_VALUE_NONE; i++) {
        int r = i < count ? add_value(key, index_field(collection, index, i), &scan->equal[i]) : TS_EINVALID;

        if (r)
            return r;
    }
    return (int)i;
}

static struct store_place place_of(const struct key *key, struct ts_arena *arena)
{
    return (struct store_place){ ts_memdup(arena, key->bytes, key->size), key->size, "" };
}

/* The place after everything that starts with `key`. */
static struct store_place place_after(const struct key *key, struct ts_arena *arena)
{
    struct key next = *key;

    while (next.size && next.bytes[next.size - 1] == 0xff)
        next.size--;
    if (!next.size)
        return (struct store_place){ above_all, sizeof(above_all), "" };
    next.bytes[next.size - 1]++;
    return place_of(&next, arena);
}

static int bound(const struct store_collection *collection, int index, unsigned field, const struct ts_value *value,
                 struct key *key)
{
    if (field >= index_field_count(collection, index))
        return TS_EINVALID;
    return add_value(key, index_field(collection, index, field), value);
}

static int index_range(const struct store_collection *collection, const struct ts_scan *scan, struct ts_arena *arena,
                       struct store_range *range)
{
    struct key equal, key;
    int count, r;

    count = add_equal(&equal, collection, range->index, scan);
    if (count < 0)
        return count;
    range->lower = place_of(&equal, arena);
    range->upper = place_after(&equal, arena);
    if (scan->from.type != TS_VALUE_NONE) {
        key = equal;
        r = bound(collection, range->index, (unsigned)count, &scan->from, &key);
        if (r)
            return r;
        range->lower = place_of(&key, arena);
    }
    if (scan->to.type != TS_VALUE_NONE) {
        key = equal;
        r = bound(collection, range->index, (unsigned)count, &scan->to, &key);
        if (r)
            return r;
        range->upper = place_of(&key, arena);
    }
    return 0;
}

static int id_range(const struct ts_scan *scan, struct ts_arena *arena, struct store_range *range)
{
    static const struct ts_value none = { TS_VALUE_NONE, 0, NULL };
    const struct ts_value *ends[] = { &scan->from, &scan->to };

    if (scan->equal[0].type != none.type)
        return TS_EINVALID;
    for (unsigned i = 0; i < 2; i++) {
        if (ends[i]->type == TS_VALUE_INT || (ends[i]->type == TS_VALUE_STRING && !ends[i]->string))
            return TS_EINVALID;
    }
    range->lower.id = scan->from.type == TS_VALUE_STRING ? ts_strdup(arena, scan->from.string) : "";
    range->upper.id = scan->to.type == TS_VALUE_STRING ? ts_strdup(arena, scan->to.string) : "\x7f";
    return 0;
}

/* FNV-1a over what makes two scans the same list. */
static uint32_t mark_add(uint32_t mark, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        mark = (mark ^ ((const uint8_t *)bytes)[i]) * 16777619u;
    return mark;
}

static uint32_t scan_mark(const struct store_collection *collection, const struct ts_scan *scan)
{
    const char *index = scan->index ? scan->index : "";
    uint32_t mark = 2166136261u;
    struct key equal = { 0 };

    mark = mark_add(mark, collection->declared->name, strlen(collection->declared->name) + 1);
    mark = mark_add(mark, index, strlen(index) + 1);
    if (scan->index)
        (void)add_equal(&equal, collection, index_find(collection, scan->index), scan); /* range_make() checked it */
    return mark_add(mark, equal.bytes, equal.size);
}

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Base64 for URLs, without padding (RFC 4648 §5). */
static const char *spell(const uint8_t *bytes, size_t size, struct ts_arena *arena)
{
    char *text = ts_alloc(arena, size * 4 / 3 + 3), *at = text;

    for (size_t i = 0; i < size; i += 3) {
        unsigned left = size - i > 2 ? 3 : (unsigned)(size - i);
        uint32_t bits =
            (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);

        for (unsigned digit = 0; digit <= left; digit++)
            *at++ = digits[bits >> (18 - 6 * digit) & 63];
    }
    return text;
}

/* Return: the number of bytes; TS_EINVALID. */
static int unspell(const char *text, uint8_t *bytes, size_t room)
{
    size_t size = 0;
    uint32_t bits = 0;
    unsigned held = 0;

    for (; *text; text++) {
        const char *digit = strchr(digits, *text);

        if (!digit || size == room)
            return TS_EINVALID;
        bits = (bits << 6 | (uint32_t)(digit - digits)) & 0xffff;
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes[size++] = (uint8_t)(bits >> held);
        }
    }
    return (int)size;
}

const char *cursor_encode(const struct store_collection *collection, const struct ts_scan *scan,
                          const struct store_place *place, struct ts_arena *arena)
{
    uint8_t bytes[CURSOR_SIZE_MAX];
    uint32_t mark = scan_mark(collection, scan);
    size_t id_size = strlen(place->id);

    memcpy(bytes, &mark, MARK_SIZE);
    bytes[MARK_SIZE] = (uint8_t)(place->value_size >> 8);
    bytes[MARK_SIZE + 1] = (uint8_t)place->value_size;
    if (place->value_size)
        memcpy(bytes + MARK_SIZE + 2, place->value, place->value_size);
    memcpy(bytes + MARK_SIZE + 2 + place->value_size, place->id, id_size);
    return spell(bytes, MARK_SIZE + 2 + place->value_size + id_size, arena);
}

static int cursor_decode(const struct store_collection *collection, const struct ts_scan *scan, struct ts_arena *arena,
                         struct store_place *ret_place)
{
    uint8_t bytes[CURSOR_SIZE_MAX];
    uint32_t mark = scan_mark(collection, scan);
    int size = unspell(scan->cursor, bytes, sizeof(bytes));
    struct store_place place;
    size_t head = MARK_SIZE + 2;

    if (size < (int)head || memcmp(bytes, &mark, MARK_SIZE) != 0)
        return TS_EINVALID;
    place.value_size = (size_t)bytes[MARK_SIZE] << 8 | bytes[MARK_SIZE + 1];
    if (head + place.value_size > (size_t)size || (place.value_size != 0) != (scan->index != NULL))
        return TS_EINVALID;
    place.value = ts_memdup(arena, bytes + head, place.value_size);
    head += place.value_size;
    place.id = ts_strndup(arena, (const char *)bytes + head, (size_t)size - head);
    if (strlen(place.id) != (size_t)size - head || !key_id_valid(place.id))
        return TS_EINVALID;
    *ret_place = place;
    return 0;
}

/* Move the end that the walk starts from to the cursor; one outside of the range gives an empty or the whole range. */
static void apply_cursor(struct store_range *range, struct store_place *cursor, struct ts_arena *arena)
{
    if (range->index < 0 && !range->descending)
        cursor->id = ts_printf(arena, "%s\x01", cursor->id); /* the first id after it: ids start at '!' */
    if (range->descending && place_compare(cursor, &range->upper) < 0)
        range->upper = *cursor;
    if (!range->descending && place_compare(cursor, &range->lower) > 0)
        range->lower = *cursor;
}

int range_make(const struct store_collection *collection, const struct ts_scan *scan, struct ts_arena *arena,
               struct store_range *ret_range)
{
    struct store_range range = { .index = -1, .descending = scan->descending };
    struct store_place cursor;
    int r;

    if (scan->index) {
        range.index = index_find(collection, scan->index);
        if (range.index < 0)
            return TS_EINVALID;
        r = index_range(collection, scan, arena, &range);
    } else {
        r = id_range(scan, arena, &range);
    }
    if (r)
        return r;
    if (scan->cursor) {
        r = cursor_decode(collection, scan, arena, &cursor);
        if (r)
            return r;
        apply_cursor(&range, &cursor, arena);
    }
    *ret_range = range;
    return 0;
}

bool range_meets(const struct store_range *range, const struct store_entry *entry, const char *id)
{
    struct store_place place = { entry->value, entry->value_size, id };

    return (int)entry->index == range->index && place_compare(&range->lower, &place) < 0 &&
           place_compare(&place, &range->upper) < 0;
}
