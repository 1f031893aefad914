/*
 * What the parts of the load generator share: what is asked for (struct flags), what was counted (struct tally), and
 * who asks (struct caller). One thread, one epoll: everything here is plain state without locks.
 *
 *     main.c flags and phases -> buyer.c what a buyer does -> client.c HTTP -> watch.c times, table
 *                             -> staff.c sets up, looks    -> check.c is what was acknowledged true?
 */
#ifndef STAMPEDE_H
#define STAMPEDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"

enum op { OP_BROWSE, OP_JOIN, OP_PLACE, OP_HOLD, OP_RELEASE, OP_ORDER, OP_PAY, OP_FIND, OP_STAFF, OP_COUNT };

enum { QUANTITY_MAX = 4, LINES_SHOWN = 10 };

struct flags {
    unsigned port, admin_port; /* of 127.0.0.1; no admin_port: the clock is left alone */
    const char *token;         /* the owner's */
    unsigned buyers, places, connections, bots_percent;
    double arrive_s;
    unsigned hurry; /* all waits of buyers are divided by it */
    unsigned room;  /* how many a minute a waiting room lets in; 0: there is none */
    uint64_t seed;
    int miscount; /* added to the tickets believed sold: to see the check fail */
};

/* How often something that has a name happened. The names are few; past the last all count as it. */
struct counts {
    struct {
        char name[40];
        unsigned long count;
    } rows[24];
    size_t size;
};

struct tally {
    unsigned long arrived, bots, gone, refused_for_good, returned; /* buyers; the last: once carts had lapsed */
    unsigned long holds, held, released, left;                     /* carts, tickets in them, given back, left behind */
    unsigned long passes, too_soon, passless;                      /* people let in; sooner than may be; held without */
    unsigned long orders, declined, paid_orders, paid;             /* the last: tickets */
    unsigned long unknown_orders, unknown;                         /* paying them was never answered */
    unsigned long wrong;                                           /* answers that contradict what was asked */
    unsigned long requests, answered, unanswered, server_errors;
    struct counts refusals, failures;
};

/* Somebody with at most one request on its way, or waiting for its time. */
struct caller {
    struct caller *next;
    enum op op;
    unsigned tries;   /* of this request, over connections that broke */
    int64_t asked_us; /* when it wanted the answer */
    const struct caller_kind *kind;
};

struct caller_kind {
    bool is_staff; /* sends the owner's token */
    /* Append the request's body. Called again when the request has to be repeated. */
    void (*write)(struct caller *caller, struct buf *body);
    /* `data` lives until the next answer; NULL: there is none, and it was counted why. */
    void (*on_answer)(struct caller *caller, const struct json *data);
};

/* An order that was acknowledged as paid. */
struct sale {
    struct caller caller;
    char code[24], secret[64];
    unsigned tickets;
    char status_seen[12]; /* when it was asked for again; empty: not found */
    unsigned tickets_seen;
};

extern struct flags flags;
extern struct tally tally;
extern char event_id[64], type_id[64], quota_id[64];
extern int64_t room_starts_us; /* when the waiting room begins to let people in */

/* watch.c: time, and what is said about it */
int64_t now_us(void);
void watch_start(void);
void watch_note(enum op op, int64_t waited_us, int64_t took_us);
void watch_progress(void); /* the live line, once a second, where somebody looks */
void watch_end(void);      /* the line goes, the sale's time is taken */
void watch_print(void);
void count(struct counts *counts, const char *name);
unsigned long counts_sum(const struct counts *counts);
/* A violated claim: one line. Return: false. */
bool violated(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void give_up(const char *what);

/* waiting.c: until asked_us */
void waiting_add(struct caller *caller);
int64_t waiting_least_us(void);    /* INT64_MAX: nobody waits */
struct caller *waiting_take(void); /* the soonest; somebody must wait */
void waiting_done(void);

/* client.c */
void client_init(void);
void client_done(void);
void client_ask(struct caller *caller);
void client_ask_at(struct caller *caller, int64_t at_us);
/* Until `*done` has reached `all`. */
void client_run(const unsigned long *done, unsigned long all);
/* Tell the server's admin listener that so much time has passed; blocking. Return: did it take that? */
bool client_advance_clock(int64_t advance_ms);

/* Follow the names, NULL at the end. Return: NULL when one is missing or is null. */
const struct json *json_at(const struct json *from, ...) __attribute__((sentinel));
/* The text there into `to`; gives up when it is missing or longer. */
void json_keep(char *to, size_t room, const struct json *from, const char *name);

/* staff.c */
struct quota { /* as the owner sees it; -1: that could not be read */
    long size, sold, held, remaining, paid_orders;
};
void staff_set_up(void);
void staff_open_room(void);
struct quota staff_look(void);

/* buyer.c */
void buyers_run(void);
void buyers_run_late(unsigned count);
void buyers_done(void);
extern struct sale *sales;
extern size_t sale_count;

/* check.c */
void check_ask(void); /* for every sale again, as its buyer would */
/* Is all of it true? Prints a line for each claim that is not. */
bool check(const struct quota *quota, bool must_be_full);

#endif
