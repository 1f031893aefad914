/* Messages of any kind and any contents, by rand(): also values where has_ says that there is none. */
#ifndef SUPPORT_ANY_H
#define SUPPORT_ANY_H

#include "tessera/arena.h"

/* 0 to `sides` - 1. */
unsigned any_roll(unsigned sides);

ProtobufCMessage *any_message(struct ts_arena *arena, const ProtobufCMessageDescriptor *descriptor);

#endif
