/*
 * The inside of tessera/jws.h, by OpenSSL. The signature of ES256 is r and s side by side; OpenSSL wants them in DER.
 */
#include "tessera/jws.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <string.h>

#include "base/base64url.h"
#include "base/json.h"
#include "tessera/cleanup.h"
#include "tessera/json.h"

enum {
    P256_SIGNATURE_SIZE = 64,
    HALF_SIZE = 32,
    DER_SIZE_MAX = 80,
    POINT_SIZE = 65,
    ED25519_SIZE = 32,
    RSA_BITS_MIN = 2048,
    RSA_BITS_MAX = 8192, /* a verification of more takes too long */
    RSA_EXPONENT_SIZE_MAX = 8,
};

static const struct {
    const char *name;
    enum ts_jws_algorithm algorithm;
} algorithms[] = { { "RS256", TS_JWS_RS256 }, { "ES256", TS_JWS_ES256 }, { "EdDSA", TS_JWS_EDDSA } };

unsigned ts_jws_algorithm(const char *name)
{
    for (size_t i = 0; name && i < TS_ARRAY_SIZE(algorithms); i++)
        if (strcmp(name, algorithms[i].name) == 0)
            return algorithms[i].algorithm;
    return 0;
}

/* ---- the token */

static const char *text_of(const struct json *object, const char *name)
{
    const struct json *member = json_find(object, name);

    return member && member->type == JSON_STRING ? member->text : NULL;
}

/* An object in base64url; names that are given twice are refused by the parser. */
static const struct json *read_object(struct ts_arena *arena, const char *text, size_t size)
{
    struct json_error error;
    struct json *json;
    size_t byte_count;
    uint8_t *bytes = base64url_decode(arena, text, size, &byte_count);

    if (!bytes || json_parse(arena, (const char *)bytes, byte_count, &json, &error) != 0 || json->type != JSON_OBJECT)
        return NULL;
    return json;
}

bool ts_jws_read(struct ts_arena *arena, const char *text, size_t size_max, struct ts_jws *ret_jws)
{
    const char *first, *second, *algorithm;
    size_t size = text ? strnlen(text, size_max + 1) : 0;
    struct ts_jws jws = { .text = text };

    if (size == 0 || size > size_max)
        return false;
    first = strchr(text, '.');
    second = first ? strchr(first + 1, '.') : NULL;
    if (!second || strchr(second + 1, '.'))
        return false;
    jws.payload = first + 1;
    jws.payload_size = (size_t)(second - first - 1);
    jws.signature = second + 1;
    jws.signature_size = size - (size_t)(second + 1 - text);
    jws.header = read_object(arena, text, (size_t)(first - text));
    algorithm = text_of(jws.header, "alg");
    if (!algorithm || json_find(jws.header, "crit") || json_find(jws.header, "b64"))
        return false;
    jws.algorithm = ts_jws_algorithm(algorithm);
    jws.kid = text_of(jws.header, "kid");
    *ret_jws = jws;
    return true;
}

const struct json *ts_jws_payload(struct ts_arena *arena, const struct ts_jws *jws)
{
    return read_object(arena, jws->payload, jws->payload_size);
}

/* ---- keys */

static EVP_PKEY *key_of(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;

    if (!context || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    return key;
}

EVP_PKEY *ts_jws_p256(const uint8_t *point, size_t size)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)"prime256v1", 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)point, size),
        OSSL_PARAM_construct_end(),
    };

    return size == POINT_SIZE && point[0] == 4 ? key_of("EC", params) : NULL;
}

/* A member in base64url. Return: NULL when it is none. */
static uint8_t *bytes_of(struct ts_arena *arena, const struct json *jwk, const char *name, size_t *ret_size)
{
    const char *text = text_of(jwk, name);

    return text ? base64url_decode(arena, text, strlen(text), ret_size) : NULL;
}

static EVP_PKEY *read_p256(struct ts_arena *arena, const struct json *jwk)
{
    const char *curve = text_of(jwk, "crv");
    uint8_t point[POINT_SIZE] = { 4 }, *x, *y;
    size_t x_size, y_size;

    x = bytes_of(arena, jwk, "x", &x_size);
    y = bytes_of(arena, jwk, "y", &y_size);
    if (!curve || strcmp(curve, "P-256") != 0 || !x || !y || x_size != HALF_SIZE || y_size != HALF_SIZE)
        return NULL;
    memcpy(point + 1, x, HALF_SIZE);
    memcpy(point + 1 + HALF_SIZE, y, HALF_SIZE);
    return ts_jws_p256(point, sizeof(point));
}

static EVP_PKEY *read_ed25519(struct ts_arena *arena, const struct json *jwk)
{
    const char *curve = text_of(jwk, "crv");
    size_t size;
    const uint8_t *x = bytes_of(arena, jwk, "x", &size);

    if (!curve || strcmp(curve, "Ed25519") != 0 || !x || size != ED25519_SIZE)
        return NULL;
    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x, size);
}

static EVP_PKEY *rsa_of(const BIGNUM *modulus, const BIGNUM *exponent)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    EVP_PKEY *key = NULL;

    if (builder && modulus && exponent && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent))
        params = OSSL_PARAM_BLD_to_param(builder);
    if (params)
        key = key_of("RSA", params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    return key;
}

/* Is it a power of 65537? */
static bool is_in_group(BN_ULONG residue, unsigned prime)
{
    unsigned power = 1;

    do {
        if (power == residue)
            return true;
        power = power * 65537 % prime;
    } while (power != 1);
    return false;
}

/*
 * Keys that certain chips made for years, and that can be factored (CVE-2017-15361): by every small prime their modulus
 * leaves a power of 65537. Of other keys one in some hundred millions does.
 */
static bool is_roca(const BIGNUM *modulus)
{
    static const uint8_t primes[] = { 3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,  43,
                                      47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97,  101, 103,
                                      107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167 };

    for (size_t i = 0; i < TS_ARRAY_SIZE(primes); i++)
        if (!is_in_group(BN_mod_word(modulus, primes[i]), primes[i]))
            return false;
    return true;
}

static EVP_PKEY *read_rsa(struct ts_arena *arena, const struct json *jwk)
{
    size_t n_size, e_size;
    const uint8_t *n = bytes_of(arena, jwk, "n", &n_size), *e = bytes_of(arena, jwk, "e", &e_size);
    BIGNUM *modulus, *exponent;
    EVP_PKEY *key = NULL;

    if (!n || !e || n_size > RSA_BITS_MAX / 8 || e_size > RSA_EXPONENT_SIZE_MAX)
        return NULL;
    modulus = BN_bin2bn(n, (int)n_size, NULL);
    exponent = BN_bin2bn(e, (int)e_size, NULL);
    if (modulus && exponent && BN_num_bits(modulus) >= RSA_BITS_MIN && !is_roca(modulus) && BN_is_odd(exponent) &&
        !BN_is_one(exponent))
        key = rsa_of(modulus, exponent);
    BN_free(modulus);
    BN_free(exponent);
    return key;
}

/* By its type (`kty`): what it verifies, and who reads it. */
static const struct {
    const char *type;
    enum ts_jws_algorithm algorithm;
    EVP_PKEY *(*read)(struct ts_arena *arena, const struct json *jwk);
} types[] = {
    { "RSA", TS_JWS_RS256, read_rsa },
    { "EC", TS_JWS_ES256, read_p256 },
    { "OKP", TS_JWS_EDDSA, read_ed25519 },
};

/* By `use`, and by `key_ops` (RFC 7517, 4.2 and 4.3): who says one of them says this. */
static bool is_for_verifying(const struct json *jwk)
{
    const char *use = text_of(jwk, "use");
    const struct json *operations = json_find(jwk, "key_ops");

    if (use && strcmp(use, "sig") != 0)
        return false;
    for (const struct json *at = ts_json_first(operations); at; at = ts_json_next(at))
        if (ts_json_string(at) && strcmp(ts_json_string(at), "verify") == 0)
            return true;
    return !operations;
}

bool ts_jws_key_read(struct ts_arena *arena, const struct json *jwk, struct ts_jws_key *ret_key)
{
    const char *type = text_of(jwk, "kty"), *algorithm = text_of(jwk, "alg");

    if (!type || !is_for_verifying(jwk))
        return false;
    for (size_t i = 0; i < TS_ARRAY_SIZE(types); i++) {
        struct ts_jws_key key = { text_of(jwk, "kid"), types[i].algorithm, NULL };

        if (strcmp(type, types[i].type) != 0 || (algorithm && ts_jws_algorithm(algorithm) != key.algorithm))
            continue;
        key.key = types[i].read(arena, jwk);
        if (!key.key)
            return false;
        *ret_key = key;
        return true;
    }
    return false;
}

void ts_jws_key_done(struct ts_jws_key *key)
{
    EVP_PKEY_free(key->key);
    key->key = NULL;
}

/* ---- signatures */

/* r || s to DER. Return: its size; 0 for want of memory. */
static size_t to_der(const uint8_t signature[P256_SIGNATURE_SIZE], uint8_t der[DER_SIZE_MAX])
{
    ECDSA_SIG *both = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, HALF_SIZE, NULL), *s = BN_bin2bn(signature + HALF_SIZE, HALF_SIZE, NULL);
    uint8_t *at = der;
    int size = 0;

    if (both && r && s && ECDSA_SIG_set0(both, r, s) == 1)
        size = i2d_ECDSA_SIG(both, &at); /* at most 72 bytes; r and s are its own now */
    else {
        BN_free(r);
        BN_free(s);
    }
    ECDSA_SIG_free(both);
    return size > 0 ? (size_t)size : 0;
}

static bool is_good(const EVP_MD *digest, const uint8_t *signature, size_t signature_size, const void *bytes,
                    size_t size, EVP_PKEY *key)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestVerifyInit(context, NULL, digest, NULL, key) == 1 &&
                EVP_DigestVerify(context, signature, signature_size, bytes, size) == 1;

    EVP_MD_CTX_free(context);
    return good;
}

bool ts_jws_es256_is_good(const uint8_t *signature, size_t signature_size, const void *bytes, size_t size,
                          EVP_PKEY *key)
{
    uint8_t der[DER_SIZE_MAX];
    size_t der_size;

    if (signature_size != P256_SIGNATURE_SIZE)
        return false;
    der_size = to_der(signature, der);
    return der_size && is_good(EVP_sha256(), der, der_size, bytes, size, key);
}

bool ts_jws_is_signed(struct ts_arena *arena, const struct ts_jws *jws, const struct ts_jws_key *key)
{
    size_t size, signed_size = (size_t)(jws->payload - jws->text) + jws->payload_size;
    const uint8_t *signature = base64url_decode(arena, jws->signature, jws->signature_size, &size);

    if (!signature || jws->algorithm != key->algorithm)
        return false;
    if (key->algorithm == TS_JWS_ES256)
        return ts_jws_es256_is_good(signature, size, jws->text, signed_size, key->key);
    return is_good(key->algorithm == TS_JWS_RS256 ? EVP_sha256() : NULL, signature, size, jws->text, signed_size,
                   key->key);
}
