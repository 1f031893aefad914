/*
 * What a page says about its events, as plain structs: neither JSON nor the catalogue's messages. page_read() fills the
 * words as they stand on the page; event_resolve() (resolve.h) turns words into times and amounts once it is known
 * whose event it is. Everything lives in one arena and is pure data: no bus, no store, any thread.
 */
#ifndef IMPORT_PAGE_H
#define IMPORT_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tessera/arena.h"

enum {
    PAGE_SIZE_MAX = 32 << 20,
    PAGE_EVENTS_MAX = 20000, /* more in one page is not a page */
    PAGE_PARTS_MAX = 100000, /* dates and offers over all events: references can make many of few bytes */
};

/* Something that could not be used. `path` leads to it: "@graph[0].offers[1].price"; "" is the whole page. */
struct import_problem {
    const char *path;
    const char *reason;
    struct import_problem *next;
};

struct import_problems {
    struct import_problem *first, **end;
    size_t count;
};

/* A word of the page and where it stands; text NULL: not there. */
struct import_word {
    const char *text;
    const char *path;
};

enum import_status { IMPORT_SCHEDULED, IMPORT_POSTPONED, IMPORT_CANCELLED };

struct import_organizer {
    const char *path;
    const char *name; /* NULL: the page names none */
    const char *url;
    const char *slug; /* made from the name, or from a host when the name has no Latin letter */
};

struct import_venue {
    const char *path;
    const char *name; /* NULL: no venue */
    const char *address, *city, *region;
    const char *country;      /* ISO 3166-1 alpha-2 when it was understood, else as on the page */
    const char *country_code; /* NULL when it was not */
    bool has_position;
    double latitude, longitude;
};

/* When an offer is on sale, as one of its dates has it. */
struct import_window {
    struct import_word start, end;
    struct import_window *next;
};

/* A ticket type. Dates of one event share it when name and price are the same. */
struct import_offer {
    const char *path;
    const char *name;
    const char *description;
    struct import_word price, currency;
    struct import_window *windows;        /* at least one */
    int32_t min_per_order, max_per_order; /* 0: not said */
    struct import_offer *next;
    /* resolved */
    const char *amount; /* "12.50", as the catalogue takes it */
    int64_t price_minor;
    bool has_sale_start, has_sale_end;
    int64_t sale_starts_at_ms, sale_ends_at_ms;
};

/* That an offer is made on a date. */
struct import_sale {
    struct import_offer *offer;
    bool sold_out;
    int64_t level; /* inventoryLevel; -1: not said */
    struct import_sale *next;
};

struct import_date {
    const char *path;
    struct import_word start, end, doors;
    enum import_status status;
    int64_t capacity; /* -1: not said */
    struct import_sale *sales;
    struct import_date *next;
    /* resolved */
    int64_t starts_at_ms, ends_at_ms, doors_at_ms;
    bool has_end, has_doors;
};

struct import_event {
    const char *path;
    const char *source_id;
    const char *title, *description, *image, *url;
    enum import_status status;
    struct import_organizer organizer;
    struct import_venue venue;
    struct import_date *dates; /* by their order on the page */
    size_t date_count;
    struct import_offer *offers;
    size_t offer_count;
    struct import_event *next;
    /* resolved */
    const char *time_zone, *currency;
};

struct import_page {
    struct import_event *events; /* those that were understood so far; each whole */
    size_t event_count;
    size_t found_count; /* events the page has, those with problems included */
    struct import_problems problems;
};

void import_problems_init(struct import_problems *problems);
void import_problem_add(struct ts_arena *arena, struct import_problems *problems, const char *path, const char *format,
                        ...) __attribute__((format(printf, 4, 5)));

/*
 * Read a page: JSON-LD bare or in an HTML page. `bytes` are borrowed until it returns. May take a second for the
 * largest input, and recurses as deep as the page nests (2048): for a thread with a usual stack, not for a fiber.
 * Return: 0 and *ret_page; PAGE_UNUSABLE when there is no event in it to speak of: *ret_page has its problems only.
 */
enum { PAGE_UNUSABLE = 1 };
int page_read(struct ts_arena *arena, const char *bytes, size_t size, struct import_page *ret_page);

#endif
