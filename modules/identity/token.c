/* See token.h. */
#include "token.h"

#include <stdio.h>
#include <string.h>

#include "rules.h"
#include "tessera/id.h"
#include "tessera/sign.h"

enum { TURN_DIGITS_MAX = 9, TEXT_SIZE_MAX = 128 };

char *token_make(struct ts_call *call, const char *purpose, const char *named, const char *bound)
{
    const char *bytes = ts_printf(call->arena, "%s%c%s", named, 0, bound);
    uint8_t mac[TS_MAC_SIZE];

    ts_mac(call, purpose, bytes, strlen(named) + 1 + strlen(bound), mac);
    return ts_printf(call->arena, "%s.%s", named, ts_base64url_encode(call, mac, sizeof(mac)));
}

char *refresh_token_make(struct ts_call *call, const char *session_id, int32_t turn)
{
    return token_make(call, "identity/refresh", ts_printf(call->arena, "%s.%d", session_id, turn), "");
}

static bool is_text(const char *text)
{
    return text && strnlen(text, TEXT_SIZE_MAX) < TEXT_SIZE_MAX;
}

bool refresh_token_read(struct ts_call *call, const char *text, const char **ret_session_id, int32_t *ret_turn)
{
    const char *dot = is_text(text) ? strchr(text, '.') : NULL, *session_id;
    size_t digits = dot ? strspn(dot + 1, "0123456789") : 0;
    int turn = 0;

    if (digits == 0 || digits > TURN_DIGITS_MAX)
        return false;
    session_id = ts_strndup(call->arena, text, (size_t)(dot - text));
    if (!ts_id_is(session_id, "ses") || sscanf(dot + 1, "%9d", &turn) != 1 ||
        !ts_secret_equal(refresh_token_make(call, session_id, turn), text))
        return false;
    *ret_session_id = session_id;
    *ret_turn = turn;
    return true;
}

char *link_token_make(struct ts_call *call, const Identity__Mail *mail, const Identity__Account *account)
{
    bool bound = account && link_is_bound(mail->kind);

    return token_make(call, "identity/link", mail->id,
                      bound ? ts_printf(call->arena, "%s %s", account->secret_password ? account->secret_password : "",
                                        account->email)
                            : "");
}

char *browser_token_make(struct ts_call *call, const char *mail_id)
{
    return token_make(call, "identity/browser", mail_id, "");
}

const char *link_token_mail(struct ts_call *call, const char *text)
{
    const char *dot = is_text(text) ? strchr(text, '.') : NULL;
    const char *id = dot ? ts_strndup(call->arena, text, (size_t)(dot - text)) : NULL;

    return ts_id_is(id, "mal") ? id : NULL;
}

bool link_token_is_of(struct ts_call *call, const char *text, const Identity__Mail *mail,
                      const Identity__Account *account)
{
    return ts_secret_equal(link_token_make(call, mail, account), text);
}

/* ---- machines */

enum { PREFIX_LENGTH = 3, SUFFIX_LENGTH = TS_ID_LENGTH - 4, CODE_LENGTH = 12, GROUP_LENGTH = 4 };

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; /* Crockford's: none is taken for another */

char *machine_token_make(struct ts_call *call, const char *id)
{
    uint8_t mac[TS_MAC_SIZE];

    ts_mac(call, "identity/machine", id, strlen(id), mac);
    return ts_printf(call->arena, "tk_%s.%s", id + 4, ts_base64url_encode(call, mac, sizeof(mac)));
}

const char *machine_token_read(struct ts_call *call, const char *text)
{
    const char *id;

    if (!is_text(text) || strncmp(text, "tk_", PREFIX_LENGTH) != 0 || strlen(text) <= PREFIX_LENGTH + SUFFIX_LENGTH)
        return NULL;
    id = ts_printf(call->arena, "key_%.*s", SUFFIX_LENGTH, text + PREFIX_LENGTH);
    return ts_id_is(id, "key") && ts_secret_equal(machine_token_make(call, id), text) ? id : NULL;
}

char *typed_code_make(struct ts_call *call, const char *purpose, const char *named)
{
    uint8_t mac[TS_MAC_SIZE];
    char *code = ts_alloc(call->arena, CODE_LENGTH + CODE_LENGTH / GROUP_LENGTH), *to = code;

    ts_mac(call, purpose, named, strlen(named), mac);
    for (unsigned i = 0; i < CODE_LENGTH; i++) {
        if (i && i % GROUP_LENGTH == 0)
            *to++ = '-';
        *to++ = digits[mac[i] & 31];
    }
    *to = '\0';
    return code;
}

char *pairing_code_make(struct ts_call *call, const char *id)
{
    return typed_code_make(call, "identity/pairing", id);
}

static char upper(char byte)
{
    if (byte >= 'a' && byte <= 'z')
        return (char)(byte - 'a' + 'A');
    return byte;
}

const char *typed_code_read(struct ts_call *call, const char *text)
{
    char *code = ts_alloc(call->arena, CODE_LENGTH + CODE_LENGTH / GROUP_LENGTH), *to = code;
    unsigned count = 0;

    if (!is_text(text))
        return NULL;
    for (const char *at = text; *at; at++) {
        char digit = upper(*at);

        if (digit == '-' || digit == ' ')
            continue;
        if (!strchr(digits, digit) || count == CODE_LENGTH)
            return NULL;
        if (count && count % GROUP_LENGTH == 0)
            *to++ = '-';
        *to++ = digit;
        count++;
    }
    *to = '\0';
    return count == CODE_LENGTH ? code : NULL;
}

char *pairing_hash(struct ts_call *call, const char *code)
{
    uint8_t digest[32];

    ts_sha256(code, strlen(code), digest);
    return ts_base64url_encode(call, digest, sizeof(digest));
}
