/*
 * Ask another module, tell others. Callers use the typed stubs that the build makes from each proto
 * (inventory_hold_tickets(call, &request, &reply)); nobody writes a subject string.
 */
#ifndef TESSERA_BUS_H
#define TESSERA_BUS_H

#include "tessera/call.h"

/*
 * Call method `method_index` of `service`. The stubs' common end; not called by hand.
 * The request is borrowed until return. *ret_reply lives in call->arena and is not to be changed.
 * Suspends the fiber. The callee sees the same principal, deadline (or its row's, if sooner) and trace.
 * Return: 0 and *ret_reply, whose `refusals` say what was refused; a ts_error, then ts_call_failure() has its words.
 */
int ts_call(struct ts_call *call, const ProtobufCServiceDescriptor *service, unsigned method_index,
            const ProtobufCMessage *request, const ProtobufCMessage **ret_reply);

/* As ts_call(), as ourselves (principal SYSTEM): what follows from a decision already made, never a caller's wish. */
int ts_call_as_system(struct ts_call *call, const ProtobufCServiceDescriptor *service, unsigned method_index,
                      const ProtobufCMessage *request, const ProtobufCMessage **ret_reply);

/* The words of the last failed ts_call() on this call; never NULL, valid until the next one. */
const char *ts_call_failure(const struct ts_call *call);

typedef int ts_all_run(struct ts_call *call, void *item);

/*
 * Run `run(child, items[i])` for each of `count` items side by side, each on its own fiber with a child of this call
 * (same arena, same deadline); returns when all have ended. At most TS_FANOUT_MAX at once, the rest follow.
 * Return: 0 if all returned 0, else the first item's non-zero result, by order of items.
 */
int ts_all(struct ts_call *call, ts_all_run *run, void **items, size_t count);

/*
 * Publish an event: a hint, delivered at most once to each module that listens, after this fiber's next wait or end.
 * Never the only way that something happens: what must follow stands in a document as due_ms. The message is copied.
 */
void ts_publish(struct ts_call *call, const ProtobufCMessage *event);

#endif
