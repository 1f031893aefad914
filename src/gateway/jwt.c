/* Cheap refusals first; nothing that the payload says is looked at before the signature is good. */
#include "gateway/jwt.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/json.h"
#include "tessera/id.h"
#include "tessera/jws.h"

static const char party[] = "tessera"; /* who issues, and for whom */

/* ---- keys */

bool jwt_keys_add(struct jwt_keys *keys, const char *kid, const uint8_t *point, size_t size)
{
    EVP_PKEY *key;

    if (keys->count == JWT_KEYS_MAX || !kid || strlen(kid) != JWT_KID_SIZE - 1)
        return false;
    key = ts_jws_p256(point, size);
    if (!key)
        return false;
    memcpy(keys->rows[keys->count].kid, kid, JWT_KID_SIZE);
    keys->rows[keys->count++].key = key;
    return true;
}

void jwt_keys_done(struct jwt_keys *keys)
{
    for (unsigned i = 0; i < keys->count; i++)
        EVP_PKEY_free(keys->rows[i].key);
    *keys = (struct jwt_keys){ .count = 0 };
}

static EVP_PKEY *key_find(const struct jwt_keys *keys, const char *kid)
{
    for (unsigned i = 0; i < keys->count; i++)
        if (strcmp(keys->rows[i].kid, kid) == 0)
            return keys->rows[i].key;
    return NULL;
}

/* ---- the header */

static bool is_text(const struct json *member, const char *text)
{
    return member && member->type == JSON_STRING && strcmp(member->text, text) == 0;
}

/* Exactly what we write: alg, typ and kid. */
static bool header_is_ours(const struct ts_jws *jws)
{
    return jws->header->size == 3 && jws->algorithm == TS_JWS_ES256 && is_text(json_find(jws->header, "typ"), "JWT") &&
           jws->kid;
}

/* ---- claims */

static bool read_time(const struct json *payload, const char *name, int64_t *ret_s)
{
    const struct json *member = json_find(payload, name);

    if (!member || member->type != JSON_NUMBER || !member->is_integer)
        return false;
    *ret_s = member->integer;
    return true;
}

static const char *read_id(const struct json *payload, const char *name, const char *prefix)
{
    const struct json *member = json_find(payload, name);

    return member && member->type == JSON_STRING && ts_id_is(member->text, prefix) ? member->text : NULL;
}

static enum jwt_verdict judge(const struct json *payload, int64_t now_s, struct jwt_claims *ret_claims)
{
    struct jwt_claims claims = { read_id(payload, "sub", "usr"), read_id(payload, "sid", "ses"), 0 };
    int64_t issued_s, not_before_s;

    if (!claims.subject || !claims.session_id || !is_text(json_find(payload, "iss"), party) ||
        !is_text(json_find(payload, "aud"), party) || !read_time(payload, "iat", &issued_s) ||
        !read_time(payload, "nbf", &not_before_s) || !read_time(payload, "exp", &claims.expires_at_s))
        return JWT_BAD;
    if (issued_s < 0 || issued_s > now_s + JWT_LEEWAY_S || not_before_s > now_s + JWT_LEEWAY_S ||
        claims.expires_at_s <= issued_s || claims.expires_at_s - issued_s > JWT_LIFETIME_S_MAX)
        return JWT_BAD;
    if (now_s >= claims.expires_at_s)
        return JWT_EXPIRED;
    *ret_claims = claims;
    return JWT_GOOD;
}

enum jwt_verdict jwt_verify(struct ts_arena *arena, const struct jwt_keys *keys, const char *token, int64_t now_s,
                            struct jwt_claims *ret_claims)
{
    const struct json *payload;
    struct ts_jws_key key = { .algorithm = TS_JWS_ES256 };
    struct ts_jws jws;

    if (!ts_jws_read(arena, token, JWT_SIZE_MAX, &jws) || !header_is_ours(&jws))
        return JWT_BAD;
    key.key = key_find(keys, jws.kid);
    if (!key.key)
        return JWT_UNKNOWN_KEY;
    if (!ts_jws_is_signed(arena, &jws, &key))
        return JWT_BAD;
    payload = ts_jws_payload(arena, &jws);
    return payload ? judge(payload, now_s, ret_claims) : JWT_BAD;
}
