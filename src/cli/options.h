/* What a command was told: by flags, by TESSERA_… variables, by secret files; flags win. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "tessera/arena.h"

enum { OPTIONS_SECRETS_MAX = 16 };

/* A secret: its flag, where its text is in the options, and the file that it came from (NULL: none). */
struct options_secret {
    const char *name, *file;
    size_t offset;
};

struct options {
    const char *command;   /* "serve"; never NULL */
    const char **operands; /* what is no flag, NULL-terminated */
    const char *listen, *admin, *data, *store, *bus, *modules, *owner_token, *tls_cert, *tls_key, *log_level;
    const char *bus_ca, *bus_cert, *bus_key;
    const char *trusted_proxies, *rates, *retention;
    const char *graphiql, *cors_origin, *operations, *limits, *web, *web_node, *web_origin;
    const char *outbound_allow, *outbound_ca;
    const char *smtp, *smtp_user, *smtp_password, *mail_from, *account_url;
    const char *oidc, *oidc_secrets;
    const char *stripe_key, *stripe_webhook_secrets, *stripe_url;
    const char *url;                              /* healthcheck */
    const char *organizer, *time_zone, *currency; /* import */
    const char *vault, *vault_token, *vault_role, *vault_jwt, *vault_ca;
    int64_t secret_read_ms;
    struct options_secret secrets[OPTIONS_SECRETS_MAX]; /* those that were told */
    size_t secret_count;
    int64_t capacity;
    int64_t ws_init_ms, ws_ping_ms, sse_beat_ms, sse_streams;
    int64_t http_timeout_ms, connections_per_address, apq_bytes;
    bool bus_plaintext, store_plaintext, store_unauthenticated;
    bool http2, no_gzip, operations_only, sandbox, ephemeral, dev, introspection, suggestions, publish, versions, help;
};

/*
 * Read the command line and the environment. Everything lives in the arena.
 * Return: 0 and *ret_options; TS_EINVALID and what is wrong, one line each, in *ret_problem.
 */
int options_read(struct ts_arena *arena, int argc, char **argv, struct options *ret_options, struct buf *ret_problem);

/* The help text of all commands and flags. */
void options_help(struct buf *ret_text);

#endif
