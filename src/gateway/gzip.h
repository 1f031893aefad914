/* Answers made smaller for clients that take gzip. */
#ifndef GATEWAY_GZIP_H
#define GATEWAY_GZIP_H

#include "gateway/http.h"

enum {
    GZIP_SIZE_MIN = 1024, /* below it an answer and its headers are one packet either way */
};

/*
 * Compress the reply's body when it is large enough and `request` takes that; adds the headers that say so. `yield` is
 * called between the pieces of a long one. Leaves the reply as it is when nothing would be saved.
 */
void gzip_reply(struct http_request *request, struct http_reply *reply, void (*yield)(void *data), void *data);

#endif
