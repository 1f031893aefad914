/*
 * A client in process: GraphQL text in, JSON out, over the program's own chain (engine, resolver, bus, modules, store
 * of tests), all but HTTP. It asks as whoever the test's call is (harness_as()).
 */
#ifndef SUPPORT_CLIENT_H
#define SUPPORT_CLIENT_H

#include "base/json.h"
#include "support/harness.h"

struct client;

/* The schema of all modules. Fails the test when it does not fit. */
struct client *client_new(void);
void client_free(struct client *client);
struct gql_schema *client_schema(const struct client *client);

/*
 * Ask; `format` is printf's, with its arguments quoted by the caller. Return: the whole response, in call->arena.
 */
const struct json *client_ask(struct client *client, struct ts_call *call, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The text at a path of names and list positions ("data.event.dates.nodes.0.id"); NULL for null; fails when absent. */
const char *client_text(const struct json *response, const char *path);

/* The value at a path; NULL when absent. */
const struct json *client_find(const struct json *response, const char *path);

/* Assert that the response has no errors and this mutation no userErrors. Return: the response. */
const struct json *client_fine(const struct json *response, const char *mutation);

#endif
