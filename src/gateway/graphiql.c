/*
 * The names are read at the start, and a file when it is asked for first: it blocks the loop for a moment then, which
 * development can bear, and a server whose GraphiQL nobody opens holds none of it. A file that has a .gz beside it
 * goes out as that to who takes it. All names but the page's carry a hash of the content, so they never change.
 */
#include "gateway/graphiql.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/map.h"
#include "gateway/media_type.h"

enum { FILES_MAX = 256, FILE_SIZE_MAX = 16 << 20, ETAG_SIZE = 40 };

#define PAGE "index.html"
#define FOLDER "/graphiql/"

/*
 * Scripts, workers and requests from here alone. Monaco, the editor inside, puts its colours into style elements, and
 * the styles carry their fonts and cursors as data.
 */
static const char policy[] = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; "
                             "style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; "
                             "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/* Said without its name, which would only tell a scanner what to look for. */
static const char absent[] =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>GraphQL</title>"
    "<p>This address answers GraphQL clients: send a query by POST or GET."
    "<p>Its page for people is switched off here; the README says how to switch it on for development.</html>\n";

struct file {
    char *data; /* NULL until it was read */
    size_t size;
    char etag[ETAG_SIZE];
};

struct graphiql {
    struct ts_arena arena;
    const char *folder;
    struct map files; /* by name */
};

static void add_name(struct graphiql *graphiql, const char *name)
{
    (void)map_put(&graphiql->files, ts_strdup(&graphiql->arena, name), TS_NEW(&graphiql->arena, struct file));
}

struct graphiql *graphiql_new(const char *folder, struct buf *ret_problem)
{
    DIR *directory = opendir(folder);
    struct graphiql *graphiql = calloc(1, sizeof(*graphiql));

    if (!graphiql)
        abort();
    arena_init(&graphiql->arena);
    map_init(&graphiql->files);
    graphiql->folder = ts_strdup(&graphiql->arena, folder);
    if (directory) {
        for (struct dirent *entry; (entry = readdir(directory)) && graphiql->files.count < FILES_MAX;)
            if (entry->d_name[0] != '.')
                add_name(graphiql, entry->d_name);
        closedir(directory);
    }
    if (map_find(&graphiql->files, PAGE))
        return graphiql;
    buf_printf(ret_problem, "--graphiql: there is no " PAGE " in %s (./dev build makes it)\n", folder);
    graphiql_free(graphiql);
    return NULL;
}

void graphiql_free(struct graphiql *graphiql)
{
    size_t at = 0;

    if (!graphiql)
        return;
    for (struct map_entry *entry; (entry = map_next(&graphiql->files, &at));)
        free(((struct file *)entry->value)->data);
    map_done(&graphiql->files);
    arena_done(&graphiql->arena);
    free(graphiql);
}

/* The whole file. False: it is gone, too large, or was changed meanwhile. */
static bool file_read(struct file *file, FILE *stream)
{
    struct stat status;
    char *data;

    if (fstat(fileno(stream), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > FILE_SIZE_MAX)
        return false;
    data = malloc((size_t)status.st_size + 1);
    if (!data)
        abort();
    if (fread(data, 1, (size_t)status.st_size, stream) != (size_t)status.st_size) {
        free(data);
        return false;
    }
    file->data = data;
    file->size = (size_t)status.st_size;
    (void)snprintf(file->etag, sizeof(file->etag), "\"%016llx\"", (unsigned long long)hash_bytes(data, file->size));
    return true;
}

/* The file of that name, read by now; or NULL. */
static struct file *find(struct graphiql *graphiql, struct ts_arena *arena, const char *name)
{
    struct file *file = map_find(&graphiql->files, name);
    FILE *stream;
    bool ok;

    if (!file || file->data)
        return file;
    stream = fopen(ts_printf(arena, "%s/%s", graphiql->folder, name), "re");
    ok = stream && file_read(file, stream);
    if (stream)
        (void)fclose(stream); /* only read */
    return ok ? file : NULL;
}

static const char *type_of(const char *name)
{
    static const struct {
        const char *extension, *type;
    } types[] = {
        { ".html", "text/html; charset=utf-8" },
        { ".js", "text/javascript; charset=utf-8" },
        { ".css", "text/css; charset=utf-8" },
        { ".svg", "image/svg+xml" },
        { ".ttf", "font/ttf" },
    };
    const char *extension = strrchr(name, '.');

    for (size_t i = 0; extension && i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i].extension, extension) == 0)
            return types[i].type;
    return "application/octet-stream";
}

static bool serve_file(struct graphiql *graphiql, struct http_request *request, const char *name)
{
    struct http_reply reply = { .status = 200, .content_type = type_of(name) };
    struct file *small = media_type_takes_gzip(request->accept_encoding)
                             ? find(graphiql, &request->arena, ts_printf(&request->arena, "%s.gz", name))
                             : NULL;
    struct file *file = small ? small : find(graphiql, &request->arena, name);
    bool is_page = strcmp(name, PAGE) == 0;

    if (!file)
        return false;
    reply.cache_control = is_page ? "no-cache" : "public, max-age=31536000, immutable";
    reply.headers[0] = (struct http_header){ "content-security-policy", policy };
    reply.headers[1] = (struct http_header){ "etag", file->etag };
    reply.headers[2] = (struct http_header){ "vary", is_page ? "accept, accept-encoding" : "accept-encoding" };
    if (small)
        reply.headers[3] = (struct http_header){ "content-encoding", "gzip" };
    if (request->if_none_match && strcmp(request->if_none_match, file->etag) == 0) {
        reply.status = 304;
    } else {
        reply.body = file->data;
        reply.body_size = file->size;
    }
    http_reply(request, &reply);
    return true;
}

static bool serve_absence(struct http_request *request)
{
    struct http_reply reply = {
        .status = 406,
        .content_type = "text/html; charset=utf-8",
        .body = absent,
        .body_size = sizeof(absent) - 1,
        .headers = { { "content-security-policy", "default-src 'none'" }, { "vary", "accept" } },
    };

    http_reply(request, &reply);
    return true;
}

bool graphiql_serve(struct graphiql *graphiql, struct http_request *request)
{
    bool is_read = request->method == HTTP_GET || request->method == HTTP_HEAD;

    if (strcmp(request->path, "/graphql") == 0 && request->method == HTTP_GET && media_type_is_page(request->accept)) {
        request->route = "/graphql";
        if (graphiql)
            return serve_file(graphiql, request, PAGE);
        return !request->query && serve_absence(request); /* with a query it is for the API, whoever shows the answer */
    }
    if (!graphiql || !is_read || strncmp(request->path, FOLDER, strlen(FOLDER)) != 0)
        return false;
    request->route = "/graphiql";
    return serve_file(graphiql, request, request->path + strlen(FOLDER));
}
