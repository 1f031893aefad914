/* What identity accepts; see rules.h. */
#include "rules.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "breached.h"
#include "tessera/cleanup.h"
#include "tessera/limits.h"
#include "tessera/right.h"
#include "tessera/text.h"

// clang-format off
static const struct {
    Common__ErrorCode code;
    const char *path, *text;
} refusals[REFUSAL_COUNT] = {
    [REFUSAL_EMAIL]             = { COMMON__ERROR_CODE__INVALID_INPUT, "email", "This is no e-mail address." },
    [REFUSAL_NAME]              = { COMMON__ERROR_CODE__INVALID_INPUT, "name",
                                    "A name is one line of 1 to 200 bytes." },
    [REFUSAL_PASSWORD_SHORT]    = { COMMON__ERROR_CODE__INVALID_INPUT, "password",
                                    "A password has at least 8 characters." },
    [REFUSAL_PASSWORD_LONG]     = { COMMON__ERROR_CODE__INVALID_INPUT, "password",
                                    "A password has at most 256 bytes." },
    [REFUSAL_PASSWORD_BREACHED] = { COMMON__ERROR_CODE__INVALID_INPUT, "password",
                                    "This password is among the first that anybody tries; choose another." },
    [REFUSAL_PASSWORD_PERSONAL] = { COMMON__ERROR_CODE__INVALID_INPUT, "password",
                                    "The password is the e-mail address; choose another." },
    [REFUSAL_PASSWORD_WRONG]    = { COMMON__ERROR_CODE__CREDENTIALS_INVALID, "currentPassword",
                                    "The current password is wrong." },
    [REFUSAL_SIGN_IN_STALE]     = { COMMON__ERROR_CODE__CREDENTIALS_INVALID, NULL,
                                    "Sign in again: the account has no password, and a sign-in stands for it for five minutes." },
    [REFUSAL_CREDENTIALS]       = { COMMON__ERROR_CODE__CREDENTIALS_INVALID, NULL,
                                    "The e-mail address or the password is wrong." },
    [REFUSAL_REFRESH_TOKEN]     = { COMMON__ERROR_CODE__CREDENTIALS_INVALID, "refreshToken",
                                    "The session has ended; sign in again." },
    [REFUSAL_LINK]              = { COMMON__ERROR_CODE__LINK_INVALID, "token",
                                    "The link was used, is too old, or is none of ours; ask for another." },
    [REFUSAL_BROWSER]           = { COMMON__ERROR_CODE__LINK_INVALID, "browserToken",
                                    "The link signs in the browser that asked for it; ask for another here." },
    [REFUSAL_NEW_EMAIL]         = { COMMON__ERROR_CODE__INVALID_INPUT, "newEmail", "This is no e-mail address." },
    [REFUSAL_EMAIL_TAKEN]       = { COMMON__ERROR_CODE__CONFLICT, "token",
                                    "Another account has this address by now." },
    [REFUSAL_CHALLENGE]         = { COMMON__ERROR_CODE__CREDENTIALS_INVALID, "challenge",
                                    "This was used, or took too long; begin anew." },
    [REFUSAL_CODE]              = { COMMON__ERROR_CODE__CREDENTIALS_INVALID, "code",
                                    "The code is wrong, was used, or is too old." },
    [REFUSAL_FACTOR_ON]         = { COMMON__ERROR_CODE__CONFLICT, NULL,
                                    "The account has a second factor already; remove it first." },
    [REFUSAL_FACTOR_OFF]        = { COMMON__ERROR_CODE__CONFLICT, NULL, "The account has no second factor." },
    [REFUSAL_FACTOR_TOKEN]      = { COMMON__ERROR_CODE__LINK_INVALID, "token", "This took too long; begin anew." },
    [REFUSAL_PASSKEY]           = { COMMON__ERROR_CODE__CREDENTIALS_INVALID, NULL,
                                    "The passkey is not known here, took too long, or did not verify its person." },
    [REFUSAL_PASSKEY_UNKNOWN]   = { COMMON__ERROR_CODE__NOT_FOUND, "passkeyId", "There is no such passkey." },
    [REFUSAL_PASSKEYS_FULL]     = { COMMON__ERROR_CODE__OVER_LIMIT, NULL, "An account has at most 20 passkeys." },
    [REFUSAL_PROVIDER_UNKNOWN]  = { COMMON__ERROR_CODE__NOT_FOUND, "provider", "There is no such provider." },
    [REFUSAL_RETURN_TO]         = { COMMON__ERROR_CODE__INVALID_INPUT, "returnTo", "This is no path of this site." },
    [REFUSAL_CONSENT]           = { COMMON__ERROR_CODE__LINK_INVALID, "token", "This took too long, was used, or was begun by somebody else." },
    [REFUSAL_IDENTITY_TAKEN]    = { COMMON__ERROR_CODE__CONFLICT, "token", "You sign in to another account with it; unlink it there first." },
    [REFUSAL_IDENTITY_UNKNOWN]  = { COMMON__ERROR_CODE__NOT_FOUND, "providerIdentityId", "There is no such link." },
    [REFUSAL_LAST_WAY_IN]       = { COMMON__ERROR_CODE__CONFLICT, "providerIdentityId", "It is your only way in: choose a password first." },
    [REFUSAL_LAST_PASSKEY]      = { COMMON__ERROR_CODE__CONFLICT, "passkeyId", "It is your only way in: choose a password first." },
    [REFUSAL_SESSION_UNKNOWN]   = { COMMON__ERROR_CODE__NOT_FOUND, "sessionId", "There is no such session." },
    [REFUSAL_ORGANIZER_UNKNOWN] = { COMMON__ERROR_CODE__NOT_FOUND, "organizerId", "There is no such organizer." },
    [REFUSAL_TEAM_UNKNOWN]      = { COMMON__ERROR_CODE__NOT_FOUND, "teamId", "There is no such team." },
    [REFUSAL_TEAM_NAME]         = { COMMON__ERROR_CODE__INVALID_INPUT, "name",
                                    "A name is one line of 1 to 200 bytes." },
    [REFUSAL_TEAM_RIGHTS]       = { COMMON__ERROR_CODE__INVALID_INPUT, "rights",
                                    "A team has at least one right; TEAMS is the owners' alone." },
    [REFUSAL_TEAM_EVENTS]       = { COMMON__ERROR_CODE__INVALID_INPUT, "eventIds",
                                    "At most 50 events, each of this organizer." },
    [REFUSAL_OWNERS_THERE]      = { COMMON__ERROR_CODE__CONFLICT, "role", "The organizer has its owners' team already." },
    [REFUSAL_OWNERS_FIXED]      = { COMMON__ERROR_CODE__CONFLICT, "teamId",
                                    "The owners' team has all rights, for all events." },
    [REFUSAL_TEAMS_FULL]        = { COMMON__ERROR_CODE__OVER_LIMIT, "organizerId",
                                    "An organizer has at most 50 teams." },
    [REFUSAL_TEAM_FULL]         = { COMMON__ERROR_CODE__OVER_LIMIT, "teamId", "A team has at most 200 members." },
    [REFUSAL_ACCOUNT_FULL]      = { COMMON__ERROR_CODE__OVER_LIMIT, NULL, "One may be on at most 32 teams." },
    [REFUSAL_MEMBER_UNKNOWN]    = { COMMON__ERROR_CODE__NOT_FOUND, "accountId", "There is no such member." },
    [REFUSAL_LAST_OWNER]        = { COMMON__ERROR_CODE__CONFLICT, "accountId",
                                    "The last owner stays; invite another, or transfer the ownership." },
    [REFUSAL_INVITED_ELSE]      = { COMMON__ERROR_CODE__CONFLICT, "token",
                                    "This invitation is for another e-mail address." },
    [REFUSAL_KEY_EXPIRY]        = { COMMON__ERROR_CODE__INVALID_INPUT, "expiresAt", "A key ends in the future." },
    [REFUSAL_KEY_UNKNOWN]       = { COMMON__ERROR_CODE__NOT_FOUND, "apiKeyId", "There is no such API key." },
    [REFUSAL_DEVICE_UNKNOWN]    = { COMMON__ERROR_CODE__NOT_FOUND, "deviceId", "There is no such device." },
    [REFUSAL_PAIRING]           = { COMMON__ERROR_CODE__LINK_INVALID, "code",
                                    "The code was used, is too old, or is none of ours; make another device." },
    [REFUSAL_MACHINES_FULL]     = { COMMON__ERROR_CODE__OVER_LIMIT, "organizerId",
                                    "An organizer has at most 500 keys and devices." },
    [REFUSAL_ISSUER]            = { COMMON__ERROR_CODE__INVALID_INPUT, "issuer",
                                    "An issuer is an https URL of at most 255 bytes, without ? and #." },
    [REFUSAL_ISSUER_AWAY]       = { COMMON__ERROR_CODE__INVALID_INPUT, "issuer",
                                    "There is no such provider: its /.well-known/openid-configuration has to be at a "
                                    "public https address, name exactly this issuer, and support code flow with S256." },
    [REFUSAL_CLIENT_ID]         = { COMMON__ERROR_CODE__INVALID_INPUT, "clientId",
                                    "A client's id is one line of 1 to 255 bytes." },
    [REFUSAL_CLIENT_SECRET]     = { COMMON__ERROR_CODE__INVALID_INPUT, "clientSecret",
                                    "A client's secret is one line of 1 to 512 bytes." },
    [REFUSAL_OIDC_PROVIDER_UNKNOWN] = { COMMON__ERROR_CODE__NOT_FOUND, "oidcProviderId",
                                    "There is no such provider." },
    [REFUSAL_OIDC_PROVIDERS_FULL] = { COMMON__ERROR_CODE__OVER_LIMIT, "organizerId",
                                    "An organizer has at most 8 providers." },
    [REFUSAL_ACCOUNT_OF_ORGANIZER] = { COMMON__ERROR_CODE__CONFLICT, NULL,
                                    "This account is its organizer's, and is signed in to by his provider alone." },
};
// clang-format on

Common__ErrorCode refusal_code(enum refusal refusal)
{
    assert(refusal > REFUSAL_NONE && refusal < REFUSAL_COUNT);
    return refusals[refusal].code;
}

const char *refusal_path(enum refusal refusal)
{
    assert(refusal > REFUSAL_NONE && refusal < REFUSAL_COUNT);
    return refusals[refusal].path;
}

const char *refusal_text(enum refusal refusal)
{
    assert(refusal > REFUSAL_NONE && refusal < REFUSAL_COUNT);
    return refusals[refusal].text;
}

enum refusal person_check(const char *email, const char *name)
{
    if (!ts_text_is_email(email))
        return REFUSAL_EMAIL;
    return ts_text_is_line(name, TS_NAME_SIZE_MAX) ? REFUSAL_NONE : REFUSAL_NAME;
}

static bool is_breached(const char *lower)
{
    size_t from = 0, to = breached_count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = strcmp(lower, breached[middle]);

        if (order == 0)
            return true;
        if (order < 0)
            to = middle;
        else
            from = middle + 1;
    }
    return false;
}

/* Characters of valid UTF-8. */
static size_t length_of(const char *text)
{
    size_t length = 0;

    for (const char *at = text; *at; at++)
        length += ((unsigned char)*at & 0xc0) != 0x80;
    return length;
}

enum refusal password_check(struct ts_arena *arena, const char *password, const char *email)
{
    const char *lower;

    if (!password || length_of(password) < PASSWORD_LENGTH_MIN)
        return REFUSAL_PASSWORD_SHORT;
    if (strlen(password) > TS_PASSWORD_SIZE_MAX)
        return REFUSAL_PASSWORD_LONG;
    lower = ts_text_lower(arena, password);
    if (is_breached(lower))
        return REFUSAL_PASSWORD_BREACHED;
    return email && strcmp(lower, ts_text_lower(arena, email)) == 0 ? REFUSAL_PASSWORD_PERSONAL : REFUSAL_NONE;
}

int64_t session_expiry_ms(int64_t created_at_ms, int64_t now_ms)
{
    int64_t idle_ms = now_ms + SESSION_IDLE_MS, last_ms = created_at_ms + SESSION_MS;

    return idle_ms < last_ms ? idle_ms : last_ms;
}

enum turn turn_check(const Identity__Session *session, int32_t turn, int64_t now_ms)
{
    if (session->has_ended_at_ms || now_ms >= session->expires_at_ms)
        return TURN_OVER;
    if (turn == session->turn)
        return TURN_GOOD;
    if (turn == session->turn - 1 && now_ms < session->turned_at_ms + REFRESH_GRACE_MS)
        return TURN_AGAIN;
    return TURN_REUSED;
}

/* What each kind of mail has in it. */
// clang-format off
static const struct {
    int64_t link_ms;
    bool link, needs_account, bound;
} mails[] = {
    /*                                      for how long      link  account bound */
    [IDENTITY__MAIL_KIND__VERIFY_EMAIL]     = { VERIFY_LINK_MS,   true, false, false },
    [IDENTITY__MAIL_KIND__ACCOUNT_EXISTS]   = { VERIFY_LINK_MS },
    [IDENTITY__MAIL_KIND__RESET_PASSWORD]   = { RESET_LINK_MS,    true, true,  true },
    [IDENTITY__MAIL_KIND__ACCOUNT_UNKNOWN]  = { VERIFY_LINK_MS },
    [IDENTITY__MAIL_KIND__INVITATION]       = { INVITATION_MS,    true, false, false },
    [IDENTITY__MAIL_KIND__SECOND_FACTOR_ON]  = { VERIFY_LINK_MS },
    [IDENTITY__MAIL_KIND__SECOND_FACTOR_OFF] = { VERIFY_LINK_MS },
    [IDENTITY__MAIL_KIND__SIGN_IN]          = { SIGN_IN_LINK_MS,  true, true,  true },
    [IDENTITY__MAIL_KIND__CHANGE_EMAIL]     = { RESET_LINK_MS,    true, true,  true },
    [IDENTITY__MAIL_KIND__PASSKEY_ADDED]     = { VERIFY_LINK_MS },
    [IDENTITY__MAIL_KIND__PASSKEY_REMOVED]   = { VERIFY_LINK_MS },
    [IDENTITY__MAIL_KIND__PROVIDER_LINKED]   = { VERIFY_LINK_MS },
    [IDENTITY__MAIL_KIND__PROVIDER_UNLINKED] = { VERIFY_LINK_MS },
    [IDENTITY__MAIL_KIND__EMAIL_CHANGED]    = { UNDO_LINK_MS,     true, true,  false },
};
// clang-format on

int64_t link_ms(Identity__MailKind kind)
{
    assert(kind < TS_ARRAY_SIZE(mails));
    return mails[kind].link_ms;
}

bool link_is_there(Identity__MailKind kind)
{
    return kind < TS_ARRAY_SIZE(mails) && mails[kind].link;
}

bool link_needs_account(Identity__MailKind kind)
{
    return kind < TS_ARRAY_SIZE(mails) && mails[kind].needs_account;
}

bool link_is_bound(Identity__MailKind kind)
{
    return kind < TS_ARRAY_SIZE(mails) && mails[kind].bound;
}

bool link_is_good(const Identity__Mail *mail, Identity__MailKind kind, int64_t now_ms)
{
    return mail->kind == kind && !mail->has_used_at_ms && now_ms < mail->expires_at_ms;
}

/* ---- teams */

enum { RIGHTS = 9 };

_Static_assert(TS_RIGHT_ANY == (1 << RIGHTS) - 1, "each right has its bit");
_Static_assert((int)TS_RIGHT_TEAMS == 1 << IDENTITY__RIGHT__TEAMS && (int)TS_RIGHT_SELL == 1 << IDENTITY__RIGHT__SELL,
               "bit n is Right n");

unsigned role_rights(Identity__Role role)
{
    static const unsigned sets[] = {
        [IDENTITY__ROLE__OWNER] = TS_RIGHT_ANY,
        [IDENTITY__ROLE__MANAGER] = TS_RIGHT_ANY & ~TS_RIGHT_TEAMS,
        [IDENTITY__ROLE__FINANCE] = TS_RIGHT_ORDERS | TS_RIGHT_MONEY | TS_RIGHT_AUDIT,
        [IDENTITY__ROLE__BOX_OFFICE] = TS_RIGHT_ORDERS | TS_RIGHT_SELL | TS_RIGHT_TICKETS | TS_RIGHT_DOOR,
        [IDENTITY__ROLE__SCANNER] = TS_RIGHT_DOOR,
    };

    return (size_t)role < TS_ARRAY_SIZE(sets) ? sets[role] : 0;
}

unsigned rights_set(const Identity__Right *rights, size_t count)
{
    unsigned set = 0;

    for (size_t i = 0; i < count; i++)
        set |= 1U << rights[i];
    return set & TS_RIGHT_ANY;
}

size_t rights_list(struct ts_arena *arena, unsigned set, Identity__Right **ret_rights)
{
    size_t count = 0;

    *ret_rights = TS_NEW_ARRAY(arena, Identity__Right, RIGHTS);
    for (unsigned i = 0; i < RIGHTS; i++)
        if (set & (1U << i))
            (*ret_rights)[count++] = (Identity__Right)i;
    return count;
}

bool team_is_owners(const Identity__Team *team)
{
    return team->role == IDENTITY__ROLE__OWNER;
}

bool team_has(const Identity__Team *team, const char *account_id)
{
    for (size_t i = 0; account_id && i < team->n_member_ids; i++)
        if (strcmp(team->member_ids[i], account_id) == 0)
            return true;
    return false;
}

enum refusal rights_check(unsigned set)
{
    return set && !(set & TS_RIGHT_TEAMS) ? REFUSAL_NONE : REFUSAL_TEAM_RIGHTS;
}

enum refusal member_leaves_check(const Identity__Team *team, const char *account_id)
{
    if (!team_has(team, account_id))
        return REFUSAL_MEMBER_UNKNOWN;
    return team_is_owners(team) && team->n_member_ids == 1 ? REFUSAL_LAST_OWNER : REFUSAL_NONE;
}

bool machine_lives(const Identity__Machine *machine, int64_t now_ms)
{
    return !machine->has_revoked_at_ms && (!machine->has_expires_at_ms || now_ms < machine->expires_at_ms) &&
           (machine->kind == IDENTITY__MACHINE_KIND__API_KEY || machine->has_paired_at_ms);
}
