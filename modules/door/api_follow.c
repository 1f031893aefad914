/*
 * Following a list's scans without missing one. A scan carries the time at which its handler began and is seen when it
 * is durable, so a later one may be seen sooner. Each reading therefore begins SETTLE_MS before the last one did, and
 * the cursor names, beside that time, what was delivered since it: "<ms>:<mark><mark>…". Marks are the ends of ids,
 * which are hashes. The caller may lose any hint: the next reading finds what it missed, and whoever was away goes on
 * where he was, however long ago. A cursor may come from anybody; after one reading nothing is left of what it claims
 * that is not so.
 */
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/limits.h"
#include "tessera/reply.h"
#include "tessera/right.h"

enum {
    SETTLE_MS = TS_CALL_MS_MAX, /* no scan takes longer from its time to its record */
    MARK_SIZE = 12,             /* 60 bits of a hash */
    FOLLOWED_MAX = 10000,       /* scans of one list in SETTLE_MS: 300 a second */
};

/* What a reading goes by, and what it finds. */
struct following {
    int64_t from_ms;
    char *marks; /* MARK_SIZE bytes each, sorted: delivered before */
    size_t mark_count;
    const char **ids; /* in the order recorded, from from_ms on */
    size_t count, room, fresh;
    bool complete; /* there are no more */
};

static int mark_compare(const void *left, const void *right)
{
    return memcmp(left, right, MARK_SIZE);
}

static const char *mark_of(const char *id)
{
    return id + TS_ID_LENGTH - MARK_SIZE;
}

static bool was_delivered(const struct following *following, const char *id)
{
    return following->mark_count &&
           bsearch(mark_of(id), following->marks, following->mark_count, MARK_SIZE, mark_compare) != NULL;
}

/* Return: false for what is no cursor of ours. */
static bool cursor_parse(struct ts_call *call, const char *cursor, struct following *following)
{
    char *end;
    size_t size;

    following->from_ms = strtoll(cursor, &end, 10);
    size = *end == ':' ? strlen(end + 1) : 1;
    if (*end != ':' || size % MARK_SIZE || size / MARK_SIZE > FOLLOWED_MAX)
        return false;
    following->marks = ts_strdup(call->arena, end + 1);
    following->mark_count = size / MARK_SIZE;
    if (following->mark_count)
        qsort(following->marks, following->mark_count, MARK_SIZE, mark_compare);
    return true;
}

static void following_add(struct ts_call *call, struct following *following, const struct ts_page *page)
{
    if (following->count + page->count > following->room) {
        const char **ids = TS_NEW_ARRAY(call->arena, const char *, 2 * (following->count + page->count));

        for (size_t i = 0; i < following->count; i++)
            ids[i] = following->ids[i];
        following->ids = ids;
        following->room = 2 * (following->count + page->count);
    }
    for (size_t i = 0; i < page->count; i++) {
        following->ids[following->count++] = page->docs[i].id;
        following->fresh += !was_delivered(following, page->docs[i].id);
    }
}

/* The ids from from_ms on, all or until `enough` are fresh. Return: 0; a ts_error. */
static int following_read(struct ts_call *call, const char *list_id, size_t enough, struct following *following)
{
    struct ts_scan scan = recorded_scans(list_id, following->from_ms);
    struct ts_page page = { .more = true };

    while (page.more && following->fresh < enough) {
        int r;

        scan.cursor = page.cursor;
        r = ts_store_scan(call, &scan, &page);
        if (r)
            return r;
        following_add(call, following, &page);
        if (following->count > FOLLOWED_MAX)
            return ts_fail(call, TS_EEXHAUSTED, "Too many scans at once to follow them.");
    }
    following->complete = !page.more;
    return 0;
}

/* The next cursor: where to read from, and what was delivered. */
static char *cursor_make(struct ts_call *call, const struct following *following, int64_t from_ms,
                         const char *const *fresh, size_t fresh_count)
{
    size_t room = 32 + (following->count + 1) * MARK_SIZE, size;
    char *cursor = ts_alloc(call->arena, room);

    size = (size_t)(stpcpy(cursor, ts_printf(call->arena, "%lld:", (long long)from_ms)) - cursor);
    for (size_t i = 0, next = 0; i < following->count; i++) {
        bool is_fresh = next < fresh_count && following->ids[i] == fresh[next];

        next += is_fresh;
        if (!is_fresh && !was_delivered(following, following->ids[i]))
            continue;
        memcpy(cursor + size, mark_of(following->ids[i]), MARK_SIZE);
        size += MARK_SIZE;
    }
    return cursor;
}

/* Without a cursor: all that is there counts as delivered. */
static int follow_begin(struct ts_call *call, const Door__FollowCheckInsRequest *request,
                        Door__FollowCheckInsReply *reply)
{
    struct following following = { .from_ms = ts_now_ms(call) - SETTLE_MS };
    int r = following_read(call, request->list_id, FOLLOWED_MAX + 1, &following);

    if (r == 0)
        reply->cursor = cursor_make(call, &following, following.from_ms, following.ids, following.count);
    return r;
}

static int follow_on(struct ts_call *call, const Door__FollowCheckInsRequest *request, Door__FollowCheckInsReply *reply)
{
    const int64_t settled_ms = ts_now_ms(call) - SETTLE_MS;
    const char *fresh[TS_PAGE_SIZE_MAX];
    struct following following = { 0 };
    size_t count = 0, seen = 0;
    int64_t from_ms = settled_ms;
    int r;

    if (!cursor_parse(call, request->cursor, &following))
        return TS_EINVALID;
    following.from_ms = following.from_ms < settled_ms ? following.from_ms : settled_ms;
    r = following_read(call, request->list_id, TS_PAGE_SIZE_MAX, &following);
    if (r)
        return r;
    for (; seen < following.count && count < TS_PAGE_SIZE_MAX; seen++)
        if (!was_delivered(&following, following.ids[seen]))
            fresh[count++] = following.ids[seen];
    reply->check_ins = TS_NEW_ARRAY(call->arena, Door__CheckIn *, count);
    r = check_ins_get(call, fresh, count, reply->check_ins);
    if (r)
        return r;
    reply->n_check_ins = count;
    if (seen < following.count || !following.complete) /* then all before the last of these is delivered */
        from_ms = reply->check_ins[count - 1]->recorded_at_ms;
    reply->cursor = cursor_make(call, &following, from_ms < settled_ms ? from_ms : settled_ms, fresh, count);
    return 0;
}

int follow_check_ins(struct ts_call *call, const Door__FollowCheckInsRequest *request,
                     Door__FollowCheckInsReply *ret_reply)
{
    const Door__CheckInList *list = NULL;
    int r = ts_id_is(request->list_id, "lst") ? list_get(call, request->list_id, &list) : 0;

    if (r)
        return r;
    if (!list || !ts_may(call, TS_RIGHT_DOOR, list->organizer_id, list->event_id))
        return TS_ENOTFOUND;
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, list->organizer_id);
    return request->cursor ? follow_on(call, request, ret_reply) : follow_begin(call, request, ret_reply);
}
