/* base64url and hexadecimal; and SHA-256, its usual companion in tessera/sign.h. */
#include "base/base64url.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <string.h>

#include "tessera/sign.h"
#include "tessera/text.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Of 24 bits the first `count` letters. Return: behind them. */
static char *put_letters(char *out, uint32_t bits, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        *out++ = alphabet[bits >> (18 - 6 * i) & 63];
    return out;
}

char *base64url_encode(struct ts_arena *arena, const void *bytes, size_t size)
{
    char *text = ts_alloc(arena, size / 3 * 4 + 4), *out = text;
    const uint8_t *at = bytes;

    for (; size >= 3; size -= 3, at += 3)
        out = put_letters(out, (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2], 4);
    if (size > 0)
        (void)put_letters(out, (uint32_t)at[0] << 16 | (size > 1 ? (uint32_t)at[1] << 8 : 0), (unsigned)size + 1);
    return text;
}

static int letter_value(char letter)
{
    const char *at = letter ? strchr(alphabet, letter) : NULL;

    return at ? (int)(at - alphabet) : -1;
}

uint8_t *base64url_decode(struct ts_arena *arena, const char *text, size_t size, size_t *ret_size)
{
    uint8_t *bytes = ts_alloc(arena, size / 4 * 3 + 3), *out = bytes;
    unsigned waiting = 0, bits = 0;

    if (size % 4 == 1)
        return NULL;
    for (size_t i = 0; i < size; i++) {
        int value = letter_value(text[i]);

        if (value < 0)
            return NULL;
        waiting = (waiting << 6 | (unsigned)value) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            *out++ = (uint8_t)(waiting >> bits);
        }
    }
    if (waiting & ((1U << bits) - 1)) /* left-over bits must be zero: one spelling per value */
        return NULL;
    *ret_size = (size_t)(out - bytes);
    return bytes;
}

char *ts_base64url_encode(struct ts_call *call, const void *bytes, size_t size)
{
    return base64url_encode(call->arena, bytes, size);
}

uint8_t *ts_base64url_decode(struct ts_call *call, const char *text, size_t *ret_size)
{
    return base64url_decode(call->arena, text, strlen(text), ret_size);
}

static EVP_MD *sha256; /* NULL: there is no memory for it */

static void find_sha256(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

/* libcrypto's own SHA256() looks for the algorithm by its name each time, which takes longer than a short text. */
void ts_sha256(const void *bytes, size_t size, uint8_t ret_digest[32])
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, find_sha256);
    if (!sha256 || !EVP_Digest(bytes, size, ret_digest, NULL, sha256, NULL))
        SHA256(bytes, size, ret_digest);
}

char *ts_hex(struct ts_arena *arena, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    char *text = ts_alloc(arena, 2 * size + 1);

    for (size_t i = 0; i < size; i++) {
        text[2 * i] = "0123456789abcdef"[at[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[at[i] & 15];
    }
    return text;
}

char *ts_text_hash(struct ts_call *call, const char *text)
{
    uint8_t digest[32];

    ts_sha256(text, strlen(text), digest);
    return ts_hex(call->arena, digest, sizeof(digest));
}

char *ts_email_hash(struct ts_call *call, const char *email)
{
    const char *lower = ts_text_lower(call->arena, email);
    uint8_t digest[32];

    ts_sha256(lower, strlen(lower), digest);
    return ts_base64url_encode(call, digest, 16);
}
