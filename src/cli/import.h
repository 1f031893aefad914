/* What an import needs on either side of the control socket. */
#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include "base/arena.h"
#include "base/buf.h"
#include "import/import.h"

struct json;
struct ts_runtime;

enum { IMPORT_REPORT_SIZE_MAX = 3 << 20 };

/*
 * On a fiber, in the server: do what {"path", "name", "organizer", "timeZone", "currency", "capacity", "publish"} asks,
 * as the owner. Return: as import_file(); TS_EINVALID when a member is not what it should be.
 */
int import_serve(struct ts_runtime *runtime, struct ts_arena *arena, const struct json *asked, struct buf *ret_report);

#endif
