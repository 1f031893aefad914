/* The ruler for calls over NATS: a bare echo, nats.c on a libuv loop and nothing else, in both processes. */
#ifndef BENCH_NATS_BARE_H
#define BENCH_NATS_BARE_H

#include <stdint.h>

/* Answer each request on "bare.echo" with its own bytes, until killed. Does not return. */
void nats_bare_serve(const char *url);

/* A connection that asks. */
struct nats_bare;
struct nats_bare *nats_bare_new(const char *url);
/* `count` requests, `side_by_side` of them under way at any time; how long each took goes to took_ns[count]. */
void nats_bare_ask(struct nats_bare *bare, int count, int side_by_side, uint64_t *took_ns);

#endif
