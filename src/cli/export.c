/*
 * tessera export: every document as one JSON line, in the order they were written. It walks a copy, taken like a
 * backup, so it disturbs no server and sees one state. Field names are the proto's; an erased body is null. For another
 * store, not for people, there is --versions (move.h).
 */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/message_json.h"
#include "cli/cli.h"
#include "cli/collections.h"
#include "cli/control.h"
#include "cli/data.h"
#include "cli/keep.h"
#include "cli/move.h"
#include "store/backup.h"
#include "store/sqlite.h"

enum { LINE_SIZE_MAX = 16 << 20 };

/* A document's body, unpacked; NULL when it has none. */
static int unpack(struct ts_arena *arena, const struct store_row *row, ProtobufCMessage **ret_body)
{
    ProtobufCMessage *body = NULL;

    if (!row->erased && row->body) {
        body = protobuf_c_message_unpack(row->collection->declared->message, ts_arena_allocator(arena), row->body_size,
                                         row->body);
        if (!body)
            return TS_EDATALOSS;
    }
    *ret_body = body;
    return 0;
}

static void write_line(struct buf *line, const struct store_row *row, const ProtobufCMessage *body)
{
    buf_printf(line, "{\"collection\":\"%s\",\"id\":", row->collection->declared->name);
    json_write_string(line, row->id, strlen(row->id));
    buf_printf(line, ",\"version\":%lld,\"writtenAtMs\":%lld,\"body\":", (long long)row->version,
               (long long)row->stamp.written_at_ms);
    if (body)
        message_json_write(line, body, MESSAGE_JSON_EXACT);
    else
        buf_add_literal(line, "null");
    buf_add_literal(line, "}\n");
}

struct output {
    FILE *file;
    struct buf line;
    struct ts_arena arena;
    struct store_message *message;
};

static int write_row(void *data, const struct store_row *row)
{
    struct output *output = data;
    ProtobufCMessage *body;
    int r;

    arena_reset(&output->arena);
    buf_clear(&output->line);
    r = unpack(&output->arena, row, &body);
    if (r)
        return r;
    write_line(&output->line, row, body);
    if (fwrite(output->line.data, 1, output->line.size, output->file) != output->line.size)
        return store_fail(output->message, TS_EUNAVAILABLE, "cannot write the export");
    return 0;
}

/* Write all rows to `file`. */
static int write_all(struct store *store, FILE *file, struct store_message *message)
{
    struct output output = { .file = file, .message = message };
    int r;

    arena_init(&output.arena);
    buf_init(&output.line, LINE_SIZE_MAX);
    r = store_export_all(store, /* history= */ false, write_row, &output, message);
    buf_done(&output.line);
    arena_done(&output.arena);
    return r;
}

static int export_copy(const char *path, FILE *file, struct store_message *message)
{
    struct sqlite_options options = { .on_loop = true };
    struct loop *loop = loop_new();
    struct store *store = NULL;
    int r = sqlite_store_open(loop, path, &options, &store, message);

    if (r == 0) {
        r = collections_add(store, message);
        r = r ? r : write_all(store, file, message);
        store_close(store);
    }
    loop_free(loop);
    return r;
}

static int export_newest(const struct options *options, FILE *file)
{
    struct store_message message = { "" };
    char copy[DATA_PATH_SIZE];
    struct buf problem;
    struct data folder;
    int status = 1;

    buf_init(&problem, 4096);
    if (data_open(&folder, NULL, &problem) == 0 && keep_copy(options, data_path(&folder, "tessera.db", copy)) == 0)
        status = export_copy(copy, file, &message) ? 1 : 0;
    if (message.text[0])
        fprintf(stderr, "tessera: %s\n", message.text);
    data_close(&folder);
    buf_done(&problem);
    return status;
}

int cli_export(const struct options *options)
{
    const char *target = options->operands[0];
    FILE *file = !target || strcmp(target, "-") == 0 ? stdout : fopen(target, "wxe");
    int status;

    if (!file) {
        fprintf(stderr, "tessera: cannot make %s\n", target);
        return 1;
    }
    status = options->versions ? move_out(options, file) : export_newest(options, file);
    if (fflush(file) != 0)
        status = 1;
    if (file != stdout)
        fclose(file);
    return status;
}
