/*
 * The two ways a call travels in process. Local passes pointers. Wire does what a network would, short of the network:
 * what does not survive encoding is found in tests, not when the modules are split over machines.
 */
#include "bus/inside.h"
#include "tessera/limits.h"

static ProtobufCMessage *message_new(struct ts_arena *arena, const ProtobufCMessageDescriptor *descriptor)
{
    ProtobufCMessage *message = ts_alloc(arena, descriptor->sizeof_message);

    descriptor->message_init(message);
    return message;
}

static int local_call(const struct bus_route *route, struct ts_call *callee, const ProtobufCMessage *request,
                      const ProtobufCMessage **ret_reply)
{
    ProtobufCMessage *reply = message_new(callee->arena, route->method->output);
    int r = bus_serve(route, callee, request, reply);

    if (r)
        return r;
    *ret_reply = reply;
    return 0;
}

const struct bus_transport bus_local = { "local", local_call };

/* Encode and decode. Return: 0 and *ret_message in the call's arena; TS_EEXHAUSTED when it is too large. */
static int message_carry(struct ts_call *call, const ProtobufCMessage *message, const ProtobufCMessage **ret_message)
{
    const ProtobufCMessage *carried;
    size_t size;
    const uint8_t *bytes = ts_message_pack(call->arena, message, &size);

    if (size > TS_MESSAGE_SIZE_MAX)
        return ts_fail(call, TS_EEXHAUSTED, "A message of %zu bytes is too large.", size);
    carried = protobuf_c_message_unpack(message->descriptor, ts_arena_allocator(call->arena), size, bytes);
    if (!carried)
        return ts_fail(call, TS_EINTERNAL, "A message does not survive its encoding.");
    *ret_message = carried;
    return 0;
}

static int wire_call(const struct bus_route *route, struct ts_call *callee, const ProtobufCMessage *request,
                     const ProtobufCMessage **ret_reply)
{
    ProtobufCMessage *reply = message_new(callee->arena, route->method->output);
    const ProtobufCMessage *carried = NULL;
    int r;

    r = message_carry(callee, request, &carried);
    if (r)
        return r;
    r = bus_serve(route, callee, carried, reply);
    if (r)
        return r;
    return message_carry(callee, reply, ret_reply);
}

const struct bus_transport bus_wire = { "wire", wire_call };
