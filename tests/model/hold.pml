/*
 * The inventory protocol "the hold decides", as README.md beside this file numbers it.
 *
 * Places 0 and 1 belong to two quotas, so a hold of both is one unit of a ticket type attached to both. Scenarios:
 * RACE (two buyers, BIG: one of them called twice, a sweeper), EXTEND (a hold grows, called twice, a competitor), DROP (a hold
 * grows, gives a place back and is checked out, a competitor), LENGTHEN (a hold is made longer, twice, a sweeper, its checkout, a
 * competitor), LATE_TWICE (pay delivered twice, a competitor who thinks that
 * all has lapsed), EXPIRE (pay, expire, a competitor), CANCEL (pay, cancel, a competitor). After them `last` runs alone,
 * continues what was left, and must be able to take every place that is not sold.
 * -DMUTANT=n breaks one rule; run.sh says which, and in which scenario it must be found.
 */
#if defined(LATE_TWICE) || defined(EXPIRE) || defined(CANCEL)
#define WITH_ORDER
#endif

/* States of an order; LATE is EXPIRED with a payment recorded and the new hold named. */
#define PENDING 1
#define PAID 2
#define EXPIRED 3
#define LATE 4
#define REFUND 5
#define CANCELLED 6

/* One order; its version tells a stale writer. `paid` is the payment's record: inserted once, before all else. */
byte order_version, order_state, order_hold;
bool paid;

bool sold_acked[5]; /* the buyer was told that this hold is his for ever */
#define ORDER_COVERED (order_state != PAID || hold_state[order_hold] == SOLD)
#define ALSO_HOLDS ORDER_COVERED

#if defined(LENGTHEN)
byte told; /* the version of hold 0 whose longer time its buyer was told last */
#define ENDS_KNOWING(h, seen) (h != 0 || seen >= told)
#define LONGER (told > 0)
#else
#define LONGER false
#endif

#include "claims.pml"

inline put_order(expected, state, h)
{
    d_step {
        if
        :: order_version == expected ->
            order_version++;
            order_state = state;
            order_hold = h;
            assert(ORDER_COVERED);
            assert(REACH != 4 || state != PAID || h == 0);
            assert(REACH != 5 || state != REFUND);
            assert(REACH != 6 || state != CANCELLED || hold_state[h] != SOLD);
            ok = true
        :: else -> ok = false
        fi
    }
}

/* Rule 8: OPEN -> KEPT -> SOLD, each a put on the version that was read. */
inline check_out(h)
{
    do
    :: atomic { step == LOOK -> read_hold(h);
        if
        :: s == SOLD -> sold_acked[h] = true; assert(REACH != 9 || !LONGER); forget(); break
#if MUTANT == 12
        :: s == ABSENT || (s == RELEASED && l == 0) -> forget(); break
        :: s == OPEN || s == KEPT || (s == RELEASED && l != 0) -> step = INSERT
#else
        :: s == ABSENT || s == RELEASED -> forget(); break
        :: s == OPEN || s == KEPT -> step = INSERT
#endif
        fi }
    :: atomic { step == INSERT ->
        if
        :: s != KEPT -> put_hold(h, w, KEPT, l, OWNER)
        :: s == KEPT ->
#if MUTANT == 7
            if
            :: hold_sold[h] == 0 -> put_hold(h, w, KEPT, l, OWNER); if :: ok -> hold_sold[h] = 1 :: else fi
            :: else -> put_hold(h, w, SOLD, l, OWNER)
            fi
#elif MUTANT == 8
            put_hold_blindly(h, SOLD, l, OWNER)
#else
            put_hold(h, w, SOLD, l, OWNER)
#endif
        fi;
        step = LOOK }
    :: CRASH
    od
}

#if defined(RACE)
proctype buyer(byte h, first, second, list)
{
    LOCALS;

    take(h, first, second, list);
    if
    :: mine -> check_out(h)
    :: else
    fi;
#if MUTANT == 9
    if
    :: !mine -> d_step { n = claim_top[first] }; insert_claim(first, n, h, 1)
    :: else
    fi;
#endif
stop:
    atomic { leave() }
}
#endif

#if defined(RACE) || defined(LENGTHEN)
/* Rule 9: releases a hold that it takes for lapsed. */
proctype sweeper(byte h)
{
    LOCALS;

    read_hold(h);
    if
    :: atomic { s == OPEN || s == KEPT ->
#if MUTANT == 5
        put_hold_blindly(h, RELEASED, 0, TAKER)
#elif MUTANT == 30
        if
        :: hold_state[h] == OPEN -> put_hold_blindly(h, RELEASED, 0, TAKER)
        :: else
        fi
#elif MUTANT == 12
        put_hold(h, w, RELEASED, l, TAKER)
#else
        put_hold(h, w, RELEASED, 0, TAKER)
#endif
        }
    :: CRASH
    fi;
stop:
    atomic { leave() }
}
#endif

#if defined(LENGTHEN)
/* Rule 10 without a new place: the same again with a later `until`, and its buyer is told. */
proctype lengthener(byte h)
{
    LOCALS;

    read_hold(h);
    if
    :: atomic { s == OPEN ->
#if MUTANT == 31
        if
        :: hold_state[h] == RELEASED -> put_hold_blindly(h, OPEN, l, OWNER)
        :: else -> put_hold(h, w, OPEN, l, OWNER)
        fi;
#else
        put_hold(h, w, OPEN, l, OWNER);
#endif
        assert(REACH != 8 || ok || hold_state[h] != RELEASED);
        if
        :: ok -> told = hold_version[h]
        :: else
        fi }
    :: CRASH
    fi;
stop:
    atomic { leave() }
}
#endif

#if defined(EXTEND) || defined(DROP)
/* Rule 10: a hold grows by a place: the claim names the next version, the next version lists the place. */
proctype extender(byte h, place)
{
    LOCALS;
    byte rounds, seen, list;
    bool reused;

    do
    :: atomic { rounds == 2 -> break }
    :: atomic { rounds < 2 ->
        rounds++;
        read_hold(h);
        if
        :: s != OPEN || HAS(l, place) -> break
        :: else
        fi;
        d_step { seen = w; list = l };
        forget() };
#if MUTANT == 13
        if
        :: !reused -> claim(place, h, seen + 1); reused = got
        :: else
        fi;
#else
        claim(place, h, seen + 1);
#endif
        if
        :: atomic { got -> put_hold(h, seen, OPEN, list | BIT(place), OWNER) }
        :: !got -> break
        :: CRASH
        fi
    od;
stop:
    atomic { rounds = 0; seen = 0; list = 0; reused = false; leave() }
}

/* Rule 11: a place is given back, whatever the hold's state: the next version no longer lists it. */
proctype dropper(byte h, place)
{
    LOCALS;

    read_hold(h);
    if
    :: atomic { s != RELEASED && HAS(l, place) && l != BIT(place) ->
        put_hold(h, w, s, l & ~BIT(place), CANCELLER) }
    :: CRASH
    fi;
stop:
    atomic { leave() }
}

#endif

#if defined(DROP) || defined(LENGTHEN)
proctype checker_out(byte h)
{
    LOCALS;

    check_out(h);
stop:
    atomic { leave() }
}
#endif

#define ORDER_LOCALS \
    LOCALS; \
    byte stage, rounds, first, order_seen, state_seen, order_has

inline forget_order() { order_seen = 0; state_seen = 0; order_has = 0; stage = 0; first = 0 }

#if defined(WITH_ORDER)
/* Rule 14: the late hold is born SOLD, or RELEASED when no place is to be had: either way its first row decides. */
inline take_late(h)
{
    claim(first, h, 1);
    if
    :: !got -> first = 1; claim(first, h, 1)
    :: got || !impatient /* not got: somebody else sits on place 1 */
    fi;
    if
    :: atomic { got -> put_hold(h, 0, SOLD, BIT(first), OWNER); got = false; first = 0 }
#if MUTANT == 17
    :: atomic { !got -> put_order(order_seen, REFUND, h); first = 0 }
#else
    :: atomic { !got -> put_hold(h, 0, RELEASED, 0, OWNER); first = 0 }
#endif
    :: CRASH
    fi
}

/* Rule 12: a hold that waits for its order's money. `paid` was read after the hold; the put on the hold decides. */
inline continue_pending()
{
    if
    :: s == OPEN -> put_hold(order_has, w, KEPT, l, OWNER)
    :: s == KEPT && n == 1 ->
#if MUTANT == 18
        put_order(order_seen, PAID, order_has);
#endif
        put_hold(order_has, w, SOLD, l, OWNER)
    :: s == KEPT && n == 0 ->
#if MUTANT == 16
        put_order(order_seen, EXPIRED, order_has);
#endif
        put_hold(order_has, w, RELEASED, 0, TAKER)
    :: s == SOLD -> put_order(order_seen, PAID, order_has)
    :: s == RELEASED -> put_order(order_seen, EXPIRED, order_has)
    fi
}

inline continue_late(new_hold)
{
    if
    :: state_seen == EXPIRED ->
#if MUTANT == 14
        put_hold(order_has, w, SOLD, BIT(0), OWNER);
        put_order(order_seen, PAID, order_has)
#else
        put_order(order_seen, LATE, new_hold)
#endif
    :: state_seen == LATE && s == SOLD -> put_order(order_seen, PAID, order_has)
    :: state_seen == LATE && s == RELEASED -> put_order(order_seen, REFUND, order_has)
    fi
}

#define FINISHED \
    ((state_seen == EXPIRED && n == 0) || state_seen == PAID || state_seen == REFUND || \
     (state_seen == CANCELLED && s == RELEASED))

/* Rules 12 to 15: one step of the order's machine at a time, by whoever comes, from wherever it was left. */
inline continue_order(new_hold)
{
    do
    :: atomic { stage == 0 ->
        d_step { order_seen = order_version; state_seen = order_state; order_has = order_hold };
        stage = 1 }
    :: atomic { stage == 1 ->
        read_hold(order_has);
        n = paid;
        if
        :: FINISHED -> forget_order(); forget(); break
        :: state_seen == PENDING && s == KEPT && n == 0 && !impatient -> forget_order(); forget(); break
        :: !FINISHED && state_seen == LATE && s == ABSENT -> forget(); stage = 3
#if MUTANT == 15
        :: state_seen == EXPIRED && n == 1 -> forget(); stage = 3
        :: !FINISHED && state_seen != EXPIRED -> stage = 2
#else
        :: !FINISHED && (state_seen != LATE || s != ABSENT) -> stage = 2
#endif
        fi }
    :: atomic { stage == 2 ->
        if
        :: state_seen == PENDING -> continue_pending()
        :: state_seen == EXPIRED || state_seen == LATE -> continue_late(new_hold)
        :: state_seen == CANCELLED -> put_hold(order_has, w, RELEASED, 0, CANCELLER)
        fi;
        forget_order();
        forget() }
    :: stage == 3 ->
#if MUTANT == 15
        take_late(new_hold);
        if
        :: hold_state[new_hold] == SOLD -> put_order(order_seen, PAID, new_hold)
        :: else -> put_order(order_seen, REFUND, new_hold)
        fi;
#else
        take_late(order_has);
#endif
        atomic { forget_order(); forget() }
    :: CRASH
    od
}

/* The provider says the money came: the record first, then the machine. Delivered twice in ORDER. */
proctype pay(byte new_hold)
{
    ORDER_LOCALS;

    paid = true;
    continue_order(new_hold);
stop:
    atomic { forget_order(); leave() }
}

/* The order's due time seems to have come. */
proctype expire(byte new_hold)
{
    ORDER_LOCALS;

    continue_order(new_hold);
stop:
    atomic { forget_order(); leave() }
}

/* Rule 15: the order first, its hold after. */
proctype cancel()
{
    ORDER_LOCALS;

    atomic {
        d_step { order_seen = order_version; state_seen = order_state; order_has = order_hold };
        read_hold(order_has)
    };
    if
    :: state_seen != REFUND && state_seen != EXPIRED ->
#if MUTANT == 19
        put_hold(order_has, w, RELEASED, 0, CANCELLER);
#endif
        put_order(order_seen, CANCELLED, order_has)
    :: else
    fi;
    atomic { forget_order(); forget() };
    continue_order(0);
stop:
    atomic { forget_order(); leave() }
}
#endif

#if !defined(RACE)
/* A buyer who only wants a place and does not check out. */
proctype competitor(byte h, place)
{
    LOCALS;

    take(h, place, NO_PLACE, BIT(place));
stop:
    atomic { leave() }
}
#endif

#define SETTLED(h) (hold_state[h] != SOLD || (order_state == PAID && order_hold == h))
#define SOLD_HOLDS_PLACE(p) \
    (hold_state[claim_hold[p]] == SOLD && HAS(hold_list[claim_hold[p]], p) && claim_top[p] > 0)

/* Alone at the end, sure that every time has passed: continue the order, then take each place that is not sold. */
proctype last()
{
    ORDER_LOCALS;
    byte place, turn;

    running == 0;
    impatient = true;
    assert(!sold_acked[0] || hold_state[0] == SOLD);
    assert(!sold_acked[1] || hold_state[1] == SOLD);
#if defined(WITH_ORDER)
    continue_order(3);
    assert(!paid || order_state == PAID || order_state == REFUND || order_state == CANCELLED);
    assert(paid || order_state == EXPIRED || order_state == CANCELLED);
    assert(SETTLED(0) && SETTLED(2) && SETTLED(3));
#endif
    if
    :: place = 0
    :: place = 1
    fi;
    do
    :: turn == PLACES -> break
    :: else ->
        turn++;
        if
        :: SOLD_HOLDS_PLACE(place)
        :: else -> claim(place, LAST_HOLD, 1); assert(got)
        fi;
        place = 1 - place
    od;
    goto stop;
stop:
    skip
}

/* Hold 0 begins OPEN with `list`, as a buyer's take left it. */
inline begin(list)
{
    claim_top[0] = 1;
    claim_version[0] = 1;
    if
    :: HAS(list, 1) -> claim_top[1] = 1; claim_version[1] = 1
    :: else
    fi;
    hold_version[0] = 1;
    hold_state[0] = OPEN;
    hold_list[0] = list
}

inline begin_order()
{
    begin(1);
    order_state = PENDING;
    order_version = 1
}

init
{
    atomic {
#if defined(RACE)
        running = 3;
        run buyer(0, 0, 1, 3);
        run buyer(1, 1, 0, 3);
        run sweeper(0);
#if defined(BIG)
        running++;
        run buyer(0, 0, 1, 3);
#endif
#elif defined(EXTEND)
        begin(1);
        running = 3;
        run extender(0, 1);
        run extender(0, 1);
        run competitor(1, 1);
#elif defined(DROP)
        begin(3);
        running = 4;
        run dropper(0, 1);
        run extender(0, 1);
        run checker_out(0);
        run competitor(1, 1);
#elif defined(LENGTHEN)
        begin(3);
        running = 5;
        run lengthener(0);
        run lengthener(0);
        run sweeper(0);
        run checker_out(0);
        run competitor(1, 1);
#elif defined(LATE_TWICE)
        begin_order();
        running = 3;
        run pay(2);
        run pay(3);
        run competitor(1, 0);
#elif defined(EXPIRE)
        begin_order();
        running = 3;
        run pay(2);
        run expire(3);
        run competitor(1, 0);
#elif defined(CANCEL)
        begin_order();
        running = 3;
        run pay(2);
        run cancel();
        run competitor(1, 0);
#endif
        run last()
    }
}
