/* The checks, by what they look at. None shares code with the modules. */
#ifndef SIM_CHECK_H
#define SIM_CHECK_H

#include "book.h"
#include "tessera/store.h"

/* Each document of a collection, newest version. */
typedef void check_visit(struct sim *sim, struct ts_call *call, const struct ts_doc *doc);
void check_each(struct sim *sim, struct ts_call *call, const char *collection, check_visit *visit);

/* The newest version; version 0 when there is none. */
struct ts_doc check_get(struct sim *sim, struct ts_call *call, const char *collection, const char *id);

/* All versions, newest first. */
struct ts_page check_history(struct sim *sim, struct ts_call *call, const char *collection, const char *id);

void check_holds(struct sim *sim, struct ts_call *call);
void check_orders(struct sim *sim, struct ts_call *call);
/* Of money, at any time. */
void check_money_moment(struct sim *sim, struct ts_call *call);
void check_money(struct sim *sim, struct ts_call *call);
void check_keys(struct sim *sim, struct ts_call *call);
void check_door(struct sim *sim, struct ts_call *call);
void check_seats(struct sim *sim, struct ts_call *call);

/* Print their versions. */
void show_all(struct sim *sim, struct ts_call *call);

#endif
