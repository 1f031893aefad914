/* The public halves of the signing keys: for everybody as a JWK set, for the gateway as they are. */
#include <string.h>

#include "api.h"
#include "signing_key.h"
#include "tessera/sign.h"

enum { COORDINATE_SIZE = 32, JWKS_MAX_AGE_S = 3600 /* the next key is told a period ahead */ };

static char *jwk(struct ts_call *call, const struct signing_key *key)
{
    return ts_printf(call->arena,
                     "{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ES256\",\"use\":\"sig\",\"kid\":\"%s\",\"x\":\"%s\","
                     "\"y\":\"%s\"}",
                     key->kid, ts_base64url_encode(call, key->point + 1, COORDINATE_SIZE),
                     ts_base64url_encode(call, key->point + 1 + COORDINATE_SIZE, COORDINATE_SIZE));
}

int get_jwks(struct ts_call *call, const Identity__GetJwksRequest *request, Common__Blob *ret_reply)
{
    int64_t periods[KEYS_TOLD_MAX];
    unsigned count = key_periods_told(ts_now_ms(call), periods);
    const char *text = "";

    (void)request; /* says nothing */
    for (unsigned i = 0; i < count; i++) {
        struct signing_key key;
        int r = signing_key_init(call, periods[i], &key);

        if (r)
            return r;
        text = ts_printf(call->arena, "%s%s%s", text, i ? "," : "", jwk(call, &key));
        signing_key_done(&key);
    }
    text = ts_printf(call->arena, "{\"keys\":[%s]}", text);
    ret_reply->has_data = true;
    ret_reply->data = (ProtobufCBinaryData){ strlen(text), (uint8_t *)text };
    ret_reply->content_type = (char *)"application/jwk-set+json";
    ret_reply->has_max_age_s = true;
    ret_reply->max_age_s = JWKS_MAX_AGE_S;
    return 0;
}

int list_keys(struct ts_call *call, const Identity__ListKeysRequest *request, Identity__ListKeysReply *ret_reply)
{
    int64_t periods[KEYS_TOLD_MAX];
    unsigned count = key_periods_told(ts_now_ms(call), periods);

    (void)request; /* says nothing */
    ret_reply->keys = TS_NEW_ARRAY(call->arena, Identity__PublicKey *, count);
    for (unsigned i = 0; i < count; i++) {
        Identity__PublicKey *told = TS_NEW(call->arena, Identity__PublicKey);
        struct signing_key key;
        int r = signing_key_init(call, periods[i], &key);

        if (r)
            return r;
        identity__public_key__init(told);
        told->kid = key.kid;
        told->has_point = true;
        told->point.len = sizeof(key.point);
        told->point.data = ts_memdup(call->arena, key.point, sizeof(key.point));
        signing_key_done(&key);
        ret_reply->keys[ret_reply->n_keys++] = told;
    }
    return 0;
}
