/*
 * tessera schema: the GraphQL schema as text, whether a schema or a client's documents are right, and what a change of
 * it does to clients. Nothing is started: the schema is composed as serve does it, or read from files.
 *
 * Exit: 0 fine; 1 problems, or a change that breaks clients; 2 asked for wrongly, or a file cannot be read.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "cli/cli.h"
#include "cli/instance.h"
#include "graphql/graphql.h"

enum {
    FILES_MAX = 10000,
    FILE_SIZE_MAX = 16 << 20,
    PROBLEMS_SIZE_MAX = 1 << 20,
    SDL_SIZE_MAX = 64 << 20,
    FOLDERS_DEEP_MAX = 32, /* links in circles end there */
};

/* A client's documents count as one here, so what bounds one request bounds nothing; errors are all told. */
static const struct gql_limits check_limits = {
    .tokens = 1 << 22,
    .depth = 64,
    .aliases = 1 << 20,
    .operations = 1 << 20,
    .directives = 64,
    .circles = 3,
    .steps = 1 << 24,
    .reach = 1 << 24,
    .fields = 1 << 20,
    .objects = 1,
    .errors = 1000,
};

/* Files read so far; texts and names live in the arena. */
struct files {
    struct ts_arena arena;
    struct gql_source *items;
    size_t count;
    struct buf problems;
};

static void files_init(struct files *files)
{
    *files = (struct files){ .count = 0 };
    arena_init(&files->arena);
    buf_init(&files->problems, PROBLEMS_SIZE_MAX);
    files->items = TS_NEW_ARRAY(&files->arena, struct gql_source, FILES_MAX);
}

static void files_done(struct files *files)
{
    buf_done(&files->problems);
    arena_done(&files->arena);
}

static int print_problems(const struct files *files, int status)
{
    if (files->problems.size)
        fwrite(files->problems.data, 1, files->problems.size, stderr);
    return status;
}

/* Return: false and a line in the problems. */
static bool read_file(struct files *files, const char *path)
{
    FILE *file = fopen(path, "re");
    char bytes[16384];
    struct buf text;
    size_t size;
    bool fine = false;

    buf_init(&text, FILE_SIZE_MAX);
    while (file && (size = fread(bytes, 1, sizeof(bytes), file)) > 0)
        buf_add(&text, bytes, size);
    if (!file || ferror(file))
        buf_printf(&files->problems, "tessera: cannot read %s: %s\n", path, strerror(errno));
    else if (text.full || files->count == FILES_MAX)
        buf_printf(&files->problems, "tessera: %s is larger than %d bytes, or one of more than %d files\n", path,
                   FILE_SIZE_MAX, FILES_MAX);
    else if (text.size && memchr(text.data, 0, text.size))
        buf_printf(&files->problems, "tessera: %s is no text\n", path);
    else
        fine = true;
    if (fine)
        files->items[files->count++] =
            (struct gql_source){ ts_strdup(&files->arena, path), "",
                                 text.size ? ts_strndup(&files->arena, text.data, text.size) : "" };
    if (file)
        (void)fclose(file); /* only read */
    buf_done(&text);
    return fine;
}

static bool is_document(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot && (strcmp(dot, ".graphql") == 0 || strcmp(dot, ".gql") == 0);
}

static bool read_path(struct files *files, const char *path, unsigned depth);

/* All documents in a folder and those below, by name. */
static bool read_folder(struct files *files, const char *path, unsigned depth)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, NULL, alphasort);
    bool fine = count >= 0;

    if (!fine)
        buf_printf(&files->problems, "tessera: cannot read %s: %s\n", path, strerror(errno));
    for (int i = 0; i < count; i++) {
        const char *inner = ts_printf(&files->arena, "%s/%s", path, entries[i]->d_name);
        struct stat about;
        bool is_folder = stat(inner, &about) == 0 && S_ISDIR(about.st_mode);

        if (entries[i]->d_name[0] != '.' && (is_folder ? depth < FOLDERS_DEEP_MAX : is_document(inner)))
            fine &= read_path(files, inner, depth + 1);
        free(entries[i]);
    }
    free(entries);
    return fine;
}

static bool read_path(struct files *files, const char *path, unsigned depth)
{
    struct stat about;

    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return read_folder(files, path, depth);
    return read_file(files, path);
}

/* The schema of the files from `first` on; without any, this program's own. NULL: problems. */
static struct gql_schema *schema_of(struct files *files, size_t first)
{
    const struct gql_config config = { .sources = files->items + first,
                                       .source_count = files->count - first,
                                       .introspection = true,
                                       .suggestions = true,
                                       .limits = &check_limits,
                                       .plain = true };

    if (files->count == first)
        return instance_schema_new(&check_limits, /* suggestions= */ true, &files->problems);
    return gql_schema_new(&config, &files->problems);
}

/* A schema as clients see it. NULL: problems. */
static struct gql_schema *published_schema(struct files *files, const char *path)
{
    size_t first = files->count;
    struct gql_schema *schema;
    struct gql_source *own;
    struct buf sdl;

    if (path)
        return read_file(files, path) ? schema_of(files, first) : NULL;
    schema = schema_of(files, first);
    if (!schema)
        return NULL;
    buf_init(&sdl, SDL_SIZE_MAX);
    gql_schema_print(schema, &sdl);
    gql_schema_free(schema);
    own = &files->items[files->count++];
    *own = (struct gql_source){ "this program", "", ts_strndup(&files->arena, sdl.data, sdl.size) };
    buf_done(&sdl);
    return schema_of(files, first);
}

static int print_schema(const struct options *options, struct files *files)
{
    struct gql_schema *schema;
    struct buf sdl;

    if (options->operands[1] && !read_file(files, options->operands[1]))
        return print_problems(files, 2);
    schema = schema_of(files, 0);
    if (!schema)
        return print_problems(files, 1);
    buf_init(&sdl, SDL_SIZE_MAX);
    gql_schema_print(schema, &sdl);
    fwrite(sdl.data, 1, sdl.size, stdout);
    buf_done(&sdl);
    gql_schema_free(schema);
    return 0;
}

static int check_operations(struct files *files, struct gql_schema *schema, const char *path)
{
    size_t first = files->count;

    if (!read_path(files, path, 0))
        return print_problems(files, 2);
    if (files->count == first) {
        fprintf(stderr, "tessera: there is no .graphql or .gql file in %s\n", path);
        return 2;
    }
    if (!gql_documents_check(schema, files->items + first, files->count - first, &files->problems))
        return print_problems(files, 1);
    printf("%zu file%s of documents fit the schema\n", files->count - first, files->count - first == 1 ? "" : "s");
    return 0;
}

static int check_schema(const struct options *options, struct files *files)
{
    struct gql_schema *schema;
    int status = 0;

    for (const char **path = options->operands + 1; *path; path++) {
        if (!read_file(files, *path))
            return print_problems(files, 2);
    }
    schema = schema_of(files, 0);
    if (!schema)
        return print_problems(files, 1);
    printf("the schema is valid\n");
    if (options->operations)
        status = check_operations(files, schema, options->operations);
    gql_schema_free(schema);
    return status;
}

static int print_changes(const struct gql_change *changes)
{
    static const char *const kinds[] = { "BREAKING", "DANGEROUS", "SAFE" };
    unsigned counts[3] = { 0 };

    for (const struct gql_change *change = changes; change; change = change->next) {
        printf("%-9s  %-32s %s\n", kinds[change->kind], change->class, change->text);
        counts[change->kind]++;
    }
    printf("%u breaking, %u dangerous, %u safe\n", counts[GQL_BREAKING], counts[GQL_DANGEROUS], counts[GQL_SAFE]);
    return counts[GQL_BREAKING] ? 1 : 0;
}

static int diff_schemas(const struct options *options, struct files *files)
{
    struct gql_schema *before = NULL, *after = NULL;
    int status = 2; /* neither 0 nor 1 must be read as a verdict */

    if (!options->operands[1]) {
        fprintf(stderr, "tessera: schema diff needs a file: tessera schema diff OLD [NEW]\n");
        return 2;
    }
    before = published_schema(files, options->operands[1]);
    after = before ? published_schema(files, options->operands[2]) : NULL;
    if (after)
        status = print_changes(gql_schema_diff(before, after, &files->arena));
    gql_schema_free(before);
    gql_schema_free(after);
    return print_problems(files, status);
}

static const struct {
    const char *name;
    int (*run)(const struct options *options, struct files *files);
    unsigned operands_max;
} verbs[] = {
    { "print", print_schema, 1 },
    { "check", check_schema, UINT_MAX },
    { "diff", diff_schemas, 2 },
};

int cli_schema(const struct options *options)
{
    const char *verb = options->operands[0] ? options->operands[0] : "";
    unsigned operand_count = 0;
    struct files files;
    int status;

    while (options->operands[0] && options->operands[operand_count + 1])
        operand_count++;
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(verbs[i].name, verb) != 0)
            continue;
        if (operand_count > verbs[i].operands_max)
            break;
        files_init(&files);
        status = verbs[i].run(options, &files);
        files_done(&files);
        return status;
    }
    fprintf(stderr,
            "tessera: schema print [FILE], schema check [FILE…] [--operations PATH] or schema diff OLD [NEW]\n");
    return 2;
}
