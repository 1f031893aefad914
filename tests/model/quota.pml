/*
 * Shrinking and growing a quota, over the claims and holds of claims.pml: hold 0 is the quota's own and lists what is
 * BLOCKED. It is OPEN without a time, so nobody ends it; it grows by rule 10 and gives back by rule 11.
 *
 * Two places; the size goes from two to one, and in GROW back to two. Scenarios: SHRINK (two calls shrink side by side, a
 * buyer), SELL (one shrinks, two buyers), GROW (one shrinks, one grows, a buyer). After them `last` runs alone and settles what
 * was left.
 */
#define ALSO_HOLDS SIZE_HOLDS
#define NEVER_LAPSES(h) ((h) == 0)

/* What the quota's document says; whether a call that shrank it has said that it is done. */
byte size = 2;
bool settled;

#define BLOCKED(p) (hold_state[0] == OPEN && HAS(hold_list[0], p) != 0)
#define BLOCKED_COUNT (BLOCKED(0) + BLOCKED(1))
#define BOUGHT(h, p) (LIVE(h) && HAS(hold_list[h], p))
#define BOUGHT_COUNT ((BOUGHT(1, 0) || BOUGHT(2, 0)) + (BOUGHT(1, 1) || BOUGHT(2, 1)))
#define SIZE_HOLDS (BLOCKED_COUNT <= 1 && (!settled || BOUGHT_COUNT <= 1))

#include "claims.pml"

#define WANTED (2 - size)

/* Rule 20: block what is free until as many are BLOCKED as the size asks for; another call may be at it too. */
inline block(p)
{
    do
    :: atomic { rounds == 3 -> break }
    :: atomic { rounds < 3 ->
        rounds++;
        d_step { seen = hold_version[0]; list = (hold_state[0] == OPEN -> hold_list[0] : 0) };
        if
        :: BLOCKED_COUNT >= WANTED || HAS(list, p) || hold_state[0] == RELEASED -> break
        :: else
        fi };
#if MUTANT == 20
        atomic { if :: BOUGHT_COUNT <= 1 -> settled = true :: else fi; break };
#else
#if MUTANT == 23
        if
        :: rounds == 1 -> claim(p, 0, seen + 1)
        :: else -> got = true
        fi;
#else
        claim(p, 0, seen + 1);
#endif
        if
        :: atomic { got ->
#if MUTANT == 22
            put_hold_blindly(0, OPEN, list | BIT(p), OWNER);
#else
            put_hold(0, seen, OPEN, list | BIT(p), OWNER);
#endif
            got = false }
        :: !got -> break /* it is somebody's: the rest as they come free */
        :: CRASH
        fi
#endif
    od
}

#define BLOCK_LOCALS \
    LOCALS; \
    byte rounds, seen, list

inline leave_block()
{
    d_step { rounds = 0; seen = 0; list = 0 };
    leave()
}

proctype shrinker(byte first)
{
    BLOCK_LOCALS;

    size = 1;
    block(first);
    rounds = 0;
    block(1 - first);
#if MUTANT != 20
    atomic { if :: BLOCKED_COUNT == 1 && size == 1 -> settled = true :: else fi }
#endif
stop:
    atomic { leave_block() }
}

/* Rule 11: what is BLOCKED comes back by a version that does not list it. The size is put first. */
inline unblock()
{
    do
    :: atomic { rounds == 3 -> break }
    :: atomic { rounds < 3 ->
        rounds++;
        d_step { seen = hold_version[0]; list = (hold_state[0] == OPEN -> hold_list[0] : 0) };
        if
        :: list == 0 || BLOCKED_COUNT <= WANTED -> break
        :: else
        fi };
        if
#if MUTANT == 21
        :: atomic { d_step { n = claim_top[list - 1] }; insert_claim(list - 1, n, LAST_HOLD, 1) }
#else
        :: atomic { put_hold(0, seen, OPEN, 0, CANCELLER) }
#endif
        :: CRASH
        fi
    od
}

proctype grower()
{
    BLOCK_LOCALS;

    size == 1;
    atomic { size = 2; settled = false };
    unblock();
stop:
    atomic { leave_block() }
}

/* Takes one place, whatever the size was when it looked; then buys it or gives it back. */
proctype buyer(byte h, place)
{
    LOCALS;

    take(h, place, NO_PLACE, BIT(place));
    if
    :: atomic { mine -> read_hold(h);
        if
        :: s == OPEN -> put_hold(h, w, SOLD, l, OWNER)
        :: s == OPEN -> put_hold(h, w, RELEASED, 0, OWNER)
        :: else
        fi }
    :: !mine
    :: CRASH
    fi;
stop:
    atomic { leave() }
}

/* Alone at the end, sure that every time has passed: blocked is what the size asks for, as far as nobody bought it. */
proctype last()
{
    BLOCK_LOCALS;
    byte place;

    running == 0;
    impatient = true;
    unblock();
    rounds = 0;
    block(0);
    rounds = 0;
    block(1);
    assert(BLOCKED_COUNT == WANTED || (BOUGHT_COUNT == 2 && BLOCKED_COUNT == 0));
    assert(REACH != 20 || BOUGHT_COUNT != 2);
    assert(REACH != 21 || hold_version[0] < 3);
    do
    :: place < PLACES ->
        if
        :: LIVE(claim_hold[place]) && HAS(hold_list[claim_hold[place]], place) && claim_top[place] > 0
        :: else -> claim(place, LAST_HOLD, 1); assert(got)
        fi;
        place++
    :: place == PLACES -> break
    od;
    goto stop;
stop:
    skip
}

init
{
    atomic {
#if defined(SHRINK)
        running = 3;
        run shrinker(1);
        run shrinker(0);
        run buyer(1, 0);
#elif defined(SELL)
        running = 3;
        run shrinker(1);
        run buyer(1, 0);
        run buyer(2, 1);
#elif defined(GROW)
        running = 3;
        run shrinker(1);
        run grower();
        run buyer(1, 1);
#endif
        run last()
    }
}
