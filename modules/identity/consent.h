/*
 * The consent to link an account with somebody at a provider, in two halves. The first names account and provider and
 * goes to the provider and back with the browser; the second says who it is there, too, and is taken from nobody but
 * that account: so neither can a stranger's identity be slipped to somebody, nor somebody's own be drawn to a
 * stranger's account.
 */
#ifndef IDENTITY_CONSENT_H
#define IDENTITY_CONSENT_H

#include "tessera/call.h"

/* All of them in call->arena. */
char *consent_make(struct ts_call *call, const char *account_id, const char *provider);

/* Is it ours, for this provider, and not too old? */
bool consent_is_good(struct ts_call *call, const char *text, const char *provider);

/* The second half, of one that was good. */
char *consent_to(struct ts_call *call, const char *consent, const char *subject);

/* What a second half says. */
struct consent {
    const char *id; /* chl_, good once */
    const char *account_id, *provider, *subject;
};

/* Return: false when it (may be NULL) is none of ours, or too old. */
bool consent_read(struct ts_call *call, const char *text, struct consent *ret_consent);

#endif
