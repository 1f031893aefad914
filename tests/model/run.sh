#!/bin/sh
# Check the model of the inventory protocol: the true protocol must survive a whole search of each scenario, each thing
# worth modelling must happen in it (reach), and each broken protocol (mutant) must be found out by an assertion.
# usage: run.sh [RUN…]   (true, reach, mutant, or one name such as mutant-5; default: all)
set -u
model=$(cd "$(dirname "$0")" && pwd)/hold.pml
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
cd "$work" || exit 1
wanted="${*:-true reach mutant}"
passed=0
failed=0

# search KIND NAME SCENARIO DEFINE SAYS: one search; its verdict is left in `verdict`, empty when all is well.
search() {
    verdict=
    spin -a "-D$3" "$4" "$model" >spin.out 2>&1 || { verdict="spin: $(head -n 1 spin.out)"; return; }
    # Most searches take less time than compiling them for speed would.
    if [ "$1" = true ]; then level=-O1; else level=-O0; fi
    gcc $level -w -DSAFETY -DMEMLIM=1500 -o pan pan.c >gcc.out 2>&1 || { verdict="gcc: $(head -n 1 gcc.out)"; return; }
    ./pan -m20000 -w22 >pan.out 2>&1
    errors=$(sed -n 's/.*errors: *\([0-9]*\).*/\1/p' pan.out)
    broken=$(sed -n 's/^pan:1: assertion violated *\(.*\) (at depth.*/\1/p' pan.out | head -n 1 | cut -c 1-60)
    states=$(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' pan.out)
    if [ "$1" = true ]; then
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
        [ "$1" = true ] && evidence="$states states, all searched"
        echo "ok   $2 ($3): $5; $evidence"
    else
        failed=$((failed + 1))
        echo "FAIL $2 ($3): $5; $verdict"
    fi
}

scenario() { run true "true-$1" "$1" -DMUTANT=0 "$2"; }
reach() { run reach "reach-$1" "$2" "-DREACH=$1" "$3"; }
mutant() { run mutant "mutant-$1" "$2" "-DMUTANT=$1" "$3"; }

scenario RACE "two buyers of two places, one called twice, and a sweeper"
scenario EXTEND "a hold grows, called twice, against a competitor"
scenario DROP "a hold grows, gives a place back and is checked out, against a competitor"
scenario LATE_TWICE "a payment delivered twice while a competitor takes the hold for lapsed"
scenario EXPIRE "payment against expiry against a competitor"
scenario CANCEL "payment against cancellation against a competitor"

reach 1 RACE "both places sold in one hold"
reach 2 EXTEND "a taker puts a hold one version on, unchanged"
reach 3 RACE "a place goes from a released hold to another"
reach 4 LATE_TWICE "an order paid with a new hold after its first was released"
reach 5 LATE_TWICE "a late payment refunded, its new hold RELEASED"
reach 6 CANCEL "a sold order cancelled"
reach 7 RACE "a zombie's late insert of its hold refused"

mutant 1 RACE "the hold is inserted before its claims"
mutant 2 RACE "a claim of a hold never written is dead when its time has passed, nothing inserted"
mutant 3 RACE "an open hold is dead by the asker's clock, nothing put"
mutant 4 RACE "a zombie's late insert overwrites the RELEASED row"
mutant 5 RACE "the sweep puts RELEASED without looking at the version, over SOLD"
mutant 6 EXTEND "a claim names no version: a hold that lives without the place makes it dead"
mutant 7 RACE "places are sold one by one, and a taker takes the rest"
mutant 8 RACE "SOLD is put without compare-and-set"
mutant 9 RACE "who failed to take a place frees it by a claim over the newest"
mutant 10 DROP "an existing hold keeps its claims, whatever version it has reached"
mutant 11 EXTEND "a hold short of the named version is not put one version on"
mutant 12 RACE "RELEASED is not final"
mutant 13 EXTEND "a second try of an extension lists a place by its first try's claim"
mutant 14 LATE_TWICE "a late payment sells the released hold again"
mutant 15 LATE_TWICE "the new hold is not named in the order before it is taken"
mutant 16 EXPIRE "the order is EXPIRED before its hold is RELEASED"
mutant 17 LATE_TWICE "a refund without putting the new hold RELEASED"
mutant 18 EXPIRE "the order is PAID before its hold is SOLD"
mutant 19 CANCEL "the hold is RELEASED before the order is CANCELLED"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
