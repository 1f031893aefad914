/*
 * Which addresses other people's URLs may lead to: those of the public internet, and what the configuration names for a
 * purpose. Asked of the address that a connection is made to, so a name that changes its mind gains nothing.
 */
#ifndef NET_REACH_H
#define NET_REACH_H

#include <stdbool.h>

#include "base/address.h"
#include "base/buf.h"
#include "tessera/arena.h"

struct reach; /* what the configuration named; NULL: nothing */

/*
 * Read "PURPOSE=ADDRESS[/BITS],…" (NULL: nothing). In the arena.
 * Return: 0 and *ret_reach; TS_EINVALID and a line in *ret_problem.
 */
int reach_read(struct ts_arena *arena, const char *text, struct reach **ret_reach, struct buf *ret_problem);

/* Whether the configuration names this address for that purpose. Such a one may be spoken to in the clear. */
bool reach_is_named(const struct reach *reach, const char *purpose, const struct address *address);

/*
 * Whether the address is of the public internet: neither loopback, private, link-local, shared, reserved, documentation
 * or multicast, nor an IPv6 address with such an IPv4 one in it.
 */
bool reach_is_public(const struct address *address);

#endif
