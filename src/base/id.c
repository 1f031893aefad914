/*
 * Typed ids as text. Members of a group differ in the last two characters, which are ten bits, so all group arithmetic
 * is done on the text.
 */
#include "base/id.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <string.h>

#include "tessera/call.h"
#include "tessera/id.h"

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

/* A letter's value plus one; 0: not of the alphabet. */
static const uint8_t values[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['g'] = 17, ['h'] = 18, ['j'] = 19, ['k'] = 20, ['m'] = 21, ['n'] = 22, ['p'] = 23, ['q'] = 24,
    ['r'] = 25, ['s'] = 26, ['t'] = 27, ['v'] = 28, ['w'] = 29, ['x'] = 30, ['y'] = 31, ['z'] = 32,
};

static int base32_value(char letter)
{
    return values[(uint8_t)letter] - 1;
}

void base32_encode(const uint8_t bytes[16], char ret_text[BASE32_LENGTH + 1])
{
    unsigned waiting = 0, bits = 2; /* 130 bits of text: two zero bits in front */
    char *at = ret_text;

    for (int i = 0; i < 16; i++) {
        waiting = (waiting << 8 | bytes[i]) & 0xffff;
        for (bits += 8; bits >= 5; bits -= 5)
            *at++ = alphabet[waiting >> (bits - 5) & 31];
    }
    *at = 0;
}

void ts_id_bytes(const char *id, uint8_t ret_bytes[16])
{
    unsigned waiting = 0, bits = 0, count = 0;

    assert(strlen(id) == TS_ID_LENGTH);
    for (int i = 0; i < BASE32_LENGTH; i++) {
        waiting = (waiting << 5 | (unsigned)base32_value(id[4 + i])) & 0xffff;
        bits += i ? 5 : 3; /* the first letter's upper two bits are always zero */
        if (bits >= 8) {
            bits -= 8;
            ret_bytes[count++] = (uint8_t)(waiting >> bits);
        }
    }
    assert(count == 16 && bits == 0);
}

/* Sixteen letters at once. Return: what is not zero when one of them is not of the alphabet. */
static uint64_t foreign_letters(const char *letters)
{
    typedef uint8_t block __attribute__((vector_size(16)));
    block bytes, good;
    uint64_t halves[2];

    memcpy(&bytes, letters, sizeof(bytes));
    good = (block)((bytes - '0') < 10) | ((block)((bytes - 'a') < 26) & (block)(bytes != 'i') & (block)(bytes != 'l') &
                                          (block)(bytes != 'o') & (block)(bytes != 'u'));
    memcpy(halves, &good, sizeof(halves));
    return ~(halves[0] & halves[1]);
}

bool ts_id_is(const char *id, const char *prefix)
{
    _Static_assert(TS_ID_LENGTH - 4 >= 16 && TS_ID_LENGTH - 4 <= 32, "two blocks that overlap are all letters");

    if (!id || strnlen(id, TS_ID_SIZE) != TS_ID_LENGTH)
        return false;
    if (memcmp(id, prefix, 3) != 0 || id[3] != '_' || id[4] > '7')
        return false;
    return !foreign_letters(id + 4) && !foreign_letters(id + TS_ID_LENGTH - 16);
}

int64_t ts_id_time_ms(const char *id)
{
    int64_t time_ms = 0;

    assert(strlen(id) == TS_ID_LENGTH);
    for (int i = 0; i < 10; i++) /* 50 bits, of which the first two are the spelling's */
        time_ms = time_ms << 5 | (base32_value(id[4 + i]) & 31);
    return time_ms;
}

/* `id` under `prefix`, its last two characters spelling `number`. */
static const char *id_with(struct ts_call *call, const char *id, const char *prefix, unsigned number)
{
    char *copy = ts_strndup(call->arena, id, TS_ID_LENGTH);

    assert(strlen(prefix) == 3 && strlen(id) == TS_ID_LENGTH);
    memcpy(copy, prefix, 3);
    copy[TS_ID_LENGTH - 2] = alphabet[number >> 5];
    copy[TS_ID_LENGTH - 1] = alphabet[number & 31];
    return copy;
}

const char *ts_id_member(struct ts_call *call, const char *head, const char *prefix, unsigned number)
{
    assert(number >= 1 && number <= TS_ID_MEMBERS_MAX);
    return id_with(call, head, prefix, number);
}

const char *ts_id_head(struct ts_call *call, const char *member, const char *prefix)
{
    return id_with(call, member, prefix, 0);
}

const char *ts_id_sibling(struct ts_call *call, const char *id, const char *prefix)
{
    char *copy = ts_strndup(call->arena, id, TS_ID_LENGTH);

    assert(strlen(prefix) == 3 && strlen(id) == TS_ID_LENGTH);
    return memcpy(copy, prefix, 3);
}

bool ts_secret_equal(const char *left, const char *right)
{
    size_t size = left && right ? strlen(left) : 0;

    return left && right && strlen(right) == size && CRYPTO_memcmp(left, right, size) == 0;
}
