/* The instance's signing keys, made at first start in the data directory (0600), never seen by a module. */
#ifndef TESSERA_SIGN_H
#define TESSERA_SIGN_H

#include <stddef.h>
#include <stdint.h>

#include "tessera/call.h"

enum { TS_SIGNATURE_SIZE = 64, TS_PUBLIC_KEY_SIZE = 32, TS_MAC_SIZE = 32 };

/* The ticket key's public half, for who verifies without us. */
void ts_public_key(struct ts_call *call, uint8_t ret_public[TS_PUBLIC_KEY_SIZE]);

/* Ed25519 (RFC 8032) over `size` bytes with the ticket key. */
void ts_sign(struct ts_call *call, const void *bytes, size_t size, uint8_t ret_signature[TS_SIGNATURE_SIZE]);

/* True if the signature is the ticket key's over these bytes. */
bool ts_verify(struct ts_call *call, const void *bytes, size_t size, const uint8_t signature[TS_SIGNATURE_SIZE]);

/*
 * HMAC-SHA-256 over `purpose`, a NUL and the bytes, under a secret of this installation that nobody else has: for
 * tokens that are made anew from what they name, and for keys. Nothing of it is kept.
 */
void ts_mac(struct ts_call *call, const char *purpose, const void *bytes, size_t size, uint8_t ret_mac[TS_MAC_SIZE]);

/*
 * Encrypt a text for this installation alone, where it must be had again and cannot be derived (another server's
 * secret): XChaCha20-Poly1305 by a key of `purpose`, bound to `name`, the id of what keeps it: put elsewhere, it opens
 * nothing. The nonce is a MAC of all of it, so that nothing random is drawn. base64url, in call->arena.
 */
char *ts_seal(struct ts_call *call, const char *purpose, const char *name, const char *text);

/* The text, in call->arena; NULL when `sealed` (may be NULL) was not sealed here, for this purpose and name. */
char *ts_unseal(struct ts_call *call, const char *purpose, const char *name, const char *sealed);

/* base64url without padding (RFC 4648 §5), into call->arena. */
char *ts_base64url_encode(struct ts_call *call, const void *bytes, size_t size);

/* The bytes, in call->arena, and *ret_size; NULL if the text is malformed or not the canonical spelling. */
uint8_t *ts_base64url_decode(struct ts_call *call, const char *text, size_t *ret_size);

/* SHA-256 of the bytes. */
void ts_sha256(const void *bytes, size_t size, uint8_t ret_digest[32]);

/* The bytes in lower-case hexadecimal digits; in the arena. */
char *ts_hex(struct ts_arena *arena, const void *bytes, size_t size);

/* SHA-256 of a text, in hexadecimal; in call->arena. */
char *ts_text_hash(struct ts_call *call, const char *text);

/* What stands for an e-mail address in indexes: 128 bits, the same however its letters are written; in call->arena. */
char *ts_email_hash(struct ts_call *call, const char *email);

#endif
