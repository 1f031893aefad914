/*
 * Rooms, places, slots, cursors as documents; see store.h. Ids of places grow with time, and so do both indexes that
 * each has: a million who come are appended, not scattered.
 */
#include "store.h"

#include <assert.h>

#include "tessera/clock.h"
#include "tessera/idem.h"
#include "tessera/limits.h"
#include "tessera/store.h"

enum {
    SLOTS_MAX = 8,
    CURSORS_MAX = 2000,
    IDS_PAGE = 500, /* read and heard of at once: a few milliseconds */
    ENTRIES_PAGE = 200,
};

/* Longer than anybody waits, from when he came in the pre-queue. */
#define KEEP_MS (90 * (int64_t)TS_DAY_MS)

static const struct ts_collection rooms = {
    .name = "waiting_rooms",
    .message = &waitroom__room__descriptor,
    .shared = true,
};

static const struct ts_collection entries = {
    .name = "waiting_places",
    .message = &waitroom__entry__descriptor,
    .indexes = { { "joined", { "queue", "joined_at_ms" } },
                 { "changed", { "queue", "changed_at_ms" } },
                 { "hold", { "hold_ids" } } },
    .quiet = true, /* nobody's property: what promoters do is in the room */
    .keep_ms = KEEP_MS,
};

static const struct ts_collection slots = {
    .name = "waiting_slots",
    .message = &waitroom__slot__descriptor,
    .quiet = true,
    .keep_ms = KEEP_MS,
};

/* How often a code was used is for as long as the room is open. */
static const struct ts_collection code_uses = {
    .name = "waiting_code_uses",
    .message = &waitroom__slot__descriptor,
    .quiet = true,
};

const struct ts_collection waitroom_cursors = {
    .name = "waiting_cursors",
    .message = &waitroom__cursor__descriptor,
    .indexes = { { "due", { "due_ms" } } },
    .quiet = true,
    .keep_ms = KEEP_MS,
};

const struct ts_collection *const waitroom_collections[] = { &rooms,     &entries,          &slots,
                                                             &code_uses, &waitroom_cursors, NULL };

int store_get_room(struct ts_call *call, const char *event_id, const Waitroom__Room **ret_room, int64_t *ret_version)
{
    return ts_store_get_body(call, &rooms, event_id, (const ProtobufCMessage **)ret_room, ret_version);
}

int store_put_room(struct ts_call *call, const Waitroom__Room *room, int64_t version)
{
    return ts_store_put(call, &rooms, room->event_id, version, &room->base);
}

/* ---- places */

int store_get_entry(struct ts_call *call, const char *id, Waitroom__Entry **ret_entry, int64_t *ret_version)
{
    return ts_store_get_body(call, &entries, id, (const ProtobufCMessage **)ret_entry, ret_version);
}

int store_put_entry(struct ts_call *call, const Waitroom__Entry *entry, int64_t version)
{
    return ts_store_put(call, &entries, entry->id, version, &entry->base);
}

int store_find_entry_of_hold(struct ts_call *call, const char *hold_id, const char **ret_id)
{
    struct ts_scan scan = {
        .collection = &entries, .index = "hold", .equal = { TS_STRING(hold_id) }, .limit = 1, .keys_only = true
    };
    struct ts_page page;
    int r = ts_store_scan(call, &scan, &page);

    if (r == 0)
        *ret_id = page.count ? page.docs[0].id : NULL;
    return r;
}

int store_list_entries(struct ts_call *call, const char *queue, enum entry_order order, int64_t from_ms,
                       const char *cursor, struct entry_page *ret_page)
{
    struct ts_scan scan = { .collection = &entries,
                            .index = order == BY_JOINED ? "joined" : "changed",
                            .equal = { TS_STRING(queue) },
                            .from = TS_INT(from_ms),
                            .cursor = cursor,
                            .limit = order == BY_JOINED ? IDS_PAGE : ENTRIES_PAGE,
                            .keys_only = order == BY_JOINED };
    struct ts_page page;
    int r = ts_store_scan(call, &scan, &page);

    if (r)
        return r;
    ret_page->ids = TS_NEW_ARRAY(call->arena, const char *, page.count);
    ret_page->entries = order == BY_JOINED ? NULL : TS_NEW_ARRAY(call->arena, const Waitroom__Entry *, page.count);
    ret_page->count = page.count;
    ret_page->cursor = page.cursor;
    ret_page->more = page.more;
    for (size_t i = 0; i < page.count; i++) {
        ret_page->ids[i] = page.docs[i].id;
        if (ret_page->entries)
            ret_page->entries[i] = (const Waitroom__Entry *)page.docs[i].body;
    }
    return 0;
}

/* ---- slots */

static const struct ts_collection *slots_of(const struct slot *slot)
{
    return slot->for_ever ? &code_uses : &slots;
}

int store_get_slots(struct ts_call *call, struct slot *wanted, size_t count)
{
    const char **ids = TS_NEW_ARRAY(call->arena, const char *, count);
    struct ts_doc *docs = TS_NEW_ARRAY(call->arena, struct ts_doc, count);
    int r;

    for (size_t i = 0; i < count; i++)
        ids[i] = wanted[i].key;
    r = ts_store_get_many(call, slots_of(wanted), ids, count, docs);
    for (size_t i = 0; r == 0 && i < count; i++) {
        wanted[i].version = docs[i].version;
        wanted[i].entry_id = docs[i].body ? ((const Waitroom__Slot *)docs[i].body)->entry_id : NULL;
    }
    return r;
}

int store_join(struct ts_call *call, const char *scope, const ProtobufCMessage *input, const struct slot *wanted,
               size_t count, const Waitroom__Entry *entry)
{
    struct ts_write writes[SLOTS_MAX + 2];
    Waitroom__Slot slot = WAITROOM__SLOT__INIT;
    size_t first = input && ts_idem_write(call, scope, input, entry->id, &writes[0]) ? 1 : 0;
    int r;

    assert(count <= SLOTS_MAX);
    slot.entry_id = entry->id;
    for (size_t i = 0; i < count; i++)
        writes[first + i] =
            (struct ts_write){ slots_of(&wanted[i]), wanted[i].key, wanted[i].version, &slot.base, TS_WRITE_OK };
    writes[first + count] = (struct ts_write){ &entries, entry->id, 0, &entry->base, TS_WRITE_OK };
    r = ts_store_write(call, writes, first + count + 1, TS_WRITE_ORDERED);
    if (r)
        return r;
    if (first && writes[0].result != TS_WRITE_OK)
        return STORE_KEY_TAKEN;
    for (size_t i = 0; i < count; i++) {
        if (writes[first + i].result != TS_WRITE_OK)
            return STORE_SLOT_TAKEN;
    }
    return writes[first + count].result == TS_WRITE_OK ? 0 : STORE_CONFLICT;
}

/* ---- cursors */

int store_get_cursor(struct ts_call *call, const char *queue, Waitroom__Cursor **ret_cursor, int64_t *ret_version)
{
    return ts_store_get_body(call, &waitroom_cursors, queue, (const ProtobufCMessage **)ret_cursor, ret_version);
}

int store_put_cursor(struct ts_call *call, const Waitroom__Cursor *cursor, int64_t version)
{
    return ts_store_put(call, &waitroom_cursors, cursor->queue, version, &cursor->base);
}

int store_list_cursors(struct ts_call *call, const char *queue, int64_t from_ms, const Waitroom__Cursor ***ret_cursors,
                       size_t *ret_count)
{
    const Waitroom__Cursor **cursors = TS_NEW_ARRAY(call->arena, const Waitroom__Cursor *, CURSORS_MAX);
    struct ts_page page = { .more = true };
    int64_t before = 0;
    size_t count = 0;

    while (page.more && count < CURSORS_MAX && (count == 0 || cursors[count - 1]->at_ms > from_ms)) {
        int r = ts_store_history(call, &waitroom_cursors, queue, before, TS_PAGE_SIZE_MAX, &page);

        if (r)
            return r;
        for (size_t i = 0; i < page.count && count < CURSORS_MAX; i++) {
            if (page.docs[i].body)
                cursors[count++] = (const Waitroom__Cursor *)page.docs[i].body;
            before = page.docs[i].version;
        }
    }
    *ret_cursors = cursors;
    *ret_count = count;
    return 0;
}
