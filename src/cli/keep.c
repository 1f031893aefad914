/*
 * backup and restore: the commands that keep data safe. A backup goes through the running server when there is
 * one; a restore wants the folder for itself.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/cli.h"
#include "cli/control.h"
#include "cli/data.h"
#include "cli/keep.h"
#include "store/backup.h"
#include "store/mongo.h"

enum { TEXT_SIZE_MAX = 64 << 10 };

/* A file of ours can be copied and put back; a server has its own tools. */
static bool is_elsewhere(const struct options *options)
{
    if (!options->store || !mongo_uri_is_one(options->store))
        return false;
    fprintf(stderr, "tessera: %s is for the embedded store; for MongoDB take mongodump and mongorestore\n",
            options->command);
    return true;
}

static int one_operand(const struct options *options)
{
    if (is_elsewhere(options))
        return TS_EINVALID;
    if (options->operands[0] && !options->operands[1])
        return 0;
    fprintf(stderr, "tessera: %s wants one file\n", options->command);
    return TS_EINVALID;
}

static int report(int r, const struct store_message *message)
{
    if (message->text[0])
        fprintf(stderr, "tessera: %s\n", message->text);
    return r ? 1 : 0;
}

/* The server's folder is not ours: it needs the whole path. */
static void add_absolute(struct buf *body, const char *path)
{
    char folder[PATH_MAX], whole[PATH_MAX + PATH_MAX];

    if (path[0] == '/' || !getcwd(folder, sizeof(folder)))
        folder[0] = '\0';
    (void)snprintf(whole, sizeof(whole), path[0] == '/' ? "%s%s" : "%s/%s", folder, path);
    buf_add_literal(body, "{\"path\":");
    json_write_string(body, whole, strlen(whole));
    buf_add_literal(body, "}");
}

static int backup_by_server(const struct options *options)
{
    struct buf body, answer;
    int status;

    buf_init(&body, TEXT_SIZE_MAX);
    buf_init(&answer, TEXT_SIZE_MAX);
    add_absolute(&body, options->operands[0]);
    status = control_post(options->data, "/backup", &body, &answer);
    if (status != 0 && status != 200)
        fprintf(stderr, "tessera: the server refused: %.*s\n", (int)answer.size, answer.data ? answer.data : "");
    buf_done(&body);
    buf_done(&answer);
    return status;
}

int cli_backup(const struct options *options)
{
    struct store_message message = { "" };
    char buffer[DATA_PATH_SIZE];
    struct loop *loop;
    int r;

    if (one_operand(options))
        return 2;
    r = backup_by_server(options);
    if (r)
        return r == 200 ? 0 : 1;
    loop = loop_new();
    r = backup_file(loop, data_store_path(options->data, options->store, buffer), options->operands[0], &message);
    loop_free(loop);
    return report(r, &message);
}

int keep_copy(const struct options *options, const char *path)
{
    const char *operands[] = { path, NULL };
    struct options copy = *options;

    copy.operands = operands;
    copy.command = "backup";
    return cli_backup(&copy);
}

int cli_restore(const struct options *options)
{
    struct store_message message = { "" };
    char buffer[DATA_PATH_SIZE];
    struct buf problem;
    struct data data;
    struct loop *loop;
    int r;

    if (one_operand(options))
        return 2;
    buf_init(&problem, TEXT_SIZE_MAX);
    r = data_open(&data, options->data, &problem);
    if (r == 0) {
        loop = loop_new();
        r = backup_restore(loop, options->operands[0], data_store_path(options->data, options->store, buffer),
                           &message);
        loop_free(loop);
    } else {
        fprintf(stderr, "tessera: %.*s", (int)problem.size, problem.data);
    }
    data_close(&data);
    buf_done(&problem);
    return report(r, &message);
}
