/* One page of an organizer's audit: gather, sort, cut after the cursor, compare. */
#include "api.h"

#include <stdlib.h>
#include <string.h>

#include "rules.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/limits.h"
#include "tessera/reply.h"
#include "tessera/right.h"
#include "tessera/sign.h"

static int by_newest(const void *left, const void *right)
{
    const struct ts_doc *a = &((const struct version *)left)->doc, *b = &((const struct version *)right)->doc;
    int order = strcmp(b->id, a->id);

    if (a->written_at_ms != b->written_at_ms)
        return a->written_at_ms > b->written_at_ms ? -1 : 1;
    if (order)
        return order;
    return a->version == b->version ? 0 : a->version > b->version ? -1 : 1;
}

static char *cursor_of(struct ts_call *call, const struct ts_doc *doc)
{
    const char *place =
        ts_printf(call->arena, "%lld.%lld.%s", (long long)doc->written_at_ms, (long long)doc->version, doc->id);

    return ts_base64url_encode(call, place, strlen(place));
}

/* Return: 0 and the place, which has nothing else of a version; TS_EINVALID with its words. */
static int cursor_parse(struct ts_call *call, const char *cursor, struct version *ret_place)
{
    size_t size = 0;
    const uint8_t *bytes = ts_base64url_decode(call, cursor, &size);
    const char *at = bytes ? ts_strndup(call->arena, (const char *)bytes, size) : "";
    char *end;

    ret_place->doc.written_at_ms = strtoll(at, &end, 10);
    if (end == at || *end != '.')
        return ts_fail(call, TS_EINVALID, "`after` is no cursor of this list.");
    at = end + 1;
    ret_place->doc.version = strtoll(at, &end, 10);
    if (end == at || *end != '.')
        return ts_fail(call, TS_EINVALID, "`after` is no cursor of this list.");
    ret_place->doc.id = end + 1;
    return 0;
}

static Audit__AuditEdge *edge_of(struct ts_call *call, const struct version *version)
{
    Audit__AuditEdge *edge = TS_NEW(call->arena, Audit__AuditEdge);
    Audit__AuditEntry *entry = TS_NEW(call->arena, Audit__AuditEntry);

    audit__audit_edge__init(edge);
    audit__audit_entry__init(entry);
    edge->cursor = cursor_of(call, &version->doc);
    edge->node = entry;
    entry->has_at_ms = entry->has_version = true;
    entry->at_ms = version->doc.written_at_ms;
    entry->version = (int32_t)version->doc.version;
    entry->actor = (char *)version->doc.actor;
    entry->operation = (char *)version->doc.operation;
    entry->object_id = (char *)version->doc.id;
    entry->n_changes = changes_of(call->arena, version->before, version->doc.body, &entry->changes);
    return edge;
}

static Audit__AuditConnection *page_of(struct ts_call *call, const struct versions *versions, size_t first, size_t size)
{
    Audit__AuditConnection *connection = TS_NEW(call->arena, Audit__AuditConnection);
    size_t count;

    audit__audit_connection__init(connection);
    connection->edges = TS_NEW_ARRAY(call->arena, Audit__AuditEdge *, size);
    for (size_t i = first; i < versions->count && i < first + size; i++)
        connection->edges[connection->n_edges++] = edge_of(call, &versions->items[i]);
    count = connection->n_edges;
    connection->page_info =
        ts_page_info_new(call, first > 0, first + size < versions->count, count ? connection->edges[0]->cursor : NULL,
                         count ? connection->edges[count - 1]->cursor : NULL);
    return connection;
}

/* Keep what this one did; NULL: what anybody did. */
static void keep_actors(struct versions *versions, const char *actor)
{
    size_t kept = 0;

    for (size_t i = 0; i < versions->count; i++) {
        if (!actor || strcmp(versions->items[i].doc.actor, actor) == 0)
            versions->items[kept++] = versions->items[i];
    }
    versions->count = kept;
}

/* One organizer's page. */
static int audit_of(struct ts_call *call, const Audit__ListAuditRequest *request, const char *organizer_id, size_t size,
                    Audit__AuditConnection **ret_connection)
{
    struct versions versions = { 0 };
    struct version place = { .doc.id = "" };
    size_t first = 0;
    int r = request->after ? cursor_parse(call, request->after, &place) : 0;

    if (r == 0)
        r = versions_gather(call, organizer_id, request->object_id, &versions);
    if (r)
        return r;
    keep_actors(&versions, request->actor);
    if (versions.count)
        qsort(versions.items, versions.count, sizeof(versions.items[0]), by_newest);
    while (request->after && first < versions.count && by_newest(&versions.items[first], &place) <= 0)
        first++;
    *ret_connection = page_of(call, &versions, first, size);
    (*ret_connection)->organizer_id = (char *)organizer_id;
    return 0;
}

int list_audit(struct ts_call *call, const Audit__ListAuditRequest *request, Audit__ListAuditReply *ret_reply)
{
    int32_t size = request->has_first ? request->first : TS_PAGE_SIZE_DEFAULT;

    if (size < 1 || size > TS_PAGE_SIZE_MAX)
        return ts_fail(call, TS_EINVALID, "`first` must be between 1 and %d.", TS_PAGE_SIZE_MAX);
    ret_reply->connections = TS_NEW_ARRAY(call->arena, Audit__AuditConnection *, request->n_organizer_ids);
    for (size_t i = 0; i < request->n_organizer_ids; i++) {
        int r = ts_require(call, TS_RIGHT_AUDIT, request->organizer_ids[i], /* event_id= */ NULL);

        if (r == TS_EDENIED && ts_is_of_many(request->grant))
            continue;
        if (r == 0)
            r = audit_of(call, request, request->organizer_ids[i], (size_t)size,
                         &ret_reply->connections[ret_reply->n_connections]);
        if (r)
            return r;
        ret_reply->n_connections++;
    }
    return 0;
}
