/* The admin listener: figures and health for the operator's own network, and the test harness's clock. */
#ifndef GATEWAY_ADMIN_H
#define GATEWAY_ADMIN_H

#include "gateway/gateway.h"

struct admin {
    struct gateway *gateway;
    struct http *public_http; /* whose figures are shown */
    /* Append the other parts' figures (Prometheus text). May be NULL. */
    void (*metrics)(struct buf *ret_text, void *data);
    /* Move the domain's clock; returns when all that fell due has run. NULL: there is no such path. */
    int (*advance_clock)(int64_t advance_ms, void *data);
    /* The control socket's own commands: take the request or return false. NULL on the admin listener. */
    bool (*control)(struct http_request *request, void *data);
    void *data;
};

/* http_config.serve; `data` is the admin. */
void admin_serve(struct http_request *request, void *data);

#endif
