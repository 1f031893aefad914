/* The handshake of RFC 6455, section 4.2: what a request must be to become a WebSocket, and the proof in the answer. */
#ifndef GATEWAY_WS_HANDSHAKE_H
#define GATEWAY_WS_HANDSHAKE_H

#include <stdbool.h>

#include "gateway/cors.h"
#include "gateway/http.h"

#define WS_PROTOCOL "graphql-transport-ws"

enum { WS_ACCEPT_SIZE = 29 };

/* True if the request asks for a WebSocket at all. */
bool ws_handshake_asked(const struct http_request *request);

/* Return: NULL when the handshake is good; else what is wrong (static, one sentence) and the status to answer with. */
const char *ws_handshake_check(const struct http_request *request, const struct cors *cors, int *ret_status);

/* The value of Sec-WebSocket-Accept for a key. */
void ws_handshake_accept(const char *key, char ret_accept[WS_ACCEPT_SIZE]);

#endif
