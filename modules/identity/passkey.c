/*
 * See passkey.h. Authenticator data (WebAuthn 6.1) has fixed places for all that is looked at, and a credential's key
 * one spelling (6.5.1 with CTAP2's canonical CBOR), so nothing here reads CBOR: what is spelled otherwise is refused.
 */
#include "passkey.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"
#include "tessera/jws.h"
#include "tessera/sign.h"

enum {
    HASH_SIZE = 32,
    FLAGS_AT = HASH_SIZE,
    COUNT_AT = 33,
    HEAD_SIZE = 37, /* all there is of an assertion without extensions */
    ID_SIZE_AT = HEAD_SIZE + 16,
    ID_AT = ID_SIZE_AT + 2,
    ID_SIZE_MAX = 1023,

    FLAG_PRESENT = 1,
    FLAG_VERIFIED = 4,
    FLAG_CREDENTIAL = 0x40,
    FLAG_EXTENSIONS = 0x80, /* something follows; we asked for nothing, and do not look at it */

    COORDINATE_SIZE = 32,
    CLIENT_DATA_SIZE_MAX = 4096,
};

/* COSE's numbers; most liked first. */
enum { ES256 = -7, ED25519 = -8 };
static const int algorithms[] = { ES256, ED25519 };

struct relying_party relying_party_of(struct ts_call *call, const char *origin)
{
    struct relying_party party = { .id = "localhost" };
    const char *host;

    if (!origin)
        return party;
    host = strstr(origin, "://");
    host = host ? host + 3 : origin;
    party.id = ts_strndup(call->arena, host, strcspn(host, ":/"));
    party.origin = ts_strndup(call->arena, origin, (size_t)(host - origin) + strcspn(host, "/"));
    return party;
}

struct octets octets_read(struct ts_call *call, const char *text)
{
    struct octets octets = { NULL };

    if (text)
        octets.bytes = ts_base64url_decode(call, text, &octets.size);
    return octets;
}

/* ---- what the browser says */

static bool origin_is_ours(const char *origin, const struct relying_party *party)
{
    static const char local[] = "http://localhost";

    if (!origin)
        return false;
    if (party->origin)
        return strcmp(origin, party->origin) == 0;
    if (strncmp(origin, local, sizeof(local) - 1) != 0)
        return false;
    origin += sizeof(local) - 1;
    return !*origin || (*origin == ':' && strspn(origin + 1, "0123456789") == strlen(origin + 1));
}

static const char *string_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

const char *client_data_challenge(struct ts_call *call, struct octets client_data, enum ceremony ceremony,
                                  const struct relying_party *party)
{
    const char *type = ceremony == CEREMONY_CREATE ? "webauthn.create" : "webauthn.get", *said, *challenge = NULL;
    struct octets read = { NULL };
    json_t *json;

    if (!client_data.bytes || client_data.size > CLIENT_DATA_SIZE_MAX)
        return NULL;
    json = json_loadb((const char *)client_data.bytes, client_data.size, JSON_REJECT_DUPLICATES, NULL);
    said = string_of(json, "type");
    if (said && strcmp(said, type) == 0 && origin_is_ours(string_of(json, "origin"), party) &&
        !json_is_true(json_object_get(json, "crossOrigin")) && !json_object_get(json, "topOrigin"))
        read = octets_read(call, string_of(json, "challenge"));
    if (read.bytes && !memchr(read.bytes, '\0', read.size))
        challenge = ts_strndup(call->arena, (const char *)read.bytes, read.size);
    json_decref(json);
    return challenge;
}

/* ---- what the authenticator says */

/*
 * Is it of this party, and was somebody there and verified? `wanted` of FLAG_CREDENTIAL is as asked.
 * Return: false, or true and its counter.
 */
static bool head_read(struct octets data, const struct relying_party *party, unsigned wanted, uint32_t *ret_count)
{
    uint8_t hash[HASH_SIZE];
    unsigned flags;

    if (!data.bytes || data.size < HEAD_SIZE)
        return false;
    ts_sha256(party->id, strlen(party->id), hash);
    flags = data.bytes[FLAGS_AT];
    if (memcmp(data.bytes, hash, HASH_SIZE) != 0 || !(flags & FLAG_PRESENT) || !(flags & FLAG_VERIFIED) ||
        (flags & FLAG_CREDENTIAL) != wanted)
        return false;
    *ret_count = (uint32_t)data.bytes[COUNT_AT] << 24 | (uint32_t)data.bytes[COUNT_AT + 1] << 16 |
                 (uint32_t)data.bytes[COUNT_AT + 2] << 8 | data.bytes[COUNT_AT + 3];
    return true;
}

/* Does all that there is end here? */
static bool ends_at(struct octets data, size_t end)
{
    return data.bytes[FLAGS_AT] & FLAG_EXTENSIONS ? data.size > end : data.size == end;
}

/* What stands before each coordinate of a key: a map of kty, alg, crv, x and (of ES256) y. */
static const uint8_t es256_x[] = { 0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, COORDINATE_SIZE };
static const uint8_t es256_y[] = { 0x22, 0x58, COORDINATE_SIZE };
static const uint8_t ed25519_x[] = { 0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, COORDINATE_SIZE };

/* `head` and a coordinate at *at, which goes past them. Return: false when something else stands there. */
static bool coordinate_read(struct octets data, size_t *at, const uint8_t *head, size_t head_size,
                            uint8_t coordinate[COORDINATE_SIZE])
{
    size_t size = head_size + COORDINATE_SIZE;

    if (data.size < *at || data.size - *at < size || memcmp(data.bytes + *at, head, head_size) != 0)
        return false;
    memcpy(coordinate, data.bytes + *at + head_size, COORDINATE_SIZE);
    *at += size;
    return true;
}

/* The key at *at, which goes past it. Return: false when it is none of ours. */
static bool key_read(struct ts_call *call, struct octets data, size_t *at, Identity__Passkey *passkey)
{
    uint8_t *key = ts_alloc(call->arena, 2 * (size_t)COORDINATE_SIZE);

    passkey->has_algorithm = passkey->has_public_key = true;
    passkey->public_key.data = key;
    if (coordinate_read(data, at, ed25519_x, sizeof(ed25519_x), key)) {
        passkey->algorithm = ED25519;
        passkey->public_key.len = COORDINATE_SIZE;
        return true;
    }
    passkey->algorithm = ES256;
    passkey->public_key.len = 2 * (size_t)COORDINATE_SIZE;
    return coordinate_read(data, at, es256_x, sizeof(es256_x), key) &&
           coordinate_read(data, at, es256_y, sizeof(es256_y), key + COORDINATE_SIZE);
}

static EVP_PKEY *es256_key(const ProtobufCBinaryData *coordinates)
{
    uint8_t point[1 + 2 * COORDINATE_SIZE] = { 4 };

    memcpy(point + 1, coordinates->data, sizeof(point) - 1);
    return ts_jws_p256(point, sizeof(point));
}

/* Return: NULL unless it is one, of ES256 a point of the curve. */
static EVP_PKEY *key_of(const Identity__Passkey *passkey)
{
    if (passkey->algorithm == ES256 && passkey->public_key.len == 2 * (size_t)COORDINATE_SIZE)
        return es256_key(&passkey->public_key);
    if (passkey->algorithm == ED25519 && passkey->public_key.len == COORDINATE_SIZE)
        return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, passkey->public_key.data, COORDINATE_SIZE);
    return NULL;
}

bool passkey_read(struct ts_call *call, struct octets data, const struct relying_party *party,
                  Identity__Passkey *passkey)
{
    uint32_t count;
    size_t size, at;
    EVP_PKEY *key;

    if (!head_read(data, party, FLAG_CREDENTIAL, &count) || data.size < ID_AT)
        return false;
    size = (size_t)data.bytes[ID_SIZE_AT] << 8 | data.bytes[ID_SIZE_AT + 1];
    at = ID_AT + size;
    if (size == 0 || size > ID_SIZE_MAX || !key_read(call, data, &at, passkey) || !ends_at(data, at))
        return false;
    key = key_of(passkey);
    EVP_PKEY_free(key);
    passkey->has_credential_id = passkey->has_sign_count = true;
    passkey->credential_id.len = size;
    passkey->credential_id.data = memcpy(ts_alloc(call->arena, size), data.bytes + ID_AT, size);
    passkey->sign_count = count;
    return key != NULL;
}

/* Return: whether the signature is this key's over the data and the hash of what the browser said. */
static bool signature_verify(struct ts_call *call, const Identity__Passkey *passkey, const struct assertion *said)
{
    size_t size = said->data.size + HASH_SIZE;
    uint8_t *message = ts_alloc(call->arena, size);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY *key = key_of(passkey);
    bool verified;

    memcpy(message, said->data.bytes, said->data.size);
    ts_sha256(said->client_data.bytes, said->client_data.size, message + said->data.size);
    verified = context && key &&
               EVP_DigestVerifyInit(context, NULL, passkey->algorithm == ES256 ? EVP_sha256() : NULL, NULL, key) == 1 &&
               EVP_DigestVerify(context, said->signature.bytes, said->signature.size, message, size) == 1;
    EVP_PKEY_free(key);
    EVP_MD_CTX_free(context);
    return verified;
}

bool passkey_verify(struct ts_call *call, const Identity__Passkey *passkey, const struct assertion *said,
                    const struct relying_party *party, uint32_t *ret_sign_count)
{
    uint32_t count;

    if (!said->client_data.bytes || !said->signature.bytes || !head_read(said->data, party, 0, &count) ||
        !ends_at(said->data, HEAD_SIZE) || !signature_verify(call, passkey, said))
        return false;
    if ((count || passkey->sign_count) && count <= passkey->sign_count)
        return false;
    *ret_sign_count = count;
    return true;
}

/* ---- what the browser is asked */

/* Give the JSON up for its text, in call->arena. */
static char *json_text(struct ts_call *call, json_t *json)
{
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL, *kept = text ? ts_strdup(call->arena, text) : NULL;

    free(text);
    json_decref(json);
    return kept;
}

static const char *base64url_of(struct ts_call *call, const char *text)
{
    return ts_base64url_encode(call, text, strlen(text));
}

char *passkey_creation_options(struct ts_call *call, const struct relying_party *party, const char *challenge,
                               const Identity__Account *account, const Identity__Passkey *const *passkeys, size_t count)
{
    json_t *parameters = json_array(), *excluded = json_array();

    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
        json_array_append_new(parameters, json_pack("{s:s, s:i}", "type", "public-key", "alg", algorithms[i]));
    for (size_t i = 0; i < count; i++)
        json_array_append_new(excluded, json_pack("{s:s, s:s}", "type", "public-key", "id",
                                                  ts_base64url_encode(call, passkeys[i]->credential_id.data,
                                                                      passkeys[i]->credential_id.len)));
    return json_text(call,
                     json_pack("{s:{s:s, s:s}, s:{s:s, s:s, s:s}, s:s, s:o, s:i, s:o, s:{s:s, s:b, s:s}, s:s}", "rp",
                               "id", party->id, "name", "Tessera", "user", "id", base64url_of(call, account->id),
                               "name", account->email, "displayName", account->name, "challenge",
                               base64url_of(call, challenge), "pubKeyCredParams", parameters, "timeout", CHALLENGE_MS,
                               "excludeCredentials", excluded, "authenticatorSelection", "residentKey", "required",
                               "requireResidentKey", 1, "userVerification", "required", "attestation", "none"));
}

char *passkey_request_options(struct ts_call *call, const struct relying_party *party, const char *challenge)
{
    return json_text(call, json_pack("{s:s, s:i, s:s, s:s}", "challenge", base64url_of(call, challenge), "timeout",
                                     CHALLENGE_MS, "rpId", party->id, "userVerification", "required"));
}
