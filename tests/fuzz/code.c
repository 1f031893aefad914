/* A ticket's code as a scanner sends it: what is read of it has one spelling, and that is the one that was sent. */
#include "fuzz.h"

#include "base/arena.h"
#include "base/base64url.h"
#include "rules.h"

static void check_payload(struct ts_arena *arena, const struct code_text *text)
{
    size_t size = 0;
    const uint8_t *bytes = base64url_decode(arena, text->payload, text->payload_size, &size);
    uint8_t packed[CODE_BYTES];
    struct code code;
    const char *again;

    if (!bytes || !code_unpack(bytes, size, &code))
        return;
    code_pack(&code, packed);
    again = base64url_encode(arena, packed, sizeof(packed));
    CLAIM(strlen(again) == text->payload_size && memcmp(again, text->payload, text->payload_size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *code = fuzz_string(data, size), *again;
    struct code_text text;
    struct ts_arena arena;

    arena_init(&arena);
    if (code_split(code, &text)) {
        again = ts_printf(&arena, "T1.%.*s.%s", (int)text.payload_size, text.payload, text.signature);
        CLAIM(strcmp(again, code) == 0 && strlen(code) <= CODE_LENGTH_MAX);
        CLAIM(!memchr(text.payload, '.', text.payload_size) && !strchr(text.signature, '.'));
        check_payload(&arena, &text);
    }
    (void)secret_is_shaped(code); /* any text is one or is not */
    arena_done(&arena);
    free(code);
    return 0;
}
