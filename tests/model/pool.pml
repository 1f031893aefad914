/*
 * An organizer's pool, over the claims and holds of claims.pml: hold 0 is the pool and lists what staff keep out of sale. It is
 * OPEN without a time, so nobody ends it. A place is given to a guest by the pool's next version, which goes on listing it and
 * says whose it is; the guest's hold (1 or 2) has it through the pool, without a claim. So no buyer can come in between.
 *
 * Two places. Scenarios: GIVE (one guest asked for twice, another), BACK (a guest is given a place and cancelled,
 * another comes, a buyer), RELEASE (a guest, staff who release what is not given, a buyer). After them `last` runs alone: what
 * is no guest's can be given, or taken once it was released.
 */
#define PUT 4

/* What the pool's newest version says: whose a place is, 0 for nobody's. What a guest's hold has, as a list of places. */
byte given[2], through[5];
/* Staff released this place: only then may a buyer have it. */
bool released[2];

#define GUESTS(h, p) (!LIVE(h) || !HAS(through[h], p) || (HAS(hold_list[0], p) && given[p] == h && hold_state[0] == OPEN))
#define ALSO_HOLDS (GUESTS(1, 0) && GUESTS(1, 1) && GUESTS(2, 0) && GUESTS(2, 1))
#define NEVER_LAPSES(h) ((h) == 0)

#include "claims.pml"

/* The pool's next version: `guest` has the place, the list is as said. */
inline put_pool(expected, list, place, guest, who)
{
    d_step {
        if
        :: hold_version[0] == expected ->
            assert(REACH != 22 || guest == 0 || guest == LAST_HOLD || given[place] == 0 || given[place] == guest);
            given[place] = guest;
            store_hold(0, OPEN, list, who);
            ok = true
        :: else -> ok = false
        fi
    }
}

/* The guest's hold begins with what the pool gave it, or was ended before it began. */
inline insert_guest(h, place)
{
    d_step {
        if
        :: hold_version[h] == 0 -> through[h] = BIT(place); store_hold(h, OPEN, 0, OWNER); ok = true
        :: else -> ok = false
        fi
    }
}

/* Of a guest read as (w, s): its hold can never come to have the place. */
#define DEAD(h, p) (s == RELEASED || (w > 0 && !HAS(through[h], p)))

#define GIVE_LOCALS \
    LOCALS; \
    byte rounds, seen, list, p, g

inline leave_giving()
{
    d_step { rounds = 0; seen = 0; list = 0; p = 0; g = 0 };
    leave()
}

/* Rule 21: read the pool and choose a place; its guest must be dead, as by rule 5; then the pool's next version, then the hold. */
inline give(h)
{
    do
    :: atomic { step == LOOK && rounds == 3 -> break }
    :: atomic { step == LOOK && rounds < 3 ->
        rounds++;
        d_step { seen = hold_version[0]; list = hold_list[0] };
        if
        :: given[0] == h -> p = 0; step = INSERT
        :: given[1] == h -> p = 1; step = INSERT
        :: given[0] != h && given[1] != h && HAS(list, 0) -> p = 0; g = given[0]; step = ASK
        :: given[0] != h && given[1] != h && HAS(list, 1) -> p = 1; g = given[1]; step = ASK
        :: list == 0 -> step = LOOK; break
        fi;
#if MUTANT == 27
        if
        :: step == ASK && g == 0 -> insert_guest(h, p)
        :: else
        fi
#endif
        }
    :: atomic { step == ASK -> read_hold(g);
        if
        :: g == 0 || DEAD(g, p) -> step = PUT
        :: g != 0 && !DEAD(g, p) && (s == SOLD || !impatient) -> step = LOOK
        :: g != 0 && !DEAD(g, p) && s != SOLD -> step = KILL
        fi }
    :: atomic { step == KILL ->
#if MUTANT == 25
        step = PUT
#else
        put_hold(g, w, RELEASED, 0, TAKER);
        step = LOOK
#endif
        }
    :: atomic { step == PUT ->
#if MUTANT == 28
        d_step { given[p] = h; store_hold(0, OPEN, hold_list[0], OWNER); ok = true };
#elif MUTANT == 29
        put_pool(seen, list & ~BIT(p), p, 0, CANCELLER);
#else
        put_pool(seen, list, p, h, OWNER);
#endif
        if
        :: ok -> step = INSERT
        :: else -> step = LOOK
        fi }
    :: atomic { step == INSERT ->
        step = LOOK;
#if MUTANT == 29
        d_step { n = claim_top[p] };
        insert_claim(p, n, h, 1);
        if
        :: ok -> put_hold(h, 0, OPEN, BIT(p), OWNER)
        :: else
        fi;
#else
        insert_guest(h, p);
#endif
        mine = true;
        break }
    :: CRASH
    od
}

/* Rule 8, of a guest. */
inline sell_guest(h)
{
    if
    :: atomic { mine -> read_hold(h) };
        if
        :: atomic { s == OPEN -> put_hold(h, w, SOLD, l, OWNER) }
        :: s != OPEN
        fi
    :: !mine
    :: CRASH
    fi
}

proctype giver(byte h)
{
    GIVE_LOCALS;

    give(h);
    sell_guest(h);
stop:
    atomic { leave_giving() }
}

/* The guest's order is cancelled: the place is the pool's again, for its hold is dead. */
proctype canceller(byte h)
{
    LOCALS;

    hold_state[h] == SOLD || running == 1;
    atomic { read_hold(h);
        if
        :: s == SOLD -> put_hold(h, w, RELEASED, 0, CANCELLER)
        :: else
        fi };
stop:
    atomic { leave() }
}

/* Rule 11: a place that is no guest's goes back to sale by a version that does not list it. */
proctype releaser()
{
    GIVE_LOCALS;

    atomic { d_step { seen = hold_version[0]; list = hold_list[0] };
        if
        :: p = 0
        :: p = 1
        fi;
        g = given[p] };
    if
    :: atomic { HAS(list, p) ->
        read_hold(g);
#if MUTANT != 26
        if
        :: g != 0 && !DEAD(g, p) -> goto stop
        :: else
        fi
#endif
        }
    :: !HAS(list, p) -> goto stop
    :: CRASH
    fi;
    if
    :: atomic { put_pool(seen, list & ~BIT(p), p, 0, CANCELLER);
        if
        :: ok -> released[p] = true
        :: else
        fi }
    :: CRASH
    fi;
stop:
    atomic { leave_giving() }
}

proctype buyer(byte h, place)
{
    LOCALS;

    take(h, place, NO_PLACE, BIT(place));
    if
    :: atomic { mine -> assert(released[place]); assert(REACH != 23) }
    :: !mine
    fi;
stop:
    atomic { leave() }
}

/* Alone at the end, sure that every time has passed. */
proctype last()
{
    GIVE_LOCALS;
    byte place;

    running == 0;
    impatient = true;
    do
    :: place < PLACES ->
        g = given[place];
        if
        :: g != 0 && LIVE(g) && HAS(through[g], place)
        :: HAS(hold_list[0], place) && !(g != 0 && LIVE(g) && HAS(through[g], place)) ->
            if
            :: g != 0 && hold_state[g] == ABSENT -> put_hold(g, 0, RELEASED, 0, TAKER)
            :: else
            fi;
            seen = hold_version[0];
            list = hold_list[0];
            put_pool(seen, list, place, LAST_HOLD, OWNER);
            assert(ok)
        :: !HAS(hold_list[0], place) && !(LIVE(claim_hold[place]) && HAS(hold_list[claim_hold[place]], place)) ->
            claim(place, LAST_HOLD, 1);
            assert(got)
        :: !HAS(hold_list[0], place) && LIVE(claim_hold[place]) && HAS(hold_list[claim_hold[place]], place)
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
        hold_state[0] = OPEN;
        hold_version[0] = 1;
        hold_list[0] = 3;
        d_step { claim_top[0] = 1; claim_top[1] = 1; claim_version[0] = 1; claim_version[1] = 1 };
#if defined(GIVE)
        running = 3;
        run giver(1);
        run giver(1);
        run giver(2);
#elif defined(BACK)
        running = 4;
        run giver(1);
        run canceller(1);
        run giver(2);
        run buyer(3, 0);
#elif defined(RELEASE)
        running = 4;
        run giver(1);
        run releaser();
        run releaser();
        run buyer(3, 0);
#endif
        run last()
    }
}
