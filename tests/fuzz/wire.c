/*
 * Requests as they come over the bus: bytes for the type of any call. What unpacks packs again, to bytes that unpack to
 * the same. The first two bytes choose service and call.
 */
#include "fuzz.h"

#include "audit/v1/audit.pb-c.h"
#include "base/arena.h"
#include "catalog/v1/catalog.pb-c.h"
#include "door/v1/door.pb-c.h"
#include "inventory/v1/inventory.pb-c.h"
#include "orders/v1/orders.pb-c.h"
#include "payments/v1/payments.pb-c.h"
#include "tessera/cleanup.h"
#include "tickets/v1/tickets.pb-c.h"

static const ProtobufCServiceDescriptor *const services[] = {
    &catalog__catalog__descriptor,   &inventory__inventory__descriptor, &orders__orders__descriptor,
    &payments__payments__descriptor, &tickets__tickets__descriptor,     &door__door__descriptor,
    &audit__audit__descriptor,
};

/* Pack into exactly as many bytes as were announced, and to those that we make of it. */
static uint8_t *pack(struct ts_arena *arena, const ProtobufCMessage *message, size_t *ret_size)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = ts_alloc(arena, size);

    CLAIM(protobuf_c_message_pack(message, bytes) == size);
    CLAIM(memcmp(ts_message_pack(arena, message, ret_size), bytes, size) == 0 && *ret_size == size);
    return bytes;
}

static bool has_field_zero(const ProtobufCMessage *message);

static bool any_has_field_zero(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const char *at = (const char *)message + field->offset,
               *quantity = (const char *)message + field->quantifier_offset;
    const ProtobufCMessage *const *parts = (const void *)at;
    size_t count = *parts != NULL;

    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        count = *(const size_t *)(const void *)quantity;
        parts = *(const ProtobufCMessage *const *const *)(const void *)at;
    } else if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        count = *(const uint32_t *)(const void *)quantity == field->id && *parts;
    }
    for (size_t i = 0; i < count; i++)
        if (has_field_zero(parts[i]))
            return true;
    return false;
}

/* Field 0, spelled in two bytes: protobuf-c takes it as an unknown field, writes it in one and refuses that. */
static bool has_field_zero(const ProtobufCMessage *message)
{
    for (unsigned i = 0; i < message->n_unknown_fields; i++)
        if (message->unknown_fields[i].tag == 0)
            return true;
    for (unsigned i = 0; i < message->descriptor->n_fields; i++)
        if (message->descriptor->fields[i].type == PROTOBUF_C_TYPE_MESSAGE &&
            any_has_field_zero(message, &message->descriptor->fields[i]))
            return true;
    return false;
}

static void check_message(struct ts_arena *arena, const ProtobufCMessageDescriptor *type, const uint8_t *data,
                          size_t size)
{
    ProtobufCMessage *message = protobuf_c_message_unpack(type, ts_arena_allocator(arena), size, data);
    uint8_t *packed, *again;
    size_t packed_size, again_size;

    if (!message || has_field_zero(message))
        return;
    packed = pack(arena, message, &packed_size);
    message = protobuf_c_message_unpack(type, ts_arena_allocator(arena), packed_size, packed);
    CLAIM(message && protobuf_c_message_check(message));
    again = pack(arena, message, &again_size);
    CLAIM(again_size == packed_size && (packed_size == 0 || memcmp(again, packed, packed_size) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const ProtobufCServiceDescriptor *service;
    struct ts_arena arena;

    if (size < 2)
        return 0;
    service = services[data[0] % TS_ARRAY_SIZE(services)];
    arena_init(&arena);
    check_message(&arena, service->methods[data[1] % service->n_methods].input, data + 2, size - 2);
    arena_done(&arena);
    return 0;
}
