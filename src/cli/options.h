/* What a command was told: by flags, by TESSERA_… variables, by secret files; flags win. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "tessera/arena.h"

struct options {
    const char *command;   /* "serve"; never NULL */
    const char **operands; /* what is no flag, NULL-terminated */
    const char *listen, *admin, *data, *store, *bus, *modules, *owner_token, *tls_cert, *tls_key, *log_level;
    const char *bus_ca, *bus_cert, *bus_key;
    const char *graphiql, *cors_origin, *operations, *limits;
    const char *url;                              /* healthcheck */
    const char *organizer, *time_zone, *currency; /* import */
    int64_t capacity;
    int64_t ws_init_ms, ws_ping_ms, sse_beat_ms, sse_streams;
    int64_t http_timeout_ms, connections_per_address, apq_bytes;
    bool bus_plaintext, http2, no_gzip, operations_only, sandbox, ephemeral, dev, introspection, suggestions, publish,
        help;
};

/*
 * Read the command line and the environment. Everything lives in the arena.
 * Return: 0 and *ret_options; TS_EINVALID and what is wrong, one line each, in *ret_problem.
 */
int options_read(struct ts_arena *arena, int argc, char **argv, struct options *ret_options, struct buf *ret_problem);

/* The help text of all commands and flags. */
void options_help(struct buf *ret_text);

#endif
