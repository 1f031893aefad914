/* What is under ts_message_pack(): messages packed by their descriptors, to the bytes that protobuf-c makes of them. */
#ifndef BASE_MESSAGE_PACK_H
#define BASE_MESSAGE_PACK_H

#include "tessera/arena.h"

/*
 * Pack to the end of the `size` bytes at `room`.
 * Return: how many bytes it takes. When that is more than `size`, what is in the room is nothing.
 */
size_t message_pack(const ProtobufCMessage *message, uint8_t *room, size_t size);

#endif
