/*
 * Passkeys (W3C Web Authentication, level 2 and 3): what a browser says of one is read strictly and verified here.
 * Nothing is asked about who made the authenticator (attestation "none"). Pure: challenges and documents are others'.
 */
#ifndef IDENTITY_PASSKEY_H
#define IDENTITY_PASSKEY_H

#include "identity/v1/identity.pb-c.h"
#include "tessera/call.h"

/* Where passkeys are of: the host that they belong to, and the origin (ts_origin()) whose pages may ask for them. */
struct relying_party {
    const char *id;
    const char *origin; /* NULL: http://localhost, on any port */
};
struct relying_party relying_party_of(struct ts_call *call, const char *origin);

/* Bytes as a client gave them, base64url decoded: NULL when that failed. */
struct octets {
    const uint8_t *bytes;
    size_t size;
};
struct octets octets_read(struct ts_call *call, const char *text);

enum ceremony { CEREMONY_CREATE, CEREMONY_GET };

/*
 * The challenge that the browser signed for, in call->arena: of clientDataJSON for this ceremony, by a page of ours
 * that is in nobody's frame. Return: NULL when it is anything else.
 */
const char *client_data_challenge(struct ts_call *call, struct octets client_data, enum ceremony ceremony,
                                  const struct relying_party *party);

/*
 * A new passkey's credential id, algorithm, key and counter, into *passkey: of authenticator data that says that a
 * person was there and verified. Return: false when it does not, or is of no algorithm of ours (ES256, Ed25519).
 */
bool passkey_read(struct ts_call *call, struct octets authenticator_data, const struct relying_party *party,
                  Identity__Passkey *passkey);

/*
 * Did this passkey sign, a person being there and verified? *ret_sign_count is its counter then. Return: false when it
 * did not, or when its counter went back: then there are two of it.
 */
struct assertion {
    struct octets client_data, data, signature; /* `data` is the authenticator's */
};
bool passkey_verify(struct ts_call *call, const Identity__Passkey *passkey, const struct assertion *said,
                    const struct relying_party *party, uint32_t *ret_sign_count);

/* What browsers are asked, as JSON: PublicKeyCredentialCreationOptionsJSON and PublicKeyCredentialRequestOptionsJSON.
 */
char *passkey_creation_options(struct ts_call *call, const struct relying_party *party, const char *challenge,
                               const Identity__Account *account, const Identity__Passkey *const *passkeys,
                               size_t count);
char *passkey_request_options(struct ts_call *call, const struct relying_party *party, const char *challenge);

#endif
