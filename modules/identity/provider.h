/*
 * With whom people may sign in: what the configuration names (--oidc), each with a name that stands in its paths and
 * the issuer whose discovery says the rest.
 */
#ifndef IDENTITY_PROVIDER_H
#define IDENTITY_PROVIDER_H

#include <stdbool.h>

#include "tessera/call.h"

enum { PROVIDERS_MAX = 32, CLIENT_ID_SIZE_MAX = 255, SECRET_SIZE_MAX = 512, ISSUER_SIZE_MAX = 255 };

struct provider {
    const char *name;                      /* a slug */
    const char *issuer;                    /* exactly as its tokens spell it */
    const char *client_id, *client_secret; /* the second NULL: we are a public client of it */
};

/*
 * What the configuration names, in call->arena.
 * Return: 0 and the providers in its order; TS_EINVALID and words, which show no secret.
 */
int provider_list(struct ts_call *call, const struct provider **ret_providers, size_t *ret_count);

/* The provider of that name, in call->arena; false: there is none. `name` may be NULL. */
bool provider_find(struct ts_call *call, const char *name, struct provider *ret_provider);

/* The one URI of ours to which it answers; NULL when nobody has said where people reach us. */
const char *provider_redirect_uri(struct ts_call *call, const struct provider *provider);

#endif
