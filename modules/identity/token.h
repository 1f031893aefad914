/*
 * Refresh tokens, and those of a mail's link. Each names a document, and carries a MAC of what it names: nothing of it
 * is kept, and one that is not ours costs no look into the store.
 */
#ifndef IDENTITY_TOKEN_H
#define IDENTITY_TOKEN_H

#include "identity/v1/identity.pb-c.h"
#include "tessera/call.h"

/* `named`, a dot, and a MAC over it and `bound` under `purpose`: in call->arena. */
char *token_make(struct ts_call *call, const char *purpose, const char *named, const char *bound);

/* The n-th refresh token of a session, in call->arena. */
char *refresh_token_make(struct ts_call *call, const char *session_id, int32_t turn);

/* Return: false when it is none of ours. `text` may be NULL. */
bool refresh_token_read(struct ts_call *call, const char *text, const char **ret_session_id, int32_t *ret_turn);

/*
 * The token of a mail's link, in call->arena. `account` is whom the mail names (NULL: nobody yet): where the link is
 * bound to it (rules.h) the token is another once that has another password or address.
 */
char *link_token_make(struct ts_call *call, const Identity__Mail *mail, const Identity__Account *account);

/* The mail that a link's token names; NULL when it could be none. Whether it is its token, link_token_is_of() says. */
const char *link_token_mail(struct ts_call *call, const char *text);
bool link_token_is_of(struct ts_call *call, const char *text, const Identity__Mail *mail,
                      const Identity__Account *account);

/* What the browser gets that asks for the mail: without it the link opens nothing. */
char *browser_token_make(struct ts_call *call, const char *mail_id);

/* ---- machines */

/* What an API key or a paired device carries: "tk_", the rest of its id, and a MAC. In call->arena. */
char *machine_token_make(struct ts_call *call, const char *id);

/* The machine's id; NULL when it is none of ours. `text` may be NULL. */
const char *machine_token_read(struct ts_call *call, const char *text);

/* A code for a person to type, or in a QR code: 60 bits of a MAC of what it is for, "XXXX-XXXX-XXXX". */
char *typed_code_make(struct ts_call *call, const char *purpose, const char *named);

/* A code as it is made, whatever case and dashes it was typed with; NULL when it could be none. */
const char *typed_code_read(struct ts_call *call, const char *text);

/* The code that pairs a device. */
char *pairing_code_make(struct ts_call *call, const char *id);

/* What is kept of a code, to find its device by. */
char *pairing_hash(struct ts_call *call, const char *code);

#endif
