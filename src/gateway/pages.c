/*
 * An answer is kept under who it is for: host, target, and whether it is compressed. A hit is copied to its request, so
 * nothing that is kept is pinned. One that is too old is asked for anew by whoever comes first; the others of that
 * moment get the old one.
 */
#include "gateway/pages.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "gateway/cookie.h"
#include "gateway/media_type.h"
#include "gateway/shell.h"
#include "gateway/upstream.h"
#include "loop/loop.h"
#include "tessera/arena.h"
#include "tessera/err.h"
#include "tessera/memory.h"

enum {
    ASK_HEADERS_MAX = 8,
    ASK_MS_MAX = 10 * 1000,
    KEPT_BYTES_MAX = 64 << 20,
    KEPT_ONE_MAX = 2 << 20,
    KEPT_OVERHEAD = 1024, /* of one, about */
    STALE_MS_MAX = 60 * 60 * 1000,
    IMMUTABLE_S = 24 * 60 * 60,
    NAME_MAX_SIZE = 255, /* of a host */
};

/* An answer that is kept; all its strings are its own. */
struct page {
    struct page *newer, *older;
    char *key;
    int status;
    struct http_header headers[HTTP_REPLY_HEADERS_MAX + 1];
    char *content_type, *cache_control, *etag, *body;
    size_t body_size;
    int64_t fresh_until_ms, made_ms;
    bool asked; /* somebody asks for it anew */
};

struct pages {
    struct loop *loop;
    struct upstream *upstream;
    struct map by_key;
    struct page *newest, *oldest;
    struct pages_stats stats;
};

struct pages *pages_new(struct loop *loop)
{
    struct pages *pages = ts_memory_new(1, sizeof(*pages));

    pages->loop = loop;
    pages->upstream = upstream_new(loop);
    map_init(&pages->by_key);
    return pages;
}

/* ---- what is kept */

static void page_free(struct page *page)
{
    for (struct http_header *header = page->headers; header->name; header++) {
        ts_memory_free((char *)header->name);
        ts_memory_free((char *)header->value);
    }
    ts_memory_free(page->key);
    ts_memory_free(page->content_type);
    ts_memory_free(page->cache_control);
    ts_memory_free(page->etag);
    ts_memory_free(page->body);
    ts_memory_free(page);
}

static void unlink_page(struct pages *pages, struct page *page)
{
    *(page->newer ? &page->newer->older : &pages->newest) = page->older;
    *(page->older ? &page->older->newer : &pages->oldest) = page->newer;
}

static void link_newest(struct pages *pages, struct page *page)
{
    page->newer = NULL;
    page->older = pages->newest;
    *(pages->newest ? &pages->newest->newer : &pages->oldest) = page;
    pages->newest = page;
}

static void drop(struct pages *pages, struct page *page)
{
    (void)map_take(&pages->by_key, page->key);
    unlink_page(pages, page);
    pages->stats.bytes -= page->body_size + KEPT_OVERHEAD;
    page_free(page);
}

void pages_free(struct pages *pages)
{
    if (!pages)
        return;
    while (pages->oldest)
        drop(pages, pages->oldest);
    map_done(&pages->by_key);
    upstream_free(pages->upstream);
    ts_memory_free(pages);
}

void pages_move(struct pages *pages, uint16_t port)
{
    upstream_move(pages->upstream, port);
}

void pages_stats(const struct pages *pages, struct pages_stats *ret_stats)
{
    *ret_stats = pages->stats;
}

/* For how many seconds anybody may be shown it; 0: nobody may. What gives a browser a cookie is for that one alone. */
static int64_t shared_seconds(const struct http_reply *reply)
{
    const char *words = reply->cache_control, *at;

    if (!words || strncmp(words, "public", 6) != 0 || (reply->status != 200 && reply->status != 404))
        return 0;
    for (const struct http_header *header = reply->headers; header->name; header++)
        if (strcmp(header->name, "set-cookie") == 0)
            return 0;
    at = strstr(words, "s-maxage=");
    if (at)
        return strtoll(at + strlen("s-maxage="), NULL, 10);
    return strstr(words, "immutable") ? IMMUTABLE_S : 0;
}

static char *copy_or_null(const char *text)
{
    return text ? ts_memory_string(text) : NULL;
}

static void keep(struct pages *pages, const char *key, const struct http_reply *reply)
{
    int64_t seconds = shared_seconds(reply), now_ms = loop_now_ms(pages->loop);
    struct page *before = map_find(&pages->by_key, key), *page;

    if (before)
        drop(pages, before);
    if (seconds <= 0 || reply->body_size > KEPT_ONE_MAX)
        return;
    page = ts_memory_new(1, sizeof(*page));
    page->key = ts_memory_string(key);
    page->status = reply->status;
    page->content_type = copy_or_null(reply->content_type);
    page->cache_control = copy_or_null(reply->cache_control);
    for (size_t i = 0; reply->headers[i].name; i++) {
        page->headers[i].name = ts_memory_string(reply->headers[i].name);
        page->headers[i].value = ts_memory_string(reply->headers[i].value);
        if (strcmp(reply->headers[i].name, "etag") == 0)
            page->etag = ts_memory_string(reply->headers[i].value);
    }
    page->body = ts_memory_new(1, reply->body_size + 1);
    memcpy(page->body, reply->body, reply->body_size);
    page->body_size = reply->body_size;
    page->made_ms = now_ms;
    page->fresh_until_ms = now_ms + seconds * 1000;
    (void)map_put(&pages->by_key, page->key, page); /* it was dropped above */
    link_newest(pages, page);
    pages->stats.bytes += page->body_size + KEPT_OVERHEAD;
    while (pages->stats.bytes > KEPT_BYTES_MAX)
        drop(pages, pages->oldest);
}

/* ---- answers */

static void answer_kept(struct pages *pages, struct http_request *request, struct page *page)
{
    struct ts_arena *arena = &request->arena;
    bool unchanged = page->etag && request->if_none_match && strcmp(page->etag, request->if_none_match) == 0;
    struct http_reply reply = { .status = unchanged ? 304 : page->status };

    unlink_page(pages, page);
    link_newest(pages, page);
    pages->stats.kept++;
    reply.content_type = page->content_type ? ts_strdup(arena, page->content_type) : NULL;
    reply.cache_control = ts_strdup(arena, page->cache_control);
    for (size_t i = 0; page->headers[i].name; i++)
        reply.headers[i] =
            (struct http_header){ ts_strdup(arena, page->headers[i].name), ts_strdup(arena, page->headers[i].value) };
    if (!unchanged) {
        reply.body = ts_memdup(arena, page->body, page->body_size);
        reply.body_size = page->body_size;
    }
    http_reply(request, &reply);
}

static void answer_shell(struct pages *pages, struct http_request *request)
{
    struct http_reply reply = {
        .status = 503,
        .content_type = "text/html; charset=utf-8",
        .body = shell_page(&request->arena, request->path),
        .headers = { { "retry-after", "5" },
                     { "content-security-policy", "default-src 'none'; frame-ancestors 'none'" } },
    };

    reply.body_size = strlen(reply.body);
    pages->stats.away++;
    http_reply(request, &reply);
}

/* What we say ourselves, or is between two hops. */
static bool is_ours(const char *name)
{
    static const char *const names[] = { "content-length", "connection",        "keep-alive",
                                         "date",           "transfer-encoding", "x-content-type-options" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static struct http_reply reply_of(const struct upstream_answer *answer)
{
    struct http_reply reply = { .status = answer->status, .body = answer->body, .body_size = answer->body_size };
    size_t count = 0;

    for (const struct http_header *header = answer->headers; header->name; header++) {
        if (strcmp(header->name, "content-type") == 0)
            reply.content_type = header->value;
        else if (strcmp(header->name, "cache-control") == 0)
            reply.cache_control = header->value;
        else if (!is_ours(header->name) && count < HTTP_REPLY_HEADERS_MAX)
            reply.headers[count++] = *header;
    }
    return reply;
}

/* ---- asking */

/* A name and a port, and nothing that could be taken for more. */
static const char *host_of(const struct http_request *request)
{
    const char *host = request->host;
    size_t size = host ? strlen(host) : 0;

    if (size == 0 || size > NAME_MAX_SIZE ||
        strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                     "0123456789.-:[]_") != size)
        return "localhost";
    return host;
}

static const char *target_of(struct http_request *request)
{
    return request->query ? ts_printf(&request->arena, "%s?%s", request->path, request->query) : request->path;
}

static int ask(struct pages *pages, struct http_request *request, const char *target, bool gzip,
               struct upstream_answer *ret_answer)
{
    bool is_form = request->method == HTTP_POST;
    int64_t deadline_ms = loop_now_ms(pages->loop) + ASK_MS_MAX;
    const char *cookies = cookie_ours(&request->arena, request->cookie);
    struct http_header headers[ASK_HEADERS_MAX + 1] = { { "host", host_of(request) } };
    struct upstream_request asked;

    http_header_add(headers, ASK_HEADERS_MAX, "accept-encoding", gzip ? "gzip" : "identity");
    if (request->is_tls)
        http_header_add(headers, ASK_HEADERS_MAX, "x-forwarded-proto", "https");
    if (strcmp(request->client, "local") != 0)
        http_header_add(headers, ASK_HEADERS_MAX, "x-forwarded-for", request->client);
    if (is_form && request->content_type)
        http_header_add(headers, ASK_HEADERS_MAX, "content-type", request->content_type);
    if (is_form && request->origin)
        http_header_add(headers, ASK_HEADERS_MAX, "origin", request->origin);
    if (is_form && request->fetch_site)
        http_header_add(headers, ASK_HEADERS_MAX, "sec-fetch-site", request->fetch_site);
    if (cookies)
        http_header_add(headers, ASK_HEADERS_MAX, "cookie", cookies);
    asked.method = is_form ? "POST" : "GET";
    asked.target = target;
    asked.headers = headers;
    asked.body = request->body;
    asked.body_size = is_form ? request->body_size : 0;
    asked.deadline_ms = deadline_ms < request->deadline_ms ? deadline_ms : request->deadline_ms;
    return upstream_ask(pages->upstream, &request->arena, &asked, ret_answer);
}

static void answer_anew(struct pages *pages, struct http_request *request, const char *key, const char *target,
                        bool gzip)
{
    struct page *page = map_find(&pages->by_key, key);
    struct upstream_answer answer;
    struct http_reply reply;
    int r;

    if (page)
        page->asked = true;
    r = ask(pages, request, target, gzip, &answer);
    page = map_find(&pages->by_key, key); /* another may have come meanwhile */
    if (page)
        page->asked = false;
    if (page && (r || answer.status >= 500) && loop_now_ms(pages->loop) - page->made_ms < STALE_MS_MAX) {
        answer_kept(pages, request, page);
    } else if (r) {
        answer_shell(pages, request);
    } else {
        pages->stats.asked++;
        reply = reply_of(&answer);
        keep(pages, key, &reply);
        if (reply.status == 200 && request->if_none_match && (page = map_find(&pages->by_key, key)))
            answer_kept(pages, request, page); /* it may be unchanged */
        else
            http_reply(request, &reply);
    }
}

static void answer_form(struct pages *pages, struct http_request *request)
{
    struct upstream_answer answer;
    struct http_reply reply;

    if (ask(pages, request, target_of(request), media_type_takes_gzip(request->accept_encoding), &answer)) {
        answer_shell(pages, request);
        return;
    }
    pages->stats.asked++;
    reply = reply_of(&answer);
    http_reply(request, &reply);
}

bool pages_serve(struct pages *pages, struct http_request *request)
{
    bool gzip;
    const char *target, *key;
    struct page *page;

    if (!pages || request->method == HTTP_OPTIONS || request->method == HTTP_OTHER)
        return false;
    request->route = "pages";
    if (request->method == HTTP_POST) {
        answer_form(pages, request);
        return true;
    }
    gzip = media_type_takes_gzip(request->accept_encoding);
    target = target_of(request);
    key = ts_printf(&request->arena, "%s %s %s", gzip ? "gzip" : "identity", host_of(request), target);
    page = map_find(&pages->by_key, key);
    if (page && (page->asked || loop_now_ms(pages->loop) < page->fresh_until_ms))
        answer_kept(pages, request, page);
    else
        answer_anew(pages, request, key, target, gzip);
    return true;
}
