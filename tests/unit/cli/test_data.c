/* The data folder, its lock, the owner's token. */
#include "cli/data.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/test.h"
#include "tessera/err.h"

static struct buf problem;

static int set_up(void **state)
{
    (void)state;
    buf_init(&problem, 4096);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_done(&problem);
    return 0;
}

static void data_open__keeps_a_second_one_out(void **state)
{
    struct data first, second;

    (void)state;
    assert_int_equal(data_open(&first, NULL, &problem), 0);
    assert_int_equal(data_open(&second, first.path, &problem), TS_EPRECONDITION);
    data_close(&second);
    assert_int_equal(access(first.path, F_OK), 0);
    data_close(&first);
    assert_int_not_equal(access(first.path, F_OK), 0); /* temporary: gone */
}

static void data_open__refuses_a_folder_that_cannot_be(void **state)
{
    struct data data;

    (void)state;
    assert_int_equal(data_open(&data, "/proc/no/such", &problem), TS_EUNAVAILABLE);
    data_close(&data);
}

static void data_owner__makes_a_token_once(void **state)
{
    struct data data;
    struct owner first, second, check;
    char made[OWNER_TOKEN_MADE_SIZE], again[OWNER_TOKEN_MADE_SIZE], path[DATA_PATH_SIZE];
    struct stat status;

    (void)state;
    assert_int_equal(data_open(&data, NULL, &problem), 0);
    assert_int_equal(data_owner(&data, NULL, &first, made, &problem), 0);
    assert_int_equal(strlen(made), OWNER_TOKEN_MADE_SIZE - 1);
    assert_int_equal(data_owner(&data, NULL, &second, again, &problem), 0);
    assert_string_equal(again, "");
    assert_memory_equal(&first, &second, sizeof(first));
    owner_set(&check, made);
    assert_memory_equal(&first, &check, sizeof(first));
    assert_int_equal(stat(data_path(&data, "owner-token.sha256", path), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    data_close(&data);
}

static void data_owner__takes_the_given_one_and_checks_it(void **state)
{
    struct data data;
    struct owner owner, check;
    char made[OWNER_TOKEN_MADE_SIZE];

    (void)state;
    assert_int_equal(data_open(&data, NULL, &problem), 0);
    assert_int_equal(data_owner(&data, "given-token", &owner, made, &problem), 0);
    owner_set(&check, "given-token");
    assert_memory_equal(&owner, &check, sizeof(owner));
    assert_string_equal(made, "");
    assert_int_equal(data_owner(&data, "short", &owner, made, &problem), TS_EINVALID);
    data_close(&data);
}

static void data_owner__refuses_a_damaged_file(void **state)
{
    struct data data;
    struct owner owner;
    char made[OWNER_TOKEN_MADE_SIZE], path[DATA_PATH_SIZE];
    int fd;

    (void)state;
    assert_int_equal(data_open(&data, NULL, &problem), 0);
    fd = open(data_path(&data, "owner-token.sha256", path), O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, "abc\n", 4), 4);
    close(fd);
    assert_int_equal(data_owner(&data, NULL, &owner, made, &problem), TS_EDATALOSS);
    data_close(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(data_open__keeps_a_second_one_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(data_open__refuses_a_folder_that_cannot_be, set_up, tear_down),
        cmocka_unit_test_setup_teardown(data_owner__makes_a_token_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(data_owner__takes_the_given_one_and_checks_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(data_owner__refuses_a_damaged_file, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("cli/data", tests, NULL, NULL);
}
