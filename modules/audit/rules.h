/* What of a document an audit may show. Pure: messages in, changes out. */
#ifndef AUDIT_RULES_H
#define AUDIT_RULES_H

#include <stdbool.h>

#include "audit/v1/audit.pb-c.h"
#include "tessera/arena.h"

/*
 * The fields in which two versions of a message differ; `before` NULL: all that `after` sets; `after` NULL: erased.
 * Return: their number, and *ret_changes in the arena.
 */
size_t changes_of(struct ts_arena *arena, const ProtobufCMessage *before, const ProtobufCMessage *after,
                  Audit__AuditChange ***ret_changes);

/* True for a field of this message whose value nobody reads here: a secret, or personal. */
bool field_is_hidden(const ProtobufCMessage *message, const char *name);

/* A string field of a message, or NULL when it has none of this name or it is not set. */
const char *message_string(const ProtobufCMessage *message, const char *name);

#endif
