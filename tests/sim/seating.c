#include "seating.h"

static Inventory__PlanRow *row_new(struct client *client, char *name, unsigned count)
{
    Inventory__PlanRow *row = TS_NEW(client->arena, Inventory__PlanRow);

    inventory__plan_row__init(row);
    row->name = name;
    row->seats = TS_NEW_ARRAY(client->arena, Inventory__PlanSeat *, count);
    for (; row->n_seats < count; row->n_seats++) {
        Inventory__PlanSeat *seat = TS_NEW(client->arena, Inventory__PlanSeat);

        inventory__plan_seat__init(seat);
        seat->number = ts_printf(client->arena, "%zu", row->n_seats + 1);
        row->seats[row->n_seats] = seat;
    }
    return row;
}

int seating_set(struct client *client, const struct book_quota *quota, unsigned in_a, unsigned in_b)
{
    Inventory__SetSeatPlanRequest request = INVENTORY__SET_SEAT_PLAN_REQUEST__INIT;
    const Inventory__SetSeatPlanReply *reply = NULL;
    Inventory__PlanSection section = INVENTORY__PLAN_SECTION__INIT, *sections = &section;
    Inventory__PlanRow *rows[] = { row_new(client, "A", in_a), row_new(client, "B", in_b) };

    section.name = "Balcony";
    section.rows = rows;
    section.n_rows = 2;
    request.quota_id = (char *)quota->id;
    request.sections = &sections;
    request.n_sections = 1;
    if (ASK(client, inventory, "SetSeatPlan", &request, NULL, &reply))
        return NET_SILENT;
    if (REFUSED(reply) == 0 && (!reply->quota || reply->quota->size != (int32_t)(in_a + in_b)))
        sim_problem(client->sim, "a plan of %u seats was set and is not the quota's size", in_a + in_b);
    sim_count(client->sim, REFUSED(reply) ? COUNT_plans_refused : COUNT_plans);
    return REFUSED(reply);
}

char **seating_ids(struct client *client, unsigned first, size_t count)
{
    char **ids = TS_NEW_ARRAY(client->arena, char *, count);

    for (size_t i = 0; i < count; i++)
        ids[i] = ts_printf(client->arena, "%s/%zu", client->sim->book->quotas[BOOK_QUOTAS_MAX - 1].id, first + i);
    return ids;
}
