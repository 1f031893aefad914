/* What each hold and each offer asks for, found once for a type and a date; see draw.h. */
#include "draw.h"

#include <string.h>

#include "tessera/limits.h"
#include "tessera/memory.h"

struct draw {
    char key[2 * TS_ID_LENGTH + 1]; /* date, type */
    uint64_t changes;               /* of the date, when this was found; 0: it was not */
    struct quota **quotas;
    struct draw *next;
};

static struct draw *draw_new(struct inventory *inventory, const char *key)
{
    struct draw *draw = ts_memory_new(1, sizeof(*draw));

    memcpy(draw->key, key, sizeof(draw->key));
    draw->next = inventory->all_draws;
    inventory->all_draws = draw;
    table_add(&inventory->draws, draw->key, draw);
    return draw;
}

/* Of all types on all dates of a series most pairs draw on nothing: those are not kept. */
static bool is_sold(const struct date *date, const char *type_id)
{
    for (const struct quota *quota = date->quotas; quota; quota = quota->next_of_date) {
        if (quota_has_type(quota, type_id))
            return true;
    }
    return false;
}

/* NULL: it draws on nothing. */
static struct draw *draw_of(struct inventory *inventory, const struct date *date, const char *type_id)
{
    char key[sizeof(((struct draw *)NULL)->key)] = "";
    struct draw *draw;

    memcpy(key, date->id, TS_ID_LENGTH);
    memcpy(key + TS_ID_LENGTH, type_id, TS_ID_LENGTH);
    draw = table_find(&inventory->draws, key);
    return draw || !is_sold(date, type_id) ? draw : draw_new(inventory, key);
}

static void look(struct draw *draw, const struct date *date, const char *type_id)
{
    size_t count = 0;

    for (struct quota *quota = date->quotas; quota; quota = quota->next_of_date)
        count += quota_has_type(quota, type_id);
    draw->quotas = ts_memory_resize(draw->quotas, (count + 1) * sizeof(struct quota *));
    draw->quotas[count] = NULL;
    count = 0;
    for (struct quota *quota = date->quotas; quota; quota = quota->next_of_date) {
        if (quota_has_type(quota, type_id))
            draw->quotas[count++] = quota;
    }
    draw->changes = date->changes;
}

struct quota *const *draw_find(struct inventory *inventory, const char *date_id, const char *type_id)
{
    static struct quota *const none[1];
    const struct date *date = date_find(inventory, date_id);
    struct draw *draw = date ? draw_of(inventory, date, type_id) : NULL;

    if (!draw)
        return none;
    if (draw->changes != date->changes)
        look(draw, date, type_id);
    return draw->quotas;
}

struct quota **draw_copy(struct ts_call *call, const char *date_id, const char *type_id)
{
    struct quota *const *quotas = draw_find(call->state, date_id, type_id);
    size_t count = 0;

    while (quotas[count])
        count++;
    return ts_memdup(call->arena, quotas, (count + 1) * sizeof(struct quota *));
}

void draws_done(struct inventory *inventory)
{
    while (inventory->all_draws) {
        struct draw *draw = inventory->all_draws;

        inventory->all_draws = draw->next;
        ts_memory_free(draw->quotas);
        ts_memory_free(draw);
    }
    table_done(&inventory->draws);
}
