/*
 * What whoever guards an installation must see: who came in, who was kept out, who may do what since when. Each is
 * counted (tessera_security_events_total) and is a line of the log; what it changed stands in the document's history,
 * which the audit shows.
 */
#ifndef TESSERA_SECURITY_H
#define TESSERA_SECURITY_H

#include "tessera/call.h"

enum ts_security_event {
    TS_SECURITY_SIGNED_IN,
    TS_SECURITY_SIGN_IN_REFUSED,
    TS_SECURITY_CODE_REFUSED,    /* of a second factor */
    TS_SECURITY_PAIRING_REFUSED, /* of a device */
    TS_SECURITY_LINK_REFUSED,    /* of a mail */
    TS_SECURITY_TOKEN_REFUSED,   /* of any kind, at the edge */
    TS_SECURITY_REFRESH_REUSED,  /* a refresh token that had been used: its session was ended */
    TS_SECURITY_SESSION_ENDED,
    TS_SECURITY_ACCOUNT_MADE,
    TS_SECURITY_PASSWORD_CHANGED,
    TS_SECURITY_EMAIL_CHANGED,
    TS_SECURITY_FACTOR_CHANGED,
    TS_SECURITY_PASSKEY_ADDED,
    TS_SECURITY_PASSKEY_REMOVED,
    TS_SECURITY_PASSKEY_USED,
    TS_SECURITY_PASSKEY_REFUSED,
    TS_SECURITY_PROVIDER_LINKED, /* an identity at a provider to an account */
    TS_SECURITY_PROVIDER_UNLINKED,
    TS_SECURITY_PROVIDER_USED,
    TS_SECURITY_PROVIDER_REFUSED, /* what came back from one, or what it said itself */
    TS_SECURITY_PROVIDER_MADE,    /* an organizer's own */
    TS_SECURITY_PROVIDER_CHANGED,
    TS_SECURITY_PROVIDER_REMOVED,
    TS_SECURITY_KEY_MADE,
    TS_SECURITY_KEY_REVOKED,
    TS_SECURITY_DEVICE_PAIRED,
    TS_SECURITY_DEVICE_REVOKED,
    TS_SECURITY_RIGHTS_CHANGED,
    TS_SECURITY_ACCESS_DENIED,
    TS_SECURITY_WEBHOOK_REFUSED, /* what said to be a payment provider's */
    TS_SECURITY_RATE_LIMITED,
    TS_SECURITY_EVENTS
};

/* It happened, to whom or what `subject` names by its id (NULL: nobody knows). */
void ts_security(struct ts_call *call, enum ts_security_event event, const char *subject);

#endif
