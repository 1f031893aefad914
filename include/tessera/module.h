/*
 * What a module is: a table of contents. Its module.c exports one struct ts_module and nothing else;
 * modules/meson.build lists the modules in start order.
 */
#ifndef TESSERA_MODULE_H
#define TESSERA_MODULE_H

#include "tessera/bus.h"
#include "tessera/store.h"

/*
 * A served protobuf service. The build makes `<package>_service` (one typed row {handler, deadline_ms} per rpc) and
 * `<package>_dispatch` from each proto; TS_SERVICE joins them. A row without a handler stops the start.
 */
typedef int ts_dispatch(const void *rows, unsigned method_index, struct ts_call *call, const ProtobufCMessage *request,
                        ProtobufCMessage *reply);
typedef int ts_deadline(const void *rows, unsigned method_index);

struct ts_service {
    const ProtobufCServiceDescriptor *descriptor; /* NULL ends a list */
    ts_dispatch *dispatch;
    ts_deadline *deadline_ms; /* of a row; 0 when the row has no handler */
    const void *rows;
};

/* One event that the module listens to, on a fiber of its own, as SYSTEM. A result other than 0 is counted, no more. */
struct ts_listener {
    const ProtobufCMessageDescriptor *event; /* NULL ends a list */
    int (*handler)(struct ts_call *call, const ProtobufCMessage *event);
    bool from_others; /* what this process publishes itself is no news */
};

/*
 * What must follow: for each document of `collection` whose `due_ms` has come (index "due"), the host calls `handler`
 * with its id, as SYSTEM, on a fiber of its own, until the document's due_ms is later or gone. Idempotent, by contract:
 * it may be called twice, late, or for a document that another process is continuing. On failure it is called again
 * with a growing pause.
 */
struct ts_due {
    const struct ts_collection *collection; /* NULL ends a list */
    int (*handler)(struct ts_call *call, const char *id);
};

/*
 * Does this process do what one of those that run the call's module should do, and the others need not? An
 * optimisation: several may be told yes at once, and for a moment nobody is.
 */
bool ts_leads(const struct ts_call *call);

struct ts_module {
    const char *name;
    const struct ts_service *services;
    const struct ts_collection *const *collections; /* NULL-terminated; each collection has exactly one owner */
    const struct ts_listener *listeners;            /* may be NULL */
    const struct ts_due *due;                       /* may be NULL */
    /* What it publishes, for rules that name events; NULL-terminated; may be NULL. */
    const ProtobufCMessageDescriptor *const *events;
    /*
     * Make the module's state; may call the store, not other modules. NULL when it has none.
     * Return: 0 and *ret_state; a ts_error: the program does not start.
     */
    int (*start)(struct ts_call *call, void **ret_state);
    void (*stop)(void *state);
    /*
     * Can what is set be used (ts_setting())? Asked before start(), and before something is set anew; may not wait.
     * NULL when it needs nothing. Return: 0; TS_EINVALID and words.
     */
    int (*check)(struct ts_call *call);
};

#endif
