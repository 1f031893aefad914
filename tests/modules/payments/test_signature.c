/*
 * Stripe's signatures: those that Stripe's own library makes (npm's stripe 23.1.0, webhooks.generateTestHeaderString),
 * and what becomes of them when anything is changed.
 */
#include "support/test.h"

#include <string.h>

#include "signature.h"

#define NOW 1780315200
#define BODY "{\"id\":\"evt_1\",\"object\":\"event\",\"type\":\"checkout.session.completed\"}"
#define BY_ONE "d0a4a452c5581386fb1ba9fdc09917305a60fab18b8f46acf77f05575da5d510"
#define BY_TWO "64bbeb2f2e5878389bdbfabac9a3349d32877b226c7eda942f879497d96c3207"
#define NONSENSE "0000000000000000000000000000000000000000000000000000000000000000"
#define HEADER "t=1780315200,v1=" BY_ONE

static enum signature_verdict check(const char *header)
{
    return signature_check(header, BODY, "whsec_one", NOW);
}

static void signature_check__takes_what_stripes_library_signed(void **state)
{
    (void)state;
    assert_int_equal(check(HEADER), SIGNATURE_GOOD);
    assert_int_equal(signature_check("t=1780315200,v1=9def910a666a3458ea345dcf8c7652fadf40c0c13d75e0df3c3f871c2350af63",
                                     "{\"name\":\"B\xc3\xbchne \xe2\x98\x83\"}", "whsec_one", NOW),
                     SIGNATURE_GOOD);
}

/* The header whole and the body whole, each bit of each byte. */
static void signature_check__takes_no_flipped_bit(void **state)
{
    char header[] = HEADER, body[] = BODY;

    (void)state;
    for (size_t at = 0; at < sizeof(header) - 1; at++) {
        for (int bit = 0; bit < 8; bit++) {
            header[at] = (char)(header[at] ^ (1 << bit));
            if (signature_check(header, BODY, "whsec_one", NOW) == SIGNATURE_GOOD)
                fail_msg("bit %d of byte %zu of the header", bit, at);
            header[at] = (char)(header[at] ^ (1 << bit));
        }
    }
    for (size_t at = 0; at < sizeof(body) - 1; at++) {
        for (int bit = 0; bit < 8; bit++) {
            body[at] = (char)(body[at] ^ (1 << bit));
            if (signature_check(HEADER, body, "whsec_one", NOW) != SIGNATURE_FORGED)
                fail_msg("bit %d of byte %zu of the body", bit, at);
            body[at] = (char)(body[at] ^ (1 << bit));
        }
    }
}

static void signature_check__takes_no_other_spelling_of_the_body(void **state)
{
    (void)state;
    assert_int_equal(signature_check(HEADER, BODY " ", "whsec_one", NOW), SIGNATURE_FORGED);
    assert_int_equal(signature_check(HEADER,
                                     "{\"id\": \"evt_1\", \"object\": \"event\", \"type\": "
                                     "\"checkout.session.completed\"}",
                                     "whsec_one", NOW),
                     SIGNATURE_FORGED);
    assert_int_equal(signature_check(HEADER,
                                     "{\"object\":\"event\",\"id\":\"evt_1\",\"type\":\"checkout.session.completed\"}",
                                     "whsec_one", NOW),
                     SIGNATURE_FORGED);
}

static void signature_check__is_for_five_minutes(void **state)
{
    static const struct {
        int64_t now_s;
        enum signature_verdict verdict;
    } rows[] = {
        { NOW - 301, SIGNATURE_OLD }, { NOW - 300, SIGNATURE_GOOD }, { NOW + 300, SIGNATURE_GOOD },
        { NOW + 301, SIGNATURE_OLD }, { 0, SIGNATURE_OLD },          { INT64_MAX / 2000, SIGNATURE_OLD },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(signature_check(HEADER, BODY, "whsec_one", rows[i].now_s), rows[i].verdict);
    assert_int_equal(check("t=1780315201,v1=" BY_ONE), SIGNATURE_FORGED); /* it is signed, too */
}

static void signature_check__takes_any_of_several(void **state)
{
    (void)state;
    assert_int_equal(check("t=1780315200,v1=" NONSENSE ",v1=" BY_ONE), SIGNATURE_GOOD);
    assert_int_equal(check("v1=" BY_ONE ",v1=" NONSENSE ",v0=abc,t=1780315200"), SIGNATURE_GOOD);
    assert_int_equal(check("t=1780315200,v1=" NONSENSE ",v1=" BY_TWO), SIGNATURE_FORGED);
    assert_int_equal(check("t=1780315200,v0=" BY_ONE ",v1=" NONSENSE), SIGNATURE_FORGED);
}

static void signature_check__takes_either_secret_while_it_is_rolled(void **state)
{
    (void)state;
    assert_int_equal(signature_check(HEADER, BODY, "whsec_two,whsec_one", NOW), SIGNATURE_GOOD);
    assert_int_equal(signature_check("t=1780315200,v1=" BY_TWO, BODY, "whsec_two,whsec_one", NOW), SIGNATURE_GOOD);
    assert_int_equal(signature_check("t=1780315200,v1=" BY_TWO, BODY, "whsec_one", NOW), SIGNATURE_FORGED);
    assert_int_equal(signature_check(HEADER, BODY, "whsec_on", NOW), SIGNATURE_FORGED);
    assert_int_equal(signature_check(HEADER, BODY, "", NOW), SIGNATURE_FORGED);
    assert_int_equal(signature_check(HEADER, BODY, ",", NOW), SIGNATURE_FORGED);
    assert_int_equal(signature_check(HEADER, BODY, NULL, NOW), SIGNATURE_MALFORMED);
    assert_int_equal(signature_check(HEADER, NULL, "whsec_one", NOW), SIGNATURE_MALFORMED);
}

static void signature_check__takes_no_malformed_header(void **state)
{
    static const char *const headers[] = {
        "",
        ",",
        "t",
        "t=",
        "t=1780315200",
        "v1=" BY_ONE,
        "t=,v1=" BY_ONE,
        "t=-1780315200,v1=" BY_ONE,
        "t= 1780315200,v1=" BY_ONE,
        "t=1780315200 ,v1=" BY_ONE,
        "t=0x6a1d73c0,v1=" BY_ONE,
        "t=1780315200.0,v1=" BY_ONE,
        "t=1780315200,t=1780315200,v1=" BY_ONE,
        "t=99999999999999999999,v1=" BY_ONE,
        "t=1780315200,v1=" BY_ONE "0",
        "t=1780315200,v1=" BY_ONE ",",
        "t=1780315200,,v1=" BY_ONE,
        "t=1780315200,v1=",
        "t=1780315200;v1=" BY_ONE,
        "t=1780315200,v1=D0A4A452C5581386FB1BA9FDC09917305A60FAB18B8F46ACF77F05575DA5D510",
        "=1780315200,v1=" BY_ONE,
        "t=1780315200, v1=" BY_ONE,
    };
    char long_header[SIGNATURE_SIZE_MAX + 2], many[12 + 9 * 68 + 1] = "t=1780315200";

    (void)state;
    assert_int_equal(check(NULL), SIGNATURE_MALFORMED);
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        if (check(headers[i]) == SIGNATURE_GOOD)
            fail_msg("%s", headers[i]);
    }
    memset(long_header, 'x', sizeof(long_header));
    memcpy(long_header, HEADER ",y=", sizeof(HEADER ",y=") - 1);
    long_header[SIGNATURE_SIZE_MAX] = '\0';
    assert_int_equal(check(long_header), SIGNATURE_GOOD);
    long_header[SIGNATURE_SIZE_MAX] = 'x';
    long_header[SIGNATURE_SIZE_MAX + 1] = '\0';
    assert_int_equal(check(long_header), SIGNATURE_MALFORMED);
    for (size_t i = 0; i < 9; i++)
        memcpy(many + 12 + i * 68, ",v1=" BY_ONE, 69);
    assert_int_equal(check(many), SIGNATURE_MALFORMED);
    many[12 + 8 * 68] = '\0';
    assert_int_equal(check(many), SIGNATURE_GOOD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signature_check__takes_what_stripes_library_signed),
        cmocka_unit_test(signature_check__takes_no_flipped_bit),
        cmocka_unit_test(signature_check__takes_no_other_spelling_of_the_body),
        cmocka_unit_test(signature_check__is_for_five_minutes),
        cmocka_unit_test(signature_check__takes_any_of_several),
        cmocka_unit_test(signature_check__takes_either_secret_while_it_is_rolled),
        cmocka_unit_test(signature_check__takes_no_malformed_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
