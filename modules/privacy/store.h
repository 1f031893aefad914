/* What is to be done, and what was, as documents. */
#ifndef PRIVACY_STORE_H
#define PRIVACY_STORE_H

#include "privacy/v1/privacy.pb-c.h"
#include "tessera/store.h"

enum { STORE_CONFLICT = 1 };

extern const struct ts_collection privacy_erasures, privacy_rounds;
extern const struct ts_collection *const privacy_collections[];

/* Of the round, which is one. */
extern const char round_id[];

/* NULL and version 0 when there is none. Return: 0; a ts_error. */
int store_get_erasure(struct ts_call *call, const char *id, const Privacy__Erasure **ret_erasure, int64_t *ret_version);
int store_get_retention(struct ts_call *call, const char *organizer_id, const Privacy__Retention **ret_retention,
                        int64_t *ret_version);
int store_get_swept(struct ts_call *call, const char *event_id, const Privacy__Swept **ret_swept, int64_t *ret_version);
int store_get_round(struct ts_call *call, const Privacy__Round **ret_round, int64_t *ret_version);

/* Version 0 inserts. Return: 0; STORE_CONFLICT; a ts_error. */
int store_put_erasure(struct ts_call *call, const Privacy__Erasure *erasure, int64_t version);
int store_put_retention(struct ts_call *call, const Privacy__Retention *retention, int64_t version);
int store_put_swept(struct ts_call *call, const Privacy__Swept *swept, int64_t version);
int store_put_round(struct ts_call *call, const Privacy__Round *round, int64_t version);

/* Nothing stands for the person any more, in no version. Return: 0; a ts_error. */
int store_forget(struct ts_call *call, const char *erasure_id);

#endif
