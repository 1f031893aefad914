/* What happened, counted over all seeds: a simulator in which something never happens does not simulate it. */
#ifndef SIM_COUNT_H
#define SIM_COUNT_H

// clang-format off
#define SIM_COUNTS(X) \
    /* messages */ \
    X(calls) X(silences) X(unknowns) X(failures) X(requests_lost) X(answers_lost) X(doubles) X(hops) X(hops_lost) X(hints) \
    /* the world */ \
    X(crashes) X(sales_cut) X(power_cuts) X(starts) X(clock_steps) X(jumps) X(probes) \
    /* buyers */ \
    X(holds) X(seats_named) X(holds_refused) X(holds_said_again) X(holds_extended) X(holds_at_cap) X(holds_released) X(holds_renewed) X(seats_changed) X(orders) X(orders_refused) X(cancellations) \
    X(payments) X(payments_declined) X(payments_late) X(payments_twice) X(payments_sent_back) X(tickets_shown) \
    /* staff and promoter */ \
    X(confirmations) X(refunds) X(reissues) X(revocations) X(resizes) X(plans) X(plans_refused) X(pools) X(pools_named) X(pools_changed) X(pools_renamed) X(gifts) X(gifts_named) X(gifts_refused) \
    X(events_made) X(events_cancelled) \
    /* the door */ \
    X(scans) X(admissions) X(scans_refused) X(exits) X(forced_scans) \
    /* when all is over */ \
    X(drained)

enum sim_count {
#define X(name) COUNT_##name,
    SIM_COUNTS(X)
#undef X
    SIM_COUNT_MAX
};
// clang-format on

#endif
