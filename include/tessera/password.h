/*
 * Passwords as they are kept: argon2id (RFC 9106) with 19 MiB and two passes, as OWASP asks at least. Hashing takes
 * some 30 ms of a core, which is why it runs on a worker's thread, two at a time; the fiber is suspended meanwhile.
 */
#ifndef TESSERA_PASSWORD_H
#define TESSERA_PASSWORD_H

#include <stdbool.h>

#include "tessera/call.h"

/*
 * Hash `password` (at most TS_PASSWORD_SIZE_MAX bytes, borrowed) with a salt of its own.
 * Return: 0 and *ret_hash, a PHC string in call->arena; TS_EEXHAUSTED when too many wait; another ts_error of a wait.
 */
int ts_password_hash(struct ts_call *call, const char *password, const char **ret_hash);

/*
 * Is `password` the one that `hash` was made of? With no hash (NULL: there is no such account) the same work is done
 * for an answer of no, so that the time taken says nothing.
 * Return: 0 and *ret_right; as ts_password_hash() otherwise.
 */
int ts_password_check(struct ts_call *call, const char *hash, const char *password, bool *ret_right);

#endif
