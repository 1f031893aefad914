/*
 * What lets somebody in: a password, or of an account without one its passkeys and its identities at providers. The
 * last of these stays, though two go at once: the account's document is written by each, one after the other, before it
 * goes.
 */
#ifndef IDENTITY_WAY_H
#define IDENTITY_WAY_H

#include "rules.h"
#include "tessera/call.h"

/*
 * May this one go, a passkey or an identity, that is there since `since_ms`? If so it is written down, and the caller
 * takes it away; if he crashes, the next who asks does it.
 * Return: 0; TS_REFUSED, with `last`, when it is the last; a ts_error.
 */
int way_leave(struct ts_call *call, const char *account_id, const char *id, int64_t since_ms, enum refusal last);

#endif
