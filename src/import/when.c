/* A reading head that remembers having failed, so that the grammar reads top to bottom. */
#include "import/when.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <time.h>

struct reader {
    const char *at;
    bool failed;
};

static void skip_blanks(struct reader *reader)
{
    while (isspace((unsigned char)*reader->at))
        reader->at++;
}

static bool take(struct reader *reader, char c)
{
    if (*reader->at != c)
        return false;
    reader->at++;
    return true;
}

static bool take_word(struct reader *reader, const char *word)
{
    size_t size = strlen(word);

    if (strncasecmp(reader->at, word, size) != 0)
        return false;
    reader->at += size;
    return true;
}

static int digits(const struct reader *reader)
{
    int count = 0;

    while (isdigit((unsigned char)reader->at[count]))
        count++;
    return count;
}

/* A number of at least `least` and at most `most` digits. */
static int read_number(struct reader *reader, int least, int most)
{
    int number = 0, count = 0;

    for (; count < most && isdigit((unsigned char)*reader->at); count++)
        number = number * 10 + (*reader->at++ - '0');
    if (count < least)
        reader->failed = true;
    return number;
}

/* Seconds from 1970 to a day; fails on one that does not exist. */
static int64_t day_s(struct reader *reader, int year, int month, int day)
{
    struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day };
    int64_t begin_s = timegm(&tm);

    if (year < 1 || tm.tm_year != year - 1900 || tm.tm_mon != month - 1 || tm.tm_mday != day)
        reader->failed = true;
    return begin_s;
}

/* "2026-07-01", "2026/7/1", "20260701". */
static int64_t read_day(struct reader *reader)
{
    bool basic = digits(reader) == 8;
    int year = read_number(reader, 4, 4), month, day;
    char sign = *reader->at;

    if (!basic && sign != '-' && sign != '/') {
        reader->failed = true;
        return 0;
    }
    reader->at += basic ? 0 : 1;
    month = read_number(reader, basic ? 2 : 1, 2);
    if (!basic && !take(reader, sign))
        reader->failed = true;
    day = read_number(reader, basic ? 2 : 1, 2);
    return day_s(reader, year, month, day);
}

/* "am", "p.m.", "PM". Return: the hour in a day of 24. */
static int read_half(struct reader *reader, int hour)
{
    const char *before = reader->at;
    bool after_noon;

    skip_blanks(reader);
    after_noon = take_word(reader, "pm") || take_word(reader, "p.m.");
    if (!after_noon && !take_word(reader, "am") && !take_word(reader, "a.m.")) {
        reader->at = before;
        return hour;
    }
    if (hour < 1 || hour > 12)
        reader->failed = true;
    return hour % 12 + (after_noon ? 12 : 0);
}

/* "19:30", "19:30:00.000", "193000", "7:30 pm", "7pm"; 24:00 ends the day. */
static int32_t read_clock(struct reader *reader)
{
    bool basic = digits(reader) == 4 || digits(reader) == 6;
    int hour = read_number(reader, basic ? 2 : 1, 2), minute = 0, second = 0;
    const char *behind_hour = reader->at;

    if (basic || take(reader, ':'))
        minute = read_number(reader, 2, 2);
    if (basic ? digits(reader) == 2 : take(reader, ':'))
        second = read_number(reader, 2, 2);
    if (second == 60)
        second = 59; /* a leap second */
    if ((*reader->at == '.' || *reader->at == ',') && isdigit((unsigned char)reader->at[1]))
        for (reader->at++; isdigit((unsigned char)*reader->at);)
            reader->at++;
    if (reader->at == behind_hour && !strchr("aApP ", *reader->at)) /* an hour alone says too little */
        reader->failed = true;
    if (reader->at == behind_hour) {
        int whole = read_half(reader, hour);

        if (reader->at == behind_hour)
            reader->failed = true;
        hour = whole;
    } else {
        hour = read_half(reader, hour);
    }
    if (hour > 24 || minute > 59 || second > 59 || (hour == 24 && (minute || second)))
        reader->failed = true;
    return hour * 3600 + minute * 60 + second;
}

/* "Z", "UTC", "GMT", "+02:00", "-0500", "+2"; a minus may be U+2212. */
static void read_offset(struct reader *reader, struct when *when)
{
    int sign, hours, minutes = 0;

    if (take_word(reader, "utc") || take_word(reader, "gmt") || take_word(reader, "z"))
        when->has_offset = when->is_utc = true;
    sign = take(reader, '-') || take_word(reader, "\xe2\x88\x92") ? -1 : take(reader, '+');
    if (!sign)
        return;
    hours = read_number(reader, 1, 2);
    if (take(reader, ':') || isdigit((unsigned char)*reader->at))
        minutes = read_number(reader, 2, 2);
    if (hours > 14 || minutes > 59)
        reader->failed = true;
    when->has_offset = true;
    when->is_utc = false; /* "UTC+2" */
    when->offset_s = sign * (hours * 3600 + minutes * 60);
}

static void read_zone(struct reader *reader, struct when *when)
{
    size_t size;

    if (!take(reader, '['))
        return;
    size = strcspn(reader->at, "]");
    if (!reader->at[size] || size >= WHEN_ZONE_SIZE) {
        reader->failed = true;
        return;
    }
    memcpy(when->zone, reader->at, size);
    when->zone[size] = '\0';
    reader->at += size + 1;
}

/* True if a date begins here: a time has a colon or a letter behind its first digits. */
static bool is_day(const struct reader *reader)
{
    int count = digits(reader);

    return count == 8 || (count == 4 && (reader->at[4] == '-' || reader->at[4] == '/'));
}

bool when_read(const char *text, struct when *ret_when)
{
    struct reader reader = { .at = text };
    struct when when = { 0 };

    skip_blanks(&reader);
    when.has_day = is_day(&reader);
    if (when.has_day)
        when.local_s = read_day(&reader);
    skip_blanks(&reader);
    if (take_word(&reader, "t"))
        skip_blanks(&reader);
    if (isdigit((unsigned char)*reader.at) || !when.has_day) {
        when.has_time = true;
        when.local_s += read_clock(&reader);
    }
    skip_blanks(&reader);
    read_offset(&reader, &when);
    skip_blanks(&reader);
    read_zone(&reader, &when);
    skip_blanks(&reader);
    if (reader.failed || *reader.at)
        return false;
    *ret_when = when;
    return true;
}
