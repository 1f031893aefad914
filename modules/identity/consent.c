/* See consent.h: "chl_….usr_….provider.MAC", then "chl_….usr_….provider.subject.MAC", the subject in base64url. */
#include "consent.h"

#include <string.h>

#include "id_token.h"
#include "rules.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/sign.h"
#include "token.h"

enum { CONSENT_SIZE_MAX = 1024 };

static const char first_purpose[] = "identity/link/consent", second_purpose[] = "identity/link/identity";

char *consent_make(struct ts_call *call, const char *account_id, const char *provider)
{
    return token_make(call, first_purpose,
                      ts_printf(call->arena, "%s.%s.%s", ts_id_new(call, "chl"), account_id, provider), "");
}

/* What a token of ours names, in its parts. Return: false when it is none, or too old. */
static bool read_parts(struct ts_call *call, const char *purpose, const char *text, size_t count, char **ret_parts)
{
    size_t size = text ? strnlen(text, CONSENT_SIZE_MAX) : CONSENT_SIZE_MAX;
    const char *mac = size < CONSENT_SIZE_MAX ? strrchr(text, '.') : NULL;
    char *named = mac ? ts_strndup(call->arena, text, (size_t)(mac - text)) : NULL;

    if (!named || !ts_secret_equal(token_make(call, purpose, named, ""), text))
        return false;
    for (size_t i = 0; i < count; i++) { /* ours: it has as many */
        ret_parts[i] = named;
        named += strcspn(named, ".");
        if (*named)
            *named++ = '\0';
    }
    return ts_now_ms(call) < ts_id_time_ms(ret_parts[0]) + CHALLENGE_MS;
}

bool consent_is_good(struct ts_call *call, const char *text, const char *provider)
{
    char *parts[3];

    return read_parts(call, first_purpose, text, 3, parts) && strcmp(parts[2], provider) == 0;
}

char *consent_to(struct ts_call *call, const char *consent, const char *subject)
{
    size_t size = (size_t)(strrchr(consent, '.') - consent);

    return token_make(
        call, second_purpose,
        ts_printf(call->arena, "%.*s.%s", (int)size, consent, ts_base64url_encode(call, subject, strlen(subject))), "");
}

bool consent_read(struct ts_call *call, const char *text, struct consent *ret_consent)
{
    char *parts[4];
    const char *subject;
    size_t size;

    if (!read_parts(call, second_purpose, text, 4, parts))
        return false;
    subject = (const char *)ts_base64url_decode(call, parts[3], &size);
    *ret_consent = (struct consent){ parts[0], parts[1], parts[2], ts_strndup(call->arena, subject, size) };
    return true;
}
