/* The client's own fields, for the files of this folder. */
#ifndef NET_INSIDE_H
#define NET_INSIDE_H

#include "base/arena.h"
#include "loop/outbound.h"
#include "net/letter.h"
#include "net/transfers.h"
#include "tessera/wait.h"

struct purpose;
struct reach;

enum { SMTP_LINES = 2 }; /* each takes a thread for as long as a mail does */

/* One connection, or none yet. */
struct smtp_line {
    CURL *easy;
    bool busy;
};

struct client {
    struct outbound outbound;
    struct ts_arena arena; /* what lives as long as it does */
    struct transfers *transfers;
    struct reach *reach;
    const char *ca;
    struct purpose *purposes;
    /* the mail server; url NULL: there is none */
    struct {
        const char *url; /* with the name that we say we have */
        const char *host;
        char *user, *password; /* NULL: none */
        bool is_here;          /* on this machine */
        struct letter_sender sender;
        struct smtp_line lines[SMTP_LINES];
        struct ts_waiters waiters; /* for a line */
    } smtp;
};

/*
 * What every transfer is bound to, whatever its protocol: no signal, no proxy, no waiting for a look-up, TLS 1.2 at
 * least, the authorities in `ca` (NULL: none) beside the system's. Words of what goes wrong come into `error`
 * (CURL_ERROR_SIZE bytes).
 */
void net_bind(CURL *easy, const char *ca, int64_t timeout_ms, char *error);

/* Whether "HOST", and what follows (a port, a path), says by itself that it is this machine. */
bool net_is_this_machine(const char *host);

/* Set the outbound's `mail`; and end that, when it is open. */
void client_mail_open(struct client *client);
void client_mail_close(struct client *client);

#endif
