/*
 * What people know from answers, and what they asked for: the outside's model of what must be so. Each thing has the
 * key that asked for it; who hears of it a second time must hear the same.
 */
#ifndef SIM_BOOK_H
#define SIM_BOOK_H

#include "orders/v1/orders.pb-c.h"
#include "sim.h"

enum {
    BOOK_TYPES_MAX = 5,
    BOOK_EVENTS_MAX = 2,
    BOOK_QUOTAS_MAX = 4, /* the last one has seats */
    BOOK_LISTS_MAX = 3,
    BOOK_THINGS_MAX = 2048, /* of each kind */
    BOOK_KEY_SIZE = 48,
};

struct book_quota {
    char id[TS_ID_SIZE];
    unsigned event;
    int size, size_max; /* as last asked for; the most that was ever asked for */
    bool seated;        /* its size is its plan's, in the end that of all seats */
};

struct book_type {
    char id[TS_ID_SIZE];
    unsigned event;
    int64_t price_minor;
    bool quotas[BOOK_QUOTAS_MAX];
};

struct book_event {
    char id[TS_ID_SIZE], date_id[TS_ID_SIZE];
    bool cancelling; /* it was asked for */
    bool cancelled;  /* it was answered */
};

struct book_list {
    char id[TS_ID_SIZE];
    unsigned event;
    bool reentry, forced; /* forced: scans that happened offline are uploaded here */
};

struct book_hold {
    char key[BOOK_KEY_SIZE], id[TS_ID_SIZE], token[96];
    unsigned type, quantity;
    bool named; /* by seat: so many from this place on */
    unsigned seat;
    int64_t asked_ms; /* first, on the loop's clock */
    unsigned jumps;   /* of the world's clock, before it */
    bool releasing;
    /* When it ends, as said first, said last, and said to be possible; 0: nothing was. */
    int64_t first_end_ms, expires_ms, last_end_ms;
};

struct book_pool {
    char key[BOOK_KEY_SIZE], id[TS_ID_SIZE];
    unsigned quota;
};

struct book_order {
    char id[TS_ID_SIZE], code[24], secret[64], email[48];
    struct book_hold *hold;
    int64_t total_minor;
    bool paid;                  /* it was said to be */
    bool cancelling, cancelled; /* somebody asked for it; it was said to be */
    bool called_off;            /* staff asked for it */
    unsigned keys;              /* payments asked for, by different keys */
    bool unheard;               /* one of them was not answered, or by a failure */
    bool changing;              /* one of its tickets was to be changed */
    bool heard_closed;          /* its event was said to be cancelled before anybody asked for it */
};

struct book_payment {
    char key[BOOK_KEY_SIZE], id[TS_ID_SIZE];
    struct book_order *order;
    const char *provider, *method;
    bool confirming; /* staff recorded it, or tried */
    bool came;       /* it was said to be CONFIRMED or REFUNDED */
};

struct book_refund {
    char key[BOOK_KEY_SIZE], id[TS_ID_SIZE];
    struct book_order *order;
    unsigned way; /* of saying how much */
};

/* A ticket that was said to be changed, so many times. */
struct book_change {
    char ticket_id[TS_ID_SIZE];
    unsigned count;
};

struct book_ticket {
    char id[TS_ID_SIZE], code[200];
    struct book_order *order;
    bool dead; /* the code was said to be no good any more: revoked, blocked, or another was issued */
};

struct book_scan {
    char nonce[BOOK_KEY_SIZE], id[TS_ID_SIZE];
    struct book_ticket *ticket;
    unsigned list;
    bool exit, forced, heard;
    int result;
};

struct book {
    struct ts_arena *arena;
    char organizer_id[TS_ID_SIZE];
    struct book_event events[BOOK_EVENTS_MAX];
    struct book_quota quotas[BOOK_QUOTAS_MAX];
    struct book_type types[BOOK_TYPES_MAX];
    struct book_list lists[BOOK_LISTS_MAX];
    unsigned event_count, quota_count, type_count, list_count;
    struct book_hold *holds[BOOK_THINGS_MAX];
    struct book_pool *pools[BOOK_THINGS_MAX];
    struct book_order *orders[BOOK_THINGS_MAX];
    struct book_payment *payments[BOOK_THINGS_MAX];
    struct book_refund *refunds[BOOK_THINGS_MAX];
    struct book_ticket *tickets[BOOK_THINGS_MAX];
    struct book_change *changes[BOOK_THINGS_MAX];
    struct book_scan *scans[BOOK_THINGS_MAX];
    unsigned hold_count, pool_count, order_count, payment_count, refund_count, ticket_count, change_count, scan_count;
    unsigned keys; /* given out */
};

struct book *book_new(void);
void book_free(struct book *book);

/* A new key, long enough for who has no account. */
void book_key(struct sim *sim, char key[BOOK_KEY_SIZE]);

struct book_hold *book_hold(struct sim *sim, unsigned type, unsigned quantity);
struct book_pool *book_pool(struct sim *sim, unsigned quota);
struct book_order *book_order(struct sim *sim, struct book_hold *hold);
struct book_payment *book_payment(struct sim *sim, struct book_order *order);
struct book_refund *book_refund(struct sim *sim, struct book_order *order);
/* The ticket of this code; a new one when nobody has seen it. */
struct book_ticket *book_ticket(struct sim *sim, struct book_order *order, const char *id, const char *code);
/* The ticket was said to be changed once more. */
void book_change(struct sim *sim, const char *ticket_id);
struct book_scan *book_scan(struct sim *sim, struct book_ticket *ticket, unsigned list);

/* Something was said to have this id, for the first or another time: it must be the same each time. */
void book_same(struct sim *sim, char *known, const char *said, size_t size, const char *what);

/* What was known of an order when a question was sent: later answers may overtake it. */
struct book_known {
    bool paid, cancelled;
};
static inline struct book_known book_known(const struct book_order *order)
{
    return (struct book_known){ order->paid, order->cancelled };
}

/* What was said of an order must fit what was known before. */
void book_note_order(struct sim *sim, struct book_order *order, struct book_known known, const Orders__Order *said);

#endif
