/* Why a provider's word signs nobody in: what the page says to him, in his language, or an answer to the provider. */
#ifndef IDENTITY_PROBLEM_H
#define IDENTITY_PROBLEM_H

#include "tessera/language.h"

enum problem {
    PROBLEM_NONE,
    PROBLEM_PATH,
    PROBLEM_LATE,
    PROBLEM_AWAY,
    PROBLEM_OTHER_BROWSER,
    PROBLEM_OTHER_PROVIDER,
    PROBLEM_OTHER_SIGN_IN,
    PROBLEM_OTHER_ISSUER,
    PROBLEM_NOT_LET_IN,
    PROBLEM_NO_CODE,
    PROBLEM_CODE,
    PROBLEM_ANSWER_USED,
    PROBLEM_NAMELESS,
    PROBLEM_UNVERIFIED,
    PROBLEM_NOT_LINKED,
    PROBLEM_TOKEN_FORGED,
    PROBLEM_TOKEN_ISSUER,
    PROBLEM_TOKEN_AUDIENCE,
    PROBLEM_TOKEN_PARTY,
    PROBLEM_TOKEN_TIMELESS,
    PROBLEM_TOKEN_OLD,
    PROBLEM_TOKEN_EARLY,
    PROBLEM_TOKEN_SIGN_IN,
    PROBLEM_TOKEN_NAMELESS,
    PROBLEM_LOGOUT_NONE,
    PROBLEM_LOGOUT_NO_ID,
    PROBLEM_LOGOUT_USED,
    PROBLEMS,
};

/* One sentence; NULL for none. */
const char *problem_text(enum problem problem, enum ts_language language);

/* What is above it, and the words of a link that leads to where it began. */
const char *problem_title(enum ts_language language);
const char *problem_again(enum ts_language language);

#endif
