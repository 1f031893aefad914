/*
 * What a browser says of a passkey, be it authenticator data or the browser's own JSON. What is taken says that a
 * person was there and verified, and what is kept of it lies within it; nothing that makes one signs in.
 */
#include "fuzz.h"

#include "base/arena.h"
#include "passkey.h"

enum { FLAGS_AT = 32, ID_AT = 55 };

static void check_registration(struct ts_call *call, struct octets data, const struct relying_party *party)
{
    Identity__Passkey passkey = IDENTITY__PASSKEY__INIT;
    struct assertion said = { data, data, data };
    uint32_t count;

    if (!passkey_read(call, data, party, &passkey))
        return;
    CLAIM((data.bytes[FLAGS_AT] & 0x45) == 0x45);
    CLAIM(passkey.credential_id.len > 0 && ID_AT + passkey.credential_id.len < data.size);
    CLAIM(memcmp(passkey.credential_id.data, data.bytes + ID_AT, passkey.credential_id.len) == 0);
    CLAIM(passkey.public_key.len == (passkey.algorithm == -7 ? 64 : 32));
    CLAIM(!passkey_verify(call, &passkey, &said, party, &count));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct relying_party party = { .id = "localhost" };
    struct ts_arena arena;
    struct ts_call call = { .arena = &arena };
    struct octets all = { data, size };
    const char *challenge;

    arena_init(&arena);
    check_registration(&call, all, &party);
    for (int ceremony = CEREMONY_CREATE; ceremony <= CEREMONY_GET; ceremony++) {
        challenge = client_data_challenge(&call, all, (enum ceremony)ceremony, &party);
        CLAIM(!challenge || strlen(challenge) < size);
    }
    arena_done(&arena);
    return 0;
}
