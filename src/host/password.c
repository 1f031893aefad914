/*
 * libsodium's argon2id on a worker's thread. What the thread reads and writes stands on the stack of the suspended
 * fiber; the password is copied there and wiped, for the request's memory is given back unwiped.
 */
#include "host/password.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "store/blocking.h"
#include "tessera/err.h"
#include "tessera/limits.h"
#include "tessera/memory.h"
#include "tessera/password.h"
#include "tessera/wait.h"

enum { PASSES = 2, MEMORY_SIZE = 19 << 20, HASH_SIZE = 32, HASH_TEXT_SIZE = 192, ENCODED_SIZE = 64 };

_Static_assert((int)HASH_TEXT_SIZE >= (int)crypto_pwhash_STRBYTES, "any hash fits");

/* Nobody's: of the same cost as any, and no password is known for it. */
static const char nobody[] =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

struct password_queue {
    unsigned running, waiting;
    struct ts_waiters waiters;
};

struct password_work {
    char password[TS_PASSWORD_SIZE_MAX + 1];
    uint8_t salt[crypto_pwhash_SALTBYTES];
    char hash[HASH_TEXT_SIZE]; /* made, or to be compared with */
    bool done;                 /* hashed; or equal */
};

static void hash_write(struct password_work *work, const uint8_t hash[HASH_SIZE])
{
    char salt[ENCODED_SIZE], text[ENCODED_SIZE];

    sodium_bin2base64(salt, sizeof(salt), work->salt, sizeof(work->salt), sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    sodium_bin2base64(text, sizeof(text), hash, HASH_SIZE, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    (void)snprintf(work->hash, sizeof(work->hash), "$argon2id$v=19$m=%d,t=%d,p=1$%s$%s", MEMORY_SIZE >> 10, PASSES,
                   salt, text); /* 97 bytes */
}

/* On the worker's thread. */
static void hash_run(void *data)
{
    struct password_work *work = data;
    uint8_t hash[HASH_SIZE];

    work->done = crypto_pwhash(hash, sizeof(hash), work->password, strlen(work->password), work->salt, PASSES,
                               MEMORY_SIZE, crypto_pwhash_ALG_ARGON2ID13) == 0;
    if (work->done)
        hash_write(work, hash);
    sodium_memzero(hash, sizeof(hash));
}

/* On the worker's thread. */
static void check_run(void *data)
{
    struct password_work *work = data;

    work->done = crypto_pwhash_str_verify(work->hash, work->password, strlen(work->password)) == 0;
}

/* Wait for a turn. Return: 0, then queue_leave() is due; TS_EEXHAUSTED; a ts_error of a wait. */
static int queue_enter(struct ts_call *call, struct password_queue **ret_queue)
{
    struct ts_runtime *runtime = call->runtime;
    struct password_queue *queue;
    int r = 0;

    if (!runtime->passwords)
        runtime->passwords = ts_memory_new(1, sizeof(*runtime->passwords));
    queue = runtime->passwords;
    if (queue->waiting >= TS_PASSWORD_QUEUE_MAX)
        return ts_fail(call, TS_EEXHAUSTED, "Too many sign in at once; try again.");
    queue->waiting++;
    while (r == 0 && queue->running >= TS_PASSWORDS_AT_ONCE)
        r = ts_wait(call, &queue->waiters);
    queue->waiting--;
    if (r)
        return r;
    queue->running++;
    *ret_queue = queue;
    return 0;
}

static void queue_leave(struct password_queue *queue)
{
    queue->running--;
    ts_wake(&queue->waiters);
}

static int work_run(struct ts_call *call, struct password_work *work, const char *password, void (*run)(void *data))
{
    struct password_queue *queue = NULL;
    int r = queue_enter(call, &queue);

    if (r || !queue)
        return r;
    (void)snprintf(work->password, sizeof(work->password), "%s", password); /* rules bound it */
    blocking_run(call->runtime->loop, run, work);
    sodium_memzero(work->password, sizeof(work->password));
    queue_leave(queue);
    return 0;
}

int ts_password_hash(struct ts_call *call, const char *password, const char **ret_hash)
{
    struct password_work work = { .done = false };
    int r;

    call->runtime->random(call->runtime, work.salt, sizeof(work.salt));
    r = work_run(call, &work, password, hash_run);
    if (r)
        return r;
    if (!work.done)
        return ts_fail(call, TS_EEXHAUSTED, "This server is short of memory; try again.");
    *ret_hash = ts_strdup(call->arena, work.hash);
    return 0;
}

int ts_password_check(struct ts_call *call, const char *hash, const char *password, bool *ret_right)
{
    struct password_work work = { .done = false };
    int r;

    (void)snprintf(work.hash, sizeof(work.hash), "%s", hash ? hash : nobody); /* ours: it fits */
    r = work_run(call, &work, password, check_run);
    if (r)
        return r;
    *ret_right = work.done && hash;
    return 0;
}

void passwords_free(struct ts_runtime *runtime)
{
    ts_memory_free(runtime->passwords);
    runtime->passwords = NULL;
}
