#include "fakes.h"

#include <stdio.h>
#include <string.h>

#include "loop/fiber.h"
#include "loop/runtime.h"
#include "tessera/clock.h"

struct fake fake;

#define STATE(name) INVENTORY__HOLD_STATE__##name

void fake_reset(struct ts_call *call, unsigned capacity)
{
    memset(&fake, 0, sizeof(fake));
    fake.capacity = capacity;
    fake.event_status = fake.date_status = CATALOG__EVENT_STATUS__PUBLISHED;
    fake.test_mode = true;
    snprintf(fake.event_id, TS_ID_SIZE, "%s", ts_id_new(call, "evt"));
    snprintf(fake.date_id, TS_ID_SIZE, "%s", ts_id_new(call, "dat"));
    snprintf(fake.type_id, TS_ID_SIZE, "%s", ts_id_new(call, "typ"));
    snprintf(fake.organizer_id, TS_ID_SIZE, "%s", ts_id_new(call, "org"));
}

struct fake_hold *fake_hold_find(const char *id)
{
    for (size_t i = 0; id && i < fake.hold_count; i++) {
        if (strcmp(fake.holds[i].id, id) == 0)
            return &fake.holds[i];
    }
    return NULL;
}

unsigned fake_places_taken(void)
{
    unsigned taken = 0;

    for (size_t i = 0; i < fake.hold_count; i++)
        taken += fake.holds[i].state != STATE(RELEASED) ? fake.holds[i].place_count : 0;
    return taken;
}

/* Make room as inventory does: whoever wants places ends the holds that are past their time. */
static bool room_for(struct ts_call *call, unsigned place_count)
{
    for (size_t i = 0; i < fake.hold_count && fake_places_taken() + place_count > fake.capacity; i++) {
        struct fake_hold *hold = &fake.holds[i];

        if ((hold->state == STATE(OPEN) || hold->state == STATE(KEPT)) && hold->expires_at_ms <= ts_now_ms(call))
            hold->state = STATE(RELEASED);
    }
    return fake_places_taken() + place_count <= fake.capacity;
}

static struct fake_hold *hold_add(const char *id, Inventory__HoldState state)
{
    struct fake_hold *hold = fake.hold_count < FAKE_HOLDS_MAX ? &fake.holds[fake.hold_count++] : NULL;

    if (!hold)
        return NULL;
    memset(hold, 0, sizeof(*hold));
    snprintf(hold->id, sizeof(hold->id), "%s", id);
    hold->state = state;
    return hold;
}

struct fake_hold *fake_hold_new(struct ts_call *call, unsigned place_count, int64_t price)
{
    struct fake_hold *hold;
    const char *token;

    if (!room_for(call, place_count))
        return NULL;
    hold = hold_add(ts_id_new_head(call, "hld"), STATE(OPEN));
    if (!hold)
        return NULL;
    token = ts_printf(call->arena, "%s.%s", hold->id, ts_secret_new(call)); /* apart: the two are neighbours */
    snprintf(hold->token, sizeof(hold->token), "%s", token);
    hold->place_count = place_count;
    hold->price = price;
    hold->expires_at_ms = ts_now_ms(call) + 15 * TS_MINUTE_MS;
    return hold;
}

/* ---- the services */

static Common__Money *money(struct ts_call *call, int64_t minor)
{
    Common__Money *amount = TS_NEW(call->arena, Common__Money);

    common__money__init(amount);
    amount->has_minor = true;
    amount->minor = minor;
    amount->currency = ts_strdup(call->arena, "EUR");
    return amount;
}

static void read_hold(struct ts_call *call, const Inventory__ReadHoldRequest *request, Inventory__ReadHoldReply *reply)
{
    struct fake_hold *hold = NULL;
    Inventory__Hold *view;

    for (size_t i = 0; request->token && i < fake.hold_count; i++) {
        if (strcmp(fake.holds[i].token, request->token) == 0)
            hold = &fake.holds[i];
    }
    if (!hold)
        return;
    view = reply->hold = TS_NEW(call->arena, Inventory__Hold);
    inventory__hold__init(view);
    view->id = ts_strdup(call->arena, hold->id);
    view->event_id = fake.event_id;
    view->organizer_id = fake.organizer_id;
    view->has_state = view->has_expires_at_ms = true;
    view->state = hold->state;
    view->expires_at_ms = hold->expires_at_ms;
    view->currency = "EUR";
    view->positions = TS_NEW_ARRAY(call->arena, Inventory__HeldPosition *, hold->place_count);
    for (; view->n_positions < hold->place_count; view->n_positions++) {
        Inventory__HeldPosition *position = TS_NEW(call->arena, Inventory__HeldPosition);

        inventory__held_position__init(position);
        position->id = (char *)ts_id_member(call, hold->id, "pos", (unsigned)view->n_positions + 1);
        position->ticket_type_id = fake.type_id;
        position->date_id = fake.date_id;
        position->price = money(call, hold->price);
        position->tax = money(call, hold->price ? FAKE_TAX : 0);
        view->positions[view->n_positions] = position;
    }
}

static void hold_answer(struct ts_call *call, const struct fake_hold *hold, Inventory__HoldStateReply *reply)
{
    reply->has_state = true;
    reply->state = hold->state;
    reply->order_id = hold->order_id[0] ? ts_strdup(call->arena, hold->order_id) : NULL;
    reply->has_expires_at_ms = true;
    reply->expires_at_ms = hold->expires_at_ms;
}

static bool is_for(const struct fake_hold *hold, const char *order_id)
{
    return hold->order_id[0] == '\0' || strcmp(hold->order_id, order_id) == 0;
}

static void take(struct fake_hold *hold, const char *order_id, Inventory__HoldState state)
{
    hold->state = state;
    snprintf(hold->order_id, sizeof(hold->order_id), "%s", order_id);
    hold->sold_ever = hold->sold_ever || state == STATE(SOLD);
}

static int keep_hold(struct ts_call *call, const Inventory__KeepHoldRequest *request, Inventory__HoldStateReply *reply)
{
    struct fake_hold *hold = fake_hold_find(request->hold_id);

    if (!hold)
        return TS_ENOTFOUND;
    if ((hold->state == STATE(OPEN) || hold->state == STATE(KEPT)) && is_for(hold, request->order_id)) {
        take(hold, request->order_id, STATE(KEPT));
        if (request->expires_at_ms > hold->expires_at_ms)
            hold->expires_at_ms = request->expires_at_ms;
    }
    hold_answer(call, hold, reply);
    return 0;
}

static int sell_hold(struct ts_call *call, const Inventory__SellHoldRequest *request, Inventory__HoldStateReply *reply)
{
    struct fake_hold *hold = fake_hold_find(request->hold_id);

    if (!hold)
        return TS_ENOTFOUND;
    if ((hold->state == STATE(OPEN) || hold->state == STATE(KEPT)) && is_for(hold, request->order_id))
        take(hold, request->order_id, STATE(SOLD));
    hold_answer(call, hold, reply);
    return 0;
}

/* One never written is written RELEASED, so that it never comes to be. */
static int free_hold(struct ts_call *call, const Inventory__FreeHoldRequest *request, Inventory__HoldStateReply *reply)
{
    struct fake_hold *hold = fake_hold_find(request->hold_id);

    if (!hold)
        hold = hold_add(request->hold_id, STATE(RELEASED));
    if (!hold)
        return TS_EEXHAUSTED;
    if (is_for(hold, request->order_id) && (hold->state != STATE(SOLD) || request->sold))
        hold->state = STATE(RELEASED);
    hold_answer(call, hold, reply);
    reply->seats = TS_NEW_ARRAY(call->arena, char *, hold->place_count);
    while (hold->seated && reply->n_seats < hold->place_count) {
        reply->seats[reply->n_seats] = ts_printf(call->arena, "Seat %zu", reply->n_seats + 1);
        reply->n_seats++;
    }
    return 0;
}

static int answer_sold_out(struct ts_call *call, Inventory__HoldStateReply *reply)
{
    Common__Refusal *refusal = TS_NEW(call->arena, Common__Refusal);

    common__refusal__init(refusal);
    refusal->has_code = true;
    refusal->code = COMMON__ERROR_CODE__SOLD_OUT;
    reply->refusals = TS_NEW_ARRAY(call->arena, Common__Refusal *, 1);
    reply->refusals[reply->n_refusals++] = refusal;
    return 0;
}

static int hold_again(struct ts_call *call, const Inventory__HoldAgainRequest *request,
                      Inventory__HoldStateReply *reply)
{
    struct fake_hold *hold = fake_hold_find(request->hold_id);

    if (!hold && fake.lose > 0) {
        fake.lose--;
        hold = hold_add(request->hold_id, STATE(RELEASED));
    }
    if (!hold && !room_for(call, (unsigned)request->n_lines))
        return answer_sold_out(call, reply);
    if (!hold && fake.overtaken > 0) {
        fake.overtaken--;
        hold = hold_add(request->hold_id, STATE(SOLD));
        take(hold, request->order_id, STATE(SOLD));
        hold->place_count = (unsigned)request->n_lines;
        hold->seated = true;
        return answer_sold_out(call, reply);
    }
    if (!hold) {
        hold = hold_add(request->hold_id, STATE(KEPT));
        if (!hold)
            return TS_EEXHAUSTED;
        take(hold, request->order_id, STATE(KEPT));
        hold->place_count = (unsigned)request->n_lines;
        hold->expires_at_ms = request->expires_at_ms;
    }
    hold_answer(call, hold, reply);
    return 0;
}

static void get_sale(struct ts_call *call, const Catalog__GetSaleRequest *request, Catalog__GetSaleReply *reply)
{
    Catalog__EventDate *date = TS_NEW(call->arena, Catalog__EventDate);
    Catalog__Event *event = TS_NEW(call->arena, Catalog__Event);

    if (strcmp(request->event_id, fake.event_id) != 0)
        return;
    catalog__event__init(event);
    event->id = fake.event_id;
    event->organizer_id = fake.organizer_id;
    event->has_status = event->has_test_mode = true;
    event->status = fake.event_status;
    event->test_mode = fake.test_mode;
    event->currency = "EUR";
    catalog__event_date__init(date);
    date->id = fake.date_id;
    date->event_id = fake.event_id;
    date->has_status = true;
    date->status = fake.date_status;
    reply->event = event;
    reply->dates = TS_NEW_ARRAY(call->arena, Catalog__EventDate *, 1);
    if (request->n_date_ids == 1 && strcmp(request->date_ids[0], fake.date_id) == 0)
        reply->dates[reply->n_dates++] = date;
}

/* Other fibers may run here, this instance may crash, and the network may fail. */
static int weather(struct ts_call *call)
{
    if (fake.draw && fake.draw(2))
        fiber_yield();
    if (call->runtime->crashed)
        return TS_ECRASHED;
    return fake.draw && fake.draw(100) < fake.fail_percent ? TS_EUNAVAILABLE : 0;
}

static int serve(const char *method, struct ts_call *call, const ProtobufCMessage *request, ProtobufCMessage *reply)
{
    if (strcmp(method, "ReadHold") == 0)
        read_hold(call, (const Inventory__ReadHoldRequest *)request, (Inventory__ReadHoldReply *)reply);
    else if (strcmp(method, "KeepHold") == 0)
        return keep_hold(call, (const Inventory__KeepHoldRequest *)request, (Inventory__HoldStateReply *)reply);
    else if (strcmp(method, "SellHold") == 0)
        return sell_hold(call, (const Inventory__SellHoldRequest *)request, (Inventory__HoldStateReply *)reply);
    else if (strcmp(method, "FreeHold") == 0)
        return free_hold(call, (const Inventory__FreeHoldRequest *)request, (Inventory__HoldStateReply *)reply);
    else if (strcmp(method, "HoldAgain") == 0)
        return hold_again(call, (const Inventory__HoldAgainRequest *)request, (Inventory__HoldStateReply *)reply);
    else if (strcmp(method, "GetSale") == 0)
        get_sale(call, (const Catalog__GetSaleRequest *)request, (Catalog__GetSaleReply *)reply);
    else
        return TS_EUNIMPLEMENTED;
    return 0;
}

static int dispatch(const void *rows, unsigned method_index, struct ts_call *call, const ProtobufCMessage *request,
                    ProtobufCMessage *reply)
{
    const ProtobufCServiceDescriptor *service = rows;
    uint64_t number = ++fake.calls;
    int r;

    r = weather(call);
    if (r == 0)
        r = serve(service->methods[method_index].name, call, request, reply);
    if (r == 0)
        r = weather(call);
    return r == 0 && number == fake.fail_nth ? TS_EUNAVAILABLE : r;
}

static int deadline(const void *rows, unsigned method_index)
{
    (void)rows;
    (void)method_index;
    return 5000;
}

static const struct ts_service inventory_services[] = {
    { &inventory__inventory__descriptor, dispatch, deadline, &inventory__inventory__descriptor },
    { 0 },
};
static const struct ts_service catalog_services[] = {
    { &catalog__catalog__descriptor, dispatch, deadline, &catalog__catalog__descriptor },
    { 0 },
};
static const struct ts_collection *const no_collections[] = { NULL };

const struct ts_module fake_inventory = {
    .name = "inventory",
    .services = inventory_services,
    .collections = no_collections,
};
const struct ts_module fake_catalog = { .name = "catalog",
                                        .services = catalog_services,
                                        .collections = no_collections };
