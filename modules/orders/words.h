/* What mails to buyers say, a table for each language; their words are those of tessera/language.h. */
#ifndef ORDERS_WORDS_H
#define ORDERS_WORDS_H

#include "catalog/v1/catalog.pb-c.h"
#include "orders/v1/orders.pb-c.h"
#include "tessera/language.h"

/* With an event's title, and where none is known without. */
struct words {
    const char *subject_of; /* {title} */
    const char *subject;
    const char *complete_of; /* {code} {title} */
    const char *complete;    /* {code} */
    const char *tickets;     /* {count} */
    const char *total;       /* {count} {total} */
    const char *secret;      /* below: the order's link */
    const char *tickets_link;

    const char *cancelled_subject; /* {title} */
    const char *cancelled;         /* {title} {dates} */
    const char *more;              /* {dates} {count} */
    const char *place;             /* {place} */
    const char *lost;              /* {code} {count} */
    const char *order_link;
};

const struct words *words_of(enum ts_language language);

/* In which an order's buyer is written to. */
enum ts_language words_language(const Orders__Order *order);

/* The event's title in that language; where nobody has said it, its own. */
const char *words_title(const Catalog__Event *event, enum ts_language language);

#endif
