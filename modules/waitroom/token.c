/* Tokens and passes; see token.h. */
#include "token.h"

#include <stdio.h>
#include <string.h>

#include "tessera/id.h"
#include "tessera/sign.h"

enum {
    SUFFIX_LENGTH = TS_ID_LENGTH - 4,
    MAC_SIZE = 16,
    ACCOUNT_SIZE = ACCOUNT_HASH_LENGTH / 2,
    PAYLOAD_SIZE = 16 + 16 + 4 + 2 + ACCOUNT_SIZE,
    TEXT_SIZE_MAX = 200,
};

static const char prefix[] = "W1.";

/* ---- hashes */

/* The key comes first, and no two kinds have values in common, so that no hash can be continued into another. */
char *token_hash(struct ts_call *call, const char *key, const char *kind, const char *value, unsigned size)
{
    char *word = ts_text_hash(call, ts_printf(call->arena, "%s/%s/%s", key, kind, value));

    word[size] = '\0';
    return word;
}

char *person_hash(struct ts_call *call, const Waitroom__Room *room, const char *kind, const char *value)
{
    const char *text = ts_printf(call->arena, "%s/%s/%s", room->secret_key, kind, value);
    uint8_t mac[TS_MAC_SIZE];

    if (!room->keyed)
        return token_hash(call, room->secret_key, kind, value, PERSON_HASH_LENGTH);
    ts_mac(call, "waitroom/person", text, strlen(text), mac);
    return ts_hex(call->arena, mac, PERSON_HASH_LENGTH / 2);
}

char *account_hash(struct ts_call *call, const Waitroom__Room *room)
{
    if (call->principal->kind == TS_PRINCIPAL_ANONYMOUS)
        return NULL;
    return token_hash(call, room->secret_key, "account", call->principal->id, ACCOUNT_HASH_LENGTH);
}

/* ---- tokens */

char *token_make(struct ts_call *call, const Waitroom__Room *room, const char *entry_id)
{
    const char *text = ts_printf(call->arena, "%s/token/%s", room->secret_key, entry_id);
    uint8_t digest[32];

    ts_sha256(text, strlen(text), digest);
    return ts_printf(call->arena, "%s.%s.%s", room->event_id + 4, entry_id + 4,
                     ts_base64url_encode(call, digest, MAC_SIZE));
}

bool token_parse(struct ts_call *call, const char *text, struct token *ret_token)
{
    if (!text || strnlen(text, TEXT_SIZE_MAX) >= TEXT_SIZE_MAX || strlen(text) <= 2 * SUFFIX_LENGTH + 2 ||
        text[SUFFIX_LENGTH] != '.' || text[2 * SUFFIX_LENGTH + 1] != '.')
        return false;
    ret_token->text = text;
    ret_token->event_id = ts_printf(call->arena, "evt_%.*s", SUFFIX_LENGTH, text);
    ret_token->entry_id = ts_printf(call->arena, "wai_%.*s", SUFFIX_LENGTH, text + SUFFIX_LENGTH + 1);
    return ts_id_is(ret_token->event_id, "evt") && ts_id_is(ret_token->entry_id, "wai");
}

bool token_is_of(struct ts_call *call, const struct token *token, const Waitroom__Room *room)
{
    return room && room->secret_key && ts_secret_equal(token_make(call, room, token->entry_id), token->text);
}

/* ---- passes */

static void put_number(uint8_t *bytes, unsigned size, uint64_t number)
{
    for (unsigned i = size; i-- > 0; number >>= 8)
        bytes[i] = (uint8_t)number;
}

static uint64_t get_number(const uint8_t *bytes, unsigned size)
{
    uint64_t number = 0;

    for (unsigned i = 0; i < size; i++)
        number = number << 8 | bytes[i];
    return number;
}

static void payload_pack(const struct pass *pass, uint8_t payload[PAYLOAD_SIZE])
{
    memset(payload, 0, PAYLOAD_SIZE);
    ts_id_bytes(pass->event_id, payload);
    ts_id_bytes(pass->entry_id, payload + 16);
    put_number(payload + 32, 4, (uint64_t)(pass->expires_at_ms / 1000));
    put_number(payload + 36, 2, (uint64_t)pass->places);
    for (unsigned i = 0; pass->account_hash[0] && i < ACCOUNT_SIZE; i++) {
        unsigned byte = 0;

        (void)sscanf(pass->account_hash + (size_t)2 * i, "%2x", &byte); /* it is our own hexadecimal */
        payload[38 + i] = (uint8_t)byte;
    }
}

static void payload_unpack(struct ts_call *call, const uint8_t payload[PAYLOAD_SIZE], struct pass *ret_pass)
{
    static const uint8_t nobody[ACCOUNT_SIZE];

    *ret_pass = (struct pass){ ts_id_from_bytes(call, "evt", payload), ts_id_from_bytes(call, "wai", payload + 16),
                               (int64_t)get_number(payload + 32, 4) * 1000, (int32_t)get_number(payload + 36, 2), "" };
    if (memcmp(payload + 38, nobody, ACCOUNT_SIZE) != 0)
        memcpy(ret_pass->account_hash, ts_hex(call->arena, payload + 38, ACCOUNT_SIZE), ACCOUNT_HASH_LENGTH + 1);
}

/* What is signed begins with the prefix: a ticket's code, under the same key, is never a pass. */
static const char *signed_text(struct ts_call *call, const char *payload)
{
    return ts_printf(call->arena, "%s%s", prefix, payload);
}

char *pass_sign(struct ts_call *call, const struct pass *pass)
{
    uint8_t payload[PAYLOAD_SIZE], signature[TS_SIGNATURE_SIZE];
    const char *text;

    payload_pack(pass, payload);
    text = signed_text(call, ts_base64url_encode(call, payload, sizeof(payload)));
    ts_sign(call, text, strlen(text), signature);
    return ts_printf(call->arena, "%s.%s", text, ts_base64url_encode(call, signature, sizeof(signature)));
}

bool pass_verify(struct ts_call *call, const char *text, struct pass *ret_pass)
{
    size_t payload_size = 0, signature_size = 0;
    const uint8_t *payload, *signature;
    const char *dot, *body;

    if (!text || strnlen(text, TEXT_SIZE_MAX) >= TEXT_SIZE_MAX || strncmp(text, prefix, strlen(prefix)) != 0)
        return false;
    body = text + strlen(prefix);
    dot = strchr(body, '.');
    if (!dot)
        return false;
    payload = ts_base64url_decode(call, ts_strndup(call->arena, body, (size_t)(dot - body)), &payload_size);
    signature = ts_base64url_decode(call, dot + 1, &signature_size);
    if (!payload || !signature || payload_size != PAYLOAD_SIZE || signature_size != TS_SIGNATURE_SIZE ||
        !ts_verify(call, text, (size_t)(dot - text), signature))
        return false;
    payload_unpack(call, payload, ret_pass);
    return true;
}
