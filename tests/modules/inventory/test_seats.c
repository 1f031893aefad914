/*
 * Seats through the bus: a plan is set and changed, seats are taken by name and by what is best, alone and by two
 * processes, and what a buyer was shown is what the documents say.
 */
#include "hall.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tessera/limits.h"
#include "tessera/store.h"

#define ORDER "ord_01jwnxxxxxfg8v8v8v8v8v8v00"

/* ---- the plan */

static void set_seat_plan__gives_each_place_a_name(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("..w", ".. .."));
    const Inventory__SectionRows *section = first_rows(call, &hall.quota);

    assert_int_equal(counts(call, &hall.quota)->remaining, 7);
    assert_string_equal(section->rows[1]->name, "B");
    assert_int_equal(section->rows[1]->rank, 2);
    assert_string_equal(section->rows[1]->seats[2]->number, "3");
    assert_true(section->rows[0]->seats[2]->accessible);
    assert_true(section->rows[1]->seats[1]->gap_after);
    assert_int_equal(section->rows[1]->seats[2]->state, INVENTORY__SEAT__STATE__FREE);
    assert_string_equal(states(call, &hall.quota), "FFFFFFF");
}

static void set_seat_plan__lays_out_rows_without_coordinates(struct ts_call *call)
{
    Inventory__SeatPlan *plan = rows_read(call->arena, DRAWN("...", ".. ."));
    const Inventory__SectionRows *section;
    struct hall hall;

    for (size_t i = 0; i < 6; i++)
        plan->sections[0]->rows[i / 3]->seats[i % 3]->has_x = plan->sections[0]->rows[i / 3]->seats[i % 3]->has_y = 0;
    hall = hall_with(call, plan);
    section = first_rows(call, &hall.quota);
    assert_int_equal(section->rows[0]->seats[0]->x, -100);
    assert_int_equal(section->rows[0]->seats[2]->x, 100);
    assert_int_equal(section->rows[1]->seats[1]->x, -50);
    assert_int_equal(section->rows[1]->seats[2]->x, 150);
    assert_int_equal(section->rows[1]->seats[0]->y, 100);
}

/* Two sections: "Hall" as drawn, and "Balcony" above it with a row of as many seats as `balcony` has. */
static Inventory__SeatPlan *two_sections(struct ts_call *call, const char *balcony)
{
    Inventory__SeatPlan *plan = rows_read(call->arena, DRAWN("...", ".. .."));
    const Inventory__SeatPlan *above = rows_read(call->arena, &balcony, 1);
    Inventory__PlanSection **both = TS_NEW_ARRAY(call->arena, Inventory__PlanSection *, 2);

    both[0] = plan->sections[0];
    both[1] = above->sections[0];
    both[1]->name = ts_strdup(call->arena, "Balcony");
    plan->sections = both;
    plan->n_sections = 2;
    return plan;
}

static void get_seat_sections__counts_what_is_free(struct ts_call *call)
{
    struct hall hall = hall_with(call, two_sections(call, "...."));
    const Inventory__QuotaSections *all;

    buy_seats(call, &hall, (const char *[]){ "A1", "B1" }, 2);
    all = sections(call, &hall.quota, NULL)->quotas[0];
    assert_int_equal(all->n_sections, 2);
    assert_string_equal(all->sections[0]->name, "Hall");
    assert_int_equal(all->sections[0]->size, 7);
    assert_int_equal(all->sections[0]->free, 5);
    assert_string_equal(all->sections[1]->id, ts_printf(call->arena, "%s/Balcony", hall.quota.text));
    assert_int_equal(all->sections[1]->size, 4);
    assert_int_equal(all->sections[1]->free, 4);
}

static void assert_outline(const Inventory__SeatSection *section, const int32_t *corners, size_t count)
{
    assert_int_equal(section->n_outline, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(section->outline[i], corners[i]);
}

/* A section with one row, whose seats are at these places. */
static Inventory__PlanSection *section_at(struct ts_call *call, const int32_t (*places)[2], size_t count)
{
    char *drawing = memset(ts_alloc(call->arena, count + 1), '.', count);
    Inventory__PlanSection *section = rows_read(call->arena, (const char *const *)&drawing, 1)->sections[0];

    for (size_t i = 0; i < count; i++) {
        section->rows[0]->seats[i]->x = places[i][0];
        section->rows[0]->seats[i]->y = places[i][1];
    }
    section->name = ts_printf(call->arena, "of %zu", count);
    return section;
}

static void get_seat_sections__show_their_corners_in_turn(struct ts_call *call)
{
    static const int32_t slanted[][2] = { { 0, 0 }, { 50, 25 }, { 40, 30 }, { 100, 50 }, { 80, 90 }, { -20, 40 } };
    static const int32_t widest[][2] = { { -1000000, -1000000 }, { 1000000, 1000000 } };
    Inventory__SeatPlan plan = INVENTORY__SEAT_PLAN__INIT;
    const Inventory__QuotaSections *all;
    struct hall hall;

    plan.n_sections = 3;
    plan.sections = (Inventory__PlanSection *[]){ section_at(call, slanted, 6), section_at(call, widest, 2),
                                                  section_at(call, slanted + 1, 1) };
    hall = hall_with(call, &plan);
    all = sections(call, &hall.quota, NULL)->quotas[0];
    assert_outline(all->sections[0], (const int32_t[]){ 100, 50, 80, 90, -20, 40, 0, 0 }, 8);
    assert_outline(all->sections[1], (const int32_t[]){ 1000000, 1000000, -1000000, -1000000 }, 4);
    assert_outline(all->sections[2], (const int32_t[]){ 50, 25 }, 2);
}

static void get_seat_sections__of_one_is_that_one(struct ts_call *call)
{
    struct hall hall = hall_with(call, two_sections(call, "...."));
    const char *balcony = ts_printf(call->arena, "%s/Balcony", hall.quota.text);
    const Inventory__QuotaSections *one = sections(call, &hall.quota, balcony)->quotas[0];
    const char *const unknown[] = { "",
                                    "/",
                                    "Balcony",
                                    hall.quota.text,
                                    ts_printf(call->arena, "%s/", hall.quota.text),
                                    ts_printf(call->arena, "%s/balcony", hall.quota.text) };

    assert_int_equal(one->n_sections, 1);
    assert_string_equal(one->sections[0]->name, "Balcony");
    buy_seats(call, &hall, (const char *[]){ "A1" }, 1);
    buy_seats(call, &hall, (const char *[]){ ts_printf(call->arena, "%s/8", hall.quota.text) }, 1);
    assert_string_equal(section_states(call, &hall.quota, balcony), "FTFF");
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        const Inventory__GetSeatSectionsReply *none = sections(call, &hall.quota, unknown[i]);

        assert_true(none->n_quotas == 0 || none->quotas[0]->n_sections == 0);
        assert_string_equal(section_states(call, &hall.quota, unknown[i]), "");
        assert_int_equal(rows(call, (char **)&unknown[i], 1)->n_sections, 0);
    }
}

static void get_seat_rows__of_sections_of_several_halls(struct ts_call *call)
{
    struct hall hall = hall_with(call, two_sections(call, "...."));
    const Inventory__GetSeatRowsReply *reply;
    struct id other;
    char *ids[4];

    as_owner(call);
    other = shop_quota(call, &hall.shop, 0);
    as_buyer(call);
    assert_int_equal(set_plan(call, &other, two_sections(call, ".."))->n_refusals, 0);
    /* Those of one hall do not stand together, and one is of no hall. */
    ids[0] = ts_printf(call->arena, "%s/Balcony", hall.quota.text);
    ids[1] = ts_printf(call->arena, "%s/Balcony", other.text);
    ids[2] = ts_printf(call->arena, "%s/Hall", hall.quota.text);
    ids[3] = ts_printf(call->arena, "%s/Cellar", other.text);
    reply = rows(call, ids, 4);
    assert_int_equal(reply->n_sections, 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(reply->sections[i]->section_id, ids[i]);
    assert_int_equal(reply->sections[0]->n_rows, 1);
    assert_int_equal(reply->sections[0]->rows[0]->n_seats, 4);
    assert_string_equal(reply->sections[0]->rows[0]->seats[0]->id, ts_printf(call->arena, "%s/7", hall.quota.text));
    assert_int_equal(reply->sections[1]->rows[0]->n_seats, 2);
    assert_int_equal(reply->sections[2]->n_rows, 2);
}

static void set_seat_plan__again_changes_nothing(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("...."));
    const char *before = set_plan(call, &hall.quota, rows_read(call->arena, DRAWN("....")))->quota->seat_plan_id;

    assert_string_equal(set_plan(call, &hall.quota, rows_read(call->arena, DRAWN("....")))->quota->seat_plan_id,
                        before);
    assert_string_not_equal(set_plan(call, &hall.quota, rows_read(call->arena, DRAWN("...")))->quota->seat_plan_id,
                            before);
}

/* What has a name keeps its place; what goes is nobody's any more; what comes has a place of its own. */
static void set_seat_plan__changed_keeps_what_stays(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("....", "...."));
    char *id = seat(call, &hall, "A2"), *gone = seat(call, &hall, "B4");
    const char *names[] = { id }, *lost[] = { gone };
    struct checker_report report;

    assert_string_equal(shown(call, buy_seats(call, &hall, names, 1)), "Hall A 2");
    assert_int_equal(set_plan(call, &hall.quota, rows_read(call->arena, DRAWN("......", "...")))->n_refusals, 0);
    assert_string_equal(seat(call, &hall, "A2"), id);
    assert_string_equal(states(call, &hall.quota), "FTFFFFFFF");
    assert_int_equal(counts(call, &hall.quota)->remaining, 8);
    assert_refused(buy_seats(call, &hall, lost, 1), NOT_FOUND, "lines.0.seatIds.0");
    assert_string_equal(best(call, &hall, 4), "Hall A 3, Hall A 4, Hall A 5, Hall A 6");
    assert_int_equal(set_plan(call, &hall.quota, rows_read(call->arena, DRAWN("......", "....")))->n_refusals, 0);
    assert_string_not_equal(seat(call, &hall, "B4"), gone); /* it is another one now */
    assert_int_equal(counts(call, &hall.quota)->remaining, 5);
    rig_check(call, &report);
    assert_int_equal(report.places_blocked, 1);
}

static void set_seat_plan__never_drops_a_seat_that_somebody_has(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("....", "...."));
    const char *names[] = { "A4", "B4" };
    const Inventory__SetSeatPlanReply *reply;
    const char *hold = buy_seats(call, &hall, names, 1)->hold->id;

    assert_non_null(buy_seats(call, &hall, names + 1, 1)->hold);
    as_system(call);
    assert_int_equal(sell(call, hold, ORDER)->state, INVENTORY__HOLD_STATE__SOLD);
    reply = set_plan(call, &hall.quota, rows_read(call->arena, DRAWN("...", "...")));
    assert_int_equal(reply->n_refusals, 2);
    assert_int_equal(reply->refusals[0]->code, COMMON__ERROR_CODE__CONFLICT);
    assert_string_equal(reply->refusals[0]->message, "Hall A 4: it is held or sold, so the plan must keep it.");
    assert_string_equal(refusal_path(reply->refusals[1]), "sections");
    assert_string_equal(states(call, &hall.quota), "FFFSFFFH");
    assert_int_equal(counts(call, &hall.quota)->remaining, 6);
    assert_int_equal(set_plan(call, &hall.quota, rows_read(call->arena, DRAWN("....", "..x.")))->n_refusals, 0);
}

static void set_seat_plan__of_a_quota_with_places(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct hall hall = { shop, shop_quota(call, &shop, 30), { "" } };
    Inventory__UpdateQuotaRequest update = INVENTORY__UPDATE_QUOTA_REQUEST__INIT;
    const Inventory__UpdateQuotaReply *updated;
    const Inventory__HoldTicketsReply *held;
    struct checker_report report;

    hall.type = shop_type(call, &shop, "10.00", &hall.quota, 1);
    held = buy(call, &shop, &hall.type, 1);
    assert_refused(set_plan(call, &hall.quota, rows_read(call->arena, DRAWN("...."))), CONFLICT, "quotaId");
    as_system(call);
    (void)give_back(call, held->hold->id, NULL, false);
    assert_int_equal(set_plan(call, &hall.quota, rows_read(call->arena, DRAWN("....")))->n_refusals, 0);
    assert_int_equal(counts(call, &hall.quota)->remaining, 4);
    as_buyer(call);
    assert_string_equal(best(call, &hall, 4), "Hall A 1, Hall A 2, Hall A 3, Hall A 4");
    assert_refused(buy(call, &shop, &hall.type, 1), RESERVED_BY_OTHERS, "lines.0");
    as_owner(call);
    update.quota_id = hall.quota.text;
    update.has_size = true;
    update.size = 9;
    assert_int_equal(inventory_update_quota(call, &update, &updated), 0);
    assert_refused(updated, CONFLICT, "size");
    update.has_size = false;
    update.name = "Stalls";
    assert_int_equal(inventory_update_quota(call, &update, &updated), 0);
    assert_int_equal(updated->n_refusals, 0);
    assert_int_equal(updated->quota->size, 4);
    rig_check(call, &report);
    assert_int_equal(report.places_live, 4);
    assert_int_equal(report.places_blocked, 30);
}

/* 4,000 claims are one write with the hold that decides; a larger quota is made anew. */
static void set_seat_plan__takes_4000_places_out_of_sale_at_a_time(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id large = shop_quota(call, &shop, 4001), small = shop_quota(call, &shop, 4000);
    struct checker_report report;

    assert_refused(set_plan(call, &large, rows_read(call->arena, DRAWN(".."))), OVER_LIMIT, "sections");
    assert_int_equal(counts(call, &large)->remaining, 4001);
    assert_int_equal(set_plan(call, &small, rows_read(call->arena, DRAWN("..")))->n_refusals, 0);
    assert_int_equal(counts(call, &small)->remaining, 2);
    rig_check(call, &report);
    assert_int_equal(report.places_blocked, 4000);
}

static void set_seat_plan__says_what_is_wrong(struct ts_call *call)
{
    Inventory__SeatPlan *plan = rows_read(call->arena, DRAWN("...", "..."));
    struct hall hall = hall_of(call, DRAWN("."));
    Inventory__PlanRow **rows = plan->sections[0]->rows;
    const Inventory__SetSeatPlanReply *reply;

    rows[0]->seats[1]->number = "1";
    rows[0]->seats[2]->number = " ";
    rows[1]->name = "A";
    rows[1]->has_rank = true;
    rows[1]->seats[0]->has_x = false;
    rows[1]->seats[1]->y = 1000001;
    reply = set_plan(call, &hall.quota, plan);
    assert_int_equal(reply->n_refusals, 6);
    assert_string_equal(refusal_path(reply->refusals[0]), "sections.0.rows.0.seats.1.number");
    assert_string_equal(refusal_path(reply->refusals[1]), "sections.0.rows.0.seats.2.number");
    assert_string_equal(refusal_path(reply->refusals[2]), "sections.0.rows.1.rank");
    assert_string_equal(refusal_path(reply->refusals[3]), "sections.0.rows.1.name");
    assert_string_equal(refusal_path(reply->refusals[4]), "sections.0.rows.1.seats.0");
    assert_string_equal(refusal_path(reply->refusals[5]), "sections.0.rows.1.seats.1");
    plan->n_sections = 0;
    assert_refused(set_plan(call, &hall.quota, plan), INVALID_INPUT, "sections");
    assert_refused(set_plan(call, &(struct id){ "quo_00000000000000000000000000" }, rows_read(call->arena, DRAWN("."))),
                   NOT_FOUND, "quotaId");
}

/* ---- taking */

static void hold__of_several_lines_sits_together(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("x.......", "........"));
    struct id child;
    Inventory__HoldLine lines[2];

    as_owner(call);
    child = shop_type(call, &hall.shop, "5.00", &hall.quota, 1);
    as_buyer(call);
    lines[0] = line_of(&hall.type, 2);
    lines[1] = line_of(&child, 2);
    assert_string_equal(shown(call, buy_lines(call, &hall, lines, 2)), "Hall A 3, Hall A 4, Hall A 5, Hall A 6");
    assert_string_equal(best(call, &hall, 2), "Hall A 1, Hall A 2");
    assert_string_equal(states(call, &hall.quota), "TTTTTTFFFFFFFFFF");
}

static void hold__by_name_is_that_seat_or_says_why_not(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN(".....", "....."));
    const char *first[] = { "A1", "A2" }, *again[] = { "A3", "A2", "A1" }, *twice[] = { "B1", "B1" };
    const char *sold[] = { "A1" }, *unknown[] = { "x", "A5" };
    const Inventory__HoldTicketsReply *reply;
    const char *hold;
    Inventory__HoldLine line = line_of(&hall.type, 3);

    reply = buy_seats(call, &hall, first, 2);
    assert_string_equal(shown(call, reply), "Hall A 1, Hall A 2");
    assert_string_equal(reply->hold->positions[1]->seat_id, seat(call, &hall, "A2"));
    hold = reply->hold->id;
    reply = buy_seats(call, &hall, again, 3);
    assert_int_equal(reply->n_refusals, 2);
    assert_int_equal(reply->refusals[0]->code, COMMON__ERROR_CODE__RESERVED_BY_OTHERS);
    assert_string_equal(refusal_path(reply->refusals[0]), "lines.0.seatIds.1");
    assert_string_equal(reply->refusals[0]->message, "Hall A 2: it is in another buyer's cart and may come back.");
    assert_string_equal(refusal_path(reply->refusals[1]), "lines.0.seatIds.2");
    as_system(call);
    (void)sell(call, hold, ORDER);
    as_buyer(call);
    assert_refused(buy_seats(call, &hall, sold, 1), SOLD_OUT, "lines.0.seatIds.0");
    assert_refused(buy_seats(call, &hall, twice, 2), INVALID_INPUT, "lines.0.seatIds.1");
    unknown[0] = ts_printf(call->arena, "%s/10", hall.quota.text);
    assert_refused(buy_seats(call, &hall, unknown, 2), NOT_FOUND, "lines.0.seatIds.0");
    line.seat_ids = (char *[]){ seat(call, &hall, "B1") };
    line.n_seat_ids = 1;
    assert_refused(buy_lines(call, &hall, &line, 1), INVALID_INPUT, "lines.0.seatIds");
    assert_string_equal(states(call, &hall.quota), "TTFFFFFFFF"); /* nothing of what was refused */
}

static void hold__of_seats_that_are_not_the_types(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("...."));
    struct id standing, floor;
    Inventory__HoldLine line;

    as_owner(call);
    floor = shop_quota(call, &hall.shop, 10);
    standing = shop_type(call, &hall.shop, "5.00", &floor, 1);
    as_buyer(call);
    line = line_of(&standing, 1);
    line.has_accessible = line.accessible = true;
    assert_refused(buy_lines(call, &hall, &line, 1), INVALID_INPUT, "lines.0.accessible");
    line.accessible = false;
    line.seat_ids = (char *[]){ seat(call, &hall, "A1") };
    line.n_seat_ids = 1;
    assert_refused(buy_lines(call, &hall, &line, 1), INVALID_INPUT, "lines.0.seatIds.0");
    line.seat_ids = (char *[]){ ts_printf(call->arena, "%s/0", floor.text) };
    assert_refused(buy_lines(call, &hall, &line, 1), NOT_FOUND, "lines.0.seatIds.0");
}

static void hold__in_two_quotas_shows_its_seat(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("...."));
    struct id quotas[2] = { { "" }, hall.quota }, dinner;
    const Inventory__HoldTicketsReply *reply;
    Inventory__HoldLine line;

    as_owner(call);
    quotas[0] = shop_quota(call, &hall.shop, 3);
    dinner = shop_type(call, &hall.shop, "50.00", quotas, 2);
    as_buyer(call);
    line = line_of(&dinner, 2);
    line.seat_ids = (char *[]){ seat(call, &hall, "A4"), seat(call, &hall, "A1") };
    line.n_seat_ids = 2;
    reply = buy_lines(call, &hall, &line, 1);
    assert_string_equal(shown(call, reply), "Hall A 4, Hall A 1");
    assert_int_equal(reply->hold->positions[0]->n_places, 2);
    assert_refused(buy(call, &hall.shop, &dinner, 2), RESERVED_BY_OTHERS, "lines.0"); /* one dinner is left */
}

static void hold__of_an_accessible_seat(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN(".....", "w...."));
    Inventory__HoldLine line = line_of(&hall.type, 2);
    const char *hold;

    line.has_accessible = line.accessible = true;
    hold = buy_lines(call, &hall, &line, 1)->hold->id;
    assert_string_equal(states(call, &hall.quota), "FFFFFTTFFF");
    assert_refused(buy_lines(call, &hall, &line, 1), RESERVED_BY_OTHERS, "lines.0.accessible");
    as_system(call);
    (void)sell(call, hold, ORDER);
    as_buyer(call);
    assert_refused(buy_lines(call, &hall, &line, 1), SOLD_OUT, "lines.0.accessible");
    assert_int_equal(counts(call, &hall.quota)->remaining, 8);
}

static void hold__that_leaves_one_alone_is_refused_where_the_plan_says_so(struct ts_call *call)
{
    Inventory__SeatPlan *plan = rows_read(call->arena, DRAWN("....."));
    const char *orphaning[] = { "A2", "A3" }, *good[] = { "A1", "A2" }, *rest[] = { "A4" };
    struct hall hall;

    plan->has_forbid_orphans = plan->forbid_orphans = true;
    hall = hall_with(call, plan);
    assert_refused(buy_seats(call, &hall, orphaning, 2), INVALID_INPUT, "lines.0.seatIds");
    assert_non_null(buy_seats(call, &hall, good, 2)->hold);
    assert_refused(buy_seats(call, &hall, rest, 1), INVALID_INPUT, "lines.0.seatIds"); /* A3 and A5 */
}

/* A seat whose buyer let it lapse is had by the next who names it, though nobody has ended that hold yet. */
static void hold__by_name_takes_a_lapsed_seat_over(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("...."));
    const char *names[] = { "A2" };
    struct checker_report report;

    assert_non_null(buy_seats(call, &hall, names, 1)->hold);
    assert_refused(buy_seats(call, &hall, names, 1), RESERVED_BY_OTHERS, "lines.0.seatIds.0");
    call->runtime->clock_offset_ms += 16 * (int64_t)TS_MINUTE_MS; /* the sweeper is late */
    assert_non_null(buy_seats(call, &hall, names, 1)->hold);
    rig_check(call, &report);
    assert_int_equal(report.released, 1);
}

static void hold__with_a_key_has_its_seats_once(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("......"));
    const char *names[] = { "A2" }, *other[] = { "A3" }, *first;

    call->idempotency_key = KEY;
    first = buy_seats(call, &hall, names, 1)->hold->id;
    assert_string_equal(buy_seats(call, &hall, names, 1)->hold->id, first);
    assert_int_equal(buy_seats(call, &hall, other, 1)->refusals[0]->code, COMMON__ERROR_CODE__IDEMPOTENCY_KEY_REUSED);
    call->idempotency_key = NULL;
    assert_string_equal(states(call, &hall.quota), "FTFFFF");
}

/* ---- a hold taken again for a late payment */

static const Inventory__HoldStateReply *hold_again(struct ts_call *call, const struct hall *hall, const char *order,
                                                   size_t count)
{
    Inventory__HoldAgainRequest request = INVENTORY__HOLD_AGAIN_REQUEST__INIT;
    Inventory__HoldLine line = line_of(&hall->type, 1), *lines[8];
    const Inventory__HoldStateReply *reply;

    for (size_t i = 0; i < count; i++)
        lines[i] = &line;
    line.date_id = (char *)hall->shop.date;
    request.hold_id = (char *)ts_id_new_head(call, "hld");
    request.order_id = (char *)order;
    request.event_id = (char *)hall->shop.event;
    request.has_expires_at_ms = true;
    request.expires_at_ms = RIG_NOW_MS + TS_DAY_MS;
    request.lines = lines;
    request.n_lines = count;
    as_system(call);
    assert_int_equal(inventory_hold_again(call, &request, &reply), 0);
    as_buyer(call);
    return reply;
}

static void hold_again__has_the_same_seats_or_others_together(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("......", "......"));
    const char *names[] = { "B2", "B3" }, *taken[] = { "B3" };
    const Inventory__HoldStateReply *again;
    const char *hold, *order;

    hold = buy_seats(call, &hall, names, 2)->hold->id;
    order = ts_id_sibling(call, hold, "ord");
    as_system(call);
    (void)give_back(call, hold, NULL, false);
    again = hold_again(call, &hall, order, 2);
    assert_int_equal(again->n_seats, 2);
    assert_string_equal(again->seats[0], "Hall B 2");
    assert_string_equal(again->seats[1], "Hall B 3");
    again = hold_again(call, &hall, order, 2); /* another hold: those are taken now */
    assert_string_equal(again->seats[0], "Hall A 3");
    assert_string_equal(again->seats[1], "Hall A 4");
    assert_refused(buy_seats(call, &hall, taken, 1), RESERVED_BY_OTHERS, "lines.0.seatIds.0");
}

/* Who wanted to take it again, and did not, learns what it has. */
static void free_hold__of_a_sold_one_answers_its_seats(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("......", "......"));
    const char *names[] = { "B2", "B3" }, *hold = buy_seats(call, &hall, names, 2)->hold->id;
    const char *order = ts_id_sibling(call, hold, "ord");
    const Inventory__HoldStateReply *freed;

    as_system(call);
    assert_int_equal(sell(call, hold, order)->state, INVENTORY__HOLD_STATE__SOLD);
    freed = give_back(call, hold, order, false);
    assert_int_equal(freed->state, INVENTORY__HOLD_STATE__SOLD);
    assert_int_equal(freed->n_seats, 2);
    assert_string_equal(freed->seats[0], "Hall B 2");
    assert_string_equal(freed->seats[1], "Hall B 3");
}

/* ---- renewed, and kept by staff */

static const Inventory__RenewHoldReply *renew(struct ts_call *call, const char *token)
{
    Inventory__RenewHoldRequest request = INVENTORY__RENEW_HOLD_REQUEST__INIT;
    const Inventory__RenewHoldReply *reply = NULL;

    request.token = (char *)token;
    assert_int_equal(inventory_renew_hold(call, &request, &reply), 0);
    assert_non_null(reply->hold);
    return reply;
}

static void renew_hold__has_the_same_seats_or_says_which_others(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("......", "......"));
    const char *names[] = { "B2", "B3" }, *taken[] = { "B3" };
    const char *token = buy_seats(call, &hall, names, 2)->hold->token;
    const Inventory__RenewHoldReply *reply;

    advance(call, 15 * TS_MINUTE_MS);
    reply = renew(call, token);
    assert_int_equal(reply->n_changes, 0);
    assert_string_equal(reply->hold->positions[0]->seat, "Hall B 2");
    assert_string_equal(reply->hold->positions[1]->seat, "Hall B 3");
    token = reply->hold->token;
    advance(call, 15 * TS_MINUTE_MS);
    assert_non_null(buy_seats(call, &hall, taken, 1)->hold);
    reply = renew(call, token);
    assert_int_equal(reply->n_changes, 2); /* others, and together */
    assert_int_equal(reply->changes[0]->kind, INVENTORY__HOLD_CHANGE_KIND__SEAT_CHANGED);
    assert_string_equal(reply->changes[0]->was->seat, "Hall B 2");
    assert_string_equal(reply->changes[0]->now->seat, "Hall A 3");
    assert_string_equal(reply->changes[1]->now->seat, "Hall A 4");
    assert_int_equal(renew(call, token)->n_changes, 2);
}

/* One of two is gone and nothing else is left: the other one stays. */
static void renew_hold__keeps_the_seat_that_is_left(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("..."));
    const char *names[] = { "A1", "A2" }, *taken[] = { "A1", "A3" };
    const char *token = buy_seats(call, &hall, names, 2)->hold->token;
    const Inventory__RenewHoldReply *reply;

    advance(call, 15 * TS_MINUTE_MS);
    assert_non_null(buy_seats(call, &hall, taken, 2)->hold);
    reply = renew(call, token);
    assert_int_equal(reply->hold->n_positions, 1);
    assert_string_equal(reply->hold->positions[0]->seat, "Hall A 2");
    assert_int_equal(reply->n_changes, 1);
    assert_int_equal(reply->changes[0]->kind, INVENTORY__HOLD_CHANGE_KIND__LOST);
    assert_string_equal(reply->changes[0]->was->seat, "Hall A 1");
}

/* Of two kinds of tickets the one goes whose seat is gone. */
static void renew_hold__loses_the_ticket_whose_seat_is_gone(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("..."));
    const char *taken[] = { "A2", "A3" };
    struct id child = { "" };
    Inventory__HoldLine lines[] = { line_of(&child, 1), line_of(&hall.type, 1) };
    char *seats[] = { seat(call, &hall, "A2"), seat(call, &hall, "A1") };
    const Inventory__RenewHoldReply *reply;
    const char *token;

    as_owner(call);
    child = shop_type(call, &hall.shop, "5.00", &hall.quota, 1);
    for (unsigned i = 0; i < 2; i++) {
        lines[i].seat_ids = &seats[i];
        lines[i].n_seat_ids = 1;
    }
    as_buyer(call);
    token = buy_lines(call, &hall, lines, 2)->hold->token;
    advance(call, 15 * TS_MINUTE_MS);
    assert_non_null(buy_seats(call, &hall, taken, 2)->hold);
    reply = renew(call, token);
    assert_int_equal(reply->hold->n_positions, 1);
    assert_string_equal(reply->hold->positions[0]->ticket_type_id, hall.type.text);
    assert_string_equal(reply->hold->positions[0]->seat, "Hall A 1");
    assert_int_equal(reply->n_changes, 1);
    assert_string_equal(reply->changes[0]->was->seat, "Hall A 2");
}

/* Who had a wheelchair's place has another one, or any seat rather than none. */
static void renew_hold__of_an_accessible_seat(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN(".....", "w...w"));
    const char *token = buy_seats(call, &hall, DRAWN("B1"))->hold->token;
    const Inventory__RenewHoldReply *reply;

    advance(call, 15 * TS_MINUTE_MS);
    assert_non_null(buy_seats(call, &hall, DRAWN("B1"))->hold);
    reply = renew(call, token);
    assert_string_equal(reply->hold->positions[0]->seat, "Hall B 5");
    advance(call, 15 * TS_MINUTE_MS);
    assert_non_null(buy_seats(call, &hall, DRAWN("B1", "B5"))->hold);
    reply = renew(call, token);
    assert_string_equal(reply->hold->positions[0]->seat, "Hall A 3");
    assert_int_equal(reply->n_changes, 1);
    assert_int_equal(reply->changes[0]->kind, INVENTORY__HOLD_CHANGE_KIND__SEAT_CHANGED);
}

static const Inventory__OrganizerHoldView *keep_seats(struct ts_call *call, const struct hall *hall, int32_t count)
{
    Inventory__CreateOrganizerHoldRequest request = INVENTORY__CREATE_ORGANIZER_HOLD_REQUEST__INIT;
    const Inventory__OrganizerHoldReply *reply;

    as_owner(call);
    request.quota_id = (char *)hall->quota.text;
    request.name = "press";
    request.has_count = true;
    request.count = count;
    assert_int_equal(inventory_create_organizer_hold(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    return reply->organizer_hold;
}

static const Inventory__Hold *give_seats(struct ts_call *call, const struct hall *hall, int32_t quantity, char *pool)
{
    Inventory__HoldCompsRequest request = INVENTORY__HOLD_COMPS_REQUEST__INIT;
    Inventory__HoldLine line = line_of(&hall->type, quantity), *lines = &line;
    const Inventory__HoldCompsReply *reply;

    request.hold_id = (char *)ts_id_new_head(call, "hld");
    request.event_id = (char *)hall->shop.event;
    request.lines = &lines;
    request.n_lines = 1;
    request.organizer_hold_id = pool;
    assert_int_equal(inventory_hold_comps(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    return reply->hold;
}

/* The best together, whose names a guest is shown; to buyers they are taken, and the plan cannot drop them. */
static void organizer_hold__keeps_seats_and_gives_them_by_name(struct ts_call *call)
{
    struct hall hall = hall_of(call, DRAWN("....", "...."));
    const char *names[] = { "A2" };
    struct checker_report report;
    char *pool = keep_seats(call, &hall, 3)->id;
    const Inventory__Hold *guest;

    assert_string_equal(states(call, &hall.quota), "BBBFFFFF");
    guest = give_seats(call, &hall, 2, pool);
    assert_string_equal(guest->positions[0]->seat, "Hall A 1");
    assert_string_equal(guest->positions[1]->seat, "Hall A 2");
    assert_string_equal(guest->positions[1]->seat_id, seat(call, &hall, "A2"));
    assert_string_equal(give_seats(call, &hall, 1, NULL)->positions[0]->seat, "Hall A 4");
    as_buyer(call);
    assert_string_equal(states(call, &hall.quota), "TTTTFFFF");
    assert_refused(buy_seats(call, &hall, names, 1), SOLD_OUT, "lines.0.seatIds.0");
    assert_memory_equal(best(call, &hall, 1), "Hall B", 6);
    assert_int_equal(set_plan(call, &hall.quota, rows_read(call->arena, DRAWN("..", "....")))->n_refusals, 2);
    rig_check(call, &report);
    assert_int_equal(report.places_pooled, 3);
    assert_int_equal(report.places_given, 2);
}

/* ---- after a restart, and in two processes */

static struct hall kept_hall;

static void sell_half(struct ts_call *call, void *data)
{
    const char *names[] = { "A1", "B2" };

    (void)data;
    kept_hall = hall_of(call, DRAWN("...", "..."));
    assert_non_null(buy_seats(call, &kept_hall, names, 2)->hold);
    assert_int_equal(set_plan(call, &kept_hall.quota, rows_read(call->arena, DRAWN("...", "..", "..")))->n_refusals, 0);
}

static void find_half(struct ts_call *call, void *data)
{
    const char *names[] = { "B2" };

    (void)data;
    as_buyer(call);
    assert_string_equal(states(call, &kept_hall.quota), "TFFFTFF");
    assert_int_equal(counts(call, &kept_hall.quota)->remaining, 5);
    assert_refused(buy_seats(call, &kept_hall, names, 1), RESERVED_BY_OTHERS, "lines.0.seatIds.0");
    assert_non_null(buy(call, &kept_hall.shop, &kept_hall.type, 5)->hold);
    assert_refused(buy(call, &kept_hall.shop, &kept_hall.type, 1), RESERVED_BY_OTHERS, "lines.0");
}

static void seats__are_the_same_after_a_restart(void **state)
{
    struct rig *rig = rig_new(3);

    (void)state;
    rig_run(rig, sell_half, NULL);
    rig_restart(rig);
    rig_run(rig, find_half, NULL);
    rig_free(rig);
}

struct stage {
    struct rig *rig, *twin;
    unsigned sold[THEATRE_SEATS];
    unsigned seats, holds, aborted;
};

static void note_seats(struct stage *stage, const Inventory__HoldTicketsReply *reply)
{
    for (size_t i = 0; i < reply->hold->n_positions; i++) {
        const Inventory__HeldPosition *position = reply->hold->positions[i];
        int32_t place = (int32_t)strtol(strchr(position->seat_id, '/') + 1, NULL, 10);

        assert_in_range(place, 0, THEATRE_SEATS - 1);
        assert_int_equal(place, position->places[0]->number);
        stage->sold[place]++;
        stage->seats++;
    }
    stage->holds++;
}

/* Two processes sell one theatre, each by what it believes to be free: every seat once, and all of them. */
static void sell_from_both(struct ts_call *call, void *data)
{
    struct stage *stage = data;
    struct ts_call other = twin_call(call, stage->twin);
    struct hall hall = hall_with(call, theatre_read(call->arena));
    struct checker_report report;

    as_buyer(&other);
    while (stage->seats < THEATRE_SEATS) {
        struct ts_call *by = rig_draw(stage->rig, 2) ? call : &other;
        int32_t left = THEATRE_SEATS - (int32_t)stage->seats, count = 1 + (int32_t)rig_draw(stage->rig, 6);
        const Inventory__HoldTicketsReply *reply = buy(by, &hall.shop, &hall.type, count < left ? count : left);

        if (!reply)
            stage->aborted++; /* it met more than it looks through at once; it has learnt of them */
        else if (reply->hold)
            note_seats(stage, reply);
        else
            assert_int_equal(reply->refusals[0]->code, COMMON__ERROR_CODE__RESERVED_BY_OTHERS);
    }
    for (unsigned i = 0; i < THEATRE_SEATS; i++)
        assert_int_equal(stage->sold[i], 1);
    rig_check(call, &report);
    assert_int_equal(report.places_live, THEATRE_SEATS);
    print_message("two processes: %u holds\n", stage->holds);
    assert_int_equal(stage->aborted, 0);
}

static void seats__of_two_processes_are_sold_once(void **state)
{
    static struct stage stage;

    (void)state;
    stage = (struct stage){ .rig = rig_new(1) };
    stage.twin = rig_twin(stage.rig, 2);
    rig_run(stage.rig, sell_from_both, &stage);
    rig_free(stage.twin);
    rig_free(stage.rig);
}

static void rename_quota(struct ts_call *call, const struct id *quota)
{
    Inventory__UpdateQuotaRequest request = INVENTORY__UPDATE_QUOTA_REQUEST__INIT;
    const Inventory__UpdateQuotaReply *reply;

    request.quota_id = (char *)quota->text;
    request.name = "Stalls";
    as_owner(call);
    assert_int_equal(inventory_update_quota(call, &request, &reply), 0);
    as_buyer(call);
}

static const char *const six[] = { "......" };

/* Both name the same seat; the second is told, though it could not know. */
static void name_from_both(struct ts_call *call, void *data)
{
    struct stage *stage = data;
    struct ts_call other = twin_call(call, stage->twin);
    struct hall hall = hall_of(call, six, 1);
    const char *names[] = { "A2", "A3" }, *free_one[] = { "A6" };
    struct checker_report report;

    as_buyer(&other);
    assert_string_equal(states(&other, &hall.quota), "FFFFFF");
    assert_non_null(buy_seats(call, &hall, names, 2)->hold);
    assert_refused(buy_seats(&other, &hall, names + 1, 1), RESERVED_BY_OTHERS, "lines.0.seatIds.0");
    assert_non_null(buy_seats(&other, &hall, free_one, 1)->hold);
    assert_int_equal(set_plan(call, &hall.quota, rows_read(call->arena, DRAWN(".....")))->refusals[0]->code,
                     COMMON__ERROR_CODE__CONFLICT); /* it learns that A6 is held there */
    rig_check(call, &report);
    assert_string_equal(states(call, &hall.quota), "FTTFFT");
    /* It has looked at what is beside A3, and hears of a row, and of a seat that went, with the quota that it reads. */
    assert_int_equal(set_plan(call, &hall.quota, rows_read(call->arena, DRAWN("......", "...")))->n_refusals, 0);
    rename_quota(&other, &hall.quota);
    assert_string_equal(states(&other, &hall.quota), "FTTFFTFFF");
    assert_int_equal(set_plan(call, &hall.quota, rows_read(call->arena, DRAWN("......", "..")))->n_refusals, 0);
    rename_quota(&other, &hall.quota);
    assert_string_equal(states(&other, &hall.quota), "FTTFFTFF");
    assert_int_equal(counts(&other, &hall.quota)->remaining, 5);
    assert_non_null(buy(&other, &hall.shop, &hall.type, 5)->hold);
    rig_check(call, &report);
    assert_int_equal(report.places_live, 8);
}

static void seats__named_in_two_processes_have_one_buyer(void **state)
{
    static struct stage stage;

    (void)state;
    stage = (struct stage){ .rig = rig_new(1) };
    stage.twin = rig_twin(stage.rig, 2);
    rig_run(stage.rig, name_from_both, &stage);
    rig_free(stage.twin);
    rig_free(stage.rig);
}

/*
 * A change comes to an unknown end after it has BLOCKED the seat that goes, and the other process learns of that. Once
 * the plan is set again, with that seat, both can sell it.
 */
static void block_a_seat_in_passing(struct ts_call *call, void *data)
{
    struct stage *stage = data;
    struct ts_call other = twin_call(call, stage->twin);
    struct hall hall = hall_of(call, six, 1);
    const char *names[] = { "A6" };
    struct checker_report report = { 0 };

    as_owner(call);
    as_buyer(&other);
    for (unsigned nth = 1; report.places_blocked == 0; nth++) {
        assert_in_range(nth, 1, 12);
        crash_store_fail_unknown(stage->rig->store, nth, false);
        assert_null(set_plan(call, &hall.quota, rows_read(call->arena, DRAWN("....."))));
        crash_store_fail(stage->rig->store, 0);
        rig_check(call, &report);
    }
    assert_string_equal(states(call, &hall.quota), "FFFFFB");
    assert_refused(buy_seats(&other, &hall, names, 1), SOLD_OUT, "lines.0.seatIds.0");
    assert_int_equal(set_plan(call, &hall.quota, rows_read(call->arena, DRAWN("......", ".")))->n_refusals, 0);
    assert_string_equal(states(call, &hall.quota), "FFFFFFF");
    rename_quota(&other, &hall.quota);
    assert_string_equal(states(&other, &hall.quota), "FFFFFFF");
    assert_non_null(buy_seats(&other, &hall, names, 1)->hold);
}

static void seats__blocked_in_passing_are_sold_again(void **state)
{
    static struct stage stage;

    (void)state;
    stage = (struct stage){ .rig = rig_new(1) };
    stage.twin = rig_twin(stage.rig, 2);
    rig_run(stage.rig, block_a_seat_in_passing, &stage);
    rig_free(stage.twin);
    rig_free(stage.rig);
}

/* ---- a store that fails at each request in turn while a plan is set */

static void fail_at(struct ts_call *call, struct hall *hall, uint64_t nth, bool planned)
{
    const Inventory__SetSeatPlanReply *reply;
    struct checker_report report;
    int32_t left;

    as_owner(call);
    hall->quota = shop_quota(call, &hall->shop, 5);
    hall->type = shop_type(call, &hall->shop, "10.00", &hall->quota, 1);
    if (planned)
        assert_int_equal(set_plan(call, &hall->quota, rows_read(call->arena, DRAWN("....", "....")))->n_refusals, 0);
    crash_store_fail(rig_of(call)->store, nth);
    reply = set_plan(call, &hall->quota, rows_read(call->arena, DRAWN("......")));
    crash_store_fail(rig_of(call)->store, 0);
    left = counts(call, &hall->quota)->remaining;
    if (!reply) { /* nothing has changed, or what goes is gone and what comes is not there yet */
        assert_true(left == (planned ? 8 : 5) || left == (planned ? 4 : 0));
        assert_int_equal(set_plan(call, &hall->quota, rows_read(call->arena, DRAWN("......")))->n_refusals, 0);
    }
    as_buyer(call);
    assert_int_equal(counts(call, &hall->quota)->remaining, 6);
    assert_non_null(buy(call, &hall->shop, &hall->type, 6)->hold);
    rig_check(call, &report);
}

static void set_seat_plan__on_a_failing_store_loses_no_seat(struct ts_call *call)
{
    struct hall hall = { .shop = shop_open(call) };

    for (uint64_t nth = 1; nth < 12; nth++) {
        fail_at(call, &hall, nth, false);
        fail_at(call, &hall, nth, true);
    }
}

/* ---- crashes between any two writes, while plans are changed and seats are sold */

enum { SCHEDULES = 150, STEPS = 16, HOLDS_MAX = 64 };

struct season {
    struct rig *rig;
    struct hall hall;
    struct {
        char hold[TS_ID_SIZE], seat[TS_ID_SIZE + 8], label[24];
    } sold[HOLDS_MAX];
    unsigned sold_count;
};

static const Inventory__SeatPlan *a_plan(struct ts_call *call, uint64_t which)
{
    switch (which) {
    case 0:
        return rows_read(call->arena, DRAWN("....", "...."));
    case 1:
        return rows_read(call->arena, DRAWN("......", ".."));
    case 2:
        return rows_read(call->arena, DRAWN("..", "....", ".."));
    default:
        return rows_read(call->arena, DRAWN("......", "....", "..")); /* all seats of the others */
    }
}

static void open_season(struct ts_call *call, void *data)
{
    struct season *season = data;

    season->hall = hall_with(call, a_plan(call, 0));
}

static void note_sold(struct season *season, const Inventory__HoldTicketsReply *reply)
{
    for (size_t i = 0; reply && reply->hold && i < reply->hold->n_positions; i++) {
        const Inventory__HeldPosition *position = reply->hold->positions[i];
        unsigned at = season->sold_count++;

        assert_in_range(at, 0, HOLDS_MAX - 1);
        snprintf(season->sold[at].hold, sizeof(season->sold[at].hold), "%s", reply->hold->id);
        snprintf(season->sold[at].seat, sizeof(season->sold[at].seat), "%s", position->seat_id);
        snprintf(season->sold[at].label, sizeof(season->sold[at].label), "%s", position->seat);
    }
}

static void act(struct ts_call *call, void *data)
{
    struct season *season = data;
    struct hall *hall = &season->hall;
    Inventory__HoldLine line = line_of(&hall->type, 1);

    as_buyer(call);
    switch (rig_draw(season->rig, 4)) {
    case 0:
    case 1:
        (void)set_plan(call, &hall->quota, a_plan(call, rig_draw(season->rig, 3)));
        break;
    case 2:
        note_sold(season, buy(call, &hall->shop, &hall->type, 1));
        break;
    default:
        line.seat_ids =
            (char *[]){ ts_printf(call->arena, "%s/%u", hall->quota.text, (unsigned)rig_draw(season->rig, 12)) };
        line.n_seat_ids = 1;
        note_sold(season, buy_lines(call, hall, &line, 1));
    }
}

/* What somebody was shown is still his, under that name. */
static void assert_still_sold(struct ts_call *call, const struct season *season)
{
    const Inventory__SectionRows *section = first_rows(call, &season->hall.quota);

    for (unsigned i = 0; i < season->sold_count; i++) {
        const Inventory__Hold *hold;
        unsigned found = 0;

        assert_int_equal(checker_hold(call, season->rig->store, season->sold[i].hold, &hold), 0);
        assert_int_equal(hold->state, INVENTORY__HOLD_STATE__OPEN);
        for (size_t j = 0; j < section->n_rows; j++) {
            const Inventory__SeatRow *row = section->rows[j];

            for (size_t k = 0; k < row->n_seats; k++) {
                if (strcmp(row->seats[k]->id, season->sold[i].seat) != 0)
                    continue;
                assert_string_equal(ts_printf(call->arena, "Hall %s %s", row->name, row->seats[k]->number),
                                    season->sold[i].label);
                found++;
            }
        }
        assert_int_equal(found, 1);
    }
}

static void close_season(struct ts_call *call, void *data)
{
    struct season *season = data;
    struct hall *hall = &season->hall;
    struct checker_report report;
    int32_t left;

    assert_int_equal(set_plan(call, &hall->quota, a_plan(call, 3))->n_refusals, 0);
    as_buyer(call);
    assert_still_sold(call, season);
    left = counts(call, &hall->quota)->remaining;
    assert_int_equal(left + counts(call, &hall->quota)->held, 12);
    call->runtime->clock_offset_ms += 16 * (int64_t)TS_MINUTE_MS; /* who was cut off in the middle is over */
    assert_non_null(buy(call, &hall->shop, &hall->type, 10)->hold);
    assert_non_null(buy(call, &hall->shop, &hall->type, 2)->hold);
    assert_refused(buy(call, &hall->shop, &hall->type, 1), RESERVED_BY_OTHERS, "lines.0");
    rig_check(call, &report);
    assert_int_equal(report.places_live, 12);
}

static void run_season(uint64_t seed)
{
    struct rig *rig = rig_new(seed);
    struct season season = { .rig = rig };

    rig_run(rig, open_season, &season);
    rig->options.crash_per_million = 60000;
    rig_restart(rig);
    for (unsigned i = 0; i < STEPS; i++) {
        rig_run(rig, act, &season);
        if (rig->crashed)
            rig_restart(rig);
    }
    rig->options.crash_per_million = 0;
    rig_restart(rig);
    rig_run(rig, close_season, &season);
    rig_free(rig);
}

static void seats__survive_crashes_between_any_two_writes(void **state)
{
    const char *from = getenv("TESSERA_SEED");
    uint64_t first = from ? strtoull(from, NULL, 10) : 1;

    (void)state;
    for (uint64_t seed = first; seed < first + (from ? 1 : SCHEDULES); seed++) {
        print_message("seed %lu\r", (unsigned long)seed);
        run_season(seed);
    }
}

/* ---- the same with two processes, which hear of each other by what they read only */

struct pair {
    struct season season;
    struct rig *twin;
};

/* Each process may have to look twice at what it believes; in the end every seat is somebody's, and known as his. */
static void close_pair(struct ts_call *call, struct ts_call *other, struct pair *pair)
{
    struct season *season = &pair->season;
    struct checker_report report;

    assert_int_equal(set_plan(other, &season->hall.quota, a_plan(call, 3))->n_refusals, 0);
    rename_quota(call, &season->hall.quota);
    for (unsigned i = 0; i < 40 && season->sold_count < 12; i++)
        note_sold(season, buy(i % 2 ? call : other, &season->hall.shop, &season->hall.type, 1));
    assert_int_equal(season->sold_count, 12);
    assert_still_sold(call, season);
    rig_check(call, &report);
    assert_int_equal(report.places_live, 12);
}

static void act_in_both(struct ts_call *call, void *data)
{
    struct pair *pair = data;
    struct ts_call other = twin_call(call, pair->twin);
    struct checker_report report;

    open_season(call, &pair->season);
    for (unsigned i = 0; i < 2 * STEPS; i++) {
        act(rig_draw(pair->season.rig, 2) ? call : &other, &pair->season);
        rig_check(call, &report);
    }
    call->runtime->clock_offset_ms += TS_CALL_MS_MAX; /* claims of a change that was refused half-way are over */
    other.runtime->clock_offset_ms = call->runtime->clock_offset_ms;
    close_pair(call, &other, pair);
}

static void seats__of_two_processes_and_their_plans(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SCHEDULES; seed++) {
        struct pair pair = { { .rig = rig_new(seed) }, NULL };

        print_message("seed %lu\r", (unsigned long)seed);
        pair.twin = rig_twin(pair.season.rig, ~seed);
        rig_run(pair.season.rig, act_in_both, &pair);
        rig_free(pair.twin);
        rig_free(pair.season.rig);
    }
}

/* ---- two set one plan at once, and a third does not know of it */

struct setter {
    struct rig *twin; /* NULL: by the call's own process */
    struct hall *hall;
};

static int set_shorter(struct ts_call *call, void *item)
{
    struct setter *setter = item;
    struct ts_call other = setter->twin ? twin_call(call, setter->twin) : *call;

    (void)set_plan(&other, &setter->hall->quota, rows_read(call->arena, DRAWN("....", "..")));
    return 0;
}

struct trio {
    struct rig *rig, *second, *third;
};

static void set_at_once(struct ts_call *call, void *data)
{
    struct trio *trio = data;
    struct ts_call late = twin_call(call, trio->third);
    struct hall hall = hall_of(call, DRAWN("....", "...."));
    struct setter setters[2] = { { NULL, &hall }, { trio->second, &hall } };
    const char *gone[] = { seat(call, &hall, "B3"), seat(call, &hall, "B4") };
    struct checker_report report;

    as_buyer(&late);
    assert_string_equal(states(&late, &hall.quota), "FFFFFFFF");
    assert_int_equal(ts_all(call, set_shorter, (void *[]){ &setters[0], &setters[1] }, 2), 0);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(buy_seats(&late, &hall, &gone[i], 1)->n_refusals, 1);
    assert_int_equal(set_plan(call, &hall.quota, rows_read(call->arena, DRAWN("....", "..")))->n_refusals, 0);
    rig_check(call, &report);
    assert_int_equal(report.places_blocked, 2);
}

static void set_seat_plan__by_two_at_once_is_one_plan(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SCHEDULES; seed++) {
        struct trio trio = { .rig = rig_new(seed) };

        print_message("seed %lu\r", (unsigned long)seed);
        trio.rig->options.travel_ms_max = trio.rig->options.delay_ms_max = 5;
        rig_restart(trio.rig);
        trio.second = rig_twin(trio.rig, ~seed);
        trio.second->options.travel_ms_max = trio.second->options.delay_ms_max = 5;
        rig_restart(trio.second);
        trio.third = rig_twin(trio.rig, seed + 1000);
        rig_run(trio.rig, set_at_once, &trio);
        rig_free(trio.third);
        rig_free(trio.second);
        rig_free(trio.rig);
    }
}

/* ---- many at once in one process, on a store that takes its time */

enum { CROWD = 32, CROWDS = 60 };

struct guest {
    struct season *season;
    uint64_t what, which;
};

static int come(struct ts_call *call, void *item)
{
    struct guest *guest = item;
    struct season *season = guest->season;
    Inventory__HoldLine line = line_of(&season->hall.type, 1);

    if (guest->what == 0) {
        (void)set_plan(call, &season->hall.quota, a_plan(call, guest->which % 3));
        return 0;
    }
    line.seat_ids = (char *[]){ ts_printf(call->arena, "%s/%u", season->hall.quota.text, (unsigned)guest->which) };
    line.n_seat_ids = guest->what == 1;
    note_sold(season, buy_lines(call, &season->hall, &line, 1));
    return 0;
}

static void come_all(struct ts_call *call, void *data)
{
    struct season *season = data;
    struct guest guests[CROWD];
    void *items[CROWD];

    open_season(call, season);
    for (unsigned i = 0; i < CROWD; i++) {
        uint64_t what = rig_draw(season->rig, 5); /* of five one changes the plan, one names a seat */

        guests[i] = (struct guest){ season, what, rig_draw(season->rig, 10) };
        items[i] = &guests[i];
    }
    assert_int_equal(ts_all(call, come, items, CROWD), 0);
    close_season(call, season);
}

static void seats__are_sold_while_their_plan_changes(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= CROWDS; seed++) {
        struct season season = { .rig = rig_new(seed) };

        print_message("seed %lu\r", (unsigned long)seed);
        season.rig->options.delay_ms_max = 3;
        rig_restart(season.rig);
        rig_run(season.rig, come_all, &season);
        rig_free(season.rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rig_unit_test(set_seat_plan__gives_each_place_a_name),
        rig_unit_test(set_seat_plan__lays_out_rows_without_coordinates),
        rig_unit_test(get_seat_sections__counts_what_is_free),
        rig_unit_test(get_seat_sections__show_their_corners_in_turn),
        rig_unit_test(get_seat_sections__of_one_is_that_one),
        rig_unit_test(get_seat_rows__of_sections_of_several_halls),
        rig_unit_test(set_seat_plan__again_changes_nothing),
        rig_unit_test(set_seat_plan__changed_keeps_what_stays),
        rig_unit_test(set_seat_plan__never_drops_a_seat_that_somebody_has),
        rig_unit_test(set_seat_plan__of_a_quota_with_places),
        rig_unit_test(set_seat_plan__says_what_is_wrong),
        rig_unit_test(set_seat_plan__takes_4000_places_out_of_sale_at_a_time),
        rig_unit_test(hold__of_several_lines_sits_together),
        rig_unit_test(hold__by_name_is_that_seat_or_says_why_not),
        rig_unit_test(hold__of_seats_that_are_not_the_types),
        rig_unit_test(hold__in_two_quotas_shows_its_seat),
        rig_unit_test(hold__of_an_accessible_seat),
        rig_unit_test(hold__that_leaves_one_alone_is_refused_where_the_plan_says_so),
        rig_unit_test(hold__by_name_takes_a_lapsed_seat_over),
        rig_unit_test(hold__with_a_key_has_its_seats_once),
        rig_unit_test(hold_again__has_the_same_seats_or_others_together),
        rig_unit_test(free_hold__of_a_sold_one_answers_its_seats),
        rig_unit_test(renew_hold__has_the_same_seats_or_says_which_others),
        rig_unit_test(renew_hold__keeps_the_seat_that_is_left),
        rig_unit_test(renew_hold__loses_the_ticket_whose_seat_is_gone),
        rig_unit_test(renew_hold__of_an_accessible_seat),
        rig_unit_test(organizer_hold__keeps_seats_and_gives_them_by_name),
        cmocka_unit_test(seats__are_the_same_after_a_restart),
        cmocka_unit_test(seats__of_two_processes_are_sold_once),
        cmocka_unit_test(seats__named_in_two_processes_have_one_buyer),
        cmocka_unit_test(seats__blocked_in_passing_are_sold_again),
        rig_unit_test(set_seat_plan__on_a_failing_store_loses_no_seat),
        cmocka_unit_test(seats__survive_crashes_between_any_two_writes),
        cmocka_unit_test(seats__of_two_processes_and_their_plans),
        cmocka_unit_test(set_seat_plan__by_two_at_once_is_one_plan),
        cmocka_unit_test(seats__are_sold_while_their_plan_changes),
    };

    return cmocka_run_group_tests_name("modules/inventory/seats", tests, NULL, NULL);
}
