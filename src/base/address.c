#include "base/address.h"

#include <arpa/inet.h>
#include <string.h>

#include "tessera/address.h"
#include "tessera/arena.h"

enum { MAPPED_SIZE = 12, V4_BITS = 32, ALL_BITS = 128 };

static const uint8_t mapped[MAPPED_SIZE] = { [10] = 0xff, [11] = 0xff };

bool address_is_v4(const struct address *address)
{
    return memcmp(address->bytes, mapped, MAPPED_SIZE) == 0;
}

bool address_parse(const char *text, size_t size, struct address *ret_address)
{
    char copy[ADDRESS_TEXT_SIZE];
    struct address address;

    if (size >= sizeof(copy) || memchr(text, '\0', size))
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    memcpy(address.bytes, mapped, MAPPED_SIZE);
    if (inet_pton(AF_INET, copy, address.bytes + MAPPED_SIZE) != 1 && inet_pton(AF_INET6, copy, address.bytes) != 1)
        return false;
    *ret_address = address;
    return true;
}

void address_write(const struct address *address, char ret_text[ADDRESS_TEXT_SIZE])
{
    if (address_is_v4(address))
        (void)inet_ntop(AF_INET, address->bytes + MAPPED_SIZE, ret_text, ADDRESS_TEXT_SIZE); /* it fits */
    else
        (void)inet_ntop(AF_INET6, address->bytes, ret_text, ADDRESS_TEXT_SIZE); /* it fits */
}

/* The number after the slash. */
static bool read_bits(const char *text, size_t size, unsigned max, unsigned *ret_bits)
{
    unsigned bits = 0;

    if (size == 0 || size > 3 || (size > 1 && *text == '0'))
        return false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        bits = bits * 10 + (unsigned)(text[i] - '0');
    }
    *ret_bits = bits;
    return bits <= max;
}

/* How many of the first bits two addresses share, up to `bits`. */
static bool share(const struct address *left, const struct address *right, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    uint8_t mask = (uint8_t)(0xff00 >> rest);

    return memcmp(left->bytes, right->bytes, whole) == 0 &&
           (rest == 0 || ((left->bytes[whole] ^ right->bytes[whole]) & mask) == 0);
}

static bool ends_in_zeros(const struct network *network)
{
    for (unsigned bit = network->bits; bit < ALL_BITS; bit++)
        if (network->address.bytes[bit / 8] & (0x80 >> bit % 8))
            return false;
    return true;
}

bool network_parse(const char *text, size_t size, struct network *ret_network)
{
    const char *slash = memchr(text, '/', size);
    size_t address_size = slash ? (size_t)(slash - text) : size;
    struct network network = { .bits = ALL_BITS };
    bool is_v4;

    if (!address_parse(text, address_size, &network.address))
        return false;
    is_v4 = !memchr(text, ':', address_size);
    if (slash && !read_bits(slash + 1, size - address_size - 1, is_v4 ? V4_BITS : ALL_BITS, &network.bits))
        return false;
    if (slash && is_v4)
        network.bits += ALL_BITS - V4_BITS;
    if (!ends_in_zeros(&network))
        return false;
    *ret_network = network;
    return true;
}

bool network_has(const struct network *network, const struct address *address)
{
    return share(&network->address, address, network->bits);
}

bool address_is_private(const struct address *address)
{
#define V4(a, b, length)                                                                                               \
    {                                                                                                                  \
        { { [10] = 0xff, [11] = 0xff, (a), (b) } }, 96 + (length)                                                      \
    }
    static const struct network networks[] = {
        V4(10, 0, 8),
        V4(127, 0, 8),
        V4(169, 254, 16),
        V4(172, 16, 12),
        V4(192, 168, 16),
        V4(100, 64, 10),
        { { { [15] = 1 } }, 128 },
        { { { 0xfc } }, 7 },
        { { { 0xfe, 0x80 } }, 10 },
    };
#undef V4

    for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++)
        if (network_has(&networks[i], address))
            return true;
    return false;
}

const char *ts_address_network(struct ts_arena *arena, const char *address)
{
    struct address read;
    const uint8_t *bytes = read.bytes;
    char text[ADDRESS_TEXT_SIZE];

    if (!address || !address_parse(address, strlen(address), &read))
        return address;
    if (!address_is_v4(&read))
        return ts_printf(arena, "%02x%02x:%02x%02x:%02x%02x:%02x%02x", bytes[0], bytes[1], bytes[2], bytes[3], bytes[4],
                         bytes[5], bytes[6], bytes[7]);
    address_write(&read, text);
    return ts_strdup(arena, text);
}
