/* What the mails to accounts say, a table for each language (mails_de.c). Texts have words of tessera/language.h. */
#ifndef IDENTITY_MAILS_H
#define IDENTITY_MAILS_H

#include "identity/v1/identity.pb-c.h"

enum { MAIL_KINDS = IDENTITY__MAIL_KIND__PROVIDER_UNLINKED + 1, PARAGRAPHS_MAX = 3 };

struct mails {
    const char *team;  /* {team} */
    const char *token; /* {token}, where there is no page for the link */
    struct mail_text {
        const char *subject;
        const char *paragraphs[PARAGRAPHS_MAX];
        const char *link_text; /* of those that have a link */
    } kinds[MAIL_KINDS];
};

extern const struct mails mails_en, mails_de, mails_fr, mails_ja, mails_ar;

#endif
