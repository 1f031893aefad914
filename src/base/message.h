/* Protobuf structs by their descriptors: what they hold, without copies, and copies of all of it. */
#ifndef BASE_MESSAGE_H
#define BASE_MESSAGE_H

#include <stdbool.h>

#include "tessera/arena.h"

/* Strings and messages are pointers, and a NULL says that they are not set. */
static inline bool member_is_pointer(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE;
}

static inline bool member_is_set(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const void *at = (const char *)message + field->offset;
    const void *quantifier = (const char *)message + field->quantifier_offset;

    if (member_is_pointer(field) && !*(const void *const *)at)
        return false;
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        return *(const uint32_t *)quantifier == field->id;
    return member_is_pointer(field) || field->label != PROTOBUF_C_LABEL_OPTIONAL ||
           *(const protobuf_c_boolean *)quantifier;
}

/* The member's memory; NULL when it is not set. Not for repeated fields. */
static inline const void *message_member(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return member_is_set(message, field) ? (const char *)message + field->offset : NULL;
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

/* The memory of one value, be it the member's or an element's of its list. */
size_t message_element_size(const ProtobufCFieldDescriptor *field);

/*
 * Copy into `memory`, aligned to 16, where the copy begins. What packing leaves out (a value without its has_) the copy
 * has as unpacking leaves it; unknown fields are kept. For messages of proto2, as all of ours are.
 * Return: how many bytes the copy takes. When that is more than `size` there is none, and what is in memory is nothing.
 */
size_t message_copy(const ProtobufCMessage *message, void *memory, size_t size);

#endif
