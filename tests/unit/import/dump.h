/*
 * A page as one text, so that a test's expectation is exact and short:
 *
 *     A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z to 2026-07-01T20:00Z (40) | Ticket 5.00
 *     ! path: reason
 */
#ifndef TESTS_UNIT_IMPORT_DUMP_H
#define TESTS_UNIT_IMPORT_DUMP_H

#include "import/resolve.h"

/* Read and resolve `text`, in which ' stands for ". Return: the text; what was refused shows only its problems. */
char *page_dump(struct ts_arena *arena, const char *text, const struct import_defaults *defaults);

/* The same for bytes that are taken as they are. */
char *page_dump_bytes(struct ts_arena *arena, const char *bytes, size_t size, const struct import_defaults *defaults);

#endif
