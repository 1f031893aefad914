/*
 * Organizers' own providers of OpenID Connect: by who says who is on their teams, for who is let in by one may be asked
 * onto them. What such a provider may do is in provider.h. Its client's secret is kept sealed and shown to nobody, its
 * maker included; and nothing is kept before its issuer has answered as one.
 */
#include <string.h>

#include "api.h"
#include "guess.h"
#include "issuer.h"
#include "provider.h"
#include "store.h"
#include "tessera/id.h"
#include "tessera/idem.h"
#include "tessera/limits.h"
#include "tessera/reply.h"
#include "tessera/right.h"
#include "tessera/security.h"
#include "tessera/text.h"

/* ---- views */

static Identity__OidcProviderView *view_new(struct ts_call *call, const Identity__OidcProvider *provider)
{
    Identity__OidcProviderView *view = TS_NEW(call->arena, Identity__OidcProviderView);

    identity__oidc_provider_view__init(view);
    view->id = provider->id;
    view->name = provider->name;
    view->issuer = provider->issuer;
    view->client_id = provider->client_id;
    view->has_has_client_secret = view->has_created_at_ms = true;
    view->has_client_secret = provider->sealed_secret != NULL;
    view->created_at_ms = provider->created_at_ms;
    view->callback_url = (char *)provider_redirect_uri(call, provider->id);
    view->logout_url = (char *)provider_logout_uri(call, provider->id);
    return view;
}

static int answer(struct ts_call *call, const Identity__OidcProvider *provider, Identity__OidcProviderReply *ret_reply)
{
    ret_reply->oidc_provider = view_new(call, provider);
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, provider->organizer_id);
    return 0;
}

/* ---- what is said of one */

static enum refusal provider_check(const Identity__OidcProvider *provider, const char *secret)
{
    if (!ts_text_is_line(provider->name, TS_NAME_SIZE_MAX))
        return REFUSAL_NAME;
    if (!ts_text_is_url(provider->issuer, ISSUER_SIZE_MAX) || strpbrk(provider->issuer, "?#"))
        return REFUSAL_ISSUER;
    if (!ts_text_is_line(provider->client_id, CLIENT_ID_SIZE_MAX))
        return REFUSAL_CLIENT_ID;
    return !secret || ts_text_is_line(secret, SECRET_SIZE_MAX) ? REFUSAL_NONE : REFUSAL_CLIENT_SECRET;
}

/*
 * Does it answer as an issuer does? Whatever is wrong, the words are the same: an organizer learns from them nothing
 * about names and addresses that only we can see. Return: 0; TS_REFUSED; a ts_error.
 */
static int issuer_meet(struct ts_call *call, const char *issuer)
{
    struct issuer_facts facts;
    int r = guess_charge(call, NULL);

    if (r)
        return r;
    r = issuer_find(call, provider_organizer_purpose, issuer, &facts);
    if (r == TS_EUNAVAILABLE || r == TS_EUNKNOWN || r == TS_EDENIED || r == TS_ERANGE || r == TS_EINVALID)
        return refuse(call, REFUSAL_ISSUER_AWAY);
    return r;
}

static int check_room(struct ts_call *call, const char *organizer_id)
{
    const Identity__OidcProvider **providers;
    size_t count;
    int r = store_list_oidc_providers(call, organizer_id, &providers, &count);

    if (r)
        return r;
    return count < PROVIDERS_PER_ORGANIZER_MAX ? 0 : refuse(call, REFUSAL_OIDC_PROVIDERS_FULL);
}

/* ---- making one */

static Identity__OidcProvider provider_new(struct ts_call *call, const Identity__CreateOidcProviderRequest *request)
{
    Identity__OidcProvider provider = IDENTITY__OIDC_PROVIDER__INIT;

    provider.organizer_id = request->organizer_id;
    provider.name = ts_text_trim(call->arena, request->name);
    provider.issuer = request->issuer;
    provider.client_id = request->client_id;
    provider.has_created_at_ms = true;
    provider.created_at_ms = ts_now_ms(call);
    provider.created_by = (char *)call->principal->id;
    return provider;
}

/* Insert it, or find what was made by this idempotency key. `input` is the request with no secret in it. */
static int provider_make(struct ts_call *call, const ProtobufCMessage *input, Identity__OidcProvider *provider,
                         const char *secret, Identity__OidcProviderReply *ret_reply)
{
    const Identity__OidcProvider *there = NULL;
    const char *id = ts_id_new(call, "oip");
    struct ts_write key;
    int64_t version;
    bool has_key;
    int r, found = ts_idem_find(call, "createOidcProvider", input, &id);

    if (found == TS_IDEM_REUSED || found == TS_IDEM_SHORT)
        return ts_idem_refuse(call, found);
    r = found < 0 ? found : store_get_oidc_provider(call, id, &there, &version);
    if (r || there)
        return r ? r : answer(call, there, ret_reply);
    r = check_room(call, provider->organizer_id);
    r = r ? r : issuer_meet(call, provider->issuer);
    if (r)
        return r;
    provider->id = (char *)id;
    provider->sealed_secret = secret ? provider_secret_seal(call, id, secret) : NULL;
    has_key = found == TS_IDEM_NEW && ts_idem_write(call, "createOidcProvider", input, id, &key);
    r = store_insert_oidc_provider(call, provider, has_key ? &key : NULL);
    if (r)
        return r > 0 ? TS_EABORTED : r;
    ts_security(call, TS_SECURITY_PROVIDER_MADE, provider->id);
    return answer(call, provider, ret_reply);
}

int create_oidc_provider(struct ts_call *call, const Identity__CreateOidcProviderRequest *request,
                         Identity__OidcProviderReply *ret_reply)
{
    Identity__CreateOidcProviderRequest input = *request;
    Identity__OidcProvider provider;
    enum refusal refusal;
    int r = ts_require(call, TS_RIGHT_TEAMS, request->organizer_id, NULL);

    r = r ? r : check_organizer(call, request->organizer_id);
    if (r)
        return r;
    provider = provider_new(call, request);
    refusal = provider_check(&provider, request->client_secret);
    if (refusal)
        return refuse(call, refusal);
    if (request->client_secret) /* a plain digest of it could be guessed at */
        input.client_secret = provider_secret_seal(call, request->organizer_id, request->client_secret);
    return provider_make(call, &input.base, &provider, request->client_secret, ret_reply);
}

/* ---- changing and removing one */

/* Return: 0, for who may change it; TS_REFUSED; a ts_error. */
static int provider_open(struct ts_call *call, const char *id, const Identity__OidcProvider **ret_provider,
                         int64_t *ret_version)
{
    const Identity__OidcProvider *provider = NULL;
    int r = store_get_oidc_provider(call, id, &provider, ret_version);

    r = r ? r : ts_require(call, TS_RIGHT_TEAMS, provider ? provider->organizer_id : "", NULL);
    if (r)
        return r;
    *ret_provider = provider;
    return provider ? 0 : refuse(call, REFUSAL_OIDC_PROVIDER_UNKNOWN);
}

/* What the request names. */
static void provider_apply(struct ts_call *call, const Identity__UpdateOidcProviderRequest *request,
                           Identity__OidcProvider *provider)
{
    if (request->name)
        provider->name = ts_text_trim(call->arena, request->name);
    if (request->client_id)
        provider->client_id = request->client_id;
    if (request->client_secret)
        provider->sealed_secret = provider_secret_seal(call, provider->id, request->client_secret);
    for (size_t i = 0; i < request->n_clear; i++)
        if (strcmp(request->clear[i], "client_secret") == 0)
            provider->sealed_secret = NULL;
}

static int update_once(struct ts_call *call, const Identity__UpdateOidcProviderRequest *request,
                       Identity__OidcProviderReply *ret_reply)
{
    const Identity__OidcProvider *before = NULL;
    Identity__OidcProvider provider;
    enum refusal refusal;
    int64_t version;
    int r = provider_open(call, request->oidc_provider_id, &before, &version);

    if (r)
        return r;
    if (before->has_removed_at_ms)
        return refuse(call, REFUSAL_OIDC_PROVIDER_UNKNOWN);
    provider = *before;
    provider_apply(call, request, &provider);
    refusal = provider_check(&provider, request->client_secret);
    if (refusal)
        return refuse(call, refusal);
    r = store_put_oidc_provider(call, &provider, version);
    if (r)
        return r;
    ts_security(call, TS_SECURITY_PROVIDER_CHANGED, provider.id);
    return answer(call, &provider, ret_reply);
}

int update_oidc_provider(struct ts_call *call, const Identity__UpdateOidcProviderRequest *request,
                         Identity__OidcProviderReply *ret_reply)
{
    int r = STORE_CONFLICT;

    for (unsigned tries = 0; r == STORE_CONFLICT && tries < TRIES_MAX; tries++)
        r = update_once(call, request, ret_reply);
    return r == STORE_CONFLICT ? TS_EABORTED : r;
}

/* From the put on nobody comes in by it, and nobody who did goes on; said again it ends what is left. */
static int remove_once(struct ts_call *call, const char *id, Identity__OidcProviderReply *ret_reply)
{
    const Identity__OidcProvider *before = NULL;
    Identity__OidcProvider provider;
    int64_t version;
    int r = provider_open(call, id, &before, &version);

    if (r)
        return r;
    provider = *before;
    if (!provider.has_removed_at_ms) {
        provider.has_removed_at_ms = true;
        provider.removed_at_ms = ts_now_ms(call);
        provider.sealed_secret = NULL;
        r = store_put_oidc_provider(call, &provider, version);
        if (r)
            return r;
        ts_security(call, TS_SECURITY_PROVIDER_REMOVED, provider.id);
    }
    r = sessions_end_of_provider(call, provider.id);
    return r ? r : answer(call, before, ret_reply);
}

int remove_oidc_provider(struct ts_call *call, const Identity__RemoveOidcProviderRequest *request,
                         Identity__OidcProviderReply *ret_reply)
{
    int r = STORE_CONFLICT;

    for (unsigned tries = 0; r == STORE_CONFLICT && tries < TRIES_MAX; tries++)
        r = remove_once(call, request->oidc_provider_id, ret_reply);
    return r == STORE_CONFLICT ? TS_EABORTED : r;
}

/* ---- joins */

static int list_of(struct ts_call *call, char *organizer_id, Identity__OrganizerOidcProviders **ret_item)
{
    Identity__OrganizerOidcProviders *item = TS_NEW(call->arena, Identity__OrganizerOidcProviders);
    const Identity__OidcProvider **providers;
    size_t count;
    int r = store_list_oidc_providers(call, organizer_id, &providers, &count);

    if (r)
        return r;
    identity__organizer_oidc_providers__init(item);
    item->organizer_id = organizer_id;
    item->oidc_providers = TS_NEW_ARRAY(call->arena, Identity__OidcProviderView *, count);
    while (item->n_oidc_providers < count) {
        item->oidc_providers[item->n_oidc_providers] = view_new(call, providers[item->n_oidc_providers]);
        item->n_oidc_providers++;
    }
    *ret_item = item;
    return 0;
}

int list_oidc_providers(struct ts_call *call, const Identity__OrganizerIdsRequest *request,
                        Identity__ListOidcProvidersReply *ret_reply)
{
    ret_reply->organizers = TS_NEW_ARRAY(call->arena, Identity__OrganizerOidcProviders *, request->n_organizer_ids);
    for (size_t i = 0; i < request->n_organizer_ids; i++) {
        int r;

        if (!ts_sees(call, request->grant, TS_RIGHT_TEAMS, request->organizer_ids[i], NULL)) {
            if (ts_is_of_many(request->grant))
                continue;
            return TS_EDENIED;
        }
        r = list_of(call, request->organizer_ids[i], &ret_reply->organizers[ret_reply->n_organizers]);
        if (r)
            return r;
        ret_reply->n_organizers++;
    }
    return 0;
}
