/*
 * Outcomes. Every function that can fail returns int:
 *   0         fine
 *   negative  the world failed: one of enum ts_error, passed up unchanged (the bus words it)
 *   positive  a decision of the callee's own domain, listed in its "Return:", caught by its direct
 *             caller and never passed on
 * The numbers are gRPC's status codes with a minus sign, so a status crosses any transport unchanged
 * (source: grpc.io, "Status codes and their use in gRPC").
 */
#ifndef TESSERA_ERR_H
#define TESSERA_ERR_H

enum ts_error {
    TS_ECANCELLED = -1,        /* the caller went away, or this process is about to end */
    TS_EUNKNOWN = -2,          /* the outcome is not known: it may or may not have happened */
    TS_EINVALID = -3,          /* malformed input: a bug or an attack, never a domain decision */
    TS_EDEADLINE = -4,         /* the call's deadline passed before the wait ended */
    TS_ENOTFOUND = -5,         /* the thing does not exist, or the caller may not know that it does */
    TS_EEXISTS = -6,           /* it is there already */
    TS_EDENIED = -7,           /* known caller, missing right (FORBIDDEN) */
    TS_EEXHAUSTED = -8,        /* a named limit is reached, or memory has run out; nothing was done */
    TS_EPRECONDITION = -9,     /* the system is not in a state that allows it */
    TS_EABORTED = -10,         /* lost a race too often; trying again may help */
    TS_ERANGE = -11,           /* past the valid range */
    TS_EUNIMPLEMENTED = -12,   /* no such rpc here */
    TS_EINTERNAL = -13,        /* an invariant of ours broke */
    TS_EUNAVAILABLE = -14,     /* a part we need is away; trying again helps */
    TS_EDATALOSS = -15,        /* stored data is damaged */
    TS_EUNAUTHENTICATED = -16, /* who asks is not known */
    TS_ECRASHED = -64,         /* this instance was crashed by a test; unwind, touch nothing */
};

/*
 * The word for `error` as gRPC spells it ("UNAVAILABLE"); "OK" for 0, "UNKNOWN" for anything else.
 * Return: a static string, never NULL.
 */
const char *ts_error_name(int error);

#endif
