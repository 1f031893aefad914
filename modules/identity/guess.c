#include "guess.h"

#include "rules.h"
#include "tessera/rate.h"
#include "tessera/text.h"

int guess_charge(struct ts_call *call, const char *account)
{
    int r = ts_rate_take(call, TS_RATE_GUESS, /* of= */ NULL);

    return r || !account ? r : ts_rate_take(call, TS_RATE_GUESS_ACCOUNT, ts_text_lower(call->arena, account));
}

void guess_refund(struct ts_call *call, const char *account)
{
    ts_rate_give_back(call, TS_RATE_GUESS, /* of= */ NULL);
    if (account)
        ts_rate_give_back(call, TS_RATE_GUESS_ACCOUNT, ts_text_lower(call->arena, account));
}

int guess_charge_code(struct ts_call *call, const char *account_id)
{
    return ts_rate_take(call, TS_RATE_GUESS_CODE, account_id);
}

void guess_refund_code(struct ts_call *call, const char *account_id)
{
    ts_rate_give_back(call, TS_RATE_GUESS_CODE, account_id);
}
