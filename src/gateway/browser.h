/*
 * /session, for browsers: a page that has signed in hands its refresh token over, and gets cookies that no script can
 * read; POST with them renews them, DELETE signs out.
 */
#ifndef GATEWAY_BROWSER_H
#define GATEWAY_BROWSER_H

#include "gateway/gateway.h"

/* Return: true if the path is /session, and it is answered. On a fiber, suspends. */
bool browser_serve(struct gateway *gateway, struct http_request *request, const struct session *session);

#endif
