/*
 * Requests that a client starts only to take back (HTTP/2 "rapid reset", also when it provokes us into resetting them)
 * cost us work and it nothing. Counted per connection; past the limit the connection is ended.
 */
#ifndef GATEWAY_RESET_GUARD_H
#define GATEWAY_RESET_GUARD_H

#include <stdbool.h>
#include <stdint.h>

enum {
    RESET_GUARD_MAX = 100, /* a page that is left takes back a few dozen at most */
    RESET_GUARD_WINDOW_MS = 10000,
};

struct reset_guard {
    int64_t since_ms;
    unsigned count;
};

/* One more request died unanswered. Return: true when the connection has done it too often. */
bool reset_guard_hit(struct reset_guard *guard, int64_t now_ms);

#endif
