/*
 * TLS 1.2 and newer on OpenSSL. Quiet shutdown is not a matter of taste: after a peer's reset libuv refuses the write
 * of close_notify at once, h2o never hears of it, and the socket with its 35 KB would stay for ever.
 */
#include "gateway/tls.h"

#include <h2o.h>
#include <openssl/err.h>

/* Of TLS 1.2 what TLS 1.3 has at all: ephemeral keys, so that a key that leaks opens nothing of before; and AEADs. */
static const char ciphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

static const h2o_iovec_t alpn_both[] = { { (char *)"h2", 2 }, { (char *)"http/1.1", 8 }, { NULL, 0 } };
static const h2o_iovec_t alpn_http1[] = { { (char *)"http/1.1", 8 }, { NULL, 0 } };

static void add_problem(struct buf *problem, const char *what, const char *path)
{
    char reason[200];

    ERR_error_string_n(ERR_peek_last_error(), reason, sizeof(reason));
    ERR_clear_error();
    buf_printf(problem, "%s %s: %s", what, path, reason);
}

static bool load_files(SSL_CTX *tls, const char *cert_path, const char *key_path, struct buf *ret_problem)
{
    if (SSL_CTX_use_certificate_chain_file(tls, cert_path) != 1) {
        add_problem(ret_problem, "cannot use the certificate", cert_path);
        return false;
    }
    if (SSL_CTX_use_PrivateKey_file(tls, key_path, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(tls) != 1) {
        add_problem(ret_problem, "cannot use the key", key_path);
        return false;
    }
    return true;
}

struct ssl_ctx_st *tls_new(const char *cert_path, const char *key_path, bool http2, struct buf *ret_problem)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

    if (!tls || SSL_CTX_set_cipher_list(tls, ciphers) != 1)
        abort(); /* out of memory before anything was served */
    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_num_tickets(tls, 1);
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_quiet_shutdown(tls, 1);
    h2o_ssl_register_alpn_protocols(tls, http2 ? alpn_both : alpn_http1);
    if (load_files(tls, cert_path, key_path, ret_problem))
        return tls;
    SSL_CTX_free(tls);
    return NULL;
}

void tls_free(struct ssl_ctx_st *tls)
{
    SSL_CTX_free(tls);
}
