/* Who asks, and the ids by which a request can be followed through every hop. */
#ifndef GATEWAY_SESSION_H
#define GATEWAY_SESSION_H

#include <stdint.h>

#include "gateway/http.h"
#include "gateway/users.h"
#include "tessera/call.h"

struct ts_runtime;

enum { OWNER_TOKEN_SIZE_MIN = 8, OWNER_TOKEN_SIZE_MAX = 256, OWNER_DIGEST_SIZE = 32 };

/* The owner's token as we keep it: a SHA-256 digest. */
struct owner {
    uint8_t digest[OWNER_DIGEST_SIZE];
};

/* Who may sign in, and how that is told. */
struct credentials {
    struct owner owner;
    struct users *users; /* NULL: nobody has an account */
};

struct session {
    const struct ts_principal *principal;
    struct ts_trace trace;
    const char *request_id;
    const char *locale;
    const char *address; /* of whoever asks; NULL: it is not known */
};

/* True if `token` may be an owner token: 8 to 256 visible ASCII characters. */
bool owner_token_ok(const char *token);
void owner_set(struct owner *owner, const char *token);

/*
 * Fill *ret_session from the request's headers; its strings live on the request's arena. On a fiber; suspends only for
 * credentials that are not the owner's.
 * Return: 0; TS_EUNAUTHENTICATED for credentials that are not good, TS_EUNAVAILABLE when that cannot be found out; then
 * with the session of nobody in particular.
 */
int session_init(struct http_request *request, struct ts_runtime *runtime, const struct credentials *credentials,
                 struct session *ret_session);

/*
 * Take other credentials, as an Authorization header spells them; of a user, the principal is made in `arena`. On a
 * fiber, may suspend. Return: 0; as session_init(), and nothing changes.
 */
int session_authenticate(struct session *session, struct ts_arena *arena, const char *authorization,
                         const struct credentials *credentials);

/*
 * Before something is done for a session that was kept: its user's rights as they are now, in `arena`. On a fiber, may
 * suspend. Return: as session_init(), and nothing changes.
 */
int session_renew(struct session *session, struct ts_arena *arena, const struct credentials *credentials);

/* Make it the owner's. */
void session_set_owner(struct session *session);

#endif
