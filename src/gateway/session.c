/*
 * Credentials and ids. A wrong token is an error, never an anonymous request: a client that believes itself signed in
 * must not get half an answer. Digests are compared, so the time taken says nothing about the token.
 */
#include "gateway/session.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "gateway/cookie.h"
#include "loop/runtime.h"
#include "telemetry/trace.h"
#include "tessera/err.h"
#include "tessera/language.h"
#include "tessera/sign.h"

enum { REQUEST_ID_SIZE_MAX = 64, LOCALE_SIZE_MAX = 35 };

static const struct ts_principal anonymous = { .kind = TS_PRINCIPAL_ANONYMOUS, .id = "anonymous" };
static const struct ts_principal the_owner = { .kind = TS_PRINCIPAL_OWNER, .id = "owner" };

bool owner_token_ok(const char *token)
{
    size_t size = strlen(token);

    for (const char *at = token; *at; at++)
        if (*at < '!' || *at > '~')
            return false;
    return size >= OWNER_TOKEN_SIZE_MIN && size <= OWNER_TOKEN_SIZE_MAX;
}

void owner_set(struct owner *owner, const char *token)
{
    ts_sha256(token, strlen(token), owner->digest);
}

static bool is_owner(const char *token, const struct owner *owner)
{
    struct owner claimed;

    if (!owner_token_ok(token))
        return false;
    owner_set(&claimed, token);
    return CRYPTO_memcmp(claimed.digest, owner->digest, sizeof(claimed.digest)) == 0;
}

static int authenticate_user(struct session *session, struct ts_arena *arena, const char *token, struct users *users)
{
    return users ? users->authenticate(users, arena, token, &session->principal) : TS_EUNAUTHENTICATED;
}

int session_authenticate(struct session *session, struct ts_arena *arena, const char *authorization,
                         const struct credentials *credentials)
{
    const char *token = authorization;

    if (strncasecmp(token, "Bearer ", 7) != 0)
        return TS_EUNAUTHENTICATED;
    token += 7;
    token += strspn(token, " ");
    if (!is_owner(token, &credentials->owner))
        return authenticate_user(session, arena, token, credentials->users);
    session->principal = &the_owner;
    return 0;
}

/* By its Authorization header, or the cookie of a page of ours. */
static int authenticate(struct session *session, struct http_request *request, const struct credentials *credentials)
{
    const char *token;

    if (request->authorization)
        return session_authenticate(session, &request->arena, request->authorization, credentials);
    token = request->cookie ? cookie_access(request) : NULL;
    return token ? authenticate_user(session, &request->arena, token, credentials->users) : 0;
}

static void add_hex(char *at, const uint8_t *bytes, size_t size)
{
    hex_put(at, bytes, size);
    at[2 * size] = '\0';
}

static bool request_id_ok(const char *id)
{
    size_t size = id ? strspn(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-") : 0;

    return size > 0 && size <= REQUEST_ID_SIZE_MAX && id[size] == '\0';
}

/* The first language of the list that we write to people in; else the first. The order is what counts, in practice. */
static const char *locale_of(struct http_request *request)
{
    const char *locale = NULL;

    for (const char *at = request->accept_language; at && *at; at += strspn(at, ", ")) {
        size_t size = strcspn(at, ",; ");
        const char *tag = size <= LOCALE_SIZE_MAX ? ts_strndup(&request->arena, at, size) : "*";

        if (ts_language_is_known(tag))
            return tag;
        locale = locale ? locale : tag;
        at += strcspn(at, ",");
    }
    return locale && *locale && *locale != '*' ? locale : "en";
}

/* The other end of a unix socket has none; and a proxy's is nobody's. */
static const char *address_of(struct http_request *request)
{
    return request->is_proxy || strcmp(request->client, "local") == 0 ? NULL
                                                                      : ts_strdup(&request->arena, request->client);
}

static void trace_init(struct http_request *request, const uint8_t random[24], struct ts_trace *ret_trace)
{
    if (!traceparent_read(request->traceparent, ret_trace))
        add_hex(ret_trace->trace_id, random, 16);
    add_hex(ret_trace->span_id, random + 16, 8);
}

int session_init(struct http_request *request, struct ts_runtime *runtime, const struct credentials *credentials,
                 struct session *ret_session)
{
    uint8_t random[32];

    runtime->random(runtime, random, sizeof(random));
    *ret_session =
        (struct session){ .principal = &anonymous, .locale = locale_of(request), .address = address_of(request) };
    trace_init(request, random, &ret_session->trace);
    ret_session->request_id = request->request_id;
    if (!request_id_ok(request->request_id)) {
        char *id = ts_alloc(&request->arena, 17);

        add_hex(id, random + 24, 8);
        ret_session->request_id = id;
    }
    return authenticate(ret_session, request, credentials);
}

int session_renew(struct session *session, struct ts_arena *arena, const struct credentials *credentials)
{
    if (session->principal->kind != TS_PRINCIPAL_USER)
        return 0;
    return credentials->users->renew(credentials->users, arena, session->principal, &session->principal);
}

void session_set_owner(struct session *session)
{
    session->principal = &the_owner;
}
