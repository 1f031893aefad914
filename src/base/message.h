/* Deep copies of messages into one piece of memory. */
#ifndef BASE_MESSAGE_H
#define BASE_MESSAGE_H

#include "tessera/arena.h"

/* How many bytes a copy takes. */
size_t message_copy_size(const ProtobufCMessage *message);

/*
 * Copy into `memory` of message_copy_size() bytes, aligned to 16; the copy begins there. What packing leaves out (a
 * value without its has_, an empty string that is no optional one) the copy has as unpacking leaves it; unknown fields
 * are kept.
 */
ProtobufCMessage *message_copy(const ProtobufCMessage *message, void *memory);

#endif
