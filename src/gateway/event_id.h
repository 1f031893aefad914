/*
 * What the responses of a subscription are called, so that a client that was cut off can say where it was (the header
 * Last-Event-ID). An id is made of what it names and of nothing that a process keeps, so it outlives a restart. Anybody
 * may make one up: it opens nothing that its sender could not ask for without it.
 *
 *     a state's    32 hex digits: a digest of question and response
 *     a stream's   QUESTION.GIVEN.CURSOR: 16 hex digits, a digest of the question; 8 digits for each happening that was
 *                  given of the reply behind the cursor, none once it was whole; the cursor as its rpc wrote it
 */
#ifndef GATEWAY_EVENT_ID_H
#define GATEWAY_EVENT_ID_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "graphql/graphql.h"

enum {
    EVENT_ID_SIZE_MAX = 7000, /* with the header's name it fits into the 8 KB that proxies take as one line */
    EVENT_QUESTION_SIZE = 17, /* 64 bits of it, and NUL: who makes two alike confuses only himself */
};

/* The ids of one subscription. */
struct event_ids {
    char question[EVENT_QUESTION_SIZE];
    /* of a stream */
    char *cursor;     /* where the reply under way begins */
    struct buf given; /* digests of its happenings so far */
    struct buf owned; /* digests of happenings that are still to come, and that the client has */
};

void event_ids_init(struct event_ids *ids, const struct gql_subscription *prepared);
void event_ids_done(struct event_ids *ids);

/* An id, on the heap, of a state's response. */
char *event_id_of_state(const struct event_ids *ids, const char *response, size_t size);

/* The cursor in an id of this stream, which ends it. Return: NULL if it is none of this stream's. */
const char *event_id_cursor(const struct gql_subscription *prepared, const char *id);

/* Go on behind this id, for which event_id_cursor() has found a cursor; NULL: behind none. */
void event_ids_resume(struct event_ids *ids, const char *id);
/* A reply is about to be asked for from this cursor on. */
void event_ids_begin(struct event_ids *ids, const char *cursor);
/*
 * The next happening of that reply. Return: its id, or NULL when that would be too long, in *ret_id, on the heap;
 * false: the client has it.
 */
bool event_ids_next(struct event_ids *ids, const char *response, size_t size, char **ret_id);
/* The reply was whole, and its own cursor is this one. Return: the id behind it, on the heap; or NULL, as above. */
char *event_ids_end(struct event_ids *ids, const char *cursor);

#endif
