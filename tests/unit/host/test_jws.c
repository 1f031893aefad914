/* Tokens of others: signed by npm jose with keys of its own, and whatever somebody makes of them. */
#include "tessera/jws.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "support/test.h"
#include "tessera/call.h"
#include "tessera/cleanup.h"
#include "tessera/json.h"
#include "tessera/sign.h"

// clang-format off
static const struct {
    enum ts_jws_algorithm algorithm;
    const char *jwk, *token;
} rows[] = {
    { TS_JWS_RS256,
      "{\"kty\":\"RSA\",\"n\":\"tEXT92uAn4EKUn09JzuyOsCNsfiIQSUqqPy2E4_4Vs2_r89Spq1yQUM8LxIdBb5"
      "kLMnN5EllLF1PqhNxhPwL-ZvhQf8vpsh4SKT40Bn51Kyz8Qj6S0sef1OYQmwnFhQYUIEpFe5adCbwvbdmBabpBXD"
      "jqDhSxRwJ-_Yk26-i8GmG6HrswJJ4k2oeMNZ8RbFj2ixypZkHHaHVYqK5_Kgc68GPN2-_1t-YTjmCtqlKLKXAWtQ"
      "aTI_6z8ZIafMgbGVPGJtiL4U-fnXwxSgebRpaJiyYu6m_htBhTfCLBMVvRAL_yPvm1zdwGNcyPMl0jXYP7TzJdRH"
      "JOc_Itjbr_4gMDQ\",\"e\":\"AQAB\"}",
      "eyJhbGciOiJSUzI1NiIsImtpZCI6Im9uZSJ9.eyJzdWIiOiJhZGEifQ.TlyafOhCM3yzytAXWgifYdG_O9auWnOV"
      "Md7BGeNCmtJ_HpF478F66_H-q0Um5eOm7h4l8gAtAp4l6PtRlcJXZ06iVneNE94ISxy92Kt7IE4AnBMiovZDauLx"
      "CPOq4HhnEBPuUvkTw9L16lrlHDNhEDDTMEnUPrlMPserc_IoHojUqukNj8eTs8hcwxScS4LbAt5l4XUKtXDftgmZ"
      "8duBsuAb0KiW6n-o6CwCm64LF2m45koRNDwZfdC-NsL0e64vkqj5HJ-XIhF80CT8F3kYScva_6WxSiPuJXxZ3AVU"
      "TlaMZkCLt64jD2X92kQLV0yOUWF5vsuiLT74DL58L1qL8A" },
    { TS_JWS_ES256,
      "{\"kty\":\"EC\",\"x\":\"m0Fjwhi1gkkCy2zOcUh6jKArLK8262tIPVzMbdPa3nI\",\"y\":\"GVr9vGYcv3"
      "UCsmfsEyMKSQl2F9wEM7QJeYZw4EiaquQ\",\"crv\":\"P-256\"}",
      "eyJhbGciOiJFUzI1NiIsImtpZCI6Im9uZSJ9.eyJzdWIiOiJhZGEifQ.HbCNeshhf5yQ8IJMgu_Vmxn6LMHdO0wf"
      "QCGa2IJ14_1QR7HwHXdaemOkkRxkAjuVYeM6AkJp53-mYOS46vY_sg" },
    { TS_JWS_EDDSA,
      "{\"crv\":\"Ed25519\",\"x\":\"UyyugqIez5ohAaMbGvJdtYlpE7olmD5BRFmAV5MSKNU\",\"kty\":\"OKP"
      "\"}",
      "eyJhbGciOiJFZERTQSIsImtpZCI6Im9uZSJ9.eyJzdWIiOiJhZGEifQ.WGY_wrMmQlu3uGReiOEZ590BynwJKcSX"
      "VqDKe1hLmikTeME0ysmP0ttCdP4-lNxqSqCQ4nVGh1RddsEQscAkDQ" },
};

/* By that key, but it does not say so. */
static const char mislabelled_jwk[] = "{\"crv\":\"Ed25519\",\"x\":\"SSpFL3eGHXNKiwIM5ghQY9qT5HPd6QMWixIjn5ufKtQ\",\"kty\":\"OKP\"}";
static const char mislabelled[] =
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.-7-bf_YeUkwgmLUdlXvHBdAlecTACVR6bQdrZUw70kfDhqiFS5T"
    "TJpZ7ZNC10MzDDGbGKXSW31u42G0Ce2H7CQ";

static const char rsa_of_1024_bits[] =
    "{\"kty\":\"RSA\",\"n\":\"yrFqQHV_lJwMm9t77cSCokSI--1JYBolUFRkZbHOpnG774GCMaNnHGk5odx7Mak"
    "JNYcR6ePGBqpo-IKOKjaQpe2lwtmR1H4uwnmnq46CmcyGGJxWIKuePdd0MvTK8yW1tQ-AyFNdmU3xYoYgV-BvSTF"
    "DFpuJynuvgV-o1PJPnGU\",\"e\":\"AQAB\"}";
// clang-format on

static struct ts_arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

/* A key with one member more, or with one that is changed. */
static bool key_read(const char *jwk, const char *member, struct ts_jws_key *ret_key)
{
    const char *text = ts_printf(&arena, "{%s%s%s", member ? member : "", member ? "," : "", jwk + 1);

    return ts_jws_key_read(&arena, ts_json_parse(&arena, text, strlen(text)), ret_key);
}

static void ts_jws_is_signed__takes_each_algorithm_by_its_own_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(rows); i++) {
        struct ts_jws jws;

        assert_true(ts_jws_read(&arena, rows[i].token, TS_JWS_SIZE_MAX, &jws));
        assert_int_equal(jws.algorithm, rows[i].algorithm);
        assert_string_equal(jws.kid, "one");
        for (size_t j = 0; j < TS_ARRAY_SIZE(rows); j++) {
            struct ts_jws_key key;

            assert_true(key_read(rows[j].jwk, "\"kid\":\"one\"", &key));
            assert_string_equal(key.kid, "one");
            assert_int_equal(ts_jws_is_signed(&arena, &jws, &key), i == j);
            ts_jws_key_done(&key);
        }
        assert_string_equal(ts_json_string(ts_json_member(ts_jws_payload(&arena, &jws), "sub")), "ada");
    }
}

static void ts_jws_is_signed__takes_no_changed_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(rows); i++) {
        struct ts_jws_key key;

        assert_true(key_read(rows[i].jwk, NULL, &key));
        for (size_t at = 0; rows[i].token[at]; at++) {
            char *token = ts_strdup(&arena, rows[i].token);
            struct ts_jws jws;

            token[at] = token[at] == 'A' ? 'B' : 'A';
            if (ts_jws_read(&arena, token, TS_JWS_SIZE_MAX, &jws) && ts_jws_is_signed(&arena, &jws, &key))
                fail_msg("byte %zu of row %zu", at, i);
        }
        ts_jws_key_done(&key);
    }
}

static void ts_jws_is_signed__takes_no_other_name_of_the_algorithm(void **state)
{
    struct ts_jws_key key;
    struct ts_jws jws;

    (void)state;
    assert_true(key_read(mislabelled_jwk, NULL, &key));
    assert_true(ts_jws_read(&arena, mislabelled, TS_JWS_SIZE_MAX, &jws));
    assert_false(ts_jws_is_signed(&arena, &jws, &key));
    jws.algorithm = TS_JWS_EDDSA; /* it is nothing else that is wrong */
    assert_true(ts_jws_is_signed(&arena, &jws, &key));
    ts_jws_key_done(&key);
}

static const char *token_of(const char *header)
{
    struct ts_call call = { .arena = &arena };

    return ts_printf(&arena, "%s.e30.AAAA", ts_base64url_encode(&call, header, strlen(header)));
}

static void ts_jws_read__takes_nothing_else(void **state)
{
    static const char *const headers[] = {
        "[]",
        "{}",
        "{\"alg\":1}",
        "{\"alg\":\"ES256\",\"alg\":\"ES256\"}",
        "{\"alg\":\"ES256\",\"crit\":[\"x\"]}",
        "{\"alg\":\"ES256\",\"b64\":false}",
    };
    static const char *const texts[] = { "", ".", "..", "a.b", "a.b.c.d", "e30.e30.", "!.e30.AAAA" };
    struct ts_jws jws;

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(headers); i++)
        if (ts_jws_read(&arena, token_of(headers[i]), TS_JWS_SIZE_MAX, &jws))
            fail_msg("passes: %s", headers[i]);
    for (size_t i = 0; i < TS_ARRAY_SIZE(texts); i++)
        if (ts_jws_read(&arena, texts[i], TS_JWS_SIZE_MAX, &jws))
            fail_msg("passes: %s", texts[i]);
    assert_false(ts_jws_read(&arena, NULL, TS_JWS_SIZE_MAX, &jws));
    assert_false(ts_jws_read(&arena, rows[0].token, strlen(rows[0].token) - 1, &jws));
    assert_true(ts_jws_read(&arena, token_of("{\"alg\":\"none\"}"), TS_JWS_SIZE_MAX, &jws));
    assert_int_equal(jws.algorithm, 0);
}

static void ts_jws_key_read__takes_keys_for_signatures(void **state)
{
    struct ts_jws_key key;

    (void)state;
    assert_false(ts_jws_key_read(&arena, NULL, &key));
    assert_false(key_read(rsa_of_1024_bits, NULL, &key));
    for (size_t i = 0; i < TS_ARRAY_SIZE(rows); i++) {
        assert_false(key_read(rows[i].jwk, "\"use\":\"enc\"", &key));
        assert_false(key_read(rows[i].jwk, "\"alg\":\"HS256\"", &key));
        assert_false(key_read(rows[i].jwk, ts_printf(&arena, "\"alg\":\"%s\"", i == 0 ? "ES256" : "RS256"), &key));
        assert_true(key_read(rows[i].jwk, "\"use\":\"sig\"", &key));
        ts_jws_key_done(&key);
    }
    assert_false(key_read("{\"kty\":\"oct\",\"k\":\"AAAA\"}", NULL, &key));
    assert_false(key_read("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAA\",\"y\":\"AAAA\"}", NULL, &key));
    assert_false(key_read("{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AAAA\"}", NULL, &key));
    assert_false(key_read("{\"kty\":\"RSA\",\"n\":\"AAAA\",\"e\":\"AQAB\"}", NULL, &key));
}

/* ---- Wycheproof */

/* As who verifies chooses: of the key's own algorithm and name. */
static bool is_accepted(const struct json *keys, const char *token)
{
    bool accepted = false;
    struct ts_jws_key key;
    struct ts_jws jws;

    if (!ts_jws_read(&arena, token, TS_JWS_SIZE_MAX, &jws))
        return false;
    for (const struct json *at = ts_json_first(keys); at; at = ts_json_next(at)) {
        if (!ts_jws_key_read(&arena, at, &key))
            continue;
        if (!jws.kid || (key.kid && strcmp(key.kid, jws.kid) == 0))
            accepted = accepted || ts_jws_is_signed(&arena, &jws, &key);
        ts_jws_key_done(&key);
    }
    return accepted;
}

/* Is it one of our three algorithms, with a key that says so? */
static bool is_for_us(const struct json *keys)
{
    return ts_jws_algorithm(ts_json_string(ts_json_member(ts_json_first(keys), "alg"))) != 0;
}

static void ts_jws__agrees_with_wycheproof(void **state)
{
    static char line[16384];
    FILE *file = fopen(WYCHEPROOF, "r");
    const struct json *keys = NULL;
    unsigned cases = 0, accepted = 0, number = 0;

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        const struct json *json = *line == '#' ? NULL : ts_json_parse(&arena, line, strlen(line));
        const char *token = ts_json_string(ts_json_member(json, "token"));
        bool valid = ts_json_is_true(ts_json_member(json, "valid"));

        number++;
        keys = ts_json_member(json, "keys") ? ts_json_member(json, "keys") : keys;
        if (!token)
            continue;
        cases++;
        if (is_accepted(keys, token) != (valid && is_for_us(keys)))
            fail_msg("line %u: %s", number, line);
        accepted += valid && is_for_us(keys);
    }
    fclose(file);
    assert_int_equal(cases, 401 + 26);
    assert_int_equal(accepted, 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ts_jws_is_signed__takes_each_algorithm_by_its_own_key, setup, teardown),
        cmocka_unit_test_setup_teardown(ts_jws_is_signed__takes_no_changed_byte, setup, teardown),
        cmocka_unit_test_setup_teardown(ts_jws_is_signed__takes_no_other_name_of_the_algorithm, setup, teardown),
        cmocka_unit_test_setup_teardown(ts_jws_read__takes_nothing_else, setup, teardown),
        cmocka_unit_test_setup_teardown(ts_jws_key_read__takes_keys_for_signatures, setup, teardown),
        cmocka_unit_test_setup_teardown(ts_jws__agrees_with_wycheproof, setup, teardown),
    };

    return cmocka_run_group_tests_name("host/jws", tests, NULL, NULL);
}
