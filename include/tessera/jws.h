/*
 * Signed tokens of others: a JWS in compact form (RFC 7515), and the public keys (RFC 7517) that may have signed it.
 * Nothing that a token says of itself decides what is done with it: the caller says which algorithms he takes, the key
 * is one that he has, and the payload is not read before the signature is good.
 */
#ifndef TESSERA_JWS_H
#define TESSERA_JWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tessera/arena.h"

struct evp_pkey_st;
struct json;

enum { TS_JWS_SIZE_MAX = 16 << 10, /* with a person's claims and groups: more is a load */ };

/* Bits, so that they make a set. */
enum ts_jws_algorithm { TS_JWS_RS256 = 1 << 0, TS_JWS_ES256 = 1 << 1, TS_JWS_EDDSA = 1 << 2 };

/* The algorithm of that name (RFC 7518, 3.1; RFC 8037); 0: none that we know. `name` may be NULL. */
unsigned ts_jws_algorithm(const char *name);

/* A token in its parts, none of them believed yet; in the arena it was read into. */
struct ts_jws {
    unsigned algorithm; /* what it says; 0: none that we know */
    const char *kid;    /* NULL: it names no key */
    const struct json *header;
    /* private to src/host/jws.c */
    const char *text, *payload, *signature;
    size_t payload_size, signature_size;
};

/*
 * Take a token apart; `text` is borrowed, may be NULL or anything.
 * Return: false when it is no JWS in compact form, its header is no JSON object with an `alg`, or it has a `crit` or a
 * `b64`, which we do not understand.
 */
bool ts_jws_read(struct ts_arena *arena, const char *text, size_t size_max, struct ts_jws *ret_jws);

/* A public key, and what it verifies. */
struct ts_jws_key {
    const char *kid; /* NULL: it has none */
    unsigned algorithm;
    struct evp_pkey_st *key; /* ended with ts_jws_key_done() */
};

/*
 * Read a public key for signatures: RSA of 2048 to 8192 bits, P-256, Ed25519. Its kid is in the arena.
 * Return: false when it is no such key, or is meant for something else.
 */
bool ts_jws_key_read(struct ts_arena *arena, const struct json *jwk, struct ts_jws_key *ret_key);
void ts_jws_key_done(struct ts_jws_key *key);

/* Was it signed by that key, in the key's own algorithm? */
bool ts_jws_is_signed(struct ts_arena *arena, const struct ts_jws *jws, const struct ts_jws_key *key);

/* The payload, to be read once the signature is good; NULL when it is no JSON object. */
const struct json *ts_jws_payload(struct ts_arena *arena, const struct ts_jws *jws);

/* ES256 as JWS has it: r and s, 32 bytes each, over the SHA-256 of the bytes. */
bool ts_jws_es256_is_good(const uint8_t *signature, size_t signature_size, const void *bytes, size_t size,
                          struct evp_pkey_st *key);

/* The public key of P-256 that is this point, 4 and x and y; NULL when it is not on the curve. */
struct evp_pkey_st *ts_jws_p256(const uint8_t *point, size_t size);

#endif
