/*
 * What an ID token may say (OpenID Connect Core 1.0, 3.1.3.7), pure; that its issuer signed it is issuer.h's affair.
 */
#ifndef IDENTITY_ID_TOKEN_H
#define IDENTITY_ID_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "problem.h"

struct json;

enum { ID_TOKEN_LEEWAY_S = 30, LOGOUT_TOKEN_S_MAX = 3600, SUBJECT_SIZE_MAX = 255 };

/* What we know of it beforehand. */
struct id_token_wish {
    const char *issuer, *client_id;
    const char *nonce; /* of an ID token */
    int64_t now_s;
};

/* Who it is, in the words of his provider; texts are the token's. */
struct id_token_claims {
    const char *subject;
    const char *session_id;   /* the provider's; NULL: it says none */
    const char *email, *name; /* NULL: it does not say */
    const char *token_id;     /* of a logout token */
    bool email_verified;
};

/* Return: what is wrong; PROBLEM_NONE and *ret_claims. */
enum problem id_token_check(const struct json *payload, const struct id_token_wish *wish,
                            struct id_token_claims *ret_claims);

/*
 * The same of a logout token (OpenID Connect Back-Channel Logout 1.0, 2.6), whose wish has no nonce: of the claims only
 * `token_id` is set, and `subject` and `session_id`, at least one of them. An hour after it was made it is too old: for
 * a day it is remembered which were heeded.
 */
enum problem logout_token_check(const struct json *payload, const struct id_token_wish *wish,
                                struct id_token_claims *ret_claims);

/* Add what a UserInfo answer says beside. Return: false, and nothing is added, when it is somebody else's. */
bool id_token_add(const struct json *userinfo, struct id_token_claims *claims);

#endif
