/* One process owns the folder: the lock is flock's, so it ends with the process however that ends. */
#include "cli/data.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/line.h"
#include "tessera/err.h"

char *data_path(const struct data *data, const char *name, char buffer[DATA_PATH_SIZE])
{
    (void)snprintf(buffer, DATA_PATH_SIZE, "%s/%s", data->path, name); /* data_open() saw to the room */
    return buffer;
}

const char *data_store_path(const char *folder, const char *store, char buffer[DATA_PATH_SIZE])
{
    if (store && strncmp(store, "sqlite:", 7) == 0)
        return store + 7;
    (void)snprintf(buffer, DATA_PATH_SIZE, "%s/tessera.db", folder); /* too long: then it is not found */
    return buffer;
}

static int fail(struct buf *problem, int error, const char *what, const char *path)
{
    buf_printf(problem, "%s %s: %s\n", what, path, strerror(errno));
    return error;
}

static int data_make(struct data *data, const char *path, struct buf *problem)
{
    const char *temporary = getenv("TMPDIR");

    if (path) {
        if (strlen(path) >= DATA_FOLDER_SIZE) {
            buf_printf(problem, "the data folder's path is too long\n");
            return TS_EINVALID;
        }
        memcpy(data->path, path, strlen(path) + 1);
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return fail(problem, TS_EUNAVAILABLE, "cannot make", path);
        return 0;
    }
    data->ephemeral = true;
    snprintf(data->path, sizeof(data->path), "%.400s/tessera-XXXXXX", temporary && *temporary ? temporary : "/tmp");
    return mkdtemp(data->path) ? 0 : fail(problem, TS_EUNAVAILABLE, "cannot make", data->path);
}

int data_open(struct data *data, const char *path, struct buf *ret_problem)
{
    char lock_path[DATA_PATH_SIZE];
    int r;

    *data = (struct data){ .lock_fd = -1 };
    r = data_make(data, path, ret_problem);
    if (r)
        return r;
    data_path(data, "server.lock", lock_path); /* the store has a `lock` of its own beside it */
    data->lock_fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (data->lock_fd < 0)
        return fail(ret_problem, TS_EUNAVAILABLE, "cannot open", lock_path);
    if (flock(data->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        buf_printf(ret_problem, "another tessera is using %s\n", data->path);
        close(data->lock_fd);
        data->lock_fd = -1;
        return TS_EPRECONDITION;
    }
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    (void)remove(path); /* a temporary folder: what cannot be removed stays */
    return 0;
}

void data_close(struct data *data)
{
    if (data->ephemeral && *data->path)
        nftw(data->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (data->lock_fd >= 0)
        close(data->lock_fd);
    data->lock_fd = -1;
}

static void digest_to_hex(const struct owner *owner, char hex[2 * OWNER_DIGEST_SIZE + 1])
{
    for (size_t i = 0; i < OWNER_DIGEST_SIZE; i++)
        snprintf(hex + 2 * i, 3, "%02x", owner->digest[i]);
}

static bool digest_from_hex(const char *hex, struct owner *owner)
{
    if (strspn(hex, "0123456789abcdef") != 2 * (size_t)OWNER_DIGEST_SIZE)
        return false;
    for (size_t i = 0; i < OWNER_DIGEST_SIZE; i++) {
        char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

        owner->digest[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return true;
}

static bool owner_read(const char *path, struct owner *ret_owner)
{
    char line[128];

    return line_read(path, line, sizeof(line)) && digest_from_hex(line, ret_owner);
}

/* Written beside and renamed, so that a crash leaves the old file or the new one. */
static int owner_write(const char *path, const struct owner *owner, struct buf *problem)
{
    char beside[DATA_PATH_SIZE + 8], hex[2 * OWNER_DIGEST_SIZE + 1];
    int fd, written;

    snprintf(beside, sizeof(beside), "%s.new", path);
    digest_to_hex(owner, hex);
    fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(problem, TS_EUNAVAILABLE, "cannot write", beside);
    written = dprintf(fd, "%s\n", hex) > 0 && fsync(fd) == 0;
    close(fd);
    if (!written || rename(beside, path) != 0)
        return fail(problem, TS_EUNAVAILABLE, "cannot write", path);
    return 0;
}

static void token_make(char made[OWNER_TOKEN_MADE_SIZE])
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned char random[OWNER_TOKEN_MADE_SIZE - 1];

    if (getrandom(random, sizeof(random), 0) != sizeof(random))
        abort(); /* 32 bytes are always given whole */
    for (size_t i = 0; i < sizeof(random); i++)
        made[i] = alphabet[random[i] & 63];
    made[sizeof(random)] = '\0';
}

int data_owner(const struct data *data, const char *given, struct owner *ret_owner, char made[OWNER_TOKEN_MADE_SIZE],
               struct buf *ret_problem)
{
    char path[DATA_PATH_SIZE];

    made[0] = '\0';
    if (given && !owner_token_ok(given)) {
        buf_printf(ret_problem, "an owner token has 8 to 256 visible characters\n");
        return TS_EINVALID;
    }
    if (given) {
        owner_set(ret_owner, given);
        return 0;
    }
    data_path(data, "owner-token.sha256", path);
    if (owner_read(path, ret_owner))
        return 0;
    if (access(path, F_OK) == 0) {
        buf_printf(ret_problem, "%s is damaged: remove it to have a new token made\n", path);
        return TS_EDATALOSS;
    }
    token_make(made);
    owner_set(ret_owner, made);
    return owner_write(path, ret_owner, ret_problem);
}
