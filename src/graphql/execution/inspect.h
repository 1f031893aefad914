/* JSON values as error messages show them: the way that JavaScript's programmers know, cut short in depth and length.
 */
#ifndef GRAPHQL_EXECUTION_INSPECT_H
#define GRAPHQL_EXECUTION_INSPECT_H

#include "base/json.h"

/* `{ a: 1, b: [[Array]] }`, in the arena. */
const char *json_inspect(struct ts_arena *arena, const struct json *json);

/* The shortest digits that mean this number, as JavaScript writes it: 1e+21, 0.001, 12. */
const char *number_text(struct ts_arena *arena, double number);

#endif
