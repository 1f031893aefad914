/*
 * The line of one round: who stands where. Pure arithmetic over ids: who came before the start stands in the order of
 * a key that the round's seed gives each place, who came later behind them in the order of coming. So nothing about an
 * order is ever written, a restart draws nothing anew, and several processes agree.
 *
 * A million places are 36 MB: 32 bytes for each, and four for its turn in the order. No clock, store or bus.
 */
#ifndef WAITROOM_LINE_H
#define WAITROOM_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LINE_ID_SIZE = 16,
    LINE_NONE = UINT32_MAX,
    LINE_PLACES_MAX = 4000000, /* of one round: 150 MB */
    LINE_MARK_SIZE = 50,       /* of a mark as text, with its NUL */
};

enum waiter_state {
    WAITER_WAITS,
    WAITER_IN,   /* has a pass, or had one */
    WAITER_OVER, /* left, or ordered */
};

struct waiter {
    uint8_t id[LINE_ID_SIZE];
    uint64_t key;    /* of the pre-queue; 0 in the line behind */
    uint32_t seen_s; /* when it last asked, in the room's own seconds */
    uint8_t state;
    bool charged; /* its turn has been paid out of the room's credit */
    bool owed;    /* came when nothing was left to pay with */
    bool counted; /* among the active, until its pass is past its time */
};

/* Slots of waiters in some order. */
struct order {
    uint32_t *slots;
    uint32_t count, room;
};

/* A merge sort that can stop anywhere and go on. */
struct sorting {
    struct sorted {
        uint64_t key;
        uint32_t slot;
    } * from, *to;
    uint32_t copied, restored, width, left, low, high, out;
};

struct line {
    int64_t starts_at_ms; /* ids made before it are of the pre-queue */
    struct waiter *waiters;
    uint32_t count, room;
    struct order early, late; /* early: by id until line_sort() has put it in the order of keys */
    bool drawn;
    struct sorting sorting;
};

/* How far the line was called: all that stand up to here have had their turn. */
struct mark {
    bool any, late; /* any false: nobody has */
    uint64_t key;
    uint8_t id[LINE_ID_SIZE];
};

void line_init(struct line *line, int64_t starts_at_ms);
void line_done(struct line *line);

/* The key of a place under a seed (as text): the first eight bytes of SHA-256(seed, id), id spelled as clients see it.
 */
uint64_t line_key(const char *seed, const char *id);

/* True for a place that was made before the start. */
bool line_is_early(const struct line *line, const uint8_t id[LINE_ID_SIZE]);

/*
 * Add a place. An early one must not be added while the line is being drawn (line.sorting.from is not NULL).
 * Return: its slot; LINE_NONE when it is there already or the line is full.
 */
uint32_t line_add(struct line *line, const uint8_t id[LINE_ID_SIZE], uint64_t key, uint32_t now_s);

/* Put the pre-queue into the order of keys, `budget` moves at a time. Return: true when it is done. */
bool line_draw(struct line *line, uint32_t budget);

/*
 * Where a place stands, counted from 0; LINE_NONE when it is not there. Before the line is drawn, ranks of the
 * pre-queue mean nothing, but the place is found. `key` is of an early place; else 0.
 */
uint32_t line_find(const struct line *line, const uint8_t id[LINE_ID_SIZE], uint64_t key);

/* The waiter at a rank below line->count; the line is drawn. */
struct waiter *line_at(const struct line *line, uint32_t rank);

/* How many stand up to the mark; the line is drawn. */
uint32_t line_passed(const struct line *line, const struct mark *mark);

/* The mark behind the first `passed` places; the line is drawn. */
struct mark line_mark(const struct line *line, uint32_t passed);

/* As text that sorts as marks do ("" for none). Return: buffer. */
char *mark_format(const struct mark *mark, char buffer[LINE_MARK_SIZE]);

/* Return: false when the text is no mark. */
bool mark_parse(const char *text, struct mark *ret_mark);

#endif
