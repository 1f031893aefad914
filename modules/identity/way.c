/* See way.h. */
#include "way.h"

#include <string.h>

#include "api.h"
#include "store.h"
#include "tessera/id.h"
#include "tessera/limits.h"

/* Take it away, if it still is the one. Return: 0; a ts_error. */
static int passkey_finish(struct ts_call *call, const Identity__Account *account)
{
    const Identity__Passkey *passkey = NULL;
    int64_t version;
    int r = store_get_passkey(call, account->going_id, &passkey, &version);

    if (r || !passkey || passkey->created_at_ms != account->going_since_ms)
        return r;
    return passkey_remove(call, passkey);
}

/* The same. */
static int identity_finish(struct ts_call *call, const Identity__Account *account)
{
    const Identity__ProviderIdentity *identity = NULL;
    int64_t version;
    int r = store_get_identity(call, account->going_id, &identity, &version);

    if (r || !identity || strcmp(identity->account_id, account->id) != 0 ||
        identity->linked_at_ms != account->going_since_ms)
        return r;
    return identity_unlink(call, identity);
}

/* What was decided before this. */
static int finish(struct ts_call *call, const Identity__Account *account)
{
    if (!account->going_id)
        return 0;
    return ts_id_has(account->going_id, "psk") ? passkey_finish(call, account) : identity_finish(call, account);
}

/* How many are left without that one. */
static int count_others(struct ts_call *call, const char *account_id, const char *id, size_t *ret_count)
{
    const Identity__Passkey *const *passkeys;
    const char *const *identities;
    size_t passkey_count, identity_count, count = 0;
    int r = store_list_passkeys(call, account_id, &passkeys, &passkey_count);

    r = r ? r : store_list_identities(call, account_id, &identities, &identity_count);
    if (r)
        return r;
    for (size_t i = 0; i < passkey_count; i++)
        count += strcmp(passkeys[i]->id, id) != 0;
    for (size_t i = 0; i < identity_count; i++)
        count += strcmp(identities[i], id) != 0;
    *ret_count = count;
    return 0;
}

/* Return: as way_leave; STORE_CONFLICT: decide again. */
static int leave_once(struct ts_call *call, const char *account_id, const char *id, int64_t since_ms, enum refusal last)
{
    const Identity__Account *before;
    Identity__Account account;
    size_t others = 0;
    int64_t version;
    int r = store_get_account(call, account_id, &before, &version);

    if (r || !before)
        return r ? r : TS_ENOTFOUND;
    if (before->secret_password)
        return 0;
    r = finish(call, before);
    r = r ? r : count_others(call, account_id, id, &others);
    if (r)
        return r;
    if (others == 0)
        return refuse(call, last);
    account = *before;
    account.going_id = (char *)id;
    account.has_going_since_ms = true;
    account.going_since_ms = since_ms;
    return store_put_account(call, &account, version);
}

int way_leave(struct ts_call *call, const char *account_id, const char *id, int64_t since_ms, enum refusal last)
{
    int r = STORE_CONFLICT;

    for (unsigned tries = 0; r == STORE_CONFLICT && tries < TRIES_MAX; tries++)
        r = leave_once(call, account_id, id, since_ms, last);
    return r == STORE_CONFLICT ? TS_EABORTED : r;
}
