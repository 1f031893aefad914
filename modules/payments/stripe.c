/* See stripe.h. What Stripe's answers mean is in its API reference; the version of it is pinned. */
#include "stripe.h"

#include <string.h>

#include "tessera/cleanup.h"
#include "tessera/http.h"
#include "tessera/json.h"
#include "tessera/language.h"
#include "tessera/limits.h"
#include "tessera/log.h"
#include "tessera/money.h"
#include "tessera/text.h"

#define API_VERSION "2024-06-20"

enum {
    KEY_SIZE_MAX = 256,
    ANSWER_SIZE_MAX = 1 << 20,
    SECRETS_SIZE_MAX = 512,
};

/* ---- what is set */

static bool is_visible(const char *text, size_t size_max)
{
    size_t size = strlen(text);

    if (size == 0 || size > size_max)
        return false;
    for (; *text; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

static bool is_key(const char *key)
{
    return (strncmp(key, "sk_", 3) == 0 || strncmp(key, "rk_", 3) == 0) &&
           (strncmp(key + 3, "test_", 5) == 0 || strncmp(key + 3, "live_", 5) == 0) && is_visible(key, KEY_SIZE_MAX);
}

/* One or two, each as Stripe spells them. */
static bool are_secrets(const char *secrets)
{
    const char *second = strchr(secrets, ',');

    return is_visible(secrets, SECRETS_SIZE_MAX) && strncmp(secrets, "whsec_", 6) == 0 &&
           (!second || (strncmp(second + 1, "whsec_", 6) == 0 && !strchr(second + 1, ',')));
}

int stripe_check_settings(struct ts_call *call)
{
    const char *key = ts_setting(call, TS_SETTING_STRIPE_KEY);
    const char *secrets = ts_setting(call, TS_SETTING_STRIPE_WEBHOOK_SECRETS);
    const char *url = ts_setting(call, TS_SETTING_STRIPE_URL);

    if (key && !is_key(key))
        return ts_fail(call, TS_EINVALID, "--stripe-key is sk_live_…, rk_live_…, sk_test_… or rk_test_…");
    if (secrets && !are_secrets(secrets))
        return ts_fail(call, TS_EINVALID, "--stripe-webhook-secrets is whsec_…, or two with a comma");
    if (url && (!ts_text_is_url(url, KEY_SIZE_MAX) || strpbrk(url, "?#") || url[strlen(url) - 1] == '/'))
        return ts_fail(call, TS_EINVALID, "--stripe-url is https://HOST");
    return 0;
}

static bool is_live(const char *key)
{
    return strncmp(key + 3, "live_", 5) == 0;
}

bool stripe_is_offered(struct ts_call *call, bool test_mode)
{
    const char *key = ts_setting(call, TS_SETTING_STRIPE_KEY);

    if (!key || !ts_setting(call, TS_SETTING_STRIPE_URL))
        return false;
    return is_live(key) ? !test_mode : test_mode || ts_sandbox(call);
}

bool stripe_is_ours(struct ts_call *call, const struct stripe_event *event)
{
    const char *key = ts_setting(call, TS_SETTING_STRIPE_KEY);

    return key && !event->account && event->is_live == is_live(key);
}

/*
 * Where Stripe counts otherwise than ISO 4217 (docs.stripe.com/currencies, "Special cases"), and of three places the
 * last is to be 0.
 */
bool stripe_takes(const Common__Money *amount)
{
    static const char *const unlike[] = { "ISK", "MGA", "UGX" };

    for (size_t i = 0; i < TS_ARRAY_SIZE(unlike); i++)
        if (strcmp(amount->currency, unlike[i]) == 0)
            return false;
    return ts_currency_exponent(amount->currency) < 3 || amount->minor % 10 == 0;
}

/* ---- asking */

struct asked {
    const char *path; /* below /v1 */
    const char *form; /* NULL: read it */
    const char *idempotency_key;
};

/* A word of Stripe's for programs ("card_declined"), and nothing else that may stand there: it goes into the log. */
static const char *word_of(const struct json *error, const char *name)
{
    const char *word = ts_json_string(ts_json_member(error, name));
    size_t size = word ? strlen(word) : 0;

    return size > 0 && size < 64 && strspn(word, "abcdefghijklmnopqrstuvwxyz_") == size ? word : "-";
}

/* It said no: for good, or because of what may be otherwise the next time (our key, who was faster, too many). */
static int refused(struct ts_call *call, const struct asked *asked, int status, const struct json *answer)
{
    const struct json *error = ts_json_member(answer, "error");

    ts_log(call, TS_LOG_WARN, "stripe-refused", "%.*s: %d, %s, %s", (int)strcspn(asked->path, "/?"), asked->path,
           status, word_of(error, "type"), word_of(error, "code"));
    if (status >= 400 && status < 500 && status != 401 && status != 403 && status != 409 && status != 429)
        return STRIPE_REFUSED;
    return ts_fail(call, TS_EUNAVAILABLE, "The payment provider does not answer.");
}

static int ask(struct ts_call *call, const struct asked *asked, const struct json **ret_answer)
{
    const char *key = ts_setting(call, TS_SETTING_STRIPE_KEY), *url = ts_setting(call, TS_SETTING_STRIPE_URL);
    const struct ts_http_header headers[] = {
        { "authorization", ts_printf(call->arena, "Bearer %s", key ? key : "") },
        { "stripe-version", API_VERSION },
        { asked->idempotency_key ? "idempotency-key" : NULL, asked->idempotency_key },
        { NULL, NULL },
    };
    const struct ts_http_request request = {
        .purpose = "stripe",
        .url = ts_printf(call->arena, "%s/v1/%s", url ? url : "", asked->path),
        .headers = headers,
        .body = asked->form,
        .body_size = asked->form ? strlen(asked->form) : 0,
        .content_type = "application/x-www-form-urlencoded",
        .answer_size_max = ANSWER_SIZE_MAX,
    };
    struct ts_http_response response;
    int r;

    if (!key || !url)
        return ts_fail(call, TS_EUNAVAILABLE, "The payment provider is not set up here.");
    r = ts_http_send(call, &request, &response);
    if (r)
        return r;
    *ret_answer = ts_json_parse(call->arena, response.body, response.body_size);
    if (response.status < 200 || response.status > 299)
        return refused(call, asked, response.status, *ret_answer);
    return *ret_answer ? 0 : TS_EUNKNOWN;
}

static int unknown(struct ts_call *call)
{
    return ts_fail(call, TS_EUNKNOWN, "The payment provider's answer is not understood.");
}

/* ---- sessions */

static const char *add(struct ts_call *call, const char *form, const char *name, const char *value)
{
    return ts_printf(call->arena, "%s%s%s=%s", form, *form ? "&" : "", ts_url_escape(call->arena, name),
                     ts_url_escape(call->arena, value));
}

static const char *add_number(struct ts_call *call, const char *form, const char *name, int64_t value)
{
    return add(call, form, name, ts_printf(call->arena, "%lld", (long long)value));
}

/* The order's page in the shop, in its buyer's language. */
static const char *order_url(struct ts_call *call, const Orders__Order *order)
{
    const char *origin = ts_origin(call) ? ts_origin(call) : ts_setting(call, TS_SETTING_SERVED_AT);
    const char *path = ts_printf(call->arena, "order/%s/%s", order->code, order->secret);

    return ts_printf(call->arena, "%s/%s", origin ? origin : "http://localhost",
                     ts_language_path(call->arena, ts_language_of(order->language), path));
}

/*
 * The same for each try, or Stripe refuses a key that it has seen. Whose a session is stands in its metadata, which
 * nobody fills but by the account's key: client_reference_id can be said by the address of a Payment Link.
 */
static const char *session_form(struct ts_call *call, const Payments__Payment *payment, const Orders__Order *order)
{
    const char *url = order_url(call, order), *form = "";

    form = add(call, form, "mode", "payment");
    form = add(call, form, "metadata[payment]", payment->id);
    form = add(call, form, "payment_intent_data[metadata][payment]", payment->id);
    form = add(call, form, "line_items[0][quantity]", "1");
    form =
        add(call, form, "line_items[0][price_data][currency]", ts_text_lower(call->arena, payment->amount->currency));
    form = add_number(call, form, "line_items[0][price_data][unit_amount]", payment->amount->minor);
    form = add(call, form, "line_items[0][price_data][product_data][name]", order->code);
    form = add_number(call, form, "expires_at", (payment->created_at_ms + STRIPE_SESSION_MS) / 1000);
    form = add(call, form, "success_url", ts_printf(call->arena, "%s?paid=stripe", url));
    return add(call, form, "cancel_url", url);
}

int stripe_open_session(struct ts_call *call, const Payments__Payment *payment, const Orders__Order *order,
                        struct stripe_session *ret_session)
{
    const struct asked asked = { "checkout/sessions", session_form(call, payment, order), payment->id };
    const struct json *answer = NULL;
    int r = ask(call, &asked, &answer);

    if (r)
        return r;
    if (!stripe_read_session(call->arena, answer, ret_session))
        return unknown(call);
    return ret_session->url || ret_session->state != STRIPE_OPEN ? 0 : unknown(call);
}

int stripe_get_session(struct ts_call *call, const char *id, struct stripe_session *ret_session)
{
    const struct asked asked = { .path =
                                     ts_printf(call->arena, "checkout/sessions/%s?expand%%5B%%5D=payment_intent", id) };
    const struct json *answer = NULL;
    int r = ask(call, &asked, &answer);

    if (r)
        return r;
    return stripe_read_session(call->arena, answer, ret_session) ? 0 : unknown(call);
}

/* ---- refunds */

/* Among all of its payment. Return: 0 and *ret_refund, whose id is NULL when it is not there; a ts_error. */
static int find_refund(struct ts_call *call, const Payments__Payment *payment, const char *refund_id,
                       struct stripe_refund *ret_refund)
{
    const char *after = "";

    for (bool more = true; more;) {
        const struct asked asked = { .path = ts_printf(call->arena, "refunds?limit=100&payment_intent=%s%s",
                                                       payment->provider_payment, after) };
        const struct json *answer = NULL, *item;
        int r = ask(call, &asked, &answer);

        if (r)
            return r == STRIPE_REFUSED ? unknown(call) : r;
        more = false;
        for (item = ts_json_first(ts_json_member(answer, "data")); item; item = ts_json_next(item)) {
            if (!stripe_read_refund(item, ret_refund))
                return unknown(call);
            if (ret_refund->refund_id && strcmp(ret_refund->refund_id, refund_id) == 0)
                return 0;
            more = ts_json_is_true(ts_json_member(answer, "has_more"));
            after = ts_printf(call->arena, "&starting_after=%s", ret_refund->id);
        }
    }
    ret_refund->id = NULL;
    return 0;
}

int stripe_refund(struct ts_call *call, const Payments__Payment *payment, const Payments__Refund *refund,
                  struct stripe_refund *ret_refund)
{
    const char *form = add(call, "", "payment_intent", payment->provider_payment);
    struct asked asked = { .path = "refunds", .idempotency_key = refund->id };
    const struct json *answer = NULL;
    int r = find_refund(call, payment, refund->id, ret_refund);

    if (r || ret_refund->id)
        return r;
    form = add_number(call, form, "amount", refund->amount->minor);
    asked.form = add(call, form, "metadata[refund]", refund->id);
    r = ask(call, &asked, &answer);
    if (r)
        return r;
    return stripe_read_refund(answer, ret_refund) ? 0 : unknown(call);
}

int stripe_get_refund(struct ts_call *call, const char *id, struct stripe_refund *ret_refund)
{
    const struct asked asked = { .path = ts_printf(call->arena, "refunds/%s", id) };
    const struct json *answer = NULL;
    int r = ask(call, &asked, &answer);

    if (r)
        return r;
    return stripe_read_refund(answer, ret_refund) ? 0 : unknown(call);
}

int stripe_get_charge(struct ts_call *call, const char *id, struct stripe_charge *ret_charge)
{
    const struct asked asked = { .path = ts_printf(call->arena, "charges/%s", id) };
    const struct json *answer = NULL;
    int r = ask(call, &asked, &answer);

    if (r)
        return r == STRIPE_REFUSED ? unknown(call) : r;
    return stripe_read_charge(answer, ret_charge) ? 0 : unknown(call);
}
