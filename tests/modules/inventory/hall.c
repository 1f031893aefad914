/* See hall.h. */
#include "hall.h"

#include <string.h>

const Inventory__SetSeatPlanReply *set_plan(struct ts_call *call, const struct id *quota,
                                            const Inventory__SeatPlan *plan)
{
    Inventory__SetSeatPlanRequest request = INVENTORY__SET_SEAT_PLAN_REQUEST__INIT;
    const Inventory__SetSeatPlanReply *reply = NULL;
    const struct ts_principal *before = call->principal;
    int r;

    as_owner(call);
    request.quota_id = (char *)quota->text;
    request.sections = plan->sections;
    request.n_sections = plan->n_sections;
    request.has_forbid_orphans = plan->has_forbid_orphans;
    request.forbid_orphans = plan->forbid_orphans;
    r = inventory_set_seat_plan(call, &request, &reply);
    call->principal = before;
    return r ? NULL : reply;
}

struct hall hall_with(struct ts_call *call, const Inventory__SeatPlan *plan)
{
    struct hall hall = { .shop = shop_open(call) };

    hall.quota = shop_quota(call, &hall.shop, 0);
    hall.type = shop_type(call, &hall.shop, "10.00", &hall.quota, 1);
    assert_int_equal(set_plan(call, &hall.quota, plan)->n_refusals, 0);
    as_buyer(call);
    return hall;
}

struct hall hall_of(struct ts_call *call, const char *const *drawings, size_t count)
{
    return hall_with(call, rows_read(call->arena, drawings, count));
}

const Inventory__GetSeatSectionsReply *sections(struct ts_call *call, const struct id *quota, const char *section_id)
{
    Inventory__SeatsRequest request = INVENTORY__SEATS_REQUEST__INIT;
    const Inventory__GetSeatSectionsReply *reply;
    char *ids[] = { (char *)quota->text };

    request.ids = ids;
    request.n_ids = 1;
    request.section_id = (char *)section_id;
    assert_int_equal(inventory_get_seat_sections(call, &request, &reply), 0);
    return reply;
}

const Inventory__GetSeatRowsReply *rows(struct ts_call *call, char **section_ids, size_t count)
{
    Inventory__IdsRequest request = INVENTORY__IDS_REQUEST__INIT;
    const Inventory__GetSeatRowsReply *reply;

    request.ids = section_ids;
    request.n_ids = count;
    assert_int_equal(inventory_get_seat_rows(call, &request, &reply), 0);
    return reply;
}

const Inventory__SectionRows *first_rows(struct ts_call *call, const struct id *quota)
{
    const Inventory__GetSeatSectionsReply *reply = sections(call, quota, /* section_id= */ NULL);

    assert_int_equal(reply->n_quotas, 1);
    return rows(call, &reply->quotas[0]->sections[0]->id, 1)->sections[0];
}

const char *section_states(struct ts_call *call, const struct id *quota, const char *section_id)
{
    Inventory__SeatsRequest request = INVENTORY__SEATS_REQUEST__INIT;
    const Inventory__GetSeatStatesReply *reply;
    char *ids[] = { (char *)quota->text };

    request.ids = ids;
    request.n_ids = 1;
    request.section_id = (char *)section_id;
    assert_int_equal(inventory_get_seat_states(call, &request, &reply), 0);
    assert_int_equal(reply->n_quotas, 1);
    return reply->quotas[0]->states;
}

const char *states(struct ts_call *call, const struct id *quota)
{
    return section_states(call, quota, /* section_id= */ NULL);
}

char *seat(struct ts_call *call, const struct hall *hall, const char *name)
{
    const Inventory__SectionRows *section = first_rows(call, &hall->quota);

    for (size_t i = 0; i < section->n_rows; i++) {
        for (size_t j = 0; section->rows[i]->name[0] == name[0] && j < section->rows[i]->n_seats; j++) {
            if (strcmp(section->rows[i]->seats[j]->number, name + 1) == 0)
                return section->rows[i]->seats[j]->id;
        }
    }
    fail_msg("no seat %s", name);
    return NULL;
}

const Inventory__HoldTicketsReply *buy_lines(struct ts_call *call, const struct hall *hall, Inventory__HoldLine *lines,
                                             size_t count)
{
    Inventory__HoldTicketsRequest request = INVENTORY__HOLD_TICKETS_REQUEST__INIT;
    const Inventory__HoldTicketsReply *reply = NULL;
    Inventory__HoldLine *all[4];

    for (size_t i = 0; i < count; i++)
        all[i] = &lines[i];
    request.event_id = (char *)hall->shop.event;
    request.lines = all;
    request.n_lines = count;
    return inventory_hold_tickets(call, &request, &reply) ? NULL : reply;
}

Inventory__HoldLine line_of(const struct id *type, int32_t quantity)
{
    Inventory__HoldLine line = INVENTORY__HOLD_LINE__INIT;

    line.ticket_type_id = (char *)type->text;
    line.has_quantity = true;
    line.quantity = quantity;
    return line;
}

void seat_ids(struct ts_call *call, const struct hall *hall, const char *const *names, size_t count, char **ret_ids)
{
    for (size_t i = 0; i < count; i++)
        ret_ids[i] = strlen(names[i]) > 4 ? (char *)names[i] : seat(call, hall, names[i]);
}

const Inventory__HoldTicketsReply *buy_seats(struct ts_call *call, const struct hall *hall, const char *const *names,
                                             size_t count)
{
    Inventory__HoldLine line = line_of(&hall->type, (int32_t)count);
    char *ids[16];

    seat_ids(call, hall, names, count, ids);
    line.seat_ids = ids;
    line.n_seat_ids = count;
    return buy_lines(call, hall, &line, 1);
}

const char *shown(struct ts_call *call, const Inventory__HoldTicketsReply *reply)
{
    const char *text = "";

    assert_non_null(reply->hold);
    for (size_t i = 0; i < reply->hold->n_positions; i++)
        text = ts_printf(call->arena, "%s%s%s", text, i ? ", " : "", reply->hold->positions[i]->seat);
    return text;
}

const char *best(struct ts_call *call, const struct hall *hall, int32_t quantity)
{
    return shown(call, buy(call, &hall->shop, &hall->type, quantity));
}
