/*
 * Identity's documents, their keys and indexes. The only file of the module that calls tessera/store.h. What is read
 * lives in the call's arena, or is all readers'; who wants to change one takes a copy.
 */
#ifndef IDENTITY_STORE_H
#define IDENTITY_STORE_H

#include "identity/v1/identity.pb-c.h"
#include "tessera/call.h"
#include "tessera/store.h"

extern const struct ts_collection *const identity_collections[];
extern const struct ts_collection identity_outbox; /* of common.v1.MailWork; its ids are those of mails as mwk_ */

/* STORE_CONFLICT: somebody else wrote that version. STORE_TAKEN: another account has the address. */
enum { STORE_CONFLICT = 1, STORE_TAKEN };

/* Of an address, where it stands beside itself: SHA-256 in hexadecimal digits, whatever the case of its letters. */
const char *email_hash(struct ts_call *call, const char *email);

/* ---- accounts: NULL and version 0 when there is none, or it is void or erased. Return: 0; a ts_error. */

int store_get_account(struct ts_call *call, const char *id, const Identity__Account **ret_account,
                      int64_t *ret_version);
int store_find_account(struct ts_call *call, const char *email, const Identity__Account **ret_account,
                       int64_t *ret_version);

/* Claim its address and insert it. Return: 0, it stands there; STORE_TAKEN; a ts_error. */
int store_make_account(struct ts_call *call, const Identity__Account *account);

/* The same without an address. Return: 0; STORE_CONFLICT; a ts_error. */
int store_insert_account(struct ts_call *call, const Identity__Account *account);

/*
 * Claim the address that `account` has now, and put it; where only the case of letters differs, just put it.
 * Return: 0; STORE_CONFLICT: somebody else wrote that version; STORE_TAKEN; a ts_error.
 */
int store_move_account(struct ts_call *call, const Identity__Account *account, int64_t version);

/* Return: 0; STORE_CONFLICT; a ts_error. */
int store_put_account(struct ts_call *call, const Identity__Account *account, int64_t version);

/* Its versions, as ts_store_history(). Return: 0; a ts_error. */
int store_list_account_versions(struct ts_call *call, const char *id, int64_t before, struct ts_page *ret_page);

/* The accounts that ever claimed an address and were not erased, each once. Return: 0; a ts_error. */
int store_list_claimants(struct ts_call *call, const char *email, const char ***ret_ids, size_t *ret_count);

/* The key of the n-th claim of an address, from 1 on. */
const char *claim_id(struct ts_call *call, const char *email, unsigned number);

/* The claims of an account's address name it no more, and stay dead. Return: 0; a ts_error. */
int store_erase_claims(struct ts_call *call, const char *email, const char *account_id);

/* ---- claims anew, under this installation's key (renew.h) */

/* That an account had an address, or has it. */
struct had_address {
    const char *email, *account_id;
    int64_t version; /* that the account has reached */
};

/* A page of all accounts by id, void ones too. Return: 0; a ts_error. */
int store_list_accounts(struct ts_call *call, const char *cursor, struct ts_page *ret_page);

/* Claim it behind who did before, unless there is a claim of that account. Return: 0; a ts_error. */
int store_add_claim(struct ts_call *call, const struct had_address *had);
int store_add_claims(struct ts_call *call, const struct had_address *had, size_t count); /* at most TS_WRITE_MAX */

/* What tells the key under which addresses are claimed from others, and says nothing of it. */
const char *claim_mark(struct ts_call *call);

/* That of the key under which all of them are; NULL: of none. Return: 0; a ts_error. */
int store_get_claim_mark(struct ts_call *call, const char **ret_mark, int64_t *ret_version);
/* Return: 0; STORE_CONFLICT; a ts_error. */
int store_put_claim_mark(struct ts_call *call, const char *mark, int64_t version);

/* ---- second factors: as accounts, one for each */

int store_get_factor(struct ts_call *call, const char *account_id, const Identity__SecondFactor **ret_factor,
                     int64_t *ret_version);

/* Return: 0; STORE_CONFLICT; a ts_error. */
int store_put_factor(struct ts_call *call, const Identity__SecondFactor *factor, int64_t version);

/* ---- passkeys: NULL when there is none, or it was removed; listed are those of an account, oldest first */

int store_get_passkey(struct ts_call *call, const char *id, const Identity__Passkey **ret_passkey,
                      int64_t *ret_version);
int store_list_passkeys(struct ts_call *call, const char *account_id, const Identity__Passkey *const **ret_passkeys,
                        size_t *ret_count);

/* Return: 0; STORE_CONFLICT; a ts_error. */
int store_put_passkey(struct ts_call *call, const Identity__Passkey *passkey, int64_t version);

/* It goes, with all that it was. Return: 0; a ts_error. */
int store_erase_passkey(struct ts_call *call, const char *id);

/* Note that a challenge was used. Return: 0; STORE_CONFLICT: it had been; a ts_error. */
int store_insert_challenge(struct ts_call *call, const char *id);
int store_find_challenge(struct ts_call *call, const char *id, bool *ret_used);

/* Who brought the person that a challenge was given to. *ret_by is NULL when nobody did. */
int store_insert_brought(struct ts_call *call, const char *id, const Identity__BroughtBy *by);
int store_get_brought(struct ts_call *call, const char *id, const Identity__BroughtBy **ret_by);

/* ---- sessions */

int store_insert_session(struct ts_call *call, const Identity__Session *session);

/* Return: 0 (NULL when there is none); a ts_error. */
int store_get_session(struct ts_call *call, const char *id, const Identity__Session **ret_session,
                      int64_t *ret_version);

/* Return: 0; STORE_CONFLICT; a ts_error. */
int store_put_session(struct ts_call *call, const Identity__Session *session, int64_t version);

/* By what sessions are found: whose they are, or what at a provider they began by. */
enum session_field { SESSION_ACCOUNT, SESSION_IDENTITY, SESSION_PROVIDER_SESSION, SESSION_PROVIDER };

/* The ids of the sessions with that value that live at `now_ms`, at most TS_SCAN_MAX of them. Return: 0; a ts_error. */
int store_list_sessions(struct ts_call *call, enum session_field field, const char *value, int64_t now_ms,
                        const char *const **ret_ids, size_t *ret_count);

/* ---- who somebody is to a provider; NULL and version 0 when nobody was */

/* SHA-256 of two texts in hexadecimal digits: keys of what a provider names. */
const char *pair_hash(struct ts_call *call, const char *first, const char *second);

/* Its id, by what the provider says; `scope` is the provider's. */
const char *identity_id(struct ts_call *call, const char *scope, const char *subject);

/* The one that it had before; a session of then names it. */
const char *identity_former_id(struct ts_call *call, const char *scope, const char *subject);

/* Some of those that stand under a former id go to where they are found. *ret_count 0: there were none. */
int store_move_identities(struct ts_call *call, size_t *ret_count);

int store_get_identity(struct ts_call *call, const char *id, const Identity__ProviderIdentity **ret_identity,
                       int64_t *ret_version);

/* The ids of those that an account has. Return: 0; a ts_error. */
int store_list_identities(struct ts_call *call, const char *account_id, const char *const **ret_ids, size_t *ret_count);

/* Return: 0; STORE_CONFLICT; a ts_error. */
int store_put_identity(struct ts_call *call, const Identity__ProviderIdentity *identity, int64_t version);

/* It goes, with all that it was. Return: 0; a ts_error. */
int store_erase_identity(struct ts_call *call, const char *id);

/* ---- teams */

/* Return: 0 (NULL when there is none); a ts_error. */
int store_get_team(struct ts_call *call, const char *id, const Identity__Team **ret_team, int64_t *ret_version);

/* Insert it, `first` before (NULL: nothing). Return: 0; STORE_CONFLICT: one of both is there; a ts_error. */
struct ts_write;
int store_insert_team(struct ts_call *call, const Identity__Team *team, const struct ts_write *first);

/* Return: 0; STORE_CONFLICT; a ts_error. */
int store_put_team(struct ts_call *call, const Identity__Team *team, int64_t version);

/* Those of an organizer, or that an account is on, oldest first; `account_id` NULL or `organizer_id` NULL. */
int store_list_teams(struct ts_call *call, const char *organizer_id, const char *account_id,
                     const Identity__Team ***ret_teams, size_t *ret_count);

/* ---- machines: as teams */

int store_get_machine(struct ts_call *call, const char *id, const Identity__Machine **ret_machine,
                      int64_t *ret_version);
int store_insert_machine(struct ts_call *call, const Identity__Machine *machine, const struct ts_write *first);
int store_put_machine(struct ts_call *call, const Identity__Machine *machine, int64_t version);
int store_list_machines(struct ts_call *call, const char *organizer_id, const Identity__Machine ***ret_machines,
                        size_t *ret_count);

/* The device whose code has this hash; NULL and version 0 when there is none. Return: 0; a ts_error. */
int store_find_device(struct ts_call *call, const char *pairing_hash, const Identity__Machine **ret_machine,
                      int64_t *ret_version);

/* ---- organizers' providers: as teams; listed are those that were not removed */

int store_get_oidc_provider(struct ts_call *call, const char *id, const Identity__OidcProvider **ret_provider,
                            int64_t *ret_version);
int store_insert_oidc_provider(struct ts_call *call, const Identity__OidcProvider *provider,
                               const struct ts_write *first);
int store_put_oidc_provider(struct ts_call *call, const Identity__OidcProvider *provider, int64_t version);
int store_list_oidc_providers(struct ts_call *call, const char *organizer_id,
                              const Identity__OidcProvider ***ret_providers, size_t *ret_count);

/* ---- mails */

int store_insert_mail(struct ts_call *call, const Identity__Mail *mail);
int store_get_mail(struct ts_call *call, const char *id, const Identity__Mail **ret_mail, int64_t *ret_version);

/* Return: 0; STORE_CONFLICT; a ts_error. */
int store_put_mail(struct ts_call *call, const Identity__Mail *mail, int64_t version);

/* How many mails went to this address since then. */
int store_count_mails(struct ts_call *call, const char *email, int64_t since_ms, int64_t max, int64_t *ret_count);

/* Newest first. */
struct mail_page {
    const Identity__Mail **mails;
    const char **cursors;
    size_t count;
    bool more;
};
/* Return: 0 and *ret_page; TS_EINVALID for a cursor of something else; a ts_error. */
int store_list_mails(struct ts_call *call, const char *cursor, unsigned limit, struct mail_page *ret_page);

/* ---- all that there is of an account, one kind after the other */

enum store_own { STORE_OWN_SESSIONS, STORE_OWN_PASSKEYS, STORE_OWN_IDENTITIES, STORE_OWN_MAILS };

/* The newest TS_SCAN_MAX. Return: 0; a ts_error. */
int store_list_own(struct ts_call *call, enum store_own own, const char *account_id, struct ts_page *ret_page);
int store_erase_own(struct ts_call *call, enum store_own own, const char *account_id);

/* Mails to an address that stood for the account then, whatever account they name. */
int store_list_address_mails(struct ts_call *call, const Identity__PersonAddress *address, struct ts_page *ret_page);
int store_erase_address_mails(struct ts_call *call, const Identity__PersonAddress *address);

/* The account itself, and its second factor. Return: 0; a ts_error. */
int store_erase_account(struct ts_call *call, const char *id);

#endif
