/* The words of outcomes, as gRPC spells them. */
#include "tessera/err.h"

#include "tessera/cleanup.h"

const char *ts_error_name(int error)
{
    static const char *const names[] = {
        "OK",        "CANCELLED",       "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
        "NOT_FOUND", "ALREADY_EXISTS",  "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
        "ABORTED",   "OUT_OF_RANGE",    "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
        "DATA_LOSS", "UNAUTHENTICATED",
    };

    if (error == TS_ECRASHED)
        return "CRASHED";
    if (error > 0 || -(long)error >= (long)TS_ARRAY_SIZE(names))
        return "UNKNOWN";
    return names[-error];
}
