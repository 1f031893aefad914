/*
 * Orders, payments and closing, over holds as hold.pml has proved them: a place is listed by one live hold at most, so
 * here taking it is one step, and a hold is its state alone, which only ever grows. README.md numbers the rules.
 *
 * One access to the store, or one question to the provider, is one `atomic`; between two of them a process may stop for
 * ever (CRASH), sleep, or be overtaken by its twin. Whoever asks whether a time has passed may hear yes or no. The
 * provider takes money at most once per payment id, and may answer, not answer, answer later, or say it twice.
 *
 * Scenarios: SECOND_CARD (two payments, a competitor), UNKNOWN (the provider's answer and its event, the order expires),
 * CANCELLING (payment, its event, a cancellation), CLOSING (payment, its event, the event is closed), SWEEPING (the event is
 * closed while buyers hold). BIG adds what the order's own time brings, to UNKNOWN the event once more. After them `last`
 * runs alone and continues all.
 */
#ifndef MUTANT
#define MUTANT 0
#endif
#ifndef REACH
#define REACH 0
#endif

#define HOLDS 4
#define OTHERS 3 /* the competitor's hold; 0 is the order's own, 1 and 2 come for late payments */
#define NONE 7
#define PAYMENTS 2

/* States of a hold. Only a cancellation goes from SOLD to RELEASED. */
#define ABSENT 0
#define OPEN 1
#define KEPT 2
#define SOLD 3
#define RELEASED 4

/* States of the order, and of a payment. */
#define PENDING 1
#define PAID 2
#define EXPIRED 3
#define CANCELLED 4
#define CREATED 1
#define WAITING 2
#define CONFIRMED 3
#define FAILED 4

/* What the provider has done for a payment id. */
#define UNASKED 0
#define PROMISED 1
#define TAKEN 2
#define DECLINED 3

/* What became of a payment that was CONFIRMED. */
#define UNSETTLED 0
#define SETTLED 1
#define OTHER 2
#define UNFULFILLABLE 3

/* Where a process stands in settling, expiring and replacing. */
#define READ 0
#define LOOK 1
#define SELL 2
#define GIVE_UP 3
#define PUT_PAID 4
#define PUT_REFUSED 5
#define BEGIN 6
#define R_LOOK 7
#define R_TAKE 8
#define R_SELL 9
#define R_FREE 10
#define PUT_EXPIRED 11
#define NAME_LATE 12
#define DONE 13

#define BIT(p) (1 << (p))
#define LIVE(h) (hold_state[h] >= OPEN && hold_state[h] <= SOLD)
#define PLACE_FREE (!LIVE(0) && !LIVE(1) && !LIVE(2) && !LIVE(3))

bool closed; /* the event's decision was put */
byte hold_state[HOLDS];
byte order_version, order_state, order_hold, order_next, order_settling, order_refused;
bool order_to_free;
byte pay_version[PAYMENTS], pay_state[PAYMENTS], pay_settled[PAYMENTS], refunds[PAYMENTS];
byte provider[PAYMENTS], charges[PAYMENTS];
bool told[PAYMENTS]; /* the provider's event was answered: it says it no more */
byte fresh; /* holds named so far for late payments */
byte running;
bool paid_acked, was_cancelled;
bool calls_over, swept; /* SWEEPING: no call from before the decision writes any more; both sweeps are done */
byte in_flight;

/* What must hold after every write. */
#define KEPT_MONEY(p) (order_state != PAID || order_settling != p || (refunds[p] == 0 && !(order_refused & BIT(p))))
#define ONCE(p) (refunds[p] <= 1 && charges[p] <= 1 && (refunds[p] == 0 || pay_state[p] == CONFIRMED))
#define CONSISTENT \
    ((order_state != PAID || hold_state[order_hold] == SOLD) && KEPT_MONEY(0) && KEPT_MONEY(1) && ONCE(0) && ONCE(1))

inline put_hold(h, state)
{
    assert(hold_state[h] < state);
    assert(hold_state[h] != SOLD || order_state == CANCELLED);
    hold_state[h] = state;
    assert(CONSISTENT)
}

/* The order's next version, if `seen` is its newest. */
inline put_order(state, h, to_take, by)
{
    d_step {
        if
        :: order_version == seen ->
            order_version++;
            order_state = state;
            order_hold = h;
            order_next = to_take;
            order_settling = by;
            assert(CONSISTENT);
            assert(REACH != 1 || state != PAID || h == 0);
            assert(REACH != 6 || state != PAID || by != NONE);
            ok = true
        :: else -> ok = false
        fi
    }
}

inline put_payment(p, expected, state, became)
{
    d_step {
        if
        :: pay_version[p] == expected ->
            pay_version[p]++;
            pay_state[p] = state;
            pay_settled[p] = became;
            assert(CONSISTENT);
            assert(REACH != 2 || became != UNFULFILLABLE);
            assert(REACH != 3 || became != OTHER);
            ok = true
        :: else -> ok = false
        fi
    }
}

#define LOCALS \
    byte stage, seen, has, next, settling, again, outcome, v, s; \
    bool ok, sold, late, sure
#define CRASH !sure -> goto stop

inline forget()
{
    d_step { stage = READ; seen = 0; has = 0; next = 0; settling = 0; again = 0; s = 0; ok = false; sold = false }
}

inline leave()
{
    forget();
    d_step { outcome = 0; v = 0; late = false };
    running--
}

/* Rule 12: OPEN or KEPT becomes SOLD, SOLD is, RELEASED is gone. Who began after the event was closed sells nothing. */
inline sell(h)
{
    d_step {
        if
        :: hold_state[h] == OPEN || hold_state[h] == KEPT -> assert(!late); put_hold(h, SOLD); sold = true
        :: hold_state[h] == SOLD -> sold = true
        :: else -> sold = false
        fi
    }
}

/* What is not SOLD ends; what was never written ends before it begins. */
inline free(h)
{
    d_step {
        if
        :: hold_state[h] < SOLD -> put_hold(h, RELEASED)
        :: else -> sold = (hold_state[h] == SOLD)
        fi
    }
}

inline free_even_sold(h)
{
    d_step {
        if
        :: hold_state[h] < RELEASED -> put_hold(h, RELEASED)
        :: else
        fi
    }
}

#define REFUSED(p) (p != NONE && (order_refused & BIT(p)))
#define REPLACING (order_next != NONE && (order_state == PENDING || order_state == EXPIRED))

/* What the order asks for when payment `p` wants to settle, or (NONE) when its own time has come. */
inline decide(p)
{
    d_step { seen = order_version; has = order_hold; next = order_next; settling = order_settling };
    if
    :: REFUSED(p) -> outcome = UNFULFILLABLE; stage = DONE
    :: !REFUSED(p) && REPLACING -> stage = R_LOOK
    :: !REFUSED(p) && !REPLACING && p == NONE ->
        if
        :: order_state == PENDING -> stage = GIVE_UP
        :: else -> stage = DONE
        fi
    :: !REFUSED(p) && !REPLACING && p != NONE ->
        if
        :: order_state == PENDING -> settling = p; stage = LOOK
        :: order_state == EXPIRED -> settling = p; stage = BEGIN
        :: order_state == PAID && order_settling == NONE -> settling = p; stage = PUT_PAID
        :: order_state == PAID && order_settling == p -> outcome = SETTLED; stage = DONE
        :: order_state == PAID && order_settling != NONE && order_settling != p -> outcome = OTHER; stage = DONE
#if MUTANT == 17
        :: order_state == CANCELLED -> outcome = UNFULFILLABLE; stage = DONE
#else
        :: order_state == CANCELLED && order_settling == p -> outcome = SETTLED; stage = DONE
        :: order_state == CANCELLED && order_settling != p -> outcome = UNFULFILLABLE; stage = DONE
#endif
        fi
    fi
}

/* Rule 14: a new hold, named before it is taken. `last` keeps one name for itself: the bound is the model's. */
inline begin_late()
{
    if
    :: fresh == 2 || (fresh == 1 && !sure) -> goto stop
    :: fresh == 0 || (fresh == 1 && sure) ->
        d_step { fresh++; s = order_state };
#if MUTANT == 6
        if
        :: PLACE_FREE && hold_state[fresh] == ABSENT -> put_hold(fresh, SOLD); next = fresh; stage = NAME_LATE
        :: else -> put_order(s, has, fresh, settling); forget()
        fi
#else
        put_order(s, has, fresh, settling);
        forget()
#endif
    fi
}

/* Rules 12 to 14 and 16 as modules/orders walks them: for payment `p`, or for NONE by the due engine. */
inline walk(p)
{
    late = closed;
    do
    :: atomic { stage == READ -> decide(p) }
    :: atomic { stage == LOOK ->
        if
#if MUTANT != 8
        :: closed -> stage = GIVE_UP
        :: !closed -> stage = SELL
#else
        :: true -> stage = SELL
#endif
        fi }
    :: atomic { stage == SELL ->
#if MUTANT == 4
        put_order(PAID, has, NONE, settling);
#endif
        sell(has);
        if
        :: sold -> stage = PUT_PAID
        :: else -> stage = BEGIN
        fi }
    :: atomic { stage == GIVE_UP ->
        if
#if MUTANT == 5
        :: p == NONE
        :: p != NONE -> free(has)
#elif MUTANT == 7
        :: p != NONE
        :: p == NONE -> free(has)
#else
        :: true -> free(has)
#endif
        fi;
        if
        :: sold -> stage = PUT_PAID
        :: !sold && p != NONE -> stage = PUT_REFUSED
        :: !sold && p == NONE -> stage = PUT_EXPIRED
        fi }
    :: atomic { stage == PUT_PAID ->
        if
        :: next != NONE -> put_order(PAID, next, NONE, settling)
        :: else -> put_order(PAID, has, NONE, settling)
        fi;
        forget() }
    :: atomic { stage == PUT_REFUSED ->
#if MUTANT == 9
        outcome = UNFULFILLABLE;
        stage = DONE
#else
        s = order_state;
        put_order(s, has, NONE, NONE);
        if
        :: ok -> order_refused = order_refused | BIT(settling); assert(CONSISTENT)
        :: else
        fi;
        forget()
#endif
        }
    :: atomic { stage == PUT_EXPIRED -> put_order(EXPIRED, has, NONE, NONE); forget() }
    :: atomic { stage == BEGIN -> begin_late() }
#if MUTANT == 6
    :: atomic { stage == NAME_LATE -> s = order_state; put_order(s, has, next, settling); forget() }
#endif
    :: atomic { stage == R_LOOK ->
        if
        :: closed -> again = NONE; stage = R_FREE
        :: else -> stage = R_TAKE
        fi }
    :: atomic { stage == R_TAKE ->
        if
        :: hold_state[next] == ABSENT && PLACE_FREE -> put_hold(next, KEPT); again = KEPT; stage = R_SELL
        :: hold_state[next] == ABSENT && !PLACE_FREE -> again = NONE; stage = R_FREE
        :: hold_state[next] == KEPT || hold_state[next] == SOLD -> again = KEPT; stage = R_SELL
        :: hold_state[next] == RELEASED -> again = RELEASED; stage = R_FREE
        fi }
    :: atomic { stage == R_SELL ->
        sell(next);
        if
        :: sold -> stage = PUT_PAID
        :: else -> stage = R_FREE
        fi }
    :: atomic { stage == R_FREE ->
#if MUTANT != 10
        free(next);
#endif
        if
        :: sold -> stage = PUT_PAID
        :: !sold && again == NONE -> stage = PUT_REFUSED
        :: !sold && again != NONE -> stage = BEGIN
        fi }
    :: atomic { stage == DONE -> forget(); break }
    :: CRASH
    od
}

/* Rule 17: a payment's own machine, from wherever it was left. Its id is what the provider knows it by. */
inline ask(p)
{
    if
    :: provider[p] == UNASKED ->
        if
        :: provider[p] = TAKEN; charges[p]++
        :: provider[p] = PROMISED
        :: !sure -> provider[p] = DECLINED
        fi
#if MUTANT == 2
    :: provider[p] == TAKEN -> charges[p]++; assert(CONSISTENT)
    :: provider[p] == PROMISED || provider[p] == DECLINED
#else
    :: else
#endif
    fi
}

#define ANSWER(p) (provider[p] == TAKEN -> CONFIRMED : (provider[p] == PROMISED -> WAITING : FAILED))

/* Rule 18: refunds are numbered; the first one under its number is the one. */
inline give_back(p)
{
    atomic { s = refunds[p] };
    if
    :: atomic {
#if MUTANT == 3
        s == 0 -> refunds[p]++; assert(CONSISTENT); s = 0 }
#else
        s == 0 -> d_step { if :: refunds[p] == 0 -> refunds[p] = 1 :: else fi; assert(CONSISTENT) }; s = 0 }
#endif
    :: atomic { s != 0 -> s = 0 }
    :: CRASH
    fi
}

inline advance(p)
{
    do
    :: atomic { stage == READ ->
        v = pay_version[p];
        if
        :: pay_state[p] == CREATED -> stage = LOOK
        :: pay_state[p] == CONFIRMED && pay_settled[p] == UNSETTLED -> stage = SELL
        :: else -> v = 0; break
        fi }
    :: atomic { stage == LOOK ->
        ask(p);
        if
        :: s = ANSWER(p); stage = PUT_PAID
        :: !sure -> forget() /* the answer was lost: ask again, by the same id */
        fi }
    :: atomic { stage == PUT_PAID ->
#if MUTANT == 12
        put_payment(p, pay_version[p], s, UNSETTLED);
#else
        put_payment(p, v, s, UNSETTLED);
#endif
        forget() }
    :: stage == SELL ->
        atomic { forget(); outcome = UNSETTLED };
        walk(p);
        if
        :: outcome == UNFULFILLABLE -> give_back(p)
        :: outcome != UNFULFILLABLE -> atomic { if :: outcome == SETTLED && order_state == PAID -> paid_acked = true :: else fi }
        fi;
        atomic { put_payment(p, v, CONFIRMED, outcome); outcome = 0; forget() }
    :: CRASH
    od
}

/* Rule 19: the provider's own word that the money came, as often as it likes, before its answer or after. */
inline hear(p)
{
    do
    :: atomic { stage == READ ->
        if
        :: provider[p] == PROMISED -> provider[p] = TAKEN; charges[p]++
        :: else
        fi;
        if
        :: provider[p] == TAKEN && !(sure && told[p]) -> stage = LOOK
        :: else -> break
        fi }
    :: atomic { stage == LOOK ->
        v = pay_version[p];
        if
#if MUTANT == 11
        :: pay_state[p] == WAITING -> stage = PUT_PAID
        :: pay_state[p] != WAITING -> told[p] = true; forget(); v = 0; break
#else
        :: pay_state[p] == CREATED || pay_state[p] == WAITING -> stage = PUT_PAID
        :: pay_state[p] != CREATED && pay_state[p] != WAITING -> told[p] = (pay_state[p] == CONFIRMED); forget(); v = 0; break
#endif
        fi }
    :: atomic { stage == PUT_PAID ->
        put_payment(p, v, CONFIRMED, UNSETTLED);
        if
        :: ok -> told[p] = true; forget(); v = 0; break
        :: else -> ok = false; stage = LOOK
        fi }
    :: CRASH
    od
}

proctype payer(byte p)
{
    LOCALS;

#if MUTANT == 1
    atomic { ask(p) };
    if
    :: true
    :: CRASH
    fi;
#endif
    atomic { put_payment(p, 0, CREATED, UNSETTLED); ok = false };
    advance(p);
stop:
    atomic { leave() }
}

proctype listener(byte p)
{
    LOCALS;

    if
    :: provider[p] != UNASKED -> hear(p)
    :: goto stop /* no event came */
    fi;
    advance(p);
stop:
    atomic { leave() }
}

proctype expirer()
{
    LOCALS;

    walk(NONE);
stop:
    atomic { leave() }
}

/* Rule 15: a cancelled order's holds end, sold or not. */
inline free_order()
{
    if
    :: atomic { order_state == CANCELLED && order_to_free ->
        d_step { seen = order_version; has = order_hold; next = order_next; settling = order_settling };
        free_even_sold(has) }
        if
        :: atomic { next != NONE -> free_even_sold(next) }
        :: next == NONE
        fi;
        atomic { put_order(CANCELLED, has, NONE, settling); if :: ok -> order_to_free = false :: else fi; forget() }
    :: else
    fi
}

proctype canceller()
{
    LOCALS;

    do
    :: atomic { stage == READ ->
        d_step { seen = order_version; has = order_hold; next = order_next; settling = order_settling };
        if
        :: order_state == PENDING || order_state == PAID -> stage = LOOK
        :: else -> break
        fi }
    :: atomic { stage == LOOK ->
#if MUTANT == 13
        free_even_sold(has);
#endif
        s = (order_state == PAID -> settling : NONE); /* what paid it still has; what was about to has not */
        put_order(CANCELLED, has, next, s);
        if
        :: ok -> order_to_free = true; was_cancelled = true; forget(); break
        :: else -> forget()
        fi }
    :: CRASH
    od;
    free_order();
stop:
    atomic { leave() }
}

/* Wants the place: ends what it takes for lapsed, takes it, and may give it back. */
proctype competitor()
{
    if
    :: atomic { hold_state[0] == OPEN || hold_state[0] == KEPT -> put_hold(0, RELEASED) }
    :: atomic { hold_state[1] == OPEN || hold_state[1] == KEPT -> put_hold(1, RELEASED) }
    :: true
    fi;
    if
    :: atomic { PLACE_FREE -> put_hold(OTHERS, OPEN) }
    :: true
    fi;
    if
    :: atomic { hold_state[OTHERS] == OPEN -> put_hold(OTHERS, RELEASED) }
    :: true
    fi;
    running--
}

proctype closer()
{
    closed = true;
    running--
}

#if defined(SWEEPING)
/* A call that holds a place and pays: its write, once handed to the store, comes whatever the clock says. */
proctype buyer(byte h)
{
    if
    :: atomic { closed -> goto stop }
    :: !closed
    fi;
    if
    :: atomic { !calls_over -> in_flight++ }
    :: goto stop
    fi;
    atomic { put_hold(h, OPEN); in_flight--; assert(!swept) };
    if
    :: atomic { !closed -> skip }
    :: goto stop
    fi;
    if
    :: atomic { hold_state[h] == OPEN && !calls_over -> put_hold(h, SOLD) }
    :: true
    fi;
stop:
    running--
}

inline sweep(h)
{
    atomic {
        if
#if MUTANT == 16
        :: hold_state[h] == OPEN || hold_state[h] == SOLD -> put_hold(h, RELEASED)
#else
        :: hold_state[h] == OPEN -> put_hold(h, RELEASED)
#endif
        :: else
        fi
    }
}

/* Rule 16: the decision, the longest call, a sweep, what the store still had in hand, a sweep. */
proctype sweeper()
{
    closed = true;
#if MUTANT != 14
    calls_over = true;
#endif
    sweep(1);
    sweep(2);
#if MUTANT != 15
    in_flight == 0;
    sweep(1);
    sweep(2);
#endif
    atomic { swept = true; assert(hold_state[1] != OPEN && hold_state[2] != OPEN); running-- }
}
#endif

#define MONEY_FOUND(p) \
    (provider[p] != TAKEN || (pay_state[p] == CONFIRMED && pay_settled[p] != UNSETTLED)) && \
    ((refunds[p] == 1) == (pay_settled[p] == UNFULFILLABLE)) && \
    (pay_settled[p] != SETTLED || order_state == PAID || was_cancelled) && \
    (order_state != EXPIRED || provider[p] != TAKEN || refunds[p] == 1)
#define EARNED(p) (order_settling == p && pay_settled[p] == SETTLED && refunds[p] == 0)
#define OWNED(h) (!LIVE(h) || (order_state == PAID && order_hold == h))

/* Alone at the end: the provider says again what it has not been answered, and what is due is done. */
proctype last()
{
    LOCALS;
    byte p;

    running == 0;
    sure = true;
#if !defined(SWEEPING)
    do
    :: p < PAYMENTS -> hear(p); advance(p); p++
    :: p == PAYMENTS -> break
    od;
    p = 0;
    free_order();
    walk(NONE);
    assert(MONEY_FOUND(0));
    assert(MONEY_FOUND(1));
    assert(order_state != PENDING && order_next == NONE);
    assert(order_state != PAID || EARNED(0) || EARNED(1));
    assert(OWNED(0) && OWNED(1) && OWNED(2));
    assert(!paid_acked || order_state == PAID || was_cancelled);
    assert(REACH != 4 || order_state != PAID || !closed);
    assert(REACH != 5 || charges[0] + charges[1] != 2);
#endif
    goto stop;
stop:
    skip
}

init
{
    atomic {
        order_next = NONE;
        order_settling = NONE;
#if !defined(SWEEPING)
        hold_state[0] = KEPT;
        order_state = PENDING;
        order_version = 1;
#endif
#if defined(SECOND_CARD)
        running = 3;
        run payer(0);
        run payer(1);
        run competitor();
#elif defined(UNKNOWN)
        running = 3;
        run payer(0);
        run listener(0);
        run expirer();
#elif defined(CANCELLING)
        running = 3;
        run payer(0);
        run listener(0);
        run canceller();
#elif defined(CLOSING)
        running = 3;
        run payer(0);
        run listener(0);
        run closer();
#elif defined(SWEEPING)
        running = 3;
        run buyer(1);
        run buyer(2);
        run sweeper();
#endif
#if defined(BIG)
        running++;
#if defined(UNKNOWN)
        run listener(0);
#else
        run expirer();
#endif
#endif
        run last()
    }
}
