/*
 * One table says what flags there are; the command line, the environment, secret files and the help text all follow
 * it. An unknown flag, an unknown value or a flag without its value is an error before anything else happens.
 */
#include "cli/options.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/line.h"
#include "tessera/err.h"

enum { SECRET_FILE_SIZE_MAX = 4096, SECRET_READ_MS_MIN = 100 };

enum kind { TEXT, SECRET, SWITCH, NUMBER };

struct option {
    const char *name;
    enum kind kind;
    size_t offset;
    const char *choices; /* "a|b|c://WHATEVER"; NULL: anything */
    const char *initial;
    const char *commands; /* where it means something, for the help text */
    const char *help;
};

#define AT(field) offsetof(struct options, field)

// clang-format off
static const struct option table[] = {
    { "listen",     TEXT,   AT(listen),      NULL,          "127.0.0.1:8080",  "serve", "where to serve, ADDRESS:PORT (port 0: any free one)" },
    { "admin",      TEXT,   AT(admin),       NULL,          "127.0.0.1:9464",  "serve", "where /metrics and health are served" },
    { "data",       TEXT,   AT(data),        NULL,          "./tessera-data",  "all", "the folder for the store, keys and control socket" },
    { "store",      SECRET, AT(store),       NULL,          NULL,              "serve", "sqlite:PATH (default: tessera.db in the data folder), or mongodb://USER:PASSWORD@HOST/DATABASE?tls=true for many processes" },
    { "store-plaintext", SWITCH, AT(store_plaintext), NULL, NULL,              "serve", "mongodb:// on another machine, in the clear" },
    { "store-unauthenticated", SWITCH, AT(store_unauthenticated), NULL, NULL,  "serve", "a mongodb:// server that lets anybody in" },
    { "bus",        TEXT,   AT(bus),         "local|wire|nats://HOST:PORT|tls://HOST:PORT", "local", "serve", "how modules talk: local, wire (encode every hop), or nats://HOST:PORT, tls://HOST:PORT (to other processes too)" },
    { "bus-ca",     TEXT,   AT(bus_ca),      NULL,          NULL,              "serve", "who may have signed the certificate of tls://, PEM" },
    { "bus-cert",   TEXT,   AT(bus_cert),    NULL,          NULL,              "serve", "our certificate for tls://, PEM" },
    { "bus-key",    TEXT,   AT(bus_key),     NULL,          NULL,              "serve", "its private key, PEM" },
    { "bus-plaintext", SWITCH, AT(bus_plaintext), NULL,     NULL,              "serve", "nats:// to another machine, in the clear" },
    { "modules",    TEXT,   AT(modules),     NULL,          NULL,              "serve", "run only these here, separated by commas; gateway is /graphql; needs --bus nats:// or tls://" },
    { "owner-token", SECRET, AT(owner_token), NULL,         NULL,              "serve", "8 to 256 visible characters; made at first start when not given" },
    { "tls-cert",   TEXT,   AT(tls_cert),    NULL,          NULL,              "serve", "certificate chain, PEM" },
    { "tls-key",    TEXT,   AT(tls_key),     NULL,          NULL,              "serve", "private key, PEM" },
    { "http2",      SWITCH, AT(http2),       NULL,          "true",            "serve", "speak HTTP/2 too where there is TLS" },
    { "sandbox",    SWITCH, AT(sandbox),     NULL,          NULL,              "serve", "let sandbox payments buy on every event" },
    { "ephemeral",  SWITCH, AT(ephemeral),   NULL,          NULL,              "serve", "for tests: a temporary store unless --store says one, free ports, a clock that moves" },
    { "dev",        SWITCH, AT(dev),         NULL,          NULL,              "serve", "for development: introspection, suggestions and GraphiQL; so does --ephemeral" },
    { "introspection", SWITCH, AT(introspection), NULL,     NULL,              "serve", "answer __schema and __type" },
    { "suggestions", SWITCH, AT(suggestions), NULL,         NULL,              "serve", "say \"Did you mean\" of names in the schema" },
    { "graphiql",   TEXT,   AT(graphiql),    NULL,          NULL,              "serve", "the folder of GraphiQL's files (with --dev: graphiql beside the program)" },
    { "web",        TEXT,   AT(web),         NULL,          NULL,              "serve", "the folder of the shop's pages, which Node renders (with --dev: web beside the program)" },
    { "web-node",   TEXT,   AT(web_node),    NULL,          NULL,              "serve", "the Node that renders them, 24 or newer (default: node in that folder, else in PATH)" },
    { "web-origin", TEXT,   AT(web_origin),  NULL,          NULL,              "serve", "where people reach us, https://HOST (pages: as each request says; others: where it listens)" },
    { "operations", TEXT,   AT(operations),  NULL,          NULL,              "serve", "persisted documents: a file of ids and texts (schema check: a file or folder of .graphql)" },
    { "operations-only", SWITCH, AT(operations_only), NULL, NULL,              "serve", "run nothing but what --operations lists" },
    { "apq-bytes",  NUMBER, AT(apq_bytes),   NULL,          "4194304",         "serve", "for documents that clients register by digest (4 MiB); 0: they may not" },
    { "limits",     TEXT,   AT(limits),      NULL,          NULL,              "serve", "of one request: tokens=10000,depth=64,aliases=64,list=1000,cost=200000,errors=50,..." },
    { "cors-origin", TEXT,  AT(cors_origin), NULL,          NULL,              "serve", "pages that may read /graphql and connect: * or https://A,https://B (none)" },
    { "no-gzip",    SWITCH, AT(no_gzip),     NULL,          NULL,              "serve", "leave compression to a proxy" },
    { "http-timeout-ms", NUMBER, AT(http_timeout_ms), NULL, "30000",           "serve", "for a request's head and body, and for idling" },
    { "connections-per-address", NUMBER, AT(connections_per_address), NULL, "1000", "serve", "0: no limit; trusted proxies have none" },
    { "trusted-proxies", TEXT, AT(trusted_proxies), NULL,   NULL,              "serve", "whose X-Forwarded-For says who asks: addresses and networks, 10.0.0.0/8,2001:db8::7 (nobody's)" },
    { "rates",      TEXT,   AT(rates),       NULL,          NULL,              "serve", "how often one may ask, NAME=COUNT/SECONDS or NAME=0: queries-address, mutations-account, guess, holdTickets, ..." },
    { "retention",  TEXT,   AT(retention),   NULL,          NULL,              "serve", "days after which names go from orders of past events, sessions and mails: names=1095,sessions=90,mails=30" },
    { "ws-init-ms", NUMBER, AT(ws_init_ms),  NULL,          "5000",            "serve", "for a WebSocket's connection_init" },
    { "ws-ping-ms", NUMBER, AT(ws_ping_ms),  NULL,          "30000",           "serve", "between pings on a WebSocket" },
    { "sse-beat-ms", NUMBER, AT(sse_beat_ms), NULL,         "15000",           "serve", "between comments in a quiet stream of events" },
    { "sse-streams", NUMBER, AT(sse_streams), NULL,         "2048",            "serve", "streams of events at once, of 3072 at most" },
    { "outbound-allow", TEXT, AT(outbound_allow), NULL,     NULL,              "serve", "private addresses that may be asked, and in the clear: PURPOSE=ADDRESS/BITS,... (none)" },
    { "outbound-ca", TEXT,  AT(outbound_ca), NULL,          NULL,              "serve", "who may have signed other servers' certificates, beside the system's authorities, PEM" },
    { "smtp",       TEXT,   AT(smtp),        NULL,          NULL,              "serve", "the mail server, smtp://HOST:PORT (STARTTLS) or smtps://HOST:PORT (without one the owner reads the mails)" },
    { "smtp-user",  SECRET, AT(smtp_user),   NULL,          NULL,              "serve", "who we are to it" },
    { "smtp-password", SECRET, AT(smtp_password), NULL,     NULL,              "serve", "and the password" },
    { "mail-from",  TEXT,   AT(mail_from),   NULL,          NULL,              "serve", "who writes: ADDRESS, or NAME <ADDRESS>" },
    { "account-url", TEXT,  AT(account_url), NULL,          NULL,              "serve", "the page that takes the links of mails to accounts, URL/verify-email?token=… (with pages: --web-origin/account)" },
    { "vault",      TEXT,   AT(vault),       NULL,          NULL,              "serve", "where vault:MOUNT/PATH#FIELD is read, which any secret may be: https://HOST:PORT (KV version 2)" },
    { "vault-token", SECRET, AT(vault_token), NULL,         NULL,              "serve", "who we are to it; or" },
    { "vault-role", TEXT,   AT(vault_role),  NULL,          NULL,              "serve", "the role of its Kubernetes auth method" },
    { "vault-jwt",  TEXT,   AT(vault_jwt),   NULL, "/var/run/secrets/kubernetes.io/serviceaccount/token", "serve", "the file that proves it" },
    { "vault-ca",   TEXT,   AT(vault_ca),    NULL,          NULL,              "serve", "who may have signed its certificate, beside the system's authorities, PEM" },
    { "secret-read-ms", NUMBER, AT(secret_read_ms), NULL,   "30000",           "serve", "between two readings of secrets in files and in Vault" },
    { "oidc",       TEXT,   AT(oidc),        NULL,          NULL,              "serve", "who people may sign in with: NAME=CLIENT_ID@https://ISSUER,... (nobody)" },
    { "oidc-secrets", SECRET, AT(oidc_secrets), NULL,       NULL,              "serve", "what we show them that we are that client: NAME=SECRET,..." },
    { "stripe-key", SECRET, AT(stripe_key),  NULL,          NULL,              "serve", "take payments by Stripe with this secret or restricted key: sk_live_… or rk_live_…; of sk_test_… for test events" },
    { "stripe-webhook-secrets", SECRET, AT(stripe_webhook_secrets), NULL, NULL, "serve", "what Stripe signs with what it sends to /webhooks/stripe: whsec_…, two with a comma while it is rolled" },
    { "stripe-url", TEXT,   AT(stripe_url),  NULL,          "https://api.stripe.com", "serve", "where Stripe is asked" },
    { "log-level",  TEXT,   AT(log_level),   "debug|info|warn|error", NULL,    "serve", "debug, info, warn or error (info; warn with --ephemeral)" },
    { "url",        TEXT,   AT(url),         NULL,          "http://127.0.0.1:9464", "healthcheck", "the admin listener" },
    { "organizer",  TEXT,   AT(organizer),   NULL,          NULL,              "import", "slug (default: the page's organizer)" },
    { "time-zone",  TEXT,   AT(time_zone),   NULL,          NULL,              "import", "for dates without one" },
    { "currency",   TEXT,   AT(currency),    NULL,          NULL,              "import", "for prices without one" },
    { "capacity",   NUMBER, AT(capacity),    NULL,          "0",               "import", "places of each date that names none" },
    { "publish",    SWITCH, AT(publish),     NULL,          NULL,              "import", "publish what was imported" },
    { "versions",   SWITCH, AT(versions),    NULL,          NULL,              "export", "every version of every document, for import --versions into another store" },
    { "help",       SWITCH, AT(help),        NULL,          NULL,              "all", "this text" },
};
// clang-format on

enum { OPTION_COUNT = sizeof(table) / sizeof(table[0]) };

static const char *const commands[] = { "serve",       "import",     "export", "backup",  "restore", "doctor",
                                        "healthcheck", "operations", "schema", "version", NULL };

static const struct option *option_find(const char *name, size_t size)
{
    for (int i = 0; i < OPTION_COUNT; i++)
        if (strlen(table[i].name) == size && memcmp(table[i].name, name, size) == 0)
            return &table[i];
    return NULL;
}

static bool is_choice(const char *choices, const char *value)
{
    for (const char *at = choices; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL) {
        size_t size = strcspn(at, "|");
        const char *scheme_end = memmem(at, size, "://", 3);

        if (scheme_end)
            size = (size_t)(scheme_end + 3 - at);
        if (strncmp(at, value, size) == 0 && (scheme_end ? value[size] != '\0' : value[size] == '\0'))
            return true;
    }
    return false;
}

static bool set_switch(const char *value, bool *ret_on)
{
    if (strcmp(value, "1") == 0 || strcmp(value, "true") == 0)
        *ret_on = true;
    else if (strcmp(value, "0") == 0 || strcmp(value, "false") == 0)
        *ret_on = false;
    else
        return false;
    return true;
}

static bool set_number(const char *value, int64_t *ret_number)
{
    size_t digits = strspn(value, "0123456789");

    if (digits == 0 || digits > 15 || value[digits])
        return false;
    *ret_number = strtoll(value, NULL, 10);
    return true;
}

/* Set one option; `source` is how the user knows it. A secret's value is never repeated in a message. */
static int option_set(struct options *options, const struct option *option, const char *source, const char *value,
                      struct buf *problem)
{
    char *field = (char *)options + option->offset;

    switch (option->kind) {
    case SWITCH:
        if (set_switch(value, (bool *)field))
            return 0;
        buf_printf(problem, "%s is 1, 0, true or false, not \"%s\"\n", source, value);
        return TS_EINVALID;
    case NUMBER:
        if (set_number(value, (int64_t *)field))
            return 0;
        buf_printf(problem, "%s is a number, not \"%s\"\n", source, value);
        return TS_EINVALID;
    default:
        break;
    }
    if (!*value || (option->choices && !is_choice(option->choices, value))) {
        if (option->choices)
            buf_printf(problem, "%s is one of %s, not \"%s\"\n", source, option->choices, value);
        else
            buf_printf(problem, "%s is empty\n", source);
        return TS_EINVALID;
    }
    *(const char **)field = value;
    return 0;
}

/* The first line of a secret's file. */
static int read_secret(struct ts_arena *arena, const char *variable, const char *path, const char **ret_secret,
                       struct buf *problem)
{
    char *line = ts_alloc(arena, SECRET_FILE_SIZE_MAX);

    if (!line_read(path, line, SECRET_FILE_SIZE_MAX)) {
        buf_printf(problem, "%s: cannot read %s\n", variable, path);
        return TS_EINVALID;
    }
    *ret_secret = line;
    return 0;
}

static char *variable_name(struct ts_arena *arena, const struct option *option, const char *suffix)
{
    char *name = ts_printf(arena, "TESSERA_%s%s", option->name, suffix);

    for (char *at = name; *at; at++)
        *at = (char)(*at == '-' ? '_' : toupper((unsigned char)*at));
    return name;
}

/* *ret_file is where the value came from; NULL: from no file. */
static int read_variable(struct ts_arena *arena, const struct option *option, struct options *options,
                         const char **ret_file, struct buf *problem)
{
    const char *name = variable_name(arena, option, ""), *value = getenv(name);
    const char *file_name = variable_name(arena, option, "_FILE"), *path = getenv(file_name);
    int r = 0;

    if (option->kind == SECRET && path && *path) {
        if (value && *value) {
            buf_printf(problem, "%s and %s exclude each other\n", name, file_name);
            return TS_EINVALID;
        }
        r = read_secret(arena, file_name, path, &value, problem);
        *ret_file = path;
    }
    if (r || !value || !*value)
        return r;
    return option_set(options, option, name, value, problem);
}

/* A flag at argv[*at], and its value when that is the next word. */
static int read_flag(struct ts_arena *arena, char **argv, int *at, struct options *options, struct buf *problem)
{
    const char *word = argv[*at], *name = word + 2, *equals = strchr(name, '=');
    const struct option *option = option_find(name, equals ? (size_t)(equals - name) : strlen(name));
    const char *source, *value = equals ? equals + 1 : NULL;

    if (!option) {
        buf_printf(problem, "there is no flag %.*s\n", (int)strcspn(word, "="), word);
        return TS_EINVALID;
    }
    source = ts_printf(arena, "--%s", option->name);
    if (!value && option->kind == SWITCH)
        value = "true";
    if (!value)
        value = argv[*at + 1] ? argv[++*at] : NULL;
    if (!value) {
        buf_printf(problem, "%s needs a value\n", source);
        return TS_EINVALID;
    }
    return option_set(options, option, source, value, problem);
}

static int read_words(struct ts_arena *arena, int argc, char **argv, struct options *options, struct buf *problem)
{
    size_t count = 0;
    int r = 0;

    options->operands = TS_NEW_ARRAY(arena, const char *, (size_t)argc + 1);
    for (int at = 1; at < argc; at++) {
        int one = 0;

        if (strncmp(argv[at], "--", 2) == 0 && argv[at][2])
            one = read_flag(arena, argv, &at, options, problem);
        else if (!options->command)
            options->command = argv[at];
        else
            options->operands[count++] = argv[at];
        r = r ? r : one;
    }
    return r;
}

/* Note which secrets there are; files[i] is where option i's value came from, unless a flag says it. */
static void note_secrets(struct options *options, const char *const *files, const char *const *values)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        const char *value;

        if (table[i].kind != SECRET)
            continue;
        value = *(const char **)((char *)options + table[i].offset);
        if (!value)
            continue;
        assert(options->secret_count < OPTIONS_SECRETS_MAX);
        options->secrets[options->secret_count++] = (struct options_secret){
            .name = table[i].name, .file = value == values[i] ? files[i] : NULL, .offset = table[i].offset
        };
    }
}

static int check_command(struct options *options, struct buf *problem)
{
    if (options->help || !options->command) {
        options->help = options->help || !options->command;
        options->command = "help";
        return 0;
    }
    for (int i = 0; commands[i]; i++)
        if (strcmp(commands[i], options->command) == 0)
            return 0;
    buf_printf(problem, "there is no command %s\n", options->command);
    return TS_EINVALID;
}

static int check_together(const struct options *options, struct buf *problem)
{
    int r = 0;

    if (!options->tls_cert != !options->tls_key) {
        buf_printf(problem, "--tls-cert and --tls-key go together\n");
        r = TS_EINVALID;
    }
    if (options->secret_read_ms < SECRET_READ_MS_MIN) {
        buf_printf(problem, "--secret-read-ms is at least %d\n", SECRET_READ_MS_MIN);
        r = TS_EINVALID;
    }
    if (options->modules && !strstr(options->bus, "://")) {
        buf_printf(problem, "--modules needs --bus nats://HOST:PORT or tls://HOST:PORT, where the others are\n");
        r = TS_EINVALID;
    }
    return r;
}

int options_read(struct ts_arena *arena, int argc, char **argv, struct options *ret_options, struct buf *ret_problem)
{
    const char *files[OPTION_COUNT] = { NULL }, *values[OPTION_COUNT] = { NULL };
    struct options options = { 0 };
    int r = 0, one;

    for (int i = 0; i < OPTION_COUNT; i++) {
        if (table[i].initial)
            (void)option_set(&options, &table[i], table[i].name, table[i].initial, ret_problem); /* ours: fits */
        one = read_variable(arena, &table[i], &options, &files[i], ret_problem);
        r = r ? r : one;
        if (files[i])
            values[i] = *(const char **)((char *)&options + table[i].offset);
    }
    one = read_words(arena, argc, argv, &options, ret_problem);
    r = r ? r : one;
    r = r ? r : check_command(&options, ret_problem);
    r = r ? r : check_together(&options, ret_problem);
    note_secrets(&options, files, values);
    if (r == 0)
        *ret_options = options;
    return r;
}

void options_help(struct buf *ret_text)
{
    buf_add_literal(
        ret_text,
        "usage: tessera COMMAND [FLAGS]\n\n"
        "  serve                 serve GraphQL over HTTP\n"
        "  import FILE|-         take events from schema.org JSON-LD or pages that carry it; with --versions a whole "
        "store\n"
        "  export [FILE]         everything as JSON lines; with --versions its past too, for another store\n"
        "  backup FILE           a copy of the store, beside a running server too\n"
        "  restore FILE          put a backup in place; no server may run\n"
        "  doctor                look for what is wrong\n"
        "  healthcheck           exit 0 when the server is ready\n"
        "  operations            the rpcs of all modules (of persisted documents: serve --operations)\n"
        "  schema print [FILE]   the published GraphQL schema, or FILE's, in one form\n"
        "  schema check [FILE…]  whether FILEs make a schema; with --operations whether a client's documents fit\n"
        "                        it, or this program's own schema\n"
        "  schema diff OLD [NEW] what changes for clients; exit 1 when something breaks them\n"
        "  version\n\n"
        "Each flag is also a variable: --tls-cert is TESSERA_TLS_CERT; a secret's may be in a\n"
        "file named by TESSERA_OWNER_TOKEN_FILE.\n\n");
    for (int i = 0; i < OPTION_COUNT; i++) {
        buf_printf(ret_text, "  --%-24s %s", table[i].name, table[i].help);
        if (table[i].initial && table[i].kind != NUMBER)
            buf_printf(ret_text, " (%s)", table[i].initial);
        buf_add_literal(ret_text, "\n");
    }
}
