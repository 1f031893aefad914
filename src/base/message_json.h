/* Messages as JSON, by their descriptors. */
#ifndef BASE_MESSAGE_JSON_H
#define BASE_MESSAGE_JSON_H

#include "base/buf.h"
#include "tessera/arena.h"

enum message_json {
    MESSAGE_JSON_EXACT,  /* numbers as they are stored */
    MESSAGE_JSON_PEOPLE, /* times as tessera/json.h says it */
};

/* Fields that are set, in the proto's order, by the proto's names. */
void message_json_write(struct buf *line, const ProtobufCMessage *message, enum message_json how);

#endif
