/*
 * What an issuer says of itself: its discovery document and its keys, asked for over the network and kept for an hour,
 * a day when it is away. A token with a key that we do not know has them asked for once more, at most once a minute,
 * whoever sends such tokens. Where its URLs lead is bounded by tessera/http.h; nothing is fetched that a token names.
 */
#ifndef IDENTITY_ISSUER_H
#define IDENTITY_ISSUER_H

#include "tessera/call.h"
#include "tessera/jws.h"

struct issuers;

struct issuers *issuers_new(void);
void issuers_free(struct issuers *issuers); /* NULL is fine */

/* Its discovery document, as far as it matters here; in call->arena. */
struct issuer_facts {
    const char *authorization_endpoint, *token_endpoint;
    const char *userinfo_endpoint; /* NULL: none */
    unsigned algorithms;           /* of enum ts_jws_algorithm: those of its ID tokens that we know */
    bool says_iss;                 /* its answers to the browser name it (RFC 9207) */
    bool secret_in_form;           /* client_secret_post, for it does not take client_secret_basic */
};

/*
 * The issuer of this URL, asked for this purpose (see tessera/http.h): of two purposes neither learns what was said to
 * the other. Return: 0 and *ret_facts; TS_EUNAVAILABLE and words: it is away, or what it says is of no use; a ts_error.
 */
int issuer_find(struct ts_call *call, const char *purpose, const char *url, struct issuer_facts *ret_facts);

/* What is asked of a URL of an issuer's. */
struct ts_http_header;
struct issuer_request {
    const char *purpose, *url;
    const struct ts_http_header *headers;
    const char *form; /* NULL: GET */
};

/* Return: 0, its status and the JSON object that it answered (NULL: something else); a ts_error. */
int issuer_ask(struct ts_call *call, const struct issuer_request *asked, int *ret_status, const struct json **ret_json);

/* ISSUER_FORGED: none of its keys signed that. */
enum { ISSUER_FORGED = 1 };

/* Did this issuer sign it? Return: 0; ISSUER_FORGED; TS_EUNAVAILABLE: its keys are not to be had; a ts_error. */
int issuer_check(struct ts_call *call, const char *purpose, const char *url, const struct ts_jws *jws);

#endif
