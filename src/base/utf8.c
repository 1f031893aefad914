/* UTF-8, checked by the table of RFC 3629 §4: the first byte bounds the second, the rest are 80-BF. */
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

/* Length of the sequence that `first` begins and the bounds of its second byte; 0 if none may begin so. */
static unsigned sequence(uint8_t first, uint8_t *ret_low, uint8_t *ret_high)
{
    *ret_low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    *ret_high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if (first >= 0xe0 && first <= 0xef)
        return 3;
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* Eight bytes at once: all in 01-7F? */
static bool is_ascii_text(const uint8_t *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof(word));
    return ((word | (word - UINT64_C(0x0101010101010101))) & UINT64_C(0x8080808080808080)) == 0;
}

bool utf8_is_text(const char *bytes, size_t size)
{
    const uint8_t *at = (const uint8_t *)bytes, *end = at + size;

    while (at < end) {
        uint8_t low, high;
        unsigned length;

        if (end - at >= 8 && is_ascii_text(at)) {
            at += 8;
            continue;
        }
        if (*at && *at < 0x80) {
            at++;
            continue;
        }
        length = sequence(*at, &low, &high);
        if (!length || end - at < length || at[1] < low || at[1] > high)
            return false;
        for (unsigned i = 2; i < length; i++)
            if ((at[i] & 0xc0) != 0x80)
                return false;
        at += length;
    }
    return true;
}

unsigned utf8_encode(unsigned point, char ret_bytes[4])
{
    unsigned length = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

    if (length == 1) {
        ret_bytes[0] = (char)point;
        return 1;
    }
    for (unsigned i = length - 1; i; i--, point >>= 6)
        ret_bytes[i] = (char)(0x80 | (point & 0x3f));
    ret_bytes[0] = (char)((0xf00 >> length & 0xf0) | point);
    return length;
}
