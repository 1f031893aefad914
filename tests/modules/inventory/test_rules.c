/* What may be sold, held and changed: every refusal and both sides of every bound. */
#include "support/test.h"

#include <string.h>

#include "rules.h"
#include "tessera/limits.h"

#define NOW INT64_C(1780315200000)
#define QUOTA ((char *)"quo_0000000000000000000000000q")
#define ORDER ((char *)"ord_0000000000000000000000000a")
#define OTHER ((char *)"ord_0000000000000000000000000b")

static Catalog__Event published(void)
{
    Catalog__Event event = CATALOG__EVENT__INIT;

    event.has_status = true;
    event.status = CATALOG__EVENT_STATUS__PUBLISHED;
    return event;
}

static Catalog__EventDate tomorrow(void)
{
    Catalog__EventDate date = CATALOG__EVENT_DATE__INIT;

    date.has_status = date.has_starts_at_ms = true;
    date.status = CATALOG__EVENT_STATUS__PUBLISHED;
    date.starts_at_ms = NOW + 86400000;
    return date;
}

static void sale_check__only_a_published_event(void **state)
{
    Catalog__Event event = published();
    Catalog__EventDate date = tomorrow();
    Catalog__TicketType type = CATALOG__TICKET_TYPE__INIT;

    (void)state;
    assert_int_equal(sale_check(&event, &date, &type, NOW), REFUSAL_NONE);
    for (int status = CATALOG__EVENT_STATUS__DRAFT; status <= CATALOG__EVENT_STATUS__ARCHIVED; status++) {
        event.status = (Catalog__EventStatus)status;
        assert_int_equal(sale_check(&event, &date, &type, NOW),
                         status == CATALOG__EVENT_STATUS__PUBLISHED ? REFUSAL_NONE : REFUSAL_EVENT_NOT_ON_SALE);
    }
    event.status = CATALOG__EVENT_STATUS__PUBLISHED;
    date.status = CATALOG__EVENT_STATUS__CANCELLED;
    assert_int_equal(sale_check(&event, &date, &type, NOW), REFUSAL_DATE_CLOSED);
}

static void sale_check__a_date_ends_at_its_end_or_half_a_day_after_its_start(void **state)
{
    Catalog__Event event = published();
    Catalog__EventDate date = tomorrow();
    Catalog__TicketType type = CATALOG__TICKET_TYPE__INIT;

    (void)state;
    assert_int_equal(sale_check(&event, &date, &type, date.starts_at_ms + DATE_LASTS_MS - 1), REFUSAL_NONE);
    assert_int_equal(sale_check(&event, &date, &type, date.starts_at_ms + DATE_LASTS_MS), REFUSAL_ENDED);
    date.has_ends_at_ms = true;
    date.ends_at_ms = date.starts_at_ms + 1000;
    assert_int_equal(sale_check(&event, &date, &type, date.ends_at_ms - 1), REFUSAL_NONE);
    assert_int_equal(sale_check(&event, &date, &type, date.ends_at_ms), REFUSAL_ENDED);
}

static void sale_check__the_window_is_from_inclusive_to_exclusive(void **state)
{
    Catalog__Event event = published();
    Catalog__EventDate date = tomorrow();
    Catalog__TicketType type = CATALOG__TICKET_TYPE__INIT;

    (void)state;
    type.has_sale_starts_at_ms = type.has_sale_ends_at_ms = true;
    type.sale_starts_at_ms = NOW;
    type.sale_ends_at_ms = NOW + 10;
    assert_int_equal(sale_check(&event, &date, &type, NOW - 1), REFUSAL_NOT_YET);
    assert_int_equal(sale_check(&event, &date, &type, NOW), REFUSAL_NONE);
    assert_int_equal(sale_check(&event, &date, &type, NOW + 9), REFUSAL_NONE);
    assert_int_equal(sale_check(&event, &date, &type, NOW + 10), REFUSAL_ENDED);
}

static void quantity_check__both_bounds_and_their_defaults(void **state)
{
    Catalog__TicketType type = CATALOG__TICKET_TYPE__INIT;

    (void)state;
    assert_int_equal(quantity_check(&type, 1), REFUSAL_NONE);
    assert_int_equal(quantity_check(&type, TS_MAX_PER_ORDER_DEFAULT), REFUSAL_NONE);
    assert_int_equal(quantity_check(&type, TS_MAX_PER_ORDER_DEFAULT + 1), REFUSAL_OVER_MAX);
    type.has_min_per_order = type.has_max_per_order = true;
    type.min_per_order = 2;
    type.max_per_order = 4;
    assert_int_equal(quantity_check(&type, 1), REFUSAL_UNDER_MIN);
    assert_int_equal(quantity_check(&type, 2), REFUSAL_NONE);
    assert_int_equal(quantity_check(&type, 4), REFUSAL_NONE);
    assert_int_equal(quantity_check(&type, 5), REFUSAL_OVER_MAX);
}

static void places_check__reserved_while_carts_may_give_back_enough(void **state)
{
    (void)state;
    assert_int_equal(places_check(1, 0, 1), REFUSAL_NONE);
    assert_int_equal(places_check(0, 1, 1), REFUSAL_RESERVED);
    assert_int_equal(places_check(0, 0, 1), REFUSAL_SOLD_OUT);
    assert_int_equal(places_check(2, 2, 4), REFUSAL_RESERVED);
    assert_int_equal(places_check(2, 1, 4), REFUSAL_SOLD_OUT);
}

static void availability__says_what_a_buyer_sees(void **state)
{
    (void)state;
    assert_int_equal(availability_of(REFUSAL_NOT_YET, 1, 0), INVENTORY__AVAILABILITY__NOT_YET);
    assert_int_equal(availability_of(REFUSAL_ENDED, 1, 0), INVENTORY__AVAILABILITY__ENDED);
    assert_int_equal(availability_of(REFUSAL_EVENT_NOT_ON_SALE, 1, 0), INVENTORY__AVAILABILITY__ENDED);
    assert_int_equal(availability_of(REFUSAL_NONE, 1, 0), INVENTORY__AVAILABILITY__AVAILABLE);
    assert_int_equal(availability_of(REFUSAL_NONE, 0, 1), INVENTORY__AVAILABILITY__RESERVED);
    assert_int_equal(availability_of(REFUSAL_NONE, 0, 0), INVENTORY__AVAILABILITY__SOLD_OUT);
    assert_int_equal(availability_best(INVENTORY__AVAILABILITY__SOLD_OUT, INVENTORY__AVAILABILITY__NOT_YET),
                     INVENTORY__AVAILABILITY__NOT_YET);
    assert_int_equal(availability_best(INVENTORY__AVAILABILITY__ENDED, INVENTORY__AVAILABILITY__SOLD_OUT),
                     INVENTORY__AVAILABILITY__SOLD_OUT);
    assert_int_equal(availability_best(INVENTORY__AVAILABILITY__RESERVED, INVENTORY__AVAILABILITY__AVAILABLE),
                     INVENTORY__AVAILABILITY__AVAILABLE);
    assert_int_equal(availability_best(INVENTORY__AVAILABILITY__RESERVED, INVENTORY__AVAILABILITY__NOT_YET),
                     INVENTORY__AVAILABILITY__RESERVED);
}

static Inventory__Hold open_hold(void)
{
    static Inventory__Place place = INVENTORY__PLACE__INIT;
    static Inventory__HeldPosition position = INVENTORY__HELD_POSITION__INIT;
    static Inventory__Place *places[] = { &place };
    static Inventory__HeldPosition *positions[] = { &position };
    Inventory__Hold hold = INVENTORY__HOLD__INIT;

    place.quota_id = QUOTA;
    place.number = 7;
    position.places = places;
    position.n_places = 1;
    hold.positions = positions;
    hold.n_positions = 1;
    hold.has_state = hold.has_expires_at_ms = hold.has_due_ms = true;
    hold.state = INVENTORY__HOLD_STATE__OPEN;
    hold.created_at_ms = NOW;
    hold.expires_at_ms = hold.due_ms = NOW + HOLD_LASTS_MS;
    return hold;
}

static void hold_extend__a_quarter_of_an_hour_from_now_an_hour_in_all(void **state)
{
    Inventory__Hold hold = open_hold();

    (void)state;
    assert_int_equal(hold_extend(&hold, NOW + HOLD_LASTS_MS / 3 - 1), CHANGE_NONE);
    assert_int_equal(hold_extend(&hold, NOW + HOLD_LASTS_MS / 3), CHANGE_PUT);
    assert_int_equal(hold.expires_at_ms, NOW + HOLD_LASTS_MS / 3 + HOLD_LASTS_MS);
    assert_int_equal(hold.due_ms, hold.expires_at_ms);
    hold.expires_at_ms = NOW + 50 * 60000;
    assert_int_equal(hold_extend(&hold, NOW + 49 * 60000), CHANGE_PUT);
    assert_int_equal(hold.expires_at_ms, NOW + HOLD_LASTS_MS_MAX);
    assert_int_equal(hold_extend(&hold, NOW + 59 * 60000), CHANGE_NONE);
    assert_int_equal(hold_extend(&hold, NOW + HOLD_LASTS_MS_MAX), CHANGE_NONE); /* its time is over */
    hold.expires_at_ms =
        NOW + HOLD_LASTS_MS_MAX - HOLD_LASTS_MS / 3; /* to the cap exactly, in one step or not at all */
    assert_int_equal(hold_extend(&hold, hold.expires_at_ms - 1), CHANGE_PUT);
    assert_int_equal(hold.expires_at_ms, NOW + HOLD_LASTS_MS_MAX);
    hold.expires_at_ms = NOW + HOLD_LASTS_MS_MAX - HOLD_LASTS_MS / 3 + 1;
    assert_int_equal(hold_extend(&hold, hold.expires_at_ms - 1), CHANGE_NONE);
    hold = open_hold();
    assert_int_equal(hold_extend(&hold, NOW - HOLD_LASTS_MS), CHANGE_NONE); /* a clock set back takes nothing away */
    assert_int_equal(hold.expires_at_ms, NOW + HOLD_LASTS_MS);
    hold = open_hold();
    hold.state = INVENTORY__HOLD_STATE__KEPT;
    assert_int_equal(hold_extend(&hold, NOW + HOLD_LASTS_MS / 2), CHANGE_NONE);
}

static void hold_is_extendable__as_long_as_five_minutes_more_are_to_be_had(void **state)
{
    Inventory__Hold hold = open_hold();
    int64_t until_ms;

    (void)state;
    assert_true(hold_is_extendable(&hold, NOW, &until_ms)); /* not this minute, but it will be */
    assert_int_equal(until_ms, NOW + HOLD_LASTS_MS_MAX);
    assert_false(hold_is_extendable(&hold, hold.expires_at_ms, &until_ms));
    hold.expires_at_ms = NOW + HOLD_LASTS_MS_MAX - HOLD_LASTS_MS / 3;
    assert_true(hold_is_extendable(&hold, hold.expires_at_ms - 1, &until_ms));
    hold.expires_at_ms++;
    assert_false(hold_is_extendable(&hold, hold.expires_at_ms - 1, &until_ms));
    hold = open_hold();
    hold.state = INVENTORY__HOLD_STATE__KEPT;
    assert_false(hold_is_extendable(&hold, NOW, &until_ms));
    hold = open_hold();
    hold.blocks_quota_id = QUOTA;
    assert_false(hold_is_extendable(&hold, NOW, &until_ms));
}

static void hold_name_next__of_a_dead_one_that_names_what_was_seen(void **state)
{
    char a[] = "hld_a", b[] = "hld_b";
    Inventory__Hold hold = open_hold();

    (void)state;
    assert_int_equal(hold_name_next(&hold, NULL, a, NOW, NOW + HOLD_LASTS_MS - 1), CHANGE_NONE);
    assert_int_equal(hold.state, INVENTORY__HOLD_STATE__OPEN);
    assert_int_equal(hold_name_next(&hold, NULL, a, NOW + 1, NOW + HOLD_LASTS_MS), CHANGE_PUT);
    assert_int_equal(hold.state, INVENTORY__HOLD_STATE__RELEASED);
    assert_false(hold.has_due_ms);
    assert_string_equal(hold.next_hold_id, "hld_a");
    assert_int_equal(hold.next_until_ms, NOW + 1);
    assert_int_equal(hold_name_next(&hold, NULL, b, NOW, NOW), CHANGE_NONE); /* a twin was quicker */
    assert_int_equal(hold_name_next(&hold, b, b, NOW, NOW), CHANGE_NONE);
    assert_int_equal(hold_name_next(&hold, a, b, NOW, NOW), CHANGE_PUT);
    hold.state = INVENTORY__HOLD_STATE__SOLD;
    assert_int_equal(hold_name_next(&hold, b, a, NOW, NOW + HOLD_LASTS_MS_MAX), CHANGE_NONE);
}

static void claim_is_dead__released_or_past_its_version_without_the_place(void **state)
{
    Inventory__Hold hold = open_hold();
    Inventory__Claim claim = INVENTORY__CLAIM__INIT;

    (void)state;
    claim.hold_version = 2;
    assert_false(claim_is_dead(&claim, NULL, 0, QUOTA, 7)); /* never written: nobody knows yet */
    assert_false(claim_is_dead(&claim, &hold, 2, QUOTA, 7));
    assert_false(claim_is_dead(&claim, &hold, 1, QUOTA, 8));
    assert_true(claim_is_dead(&claim, &hold, 2, QUOTA, 8));
    assert_true(claim_is_dead(&claim, &hold, 3, "quo_0000000000000000000000000x", 7));
    hold.state = INVENTORY__HOLD_STATE__SOLD;
    assert_false(claim_is_dead(&claim, &hold, 9, QUOTA, 7));
    hold.state = INVENTORY__HOLD_STATE__RELEASED;
    assert_true(claim_is_dead(&claim, &hold, 1, QUOTA, 7));
}

static void claim_is_dead__of_blocked_places_by_their_ranges(void **state)
{
    Inventory__PlaceRange low = INVENTORY__PLACE_RANGE__INIT, high = INVENTORY__PLACE_RANGE__INIT;
    Inventory__PlaceRange *ranges[] = { &low, &high };
    Inventory__Hold hold = INVENTORY__HOLD__INIT;
    Inventory__Claim claim = INVENTORY__CLAIM__INIT;

    (void)state;
    low.first = 3;
    low.count = 2;
    high.first = 9;
    high.count = 1;
    hold.blocks_quota_id = QUOTA;
    hold.blocked = ranges;
    hold.n_blocked = 2;
    claim.hold_version = 1;
    for (int32_t number = 0; number < 12; number++)
        assert_int_equal(claim_is_dead(&claim, &hold, 1, QUOTA, number), number != 3 && number != 4 && number != 9);
    assert_int_equal(hold_free(&hold, NULL, true), CHANGE_REFUSED);
    assert_int_equal(hold_keep(&hold, ORDER, NOW), CHANGE_REFUSED);
    assert_int_equal(hold_sell(&hold, ORDER), CHANGE_REFUSED);
    assert_false(hold_is_lapsed(&hold, NOW));
}

static void hold_keep__open_or_its_own_order(void **state)
{
    Inventory__Hold hold = open_hold();

    (void)state;
    assert_int_equal(hold_keep(&hold, ORDER, NOW + 5), CHANGE_PUT);
    assert_int_equal(hold.state, INVENTORY__HOLD_STATE__KEPT);
    assert_string_equal(hold.order_id, ORDER);
    assert_int_equal(hold.expires_at_ms, NOW + 5);
    assert_false(hold.has_due_ms);
    assert_int_equal(hold_keep(&hold, ORDER, NOW + 5), CHANGE_NONE);
    assert_int_equal(hold_keep(&hold, ORDER, NOW + 6), CHANGE_PUT);
    assert_int_equal(hold_keep(&hold, ORDER, NOW + 5), CHANGE_NONE); /* never sooner */
    assert_int_equal(hold_keep(&hold, OTHER, NOW + 9), CHANGE_REFUSED);
    hold.state = INVENTORY__HOLD_STATE__SOLD;
    assert_int_equal(hold_keep(&hold, ORDER, NOW + 9), CHANGE_REFUSED);
    hold.state = INVENTORY__HOLD_STATE__RELEASED;
    assert_int_equal(hold_keep(&hold, ORDER, NOW + 9), CHANGE_REFUSED);
}

static void hold_sell__open_or_kept_for_this_order(void **state)
{
    Inventory__Hold hold = open_hold();

    (void)state;
    assert_int_equal(hold_sell(&hold, ORDER), CHANGE_PUT);
    assert_int_equal(hold.state, INVENTORY__HOLD_STATE__SOLD);
    assert_int_equal(hold_sell(&hold, ORDER), CHANGE_NONE);
    assert_int_equal(hold_sell(&hold, OTHER), CHANGE_REFUSED);
    hold.state = INVENTORY__HOLD_STATE__KEPT;
    assert_int_equal(hold_sell(&hold, OTHER), CHANGE_REFUSED);
    assert_int_equal(hold_sell(&hold, ORDER), CHANGE_PUT);
    hold.state = INVENTORY__HOLD_STATE__RELEASED;
    assert_int_equal(hold_sell(&hold, ORDER), CHANGE_REFUSED);
}

static void hold_free__a_sold_one_only_when_told(void **state)
{
    Inventory__Hold hold = open_hold();

    (void)state;
    assert_int_equal(hold_free(&hold, NULL, false), CHANGE_PUT);
    assert_int_equal(hold.state, INVENTORY__HOLD_STATE__RELEASED);
    assert_false(hold.has_due_ms);
    assert_int_equal(hold_free(&hold, NULL, false), CHANGE_NONE);
    hold.state = INVENTORY__HOLD_STATE__KEPT;
    hold.order_id = ORDER;
    assert_int_equal(hold_free(&hold, NULL, false), CHANGE_REFUSED);
    assert_int_equal(hold_free(&hold, OTHER, false), CHANGE_REFUSED);
    assert_int_equal(hold_free(&hold, ORDER, false), CHANGE_PUT);
    hold.state = INVENTORY__HOLD_STATE__SOLD;
    assert_int_equal(hold_free(&hold, ORDER, false), CHANGE_REFUSED);
    assert_int_equal(hold_free(&hold, OTHER, true), CHANGE_REFUSED);
    assert_int_equal(hold_free(&hold, ORDER, true), CHANGE_PUT);
}

static void hold_lapse__only_open_and_only_past_its_time(void **state)
{
    Inventory__Hold hold = open_hold();

    (void)state;
    assert_int_equal(hold_lapse(&hold, hold.expires_at_ms - 1), CHANGE_NONE);
    hold.state = INVENTORY__HOLD_STATE__KEPT;
    assert_int_equal(hold_lapse(&hold, hold.expires_at_ms + 1), CHANGE_NONE);
    hold.state = INVENTORY__HOLD_STATE__OPEN;
    assert_int_equal(hold_lapse(&hold, hold.expires_at_ms), CHANGE_PUT);
    assert_int_equal(hold.state, INVENTORY__HOLD_STATE__RELEASED);
}

static void refusals__each_has_a_code_and_a_sentence(void **state)
{
    (void)state;
    for (int refusal = REFUSAL_NONE + 1; refusal < REFUSAL_COUNT; refusal++) {
        const char *text = refusal_text((enum refusal)refusal);

        assert_int_not_equal(refusal_code((enum refusal)refusal), COMMON__ERROR_CODE__ERROR_CODE_UNSPECIFIED);
        assert_int_equal(text[strlen(text) - 1], '.');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sale_check__only_a_published_event),
        cmocka_unit_test(sale_check__a_date_ends_at_its_end_or_half_a_day_after_its_start),
        cmocka_unit_test(sale_check__the_window_is_from_inclusive_to_exclusive),
        cmocka_unit_test(quantity_check__both_bounds_and_their_defaults),
        cmocka_unit_test(places_check__reserved_while_carts_may_give_back_enough),
        cmocka_unit_test(availability__says_what_a_buyer_sees),
        cmocka_unit_test(hold_extend__a_quarter_of_an_hour_from_now_an_hour_in_all),
        cmocka_unit_test(hold_is_extendable__as_long_as_five_minutes_more_are_to_be_had),
        cmocka_unit_test(hold_name_next__of_a_dead_one_that_names_what_was_seen),
        cmocka_unit_test(claim_is_dead__released_or_past_its_version_without_the_place),
        cmocka_unit_test(claim_is_dead__of_blocked_places_by_their_ranges),
        cmocka_unit_test(hold_keep__open_or_its_own_order),
        cmocka_unit_test(hold_sell__open_or_kept_for_this_order),
        cmocka_unit_test(hold_free__a_sold_one_only_when_told),
        cmocka_unit_test(hold_lapse__only_open_and_only_past_its_time),
        cmocka_unit_test(refusals__each_has_a_code_and_a_sentence),
    };

    return cmocka_run_group_tests_name("modules/inventory/rules", tests, NULL, NULL);
}
