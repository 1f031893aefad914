/*
 * Buckets of tokens, one for each of very many, in a table of fixed size. A bucket is a time: until when what was taken
 * is paid for. Who is found neither in his set of the table nor a place in it displaces whoever owes least there, which
 * forgives that one the least; nobody is ever taken for somebody else.
 */
#ifndef BASE_BUCKET_H
#define BASE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

enum { BUCKET_SETS = 8192, BUCKET_WAYS = 8 }; /* 1 MiB */

/* `burst` at once, and one more each `pause_us`. burst 0: as many as one likes. */
struct pace {
    unsigned burst;
    int64_t pause_us;
};

/*
 * A bucket by itself: *paid_until_us is until when what was taken is paid for.
 * Return: 0; else in how many microseconds there will be a token, and nothing is taken.
 */
int64_t pace_take(int64_t *paid_until_us, const struct pace *pace, int64_t now_us);

struct bucket {
    uint64_t who;
    int64_t paid_until_us;
};

struct buckets {
    struct bucket all[BUCKET_SETS][BUCKET_WAYS];
};

/* The same of whom `who` names, a hash that nobody outside can foretell; 0 is nobody. */
int64_t bucket_take(struct buckets *buckets, uint64_t who, const struct pace *pace, int64_t now_us);
void bucket_give_back(struct buckets *buckets, uint64_t who, const struct pace *pace);

#endif
