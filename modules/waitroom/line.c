/* Who stands where; see line.h. Two orders of slots: the pre-queue's and the one behind. */
#include "line.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "tessera/memory.h"
#include "tessera/sign.h"

enum { ROOM_MIN = 256, ID_TEXT_SIZE = 100, SEED_SIZE_MAX = 100 };

void line_init(struct line *line, int64_t starts_at_ms)
{
    *line = (struct line){ .starts_at_ms = starts_at_ms };
}

void line_done(struct line *line)
{
    ts_memory_free(line->waiters);
    ts_memory_free(line->early.slots);
    ts_memory_free(line->late.slots);
    ts_memory_free(line->sorting.from);
    ts_memory_free(line->sorting.to);
    *line = (struct line){ 0 };
}

uint64_t line_key(const char *seed, const char *id)
{
    char text[SEED_SIZE_MAX + ID_TEXT_SIZE];
    size_t seed_size = strlen(seed), id_size = strlen(id);
    uint8_t digest[32];
    uint64_t key = 0;

    assert(seed_size <= SEED_SIZE_MAX && id_size <= ID_TEXT_SIZE);
    memcpy(text, seed, seed_size);
    memcpy(text + seed_size, id, id_size);
    ts_sha256(text, seed_size + id_size, digest);
    for (unsigned i = 0; i < sizeof(key); i++)
        key = key << 8 | digest[i];
    return key;
}

/* A UUIDv7 begins with 48 bits of milliseconds. */
bool line_is_early(const struct line *line, const uint8_t id[LINE_ID_SIZE])
{
    int64_t made_ms = 0;

    for (unsigned i = 0; i < 6; i++)
        made_ms = made_ms << 8 | id[i];
    return made_ms < line->starts_at_ms;
}

/* ---- orders */

static int compare(const struct waiter *waiter, bool by_key, uint64_t key, const uint8_t id[LINE_ID_SIZE])
{
    if (by_key && waiter->key != key)
        return waiter->key < key ? -1 : 1;
    return memcmp(waiter->id, id, LINE_ID_SIZE);
}

/* How many of the order stand before (key, id); with `through`, up to it. */
static uint32_t order_before(const struct line *line, const struct order *order, uint64_t key,
                             const uint8_t id[LINE_ID_SIZE], bool through)
{
    bool by_key = order == &line->early && line->drawn;
    uint32_t low = 0, high = order->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int side = compare(&line->waiters[order->slots[middle]], by_key, key, id);

        if (side < 0 || (through && side == 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void order_insert(struct order *order, uint32_t at, uint32_t slot)
{
    if (order->count == order->room) {
        order->room = order->room ? order->room * 2 : ROOM_MIN;
        order->slots = ts_memory_resize(order->slots, (size_t)order->room * sizeof(*order->slots));
    }
    memmove(order->slots + at + 1, order->slots + at, (size_t)(order->count - at) * sizeof(*order->slots));
    order->slots[at] = slot;
    order->count++;
}

static bool is_at(const struct line *line, const struct order *order, uint32_t at, const uint8_t id[LINE_ID_SIZE])
{
    return at < order->count && memcmp(line->waiters[order->slots[at]].id, id, LINE_ID_SIZE) == 0;
}

uint32_t line_add(struct line *line, const uint8_t id[LINE_ID_SIZE], uint64_t key, uint32_t now_s)
{
    bool early = line_is_early(line, id);
    struct order *order = early ? &line->early : &line->late;
    uint32_t at = order_before(line, order, key, id, /* through= */ false);
    struct waiter *waiter;

    assert(!early || !line->sorting.from);
    if (is_at(line, order, at, id) || line->count == LINE_PLACES_MAX)
        return LINE_NONE;
    if (line->count == line->room) {
        line->room = line->room ? line->room + line->room / 2 : ROOM_MIN;
        line->waiters = ts_memory_resize(line->waiters, (size_t)line->room * sizeof(*line->waiters));
    }
    waiter = &line->waiters[line->count];
    *waiter = (struct waiter){ .key = early ? key : 0, .seen_s = now_s };
    memcpy(waiter->id, id, LINE_ID_SIZE);
    order_insert(order, at, line->count);
    return line->count++;
}

uint32_t line_find(const struct line *line, const uint8_t id[LINE_ID_SIZE], uint64_t key)
{
    bool early = line_is_early(line, id);
    const struct order *order = early ? &line->early : &line->late;
    uint32_t at = order_before(line, order, key, id, /* through= */ false);

    if (!is_at(line, order, at, id))
        return LINE_NONE;
    return early ? at : line->early.count + at;
}

struct waiter *line_at(const struct line *line, uint32_t rank)
{
    uint32_t early = line->early.count;

    assert(rank < line->count);
    return &line->waiters[rank < early ? line->early.slots[rank] : line->late.slots[rank - early]];
}

/* ---- the draw */

static void draw_begin(struct line *line)
{
    struct sorting *sorting = &line->sorting;
    uint32_t count = line->early.count;

    *sorting = (struct sorting){ .from = ts_memory_new(count + 1, sizeof(*sorting->from)),
                                 .to = ts_memory_new(count + 1, sizeof(*sorting->to)),
                                 .width = 1,
                                 .high = count ? 1 : 0 };
}

static void draw_end(struct line *line)
{
    struct sorting *sorting = &line->sorting;

    ts_memory_free(sorting->from);
    ts_memory_free(sorting->to);
    *sorting = (struct sorting){ 0 };
    line->drawn = true;
}

static uint32_t at_most(uint64_t number, uint32_t max)
{
    return number < max ? (uint32_t)number : max;
}

/* Equal keys keep the order of ids, in which they came here. */
static void merge_one(struct sorting *sorting, uint32_t middle, uint32_t end)
{
    struct sorted *from = sorting->from;
    bool low = sorting->low < middle && (sorting->high >= end || from[sorting->low].key <= from[sorting->high].key);

    sorting->to[sorting->out++] = from[low ? sorting->low++ : sorting->high++];
}

/* The next pair of runs, or the next round of twice the width. */
static void next_runs(struct sorting *sorting, uint32_t end, uint32_t count)
{
    sorting->left = end;
    if (end == count) {
        struct sorted *merged = sorting->to;

        sorting->to = sorting->from;
        sorting->from = merged;
        sorting->width *= 2;
        sorting->left = 0;
    }
    sorting->low = sorting->out = sorting->left;
    sorting->high = at_most((uint64_t)sorting->left + sorting->width, count);
}

bool line_draw(struct line *line, uint32_t budget)
{
    struct sorting *sorting = &line->sorting;
    uint32_t count = line->early.count;

    if (line->drawn)
        return true;
    if (!sorting->from)
        draw_begin(line);
    for (; sorting->copied < count && budget; sorting->copied++, budget--) {
        uint32_t slot = line->early.slots[sorting->copied];

        sorting->from[sorting->copied] = (struct sorted){ line->waiters[slot].key, slot };
    }
    if (sorting->copied < count)
        return false;
    while (sorting->width < count) {
        uint32_t middle = at_most((uint64_t)sorting->left + sorting->width, count);
        uint32_t end = at_most((uint64_t)middle + sorting->width, count);

        for (; sorting->out < end && budget; budget--)
            merge_one(sorting, middle, end);
        if (sorting->out < end)
            return false;
        next_runs(sorting, end, count);
    }
    for (; sorting->restored < count && budget; sorting->restored++, budget--)
        line->early.slots[sorting->restored] = sorting->from[sorting->restored].slot;
    if (sorting->restored < count)
        return false;
    draw_end(line);
    return true;
}

/* ---- marks */

uint32_t line_passed(const struct line *line, const struct mark *mark)
{
    if (!mark->any)
        return 0;
    if (!mark->late)
        return order_before(line, &line->early, mark->key, mark->id, /* through= */ true);
    return line->early.count + order_before(line, &line->late, 0, mark->id, /* through= */ true);
}

struct mark line_mark(const struct line *line, uint32_t passed)
{
    struct mark mark = { .any = passed > 0, .late = passed > line->early.count };
    const struct waiter *waiter = passed ? line_at(line, passed - 1) : NULL;

    if (waiter) {
        mark.key = waiter->key;
        memcpy(mark.id, waiter->id, LINE_ID_SIZE);
    }
    return mark;
}

char *mark_format(const struct mark *mark, char buffer[LINE_MARK_SIZE])
{
    size_t size = 0;

    buffer[0] = '\0';
    if (!mark->any)
        return buffer;
    size = (size_t)snprintf(buffer, LINE_MARK_SIZE, "%c%016llx", mark->late ? 'l' : 'e', (unsigned long long)mark->key);
    for (unsigned i = 0; i < LINE_ID_SIZE; i++)
        size += (size_t)snprintf(buffer + size, LINE_MARK_SIZE - size, "%02x", mark->id[i]);
    return buffer;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

bool mark_parse(const char *text, struct mark *ret_mark)
{
    struct mark mark = { .any = true };
    size_t size = text ? strlen(text) : 0;

    *ret_mark = (struct mark){ 0 };
    if (size == 0)
        return text != NULL;
    if (size != LINE_MARK_SIZE - 1 || (text[0] != 'e' && text[0] != 'l'))
        return false;
    mark.late = text[0] == 'l';
    for (size_t i = 1; i < size; i++) {
        int value = hex_value(text[i]);
        size_t at = i - 17;

        if (value < 0)
            return false;
        if (i < 17)
            mark.key = mark.key << 4 | (uint64_t)value;
        else
            mark.id[at / 2] = (uint8_t)(mark.id[at / 2] << 4 | value);
    }
    *ret_mark = mark;
    return true;
}
