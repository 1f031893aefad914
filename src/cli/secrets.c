/* One reading at a time, of all of them, on a thread: files first, for Vault's own token may be in one. */
#include "cli/secrets.h"

#include <stdio.h>
#include <string.h>

#include "base/line.h"
#include "base/list.h"
#include "net/vault.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "tessera/err.h"
#include "tessera/memory.h"

#define VAULT_TOKEN "vault-token"

enum { SECRET_SIZE_MAX = 4096, PROBLEM_SIZE_MAX = 512 };

struct secret {
    const char *name, *file; /* file NULL: its reference says where it is */
    const char **field;      /* of the options */
    const char *reference;
    char *value;  /* in use; NULL: none yet */
    char *denied; /* the last that was not taken; NULL: none */
    bool is_stale;
    /* of the last reading */
    struct buf read, problem;
    int result;
};

struct secrets {
    struct secret items[OPTIONS_SECRETS_MAX];
    size_t count;
    struct vault *vault; /* NULL: there are no references */
    struct loop *loop;   /* NULL: not started */
    struct log *log;
    struct ts_metric *stale;
    struct loop_timer timer;
    struct loop_work work;
    int64_t read_ms;
    bool reading, stopped;
    secrets_changed *changed;
    void *data;
};

static void wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    ts_memory_free(text);
}

static void buf_wipe(struct buf *buf)
{
    if (buf->data)
        explicit_bzero(buf->data, buf->room);
    buf_clear(buf);
}

/* The first line of a file. */
static int read_file(struct secret *secret)
{
    char line[SECRET_SIZE_MAX];

    if (line_read(secret->file, line, sizeof(line)) && *line)
        buf_add_string(&secret->read, line);
    else
        buf_printf(&secret->problem, "cannot read %s", secret->file);
    explicit_bzero(line, sizeof(line));
    return secret->read.size ? 0 : TS_EUNAVAILABLE;
}

static void read_one(struct secrets *secrets, struct secret *secret)
{
    buf_wipe(&secret->read);
    buf_clear(&secret->problem);
    secret->result = secret->file ? read_file(secret)
                                  : vault_read(secrets->vault, secret->reference, &secret->read, &secret->problem);
    if (secret->result == 0)
        buf_add_char(&secret->read, '\0');
    if (secret->result == 0 && secrets->vault && strcmp(secret->name, VAULT_TOKEN) == 0 &&
        (!secret->value || strcmp(secret->value, secret->read.data) != 0))
        vault_set_token(secrets->vault, secret->read.data);
}

static void read_all(struct secrets *secrets)
{
    for (size_t i = 0; i < secrets->count; i++)
        if (secrets->items[i].file)
            read_one(secrets, &secrets->items[i]);
    for (size_t i = 0; i < secrets->count; i++)
        if (!secrets->items[i].file)
            read_one(secrets, &secrets->items[i]);
}

/* ---- the start */

static void add(struct secrets *secrets, const struct options_secret *source, struct options *options)
{
    struct secret *secret = &secrets->items[secrets->count];
    const char **field = (const char **)((char *)options + source->offset);

    if (!source->file && !vault_is_reference(*field))
        return;
    *secret = (struct secret){
        .name = source->name, .file = source->file, .field = field, .reference = source->file ? NULL : *field
    };
    buf_init(&secret->read, SECRET_SIZE_MAX);
    buf_init(&secret->problem, PROBLEM_SIZE_MAX);
    secrets->count++;
}

static bool has_references(const struct secrets *secrets)
{
    for (size_t i = 0; i < secrets->count; i++)
        if (secrets->items[i].reference)
            return true;
    return false;
}

static int open_vault(struct secrets *secrets, const struct options *options, struct buf *problem)
{
    const struct vault_config config = {
        .url = options->vault,
        .ca = options->vault_ca,
        .token = options->vault_token,
        .role = options->vault_role,
        .jwt_path = options->vault_jwt,
    };

    if (!options->vault) {
        buf_printf(problem, "a secret is in Vault (vault:…), and --vault does not say where that is\n");
        return TS_EINVALID;
    }
    if (options->vault_token && vault_is_reference(options->vault_token)) {
        buf_printf(problem, "--vault-token is no reference itself\n");
        return TS_EINVALID;
    }
    secrets->vault = vault_new(&config, problem);
    return secrets->vault ? 0 : TS_EINVALID;
}

static int take_first(struct secrets *secrets, struct buf *problem)
{
    int r = 0;

    read_all(secrets);
    for (size_t i = 0; i < secrets->count; i++) {
        struct secret *secret = &secrets->items[i];

        if (secret->result) {
            buf_printf(problem, "--%s: %.*s\n", secret->name, (int)secret->problem.size, secret->problem.data);
            r = TS_EUNAVAILABLE;
        } else {
            *secret->field = secret->value = ts_memory_string(secret->read.data);
        }
        buf_wipe(&secret->read);
    }
    return r;
}

int secrets_open(struct options *options, struct secrets **ret_secrets, struct buf *ret_problem)
{
    struct secrets *secrets = ts_memory_new(1, sizeof(*secrets));
    int r = 0;

    for (size_t i = 0; i < options->secret_count; i++)
        add(secrets, &options->secrets[i], options);
    if (has_references(secrets))
        r = open_vault(secrets, options, ret_problem);
    r = r ? r : take_first(secrets, ret_problem);
    if (r || !secrets->count) {
        secrets_free(secrets);
        secrets = NULL;
    }
    *ret_secrets = secrets;
    return r;
}

/* ---- while we run */

static void set_stale(struct secrets *secrets, struct secret *secret, bool is_stale)
{
    if (secret->is_stale == is_stale)
        return;
    secret->is_stale = is_stale;
    ts_metric_add(secrets->stale, is_stale ? 1 : -1);
    if (is_stale)
        log_say(secrets->log, TS_LOG_WARN, "secret-kept", "%s cannot be read, the last value stays: %.*s", secret->name,
                (int)secret->problem.size, secret->problem.data);
}

static void take_one(struct secrets *secrets, struct secret *secret)
{
    const char *value = secret->read.data;
    bool taken;

    set_stale(secrets, secret, secret->result != 0);
    if (secret->result || strcmp(value, secret->value) == 0 || (secret->denied && strcmp(value, secret->denied) == 0))
        return;
    taken = secrets->changed(secrets->data, secret->name, value);
    if (taken) {
        char *before = secret->value;

        *secret->field = secret->value = ts_memory_string(value);
        wipe(before);
    } else {
        wipe(secret->denied);
        secret->denied = ts_memory_string(value);
    }
    log_say(secrets->log, taken ? TS_LOG_INFO : TS_LOG_WARN, taken ? "secret-changed" : "secret-denied",
            taken ? "%s has another value." : "%s has another value, which is none, or needs a restart.", secret->name);
}

static void on_run(struct loop_work *work)
{
    read_all(container_of(work, struct secrets, work));
}

static void on_done(struct loop_work *work)
{
    struct secrets *secrets = container_of(work, struct secrets, work);

    secrets->reading = false;
    for (size_t i = 0; i < secrets->count && !secrets->stopped; i++)
        take_one(secrets, &secrets->items[i]);
    for (size_t i = 0; i < secrets->count; i++)
        buf_wipe(&secrets->items[i].read);
    if (!secrets->stopped)
        loop_timer_start(secrets->loop, &secrets->timer, secrets->read_ms);
}

void secrets_read_now(struct secrets *secrets)
{
    if (!secrets || !secrets->loop || secrets->reading || secrets->stopped)
        return;
    secrets->reading = true;
    loop_timer_stop(secrets->loop, &secrets->timer);
    loop_work_submit(secrets->loop, &secrets->work);
}

static void on_timer(struct loop_timer *timer)
{
    secrets_read_now(container_of(timer, struct secrets, timer));
}

void secrets_start(struct secrets *secrets, struct loop *loop, const struct secrets_config *config)
{
    if (!secrets)
        return;
    secrets->loop = loop;
    secrets->log = config->log;
    secrets->read_ms = config->read_ms;
    secrets->changed = config->changed;
    secrets->data = config->data;
    secrets->stale = metrics_get(config->metrics, TS_METRIC_GAUGE, "tessera_secrets_stale", NULL,
                                 "Secrets that could not be read when they were last to be, and keep their value.");
    secrets->timer.run = on_timer;
    secrets->work.run = on_run;
    secrets->work.done = on_done;
    loop_timer_start(loop, &secrets->timer, secrets->read_ms);
}

void secrets_stop(struct secrets *secrets)
{
    if (!secrets || !secrets->loop)
        return;
    secrets->stopped = true;
    loop_timer_stop(secrets->loop, &secrets->timer);
    if (secrets->vault)
        vault_cancel(secrets->vault);
}

void secrets_free(struct secrets *secrets)
{
    if (!secrets)
        return;
    for (size_t i = 0; i < secrets->count; i++) {
        struct secret *secret = &secrets->items[i];

        wipe(secret->value);
        wipe(secret->denied);
        buf_wipe(&secret->read);
        buf_done(&secret->read);
        buf_done(&secret->problem);
    }
    vault_free(secrets->vault);
    ts_memory_free(secrets);
}
