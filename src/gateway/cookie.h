/*
 * Cookies by which a browser that is signed in says so: with the prefix `__Host-` (so that no other host can have set
 * them), HttpOnly, SameSite=Strict. They are read only where no page of others can have made the browser ask: the
 * request's Origin is our own, or it says none and the browser does not say that it comes from elsewhere. And never
 * on a plain GET, whose answer caches may keep for everybody.
 */
#ifndef GATEWAY_COOKIE_H
#define GATEWAY_COOKIE_H

#include "gateway/http.h"

#define COOKIE_PREFIX "__Host-tessera-"
#define COOKIE_ACCESS COOKIE_PREFIX "access"
#define COOKIE_REFRESH COOKIE_PREFIX "refresh"

/* The value of the one cookie of that name in a Cookie header (may be NULL); NULL when there is none, or two. */
const char *cookie_find(struct ts_arena *arena, const char *cookies, const char *name);

/* Those of a Cookie header (may be NULL) that we may have set, as one; NULL when there is none. */
const char *cookie_ours(struct ts_arena *arena, const char *cookies);

/* May this request be believed to come from a page of our own? */
bool cookie_is_own(const struct http_request *request);

/* The access token that a browser sent along, where cookies count; else NULL. */
const char *cookie_access(struct http_request *request);

/*
 * A Set-Cookie header's value; `value` "" and 0 seconds take it away. `site` is "Strict", or "Lax" for one that is sent
 * when a page of others leads here. In the arena.
 */
char *cookie_set(struct ts_arena *arena, const char *name, const char *value, int64_t max_age_s, const char *site);

#endif
