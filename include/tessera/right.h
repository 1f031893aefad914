/*
 * Who may do what. A principal brings its rights along: the edge fills them in from the teams that its account is on,
 * and they travel with the call, so asking is a look into memory. Each module asks before it does or shows anything of
 * an organizer's, whatever grant its caller says that it has: a grant bounds what may be shown, it gives no right.
 */
#ifndef TESSERA_RIGHT_H
#define TESSERA_RIGHT_H

#include "tessera/call.h"

/* What a team may do, in any combination. The order is that of identity.v1.Right. */
enum ts_right {
    TS_RIGHT_EVENTS = 1 << 0,  /* venues, events, dates, ticket types, check-in lists, waiting rooms */
    TS_RIGHT_PLACES = 1 << 1,  /* quotas, seat plans, places that are kept */
    TS_RIGHT_ORDERS = 1 << 2,  /* see orders */
    TS_RIGHT_SELL = 1 << 3,    /* give complimentary tickets, cancel orders */
    TS_RIGHT_MONEY = 1 << 4,   /* see payments, confirm and refund them */
    TS_RIGHT_TICKETS = 1 << 5, /* revoke, reissue and block tickets */
    TS_RIGHT_DOOR = 1 << 6,    /* scan, see scans */
    TS_RIGHT_AUDIT = 1 << 7,   /* see who changed what */
    TS_RIGHT_TEAMS = 1 << 8,   /* say who is on which team: the owners' alone */
    TS_RIGHT_ANY = (1 << 9) - 1
};

/* One team that a user is on. */
struct ts_membership {
    const char *organizer_id;
    unsigned rights;              /* of enum ts_right */
    const char *const *event_ids; /* that they are limited to */
    size_t event_count;           /* 0: they count for all events of the organizer, and for what belongs to none */
};

/*
 * May the caller do what any of `rights` allows, for this event of this organizer? No event (NULL): for what belongs to
 * none. The owner and we ourselves may do everything, and only they anything of no organizer ("").
 */
bool ts_may(const struct ts_call *call, unsigned rights, const char *organizer_id, const char *event_id);

/*
 * Require that he may. For something that is not there ask with "": then who may not is told the same as for what he
 * may not touch.
 * Return: 0; TS_EUNAUTHENTICATED for nobody in particular; TS_EDENIED for anybody else without the right.
 */
int ts_require(struct ts_call *call, unsigned rights, const char *organizer_id, const char *event_id);

#endif
