/*
 * Passkeys: added by who is signed in and says his password again, then one step that is both factors, for a passkey
 * is there and its person was verified by it. A challenge is the browser's to sign, and good once.
 */
#include <assert.h>
#include <string.h>

#include "api.h"
#include "challenge.h"
#include "guess.h"
#include "link.h"
#include "passkey.h"
#include "store.h"
#include "tessera/id.h"
#include "tessera/limits.h"
#include "tessera/reply.h"
#include "tessera/security.h"
#include "tessera/sign.h"
#include "tessera/text.h"
#include "way.h"

static const char create_purpose[] = "identity/challenge/create-passkey", get_purpose[] = "identity/challenge/passkey";

/* Whom a challenge names that anybody may get. */
static const char nobody[] = "usr_00000000000000000000000000";

/* The key of a credential's document: by its id, so that one is of one account. */
static const char *passkey_id(struct ts_call *call, struct octets credential_id)
{
    uint8_t hash[32];

    ts_sha256(credential_id.bytes, credential_id.size, hash);
    return ts_id_from_bytes(call, "psk", hash);
}

int start_passkey(struct ts_call *call, const Identity__StartPasskeyRequest *request,
                  Identity__PasskeyOptionsReply *ret_reply)
{
    struct relying_party party = relying_party_of(call, ts_origin(call));
    const Identity__Passkey *const *passkeys;
    const Identity__Account *account;
    const char *challenge;
    size_t count;
    int r = caller_account(call, &account);

    r = r ? r : caller_confirm(call, account, request->password, "password");
    r = r ? r : store_list_passkeys(call, account->id, &passkeys, &count);
    if (r)
        return r;
    if (count >= PASSKEYS_MAX)
        return refuse(call, REFUSAL_PASSKEYS_FULL);
    challenge = challenge_make(call, create_purpose, account->id, call->principal->session_id);
    ret_reply->options = passkey_creation_options(call, &party, challenge, account, passkeys, count);
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__PUBLIC, NULL);
    return ret_reply->options ? 0 : TS_EEXHAUSTED;
}

/* It may have been removed before: then it is added anew. Return: 0; TS_REFUSED: it is somebody's; a ts_error. */
static int passkey_put(struct ts_call *call, Identity__Passkey *passkey)
{
    const Identity__Passkey *before;
    int64_t version;
    int r = store_get_passkey(call, passkey->id, &before, &version);

    if (r)
        return r;
    if (before)
        return refuse(call, REFUSAL_PASSKEY);
    r = store_put_passkey(call, passkey, version);
    return r > 0 ? refuse(call, REFUSAL_PASSKEY) : r;
}

static void passkey_answer(struct ts_call *call, const Identity__Passkey *passkey, Identity__PasskeyReply *reply)
{
    reply->passkey = ts_alloc(call->arena, sizeof(*passkey));
    *reply->passkey = *passkey;
    reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__PUBLIC, NULL);
}

/* What the browser brings for a challenge of this session, into *passkey. Return: 0 and the challenge; TS_REFUSED. */
static int passkey_take(struct ts_call *call, const Identity__CreatePasskeyRequest *request, Identity__Passkey *passkey,
                        const char **ret_challenge)
{
    struct relying_party party = relying_party_of(call, ts_origin(call));
    const char *challenge =
        client_data_challenge(call, octets_read(call, request->client_data), CEREMONY_CREATE, &party);
    const char *named = challenge_names(call, challenge);

    if (!named || strcmp(named, call->principal->id) != 0 ||
        !challenge_is_good(call, challenge, create_purpose, call->principal->session_id) ||
        !passkey_read(call, octets_read(call, request->authenticator_data), &party, passkey))
        return refuse(call, REFUSAL_PASSKEY);
    *ret_challenge = challenge;
    return 0;
}

int create_passkey(struct ts_call *call, const Identity__CreatePasskeyRequest *request,
                   Identity__PasskeyReply *ret_reply)
{
    const char *name = ts_text_trim(call->arena, request->name), *challenge = NULL;
    Identity__Passkey passkey = IDENTITY__PASSKEY__INIT;
    const Identity__Account *account;
    int r = caller_account(call, &account);

    if (r)
        return r;
    if (!ts_text_is_line(name, TS_NAME_SIZE_MAX))
        return refuse(call, REFUSAL_NAME);
    r = passkey_take(call, request, &passkey, &challenge);
    if (r)
        return r;
    passkey.id = (char *)passkey_id(call, (struct octets){ passkey.credential_id.data, passkey.credential_id.len });
    passkey.account_id = account->id;
    passkey.name = (char *)name;
    passkey.has_created_at_ms = true;
    passkey.created_at_ms = ts_now_ms(call);
    r = challenge_use(call, challenge);
    r = r ? r : passkey_put(call, &passkey);
    if (r)
        return r;
    ts_security(call, TS_SECURITY_PASSKEY_ADDED, account->id);
    passkey_answer(call, &passkey, ret_reply);
    return mail_tell(call, IDENTITY__MAIL_KIND__PASSKEY_ADDED, account);
}

/* The caller's own, by its id. Return: 0; TS_REFUSED; a ts_error. */
static int passkey_find(struct ts_call *call, const char *id, const char *account_id,
                        const Identity__Passkey **ret_passkey, int64_t *ret_version)
{
    const Identity__Passkey *passkey = NULL;
    int r = store_get_passkey(call, id, &passkey, ret_version);

    if (r)
        return r;
    if (!passkey || strcmp(passkey->account_id, account_id) != 0)
        return refuse(call, REFUSAL_PASSKEY_UNKNOWN);
    *ret_passkey = passkey;
    return 0;
}

int rename_passkey(struct ts_call *call, const Identity__RenamePasskeyRequest *request,
                   Identity__PasskeyReply *ret_reply)
{
    const char *name = ts_text_trim(call->arena, request->name);
    const Identity__Account *account;
    const Identity__Passkey *before = NULL;
    Identity__Passkey passkey;
    int64_t version;
    int r = caller_account(call, &account);

    if (r)
        return r;
    if (!ts_text_is_line(name, TS_NAME_SIZE_MAX))
        return refuse(call, REFUSAL_NAME);
    r = passkey_find(call, request->passkey_id, account->id, &before, &version);
    if (r)
        return r;
    assert(before);
    passkey = *before;
    passkey.name = (char *)name;
    r = store_put_passkey(call, &passkey, version);
    if (r)
        return r > 0 ? TS_EABORTED : r;
    passkey_answer(call, &passkey, ret_reply);
    return 0;
}

int passkey_remove(struct ts_call *call, const Identity__Passkey *before)
{
    int r = store_erase_passkey(call, before->id);

    if (r)
        return r;
    ts_security(call, TS_SECURITY_PASSKEY_REMOVED, before->account_id);
    return 0;
}

int remove_passkey(struct ts_call *call, const Identity__RemovePasskeyRequest *request,
                   Identity__PasskeyReply *ret_reply)
{
    const Identity__Account *account;
    const Identity__Passkey *before = NULL;
    int64_t version;
    int r = caller_account(call, &account);

    r = r ? r : caller_confirm(call, account, request->password, "password");
    r = r ? r : passkey_find(call, request->passkey_id, account->id, &before, &version);
    if (r || !before)
        return r;
    r = way_leave(call, account->id, before->id, before->created_at_ms, REFUSAL_LAST_PASSKEY);
    r = r ? r : passkey_remove(call, before);
    if (r)
        return r;
    passkey_answer(call, before, ret_reply);
    return mail_tell(call, IDENTITY__MAIL_KIND__PASSKEY_REMOVED, account);
}

/* One's own alone: of others none are told. */
int list_passkeys(struct ts_call *call, const Identity__AccountIdsRequest *request,
                  Identity__ListPasskeysReply *ret_reply)
{
    ret_reply->accounts = TS_NEW_ARRAY(call->arena, Identity__AccountPasskeys *, request->n_ids);
    for (; ret_reply->n_accounts < request->n_ids; ret_reply->n_accounts++) {
        Identity__AccountPasskeys *own = TS_NEW(call->arena, Identity__AccountPasskeys);
        const Identity__Passkey *const *passkeys;
        int r;

        identity__account_passkeys__init(own);
        own->account_id = request->ids[ret_reply->n_accounts];
        ret_reply->accounts[ret_reply->n_accounts] = own;
        if (call->principal->kind != TS_PRINCIPAL_USER || strcmp(call->principal->id, own->account_id) != 0)
            continue;
        r = store_list_passkeys(call, own->account_id, &passkeys, &own->n_passkeys);
        if (r)
            return r;
        own->passkeys = (Identity__Passkey **)passkeys;
    }
    return 0;
}

/* ---- signing in */

int start_passkey_sign_in(struct ts_call *call, const Identity__StartPasskeySignInRequest *request,
                          Identity__PasskeyOptionsReply *ret_reply)
{
    struct relying_party party = relying_party_of(call, ts_origin(call));

    (void)request; /* says nothing: which passkeys there are the browser knows */
    ret_reply->options = passkey_request_options(call, &party, challenge_make(call, get_purpose, nobody, ""));
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__PUBLIC, NULL);
    return ret_reply->options ? 0 : TS_EEXHAUSTED;
}

/* The passkey that signed, used now. Return: 0; STORE_CONFLICT: decide again; TS_REFUSED; a ts_error. */
static int passkey_use(struct ts_call *call, const Identity__SignInByPasskeyRequest *request, const char **ret_account)
{
    struct relying_party party = relying_party_of(call, ts_origin(call));
    struct octets credential_id = octets_read(call, request->credential_id);
    struct assertion said = { .client_data = octets_read(call, request->client_data),
                              .data = octets_read(call, request->authenticator_data),
                              .signature = octets_read(call, request->signature) };
    const Identity__Passkey *before = NULL;
    Identity__Passkey passkey;
    uint32_t sign_count;
    int64_t version;
    int r = 0;

    if (credential_id.bytes)
        r = store_get_passkey(call, passkey_id(call, credential_id), &before, &version);
    if (r)
        return r;
    if (!before || !passkey_verify(call, before, &said, &party, &sign_count))
        return refuse(call, REFUSAL_PASSKEY);
    passkey = *before;
    passkey.sign_count = sign_count;
    passkey.has_used_at_ms = true;
    passkey.used_at_ms = ts_now_ms(call);
    *ret_account = passkey.account_id;
    return store_put_passkey(call, &passkey, version);
}

int sign_in_by_passkey(struct ts_call *call, const Identity__SignInByPasskeyRequest *request,
                       Identity__SessionReply *ret_reply)
{
    struct relying_party party = relying_party_of(call, ts_origin(call));
    const char *challenge = client_data_challenge(call, octets_read(call, request->client_data), CEREMONY_GET, &party);
    const Identity__Account *account = NULL;
    const char *account_id = NULL;
    int64_t version;
    int r = guess_charge(call, NULL);

    if (r)
        return r;
    if (!challenge_is_good(call, challenge, get_purpose, ""))
        return refuse(call, REFUSAL_PASSKEY);
    r = STORE_CONFLICT;
    for (unsigned tries = 0; r == STORE_CONFLICT && tries < TRIES_MAX; tries++)
        r = passkey_use(call, request, &account_id);
    r = r == STORE_CONFLICT ? TS_EABORTED : r;
    r = r ? r : challenge_use(call, challenge);
    r = r ? r : store_get_account(call, account_id, &account, &version);
    if (r)
        return r;
    if (!account)
        return refuse(call, REFUSAL_PASSKEY);
    guess_refund(call, NULL);
    ts_security(call, TS_SECURITY_PASSKEY_USED, account->id);
    return session_begin(call, account->id, ret_reply);
}
