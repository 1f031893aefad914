/* What mails to accounts say in French. */
#include "mails.h"

// clang-format off
const struct mails mails_fr = {
    .team = "L’équipe s’appelle « {team} ».",
    .token = "Le jeton du lien : {token}",
    .kinds = {
        [IDENTITY__MAIL_KIND__VERIFY_EMAIL] = {
            "Confirmez votre adresse e-mail",
            { "Quelqu’un, vous-même nous l’espérons, souhaite créer un compte avec cette adresse.",
              "Suivez le lien dans la journée et choisissez un mot de passe. Si ce n’était pas vous, il "
              "n’y a rien à faire : aucun compte n’est créé." },
            "Confirmer l’adresse et choisir un mot de passe",
        },
        [IDENTITY__MAIL_KIND__ACCOUNT_EXISTS] = {
            "Vous avez déjà un compte",
            { "Quelqu’un, vous-même nous l’espérons, a voulu utiliser cette adresse pour un compte. Elle "
              "en a déjà un ; rien n’a donc changé.",
              "Si vous avez oublié le mot de passe, demandez-en un autre." },
        },
        [IDENTITY__MAIL_KIND__RESET_PASSWORD] = {
            "Choisir un autre mot de passe",
            { "Quelqu’un, vous-même nous l’espérons, a oublié le mot de passe du compte de cette adresse.",
              "Suivez le lien dans l’heure pour en choisir un autre. Si ce n’était pas vous, il n’y a rien "
              "à faire : le mot de passe reste le même." },
            "Choisir un autre mot de passe",
        },
        [IDENTITY__MAIL_KIND__ACCOUNT_UNKNOWN] = {
            "Cette adresse n’a pas de compte",
            { "Quelqu’un, vous-même nous l’espérons, a voulu se connecter avec cette adresse, ou choisir "
              "un autre mot de passe. Elle n’a pas de compte ; il y en a peut-être un avec une autre de "
              "vos adresses." },
        },
        [IDENTITY__MAIL_KIND__INVITATION] = {
            "Vous êtes invité dans une équipe",
            { "On vous propose de travailler avec d’autres personnes qui vendent ici des billets.",
              "Connectez-vous avec cette adresse, ou créez d’abord un compte avec elle, puis suivez le "
              "lien. Il est valable une semaine." },
            "Rejoindre l’équipe",
        },
        [IDENTITY__MAIL_KIND__SECOND_FACTOR_ON] = {
            "Une deuxième étape protège votre compte",
            { "Désormais, la connexion demande aussi un code de votre application.",
              "Si ce n’est pas vous qui l’avez configurée, choisissez aussitôt un autre mot de passe et "
              "écrivez-nous." },
        },
        [IDENTITY__MAIL_KIND__SECOND_FACTOR_OFF] = {
            "La deuxième étape de votre compte est désactivée",
            { "Désormais, votre mot de passe suffit pour vous connecter.",
              "Si ce n’est pas vous qui l’avez désactivée, choisissez aussitôt un autre mot de passe et "
              "écrivez-nous." },
        },
        [IDENTITY__MAIL_KIND__SIGN_IN] = {
            "Se connecter",
            { "Quelqu’un, vous-même nous l’espérons, souhaite se connecter avec cette adresse.",
              "Suivez le lien dans le quart d’heure, dans le navigateur qui l’a demandé. Si ce n’était pas "
              "vous, il n’y a rien à faire." },
            "Se connecter",
        },
        [IDENTITY__MAIL_KIND__CHANGE_EMAIL] = {
            "Confirmez votre nouvelle adresse e-mail",
            { "Quelqu’un, vous-même nous l’espérons, souhaite désormais utiliser cette adresse pour un "
              "compte.",
              "Connectez-vous et suivez le lien dans l’heure. Si ce n’était pas vous, il n’y a rien à "
              "faire : rien ne change." },
            "Confirmer l’adresse",
        },
        [IDENTITY__MAIL_KIND__EMAIL_CHANGED] = {
            "Votre compte a une autre adresse e-mail",
            { "Le compte qui avait cette adresse en a maintenant une autre, et les e-mails vont à celle-ci.",
              "Si ce n’est pas vous qui l’avez modifiée, suivez le lien dans la semaine : le compte "
              "retrouve cette adresse, et vous choisissez un autre mot de passe." },
            "Annuler la modification",
        },
        [IDENTITY__MAIL_KIND__PASSKEY_ADDED] = {
            "Votre compte a une nouvelle clé d’accès",
            { "Désormais, une clé d’accès qui a été ajoutée vous connecte aussi.",
              "Si ce n’est pas vous qui l’avez ajoutée, supprimez-la, choisissez aussitôt un autre mot de "
              "passe et écrivez-nous." },
        },
        [IDENTITY__MAIL_KIND__PASSKEY_REMOVED] = {
            "Une clé d’accès de votre compte est supprimée",
            { "Une clé d’accès a été supprimée et ne vous connecte plus.",
              "Si ce n’est pas vous qui l’avez supprimée, choisissez aussitôt un autre mot de passe et "
              "écrivez-nous." },
        },
        [IDENTITY__MAIL_KIND__PROVIDER_LINKED] = {
            "Votre compte a un autre moyen d’accès",
            { "Désormais, le service d’un autre fournisseur, auquel votre compte a été associé, vous "
              "connecte aussi.",
              "Si ce n’est pas vous qui l’avez associé, dissociez-le, choisissez aussitôt un autre mot de "
              "passe et écrivez-nous." },
        },
        [IDENTITY__MAIL_KIND__PROVIDER_UNLINKED] = {
            "Un moyen d’accès à votre compte est supprimé",
            { "Un service qui vous connectait a été dissocié et ne vous connecte plus.",
              "Si ce n’est pas vous qui l’avez dissocié, choisissez aussitôt un autre mot de passe et "
              "écrivez-nous." },
        },
    },
};
// clang-format on
