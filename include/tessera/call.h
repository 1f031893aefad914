/*
 * One call being served: who asks, until when, with what memory. A handler gets it first and passes it to everything
 * that may wait. It lives on the fiber; nothing keeps a pointer to it.
 */
#ifndef TESSERA_CALL_H
#define TESSERA_CALL_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "tessera/arena.h"
#include "tessera/err.h"

/* Who asks: nobody in particular, the owner (of all organizers), ourselves, somebody with an account. */
enum ts_principal_kind { TS_PRINCIPAL_ANONYMOUS, TS_PRINCIPAL_OWNER, TS_PRINCIPAL_SYSTEM, TS_PRINCIPAL_USER };

struct ts_membership;

struct ts_principal {
    enum ts_principal_kind kind;
    const char *id;         /* stable and not personal: "anonymous", "owner", "system", "usr_…"; what audit shows */
    const char *session_id; /* of a USER, "ses_…"; else NULL */
    const struct ts_membership *memberships; /* of a USER: the teams that he is on; see right.h */
    size_t membership_count;
};

/* W3C trace context: 16 and 8 bytes in lower-case hex; sampled is flag bit 0. Each hop is a span of its own. */
struct ts_trace {
    char trace_id[33];
    char span_id[17];
    bool sampled;
    char parent_id[17]; /* "": the first */
};

struct ts_runtime; /* the seam: clock, randomness, bus and store of this instance; private */

struct ts_call {
    struct ts_arena *arena;               /* gone when the outermost reply has left */
    const struct ts_principal *principal; /* never NULL */
    const char *operation;                /* what the edge was asked: "createEvent", "due:holds"; for audit and logs */
    const char *request_id;      /* one id per request at the edge, in each log line; NULL: no request caused this */
    const char *idempotency_key; /* NULL when the caller gave none */
    const char *locale;          /* BCP 47; "en" when not said */
    const char *address;         /* of whoever asked, as the edge saw it: IPv4 or IPv6 as text; NULL: not known */
    struct ts_trace trace;
    int64_t deadline_ms; /* on the loop's monotonic clock; each wait past it returns TS_EDEADLINE */
    void *state;         /* what this module's start() made */
    /* private to src/ */
    struct ts_runtime *runtime;
    const struct ts_module *module;
    unsigned depth;
    unsigned shielded;
    int64_t unshielded_ms;        /* the deadline to return to when the last shield ends */
    const char *failure;          /* words of `failed_with`: from ts_fail() or the last failed ts_call() */
    int failed_with;              /* the error that they belong to */
    unsigned retry_after_s;       /* with TS_EEXHAUSTED: when it is worth asking again; 0: nobody knows */
    bool failure_logged;          /* the hop where it began has logged it */
    struct ts_refusals *refusals; /* set by ts_refuse() */
};

enum { TS_REFUSED = 1000 };

/*
 * Refuse: note a domain decision that the reply's `refusals` field will carry. `code` is a common.v1.ErrorCode; `path`
 * names the input as the client wrote it, dots between its parts ("lines.0.quantity"; NULL: the whole input); the
 * message is one English sentence for people. May be called several times before returning its result.
 * Return: always TS_REFUSED (positive), so that `return ts_refuse(...)` ends a handler.
 */
int ts_refuse(struct ts_call *call, int code, const char *path, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Number of refusals noted so far in this handler. */
unsigned ts_refusal_count(const struct ts_call *call);

/*
 * From here to ts_part_end() the call's memory is a part of its own (ts_arena_part()), which is gone then.
 * Return: the whole, for ts_part_end().
 */
static inline struct ts_arena *ts_part_begin(struct ts_call *call)
{
    struct ts_arena *whole = call->arena;

    call->arena = ts_arena_part(whole);
    return whole;
}

static inline void ts_part_end(struct ts_call *call, struct ts_arena *whole)
{
    struct ts_arena *part = call->arena;

    call->arena = whole;
    ts_arena_free(part);
}

/*
 * Fail with `error` (a ts_error) and a message that the caller may see; without ts_fail() the status' own word is
 * shown. Return: error.
 */
int ts_fail(struct ts_call *call, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* True for the owner and for ourselves, and for whoever is on a team of that organizer, whatever it may do. */
bool ts_is_staff(const struct ts_call *call, const char *organizer_id);

/* True when sandbox payments may buy on every event (--sandbox); else they serve test-mode events only. */
bool ts_sandbox(const struct ts_call *call);

/* Where browsers reach us, "https://HOST" (--web-origin); NULL when nobody said. */
const char *ts_origin(const struct ts_call *call);

/*
 * What whoever runs us has set by the flags of these names, as he wrote it; and the URL at which this process serves,
 * should nobody have said by which one it is reached. NULL: nothing.
 */
enum ts_setting {
    TS_SETTING_SERVED_AT,
    TS_SETTING_OIDC,
    TS_SETTING_OIDC_SECRETS,
    TS_SETTING_RETENTION,
    TS_SETTING_STRIPE_KEY,
    TS_SETTING_STRIPE_WEBHOOK_SECRETS,
    TS_SETTING_STRIPE_URL,
    TS_SETTING_COUNT
};
const char *ts_setting(const struct ts_call *call, enum ts_setting setting);

/* Give the clean-up between here and ts_shield_end() one second past the deadline. They nest. */
void ts_shield_begin(struct ts_call *call);

/* The end of what ts_shield_begin() began. */
void ts_shield_end(struct ts_call *call);

#endif
