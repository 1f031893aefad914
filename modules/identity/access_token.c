/* See access_token.h. Signing takes some 0.6 ms, most of which libjwt spends on reading the key's PEM. */
#include "access_token.h"

#include <jwt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "issuer.h"
#include "rules.h"
#include "signing_key.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/memory.h"

#define AUDIENCE "tessera" /* also who issues: what one installation signs no other verifies, for the keys differ */

struct identity {
    struct signing_key key; /* pem NULL: none yet */
    char kid[64];
    struct issuers *issuers;
};

struct identity *identity_new(void)
{
    struct identity *identity = ts_memory_new(1, sizeof(struct identity));

    identity->issuers = issuers_new();
    return identity;
}

void identity_free(struct identity *identity)
{
    if (!identity)
        return;
    signing_key_done(&identity->key);
    issuers_free(identity->issuers);
    ts_memory_free(identity);
}

struct issuers *identity_issuers(struct identity *identity)
{
    return identity->issuers;
}

/* The key of now; made when the period has changed. */
static int current_key(struct ts_call *call, struct identity **ret_identity)
{
    struct identity *identity = call->state;
    int64_t period = key_period(ts_now_ms(call));
    struct signing_key key;
    int r;

    *ret_identity = identity;
    if (identity->key.pem && identity->key.period == period)
        return 0;
    r = signing_key_init(call, period, &key);
    if (r)
        return r;
    signing_key_done(&identity->key);
    identity->key = key;
    identity->key.kid = NULL;                                            /* it is the call's */
    (void)snprintf(identity->kid, sizeof(identity->kid), "%s", key.kid); /* 43 characters */
    return 0;
}

static bool fill(jwt_t *jwt, struct ts_call *call, const struct identity *identity, const char *account_id,
                 const char *session_id, long now_s)
{
    return jwt_add_header(jwt, "kid", identity->kid) == 0 && jwt_add_grant(jwt, "iss", AUDIENCE) == 0 &&
           jwt_add_grant(jwt, "aud", AUDIENCE) == 0 && jwt_add_grant(jwt, "sub", account_id) == 0 &&
           jwt_add_grant(jwt, "sid", session_id) == 0 && jwt_add_grant(jwt, "jti", ts_secret_new(call)) == 0 &&
           jwt_add_grant_int(jwt, "iat", now_s) == 0 && jwt_add_grant_int(jwt, "nbf", now_s) == 0 &&
           jwt_add_grant_int(jwt, "exp", now_s + ACCESS_MS / TS_SECOND_MS) == 0 &&
           jwt_set_alg(jwt, JWT_ALG_ES256, (const unsigned char *)identity->key.pem, (int)strlen(identity->key.pem)) ==
               0;
}

int access_token_issue(struct ts_call *call, const char *account_id, const char *session_id, char **ret_token,
                       int64_t *ret_expires_at_ms)
{
    long now_s = (long)(ts_now_ms(call) / TS_SECOND_MS);
    struct identity *identity;
    jwt_t *jwt = NULL;
    char *text = NULL;
    int r = current_key(call, &identity);

    if (r)
        return r;
    if (jwt_new(&jwt) == 0 && fill(jwt, call, identity, account_id, session_id, now_s))
        text = jwt_encode_str(jwt);
    jwt_free(jwt);
    if (!text)
        return TS_EEXHAUSTED;
    *ret_token = ts_strdup(call->arena, text);
    *ret_expires_at_ms = now_s * TS_SECOND_MS + ACCESS_MS;
    free(text);
    return 0;
}
