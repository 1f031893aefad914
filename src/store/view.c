/*
 * The newest read stands first. A view knows how many changes its collections had seen together when it was begun; each
 * count only grows, so an equal sum means that none of them has.
 */
#include "store/view.h"

#include <string.h>

#include "base/arena.h"
#include "store/front.h"
#include "tessera/memory.h"

enum {
    VIEWS_MAX = 32,
    VIEW_SIZE_MAX = 1 << 20, /* without the documents that it shares with the cache */
};

struct kept_view {
    struct views *views; /* that it is kept in; NULL: it is not */
    const struct ts_view *view;
    char key[TS_VIEW_KEY_SIZE_MAX + 1];
    uint64_t changes;
    unsigned refs;
    struct ts_arena arena;
    void *data;
};

struct views {
    unsigned count;
    struct kept_view *kept[VIEWS_MAX];
};

struct views *views_new(void)
{
    return ts_memory_new(1, sizeof(struct views));
}

static void unref(struct kept_view *kept)
{
    if (--kept->refs)
        return;
    arena_done(&kept->arena);
    ts_memory_free(kept);
}

void views_free(struct views *views)
{
    if (!views)
        return;
    for (unsigned i = 0; i < views->count; i++)
        unref(views->kept[i]);
    ts_memory_free(views);
}

/* Return: false when one of the collections is not this store's. */
static bool changes_of(struct store *store, const struct ts_view *view, uint64_t *ret_changes)
{
    *ret_changes = 0;
    for (const struct ts_collection *const *of = view->of; *of; of++) {
        const struct store_collection *collection = store_collection_of(store, *of);

        if (!collection)
            return false;
        *ret_changes += store->changes[collection->number];
    }
    return true;
}

static unsigned find(const struct views *views, const struct ts_view *view, const char *key)
{
    unsigned i = 0;

    while (i < views->count && !(views->kept[i]->view == view && strcmp(views->kept[i]->key, key) == 0))
        i++;
    return i;
}

static void drop(struct views *views, unsigned i)
{
    views->kept[i]->views = NULL;
    unref(views->kept[i]);
    views->count--;
    memmove(&views->kept[i], &views->kept[i + 1], (views->count - i) * sizeof(views->kept[0]));
}

static void put_first(struct views *views, struct kept_view *kept, unsigned i)
{
    memmove(&views->kept[1], &views->kept[0], i * sizeof(views->kept[0]));
    views->kept[0] = kept;
}

/* Of no more use to anybody who comes: overtaken, grown too large, or in need of memory when there was none. */
static bool is_spent(const struct kept_view *kept, uint64_t changes)
{
    return kept->changes != changes || kept->arena.used > VIEW_SIZE_MAX || kept->arena.is_short;
}

/* The view if it is kept and good. */
static struct kept_view *find_good(struct views *views, const struct ts_view *view, const char *key, uint64_t changes)
{
    unsigned i = find(views, view, key);
    struct kept_view *kept;

    if (i == views->count)
        return NULL;
    kept = views->kept[i];
    if (is_spent(kept, changes)) {
        drop(views, i);
        return NULL;
    }
    put_first(views, kept, i);
    return kept;
}

static void keep(struct views *views, struct kept_view *kept)
{
    unsigned i = find(views, kept->view, kept->key);

    if (i < views->count) /* another fiber was faster */
        drop(views, i);
    if (views->count == VIEWS_MAX)
        drop(views, VIEWS_MAX - 1);
    put_first(views, kept, views->count++);
    kept->views = views;
    kept->refs++;
}

/* What it reads is pinned to its arena, what it fails with is told in it: the caller holds it until the reply is gone.
 */
static int make(struct ts_call *call, const void *question, struct kept_view *kept)
{
    struct ts_arena *own = call->arena;
    int r;

    call->arena = &kept->arena;
    r = kept->view->make(call, question, &kept->data);
    call->arena = own;
    ts_arena_use(own, &kept->arena);
    return r;
}

static struct kept_view *kept_new(const struct ts_view *view, uint64_t changes)
{
    struct kept_view *kept = ts_memory_new(1, sizeof(*kept));

    kept->view = view;
    kept->changes = changes;
    arena_init(&kept->arena);
    return kept;
}

/* A reader's arena has gone. What was added from the reserve must not stay. */
static void let_go(void *data)
{
    struct kept_view *kept = data;

    if (kept->arena.is_short && kept->views)
        drop(kept->views, find(kept->views, kept->view, kept->key));
    unref(kept);
}

/* For as long as the call's arena lives. */
static void hold(struct ts_call *call, struct kept_view *kept)
{
    kept->refs++;
    arena_pin(call->arena, let_go, kept);
}

/* A new one, held. Return: 0; what its make() returned. */
static int read_anew(struct ts_call *call, const struct ts_view *view, const char *key, const void *question,
                     uint64_t changes, struct kept_view **ret_kept)
{
    struct store *store = call->runtime->store;
    struct kept_view *kept = kept_new(view, changes);
    int r;

    hold(call, kept);
    r = make(call, question, kept);
    if (!r && key && changes_of(store, view, &changes) && !is_spent(kept, changes)) {
        (void)stpcpy(kept->key, key);
        keep(store->views, kept);
    }
    *ret_kept = kept;
    return r;
}

int ts_view_read(struct ts_call *call, const struct ts_view *view, const char *key, const void *question,
                 void **ret_data)
{
    struct store *store = call->runtime->store;
    struct kept_view *kept = NULL;
    uint64_t changes;
    int r = runtime_wait_check(call);

    if (r)
        return r;
    if (!changes_of(store, view, &changes) || (key && strlen(key) > TS_VIEW_KEY_SIZE_MAX))
        return TS_EINVALID;
    if (!store->ops->exact)
        key = NULL;
    if (key)
        kept = find_good(store->views, view, key, changes);
    if (kept)
        hold(call, kept);
    else
        r = read_anew(call, view, key, question, changes, &kept);
    *ret_data = kept->data;
    return r;
}
