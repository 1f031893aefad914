/* See signature.h. */
#include "signature.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

enum { MAC_SIZE = 32, SIGNATURES_MAX = 8, TIME_DIGITS_MAX = 12 };

struct header {
    const char *time; /* its digits, as they were signed */
    size_t time_size;
    int64_t time_s;
    uint8_t macs[SIGNATURES_MAX][MAC_SIZE];
    size_t count;
};

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool read_mac(struct header *header, const char *text, size_t size)
{
    if (size != 2 * (size_t)MAC_SIZE || header->count == SIGNATURES_MAX)
        return false;
    for (size_t i = 0; i < MAC_SIZE; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        header->macs[header->count][i] = (uint8_t)(high << 4 | low);
    }
    header->count++;
    return true;
}

static bool read_time(struct header *header, const char *text, size_t size)
{
    if (header->time || size == 0 || size > TIME_DIGITS_MAX || strspn(text, "0123456789") != size)
        return false;
    header->time = text;
    header->time_size = size;
    for (size_t i = 0; i < size; i++)
        header->time_s = header->time_s * 10 + (text[i] - '0');
    return true;
}

/* Signatures of other schemes are passed over, as Stripe asks. */
static bool read_item(struct header *header, const char *item, size_t size)
{
    const char *equals = memchr(item, '=', size);
    size_t name_size = equals ? (size_t)(equals - item) : 0, value_size = size - name_size - 1;

    if (name_size == 0)
        return false;
    if (name_size == 1 && item[0] == 't')
        return read_time(header, equals + 1, value_size);
    if (name_size == 2 && memcmp(item, "v1", 2) == 0)
        return read_mac(header, equals + 1, value_size);
    return true;
}

static bool read_header(const char *text, struct header *ret_header)
{
    *ret_header = (struct header){ 0 };
    if (!text || strlen(text) > SIGNATURE_SIZE_MAX)
        return false;
    for (const char *at = text;; at++) {
        size_t size = strcspn(at, ",");

        if (!read_item(ret_header, at, size))
            return false;
        at += size;
        if (!*at)
            return ret_header->time && ret_header->count;
    }
}

/* Return: false for want of memory. */
static bool sign(const struct header *header, const char *body, const char *secret, size_t secret_size,
                 uint8_t ret_mac[MAC_SIZE])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, (const unsigned char *)secret, secret_size);
    size_t size = MAC_SIZE;
    bool ok = context && key && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
              EVP_DigestSignUpdate(context, header->time, header->time_size) == 1 &&
              EVP_DigestSignUpdate(context, ".", 1) == 1 && EVP_DigestSignUpdate(context, body, strlen(body)) == 1 &&
              EVP_DigestSignFinal(context, ret_mac, &size) == 1;

    EVP_PKEY_free(key);
    EVP_MD_CTX_free(context);
    return ok;
}

static bool is_signed_by(const struct header *header, const char *body, const char *secret, size_t secret_size)
{
    uint8_t mac[MAC_SIZE];
    bool found = false;

    if (secret_size == 0 || !sign(header, body, secret, secret_size, mac))
        return false;
    for (size_t i = 0; i < header->count; i++)
        found |= CRYPTO_memcmp(header->macs[i], mac, MAC_SIZE) == 0;
    return found;
}

enum signature_verdict signature_check(const char *header, const char *body, const char *secrets, int64_t now_s)
{
    struct header read;
    bool found = false;

    if (!body || !secrets || !read_header(header, &read))
        return SIGNATURE_MALFORMED;
    if (read.time_s < now_s - SIGNATURE_AGE_S || read.time_s > now_s + SIGNATURE_AGE_S)
        return SIGNATURE_OLD;
    for (const char *at = secrets; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        found |= is_signed_by(&read, body, at, strcspn(at, ","));
    return found ? SIGNATURE_GOOD : SIGNATURE_FORGED;
}
