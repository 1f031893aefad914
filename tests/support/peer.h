/*
 * Another server, for tests of who asks one: a thread of this process, blocking, whose answers follow from the path.
 *
 *   /echo      200, and as its body the request as it came
 *   /redirect  302 to /echo
 *   /interim   103, then 200
 *   /long      a Content-Length of PEER_LONG_SIZE, and as many bytes
 *   /endless   chunks, for as long as they are taken
 *   /heads     200 with more headers than anybody wants
 *   /slow      nothing, until the peer ends
 *   /half      a head, and half of its body
 *   /break     the connection ends without a word
 *   any other  404
 *
 * Connections are kept, but for /half and /break.
 */
#ifndef SUPPORT_PEER_H
#define SUPPORT_PEER_H

#include <stdbool.h>

enum { PEER_LONG_SIZE = 100000 };

struct peer;

/* Plain, or with TLS by this certificate and key (PEM). */
struct peer *peer_new(const char *certificate, const char *key);
void peer_free(struct peer *peer);

int peer_port(const struct peer *peer);

/* Requests read and connections taken, until now. */
unsigned peer_requests(const struct peer *peer);
unsigned peer_connections(const struct peer *peer);

#endif
