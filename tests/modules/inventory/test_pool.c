/*
 * Organizers' holds: staff keep places, give them to guests, release them; buyers never get between, whoever crashes,
 * in one process or two.
 */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store.h"
#include "tessera/limits.h"
#include "tessera/store.h"

#define ORDER "ord_01jwnxxxxxfg8v8v8v8v8v8v00"

enum { SCHEDULES = 300, HALL = 6, POOL = 4, GUESTS = 8 };

/* ---- calls, as whoever asks */

static const Inventory__OrganizerHoldReply *make_pool(struct ts_call *call, const struct id *quota, int32_t count)
{
    Inventory__CreateOrganizerHoldRequest request = INVENTORY__CREATE_ORGANIZER_HOLD_REQUEST__INIT;
    const Inventory__OrganizerHoldReply *reply = NULL;

    request.quota_id = (char *)quota->text;
    request.name = "press";
    request.purpose = "Seats for the papers.";
    request.has_count = true;
    request.count = count;
    return inventory_create_organizer_hold(call, &request, &reply) ? NULL : reply;
}

static const Inventory__OrganizerHoldReply *resize_pool(struct ts_call *call, const char *id, int32_t count)
{
    Inventory__UpdateOrganizerHoldRequest request = INVENTORY__UPDATE_ORGANIZER_HOLD_REQUEST__INIT;
    const Inventory__OrganizerHoldReply *reply = NULL;

    request.organizer_hold_id = (char *)id;
    request.has_count = true;
    request.count = count;
    return inventory_update_organizer_hold(call, &request, &reply) ? NULL : reply;
}

static const Inventory__OrganizerHoldReply *release_pool(struct ts_call *call, const char *id)
{
    Inventory__ReleaseOrganizerHoldRequest request = INVENTORY__RELEASE_ORGANIZER_HOLD_REQUEST__INIT;
    const Inventory__OrganizerHoldReply *reply = NULL;

    request.organizer_hold_id = (char *)id;
    return inventory_release_organizer_hold(call, &request, &reply) ? NULL : reply;
}

static const Inventory__OrganizerHoldView *see_pool(struct ts_call *call, const char *id)
{
    Inventory__IdsRequest request = INVENTORY__IDS_REQUEST__INIT;
    const Inventory__GetOrganizerHoldsReply *reply;
    const struct ts_principal *before = call->principal;
    char *ids[] = { (char *)id };

    request.ids = ids;
    request.n_ids = 1;
    as_owner(call);
    assert_int_equal(inventory_get_organizer_holds(call, &request, &reply), 0);
    call->principal = before;
    assert_int_equal(reply->n_organizer_holds, 1);
    return reply->organizer_holds[0];
}

static const Inventory__HoldCompsReply *hold_comps(struct ts_call *call, const struct shop *shop, const struct id *type,
                                                   int32_t quantity, const char *pool_id, const char *hold_id)
{
    Inventory__HoldCompsRequest request = INVENTORY__HOLD_COMPS_REQUEST__INIT;
    Inventory__HoldLine line = INVENTORY__HOLD_LINE__INIT;
    Inventory__HoldLine *lines[] = { &line };
    const Inventory__HoldCompsReply *reply = NULL;

    line.ticket_type_id = (char *)type->text;
    line.has_quantity = true;
    line.quantity = quantity;
    request.hold_id = (char *)hold_id;
    request.event_id = (char *)shop->event;
    request.lines = lines;
    request.n_lines = 1;
    request.organizer_hold_id = (char *)pool_id;
    return inventory_hold_comps(call, &request, &reply) ? NULL : reply;
}

static const Inventory__HoldCompsReply *comps(struct ts_call *call, const struct shop *shop, const struct id *type,
                                              int32_t quantity, const char *pool_id)
{
    return hold_comps(call, shop, type, quantity, pool_id, ts_id_new_head(call, "hld"));
}

static const char *order_of(struct ts_call *call, const char *hold_id)
{
    return ts_id_sibling(call, hold_id, "ord");
}

static void sell_comps(struct ts_call *call, const char *hold_id)
{
    assert_int_equal(keep(call, hold_id, order_of(call, hold_id), ts_now_ms(call) + TS_DAY_MS)->state,
                     INVENTORY__HOLD_STATE__KEPT);
    assert_int_equal(sell(call, hold_id, order_of(call, hold_id))->state, INVENTORY__HOLD_STATE__SOLD);
}

#define assert_pool(view, count_is, given_is, remaining_is)                                                            \
    do {                                                                                                               \
        const Inventory__OrganizerHoldView *seen = (view);                                                             \
        assert_int_equal(seen->count, count_is);                                                                       \
        assert_int_equal(seen->given, given_is);                                                                       \
        assert_int_equal(seen->remaining, remaining_is);                                                               \
    } while (0)

/* sold, held, organizer's, remaining; and the documents say so too. */
static void assert_counts(struct ts_call *call, const struct id *quota, int sold, int held, int organizer,
                          int remaining)
{
    const Inventory__QuotaCounts *now = counts(call, quota);
    int64_t stored_sold, stored_held;
    struct checker_report report;

    assert_int_equal(now->sold, sold);
    assert_int_equal(now->held, held);
    assert_int_equal(now->organizer_held, organizer);
    assert_int_equal(now->remaining, remaining);
    assert_int_equal(checker_places(call, rig_of(call)->store, quota->text, &stored_sold, &stored_held), 0);
    assert_int_equal(stored_sold, sold);
    assert_int_equal(stored_held, held);
    rig_check(call, &report);
}

struct house {
    struct shop shop;
    struct id hall, seat;
    const char *pool;
};

static struct house open_house(struct ts_call *call)
{
    struct house house = { .shop = shop_open(call) };

    house.hall = shop_quota(call, &house.shop, HALL);
    house.seat = shop_type(call, &house.shop, "10.00", &house.hall, 1);
    house.pool = make_pool(call, &house.hall, POOL)->organizer_hold->id;
    return house;
}

/* ---- keeping */

static void create__keeps_places_out_of_sale(struct ts_call *call)
{
    struct house house = open_house(call);

    assert_true(ts_id_is(house.pool, "ohd"));
    assert_string_equal(see_pool(call, house.pool)->name, "press");
    assert_string_equal(see_pool(call, house.pool)->purpose, "Seats for the papers.");
    assert_pool(see_pool(call, house.pool), POOL, 0, POOL);
    assert_counts(call, &house.hall, 0, 0, POOL, HALL - POOL);
    as_buyer(call);
    assert_refused(buy(call, &house.shop, &house.seat, 3), SOLD_OUT, "lines.0");
    assert_int_equal(buy(call, &house.shop, &house.seat, 2)->n_refusals, 0);
    assert_refused(buy(call, &house.shop, &house.seat, 1), RESERVED_BY_OTHERS, "lines.0");
    assert_refused(buy(call, &house.shop, &house.seat, 3), SOLD_OUT, "lines.0");
    advance(call, TS_DAY_MS); /* it does not lapse */
    assert_counts(call, &house.hall, 0, 0, POOL, HALL - POOL);
}

static void create__all_or_nothing(struct ts_call *call)
{
    struct house house = open_house(call);
    const Inventory__HoldTicketsReply *cart;

    assert_refused(make_pool(call, &house.hall, 3), SOLD_OUT, "count");
    cart = buy(call, &house.shop, &house.seat, 1);
    assert_refused(make_pool(call, &house.hall, 2), RESERVED_BY_OTHERS, "count");
    advance(call, 15 * TS_MINUTE_MS);
    assert_int_equal(cart->n_refusals, 0);
    assert_int_equal(make_pool(call, &house.hall, 2)->n_refusals, 0);
    assert_counts(call, &house.hall, 0, 0, HALL, 0);
}

static void create__one_effect_per_key(struct ts_call *call)
{
    struct house house;
    const Inventory__OrganizerHoldReply *again;

    house = open_house(call);
    call->idempotency_key = KEY;
    again = make_pool(call, &house.hall, 1);
    assert_string_equal(make_pool(call, &house.hall, 1)->organizer_hold->id, again->organizer_hold->id);
    assert_int_equal(make_pool(call, &house.hall, 2)->refusals[0]->code, COMMON__ERROR_CODE__IDEMPOTENCY_KEY_REUSED);
    call->idempotency_key = NULL;
    assert_counts(call, &house.hall, 0, 0, POOL + 1, HALL - POOL - 1);
}

static void create__refuses_wrong_input(struct ts_call *call)
{
    struct house house = open_house(call);
    Inventory__CreateOrganizerHoldRequest request = INVENTORY__CREATE_ORGANIZER_HOLD_REQUEST__INIT;
    const Inventory__OrganizerHoldReply *reply;
    struct id unknown = { "quo_01jwnxxxxxfg8v8v8v8v8v8v00" };

    assert_refused(make_pool(call, &house.hall, 0), INVALID_INPUT, "count");
    assert_refused(make_pool(call, &house.hall, -1), INVALID_INPUT, "count");
    assert_refused(make_pool(call, &house.hall, TS_HOLD_PLACES_MAX + 1), INVALID_INPUT, "count");
    assert_refused(make_pool(call, &unknown, 1), NOT_FOUND, "quotaId");
    assert_refused(make_pool(call, &house.seat, 1), NOT_FOUND, "quotaId");
    request.quota_id = house.hall.text;
    request.name = " ";
    request.has_count = true;
    request.count = 1;
    assert_int_equal(inventory_create_organizer_hold(call, &request, &reply), 0);
    assert_refused(reply, INVALID_INPUT, "name");
    request.name = "press";
    request.purpose = "a\x07";
    assert_int_equal(inventory_create_organizer_hold(call, &request, &reply), 0);
    assert_refused(reply, INVALID_INPUT, "purpose");
    request.purpose = NULL;
    as_buyer(call);
    assert_int_equal(inventory_create_organizer_hold(call, &request, &reply), TS_EUNAUTHENTICATED);
    as_owner(call);
    assert_counts(call, &house.hall, 0, 0, POOL, HALL - POOL);
}

static void create__as_many_as_a_quota_may_have(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, -1);

    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(make_pool(call, &hall, 1)->n_refusals, 0);
    assert_refused(make_pool(call, &hall, 1), OVER_LIMIT, "quotaId");
    assert_false(counts(call, &hall)->has_remaining);
    assert_int_equal(counts(call, &hall)->organizer_held, 100);
}

static void update__takes_and_gives_back(struct ts_call *call)
{
    struct house house = open_house(call);

    assert_pool(resize_pool(call, house.pool, HALL)->organizer_hold, HALL, 0, HALL);
    assert_counts(call, &house.hall, 0, 0, HALL, 0);
    assert_refused(resize_pool(call, house.pool, HALL + 1), SOLD_OUT, "count");
    assert_pool(resize_pool(call, house.pool, 1)->organizer_hold, 1, 0, 1);
    assert_counts(call, &house.hall, 0, 0, 1, HALL - 1);
    assert_int_equal(buy(call, &house.shop, &house.seat, HALL - 1)->n_refusals, 0);
    assert_pool(resize_pool(call, house.pool, 0)->organizer_hold, 0, 0, 0);
    assert_pool(resize_pool(call, house.pool, 1)->organizer_hold, 1, 0, 1);
    assert_refused(resize_pool(call, house.pool, -1), INVALID_INPUT, "count");
    assert_refused(resize_pool(call, "ohd_01jwnxxxxxfg8v8v8v8v8v8v00", 1), NOT_FOUND, "organizerHoldId");
    assert_refused(resize_pool(call, house.hall.text, 1), NOT_FOUND, "organizerHoldId");
    as_buyer(call);
    assert_null(resize_pool(call, house.pool, 0));
    assert_null(release_pool(call, house.pool));
}

static void update__renames(struct ts_call *call)
{
    struct house house = open_house(call);
    Inventory__UpdateOrganizerHoldRequest request = INVENTORY__UPDATE_ORGANIZER_HOLD_REQUEST__INIT;
    const Inventory__OrganizerHoldReply *reply;
    char *purpose[] = { "purpose" }, *name[] = { "name" };

    request.organizer_hold_id = (char *)house.pool;
    request.name = "guests";
    request.clear = purpose;
    request.n_clear = 1;
    assert_int_equal(inventory_update_organizer_hold(call, &request, &reply), 0);
    assert_string_equal(reply->organizer_hold->name, "guests");
    assert_null(reply->organizer_hold->purpose);
    assert_pool(reply->organizer_hold, POOL, 0, POOL);
    request.name = NULL;
    request.clear = name;
    assert_int_equal(inventory_update_organizer_hold(call, &request, &reply), 0);
    assert_refused(reply, INVALID_INPUT, "name");
}

static void release__puts_what_is_left_on_sale(struct ts_call *call)
{
    struct house house = open_house(call);
    const char *guest = comps(call, &house.shop, &house.seat, 1, house.pool)->hold->id;

    sell_comps(call, guest);
    for (unsigned i = 0; i < 2; i++)
        assert_pool(release_pool(call, house.pool)->organizer_hold, 1, 1, 0);
    assert_counts(call, &house.hall, 1, 0, 0, HALL - 1);
    assert_int_equal(buy(call, &house.shop, &house.seat, HALL - 1)->n_refusals, 0);
    assert_refused(resize_pool(call, house.pool, 0), CONFLICT, "count");
}

static void list__is_for_staff(struct ts_call *call)
{
    struct house house = open_house(call);
    Inventory__IdsRequest request = INVENTORY__IDS_REQUEST__INIT;
    const Inventory__ListOrganizerHoldsReply *listed;
    const Inventory__GetOrganizerHoldsReply *got;
    const Inventory__GetHoldsReply *holds;
    char *quota[] = { house.hall.text }, *pool[] = { (char *)house.pool };

    (void)make_pool(call, &house.hall, 1);
    request.ids = quota;
    request.n_ids = 1;
    assert_int_equal(inventory_list_organizer_holds(call, &request, &listed), 0);
    assert_int_equal(listed->quotas[0]->n_organizer_holds, 2);
    assert_pool(listed->quotas[0]->organizer_holds[0], POOL, 0, POOL);
    as_buyer(call);
    assert_int_equal(inventory_list_organizer_holds(call, &request, &listed), 0);
    assert_int_equal(listed->quotas[0]->n_organizer_holds, 0);
    request.ids = pool;
    assert_int_equal(inventory_get_organizer_holds(call, &request, &got), 0);
    assert_int_equal(got->n_organizer_holds, 0);
    as_owner(call);
    assert_int_equal(inventory_get_holds(call, &request, &holds), 0);
    assert_int_equal(holds->n_holds, 0); /* it is nobody's cart */
}

/* ---- giving */

static void comps__come_out_of_the_pool_at_no_price(struct ts_call *call)
{
    struct house house = open_house(call);
    const Inventory__Hold *hold = comps(call, &house.shop, &house.seat, 3, house.pool)->hold;

    assert_int_equal(hold->n_positions, 3);
    assert_int_equal(hold->positions[2]->price->minor, 0);
    assert_string_equal(hold->positions[2]->price->currency, "EUR");
    assert_null(hold->secret);
    assert_pool(see_pool(call, house.pool), POOL, 3, 1);
    assert_counts(call, &house.hall, 0, 0, POOL, HALL - POOL); /* until it is an order */
    sell_comps(call, hold->id);
    assert_counts(call, &house.hall, 3, 0, POOL - 3, HALL - POOL);
    assert_refused(comps(call, &house.shop, &house.seat, 2, house.pool), SOLD_OUT, "organizerHoldId");
    assert_pool(see_pool(call, house.pool), POOL, 3, 1);
}

static void comps__of_no_pool_take_what_is_free(struct ts_call *call)
{
    struct house house = open_house(call);
    const Inventory__HoldCompsReply *reply = comps(call, &house.shop, &house.seat, 2, NULL);

    assert_int_equal(reply->hold->positions[0]->price->minor, 0);
    assert_counts(call, &house.hall, 0, 2, POOL, 0);
    assert_refused(comps(call, &house.shop, &house.seat, 1, NULL), RESERVED_BY_OTHERS, "lines.0");
    sell_comps(call, reply->hold->id);
    assert_counts(call, &house.hall, 2, 0, POOL, 0);
    assert_refused(comps(call, &house.shop, &house.seat, 1, NULL), SOLD_OUT, "lines.0");
    assert_int_equal(give_back(call, reply->hold->id, order_of(call, reply->hold->id), true)->state,
                     INVENTORY__HOLD_STATE__RELEASED);
    assert_counts(call, &house.hall, 0, 0, POOL, 2);
}

static void comps__cancelled_are_the_pools_again(struct ts_call *call)
{
    struct house house = open_house(call);
    const char *guest = comps(call, &house.shop, &house.seat, POOL, house.pool)->hold->id;

    sell_comps(call, guest);
    assert_int_equal(buy(call, &house.shop, &house.seat, HALL - POOL)->n_refusals, 0);
    assert_int_equal(give_back(call, guest, order_of(call, guest), true)->state, INVENTORY__HOLD_STATE__RELEASED);
    assert_counts(call, &house.hall, 0, HALL - POOL, POOL, 0);
    assert_pool(see_pool(call, house.pool), POOL, 0, POOL);
    assert_int_equal(comps(call, &house.shop, &house.seat, POOL, house.pool)->n_refusals, 0);
    assert_pool(see_pool(call, house.pool), POOL, POOL, 0);
}

static void comps__that_no_order_came_of_lapse_into_the_pool(struct ts_call *call)
{
    struct house house = open_house(call);

    assert_int_equal(comps(call, &house.shop, &house.seat, 1, house.pool)->n_refusals, 0);
    assert_pool(see_pool(call, house.pool), POOL, 1, POOL - 1);
    advance(call, 15 * TS_MINUTE_MS);
    assert_pool(see_pool(call, house.pool), POOL, 0, POOL);
    assert_counts(call, &house.hall, 0, 0, POOL, HALL - POOL);
}

/* A seat in the hall and one in the box: the pool keeps the box only. */
static void comps__take_the_other_quotas_from_what_is_free(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id quotas[] = { shop_quota(call, &shop, 3), shop_quota(call, &shop, 5) };
    struct id box = shop_type(call, &shop, "50.00", quotas, 2), stand = shop_type(call, &shop, "10.00", quotas, 1);
    const char *pool = make_pool(call, &quotas[1], 4)->organizer_hold->id;
    const Inventory__Hold *hold = comps(call, &shop, &box, 2, pool)->hold;

    sell_comps(call, hold->id);
    assert_counts(call, &quotas[0], 2, 0, 0, 1);
    assert_counts(call, &quotas[1], 2, 0, 2, 1);
    assert_refused(comps(call, &shop, &box, 2, pool), SOLD_OUT, "lines.0"); /* the hall has one left */
    assert_pool(see_pool(call, pool), 4, 2, 2);
    assert_refused(comps(call, &shop, &stand, 1, pool), INVALID_INPUT, "organizerHoldId");
    assert_int_equal(comps(call, &shop, &box, 1, pool)->n_refusals, 0);
}

/* Its writer stopped between the pool and the hold: before the place is given anew, nobody can write that hold any
 * more. */
static void comps__that_were_cut_off_are_ended_before_their_places_are_given_anew(struct ts_call *call)
{
    struct house house = open_house(call);
    const struct store_collection *holds = store_find(rig_of(call)->store, "holds");
    Inventory__Hold late = INVENTORY__HOLD__INIT;
    const char *guest = NULL;

    for (uint64_t nth = 1; see_pool(call, house.pool)->given == 0; nth++) { /* given, and not written */
        guest = ts_id_new_head(call, "hld");
        crash_store_fail(rig_of(call)->store, nth);
        assert_null(hold_comps(call, &house.shop, &house.seat, 1, house.pool, guest));
        crash_store_fail(rig_of(call)->store, 0);
    }
    assert_refused(comps(call, &house.shop, &house.seat, POOL, house.pool), SOLD_OUT, "organizerHoldId");
    call->runtime->clock_offset_ms += TS_CALL_MS_MAX;
    assert_int_equal(comps(call, &house.shop, &house.seat, POOL, house.pool)->n_refusals, 0);
    late.id = (char *)guest;
    assert_int_equal(ts_store_insert(call, holds->declared, guest, &late.base), TS_WRITE_CONFLICT);
    assert_counts(call, &house.hall, 0, 0, POOL, HALL - POOL);
}

struct gift {
    const struct house *house;
    bool given, grows; /* grows: no gift, the pool becomes larger */
};

static int give_gift(struct ts_call *call, void *item)
{
    struct gift *gift = item;
    const Inventory__HoldCompsReply *reply;

    if (gift->grows) {
        gift->given = resize_pool(call, gift->house->pool, TS_FANOUT_MAX + 1) != NULL;
        return 0;
    }
    reply = comps(call, &gift->house->shop, &gift->house->seat, 1, gift->house->pool);

    gift->given = reply && reply->hold;
    return 0;
}

/* A list of guests that is sent all at once. */
static void comps__given_by_many_at_once_are_all_given(struct ts_call *call)
{
    struct house house = { .shop = shop_open(call) };
    struct gift gifts[TS_FANOUT_MAX];
    void *items[TS_FANOUT_MAX];

    house.hall = shop_quota(call, &house.shop, 2 * TS_FANOUT_MAX);
    house.seat = shop_type(call, &house.shop, "10.00", &house.hall, 1);
    house.pool = make_pool(call, &house.hall, TS_FANOUT_MAX)->organizer_hold->id;
    for (unsigned i = 0; i < TS_FANOUT_MAX; i++) {
        gifts[i] = (struct gift){ &house, false, i == 3 };
        items[i] = &gifts[i];
    }
    assert_int_equal(ts_all(call, give_gift, items, TS_FANOUT_MAX), 0);
    for (unsigned i = 0; i < TS_FANOUT_MAX; i++)
        assert_true(gifts[i].given);
    assert_pool(see_pool(call, house.pool), TS_FANOUT_MAX + 1, TS_FANOUT_MAX - 1, 2);
}

static void comps__refuse_wrong_input(struct ts_call *call)
{
    struct house house = open_house(call);
    struct shop nowhere = house.shop;
    struct id unknown = { "typ_01jwnxxxxxfg8v8v8v8v8v8v00" };

    assert_refused(comps(call, &house.shop, &house.seat, 0, house.pool), INVALID_INPUT, "lines.0.quantity");
    assert_refused(comps(call, &house.shop, &house.seat, TS_HOLD_PLACES_MAX + 1, NULL), OVER_LIMIT, "lines.0.quantity");
    assert_refused(comps(call, &house.shop, &unknown, 1, NULL), NOT_FOUND, "lines.0.ticketTypeId");
    assert_refused(comps(call, &house.shop, &house.seat, 1, "ohd_01jwnxxxxxfg8v8v8v8v8v8v00"), NOT_FOUND,
                   "organizerHoldId");
    assert_refused(comps(call, &house.shop, &house.seat, 1, house.hall.text), NOT_FOUND, "organizerHoldId");
    memcpy(nowhere.event, "evt_01jwnxxxxxfg8v8v8v8v8v8v00", TS_ID_SIZE);
    assert_refused(comps(call, &nowhere, &house.seat, 1, NULL), NOT_FOUND, "eventId");
    as_buyer(call);
    assert_null(comps(call, &house.shop, &house.seat, 1, house.pool));
    as_owner(call);
    assert_counts(call, &house.hall, 0, 0, POOL, HALL - POOL);
}

/* More than one order may have, before the sale begins, and even of a draft; but nothing of a cancelled date. */
static void comps__need_no_sale(struct ts_call *call)
{
    struct house house = open_house(call);
    Catalog__UpdateTicketTypeRequest type = CATALOG__UPDATE_TICKET_TYPE_REQUEST__INIT;
    Catalog__CancelEventDateRequest cancel = CATALOG__CANCEL_EVENT_DATE_REQUEST__INIT;
    const Catalog__UpdateTicketTypeReply *updated;
    const Catalog__CancelEventDateReply *cancelled;

    type.ticket_type_id = house.seat.text;
    type.has_max_per_order = type.has_sale_starts_at = true;
    type.max_per_order = 1;
    type.sale_starts_at = ts_now_ms(call) + TS_DAY_MS;
    assert_int_equal(catalog_update_ticket_type(call, &type, &updated), 0);
    assert_int_equal(updated->n_refusals, 0);
    assert_int_equal(comps(call, &house.shop, &house.seat, 2, house.pool)->n_refusals, 0);
    cancel.date_id = house.shop.date;
    assert_int_equal(catalog_cancel_event_date(call, &cancel, &cancelled), 0);
    assert_int_equal(cancelled->n_refusals, 0);
    assert_int_equal(comps(call, &house.shop, &house.seat, 1, house.pool)->refusals[0]->code,
                     COMMON__ERROR_CODE__NOT_ON_SALE);
}

static void sweep_date__leaves_pools_and_what_they_gave(struct ts_call *call)
{
    struct house house = open_house(call);
    Inventory__SweepDateRequest request = INVENTORY__SWEEP_DATE_REQUEST__INIT;
    const Inventory__SweepDateReply *reply;
    const char *guest = comps(call, &house.shop, &house.seat, 1, house.pool)->hold->id;

    sell_comps(call, guest);
    as_system(call);
    request.event_id = house.shop.event;
    assert_int_equal(inventory_sweep_date(call, &request, &reply), 0);
    assert_int_equal(reply->released, 0);
    as_owner(call);
    assert_counts(call, &house.hall, 1, 0, POOL - 1, HALL - POOL);
    assert_refused(keep(call, house.pool, ORDER, ts_now_ms(call) + TS_DAY_MS), NOT_FOUND, "holdId"); /* no order's */
}

/* ---- a quota that shrinks and grows around a pool */

static void resize(struct ts_call *call, const struct id *quota, int32_t size)
{
    Inventory__UpdateQuotaRequest request = INVENTORY__UPDATE_QUOTA_REQUEST__INIT;
    const Inventory__UpdateQuotaReply *reply;

    request.quota_id = (char *)quota->text;
    request.has_size = true;
    request.size = size;
    assert_int_equal(inventory_update_quota(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
}

static void update_quota__shrinks_around_a_pool(struct ts_call *call)
{
    struct house house = open_house(call);
    struct checker_report report;

    resize(call, &house.hall, 2); /* less than the pool keeps */
    assert_counts(call, &house.hall, 0, 0, POOL, 0);
    assert_refused(buy(call, &house.shop, &house.seat, 1), SOLD_OUT, "lines.0");
    assert_int_equal(comps(call, &house.shop, &house.seat, 1, house.pool)->n_refusals, 0); /* what is kept is kept */
    assert_pool(resize_pool(call, house.pool, 1)->organizer_hold, 1, 1, 0);
    rig_check(call, &report);
    assert_int_equal(report.places_blocked, HALL - 2); /* the rest as it came free */
    assert_counts(call, &house.hall, 0, 0, 1, 1);
    resize(call, &house.hall, HALL + 2);
    assert_counts(call, &house.hall, 0, 0, 1, HALL + 1);
    assert_pool(resize_pool(call, house.pool, HALL + 2)->organizer_hold, HALL + 2, 1, HALL + 1);
    assert_counts(call, &house.hall, 0, 0, HALL + 2, 0);
}

/* What is over the size is not for sale: not when a cart is given back, nor when the store failed to block it. */
static void update_quota__counts_a_pool_among_what_is_gone(struct ts_call *call)
{
    struct house house = open_house(call);
    Inventory__UpdateQuotaRequest request = INVENTORY__UPDATE_QUOTA_REQUEST__INIT;
    const Inventory__UpdateQuotaReply *reply;

    request.quota_id = house.hall.text;
    request.has_size = true;
    request.size = POOL;
    for (uint64_t nth = 1; nth < 12; nth++) {
        int r;

        crash_store_fail(rig_of(call)->store, nth);
        r = inventory_update_quota(call, &request, &reply);
        crash_store_fail(rig_of(call)->store, 0);
        if (r == 0)
            assert_int_equal(counts(call, &house.hall)->remaining, 0);
        resize(call, &house.hall, HALL);
    }
    assert_int_equal(buy(call, &house.shop, &house.seat, 2)->n_refusals, 0);
    resize(call, &house.hall, POOL);
    assert_refused(buy(call, &house.shop, &house.seat, 1), SOLD_OUT, "lines.0");
}

/* ---- crashes: what was kept is never a buyer's, and all of it comes back */

struct story {
    struct rig *rig, *twin;
    struct house house;
    char pool[TS_ID_SIZE];
    char guests[GUESTS][TS_ID_SIZE];
    unsigned count;
};

static void begin(struct ts_call *call, void *data)
{
    struct story *story = data;

    story->house = open_house(call);
    snprintf(story->pool, sizeof(story->pool), "%s", story->house.pool);
}

static void give_one(struct ts_call *call, struct story *story)
{
    const char *id = ts_id_new_head(call, "hld");

    if (story->count == GUESTS)
        return;
    snprintf(story->guests[story->count++], TS_ID_SIZE, "%s", id);
    (void)hold_comps(call, &story->house.shop, &story->house.seat, 1 + (int32_t)rig_draw(story->rig, 2), story->pool,
                     id);
}

static void act(struct ts_call *call, struct story *story)
{
    uint64_t what = rig_draw(story->rig, 10);
    const char *guest = story->count ? story->guests[rig_draw(story->rig, story->count)] : NULL;

    as_owner(call);
    if (what < 3 || !guest)
        give_one(call, story);
    else if (what < 6)
        (void)buy(call, &story->house.shop, &story->house.seat, 1);
    else if (what == 6)
        (void)sell(call, guest, order_of(call, guest));
    else if (what == 7)
        (void)give_back(call, guest, order_of(call, guest), true);
    else if (what == 8)
        call->runtime->clock_offset_ms += (int64_t)rig_draw(story->rig, 10 * TS_MINUTE_MS);
    else
        (void)release_pool(call, rig_draw(story->rig, 2) ? story->pool : "ohd_01jwnxxxxxfg8v8v8v8v8v8v00");
}

/* Never less than it kept: staff who keep again what they just released. */
static void keep_all(struct ts_call *call, struct story *story)
{
    as_owner(call);
    (void)resize_pool(call, story->pool, POOL);
}

static void look(struct ts_call *call, void *data)
{
    struct checker_report report;

    (void)data;
    rig_check(call, &report);
    assert_true(report.places_pooled + report.places_live - report.places_given <= HALL);
}

static void live(struct ts_call *call, void *data)
{
    struct story *story = data;

    for (unsigned i = 0; i < 16 && !story->rig->crashed; i++) {
        act(call, story);
        if (rig_draw(story->rig, 4) == 0)
            keep_all(call, story);
    }
}

/* Fair weather: guests are ended, so are carts; the pool is whole, all the rest can be bought. */
static void end(struct ts_call *call, void *data)
{
    struct story *story = data;
    struct house *house = &story->house;
    const Inventory__OrganizerHoldView *pool;

    look(call, story);
    for (unsigned i = 0; i < story->count; i++)
        (void)give_back(call, story->guests[i], order_of(call, story->guests[i]), true);
    call->runtime->clock_offset_ms += 2 * (int64_t)TS_HOUR_MS;
    as_owner(call);
    pool = see_pool(call, story->pool);
    assert_int_equal(pool->given, 0);
    assert_int_equal(pool->remaining, pool->count);
    while (buy(call, &house->shop, &house->seat, 1)->hold)
        ;
    assert_counts(call, &house->hall, 0, HALL - pool->count, pool->count, 0);
    if (pool->count > 0)
        assert_int_equal(comps(call, &house->shop, &house->seat, pool->count, story->pool)->n_refusals, 0);
}

static unsigned tell(uint64_t seed)
{
    struct story story = { .rig = rig_new(seed) };
    unsigned crashes = 0;

    rig_run(story.rig, begin, &story);
    for (unsigned lives = 0; lives < 3; lives++) {
        story.rig->options.crash_per_million = lives < 2 ? 60000 : 0;
        crash_store_weather(story.rig->store, &story.rig->options);
        rig_run(story.rig, live, &story);
        crashes += story.rig->crashed;
        story.rig->options.crash_per_million = 0;
        rig_restart(story.rig);
        rig_run(story.rig, look, &story);
    }
    rig_run(story.rig, end, &story);
    rig_free(story.rig);
    return crashes;
}

static void schedules__of_guests_carts_and_crashes(void **state)
{
    const char *from = getenv("TESSERA_SEED");
    uint64_t first = from ? strtoull(from, NULL, 10) : 1;
    unsigned crashes = 0;

    (void)state;
    for (uint64_t seed = first; seed < first + (from ? 1 : SCHEDULES); seed++) {
        print_message("seed %lu\r", (unsigned long)seed);
        crashes += tell(seed);
    }
    if (!from)
        assert_true(crashes > SCHEDULES / 4);
}

/* No staff release anything here: then no buyer may ever have a place of the pool, whichever write is the last. */
static void give_and_take(struct ts_call *call, void *data)
{
    struct story *story = data;

    as_owner(call);
    for (unsigned i = 0; i < 8 && !story->rig->crashed; i++) {
        give_one(call, story);
        (void)buy(call, &story->house.shop, &story->house.seat, 1);
        if (rig_draw(story->rig, 2))
            (void)give_back(call, story->guests[0], order_of(call, story->guests[0]), true);
    }
}

static void look_at_buyers(struct ts_call *call, void *data)
{
    struct story *story = data;
    struct checker_report report;

    as_owner(call);
    rig_check(call, &report);
    assert_int_equal(report.places_pooled, POOL);
    while (buy(call, &story->house.shop, &story->house.seat, 1)->hold)
        ;
    rig_check(call, &report);
    assert_true(report.places_live - report.places_given <= HALL - POOL);
}

static void crash__never_frees_a_place_of_the_pool(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SCHEDULES; seed++) {
        struct story story = { .rig = rig_new(seed) };

        rig_run(story.rig, begin, &story);
        story.rig->options.crash_per_million = 100000;
        crash_store_weather(story.rig->store, &story.rig->options);
        rig_run(story.rig, give_and_take, &story);
        story.rig->options.crash_per_million = 0;
        rig_restart(story.rig);
        rig_run(story.rig, look_at_buyers, &story);
        rig_free(story.rig);
    }
}

/* ---- two processes */

/* One pair of processes on one store for each seed. */
static void run_pairs(uint64_t seeds, void (*body)(struct ts_call *call, void *data))
{
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct story story = { .rig = rig_new(seed) };

        print_message("seed %lu\r", (unsigned long)seed);
        story.twin = rig_twin(story.rig, ~seed);
        rig_run(story.rig, body, &story);
        rig_free(story.twin);
        rig_free(story.rig);
    }
}

static void act_in_two(struct ts_call *call, void *data)
{
    struct story *story = data;
    struct ts_call other = twin_call(call, story->twin);

    begin(call, story);
    for (unsigned i = 0; i < 30; i++) {
        other.runtime->clock_offset_ms = call->runtime->clock_offset_ms;
        act(rig_draw(story->rig, 2) ? call : &other, story);
        look(call, story);
    }
}

static void schedules__of_two_processes(void **state)
{
    (void)state;
    run_pairs(SCHEDULES, act_in_two);
}

/* What the other process made, gave and cancelled is the same here. */
static void use_a_pool_made_elsewhere(struct ts_call *call, void *data)
{
    struct story *story = data;
    struct ts_call other = twin_call(call, story->twin);
    const char *guest;

    begin(call, story);
    as_owner(&other);
    assert_counts(&other, &story->house.hall, 0, 0, POOL, HALL - POOL);
    guest = comps(&other, &story->house.shop, &story->house.seat, POOL, story->pool)->hold->id;
    assert_refused(comps(call, &story->house.shop, &story->house.seat, 1, story->pool), SOLD_OUT, "organizerHoldId");
    sell_comps(call, guest);
    assert_counts(call, &story->house.hall, POOL, 0, 0, HALL - POOL);
    (void)give_back(&other, guest, order_of(call, guest), true);
    assert_pool(see_pool(call, story->pool), POOL, 0, POOL);
    assert_counts(call, &story->house.hall, 0, 0, POOL, HALL - POOL); /* once it was looked at */
}

/* A map that knows nothing of the pool is mended by what its claims say. */
static void buy_from_an_old_map(struct ts_call *call, void *data)
{
    struct story *story = data;
    struct ts_call other = twin_call(call, story->twin);
    struct house house = { .shop = shop_open(call) };

    as_owner(&other);
    house.hall = shop_quota(call, &house.shop, HALL);
    house.seat = shop_type(call, &house.shop, "10.00", &house.hall, 1);
    assert_int_equal(counts(&other, &house.hall)->remaining, HALL);
    house.pool = make_pool(call, &house.hall, POOL)->organizer_hold->id;
    sell_comps(call, comps(call, &house.shop, &house.seat, 1, house.pool)->hold->id);
    assert_refused(buy(&other, &house.shop, &house.seat, HALL), SOLD_OUT, "lines.0");
    assert_int_equal(buy(&other, &house.shop, &house.seat, HALL - POOL)->n_refusals, 0);
    assert_counts(&other, &house.hall, 1, HALL - POOL, POOL - 1, 0);
}

static void buy__from_a_map_that_does_not_know_the_pool(void **state)
{
    (void)state;
    run_pairs(1, buy_from_an_old_map);
}

/* A process that knows nothing of the pool: a buyer is taking its places when staff, there too, let go of them. */
struct hand {
    const struct house *house;
    bool staffs;
};

static int take_or_let_go(struct ts_call *call, void *item)
{
    const struct hand *hand = item;

    if (hand->staffs)
        assert_int_equal(resize_pool(call, hand->house->pool, 0)->n_refusals, 0);
    else
        (void)buy(call, &hand->house->shop, &hand->house->seat, 3); /* refused where they were not free in time */
    return 0;
}

static void take_what_is_let_go(struct ts_call *call, void *data)
{
    struct story *story = data;
    struct ts_call other = twin_call(call, story->twin);
    struct house house = { .shop = shop_open(call) };
    struct hand buyer = { &house, false }, staff = { &house, true };
    struct checker_report report;

    as_owner(&other);
    house.hall = shop_quota(call, &house.shop, HALL);
    house.seat = shop_type(call, &house.shop, "10.00", &house.hall, 1);
    assert_int_equal(counts(&other, &house.hall)->remaining, HALL);
    house.pool = make_pool(call, &house.hall, POOL)->organizer_hold->id;
    story->twin->options.travel_ms_max = story->twin->options.delay_ms_max = 3;
    crash_store_weather(story->twin->store, &story->twin->options);
    assert_int_equal(ts_all(&other, take_or_let_go, (void *[]){ &buyer, &staff }, 2), 0);
    while (buy(&other, &house.shop, &house.seat, 1)->hold)
        ;
    rig_check(call, &report);
    assert_int_equal(report.places_live, HALL);
}

static void drop__of_what_a_buyer_is_taking(void **state)
{
    (void)state;
    run_pairs(SCHEDULES / 3, take_what_is_let_go);
}

/* Staff let go of a pool in one process; before it hears so, the other has made another pool of the places. */
enum deed { DEED_LET_GO, DEED_KEEP, DEED_LOOK, DEEDS };

struct deeds {
    struct story *story;
    const struct house *house;
    bool let_go, kept;
};

struct doer {
    struct deeds *deeds;
    enum deed deed;
};

static void let_go(struct ts_call *call, struct deeds *deeds)
{
    assert_int_equal(resize_pool(call, deeds->house->pool, 0)->n_refusals, 0);
    deeds->let_go = true;
}

static void keep_when_free(struct ts_call *call, struct deeds *deeds)
{
    while (!deeds->kept) {
        const Inventory__OrganizerHoldReply *reply = make_pool(call, &deeds->house->hall, POOL);

        deeds->kept = reply && reply->organizer_hold;
        call->runtime->clock_offset_ms += TS_SECOND_MS; /* then it looks again */
    }
}

static void look_until_let_go(struct ts_call *call, struct deeds *deeds)
{
    while (!deeds->let_go) {
        call->runtime->clock_offset_ms += TS_SECOND_MS;
        (void)counts(call, &deeds->house->hall);
    }
}

static int do_deed(struct ts_call *call, void *item)
{
    const struct doer *doer = item;
    struct ts_call other = twin_call(call, doer->deeds->story->twin);

    as_owner(&other);
    if (doer->deed == DEED_LET_GO)
        let_go(&other, doer->deeds);
    else if (doer->deed == DEED_KEEP)
        keep_when_free(call, doer->deeds);
    else
        look_until_let_go(&other, doer->deeds);
    return 0;
}

static void keep_what_is_let_go(struct ts_call *call, void *data)
{
    struct story *story = data;
    struct house house = open_house(call);
    struct ts_call other = twin_call(call, story->twin);
    struct deeds deeds = { story, &house, false, false };
    struct doer doers[DEEDS];
    void *items[DEEDS];
    struct checker_report report;

    as_owner(&other);
    while (buy(call, &house.shop, &house.seat, 1)->hold)
        ;
    assert_int_equal(counts(&other, &house.hall)->organizer_held, POOL);
    story->rig->options.delay_ms_max = 1;
    story->twin->options.delay_ms_max = 8;
    crash_store_weather(story->rig->store, &story->rig->options);
    crash_store_weather(story->twin->store, &story->twin->options);
    for (unsigned i = 0; i < DEEDS; i++) {
        doers[i] = (struct doer){ &deeds, (enum deed)i };
        items[i] = &doers[i];
    }
    assert_int_equal(ts_all(call, do_deed, items, DEEDS), 0);
    assert_null(buy(&other, &house.shop, &house.seat, 1)->hold);
    rig_check(call, &report);
    assert_int_equal(report.places_pooled, POOL);
}

static void drop__of_what_another_pool_has_meanwhile(void **state)
{
    (void)state;
    run_pairs(SCHEDULES / 6, keep_what_is_let_go);
}

/* Places past the N that this process knows are kept, sold, given back and let go. */
static void use_places_past_n(struct ts_call *call, void *data)
{
    struct story *story = data;
    struct ts_call other = twin_call(call, story->twin);
    const char *pool, *guest;

    begin(call, story);
    as_owner(&other);
    assert_int_equal(counts(&other, &story->house.hall)->remaining, HALL - POOL);
    resize(call, &story->house.hall, 300);
    pool = make_pool(call, &story->house.hall, 290)->organizer_hold->id;
    guest = comps(call, &story->house.shop, &story->house.seat, 100, pool)->hold->id;
    sell_comps(&other, guest);
    assert_int_equal(give_back(&other, guest, order_of(call, guest), true)->state, INVENTORY__HOLD_STATE__RELEASED);
    assert_pool(release_pool(&other, pool)->organizer_hold, 0, 0, 0);
}

static void pool__past_the_known_end_can_be_used(void **state)
{
    (void)state;
    run_pairs(1, use_places_past_n);
}

static void give_three(struct ts_call *call, void *data)
{
    struct story *story = data;
    const char *guest;

    begin(call, story);
    sell_comps(call, comps(call, &story->house.shop, &story->house.seat, 1, story->pool)->hold->id);
    guest = comps(call, &story->house.shop, &story->house.seat, 1, story->pool)->hold->id;
    sell_comps(call, guest);
    (void)give_back(call, guest, order_of(call, guest), true);
    assert_int_equal(comps(call, &story->house.shop, &story->house.seat, 1, story->pool)->n_refusals, 0);
    assert_counts(call, &story->house.hall, 1, 0, POOL - 1, HALL - POOL);
}

static void count_again(struct ts_call *call, void *data)
{
    struct story *story = data;

    assert_counts(call, &story->house.hall, 1, 0, POOL - 1, HALL - POOL);
    assert_pool(see_pool(call, story->pool), POOL, 2, POOL - 2);
}

static void map__is_the_same_after_a_restart(void **state)
{
    struct story story = { .rig = rig_new(1) };

    (void)state;
    rig_run(story.rig, give_three, &story);
    rig_restart(story.rig);
    rig_run(story.rig, count_again, &story);
    rig_free(story.rig);
}

static void pool__of_another_process_can_be_used(void **state)
{
    (void)state;
    run_pairs(1, use_a_pool_made_elsewhere);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rig_unit_test(create__keeps_places_out_of_sale),
        rig_unit_test(create__all_or_nothing),
        rig_unit_test(create__one_effect_per_key),
        rig_unit_test(create__refuses_wrong_input),
        rig_unit_test(create__as_many_as_a_quota_may_have),
        rig_unit_test(update__takes_and_gives_back),
        rig_unit_test(update__renames),
        rig_unit_test(release__puts_what_is_left_on_sale),
        rig_unit_test(list__is_for_staff),
        rig_unit_test(comps__come_out_of_the_pool_at_no_price),
        rig_unit_test(comps__of_no_pool_take_what_is_free),
        rig_unit_test(comps__cancelled_are_the_pools_again),
        rig_unit_test(comps__that_no_order_came_of_lapse_into_the_pool),
        rig_unit_test(comps__take_the_other_quotas_from_what_is_free),
        rig_unit_test(comps__that_were_cut_off_are_ended_before_their_places_are_given_anew),
        rig_unit_test(comps__given_by_many_at_once_are_all_given),
        rig_unit_test(comps__refuse_wrong_input),
        rig_unit_test(comps__need_no_sale),
        rig_unit_test(sweep_date__leaves_pools_and_what_they_gave),
        rig_unit_test(update_quota__shrinks_around_a_pool),
        rig_unit_test(update_quota__counts_a_pool_among_what_is_gone),
        cmocka_unit_test(pool__of_another_process_can_be_used),
        cmocka_unit_test(buy__from_a_map_that_does_not_know_the_pool),
        cmocka_unit_test(drop__of_what_a_buyer_is_taking),
        cmocka_unit_test(drop__of_what_another_pool_has_meanwhile),
        cmocka_unit_test(pool__past_the_known_end_can_be_used),
        cmocka_unit_test(map__is_the_same_after_a_restart),
        cmocka_unit_test(crash__never_frees_a_place_of_the_pool),
        cmocka_unit_test(schedules__of_two_processes),
        cmocka_unit_test(schedules__of_guests_carts_and_crashes),
    };

    return cmocka_run_group_tests_name("modules/inventory/pool", tests, NULL, NULL);
}
