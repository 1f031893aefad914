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
#include "loop/runtime.h"
#include "telemetry/trace.h"
#include "tessera/err.h"

enum { REQUEST_ID_SIZE_MAX = 64, LOCALE_SIZE_MAX = 35 };

static const struct ts_principal anonymous = { TS_PRINCIPAL_ANONYMOUS, "anonymous" };
static const struct ts_principal the_owner = { TS_PRINCIPAL_OWNER, "owner" };

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
    SHA256((const unsigned char *)token, strlen(token), owner->digest);
}

static int authenticate(const char *authorization, const struct owner *owner, const struct ts_principal **ret_principal)
{
    struct owner claimed;

    if (!authorization)
        return 0;
    if (strncasecmp(authorization, "Bearer ", 7) != 0)
        return TS_EUNAUTHENTICATED;
    authorization += 7;
    authorization += strspn(authorization, " ");
    if (!owner_token_ok(authorization))
        return TS_EUNAUTHENTICATED;
    owner_set(&claimed, authorization);
    if (CRYPTO_memcmp(claimed.digest, owner->digest, sizeof(claimed.digest)) != 0)
        return TS_EUNAUTHENTICATED;
    *ret_principal = &the_owner;
    return 0;
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

/* The first language of the list: what is asked for most, in practice. */
static const char *locale_of(struct http_request *request)
{
    size_t size = request->accept_language ? strcspn(request->accept_language, ",; ") : 0;

    if (size == 0 || size > LOCALE_SIZE_MAX || request->accept_language[0] == '*')
        return "en";
    return ts_strndup(&request->arena, request->accept_language, size);
}

/* The other end of a unix socket has none. */
static const char *address_of(struct http_request *request)
{
    return strcmp(request->peer, "local") == 0 ? NULL : ts_strdup(&request->arena, request->peer);
}

static void trace_init(struct http_request *request, const uint8_t random[24], struct ts_trace *ret_trace)
{
    if (!traceparent_read(request->traceparent, ret_trace))
        add_hex(ret_trace->trace_id, random, 16);
    add_hex(ret_trace->span_id, random + 16, 8);
}

int session_init(struct http_request *request, struct ts_runtime *runtime, const struct owner *owner,
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
    return authenticate(request->authorization, owner, &ret_session->principal);
}

int session_authenticate(struct session *session, const char *authorization, const struct owner *owner)
{
    return authenticate(authorization, owner, &session->principal);
}

void session_set_owner(struct session *session)
{
    session->principal = &the_owner;
}
