/*
 * The key file is written whole under another name, synced, and linked into place: two first starts at once cannot
 * end with two keys, and a crash cannot leave half of one.
 */
#include "host/keys.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tessera/arena.h"
#include "tessera/err.h"
#include "tessera/sign.h"

struct keys {
    uint8_t ticket[crypto_sign_SECRETKEYBYTES]; /* seed, then public key */
    uint8_t secret[crypto_auth_hmacsha256_KEYBYTES];
};

static const char secret_purpose[] = "tessera/secret/1";

_Static_assert(crypto_sign_SEEDBYTES == crypto_auth_hmacsha256_KEYBYTES, "the secret is derived from the seed");

static int problem_add(struct buf *problem, int error, const char *path, const char *words)
{
    buf_printf(problem, "%s: %s\n", path, words);
    return error;
}

/* Return: 0 and *ret_key; TS_ENOTFOUND when there is no file; another ts_error. */
static int key_read(const char *path, EVP_PKEY **ret_key, struct buf *problem)
{
    FILE *file = fopen(path, "re");
    EVP_PKEY *key;

    if (!file)
        return errno == ENOENT ? TS_ENOTFOUND : problem_add(problem, TS_EUNAVAILABLE, path, strerror(errno));
    key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    if (!key || !EVP_PKEY_is_a(key, "ED25519")) {
        EVP_PKEY_free(key);
        return problem_add(problem, TS_EDATALOSS, path, "holds no Ed25519 private key");
    }
    *ret_key = key;
    return 0;
}

static bool key_write_file(EVP_PKEY *key, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    bool written;

    if (!file) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    written =
        PEM_write_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1 && fflush(file) == 0 && fsync(fd) == 0;
    return fclose(file) == 0 && written;
}

static void folder_sync(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (fd >= 0) {
        (void)fsync(fd); /* the worst is a new key at the next start, before any ticket was sold */
        close(fd);
    }
    free(folder);
}

/* Make a key and put it at `path`, unless somebody else just did: then that one is read. */
static int key_make(const char *path, EVP_PKEY **ret_key, struct buf *problem)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    char *temporary = NULL;
    bool linked;

    if (!key || asprintf(&temporary, "%s.new.%d", path, (int)getpid()) < 0)
        abort();
    linked = key_write_file(key, temporary) && link(temporary, path) == 0;
    if (!linked && errno != EEXIST)
        (void)problem_add(problem, 0, path, strerror(errno));
    unlink(temporary);
    free(temporary);
    if (linked) {
        folder_sync(path);
        *ret_key = key;
        return 0;
    }
    EVP_PKEY_free(key);
    return access(path, F_OK) == 0 ? key_read(path, ret_key, problem) : TS_EUNAVAILABLE;
}

/* OpenSSL reads and writes the file; libsodium signs, in 17 us where OpenSSL 3.0 takes 43. */
static struct keys *keys_new(const EVP_PKEY *key)
{
    struct keys *keys = calloc(1, sizeof(*keys));
    uint8_t seed[crypto_sign_SEEDBYTES], public[crypto_sign_PUBLICKEYBYTES];
    size_t size = sizeof(seed);

    if (!keys || sodium_init() < 0 || EVP_PKEY_get_raw_private_key(key, seed, &size) != 1 ||
        crypto_sign_seed_keypair(public, keys->ticket, seed) != 0)
        abort(); /* an Ed25519 key always has a seed */
    (void)crypto_auth_hmacsha256(keys->secret, (const uint8_t *)secret_purpose, sizeof(secret_purpose) - 1,
                                 seed); /* always 0 */
    sodium_memzero(seed, sizeof(seed));
    return keys;
}

int keys_open(struct ts_runtime *runtime, const char *path, struct buf *ret_problem)
{
    EVP_PKEY *key = NULL;
    int r = 0;

    if (!path) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        assert(key);
    } else {
        r = key_read(path, &key, ret_problem);
        if (r == TS_ENOTFOUND)
            r = key_make(path, &key, ret_problem);
    }
    if (r)
        return r;
    runtime->keys = keys_new(key);
    EVP_PKEY_free(key);
    return 0;
}

void keys_close(struct ts_runtime *runtime)
{
    if (!runtime->keys)
        return;
    sodium_memzero(runtime->keys, sizeof(*runtime->keys));
    free(runtime->keys);
    runtime->keys = NULL;
}

void keys_public(const struct keys *keys, uint8_t ret_public[KEYS_PUBLIC_SIZE])
{
    memcpy(ret_public, keys->ticket + crypto_sign_SEEDBYTES, KEYS_PUBLIC_SIZE);
}

void ts_public_key(struct ts_call *call, uint8_t ret_public[TS_PUBLIC_KEY_SIZE])
{
    keys_public(call->runtime->keys, ret_public);
}

void ts_sign(struct ts_call *call, const void *bytes, size_t size, uint8_t ret_signature[TS_SIGNATURE_SIZE])
{
    (void)crypto_sign_detached(ret_signature, NULL, bytes, size, call->runtime->keys->ticket); /* always 0 */
}

bool ts_verify(struct ts_call *call, const void *bytes, size_t size, const uint8_t signature[TS_SIGNATURE_SIZE])
{
    return crypto_sign_verify_detached(signature, bytes, size, call->runtime->keys->ticket + crypto_sign_SEEDBYTES) ==
           0;
}

void ts_mac(struct ts_call *call, const char *purpose, const void *bytes, size_t size, uint8_t ret_mac[TS_MAC_SIZE])
{
    crypto_auth_hmacsha256_state state;

    (void)crypto_auth_hmacsha256_init(&state, call->runtime->keys->secret, sizeof(call->runtime->keys->secret));
    (void)crypto_auth_hmacsha256_update(&state, (const uint8_t *)purpose, strlen(purpose) + 1);
    (void)crypto_auth_hmacsha256_update(&state, bytes, size);
    (void)crypto_auth_hmacsha256_final(&state, ret_mac); /* all of them always 0 */
    sodium_memzero(&state, sizeof(state));
}

/* ---- sealing: nonce, then the ciphertext with its tag */

enum {
    SEAL_KEY_SIZE = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    SEAL_NONCE_SIZE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    SEAL_TAG_SIZE = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};

_Static_assert((int)SEAL_KEY_SIZE == (int)TS_MAC_SIZE && (int)SEAL_NONCE_SIZE <= (int)TS_MAC_SIZE, "both are MACs");

/* What it is sealed for: no other text says the same. */
static const char *seal_frame(struct ts_call *call, const char *purpose, const char *name)
{
    return ts_printf(call->arena, "%zu.%s.%s", strlen(purpose), purpose, name);
}

static void seal_key(struct ts_call *call, const char *purpose, uint8_t ret_key[SEAL_KEY_SIZE])
{
    ts_mac(call, "tessera/seal/key", purpose, strlen(purpose), ret_key);
}

char *ts_seal(struct ts_call *call, const char *purpose, const char *name, const char *text)
{
    const char *frame = seal_frame(call, purpose, name);
    const char *all = ts_printf(call->arena, "%zu.%s.%s", strlen(frame), frame, text);
    size_t size = strlen(text);
    uint8_t *sealed = ts_alloc(call->arena, SEAL_NONCE_SIZE + size + SEAL_TAG_SIZE);
    uint8_t key[SEAL_KEY_SIZE], nonce[TS_MAC_SIZE];

    seal_key(call, purpose, key);
    ts_mac(call, "tessera/seal/nonce", all, strlen(all), nonce);
    memcpy(sealed, nonce, SEAL_NONCE_SIZE);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + SEAL_NONCE_SIZE, NULL, (const uint8_t *)text, size,
                                                     (const uint8_t *)frame, strlen(frame), NULL, sealed,
                                                     key); /* always 0 */
    sodium_memzero(key, sizeof(key));
    return ts_base64url_encode(call, sealed, SEAL_NONCE_SIZE + size + SEAL_TAG_SIZE);
}

char *ts_unseal(struct ts_call *call, const char *purpose, const char *name, const char *sealed)
{
    const char *frame = seal_frame(call, purpose, name);
    size_t size = 0;
    const uint8_t *bytes = sealed ? ts_base64url_decode(call, sealed, &size) : NULL;
    uint8_t key[SEAL_KEY_SIZE];
    char *text;
    bool opened;

    if (!bytes || size < SEAL_NONCE_SIZE + SEAL_TAG_SIZE)
        return NULL;
    text = ts_alloc(call->arena, size - SEAL_NONCE_SIZE - SEAL_TAG_SIZE + 1);
    text[size - SEAL_NONCE_SIZE - SEAL_TAG_SIZE] = '\0';
    seal_key(call, purpose, key);
    opened = crypto_aead_xchacha20poly1305_ietf_decrypt((uint8_t *)text, NULL, NULL, bytes + SEAL_NONCE_SIZE,
                                                        size - SEAL_NONCE_SIZE, (const uint8_t *)frame, strlen(frame),
                                                        bytes, key) == 0;
    sodium_memzero(key, sizeof(key));
    return opened ? text : NULL;
}
