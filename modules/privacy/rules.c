/* Terms and their units. Days are 24 hours: nobody's zone is asked. */
#include "rules.h"

#include <stdlib.h>
#include <string.h>

#include "tessera/clock.h"

/* Three years: as long as buyers' claims are brought, in most of Europe. */
enum { NAMES_DAYS = 1095 };

static bool term_parse(const char *text, const char *name, int *ret_days, const char **ret_rest)
{
    size_t size = strlen(name);
    char *end;
    long days;

    if (strncmp(text, name, size) != 0 || text[size] != '=' || text[size + 1] < '0' || text[size + 1] > '9')
        return false;
    days = strtol(text + size + 1, &end, 10);
    if (days < 1 || days > DAYS_MAX || (*end && *end != ','))
        return false;
    *ret_days = (int)days;
    *ret_rest = *end ? end + 1 : end;
    return *end == '\0' || end[1];
}

bool terms_parse(const char *text, int *ret_names_days)
{
    int names = NAMES_DAYS, others;

    while (text && *text) {
        if (!term_parse(text, "names", &names, &text) && !term_parse(text, "sessions", &others, &text) &&
            !term_parse(text, "mails", &others, &text))
            return false;
    }
    *ret_names_days = names;
    return true;
}

bool session_is_recent(int64_t began_ms, int64_t now_ms)
{
    return began_ms + RECENT_MINUTES * (int64_t)TS_MINUTE_MS > now_ms;
}

bool names_are_old(int64_t last_starts_ms, int days, int64_t now_ms)
{
    return last_starts_ms + days * (int64_t)TS_DAY_MS <= now_ms;
}
