/*
 * backup, restore, doctor: the commands that keep data safe. A backup goes through the running server when there is
 * one; a restore wants the folder for itself.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/cli.h"
#include "cli/control.h"
#include "cli/data.h"
#include "store/backup.h"

enum { TEXT_SIZE_MAX = 64 << 10 };

/* The store's file, as serve would choose it. */
static const char *store_path(const struct options *options, char buffer[DATA_PATH_SIZE])
{
    if (options->store && strncmp(options->store, "sqlite:", 7) == 0)
        return options->store + 7;
    (void)snprintf(buffer, DATA_PATH_SIZE, "%s/tessera.db", options->data); /* too long: then it is not found */
    return buffer;
}

static int one_operand(const struct options *options)
{
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
    r = backup_file(loop, store_path(options, buffer), options->operands[0], &message);
    loop_free(loop);
    return report(r, &message);
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
        r = backup_restore(loop, options->operands[0], store_path(options, buffer), &message);
        loop_free(loop);
    } else {
        fprintf(stderr, "tessera: %.*s", (int)problem.size, problem.data);
    }
    data_close(&data);
    buf_done(&problem);
    return report(r, &message);
}

static int say(bool good, const char *what, const char *detail)
{
    printf("%-6s %s%s%s\n", good ? "ok" : "WRONG", what, *detail ? ": " : "", detail);
    return good ? 0 : 1;
}

/* Whether only the owner can read `path`. An absent file is made at the next start. */
static int check_private(const char *folder, const char *name)
{
    char path[DATA_PATH_SIZE];
    struct stat status;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name); /* too long: then it is absent */
    if (stat(path, &status) != 0)
        return say(true, name, "not there yet");
    return say((status.st_mode & 077) == 0, name, (status.st_mode & 077) ? "others can read it: chmod 600" : "private");
}

static int check_server(const struct options *options)
{
    struct buf body, answer;
    int status;

    buf_init(&body, TEXT_SIZE_MAX);
    buf_init(&answer, TEXT_SIZE_MAX);
    buf_add_literal(&body, "{\"query\":\"{__typename}\"}");
    status = control_post(options->data, "/graphql", &body, &answer);
    buf_done(&body);
    buf_done(&answer);
    if (status == 0)
        return say(true, "server", "none runs on this folder");
    return say(status == 200, "server",
               status == 200 ? "running and answering" : "running, but not answering as it should");
}

int cli_doctor(const struct options *options)
{
    struct store_message message = { "" };
    char buffer[DATA_PATH_SIZE];
    const char *path = store_path(options, buffer);
    struct loop *loop;
    int wrong = 0, r;

    if (access(options->data, R_OK | W_OK | X_OK) != 0)
        return say(false, "data folder", "cannot be read and written, or is not there");
    wrong += say(true, "data folder", options->data);
    wrong += check_private(options->data, "owner-token.sha256");
    wrong += check_private(options->data, "keys.pem");
    wrong += check_server(options);
    if (access(path, F_OK) == 0) {
        loop = loop_new();
        r = backup_verify(loop, path, &message);
        loop_free(loop);
        wrong += say(r == 0, "store", r ? message.text : path);
    } else {
        wrong += say(true, "store", "not there yet");
    }
    return wrong ? 1 : 0;
}
