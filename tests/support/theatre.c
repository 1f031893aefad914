#include "support/theatre.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tessera/arena.h"

enum { ROWS_MAX = 100, SECTIONS_MAX = 10, NAME_COLUMNS = 11, COLUMN = 50 };

static Inventory__PlanSeat *seat_new(struct ts_arena *arena, char letter, size_t number)
{
    Inventory__PlanSeat *seat = TS_NEW(arena, Inventory__PlanSeat);

    inventory__plan_seat__init(seat);
    seat->number = ts_printf(arena, "%zu", number);
    seat->has_accessible = true;
    seat->accessible = letter == 'w';
    return seat;
}

/* Seats curve away from the stage: 1 for each 10 to the side. */
static Inventory__PlanRow *row_read(struct ts_arena *arena, const char *name, const char *drawing, int32_t y)
{
    Inventory__PlanRow *row = TS_NEW(arena, Inventory__PlanRow);
    size_t size = strcspn(drawing, "\n");

    inventory__plan_row__init(row);
    row->name = ts_strdup(arena, name);
    row->seats = TS_NEW_ARRAY(arena, Inventory__PlanSeat *, size);
    for (size_t i = 0; i < size; i++) {
        Inventory__PlanSeat *seat;

        if (drawing[i] == ' ')
            continue;
        seat = row->seats[row->n_seats] = seat_new(arena, drawing[i], row->n_seats + 1);
        row->n_seats++;
        seat->has_x = seat->has_y = true;
        seat->x = ((int32_t)i - 36) * COLUMN;
        seat->y = y + abs(seat->x) / 10;
        seat->has_gap_after = true;
        seat->gap_after = i + 1 < size && drawing[i + 1] == ' ';
    }
    return row;
}

static Inventory__PlanSection *section_new(struct ts_arena *arena, Inventory__SeatPlan *plan, const char *name)
{
    Inventory__PlanSection *section = TS_NEW(arena, Inventory__PlanSection);

    assert(plan->n_sections < SECTIONS_MAX);
    inventory__plan_section__init(section);
    section->name = ts_strdup(arena, name);
    section->rows = TS_NEW_ARRAY(arena, Inventory__PlanRow *, ROWS_MAX);
    plan->sections[plan->n_sections++] = section;
    return section;
}

static Inventory__SeatPlan *plan_new(struct ts_arena *arena)
{
    Inventory__SeatPlan *plan = TS_NEW(arena, Inventory__SeatPlan);

    inventory__seat_plan__init(plan);
    plan->sections = TS_NEW_ARRAY(arena, Inventory__PlanSection *, SECTIONS_MAX);
    return plan;
}

static Inventory__SeatPlan *number_places(Inventory__SeatPlan *plan)
{
    int32_t place = 0;

    for (size_t i = 0; i < plan->n_sections; i++) {
        for (size_t j = 0; j < plan->sections[i]->n_rows; j++) {
            Inventory__PlanRow *row = plan->sections[i]->rows[j];

            for (size_t k = 0; k < row->n_seats; k++) {
                row->seats[k]->has_place = true;
                row->seats[k]->place = place++;
            }
        }
    }
    return plan;
}

Inventory__SeatPlan *theatre_read(struct ts_arena *arena)
{
    Inventory__SeatPlan *plan = plan_new(arena);
    Inventory__PlanSection *section = NULL;
    FILE *file = fopen(THEATRE_FILE, "r");
    char line[256], name[16], row[8];
    int32_t y = 0;

    assert(file);
    while (fgets(line, sizeof(line), file)) {
        if (line[0] == '#' || sscanf(line, "%15s %7s", name, row) != 2)
            continue;
        if (!section || strcmp(section->name, name) != 0) {
            section = section_new(arena, plan, name);
            y += 3 * COLUMN;
        }
        section->rows[section->n_rows++] = row_read(arena, row, line + NAME_COLUMNS, y);
        y += 2 * COLUMN;
    }
    fclose(file);
    return number_places(plan);
}

Inventory__SeatPlan *rows_read(struct ts_arena *arena, const char *const *drawings, size_t count)
{
    Inventory__SeatPlan *plan = plan_new(arena);
    Inventory__PlanSection *section = section_new(arena, plan, "Hall");

    for (size_t i = 0; i < count; i++)
        section->rows[section->n_rows++] =
            row_read(arena, ts_printf(arena, "%c", (int)('A' + i)), drawings[i], (int32_t)i * 2 * COLUMN);
    return number_places(plan);
}
