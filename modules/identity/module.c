/* Identity: table of contents. */
#include "tessera/module.h"

#include "access_token.h"
#include "api.h"
#include "outbox.h"
#include "renew.h"
#include "store.h"

static const struct identity_service rows = {
    // clang-format off
    /* rpc                       handler                  deadline_ms; of those that hash: with a full queue before */
    .sign_up                = { sign_up,                 2000 },
    .verify_email           = { verify_email,           10000 },
    .sign_in                = { sign_in,                10000 },
    .refresh_session        = { refresh_session,         2000 },
    .request_password_reset = { request_password_reset,  2000 },
    .reset_password         = { reset_password,         10000 },
    .start_oidc             = { start_oidc,             15000 },
    .finish_oidc            = { finish_oidc,            25000 },
    .log_out_oidc           = { log_out_oidc,           15000 },
    .list_providers         = { list_providers,          2000 },
    .create_oidc_provider   = { create_oidc_provider,   15000 },
    .update_oidc_provider   = { update_oidc_provider,    2000 },
    .remove_oidc_provider   = { remove_oidc_provider,   10000 },
    .list_oidc_providers    = { list_oidc_providers,     2000 },
    .start_provider_link    = { start_provider_link,    10000 },
    .link_provider          = { link_provider,           2000 },
    .unlink_provider        = { unlink_provider,        10000 },
    .list_provider_identities = { list_provider_identities, 2000 },
    .sign_out               = { sign_out,                5000 },
    .change_password        = { change_password,        10000 },
    .start_totp             = { start_totp,             10000 },
    .confirm_totp           = { confirm_totp,            2000 },
    .remove_totp            = { remove_totp,            10000 },
    .renew_recovery_codes   = { renew_recovery_codes,   10000 },
    .complete_sign_in       = { complete_sign_in,        2000 },
    .start_passkey          = { start_passkey,          10000 },
    .create_passkey         = { create_passkey,          2000 },
    .rename_passkey         = { rename_passkey,          2000 },
    .remove_passkey         = { remove_passkey,         10000 },
    .list_passkeys          = { list_passkeys,           2000 },
    .list_sessions          = { list_sessions,           2000 },
    .start_passkey_sign_in  = { start_passkey_sign_in,   2000 },
    .sign_in_by_passkey     = { sign_in_by_passkey,      2000 },
    .request_sign_in_link   = { request_sign_in_link,    2000 },
    .sign_in_by_link        = { sign_in_by_link,         2000 },
    .request_email_change   = { request_email_change,   10000 },
    .confirm_email_change   = { confirm_email_change,    2000 },
    .undo_email_change      = { undo_email_change,      10000 },
    .get_viewer             = { get_viewer,              2000 },
    .create_team            = { create_team,             2000 },
    .update_team            = { update_team,             2000 },
    .invite_member          = { invite_member,           2000 },
    .accept_invitation      = { accept_invitation,       2000 },
    .remove_member          = { remove_member,           2000 },
    .transfer_ownership     = { transfer_ownership,      2000 },
    .list_teams             = { list_teams,              2000 },
    .list_members           = { list_members,            2000 },
    .create_api_key         = { create_api_key,          2000 },
    .revoke_api_key         = { revoke_api_key,          2000 },
    .create_device          = { create_device,           2000 },
    .pair_device            = { pair_device,             2000 },
    .revoke_device          = { revoke_device,           2000 },
    .list_machines          = { list_machines,           2000 },
    .check_key              = { check_key,               1000 },
    .list_mails             = { list_mails,              2000 },
    .get_jwks               = { get_jwks,                1000 },
    .list_keys              = { list_keys,               1000 },
    .get_principal          = { get_principal,           1000 },
    .read_person            = { read_person,             2000 },
    .erase_person           = { erase_person,           20000 },
    // clang-format on
};

static const struct ts_service services[] = {
    { &identity__identity__descriptor, identity_dispatch, identity_deadline, &rows },
    { 0 },
};

static const ProtobufCMessageDescriptor *const events[] = { &identity__session_ended__descriptor,
                                                            &identity__rights_changed__descriptor, NULL };

static const struct ts_due due[] = {
    { &identity_outbox, outbox_continue },
    { 0 },
};

static int identity_start(struct ts_call *call, void **ret_state)
{
    int r = renew_claims(call);

    r = r ? r : renew_identities(call);
    if (r == 0)
        *ret_state = identity_new();
    return r;
}

static void identity_stop(void *state)
{
    identity_free(state);
}

const struct ts_module identity_module = {
    .name = "identity",
    .services = services,
    .collections = identity_collections,
    .due = due,
    .events = events,
    .start = identity_start,
    .stop = identity_stop,
    .check = oidc_check_settings,
};
