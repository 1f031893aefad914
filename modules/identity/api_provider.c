/*
 * Who somebody is to providers: linked by who is signed in and says so, unlinked by him as long as another way in is
 * left. With an organizer's provider nothing is linked, and nothing is added to an account that one of them made.
 */
#include <string.h>

#include "api.h"
#include "consent.h"
#include "flow.h"
#include "link.h"
#include "provider.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/reply.h"
#include "tessera/security.h"
#include "tessera/text.h"
#include "way.h"

int identity_link(struct ts_call *call, const struct provider *provider, const char *subject, int64_t version,
                  const char *account_id, Identity__ProviderIdentity *ret_identity)
{
    int r;

    identity__provider_identity__init(ret_identity);
    ret_identity->id = (char *)identity_id(call, provider->scope, subject);
    ret_identity->account_id = (char *)account_id;
    ret_identity->provider = (char *)provider->label;
    ret_identity->issuer = (char *)provider->issuer;
    ret_identity->subject = (char *)subject;
    ret_identity->has_linked_at_ms = true;
    ret_identity->linked_at_ms = ts_now_ms(call);
    r = store_put_identity(call, ret_identity, version);
    if (r)
        return r == STORE_CONFLICT ? TS_EABORTED : r;
    ts_security(call, TS_SECURITY_PROVIDER_LINKED, account_id);
    return 0;
}

/* Return: 0; TS_REFUSED; a ts_error. */
static int confirm(struct ts_call *call, const char *password, const Identity__Account **ret_account)
{
    int r = caller_account(call, ret_account);

    return r ? r : caller_confirm(call, *ret_account, password, "password");
}

/* One of the house's. Return: 0; TS_REFUSED; a ts_error. */
static int find_house(struct ts_call *call, const char *name, enum refusal refusal, struct provider *ret_provider)
{
    int r = provider_find(call, name, ret_provider);

    if (r && r != TS_ENOTFOUND)
        return r;
    return r || ret_provider->organizer_id ? refuse(call, refusal) : 0;
}

int start_provider_link(struct ts_call *call, const Identity__StartProviderLinkRequest *request,
                        Identity__StartProviderLinkReply *ret_reply)
{
    const Identity__Account *account;
    struct provider provider;
    int r = confirm(call, request->password, &account);

    r = r ? r : find_house(call, request->provider, REFUSAL_PROVIDER_UNKNOWN, &provider);
    if (r)
        return r;
    if (!return_path_is_own(request->return_to))
        return refuse(call, REFUSAL_RETURN_TO);
    ret_reply->url =
        ts_printf(call->arena, "/oidc/%s/start?returnTo=%s&link=%s", provider.name,
                  ts_url_escape(call->arena, request->return_to), consent_make(call, account->id, provider.name));
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__PUBLIC, NULL);
    return 0;
}

static void answer_identity(struct ts_call *call, const Identity__ProviderIdentity *identity,
                            Identity__ProviderIdentityReply *reply)
{
    reply->identity = ts_alloc(call->arena, sizeof(*identity));
    *reply->identity = *identity;
    reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__PUBLIC, NULL);
}

int link_provider(struct ts_call *call, const Identity__TokenRequest *request,
                  Identity__ProviderIdentityReply *ret_reply)
{
    const Identity__ProviderIdentity *before;
    const Identity__Account *account;
    Identity__ProviderIdentity identity;
    struct consent consent;
    struct provider provider;
    int64_t version;
    int r = caller_account(call, &account);

    if (r)
        return r;
    if (!consent_read(call, request->token, &consent) || strcmp(consent.account_id, account->id) != 0)
        return refuse(call, REFUSAL_CONSENT);
    r = find_house(call, consent.provider, REFUSAL_CONSENT, &provider);
    r = r ? r : store_get_identity(call, identity_id(call, provider.scope, consent.subject), &before, &version);
    if (r)
        return r;
    if (before && strcmp(before->account_id, account->id) != 0)
        return refuse(call, REFUSAL_IDENTITY_TAKEN);
    r = store_insert_challenge(call, consent.id);
    if (r)
        return r == STORE_CONFLICT ? refuse(call, REFUSAL_CONSENT) : r;
    r = identity_link(call, &provider, consent.subject, version, account->id, &identity);
    if (r)
        return r;
    answer_identity(call, &identity, ret_reply);
    return mail_tell(call, IDENTITY__MAIL_KIND__PROVIDER_LINKED, account);
}

int identity_unlink(struct ts_call *call, const Identity__ProviderIdentity *before)
{
    int r = store_erase_identity(call, before->id);

    if (r)
        return r;
    ts_security(call, TS_SECURITY_PROVIDER_UNLINKED, before->account_id);
    return 0;
}

int unlink_provider(struct ts_call *call, const Identity__UnlinkProviderRequest *request,
                    Identity__ProviderIdentityReply *ret_reply)
{
    const Identity__ProviderIdentity *before = NULL;
    const Identity__Account *account;
    int64_t version = 0;
    int r = confirm(call, request->password, &account);

    r = r ? r : store_get_identity(call, request->identity_id, &before, &version);
    if (r)
        return r;
    if (!before || strcmp(before->account_id, account->id) != 0)
        return refuse(call, REFUSAL_IDENTITY_UNKNOWN);
    r = way_leave(call, account->id, before->id, before->linked_at_ms, REFUSAL_LAST_WAY_IN);
    r = r ? r : identity_unlink(call, before);
    if (r)
        return r;
    answer_identity(call, before, ret_reply);
    return mail_tell(call, IDENTITY__MAIL_KIND__PROVIDER_UNLINKED, account);
}

static int list_own(struct ts_call *call, Identity__AccountIdentities *own)
{
    const char *const *ids;
    size_t count;
    int r = store_list_identities(call, own->account_id, &ids, &count);

    if (r)
        return r;
    own->identities = TS_NEW_ARRAY(call->arena, Identity__ProviderIdentity *, count);
    for (size_t i = 0; i < count && !r; i++) {
        const Identity__ProviderIdentity *identity;
        int64_t version;

        r = store_get_identity(call, ids[i], &identity, &version);
        if (r == 0 && identity)
            own->identities[own->n_identities++] = (Identity__ProviderIdentity *)identity;
    }
    return r;
}

/* One's own alone: of others none are told. */
int list_provider_identities(struct ts_call *call, const Identity__AccountIdsRequest *request,
                             Identity__ListProviderIdentitiesReply *ret_reply)
{
    int r = 0;

    ret_reply->accounts = TS_NEW_ARRAY(call->arena, Identity__AccountIdentities *, request->n_ids);
    for (; ret_reply->n_accounts < request->n_ids && !r; ret_reply->n_accounts++) {
        Identity__AccountIdentities *own = TS_NEW(call->arena, Identity__AccountIdentities);

        identity__account_identities__init(own);
        own->account_id = request->ids[ret_reply->n_accounts];
        ret_reply->accounts[ret_reply->n_accounts] = own;
        if (call->principal->kind == TS_PRINCIPAL_USER && strcmp(call->principal->id, own->account_id) == 0)
            r = list_own(call, own);
    }
    return r;
}
