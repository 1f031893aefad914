/* See provider.h: "NAME=CLIENT_ID@https://ISSUER,…", and the same names in "NAME=SECRET,…". */
#include "provider.h"

#include <string.h>

#include "tessera/text.h"

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
        providers[count++] = provider;
    }
    r = read_secrets(call, providers, count);
    if (r)
        return r;
    *ret_providers = providers;
    *ret_count = count;
    return 0;
}

bool provider_find(struct ts_call *call, const char *name, struct provider *ret_provider)
{
    const struct provider *providers = NULL;
    size_t count = 0;

    if (!name || provider_list(call, &providers, &count) != 0)
        return false; /* the second cannot be: it was checked before it was set */
    for (size_t i = 0; i < count; i++) {
        if (strcmp(providers[i].name, name) != 0)
            continue;
        *ret_provider = providers[i];
        return true;
    }
    return false;
}

const char *provider_redirect_uri(struct ts_call *call, const struct provider *provider)
{
    const char *origin = ts_origin(call) ? ts_origin(call) : ts_setting(call, TS_SETTING_SERVED_AT);

    return origin ? ts_printf(call->arena, "%s/oidc/%s/callback", origin, provider->name) : NULL;
}
