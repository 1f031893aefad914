/*
 * Renewing: a dead hold's buyer has the same again, as far as it is to be had, at today's prices, under a new hold with
 * a token of its own; and is told what is not as it was. One renewal for a hold: its document names the hold that
 * follows before that one is taken, so whoever asks again meets the same; what changed is read off the two.
 */
#include <assert.h>
#include <string.h>

#include "api.h"
#include "hold.h"
#include "pass.h"
#include "seats.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/limits.h"
#include "tessera/reply.h"
#include "wish.h"

enum {
    RENEWALS_MAX = 64,         /* holds that follow one another from one token */
    RENEW_TRIES = 64,          /* looks at a chain that others change, or take the end of */
    RENEW_STEP_MS = 15 * 1000, /* whoever named a hold has taken it by then, or has ended */
};

/* Return of a step: decide again. */
enum { RENEW_AGAIN = TAKE_AGAIN };

/* ---- the holds that followed the buyer's, each named by the one before */

struct chain {
    Inventory__Hold *first, *last; /* the token's; the newest that had places */
    bool next_unwritten;           /* what `last` names is to be written */
};

/* Return: 0; REFUSAL_HOLD_RELEASED: it is too long; a ts_error. */
static int chain_follow(struct ts_call *call, Inventory__Hold *first, struct chain *ret_chain)
{
    *ret_chain = (struct chain){ first, first, false };
    for (unsigned length = 0; ret_chain->last->next_hold_id; length++) {
        Inventory__Hold *next;
        int64_t version;
        int r = store_get_hold(call, ret_chain->last->next_hold_id, &next, &version);

        if (r)
            return r;
        ret_chain->next_unwritten = !next;
        if (!next || next->n_positions == 0)
            return 0; /* nothing came of it, so far */
        ret_chain->last = next;
        if (length == RENEWALS_MAX)
            return REFUSAL_HOLD_RELEASED;
    }
    return 0;
}

/* ---- what changed */

static void add_change(struct ts_call *call, Inventory__RenewHoldReply *reply, Inventory__HoldChangeKind kind,
                       Inventory__HeldPosition *was, Inventory__HeldPosition *now)
{
    Inventory__HoldChange *change = TS_NEW(call->arena, Inventory__HoldChange);

    inventory__hold_change__init(change);
    change->has_kind = true;
    change->kind = kind;
    change->was = was;
    change->now = now;
    reply->changes[reply->n_changes++] = change;
}

static bool is_for_the_same(const Inventory__HeldPosition *left, const Inventory__HeldPosition *right)
{
    return strcmp(left->ticket_type_id, right->ticket_type_id) == 0 && strcmp(left->date_id, right->date_id) == 0;
}

static bool is_priced_the_same(const Inventory__HeldPosition *left, const Inventory__HeldPosition *right)
{
    return left->price->minor == right->price->minor && strcmp(left->price->currency, right->price->currency) == 0;
}

static bool is_seated_the_same(const Inventory__HeldPosition *left, const Inventory__HeldPosition *right)
{
    return left->seat_id && right->seat_id ? strcmp(left->seat_id, right->seat_id) == 0
                                           : left->seat_id == right->seat_id;
}

/* Is what position `at` became further on, in the seat that a later one had? Then this one is lost. */
static bool is_seat_of_later(const Inventory__Hold *before, size_t at, const Inventory__HeldPosition *now)
{
    for (size_t i = at + 1; i < before->n_positions && now->seat_id; i++) {
        if (is_for_the_same(before->positions[i], now) && is_seated_the_same(before->positions[i], now))
            return true;
    }
    return false;
}

/* `after` (NULL: nothing was to be had) has what is left of the lines of `before`, in their order. */
static void list_changes(struct ts_call *call, const Inventory__Hold *before, const Inventory__Hold *after,
                         Inventory__RenewHoldReply *reply)
{
    size_t next = 0, lost = before->n_positions - (after ? after->n_positions : 0);

    reply->changes = TS_NEW_ARRAY(call->arena, Inventory__HoldChange *, before->n_positions);
    for (size_t i = 0; i < before->n_positions; i++) {
        Inventory__HeldPosition *was = before->positions[i];
        Inventory__HeldPosition *now = after && next < after->n_positions ? after->positions[next] : NULL;

        if (!now || !is_for_the_same(was, now) ||
            (lost > 0 && !is_seated_the_same(was, now) && is_seat_of_later(before, i, now)))
            now = NULL;
        next += now != NULL;
        lost -= !now;
        if (!now)
            add_change(call, reply, INVENTORY__HOLD_CHANGE_KIND__LOST, was, NULL);
        else if (!is_priced_the_same(was, now))
            add_change(call, reply, INVENTORY__HOLD_CHANGE_KIND__PRICE_CHANGED, was, now);
        else if (!is_seated_the_same(was, now))
            add_change(call, reply, INVENTORY__HOLD_CHANGE_KIND__SEAT_CHANGED, was, now);
    }
}

static int answer(struct ts_call *call, const struct chain *chain, const Inventory__Hold *hold,
                  Inventory__RenewHoldReply *reply)
{
    list_changes(call, chain->first, hold, reply);
    reply->hold = hold_view(call, hold, /* token= */ true);
    reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__PUBLIC, NULL);
    return 0;
}

/* ---- taking what is left */

struct renewal {
    Inventory__HoldTicketsRequest asked; /* a line for each position; shrinks to what is to be had */
    Inventory__Hold former;              /* those positions, in the same order */
    enum refusal why;                    /* the last thing that was not */
};

/* A line for each position of a hold. */
static void ask_for_the_same(struct ts_call *call, const Inventory__Hold *hold, const char *pass,
                             struct renewal *ret_renewal)
{
    Inventory__HoldTicketsRequest *asked = &ret_renewal->asked;

    *ret_renewal = (struct renewal){ INVENTORY__HOLD_TICKETS_REQUEST__INIT, *hold, REFUSAL_HOLD_RELEASED };
    asked->event_id = hold->event_id;
    asked->pass = (char *)pass;
    asked->lines = TS_NEW_ARRAY(call->arena, Inventory__HoldLine *, hold->n_positions);
    ret_renewal->former.positions =
        ts_memdup(call->arena, hold->positions, hold->n_positions * sizeof(*hold->positions));
    for (size_t i = 0; i < hold->n_positions; i++) {
        Inventory__HoldLine *line = asked->lines[asked->n_lines++] = TS_NEW(call->arena, Inventory__HoldLine);

        inventory__hold_line__init(line);
        line->ticket_type_id = hold->positions[i]->ticket_type_id;
        line->date_id = hold->positions[i]->date_id;
        line->has_quantity = true;
        line->quantity = 1;
    }
}

/* Leave out the lines that are not asked for any more. */
static void forget_lines(struct renewal *renewal)
{
    size_t kept = 0;

    for (size_t i = 0; i < renewal->asked.n_lines; i++) {
        if (renewal->asked.lines[i]->quantity == 0)
            continue;
        renewal->former.positions[kept] = renewal->former.positions[i];
        renewal->asked.lines[kept++] = renewal->asked.lines[i];
    }
    renewal->asked.n_lines = renewal->former.n_positions = kept;
}

/* Has nobody what the position had of the quota? */
static bool is_still_free(const Inventory__HeldPosition *position, const struct quota *quota)
{
    for (size_t i = 0; i < position->n_places; i++) {
        const Inventory__Place *place = position->places[i];

        if (strcmp(place->quota_id, quota->id) == 0)
            return place->number < quota->map.place_count && map_get(&quota->map, place->number).holder == HOLDER_NONE;
    }
    return false;
}

/* Ask for `count` fewer that draw on the quota: first those whose own places are gone, from the last on. */
static void ask_for_fewer(struct renewal *renewal, const struct wish *wish, const struct quota *quota, int64_t count)
{
    for (int gone = 1; gone >= 0; gone--) {
        for (size_t i = wish->count; i-- > 0 && count > 0;) {
            const struct line *line = &wish->lines[i];
            Inventory__HoldLine *asked = renewal->asked.lines[i];

            if (asked->quantity == 0 || !quota_sells(quota, line->date->id, line->type->id) ||
                (gone && is_still_free(renewal->former.positions[i], quota)))
                continue;
            asked->quantity = 0;
            count--;
        }
    }
    forget_lines(renewal);
}

/* Ask for `count` fewer of a type, from the last on. */
static void ask_for_fewer_of(struct renewal *renewal, const struct wish *wish, const Catalog__TicketType *type,
                             int64_t count)
{
    for (size_t i = wish->count; i-- > 0 && count > 0;) {
        if (wish->lines[i].type != type)
            continue;
        renewal->asked.lines[i]->quantity = 0;
        count--;
    }
    forget_lines(renewal);
}

/* Drop the first thing that may not be sold now. Return: true when there was one. */
static bool drop_unsold(struct ts_call *call, struct renewal *renewal, const struct wish *wish)
{
    for (size_t i = 0; i < wish->count; i++) {
        const struct line *line = &wish->lines[i];
        enum refusal sale = sale_check(wish->sale->event, line->date, line->type, ts_now_ms(call));
        int64_t quantity = wish_type_quantity(wish, i);
        enum refusal limit = quantity ? quantity_check(line->type, quantity) : REFUSAL_NONE;

        if (sale == REFUSAL_NONE && limit == REFUSAL_NONE)
            continue;
        renewal->why = sale != REFUSAL_NONE ? sale : limit;
        if (limit == REFUSAL_OVER_MAX)
            quantity -= type_max_per_order(line->type);
        if (sale != REFUSAL_NONE)
            renewal->asked.lines[i]->quantity = 0;
        ask_for_fewer_of(renewal, wish, line->type, sale != REFUSAL_NONE ? 0 : quantity);
        return true;
    }
    return false;
}

/* The same for a line that no quota has places for any more. */
static bool drop_homeless(struct renewal *renewal, const struct wish *wish)
{
    for (size_t i = 0; i < wish->count; i++) {
        if (wish->lines[i].quotas[0])
            continue;
        renewal->why = REFUSAL_NO_QUOTA;
        renewal->asked.lines[i]->quantity = 0;
        forget_lines(renewal);
        return true;
    }
    return false;
}

/* Ask for as many as the quota that was short has left; one fewer at least. */
static void drop_short(struct renewal *renewal, const struct wish *wish, const struct quota *quota, int shortage)
{
    int64_t too_many = -quota_free_count(quota);

    for (size_t i = 0; i < wish->count; i++) {
        const struct line *line = &wish->lines[i];

        if (quota_sells(quota, line->date->id, line->type->id))
            too_many += line->asked->quantity;
    }
    renewal->why = (enum refusal)shortage;
    ask_for_fewer(renewal, wish, quota, too_many > 1 ? too_many : 1);
}

/* One try. Return: 0 and *ret_hold; RENEW_AGAIN: less is asked for now; a refusal; TAKE_HOLD_TAKEN; a ts_error. */
static int take_asked(struct ts_call *call, struct renewal *renewal, const char *id, Inventory__Hold **ret_hold)
{
    const Inventory__HoldTicketsRequest *asked = &renewal->asked;
    struct wish wish = { 0 };
    struct pass_use pass;
    struct take take;
    int r = wish_resolve(call, asked->event_id, asked->lines, asked->n_lines, &wish);

    if (r == 0 && drop_unsold(call, renewal, &wish))
        return RENEW_AGAIN;
    if (r == 0)
        r = pass_begin(call, asked, wish.sale->event, id, &pass);
    if (r)
        return r;
    r = wish_ready(call, &wish);
    if (r == 0 && drop_homeless(renewal, &wish))
        return RENEW_AGAIN;
    if (r == 0)
        r = wish_count_places(call, &wish);
    if (r)
        return pass_end(call, &pass, r);
    wish_prepare(call, &wish, id, &take);
    seats_prefer(&take, &renewal->former);
    r = take_places(call, &take);
    if (r != REFUSAL_SOLD_OUT && r != REFUSAL_RESERVED) {
        *ret_hold = take.hold;
        return pass_end(call, &pass, r);
    }
    drop_short(renewal, &wish, take.short_quota, r);
    return asked->n_lines ? RENEW_AGAIN : pass_end(call, &pass, r);
}

/* Take under `id` what is left of the chain's last. Return: 0 and *ret_hold; as take_asked(). */
static int take_left(struct ts_call *call, const Inventory__Hold *last, const char *pass, const char *id,
                     Inventory__Hold **ret_hold)
{
    struct renewal renewal;
    int r = RENEW_AGAIN;

    ask_for_the_same(call, last, pass, &renewal);
    while (r == RENEW_AGAIN) /* each round asks for less */
        r = renewal.asked.n_lines ? take_asked(call, &renewal, id, ret_hold) : (int)renewal.why;
    return r;
}

/* ---- RenewHold */

/* `last` names `id` from here on. Return: 0; RENEW_AGAIN when somebody else changed it; a ts_error. */
static int name_next(struct ts_call *call, const Inventory__Hold *last, const char *id, int64_t until_ms)
{
    struct transition transition = {
        .kind = TRANSITION_NEXT, .seen_id = last->next_hold_id, .next_id = (char *)id, .expires_at_ms = until_ms
    };
    Inventory__Hold *hold;
    int r = hold_change(call, last->id, &transition, &hold);

    return r ? r : transition.change == CHANGE_PUT ? 0 : RENEW_AGAIN;
}

/* Nothing was to be had: say so, and let the next one who asks try at once. */
static int answer_lost(struct ts_call *call, const struct chain *chain, const char *id, int refusal,
                       Inventory__RenewHoldReply *reply)
{
    Inventory__Hold last = *chain->last;

    last.next_hold_id = (char *)id;
    (void)name_next(call, &last, id, ts_now_ms(call)); /* else they wait for RENEW_STEP_MS */
    list_changes(call, chain->first, NULL, reply);
    return refusal == TS_REFUSED ? refusal : refuse(call, (enum refusal)refusal, "token");
}

static int renew_dead(struct ts_call *call, const Inventory__RenewHoldRequest *request, const struct chain *chain,
                      Inventory__RenewHoldReply *reply)
{
    const char *id = chain->next_unwritten ? chain->last->next_hold_id : ts_id_new_head(call, "hld");
    int64_t now_ms = ts_now_ms(call);
    Inventory__Hold *hold = NULL;
    int r;

    if (chain->next_unwritten && now_ms < chain->last->next_until_ms)
        return ts_fail(call, TS_EABORTED, "This hold is being renewed; try again.");
    r = name_next(call, chain->last, id, now_ms + RENEW_STEP_MS);
    if (r)
        return r;
    r = take_left(call, chain->last, request->pass, id, &hold);
    if (r == TAKE_HOLD_TAKEN)
        return RENEW_AGAIN;
    if (r > 0)
        return answer_lost(call, chain, id, r, reply);
    if (r)
        return r;
    hold_publish(call, hold);
    return answer(call, chain, hold, reply);
}

/* One at a time in this process: two who take one hold side by side would each find the places gone that the other has.
 */
static int renew_in_turn(struct ts_call *call, const Inventory__RenewHoldRequest *request, const struct chain *chain,
                         Inventory__RenewHoldReply *reply)
{
    struct hold_turn turn;
    int r = hold_turn_begin(call, chain->last->id, &turn);

    if (r)
        return r == HOLD_TURN_WAITED ? RENEW_AGAIN : r;
    r = renew_dead(call, request, chain, reply);
    hold_turn_end(call, &turn);
    return r;
}

static int renew_once(struct ts_call *call, const Inventory__RenewHoldRequest *request, struct chain *chain,
                      Inventory__RenewHoldReply *reply)
{
    struct transition transition = { .kind = TRANSITION_EXTEND };
    Inventory__Hold *hold = chain->last;
    int r;

    if (hold->state == INVENTORY__HOLD_STATE__KEPT || hold->state == INVENTORY__HOLD_STATE__SOLD)
        return refuse(call, REFUSAL_HOLD_ORDERED, "token");
    if (hold->state == INVENTORY__HOLD_STATE__RELEASED || hold_is_lapsed(hold, ts_now_ms(call)))
        return renew_in_turn(call, request, chain, reply);
    r = hold_change(call, hold->id, &transition, &hold);
    if (r)
        return r;
    if (!hold_is_open(hold, ts_now_ms(call)))
        return RENEW_AGAIN;
    return answer(call, chain, hold, reply);
}

int renew_hold(struct ts_call *call, const Inventory__RenewHoldRequest *request, Inventory__RenewHoldReply *ret_reply)
{
    int r = RENEW_AGAIN;

    for (unsigned tries = 0; r == RENEW_AGAIN && tries < RENEW_TRIES; tries++) {
        Inventory__Hold *first;
        struct chain chain;

        r = hold_by_token(call, request->token, &first);
        if (r)
            return r;
        if (!first)
            return refuse(call, REFUSAL_HOLD_UNKNOWN, "token");
        r = chain_follow(call, first, &chain);
        if (r == REFUSAL_HOLD_RELEASED)
            return refuse(call, REFUSAL_HOLD_RELEASED, "token");
        if (r == 0)
            r = renew_once(call, request, &chain, ret_reply);
    }
    return r == RENEW_AGAIN ? TS_EABORTED : r;
}
