/* The catalogue's decisions: every refusal, every status, both sides of every boundary. */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "rules.h"
#include "tessera/clock.h"
#include "tessera/limits.h"

#define ST(name) CATALOG__EVENT_STATUS__##name

static char *text_of(char *buffer, size_t size)
{
    memset(buffer, 'a', size);
    buffer[size] = '\0';
    return buffer;
}

static Catalog__CreateOrganizerRequest good_organizer(void)
{
    Catalog__CreateOrganizerRequest request = CATALOG__CREATE_ORGANIZER_REQUEST__INIT;

    request.slug = "fest";
    request.name = "Fest";
    request.currency = "EUR";
    request.time_zone = "Europe/Berlin";
    return request;
}

static void refusal_of__every_refusal_has_a_code_a_path_and_words(void **state)
{
    (void)state;
    for (unsigned i = 0; i < REFUSALS; i++) {
        const struct catalog_refusal_text *text = catalog_refusal_of(i);

        assert_int_not_equal(text->code, COMMON__ERROR_CODE__ERROR_CODE_UNSPECIFIED);
        assert_non_null(text->path);
        assert_non_null(text->message);
    }
}

static void organizer_check__takes_a_good_one(void **state)
{
    Catalog__CreateOrganizerRequest request = good_organizer();

    (void)state;
    assert_int_equal(organizer_check(&request), 0);
}

static void organizer_check__names_every_mistake_at_once(void **state)
{
    Catalog__CreateOrganizerRequest request = CATALOG__CREATE_ORGANIZER_REQUEST__INIT;
    uint64_t all = REFUSAL(SLUG) | REFUSAL(NAME) | REFUSAL(CURRENCY) | REFUSAL(TIME_ZONE);

    (void)state;
    assert_int_equal(organizer_check(&request), all);
    request.slug = "A";
    request.name = " ";
    request.currency = "eur";
    request.time_zone = "Berlin";
    assert_int_equal(organizer_check(&request), all);
}

static void organizer_check__bounds_the_name(void **state)
{
    Catalog__CreateOrganizerRequest request = good_organizer();
    char buffer[TS_NAME_SIZE_MAX + 2];

    (void)state;
    request.name = text_of(buffer, TS_NAME_SIZE_MAX);
    assert_int_equal(organizer_check(&request), 0);
    request.name = text_of(buffer, TS_NAME_SIZE_MAX + 1);
    assert_int_equal(organizer_check(&request), REFUSAL(NAME));
}

static void venue_check__wants_both_halves_of_a_position_in_range(void **state)
{
    Catalog__CreateVenueRequest request = CATALOG__CREATE_VENUE_REQUEST__INIT;

    (void)state;
    request.name = "Hall";
    assert_int_equal(venue_check(&request), 0);
    request.has_latitude = true;
    request.latitude = 90;
    assert_int_equal(venue_check(&request), REFUSAL(LATITUDE));
    request.has_longitude = true;
    request.longitude = -180;
    assert_int_equal(venue_check(&request), 0);
    request.latitude = 90.001;
    request.longitude = -180.001;
    assert_int_equal(venue_check(&request), REFUSAL(LATITUDE) | REFUSAL(LONGITUDE));
    request.latitude = (double)NAN;
    request.longitude = 180;
    assert_int_equal(venue_check(&request), REFUSAL(LATITUDE));
    request.has_latitude = false;
    assert_int_equal(venue_check(&request), REFUSAL(LONGITUDE));
}

static void venue_check__bounds_each_text(void **state)
{
    Catalog__CreateVenueRequest request = CATALOG__CREATE_VENUE_REQUEST__INIT;
    char buffer[TS_NAME_SIZE_MAX + 2];

    (void)state;
    request.name = request.city = "x";
    request.address = "1 Long Street\nTown";
    request.country = "DE";
    assert_int_equal(venue_check(&request), 0);
    request.address = request.city = request.country = text_of(buffer, TS_NAME_SIZE_MAX + 1);
    assert_int_equal(venue_check(&request), REFUSAL(ADDRESS) | REFUSAL(CITY) | REFUSAL(COUNTRY));
}

static void embed_origins_check__takes_origins_as_browsers_write_them(void **state)
{
    char *fine[] = {
        "https://a.example", "https://shop.a-1.example:8443", "https://xn--bcher-kva.example", "http://localhost:3000",
        "http://127.0.0.1",  "https://localhost:65535"
    };
    char *wrong[] = { "",
                      "https://",
                      "*",
                      "null",
                      "https://*.a.example",
                      "https://a.example/",
                      "https://a.example/page",
                      "https://A.example",
                      "HTTPS://a.example",
                      "https://a.example:443",
                      "https://a.example:",
                      "https://a.example:0",
                      "https://a.example:080",
                      "https://a.example:65536",
                      "https://a.example:80a",
                      "https://a..example",
                      "https://.example",
                      "https://a.example.",
                      "https://-a.example",
                      "https://a-.example",
                      "https://a@b.example",
                      "https://a.example ",
                      "https://a.example;script-src",
                      "https://a.example https://b.example",
                      "https://b\xc3\xbc.example",
                      "http://a.example",
                      "http://localhost:80",
                      "http://localhost.example",
                      "ftp://a.example",
                      "a.example" };
    char host[300] = "https://", label[] = "https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    char *one = label, *many[21];

    (void)state;
    assert_int_equal(embed_origins_check(NULL, 0), 0);
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
        assert_int_equal(embed_origins_check(&fine[i], 1), 0);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(embed_origins_check(&wrong[i], 1), REFUSAL(ORIGINS));
    assert_int_equal(embed_origins_check(&one, 1), REFUSAL(ORIGINS)); /* a label of 64 */
    label[strlen(label) - 1] = '\0';
    assert_int_equal(embed_origins_check(&one, 1), 0);
    for (unsigned i = 0; i < 253; i++)
        host[8 + i] = i % 2 ? '.' : 'a';
    one = host;
    assert_int_equal(embed_origins_check(&one, 1), 0);
    host[8 + 253] = 'a';
    assert_int_equal(embed_origins_check(&one, 1), REFUSAL(ORIGINS));
    for (size_t i = 0; i < 21; i++)
        many[i] = fine[0];
    assert_int_equal(embed_origins_check(many, 20), 0);
    assert_int_equal(embed_origins_check(many, 21), REFUSAL(ORIGINS_FULL));
    many[19] = wrong[0];
    assert_int_equal(embed_origins_check(many, 20), REFUSAL(ORIGINS));
}

static void theme_check__takes_one_way_to_write_a_colour_and_https(void **state)
{
    static char *const wrong_colours[] = { "",         "#",        "red",      "#fff",        "#0F5C63",
                                           "0f5c63",   "#0f5c6",   "#0f5c630", "#0f5c6g",     "#0f5c63;",
                                           " #0f5c63", "#0f5c63 ", "##0f5c63", "rgb(1, 2, 3)" };
    static char *const wrong_urls[] = {
        "", "http://a.example/logo.svg", "https://", "data:image/png;base64,AA", "//a.example", "javascript:alert(1)"
    };
    Catalog__SetThemeRequest request = CATALOG__SET_THEME_REQUEST__INIT;

    (void)state;
    assert_int_equal(theme_check(&request), 0);
    request.accent_color = "#0f5c63";
    request.logo_url = "https://a.example/logo.svg";
    assert_int_equal(theme_check(&request), 0);
    for (size_t i = 0; i < sizeof(wrong_colours) / sizeof(wrong_colours[0]); i++) {
        request.accent_color = wrong_colours[i];
        assert_int_equal(theme_check(&request), REFUSAL(ACCENT_COLOR));
    }
    request.accent_color = NULL;
    for (size_t i = 0; i < sizeof(wrong_urls) / sizeof(wrong_urls[0]); i++) {
        request.logo_url = wrong_urls[i];
        assert_int_equal(theme_check(&request), REFUSAL(LOGO_URL));
    }
}

static void legal_texts_check__bounds_each_text(void **state)
{
    Catalog__SetLegalTextsRequest request = CATALOG__SET_LEGAL_TEXTS_REQUEST__INIT;
    static char longest[20002];

    (void)state;
    assert_int_equal(legal_texts_check(&request), 0);
    memset(longest, 'a', 20000);
    request.imprint = request.privacy = request.terms = longest;
    assert_int_equal(legal_texts_check(&request), 0);
    longest[20000] = 'a';
    assert_int_equal(legal_texts_check(&request), REFUSAL(IMPRINT) | REFUSAL(PRIVACY) | REFUSAL(TERMS));
    request.imprint = request.privacy = "Two\n\nparagraphs";
    request.terms = "a\x01";
    assert_int_equal(legal_texts_check(&request), REFUSAL(TERMS));
}

static void event_check__takes_defaults_and_refuses_nonsense(void **state)
{
    Catalog__CreateEventRequest request = CATALOG__CREATE_EVENT_REQUEST__INIT;
    static char description[TS_TEXT_SIZE_MAX + 2];

    (void)state;
    request.slug = "gala";
    request.title = "Gala";
    assert_int_equal(event_check(&request), 0);
    request.description = text_of(description, TS_TEXT_SIZE_MAX);
    request.image_url = "https://a.example/x.png";
    request.currency = "JPY";
    request.time_zone = "Asia/Tokyo";
    assert_int_equal(event_check(&request), 0);
    request.slug = "ga la";
    request.title = "a\nb";
    request.description = text_of(description, TS_TEXT_SIZE_MAX + 1);
    request.image_url = "javascript:1";
    request.currency = "JPX";
    request.time_zone = "Asia/Atlantis";
    assert_int_equal(event_check(&request), REFUSAL(SLUG) | REFUSAL(TITLE) | REFUSAL(DESCRIPTION) | REFUSAL(IMAGE_URL) |
                                                REFUSAL(CURRENCY) | REFUSAL(TIME_ZONE));
}

static void event_update_check__refuses_null_where_something_must_stand(void **state)
{
    Catalog__UpdateEventRequest request = CATALOG__UPDATE_EVENT_REQUEST__INIT;
    char *fine[] = { "description", "image_url", "venue_id" };
    char *wrong[] = { "title", "status" };

    (void)state;
    assert_int_equal(event_update_check(&request), 0);
    request.clear = fine;
    request.n_clear = 3;
    assert_int_equal(event_update_check(&request), 0);
    request.clear = wrong;
    request.n_clear = 2;
    assert_int_equal(event_update_check(&request), REFUSAL(TITLE) | REFUSAL(STATUS_ORDER));
}

static void date_check__orders_doors_start_and_end(void **state)
{
    Catalog__EventDate date = CATALOG__EVENT_DATE__INIT;

    (void)state;
    assert_int_equal(date_check(&date, 0), REFUSAL(STARTS_AT));
    date.has_starts_at_ms = date.has_ends_at_ms = date.has_doors_at_ms = true;
    date.starts_at_ms = date.doors_at_ms = 1000;
    date.ends_at_ms = 1001;
    assert_int_equal(date_check(&date, 1000), 0);
    assert_int_equal(date_check(&date, 1001), REFUSAL(STARTS_AT_PAST));
    date.ends_at_ms = 1000;
    date.doors_at_ms = 1001;
    assert_int_equal(date_check(&date, INT64_MIN), REFUSAL(ENDS_AT) | REFUSAL(DOORS_AT));
}

static void date_check__wants_a_time_of_these_centuries(void **state)
{
    const int64_t max_ms = INT64_C(365) * 200 * TS_DAY_MS;
    Catalog__EventDate date = CATALOG__EVENT_DATE__INIT;

    (void)state;
    date.has_starts_at_ms = true;
    date.starts_at_ms = 0;
    assert_int_equal(date_check(&date, INT64_MIN), 0);
    date.starts_at_ms = -1;
    assert_int_equal(date_check(&date, INT64_MIN), REFUSAL(STARTS_AT));
    date.starts_at_ms = max_ms - 1;
    assert_int_equal(date_check(&date, INT64_MIN), 0);
    date.starts_at_ms = max_ms;
    assert_int_equal(date_check(&date, INT64_MIN), REFUSAL(STARTS_AT));
}

static Catalog__TicketType good_type(void)
{
    Catalog__TicketType type = CATALOG__TICKET_TYPE__INIT;

    type.name = "Standard";
    type.min_per_order = 1;
    type.max_per_order = 10;
    return type;
}

static void ticket_type_check__bounds_min_and_max(void **state)
{
    static const struct {
        int32_t min, max;
        uint64_t refused;
    } cases[] = {
        { 1, 1, 0 },
        { 100, 100, 0 },
        { 0, 10, REFUSAL(MIN_PER_ORDER) },
        { 11, 10, REFUSAL(MIN_PER_ORDER) },
        { 1, 101, REFUSAL(MAX_PER_ORDER) },
        { 1, 0, REFUSAL(MAX_PER_ORDER) },
        { -1, INT32_MAX, REFUSAL(MIN_PER_ORDER) | REFUSAL(MAX_PER_ORDER) },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        Catalog__TicketType type = good_type();

        type.min_per_order = cases[i].min;
        type.max_per_order = cases[i].max;
        assert_int_equal(ticket_type_check(&type), cases[i].refused);
    }
}

static void ticket_type_check__wants_a_sale_that_ends_after_it_starts(void **state)
{
    Catalog__TicketType type = good_type();

    (void)state;
    type.has_sale_starts_at_ms = type.has_sale_ends_at_ms = true;
    type.sale_starts_at_ms = 5;
    type.sale_ends_at_ms = 6;
    assert_int_equal(ticket_type_check(&type), 0);
    type.sale_ends_at_ms = 5;
    assert_int_equal(ticket_type_check(&type), REFUSAL(SALE_ENDS_AT));
    type.sale_starts_at_ms = -1;
    assert_int_equal(ticket_type_check(&type), REFUSAL(SALE_STARTS_AT));
    type.has_sale_starts_at_ms = false;
    assert_int_equal(ticket_type_check(&type), 0);
}

static void ticket_type_check__bounds_each_text(void **state)
{
    Catalog__TicketType type = good_type();

    (void)state;
    type.group = "Weekend";
    type.description = "line\nline";
    assert_int_equal(ticket_type_check(&type), 0);
    type.name = "";
    type.group = "a\tb";
    type.description = "\x01";
    assert_int_equal(ticket_type_check(&type), REFUSAL(NAME) | REFUSAL(GROUP) | REFUSAL(DESCRIPTION));
}

static void price_check__is_exact_in_the_currency(void **state)
{
    int64_t minor = -7;

    (void)state;
    assert_int_equal(price_check("12.50", "EUR", &minor), 0);
    assert_int_equal(minor, 1250);
    assert_int_equal(price_check("0", "JPY", &minor), 0);
    assert_int_equal(minor, 0);
    assert_int_equal(price_check("1.234", "KWD", &minor), 0);
    assert_int_equal(minor, 1234);
    assert_int_equal(price_check("1.0", "JPY", &minor), REFUSAL(PRICE_PLACES));
    assert_int_equal(price_check("-0.01", "EUR", &minor), REFUSAL(PRICE_RANGE));
    assert_int_equal(price_check("99999999999999", "EUR", &minor), REFUSAL(PRICE_RANGE));
    assert_int_equal(price_check("12,50", "EUR", &minor), REFUSAL(PRICE));
    assert_int_equal(price_check("", "EUR", &minor), REFUSAL(PRICE));
    assert_int_equal(price_check(NULL, "EUR", &minor), REFUSAL(PRICE));
    assert_int_equal(minor, 1234);
}

static void status_check__the_whole_table(void **state)
{
    enum { DRAFT = REFUSED_STATUS_DRAFT, ORDER = REFUSED_STATUS_ORDER, FINE = -1 };
    /* from down, to across: DRAFT PUBLISHED POSTPONED CANCELLED ARCHIVED */
    static const int table[5][5] = {
        { FINE, FINE, ORDER, FINE, FINE },   { DRAFT, FINE, FINE, FINE, FINE },  { DRAFT, FINE, FINE, FINE, FINE },
        { DRAFT, ORDER, ORDER, FINE, FINE }, { DRAFT, FINE, ORDER, FINE, FINE },
    };

    (void)state;
    for (unsigned from = 0; from < 5; from++) {
        for (unsigned to = 0; to < 5; to++) {
            uint64_t wanted = table[from][to] == FINE ? 0 : UINT64_C(1) << table[from][to];

            assert_int_equal(status_check(from, to, false), wanted);
        }
    }
}

static void status_check__what_was_cancelled_is_not_revived(void **state)
{
    (void)state;
    assert_int_equal(status_check(ST(CANCELLED), ST(PUBLISHED), true), REFUSAL(STATUS_CANCELLED));
    assert_int_equal(status_check(ST(ARCHIVED), ST(PUBLISHED), true), REFUSAL(STATUS_CANCELLED));
    assert_int_equal(status_check(ST(ARCHIVED), ST(CANCELLED), true), 0);
    assert_int_equal(status_check(ST(CANCELLED), ST(ARCHIVED), true), 0);
    assert_int_equal(status_check(ST(CANCELLED), ST(CANCELLED), true), 0);
}

static void event_is_open__until_cancelled_or_archived(void **state)
{
    (void)state;
    assert_true(event_is_open(ST(DRAFT)));
    assert_true(event_is_open(ST(PUBLISHED)));
    assert_true(event_is_open(ST(POSTPONED)));
    assert_false(event_is_open(ST(CANCELLED)));
    assert_false(event_is_open(ST(ARCHIVED)));
}

static void status_is_public__all_but_drafts(void **state)
{
    (void)state;
    for (unsigned status = ST(DRAFT); status <= ST(ARCHIVED); status++)
        assert_int_equal(status_is_public(status), status != ST(DRAFT));
}

static void date_status__is_the_events_unless_cancelled_alone(void **state)
{
    Catalog__Event event = CATALOG__EVENT__INIT;
    Catalog__EventDate date = CATALOG__EVENT_DATE__INIT;

    (void)state;
    event.status = ST(POSTPONED);
    assert_int_equal(date_status(&event, &date), ST(POSTPONED));
    date.status = ST(CANCELLED);
    assert_int_equal(date_status(&event, &date), ST(CANCELLED));
}

static void title_matches__every_word_in_any_case(void **state)
{
    char huge[TS_NAME_SIZE_MAX + 2];

    (void)state;
    assert_true(title_matches("The Great Gala", NULL));
    assert_true(title_matches("The Great Gala", "  "));
    assert_true(title_matches("The Great Gala", "gala gre"));
    assert_false(title_matches("The Great Gala", "gala ball"));
    assert_true(title_matches("Größe", "öß"));
    assert_false(title_matches("a", text_of(huge, TS_NAME_SIZE_MAX + 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusal_of__every_refusal_has_a_code_a_path_and_words),
        cmocka_unit_test(organizer_check__takes_a_good_one),
        cmocka_unit_test(organizer_check__names_every_mistake_at_once),
        cmocka_unit_test(organizer_check__bounds_the_name),
        cmocka_unit_test(venue_check__wants_both_halves_of_a_position_in_range),
        cmocka_unit_test(venue_check__bounds_each_text),
        cmocka_unit_test(embed_origins_check__takes_origins_as_browsers_write_them),
        cmocka_unit_test(theme_check__takes_one_way_to_write_a_colour_and_https),
        cmocka_unit_test(legal_texts_check__bounds_each_text),
        cmocka_unit_test(event_check__takes_defaults_and_refuses_nonsense),
        cmocka_unit_test(event_update_check__refuses_null_where_something_must_stand),
        cmocka_unit_test(date_check__orders_doors_start_and_end),
        cmocka_unit_test(date_check__wants_a_time_of_these_centuries),
        cmocka_unit_test(ticket_type_check__bounds_min_and_max),
        cmocka_unit_test(ticket_type_check__wants_a_sale_that_ends_after_it_starts),
        cmocka_unit_test(ticket_type_check__bounds_each_text),
        cmocka_unit_test(price_check__is_exact_in_the_currency),
        cmocka_unit_test(status_check__the_whole_table),
        cmocka_unit_test(status_check__what_was_cancelled_is_not_revived),
        cmocka_unit_test(event_is_open__until_cancelled_or_archived),
        cmocka_unit_test(status_is_public__all_but_drafts),
        cmocka_unit_test(date_status__is_the_events_unless_cancelled_alone),
        cmocka_unit_test(title_matches__every_word_in_any_case),
    };

    return cmocka_run_group_tests_name("modules/catalog/rules", tests, NULL, NULL);
}
