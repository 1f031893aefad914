/* A server's TLS settings from two PEM files. */
#ifndef GATEWAY_TLS_H
#define GATEWAY_TLS_H

#include <stdbool.h>

#include "base/buf.h"

struct ssl_ctx_st;

/*
 * Read certificate chain and key; offer HTTP/2 by ALPN only when `http2`.
 * Return: the context, to be freed with tls_free(); NULL and one line in *ret_problem.
 */
struct ssl_ctx_st *tls_new(const char *cert_path, const char *key_path, bool http2, struct buf *ret_problem);
void tls_free(struct ssl_ctx_st *tls);

#endif
