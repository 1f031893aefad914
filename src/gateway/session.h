/* Who asks, and the ids by which a request can be followed through every hop. */
#ifndef GATEWAY_SESSION_H
#define GATEWAY_SESSION_H

#include <stdint.h>

#include "gateway/http.h"
#include "tessera/call.h"

struct ts_runtime;

enum { OWNER_TOKEN_SIZE_MIN = 8, OWNER_TOKEN_SIZE_MAX = 256, OWNER_DIGEST_SIZE = 32 };

/* The owner's token as we keep it: a SHA-256 digest. */
struct owner {
    uint8_t digest[OWNER_DIGEST_SIZE];
};

struct session {
    const struct ts_principal *principal;
    struct ts_trace trace;
    const char *request_id;
    const char *locale;
    const char *address; /* of the other end; NULL: it has none */
};

/* True if `token` may be an owner token: 8 to 256 visible ASCII characters. */
bool owner_token_ok(const char *token);
void owner_set(struct owner *owner, const char *token);

/*
 * Fill *ret_session from the request's headers; its strings live on the request's arena.
 * Return: 0; TS_EUNAUTHENTICATED for credentials that are not good, with the session of nobody in particular.
 */
int session_init(struct http_request *request, struct ts_runtime *runtime, const struct owner *owner,
                 struct session *ret_session);

/* Take other credentials, as an Authorization header spells them. Return: 0; TS_EUNAUTHENTICATED, and nothing changes.
 */
int session_authenticate(struct session *session, const char *authorization, const struct owner *owner);

/* Make it the owner's. */
void session_set_owner(struct session *session);

#endif
