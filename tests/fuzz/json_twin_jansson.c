/* See json_twin.h. */
#include "json_twin.h"

#include <jansson.h>

char *twin_read(const char *bytes, size_t size, bool *ret_overflow)
{
    json_error_t error;
    json_t *value = json_loadb(bytes, size, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
    char *text;

    if (!value) {
        *ret_overflow = json_error_code(&error) == json_error_numeric_overflow;
        return NULL;
    }
    text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    json_decref(value);
    return text;
}
