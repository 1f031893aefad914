/*
 * doctor: what a promoter can mend before a server fails of it. Each check prints one line and looks at one thing; what
 * is not there yet is no fault, for the next start makes it.
 */
#include <errno.h>
#include <netdb.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/collections.h"
#include "cli/control.h"
#include "cli/data.h"
#include "loop/loop.h"
#include "store/backup.h"
#include "store/mongo.h"
#include "tessera/limits.h"

enum {
    TEXT_SIZE_MAX = 64 << 10,
    FREE_MB_MIN = 256,     /* the log of writes may grow to 64 MB between two checkpoints, and a backup is a copy */
    EXPIRY_DAYS_MIN = 7,   /* time to renew a certificate by hand */
    FILES_MIN = 1024,      /* a socket for each buyer of a small sale, and the store */
    CLOCK_YEAR_MIN = 2026, /* this was written then */
};

static int say(bool good, const char *what, const char *format, ...) __attribute__((format(printf, 3, 4)));

static int say(bool good, const char *what, const char *format, ...)
{
    va_list args;

    printf("%-6s %s: ", good ? "ok" : "WRONG", what);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    return good ? 0 : 1;
}

/* Whether only the owner can read `path`. */
static int check_private(const char *folder, const char *name)
{
    char path[DATA_PATH_SIZE];
    struct stat status;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name); /* too long: then it is absent */
    if (stat(path, &status) != 0)
        return say(true, name, "not there yet");
    if (status.st_mode & 077)
        return say(false, name, "others can read it: chmod 600 %s", path);
    return say(true, name, "private");
}

static int check_folder(const char *folder)
{
    struct stat status;

    if (stat(folder, &status) != 0 || access(folder, R_OK | W_OK | X_OK) != 0)
        return say(false, "data folder", "%s cannot be read and written, or is not there", folder);
    if (status.st_mode & 022)
        return say(false, "data folder", "others can write to it: chmod 700 %s", folder);
    return say(true, "data folder", "%s", folder);
}

static int check_disk(const char *folder)
{
    struct statvfs status;
    unsigned long long free_mb;

    if (statvfs(folder, &status) != 0)
        return say(false, "disk", "%s: %s", folder, strerror(errno));
    free_mb = (unsigned long long)status.f_bavail * status.f_frsize >> 20;
    if (status.f_flag & ST_RDONLY)
        return say(false, "disk", "it is mounted read-only");
    return say(free_mb >= FREE_MB_MIN, "disk", "%llu MB free%s", free_mb, free_mb < FREE_MB_MIN ? ", too few" : "");
}

/* A running server answers on its socket. Return: its status; 0: none runs. */
static int ask_server(const char *folder)
{
    struct buf body, answer;
    int status;

    buf_init(&body, TEXT_SIZE_MAX);
    buf_init(&answer, TEXT_SIZE_MAX);
    buf_add_literal(&body, "{\"query\":\"{__typename}\"}");
    status = control_post(folder, "/graphql", &body, &answer);
    buf_done(&body);
    buf_done(&answer);
    return status;
}

static int check_server(int status)
{
    if (status == 0)
        return say(true, "server", "none runs on this folder");
    return say(status == 200, "server",
               status == 200 ? "running and answering" : "running, but not answering as it should");
}

static int try_bind(const struct addrinfo *address)
{
    int fd = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, 0), yes = 1, error = 0;

    if (fd < 0)
        return errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)); /* as the server does */
    if (bind(fd, address->ai_addr, address->ai_addrlen) != 0)
        error = errno;
    close(fd);
    return error;
}

/* Whether a server could listen at HOST:PORT. One that runs has the port itself. */
static int check_port(const char *what, const char *address, bool is_running)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *found;
    char host[64] = "", port[6] = "";
    int error;

    if ((sscanf(address, "[%63[^]]]:%5[0-9]", host, port) != 2 &&
         sscanf(address, "%63[^:]:%5[0-9]", host, port) != 2) ||
        getaddrinfo(host, port, &hints, &found) != 0)
        return say(false, what, "%s is not ADDRESS:PORT", address);
    error = try_bind(found);
    freeaddrinfo(found);
    if (error == EADDRINUSE && is_running)
        return say(true, what, "%s, in use", address);
    return say(error == 0, what, "%s%s%s", address, error ? ": " : " is free", error ? strerror(error) : "");
}

static X509 *read_certificate(const char *path)
{
    FILE *file = fopen(path, "re");
    X509 *certificate = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;

    if (file)
        fclose(file);
    return certificate;
}

static EVP_PKEY *read_key(const char *path)
{
    FILE *file = fopen(path, "re");
    EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, (void *)"") : NULL;

    if (file)
        fclose(file);
    return key;
}

static int check_dates(const X509 *certificate)
{
    int days = 0, seconds = 0;

    if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
        return say(false, "certificate", "it is not valid yet: look at the clock");
    if (!ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(certificate)))
        return say(false, "certificate", "its date cannot be read");
    if (days < 0 || seconds < 0)
        return say(false, "certificate", "it has expired");
    return say(days >= EXPIRY_DAYS_MIN, "certificate", "%d days left", days);
}

static int check_key(const char *path, const X509 *certificate)
{
    EVP_PKEY *key = read_key(path);
    bool fits = key && certificate && X509_check_private_key(certificate, key) == 1;
    int wrong = 0;

    if (!key)
        wrong = say(false, "TLS key", "cannot use %s", path);
    else if (certificate)
        wrong = say(fits, "TLS key", "%s", fits ? "fits the certificate" : "it does not fit the certificate");
    EVP_PKEY_free(key);
    return wrong;
}

static int check_tls(const struct options *options)
{
    X509 *certificate;
    int wrong;

    if (!options->tls_cert)
        return say(true, "TLS",
                   "not configured: for the internet put a proxy in front, or give --tls-cert and --tls-key");
    certificate = read_certificate(options->tls_cert);
    wrong = certificate ? check_dates(certificate) : say(false, "certificate", "cannot use %s", options->tls_cert);
    wrong += check_key(options->tls_key, certificate);
    X509_free(certificate);
    return wrong;
}

/* A clock that never was set stands at its epoch; one that went back makes what was written look newer than now. */
static int check_clock(const char *store)
{
    time_t now = time(NULL);
    struct stat status;
    struct tm date;

    gmtime_r(&now, &date);
    if (date.tm_year + 1900 < CLOCK_YEAR_MIN)
        return say(false, "clock", "it is in %d: set it", date.tm_year + 1900);
    if (stat(store, &status) == 0 && status.st_mtime > now + 60)
        return say(false, "clock", "it is behind the store's last write: has it been set back?");
    return say(true, "clock", "%04d-%02d-%02d %02d:%02d UTC", date.tm_year + 1900, date.tm_mon + 1, date.tm_mday,
               date.tm_hour, date.tm_min);
}

static int check_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return say(false, "open files", "%s", strerror(errno));
    return say(limit.rlim_max >= FILES_MIN, "open files", "at most %llu, of %d connections",
               (unsigned long long)limit.rlim_max, TS_CONNECTIONS_MAX);
}

static int check_file(const char *path)
{
    struct store_message message = { "" };
    struct loop *loop;
    int r;

    if (access(path, F_OK) != 0)
        return say(true, "store", "not there yet");
    loop = loop_new();
    r = backup_verify(loop, path, &message);
    loop_free(loop);
    return say(r == 0, "store", "%s", r ? message.text : path);
}

/* What shards are asked for is printed to be copied: nobody but who runs the cluster can say whether it is one. */
static int check_shards(struct store *store)
{
    struct buf commands, wrong;
    int faults, r;

    buf_init(&commands, TEXT_SIZE_MAX);
    buf_init(&wrong, TEXT_SIZE_MAX);
    r = mongo_store_shards(store, &commands, &wrong);
    for (char *comma = wrong.data; comma && (comma = memchr(comma, '\n', wrong.size - (size_t)(comma - wrong.data)));)
        *comma = ' ';
    faults = say(!r && !wrong.size, "shards",
                 r            ? "the cluster does not tell its keys: give the user the role read on config%.*s"
                 : wrong.size ? "sharded by another key than _id, so ids are not unique: %.*s"
                              : "none by another key; on a sharded cluster, in mongosh:%.*s",
                 (int)wrong.size, wrong.data ? wrong.data : "");
    printf("%.*s", (int)commands.size, commands.data ? commands.data : "");
    buf_done(&wrong);
    buf_done(&commands);
    return faults;
}

static int check_server_store(const struct options *options)
{
    struct mongo_options mongo = { .unauthenticated = options->store_unauthenticated,
                                   .plaintext = options->store_plaintext };
    struct store_message message = { "" };
    struct loop *loop = loop_new();
    struct store *store = NULL;
    int r = mongo_store_open(loop, options->store, &mongo, &store, &message), wrong;

    r = r ? r : collections_add(store, &message);
    wrong = say(r == 0, "store", "%s",
                r                                ? message.text
                : options->store_unauthenticated ? "reached"
                                                 : "reached, by who may");
    if (r == 0)
        wrong += check_shards(store) + say(true, "validators", "%s",
                                           mongo_store_knows_schemas(store)
                                               ? "on each collection"
                                               : "the server knows none, and takes whatever anybody writes");
    store_close(store);
    loop_free(loop);
    return wrong;
}

int cli_doctor(const struct options *options)
{
    char path[DATA_PATH_SIZE];
    const char *store = data_store_path(options->data, options->store, path);
    bool is_server = options->store && mongo_uri_is_one(options->store);
    int wrong = say(true, "version", "%s", TESSERA_VERSION), status;

    wrong += check_clock(store) + check_files() + check_tls(options);
    if (check_folder(options->data))
        return 1;
    status = ask_server(options->data);
    wrong += check_disk(options->data);
    wrong += check_private(options->data, "owner-token.sha256") + check_private(options->data, "keys.pem");
    wrong += check_server(status);
    wrong += check_port("listen", options->listen, status != 0) + check_port("admin", options->admin, status != 0);
    wrong += is_server ? check_server_store(options) : check_file(store);
    return wrong ? 1 : 0;
}
