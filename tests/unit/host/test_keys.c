/* The signing key: made once, kept private, refused when it is none. */
#include "host/keys.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/test.h"
#include "tessera/arena.h"
#include "tessera/call.h"
#include "tessera/sign.h"

static char folder[] = "/tmp/tessera-keys-XXXXXX";
static char path[64];

static int setup(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(path, sizeof(path), "%s/ticket.key", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder); /* and nothing else is left in it */
}

static void keys_open__makes_a_private_file_once(void **state)
{
    struct ts_runtime left = { 0 }, right = { 0 };
    struct ts_call call = { .runtime = &left };
    uint8_t signature[TS_SIGNATURE_SIZE], one[KEYS_PUBLIC_SIZE], two[KEYS_PUBLIC_SIZE];
    struct buf problem;
    struct stat stat_buf;

    (void)state;
    buf_init(&problem, 1000);
    assert_int_equal(keys_open(&left, path, &problem), 0);
    assert_int_equal(stat(path, &stat_buf), 0);
    assert_int_equal(stat_buf.st_mode & 0777, 0600);
    assert_int_equal(keys_open(&right, path, &problem), 0);
    keys_public(left.keys, one);
    keys_public(right.keys, two);
    assert_memory_equal(one, two, KEYS_PUBLIC_SIZE);
    ts_sign(&call, "hello", 5, signature);
    call.runtime = &right;
    assert_true(ts_verify(&call, "hello", 5, signature));
    assert_false(ts_verify(&call, "hellO", 5, signature));
    assert_false(ts_verify(&call, "hello", 4, signature));
    signature[63] ^= 1;
    assert_false(ts_verify(&call, "hello", 5, signature));
    keys_close(&left);
    keys_close(&right);
    keys_close(&right);
}

static void keys_open__in_memory_differs_each_time(void **state)
{
    struct ts_runtime left = { 0 }, right = { 0 };
    uint8_t one[KEYS_PUBLIC_SIZE], two[KEYS_PUBLIC_SIZE];
    struct buf problem;

    (void)state;
    buf_init(&problem, 1000);
    assert_int_equal(keys_open(&left, NULL, &problem), 0);
    assert_int_equal(keys_open(&right, NULL, &problem), 0);
    keys_public(left.keys, one);
    keys_public(right.keys, two);
    assert_memory_not_equal(one, two, KEYS_PUBLIC_SIZE);
    keys_close(&left);
    keys_close(&right);
}

static void keys_open__refuses_what_holds_no_key(void **state)
{
    struct ts_runtime runtime = { 0 };
    struct buf problem;
    FILE *file = fopen(path, "w");

    (void)state;
    assert_non_null(file);
    fputs("-----BEGIN PRIVATE KEY-----\nno\n-----END PRIVATE KEY-----\n", file);
    fclose(file);
    buf_init(&problem, 1000);
    assert_int_equal(keys_open(&runtime, path, &problem), TS_EDATALOSS);
    buf_add_char(&problem, 0);
    assert_non_null(strstr(problem.data, "holds no Ed25519 private key"));
    assert_int_equal(keys_open(&runtime, "/nonexistent/folder/key", &problem), TS_EUNAVAILABLE);
    assert_null(runtime.keys);
    buf_done(&problem);
}

/* RFC 8032 §7.1, TEST 1: our file, its public key and its signature; and one of ours as another library sees it. */
static void ts_sign__is_ed25519(void **state)
{
    static const char pem[] = "-----BEGIN PRIVATE KEY-----\n"
                              "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
                              "-----END PRIVATE KEY-----\n";
    static const uint8_t public[KEYS_PUBLIC_SIZE] = "\xd7\x5a\x98\x01\x82\xb1\x0a\xb7\xd5\x4b\xfe\xd3\xc9\x64\x07\x3a"
                                                    "\x0e\xe1\x72\xf3\xda\xa6\x23\x25\xaf\x02\x1a\x68\xf7\x07\x51\x1a";
    static const uint8_t of_nothing[TS_SIGNATURE_SIZE] =
        "\xe5\x56\x43\x00\xc3\x60\xac\x72\x90\x86\xe2\xcc\x80\x6e\x82\x8a"
        "\x84\x87\x7f\x1e\xb8\xe5\xd9\x74\xd8\x73\xe0\x65\x22\x49\x01\x55"
        "\x5f\xb8\x82\x15\x90\xa3\x3b\xac\xc6\x1e\x39\x70\x1c\xf9\xb4\x6b"
        "\xd2\x5b\xf5\xf0\x59\x5b\xbe\x24\x65\x51\x41\x43\x8e\x7a\x10\x0b";
    struct ts_runtime runtime = { 0 };
    struct ts_call call = { .runtime = &runtime };
    uint8_t signature[TS_SIGNATURE_SIZE], read[KEYS_PUBLIC_SIZE];
    FILE *file = fopen(path, "w");
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    struct buf problem;
    EVP_PKEY *key;

    (void)state;
    assert_non_null(file);
    fputs(pem, file);
    fclose(file);
    buf_init(&problem, 1000);
    assert_int_equal(keys_open(&runtime, path, &problem), 0);
    keys_public(runtime.keys, read);
    assert_memory_equal(read, public, sizeof(read));
    ts_sign(&call, "", 0, signature);
    assert_memory_equal(signature, of_nothing, sizeof(signature));
    ts_sign(&call, "hello", 5, signature);
    key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public, sizeof(public));
    assert_int_equal(EVP_DigestVerifyInit(context, NULL, NULL, NULL, key), 1);
    assert_int_equal(EVP_DigestVerify(context, signature, sizeof(signature), (const uint8_t *)"hello", 5), 1);
    EVP_PKEY_free(key);
    EVP_MD_CTX_free(context);
    keys_close(&runtime);
}

static void ts_seal__opens_here_for_this_alone(void **state)
{
    struct ts_runtime runtime = { 0 }, elsewhere = { 0 };
    struct ts_arena *arena = ts_arena_new();
    struct ts_call call = { .runtime = &runtime, .arena = arena }, other = { .runtime = &elsewhere, .arena = arena };
    struct buf problem;
    char *sealed, *changed;

    (void)state;
    buf_init(&problem, 1000);
    assert_int_equal(keys_open(&runtime, NULL, &problem), 0);
    assert_int_equal(keys_open(&elsewhere, NULL, &problem), 0);
    sealed = ts_seal(&call, "a", "b", "hush");
    assert_string_equal(ts_unseal(&call, "a", "b", sealed), "hush");
    assert_string_equal(ts_unseal(&call, "a", "b", ts_seal(&call, "a", "b", "")), "");
    assert_string_equal(ts_seal(&call, "a", "b", "hush"), sealed);
    assert_string_not_equal(ts_seal(&call, "a", "c", "hush"), sealed);
    assert_null(strstr(sealed, "hush"));
    assert_null(ts_unseal(&call, "a", "c", sealed));
    assert_null(ts_unseal(&call, "b", "b", sealed));
    assert_null(ts_unseal(&call, "a.1", "b", sealed));
    assert_null(ts_unseal(&other, "a", "b", sealed));
    assert_null(ts_unseal(&call, "a", "b", NULL));
    assert_null(ts_unseal(&call, "a", "b", ""));
    assert_null(ts_unseal(&call, "a", "b", "AAAA"));
    assert_null(ts_unseal(&call, "a", "b", "no base64url!"));
    for (size_t i = 0; i + 1 < strlen(sealed); i++) { /* of the last letter some bits say nothing */
        changed = ts_strdup(arena, sealed);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        assert_null(ts_unseal(&call, "a", "b", changed));
    }
    keys_close(&runtime);
    keys_close(&elsewhere);
    ts_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_open__makes_a_private_file_once),
        cmocka_unit_test(keys_open__in_memory_differs_each_time),
        cmocka_unit_test(ts_sign__is_ed25519),
        cmocka_unit_test(ts_seal__opens_here_for_this_alone),
        cmocka_unit_test(keys_open__refuses_what_holds_no_key),
    };

    return cmocka_run_group_tests_name("host/keys", tests, setup, teardown);
}
