/*
 * See accounts.h. Tables are bounded: what was not used for a minute goes, and when they are full, whatever is not
 * watched. That a session has ended is final, so a question whose answer is late cannot bring it back.
 */
#include "gateway/accounts.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "bus/bus.h"
#include "bus/right.h"
#include "gateway/jwt.h"
#include "identity/v1/identity.rpc.h"
#include "loop/loop.h"
#include "loop/runtime.h"
#include "telemetry/metrics.h"
#include "telemetry/trace.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/memory.h"
#include "tessera/security.h"
#include "tessera/sign.h"

enum {
    TRIES_MAX = 4,    /* questions whose answer was old when it came */
    MACHINE_S = 3600, /* that a machine's token is known as its own; whether it lives is asked as of any session */
};

/* A session, as it was when identity was asked last. */
struct visit {
    struct list watches;
    char id[TS_ID_SIZE], account_id[TS_ID_SIZE];
    int64_t checked_ms; /* on loop_now_ms() */
    int64_t used_ms;
    char *rights;     /* what its account may do, as text (bus/right.h); NULL: nothing */
    unsigned changes; /* that were heard of: what was asked before one is old */
    unsigned asking;  /* questions under way */
    bool known;       /* it was asked about, and lived */
    bool ended;
};

/* A token that was verified. */
struct verified {
    uint8_t digest[SHA256_DIGEST_LENGTH];
    int64_t expires_at_s;
    char account_id[TS_ID_SIZE], session_id[TS_ID_SIZE];
};

struct accounts {
    struct users users; /* first: it is its face */
    struct ts_runtime *runtime;
    struct bus_watcher watcher;
    struct map visits; /* by session id */
    struct map tokens; /* by the first 64 bits of their digest */
    struct jwt_keys keys;
    int64_t keys_asked_ms; /* 0: never */
    struct loop_timer sweep;
    struct loop_job tell; /* tell watches of those that have ended */
    bool stopping;
};

static int64_t now_ms(const struct accounts *accounts)
{
    return loop_now_ms(accounts->runtime->loop);
}

/* ---- sessions */

static bool is_idle(const struct visit *visit)
{
    return list_is_empty(&visit->watches) && !visit->asking;
}

static void forget_idle(struct accounts *accounts, int64_t used_before_ms)
{
    struct map_entry *entry;
    size_t at = 0;

    while ((entry = map_next(&accounts->visits, &at))) {
        struct visit *visit = entry->value;

        if (!is_idle(visit) || visit->used_ms > used_before_ms)
            continue;
        (void)map_take(&accounts->visits, visit->id); /* it is this one */
        ts_memory_free(visit->rights);
        ts_memory_free(visit);
    }
}

static struct visit *visit_of(struct accounts *accounts, const char *session_id, const char *account_id)
{
    struct visit *visit = map_find(&accounts->visits, session_id);

    if (visit)
        return visit;
    if (accounts->visits.count >= ACCOUNTS_MAX)
        forget_idle(accounts, INT64_MAX);
    visit = ts_memory_new(1, sizeof(*visit));
    list_init(&visit->watches);
    memcpy(visit->id, session_id, TS_ID_SIZE);
    memcpy(visit->account_id, account_id, TS_ID_SIZE);
    (void)map_put(&accounts->visits, visit->id, visit); /* it was not there */
    return visit;
}

static void visit_end(struct accounts *accounts, struct visit *visit)
{
    visit->ended = true;
    if (!list_is_empty(&visit->watches))
        loop_defer(accounts->runtime->loop, &accounts->tell);
}

static void tell_ended(struct loop_job *job)
{
    struct accounts *accounts = container_of(job, struct accounts, tell);
    struct map_entry *entry;
    size_t at = 0;

    while ((entry = map_next(&accounts->visits, &at))) {
        struct visit *visit = entry->value;
        struct list *first;

        while (visit->ended && (first = list_take_first(&visit->watches))) {
            struct user_watch *watch = container_of(first, struct user_watch, link);

            watch->ended(watch);
        }
    }
}

static void on_ended(struct accounts *accounts, const Identity__SessionEnded *ended)
{
    struct visit *visit = ended->session_id ? map_find(&accounts->visits, ended->session_id) : NULL;

    if (visit)
        visit_end(accounts, visit);
}

static void on_rights(struct accounts *accounts, const Identity__RightsChanged *changed)
{
    struct map_entry *entry;
    size_t at = 0;

    while (changed->account_id && (entry = map_next(&accounts->visits, &at))) {
        struct visit *visit = entry->value;

        if (strcmp(visit->account_id, changed->account_id) != 0)
            continue;
        visit->known = false;
        visit->changes++;
    }
}

static void on_heard(struct bus_watcher *watcher, const ProtobufCMessage *event)
{
    struct accounts *accounts = container_of(watcher, struct accounts, watcher);

    if (event->descriptor == &identity__session_ended__descriptor)
        on_ended(accounts, (const Identity__SessionEnded *)event);
    else if (event->descriptor == &identity__rights_changed__descriptor)
        on_rights(accounts, (const Identity__RightsChanged *)event);
}

static void keep_rights(struct ts_call *call, struct visit *visit, const Identity__GetPrincipalReply *reply)
{
    struct ts_membership *memberships = TS_NEW_ARRAY(call->arena, struct ts_membership, reply->n_teams);
    struct ts_principal principal = { .memberships = memberships, .membership_count = reply->n_teams };

    for (size_t i = 0; i < reply->n_teams; i++)
        memberships[i] =
            (struct ts_membership){ reply->teams[i]->organizer_id, (unsigned)reply->teams[i]->rights,
                                    (const char *const *)reply->teams[i]->event_ids, reply->teams[i]->n_event_ids };
    ts_memory_free(visit->rights);
    visit->rights = reply->n_teams ? ts_memory_string(rights_write(call->arena, &principal)) : NULL;
}

/* Ask identity whether it lives. The visit stays: it counts as being asked about. Return: 0; a ts_error. */
static int visit_ask(struct accounts *accounts, struct ts_call *call, struct visit *visit)
{
    Identity__GetPrincipalRequest request = IDENTITY__GET_PRINCIPAL_REQUEST__INIT;
    const Identity__GetPrincipalReply *reply;
    int64_t asked_ms = now_ms(accounts);
    unsigned changes = visit->changes;
    int r;

    request.session_id = visit->id;
    visit->asking++;
    r = identity_get_principal_as_system(call, &request, &reply);
    visit->asking--;
    if (r)
        return r;
    if (!reply->live || !reply->account_id || strcmp(reply->account_id, visit->account_id) != 0)
        visit_end(accounts, visit);
    keep_rights(call, visit, reply);
    visit->known = visit->changes == changes; /* else it is asked again */
    visit->checked_ms = asked_ms;
    return 0;
}

static bool is_fresh(const struct accounts *accounts, const struct visit *visit)
{
    return visit->ended || (visit->known && now_ms(accounts) - visit->checked_ms < ACCOUNTS_FRESH_MS);
}

/* ---- what is live is looked at again */

struct look {
    struct accounts *accounts;
    struct visit *visit;
};

static int look_run(struct ts_call *call, void *data)
{
    struct look *look = data;

    return visit_ask(look->accounts, call, look->visit); /* a failure: the next sweep asks again */
}

static void look_done(void *data, int result)
{
    struct look *look = data;

    (void)result;
    look->visit->asking--;
    ts_memory_free(look);
}

static void look_again(struct accounts *accounts, struct visit *visit)
{
    struct look *look = ts_memory_new(1, sizeof(*look));

    *look = (struct look){ accounts, visit };
    visit->asking++;
    bus_spawn(
        accounts->runtime->bus,
        &(struct bus_task){
            .operation = "accounts", .timeout_ms = ACCOUNTS_ASK_MS, .run = look_run, .done = look_done, .data = look });
}

static void forget_expired(struct accounts *accounts, bool all)
{
    int64_t now_s = runtime_now_ms(accounts->runtime) / TS_SECOND_MS;
    struct map_entry *entry;
    size_t at = 0;

    while ((entry = map_next(&accounts->tokens, &at))) {
        struct verified *verified = entry->value;

        if (!all && now_s < verified->expires_at_s)
            continue;
        (void)map_take_number(&accounts->tokens, entry->number); /* it is this one */
        ts_memory_free(verified);
    }
}

static void on_sweep(struct loop_timer *timer)
{
    struct accounts *accounts = container_of(timer, struct accounts, sweep);
    struct map_entry *entry;
    size_t at = 0;

    forget_expired(accounts, /* all= */ false);
    forget_idle(accounts, now_ms(accounts) - ACCOUNTS_KEEP_MS);
    while ((entry = map_next(&accounts->visits, &at))) {
        struct visit *visit = entry->value;

        if (!list_is_empty(&visit->watches) && !visit->asking && !is_fresh(accounts, visit))
            look_again(accounts, visit);
    }
    if (!accounts->stopping && accounts->visits.count + accounts->tokens.count)
        loop_timer_start(accounts->runtime->loop, timer, ACCOUNTS_SWEEP_MS);
}

static void sweep_start(struct accounts *accounts)
{
    if (!accounts->stopping && !accounts->sweep.slot)
        loop_timer_start(accounts->runtime->loop, &accounts->sweep, ACCOUNTS_SWEEP_MS);
}

/* ---- tokens */

/* Learn the keys anew. Return: 0, also when it is too soon; a ts_error. */
static int keys_ask(struct accounts *accounts, struct ts_call *call)
{
    Identity__ListKeysRequest request = IDENTITY__LIST_KEYS_REQUEST__INIT;
    const Identity__ListKeysReply *reply;
    struct jwt_keys keys = { .count = 0 };
    int64_t wall_ms = runtime_now_ms(accounts->runtime); /* keys follow it, and a clock may leap */
    int r;

    if (llabs(wall_ms - accounts->keys_asked_ms) < ACCOUNTS_KEYS_MS)
        return 0;
    accounts->keys_asked_ms = wall_ms;
    r = identity_list_keys_as_system(call, &request, &reply);
    if (r) {
        accounts->keys_asked_ms = 0;
        return r;
    }
    for (size_t i = 0; i < reply->n_keys; i++)
        (void)jwt_keys_add(&keys, reply->keys[i]->kid, reply->keys[i]->point.data,
                           reply->keys[i]->point.len); /* one that is none verifies nothing */
    jwt_keys_done(&accounts->keys);
    accounts->keys = keys;
    return 0;
}

static uint64_t short_digest(const uint8_t digest[SHA256_DIGEST_LENGTH])
{
    uint64_t number;

    memcpy(&number, digest, sizeof(number));
    return number;
}

static void keep_verified(struct accounts *accounts, const struct verified *verified)
{
    struct verified *kept;

    if (accounts->tokens.count >= ACCOUNTS_MAX)
        forget_expired(accounts, /* all= */ true);
    kept = ts_memory_new(1, sizeof(*kept));
    *kept = *verified;
    ts_memory_free(map_put_number(&accounts->tokens, short_digest(kept->digest), kept));
    sweep_start(accounts);
}

/* A machine's: identity alone can say whether it is its own. Return: as token_verify(). */
static int machine_verify(struct accounts *accounts, struct ts_call *call, const char *token,
                          struct verified *ret_verified)
{
    Identity__CheckKeyRequest request = IDENTITY__CHECK_KEY_REQUEST__INIT;
    const Identity__CheckKeyReply *reply;
    int r;

    request.token = (char *)token;
    r = identity_check_key_as_system(call, &request, &reply);
    if (r || !ts_id_is(reply->id, "key"))
        return r ? r : TS_EUNAUTHENTICATED;
    ret_verified->expires_at_s = runtime_now_ms(accounts->runtime) / TS_SECOND_MS + MACHINE_S;
    memcpy(ret_verified->account_id, reply->id, TS_ID_SIZE);
    memcpy(ret_verified->session_id, reply->id, TS_ID_SIZE);
    return 0;
}

/* Return: 0 and *ret_verified; TS_EUNAUTHENTICATED; a ts_error. */
static int token_verify(struct accounts *accounts, struct ts_call *call, const char *token,
                        struct verified *ret_verified)
{
    int64_t now_s = runtime_now_ms(accounts->runtime) / TS_SECOND_MS;
    struct jwt_claims claims;
    enum jwt_verdict verdict = jwt_verify(call->arena, &accounts->keys, token, now_s, &claims);
    int r;

    if (verdict == JWT_UNKNOWN_KEY) {
        r = keys_ask(accounts, call);
        if (r)
            return r;
        verdict = jwt_verify(call->arena, &accounts->keys, token, now_s, &claims);
    }
    if (verdict != JWT_GOOD)
        return TS_EUNAUTHENTICATED;
    ret_verified->expires_at_s = claims.expires_at_s;
    memcpy(ret_verified->account_id, claims.subject, TS_ID_SIZE);
    memcpy(ret_verified->session_id, claims.session_id, TS_ID_SIZE);
    return 0;
}

/* What a token says, if it is good now. Return: as token_verify(). */
static int token_read(struct accounts *accounts, struct ts_call *call, const char *token, struct verified *ret_verified)
{
    const struct verified *known;
    struct verified verified = { .expires_at_s = 0 };
    bool is_machine = strncmp(token, "tk_", 3) == 0;
    int r;

    if (strnlen(token, JWT_SIZE_MAX + 1) > JWT_SIZE_MAX)
        return TS_EUNAUTHENTICATED;
    ts_sha256(token, strlen(token), verified.digest);
    known = map_find_number(&accounts->tokens, short_digest(verified.digest));
    if (known && CRYPTO_memcmp(known->digest, verified.digest, sizeof(verified.digest)) == 0) {
        *ret_verified = *known;
        if (runtime_now_ms(accounts->runtime) / TS_SECOND_MS < known->expires_at_s)
            return 0;
    }
    r = (is_machine ? machine_verify : token_verify)(accounts, call, token, &verified);
    if (r)
        return r;
    keep_verified(accounts, &verified);
    *ret_verified = verified;
    return 0;
}

/* ---- the face */

static struct ts_call question(struct accounts *accounts, struct ts_arena *arena)
{
    struct ts_call call = {
        .arena = arena,
        .operation = "authenticate",
        .locale = "en",
        .deadline_ms = now_ms(accounts) + ACCOUNTS_ASK_MS,
        .runtime = accounts->runtime,
    };
    static const struct ts_principal nobody = { .kind = TS_PRINCIPAL_ANONYMOUS, .id = "anonymous" };

    call.principal = &nobody;
    trace_begin(accounts->runtime, &call.trace);
    return call;
}

static const struct ts_principal *principal_new(struct ts_arena *arena, const struct visit *visit)
{
    struct ts_principal *principal = TS_NEW(arena, struct ts_principal);

    principal->kind = TS_PRINCIPAL_USER;
    principal->id = ts_strdup(arena, visit->account_id);
    principal->session_id = ts_strdup(arena, visit->id);
    if (visit->rights)
        (void)rights_read(arena, visit->rights, principal); /* it is our own writing */
    return principal;
}

static int refuse(struct ts_call *call, const char *account_id)
{
    ts_security(call, TS_SECURITY_TOKEN_REFUSED, account_id);
    return TS_EUNAUTHENTICATED;
}

/* Who has this session, as he is now. Return: as authenticate(). */
static int visit_enter(struct accounts *accounts, struct ts_call *call, const char *session_id, const char *account_id,
                       const struct ts_principal **ret_principal)
{
    struct visit *visit = visit_of(accounts, session_id, account_id);
    int r = 0;

    visit->used_ms = now_ms(accounts);
    sweep_start(accounts);
    for (unsigned tries = 0; r == 0 && tries < TRIES_MAX && !is_fresh(accounts, visit); tries++)
        r = visit_ask(accounts, call, visit);
    if (r || !is_fresh(accounts, visit))
        return TS_EUNAVAILABLE;
    if (visit->ended || strcmp(visit->account_id, account_id) != 0)
        return refuse(call, account_id);
    *ret_principal = principal_new(call->arena, visit);
    return 0;
}

static int authenticate(struct users *users, struct ts_arena *arena, const char *token,
                        const struct ts_principal **ret_principal)
{
    struct accounts *accounts = container_of(users, struct accounts, users);
    struct ts_call call = question(accounts, arena);
    struct verified verified;
    int r = token_read(accounts, &call, token, &verified);

    if (r)
        return r == TS_EUNAUTHENTICATED ? refuse(&call, /* account_id= */ NULL) : TS_EUNAVAILABLE;
    return visit_enter(accounts, &call, verified.session_id, verified.account_id, ret_principal);
}

static int renew(struct users *users, struct ts_arena *arena, const struct ts_principal *principal,
                 const struct ts_principal **ret_principal)
{
    struct accounts *accounts = container_of(users, struct accounts, users);
    struct ts_call call = question(accounts, arena);

    return visit_enter(accounts, &call, principal->session_id, principal->id, ret_principal);
}

static void watch_visit(struct users *users, const struct ts_principal *principal, struct user_watch *watch)
{
    struct accounts *accounts = container_of(users, struct accounts, users);
    struct visit *visit = visit_of(accounts, principal->session_id, principal->id);

    list_add_end(&visit->watches, &watch->link);
    sweep_start(accounts);
    if (visit->ended)
        loop_defer(accounts->runtime->loop, &accounts->tell);
}

struct accounts *accounts_new(struct ts_runtime *runtime)
{
    struct accounts *accounts = ts_memory_new(1, sizeof(*accounts));

    accounts->users = (struct users){ authenticate, renew, watch_visit };
    accounts->runtime = runtime;
    accounts->watcher.heard = on_heard;
    accounts->sweep.run = on_sweep;
    accounts->tell.run = tell_ended;
    map_init(&accounts->visits);
    map_init(&accounts->tokens);
    bus_watch(runtime->bus, &accounts->watcher);
    return accounts;
}

struct users *accounts_users(struct accounts *accounts)
{
    return &accounts->users;
}

void accounts_stop(struct accounts *accounts)
{
    accounts->stopping = true;
    bus_unwatch(&accounts->watcher);
    loop_timer_stop(accounts->runtime->loop, &accounts->sweep);
}

void accounts_free(struct accounts *accounts)
{
    if (!accounts)
        return;
    accounts_stop(accounts);
    forget_expired(accounts, /* all= */ true);
    forget_idle(accounts, INT64_MAX);
    map_done(&accounts->visits);
    map_done(&accounts->tokens);
    jwt_keys_done(&accounts->keys);
    ts_memory_free(accounts);
}
