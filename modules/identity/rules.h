/*
 * What identity accepts, pure: names, addresses, passwords, and for how long what is given out is good. No clock, store
 * or bus: everything they look at is an argument.
 */
#ifndef IDENTITY_RULES_H
#define IDENTITY_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "identity/v1/identity.pb-c.h"
#include "tessera/arena.h"
#include "tessera/clock.h"

enum {
    PASSWORD_LENGTH_MIN = 8,              /* characters; OWASP ASVS 5, 6.2.1 */
    ACCESS_MS = 10 * TS_MINUTE_MS,        /* of an access token */
    REFRESH_GRACE_MS = 30 * TS_SECOND_MS, /* a client that missed its answer may ask again */
    VERIFY_LINK_MS = TS_DAY_MS,           /* of a mail's link */
    RESET_LINK_MS = TS_HOUR_MS,
    SIGN_IN_LINK_MS = 15 * TS_MINUTE_MS,
    FACTOR_TOKEN_MS = 10 * TS_MINUTE_MS, /* to set up an app */
    CHALLENGE_MS = 5 * TS_MINUTE_MS,     /* between the first step of a sign-in and the second */
    FRESH_SIGN_IN_MS = 5 * TS_MINUTE_MS, /* for so long it stands for a password that an account has not */
    MAILS_PER_HOUR_MAX = 5,              /* to one address, whoever asks for them */
    PASSKEYS_MAX = 20,                   /* of an account */
    TEAMS_PER_ORGANIZER_MAX = 50,
    TEAMS_PER_ACCOUNT_MAX = 32, /* its rights travel with each call */
    TEAM_EVENTS_MAX = 50,
    TEAM_MEMBERS_MAX = 200,
    MACHINES_PER_ORGANIZER_MAX = 500,
    PAIRING_MS = 10 * TS_MINUTE_MS, /* of a device's code */
    PROVIDERS_PER_ORGANIZER_MAX = 8,
};
#define INVITATION_MS (INT64_C(7) * TS_DAY_MS)
#define UNDO_LINK_MS (INT64_C(7) * TS_DAY_MS)
#define SESSION_IDLE_MS (INT64_C(30) * TS_DAY_MS) /* a session that is not used ends */
#define SESSION_MS (INT64_C(90) * TS_DAY_MS)      /* and each ends after */

/* Why something is refused; one row each in refusals[] of rules.c. */
enum refusal {
    REFUSAL_NONE = 0,
    REFUSAL_EMAIL,
    REFUSAL_NAME,
    REFUSAL_PASSWORD_SHORT,
    REFUSAL_PASSWORD_LONG,
    REFUSAL_PASSWORD_BREACHED,
    REFUSAL_PASSWORD_PERSONAL,
    REFUSAL_PASSWORD_WRONG,
    REFUSAL_SIGN_IN_STALE,
    REFUSAL_CREDENTIALS,
    REFUSAL_REFRESH_TOKEN,
    REFUSAL_LINK,
    REFUSAL_BROWSER,
    REFUSAL_NEW_EMAIL,
    REFUSAL_EMAIL_TAKEN,
    REFUSAL_CHALLENGE,
    REFUSAL_CODE,
    REFUSAL_FACTOR_ON,
    REFUSAL_FACTOR_OFF,
    REFUSAL_FACTOR_TOKEN,
    REFUSAL_PASSKEY,
    REFUSAL_PASSKEY_UNKNOWN,
    REFUSAL_PASSKEYS_FULL,
    REFUSAL_PROVIDER_UNKNOWN,
    REFUSAL_RETURN_TO,
    REFUSAL_CONSENT,
    REFUSAL_IDENTITY_TAKEN,
    REFUSAL_IDENTITY_UNKNOWN,
    REFUSAL_LAST_WAY_IN,
    REFUSAL_LAST_PASSKEY,
    REFUSAL_SESSION_UNKNOWN,
    REFUSAL_ORGANIZER_UNKNOWN,
    REFUSAL_TEAM_UNKNOWN,
    REFUSAL_TEAM_NAME,
    REFUSAL_TEAM_RIGHTS,
    REFUSAL_TEAM_EVENTS,
    REFUSAL_OWNERS_THERE,
    REFUSAL_OWNERS_FIXED,
    REFUSAL_TEAMS_FULL,
    REFUSAL_TEAM_FULL,
    REFUSAL_ACCOUNT_FULL,
    REFUSAL_MEMBER_UNKNOWN,
    REFUSAL_LAST_OWNER,
    REFUSAL_INVITED_ELSE,
    REFUSAL_KEY_EXPIRY,
    REFUSAL_KEY_UNKNOWN,
    REFUSAL_DEVICE_UNKNOWN,
    REFUSAL_PAIRING,
    REFUSAL_MACHINES_FULL,
    REFUSAL_ISSUER,
    REFUSAL_ISSUER_AWAY,
    REFUSAL_CLIENT_ID,
    REFUSAL_CLIENT_SECRET,
    REFUSAL_OIDC_PROVIDER_UNKNOWN,
    REFUSAL_OIDC_PROVIDERS_FULL,
    REFUSAL_ACCOUNT_OF_ORGANIZER,
    REFUSAL_COUNT,
};
Common__ErrorCode refusal_code(enum refusal refusal);
const char *refusal_path(enum refusal refusal); /* may be NULL: the whole input */
const char *refusal_text(enum refusal refusal);

/* What a person who signs up says of himself; texts are trimmed. Return: the first thing wrong, or REFUSAL_NONE. */
enum refusal person_check(const char *email, const char *name);

/*
 * May `password` be that of who has `email`? Return: what is wrong, or REFUSAL_NONE. Letters' case does not make a
 * breached one good.
 */
enum refusal password_check(struct ts_arena *arena, const char *password, const char *email);

/* Until when a session lives that is used now. */
int64_t session_expiry_ms(int64_t created_at_ms, int64_t now_ms);

/* What to do with a refresh token of ours: it is the one that is good; the one before, a moment ago; or an older one,
 * which somebody has kept. */
enum turn { TURN_GOOD, TURN_AGAIN, TURN_REUSED, TURN_OVER };
enum turn turn_check(const Identity__Session *session, int32_t turn, int64_t now_ms);

/* For how long a mail's link is good. */
int64_t link_ms(Identity__MailKind kind);

/* Does a mail of this kind have a link? Does that open something of an account; of one that has the same password and
 * address since? */
bool link_is_there(Identity__MailKind kind);
bool link_needs_account(Identity__MailKind kind);
bool link_is_bound(Identity__MailKind kind);

/* Is the mail's link still to be used, for this? */
bool link_is_good(const Identity__Mail *mail, Identity__MailKind kind, int64_t now_ms);

/* ---- teams */

/* The rights of a role, as a set of enum ts_right. */
unsigned role_rights(Identity__Role role);

/* A list of rights as a set of enum ts_right, and back, in order. Return of the latter: how many, in the arena. */
unsigned rights_set(const Identity__Right *rights, size_t count);
size_t rights_list(struct ts_arena *arena, unsigned set, Identity__Right **ret_rights);

/* Is this the team of its organizer's owners? */
bool team_is_owners(const Identity__Team *team);

bool team_has(const Identity__Team *team, const char *account_id);

/* May a team that is not the owners' have these? Return: what is wrong, or REFUSAL_NONE. */
enum refusal rights_check(unsigned set);

/* May a machine ask? */
bool machine_lives(const Identity__Machine *machine, int64_t now_ms);

/* May this member leave? */
enum refusal member_leaves_check(const Identity__Team *team, const char *account_id);

#endif
