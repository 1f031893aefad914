/* The versions that an organizer's audit is made of. */
#ifndef AUDIT_STORE_H
#define AUDIT_STORE_H

#include "tessera/store.h"

/* A version and the one before it (its body is NULL for a first one). */
struct version {
    struct ts_doc doc;
    const ProtobufCMessage *before;
};

struct versions {
    struct version *items; /* in call->arena */
    size_t count, capacity;
};

/* All versions of the organizer's documents, or of one of them. In no order. Return: 0; a ts_error. */
int versions_gather(struct ts_call *call, const char *organizer_id, const char *object_id,
                    struct versions *ret_versions);

#endif
