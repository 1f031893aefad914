/*
 * Access tokens, verified: a JWS in compact form, signed by ES256 with one of the keys that are believed. The header
 * decides nothing: algorithm and type are the ones that we issue, the key is one of ours by its id, and a member that
 * we do not write (jku, x5u, jwk, crit, …) makes it a forgery. Nothing is fetched that a token names.
 */
#ifndef GATEWAY_JWT_H
#define GATEWAY_JWT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tessera/arena.h"

struct evp_pkey_st;

enum {
    JWT_SIZE_MAX = 2048,     /* ours have some 560 bytes */
    JWT_KEYS_MAX = 8,        /* three at a time, of one installation */
    JWT_KID_SIZE = 44,       /* 43 characters of base64url */
    JWT_POINT_SIZE = 65,     /* 4, x, y */
    JWT_LEEWAY_S = 30,       /* a process whose clock is behind may meet a token "not before" soon */
    JWT_LIFETIME_S_MAX = 600 /* none of ours is good for longer */
};

struct jwt_keys {
    struct {
        char kid[JWT_KID_SIZE];
        struct evp_pkey_st *key;
    } rows[JWT_KEYS_MAX];
    unsigned count;
};

/* Add a public key of P-256. Return: false, and nothing is added, when it is no point, or there are too many. */
bool jwt_keys_add(struct jwt_keys *keys, const char *kid, const uint8_t *point, size_t size);
void jwt_keys_done(struct jwt_keys *keys);

struct jwt_claims {
    const char *subject, *session_id; /* "usr_…", "ses_…"; in the arena */
    int64_t expires_at_s;
};

/* JWT_UNKNOWN_KEY: all of its header is as ours, but for a key that is not among these. */
enum jwt_verdict { JWT_GOOD, JWT_BAD, JWT_UNKNOWN_KEY, JWT_EXPIRED };

/* `now_s`: Unix seconds of the domain's clock. *ret_claims is set only when GOOD. */
enum jwt_verdict jwt_verify(struct ts_arena *arena, const struct jwt_keys *keys, const char *token, int64_t now_s,
                            struct jwt_claims *ret_claims);

#endif
