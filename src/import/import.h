/*
 * tessera import: a page's events into the catalogue, by the same calls that a promoter's client makes. Runs beside a
 * server's other work: reading and judging a page happens on a thread, writing on the caller's fiber.
 */
#ifndef IMPORT_IMPORT_H
#define IMPORT_IMPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "tessera/call.h"

struct import_options {
    const char *organizer;            /* slug; NULL: the page's */
    const char *time_zone, *currency; /* NULL: the organizer's */
    int64_t capacity;                 /* places of each date; 0: what the page says */
    bool publish;
};

/* The exit status of the command. */
enum import_outcome { IMPORT_ALL = 0, IMPORT_SOME_REFUSED = 1, IMPORT_UNUSABLE = 2 };

/*
 * Import the page in the file `path`, which the report calls `name`. The report is a table of what was made, updated
 * and unchanged, then one line "name: path: reason" for each thing refused. Suspends the fiber; the call is the
 * owner's. Return: an import_outcome; a ts_error when the catalogue cannot be reached (what was written stays;
 * importing again goes on from there).
 */
int import_file(struct ts_call *call, const struct import_options *options, const char *path, const char *name,
                struct buf *ret_report);

#endif
