/*
 * With whom people may sign in: what the configuration names (--oidc), each with a name that stands in its paths and
 * the issuer whose discovery says the rest; and what an organizer named, by its id instead of a name.
 *
 * Whom the house's providers vouch for is the house's choice. An organizer's provider may say anything about anybody:
 * any subject, any address. So its word is good within that organizer alone:
 *   - who somebody is to it is kept under its own id, even if it shares an issuer with another: nobody comes by it to
 * an identity, or out of it to a session, of another one;
 *   - it opens no account but those that it made. They have no address (what it says is `asserted_email`), so they get
 *     nobody's mails, orders or invitations; no password, passkey or other provider is added to them; and they join
 *     that organizer's teams alone;
 *   - it is asked for the purpose "organizer-oidc": what --outbound-allow opens for the house's own is closed to it;
 *   - its sessions live as long as it does.
 */
#ifndef IDENTITY_PROVIDER_H
#define IDENTITY_PROVIDER_H

#include <stdbool.h>

#include "tessera/call.h"

enum { PROVIDERS_MAX = 32, CLIENT_ID_SIZE_MAX = 255, SECRET_SIZE_MAX = 512, ISSUER_SIZE_MAX = 255 };

struct provider {
    const char *name;                      /* a slug; or the id, which is none */
    const char *label;                     /* what people call it */
    const char *scope;                     /* within which its subjects and sessions are what they are */
    const char *purpose;                   /* for which it is asked */
    const char *organizer_id;              /* whose it is; NULL: the house's */
    const char *issuer;                    /* exactly as its tokens spell it */
    const char *client_id, *client_secret; /* the second NULL: we are a public client of it */
};

/*
 * What the configuration names, in call->arena.
 * Return: 0 and the providers in its order; TS_EINVALID and words, which show no secret.
 */
int provider_list(struct ts_call *call, const struct provider **ret_providers, size_t *ret_count);

/*
 * The provider of that name (may be NULL), in call->arena. Return: 0; TS_ENOTFOUND: there is none, or nobody has said
 * where people reach us; a ts_error.
 */
int provider_find(struct ts_call *call, const char *name, struct provider *ret_provider);

/* The purpose for which organizers' providers are asked. */
extern const char provider_organizer_purpose[];

/* What is kept of an organizer's client's secret: nothing that anybody else can read. `id` is the provider's. */
char *provider_secret_seal(struct ts_call *call, const char *id, const char *secret);

/* URIs of ours to register there; NULL when nobody has said where people reach us. The first is where it answers. */
const char *provider_redirect_uri(struct ts_call *call, const char *name);
const char *provider_logout_uri(struct ts_call *call, const char *name);

#endif
