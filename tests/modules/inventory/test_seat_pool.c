/* Organizers' holds of seats: which they keep, who is given them, and what plans and buyers find of it. */
#include "hall.h"

#include <string.h>

#include "tessera/limits.h"

/* ---- calls */

/* Of these seats by their names, or by ids; none: the best. */
static const Inventory__OrganizerHoldReply *keep_seats(struct ts_call *call, const struct hall *hall, int32_t count,
                                                       const char *const *names, size_t name_count)
{
    Inventory__CreateOrganizerHoldRequest request = INVENTORY__CREATE_ORGANIZER_HOLD_REQUEST__INIT;
    const Inventory__OrganizerHoldReply *reply = NULL;
    char *ids[16];
    int r;

    seat_ids(call, hall, names, name_count, ids);
    request.quota_id = (char *)hall->quota.text;
    request.name = "house seats";
    request.has_count = true;
    request.count = count;
    request.seat_ids = ids;
    request.n_seat_ids = name_count;
    as_owner(call);
    r = inventory_create_organizer_hold(call, &request, &reply);
    as_buyer(call);
    return r ? NULL : reply;
}

static const Inventory__OrganizerHoldReply *make_pool(struct ts_call *call, const struct hall *hall, int32_t count)
{
    return keep_seats(call, hall, count, NULL, 0);
}

static const Inventory__OrganizerHoldReply *resize_pool(struct ts_call *call, const char *id, int32_t count)
{
    Inventory__UpdateOrganizerHoldRequest request = INVENTORY__UPDATE_ORGANIZER_HOLD_REQUEST__INIT;
    const Inventory__OrganizerHoldReply *reply = NULL;
    int r;

    request.organizer_hold_id = (char *)id;
    request.has_count = true;
    request.count = count;
    as_owner(call);
    r = inventory_update_organizer_hold(call, &request, &reply);
    as_buyer(call);
    return r ? NULL : reply;
}

/* To have these seats by their names, and no others; `count` below 0: how many is left out. */
static const Inventory__OrganizerHoldReply *name_seats(struct ts_call *call, const struct hall *hall, const char *id,
                                                       int32_t count, const char *const *names, size_t name_count)
{
    Inventory__UpdateOrganizerHoldRequest request = INVENTORY__UPDATE_ORGANIZER_HOLD_REQUEST__INIT;
    const Inventory__OrganizerHoldReply *reply = NULL;
    char *ids[16];
    int r;

    seat_ids(call, hall, names, name_count, ids);
    request.organizer_hold_id = (char *)id;
    request.has_count = count >= 0;
    request.count = count;
    request.seat_ids = ids;
    request.n_seat_ids = name_count;
    as_owner(call);
    r = inventory_update_organizer_hold(call, &request, &reply);
    as_buyer(call);
    return r ? NULL : reply;
}

/* What a pool keeps, what it has given in brackets: "Hall A 3, (Hall A 4)". */
static const char *kept(struct ts_call *call, const char *id)
{
    Inventory__IdsRequest request = INVENTORY__IDS_REQUEST__INIT;
    const Inventory__GetOrganizerHoldsReply *reply;
    char *ids[] = { (char *)id };
    const char *text = "";

    request.ids = ids;
    request.n_ids = 1;
    as_owner(call);
    assert_int_equal(inventory_get_organizer_holds(call, &request, &reply), 0);
    as_buyer(call);
    assert_int_equal(reply->n_organizer_holds, 1);
    for (size_t i = 0; i < reply->organizer_holds[0]->n_seats; i++) {
        const Inventory__OrganizerHoldSeat *seat = reply->organizer_holds[0]->seats[i];

        text = ts_printf(call->arena, seat->given ? "%s%s(%s)" : "%s%s%s", text, i ? ", " : "", seat->seat);
    }
    return text;
}

/* Of these seats by their names; none: any. */
static const Inventory__HoldCompsReply *give(struct ts_call *call, const struct hall *hall, const char *pool,
                                             int32_t count, const char *const *names, size_t name_count)
{
    Inventory__HoldCompsRequest request = INVENTORY__HOLD_COMPS_REQUEST__INIT;
    Inventory__HoldLine line = line_of(&hall->type, count), *lines[] = { &line };
    const Inventory__HoldCompsReply *reply = NULL;
    char *ids[16];
    int r;

    seat_ids(call, hall, names, name_count, ids);
    line.seat_ids = ids;
    line.n_seat_ids = name_count;
    request.hold_id = (char *)ts_id_new_head(call, "hld");
    request.event_id = (char *)hall->shop.event;
    request.lines = lines;
    request.n_lines = 1;
    request.organizer_hold_id = (char *)pool;
    as_owner(call);
    r = inventory_hold_comps(call, &request, &reply);
    as_buyer(call);
    return r ? NULL : reply;
}

static const char *staff_states(struct ts_call *call, const struct hall *hall)
{
    const char *all;

    as_owner(call);
    all = states(call, &hall->quota);
    as_buyer(call);
    return all;
}

/* Sold, held by buyers, the organizer's, for sale. */
static void assert_counts(struct ts_call *call, const struct hall *hall, int sold, int held, int organizer, int left)
{
    const Inventory__QuotaCounts *now = counts(call, &hall->quota);
    struct checker_report report;

    assert_int_equal(now->sold, sold);
    assert_int_equal(now->held, held);
    assert_int_equal(now->organizer_held, organizer);
    assert_int_equal(now->remaining, left);
    rig_check(call, &report);
}

/* ---- keeping */

static void create__keeps_the_best_seats(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("......", "......"));
    const char *pool = make_pool(call, &hall, 2)->organizer_hold->id;

    assert_string_equal(staff_states(call, &hall), "FFBBFFFFFFFF");
    assert_string_equal(states(call, &hall.quota), "FFTTFFFFFFFF");
    assert_counts(call, &hall, 0, 0, 2, 10);
    assert_string_equal(best(call, &hall, 4), "Hall B 1, Hall B 2, Hall B 3, Hall B 4");
    assert_int_equal(resize_pool(call, pool, 4)->organizer_hold->count, 4);
    assert_counts(call, &hall, 0, 4, 4, 4);
    assert_int_equal(make_pool(call, &hall, 4)->organizer_hold->count, 4);
    assert_refused(make_pool(call, &hall, 1), RESERVED_BY_OTHERS, "count");
    assert_int_equal(resize_pool(call, pool, 0)->organizer_hold->count, 0);
    assert_counts(call, &hall, 0, 4, 4, 4);
}

#define NAMED(...) sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(const char *), DRAWN(__VA_ARGS__)

static void create__keeps_the_seats_that_are_named(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("......", "......"));
    const Inventory__OrganizerHoldReply *reply = keep_seats(call, &hall, NAMED("B2", "A1"));

    assert_int_equal(reply->n_refusals, 0);
    assert_string_equal(kept(call, reply->organizer_hold->id), "Hall B 2, Hall A 1");
    assert_string_equal(staff_states(call, &hall), "BFFFFFFBFFFF");
    assert_int_equal(resize_pool(call, reply->organizer_hold->id, 1)->organizer_hold->n_seats, 1);
    assert_string_equal(staff_states(call, &hall), "FFFFFFFBFFFF");
    assert_counts(call, &hall, 0, 0, 1, 11);
}

static void create__says_which_seat_is_not_to_be_had(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("......"));
    const Inventory__OrganizerHoldReply *reply;
    struct id other;
    const char *theirs;

    as_owner(call);
    other = shop_quota(call, &hall.shop, 6);
    theirs = ts_printf(call->arena, "%s/0", other.text);
    as_buyer(call);
    (void)buy_seats(call, &hall, DRAWN("A1"));
    (void)keep_seats(call, &hall, NAMED("A2"));
    reply = keep_seats(call, &hall, NAMED("A6", "A1"));
    assert_refused(reply, RESERVED_BY_OTHERS, "seatIds.1");
    assert_string_equal(reply->refusals[0]->message, "Hall A 1: it is in another buyer's cart and may come back.");
    assert_refused(keep_seats(call, &hall, NAMED("A2")), SOLD_OUT, "seatIds.0");
    assert_refused(keep_seats(call, &hall, NAMED(theirs)), NOT_FOUND, "seatIds.0");
    assert_refused(keep_seats(call, &hall, NAMED("A6", "no seat at all")), NOT_FOUND, "seatIds.1");
    assert_refused(keep_seats(call, &hall, NAMED("A6", "A6")), INVALID_INPUT, "seatIds.1");
    assert_refused(keep_seats(call, &hall, 1, DRAWN("A5", "A6")), INVALID_INPUT, "seatIds");
    assert_refused(keep_seats(call, &hall, 3, DRAWN("A5", "A6")), INVALID_INPUT, "seatIds");
    assert_counts(call, &hall, 0, 1, 1, 4);
    assert_refused(buy_seats(call, &hall, DRAWN("A2")), SOLD_OUT, "lines.0.seatIds.0");
}

/* ---- changing */

static void update__has_the_seats_that_are_named(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("......", "......"));
    const char *pool = keep_seats(call, &hall, NAMED("B1", "B2", "B3"))->organizer_hold->id;
    const Inventory__OrganizerHoldReply *reply = name_seats(call, &hall, pool, -1, DRAWN("A1", "B2", "A6", "B1"));

    assert_int_equal(reply->n_refusals, 0);
    assert_int_equal(reply->organizer_hold->count, 4);
    assert_string_equal(kept(call, pool), "Hall B 1, Hall B 2, Hall A 1, Hall A 6");
    assert_string_equal(staff_states(call, &hall), "BFFFFBBBFFFF");
    assert_counts(call, &hall, 0, 0, 4, 8);
    assert_int_equal(buy_seats(call, &hall, DRAWN("B3"))->n_refusals, 0); /* it is on sale again */
    assert_int_equal(name_seats(call, &hall, pool, NAMED("A6"))->n_refusals, 0);
    assert_string_equal(kept(call, pool), "Hall A 6");
    assert_int_equal(name_seats(call, &hall, pool, NAMED("A6"))->n_refusals, 0); /* nothing changes */
    assert_string_equal(staff_states(call, &hall), "FFFFFBFFHFFF");
    assert_counts(call, &hall, 0, 1, 1, 10);
    assert_int_equal(name_seats(call, &hall, pool, NAMED("B1", "B2"))->n_refusals, 0); /* all of them others */
    assert_string_equal(kept(call, pool), "Hall B 1, Hall B 2");
    assert_counts(call, &hall, 0, 1, 2, 9);
}

static void update__keeps_what_it_has_given(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("......"));
    const char *pool = keep_seats(call, &hall, NAMED("A1", "A2", "A3"))->organizer_hold->id;

    assert_int_equal(give(call, &hall, pool, NAMED("A2"))->n_refusals, 0);
    assert_refused(name_seats(call, &hall, pool, NAMED("A1", "A3", "A5")), CONFLICT, "seatIds");
    assert_string_equal(kept(call, pool), "Hall A 1, (Hall A 2), Hall A 3");
    assert_int_equal(name_seats(call, &hall, pool, NAMED("A5", "A2"))->n_refusals, 0);
    assert_string_equal(kept(call, pool), "(Hall A 2), Hall A 5");
    assert_counts(call, &hall, 0, 0, 2, 4);
}

static void update__says_which_seat_is_not_to_be_had(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("......"));
    const char *pool = keep_seats(call, &hall, NAMED("A1", "A2"))->organizer_hold->id;
    const Inventory__OrganizerHoldReply *reply;

    (void)buy_seats(call, &hall, DRAWN("A4"));
    (void)keep_seats(call, &hall, NAMED("A5"));
    reply = name_seats(call, &hall, pool, NAMED("A2", "A3", "A4"));
    assert_refused(reply, RESERVED_BY_OTHERS, "seatIds.2");
    assert_string_equal(reply->refusals[0]->message, "Hall A 4: it is in another buyer's cart and may come back.");
    assert_refused(name_seats(call, &hall, pool, NAMED("A5")), SOLD_OUT, "seatIds.0");
    assert_refused(name_seats(call, &hall, pool, NAMED("A1", "no seat at all")), NOT_FOUND, "seatIds.1");
    assert_refused(name_seats(call, &hall, pool, NAMED("A1", "A1")), INVALID_INPUT, "seatIds.1");
    assert_refused(name_seats(call, &hall, pool, 3, DRAWN("A1", "A2")), INVALID_INPUT, "seatIds");
    assert_refused(name_seats(call, &hall, pool, 1, DRAWN("A1", "A2")), INVALID_INPUT, "seatIds");
    assert_string_equal(kept(call, pool), "Hall A 1, Hall A 2"); /* all or none */
    assert_counts(call, &hall, 0, 1, 3, 2);
}

static void update__to_name_no_seat_is_no_wish(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("......"));
    const char *pool = keep_seats(call, &hall, NAMED("A1", "A2"))->organizer_hold->id;
    Inventory__UpdateOrganizerHoldRequest request = INVENTORY__UPDATE_ORGANIZER_HOLD_REQUEST__INIT;
    const Inventory__OrganizerHoldReply *reply;
    char *clear[] = { "seat_ids" };

    request.organizer_hold_id = (char *)pool;
    request.clear = clear;
    request.n_clear = 1;
    as_owner(call);
    assert_int_equal(inventory_update_organizer_hold(call, &request, &reply), 0);
    assert_refused(reply, INVALID_INPUT, "seatIds");
    assert_string_equal(kept(call, pool), "Hall A 1, Hall A 2");
}

static void update__names_seats_only_where_there_are_some(struct ts_call *call)
{
    struct hall hall = { .shop = shop_open(call) };
    const char *pool, *place;

    hall.quota = shop_quota(call, &hall.shop, 4);
    pool = make_pool(call, &hall, 1)->organizer_hold->id;
    place = ts_printf(call->arena, "%s/2", hall.quota.text);
    assert_refused(name_seats(call, &hall, pool, NAMED(place)), NOT_FOUND, "seatIds.0");
    assert_counts(call, &hall, 0, 0, 1, 3);
}

/* ---- giving */

static void comps__of_a_pool_show_their_seats(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("......", "......"));
    const char *pool = keep_seats(call, &hall, NAMED("B1", "B2", "B3"))->organizer_hold->id;
    const Inventory__HoldCompsReply *reply = give(call, &hall, pool, 2, NULL, 0);
    const char *hold;

    assert_string_equal(reply->hold->positions[0]->seat, "Hall B 1");
    assert_string_equal(reply->hold->positions[1]->seat, "Hall B 2");
    assert_string_equal(reply->hold->positions[1]->seat_id, seat(call, &hall, "B2"));
    assert_string_equal(kept(call, pool), "(Hall B 1), (Hall B 2), Hall B 3");
    assert_refused(give(call, &hall, pool, 2, NULL, 0), SOLD_OUT, "organizerHoldId");
    hold = reply->hold->id;
    as_system(call);
    (void)sell(call, hold, ts_id_sibling(call, hold, "ord"));
    as_buyer(call);
    assert_string_equal(staff_states(call, &hall), "FFFFFFSSBFFF");
    assert_counts(call, &hall, 2, 0, 1, 9);
    as_system(call);
    (void)give_back(call, hold, ts_id_sibling(call, hold, "ord"), true);
    as_buyer(call);
    assert_string_equal(staff_states(call, &hall), "FFFFFFBBBFFF");
    assert_string_equal(kept(call, pool), "Hall B 1, Hall B 2, Hall B 3");
}

static void comps__of_a_pool_by_name(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("......", "......"));
    const char *pool = keep_seats(call, &hall, NAMED("B1", "B2", "B3"))->organizer_hold->id;
    const Inventory__HoldCompsReply *reply = give(call, &hall, pool, NAMED("B3", "B2"));

    assert_string_equal(reply->hold->positions[0]->seat, "Hall B 3");
    assert_string_equal(reply->hold->positions[1]->seat, "Hall B 2");
    assert_string_equal(kept(call, pool), "Hall B 1, (Hall B 2), (Hall B 3)");
    reply = give(call, &hall, pool, NAMED("B1", "B2"));
    assert_refused(reply, SOLD_OUT, "lines.0.seatIds.1");
    assert_string_equal(reply->refusals[0]->message, "Hall B 2: the organizer hold does not have it left.");
    assert_refused(give(call, &hall, pool, NAMED("A1")), SOLD_OUT, "lines.0.seatIds.0");
    assert_string_equal(kept(call, pool), "Hall B 1, (Hall B 2), (Hall B 3)");
    assert_counts(call, &hall, 0, 0, 3, 9);
}

static void comps__of_no_pool_by_name(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("......"));
    const Inventory__HoldCompsReply *reply = give(call, &hall, NULL, NAMED("A5"));

    assert_string_equal(reply->hold->positions[0]->seat, "Hall A 5");
    assert_refused(give(call, &hall, NULL, NAMED("A6", "A5")), RESERVED_BY_OTHERS, "lines.0.seatIds.1");
    (void)keep_seats(call, &hall, NAMED("A1"));
    assert_refused(give(call, &hall, NULL, NAMED("A1")), SOLD_OUT, "lines.0.seatIds.0");
    assert_string_equal(give(call, &hall, NULL, 2, NULL, 0)->hold->positions[0]->seat, "Hall A 3");
    assert_counts(call, &hall, 0, 3, 1, 2);
}

/* ---- plans, and what is left alone */

static void set_seat_plan__never_drops_a_seat_of_a_pool(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("....", "...."));
    const char *pool = keep_seats(call, &hall, NAMED("B4"))->organizer_hold->id;
    const Inventory__SeatPlan *shorter = rows_read(call->arena, DRAWN("....", "..."));
    const Inventory__SetSeatPlanReply *reply = set_plan(call, &hall.quota, shorter);

    assert_refused(reply, CONFLICT, "sections");
    assert_string_equal(reply->refusals[0]->message, "Hall B 4: it is held or sold, so the plan must keep it.");
    assert_int_equal(give(call, &hall, pool, 1, NULL, 0)->n_refusals, 0);
    assert_refused(set_plan(call, &hall.quota, shorter), CONFLICT, "sections");
    advance(call, TS_DAY_MS);
    assert_int_equal(resize_pool(call, pool, 0)->n_refusals, 0);
    assert_int_equal(set_plan(call, &hall.quota, shorter)->n_refusals, 0);
    assert_counts(call, &hall, 0, 0, 0, 7);
    assert_int_equal(make_pool(call, &hall, 7)->n_refusals, 0); /* what is blocked is not among them */
    assert_refused(make_pool(call, &hall, 1), SOLD_OUT, "count");
    assert_counts(call, &hall, 0, 0, 7, 0);
}

static void set_seat_plan__of_a_quota_with_a_pool(struct ts_call *call)
{
    struct hall hall = { .shop = shop_open(call) };

    hall.quota = shop_quota(call, &hall.shop, 4);
    assert_int_equal(make_pool(call, &hall, 1)->organizer_hold->n_seats, 0);
    assert_refused(set_plan(call, &hall.quota, rows_read(call->arena, DRAWN("...."))), CONFLICT, "quotaId");
}

static void hold__beside_a_pool_leaves_nobody_alone(struct ts_call *call)
{
    Inventory__SeatPlan *plan = rows_read(call->arena, DRAWN("......"));
    struct hall hall;

    plan->has_forbid_orphans = plan->forbid_orphans = true;
    hall = hall_with(call, plan);
    (void)keep_seats(call, &hall, NAMED("A5", "A6"));
    assert_refused(buy_seats(call, &hall, DRAWN("A3")), INVALID_INPUT, "lines.0.seatIds"); /* A4 stood alone */
    assert_refused(keep_seats(call, &hall, NAMED("A2")), INVALID_INPUT, "seatIds");
    assert_string_equal(best(call, &hall, 2), "Hall A 3, Hall A 4");
}

/* ---- in two processes */

static void keep_seats_of_a_newer_plan(struct ts_call *call, void *twin)
{
    struct ts_call other = twin_call(call, twin);
    struct hall hall = hall_of(call, DRAWN("...."));
    const char *pool;

    assert_string_equal(states(call, &hall.quota), "FFFF"); /* this process knows the first plan */
    as_buyer(&other);
    assert_int_equal(set_plan(&other, &hall.quota, rows_read(call->arena, DRAWN("....", "..")))->n_refusals, 0);
    pool = keep_seats(&other, &hall, NAMED("B2", "A1"))->organizer_hold->id;
    assert_string_equal(kept(call, pool), "Hall B 2, Hall A 1");
    assert_string_equal(give(call, &hall, pool, 1, NULL, 0)->hold->positions[0]->seat, "Hall B 2");
    assert_string_equal(kept(&other, pool), "(Hall B 2), Hall A 1");
}

/* What the key has made is answered, whatever this process knows of the hall. */
static void keep_again_by_an_older_plan(struct ts_call *call, void *twin)
{
    struct ts_call other = twin_call(call, twin);
    struct hall hall = hall_of(call, DRAWN("...."));
    const Inventory__OrganizerHoldReply *again;
    const char *pool;

    assert_string_equal(states(call, &hall.quota), "FFFF"); /* this process knows the first plan */
    as_buyer(&other);
    assert_int_equal(set_plan(&other, &hall.quota, rows_read(call->arena, DRAWN("....", "..")))->n_refusals, 0);
    call->idempotency_key = other.idempotency_key = KEY;
    pool = keep_seats(&other, &hall, NAMED("B2", "A1"))->organizer_hold->id;
    again = keep_seats(call, &hall, NAMED(seat(&other, &hall, "B2"), seat(&other, &hall, "A1")));
    assert_int_equal(again->n_refusals, 0);
    assert_string_equal(again->organizer_hold->id, pool);
}

/* Both want the seat; a buyer has those that went back. */
static void name_seats_side_by_side(struct ts_call *call, void *twin)
{
    struct ts_call other = twin_call(call, twin);
    struct hall hall = hall_of(call, DRAWN("......"));
    const char *pool = keep_seats(call, &hall, NAMED("A1", "A2"))->organizer_hold->id;

    assert_string_equal(kept(&other, pool), "Hall A 1, Hall A 2");
    assert_int_equal(name_seats(call, &hall, pool, NAMED("A2", "A3"))->n_refusals, 0);
    assert_refused(keep_seats(&other, &hall, NAMED("A3")), SOLD_OUT, "seatIds.0");
    assert_int_equal(keep_seats(&other, &hall, NAMED("A1"))->n_refusals, 0);
    assert_refused(name_seats(call, &hall, pool, NAMED("A1")), SOLD_OUT, "seatIds.0");
    assert_int_equal(name_seats(&other, &hall, pool, NAMED("A6", "A3"))->n_refusals, 0);
    assert_string_equal(kept(call, pool), "Hall A 3, Hall A 6");
    assert_counts(call, &hall, 0, 0, 3, 3);
}

static void in_two_processes(void (*run)(struct ts_call *call, void *twin))
{
    struct rig *rig = rig_new(1), *twin = rig_twin(rig, 2);

    rig_run(rig, run, twin);
    rig_free(twin);
    rig_free(rig);
}

static void pool__of_seats_that_another_process_added(void **state)
{
    (void)state;
    in_two_processes(keep_seats_of_a_newer_plan);
}

static void pool__is_answered_again_by_a_process_that_does_not_know_its_seats(void **state)
{
    (void)state;
    in_two_processes(keep_again_by_an_older_plan);
}

static void pool__is_renamed_by_two_processes(void **state)
{
    (void)state;
    in_two_processes(name_seats_side_by_side);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rig_unit_test(create__keeps_the_best_seats),
        rig_unit_test(create__keeps_the_seats_that_are_named),
        rig_unit_test(create__says_which_seat_is_not_to_be_had),
        rig_unit_test(update__has_the_seats_that_are_named),
        rig_unit_test(update__keeps_what_it_has_given),
        rig_unit_test(update__says_which_seat_is_not_to_be_had),
        rig_unit_test(update__to_name_no_seat_is_no_wish),
        rig_unit_test(update__names_seats_only_where_there_are_some),
        rig_unit_test(comps__of_a_pool_show_their_seats),
        rig_unit_test(comps__of_a_pool_by_name),
        rig_unit_test(comps__of_no_pool_by_name),
        rig_unit_test(set_seat_plan__never_drops_a_seat_of_a_pool),
        rig_unit_test(set_seat_plan__of_a_quota_with_a_pool),
        rig_unit_test(hold__beside_a_pool_leaves_nobody_alone),
        cmocka_unit_test(pool__of_seats_that_another_process_added),
        cmocka_unit_test(pool__is_answered_again_by_a_process_that_does_not_know_its_seats),
        cmocka_unit_test(pool__is_renamed_by_two_processes),
    };

    return cmocka_run_group_tests_name("modules/inventory/seat_pool", tests, NULL, NULL);
}
