/*
 * Secrets out of Vault (or OpenBao): its KV engine, version 2, by a token or by the account that Kubernetes gives a
 * pod. Every call waits, so it is made at the start or on a thread, by one at a time.
 */
#ifndef NET_VAULT_H
#define NET_VAULT_H

#include "base/buf.h"

struct vault;

struct vault_config {
    const char *url;             /* https://HOST:PORT; http:// on this machine */
    const char *ca;              /* authorities beside the system's, PEM; NULL: none */
    const char *token;           /* NULL: by role */
    const char *role, *jwt_path; /* of Kubernetes' auth method: who we are, and the file that proves it */
};

/* Return: NULL, and a line in *ret_problem. */
struct vault *vault_new(const struct vault_config *config, struct buf *ret_problem);
/* NULL is fine. */
void vault_free(struct vault *vault);

/* From any thread: what is under way, and what would come, fails. */
void vault_cancel(struct vault *vault);

/* Another token, from now on. */
void vault_set_token(struct vault *vault, const char *token);

/* Whether the text is a reference: "vault:" and what follows. */
bool vault_is_reference(const char *text);

/*
 * The value that "vault:MOUNT/PATH#FIELD" names; logs in, and again when that has run out, and renews the token when
 * half of its time is over. Return: 0 and the value in *ret_value, which is emptied before; a ts_error and words
 * without any secret in *ret_problem.
 */
int vault_read(struct vault *vault, const char *reference, struct buf *ret_value, struct buf *ret_problem);

#endif
