/*
 * The tag is a digest of the body before compression, so it is weak: the same for gzip and identity. The query runs for
 * a 304 too; what is saved is bytes.
 */
#include "gateway/cacheable.h"

#include <openssl/sha.h>
#include <string.h>

enum { ETAG_BYTES = 12 }; /* of the digest: nobody gains from a collision with his own answer */

static const char *make_etag(struct ts_arena *arena, const struct http_reply *reply)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char hex[2 * ETAG_BYTES + 1];

    SHA256((const unsigned char *)reply->body, reply->body_size, digest);
    for (size_t i = 0; i < ETAG_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return ts_printf(arena, "W/\"%s\"", hex);
}

bool cacheable_matches(const char *if_none_match, const char *etag)
{
    const char *opaque = strchr(etag, '"');
    size_t size = strlen(opaque);

    for (const char *at = if_none_match; at && *at;) {
        at += strspn(at, " \t,");
        if (*at == '*')
            return true;
        if (strncmp(at, "W/", 2) == 0)
            at += 2;
        if (*at != '"')
            return false;
        if (strncmp(at, opaque, size) == 0)
            return true;
        at = strchr(at + 1, '"');
        at += at != NULL;
    }
    return false;
}

void cacheable_mark(struct http_request *request, struct http_reply *reply, unsigned max_age_s, bool is_private)
{
    const char *etag = make_etag(&request->arena, reply);

    reply->cache_control = ts_printf(&request->arena, "%s, max-age=%u", is_private ? "private" : "public", max_age_s);
    http_header_add(reply->headers, HTTP_REPLY_HEADERS_MAX, "etag", etag);
    http_header_add(reply->headers, HTTP_REPLY_HEADERS_MAX, "vary", "accept, accept-encoding, authorization");
    if (!cacheable_matches(request->if_none_match, etag))
        return;
    reply->status = 304;
    reply->content_type = NULL;
    reply->body = NULL;
    reply->body_size = 0;
}
