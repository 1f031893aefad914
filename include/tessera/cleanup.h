/* Scope-bound ownership: TS_CLEANUP(x_freep) frees a local when it leaves scope, ts_take() hands it over. */
#ifndef TESSERA_CLEANUP_H
#define TESSERA_CLEANUP_H

#include <stddef.h>

/* Run `function(&variable)` when the variable leaves its scope. */
#define TS_CLEANUP(function) __attribute__((cleanup(function)))

/* The pointer's value; the variable becomes NULL, so a cleanup on it does nothing: ownership moves to the caller. */
#define ts_take(pointer)                                                                                               \
    ({                                                                                                                 \
        __typeof__(*(pointer)) ts_taken_ = *(pointer);                                                                 \
        *(pointer) = NULL;                                                                                             \
        ts_taken_;                                                                                                     \
    })

#define TS_ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
