/* Refusals: noted one by one during a handler, moved into its reply's `refusals` by the descriptor. */
#include <string.h>

#include "bus/inside.h"
#include "common/v1/common.pb-c.h"

struct ts_refusals {
    Common__Refusal **items;
    size_t count, room;
};

void refusals_share(struct ts_call *call)
{
    if (!call->refusals)
        call->refusals = TS_NEW(call->arena, struct ts_refusals);
}

static Common__Refusal **refusals_grow(struct ts_arena *arena, Common__Refusal **items, size_t count, size_t room)
{
    Common__Refusal **grown = TS_NEW_ARRAY(arena, Common__Refusal *, room);

    if (count)
        memcpy(grown, items, count * sizeof(*items));
    return grown;
}

/* "lines.0.quantity" as three strings. */
static void path_split(struct ts_arena *arena, const char *path, Common__Refusal *refusal)
{
    size_t count = 1;

    if (!path)
        return;
    for (const char *at = path; *at; at++)
        count += *at == '.';
    refusal->path = TS_NEW_ARRAY(arena, char *, count);
    while (refusal->n_path < count) {
        size_t size = strcspn(path, ".");

        refusal->path[refusal->n_path++] = ts_strndup(arena, path, size);
        path += size + 1;
    }
}

int ts_refuse(struct ts_call *call, int code, const char *path, const char *format, ...)
{
    Common__Refusal *refusal = TS_NEW(call->arena, Common__Refusal);
    struct ts_refusals *refusals;
    va_list args;

    refusals_share(call);
    refusals = call->refusals;
    if (refusals->count == refusals->room) {
        refusals->room = refusals->room ? refusals->room * 2 : 4;
        refusals->items = refusals_grow(call->arena, refusals->items, refusals->count, refusals->room);
    }
    common__refusal__init(refusal);
    refusal->has_code = true;
    refusal->code = (Common__ErrorCode)code;
    path_split(call->arena, path, refusal);
    va_start(args, format);
    refusal->message = ts_vprintf(call->arena, format, args);
    va_end(args);
    refusals->items[refusals->count++] = refusal;
    return TS_REFUSED;
}

unsigned ts_refusal_count(const struct ts_call *call)
{
    return call->refusals ? (unsigned)call->refusals->count : 0;
}

int refusals_attach(struct ts_call *call, ProtobufCMessage *reply)
{
    const ProtobufCFieldDescriptor *field;
    struct ts_refusals *refusals = call->refusals;
    Common__Refusal ***items;
    size_t *count;

    if (!ts_refusal_count(call))
        return 0;
    field = protobuf_c_message_descriptor_get_field_by_name(reply->descriptor, "refusals");
    if (!field || field->label != PROTOBUF_C_LABEL_REPEATED || field->descriptor != &common__refusal__descriptor)
        return ts_fail(call, TS_EINTERNAL, "%s has no place for refusals.", reply->descriptor->name);
    items = (Common__Refusal ***)(void *)((char *)reply + field->offset);
    count = (size_t *)(void *)((char *)reply + field->quantifier_offset);
    *items = refusals_grow(call->arena, *items, *count, *count + refusals->count); /* after those passed on */
    memcpy(*items + *count, refusals->items, refusals->count * sizeof(**items));
    *count += refusals->count;
    return 0;
}
