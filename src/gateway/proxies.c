#include "gateway/proxies.h"

#include <string.h>

#include "tessera/err.h"

int proxies_read(const char *list, struct proxies *ret_proxies, struct buf *ret_problem)
{
    ret_proxies->count = 0;
    for (const char *at = list; at; at = *at ? at + 1 : NULL) {
        size_t size = strcspn(at, ",");

        if (ret_proxies->count == PROXIES_MAX) {
            buf_printf(ret_problem, "--trusted-proxies: at most %d networks\n", PROXIES_MAX);
            return TS_EINVALID;
        }
        if (!network_parse(at, size, &ret_proxies->networks[ret_proxies->count])) {
            buf_printf(ret_problem, "--trusted-proxies: \"%.*s\" is no address and no network like 10.0.0.0/8\n",
                       (int)size, at);
            return TS_EINVALID;
        }
        ret_proxies->count++;
        at += size;
    }
    return 0;
}

bool proxies_have(const struct proxies *proxies, const struct address *address)
{
    for (size_t i = 0; i < proxies->count; i++)
        if (network_has(&proxies->networks[i], address))
            return true;
    return false;
}

/* An address, "192.0.2.1:4711", or an IPv6 one in brackets, with a port or not. */
static bool read_entry(const char *text, size_t size, struct address *ret_address)
{
    const char *colon = memchr(text, ':', size), *bracket;

    if (size && *text == '[') {
        bracket = memchr(text, ']', size);
        return bracket && address_parse(text + 1, (size_t)(bracket - text) - 1, ret_address);
    }
    if (colon && !memchr(colon + 1, ':', size - (size_t)(colon - text) - 1))
        size = (size_t)(colon - text);
    return address_parse(text, size, ret_address);
}

/* The last entry of list[0, *size), without blanks; *size becomes what is left of it. */
static bool take_last(const char *list, size_t *size, struct address *ret_address)
{
    const char *comma = memrchr(list, ',', *size);
    const char *from = comma ? comma + 1 : list, *end = list + *size;

    while (from < end && (*from == ' ' || *from == '\t'))
        from++;
    while (end > from && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *size = comma ? (size_t)(comma - list) : 0;
    return read_entry(from, (size_t)(end - from), ret_address);
}

struct address proxies_client(const struct proxies *proxies, const struct address *peer, const char *forwarded_for)
{
    struct address client = *peer;
    size_t size = forwarded_for ? strlen(forwarded_for) : 0;

    while (size && proxies_have(proxies, &client) && take_last(forwarded_for, &size, &client))
        ;
    return client;
}
