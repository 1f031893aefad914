/*
 * Seats: what somebody has is in the plan under the name that he was shown, and his order shows what his hold has. An
 * organizer's pool lists many places in one position and shows none: they are in the plan.
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "inventory/v1/inventory.pb-c.h"

enum { PLACES_MAX = 4096, LABEL_SIZE = 32 };

static char labels[PLACES_MAX][LABEL_SIZE];

static void note_seat(struct sim *sim, const Inventory__PlanSection *section, const Inventory__PlanRow *row,
                      const Inventory__PlanSeat *seat)
{
    if (seat->place < 0 || seat->place >= PLACES_MAX)
        sim_problem(sim, "a seat has the place %d", seat->place);
    if (labels[seat->place][0])
        sim_problem(sim, "the place %d has two seats", seat->place);
    snprintf(labels[seat->place], LABEL_SIZE, "%s %s %s", section->name, row->name, seat->number);
}

static void read_plan(struct sim *sim, struct ts_call *call, const char *quota_id)
{
    const Inventory__Quota *quota = (const Inventory__Quota *)check_get(sim, call, "quotas", quota_id).body;
    const Inventory__SeatPlan *plan;
    int32_t count = 0;

    memset(labels, 0, sizeof(labels));
    plan = (const Inventory__SeatPlan *)check_get(sim, call, "seat_plans", quota->seat_plan_id).body;
    if (!plan)
        sim_problem(sim, "%s names a plan that is not there", quota_id);
    for (size_t i = 0; i < plan->n_sections; i++) {
        for (size_t j = 0; j < plan->sections[i]->n_rows; j++) {
            const Inventory__PlanRow *row = plan->sections[i]->rows[j];

            for (size_t k = 0; k < row->n_seats; k++, count++)
                note_seat(sim, plan->sections[i], row, row->seats[k]);
        }
    }
    if (quota->size != count)
        sim_problem(sim, "%s has size %d and %d seats", quota_id, quota->size, count);
}

static const struct book_quota *balcony(const struct sim *sim)
{
    return &sim->book->quotas[BOOK_QUOTAS_MAX - 1];
}

static void check_position(struct sim *sim, const Inventory__Hold *hold, const Inventory__HeldPosition *position)
{
    size_t size = strlen(balcony(sim)->id);

    for (size_t i = 0; i < position->n_places; i++) {
        int32_t number = position->places[i]->number;

        if (strcmp(position->places[i]->quota_id, balcony(sim)->id) != 0)
            continue;
        if (!labels[number][0])
            sim_problem(sim, "%s has the place %d, which is no seat", hold->id, number);
        if (hold->pool_quota_id)
            continue;
        if (!position->seat || !position->seat_id || strncmp(position->seat_id, balcony(sim)->id, size) != 0 ||
            strtol(position->seat_id + size + 1, NULL, 10) != number)
            sim_problem(sim, "%s has the place %d and shows the seat %s", hold->id, number,
                        position->seat_id ? position->seat_id : "none");
        if (strcmp(labels[number], position->seat) != 0)
            sim_problem(sim, "%s was shown '%s' and the plan says '%s'", hold->id, position->seat, labels[number]);
    }
}

static void check_hold(struct sim *sim, struct ts_call *call, const struct ts_doc *doc)
{
    const Inventory__Hold *hold = (const Inventory__Hold *)doc->body;

    (void)call;
    for (size_t i = 0; hold->state != INVENTORY__HOLD_STATE__RELEASED && i < hold->n_positions; i++)
        check_position(sim, hold, hold->positions[i]);
}

static void check_order(struct sim *sim, struct ts_call *call, const struct ts_doc *doc)
{
    const Orders__Order *order = (const Orders__Order *)doc->body;
    const Inventory__Hold *hold;

    if (order->status != ORDERS__ORDER_STATUS__PAID)
        return;
    hold = (const Inventory__Hold *)check_get(sim, call, "holds", order->hold_id).body;
    for (size_t i = 0; i < order->n_positions; i++) {
        const char *said = order->positions[i]->seat, *had = hold->positions[i]->seat;

        if (said && had ? strcmp(said, had) != 0 : said != had)
            sim_problem(sim, "%s shows the seat '%s' and has '%s'", order->id, said ? said : "", had ? had : "");
    }
}

void check_seats(struct sim *sim, struct ts_call *call)
{
    read_plan(sim, call, balcony(sim)->id);
    check_each(sim, call, "holds", check_hold);
    check_each(sim, call, "orders", check_order);
}
