/* The instance's signing keys: a PKCS#8 file of mode 0600, made at first start; or only in memory, for tests. */
#ifndef HOST_KEYS_H
#define HOST_KEYS_H

#include <stdint.h>

#include "base/buf.h"
#include "loop/runtime.h"

enum { KEYS_PUBLIC_SIZE = 32 };

/*
 * Read the key file at `path`, or make it. NULL: a key that ends with the process. Sets runtime->keys.
 * Return: 0; TS_EUNAVAILABLE when the file cannot be read or made; TS_EDATALOSS when it holds no Ed25519 key; then
 * a line in *ret_problem.
 */
int keys_open(struct ts_runtime *runtime, const char *path, struct buf *ret_problem);
void keys_close(struct ts_runtime *runtime);

/* The ticket key's public half, for who verifies without us. */
void keys_public(const struct keys *keys, uint8_t ret_public[KEYS_PUBLIC_SIZE]);

#endif
