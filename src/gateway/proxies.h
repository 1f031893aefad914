/*
 * Who asks, where proxies stand between him and us. Each proxy appends to X-Forwarded-For from whom it got the request;
 * what stands there is believed only as far as those who wrote it are on our list. So the client is the rightmost
 * address that is not on it, and whatever he wrote there himself stands further left.
 */
#ifndef GATEWAY_PROXIES_H
#define GATEWAY_PROXIES_H

#include "base/address.h"
#include "base/buf.h"

enum { PROXIES_MAX = 64 };

struct proxies {
    struct network networks[PROXIES_MAX];
    size_t count;
};

/* "10.0.0.0/8,2001:db8::7"; NULL: none. Return: 0; TS_EINVALID and one line in *ret_problem. */
int proxies_read(const char *list, struct proxies *ret_proxies, struct buf *ret_problem);
bool proxies_have(const struct proxies *proxies, const struct address *address);

/*
 * The address of whoever asks, of a request that came from `peer`. `forwarded_for`: all X-Forwarded-For lines, joined
 * by commas, NULL without any. An entry may have a port; from one that is no address on, nothing further left is
 * believed.
 */
struct address proxies_client(const struct proxies *proxies, const struct address *peer, const char *forwarded_for);

#endif
