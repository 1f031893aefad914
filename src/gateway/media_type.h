/* What the Accept, Accept-Encoding and Content-Type headers mean to GraphQL over HTTP. */
#ifndef GATEWAY_MEDIA_TYPE_H
#define GATEWAY_MEDIA_TYPE_H

#include <stdbool.h>

enum media_type { MEDIA_TYPE_NONE, MEDIA_TYPE_JSON, MEDIA_TYPE_GRAPHQL, MEDIA_TYPE_EVENTS };

/* The answer's type for an Accept header (NULL: it says nothing); NONE when it allows none. Events only for who wants
 * them most. */
enum media_type media_type_negotiate(const char *accept);

/* True if `accept` names text/html, as a browser's address bar does, and neither of our own types. */
bool media_type_is_page(const char *accept);

/* True if an Accept-Encoding header (may be NULL) takes gzip. */
bool media_type_takes_gzip(const char *accept_encoding);

/* True for application/json, in UTF-8 if it says anything about that. */
bool media_type_is_json(const char *content_type);

/* The same of application/x-www-form-urlencoded. */
bool media_type_is_form(const char *content_type);

#endif
