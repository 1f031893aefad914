/* Paths through protobuf structs; most are one step, and are followed in the header. */
#include "graphql/execution/message.h"

/* The rest of a path, after its repeated step, from each element: an array of pointers. */
static void find_below(struct ts_arena *arena, const struct path *path, unsigned from, struct found *found)
{
    const struct found list = *found;
    const ProtobufCFieldDescriptor *end = path->steps[path->count - 1];
    size_t size = message_element_size(end), count = 0;
    char *elements = ts_alloc_array(arena, list.count, size);

    for (size_t i = 0; i < list.count; i++) {
        const ProtobufCMessage *message = found_message(&list, i);
        const void *at = NULL;

        for (unsigned step = from; step < path->count && message; step++) {
            at = message_member(message, path->steps[step]);
            message =
                at && path->steps[step]->type == PROTOBUF_C_TYPE_MESSAGE ? *(const ProtobufCMessage *const *)at : NULL;
        }
        if (at)
            __builtin_memcpy(elements + size * count++, at, size);
    }
    *found = (struct found){ elements, count, end };
}

void path_find(struct ts_arena *arena, const struct path *path, const ProtobufCMessage *message,
               struct found *ret_found)
{
    *ret_found = (struct found){ .at = message };
    for (unsigned i = 0; i < path->count; i++) {
        const ProtobufCFieldDescriptor *field = path->steps[i];

        ret_found->element = field;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            ret_found->count = message_list(message, field, &ret_found->at);
            if (!ret_found->count)
                ret_found->at = "";
            if (i + 1 < path->count)
                find_below(arena, path, i + 1, ret_found);
            return;
        }
        ret_found->at = message_member(message, field);
        if (!ret_found->at)
            return;
        if (field->type == PROTOBUF_C_TYPE_MESSAGE)
            message = *(const ProtobufCMessage *const *)ret_found->at;
    }
}

const Common__Refusal *reply_refusal(const struct rule *rule, const ProtobufCMessage *reply)
{
    const void *elements;

    if (!rule->refusals || !message_list(reply, rule->refusals, &elements))
        return NULL;
    return ((const Common__Refusal *const *)elements)[0];
}
