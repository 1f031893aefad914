/* Passwords: hashed as they should be, in turn. */
#include "tessera/password.h"

#include <string.h>

#include "host/password.h"
#include "support/fiber_test.h"
#include "support/test.h"
#include "tessera/bus.h"

static void check(struct ts_call *call, const char *hash, const char *password, bool expected)
{
    bool right;

    assert_int_equal(ts_password_check(call, hash, password, &right), 0);
    assert_int_equal(right, expected);
}

static void ts_password_check__knows_the_one_that_was_hashed(struct ts_call *call)
{
    const char *hash, *again;

    assert_int_equal(ts_password_hash(call, "correct horse", &hash), 0);
    assert_int_equal(ts_password_hash(call, "correct horse", &again), 0);
    assert_int_equal(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
    assert_string_not_equal(hash, again); /* each has its salt */
    check(call, hash, "correct horse", true);
    check(call, again, "correct horse", true);
    check(call, hash, "correct hors", false);
    check(call, hash, "", false);
    check(call, NULL, "correct horse", false);
    check(call, "no hash", "correct horse", false);
    passwords_free(call->runtime);
}

/* The reference implementation's: `printf password | argon2 somesaltsomesalt -id -t 2 -k 19456 -p 1 -l 32`. */
static const char reference[] =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$K13EBUiG7JV+9ZxztmHFTdb7J0WQsnj2V8bZaqyPptE";

static void ts_password_check__reads_the_reference_implementations(struct ts_call *call)
{
    check(call, reference, "password", true);
    check(call, reference, "Password", false);
    passwords_free(call->runtime);
}

static int hash_one(struct ts_call *call, void *item)
{
    return ts_password_hash(call, "correct horse", item);
}

static void ts_password_hash__takes_turns(struct ts_call *call)
{
    enum { AT_ONCE = 8 };
    const char *hashes[AT_ONCE] = { NULL };
    void *items[AT_ONCE];

    for (unsigned i = 0; i < AT_ONCE; i++)
        items[i] = &hashes[i];
    assert_int_equal(ts_all(call, hash_one, items, AT_ONCE), 0);
    for (unsigned i = 0; i < AT_ONCE; i++)
        check(call, hashes[i], "correct horse", true);
    passwords_free(call->runtime);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fiber_unit_test(ts_password_check__knows_the_one_that_was_hashed),
        fiber_unit_test(ts_password_check__reads_the_reference_implementations),
        fiber_unit_test(ts_password_hash__takes_turns),
    };

    return cmocka_run_group_tests_name("host/password", tests, NULL, NULL);
}
