/* The small readers of base/: the first byte chooses one. What is read is written and read again to the same value. */
#include "fuzz.h"

#include "base/arena.h"
#include "base/base64url.h"
#include "base/id.h"
#include "base/tz.h"
#include "tessera/cleanup.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/money.h"
#include "tessera/text.h"

#define YEAR_1_S INT64_C(-62135596800)
#define YEAR_10000_S INT64_C(253402300800)

static void check_time(struct ts_arena *arena, const uint8_t *data, size_t size)
{
    const char *text = ts_strndup(arena, (const char *)data, size);
    char buffer[25], rewritten[25];
    int64_t time_ms, again_ms;

    if (ts_time_parse(text, &time_ms) == 0) {
        CLAIM(ts_time_parse(ts_time_format(time_ms, buffer), &again_ms) == 0 && again_ms == time_ms);
        return;
    }
    time_ms = (int64_t)fuzz_number(&data, &size, 8); /* any: what lies beyond is written as the nearest year's end */
    CLAIM(ts_time_parse(ts_time_format(time_ms, buffer), &again_ms) == 0);
    CLAIM(again_ms == time_ms || again_ms / TS_SECOND_MS <= YEAR_1_S || again_ms / TS_SECOND_MS >= YEAR_10000_S - 1);
    CLAIM(strcmp(buffer, ts_time_format(again_ms, rewritten)) == 0);
}

static void check_money(struct ts_arena *arena, const uint8_t *data, size_t size)
{
    static const char *const currencies[] = { "EUR", "JPY", "KWD", "CLF" };
    const char *currency = currencies[fuzz_number(&data, &size, 1) % TS_ARRAY_SIZE(currencies)];
    const char *text = ts_strndup(arena, (const char *)data, size);
    char buffer[TS_MONEY_TEXT_SIZE];
    int64_t minor, again;

    if (ts_money_parse(text, currency, &minor) == 0) {
        CLAIM(minor >= -TS_MONEY_MINOR_MAX && minor <= TS_MONEY_MINOR_MAX);
        CLAIM(ts_money_parse(ts_money_format(minor, currency, buffer), currency, &again) == 0 && again == minor);
    }
    minor = (int64_t)fuzz_number(&data, &size, 8);
    CLAIM(strlen(ts_money_format(minor, currency, buffer)) < TS_MONEY_TEXT_SIZE);
    CLAIM(ts_money_parse(buffer, currency, &again) == 0 ? again == minor
                                                        : minor > TS_MONEY_MINOR_MAX || minor < -TS_MONEY_MINOR_MAX);
    (void)ts_currency_exponent(text); /* any word is one or is not */
}

static void check_id(struct ts_arena *arena, const uint8_t *data, size_t size)
{
    const char *id = ts_strndup(arena, (const char *)data, size);
    char text[BASE32_LENGTH + 1];
    uint8_t bytes[16];

    if (!ts_id_is(id, "evt"))
        return;
    ts_id_bytes(id, bytes);
    base32_encode(bytes, text);
    CLAIM(strcmp(text, id + 4) == 0 && ts_id_time_ms(id) >= 0);
}

static void check_base64url(struct ts_arena *arena, const uint8_t *data, size_t size)
{
    const char *text = base64url_encode(arena, data, size);
    size_t length = 0;
    uint8_t *bytes = base64url_decode(arena, text, strlen(text), &length);

    CLAIM(bytes && length == size && (!size || memcmp(bytes, data, size) == 0));
    bytes = base64url_decode(arena, (const char *)data, size, &length);
    if (!bytes)
        return;
    text = base64url_encode(arena, bytes, length);
    CLAIM(strlen(text) == size && (!size || memcmp(text, data, size) == 0));
}

static void check_text(struct ts_arena *arena, const uint8_t *data, size_t size)
{
    const char *text = ts_strndup(arena, (const char *)data, size), *trimmed = ts_text_trim(arena, text);

    CLAIM(strcmp(ts_text_trim(arena, trimmed), trimmed) == 0);
    CLAIM(!ts_text_is_line(text, size) || ts_text_is_line(trimmed, size));
    CLAIM(!ts_text_is_slug(text) || (ts_text_is_line(text, size) && strcmp(text, trimmed) == 0));
    CLAIM(!ts_text_is_slug(text) || (*text != '-' && text[strlen(text) - 1] != '-'));
    CLAIM(!ts_text_is_url(text, size) || ts_text_is_line(text, size));
    CLAIM(!ts_text_is_time_zone(text) || ts_text_is_line(text, size));
    CLAIM(!ts_text_is_line(text, size) || ts_text_is_prose(text, size)); /* prose allows more */
}

static int64_t take_instant_s(const uint8_t **data, size_t *size)
{
    return YEAR_1_S + (int64_t)(fuzz_number(data, size, 6) % (uint64_t)(YEAR_10000_S - YEAR_1_S));
}

/* A zone's file, well formed or not, asked for one instant. */
static void check_tz_file(struct ts_arena *arena, const uint8_t *data, size_t size)
{
    int64_t instant_s = take_instant_s(&data, &size);
    struct tz *tz;

    if (tz_parse(arena, data, size, &tz) != 0)
        return;
    (void)tz_offset_s(tz, instant_s);
    (void)tz_utc_s(tz, instant_s);
}

/* The machine's zones: local time of an instant leads back to it, or to the first of two that are written alike. */
static void check_tz(struct ts_arena *arena, const uint8_t *data, size_t size)
{
    static const char *const names[] = { "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Europe/Dublin" };
    const char *name = names[fuzz_number(&data, &size, 1) % TS_ARRAY_SIZE(names)];
    int64_t instant_s = take_instant_s(&data, &size), local_s, first_s;
    struct tz *tz;

    if (tz_load(arena, name, &tz) != 0)
        return;
    local_s = instant_s + tz_offset_s(tz, instant_s);
    first_s = tz_utc_s(tz, local_s);
    CLAIM(first_s <= instant_s && first_s + tz_offset_s(tz, first_s) == local_s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const checks[])(struct ts_arena *, const uint8_t *, size_t) = {
        check_time, check_money, check_id, check_base64url, check_text, check_tz_file, check_tz,
    };
    struct ts_arena arena;

    if (size == 0)
        return 0;
    arena_init(&arena);
    checks[data[0] % TS_ARRAY_SIZE(checks)](&arena, data + 1, size - 1);
    arena_done(&arena);
    return 0;
}
