/* Deep copies of messages into one piece of memory. */
#ifndef BASE_MESSAGE_H
#define BASE_MESSAGE_H

#include "tessera/arena.h"

/*
 * Copy into `memory`, aligned to 16, where the copy begins. What packing leaves out (a value without its has_, an empty
 * string that is no optional one) the copy has as unpacking leaves it; unknown fields are kept.
 * Return: how many bytes the copy takes. When that is more than `size` there is none, and what is in memory is nothing.
 */
size_t message_copy(const ProtobufCMessage *message, void *memory, size_t size);

#endif
