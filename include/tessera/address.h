/* Internet addresses as text, as ts_call.address is. */
#ifndef TESSERA_ADDRESS_H
#define TESSERA_ADDRESS_H

#include "tessera/arena.h"

/*
 * Whom an address stands for where people are counted: itself, or of IPv6 its network of 64 bits
 * ("2001:0db8:0000:0001"), for who has one address of it has all. IPv4 in IPv6 is IPv4. Return: text in the arena;
 * `address` itself when it is none; NULL for NULL.
 */
const char *ts_address_network(struct ts_arena *arena, const char *address);

#endif
