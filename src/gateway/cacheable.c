/* The query runs for a 304 too; what is saved is bytes. */
#include "gateway/cacheable.h"

#include "gateway/etag.h"

void cacheable_mark(struct http_request *request, struct http_reply *reply, unsigned max_age_s, bool is_private)
{
    const char *etag = etag_new(&request->arena, reply->body, reply->body_size);

    reply->cache_control = ts_printf(&request->arena, "%s, max-age=%u", is_private ? "private" : "public", max_age_s);
    http_header_add(reply->headers, HTTP_REPLY_HEADERS_MAX, "etag", etag);
    http_header_add(reply->headers, HTTP_REPLY_HEADERS_MAX, "vary", "accept, accept-encoding, authorization");
    if (!etag_matches(request->if_none_match, etag))
        return;
    reply->status = 304;
    reply->content_type = NULL;
    reply->body = NULL;
    reply->body_size = 0;
}
