/* See fake_stripe.h. tests/support/stripeserver.py has the API with its errors; this has what crashes need. */
#include "fake_stripe.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loop/fiber.h"
#include "loop/outbound.h"
#include "payments/v1/payments.rpc.h"
#include "support/test.h"
#include "tessera/clock.h"
#include "tessera/id.h"

#define BASE "https://stripe.test/v1/"
#define SECRET "whsec_fake"

enum { SESSIONS_MAX = 256, REFUNDS_MAX = 1024, FORGETS_MS = TS_DAY_MS, HALF_HOUR_S = 1800 };

struct session {
    char payment_id[TS_ID_SIZE];
    int64_t minor, expires_s, made_ms;
    bool paid, shown;
};

struct back {
    char refund_id[TS_ID_SIZE];
    unsigned session;
    int64_t minor, made_ms;
    bool pending;
};

static struct {
    struct outbound outbound;
    unsigned (*draw)(unsigned below);
    struct session sessions[SESSIONS_MAX];
    unsigned session_count;
    struct back refunds[REFUNDS_MAX];
    unsigned refund_count;
} stripe;

static bool chance(unsigned percent)
{
    return stripe.draw && stripe.draw(100) < percent;
}

static const char *field(struct ts_call *call, const char *text, const char *name)
{
    const char *at = strstr(text, name);

    assert_non_null(at);
    at += strlen(name);
    return ts_strndup(call->arena, at, strcspn(at, "&"));
}

/* ---- what it is asked */

static bool is_expired(struct ts_call *call, const struct session *session)
{
    return !session->paid && session->expires_s <= ts_now_ms(call) / 1000;
}

static const char *session_json(struct ts_call *call, unsigned number)
{
    struct session *session = &stripe.sessions[number];
    bool expired = is_expired(call, session), open = !session->paid && !expired;

    return ts_printf(call->arena,
                     "{\"id\":\"cs_%u\",\"object\":\"checkout.session\",\"status\":\"%s\",\"payment_status\":\"%s\","
                     "\"metadata\":{\"payment\":\"%s\"},\"amount_total\":%lld,\"currency\":\"eur\","
                     "\"payment_intent\":%s,\"url\":%s}",
                     number,
                     open      ? "open"
                     : expired ? "expired"
                               : "complete",
                     session->paid ? "paid" : "unpaid", session->payment_id, (long long)session->minor,
                     session->paid ? ts_printf(call->arena, "\"pi_%u\"", number) : "null",
                     open ? "\"https://pay.test/x\"" : "null");
}

static const char *open_session(struct ts_call *call, const char *form)
{
    const char *payment_id = field(call, form, "metadata%5Bpayment%5D=");
    int64_t now_ms = ts_now_ms(call), expires_s = strtoll(field(call, form, "expires_at="), NULL, 10);
    struct session *session;

    for (unsigned i = 0; i < stripe.session_count; i++)
        if (strcmp(stripe.sessions[i].payment_id, payment_id) == 0 && stripe.sessions[i].made_ms + FORGETS_MS > now_ms)
            return session_json(call, i);
    if (expires_s < now_ms / 1000 + HALF_HOUR_S)
        return NULL;
    assert_true(stripe.session_count < SESSIONS_MAX);
    session = &stripe.sessions[stripe.session_count];
    *session = (struct session){ .expires_s = expires_s, .made_ms = now_ms };
    (void)snprintf(session->payment_id, TS_ID_SIZE, "%s", payment_id);
    session->minor = strtoll(field(call, form, "unit_amount%5D="), NULL, 10);
    return session_json(call, stripe.session_count++);
}

static const char *refund_json(struct ts_call *call, unsigned number)
{
    const struct back *back = &stripe.refunds[number];

    return ts_printf(call->arena,
                     "{\"id\":\"re_%u\",\"object\":\"refund\",\"status\":\"%s\",\"metadata\":{\"refund\":\"%s\"}}",
                     number, back->pending ? "pending" : "succeeded", back->refund_id);
}

static const char *refund(struct ts_call *call, const char *form)
{
    unsigned session = (unsigned)strtoul(field(call, form, "payment_intent=pi_"), NULL, 10);
    const char *refund_id = field(call, form, "refund%5D=");
    struct back *back = &stripe.refunds[stripe.refund_count];
    int64_t now_ms = ts_now_ms(call);

    for (unsigned i = 0; i < stripe.refund_count; i++)
        if (strcmp(stripe.refunds[i].refund_id, refund_id) == 0 && stripe.refunds[i].made_ms + FORGETS_MS > now_ms)
            return refund_json(call, i);
    assert_true(session < stripe.session_count && stripe.sessions[session].paid && stripe.refund_count < REFUNDS_MAX);
    *back = (struct back){ .session = session, .made_ms = now_ms, .pending = chance(30) };
    (void)snprintf(back->refund_id, TS_ID_SIZE, "%s", refund_id);
    back->minor = strtoll(field(call, form, "amount="), NULL, 10);
    return refund_json(call, stripe.refund_count++);
}

static const char *list_refunds_of(struct ts_call *call, const char *path)
{
    unsigned session = (unsigned)strtoul(field(call, path, "payment_intent=pi_"), NULL, 10);
    const char *list = "";

    for (unsigned i = 0; i < stripe.refund_count; i++)
        if (stripe.refunds[i].session == session)
            list = ts_printf(call->arena, "%s%s%s", list, *list ? "," : "", refund_json(call, i));
    return ts_printf(call->arena, "{\"object\":\"list\",\"data\":[%s],\"has_more\":false}", list);
}

/* Return: what it answers; NULL: it refuses for good. */
static const char *serve(struct ts_call *call, const char *path, const char *form)
{
    if (form)
        return strcmp(path, "checkout/sessions") == 0 ? open_session(call, form) : refund(call, form);
    if (strncmp(path, "checkout/sessions/cs_", 21) == 0)
        return session_json(call, (unsigned)strtoul(path + 21, NULL, 10));
    if (strncmp(path, "refunds/re_", 11) == 0) {
        unsigned number = (unsigned)strtoul(path + 11, NULL, 10);

        stripe.refunds[number].pending = stripe.refunds[number].pending && chance(50);
        return refund_json(call, number);
    }
    return list_refunds_of(call, path);
}

static int on_http(struct outbound *outbound, struct ts_call *call, const struct ts_http_request *request,
                   struct ts_http_response *ret_response, const char **ret_problem)
{
    static const struct ts_http_header none[] = { { NULL, NULL } };
    const char *form = request->body ? ts_strndup(call->arena, request->body, request->body_size) : NULL, *answer;
    int r;

    (void)outbound, (void)ret_problem;
    assert_int_equal(strncmp(request->url, BASE, strlen(BASE)), 0);
    if (chance(10))
        return TS_EUNAVAILABLE;
    answer = serve(call, request->url + strlen(BASE), form);
    fiber_yield(); /* others go on meanwhile, and it may crash */
    r = runtime_wait_check(call);
    if (r || chance(10))
        return r ? r : TS_EUNKNOWN;
    *ret_response = (struct ts_http_response){ .status = chance(5) ? 500 : answer ? 200 : 400, .headers = none };
    ret_response->body = answer ? answer : "{}";
    ret_response->body_size = strlen(ret_response->body);
    return 0;
}

/* ---- what happens there */

void fake_stripe_reset(struct ts_runtime *runtime, unsigned (*draw)(unsigned below))
{
    memset(&stripe, 0, sizeof(stripe));
    stripe.draw = draw;
    stripe.outbound.http = on_http;
    runtime->outbound = &stripe.outbound;
    runtime->settings[TS_SETTING_STRIPE_KEY] = "sk_test_fake";
    runtime->settings[TS_SETTING_STRIPE_WEBHOOK_SECRETS] = SECRET;
    runtime->settings[TS_SETTING_STRIPE_URL] = "https://stripe.test";
}

void fake_stripe_calm(void)
{
    stripe.draw = NULL;
}

void fake_stripe_show(const char *payment_id)
{
    for (unsigned i = 0; i < stripe.session_count; i++)
        if (strcmp(stripe.sessions[i].payment_id, payment_id) == 0)
            stripe.sessions[i].shown = true;
}

void fake_stripe_pay(struct ts_call *call, unsigned which)
{
    struct session *session = &stripe.sessions[which % SESSIONS_MAX];

    if (which < stripe.session_count && session->shown && !is_expired(call, session))
        session->paid = true;
}

static const char *sign(struct ts_call *call, const char *body)
{
    const char *time = ts_printf(call->arena, "%lld", (long long)(ts_now_ms(call) / 1000));
    const char *text = ts_printf(call->arena, "%s.%s", time, body);
    unsigned char mac[32];
    char hex[65];

    assert_non_null(
        HMAC(EVP_sha256(), SECRET, sizeof(SECRET) - 1, (const unsigned char *)text, strlen(text), mac, NULL));
    for (size_t i = 0; i < sizeof(mac); i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", mac[i]);
    return ts_printf(call->arena, "t=%s,v1=%s", time, hex);
}

int fake_stripe_tell(struct ts_call *call, unsigned which)
{
    Payments__HearStripeRequest request = PAYMENTS__HEAR_STRIPE_REQUEST__INIT;
    const Common__Blob *reply;
    int r;

    if (which >= stripe.session_count)
        return 0;
    request.payload = ts_printf(call->arena,
                                "{\"id\":\"evt_%u_%d\",\"object\":\"event\",\"type\":\"checkout.session.completed\","
                                "\"data\":{\"object\":%s}}",
                                which, stripe.sessions[which].paid, session_json(call, which));
    request.stripe_signature = (char *)sign(call, request.payload);
    r = payments_hear_stripe(call, &request, &reply);
    if (r == 0)
        assert_int_equal(reply->status, 200);
    return r;
}

int64_t fake_stripe_paid(const char *payment_id)
{
    int64_t sum = 0;

    for (unsigned i = 0; i < stripe.session_count; i++)
        if (strcmp(stripe.sessions[i].payment_id, payment_id) == 0)
            sum += stripe.sessions[i].paid ? stripe.sessions[i].minor : 0;
    return sum;
}

int64_t fake_stripe_kept(void)
{
    int64_t sum = 0;

    for (unsigned i = 0; i < stripe.session_count; i++)
        sum += stripe.sessions[i].paid ? stripe.sessions[i].minor : 0;
    for (unsigned i = 0; i < stripe.refund_count; i++)
        sum -= stripe.refunds[i].minor;
    return sum;
}
