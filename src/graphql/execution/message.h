/* Paths through protobuf structs, followed by their descriptors, without copies. */
#ifndef GRAPHQL_EXECUTION_MESSAGE_H
#define GRAPHQL_EXECUTION_MESSAGE_H

#include "base/message.h"
#include "common/v1/common.pb-c.h"
#include "graphql/rules.h"
#include "tessera/arena.h"

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
