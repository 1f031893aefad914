/* What browsers' JSON readers refuse and pages write all the same. */
#ifndef IMPORT_REPAIR_H
#define IMPORT_REPAIR_H

#include <stddef.h>

#include "tessera/arena.h"

struct repaired {
    char *bytes;
    size_t size;
};

/*
 * A copy of a JSON text without its byte order mark, with blanks for the line ends and control characters that stand
 * within strings, and without commas that nothing follows. What is right already stays as it is.
 */
struct repaired repair(struct ts_arena *arena, const char *bytes, size_t size);

#endif
