/*
 * Internet addresses as bytes, and networks of them. IPv4 is IPv6's ::ffff:0:0/96, so that both are one kind, and one
 * address has one spelling whichever way its connection came in.
 */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ADDRESS_TEXT_SIZE = 46 }; /* IPv6 at its longest, terminated */

struct address {
    uint8_t bytes[16];
};

struct network {
    struct address address;
    unsigned bits; /* of 128 */
};

/* An address alone: no port, no brackets, no zone. False: it is none. */
bool address_parse(const char *text, size_t size, struct address *ret_address);
bool address_is_v4(const struct address *address);
/* IPv4 with dots. */
void address_write(const struct address *address, char ret_text[ADDRESS_TEXT_SIZE]);
/* True for loopback, link-local, RFC 1918, RFC 6598 and RFC 4193: whoever is there is near us, or a proxy. */
bool address_is_private(const struct address *address);

/* "10.0.0.0/8", "2001:db8::/32", or one address. False: it is none, or has bits behind its prefix. */
bool network_parse(const char *text, size_t size, struct network *ret_network);
bool network_has(const struct network *network, const struct address *address);

#endif
