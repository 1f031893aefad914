/* A map beside a list by use. Anybody may register anything, so the bound is all that keeps it small. */
#include "gateway/apq.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/map.h"

enum { OVERHEAD = 128 }; /* what an entry costs beside its text */

struct entry {
    struct list by_use;
    size_t size;
    char digest[65];
    char text[];
};

struct apq {
    struct map entries;
    struct list by_use; /* the longest unused first */
    size_t bytes, bytes_max;
};

struct apq *apq_new(size_t bytes_max)
{
    struct apq *apq = calloc(1, sizeof(*apq));

    if (!apq)
        abort(); /* as arenas do: tessera/arena.h says why */
    map_init(&apq->entries);
    list_init(&apq->by_use);
    apq->bytes_max = bytes_max;
    return apq;
}

static void forget(struct apq *apq, struct entry *entry)
{
    (void)map_take(&apq->entries, entry->digest); /* it is the entry */
    list_remove(&entry->by_use);
    apq->bytes -= entry->size + OVERHEAD;
    free(entry);
}

static struct entry *oldest(struct apq *apq)
{
    return container_of(apq->by_use.next, struct entry, by_use);
}

void apq_free(struct apq *apq)
{
    if (!apq)
        return;
    while (!list_is_empty(&apq->by_use))
        forget(apq, oldest(apq));
    map_done(&apq->entries);
    free(apq);
}

const char *apq_find(struct apq *apq, const char *digest, size_t *ret_size)
{
    struct entry *entry = map_find(&apq->entries, digest);

    if (!entry)
        return NULL;
    list_remove(&entry->by_use);
    list_add_end(&apq->by_use, &entry->by_use);
    *ret_size = entry->size;
    return entry->text;
}

void apq_add(struct apq *apq, const char *digest, const char *text, size_t size)
{
    struct entry *entry;

    if (size + OVERHEAD > apq->bytes_max / 4 || strlen(digest) >= sizeof(entry->digest) ||
        map_find(&apq->entries, digest))
        return;
    entry = malloc(sizeof(*entry) + size);
    if (!entry)
        return; /* its client sends the text again */
    entry->size = size;
    memcpy(entry->digest, digest, strlen(digest) + 1);
    memcpy(entry->text, text, size);
    (void)map_put(&apq->entries, entry->digest, entry); /* it was not there */
    list_add_end(&apq->by_use, &entry->by_use);
    apq->bytes += size + OVERHEAD;
    while (apq->bytes > apq->bytes_max)
        forget(apq, oldest(apq));
}
