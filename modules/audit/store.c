/*
 * Reading what all modules wrote. A collection with an index that begins with organizer_id is walked by it, another
 * whole; a document is the organizer's if it names it, or is it.
 */
#include "store.h"

#include <string.h>

#include "rules.h"
#include "tessera/clock.h"
#include "tessera/limits.h"

enum { HISTORY_PAGE = 100 };

static bool doc_is_of(const struct ts_doc *doc, const char *organizer_id)
{
    const char *named;

    if (strcmp(doc->id, organizer_id) == 0)
        return true;
    named = doc->body ? message_string(doc->body, "organizer_id") : NULL;
    return named && strcmp(named, organizer_id) == 0;
}

static void versions_add(struct ts_call *call, struct versions *versions, const struct ts_doc *doc,
                         const ProtobufCMessage *before)
{
    if (versions->count == versions->capacity) {
        size_t capacity = versions->capacity ? 2 * versions->capacity : 64;
        struct version *items = TS_NEW_ARRAY(call->arena, struct version, capacity);

        if (versions->count)
            memcpy(items, versions->items, versions->count * sizeof(*items));
        versions->items = items;
        versions->capacity = capacity;
    }
    versions->items[versions->count++] = (struct version){ *doc, before };
}

/* Newest first, so each is followed by the one it is compared with. */
static int history_add(struct ts_call *call, const struct ts_collection *collection, const char *id,
                       struct versions *versions)
{
    struct ts_page page;
    struct ts_doc later = { 0 };
    int64_t before = 0;

    do {
        int r = ts_store_history(call, collection, id, before, HISTORY_PAGE, &page);

        if (r)
            return r;
        for (size_t i = 0; i < page.count; i++) {
            if (later.version)
                versions_add(call, versions, &later, page.docs[i].body);
            later = page.docs[i];
            before = later.version;
        }
        ts_yield(call);
    } while (page.more);
    if (later.version)
        versions_add(call, versions, &later, NULL);
    return 0;
}

static int doc_add(struct ts_call *call, const struct ts_collection *collection, const struct ts_doc *doc,
                   struct versions *versions)
{
    if (doc->version > 1)
        return history_add(call, collection, doc->id, versions);
    versions_add(call, versions, doc, NULL);
    return 0;
}

/* The walk over a collection that meets all of the organizer's documents. */
static struct ts_scan scan_of(const struct ts_collection *collection, const char *organizer_id)
{
    struct ts_scan scan = { .collection = collection, .limit = TS_SCAN_MAX };

    for (size_t i = 0; i < TS_INDEXES_MAX && collection->indexes[i].name; i++) {
        if (strcmp(collection->indexes[i].fields[0], "organizer_id") == 0) {
            scan.index = collection->indexes[i].name;
            scan.equal[0] = TS_STRING(organizer_id);
            break;
        }
    }
    return scan;
}

static int collection_add(struct ts_call *call, const struct ts_collection *collection, const char *organizer_id,
                          struct versions *versions)
{
    struct ts_scan scan = scan_of(collection, organizer_id);
    struct ts_page page;

    do {
        int r = ts_store_scan(call, &scan, &page);

        for (size_t i = 0; r == 0 && i < page.count; i++) {
            if (doc_is_of(&page.docs[i], organizer_id))
                r = doc_add(call, collection, &page.docs[i], versions);
            ts_yield(call);
        }
        if (r)
            return r;
        scan.cursor = page.cursor;
    } while (page.more);
    return 0;
}

static int object_add(struct ts_call *call, const struct ts_collection *collection, const char *organizer_id,
                      const char *object_id, struct versions *versions)
{
    struct ts_doc doc;
    int r = ts_store_get(call, collection, object_id, &doc);

    if (r || !doc.version || !doc_is_of(&doc, organizer_id))
        return r;
    return doc_add(call, collection, &doc, versions);
}

int versions_gather(struct ts_call *call, const char *organizer_id, const char *object_id,
                    struct versions *ret_versions)
{
    const struct ts_collection *collection;

    for (unsigned i = 0; (collection = ts_store_collection(call, i)); i++) {
        int r = object_id ? object_add(call, collection, organizer_id, object_id, ret_versions)
                          : collection_add(call, collection, organizer_id, ret_versions);

        if (r)
            return r;
    }
    return 0;
}
