/* See factor.h. */
#include "factor.h"

#include <string.h>

#include "api.h"
#include "guess.h"
#include "store.h"
#include "tessera/id.h"
#include "tessera/sign.h"
#include "token.h"

Identity__SecondFactor factor_new(struct ts_call *call, const char *account_id, const char *totp_id)
{
    Identity__SecondFactor factor = IDENTITY__SECOND_FACTOR__INIT;

    factor.id = (char *)ts_id_sibling(call, account_id, "fac");
    factor.totp_id = (char *)totp_id;
    factor.has_since_ms = factor.has_step_used = true;
    factor.since_ms = ts_now_ms(call);
    factor_renew_recovery(call, &factor);
    return factor;
}

void factor_renew_recovery(struct ts_call *call, Identity__SecondFactor *factor)
{
    factor->recovery_id = (char *)ts_id_new(call, "rec");
    factor->has_recovery_used = true;
    factor->recovery_used = 0;
}

bool factor_is_on(const Identity__SecondFactor *factor)
{
    return factor && factor->totp_id;
}

void factor_totp_secret(struct ts_call *call, const char *totp_id, uint8_t ret_secret[TOTP_SECRET_SIZE])
{
    uint8_t mac[TS_MAC_SIZE];

    ts_mac(call, "identity/totp", totp_id, strlen(totp_id), mac);
    memcpy(ret_secret, mac, TOTP_SECRET_SIZE);
}

char *factor_recovery_code(struct ts_call *call, const Identity__SecondFactor *factor, unsigned n)
{
    return typed_code_make(call, "identity/recovery", ts_printf(call->arena, "%s/%u", factor->recovery_id, n));
}

unsigned factor_recovery_left(const Identity__SecondFactor *factor)
{
    unsigned left = 0;

    for (unsigned n = 0; n < RECOVERY_CODES; n++)
        left += !(factor->recovery_used & 1 << n);
    return left;
}

/* Mark it used in `factor`. Return: whether it was good. */
static bool use_recovery_code(struct ts_call *call, const char *text, Identity__SecondFactor *factor)
{
    const char *code = typed_code_read(call, text);

    for (int n = 0; n < RECOVERY_CODES; n++) {
        if ((factor->recovery_used & 1 << n) || !ts_secret_equal(factor_recovery_code(call, factor, (unsigned)n), code))
            continue;
        factor->recovery_used |= 1 << n;
        return true;
    }
    return false;
}

static bool use_totp_code(struct ts_call *call, const char *text, Identity__SecondFactor *factor)
{
    uint8_t secret[TOTP_SECRET_SIZE];
    int64_t step;

    factor_totp_secret(call, factor->totp_id, secret);
    step = totp_find_step(secret, text, ts_now_ms(call), factor->step_used);
    if (step)
        factor->step_used = step;
    return step != 0;
}

int factor_use(struct ts_call *call, const char *account_id, const char *code)
{
    int r = guess_charge_code(call, account_id);

    if (r)
        return r;
    for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
        const Identity__SecondFactor *before;
        Identity__SecondFactor factor;
        int64_t version;

        r = store_get_factor(call, account_id, &before, &version);
        if (r)
            return r;
        if (!factor_is_on(before))
            return refuse(call, REFUSAL_CODE);
        factor = *before;
        if (!use_totp_code(call, code, &factor) && !use_recovery_code(call, code, &factor))
            return refuse(call, REFUSAL_CODE);
        r = store_put_factor(call, &factor, version);
        if (r < 0)
            return r;
        if (r == 0) {
            guess_refund_code(call, account_id);
            return 0;
        }
    }
    return TS_EABORTED;
}
