/* A digest of the body before compression, so it is weak: the same for gzip and identity. */
#include "gateway/etag.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "tessera/sign.h"

enum { ETAG_BYTES = 12 }; /* of the digest: nobody gains from a collision with his own answer */

const char *etag_new(struct ts_arena *arena, const char *body, size_t size)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char hex[2 * ETAG_BYTES + 1];

    ts_sha256(body, size, digest);
    for (size_t i = 0; i < ETAG_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return ts_printf(arena, "W/\"%s\"", hex);
}

bool etag_matches(const char *if_none_match, const char *etag)
{
    const char *opaque = strchr(etag, '"');
    size_t size = strlen(opaque);

    for (const char *at = if_none_match; at && *at;) {
        at += strspn(at, " \t,");
        if (*at == '*')
            return true;
        if (strncmp(at, "W/", 2) == 0)
            at += 2;
        if (*at != '"')
            return false;
        if (strncmp(at, opaque, size) == 0)
            return true;
        at = strchr(at + 1, '"');
        if (at)
            at++;
    }
    return false;
}
