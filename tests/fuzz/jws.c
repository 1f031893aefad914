/*
 * Tokens and the keys that may have signed them: the first byte chooses. What is read lies within what came, a token
 * has one spelling, and nothing that a fuzzer makes up was signed by anybody.
 */
#include "fuzz.h"

#include "base/arena.h"
#include "base/base64url.h"
#include "gateway/jwt.h"
#include "tessera/json.h"
#include "tessera/jws.h"

#define KID "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"

/* The curve's base point (SEC 2, 2.4.2), as somebody's key. */
static const uint8_t point[] = {
    0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
    0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f,
    0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce,
    0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
};

static struct jwt_keys keys;

static void check_token(struct ts_arena *arena, const char *token)
{
    struct ts_jws_key key = { .algorithm = TS_JWS_ES256, .key = keys.rows[0].key };
    struct jwt_claims claims;
    struct ts_jws jws;

    CLAIM(jwt_verify(arena, &keys, token, INT64_C(1780315200), &claims) != JWT_GOOD);
    if (!ts_jws_read(arena, token, TS_JWS_SIZE_MAX, &jws))
        return;
    CLAIM(strlen(token) <= TS_JWS_SIZE_MAX && ts_json_is_object(jws.header));
    CLAIM(jws.algorithm == ts_jws_algorithm(ts_json_string(ts_json_member(jws.header, "alg"))));
    CLAIM(jws.kid == ts_json_string(ts_json_member(jws.header, "kid")));
    CLAIM(strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == strcspn(token, "."));
    CLAIM(!ts_jws_is_signed(arena, &jws, &key));
    (void)ts_jws_payload(arena, &jws);
}

/* A key that is taken is one of ours, and named as it says. */
static void check_key(struct ts_arena *arena, const char *text)
{
    const struct json *jwk = ts_json_parse(arena, text, strlen(text));
    struct ts_jws_key key;

    if (!ts_jws_key_read(arena, jwk, &key))
        return;
    CLAIM(key.key && (key.algorithm == TS_JWS_RS256 || key.algorithm == TS_JWS_ES256 || key.algorithm == TS_JWS_EDDSA));
    CLAIM(key.kid == ts_json_string(ts_json_member(jwk, "kid")));
    ts_jws_key_done(&key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ts_arena arena;
    char *text;

    if (!keys.count)
        CLAIM(jwt_keys_add(&keys, KID, point, sizeof(point)));
    if (size == 0)
        return 0;
    arena_init(&arena);
    text = fuzz_string(data + 1, size - 1);
    if (data[0] % 2)
        check_key(&arena, text);
    else
        check_token(&arena, text);
    free(text);
    arena_done(&arena);
    return 0;
}
