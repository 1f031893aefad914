/* See challenge.h: "chl_….usr_….MAC". When it was made its own id tells. */
#include "challenge.h"

#include <string.h>

#include "api.h"
#include "store.h"
#include "tessera/id.h"
#include "tessera/sign.h"
#include "token.h"

enum { NAMED_LENGTH = 2 * TS_ID_LENGTH + 1 };

char *challenge_make(struct ts_call *call, const char *purpose, const char *id, const char *bound)
{
    return token_make(call, purpose, ts_printf(call->arena, "%s.%s", ts_id_new(call, "chl"), id), bound);
}

const char *challenge_id(struct ts_call *call, const char *text)
{
    const char *id;

    if (!text || strnlen(text, NAMED_LENGTH) < NAMED_LENGTH || text[TS_ID_LENGTH] != '.')
        return NULL;
    id = ts_strndup(call->arena, text, TS_ID_LENGTH);
    return ts_id_is(id, "chl") ? id : NULL;
}

const char *challenge_names(struct ts_call *call, const char *text)
{
    return challenge_id(call, text) ? ts_strndup(call->arena, text + TS_ID_LENGTH + 1, TS_ID_LENGTH) : NULL;
}

bool challenge_is_good(struct ts_call *call, const char *text, const char *purpose, const char *bound)
{
    const char *id = challenge_id(call, text);

    return id && ts_now_ms(call) < ts_id_time_ms(id) + CHALLENGE_MS &&
           ts_secret_equal(token_make(call, purpose, ts_strndup(call->arena, text, NAMED_LENGTH), bound), text);
}

int challenge_use(struct ts_call *call, const char *text)
{
    int r = store_insert_challenge(call, challenge_id(call, text));

    return r == STORE_CONFLICT ? refuse(call, REFUSAL_CHALLENGE) : r;
}
