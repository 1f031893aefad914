/* Flags, variables and secret files. */
#include "cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "support/test.h"
#include "tessera/err.h"

static struct ts_arena arena;
static struct buf problem;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena);
    buf_init(&problem, 4096);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    buf_done(&problem);
    unsetenv("TESSERA_HTTP2");
    unsetenv("TESSERA_LISTEN");
    unsetenv("TESSERA_OWNER_TOKEN");
    unsetenv("TESSERA_OWNER_TOKEN_FILE");
    return 0;
}

#define READ(ret_options, ...)                                                                                         \
    options_read(&arena, (int)(sizeof((const char *[]){ "tessera", __VA_ARGS__ }) / sizeof(char *)),                   \
                 (char **)(const char *[]){ "tessera", __VA_ARGS__, NULL }, ret_options, &problem)

static bool problem_has(const char *word)
{
    buf_add_char(&problem, '\0');
    return strstr(problem.data, word) != NULL;
}

static void options_read__has_defaults(void **state)
{
    struct options options;

    (void)state;
    assert_int_equal(READ(&options, "serve"), 0);
    assert_string_equal(options.listen, "127.0.0.1:8080");
    assert_string_equal(options.admin, "127.0.0.1:9464");
    assert_string_equal(options.data, "./tessera-data");
    assert_true(options.http2);
    assert_null(options.owner_token);
}

static void options_read__takes_both_spellings_and_operands(void **state)
{
    struct options options;

    (void)state;
    assert_int_equal(READ(&options, "import", "--data=/a", "page.html", "--publish", "--listen", "[::1]:0", "-"), 0);
    assert_string_equal(options.command, "import");
    assert_string_equal(options.data, "/a");
    assert_string_equal(options.listen, "[::1]:0");
    assert_true(options.publish);
    assert_string_equal(options.operands[0], "page.html");
    assert_string_equal(options.operands[1], "-");
    assert_null(options.operands[2]);
}

static void options_read__lets_flags_win_over_variables(void **state)
{
    struct options options;

    (void)state;
    setenv("TESSERA_LISTEN", "127.0.0.1:1", 1);
    setenv("TESSERA_HTTP2", "1", 1);
    assert_int_equal(READ(&options, "serve", "--http2=false"), 0);
    assert_string_equal(options.listen, "127.0.0.1:1");
    assert_false(options.http2);
}

static void options_read__reads_a_secret_from_its_file(void **state)
{
    char path[] = "/tmp/test-options-XXXXXX";
    struct options options;
    int fd = mkstemp(path);

    (void)state;
    assert_int_equal(write(fd, "secret-token\r\nmore\n", 19), 19);
    close(fd);
    setenv("TESSERA_OWNER_TOKEN_FILE", path, 1);
    assert_int_equal(READ(&options, "serve"), 0);
    assert_string_equal(options.owner_token, "secret-token");
    setenv("TESSERA_OWNER_TOKEN", "another-token", 1);
    assert_int_equal(READ(&options, "serve"), TS_EINVALID);
    assert_true(problem_has("exclude each other"));
    unsetenv("TESSERA_OWNER_TOKEN");
    unlink(path);
    assert_int_equal(READ(&options, "serve"), TS_EINVALID);
}

/* So that they can be read again: from where their value is, which a flag may say otherwise. */
static void options_read__notes_where_secrets_are(void **state)
{
    char path[] = "/tmp/tessera-secret-XXXXXX";
    int fd = mkstemp(path);
    struct options options;

    (void)state;
    assert_int_equal(write(fd, "secret-token\n", 13), 13);
    close(fd);
    setenv("TESSERA_OWNER_TOKEN_FILE", path, 1);
    assert_int_equal(READ(&options, "serve", "--vault-token", "of-a-flag"), 0);
    assert_int_equal(options.secret_count, 2);
    assert_string_equal(options.secrets[0].name, "owner-token");
    assert_string_equal(options.secrets[0].file, path);
    assert_ptr_equal((char *)&options + options.secrets[0].offset, &options.owner_token);
    assert_string_equal(options.secrets[1].name, "vault-token");
    assert_null(options.secrets[1].file);
    assert_int_equal(READ(&options, "serve", "--owner-token", "of-a-flag"), 0);
    assert_int_equal(options.secret_count, 1);
    assert_null(options.secrets[0].file);
    assert_int_equal(READ(&options, "serve", "--secret-read-ms", "99"), TS_EINVALID);
    assert_true(problem_has("--secret-read-ms is at least 100"));
    unlink(path);
}

static void options_read__names_what_is_wrong(void **state)
{
    struct options options = { .command = "untouched" };

    (void)state;
    assert_int_equal(READ(&options, "serve", "--colour"), TS_EINVALID);
    assert_int_equal(READ(&options, "serve", "--bus", "pigeon"), TS_EINVALID);
    assert_int_equal(READ(&options, "serve", "--bus="), TS_EINVALID);
    assert_int_equal(READ(&options, "serve", "--http2=maybe"), TS_EINVALID);
    assert_int_equal(READ(&options, "serve", "--capacity", "-1"), TS_EINVALID);
    assert_int_equal(READ(&options, "serve", "--data"), TS_EINVALID);
    assert_int_equal(READ(&options, "sell"), TS_EINVALID);
    assert_int_equal(READ(&options, "serve", "--tls-cert", "a.pem"), TS_EINVALID);
    assert_string_equal(options.command, "untouched");
    assert_true(problem_has("there is no flag --colour\n"
                            "--bus is one of local|wire|nats://HOST:PORT|tls://HOST:PORT, not \"pigeon\"\n"
                            "--bus is one of local|wire|nats://HOST:PORT|tls://HOST:PORT, not \"\"\n"
                            "--http2 is 1, 0, true or false, not \"maybe\"\n"
                            "--capacity is a number, not \"-1\"\n"
                            "--data needs a value\n"
                            "there is no command sell\n"
                            "--tls-cert and --tls-key go together\n"));
}

static void options_read__shows_help_when_nothing_is_asked(void **state)
{
    char *argv[] = { (char[]){ "tessera" }, NULL };
    struct options options;

    (void)state;
    assert_int_equal(options_read(&arena, 1, argv, &options, &problem), 0);
    assert_string_equal(options.command, "help");
    assert_int_equal(READ(&options, "serve", "--help"), 0);
    assert_string_equal(options.command, "help");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(options_read__has_defaults, set_up, tear_down),
        cmocka_unit_test_setup_teardown(options_read__takes_both_spellings_and_operands, set_up, tear_down),
        cmocka_unit_test_setup_teardown(options_read__lets_flags_win_over_variables, set_up, tear_down),
        cmocka_unit_test_setup_teardown(options_read__reads_a_secret_from_its_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(options_read__notes_where_secrets_are, set_up, tear_down),
        cmocka_unit_test_setup_teardown(options_read__names_what_is_wrong, set_up, tear_down),
        cmocka_unit_test_setup_teardown(options_read__shows_help_when_nothing_is_asked, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("cli/options", tests, NULL, NULL);
}
