/* Protobuf structs read through their descriptors, without copies. */
#ifndef GRAPHQL_EXECUTION_MESSAGE_H
#define GRAPHQL_EXECUTION_MESSAGE_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "common/v1/common.pb-c.h"
#include "graphql/rules.h"
#include "tessera/arena.h"

/* Strings and messages are pointers, and a NULL says that they are not set. */
static inline bool member_is_pointer(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE;
}

static inline bool member_is_set(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const void *quantifier = (const char *)message + field->quantifier_offset;

    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        return *(const uint32_t *)quantifier == field->id;
    return member_is_pointer(field) || field->label != PROTOBUF_C_LABEL_OPTIONAL ||
           *(const protobuf_c_boolean *)quantifier;
}

/* The member's memory; NULL when it is not set. Not for repeated fields. */
static inline const void *message_member(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const void *at = (const char *)message + field->offset;

    if (!member_is_set(message, field) || (member_is_pointer(field) && !*(const void *const *)at))
        return NULL;
    return at;
}

static inline const ProtobufCMessage *message_child(const ProtobufCMessage *message,
                                                    const ProtobufCFieldDescriptor *field)
{
    const void *at = message_member(message, field);

    return at ? *(const ProtobufCMessage *const *)at : NULL;
}

/* Count and elements of a repeated field. */
static inline size_t message_list(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                                  const void **ret_elements)
{
    *ret_elements = *(const void *const *)((const char *)message + field->offset);
    return *(const size_t *)((const char *)message + field->quantifier_offset);
}

size_t message_element_size(const ProtobufCFieldDescriptor *field);

/*
 * What a path leads to. `element` is the field whose type the memory has; NULL: the memory is an array of pointers to
 * messages (list) or the message itself.
 */
struct found {
    const void *at; /* NULL: not set */
    size_t count;   /* of a list */
    const ProtobufCFieldDescriptor *element;
};

void path_find(struct ts_arena *arena, const struct path *path, const ProtobufCMessage *message,
               struct found *ret_found);

/* The message at `index` of a found list of messages. */
static inline const ProtobufCMessage *found_message(const struct found *found, size_t index)
{
    return ((const ProtobufCMessage *const *)found->at)[index];
}

/* A string found, or NULL. */
static inline const char *found_string(const struct found *found)
{
    return found->at ? *(const char *const *)found->at : NULL;
}

/* A path to one string, as those to keys are: what it is, or NULL. */
static inline const char *path_string(struct ts_arena *arena, const struct path *path, const ProtobufCMessage *message)
{
    struct found found;

    if (path->count == 1)
        found.at = message_member(message, path->steps[0]); /* most are one step */
    else
        path_find(arena, path, message, &found);
    return found_string(&found);
}

/* Return: what the reply refuses, or NULL. */
const Common__Refusal *reply_refusal(const struct rule *rule, const ProtobufCMessage *reply);

#endif
