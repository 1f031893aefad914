/*
 * Claims and holds, rules 1 to 7 of README.md, for the models that include this: documents, what must hold after every
 * write, and how a process gets the newest claim of a place to name a version of its hold. Who includes it defines
 * ALSO_HOLDS, what else must.
 *
 * A document is its newest version: a write is one atomic insert of (id, version + 1) which fails when that row is
 * there. Everything else may happen between two writes: a process stops for ever (CRASH), sleeps (any
 * interleaving), or runs twice (a call's process is started twice). Time is a free choice: whoever asks whether a hold
 * has lapsed may hear yes or no at any moment, so each clock may be as wrong as it likes.
 */
#ifndef MUTANT
#define MUTANT 0
#endif

/* REACH=n asserts that a thing worth modelling never happens; a true model must break that as well. */
#ifndef REACH
#define REACH 0
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

/* What a process does next in a claim; other machines use LOOK and INSERT too. */
#define LOOK 0
#define ASK 1
#define KILL 2
#define INSERT 3

/* A hold without a time: nobody ends it, and what a taker finds unwritten of it he inserts OPEN with nothing. */
#ifndef NEVER_LAPSES
#define NEVER_LAPSES(h) false
#endif

/* Who ends a hold by the clock has seen that it was made longer. */
#ifndef ENDS_KNOWING
#define ENDS_KNOWING(h, seen) true
#endif

#define BIT(p) (1 << (p))
#define HAS(list, p) ((list)&BIT(p))
#define LIVE(h) (hold_state[h] >= OPEN && hold_state[h] <= SOLD)

/* Rule 1: the newest claim of each place names a hold and the version of it that will list the place. */
byte claim_top[PLACES], claim_hold[PLACES], claim_version[PLACES];
/* Rule 3: the newest version of each hold. */
byte hold_version[HOLDS], hold_state[HOLDS], hold_list[HOLDS];
byte running;
#if MUTANT == 7
byte hold_sold[HOLDS];
#endif

/* What must hold after every write. */
#define OVERLAP(h, g) (h != g && LIVE(h) && LIVE(g) && (hold_list[h] & hold_list[g]))
#define NAMED(h, p) (!LIVE(h) || !HAS(hold_list[h], p) || (claim_hold[p] == h && claim_version[p] <= hold_version[h]))
#define PLACED_ONCE(h) \
    (!OVERLAP(h, 0) && !OVERLAP(h, 1) && !OVERLAP(h, 2) && !OVERLAP(h, 3) && !OVERLAP(h, 4) && \
     NAMED(h, 0) && NAMED(h, 1))

inline store_hold(h, state, list, who)
{
    assert(who == CANCELLER || hold_state[h] != SOLD || state == SOLD);                        /* a sale stays */
    assert(who == CANCELLER || state == RELEASED || (hold_list[h] & (list)) == hold_list[h]); /* all or nothing */
    assert(who != TAKER || state != RELEASED || ENDS_KNOWING(h, w));
    hold_version[h] = hold_version[h] + 1;
    hold_state[h] = state;
    hold_list[h] = list;
    assert(PLACED_ONCE(h));
    assert(ALSO_HOLDS);
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
        :: !impatient || (NEVER_LAPSES(c) && w >= v) -> got = false; forget(); break
        :: !(NEVER_LAPSES(c) && w >= v) -> step = KILL
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
#elif MUTANT == 24
        put_hold(c, 0, RELEASED, 0, TAKER)
#else
        s = (NEVER_LAPSES(c) -> OPEN : RELEASED);
        put_hold(c, 0, s, 0, TAKER)
#endif
    :: w > 0 && w < v ->
#if MUTANT == 11
        got = false; forget(); break
#else
        put_hold(c, w, s, l, TAKER)
#endif
    :: w > 0 && s != SOLD && !NEVER_LAPSES(c) ->
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
