/*
 * Ask another server over HTTP: a fiber asks and waits for the whole answer. Where to may be anybody's idea (an issuer,
 * a webhook), so: no redirect is followed, no proxy is taken from the environment, certificates are verified (TLS 1.2
 * or newer), and the address that a name turned out to have is looked at when the connection is made. Loopback,
 * private, link-local and metadata addresses are refused, and so is http://, unless `--outbound-allow
 * PURPOSE=ADDRESS/BITS` names them for that purpose. Answers are data from a stranger: bounded, and never believed.
 */
#ifndef TESSERA_HTTP_H
#define TESSERA_HTTP_H

#include "tessera/call.h"

struct ts_http_header {
    const char *name, *value;
};

struct ts_http_request {
    const char *purpose; /* a literal of [a-z-] ("oidc"): what it is for, in figures and in --outbound-allow */
    const char *method;  /* NULL: GET, or POST when there is a body */
    const char *url;     /* http or https, without a user in it */
    const struct ts_http_header *headers; /* ends with a NULL name; may be NULL. Length, host, traceparent are added */
    const char *body;                     /* NULL: none */
    size_t body_size;
    const char *content_type; /* of the body */
    int64_t timeout_ms;       /* for all of it; 0: TS_HTTP_MS. The call's deadline ends it sooner */
    size_t answer_size_max;   /* bytes of the answer's body; 0: TS_HTTP_ANSWER_SIZE */
};

struct ts_http_response {
    int status;                           /* 200 to 599, whatever it means: a redirect is an answer as any other */
    const struct ts_http_header *headers; /* names in lower case; ends with a NULL name */
    const char *body;                     /* with a NUL after its end; never NULL */
    size_t body_size;
};

/*
 * Ask, and suspend the fiber until the answer is there; all of it is in call->arena. What is no GET travels at most
 * once: it is not sent again when a connection breaks. ts_call_failure() has words that name the host, never the path.
 * Return: 0 and *ret_response; else
 *   TS_EUNAVAILABLE  nothing was asked: no such name, no connection, a certificate that is not to be trusted
 *   TS_EUNKNOWN      it was asked, and no whole answer came in time
 *   TS_EDENIED       its address is not one that this purpose may reach
 *   TS_EINVALID      the URL or a header is malformed; nothing was asked
 *   TS_ERANGE        the answer is longer than wanted
 *   TS_EEXHAUSTED    TS_HTTP_AT_ONCE_MAX of this purpose are under way
 *   TS_EDEADLINE and others of a wait: as TS_EUNKNOWN
 */
int ts_http_send(struct ts_call *call, const struct ts_http_request *request, struct ts_http_response *ret_response);

/* The first header of that name (in lower case); NULL: there is none. */
const char *ts_http_header(const struct ts_http_response *response, const char *name);

#endif
