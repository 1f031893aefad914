/* What browsers and CDNs may keep of the answers to GET: Cache-Control, ETag and 304 (RFC 9110, RFC 9111). */
#ifndef GATEWAY_CACHEABLE_H
#define GATEWAY_CACHEABLE_H

#include "gateway/http.h"

/*
 * Let the reply to a GET or HEAD be kept for `max_age_s` seconds, by shared caches too unless `is_private`. When the
 * client has this very body already, the reply becomes a 304 without one.
 */
void cacheable_mark(struct http_request *request, struct http_reply *reply, unsigned max_age_s, bool is_private);

#endif
