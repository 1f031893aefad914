/*
 * tessera export: every document as one JSON line, in the order they were written. It walks a copy, taken like a
 * backup, so it disturbs no server and sees one state. Field names are the proto's; an erased body is null.
 */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/message.h"
#include "cli/cli.h"
#include "cli/control.h"
#include "cli/data.h"
#include "host/idem.h"
#include "host/modules.h"
#include "store/backup.h"
#include "store/sqlite.h"

enum { ROWS_MAX = 100, LINE_SIZE_MAX = 16 << 20 };

static void write_message(struct buf *line, const ProtobufCMessage *message);

static void write_number(struct buf *line, const ProtobufCFieldDescriptor *field, const void *value)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        buf_add_int(line, *(const int32_t *)value);
        break;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        buf_add_int(line, *(const uint32_t *)value);
        break;
    case PROTOBUF_C_TYPE_FLOAT:
        buf_printf(line, "%.9g", (double)*(const float *)value);
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        buf_printf(line, "%.17g", *(const double *)value);
        break;
    default: /* the 64-bit integers */
        buf_add_int(line, *(const int64_t *)value);
    }
}

static void write_enum(struct buf *line, const ProtobufCFieldDescriptor *field, int number)
{
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(field->descriptor, number);

    if (value)
        buf_printf(line, "\"%s\"", value->name);
    else
        buf_add_int(line, number);
}

static void write_bytes(struct buf *line, const ProtobufCBinaryData *bytes)
{
    buf_add_literal(line, "\"");
    for (size_t i = 0; i < bytes->len; i++)
        buf_printf(line, "%02x", bytes->data[i]);
    buf_add_literal(line, "\"");
}

static void write_value(struct buf *line, const ProtobufCFieldDescriptor *field, const void *value)
{
    const char *string;

    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        string = *(char *const *)value;
        json_write_string(line, string, strlen(string));
        break;
    case PROTOBUF_C_TYPE_BYTES:
        write_bytes(line, value);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        write_message(line, *(ProtobufCMessage *const *)value);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        buf_add_string(line, *(const protobuf_c_boolean *)value ? "true" : "false");
        break;
    case PROTOBUF_C_TYPE_ENUM:
        write_enum(line, field, *(const int *)value);
        break;
    default:
        write_number(line, field, value);
    }
}

static void write_list(struct buf *line, const ProtobufCFieldDescriptor *field, const char *values, size_t count)
{
    buf_add_literal(line, "[");
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_add_literal(line, ",");
        write_value(line, field, values + i * message_element_size(field));
    }
    buf_add_literal(line, "]");
}

static void write_message(struct buf *line, const ProtobufCMessage *message)
{
    const char *comma = "";

    buf_add_literal(line, "{");
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
        const void *value = repeated ? NULL : message_member(message, field);
        size_t count = repeated ? message_list(message, field, &value) : value != NULL;

        if (!count)
            continue;
        buf_printf(line, "%s\"%s\":", comma, field->name);
        comma = ",";
        if (repeated)
            write_list(line, field, value, count);
        else
            write_value(line, field, value);
    }
    buf_add_literal(line, "}");
}

static int write_row(struct buf *line, struct ts_arena *arena, const struct store_row *row)
{
    const struct ts_collection *declared = row->collection->declared;
    ProtobufCMessage *body = NULL;

    if (!row->erased && row->body) {
        body = protobuf_c_message_unpack(declared->message, ts_arena_allocator(arena), row->body_size, row->body);
        if (!body)
            return TS_EDATALOSS;
    }
    buf_printf(line, "{\"collection\":\"%s\",\"id\":", declared->name);
    json_write_string(line, row->id, strlen(row->id));
    buf_printf(line, ",\"version\":%lld,\"writtenAtMs\":%lld,\"body\":", (long long)row->version,
               (long long)row->stamp.written_at_ms);
    if (body)
        write_message(line, body);
    else
        buf_add_literal(line, "null");
    buf_add_literal(line, "}\n");
    return 0;
}

/* Write all rows to `file`. */
static int walk(struct store *store, FILE *file, struct store_message *message)
{
    struct store_export *export;
    struct store_row rows[ROWS_MAX];
    struct ts_arena arena;
    struct buf line;
    size_t count = 1;
    int r = store_export_open(store, /* history= */ false, &export, message);

    if (r)
        return r;
    arena_init(&arena);
    buf_init(&line, LINE_SIZE_MAX);
    while (r == 0 && count > 0) {
        arena_reset(&arena);
        r = store_export_next(export, &arena, rows, ROWS_MAX, &count);
        for (size_t i = 0; i < count && r == 0; i++) {
            buf_clear(&line);
            r = write_row(&line, &arena, &rows[i]);
            if (r == 0 && fwrite(line.data, 1, line.size, file) != line.size)
                r = store_fail(message, TS_EUNAVAILABLE, "cannot write the export");
        }
    }
    buf_done(&line);
    arena_done(&arena);
    store_export_close(export);
    return r;
}

static int add_collections(struct store *store, struct store_message *message)
{
    static const struct ts_collection *const own[] = { &idem_collection, NULL };
    int r = store_add(store, own, message);

    for (size_t i = 0; ts_modules[i] && r == 0; i++)
        if (ts_modules[i]->collections)
            r = store_add(store, ts_modules[i]->collections, message);
    return r;
}

static int export_copy(const char *path, FILE *file, struct store_message *message)
{
    struct sqlite_options options = { .on_loop = true };
    struct loop *loop = loop_new();
    struct store *store = NULL;
    int r = sqlite_store_open(loop, path, &options, &store, message);

    if (r == 0) {
        r = add_collections(store, message);
        r = r ? r : walk(store, file, message);
        store_close(store);
    }
    loop_free(loop);
    return r;
}

int cli_export(const struct options *options)
{
    const char *target = options->operands[0];
    struct store_message message = { "" };
    struct options copy_options = *options;
    const char *operands[] = { NULL, NULL };
    char copy[DATA_PATH_SIZE];
    struct buf problem;
    struct data folder;
    FILE *file = !target || strcmp(target, "-") == 0 ? stdout : fopen(target, "wxe");
    int status = 1;

    if (!file) {
        fprintf(stderr, "tessera: cannot make %s\n", target);
        return 1;
    }
    buf_init(&problem, 4096);
    if (data_open(&folder, NULL, &problem) == 0) {
        operands[0] = data_path(&folder, "tessera.db", copy);
        copy_options.operands = operands;
        copy_options.command = "backup";
        if (cli_backup(&copy_options) == 0)
            status = export_copy(copy, file, &message) ? 1 : 0;
    }
    if (message.text[0])
        fprintf(stderr, "tessera: %s\n", message.text);
    if (fflush(file) != 0)
        status = 1;
    if (file != stdout)
        fclose(file);
    data_close(&folder);
    buf_done(&problem);
    return status;
}
