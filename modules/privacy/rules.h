/* How long what is kept, and whether somebody may be erased: decided without clock, store or bus. */
#ifndef PRIVACY_RULES_H
#define PRIVACY_RULES_H

#include <stdbool.h>
#include <stdint.h>

enum {
    NAMES_DAYS_MIN = 1,
    DAYS_MAX = 3650,
    RECENT_MINUTES = 15, /* since signing in, for what a stolen session must not do */
};

/*
 * --retention: "names=1095,sessions=90,mails=30", any of them; NULL: none. Names in orders go so many days after the
 * start of an event's last date; the others are the host's to heed (keep_term of tessera/store.h).
 * Return: false for what it cannot mean.
 */
bool terms_parse(const char *text, int *ret_names_days);

/* Did a session that began at `began_ms` begin so lately that its person is there? */
bool session_is_recent(int64_t began_ms, int64_t now_ms);

/* Are the names of an event's orders to go? */
bool names_are_old(int64_t last_starts_ms, int days, int64_t now_ms);

#endif
