/* One easy handle, kept for its connection. What was secret is wiped where it was ours. */
#include "net/vault.h"

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/line.h"
#include "net/inside.h"
#include "tessera/err.h"
#include "tessera/limits.h"
#include "tessera/memory.h"
#include "tessera/text.h"

#define REFERENCE "vault:"

enum {
    ANSWER_MS_MAX = 5000,
    ANSWER_SIZE_MAX = 64 << 10,
    TOKEN_SIZE_MAX = 4096,
    JWT_SIZE_MAX = 16 << 10,
    LOGIN_SIZE_MAX = 2 * JWT_SIZE_MAX,
    STATUS_OK = 200,
    STATUS_DENIED = 403,
    STATUS_ABSENT = 404
};

struct vault {
    CURL *easy;
    char *url, *ca, *role, *jwt_path;
    char token[TOKEN_SIZE_MAX]; /* empty: to be logged in */
    time_t renew_at;            /* on the monotonic clock; 0: it does not run out */
    atomic_bool cancelled;
    char error[CURL_ERROR_SIZE];
};

static time_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

bool vault_is_reference(const char *text)
{
    return strncmp(text, REFERENCE, strlen(REFERENCE)) == 0;
}

static bool url_is_safe(const char *url)
{
    const char *host = strstr(url, "://") + 3;

    return strncmp(url, "https:", 6) == 0 || net_is_this_machine(host);
}

struct vault *vault_new(const struct vault_config *config, struct buf *ret_problem)
{
    struct vault *vault;

    if (!ts_text_is_url(config->url, TS_HTTP_URL_SIZE_MAX) || !url_is_safe(config->url)) {
        buf_printf(ret_problem, "--vault is https://HOST:PORT, or http:// on this machine\n");
        return NULL;
    }
    if (!config->token == !config->role) {
        buf_printf(ret_problem, "--vault needs --vault-token or --vault-role, one of them\n");
        return NULL;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    vault = ts_memory_new(1, sizeof(*vault));
    *vault = (struct vault){ .easy = curl_easy_init(), .url = ts_memory_string(config->url) };
    if (!vault->easy)
        abort();
    vault->ca = config->ca ? ts_memory_string(config->ca) : NULL;
    vault->role = config->role ? ts_memory_string(config->role) : NULL;
    vault->jwt_path = config->jwt_path ? ts_memory_string(config->jwt_path) : NULL;
    if (config->token)
        vault_set_token(vault, config->token);
    return vault;
}

void vault_free(struct vault *vault)
{
    if (!vault)
        return;
    curl_easy_cleanup(vault->easy);
    explicit_bzero(vault->token, sizeof(vault->token));
    ts_memory_free(vault->url);
    ts_memory_free(vault->ca);
    ts_memory_free(vault->role);
    ts_memory_free(vault->jwt_path);
    ts_memory_free(vault);
    curl_global_cleanup();
}

/* Whether it runs out is found by trying to renew it. */
void vault_set_token(struct vault *vault, const char *token)
{
    (void)snprintf(vault->token, sizeof(vault->token), "%s", token);
    vault->renew_at = now();
}

void vault_cancel(struct vault *vault)
{
    atomic_store(&vault->cancelled, true);
}

/* Asked about once a second, at least. */
static int is_cancelled(void *data, curl_off_t down, curl_off_t down_now, curl_off_t up, curl_off_t up_now)
{
    struct vault *vault = data;

    (void)down, (void)down_now, (void)up, (void)up_now;
    return atomic_load(&vault->cancelled);
}

/* ---- one request */

struct answer {
    struct ts_arena arena;
    struct buf body;
    long status; /* 0: none came */
    const struct json *json;
};

static size_t take(char *bytes, size_t one, size_t size, void *data)
{
    struct answer *answer = data;

    (void)one;
    buf_add(&answer->body, bytes, size);
    return answer->body.full ? 0 : size;
}

static void answer_init(struct answer *answer)
{
    *answer = (struct answer){ .status = 0 };
    arena_init(&answer->arena);
    buf_init(&answer->body, ANSWER_SIZE_MAX);
}

static void answer_done(struct answer *answer)
{
    if (answer->body.data)
        explicit_bzero(answer->body.data, answer->body.size);
    buf_done(&answer->body);
    arena_done(&answer->arena);
}

/* GET, or POST of `body`. */
static void ask(struct vault *vault, const char *path, const char *body, struct answer *answer)
{
    struct ts_arena *arena = &answer->arena;
    struct curl_slist *headers = curl_slist_append(NULL, "X-Vault-Request: true");
    struct json_error error;
    struct json *json = NULL;

    if (vault->token[0])
        headers = curl_slist_append(headers, ts_printf(arena, "X-Vault-Token: %s", vault->token));
    curl_easy_reset(vault->easy);
    net_bind(vault->easy, vault->ca, ANSWER_MS_MAX, vault->error);
    curl_easy_setopt(vault->easy, CURLOPT_TIMEOUT_MS, (long)ANSWER_MS_MAX);
    curl_easy_setopt(vault->easy, CURLOPT_URL, ts_printf(arena, "%s/v1/%s", vault->url, path));
    curl_easy_setopt(vault->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(vault->easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(vault->easy, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(vault->easy, CURLOPT_WRITEDATA, answer);
    curl_easy_setopt(vault->easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(vault->easy, CURLOPT_XFERINFOFUNCTION, is_cancelled);
    curl_easy_setopt(vault->easy, CURLOPT_XFERINFODATA, vault);
    if (body)
        curl_easy_setopt(vault->easy, CURLOPT_POSTFIELDS, body);
    if (curl_easy_perform(vault->easy) == CURLE_OK)
        curl_easy_getinfo(vault->easy, CURLINFO_RESPONSE_CODE, &answer->status);
    curl_slist_free_all(headers);
    if (answer->status == STATUS_OK &&
        json_parse(arena, answer->body.data ? answer->body.data : "", answer->body.size, &json, &error) == 0)
        answer->json = json;
}

static int fail(const struct vault *vault, const struct answer *answer, const char *what, struct buf *problem)
{
    if (answer->status)
        buf_printf(problem, "%s: %s answered %ld", what, vault->url, answer->status);
    else
        buf_printf(problem, "%s: %s: %s", what, vault->url, vault->error[0] ? vault->error : "no answer");
    return answer->status == STATUS_ABSENT   ? TS_ENOTFOUND
           : answer->status == STATUS_DENIED ? TS_EDENIED
                                             : TS_EUNAVAILABLE;
}

/* ---- the token */

/* Take over what a login or a renewal grants. */
static bool take_auth(struct vault *vault, const struct answer *answer)
{
    const struct json *auth = json_find(answer->json, "auth"), *token = json_find(auth, "client_token"),
                      *lease = json_find(auth, "lease_duration");

    if (!token || token->type != JSON_STRING || token->size == 0 || token->size >= TOKEN_SIZE_MAX)
        return false;
    memcpy(vault->token, token->text, token->size + 1);
    vault->renew_at = lease && lease->is_integer && lease->integer > 0 ? now() + lease->integer / 2 : 0;
    return true;
}

static int read_jwt(const struct vault *vault, char jwt[JWT_SIZE_MAX], struct buf *problem)
{
    if (line_read(vault->jwt_path, jwt, JWT_SIZE_MAX))
        return 0;
    buf_printf(problem, "cannot read %s", vault->jwt_path);
    return TS_EUNAVAILABLE;
}

static int log_in(struct vault *vault, struct buf *problem)
{
    char jwt[JWT_SIZE_MAX];
    struct answer answer;
    struct buf body;
    int r;

    vault->token[0] = '\0';
    r = read_jwt(vault, jwt, problem);
    if (r)
        return r;
    answer_init(&answer);
    buf_init(&body, LOGIN_SIZE_MAX);
    buf_add_literal(&body, "{\"role\":");
    json_write_string(&body, vault->role, strlen(vault->role));
    buf_add_literal(&body, ",\"jwt\":");
    json_write_string(&body, jwt, strlen(jwt));
    buf_add(&body, "}", sizeof("}")); /* with its end */
    ask(vault, "auth/kubernetes/login", body.data, &answer);
    r = take_auth(vault, &answer) ? 0 : fail(vault, &answer, "signing in to Vault", problem);
    explicit_bzero(jwt, sizeof(jwt));
    explicit_bzero(body.data, body.size);
    buf_done(&body);
    answer_done(&answer);
    return r;
}

/* One that cannot be renewed is used until it ends: then a role signs in again, and a token has to be given. */
static void renew(struct vault *vault)
{
    struct answer answer;

    answer_init(&answer);
    ask(vault, "auth/token/renew-self", "{}", &answer);
    if (!take_auth(vault, &answer))
        vault->renew_at = answer.status ? 0 : now(); /* without an answer: next time */
    answer_done(&answer);
}

static int ensure_token(struct vault *vault, struct buf *problem)
{
    if (vault->token[0] && vault->renew_at && vault->renew_at <= now())
        renew(vault);
    return vault->token[0] ? 0 : log_in(vault, problem);
}

/* ---- a value */

/* "vault:MOUNT/PATH#FIELD" as its path in the API and its field. */
static bool reference_read(struct ts_arena *arena, const char *reference, const char **ret_path, const char **ret_field)
{
    const char *mount = reference + strlen(REFERENCE), *slash = strchr(mount, '/'), *mark = strchr(mount, '#');

    if (!slash || !mark || slash == mount || mark < slash + 2 || !mark[1] ||
        mount[strspn(mount, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./#")])
        return false;
    *ret_path = ts_printf(arena, "%.*s/data/%.*s", (int)(slash - mount), mount, (int)(mark - slash - 1), slash + 1);
    *ret_field = mark + 1;
    return true;
}

static int take_value(const struct vault *vault, const struct answer *answer, const char *field, struct buf *value,
                      struct buf *problem)
{
    const struct json *found = json_find(json_find(json_find(answer->json, "data"), "data"), field);

    if (!answer->json)
        return fail(vault, answer, "reading a secret", problem);
    if (!found || found->type != JSON_STRING || found->size == 0) {
        buf_printf(problem, "reading a secret: %s has no field %s there", vault->url, field);
        return TS_ENOTFOUND;
    }
    buf_clear(value);
    buf_add(value, found->text, found->size);
    return value->full ? TS_ERANGE : 0;
}

/* Whether it was the token's fault, and there may be another one. */
static bool token_ran_out(struct vault *vault, const struct answer *answer)
{
    if (answer->status != STATUS_DENIED || !vault->role)
        return false;
    vault->token[0] = '\0';
    return true;
}

int vault_read(struct vault *vault, const char *reference, struct buf *ret_value, struct buf *ret_problem)
{
    const char *path, *field;
    struct ts_arena arena;
    int r = 0;

    arena_init(&arena);
    if (!reference_read(&arena, reference, &path, &field)) {
        buf_printf(ret_problem, "a reference is vault:MOUNT/PATH#FIELD");
        r = TS_EINVALID;
    }
    for (unsigned tries = 1, more = r == 0; more; tries++) {
        struct answer answer;

        answer_init(&answer);
        r = ensure_token(vault, ret_problem);
        if (r == 0)
            ask(vault, path, NULL, &answer);
        more = r == 0 && tries == 1 && token_ran_out(vault, &answer);
        if (r == 0 && !more)
            r = take_value(vault, &answer, field, ret_value, ret_problem);
        answer_done(&answer);
    }
    arena_done(&arena);
    return r;
}
