/* Networks are compared as src/base/address.h has them: IPv4 in its IPv6 form, so that one table serves both. */
#include "net/reach.h"

#include <string.h>

#include "tessera/cleanup.h"
#include "tessera/err.h"

struct reach {
    const char *purpose;
    struct network network;
    struct reach *next;
};

#define V4(a, b, c, bits)                                                                                              \
    {                                                                                                                  \
        { { [10] = 0xff, [11] = 0xff, (a), (b), (c) } }, 96 + (bits)                                                   \
    }

/* IANA's special-purpose registries (RFC 6890 and what was added since), as far as nobody is served from there. */
static const struct network special_v4[] = {
    V4(0, 0, 0, 8),     V4(10, 0, 0, 8),      V4(100, 64, 0, 10),  V4(127, 0, 0, 8),    V4(169, 254, 0, 16),
    V4(172, 16, 0, 12), V4(192, 0, 0, 24),    V4(192, 0, 2, 24),   V4(192, 88, 99, 24), V4(192, 168, 0, 16),
    V4(198, 18, 0, 15), V4(198, 51, 100, 24), V4(203, 0, 113, 24), V4(224, 0, 0, 4),    V4(240, 0, 0, 4),
};

/* IPv6 as it is given out to networks, and what in it is something else: tunnels to IPv4, protocols, documentation. */
static const struct network global_v6 = { { { 0x20 } }, 3 };
static const struct network special_v6[] = {
    { { { 0x20, 0x01, 0x00, 0x00 } }, 23 },
    { { { 0x20, 0x01, 0x0d, 0xb8 } }, 32 },
    { { { 0x20, 0x02 } }, 16 },
    { { { 0x3f, 0xff, 0x00 } }, 20 },
};

static bool any_has(const struct network *networks, size_t count, const struct address *address)
{
    for (size_t i = 0; i < count; i++)
        if (network_has(&networks[i], address))
            return true;
    return false;
}

bool reach_is_public(const struct address *address)
{
    if (address_is_v4(address))
        return !any_has(special_v4, TS_ARRAY_SIZE(special_v4), address);
    return network_has(&global_v6, address) && !any_has(special_v6, TS_ARRAY_SIZE(special_v6), address);
}

bool reach_is_named(const struct reach *reach, const char *purpose, const struct address *address)
{
    for (; reach; reach = reach->next)
        if (strcmp(reach->purpose, purpose) == 0 && network_has(&reach->network, address))
            return true;
    return false;
}

static bool entry_read(struct ts_arena *arena, const char *text, size_t size, struct reach *ret_entry)
{
    size_t word = strspn(text, "abcdefghijklmnopqrstuvwxyz-");

    if (word == 0 || word >= size || text[word] != '=')
        return false;
    ret_entry->purpose = ts_strndup(arena, text, word);
    return network_parse(text + word + 1, size - word - 1, &ret_entry->network);
}

int reach_read(struct ts_arena *arena, const char *text, struct reach **ret_reach, struct buf *ret_problem)
{
    struct reach *first = NULL;

    for (const char *at = text; at && *at;) {
        size_t size = strcspn(at, ",");
        struct reach *entry = TS_NEW(arena, struct reach);

        if (!entry_read(arena, at, size, entry)) {
            buf_printf(ret_problem, "--outbound-allow: \"%.*s\" is not PURPOSE=ADDRESS or PURPOSE=ADDRESS/BITS\n",
                       (int)size, at);
            return TS_EINVALID;
        }
        entry->next = first;
        first = entry;
        at += size + (at[size] == ',');
    }
    *ret_reach = first;
    return 0;
}
