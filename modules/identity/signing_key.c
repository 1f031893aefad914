/* P-256 by OpenSSL: twice 256 bits of the secret's MAC, taken modulo the group's order, are the private number. */
#include "signing_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <string.h>

#include "tessera/memory.h"
#include "tessera/sign.h"

enum { COORDINATE_SIZE = 32 };

int64_t key_period(int64_t now_ms)
{
    return now_ms / KEY_PERIOD_MS;
}

unsigned key_periods_told(int64_t now_ms, int64_t ret_periods[KEYS_TOLD_MAX])
{
    int64_t period = key_period(now_ms);
    unsigned count = 0;

    if (now_ms - period * KEY_PERIOD_MS < KEY_OVERLAP_MS)
        ret_periods[count++] = period - 1;
    ret_periods[count++] = period;
    ret_periods[count++] = period + 1;
    return count;
}

/* From 1 to the order less one. */
static BIGNUM *private_number(struct ts_call *call, int64_t period, const EC_GROUP *group, BN_CTX *context)
{
    uint8_t wide[2 * TS_MAC_SIZE];
    BIGNUM *order = BN_dup(EC_GROUP_get0_order(group)), *number = NULL;

    for (unsigned half = 0; half < 2; half++) {
        const char *name = ts_printf(call->arena, "%lld/%u", (long long)period, half);

        ts_mac(call, "identity/es256", name, strlen(name), wide + (size_t)half * TS_MAC_SIZE);
    }
    number = BN_bin2bn(wide, sizeof(wide), NULL);
    OPENSSL_cleanse(wide, sizeof(wide));
    if (order && number && BN_sub_word(order, 1) && BN_mod(number, number, order, context) && BN_add_word(number, 1)) {
        BN_free(order);
        return number;
    }
    BN_free(order);
    BN_clear_free(number);
    return NULL;
}

static bool point_write(const EC_GROUP *group, const BIGNUM *number, BN_CTX *context, uint8_t point[KEY_POINT_SIZE])
{
    EC_POINT *public = EC_POINT_new(group);
    bool written = public && EC_POINT_mul(group, public, number, NULL, NULL, context) == 1 &&
                   EC_POINT_point2oct(group, public, POINT_CONVERSION_UNCOMPRESSED, point, KEY_POINT_SIZE, context) ==
                       KEY_POINT_SIZE;

    EC_POINT_free(public);
    return written;
}

static EVP_PKEY *key_of(const BIGNUM *number, const uint8_t point[KEY_POINT_SIZE])
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM *params = NULL;
    EVP_PKEY *key = NULL;

    if (builder && OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, number) &&
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, KEY_POINT_SIZE))
        params = OSSL_PARAM_BLD_to_param(builder);
    if (!context || !params || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, params) != 1)
        key = NULL;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    return key;
}

static char *pem_of(EVP_PKEY *key)
{
    BIO *memory = BIO_new(BIO_s_mem());
    char *text, *pem = NULL;
    long size;

    if (memory && PEM_write_bio_PKCS8PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL) == 1) {
        size = BIO_get_mem_data(memory, &text);
        pem = memcpy(ts_memory_new(1, (size_t)size + 1), text, (size_t)size);
        OPENSSL_cleanse(text, (size_t)size);
    }
    BIO_free(memory);
    return pem;
}

static char *thumbprint(struct ts_call *call, const uint8_t point[KEY_POINT_SIZE])
{
    const char *x = ts_base64url_encode(call, point + 1, COORDINATE_SIZE);
    const char *y = ts_base64url_encode(call, point + 1 + COORDINATE_SIZE, COORDINATE_SIZE);
    const char *text = ts_printf(call->arena, "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}", x, y);
    uint8_t digest[32];

    ts_sha256(text, strlen(text), digest);
    return ts_base64url_encode(call, digest, sizeof(digest));
}

int signing_key_init(struct ts_call *call, int64_t period, struct signing_key *ret_key)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    BN_CTX *context = BN_CTX_secure_new();
    BIGNUM *number = group && context ? private_number(call, period, group, context) : NULL;
    EVP_PKEY *key = NULL;

    *ret_key = (struct signing_key){ .period = period };
    if (number && point_write(group, number, context, ret_key->point))
        key = key_of(number, ret_key->point);
    if (key)
        ret_key->pem = pem_of(key);
    EVP_PKEY_free(key);
    BN_clear_free(number);
    BN_CTX_free(context);
    EC_GROUP_free(group);
    if (!ret_key->pem)
        return TS_EEXHAUSTED;
    ret_key->kid = thumbprint(call, ret_key->point);
    return 0;
}

void signing_key_done(struct signing_key *key)
{
    if (key->pem)
        OPENSSL_cleanse(key->pem, strlen(key->pem));
    ts_memory_free(key->pem);
    *key = (struct signing_key){ 0 };
}
