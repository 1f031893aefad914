/*
 * Access tokens: JWTs that libjwt signs (ES256), good for ten minutes. Who verifies them is the gateway, by code of its
 * own (src/gateway/jwt.c), which a test holds against this.
 */
#ifndef IDENTITY_ACCESS_TOKEN_H
#define IDENTITY_ACCESS_TOKEN_H

#include "tessera/call.h"

/* The module's state: the signing key of the period, once it was needed. */
struct identity;
struct identity *identity_new(void);
void identity_free(struct identity *identity);

/* What providers have said of themselves (issuer.h). */
struct issuers *identity_issuers(struct identity *identity);

/* Return: 0, the token in call->arena and until when it is good; TS_EEXHAUSTED for want of memory. */
int access_token_issue(struct ts_call *call, const char *account_id, const char *session_id, char **ret_token,
                       int64_t *ret_expires_at_ms);

#endif
