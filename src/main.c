/* The program: reads what it was told, and does that. */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "cli/cli.h"

enum { TEXT_SIZE_MAX = 64 << 10, ARENAS_MAX = 2 };

static int print_help(const struct options *options)
{
    struct buf text;

    (void)options;
    buf_init(&text, TEXT_SIZE_MAX);
    options_help(&text);
    fwrite(text.data, 1, text.size, stdout);
    buf_done(&text);
    return 0;
}

static int print_version(const struct options *options)
{
    (void)options;
    printf("tessera %s\n", TESSERA_VERSION);
    return 0;
}

static const struct {
    const char *name;
    int (*run)(const struct options *options);
} commands[] = {
    { "help", print_help },           { "version", print_version }, { "serve", cli_serve },
    { "import", cli_import },         { "backup", cli_backup },     { "restore", cli_restore },
    { "export", cli_export },         { "doctor", cli_doctor },     { "healthcheck", cli_healthcheck },
    { "operations", cli_operations }, { "schema", cli_schema },
};

static int run(const struct options *options)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(commands[i].name, options->command) == 0)
            return commands[i].run(options);
    fprintf(stderr, "tessera: %s is not part of this build\n", options->command);
    return 1;
}

int main(int argc, char **argv)
{
    struct ts_arena arena;
    struct options options;
    struct buf problem;
    int status = 2;

    mallopt(M_ARENA_MAX, ARENAS_MAX); /* a heap per thread costs memory that one loop never needs */
    signal(SIGPIPE, SIG_IGN);
    arena_init(&arena);
    buf_init(&problem, TEXT_SIZE_MAX);
    if (options_read(&arena, argc, argv, &options, &problem) == 0)
        status = run(&options);
    else
        fprintf(stderr, "tessera: %.*s(tessera --help lists what there is)\n", (int)problem.size, problem.data);
    buf_done(&problem);
    arena_done(&arena);
    return status;
}
