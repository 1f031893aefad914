/*
 * Every bound in one place, each with its reason. What grows with a caller's wishes is refused past its bound with a
 * clear error; nothing here is a tuning knob unless it says so.
 */
#ifndef TESSERA_LIMITS_H
#define TESSERA_LIMITS_H

enum {
    /* the edge */
    TS_BODY_SIZE_MAX = 1 << 20,       /* an HTTP request body: the largest legal input is a long import by hand */
    TS_URL_SIZE_MAX = 16 << 10,       /* a GET /graphql with its query */
    TS_CONNECTIONS_MAX = 10000,       /* open sockets; below the usual limit of file descriptors */
    TS_REQUESTS_IN_FLIGHT_MAX = 4096, /* admitted at once; past it 503 with Retry-After */
    TS_REQUEST_MS_MAX = 30000,        /* deadline of a request at the edge */

    /* the bus */
    TS_MESSAGE_SIZE_MAX = 4 << 20, /* an encoded message on any transport */
    TS_CALL_DEPTH_MAX = 8,         /* nested calls: a deeper chain is a loop between modules */
    TS_FANOUT_MAX = 64,            /* calls side by side in one ts_all() */
    TS_CALL_MS_MAX = 30000,        /* the longest deadline a row may name; closing an event waits it out */
    TS_EVENT_QUEUE_MAX = 65536,    /* events waiting for their consumers; the oldest is dropped, being a hint */

    /* the store */
    TS_DOCUMENT_SIZE_MAX = 1 << 20, /* one encoded document */
    TS_KEY_SIZE_MAX = 200,          /* a document's id, without NUL */
    TS_INDEX_VALUE_SIZE_MAX = 512,  /* one encoded index value; longer strings are cut there */
    TS_WRITE_MAX = 4096,            /* documents in one ts_store_write() */
    TS_GET_MAX = 4096,              /* ids in one ts_store_get_many() */
    TS_SCAN_MAX = 1000,             /* documents in one page of ts_store_scan() */
    TS_STORE_QUEUE_MAX = 65536,     /* documents handed to the store and not yet answered: a second's worth */

    TS_RIGHTS_SIZE_MAX = 256 << 10, /* of a user's rights as text: 32 teams with 50 events each are a fifth of it */

    /* other servers that we ask */
    TS_HTTP_MS = 10000,                  /* for one answer, when the caller names no time */
    TS_HTTP_ANSWER_SIZE = 64 << 10,      /* of an answer's body, when the caller names no size */
    TS_HTTP_ANSWER_SIZE_MAX = 1 << 20,   /* whatever the caller names */
    TS_HTTP_HEADERS_MAX = 64,            /* of an answer, and of a request */
    TS_HTTP_HEADERS_SIZE_MAX = 16 << 10, /* of an answer */
    TS_HTTP_URL_SIZE_MAX = 4096,
    TS_HTTP_AT_ONCE_MAX = 64, /* of one purpose: a dead server of one kind does not hold what others need */

    /* passwords */
    TS_PASSWORD_SIZE_MAX = 256,  /* bytes: longer than a person's, shorter than a load */
    TS_PASSWORDS_AT_ONCE = 2,    /* being hashed: each takes a core for some 30 ms, and 19 MiB */
    TS_PASSWORD_QUEUE_MAX = 100, /* that wait for it: two seconds; past it a caller is refused */

    /* the domain */
    TS_NAME_SIZE_MAX = 200,    /* bytes of a name or title: one line on a ticket, any script */
    TS_TEXT_SIZE_MAX = 20000,  /* bytes of a description */
    TS_SLUG_SIZE_MAX = 63,     /* a DNS label, so that a slug can become a host name */
    TS_EMAIL_SIZE_MAX = 254,   /* RFC 5321 path */
    TS_PAGE_SIZE_DEFAULT = 20, /* `first` when absent */
    TS_PAGE_SIZE_MAX = 100,    /* `first` at most */
    TS_LINES_MAX = 50,         /* lines of one hold */
    TS_HOLD_PLACES_MAX = 500,  /* places of one hold over all its lines and quotas */
    TS_MAX_PER_ORDER_DEFAULT = 10,
    TS_QUOTA_SIZE_MAX = 1000000, /* places of one quota: the largest stadium is a tenth of it */
    TS_QUOTAS_PER_DATE_MAX = 200,
    TS_TYPES_PER_EVENT_MAX = 200,
    TS_DATES_PER_EVENT_MAX = 20000,   /* series of 13,000 dates exist */
    TS_IDEMPOTENCY_KEY_SIZE_MIN = 22, /* 128 bits in base64url, for callers without an account */
    TS_IDEMPOTENCY_KEY_SIZE_MAX = 200,
    TS_IDEMPOTENCY_KEYS_MAX = 1 << 20, /* remembered in memory, 32 MiB; the older ones are asked for in the store */
};

_Static_assert(TS_BODY_SIZE_MAX <= TS_MESSAGE_SIZE_MAX, "a request that entered fits into a message");
_Static_assert(TS_DOCUMENT_SIZE_MAX <= TS_MESSAGE_SIZE_MAX, "a document fits into a reply");
_Static_assert(TS_PAGE_SIZE_MAX <= TS_SCAN_MAX, "a public page is one scan");
_Static_assert(TS_HOLD_PLACES_MAX + 2 <= TS_WRITE_MAX, "a hold, its claims and its key are one write");

#endif
