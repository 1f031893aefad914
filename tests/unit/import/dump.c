/* What every test of the parser compares. */
#include "dump.h"

#include <string.h>

#include "base/buf.h"
#include "tessera/clock.h"

enum { DUMP_SIZE_MAX = 1 << 20 };

static void add_word(struct buf *out, const char *before, const char *text)
{
    if (text)
        buf_printf(out, "%s%s", before, text);
}

/* "2026-07-01T18:00Z"; seconds only when there are some. */
static void add_time(struct buf *out, const char *before, int64_t time_ms)
{
    char text[32];

    ts_time_format(time_ms, text);
    if (strcmp(text + 16, ":00.000Z") == 0)
        strcpy(text + 16, "Z");
    buf_printf(out, "%s%s", before, text);
}

static void add_offer(struct buf *out, const struct import_offer *offer)
{
    buf_printf(out, " | %s %s", offer->name, offer->amount);
    add_word(out, " ~", offer->description);
    if (offer->has_sale_start)
        add_time(out, " from ", offer->sale_starts_at_ms);
    if (offer->has_sale_end)
        add_time(out, " until ", offer->sale_ends_at_ms);
    if (offer->min_per_order || offer->max_per_order)
        buf_printf(out, " x%d-%d", offer->min_per_order, offer->max_per_order);
}

static void add_date(struct buf *out, const struct import_event *event, const struct import_date *date)
{
    add_time(out, "; ", date->starts_at_ms);
    if (date->has_end)
        add_time(out, " to ", date->ends_at_ms);
    if (date->has_doors)
        add_time(out, " doors ", date->doors_at_ms);
    if (date->status != IMPORT_SCHEDULED)
        buf_add_string(out, date->status == IMPORT_CANCELLED ? " cancelled" : " postponed");
    if (date->capacity >= 0)
        buf_printf(out, " (%d)", (int)date->capacity);
    for (const struct import_sale *sale = date->sales; sale; sale = sale->next)
        if (sale->sold_out || event->offer_count > 1)
            buf_printf(out, " +%s%s", sale->offer->name, sale->sold_out ? "!" : "");
}

static void add_event(struct buf *out, const struct import_event *event)
{
    const struct import_venue *venue = &event->venue;

    buf_printf(out, "%s <%s> %s %s", event->title, event->source_id, event->time_zone, event->currency);
    add_word(out, " @", venue->name);
    add_word(out, ", ", venue->address);
    add_word(out, ", ", venue->city);
    add_word(out, ", ", venue->country);
    if (venue->has_position)
        buf_printf(out, " (%.3f %.3f)", venue->latitude, venue->longitude);
    add_word(out, " by ", event->organizer.name);
    add_word(out, "=", event->organizer.slug);
    add_word(out, " image ", event->image);
    add_word(out, " about ", event->description);
    if (event->status != IMPORT_SCHEDULED)
        buf_add_string(out, event->status == IMPORT_CANCELLED ? " CANCELLED" : " POSTPONED");
    for (const struct import_date *date = event->dates; date; date = date->next)
        add_date(out, event, date);
    for (const struct import_offer *offer = event->offers; offer; offer = offer->next)
        add_offer(out, offer);
    buf_add_string(out, "\n");
}

char *page_dump_bytes(struct ts_arena *arena, const char *bytes, size_t size, const struct import_defaults *defaults)
{
    struct import_page page;
    struct resolver resolver;
    struct buf out;
    char *text;

    buf_init(&out, DUMP_SIZE_MAX);
    resolver_init(&resolver, arena);
    (void)page_read(arena, bytes, size, &page); /* its problems are shown */
    for (struct import_event *event = page.events; event; event = event->next)
        if (event_resolve(&resolver, defaults, event, &page.problems) == 0)
            add_event(&out, event);
    for (const struct import_problem *problem = page.problems.first; problem; problem = problem->next)
        buf_printf(&out, "! %s: %s\n", problem->path, problem->reason);
    resolver_done(&resolver);
    text = ts_strndup(arena, out.data ? out.data : "", out.size);
    buf_done(&out);
    return text;
}

char *page_dump(struct ts_arena *arena, const char *text, const struct import_defaults *defaults)
{
    char *bytes = ts_strdup(arena, text);

    for (char *at = bytes; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    return page_dump_bytes(arena, bytes, strlen(bytes), defaults);
}
