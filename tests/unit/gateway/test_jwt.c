/* Access tokens: what is ours is taken, and nothing else, whatever its header asks for. */
#include "gateway/jwt.h"

#include <jwt.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/base64url.h"
#include "support/test.h"
#include "tessera/cleanup.h"
#include "tessera/jws.h"

enum { NOW_S = 1780315200 };

#define KID "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
#define OTHER_KID "0123456789abcdefghijklmnopqrstuvwxyzABCDEFH"
#define SUB "\"sub\":\"usr_01jwnrc0000000000000000000\""
#define SID "\"sid\":\"ses_01jwnrc0000000000000000000\""
#define WHO "\"iss\":\"tessera\",\"aud\":\"tessera\"," SUB "," SID
#define TIMES "\"iat\":1780315200,\"nbf\":1780315200,\"exp\":1780315800"
#define HEADER "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"" KID "\"}"
#define PAYLOAD "{" WHO "," TIMES "}"

struct fixture {
    struct ts_arena arena;
    struct jwt_keys keys;
    EVP_PKEY *ours, *theirs; /* theirs is not among the keys */
    uint8_t point[JWT_POINT_SIZE];
};

static void point_of(EVP_PKEY *key, uint8_t point[JWT_POINT_SIZE])
{
    size_t size;

    assert_int_equal(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, JWT_POINT_SIZE, &size), 1);
    assert_int_equal(size, JWT_POINT_SIZE);
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    arena_init(&fixture->arena);
    fixture->ours = EVP_EC_gen("P-256");
    fixture->theirs = EVP_EC_gen("P-256");
    point_of(fixture->ours, fixture->point);
    *state = fixture;
    return jwt_keys_add(&fixture->keys, KID, fixture->point, JWT_POINT_SIZE) ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    jwt_keys_done(&fixture->keys);
    EVP_PKEY_free(fixture->ours);
    EVP_PKEY_free(fixture->theirs);
    arena_done(&fixture->arena);
    free(fixture);
    return 0;
}

/* ---- forging */

static const char *encoded(struct fixture *fixture, const char *json)
{
    return base64url_encode(&fixture->arena, json, strlen(json));
}

/* r || s over `text`. */
static void sign_es256(const char *text, EVP_PKEY *key, uint8_t signature[64])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t der[80];
    size_t size = sizeof(der);
    const uint8_t *at = der;
    ECDSA_SIG *both;

    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(EVP_DigestSign(context, der, &size, (const uint8_t *)text, strlen(text)), 1);
    both = d2i_ECDSA_SIG(NULL, &at, (long)size);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(both), signature, 32), 32);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(both), signature + 32, 32), 32);
    ECDSA_SIG_free(both);
    EVP_MD_CTX_free(context);
}

static const char *forge(struct fixture *fixture, const char *header, const char *payload, EVP_PKEY *key)
{
    const char *text = ts_printf(&fixture->arena, "%s.%s", encoded(fixture, header), encoded(fixture, payload));
    uint8_t signature[64];

    sign_es256(text, key, signature);
    return ts_printf(&fixture->arena, "%s.%s", text, base64url_encode(&fixture->arena, signature, sizeof(signature)));
}

static enum jwt_verdict verdict(struct fixture *fixture, const char *token)
{
    struct jwt_claims claims = { NULL };
    enum jwt_verdict verdict = jwt_verify(&fixture->arena, &fixture->keys, token, NOW_S, &claims);

    assert_int_equal(verdict == JWT_GOOD, claims.subject != NULL);
    return verdict;
}

static void jwt_verify__takes_ours(void **state)
{
    struct fixture *fixture = *state;
    struct jwt_claims claims;

    assert_int_equal(
        jwt_verify(&fixture->arena, &fixture->keys, forge(fixture, HEADER, PAYLOAD, fixture->ours), NOW_S, &claims),
        JWT_GOOD);
    assert_string_equal(claims.subject, "usr_01jwnrc0000000000000000000");
    assert_string_equal(claims.session_id, "ses_01jwnrc0000000000000000000");
    assert_int_equal(claims.expires_at_s, NOW_S + 600);
}

/* libjwt issues what our module issues; its own reading of it agrees. */
static void jwt_verify__takes_what_libjwt_signs(void **state)
{
    struct fixture *fixture = *state;
    BIO *memory = BIO_new(BIO_s_mem());
    jwt_t *jwt, *read = NULL;
    char *pem, *token;
    long size;

    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(memory, fixture->ours, NULL, NULL, 0, NULL, NULL), 1);
    size = BIO_get_mem_data(memory, &pem);
    assert_int_equal(jwt_new(&jwt), 0);
    assert_int_equal(jwt_add_header(jwt, "kid", KID), 0);
    assert_int_equal(jwt_add_grants_json(jwt, PAYLOAD), 0);
    assert_int_equal(jwt_set_alg(jwt, JWT_ALG_ES256, (const unsigned char *)pem, (int)size), 0);
    token = jwt_encode_str(jwt);
    assert_int_equal(verdict(fixture, token), JWT_GOOD);
    BIO_free(memory);
    memory = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PUBKEY(memory, fixture->ours), 1);
    size = BIO_get_mem_data(memory, &pem);
    assert_int_equal(jwt_decode(&read, token, (const unsigned char *)pem, (int)size), 0);
    assert_int_equal(jwt_get_alg(read), JWT_ALG_ES256);
    jwt_free(read);
    jwt_free(jwt);
    free(token);
    BIO_free(memory);
}

/* ---- the forger's matrix */

/* A JWK of the forger's own key, as a header would bring it along. */
static const char *jwk_header(struct fixture *fixture)
{
    uint8_t point[JWT_POINT_SIZE];

    point_of(fixture->theirs, point);
    return ts_printf(&fixture->arena,
                     "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"%s\",\"jwk\":{\"kty\":\"EC\",\"crv\":\"P-256\","
                     "\"x\":\"%s\",\"y\":\"%s\"}}",
                     KID, base64url_encode(&fixture->arena, point + 1, 32),
                     base64url_encode(&fixture->arena, point + 33, 32));
}

static void jwt_verify__takes_no_other_header(void **state)
{
    static const char *const rows[] = {
        "{\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"" KID "\"}",
        "{\"alg\":\"None\",\"typ\":\"JWT\",\"kid\":\"" KID "\"}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"" KID "\"}",
        "{\"alg\":\"ES384\",\"typ\":\"JWT\",\"kid\":\"" KID "\"}",
        "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"" KID "\"}",
        "{\"alg\":\"es256\",\"typ\":\"JWT\",\"kid\":\"" KID "\"}",
        "{\"alg\":\"\",\"typ\":\"JWT\",\"kid\":\"" KID "\"}",
        "{\"alg\":null,\"typ\":\"JWT\",\"kid\":\"" KID "\"}",
        "{\"alg\":[\"ES256\"],\"typ\":\"JWT\",\"kid\":\"" KID "\"}",
        "{\"typ\":\"JWT\",\"kid\":\"" KID "\"}",
        "{\"alg\":\"ES256\",\"kid\":\"" KID "\"}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\"}",
        "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"" KID "\"}",
        "{\"alg\":\"ES256\",\"typ\":\"jwt\",\"kid\":\"" KID "\"}",
        "{\"alg\":\"ES256\",\"typ\":7,\"kid\":\"" KID "\"}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":7}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":null}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"" KID "\",\"crit\":[\"exp\"]}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"" KID "\",\"b64\":false}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"" KID "\",\"jku\":\"http://127.0.0.1/jwks.json\"}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"" KID "\",\"x5u\":\"http://127.0.0.1/cert.pem\"}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"" KID "\",\"x5c\":[\"MIIB\"]}",
        "{\"alg\":\"none\",\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"" KID "\"}",
        "{\"alg\":\"ES256\",\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"" KID "\"}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"" KID "\",\"kid\":\"" OTHER_KID "\"}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"" KID "\"} ",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"" KID "\"",
        "[\"alg\",\"ES256\"]",
        "\"ES256\"",
        "{}",
        "",
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < TS_ARRAY_SIZE(rows); i++) {
        bool has_blank = *rows[i] && rows[i][strlen(rows[i]) - 1] == ' ';

        assert_int_equal(verdict(fixture, forge(fixture, rows[i], PAYLOAD, fixture->ours)),
                         has_blank ? JWT_GOOD : JWT_BAD); /* JSON may have one; all else is signed by our own key */
    }
    assert_int_equal(verdict(fixture, forge(fixture, jwk_header(fixture), PAYLOAD, fixture->theirs)), JWT_BAD);
}

static void jwt_verify__takes_no_other_key(void **state)
{
    static const char *const kids[] = { OTHER_KID, "", "../../../dev/null", "' OR 1=1 --", KID " ", "0123" };
    struct fixture *fixture = *state;

    assert_int_equal(verdict(fixture, forge(fixture, HEADER, PAYLOAD, fixture->theirs)), JWT_BAD);
    for (size_t i = 0; i < TS_ARRAY_SIZE(kids); i++) {
        const char *header = ts_printf(&fixture->arena, "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"%s\"}", kids[i]);

        assert_int_equal(verdict(fixture, forge(fixture, header, PAYLOAD, fixture->ours)), JWT_UNKNOWN_KEY);
    }
}

/* Algorithm confusion: the public key, in each of its spellings, as a secret for HS256; and no signature at all. */
static void jwt_verify__takes_no_mac_and_no_nothing(void **state)
{
    static const char *const headers[] = { HEADER, "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"" KID "\"}",
                                           "{\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"" KID "\"}" };
    struct fixture *fixture = *state;
    BIO *memory = BIO_new(BIO_s_mem());
    char *pem;
    long pem_size;

    assert_int_equal(PEM_write_bio_PUBKEY(memory, fixture->ours), 1);
    pem_size = BIO_get_mem_data(memory, &pem);
    for (size_t i = 0; i < TS_ARRAY_SIZE(headers); i++) {
        const char *text = ts_printf(&fixture->arena, "%s.%s", encoded(fixture, headers[i]), encoded(fixture, PAYLOAD));
        uint8_t mac[64] = { 0 };
        unsigned size;

        (void)HMAC(EVP_sha256(), pem, (int)pem_size, (const uint8_t *)text, strlen(text), mac, &size);
        for (size_t length = 0; length <= sizeof(mac); length += 32)
            assert_int_equal(verdict(fixture, ts_printf(&fixture->arena, "%s.%s", text,
                                                        base64url_encode(&fixture->arena, mac, length))),
                             JWT_BAD);
        (void)HMAC(EVP_sha256(), fixture->point, JWT_POINT_SIZE, (const uint8_t *)text, strlen(text), mac, &size);
        assert_int_equal(
            verdict(fixture, ts_printf(&fixture->arena, "%s.%s", text, base64url_encode(&fixture->arena, mac, 32))),
            JWT_BAD);
        assert_int_equal(verdict(fixture, text), JWT_BAD);
    }
    BIO_free(memory);
}

static void jwt_verify__takes_no_other_claims(void **state)
{
    static const struct {
        const char *payload;
        enum jwt_verdict verdict;
    } rows[] = {
        { "{" SUB "," SID ",\"aud\":\"tessera\"," TIMES "}", JWT_BAD },
        { "{" SUB "," SID ",\"iss\":\"tessera\"," TIMES "}", JWT_BAD },
        { "{\"iss\":\"tesserae\",\"aud\":\"tessera\"," SUB "," SID "," TIMES "}", JWT_BAD },
        { "{\"iss\":\"tessera\",\"aud\":\"other\"," SUB "," SID "," TIMES "}", JWT_BAD },
        { "{\"iss\":\"tessera\",\"aud\":[\"tessera\"]," SUB "," SID "," TIMES "}", JWT_BAD },
        { "{\"iss\":[\"tessera\"],\"aud\":\"tessera\"," SUB "," SID "," TIMES "}", JWT_BAD },
        { "{\"iss\":\"x\",\"iss\":\"tessera\",\"aud\":\"tessera\"," SUB "," SID "," TIMES "}", JWT_BAD },
        { "{" WHO "," TIMES ",\"exp\":1999999999}", JWT_BAD },
        { "{\"iss\":\"tessera\",\"aud\":\"tessera\"," SID "," TIMES "}", JWT_BAD },
        { "{\"iss\":\"tessera\",\"aud\":\"tessera\"," SUB "," TIMES "}", JWT_BAD },
        { "{\"iss\":\"tessera\",\"aud\":\"tessera\",\"sub\":\"owner\"," SID "," TIMES "}", JWT_BAD },
        { "{\"iss\":\"tessera\",\"aud\":\"tessera\",\"sub\":\"org_01jwnrc0000000000000000000\"," SID "," TIMES "}",
          JWT_BAD },
        { "{\"iss\":\"tessera\",\"aud\":\"tessera\",\"sub\":7," SID "," TIMES "}", JWT_BAD },
        { "{" WHO ",\"iat\":1780315200,\"nbf\":1780315200}", JWT_BAD },
        { "{" WHO ",\"nbf\":1780315200,\"exp\":1780315800}", JWT_BAD },
        { "{" WHO ",\"iat\":1780315200,\"exp\":1780315800}", JWT_BAD },
        { "{" WHO ",\"iat\":1780315200,\"nbf\":1780315200,\"exp\":\"1780315800\"}", JWT_BAD },
        { "{" WHO ",\"iat\":1780315200,\"nbf\":1780315200,\"exp\":1780315800.5}", JWT_BAD },
        { "{" WHO ",\"iat\":1780315200,\"nbf\":1780315200,\"exp\":true}", JWT_BAD },
        { "{" WHO ",\"iat\":1780315200,\"nbf\":1780315200,\"exp\":1e12}", JWT_BAD },
        { "{" WHO ",\"iat\":1780315200,\"nbf\":1780315200,\"exp\":9223372036854775807}", JWT_BAD },
        { "{" WHO ",\"iat\":-9223372036854775807,\"nbf\":1780315200,\"exp\":1780315800}", JWT_BAD },
        { "{" WHO ",\"iat\":1780315200,\"nbf\":1780315200,\"exp\":1780315801}", JWT_BAD }, /* longer than any of ours */
        { "{" WHO ",\"iat\":1780314601,\"nbf\":1780314601,\"exp\":1780315201}", JWT_GOOD },
        { "{" WHO ",\"iat\":1780314600,\"nbf\":1780314600,\"exp\":1780315200}", JWT_EXPIRED },
        { "{" WHO ",\"iat\":1780300000,\"nbf\":1780300000,\"exp\":1780300600}", JWT_EXPIRED },
        { "{" WHO ",\"iat\":1780315230,\"nbf\":1780315230,\"exp\":1780315800}", JWT_GOOD }, /* a clock may be behind */
        { "{" WHO ",\"iat\":1780315200,\"nbf\":1780315231,\"exp\":1780315800}", JWT_BAD },
        { "{" WHO ",\"iat\":1780315231,\"nbf\":1780315200,\"exp\":1780315800}", JWT_BAD },
        { "[]", JWT_BAD },
        { "", JWT_BAD },
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < TS_ARRAY_SIZE(rows); i++)
        assert_int_equal(verdict(fixture, forge(fixture, HEADER, rows[i].payload, fixture->ours)), rows[i].verdict);
}

/* Any byte of a token that is changed, left out or doubled makes it another's. */
static void jwt_verify__takes_no_changed_byte(void **state)
{
    struct fixture *fixture = *state;
    const char *token = forge(fixture, HEADER, PAYLOAD, fixture->ours);
    size_t size = strlen(token);

    for (size_t i = 0; i < size; i++) {
        char *changed = ts_strdup(&fixture->arena, token);

        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        assert_int_not_equal(verdict(fixture, changed), JWT_GOOD);
        changed[i] = '=';
        assert_int_not_equal(verdict(fixture, changed), JWT_GOOD);
        assert_int_not_equal(verdict(fixture, ts_printf(&fixture->arena, "%.*s%s", (int)i, token, token + i + 1)),
                             JWT_GOOD);
        assert_int_not_equal(verdict(fixture, ts_printf(&fixture->arena, "%.*s%s", (int)i + 1, token, token + i)),
                             JWT_GOOD);
        assert_int_not_equal(verdict(fixture, ts_strndup(&fixture->arena, token, i)), JWT_GOOD);
    }
    assert_int_not_equal(verdict(fixture, ts_printf(&fixture->arena, "%s=", token)), JWT_GOOD);
    assert_int_not_equal(verdict(fixture, ts_printf(&fixture->arena, "%s.", token)), JWT_GOOD);
    assert_int_not_equal(verdict(fixture, ts_printf(&fixture->arena, " %s", token)), JWT_GOOD);
}

static void jwt_verify__takes_nothing_long(void **state)
{
    struct fixture *fixture = *state;
    char *filler = ts_alloc(&fixture->arena, JWT_SIZE_MAX + 1);

    memset(filler, 'x', JWT_SIZE_MAX);
    assert_int_equal(
        verdict(fixture, forge(fixture, HEADER, ts_printf(&fixture->arena, "{" WHO "," TIMES ",\"a\":\"%s\"}", filler),
                               fixture->ours)),
        JWT_BAD);
}

static void jwt_keys_add__takes_points_of_the_curve(void **state)
{
    struct fixture *fixture = *state;
    uint8_t point[JWT_POINT_SIZE] = { 4 };
    struct jwt_keys keys = { .count = 0 };

    assert_false(jwt_keys_add(&keys, KID, point, sizeof(point)));
    memcpy(point, fixture->point, sizeof(point));
    point[64] ^= 1;
    assert_false(jwt_keys_add(&keys, KID, point, sizeof(point)));
    assert_false(jwt_keys_add(&keys, KID, fixture->point, JWT_POINT_SIZE - 1));
    assert_false(jwt_keys_add(&keys, "short", fixture->point, JWT_POINT_SIZE));
    assert_false(jwt_keys_add(&keys, NULL, fixture->point, JWT_POINT_SIZE));
    for (unsigned i = 0; i < JWT_KEYS_MAX; i++)
        assert_true(jwt_keys_add(&keys, KID, fixture->point, JWT_POINT_SIZE));
    assert_false(jwt_keys_add(&keys, KID, fixture->point, JWT_POINT_SIZE));
    jwt_keys_done(&keys);
}

/* ---- Wycheproof */

static size_t unhex(const char *text, uint8_t *bytes)
{
    size_t size = 0;

    for (; text[0] && text[1] && *text != '-'; text += 2) {
        unsigned byte;

        assert_int_equal(sscanf(text, "%2x", &byte), 1);
        bytes[size++] = (uint8_t)byte;
    }
    return size;
}

static void check_jws(struct fixture *fixture, const struct jwt_keys *keys, const char *jws, bool valid)
{
    const char *dot = strrchr(jws, '.');
    struct jwt_claims claims;
    size_t size;
    uint8_t *signature;

    assert_int_not_equal(jwt_verify(&fixture->arena, keys, jws, NOW_S, &claims), JWT_GOOD); /* no JWT of ours */
    if (!valid)
        return;
    assert_non_null(dot);
    signature = base64url_decode(&fixture->arena, dot + 1, strlen(dot + 1), &size);
    assert_true(ts_jws_es256_is_good(signature, size, jws, (size_t)(dot - jws), keys->rows[0].key));
}

/* Return: 1 for a line that is a case. */
static unsigned check_line(struct fixture *fixture, const char *line)
{
    static char verdict_word[16], point_hex[256], first[4096], second[4096];
    static uint8_t point[128], message[2048], signature[2048];
    struct jwt_keys keys = { .count = 0 };
    int words = sscanf(line, "%15s %255s %4095s %4095s", verdict_word, point_hex, first, second);
    bool valid = strcmp(verdict_word, "valid") == 0;
    size_t message_size, signature_size;

    if (*line == '#' || words < 3)
        return 0;
    assert_true(jwt_keys_add(&keys, KID, point, unhex(point_hex, point)));
    if (words == 3) {
        check_jws(fixture, &keys, first, valid);
    } else {
        message_size = unhex(first, message);
        signature_size = unhex(second, signature);
        if (ts_jws_es256_is_good(signature, signature_size, message, message_size, keys.rows[0].key) != valid)
            fail_msg("%s", line);
    }
    jwt_keys_done(&keys);
    return 1;
}

static void ts_jws_es256_is_good__agrees_with_wycheproof(void **state)
{
    static char line[16384];
    FILE *file = fopen(WYCHEPROOF, "r");
    unsigned count = 0;

    assert_non_null(file);
    while (fgets(line, sizeof(line), file))
        count += check_line(*state, line);
    fclose(file);
    assert_int_equal(count, 262 + 41);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(jwt_verify__takes_ours, setup, teardown),
        cmocka_unit_test_setup_teardown(jwt_verify__takes_what_libjwt_signs, setup, teardown),
        cmocka_unit_test_setup_teardown(jwt_verify__takes_no_other_header, setup, teardown),
        cmocka_unit_test_setup_teardown(jwt_verify__takes_no_other_key, setup, teardown),
        cmocka_unit_test_setup_teardown(jwt_verify__takes_no_mac_and_no_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(jwt_verify__takes_no_other_claims, setup, teardown),
        cmocka_unit_test_setup_teardown(jwt_verify__takes_no_changed_byte, setup, teardown),
        cmocka_unit_test_setup_teardown(jwt_verify__takes_nothing_long, setup, teardown),
        cmocka_unit_test_setup_teardown(jwt_keys_add__takes_points_of_the_curve, setup, teardown),
        cmocka_unit_test_setup_teardown(ts_jws_es256_is_good__agrees_with_wycheproof, setup, teardown),
    };

    return cmocka_run_group_tests_name("gateway/jwt", tests, NULL, NULL);
}
