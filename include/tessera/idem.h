/*
 * Idempotency keys of creating calls. The record {hash of the input, id of the thing to be} is written first, in the
 * same ORDERED write as the thing; a retry finds the record and gets, or makes, that same thing (ARCHITECTURE.md, The
 * store). Records are kept for 24 h at least, and are found by (hour, hash), so that their keys grow at the end of the
 * tree.
 *
 *     id = ts_id_new(call, "evt");
 *     r = ts_idem_find(call, "createEvent", &request->base, &id);     // may replace id by the recorded one
 *     if (r == TS_IDEM_FOUND) { get the thing by id; if it is there, answer it }
 *     if (r == TS_IDEM_REUSED) return ts_refuse(..., IDEMPOTENCY_KEY_REUSED, ...)
 *     writes[n++] = ts_idem_write(call, "createEvent", &request->base, id);   // does nothing without a key
 *
 * One key said by several at once has one answer: the bus lets calls from the edge that say one key run one after
 * another, so a handler never meets half of what its twin does, and need not look at the record again before it refuses
 * on a state (a name taken, a limit reached) that the twin could have made.
 */
#ifndef TESSERA_IDEM_H
#define TESSERA_IDEM_H

#include "tessera/store.h"

enum ts_idem_outcome { TS_IDEM_NEW = 0, TS_IDEM_FOUND = 1, TS_IDEM_REUSED = 2, TS_IDEM_SHORT = 3 };

/*
 * Look for call->idempotency_key under `scope` (operation, and for callers without an account the event, hold or order:
 * "holdTickets/evt_…"); the principal is added here. `input` is hashed whole.
 * Return: TS_IDEM_NEW (also without a key); TS_IDEM_FOUND and *ret_id; TS_IDEM_REUSED if the input differs;
 * TS_IDEM_SHORT if an anonymous caller's key has under TS_IDEMPOTENCY_KEY_SIZE_MIN characters, or any key is over the
 * maximum; a ts_error.
 */
int ts_idem_find(struct ts_call *call, const char *scope, const ProtobufCMessage *input, const char **ret_id);

/* Word the outcomes REUSED and SHORT as a refusal. Return: TS_REFUSED. */
int ts_idem_refuse(struct ts_call *call, int outcome);

/*
 * The write that records the key, to stand first in an ORDERED write. When it conflicts, call ts_idem_find() again.
 * Return: true and *ret_write; false when the call has no key and there is nothing to write.
 */
bool ts_idem_write(struct ts_call *call, const char *scope, const ProtobufCMessage *input, const char *id,
                   struct ts_write *ret_write);

#endif
