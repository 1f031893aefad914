/*
 * Index entries by reflection: a field's value is read where its descriptor says it lies. A repeated field multiplies
 * the entries of its index; a missing field leaves the document out of it.
 */
#include "store/index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "store/key.h"

static bool name_valid(const char *name)
{
    if (!name || name[0] < 'a' || name[0] > 'z' || strlen(name) > 40)
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name) && !strstr(name, "__");
}

static bool type_indexable(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_STRING:
        return true;
    default:
        return false;
    }
}

/* Are these the fields of an index? Then *ret_fields has them. */
static bool fields_find(const ProtobufCMessageDescriptor *message, const struct ts_index *index,
                        const ProtobufCFieldDescriptor *ret_fields[TS_INDEX_FIELDS_MAX])
{
    unsigned repeated = 0, i;

    for (i = 0; i < TS_INDEX_FIELDS_MAX && index->fields[i]; i++) {
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(message, index->fields[i]);

        if (!field || !type_indexable(field->type))
            return false;
        repeated += field->label == PROTOBUF_C_LABEL_REPEATED;
        ret_fields[i] = field;
    }
    return i > 0 && repeated <= 1;
}

int index_check(const struct ts_collection *declared, struct store_collection *ret_collection, const char **ret_wrong)
{
    struct store_collection collection = { .declared = declared, .due_index = -1 };

    *ret_wrong = declared->name ? declared->name : "(no name)";
    if (!name_valid(declared->name) || !declared->message)
        return TS_EINVALID;
    for (unsigned i = 0; i < TS_INDEXES_MAX && declared->indexes[i].name; i++) {
        *ret_wrong = declared->indexes[i].name;
        if (!name_valid(declared->indexes[i].name) ||
            !fields_find(declared->message, &declared->indexes[i], collection.fields[i]))
            return TS_EINVALID;
        if (!strcmp(declared->indexes[i].name, "due"))
            collection.due_index = (int)i;
        collection.index_count++;
    }
    *ret_collection = collection;
    return 0;
}

int index_find(const struct store_collection *collection, const char *name)
{
    for (unsigned i = 0; i < collection->index_count; i++) {
        if (!strcmp(collection->declared->indexes[i].name, name))
            return (int)i;
    }
    return -1;
}

unsigned index_field_count(const struct store_collection *collection, int index)
{
    unsigned count = 0;

    while (count < TS_INDEX_FIELDS_MAX && collection->fields[index][count])
        count++;
    return count;
}

const ProtobufCFieldDescriptor *index_field(const struct store_collection *collection, int index, unsigned field)
{
    return collection->fields[index][field];
}

/* How many values the field has in this message: 0 when it is absent. */
static size_t field_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const char *base = (const char *)message;

    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return *(const size_t *)(base + field->quantifier_offset);
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        return *(const uint32_t *)(base + field->quantifier_offset) == field->id;
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        const char *string = *(const char *const *)(base + field->offset);

        return string && string != field->default_value;
    }
    if (field->label == PROTOBUF_C_LABEL_OPTIONAL)
        return *(const protobuf_c_boolean *)(base + field->quantifier_offset) != 0;
    return 1;
}

static void add_value(struct key *key, const ProtobufCFieldDescriptor *field, const char *values, size_t position)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        key_add_string(key, ((const char *const *)(const void *)values)[position]);
        return;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
        key_add_int(key, ((const int64_t *)(const void *)values)[position]);
        return;
    case PROTOBUF_C_TYPE_UINT32:
        key_add_int(key, ((const uint32_t *)(const void *)values)[position]);
        return;
    case PROTOBUF_C_TYPE_BOOL:
        key_add_int(key, ((const protobuf_c_boolean *)(const void *)values)[position] != 0);
        return;
    default: /* the other types of type_indexable() are all int32_t in memory */
        key_add_int(key, ((const int32_t *)(const void *)values)[position]);
        return;
    }
}

static void add_field(struct key *key, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                      size_t position)
{
    const char *at = (const char *)message + field->offset;

    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        add_value(key, field, *(const char *const *)(const void *)at, position);
    else
        add_value(key, field, at, 0);
}

/* How many entries the message has in this index: the product of its fields' values, of which one may be repeated. */
static size_t entry_count(const struct store_collection *collection, int index, const ProtobufCMessage *message)
{
    size_t count = 1;

    for (unsigned i = 0; i < index_field_count(collection, index); i++)
        count *= field_count(message, index_field(collection, index, i));
    return count;
}

static struct store_entry entry_make(const struct store_collection *collection, int index,
                                     const ProtobufCMessage *message, size_t position, struct ts_arena *arena)
{
    struct key key;

    key.size = 0;
    for (unsigned i = 0; i < index_field_count(collection, index); i++)
        add_field(&key, message, index_field(collection, index, i), position);
    return (struct store_entry){ (unsigned)index, ts_memdup(arena, key.bytes, key.size), key.size };
}

int entry_compare(const struct store_entry *left, const struct store_entry *right)
{
    if (left->index != right->index)
        return left->index < right->index ? -1 : 1;
    return key_compare(left->value, left->value_size, right->value, right->value_size);
}

static int compare_entries(const void *left, const void *right)
{
    return entry_compare(left, right);
}

static size_t drop_doubles(struct store_entry *entries, size_t count)
{
    size_t kept = 0;

    qsort(entries, count, sizeof(*entries), compare_entries);
    for (size_t i = 0; i < count; i++) {
        if (!kept || entry_compare(&entries[kept - 1], &entries[i]))
            entries[kept++] = entries[i];
    }
    return kept;
}

size_t index_extract(const struct store_collection *collection, const ProtobufCMessage *message, struct ts_arena *arena,
                     struct store_entry **ret_entries)
{
    size_t counts[TS_INDEXES_MAX], total = 0, at = 0;
    struct store_entry *entries;
    bool in_order = true;

    for (unsigned i = 0; i < collection->index_count; i++) {
        counts[i] = entry_count(collection, (int)i, message);
        total += counts[i];
        in_order = in_order && counts[i] <= 1;
    }
    entries = TS_NEW_ARRAY(arena, struct store_entry, total);
    for (unsigned i = 0; i < collection->index_count; i++) {
        for (size_t position = 0; position < counts[i]; position++)
            entries[at++] = entry_make(collection, (int)i, message, position, arena);
    }
    *ret_entries = entries;
    return in_order ? total : drop_doubles(entries, total);
}

int index_extract_bytes(const struct store_collection *collection, const uint8_t *body, size_t body_size,
                        struct ts_arena *arena, struct store_entry **ret_entries, size_t *ret_count)
{
    ProtobufCMessage *message;

    message = protobuf_c_message_unpack(collection->declared->message, ts_arena_allocator(arena), body_size, body);
    if (!message)
        return TS_EDATALOSS;
    *ret_count = index_extract(collection, message, arena, ret_entries);
    return 0;
}
