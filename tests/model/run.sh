#!/bin/sh
# Check the models: the true protocol must survive a whole search of each scenario, each thing worth modelling must happen
# in it (reach), and each broken protocol (mutant) must be found out by an assertion.
# usage: run.sh [RUN…]   (true, big, reach, mutant, or one name such as hold-mutant-5; default: all but the big searches)
set -u
models=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
cd "$work" || exit 1
wanted="${*:-true reach mutant}"
passed=0
failed=0

# search KIND NAME SCENARIO DEFINE SAYS: one search; its verdict is left in `verdict`, empty when all is well. A scenario is
# one word, or two: with BIG.
search() {
    verdict=
    spin -a "-D${3%% *}" "-D${3##* }" "$4" "$models/${2%%-*}.pml" >spin.out 2>&1 || { verdict="spin: $(head -n 1 spin.out)"; return; }
    # Most searches take less time than compiling them for speed would.
    if [ "$1" = big ]; then level=-O1; else level=-O0; fi
    gcc $level -w -DSAFETY -DMEMLIM=1500 -o pan pan.c >gcc.out 2>&1 || { verdict="gcc: $(head -n 1 gcc.out)"; return; }
    ./pan -m20000 -w22 >pan.out 2>&1
    errors=$(sed -n 's/.*errors: *\([0-9]*\).*/\1/p' pan.out)
    broken=$(sed -n 's/^pan:1: assertion violated *\(.*\) (at depth.*/\1/p' pan.out | head -n 1 | cut -c 1-60)
    states=$(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' pan.out)
    if [ "$1" = true ] || [ "$1" = big ]; then
        [ "$errors" = 0 ] || verdict="errors: ${errors:-unknown}; $(grep -m 1 '^pan:' pan.out)"
        grep -Eq 'max search depth too small|Search not completed|MEMLIM' pan.out && verdict="search not completed"
        return
    fi
    [ -n "$broken" ] || verdict="no assertion broken; errors: ${errors:-unknown}; $(grep -m 1 '^pan:' pan.out)"
}

run() {
    case " $wanted " in *" $1 "* | *" $2 "*) ;; *) return ;; esac
    search "$@"
    if [ -z "$verdict" ]; then
        passed=$((passed + 1))
        evidence="found by $broken"
        [ "$1" = true ] || [ "$1" = big ] && evidence="$states states, all searched"
        echo "ok   $2 ($3): $5; $evidence"
    else
        failed=$((failed + 1))
        echo "FAIL $2 ($3): $5; $verdict"
    fi
}

# A file's runs, by number.
scenario() { run true "$1-true-$2" "$2" -DMUTANT=0 "$3"; }
big() { run big "$1-big-$2" "$2 BIG" -DMUTANT=0 "$3"; }
reach() { run reach "$1-reach-$2" "$3" "-DREACH=$2" "$4"; }
mutant() { run mutant "$1-mutant-$2" "$3" "-DMUTANT=$2" "$4"; }

scenario hold RACE "two buyers of two places, and a sweeper"
big hold RACE "one of them called twice"
scenario hold EXTEND "a hold grows, called twice, against a competitor"
scenario hold DROP "a hold grows, gives a place back and is checked out, against a competitor"
scenario hold LENGTHEN "a hold is made longer, twice, against a sweep, its checkout and a competitor"
scenario hold LATE_TWICE "a payment delivered twice while a competitor takes the hold for lapsed"
scenario hold EXPIRE "payment against expiry against a competitor"
scenario hold CANCEL "payment against cancellation against a competitor"

reach hold 1 "RACE BIG" "both places sold in one hold"
reach hold 2 EXTEND "a taker puts a hold one version on, unchanged"
reach hold 3 "RACE BIG" "a place goes from a released hold to another"
reach hold 4 LATE_TWICE "an order paid with a new hold after its first was released"
reach hold 5 LATE_TWICE "a late payment refunded, its new hold RELEASED"
reach hold 6 CANCEL "a sold order cancelled"
reach hold 7 "RACE BIG" "a zombie's late insert of its hold refused"
reach hold 8 LENGTHEN "a hold is made longer too late, after a sweep"
reach hold 9 LENGTHEN "a hold that was made longer is sold"

mutant hold 1 "RACE BIG" "the hold is inserted before its claims"
mutant hold 2 "RACE BIG" "a claim of a hold never written is dead when its time has passed, nothing inserted"
mutant hold 3 "RACE BIG" "an open hold is dead by the asker's clock, nothing put"
mutant hold 4 "RACE BIG" "a zombie's late insert overwrites the RELEASED row"
mutant hold 5 "RACE BIG" "the sweep puts RELEASED without looking at the version, over SOLD"
mutant hold 6 EXTEND "a claim names no version: a hold that lives without the place makes it dead"
mutant hold 7 "RACE BIG" "places are sold one by one, and a taker takes the rest"
mutant hold 8 "RACE BIG" "SOLD is put without compare-and-set"
mutant hold 9 "RACE BIG" "who failed to take a place frees it by a claim over the newest"
mutant hold 10 DROP "an existing hold keeps its claims, whatever version it has reached"
mutant hold 11 EXTEND "a hold short of the named version is not put one version on"
mutant hold 12 "RACE BIG" "RELEASED is not final"
mutant hold 13 EXTEND "a second try of an extension lists a place by its first try's claim"
mutant hold 14 LATE_TWICE "a late payment sells the released hold again"
mutant hold 15 LATE_TWICE "the new hold is not named in the order before it is taken"
mutant hold 16 EXPIRE "the order is EXPIRED before its hold is RELEASED"
mutant hold 17 LATE_TWICE "a refund without putting the new hold RELEASED"
mutant hold 18 EXPIRE "the order is PAID before its hold is SOLD"
mutant hold 19 CANCEL "the hold is RELEASED before the order is CANCELLED"
mutant hold 30 LENGTHEN "the sweep puts RELEASED without looking at the version, over a longer time that was told"
mutant hold 31 LENGTHEN "a longer time is put over RELEASED"

scenario order SECOND_CARD "two payments for one order, and somebody who wants its place"
scenario order UNKNOWN "the provider's answer is lost, its event comes when it likes, the order expires"
scenario order CANCELLING "payment against cancellation"
scenario order CLOSING "payment against the end of its event"
scenario order SWEEPING "buyers whose calls began before their event was closed"
big order SECOND_CARD "and the order expires"
big order UNKNOWN "and the event comes twice"
big order CANCELLING "and the order expires"
big order CLOSING "and the order expires"

reach order 1 SECOND_CARD "an order paid late, with another hold"
reach order 2 SECOND_CARD "a payment that no order can use"
reach order 3 SECOND_CARD "a payment of an order that another one paid"
reach order 4 CLOSING "an order paid before its event was closed stays paid"
reach order 5 SECOND_CARD "both cards are charged"
reach order 6 UNKNOWN "an expiry finds the hold sold and pays the order"

mutant order 1 UNKNOWN "the provider is asked before the payment is written"
mutant order 2 UNKNOWN "each question to the provider has a new id"
mutant order 3 CANCELLING "refunds are not numbered, and a payment is settled twice"
mutant order 4 SECOND_CARD "the order is PAID before its hold is SOLD"
mutant order 5 CLOSING "an order expires and its hold does not"
mutant order 6 SECOND_CARD "a late payment's hold is sold before the order names it"
mutant order 7 CLOSING "a payment of a closed event is refused without asking the hold, which a twin has sold"
mutant order 8 CLOSING "paying does not read the event once more"
mutant order 9 SECOND_CARD "money goes back without the order saying so first"
mutant order 10 SECOND_CARD "a late payment is given up and its new hold is not released"
mutant order 11 UNKNOWN "the provider's event is dropped when it overtakes the answer"
mutant order 12 UNKNOWN "the provider's answer is written over the event that overtook it"
mutant order 13 CANCELLING "the hold of a paid order is released before the order is CANCELLED"
mutant order 14 SWEEPING "closing does not wait for the longest call"
mutant order 15 SWEEPING "closing sweeps once"
mutant order 16 SWEEPING "closing sweeps what was sold"
mutant order 17 CANCELLING "an order that was paid and cancelled refuses the payment it was paid with"

scenario quota SHRINK "two calls shrink side by side, and a buyer"
scenario quota SELL "one call shrinks, two buyers want what is left"
scenario quota GROW "one call shrinks, one grows again, and a buyer"

reach quota 20 SELL "both places are bought before the size falls"
reach quota 21 SHRINK "the quota's own hold is put one version on, unchanged, for a dead call"

mutant quota 20 SHRINK "shrinking counts what is sold and claims nothing"
mutant quota 21 GROW "a place comes back by a claim over the newest, and not by a version without it"
mutant quota 22 SHRINK "BLOCKED is put without compare-and-set, over another call's"
mutant quota 23 GROW "a second try blocks a place by its first try's claim"
mutant quota 24 SHRINK "who finds the quota's own hold unwritten ends it for ever"

scenario pool GIVE "a guest asked for twice, and another"
scenario pool BACK "a guest is given a place and cancelled, another guest, and a buyer"
scenario pool RELEASE "a guest, two who release, and a buyer"

reach pool 22 BACK "a place is given to a second guest"
reach pool 23 RELEASE "a buyer has a place that was released"

mutant pool 25 GIVE "a place is given anew though its guest's hold may still be written"
mutant pool 26 RELEASE "a place is released though it was given"
mutant pool 27 GIVE "the guest's hold is inserted before the pool gives"
mutant pool 28 GIVE "the pool is put without compare-and-set"
mutant pool 29 BACK "the pool lets go of a place, and the guest's hold claims it"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
