/* --bus: how modules talk, and where other processes are to be met. */
#ifndef CLI_NET_H
#define CLI_NET_H

#include "base/buf.h"
#include "bus/bus.h"
#include "cli/options.h"

/* What struct bus_net points to. */
struct net {
    struct bus_net bus;
    char url[300], host[256], name[128];
};

/* Is there anybody beside this process? */
bool net_is_wanted(const struct options *options);

/*
 * Read --bus nats://HOST:PORT or tls://HOST:PORT and the files it needs. Nothing that leaves this machine goes in the
 * clear unless that was asked for by name.
 * Return: 0 and *ret_net, which must stay in place; TS_EINVALID and a line in *ret_problem.
 */
int net_read(const struct options *options, struct net *ret_net, struct buf *ret_problem);

#endif
