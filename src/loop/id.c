/*
 * New ids and secrets, from the runtime's clock and randomness. A UUIDv7's 26 bits after the time are a counter that
 * starts anywhere in the lower half at each new millisecond and then counts, so that ids of one process increase; the
 * last ten bits are free for the members of a group, and 38 random ones remain between.
 */
#include <assert.h>
#include <string.h>

#include "base/id.h"
#include "loop/runtime.h"
#include "tessera/call.h"
#include "tessera/id.h"

enum { COUNTER_BITS = 26, HEAD_MASK = 0xfc }; /* of the last byte but one; the last is a head's wholly */

/* Move the runtime's (time, counter) on. */
static void id_step(struct ts_runtime *runtime, uint32_t random)
{
    uint64_t now_ms = (uint64_t)runtime_now_ms(runtime);

    if (now_ms > runtime->id_last_ms) {
        runtime->id_last_ms = now_ms;
        runtime->id_counter = random & ((UINT32_C(1) << (COUNTER_BITS - 1)) - 1);
        return;
    }
    if (++runtime->id_counter >> COUNTER_BITS == 0)
        return;
    runtime->id_counter = 0;
    runtime->id_last_ms++;
}

/* The 16 bytes of RFC 9562 §5.7: time 48, version 4, counter 12, variant 2, counter 14, random 48. */
static void id_make(struct ts_runtime *runtime, uint8_t ret_bytes[16])
{
    uint32_t random, counter;

    runtime->random(runtime, ret_bytes, 16);
    memcpy(&random, ret_bytes, sizeof(random));
    id_step(runtime, random);
    counter = runtime->id_counter;
    for (int i = 0; i < 6; i++)
        ret_bytes[i] = (uint8_t)(runtime->id_last_ms >> (40 - 8 * i));
    ret_bytes[6] = (uint8_t)(0x70 | counter >> 22);
    ret_bytes[7] = (uint8_t)(counter >> 14);
    ret_bytes[8] = (uint8_t)(0x80 | (counter >> 8 & 0x3f));
    ret_bytes[9] = (uint8_t)counter;
}

static const char *id_spell(struct ts_call *call, const char *prefix, const uint8_t bytes[16])
{
    char *id = ts_alloc(call->arena, TS_ID_SIZE);

    assert(strlen(prefix) == 3);
    memcpy(id, prefix, 3);
    id[3] = '_';
    base32_encode(bytes, id + 4);
    return id;
}

const char *ts_id_from_bytes(struct ts_call *call, const char *prefix, const uint8_t bytes[16])
{
    return id_spell(call, prefix, bytes);
}

const char *ts_id_new(struct ts_call *call, const char *prefix)
{
    uint8_t bytes[16];

    id_make(call->runtime, bytes);
    return id_spell(call, prefix, bytes);
}

const char *ts_id_new_head(struct ts_call *call, const char *prefix)
{
    uint8_t bytes[16];

    id_make(call->runtime, bytes);
    bytes[14] &= HEAD_MASK;
    bytes[15] = 0;
    return id_spell(call, prefix, bytes);
}

const char *ts_secret_new(struct ts_call *call)
{
    uint8_t bytes[16];
    char *text = ts_alloc(call->arena, BASE32_LENGTH + 1);

    call->runtime->random(call->runtime, bytes, sizeof(bytes));
    base32_encode(bytes, text);
    return text;
}

/* One draw of `size` characters at most; bytes past the last whole multiple of the alphabet are thrown away. */
static unsigned random_fill(struct ts_runtime *runtime, const char *alphabet, char *ret_text, unsigned size)
{
    uint8_t bytes[64];
    unsigned letters = (unsigned)strlen(alphabet), limit = 256 / letters * letters, count = 0;

    if (size > sizeof(bytes))
        size = sizeof(bytes);
    runtime->random(runtime, bytes, size);
    for (unsigned i = 0; i < size; i++)
        if (bytes[i] < limit)
            ret_text[count++] = alphabet[bytes[i] % letters];
    return count;
}

const char *ts_random_string(struct ts_call *call, const char *alphabet, unsigned count)
{
    char *text = ts_alloc(call->arena, count + 1);

    assert(strlen(alphabet) >= 2 && strlen(alphabet) <= 256);
    for (unsigned have = 0; have < count;)
        have += random_fill(call->runtime, alphabet, text + have, count - have);
    return text;
}
