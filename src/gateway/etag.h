/* Entity tags (RFC 9110, section 8.8.3). */
#ifndef GATEWAY_ETAG_H
#define GATEWAY_ETAG_H

#include <stdbool.h>
#include <stddef.h>

#include "tessera/arena.h"

/* The weak tag of a body, in the arena. */
const char *etag_new(struct ts_arena *arena, const char *body, size_t size);

/* True if an If-None-Match header (may be NULL) names `etag`, which has quotes; weakly compared, as RFC 9110 says. */
bool etag_matches(const char *if_none_match, const char *etag);

#endif
