/* What mails to accounts say in German. */
#include "mails.h"

// clang-format off
const struct mails mails_de = {
    .team = "Das Team heißt „{team}“.",
    .token = "Das Token des Links: {token}",
    .kinds = {
        [IDENTITY__MAIL_KIND__VERIFY_EMAIL] = {
            "Bestätigen Sie Ihre E-Mail-Adresse",
            { "Jemand, hoffentlich Sie, möchte mit dieser Adresse ein Konto anlegen.",
              "Öffnen Sie innerhalb eines Tages den Link und wählen Sie ein Passwort. Waren Sie es nicht, "
              "ist nichts zu tun: Es entsteht kein Konto." },
            "Die Adresse bestätigen und ein Passwort wählen",
        },
        [IDENTITY__MAIL_KIND__ACCOUNT_EXISTS] = {
            "Sie haben schon ein Konto",
            { "Jemand, hoffentlich Sie, wollte diese Adresse für ein Konto verwenden. Sie hat schon eines, "
              "darum hat sich nichts geändert.",
              "Wenn Sie das Passwort vergessen haben, fordern Sie ein anderes an." },
        },
        [IDENTITY__MAIL_KIND__RESET_PASSWORD] = {
            "Ein anderes Passwort wählen",
            { "Jemand, hoffentlich Sie, hat das Passwort für das Konto dieser Adresse vergessen.",
              "Öffnen Sie innerhalb einer Stunde den Link, um ein anderes zu wählen. Waren Sie es nicht, "
              "ist nichts zu tun: Das Passwort bleibt, wie es ist." },
            "Ein anderes Passwort wählen",
        },
        [IDENTITY__MAIL_KIND__ACCOUNT_UNKNOWN] = {
            "Mit dieser Adresse gibt es kein Konto",
            { "Jemand, hoffentlich Sie, wollte sich mit dieser Adresse anmelden oder ein anderes Passwort "
              "wählen. Mit ihr gibt es kein Konto; vielleicht gibt es eines mit einer anderen Adresse von "
              "Ihnen." },
        },
        [IDENTITY__MAIL_KIND__INVITATION] = {
            "Sie sind in ein Team eingeladen",
            { "Sie werden gebeten, mit anderen zusammenzuarbeiten, die hier Tickets verkaufen.",
              "Melden Sie sich mit dieser Adresse an, oder legen Sie zuerst ein Konto mit ihr an, und "
              "öffnen Sie dann den Link. Er gilt eine Woche." },
            "Dem Team beitreten",
        },
        [IDENTITY__MAIL_KIND__SECOND_FACTOR_ON] = {
            "Ein zweiter Schritt schützt Ihr Konto",
            { "Ab jetzt fragt die Anmeldung auch nach einem Code Ihrer App.",
              "Wenn nicht Sie das eingerichtet haben, wählen Sie sofort ein anderes Passwort und schreiben "
              "Sie uns." },
        },
        [IDENTITY__MAIL_KIND__SECOND_FACTOR_OFF] = {
            "Der zweite Schritt Ihres Kontos ist abgeschaltet",
            { "Ab jetzt meldet Sie Ihr Passwort allein an.",
              "Wenn nicht Sie ihn abgeschaltet haben, wählen Sie sofort ein anderes Passwort und schreiben "
              "Sie uns." },
        },
        [IDENTITY__MAIL_KIND__SIGN_IN] = {
            "Anmelden",
            { "Jemand, hoffentlich Sie, möchte sich mit dieser Adresse anmelden.",
              "Öffnen Sie den Link innerhalb einer Viertelstunde in dem Browser, der ihn angefordert hat. "
              "Waren Sie es nicht, ist nichts zu tun." },
            "Anmelden",
        },
        [IDENTITY__MAIL_KIND__CHANGE_EMAIL] = {
            "Bestätigen Sie Ihre neue E-Mail-Adresse",
            { "Jemand, hoffentlich Sie, möchte diese Adresse künftig für ein Konto verwenden.",
              "Melden Sie sich an und öffnen Sie innerhalb einer Stunde den Link. Waren Sie es nicht, ist "
              "nichts zu tun: Es ändert sich nichts." },
            "Die Adresse bestätigen",
        },
        [IDENTITY__MAIL_KIND__EMAIL_CHANGED] = {
            "Ihr Konto hat eine andere E-Mail-Adresse",
            { "Das Konto, das diese Adresse hatte, hat jetzt eine andere, und E-Mails gehen dorthin.",
              "Wenn nicht Sie sie geändert haben, öffnen Sie innerhalb einer Woche den Link: Das Konto "
              "bekommt diese Adresse zurück, und Sie wählen ein anderes Passwort." },
            "Die Änderung rückgängig machen",
        },
        [IDENTITY__MAIL_KIND__PASSKEY_ADDED] = {
            "Ihr Konto hat einen neuen Passkey",
            { "Ab jetzt meldet Sie auch ein Passkey an, der hinzugefügt wurde.",
              "Wenn nicht Sie ihn hinzugefügt haben, entfernen Sie ihn, wählen Sie sofort ein anderes "
              "Passwort und schreiben Sie uns." },
        },
        [IDENTITY__MAIL_KIND__PASSKEY_REMOVED] = {
            "Ein Passkey Ihres Kontos ist entfernt",
            { "Ein Passkey wurde entfernt und meldet Sie nicht mehr an.",
              "Wenn nicht Sie ihn entfernt haben, wählen Sie sofort ein anderes Passwort und schreiben Sie "
              "uns." },
        },
        [IDENTITY__MAIL_KIND__PROVIDER_LINKED] = {
            "Ihr Konto hat einen weiteren Zugang",
            { "Ab jetzt meldet Sie auch der Dienst eines anderen Anbieters an, mit dem Ihr Konto verknüpft "
              "wurde.",
              "Wenn nicht Sie ihn verknüpft haben, lösen Sie die Verknüpfung, wählen Sie sofort ein "
              "anderes Passwort und schreiben Sie uns." },
        },
        [IDENTITY__MAIL_KIND__PROVIDER_UNLINKED] = {
            "Ein Zugang zu Ihrem Konto ist entfernt",
            { "Ein Dienst, der Sie anmeldete, ist nicht mehr verknüpft und meldet Sie nicht mehr an.",
              "Wenn nicht Sie die Verknüpfung gelöst haben, wählen Sie sofort ein anderes Passwort und "
              "schreiben Sie uns." },
        },
    },
};
// clang-format on
