/* The little pages of our own that a browser meets on its way from a provider, when it cannot go on by itself. */
#ifndef IDENTITY_PAGE_H
#define IDENTITY_PAGE_H

#include "common/v1/common.pb-c.h"
#include "problem.h"
#include "tessera/call.h"

/*
 * One that says why somebody is not signed in, in the language that is asked in, with this HTTP status; `detail` is
 * more of it in English, `again` a path of ours (NULL: none).
 */
void page_problem(struct ts_call *call, int status, enum problem problem, const char *detail, const char *again,
                  Common__Blob *ret_reply);

/* Go on there. */
void page_redirect(struct ts_call *call, const char *location, Common__Blob *ret_reply);

/* A cookie beside; no seconds take it away. */
void page_cookie(struct ts_call *call, const char *name, const char *value, int64_t max_age_s, bool lax,
                 Common__Blob *reply);

#endif
