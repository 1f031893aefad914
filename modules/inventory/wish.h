/* What a buyer wants, line by line, laid beside the catalogue and the maps: the steps between a request and a take. */
#ifndef INVENTORY_WISH_H
#define INVENTORY_WISH_H

#include "catalog/v1/catalog.rpc.h"
#include "take.h"

/* One line of a wish, and what the catalogue says of it. */
struct line {
    const Inventory__HoldLine *asked;
    const Catalog__EventDate *date;
    const Catalog__TicketType *type;
    struct quota *const *quotas; /* that each of its tickets draws on; from wish_ready() to the next wait */
};

struct wish {
    const char *event_id;
    const Catalog__GetSaleReply *sale;
    struct line *lines;
    size_t count;
    size_t position_count, place_count;
};

/* What can be said without asking anybody. Return: 0; TS_REFUSED. */
int wish_check_lines(struct ts_call *call, Inventory__HoldLine *const *lines, size_t count, size_t count_max);

/* Ask the catalogue. Return: 0 and *ret_wish; TS_REFUSED: something is not there for this caller; a ts_error. */
int wish_resolve(struct ts_call *call, const char *event_id, Inventory__HoldLine *const *lines, size_t count,
                 struct wish *ret_wish);

/* Whether on sale or not: is anything of it cancelled? Return: 0; TS_REFUSED. */
int wish_check_dates(struct ts_call *call, const struct wish *wish);

/* May all of it be sold now, and so many? Return: 0; TS_REFUSED. */
int wish_check_sale(struct ts_call *call, const struct wish *wish);

/* All that the wish has of the line's type; 0 when an earlier line has said so already. */
int64_t wish_type_quantity(const struct wish *wish, size_t index);

/* The maps of all places wanted are ready, and the lines' quotas known, from here on. Return: 0; a ts_error. */
int wish_ready(struct ts_call *call, struct wish *wish);

/* Positions and places of the whole wish, whose maps are ready. Return: 0; TS_REFUSED: too many, or of no quota. */
int wish_count_places(struct ts_call *call, struct wish *wish);

/* Both: no wait lies between the last look at which quotas there are and the counting. Return: 0; TS_REFUSED; a
 * ts_error. */
int wish_check_places(struct ts_call *call, struct wish *wish);

/* The OPEN hold and its take, from a wish whose places have just been counted: no wait may lie between. */
void wish_prepare(struct ts_call *call, const struct wish *wish, const char *id, struct take *ret_take);

/* Name the seats that are not to be had, or the first line that draws on the quota which is short. Return: TS_REFUSED.
 */
int wish_refuse_shortage(struct ts_call *call, const struct wish *wish, const struct take *take, int refusal);

#endif
