/*
 * RFC 3339 times by hand: libc's are bound to locale and time zone, and ours must take the years 1 to 9999. Days are
 * counted in the proleptic Gregorian calendar with the year starting in March, so that the leap day comes last.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/decimal.h"
#include "base/tz.h"
#include "tessera/arena.h"
#include "tessera/clock.h"
#include "tessera/err.h"

enum { DAYS_PER_ERA = 146097, DAYS_TO_EPOCH = 719468 }; /* 400 years; 0000-03-01 to 1970-01-01 */

struct date {
    int year, month, day;
};

static int64_t date_days(struct date date)
{
    int64_t year = date.month > 2 ? date.year : date.year - 1;
    int64_t era = (year >= 0 ? year : year - 399) / 400, year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;

    return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - DAYS_TO_EPOCH;
}

/*
 * Of a day within the years 1 to 9999. Centuries, years and months are each one multiplication, by fractions that are
 * exact where they are asked: C. Neri and L. Schneider, "Euclidean affine functions and their application to calendar
 * algorithms", 2022.
 */
static struct date date_of_days(int64_t days)
{
    uint32_t quarters = 4 * (uint32_t)(days + DAYS_TO_EPOCH) + 3, century = quarters / DAYS_PER_ERA;
    uint64_t years = UINT64_C(2939745) * (quarters % DAYS_PER_ERA | 3); /* of the century, in parts of 2^32 */
    uint32_t day_of_year = (uint32_t)years / 2939745 / 4, month = 2141 * day_of_year + 197913; /* in parts of 2^16 */
    bool is_next_year = day_of_year >= 306; /* January and February */

    return (struct date){
        .year = (int)(100 * century + (uint32_t)(years >> 32) + is_next_year),
        .month = (int)((month >> 16) - (is_next_year ? 12 : 0)),
        .day = (int)((month & 0xffff) / 2141 + 1),
    };
}

static int month_days(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && leap);
}

static int64_t time_min_ms(void)
{
    return date_days((struct date){ 1, 1, 1 }) * TS_DAY_MS;
}

static int64_t time_max_ms(void)
{
    return date_days((struct date){ 10000, 1, 1 }) * TS_DAY_MS - 1;
}

/* Whole units of `unit_ms` since 1970, rounded down. */
static int64_t whole(int64_t time_ms, int64_t unit_ms)
{
    return (time_ms - (time_ms % unit_ms + unit_ms) % unit_ms) / unit_ms;
}

static int64_t time_within(int64_t time_ms)
{
    if (time_ms < time_min_ms())
        return time_min_ms();
    return time_ms > time_max_ms() ? time_max_ms() : time_ms;
}

char *ts_time_format(int64_t time_ms, char *buffer)
{
    uint64_t passed_ms = (uint64_t)(time_within(time_ms) - time_min_ms()); /* nothing below is negative */
    uint32_t rest = (uint32_t)(passed_ms % TS_DAY_MS);
    struct date date = date_of_days((int64_t)(passed_ms / TS_DAY_MS) + time_min_ms() / TS_DAY_MS);
    char *at = buffer;

    at = decimal_put_two(at, (unsigned)date.year / 100);
    at = decimal_put_two(at, (unsigned)date.year % 100), *at++ = '-';
    at = decimal_put_two(at, (unsigned)date.month), *at++ = '-';
    at = decimal_put_two(at, (unsigned)date.day), *at++ = 'T';
    at = decimal_put_two(at, rest / TS_HOUR_MS), *at++ = ':';
    at = decimal_put_two(at, rest / TS_MINUTE_MS % 60), *at++ = ':';
    at = decimal_put_two(at, rest / TS_SECOND_MS % 60), *at++ = '.';
    at = decimal_put_two(at, rest % TS_SECOND_MS / 10);
    *at++ = (char)('0' + rest % 10), *at++ = 'Z';
    *at = 0;
    return buffer;
}

/* How a language writes a day and an hour. */
struct calendar {
    const char *text;
    const char *week[7], *months[12];
};

// clang-format off
static const struct calendar calendars[TS_LANGUAGES] = {
    [TS_ENGLISH] = { "{week} {day} {month} {year}, {clock} ({zone})",
                     { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" },
                     { "January", "February", "March", "April", "May", "June",
                       "July", "August", "September", "October", "November", "December" } },
    [TS_GERMAN] = { "{week}, {day}. {month} {year}, {clock} ({zone})",
                    { "Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So." },
                    { "Januar", "Februar", "März", "April", "Mai", "Juni",
                      "Juli", "August", "September", "Oktober", "November", "Dezember" } },
    [TS_FRENCH] = { "{week} {day} {month} {year}, {clock} ({zone})",
                    { "lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim." },
                    { "janvier", "février", "mars", "avril", "mai", "juin",
                      "juillet", "août", "septembre", "octobre", "novembre", "décembre" } },
    [TS_JAPANESE] = { "{year}年{month}{day}日({week}) {clock} ({zone})",
                      { "月", "火", "水", "木", "金", "土", "日" },
                      { "1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月" } },
    [TS_ARABIC] = { "{week}، {day} {month} {year}، {clock} ({zone})",
                    { "الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد" },
                    { "يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو",
                      "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر" } },
};
// clang-format on

const char *ts_time_local(struct ts_arena *arena, enum ts_language language, int64_t time_ms, const char *zone)
{
    const struct calendar *calendar = &calendars[language];
    struct tz *tz;
    struct date date;
    int64_t days, minutes;

    if (tz_load(arena, zone, &tz))
        zone = "UTC";
    else
        time_ms += (int64_t)tz_offset_s(tz, whole(time_ms, TS_SECOND_MS)) * TS_SECOND_MS;
    time_ms = time_within(time_ms);
    days = whole(time_ms, TS_DAY_MS);
    date = date_of_days(days);
    minutes = (time_ms - days * TS_DAY_MS) / TS_MINUTE_MS;

    const struct ts_word words[] = {
        { "week", calendar->week[((days + 3) % 7 + 7) % 7] },
        { "day", ts_printf(arena, "%d", date.day) },
        { "month", calendar->months[date.month - 1] },
        { "year", ts_printf(arena, "%d", date.year) },
        { "clock", ts_printf(arena, "%02d:%02d", (int)(minutes / 60), (int)(minutes % 60)) },
        { "zone", zone },
        { NULL, NULL },
    };
    return ts_words_fill(arena, calendar->text, words);
}

/* A reading head that remembers having failed, so that the grammar reads as one run. */
struct reader {
    const char *at;
    bool failed;
};

static int read_digits(struct reader *reader, int count)
{
    int number = 0;

    for (int i = 0; i < count && !reader->failed; i++) {
        if (*reader->at < '0' || *reader->at > '9')
            reader->failed = true;
        else
            number = number * 10 + (*reader->at++ - '0');
    }
    return number;
}

static void read_char(struct reader *reader, char upper, char lower)
{
    if (!reader->failed && (*reader->at == upper || *reader->at == lower))
        reader->at++;
    else
        reader->failed = true;
}

/* ".123456789": one to nine digits, cut to milliseconds; 0 when there is none. */
static int read_fraction_ms(struct reader *reader)
{
    int count = 0, fraction_ms = 0;

    if (reader->failed || *reader->at != '.')
        return 0;
    for (reader->at++; *reader->at >= '0' && *reader->at <= '9'; reader->at++, count++)
        if (count < 3)
            fraction_ms = fraction_ms * 10 + (*reader->at - '0');
    if (count < 1 || count > 9)
        reader->failed = true;
    for (; count < 3; count++)
        fraction_ms *= 10;
    return fraction_ms;
}

static int64_t read_offset_ms(struct reader *reader)
{
    int sign = *reader->at == '-' ? -1 : 1, hours, minutes;

    if (reader->failed || *reader->at == 'Z' || *reader->at == 'z') {
        reader->at++;
        return 0;
    }
    read_char(reader, '+', '-');
    hours = read_digits(reader, 2);
    read_char(reader, ':', ':');
    minutes = read_digits(reader, 2);
    if (hours > 23 || minutes > 59)
        reader->failed = true;
    return (int64_t)sign * (hours * TS_HOUR_MS + minutes * TS_MINUTE_MS);
}

static int64_t read_date_ms(struct reader *reader)
{
    struct date date = { .year = read_digits(reader, 4) };

    read_char(reader, '-', '-');
    date.month = read_digits(reader, 2);
    read_char(reader, '-', '-');
    date.day = read_digits(reader, 2);
    if (reader->failed || date.year < 1 || date.month < 1 || date.month > 12 || date.day < 1 ||
        date.day > month_days(date.year, date.month)) {
        reader->failed = true;
        return 0;
    }
    return date_days(date) * TS_DAY_MS;
}

/* "20:48:00.123" as milliseconds; second 60 gives a whole minute, which the caller tells from :59.999. */
static int64_t read_clock_ms(struct reader *reader, bool *ret_leap)
{
    int hour, minute, second, fraction_ms;

    hour = read_digits(reader, 2);
    read_char(reader, ':', ':');
    minute = read_digits(reader, 2);
    read_char(reader, ':', ':');
    second = read_digits(reader, 2);
    fraction_ms = read_fraction_ms(reader);
    if (hour > 23 || minute > 59 || second > 60)
        reader->failed = true;
    *ret_leap = second == 60;
    if (*ret_leap) {
        second = 59;
        fraction_ms = 999;
    }
    return (int64_t)hour * TS_HOUR_MS + (int64_t)minute * TS_MINUTE_MS + (int64_t)second * TS_SECOND_MS + fraction_ms;
}

int ts_time_parse(const char *text, int64_t *ret_ms)
{
    struct reader reader = { .at = text };
    int64_t time_ms;
    bool leap;

    time_ms = read_date_ms(&reader);
    read_char(&reader, 'T', 't');
    time_ms += read_clock_ms(&reader, &leap);
    time_ms -= read_offset_ms(&reader);
    if (reader.failed || *reader.at)
        return TS_EINVALID;
    if (leap && (time_ms + 1) % TS_DAY_MS != 0) /* leap seconds end a day in UTC */
        return TS_EINVALID;
    if (time_ms < time_min_ms() || time_ms > time_max_ms())
        return TS_EINVALID;
    *ret_ms = time_ms;
    return 0;
}
