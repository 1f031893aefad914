/*
 * A zone is a list of transitions, each with the offset that holds from then on, and after the last one a rule in the
 * words of POSIX ("CET-1CEST,M3.5.0,M10.5.0/3"). Files come from the machine, but are checked as if they did not.
 */
#include "base/tz.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tessera/cleanup.h"
#include "tessera/err.h"
#include "tessera/text.h"

enum { TZ_FILE_SIZE_MAX = 64 << 10, HEADER_SIZE = 44, TYPE_SIZE = 6, DAY_S = 86400, HOURS_MAX = 167 };

/* When a rule's half of the year begins: Mm.w.d, Jn (never the leap day) or n (counted from 0). */
struct rule_date {
    char form; /* 'M', 'J' or 'n' */
    int month, week, day;
    int32_t second; /* of that day, local; may be negative or beyond the day */
};

struct tz_rule {
    int32_t standard_s, summer_s;
    bool has_summer;
    struct rule_date begin, end;
};

struct tz {
    size_t count;
    int64_t *at;     /* transitions, ascending */
    int32_t *offset; /* from then on */
    int32_t first_offset;
    bool has_rule;
    struct tz_rule rule;
};

/* ---- the footer */

struct footer {
    const char *at;
    bool failed;
};

static int footer_number(struct footer *footer)
{
    int number = 0, count = 0;

    for (; *footer->at >= '0' && *footer->at <= '9' && count < 4; footer->at++, count++)
        number = number * 10 + (*footer->at - '0');
    footer->failed = footer->failed || count == 0;
    return number;
}

static bool footer_take(struct footer *footer, char c)
{
    if (*footer->at != c)
        return false;
    footer->at++;
    return true;
}

/* "CET" or "<+03>". */
static void footer_name(struct footer *footer)
{
    const char *begin = footer->at;

    if (footer_take(footer, '<')) {
        footer->at += strcspn(footer->at, ">");
        footer->failed = footer->failed || !footer_take(footer, '>');
        return;
    }
    while ((*footer->at | 0x20) >= 'a' && (*footer->at | 0x20) <= 'z')
        footer->at++;
    footer->failed = footer->failed || footer->at - begin < 3;
}

/* "[+-]hh[:mm[:ss]]" in seconds. */
static int32_t footer_time(struct footer *footer)
{
    int sign = footer_take(footer, '-') ? -1 : 1, seconds;

    (void)footer_take(footer, '+'); /* says nothing */
    seconds = footer_number(footer);
    footer->failed = footer->failed || seconds > HOURS_MAX;
    seconds *= 3600;
    if (footer_take(footer, ':'))
        seconds += footer_number(footer) * 60;
    if (footer_take(footer, ':'))
        seconds += footer_number(footer);
    return sign * seconds;
}

static struct rule_date footer_date(struct footer *footer)
{
    struct rule_date date = { .form = 'n', .second = 2 * 3600 };

    footer->failed = footer->failed || !footer_take(footer, ',');
    if (footer_take(footer, 'M')) {
        date.form = 'M';
        date.month = footer_number(footer);
        footer->failed = footer->failed || !footer_take(footer, '.');
        date.week = footer_number(footer);
        footer->failed = footer->failed || !footer_take(footer, '.');
        date.day = footer_number(footer);
        if (date.month < 1 || date.month > 12 || date.week < 1 || date.week > 5 || date.day > 6)
            footer->failed = true;
    } else {
        if (footer_take(footer, 'J'))
            date.form = 'J';
        date.day = footer_number(footer);
        footer->failed = footer->failed || date.day > 365 || (date.form == 'J' && date.day < 1);
    }
    if (footer_take(footer, '/'))
        date.second = footer_time(footer);
    return date;
}

static bool rule_parse(const char *text, struct tz_rule *ret_rule)
{
    struct footer footer = { .at = text };
    struct tz_rule rule = { 0 };

    footer_name(&footer);
    rule.standard_s = -footer_time(&footer); /* POSIX counts west */
    if (*footer.at && !footer.failed) {
        rule.has_summer = true;
        footer_name(&footer);
        rule.summer_s = *footer.at == ',' ? rule.standard_s + 3600 : -footer_time(&footer);
        rule.begin = footer_date(&footer);
        rule.end = footer_date(&footer);
    }
    if (footer.failed || *footer.at)
        return false;
    *ret_rule = rule;
    return true;
}

/* ---- the rule at work */

static bool year_is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Seconds from 1970 to the first of a month (1-12; day and all else zero), and the weekday there. */
static int64_t month_begin_s(int year, int month, int *ret_weekday)
{
    struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = 1 };
    int64_t begin_s = timegm(&tm);

    *ret_weekday = tm.tm_wday;
    return begin_s;
}

static int64_t rule_date_s(const struct rule_date *date, int year)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int weekday, day, month_days;
    int64_t begin_s = month_begin_s(year, date->form == 'M' ? date->month : 1, &weekday);

    if (date->form == 'n')
        return begin_s + (int64_t)date->day * DAY_S + date->second;
    if (date->form == 'J')
        return begin_s + (int64_t)(date->day - 1 + (date->day >= 60 && year_is_leap(year))) * DAY_S + date->second;
    month_days = days[date->month - 1] + (date->month == 2 && year_is_leap(year));
    day = (date->day - weekday + 7) % 7 + (date->week - 1) * 7;
    if (day >= month_days)
        day -= 7; /* week 5 is the last one */
    return begin_s + (int64_t)day * DAY_S + date->second;
}

static int32_t rule_offset_s(const struct tz_rule *rule, int64_t utc_s)
{
    int64_t begin_s, end_s;
    time_t standard = utc_s + rule->standard_s;
    struct tm tm;

    if (!rule->has_summer || !gmtime_r(&standard, &tm))
        return rule->standard_s;
    begin_s = rule_date_s(&rule->begin, tm.tm_year + 1900) - rule->standard_s;
    end_s = rule_date_s(&rule->end, tm.tm_year + 1900) - rule->summer_s;
    if (begin_s < end_s)
        return utc_s >= begin_s && utc_s < end_s ? rule->summer_s : rule->standard_s;
    return utc_s >= end_s && utc_s < begin_s ? rule->standard_s : rule->summer_s;
}

/* ---- the file */

static uint32_t read_32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int64_t read_64(const unsigned char *at)
{
    return (int64_t)((uint64_t)read_32(at) << 32 | read_32(at + 4));
}

/* The counts of a header and the bytes of the block behind it, whose times have `time_size` bytes. */
struct header {
    size_t utc_count, wall_count, leap_count, time_count, type_count, name_size;
};

static bool header_read(const unsigned char *at, size_t size, struct header *ret_header)
{
    if (size < HEADER_SIZE || memcmp(at, "TZif", 4) != 0 || at[4] < '2')
        return false;
    *ret_header = (struct header){ read_32(at + 20), read_32(at + 24), read_32(at + 28),
                                   read_32(at + 32), read_32(at + 36), read_32(at + 40) };
    return true;
}

static size_t block_size(const struct header *header, size_t time_size)
{
    return header->time_count * (time_size + 1) + header->type_count * TYPE_SIZE + header->name_size +
           header->leap_count * (time_size + 4) + header->wall_count + header->utc_count;
}

static bool transitions_read(struct ts_arena *arena, const unsigned char *at, const struct header *header,
                             struct tz *tz)
{
    const unsigned char *indexes = at + header->time_count * 8, *types = indexes + header->time_count;

    tz->count = header->time_count;
    tz->at = TS_NEW_ARRAY(arena, int64_t, tz->count);
    tz->offset = TS_NEW_ARRAY(arena, int32_t, tz->count);
    tz->first_offset = (int32_t)read_32(types);
    for (size_t i = 0; i < tz->count; i++) {
        if (indexes[i] >= header->type_count)
            return false;
        tz->at[i] = read_64(at + i * 8);
        tz->offset[i] = (int32_t)read_32(types + (size_t)indexes[i] * TYPE_SIZE);
        if (tz->offset[i] <= -DAY_S || tz->offset[i] >= DAY_S || (i > 0 && tz->at[i] <= tz->at[i - 1]))
            return false;
    }
    return true;
}

/* "\n<rule>\n"; an empty rule says nothing. */
static bool footer_read(struct ts_arena *arena, const unsigned char *at, size_t size, struct tz *tz)
{
    const unsigned char *end = size > 1 && *at == '\n' ? memchr(at + 1, '\n', size - 1) : NULL;

    if (!end)
        return false;
    tz->has_rule = end > at + 1;
    return !tz->has_rule || rule_parse(ts_strndup(arena, (const char *)at + 1, (size_t)(end - at - 1)), &tz->rule);
}

int tz_parse(struct ts_arena *arena, const unsigned char *bytes, size_t size, struct tz **ret_tz)
{
    struct tz *tz = TS_NEW(arena, struct tz);
    struct header header;
    size_t begin, end;

    if (!header_read(bytes, size, &header))
        return TS_EUNAVAILABLE;
    begin = HEADER_SIZE + block_size(&header, 4); /* the first block is version 1's */
    if (begin > size || !header_read(bytes + begin, size - begin, &header))
        return TS_EUNAVAILABLE;
    begin += HEADER_SIZE;
    end = begin + block_size(&header, 8);
    if (end > size || header.type_count == 0 || !transitions_read(arena, bytes + begin, &header, tz) ||
        !footer_read(arena, bytes + end, size - end, tz))
        return TS_EUNAVAILABLE;
    *ret_tz = tz;
    return 0;
}

int tz_load(struct ts_arena *arena, const char *name, struct tz **ret_tz)
{
    unsigned char *bytes;
    size_t size;
    FILE *file;
    int r;

    if (!ts_text_is_time_zone(name)) /* so it cannot leave the folder either */
        return TS_EINVALID;
    file = fopen(ts_printf(arena, TZ_FOLDER "/%s", name), "re");
    if (!file)
        return TS_EUNAVAILABLE;
    bytes = malloc(TZ_FILE_SIZE_MAX);
    size = bytes ? fread(bytes, 1, TZ_FILE_SIZE_MAX, file) : 0;
    fclose(file);
    r = tz_parse(arena, bytes, size, ret_tz);
    free(bytes);
    return r;
}

/* ---- asking */

int32_t tz_offset_s(const struct tz *tz, int64_t utc_s)
{
    size_t low = 0, high = tz->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (tz->at[middle] <= utc_s)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == tz->count && tz->has_rule)
        return rule_offset_s(&tz->rule, utc_s);
    return low ? tz->offset[low - 1] : tz->first_offset;
}

int64_t tz_utc_s(const struct tz *tz, int64_t local_s)
{
    /* A day around, so that any offset has been passed; two changes in two days do not happen. */
    int64_t before = local_s - tz_offset_s(tz, local_s - DAY_S);
    int64_t after = local_s - tz_offset_s(tz, local_s + DAY_S);
    bool before_fits = before + tz_offset_s(tz, before) == local_s;
    bool after_fits = after + tz_offset_s(tz, after) == local_s;

    if (before_fits && after_fits)
        return before < after ? before : after;
    return after_fits ? after : before;
}
