/*
 * The door's documents. An admission is keyed by list and ticket, so that two scanners meet in its next version; it has
 * an entry in index "inside" only while the ticket is, so that counting who is inside is a count of entries.
 */
#include "store.h"

#include "tessera/cleanup.h"
#include "tessera/limits.h"

enum { LISTS_PER_EVENT_MAX = 200, INSIDE_MAX = TS_QUOTA_SIZE_MAX };

const struct ts_collection check_in_lists = {
    .name = "check_in_lists",
    .message = &door__check_in_list__descriptor,
    .indexes = { { "event", { "event_id", "created_at_ms" } } },
};

const struct ts_collection admissions = {
    .name = "admissions",
    .message = &door__admission__descriptor,
    .indexes = { { "inside", { "list_id", "inside" } } },
    .quiet = true, /* the scans themselves are the trail */
};

const struct ts_collection check_ins = {
    .name = "check_ins",
    .message = &door__check_in__descriptor,
    .indexes = { { "list", { "list_id", "recorded_at_ms" } }, { "ticket", { "ticket_id", "recorded_at_ms" } } },
};

int list_get(struct ts_call *call, const char *id, const Door__CheckInList **ret_list)
{
    return ts_store_get_body(call, &check_in_lists, id, (const ProtobufCMessage **)ret_list, NULL);
}

int check_in_get(struct ts_call *call, const char *id, const Door__CheckIn **ret_check_in)
{
    return ts_store_get_body(call, &check_ins, id, (const ProtobufCMessage **)ret_check_in, NULL);
}

int admission_get(struct ts_call *call, const char *list_id, const char *ticket_id, struct admission *ret_admission)
{
    const char *key = ts_printf(call->arena, "%s/%s", list_id, ticket_id);
    struct ts_doc doc;
    int r = ts_store_get(call, &admissions, key, &doc);

    if (r == 0)
        *ret_admission = (struct admission){ key, (const Door__Admission *)doc.body, doc.version };
    return r;
}

int scan_write(struct ts_call *call, const struct admission *admission, const Door__Admission *next,
               const Door__CheckIn *check_in)
{
    struct ts_write writes[2];
    size_t count = 0;
    int r;

    if (next)
        writes[count++] = (struct ts_write){ &admissions, admission->key, admission->version, &next->base, 0 };
    writes[count++] = (struct ts_write){ &check_ins, check_in->id, 0, &check_in->base, 0 };
    r = ts_store_write(call, writes, count, TS_WRITE_ORDERED);
    if (r)
        return r;
    for (size_t i = 0; i < count; i++)
        if (writes[i].result != TS_WRITE_OK)
            return TS_WRITE_CONFLICT;
    return 0;
}

int lists_of_event(struct ts_call *call, const char *event_id, struct ts_page *ret_page)
{
    struct ts_scan scan = {
        .collection = &check_in_lists, .index = "event", .equal = { TS_STRING(event_id) }, .limit = LISTS_PER_EVENT_MAX
    };

    return ts_store_scan(call, &scan, ret_page);
}

int list_count_inside(struct ts_call *call, const char *list_id, int64_t *ret_count)
{
    struct ts_scan scan = { .collection = &admissions, .index = "inside", .equal = { TS_STRING(list_id), TS_INT(1) } };

    return ts_store_count(call, &scan, INSIDE_MAX, ret_count);
}

struct ts_scan list_scans(const char *list_id)
{
    return (struct ts_scan){
        .collection = &check_ins, .index = "list", .equal = { TS_STRING(list_id) }, .descending = true
    };
}

struct ts_scan ticket_scans(const char *ticket_id)
{
    return (struct ts_scan){ .collection = &check_ins,
                             .index = "ticket",
                             .equal = { TS_STRING(ticket_id) },
                             .descending = true,
                             .limit = TS_PAGE_SIZE_MAX };
}

struct ts_scan recorded_scans(const char *list_id, int64_t from_ms)
{
    return (struct ts_scan){ .collection = &check_ins,
                             .index = "list",
                             .equal = { TS_STRING(list_id) },
                             .from = TS_INT(from_ms),
                             .limit = TS_SCAN_MAX,
                             .keys_only = true };
}

int check_ins_get(struct ts_call *call, const char *const *ids, size_t count, Door__CheckIn **ret_check_ins)
{
    struct ts_doc *docs = TS_NEW_ARRAY(call->arena, struct ts_doc, count);
    int r = count ? ts_store_get_many(call, &check_ins, ids, count, docs) : 0;

    for (size_t i = 0; r == 0 && i < count; i++)
        ret_check_ins[i] = (Door__CheckIn *)docs[i].body;
    return r;
}
