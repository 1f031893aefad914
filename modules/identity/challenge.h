/*
 * What somebody got who has shown a part of who he is, to come back with the rest: short-lived, good once. Like all
 * tokens it is a MAC of what it names; only that it was used is written.
 */
#ifndef IDENTITY_CHALLENGE_H
#define IDENTITY_CHALLENGE_H

#include "tessera/call.h"

/* For `purpose`, naming `id`, and good as long as `bound` is the same; in call->arena. */
char *challenge_make(struct ts_call *call, const char *purpose, const char *id, const char *bound);

/* The id that a challenge names; NULL when it could be none. `text` may be NULL. */
const char *challenge_names(struct ts_call *call, const char *text);

/* Its own id, which no other has; NULL when it could be none. */
const char *challenge_id(struct ts_call *call, const char *text);

/* Is it ours, for this, and not too old? */
bool challenge_is_good(struct ts_call *call, const char *text, const char *purpose, const char *bound);

/* From here on it is good for nothing. Return: 0; TS_REFUSED: it was used; a ts_error. */
int challenge_use(struct ts_call *call, const char *text);

#endif
