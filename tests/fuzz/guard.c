/*
 * What the gateway reads of a request by itself: its raw header block, its query string, its media types. The first
 * byte chooses.
 */
#include "fuzz.h"

#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "gateway/etag.h"
#include "gateway/guard.h"
#include "gateway/media_type.h"
#include "gateway/query_string.h"

/* How many lines of the block begin with `name`, as another reader would count them. */
static unsigned lines_with(const char *block, const char *end, const char *name)
{
    unsigned count = 0;

    for (const char *at = block; (at = memchr(at, '\n', (size_t)(end - at)));)
        count += (size_t)(end - ++at) > strlen(name) && strncasecmp(at, name, strlen(name)) == 0;
    return count;
}

/* A block that passes ends at its first empty line, says once where the body ends, and depends on no byte behind. */
static void check_guard(struct ts_arena *arena, const uint8_t *data, size_t size)
{
    const char *block = (const char *)data, *end;
    int status = 0;
    const char *problem = guard_check(block, size, &status);

    (void)arena;
    CLAIM(!problem || status == 400 || status == 411);
    if (problem)
        return;
    end = memmem(block + 2, size - 2, "\r\n\r\n", 4); /* behind the empty line that may come first */
    CLAIM(end);
    end += 4;
    CLAIM(!guard_check(block, (size_t)(end - block), &status) &&
          guard_check(block, (size_t)(end - block) - 1, &status));
    CLAIM(lines_with(block, end, "host:") <= 1 && lines_with(block, end, "content-length:") <= 1);
    CLAIM(lines_with(block, end, "transfer-encoding:") == 0);
    for (const char *at = block; at < end; at++)
        CLAIM(*at && (*at != '\n' || (at > block && at[-1] == '\r')) && (*at != '\r' || at[1] == '\n'));
}

static void add_parameter(struct buf *buf, const char *name, const char *value)
{
    if (!value)
        return;
    buf_printf(buf, "&%s=", name);
    for (; *value; value++)
        buf_printf(buf, "%%%02x", (unsigned char)*value);
}

static bool same(const char *left, const char *right)
{
    return left && right ? strcmp(left, right) == 0 : left == right;
}

static void check_query_string(struct ts_arena *arena, const uint8_t *data, size_t size)
{
    struct query_string query, again;
    char *text = fuzz_string(data, size);
    struct buf buf;

    buf_init(&buf, 1 << 20);
    if (query_string_parse(arena, text, &query) == 0) {
        CLAIM(!query.query || utf8_is_text(query.query, strlen(query.query)));
        CLAIM(!query.variables || utf8_is_text(query.variables, strlen(query.variables)));
        add_parameter(&buf, "query", query.query);
        add_parameter(&buf, "variables", query.variables);
        add_parameter(&buf, "operationName", query.operation_name);
        add_parameter(&buf, "extensions", query.extensions);
        add_parameter(&buf, "documentId", query.document_id);
        buf_add_char(&buf, '\0');
        CLAIM(query_string_parse(arena, buf.data, &again) == 0);
        CLAIM(same(query.query, again.query) && same(query.variables, again.variables));
        CLAIM(same(query.operation_name, again.operation_name));
        CLAIM(same(query.extensions, again.extensions) && same(query.document_id, again.document_id));
    }
    buf_done(&buf);
    free(text);
}

/* Whatever a client says that it has, it may say that it has this too; an encoding we do not know changes nothing. */
static void check_lists(struct ts_arena *arena, const char *text)
{
    static const char tag[] = "W/\"5f2a\"";

    CLAIM(etag_matches(ts_printf(arena, "\"5f2a\", %s", text), tag));
    CLAIM(etag_matches(ts_printf(arena, "\"x\", %s", text), tag) == etag_matches(text, tag));
    CLAIM(media_type_takes_gzip(ts_printf(arena, "br;q=0.1, %s", text)) == media_type_takes_gzip(text));
}

/* Blanks around mean nothing; a type that is not ours, added to a list, takes nothing away. */
static void check_media_type(struct ts_arena *arena, const uint8_t *data, size_t size)
{
    char *text = fuzz_string(data, size);

    CLAIM(media_type_is_json(text) == media_type_is_json(ts_printf(arena, " %s\t", text)));
    CLAIM(!media_type_is_page(text) || media_type_is_page(ts_printf(arena, "%s, image/png", text)));
    CLAIM(!media_type_takes_gzip(text) || media_type_takes_gzip(ts_printf(arena, "%s, br", text)));
    if (*text)
        CLAIM(media_type_negotiate(text) == media_type_negotiate(ts_printf(arena, "text/html, %s ", text)));
    check_lists(arena, text);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const checks[])(struct ts_arena *, const uint8_t *, size_t) = {
        check_guard,
        check_query_string,
        check_media_type,
    };
    struct ts_arena arena;

    if (size == 0)
        return 0;
    arena_init(&arena);
    checks[data[0] % 3](&arena, data + 1, size - 1);
    arena_done(&arena);
    return 0;
}
