/* The signing key: made once, kept private, refused when it is none. */
#include "host/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/test.h"
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
    assert_int_equal(ts_sign(&call, "hello", 5, signature), 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_open__makes_a_private_file_once),
        cmocka_unit_test(keys_open__in_memory_differs_each_time),
        cmocka_unit_test(keys_open__refuses_what_holds_no_key),
    };

    return cmocka_run_group_tests_name("host/keys", tests, setup, teardown);
}
