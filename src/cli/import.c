/*
 * tessera import: beside a running server by its control socket, else with modules and store of its own. The page goes
 * through a file in the data folder, so that the server need not see what the caller sees; that file goes at the end.
 */
#include "cli/import.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/cli.h"
#include "cli/control.h"
#include "cli/data.h"
#include "cli/instance.h"
#include "cli/move.h"
#include "import/page.h"
#include "loop/fiber.h"
#include "loop/runtime.h"

enum { IMPORT_MS_MAX = 3600000, TEXT_SIZE_MAX = 64 << 10, COPY_SIZE = 64 << 10, WAIT_MS_MAX = 2000 };

/* ---- in the server, or alone */

static void add_hex(struct ts_runtime *runtime, char *text, size_t digits)
{
    unsigned char byte;

    for (size_t i = 0; i < digits; i++) {
        runtime->random(runtime, &byte, 1);
        text[i] = "0123456789abcdef"[byte & 15];
    }
    text[digits] = '\0';
}

static int run_as_owner(struct ts_runtime *runtime, struct ts_arena *arena, const struct import_options *options,
                        const char *const files[2], struct buf *report)
{
    static const struct ts_principal owner = { TS_PRINCIPAL_OWNER, "owner" };
    struct ts_call call = {
        .arena = arena,
        .principal = &owner,
        .operation = "import",
        .locale = "en",
        .deadline_ms = loop_now_ms(runtime->loop) + IMPORT_MS_MAX,
        .runtime = runtime,
    };

    add_hex(runtime, call.trace.trace_id, 32);
    add_hex(runtime, call.trace.span_id, 16);
    call.request_id = call.trace.trace_id;
    return import_file(&call, options, files[0], files[1], report);
}

static bool take_text(const struct json *asked, const char *name, const char **ret_text)
{
    const struct json *member = json_find(asked, name);

    if (!member || member->type == JSON_NULL)
        return true;
    *ret_text = member->text;
    return member->type == JSON_STRING;
}

int import_serve(struct ts_runtime *runtime, struct ts_arena *arena, const struct json *asked, struct buf *ret_report)
{
    struct import_options options = { 0 };
    const struct json *capacity = json_find(asked, "capacity"), *publish = json_find(asked, "publish");
    const char *files[2] = { NULL, NULL };

    if (!take_text(asked, "path", &files[0]) || !take_text(asked, "name", &files[1]) ||
        !take_text(asked, "organizer", &options.organizer) || !take_text(asked, "timeZone", &options.time_zone) ||
        !take_text(asked, "currency", &options.currency) || !files[0] || files[0][0] != '/')
        return TS_EINVALID;
    options.capacity = capacity && capacity->is_integer ? capacity->integer : 0;
    options.publish = publish && publish->type == JSON_TRUE;
    files[1] = files[1] ? files[1] : files[0];
    return run_as_owner(runtime, arena, &options, files, ret_report);
}

/* ---- by the server */

static void add_member(struct buf *body, const char *name, const char *text)
{
    if (!text)
        return;
    buf_printf(body, ",\"%s\":", name);
    json_write_string(body, text, strlen(text));
}

static void write_request(struct buf *body, const struct options *options, const char *path, const char *name)
{
    buf_add_literal(body, "{\"path\":");
    json_write_string(body, path, strlen(path));
    add_member(body, "name", name);
    add_member(body, "organizer", options->organizer);
    add_member(body, "timeZone", options->time_zone);
    add_member(body, "currency", options->currency);
    buf_printf(body, ",\"capacity\":%lld,\"publish\":%s}", (long long)options->capacity,
               options->publish ? "true" : "false");
}

/* Print the server's answer. Return: the exit status. */
static int print_answer(int status, const struct buf *answer)
{
    struct ts_arena arena;
    struct json_error error;
    struct json *body = NULL;
    const struct json *outcome, *report;
    int exit_status = 1;

    arena_init(&arena);
    (void)json_parse(&arena, answer->data ? answer->data : "", answer->size, &body, &error); /* then it says nothing */
    outcome = json_find(body, "outcome");
    report = json_find(body, "report");
    if (status == 200 && outcome && outcome->is_integer && report && report->type == JSON_STRING) {
        fwrite(report->text, 1, report->size, stdout);
        exit_status = (int)outcome->integer;
    } else {
        fprintf(stderr, "tessera: the server could not import: %.*s\n", (int)answer->size,
                answer->data ? answer->data : "");
    }
    arena_done(&arena);
    return exit_status;
}

/* Return: the exit status; -1 when no server runs there. */
static int import_by_server(const struct options *options, const char *path, const char *name)
{
    struct buf body, answer;
    int status, exit_status = -1;

    buf_init(&body, TEXT_SIZE_MAX);
    buf_init(&answer, (size_t)2 * IMPORT_REPORT_SIZE_MAX);
    write_request(&body, options, path, name);
    status = control_post(options->data, "/import", &body, &answer);
    if (status != 0)
        exit_status = print_answer(status, &answer);
    buf_done(&body);
    buf_done(&answer);
    return exit_status;
}

/* ---- alone */

struct alone {
    struct instance instance;
    struct import_options options;
    const char *const *files;
    struct buf report;
    int outcome;
    bool done;
};

static void import_on_fiber(void *data)
{
    struct alone *alone = data;
    struct ts_arena arena;

    arena_init(&arena);
    alone->outcome = run_as_owner(&alone->instance.runtime, &arena, &alone->options, alone->files, &alone->report);
    arena_done(&arena);
    alone->done = true;
}

static int run_instance(struct alone *alone, const struct options *options, const struct data *data,
                        struct buf *problem)
{
    char store_path[DATA_PATH_SIZE], keys_path[DATA_PATH_SIZE];
    struct instance_config config = {
        .store = data_path(data, "tessera.db", store_path),
        .mongo = { .unauthenticated = options->store_unauthenticated, .plaintext = options->store_plaintext },
        .keys_path = data_path(data, "keys.pem", keys_path),
        .log_level = TS_LOG_WARN,
    };
    int r, closed;

    if (options->store && strncmp(options->store, "sqlite:", 7) == 0)
        config.store = options->store + 7;
    else if (options->store && mongo_uri_is_one(options->store))
        config.store = options->store;
    r = instance_open(&alone->instance, &config, problem);
    if (r == 0) {
        fiber_spawn(alone->instance.loop, import_on_fiber, alone);
        while (!alone->done)
            loop_run_once(alone->instance.loop, /* wait= */ true);
        r = alone->outcome;
    }
    closed = instance_close(&alone->instance, WAIT_MS_MAX);
    return r ? r : closed;
}

static int import_alone(const struct options *options, const struct data *data, const char *const files[2])
{
    struct alone alone = {
        .options = { options->organizer, options->time_zone, options->currency, options->capacity, options->publish },
        .files = files,
    };
    struct buf problem;
    int r;

    buf_init(&problem, TEXT_SIZE_MAX);
    buf_init(&alone.report, IMPORT_REPORT_SIZE_MAX);
    r = run_instance(&alone, options, data, &problem);
    if (alone.report.size)
        fwrite(alone.report.data, 1, alone.report.size, stdout);
    if (r < 0)
        fprintf(stderr, "tessera: %s%.*s\n", problem.size ? "" : ts_error_name(r), (int)problem.size,
                problem.data ? problem.data : "");
    buf_done(&problem);
    buf_done(&alone.report);
    return r < 0 ? 1 : r;
}

/* ---- the page */

/* Copy the page to a file that only the owner reads. Return: false when it cannot be read or kept. */
static bool copy_page(const char *name, const char *path)
{
    FILE *from = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
    int fd = from ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    char bytes[COPY_SIZE];
    size_t size, all = 0;
    bool fine = fd >= 0;

    while (fine && all <= PAGE_SIZE_MAX && (size = fread(bytes, 1, sizeof(bytes), from)) > 0) {
        fine = write(fd, bytes, size) == (ssize_t)size;
        all += size;
    }
    fine = fine && !ferror(from);
    if (fd >= 0)
        close(fd);
    if (from && from != stdin)
        fclose(from);
    return fine;
}

/* The whole path of the copy: the server has a working folder of its own. */
static bool copy_path(const char *folder, char path[PATH_MAX])
{
    char whole[PATH_MAX];

    return realpath(folder, whole) && snprintf(path, PATH_MAX, "%s/import-%d.page", whole, (int)getpid()) < PATH_MAX;
}

/* Return: the exit status. */
static int import_one(const struct options *options, const struct data *data, const char *name)
{
    const char *files[2] = { NULL, strcmp(name, "-") == 0 ? "stdin" : name };
    char path[PATH_MAX] = "";
    int status = 2;

    if (!copy_path(options->data, path) || !copy_page(name, path)) {
        fprintf(stderr, "tessera: %s: cannot be read\n", files[1]);
    } else if (!data) {
        status = import_by_server(options, path, files[1]);
    } else {
        files[0] = path;
        status = import_alone(options, data, files);
    }
    if (*path)
        (void)unlink(path); /* it may never have come to be */
    return status;
}

/* Whether a server runs on the data folder: then nothing else may open its store. */
static bool server_runs(const struct options *options)
{
    struct buf body, answer;
    int status;

    buf_init(&body, TEXT_SIZE_MAX);
    buf_init(&answer, TEXT_SIZE_MAX);
    status = control_post(options->data, "/livez", &body, &answer);
    buf_done(&body);
    buf_done(&answer);
    return status != 0;
}

static int import_all(const struct options *options, const struct data *data)
{
    int worst = 0;

    for (const char **name = options->operands; *name; name++) {
        int status = import_one(options, data, *name);

        worst = status > worst ? status : worst;
    }
    return worst;
}

/* One file, into a store that nobody else has open but other processes of a shared one. */
static int import_versions(const struct options *options)
{
    const char *name = options->operands[0];
    FILE *from = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
    int status = 2;

    if (!from)
        fprintf(stderr, "tessera: %s: cannot be read\n", name);
    else if (options->operands[1])
        fprintf(stderr, "tessera: import --versions wants one file\n");
    else
        status = move_in(options, from);
    if (from && from != stdin)
        fclose(from);
    return status;
}

int cli_import(const struct options *options)
{
    struct data data = { .lock_fd = -1 };
    struct buf problem;
    int status = 1;

    if (!options->operands[0]) {
        fprintf(stderr, "tessera: import wants a file, or - for standard input\n");
        return 2;
    }
    if (options->versions)
        return import_versions(options);
    if (server_runs(options))
        return import_all(options, NULL);
    buf_init(&problem, TEXT_SIZE_MAX);
    if (data_open(&data, options->data, &problem) == 0)
        status = import_all(options, &data);
    else
        fprintf(stderr, "tessera: %.*s", (int)problem.size, problem.data ? problem.data : "");
    data_close(&data);
    buf_done(&problem);
    return status;
}
