/*
 * What a call carries beside its message, as headers of a NATS message. Values are percent-encoded where they are more
 * than visible ASCII, so nothing that a client chose (a key, a language) can end a header or begin another.
 */
#ifndef BUS_HEAD_H
#define BUS_HEAD_H

#include <nats/nats.h>

#include "tessera/call.h"

/* The context in which `callee` is to be served; its deadline travels as what is left of it, for clocks differ. */
natsStatus head_write(const struct ts_call *callee, natsMsg *message);

/*
 * Make `call` that of whoever asked: principal, depth, deadline, trace and the rest, in its arena.
 * Return: 0; TS_EINVALID for headers that no Tessera wrote.
 */
int head_read(struct ts_call *call, natsMsg *message);

/* A reply's outcome: the words of a failure are its payload, 0 has no header. */
natsStatus head_write_status(natsMsg *message, int error);
/* Return: 0; a ts_error, TS_EINTERNAL for one that does not exist. */
int head_read_status(natsMsg *message);

/* Which process an event comes from: it has told it at home. */
natsStatus head_write_from(natsMsg *message, const char *id);
bool head_is_from(natsMsg *message, const char *id);

#endif
