/*
 * A waiting room's documents, their keys and indexes. The only file of the module that calls tessera/store.h. What is
 * read lives in the call's arena; where it says const, it is all readers'.
 */
#ifndef WAITROOM_STORE_H
#define WAITROOM_STORE_H

#include "tessera/call.h"
#include "waitroom/v1/waitroom.pb-c.h"

struct ts_collection;

extern const struct ts_collection waitroom_cursors;
extern const struct ts_collection *const waitroom_collections[];

/* Of all puts: somebody else wrote that version. */
enum { STORE_CONFLICT = 1, STORE_KEY_TAKEN, STORE_SLOT_TAKEN };

/* Return: 0 and the newest version (0 and NULL when the event never had a room); a ts_error. */
int store_get_room(struct ts_call *call, const char *event_id, const Waitroom__Room **ret_room, int64_t *ret_version);

/* Return: 0; STORE_CONFLICT; a ts_error. */
int store_put_room(struct ts_call *call, const Waitroom__Room *room, int64_t version);

/* ---- places */

/* Return: 0 and the newest version (0 and NULL when there is none); a ts_error. */
int store_get_entry(struct ts_call *call, const char *id, Waitroom__Entry **ret_entry, int64_t *ret_version);

/* Return: 0; STORE_CONFLICT; a ts_error. */
int store_put_entry(struct ts_call *call, const Waitroom__Entry *entry, int64_t version);

/* The place under whose pass a hold was noted; NULL when under none. Return: 0; a ts_error. */
int store_find_entry_of_hold(struct ts_call *call, const char *hold_id, const char **ret_id);

/*
 * A page of a queue's places, from a time on: by when they came, of which only the ids are read; or, of those that did,
 * by when they changed.
 */
enum entry_order { BY_JOINED, BY_CHANGED };
struct entry_page {
    const char **ids;
    const Waitroom__Entry **entries; /* NULL of BY_JOINED */
    size_t count;
    const char *cursor; /* of the last one; NULL when there is none */
    bool more;
};
int store_list_entries(struct ts_call *call, const char *queue, enum entry_order order, int64_t from_ms,
                       const char *cursor, struct entry_page *ret_page);

/* ---- slots of persons and codes */

struct slot {
    const char *key;
    int64_t version;      /* 0: nobody ever stood there */
    const char *entry_id; /* who does; NULL with version 0 */
    bool for_ever;        /* of a code, which names nobody: it is kept */
};

/* Fill what is there under slots[].key, all of one kind. Return: 0; a ts_error. */
int store_get_slots(struct ts_call *call, struct slot *slots, size_t count);

/*
 * One ORDERED write: the idempotency key (if the call has one and `input` is given), the slots, then the place, whose
 * insert is the commit.
 * Return: 0; STORE_KEY_TAKEN; STORE_SLOT_TAKEN (the slots before that one are written); STORE_CONFLICT: the place is
 * there already; a ts_error.
 */
int store_join(struct ts_call *call, const char *scope, const ProtobufCMessage *input, const struct slot *slots,
               size_t count, const Waitroom__Entry *entry);

/* ---- how far the line was called */

/* Return: 0 and the newest version (0 and NULL when there is none); a ts_error. */
int store_get_cursor(struct ts_call *call, const char *queue, Waitroom__Cursor **ret_cursor, int64_t *ret_version);

/* Return: 0; STORE_CONFLICT; a ts_error. */
int store_put_cursor(struct ts_call *call, const Waitroom__Cursor *cursor, int64_t version);

/* Its versions, newest first, back to the first at or before `from_ms`. Return: 0; a ts_error. */
int store_list_cursors(struct ts_call *call, const char *queue, int64_t from_ms, const Waitroom__Cursor ***ret_cursors,
                       size_t *ret_count);

#endif
