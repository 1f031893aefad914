/* Other servers by libcurl: what a running instance has for its runtime's `outbound`. */
#ifndef NET_CLIENT_H
#define NET_CLIENT_H

#include "base/buf.h"
#include "loop/runtime.h"

struct client_config {
    const char *allow;                     /* PURPOSE=ADDRESS[/BITS],… beside the public internet; NULL: nothing */
    const char *ca;                        /* a file of authorities to trust beside the system's, PEM; NULL: none */
    const char *smtp;                      /* smtp://HOST:PORT or smtps://HOST:PORT; NULL: no mails are sent */
    const char *smtp_user, *smtp_password; /* NULL: none */
    const char *mail_from;                 /* ADDRESS, or NAME <ADDRESS> */
    const char *shop_url, *account_url;    /* where links in mails lead; NULL: there are none */
};

/*
 * Set runtime->outbound; on the loop's own stack.
 * Return: 0; TS_EINVALID and a line in *ret_problem.
 */
int client_open(struct ts_runtime *runtime, const struct client_config *config, struct buf *ret_problem);

/* Who we are to the mail server from now on (NULL: as before); nothing, where there was no password. */
void client_smtp_login(struct ts_runtime *runtime, const char *user, const char *password);

/* No request may be under way. Does nothing when it is not open. */
void client_close(struct ts_runtime *runtime);

#endif
