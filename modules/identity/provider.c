/* See provider.h: "NAME=CLIENT_ID@https://ISSUER,…", and the same names in "NAME=SECRET,…". */
#include "provider.h"

#include <string.h>

#include "store.h"
#include "tessera/id.h"
#include "tessera/sign.h"
#include "tessera/text.h"

static const char secret_purpose[] = "identity/oidc/client";

const char provider_organizer_purpose[] = "organizer-oidc";

/* The next "NAME=VALUE" of a list at *at, which then is behind it. Return: false when it is none. */
static bool next_pair(struct ts_call *call, const char **at, const char **ret_name, const char **ret_value)
{
    size_t size = strcspn(*at, ","), name_size = strcspn(*at, "=,");

    if (name_size == 0 || name_size + 1 >= size)
        return false;
    *ret_name = ts_strndup(call->arena, *at, name_size);
    *ret_value = ts_strndup(call->arena, *at + name_size + 1, size - name_size - 1);
    *at += size + ((*at)[size] == ',');
    return ts_text_is_slug(*ret_name);
}

static struct provider *find(struct provider *providers, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(providers[i].name, name) == 0)
            return &providers[i];
    return NULL;
}

/* "CLIENT_ID@https://ISSUER"; a client's id may have an @. */
static bool read_client(struct ts_call *call, const char *value, struct provider *provider)
{
    const char *scheme = strstr(value, "@http");
    size_t size = scheme ? (size_t)(scheme - value) : 0;

    if (size == 0 || size > CLIENT_ID_SIZE_MAX || !ts_text_is_url(scheme + 1, ISSUER_SIZE_MAX) ||
        strpbrk(scheme + 1, "?#"))
        return false;
    provider->client_id = ts_strndup(call->arena, value, size);
    provider->issuer = scheme + 1;
    return true;
}

static int read_secrets(struct ts_call *call, struct provider *providers, size_t count)
{
    const char *at = ts_setting(call, TS_SETTING_OIDC_SECRETS), *name, *value;

    while (at && *at) {
        struct provider *provider;

        if (!next_pair(call, &at, &name, &value) || strlen(value) > SECRET_SIZE_MAX)
            return ts_fail(call, TS_EINVALID, "--oidc-secrets is NAME=SECRET,…");
        provider = find(providers, count, name);
        if (!provider || provider->client_secret)
            return ts_fail(call, TS_EINVALID, "--oidc-secrets: \"%s\" is %s", name,
                           provider ? "there twice" : "not in --oidc");
        provider->client_secret = value;
    }
    return 0;
}

int provider_list(struct ts_call *call, const struct provider **ret_providers, size_t *ret_count)
{
    struct provider *providers = TS_NEW_ARRAY(call->arena, struct provider, PROVIDERS_MAX);
    const char *at = ts_setting(call, TS_SETTING_OIDC), *value;
    size_t count = 0;
    int r;

    while (at && *at) {
        struct provider provider = { NULL };

        if (count == PROVIDERS_MAX)
            return ts_fail(call, TS_EINVALID, "--oidc names more than %d providers", PROVIDERS_MAX);
        if (!next_pair(call, &at, &provider.name, &value) || !read_client(call, value, &provider))
            return ts_fail(call, TS_EINVALID, "--oidc is NAME=CLIENT_ID@https://ISSUER,…, a name of a-z, 0-9 and -");
        if (find(providers, count, provider.name))
            return ts_fail(call, TS_EINVALID, "--oidc: \"%s\" is there twice", provider.name);
        provider.label = provider.name;
        provider.scope = provider.issuer;
        provider.purpose = "oidc";
        providers[count++] = provider;
    }
    r = read_secrets(call, providers, count);
    if (r)
        return r;
    *ret_providers = providers;
    *ret_count = count;
    return 0;
}

/* One that the configuration names. */
static bool find_configured(struct ts_call *call, const char *name, struct provider *ret_provider)
{
    const struct provider *providers = NULL;
    size_t count = 0;

    if (provider_list(call, &providers, &count) != 0)
        return false; /* cannot be: it was checked before it was set */
    for (size_t i = 0; i < count; i++) {
        if (strcmp(providers[i].name, name) != 0)
            continue;
        *ret_provider = providers[i];
        return true;
    }
    return false;
}

char *provider_secret_seal(struct ts_call *call, const char *id, const char *secret)
{
    return ts_seal(call, secret_purpose, id, secret);
}

/* Return: 0; TS_ENOTFOUND; TS_EDATALOSS: its secret was sealed by another installation; a ts_error. */
static int find_organizers(struct ts_call *call, const char *id, struct provider *ret_provider)
{
    const Identity__OidcProvider *kept = NULL;
    int64_t version;
    int r = store_get_oidc_provider(call, id, &kept, &version);

    if (r || !kept || kept->has_removed_at_ms)
        return r ? r : TS_ENOTFOUND;
    *ret_provider = (struct provider){
        .name = kept->id,
        .label = kept->name,
        .scope = kept->id,
        .purpose = provider_organizer_purpose,
        .organizer_id = kept->organizer_id,
        .issuer = kept->issuer,
        .client_id = kept->client_id,
        .client_secret = ts_unseal(call, secret_purpose, kept->id, kept->sealed_secret),
    };
    return kept->sealed_secret && !ret_provider->client_secret ? TS_EDATALOSS : 0;
}

int provider_find(struct ts_call *call, const char *name, struct provider *ret_provider)
{
    if (!name || !provider_redirect_uri(call, name))
        return TS_ENOTFOUND;
    if (ts_id_is(name, "oip"))
        return find_organizers(call, name, ret_provider);
    return find_configured(call, name, ret_provider) ? 0 : TS_ENOTFOUND;
}

static const char *uri_of(struct ts_call *call, const char *name, const char *step)
{
    const char *origin = ts_origin(call) ? ts_origin(call) : ts_setting(call, TS_SETTING_SERVED_AT);

    return origin ? ts_printf(call->arena, "%s/oidc/%s/%s", origin, name, step) : NULL;
}

const char *provider_redirect_uri(struct ts_call *call, const char *name)
{
    return uri_of(call, name, "callback");
}

const char *provider_logout_uri(struct ts_call *call, const char *name)
{
    return uri_of(call, name, "logout");
}
