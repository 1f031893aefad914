/*
 * Moving a whole store; see move.h. The sum is that of the lines' SHA-256, each bit exclusive-or: the same whatever
 * order a store gives its documents in, and another when a byte of one differs or one is missing.
 */
#include "cli/move.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64url.h"
#include "base/hex.h"
#include "base/json.h"
#include "cli/collections.h"
#include "cli/data.h"
#include "cli/keep.h"
#include "loop/fiber.h"
#include "loop/loop.h"
#include "store/mongo.h"
#include "store/move.h"
#include "store/sqlite.h"
#include "tessera/limits.h"
#include "tessera/sign.h"

enum { SUM_SIZE = 32, SPELT_SIZE = 65, LINE_SIZE_MAX = 16 << 20, PROBLEM_SIZE_MAX = 64 << 10 };

struct sum {
    uint64_t versions, parts; /* lines of each kind */
    uint8_t bytes[SUM_SIZE];
};

static void sum_add(struct sum *sum, uint64_t *count, const char *line, size_t size)
{
    uint8_t hash[SUM_SIZE];

    ts_sha256(line, size, hash);
    for (size_t i = 0; i < SUM_SIZE; i++)
        sum->bytes[i] ^= hash[i];
    ++*count;
}

static void sum_spell(const struct sum *sum, char text[SPELT_SIZE])
{
    hex_put(text, sum->bytes, SUM_SIZE);
    text[SPELT_SIZE - 1] = '\0';
}

static int complain(const struct store_message *message)
{
    fprintf(stderr, "tessera: %s\n", message->text);
    return 1;
}

/* ---- the store */

static int open_store(struct loop *loop, const struct options *options, const char *path, struct store **ret_store,
                      struct store_message *message)
{
    struct mongo_options mongo = { .unauthenticated = options->store_unauthenticated,
                                   .plaintext = options->store_plaintext };
    struct sqlite_options sqlite = { 0 };
    int r = mongo_uri_is_one(path) ? mongo_store_open(loop, path, &mongo, ret_store, message)
                                   : sqlite_store_open(loop, path, &sqlite, ret_store, message);

    if (r)
        return r;
    r = collections_add(*ret_store, message);
    if (r)
        store_close(*ret_store);
    return r;
}

/* ---- out */

struct output {
    FILE *to;
    struct buf line;
    struct sum sum;
};

static void add_text(struct buf *line, const char *name, const char *text)
{
    buf_printf(line, ",\"%s\":", name);
    json_write_string(line, text ? text : "", text ? strlen(text) : 0);
}

/* A line of that kind. */
static int print_line(struct output *output, uint64_t *count)
{
    struct buf *line = &output->line;

    if (line->full)
        return TS_EEXHAUSTED;
    sum_add(&output->sum, count, line->data, line->size);
    buf_add_char(line, '\n');
    return fwrite(line->data, 1, line->size, output->to) == line->size ? 0 : TS_EUNAVAILABLE;
}

static int print_version(void *data, const struct store_row *row)
{
    struct output *output = data;
    struct buf *line = &output->line;
    struct ts_arena *arena = ts_arena_new();

    buf_clear(line);
    buf_printf(line, "{\"collection\":\"%s\"", row->collection->declared->name);
    add_text(line, "id", row->id);
    buf_printf(line, ",\"version\":%lld,\"writtenAtMs\":%lld", (long long)row->version,
               (long long)row->stamp.written_at_ms);
    add_text(line, "actor", row->stamp.actor);
    add_text(line, "operation", row->stamp.operation);
    add_text(line, "request", row->stamp.request_id);
    buf_printf(line, ",\"erased\":%s", row->erased ? "true" : "false");
    add_text(line, "body", row->body_size ? base64url_encode(arena, row->body, row->body_size) : "");
    buf_add_char(line, '}');
    ts_arena_free(arena);
    return print_line(output, &output->sum.versions);
}

static int print_part(void *data, const struct store_erased_part *erased)
{
    struct output *output = data;

    buf_clear(&output->line);
    buf_printf(&output->line, "{\"collection\":\"%s\"", erased->collection->declared->name);
    add_text(&output->line, "id", erased->id);
    add_text(&output->line, "part", erased->part);
    buf_printf(&output->line, ",\"erasedAtMs\":%lld}", (long long)erased->erased_at_ms);
    return print_line(output, &output->sum.parts);
}

static void print_sum(const struct sum *sum, FILE *to)
{
    char text[SPELT_SIZE];

    sum_spell(sum, text);
    fprintf(to, "{\"versions\":%llu,\"parts\":%llu,\"sum\":\"%s\"}\n", (unsigned long long)sum->versions,
            (unsigned long long)sum->parts, text);
}

static int walk_out(const struct options *options, const char *path, FILE *to)
{
    struct store_message message = { "" };
    struct output output = { .to = to };
    struct loop *loop = loop_new();
    struct store *store = NULL;
    int r = open_store(loop, options, path, &store, &message);

    buf_init(&output.line, LINE_SIZE_MAX);
    if (!r) {
        r = store_walk_versions(store, print_version, &output, &message);
        r = r ? r : store_walk_parts(store, print_part, &output, &message);
        store_close(store);
    }
    if (!r)
        print_sum(&output.sum, to);
    buf_done(&output.line);
    loop_free(loop);
    return r ? complain(&message) : 0;
}

int move_out(const struct options *options, FILE *to)
{
    char copy[DATA_PATH_SIZE];
    struct buf problem;
    struct data folder;
    int status = 1;

    if (options->store && mongo_uri_is_one(options->store))
        return walk_out(options, options->store, to);
    buf_init(&problem, PROBLEM_SIZE_MAX);
    if (data_open(&folder, NULL, &problem) == 0) { /* a copy disturbs no server and is of one moment */
        if (keep_copy(options, data_path(&folder, "tessera.db", copy)) == 0)
            status = walk_out(options, copy, to);
        data_close(&folder);
    } else {
        fprintf(stderr, "tessera: %.*s", (int)problem.size, problem.data ? problem.data : "");
    }
    buf_done(&problem);
    return status;
}

/* ---- in */

struct input {
    FILE *from;
    struct ts_runtime runtime;
    struct store_message message;
    struct sum sum;
    bool told; /* the last line has come */
    int result;
    bool ended;
};

static const char *text_of(const struct json *line, const char *name)
{
    const struct json *member = json_find(line, name);

    return member && member->type == JSON_STRING ? member->text : NULL;
}

static bool number_of(const struct json *line, const char *name, int64_t *ret_number)
{
    const struct json *member = json_find(line, name);

    *ret_number = member ? member->integer : 0;
    return member && member->is_integer;
}

/* Return: false for what is no version. */
static bool read_version(struct ts_arena *arena, const struct store *store, const struct json *line,
                         struct store_row *row)
{
    const char *collection = text_of(line, "collection"), *body = text_of(line, "body");
    const struct json *erased = json_find(line, "erased");

    *row = (struct store_row){ .collection = collection ? store_find(store, collection) : NULL,
                               .id = text_of(line, "id"),
                               .stamp.actor = text_of(line, "actor"),
                               .stamp.operation = text_of(line, "operation"),
                               .stamp.request_id = text_of(line, "request"),
                               .erased = erased && erased->type == JSON_TRUE };
    if (!row->collection || !row->id || !row->stamp.actor || !row->stamp.operation || !row->stamp.request_id || !body ||
        !number_of(line, "version", &row->version) || !number_of(line, "writtenAtMs", &row->stamp.written_at_ms))
        return false;
    row->body = *body ? base64url_decode(arena, body, strlen(body), &row->body_size) : (const uint8_t *)"";
    return row->body && row->version > 0 && strlen(row->id) <= TS_KEY_SIZE_MAX && *row->id;
}

static int fail_at(struct input *input, int error, const char *why)
{
    return store_fail(&input->message, error, "line %llu: %s",
                      (unsigned long long)(input->sum.versions + input->sum.parts) + 1, why);
}

static int check_sum(struct input *input, const struct json *line)
{
    char text[SPELT_SIZE];
    int64_t versions, parts;

    sum_spell(&input->sum, text);
    (void)number_of(line, "parts", &parts); /* exports of before have none */
    if (!number_of(line, "versions", &versions) || versions != (int64_t)input->sum.versions ||
        parts != (int64_t)input->sum.parts || strcmp(text_of(line, "sum") ? text_of(line, "sum") : "", text) != 0)
        return store_fail(&input->message, TS_EDATALOSS, "what was read is not what was written: the sums differ");
    input->told = true;
    return 0;
}

static int take_part(struct ts_call *call, struct input *input, const struct json *line)
{
    const char *collection = text_of(line, "collection");
    struct store_erased_part erased = { .collection = collection ? store_find(call->runtime->store, collection) : NULL,
                                        .id = text_of(line, "id"),
                                        .part = text_of(line, "part") };
    int r = TS_EINVALID;

    if (erased.collection && erased.id && erased.part && number_of(line, "erasedAtMs", &erased.erased_at_ms))
        r = store_put_part(call, &erased);
    return r ? fail_at(input, r, "no erased part as export --versions prints it") : 0;
}

static int take_version(struct ts_call *call, struct input *input, const struct json *line)
{
    struct store_row row;
    int r;

    if (!read_version(call->arena, call->runtime->store, line, &row))
        return fail_at(input, TS_EINVALID, "no version as export --versions prints it");
    r = store_put_version(call, &row);
    if (r)
        return fail_at(input, r < 0 ? r : TS_EPRECONDITION,
                       r < 0 ? ts_error_name(r) : "the store has another document there, or lacks the version before");
    return 0;
}

static int take_line(struct ts_call *call, struct input *input, const char *text, size_t size)
{
    struct json_error error;
    struct json *line;
    bool is_part;
    int r;

    if (input->told)
        return fail_at(input, TS_EINVALID, "something follows the sum");
    if (json_parse(call->arena, text, size, &line, &error))
        return fail_at(input, TS_EINVALID, "no JSON");
    if (json_find(line, "sum"))
        return check_sum(input, line);
    is_part = json_find(line, "part") != NULL;
    r = is_part ? take_part(call, input, line) : take_version(call, input, line);
    if (r == 0)
        sum_add(&input->sum, is_part ? &input->sum.parts : &input->sum.versions, text, size);
    return r;
}

static void move_lines(void *data)
{
    struct input *input = data;
    struct ts_arena *arena = ts_arena_new();
    struct ts_call call = { .arena = arena, .runtime = &input->runtime, .deadline_ms = INT64_MAX };
    char *line = NULL;
    size_t room = 0;
    ssize_t size;

    while (!input->result && (size = getline(&line, &room, input->from)) > 0) {
        size -= line[size - 1] == '\n';
        input->result = size > LINE_SIZE_MAX ? fail_at(input, TS_EINVALID, "too long")
                                             : take_line(&call, input, line, (size_t)size);
        ts_arena_reset(arena);
    }
    if (!input->result && !input->told)
        input->result = store_fail(&input->message, TS_EDATALOSS, "the last line, with the sum, is missing");
    free(line);
    ts_arena_free(arena);
    input->ended = true;
}

static int walk_in(const struct options *options, const char *path, FILE *from)
{
    struct input *input = calloc(1, sizeof(*input));
    struct loop *loop = loop_new();
    struct store *store = NULL;
    int r;

    if (!input)
        abort();
    input->from = from;
    runtime_init(&input->runtime, loop);
    r = open_store(loop, options, path, &store, &input->message);
    if (!r) {
        input->runtime.store = store;
        fiber_spawn(loop, move_lines, input);
        while (!input->ended)
            loop_run_once(loop, /* wait= */ true);
        r = input->result;
        store_close(store);
    }
    if (!r)
        print_sum(&input->sum, stdout);
    else
        r = complain(&input->message);
    loop_free(loop);
    free(input);
    return r;
}

int move_in(const struct options *options, FILE *from)
{
    char path[DATA_PATH_SIZE];
    struct buf problem;
    struct data data;
    int status = 1;

    if (options->store && mongo_uri_is_one(options->store))
        return walk_in(options, options->store, from);
    buf_init(&problem, PROBLEM_SIZE_MAX);
    if (data_open(&data, options->data, &problem) == 0) {
        status = walk_in(options, data_store_path(options->data, options->store, path), from);
        data_close(&data);
    } else {
        fprintf(stderr, "tessera: %.*s", (int)problem.size, problem.data ? problem.data : "");
    }
    buf_done(&problem);
    return status;
}
