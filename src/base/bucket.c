#include "base/bucket.h"

#include <stddef.h>

/* NULL: it is not there. */
static struct bucket *bucket_find(struct buckets *buckets, uint64_t who)
{
    struct bucket *set = buckets->all[who % BUCKET_SETS];

    for (size_t i = 0; i < BUCKET_WAYS; i++)
        if (set[i].who == who)
            return &set[i];
    return NULL;
}

static struct bucket *bucket_get(struct buckets *buckets, uint64_t who)
{
    struct bucket *set = buckets->all[who % BUCKET_SETS], *least = set, *found = bucket_find(buckets, who);

    if (found)
        return found;
    for (size_t i = 1; i < BUCKET_WAYS; i++)
        if (set[i].paid_until_us < least->paid_until_us)
            least = &set[i];
    *least = (struct bucket){ .who = who };
    return least;
}

int64_t pace_take(int64_t *paid_until_us, const struct pace *pace, int64_t now_us)
{
    int64_t from_us = *paid_until_us > now_us ? *paid_until_us : now_us;
    int64_t wait_us = from_us + pace->pause_us - now_us - pace->pause_us * pace->burst;

    if (wait_us > 0)
        return wait_us;
    *paid_until_us = from_us + pace->pause_us;
    return 0;
}

int64_t bucket_take(struct buckets *buckets, uint64_t who, const struct pace *pace, int64_t now_us)
{
    return pace_take(&bucket_get(buckets, who)->paid_until_us, pace, now_us);
}

void bucket_give_back(struct buckets *buckets, uint64_t who, const struct pace *pace)
{
    struct bucket *bucket = bucket_find(buckets, who);

    if (bucket)
        bucket->paid_until_us -= pace->pause_us;
}
