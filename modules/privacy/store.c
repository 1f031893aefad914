/* Documents and their keys; see store.h. */
#include "store.h"

#include "tessera/clock.h"
#include "tessera/id.h"

const struct ts_collection privacy_erasures = {
    .name = "erasures",
    .message = &privacy__erasure__descriptor,
    .indexes = { { "due", { "due_ms" } }, { "organizer", { "organizer_id" } } },
    .personal = true,
};

static const struct ts_collection retentions = {
    .name = "retentions",
    .message = &privacy__retention__descriptor,
    .indexes = { { "organizer", { "organizer_id" } } },
};

const struct ts_collection privacy_rounds = {
    .name = "retention_rounds",
    .message = &privacy__round__descriptor,
    .indexes = { { "due", { "due_ms" } } },
    .quiet = true,
};

static const struct ts_collection swept_events = {
    .name = "swept_events",
    .message = &privacy__swept__descriptor,
    .quiet = true,
};

const struct ts_collection *const privacy_collections[] = { &privacy_erasures, &retentions, &privacy_rounds,
                                                            &swept_events, NULL };

const char round_id[] = "round";

static int put(struct ts_call *call, const struct ts_collection *collection, const char *id,
               const ProtobufCMessage *body, int64_t version)
{
    int r = version ? ts_store_put(call, collection, id, version, body) : ts_store_insert(call, collection, id, body);

    return r == TS_WRITE_CONFLICT ? STORE_CONFLICT : r;
}

int store_get_erasure(struct ts_call *call, const char *id, const Privacy__Erasure **ret_erasure, int64_t *ret_version)
{
    const ProtobufCMessage *body = NULL;
    int r = ts_store_get_body(call, &privacy_erasures, id, &body, ret_version);

    *ret_erasure = (const Privacy__Erasure *)body;
    return r;
}

int store_put_erasure(struct ts_call *call, const Privacy__Erasure *erasure, int64_t version)
{
    return put(call, &privacy_erasures, erasure->id, &erasure->base, version);
}

int store_forget(struct ts_call *call, const char *erasure_id)
{
    static const char *const parts[] = { "addresses" };

    return ts_store_erase_parts(call, &privacy_erasures, erasure_id, parts, 1);
}

int store_get_retention(struct ts_call *call, const char *organizer_id, const Privacy__Retention **ret_retention,
                        int64_t *ret_version)
{
    const ProtobufCMessage *body = NULL;
    int r = ts_store_get_body(call, &retentions, ts_id_sibling(call, organizer_id, "ret"), &body, ret_version);

    *ret_retention = (const Privacy__Retention *)body;
    return r;
}

int store_put_retention(struct ts_call *call, const Privacy__Retention *retention, int64_t version)
{
    return put(call, &retentions, retention->id, &retention->base, version);
}

int store_get_swept(struct ts_call *call, const char *event_id, const Privacy__Swept **ret_swept, int64_t *ret_version)
{
    const ProtobufCMessage *body = NULL;
    int r = ts_store_get_body(call, &swept_events, event_id, &body, ret_version);

    *ret_swept = (const Privacy__Swept *)body;
    return r;
}

int store_put_swept(struct ts_call *call, const Privacy__Swept *swept, int64_t version)
{
    return put(call, &swept_events, swept->event_id, &swept->base, version);
}

int store_get_round(struct ts_call *call, const Privacy__Round **ret_round, int64_t *ret_version)
{
    const ProtobufCMessage *body = NULL;
    int r = ts_store_get_body(call, &privacy_rounds, round_id, &body, ret_version);

    *ret_round = (const Privacy__Round *)body;
    return r;
}

int store_put_round(struct ts_call *call, const Privacy__Round *round, int64_t version)
{
    return put(call, &privacy_rounds, round_id, &round->base, version);
}
