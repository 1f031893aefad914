/* See stripe_words.h. */
#include "stripe_words.h"

#include <string.h>

#include "tessera/cleanup.h"
#include "tessera/json.h"
#include "tessera/limits.h"
#include "tessera/text.h"

enum { ID_SIZE_MAX = 200 }; /* they are 70 at most, and some are keys of the store */

/* An id of Stripe's: it goes into URLs of ours. */
static const char *id_of(const struct json *value, const char *prefix)
{
    const char *id = ts_json_string(value);
    size_t size = id ? strlen(id) : 0;

    if (size == 0 || size > ID_SIZE_MAX || strncmp(id, prefix, strlen(prefix)) != 0 ||
        strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != size)
        return NULL;
    return id;
}

bool stripe_read_event(const struct json *json, struct stripe_event *ret_event)
{
    *ret_event = (struct stripe_event){
        .id = id_of(ts_json_member(json, "id"), "evt_"),
        .type = ts_json_string(ts_json_member(json, "type")),
        .account = ts_json_string(ts_json_member(json, "account")),
        .is_live = ts_json_is_true(ts_json_member(json, "livemode")),
        .object = ts_json_member(ts_json_member(json, "data"), "object"),
    };
    return ret_event->id && ret_event->type && ts_json_is_object(ret_event->object);
}

/* An id, or the object of that id. */
static const struct json *id_in(const struct json *value)
{
    return ts_json_is_object(value) ? ts_json_member(value, "id") : value;
}

static bool says(const struct json *object, const char *name, const char *word)
{
    const char *text = ts_json_string(ts_json_member(object, name));

    return text && strcmp(text, word) == 0;
}

static char *capitals(struct ts_arena *arena, const char *text)
{
    char *capitals = ts_strdup(arena, text);

    for (char *at = capitals; *at; at++)
        *at = (char)(*at >= 'a' && *at <= 'z' ? *at - ('a' - 'A') : *at);
    return capitals;
}

/* `complete` without money is under way, unless the intent that was asked for with it has nothing any more. */
static enum stripe_state state_of(const struct json *object)
{
    const struct json *intent = ts_json_member(object, "payment_intent");

    if (says(object, "payment_status", "paid") || says(object, "payment_status", "no_payment_required"))
        return STRIPE_PAID;
    if (says(object, "status", "expired"))
        return STRIPE_EXPIRED;
    if (!says(object, "status", "complete"))
        return STRIPE_OPEN;
    if (says(intent, "status", "requires_payment_method") || says(intent, "status", "canceled"))
        return STRIPE_FAILED;
    return STRIPE_PROCESSING;
}

bool stripe_read_session(struct ts_arena *arena, const struct json *object, struct stripe_session *ret_session)
{
    const char *currency = ts_json_string(ts_json_member(object, "currency"));
    const char *url = ts_json_string(ts_json_member(object, "url"));

    *ret_session = (struct stripe_session){
        .id = id_of(ts_json_member(object, "id"), "cs_"),
        .payment_id = ts_json_string(ts_json_member(ts_json_member(object, "metadata"), "payment")),
        .url = ts_text_is_url(url, TS_HTTP_URL_SIZE_MAX) ? url : NULL,
        .intent_id = id_of(id_in(ts_json_member(object, "payment_intent")), "pi_"),
        .state = state_of(object),
        .currency = currency ? capitals(arena, currency) : NULL,
    };
    return says(object, "object", "checkout.session") && ret_session->id && currency &&
           ts_json_integer(ts_json_member(object, "amount_total"), &ret_session->minor);
}

bool stripe_read_refund(const struct json *object, struct stripe_refund *ret_refund)
{
    static const struct {
        const char *word;
        Payments__Refund__Status status;
    } words[] = {
        { "pending", PAYMENTS__REFUND__STATUS__IN_TRANSIT },
        { "requires_action", PAYMENTS__REFUND__STATUS__IN_TRANSIT },
        { "succeeded", PAYMENTS__REFUND__STATUS__DONE },
        { "failed", PAYMENTS__REFUND__STATUS__FAILED },
        { "canceled", PAYMENTS__REFUND__STATUS__CANCELLED },
    };

    *ret_refund = (struct stripe_refund){
        .id = id_of(ts_json_member(object, "id"), /* prefix= */ ""), /* re_, pyr_ */
        .refund_id = ts_json_string(ts_json_member(ts_json_member(object, "metadata"), "refund")),
    };
    for (size_t i = 0; i < TS_ARRAY_SIZE(words); i++) {
        ret_refund->status = words[i].status;
        if (says(object, "status", words[i].word))
            return says(object, "object", "refund") && ret_refund->id;
    }
    return false;
}

bool stripe_read_charge(const struct json *object, struct stripe_charge *ret_charge)
{
    *ret_charge = (struct stripe_charge){
        .id = id_of(ts_json_member(object, "id"), /* prefix= */ ""), /* ch_, py_ */
        .payment_id = ts_json_string(ts_json_member(ts_json_member(object, "metadata"), "payment")),
        .intent_id = id_of(ts_json_member(object, "payment_intent"), "pi_"),
    };
    return says(object, "object", "charge") && ret_charge->id &&
           ts_json_integer(ts_json_member(object, "amount_refunded"), &ret_charge->refunded_minor);
}
