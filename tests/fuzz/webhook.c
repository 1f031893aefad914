/*
 * What anybody may send to /webhooks/stripe. Input is the header Stripe-Signature in the first line, then the body. A
 * header is good when one that was made by other means for the same time is in it, and only then; what is read of a
 * body can stand in a URL.
 */
#include "fuzz.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/arena.h"
#include "signature.h"
#include "stripe_words.h"
#include "tessera/json.h"

#define SECRET "whsec_one"
#define NOW 1780315200

/* The signature of `time` and body, in hexadecimal. */
static const char *sign(struct ts_arena *arena, const char *time, const char *body)
{
    const char *text = ts_printf(arena, "%s.%s", time, body);
    unsigned char mac[32];
    char *hex = ts_alloc(arena, 65);
    unsigned size;

    CLAIM(HMAC(EVP_sha256(), SECRET, sizeof(SECRET) - 1, (const unsigned char *)text, strlen(text), mac, &size));
    for (size_t i = 0; i < sizeof(mac); i++)
        CLAIM(snprintf(hex + 2 * i, 3, "%02x", mac[i]) == 2);
    return hex;
}

static void check_signature(struct ts_arena *arena, const char *header, const char *body)
{
    static const char secrets[] = "whsec_other," SECRET;
    const char *now = "1780315200", *time = strstr(header, "t=");

    CLAIM(signature_check(ts_printf(arena, "t=%s,v1=%s", now, sign(arena, now, body)), body, secrets, NOW) ==
          SIGNATURE_GOOD);
    CLAIM(signature_check(header, body, "whsec_another", NOW) != SIGNATURE_GOOD);
    if (signature_check(header, body, secrets, NOW) != SIGNATURE_GOOD)
        return;
    for (; time; time = strstr(time + 2, "t="))
        if (strstr(header, sign(arena, ts_strndup(arena, time + 2, strcspn(time + 2, ",")), body)))
            return;
    CLAIM(false);
}

static bool is_name(const char *id)
{
    return !id || (*id && !strpbrk(id, "/?#&=%. \r\n"));
}

static void check_words(struct ts_arena *arena, const char *body)
{
    const struct json *json = ts_json_parse(arena, body, strlen(body));
    struct stripe_session session;
    struct stripe_refund refund;
    struct stripe_charge charge;
    struct stripe_event event;

    if (stripe_read_event(json, &event)) {
        CLAIM(event.id && is_name(event.id) && event.type);
        json = event.object;
    }
    if (stripe_read_session(arena, json, &session))
        CLAIM(session.id && is_name(session.id) && is_name(session.intent_id) && session.currency);
    if (stripe_read_refund(json, &refund))
        CLAIM(refund.id && is_name(refund.id) && refund.status != PAYMENTS__REFUND__STATUS__CREATED);
    if (stripe_read_charge(json, &charge))
        CLAIM(is_name(charge.intent_id));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, '\n', size);
    size_t head = end ? (size_t)(end - data) : size;
    char *header, *body;
    struct ts_arena arena;

    if (memchr(data, 0, size))
        return 0; /* the edge refuses it */
    header = fuzz_string(data, head);
    body = fuzz_string(end ? end + 1 : data + size, end ? size - head - 1 : 0);
    arena_init(&arena);
    check_signature(&arena, header, body);
    check_words(&arena, body);
    arena_done(&arena);
    free(header);
    free(body);
    return 0;
}
