/*
 * What stands in the server's documents. A version is its envelope and the encoded message, byte for byte, so that
 * fields which this program does not know survive. A head is for people and for indexes: the message's fields by their
 * names, enums as words, instants as dates, amounts spelt out; `_index` holds what our own scans walk.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/index.h"
#include "store/mongo_inside.h"
#include "tessera/money.h"
#include "tessera/sign.h"

/* March 1973: a smaller number of milliseconds is how long something takes. */
static const int64_t instant_ms_min = 100000000000;

void mongo_key(char key[MONGO_KEY_SIZE], const char *id, int64_t version)
{
    (void)snprintf(key, MONGO_KEY_SIZE, "%s@%lld", id, (long long)version); /* an id has at most TS_KEY_SIZE_MAX */
}

bool mongo_key_split(const char *key, char id[TS_KEY_SIZE_MAX + 1], int64_t *ret_version)
{
    const char *at = strrchr(key, '@');

    if (!at || at - key > TS_KEY_SIZE_MAX)
        return false;
    memcpy(id, key, (size_t)(at - key));
    id[at - key] = '\0';
    *ret_version = strtoll(at + 1, NULL, 10);
    return *ret_version > 0;
}

static void add_text(bson_t *document, const char *name, const char *text)
{
    size_t size = strlen(text);

    /* The driver refuses what is no UTF-8, for good; then a person sees bytes. */
    if (bson_utf8_validate(text, size, /* allow_null= */ false))
        bson_append_utf8(document, name, -1, text, (int)size);
    else
        bson_append_binary(document, name, -1, BSON_SUBTYPE_BINARY, (const uint8_t *)text, (uint32_t)size);
}

bson_t *mongo_row_new(const struct store_stamp *stamp, const struct store_item *item, int64_t open_ms)
{
    bson_t *row = bson_new();
    char key[MONGO_KEY_SIZE];

    mongo_key(key, item->id, item->version);
    BSON_APPEND_UTF8(row, "_id", key);
    BSON_APPEND_DATE_TIME(row, "at", stamp->written_at_ms);
    add_text(row, "actor", stamp->actor);
    add_text(row, "operation", stamp->operation);
    add_text(row, "request", stamp->request_id);
    BSON_APPEND_INT64(row, "attempt", item->attempt);
    BSON_APPEND_DATE_TIME(row, "open", open_ms);
    if (item->erased)
        BSON_APPEND_BOOL(row, "erased", true);
    BSON_APPEND_BINARY(row, "body", BSON_SUBTYPE_BINARY, item->body_size ? item->body : (const uint8_t *)"",
                       (uint32_t)item->body_size);
    return row;
}

static const char *read_text(const bson_iter_t *at, struct ts_arena *arena)
{
    uint32_t size = 0;
    const char *text;

    if (BSON_ITER_HOLDS_BINARY(at))
        bson_iter_binary(at, NULL, &size, (const uint8_t **)&text);
    else
        text = bson_iter_utf8(at, &size);
    return text ? ts_strndup(arena, text, size) : "";
}

static void read_field(const bson_iter_t *at, struct ts_arena *arena, struct store_row *row)
{
    const char *name = bson_iter_key(at);
    const uint8_t *bytes = NULL;
    uint32_t size = 0;

    if (!strcmp(name, "at")) {
        row->stamp.written_at_ms = bson_iter_as_int64(at);
        if (BSON_ITER_HOLDS_DATE_TIME(at))
            row->stamp.written_at_ms = bson_iter_date_time(at);
    } else if (!strcmp(name, "actor")) {
        row->stamp.actor = read_text(at, arena);
    } else if (!strcmp(name, "operation")) {
        row->stamp.operation = read_text(at, arena);
    } else if (!strcmp(name, "request")) {
        row->stamp.request_id = read_text(at, arena);
    } else if (!strcmp(name, "erased")) {
        row->erased = bson_iter_as_bool(at);
    } else if (!strcmp(name, "body") && BSON_ITER_HOLDS_BINARY(at)) {
        bson_iter_binary(at, NULL, &size, &bytes);
        row->body = ts_memdup(arena, bytes ? bytes : (const uint8_t *)"", size);
        row->body_size = size;
    }
}

bool mongo_row_read(const bson_t *document, struct ts_arena *arena, struct store_row *ret_row)
{
    struct store_row row = { .stamp = { 0, "", "", "" } };
    char id[TS_KEY_SIZE_MAX + 1];
    bson_iter_t at;

    if (!bson_iter_init_find(&at, document, "_id") || !BSON_ITER_HOLDS_UTF8(&at) ||
        !mongo_key_split(bson_iter_utf8(&at, NULL), id, &row.version))
        return false;
    row.id = ts_strdup(arena, id);
    for (bson_iter_init(&at, document); bson_iter_next(&at);)
        read_field(&at, arena, &row);
    row.collection = ret_row->collection;
    *ret_row = row;
    return true;
}

/* Values, for people */

static void add_message(bson_t *document, const ProtobufCMessage *message);

static void add_enum(bson_t *document, const char *name, const ProtobufCFieldDescriptor *field, int number)
{
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(field->descriptor, number);

    if (value)
        bson_append_utf8(document, name, -1, value->name, -1);
    else
        bson_append_int32(document, name, -1, number);
}

static void add_integer(bson_t *document, const char *name, const ProtobufCFieldDescriptor *field, int64_t number)
{
    size_t size = strlen(field->name);
    bool is_instant = size > 3 && !strcmp(field->name + size - 3, "_ms") && number >= instant_ms_min;

    if (is_instant)
        bson_append_date_time(document, name, -1, number);
    else
        bson_append_int64(document, name, -1, number);
}

static void add_value(bson_t *document, const char *name, const ProtobufCFieldDescriptor *field, const void *at)
{
    const ProtobufCBinaryData *bytes = at;
    bson_t inner;

    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        add_text(document, name, *(const char *const *)at ? *(const char *const *)at : "");
        return;
    case PROTOBUF_C_TYPE_BYTES:
        bson_append_binary(document, name, -1, BSON_SUBTYPE_BINARY, bytes->len ? bytes->data : (const uint8_t *)"",
                           (uint32_t)bytes->len);
        return;
    case PROTOBUF_C_TYPE_MESSAGE:
        bson_append_document_begin(document, name, -1, &inner);
        add_message(&inner, *(const ProtobufCMessage *const *)at);
        bson_append_document_end(document, &inner);
        return;
    case PROTOBUF_C_TYPE_BOOL:
        bson_append_bool(document, name, -1, *(const protobuf_c_boolean *)at != 0);
        return;
    case PROTOBUF_C_TYPE_ENUM:
        add_enum(document, name, field, *(const int *)at);
        return;
    case PROTOBUF_C_TYPE_DOUBLE:
        bson_append_double(document, name, -1, *(const double *)at);
        return;
    case PROTOBUF_C_TYPE_FLOAT:
        bson_append_double(document, name, -1, (double)*(const float *)at);
        return;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        bson_append_int64(document, name, -1, *(const uint32_t *)at);
        return;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        bson_append_int32(document, name, -1, *(const int32_t *)at);
        return;
    default:
        add_integer(document, name, field, *(const int64_t *)at);
        return;
    }
}

static size_t value_size(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return sizeof(int32_t);
    default: /* pointers, and what is eight bytes wide */
        return sizeof(int64_t);
    }
}

static void add_list(bson_t *document, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const char *base = (const char *)message, *values = *(const char *const *)(const void *)(base + field->offset);
    size_t count = *(const size_t *)(const void *)(base + field->quantifier_offset);
    char place[24];
    bson_t list;

    bson_append_array_begin(document, field->name, -1, &list);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(place, sizeof(place), "%zu", i);
        add_value(&list, place, field, values + i * value_size(field));
    }
    bson_append_array_end(document, &list);
}

static bool is_set(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const char *base = (const char *)message;
    const void *at = base + field->offset, *quantifier = base + field->quantifier_offset;

    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return *(const size_t *)quantifier > 0;
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        return *(const uint32_t *)quantifier == field->id;
    if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE)
        return *(const void *const *)at && *(const void *const *)at != field->default_value;
    return field->label != PROTOBUF_C_LABEL_OPTIONAL || *(const protobuf_c_boolean *)quantifier;
}

/* {minor, currency}, however the message is called: what it comes to, in words. */
static void add_amount(bson_t *document, const ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *minor =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, "minor");
    const ProtobufCFieldDescriptor *currency =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, "currency");
    char text[TS_MONEY_TEXT_SIZE];
    const char *base = (const char *)message, *code;

    if (message->descriptor->n_fields != 2 || !minor || !currency || minor->type != PROTOBUF_C_TYPE_INT64 ||
        currency->type != PROTOBUF_C_TYPE_STRING || !is_set(message, minor) || !is_set(message, currency))
        return;
    code = *(const char *const *)(const void *)(base + currency->offset);
    if (ts_currency_exponent(code) >= 0)
        bson_append_utf8(document, "text", -1,
                         ts_money_format(*(const int64_t *)(const void *)(base + minor->offset), code, text), -1);
}

static void add_message(bson_t *document, const ProtobufCMessage *message)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];

        if (!is_set(message, field))
            continue;
        if (field->label == PROTOBUF_C_LABEL_REPEATED)
            add_list(document, message, field);
        else
            add_value(document, field->name, field, (const char *)message + field->offset);
    }
    add_amount(document, message);
}

/* Heads */

char *mongo_value_spell(const uint8_t *value, size_t size, struct ts_arena *arena)
{
    return ts_hex(arena, value, size);
}

size_t mongo_value_unspell(const char *text, struct ts_arena *arena, const uint8_t **ret_value)
{
    size_t size = strlen(text) / 2;
    uint8_t *value = ts_alloc(arena, size);

    for (size_t i = 0; i < size; i++) {
        char pair[3] = { text[2 * i], text[2 * i + 1], '\0' };

        value[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    *ret_value = value;
    return size;
}

static bool is_multiple(const struct store_collection *collection, unsigned index)
{
    for (unsigned i = 0; i < index_field_count(collection, (int)index); i++) {
        if (index_field(collection, (int)index, i)->label == PROTOBUF_C_LABEL_REPEATED)
            return true;
    }
    return false;
}

/* Where the document stands in its indexes: a text, or several where a field is repeated. */
static void add_entries(bson_t *head, const struct store_collection *collection, const struct store_entry *entries,
                        size_t count, struct ts_arena *arena)
{
    bson_t indexes, list;
    char place[24];

    BSON_APPEND_DOCUMENT_BEGIN(head, "_index", &indexes);
    for (size_t i = 0; i < count;) {
        const char *name = collection->declared->indexes[entries[i].index].name;
        size_t first = i;

        if (!is_multiple(collection, entries[i].index)) {
            BSON_APPEND_UTF8(&indexes, name, mongo_value_spell(entries[i].value, entries[i].value_size, arena));
            i++;
            continue;
        }
        BSON_APPEND_ARRAY_BEGIN(&indexes, name, &list);
        for (; i < count && entries[i].index == entries[first].index; i++) {
            (void)snprintf(place, sizeof(place), "%zu", i - first);
            BSON_APPEND_UTF8(&list, place, mongo_value_spell(entries[i].value, entries[i].value_size, arena));
        }
        bson_append_array_end(&indexes, &list);
    }
    bson_append_document_end(head, &indexes);
}

bson_t *mongo_head_new(const struct store_row *row, struct ts_arena *arena)
{
    const struct store_collection *collection = row->collection;
    struct store_entry *entries = NULL;
    bson_t *head = bson_new();
    ProtobufCMessage *body;
    size_t count;

    BSON_APPEND_UTF8(head, "_id", row->id);
    BSON_APPEND_INT64(head, "_version", row->version);
    BSON_APPEND_DATE_TIME(head, "_at", row->stamp.written_at_ms);
    add_text(head, "_actor", row->stamp.actor);
    add_text(head, "_operation", row->stamp.operation);
    if (row->erased) {
        BSON_APPEND_BOOL(head, "_erased", true);
        return head;
    }
    body =
        protobuf_c_message_unpack(collection->declared->message, ts_arena_allocator(arena), row->body_size, row->body);
    if (!body)
        return head; /* whoever gets the document is told; it is in no index */
    add_message(head, body);
    count = index_extract(collection, body, arena, &entries);
    add_entries(head, collection, entries, count, arena);
    return head;
}
