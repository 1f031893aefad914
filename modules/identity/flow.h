/*
 * One sign-in on its way to a provider and back. What the browser keeps meanwhile names it and carries a MAC; state,
 * nonce and the code verifier (RFC 7636) are MACs of its id, so nothing is written before it comes back, and what comes
 * back to another browser is worth nothing there.
 */
#ifndef IDENTITY_FLOW_H
#define IDENTITY_FLOW_H

#include "tessera/call.h"
#include "tessera/clock.h"

enum { FLOW_MS = 10 * TS_MINUTE_MS, RETURN_SIZE_MAX = 512 };

struct flow {
    const char *id; /* flw_ */
    const char *provider;
    const char *return_to; /* a path of ours */
    const char *linking;   /* the consent of an account to have it linked (see consent.h); NULL: it signs in */
    const char *cookie;
    const char *state, *nonce, *verifier;
};

/* All of it in call->arena. */
struct flow flow_begin(struct ts_call *call, const char *provider, const char *return_to, const char *linking);

/* Return: false when the cookie (may be NULL) is none of ours, or too old. */
bool flow_read(struct ts_call *call, const char *cookie, struct flow *ret_flow);

/* BASE64URL(SHA256(verifier)). */
const char *flow_code_challenge(struct ts_call *call, const struct flow *flow);

/* Is this a path of ours, and nothing that a browser could take for another host? */
bool return_path_is_own(const char *path);

#endif
