/* What mails to accounts say in English. */
#include "mails.h"

// clang-format off
const struct mails mails_en = {
    .team = "The team is called \"{team}\".",
    .token = "The link's token: {token}",
    .kinds = {
        [IDENTITY__MAIL_KIND__VERIFY_EMAIL] = {
            "Confirm your e-mail address",
            { "Somebody, we hope it was you, wants an account with this address.",
              "Follow the link within a day and choose a password. If it was not you, there is nothing to "
              "do: no account is made." },
            "Confirm the address and choose a password",
        },
        [IDENTITY__MAIL_KIND__ACCOUNT_EXISTS] = {
            "You have an account already",
            { "Somebody, we hope it was you, wanted to use this address for an account. It has one "
              "already, so nothing has changed.",
              "If the password is forgotten, ask for another one." },
        },
        [IDENTITY__MAIL_KIND__RESET_PASSWORD] = {
            "Choose another password",
            { "Somebody, we hope it was you, has forgotten the password of this address' account.",
              "Follow the link within an hour to choose another one. If it was not you, there is nothing "
              "to do: the password stays as it is." },
            "Choose another password",
        },
        [IDENTITY__MAIL_KIND__ACCOUNT_UNKNOWN] = {
            "This address has no account",
            { "Somebody, we hope it was you, wanted to sign in with this address, or to choose another "
              "password. There is no account with it; perhaps there is one with another address of yours." },
        },
        [IDENTITY__MAIL_KIND__INVITATION] = {
            "You are invited to a team",
            { "You are asked to work together with others who sell tickets here.",
              "Sign in with this address, or make an account with it first, and then follow the link. It "
              "is good for a week." },
            "Join the team",
        },
        [IDENTITY__MAIL_KIND__SECOND_FACTOR_ON] = {
            "A second factor guards your account",
            { "From now on signing in asks for a code of your app, too.",
              "If it was not you who set this up, choose another password at once and write to us." },
        },
        [IDENTITY__MAIL_KIND__SECOND_FACTOR_OFF] = {
            "The second factor of your account is off",
            { "From now on your password alone signs you in.",
              "If it was not you who took it off, choose another password at once and write to us." },
        },
        [IDENTITY__MAIL_KIND__SIGN_IN] = {
            "Sign in",
            { "Somebody, we hope it was you, wants to sign in with this address.",
              "Follow the link within a quarter of an hour, in the browser that asked for it. If it was "
              "not you, there is nothing to do." },
            "Sign in",
        },
        [IDENTITY__MAIL_KIND__CHANGE_EMAIL] = {
            "Confirm your new e-mail address",
            { "Somebody, we hope it was you, wants to use this address for an account from now on.",
              "Sign in and follow the link within an hour. If it was not you, there is nothing to do: "
              "nothing changes." },
            "Confirm the address",
        },
        [IDENTITY__MAIL_KIND__EMAIL_CHANGED] = {
            "Your account has another e-mail address",
            { "The account that had this address has another one now, and mails go there.",
              "If it was not you who changed it, follow the link within a week: the account gets this "
              "address back, and you choose another password." },
            "Undo the change",
        },
        [IDENTITY__MAIL_KIND__PASSKEY_ADDED] = {
            "Your account has a new passkey",
            { "From now on a passkey that was added signs you in.",
              "If it was not you who added it, remove it, choose another password at once and write to us." },
        },
        [IDENTITY__MAIL_KIND__PASSKEY_REMOVED] = {
            "A passkey of your account is gone",
            { "A passkey was removed, and does not sign you in any more.",
              "If it was not you who removed it, choose another password at once and write to us." },
        },
        [IDENTITY__MAIL_KIND__PROVIDER_LINKED] = {
            "Your account has another way in",
            { "From now on somebody else's service signs you in, with which your account was linked.",
              "If it was not you who linked it, unlink it, choose another password at once and write to us." },
        },
        [IDENTITY__MAIL_KIND__PROVIDER_UNLINKED] = {
            "A way into your account is gone",
            { "A service that signed you in was unlinked, and does not any more.",
              "If it was not you who unlinked it, choose another password at once and write to us." },
        },
    },
};
// clang-format on
