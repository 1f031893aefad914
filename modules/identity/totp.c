/* See totp.h. */
#include "totp.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <string.h>

enum { MAC_SIZE = 20, MODULUS = 1000000 };

uint32_t totp_code(const uint8_t secret[TOTP_SECRET_SIZE], int64_t step)
{
    uint8_t counter[8], mac[MAC_SIZE];
    const uint8_t *at;
    unsigned size = 0;

    for (unsigned i = 0; i < sizeof(counter); i++)
        counter[i] = (uint8_t)((uint64_t)step >> (8 * (sizeof(counter) - 1 - i)));
    if (!HMAC(EVP_sha1(), secret, TOTP_SECRET_SIZE, counter, sizeof(counter), mac, &size))
        return MODULUS; /* for want of memory: no code is this */
    assert(size == MAC_SIZE);
    at = mac + (mac[MAC_SIZE - 1] & 15);
    return ((uint32_t)(at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]) % MODULUS;
}

/* Return: false unless the text is six digits. */
static bool code_read(const char *text, uint32_t *ret_code)
{
    unsigned digits = 0;

    *ret_code = 0;
    for (; text && *text; text++) {
        if (*text == ' ')
            continue;
        if (*text < '0' || *text > '9' || ++digits > TOTP_DIGITS)
            return false;
        *ret_code = *ret_code * 10 + (uint32_t)(*text - '0');
    }
    return digits == TOTP_DIGITS;
}

int64_t totp_find_step(const uint8_t secret[TOTP_SECRET_SIZE], const char *text, int64_t now_ms, int64_t step_used)
{
    int64_t now = now_ms / TOTP_STEP_MS, found = 0;
    uint32_t code;

    if (!code_read(text, &code))
        return 0;
    for (int64_t step = now - 1; step <= now + 1; step++)
        if (step > step_used && !found && totp_code(secret, step) == code)
            found = step;
    return found;
}

char *totp_secret_text(struct ts_arena *arena, const uint8_t secret[TOTP_SECRET_SIZE])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    enum { LENGTH = TOTP_SECRET_SIZE * 8 / 5 };
    char *text = ts_alloc(arena, LENGTH + 1);

    _Static_assert(TOTP_SECRET_SIZE % 5 == 0, "it needs no padding");
    for (unsigned i = 0; i < LENGTH; i++) {
        unsigned bit = 5 * i, wide = (unsigned)secret[bit / 8] << 8;

        if (bit / 8 + 1 < TOTP_SECRET_SIZE)
            wide |= secret[bit / 8 + 1];
        text[i] = digits[wide >> (11 - bit % 8) & 31];
    }
    text[LENGTH] = '\0';
    return text;
}

/* For a path or query of a URI. */
static char *uri_escape(struct ts_arena *arena, const char *text)
{
    char *escaped = ts_alloc(arena, 3 * strlen(text) + 1), *to = escaped;

    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;

        if ((byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
            strchr("-._~@", byte)) {
            *to++ = *text;
            continue;
        }
        *to++ = '%';
        *to++ = "0123456789ABCDEF"[byte >> 4];
        *to++ = "0123456789ABCDEF"[byte & 15];
    }
    *to = '\0';
    return escaped;
}

char *totp_uri(struct ts_arena *arena, const uint8_t secret[TOTP_SECRET_SIZE], const char *email)
{
    return ts_printf(arena, "otpauth://totp/Tessera:%s?secret=%s&issuer=Tessera&algorithm=SHA1&digits=6&period=30",
                     uri_escape(arena, email), totp_secret_text(arena, secret));
}
