/*
 * GraphiQL for browsers, in development: the files that clients/graphiql builds, served from a folder as they are. The
 * page stands at /graphql for who asks for text/html, what it needs under /graphiql/; nothing comes from elsewhere.
 */
#ifndef GATEWAY_GRAPHIQL_H
#define GATEWAY_GRAPHIQL_H

#include "gateway/http.h"

struct graphiql;

/* What `folder` holds. Return: NULL and a line in *ret_problem when that is not GraphiQL. */
struct graphiql *graphiql_new(const char *folder, struct buf *ret_problem);
void graphiql_free(struct graphiql *graphiql); /* after the last request; NULL is fine */

/*
 * Answer a browser that asks for /graphql itself, and for the page's files. `graphiql` is NULL where there is none:
 * then a person who came for it is told so. Return: true if the request is answered.
 */
bool graphiql_serve(struct graphiql *graphiql, struct http_request *request);

#endif
