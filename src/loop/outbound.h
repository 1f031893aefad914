/*
 * The part of the seam that reaches other servers: libcurl's in production (src/net), a test's own otherwise. What
 * modules see of it is tessera/http.h, which src/host puts in front.
 */
#ifndef LOOP_OUTBOUND_H
#define LOOP_OUTBOUND_H

#include "tessera/http.h"

struct ts_mail;

/* Embedded by who implements it. */
struct outbound {
    /*
     * As ts_http_send(), of a request that is well formed and has its defaults filled in. On failure *ret_problem may
     * be set to words for it, in call->arena.
     */
    int (*http)(struct outbound *outbound, struct ts_call *call, const struct ts_http_request *request,
                struct ts_http_response *ret_response, const char **ret_problem);
    /*
     * Hand a mail to the mail server; NULL: there is none. `id` makes its Message-ID. *ret_problem as above.
     * Return: 0: it was taken; OUTBOUND_MAIL_REFUSED: its receiver never will be; TS_EUNAVAILABLE: it was not taken;
     * TS_EUNKNOWN: it may have been; another ts_error of a wait.
     */
    int (*mail)(struct outbound *outbound, struct ts_call *call, const struct ts_mail *mail, const char *id,
                const char **ret_problem);
    const char *shop_url, *account_url; /* for links in mails; NULL: not known */
};

enum { OUTBOUND_MAIL_REFUSED = 1 };

#endif
