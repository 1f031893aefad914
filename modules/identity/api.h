/* The handlers, for module.c: one per rpc of identity.proto; and what they share. */
#ifndef IDENTITY_API_H
#define IDENTITY_API_H

#include "identity/v1/identity.rpc.h"
#include "rules.h"

/* ---- api_account.c: who somebody is, and his password */
int sign_up(struct ts_call *call, const Identity__SignUpRequest *request, Identity__AcceptedReply *ret_reply);
int verify_email(struct ts_call *call, const Identity__PasswordRequest *request, Identity__SessionReply *ret_reply);
int request_password_reset(struct ts_call *call, const Identity__EmailRequest *request,
                           Identity__AcceptedReply *ret_reply);
int reset_password(struct ts_call *call, const Identity__PasswordRequest *request, Identity__SessionReply *ret_reply);
int change_password(struct ts_call *call, const Identity__ChangePasswordRequest *request,
                    Identity__SessionReply *ret_reply);

/* ---- api_session.c: signing in and out */
int sign_in(struct ts_call *call, const Identity__SignInRequest *request, Identity__SessionReply *ret_reply);
int request_sign_in_link(struct ts_call *call, const Identity__EmailRequest *request,
                         Identity__SignInLinkReply *ret_reply);
int sign_in_by_link(struct ts_call *call, const Identity__SignInByLinkRequest *request,
                    Identity__SessionReply *ret_reply);
int sign_out(struct ts_call *call, const Identity__SignOutRequest *request, Identity__SignOutReply *ret_reply);
int refresh_session(struct ts_call *call, const Identity__RefreshSessionRequest *request,
                    Identity__SessionReply *ret_reply);
int list_sessions(struct ts_call *call, const Identity__AccountIdsRequest *request,
                  Identity__ListSessionsReply *ret_reply);
int read_person(struct ts_call *call, const Identity__ReadPersonRequest *request, Identity__ReadPersonReply *ret_reply);
int erase_person(struct ts_call *call, const Identity__ErasePersonRequest *request,
                 Identity__ErasePersonReply *ret_reply);
int get_principal(struct ts_call *call, const Identity__GetPrincipalRequest *request,
                  Identity__GetPrincipalReply *ret_reply);

/* ---- api_factor.c */
int start_totp(struct ts_call *call, const Identity__StartTotpRequest *request, Identity__StartTotpReply *ret_reply);
int confirm_totp(struct ts_call *call, const Identity__ConfirmTotpRequest *request,
                 Identity__RecoveryCodesReply *ret_reply);
int remove_totp(struct ts_call *call, const Identity__FactorRequest *request, Identity__AcceptedReply *ret_reply);
int renew_recovery_codes(struct ts_call *call, const Identity__FactorRequest *request,
                         Identity__RecoveryCodesReply *ret_reply);
int complete_sign_in(struct ts_call *call, const Identity__CompleteSignInRequest *request,
                     Identity__SessionReply *ret_reply);

/* ---- api_email.c */
int request_email_change(struct ts_call *call, const Identity__RequestEmailChangeRequest *request,
                         Identity__AcceptedReply *ret_reply);
int confirm_email_change(struct ts_call *call, const Identity__TokenRequest *request,
                         Identity__AcceptedReply *ret_reply);
int undo_email_change(struct ts_call *call, const Identity__PasswordRequest *request,
                      Identity__SessionReply *ret_reply);

/* ---- api_passkey.c */
int start_passkey(struct ts_call *call, const Identity__StartPasskeyRequest *request,
                  Identity__PasskeyOptionsReply *ret_reply);
int create_passkey(struct ts_call *call, const Identity__CreatePasskeyRequest *request,
                   Identity__PasskeyReply *ret_reply);
int rename_passkey(struct ts_call *call, const Identity__RenamePasskeyRequest *request,
                   Identity__PasskeyReply *ret_reply);
int remove_passkey(struct ts_call *call, const Identity__RemovePasskeyRequest *request,
                   Identity__PasskeyReply *ret_reply);
int list_passkeys(struct ts_call *call, const Identity__AccountIdsRequest *request,
                  Identity__ListPasskeysReply *ret_reply);
int start_passkey_sign_in(struct ts_call *call, const Identity__StartPasskeySignInRequest *request,
                          Identity__PasskeyOptionsReply *ret_reply);
int sign_in_by_passkey(struct ts_call *call, const Identity__SignInByPasskeyRequest *request,
                       Identity__SessionReply *ret_reply);

/* ---- api_oidc.c */
int start_oidc(struct ts_call *call, const Identity__StartOidcRequest *request, Common__Blob *ret_reply);
int finish_oidc(struct ts_call *call, const Identity__FinishOidcRequest *request, Common__Blob *ret_reply);
int log_out_oidc(struct ts_call *call, const Identity__LogOutOidcRequest *request, Common__Blob *ret_reply);

int list_providers(struct ts_call *call, const Identity__ListProvidersRequest *request,
                   Identity__ListProvidersReply *ret_reply);

/* ---- api_oidc_provider.c: organizers' own */
int create_oidc_provider(struct ts_call *call, const Identity__CreateOidcProviderRequest *request,
                         Identity__OidcProviderReply *ret_reply);
int update_oidc_provider(struct ts_call *call, const Identity__UpdateOidcProviderRequest *request,
                         Identity__OidcProviderReply *ret_reply);
int remove_oidc_provider(struct ts_call *call, const Identity__RemoveOidcProviderRequest *request,
                         Identity__OidcProviderReply *ret_reply);
int list_oidc_providers(struct ts_call *call, const Identity__OrganizerIdsRequest *request,
                        Identity__ListOidcProvidersReply *ret_reply);

/* ---- api_provider.c: which identities at providers are whose */
int start_provider_link(struct ts_call *call, const Identity__StartProviderLinkRequest *request,
                        Identity__StartProviderLinkReply *ret_reply);
int link_provider(struct ts_call *call, const Identity__TokenRequest *request,
                  Identity__ProviderIdentityReply *ret_reply);
int unlink_provider(struct ts_call *call, const Identity__UnlinkProviderRequest *request,
                    Identity__ProviderIdentityReply *ret_reply);
int list_provider_identities(struct ts_call *call, const Identity__AccountIdsRequest *request,
                             Identity__ListProviderIdentitiesReply *ret_reply);

/* Can what is set be used? Return: 0; TS_EINVALID and words. */
int oidc_check_settings(struct ts_call *call);

/* ---- api_team.c */
int create_team(struct ts_call *call, const Identity__CreateTeamRequest *request, Identity__TeamReply *ret_reply);
int update_team(struct ts_call *call, const Identity__UpdateTeamRequest *request, Identity__TeamReply *ret_reply);
int remove_member(struct ts_call *call, const Identity__RemoveMemberRequest *request, Identity__TeamReply *ret_reply);
int transfer_ownership(struct ts_call *call, const Identity__TransferOwnershipRequest *request,
                       Identity__TeamReply *ret_reply);
int list_teams(struct ts_call *call, const Identity__OrganizerIdsRequest *request, Identity__ListTeamsReply *ret_reply);
int list_members(struct ts_call *call, const Identity__TeamIdsRequest *request, Identity__ListMembersReply *ret_reply);

/* ---- api_invitation.c */
int invite_member(struct ts_call *call, const Identity__InviteMemberRequest *request,
                  Identity__AcceptedReply *ret_reply);
int accept_invitation(struct ts_call *call, const Identity__TokenRequest *request, Identity__TeamReply *ret_reply);

/* ---- api_machine.c */
int create_api_key(struct ts_call *call, const Identity__CreateApiKeyRequest *request,
                   Identity__MachineReply *ret_reply);
int revoke_api_key(struct ts_call *call, const Identity__RevokeApiKeyRequest *request,
                   Identity__MachineReply *ret_reply);
int create_device(struct ts_call *call, const Identity__CreateDeviceRequest *request,
                  Identity__MachineReply *ret_reply);
int pair_device(struct ts_call *call, const Identity__PairDeviceRequest *request, Identity__MachineReply *ret_reply);
int revoke_device(struct ts_call *call, const Identity__RevokeDeviceRequest *request,
                  Identity__MachineReply *ret_reply);
int list_machines(struct ts_call *call, const Identity__OrganizerIdsRequest *request,
                  Identity__ListMachinesReply *ret_reply);
int check_key(struct ts_call *call, const Identity__CheckKeyRequest *request, Identity__CheckKeyReply *ret_reply);

/* ---- api_read.c */
int get_viewer(struct ts_call *call, const Identity__GetViewerRequest *request, Identity__GetViewerReply *ret_reply);
int list_mails(struct ts_call *call, const Identity__ListMailsRequest *request, Identity__ListMailsReply *ret_reply);

/* ---- api_key.c */
int get_jwks(struct ts_call *call, const Identity__GetJwksRequest *request, Common__Blob *ret_reply);
int list_keys(struct ts_call *call, const Identity__ListKeysRequest *request, Identity__ListKeysReply *ret_reply);

/* ---- shared */

enum { TRIES_MAX = 8 /* a version lost to another writer is read and decided again so often, then TS_EABORTED */ };

/* Return: TS_REFUSED. */
int refuse(struct ts_call *call, enum refusal refusal);

/* Is there such an organizer; are all of these its events? Return: 0; TS_REFUSED; a ts_error. */
int check_organizer(struct ts_call *call, char *id);
int check_events(struct ts_call *call, const char *organizer_id, char **ids, size_t count);

/* What a team or a machine may do there, `set` of its rights; texts are borrowed. */
Identity__TeamRights *team_rights_new(struct ts_call *call, char *organizer_id, unsigned set, char **event_ids,
                                      size_t event_count);

/* What a machine may do, for the gateway. Return: 0; a ts_error. */
int machine_principal(struct ts_call *call, const char *id, Identity__GetPrincipalReply *ret_reply);

/* The identity is nobody's from here on, and nothing of it is left. Return: 0; a ts_error. */
int identity_unlink(struct ts_call *call, const Identity__ProviderIdentity *before);

/* From here on it signs in nobody, and nothing of it is left. Return: 0; a ts_error. */
int passkey_remove(struct ts_call *call, const Identity__Passkey *before);

/* Put an account on a team, unless it is. Return: 0 and the team; TS_REFUSED; a ts_error. */
int team_join(struct ts_call *call, const char *team_id, const char *account_id, Identity__TeamReply *ret_reply);

/* Say that it was done, or will be. Return: 0. */
int answer_accepted(struct ts_call *call, Identity__AcceptedReply *ret_reply);

/* Give an account another address, another password, or both (NULL: as it was). Return: 0; TS_REFUSED: somebody else
 * has the address; a ts_error. */
int account_change(struct ts_call *call, const char *account_id, const char *email, const char *hash);

/* The token of a mail's link, as long as it opens something. Return: 0 and *ret_token, or NULL; a ts_error. */
int mail_token(struct ts_call *call, const Identity__Mail *mail, char **ret_token);

/* The account of who asks. Return: 0; TS_EUNAUTHENTICATED or TS_EDENIED when he has none; a ts_error. */
int caller_account(struct ts_call *call, const Identity__Account **ret_account);

/*
 * It is the caller himself: by his account's password, or where it has none by a sign-in of the last five minutes.
 * `path` is how the input calls the password. Return: 0, it is; TS_REFUSED; a ts_error.
 */
int caller_confirm(struct ts_call *call, const Identity__Account *account, const char *password, const char *path);

/* Begin a session of the account and answer its tokens. Return: 0; a ts_error. */
int session_begin(struct ts_call *call, const char *account_id, Identity__SessionReply *ret_reply);

/* The same for who was brought by a provider (NULL: by none). */
int session_begin_by(struct ts_call *call, const char *account_id, const Identity__BroughtBy *by,
                     Identity__SessionReply *ret_reply);

/* The same for who has shown one factor: where there is a second, a challenge is answered instead. */
int session_admit(struct ts_call *call, const Identity__Account *account, Identity__SessionReply *ret_reply);

/*
 * Put the document that makes somebody at a provider an account's over `version`. Return: 0 and *ret_identity, its
 * texts borrowed; TS_EABORTED: it was put meanwhile; a ts_error.
 */
struct provider;
int identity_link(struct ts_call *call, const struct provider *provider, const char *subject, int64_t version,
                  const char *account_id, Identity__ProviderIdentity *ret_identity);

/* End one, or all of an account. Return: 0, also when there was nothing to end; a ts_error. */
int session_end(struct ts_call *call, const char *session_id);
int sessions_end(struct ts_call *call, const char *account_id);

/* All that a provider's own session began; or with NULL for it all that began by an identity. */
int sessions_end_by(struct ts_call *call, const char *provider_session, const char *identity_id);

/* All that an organizer's provider began. */
int sessions_end_of_provider(struct ts_call *call, const char *provider_id);

#endif
