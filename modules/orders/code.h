/*
 * The codes by which people name orders. The store keeps them in their order, where each random one would change a page
 * of its own: so they are given in runs, whose codes begin alike, from a random one on. Of a run no two have a letter
 * of their last two in common, nor are they these two exchanged: a slip of the pen names no neighbour's order.
 */
#ifndef ORDERS_CODE_H
#define ORDERS_CODE_H

#include <stdbool.h>

enum {
    ORDER_CODE_SIZE = 5,
    ORDER_CODE_TRIES = 20,    /* codes of one size tried before they grow by a character */
    ORDER_CODE_SIZE_MAX = 16, /* of what a buyer types */
    ORDER_CODE_RUN = 27,      /* codes of a run: one by each letter */
};

#define ORDER_CODE_ALPHABET "ABCDEFGHJKLMNPQRSTUVWXYZ379" /* no two that look alike */

/* How many characters the code of the `attempt`th try (from 0) has. */
unsigned order_code_size(unsigned attempt);

/* False for a code that spells something rude, also with 3 read as E and 7 as T. */
bool order_code_is_clean(const char *code);

/* Where a run stands; zeros: at its end. */
struct order_code_run {
    char code[ORDER_CODE_SIZE_MAX + 1]; /* the last that was given */
    unsigned left, step;
};

/*
 * Begin a run by random letters of the alphabet: as many as its codes have, and one more, by which it steps, so that
 * two of its codes do not tell how many orders lie between them.
 */
void order_code_run_begin(struct order_code_run *run, const char *letters);

/* Return: the next code, valid until it is asked again; NULL at the run's end. */
const char *order_code_run_next(struct order_code_run *run);

#endif
