/*
 * The inventory protocol "the hold decides", as README.md beside this file numbers it.
 *
 * A document is its newest version: a write is one atomic insert of (id, version + 1) which fails when that row is
 * there. Everything else may happen between two writes: a process stops for ever (CRASH), sleeps (any
 * interleaving), or runs twice (a call's process is started twice). Time is a free choice: whoever asks whether a hold
 * has lapsed may hear yes or no at any moment, so each clock may be as wrong as it likes.
 *
 * Places 0 and 1 belong to two quotas, so a hold of both is one unit of a ticket type attached to both. Scenarios:
 * RACE (two buyers, one called twice, a sweeper), EXTEND (a hold grows, called twice, a competitor), DROP (a hold
 * grows, gives a place back and is checked out, a competitor), LATE_TWICE (pay delivered twice, a competitor who thinks that
 * all has lapsed), EXPIRE (pay, expire, a competitor), CANCEL (pay, cancel, a competitor). After them `last` runs alone,
 * continues what was left, and must be able to take every place that is not sold.
 * -DMUTANT=n breaks one rule; run.sh says which, and in which scenario it must be found.
 */
#ifndef MUTANT
#define MUTANT 0
#endif

/* REACH=n asserts that a thing worth modelling never happens; a true model must break that as well. */
#ifndef REACH
#define REACH 0
#endif

#if defined(LATE_TWICE) || defined(EXPIRE) || defined(CANCEL)
#define WITH_ORDER
#endif

#define PLACES 2
#define NO_PLACE 2
#define HOLDS 5
#define LAST_HOLD 4 /* the hold `last` takes places with */
#define TRIES 3

/* States of a hold; ABSENT is version 0. */
#define ABSENT 0
#define OPEN 1
#define KEPT 2
#define SOLD 3
#define RELEASED 4

/* Who writes a hold: only a cancellation may take something back from a buyer who was told it is his. */
#define OWNER 0
#define TAKER 1
#define CANCELLER 2

/* States of an order; LATE is EXPIRED with a payment recorded and the new hold named. */
#define PENDING 1
#define PAID 2
#define EXPIRED 3
#define LATE 4
#define REFUND 5
#define CANCELLED 6

/* What a process does next in a claim; check_out and the order's machine use LOOK and INSERT too. */
#define LOOK 0
#define ASK 1
#define KILL 2
#define INSERT 3

#define BIT(p) (1 << (p))
#define HAS(list, p) ((list)&BIT(p))
#define LIVE(h) (hold_state[h] >= OPEN && hold_state[h] <= SOLD)

/* Rule 1: the newest claim of each place names a hold and the version of it that will list the place. */
byte claim_top[PLACES], claim_hold[PLACES], claim_version[PLACES];
/* Rule 3: the newest version of each hold. */
byte hold_version[HOLDS], hold_state[HOLDS], hold_list[HOLDS];
/* One order; its version tells a stale writer. `paid` is the payment's record: inserted once, before all else. */
byte order_version, order_state, order_hold;
bool paid;

byte running;
bool sold_acked[HOLDS]; /* the buyer was told that this hold is his for ever */
#if MUTANT == 7
byte hold_sold[HOLDS];
#endif

/* What must hold after every write. */
#define OVERLAP(h, g) (h != g && LIVE(h) && LIVE(g) && (hold_list[h] & hold_list[g]))
#define NAMED(h, p) (!LIVE(h) || !HAS(hold_list[h], p) || (claim_hold[p] == h && claim_version[p] <= hold_version[h]))
#define PLACED_ONCE(h) \
    (!OVERLAP(h, 0) && !OVERLAP(h, 1) && !OVERLAP(h, 2) && !OVERLAP(h, 3) && !OVERLAP(h, 4) && \
     NAMED(h, 0) && NAMED(h, 1))
#define ORDER_COVERED (order_state != PAID || hold_state[order_hold] == SOLD)

inline store_hold(h, state, list, who)
{
    assert(who == CANCELLER || hold_state[h] != SOLD || state == SOLD);                        /* a sale stays */
    assert(who == CANCELLER || state == RELEASED || (hold_list[h] & (list)) == hold_list[h]); /* all or nothing */
    hold_version[h] = hold_version[h] + 1;
    hold_state[h] = state;
    hold_list[h] = list;
    assert(PLACED_ONCE(h));
    assert(ORDER_COVERED);
    assert(REACH != 1 || state != SOLD || list != 3);
    assert(REACH != 2 || who != TAKER || state == RELEASED);
    assert(REACH != 3 || h != 1 || state == RELEASED || hold_state[0] != RELEASED);
}

/* Insert (h, expected + 1); `ok` is false when that row is there already. */
inline put_hold(h, expected, state, list, who)
{
    d_step {
        if
        :: hold_version[h] == expected -> store_hold(h, state, list, who); ok = true
        :: else ->
            assert(REACH != 7 || who != OWNER || hold_state[h] != RELEASED || expected > 0);
            ok = false
        fi
    }
}

/* A mutant's write that does not look at the version. */
inline put_hold_blindly(h, state, list, who)
{
    d_step { store_hold(h, state, list, who); ok = true }
}

/* Insert place@(n + 1). No claim may be buried under another while its hold lives by it. */
inline insert_claim(place, n, h, version)
{
    d_step {
        if
        :: claim_top[place] == n ->
            assert(n == 0 || !LIVE(claim_hold[place]) || !HAS(hold_list[claim_hold[place]], place));
            claim_top[place] = n + 1;
            claim_hold[place] = h;
            claim_version[place] = version;
            ok = true
        :: else -> ok = false
        fi
    }
}

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

inline read_hold(h)
{
    d_step { w = hold_version[h]; s = hold_state[h]; l = hold_list[h] }
}

/*
 * Below, one `atomic` is one access to the store and what the process decides from it alone; between two of them any
 * other process may run, and CRASH may stop this one for ever. `last` is sure of the time and never crashes. What a
 * process no longer needs it forgets, so that equal situations are equal states.
 */
#define LOCALS \
    byte step, n, c, v, w, s, l, tries; \
    bool ok, got, mine, impatient
#define CRASH !impatient -> goto stop

inline forget()
{
    skip;
    d_step { step = LOOK; n = 0; c = 0; v = 0; w = 0; s = 0; l = 0; tries = 0; ok = false }
}

inline leave()
{
    skip;
    d_step { step = LOOK; n = 0; c = 0; v = 0; w = 0; s = 0; l = 0; tries = 0; ok = false; got = false; mine = false };
    running--
}

/* Rules 5 and 6: is the claim (c, v) of `place` dead? If not: wait, or say that its time has passed. */
inline judge(place)
{
    if
#if MUTANT == 6
    :: s == RELEASED || (w > 0 && !HAS(l, place)) -> step = INSERT
#elif MUTANT == 10
    :: s == RELEASED -> step = INSERT
#else
    :: s == RELEASED || (w >= v && !HAS(l, place)) -> step = INSERT
#endif
    :: else ->
        if
        :: !impatient -> got = false; forget(); break
        :: true -> step = KILL
        fi
    fi
}

/* Rule 7: the hold `c` stands in the way and is said to have lapsed; write what makes the claim (c, v) dead. */
inline kill(place)
{
    step = LOOK;
    if
    :: w == 0 ->
#if MUTANT == 2
        step = INSERT
#else
        put_hold(c, 0, RELEASED, 0, TAKER)
#endif
    :: w > 0 && w < v ->
#if MUTANT == 11
        got = false; forget(); break
#else
        put_hold(c, w, s, l, TAKER)
#endif
    :: w > 0 && s != SOLD ->
#if MUTANT == 3
        step = INSERT
#elif MUTANT == 5
        put_hold_blindly(c, RELEASED, 0, TAKER)
#elif MUTANT == 7
        if
        :: hold_sold[c] != 0 -> put_hold(c, w, SOLD, hold_sold[c], TAKER)
        :: else -> put_hold(c, w, RELEASED, 0, TAKER)
        fi
#else
        put_hold(c, w, RELEASED, 0, TAKER)
#endif
    :: w >= v && s == SOLD -> got = false; forget(); break
    fi
}

/* Rules 4 to 7: get the newest claim of `place` to name (h, version); `got` says whether it does. */
inline claim(place, h, version)
{
    do
    :: atomic { step == LOOK && tries == TRIES -> got = false; forget(); break }
    :: atomic { step == LOOK && tries < TRIES ->
        d_step { tries++; n = claim_top[place]; c = claim_hold[place]; v = claim_version[place] };
        if
        :: n > 0 && c == h && v == version -> got = true; forget(); break /* this call's, made by its twin */
        :: n == 0 -> step = INSERT
        :: n > 0 && (c != h || v != version) -> step = ASK
        fi }
    :: atomic { step == ASK -> read_hold(c); judge(place) }
    :: atomic { step == KILL -> kill(place) }
    :: atomic { step == INSERT ->
        insert_claim(place, n, h, version);
        if
        :: ok -> got = true; forget(); break
        :: else -> step = LOOK
        fi }
    :: CRASH
    od
}

inline claim_both(first, second, h, version)
{
    claim(first, h, version);
    if
    :: got && second != NO_PLACE -> claim(second, h, version)
    :: else
    fi
}

/* Rule 4: claims first, the hold last; what could not be had whole is released. `mine` tells the buyer yes. */
inline take(h, first, second, list)
{
#if MUTANT == 1
    put_hold(h, 0, OPEN, list, OWNER);
    claim_both(first, second, h, 1);
    mine = got
#else
    claim_both(first, second, h, 1);
    if
    :: atomic {
        if
        :: got ->
#if MUTANT == 4
            if
            :: hold_state[h] == RELEASED -> put_hold_blindly(h, OPEN, list, OWNER)
            :: else -> put_hold(h, 0, OPEN, list, OWNER)
            fi
#else
            put_hold(h, 0, OPEN, list, OWNER)
#endif
        :: else -> put_hold(h, 0, RELEASED, 0, OWNER)
        fi;
        mine = (hold_state[h] == OPEN && hold_list[h] == list);
        got = false }
    :: CRASH
    fi
#endif
}

/* Rule 8: OPEN -> KEPT -> SOLD, each a put on the version that was read. */
inline check_out(h)
{
    do
    :: atomic { step == LOOK -> read_hold(h);
        if
        :: s == SOLD -> sold_acked[h] = true; forget(); break
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

/* Rule 9: releases a hold that it takes for lapsed. */
proctype sweeper(byte h)
{
    LOCALS;

    read_hold(h);
    if
    :: atomic { s == OPEN || s == KEPT ->
#if MUTANT == 5
        put_hold_blindly(h, RELEASED, 0, TAKER)
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
        running = 4;
        run buyer(0, 0, 1, 3);
        run buyer(0, 0, 1, 3);
        run buyer(1, 1, 0, 3);
        run sweeper(0);
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
