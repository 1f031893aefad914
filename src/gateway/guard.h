/*
 * What must hold of an HTTP/1 request's raw header block. h2o reads leniently (two lengths, two hosts, folded lines, a
 * line feed alone): whatever another reader on the way might understand differently is refused here, so that no request
 * can be smuggled behind another.
 */
#ifndef GATEWAY_GUARD_H
#define GATEWAY_GUARD_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Check the header block that starts at `bytes` (request line to empty line; more may follow it).
 * Return: NULL, or what is wrong with it (static, one sentence) and the status to answer with: 400, or 411 for a body
 * whose length is not in the header.
 */
const char *guard_check(const char *bytes, size_t size, int *ret_status);

/* True if `value` may stand in a header: no control character but the tab. */
bool guard_value_ok(const char *value, size_t size);

#endif
