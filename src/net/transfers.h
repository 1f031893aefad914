/*
 * libcurl's transfers on our loop: many at once, no thread but those in which libcurl looks names up. This folder is
 * the only one that knows it.
 */
#ifndef NET_TRANSFERS_H
#define NET_TRANSFERS_H

#include <curl/curl.h>
#include <stdbool.h>

#include "loop/loop.h"

struct fiber;
struct transfers;
struct ts_call;

/* One under way, on the stack of the fiber that waits for it. */
struct transfer {
    CURL *easy;
    struct fiber *fiber; /* woken when it has ended */
    bool ended;
    CURLcode result; /* then */
};

struct transfers *transfers_new(struct loop *loop);

/* None may be under way. NULL is fine. */
void transfers_free(struct transfers *transfers);

/* Begin `easy`, whose options are set, and end it, whether it has ended by itself or not. Between, this fiber waits. */
void transfer_begin(struct transfers *transfers, struct transfer *transfer, CURL *easy);
/* Return: 0: it has ended by itself, with transfer->result; TRANSFER_LATE: `timeout_ms` passed before; a ts_error. */
enum { TRANSFER_LATE = 1 };
int transfer_await(const struct transfer *transfer, struct ts_call *call, int64_t timeout_ms);

void transfer_end(struct transfers *transfers, struct transfer *transfer);

#endif
