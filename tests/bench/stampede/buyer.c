/*
 * What a buyer does. People look at the event page, think, hold one to four tickets, think, and then order and pay,
 * give the cart back, or close the window; a card may be declined, and most of them try another. Who is refused comes
 * back a few times. Bots hammer holds of four, never look at a page, and mostly let the carts lapse. What each would
 * draw is settled by the seed and its number; who gets a ticket, by who is faster.
 */
#include "stampede.h"

enum {
    RETURNS_MAX = 3,       /* of a person who was refused */
    RETURNS_MAX_LATE = 40, /* of one who knows that carts lapse now */
    BOT_HOLDS = 12,
    BOT_CARTS_MAX = 2,
};

enum fate { FATE_PAYS, FATE_RELEASES, FATE_LEAVES };

struct buyer {
    struct caller caller;
    uint64_t random;
    uint32_t number;
    uint8_t quantity, tries, carts, is_bot : 1, is_late : 1, has_come : 1, has_card : 1;
    uint8_t fate;
    char place[96], pass[256]; /* in the waiting room */
    char token[96];            /* of the hold */
    char order_id[40];
    char code[24], secret[64];
};

struct sale *sales;
size_t sale_count;
static size_t sale_room;
static struct buyer *buyers[2]; /* the burst, and those who come once carts have lapsed */

/* splitmix64: from 0 to below `bound`. */
static unsigned draw(struct buyer *buyer, unsigned bound)
{
    uint64_t mixed = buyer->random += 0x9e3779b97f4a7c15;

    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    return (unsigned)((mixed ^ mixed >> 31) % bound);
}

static void write_query(struct buf *body, const char *query)
{
    buf_printf(body, "{\"query\":\"%s\",\"variables\":", query);
}

static void write_join(const struct buyer *buyer, struct buf *body)
{
    write_query(body, "mutation Join($i: JoinWaitingRoomInput!) { joinWaitingRoom(input: $i) { place { token } "
                      "userErrors { code } } }");
    buf_printf(body,
               "{\"i\":{\"eventId\":\"%s\",\"email\":\"buyer%u@example.org\",\"idempotencyKey\":\"%s-%u-join\"}}}",
               event_id, buyer->number, event_id, buyer->number);
}

static void write_place(const struct buyer *buyer, struct buf *body)
{
    write_query(body, "query Place($t: String!) { waitingPlace(token: $t) { state pass pollSeconds } }");
    buf_printf(body, "{\"t\":\"%s\"}}", buyer->place);
}

static void write_hold(const struct buyer *buyer, struct buf *body)
{
    write_query(body, "mutation Hold($i: HoldTicketsInput!) { holdTickets(input: $i) { hold { token expiresAt "
                      "positions { id } total { amount } } userErrors { code } } }");
    buf_printf(body, "{\"i\":{\"eventId\":\"%s\",\"lines\":[{\"ticketTypeId\":\"%s\",\"quantity\":%u}],", event_id,
               type_id, buyer->quantity);
    if (buyer->pass[0])
        buf_printf(body, "\"pass\":\"%s\",", buyer->pass);
    buf_printf(body, "\"idempotencyKey\":\"%s-%u-%u\"}}}", event_id, buyer->number, buyer->tries);
}

static void buyer_write(struct caller *caller, struct buf *body)
{
    struct buyer *buyer = (struct buyer *)caller;

    if (!buyer->has_come) {
        buyer->has_come = true;
        tally.arrived++;
        tally.bots += buyer->is_bot;
    }
    switch (caller->op) {
    case OP_BROWSE:
        write_query(body, "query Page($e: ID!) { event(id: $e) { title startsAt venue { name } ticketTypes { id name "
                          "price { amount currency } availability remaining } } }");
        buf_printf(body, "{\"e\":\"%s\"}}", event_id);
        break;
    case OP_JOIN:
        write_join(buyer, body);
        break;
    case OP_PLACE:
        write_place(buyer, body);
        break;
    case OP_HOLD:
        write_hold(buyer, body);
        break;
    case OP_RELEASE:
        write_query(body, "mutation Release($i: ReleaseHoldInput!) { releaseHold(input: $i) { released userErrors { "
                          "code } } }");
        buf_printf(body, "{\"i\":{\"token\":\"%s\"}}}", buyer->token);
        break;
    case OP_ORDER:
        write_query(body, "mutation Order($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id code secret "
                          "positions { id } } userErrors { code } } }");
        buf_printf(body,
                   "{\"i\":{\"holdToken\":\"%s\",\"email\":\"buyer%u@example.org\",\"name\":\"Buyer %u\","
                   "\"idempotencyKey\":\"%s-%u-order\"}}}",
                   buyer->token, buyer->number, buyer->number, event_id, buyer->number);
        break;
    default:
        write_query(body, "mutation Pay($i: PayOrderInput!) { payOrder(input: $i) { order { status positions { ticket "
                          "{ qr } } } userErrors { code } } }");
        buf_printf(body,
                   "{\"i\":{\"orderId\":\"%s\",\"secret\":\"%s\",\"provider\":\"sandbox\",\"method\":\"%s\","
                   "\"idempotencyKey\":\"%s-%u-%s\"}}}",
                   buyer->order_id, buyer->secret, buyer->has_card ? "success" : "decline", event_id, buyer->number,
                   buyer->has_card ? "success" : "decline");
        break;
    }
}

static void ask_after(struct buyer *buyer, enum op op, unsigned ms_least, unsigned ms_more)
{
    buyer->caller.op = op;
    client_ask_at(&buyer->caller, now_us() + (ms_least + draw(buyer, ms_more)) * 1000L / flags.hurry);
}

static void go(void)
{
    tally.gone++;
}

/* Refused: come back, or not. */
static void come_back(struct buyer *buyer, bool is_sold_out)
{
    unsigned most = buyer->is_bot ? BOT_HOLDS : buyer->is_late ? RETURNS_MAX_LATE : RETURNS_MAX;

    if (buyer->is_late && is_sold_out) {
        go(); /* no cart is left that could lapse */
    } else if (++buyer->tries > most) {
        tally.refused_for_good += !buyer->is_bot;
        go();
    } else if (buyer->is_bot)
        ask_after(buyer, OP_HOLD, 5, 100);
    else
        ask_after(buyer, OP_HOLD, 200, 2000);
}

static void keep_sale(const struct buyer *buyer)
{
    if (sale_count == sale_room) {
        sale_room = sale_room ? 2 * sale_room : 1024;
        sales = realloc(sales, sale_room * sizeof(*sales));
        if (!sales)
            give_up("no memory for sales");
    }
    sales[sale_count] = (struct sale){ .tickets = buyer->quantity };
    memcpy(sales[sale_count].code, buyer->code, sizeof(buyer->code));
    memcpy(sales[sale_count].secret, buyer->secret, sizeof(buyer->secret));
    sale_count++;
    tally.paid_orders++;
    tally.paid += buyer->quantity;
}

static void expect(bool is_so)
{
    tally.wrong += !is_so;
}

/* Neither what was asked for nor a refusal. */
static void on_nothing(void)
{
    expect(false);
    go();
}

/* Over any time no more come in than the rate allows, and two seconds' worth and one. */
static unsigned long most_passes(void)
{
    return (unsigned long)(flags.room / 60.0 * ((double)(now_us() - room_starts_us) / 1e6 + 2) + 1);
}

/* The place in the waiting room as it is now: let in, or to be asked for again when the server says. */
static void on_place(struct buyer *buyer, const struct json *place)
{
    const struct json *pass = json_at(place, "pass", NULL), *poll = json_at(place, "pollSeconds", NULL);

    if (pass) {
        json_keep(buyer->pass, sizeof(buyer->pass), place, "pass");
        tally.passes++;
        tally.too_soon += !buyer->is_late && tally.passes > most_passes(); /* for the late the clock was moved */
        ask_after(buyer, OP_HOLD, 100, 1000);
    } else if (poll) {
        ask_after(buyer, OP_PLACE, (unsigned)poll->integer * 1000, 100);
    } else {
        tally.refused_for_good++; /* his turn has passed */
        go();
    }
}

static void on_hold(struct buyer *buyer, const struct json *hold)
{
    const struct json *positions = json_at(hold, "positions", NULL);

    json_keep(buyer->token, sizeof(buyer->token), hold, "token");
    expect(positions && positions->size == buyer->quantity);
    tally.holds++;
    tally.held += buyer->quantity;
    tally.passless += flags.room && buyer->is_bot;
    if (buyer->is_bot && (++buyer->carts >= BOT_CARTS_MAX || draw(buyer, 2) == 0)) {
        ask_after(buyer, OP_RELEASE, 300, 2000); /* it found no customer */
    } else if (buyer->is_bot) {
        tally.left += buyer->quantity; /* hoarded until it lapses */
        come_back(buyer, /* is_sold_out= */ false);
    } else if (buyer->fate == FATE_LEAVES) {
        tally.left += buyer->quantity;
        go();
    } else
        ask_after(buyer, buyer->fate == FATE_PAYS ? OP_ORDER : OP_RELEASE, 100, 1500);
}

static void on_order(struct buyer *buyer, const struct json *order)
{
    const struct json *positions = json_at(order, "positions", NULL);

    json_keep(buyer->order_id, sizeof(buyer->order_id), order, "id");
    json_keep(buyer->code, sizeof(buyer->code), order, "code");
    json_keep(buyer->secret, sizeof(buyer->secret), order, "secret");
    expect(positions && positions->size == buyer->quantity);
    tally.orders++;
    ask_after(buyer, OP_PAY, 50, 1000);
}

static void on_paid(struct buyer *buyer, const struct json *order)
{
    const struct json *status = json_at(order, "status", NULL), *positions = json_at(order, "positions", NULL);

    expect(status && strcmp(status->text, "PAID") == 0 && positions && positions->size == buyer->quantity);
    for (const struct json *at = positions ? positions->first : NULL; at; at = at->next)
        expect(json_at(at, "ticket", "qr", NULL) != NULL);
    keep_sale(buyer);
    go();
}

static void on_refusal(struct buyer *buyer, const char *code)
{
    bool is_declined = strcmp(code, "PAYMENT_DECLINED") == 0, is_sold_out = strcmp(code, "SOLD_OUT") == 0;
    bool is_passless = strcmp(code, "WAITING_ROOM_REQUIRED") == 0 || strcmp(code, "PASS_INVALID") == 0;

    if (is_declined)
        tally.declined++;
    else
        count(&tally.refusals, code);
    if (is_declined && !buyer->has_card && draw(buyer, 5)) {
        buyer->has_card = true; /* another one */
        ask_after(buyer, OP_PAY, 500, 1500);
    } else if (buyer->caller.op == OP_HOLD && (is_sold_out || strcmp(code, "RESERVED_BY_OTHERS") == 0))
        come_back(buyer, is_sold_out);
    else if (buyer->is_bot && is_passless)
        come_back(buyer, /* is_sold_out= */ false); /* it tries the door again */
    else
        go();
}

static void buyer_on_answer(struct caller *caller, const struct json *data)
{
    static const char *const mutations[OP_COUNT] = { [OP_JOIN] = "joinWaitingRoom",
                                                     [OP_HOLD] = "holdTickets",
                                                     [OP_RELEASE] = "releaseHold",
                                                     [OP_ORDER] = "placeOrder",
                                                     [OP_PAY] = "payOrder" };
    static const char *const nouns[OP_COUNT] = {
        [OP_JOIN] = "place", [OP_HOLD] = "hold", [OP_ORDER] = "order", [OP_PAY] = "order"
    };
    struct buyer *buyer = (struct buyer *)caller;
    const struct json *result = data && mutations[caller->op] ? json_at(data, mutations[caller->op], NULL) : NULL;
    const struct json *errors = json_at(result, "userErrors", NULL);
    const struct json *code = errors && errors->first ? json_at(errors->first, "code", NULL) : NULL;

    if (!data) { /* counted as a failure; the outcome of a payment is not known then */
        tally.unknown_orders += caller->op == OP_PAY;
        tally.unknown += caller->op == OP_PAY ? buyer->quantity : 0;
        go();
    } else if (code)
        on_refusal(buyer, code->text);
    else if (nouns[caller->op] && !json_at(result, nouns[caller->op], NULL))
        on_nothing();
    else if (caller->op == OP_BROWSE) {
        expect(json_at(data, "event", "ticketTypes", NULL) != NULL);
        ask_after(buyer, flags.room ? OP_JOIN : OP_HOLD, 100, 2000);
    } else if (caller->op == OP_JOIN) {
        json_keep(buyer->place, sizeof(buyer->place), json_at(result, "place", NULL), "token");
        ask_after(buyer, OP_PLACE, 0, 1000);
    } else if (caller->op == OP_PLACE)
        on_place(buyer, json_at(data, "waitingPlace", NULL));
    else if (caller->op == OP_HOLD)
        on_hold(buyer, json_at(result, nouns[caller->op], NULL));
    else if (caller->op == OP_ORDER)
        on_order(buyer, json_at(result, nouns[caller->op], NULL));
    else if (caller->op == OP_PAY)
        on_paid(buyer, json_at(result, nouns[caller->op], NULL));
    else {
        tally.released += buyer->quantity;
        go();
    }
}

static const struct caller_kind buyer_kind = { .write = buyer_write, .on_answer = buyer_on_answer };

static void buyer_init(struct buyer *buyer, uint32_t number)
{
    unsigned chance;

    buyer->caller.kind = &buyer_kind;
    buyer->number = number;
    buyer->random = flags.seed * 0xd1342543de82ef95 + number;
    buyer->is_bot = draw(buyer, 100) < flags.bots_percent;
    buyer->quantity = (uint8_t)(buyer->is_bot ? QUANTITY_MAX : 1 + draw(buyer, QUANTITY_MAX));
    chance = draw(buyer, 100);
    buyer->fate = chance < 12 ? FATE_RELEASES : chance < 20 ? FATE_LEAVES : FATE_PAYS;
    buyer->has_card = draw(buyer, 10) > 0;
    if (flags.room && buyer->is_bot && number % 2)
        snprintf(buyer->pass, sizeof(buyer->pass), "W1.made-up.by-a-bot"); /* the others have none */
}

void buyers_run(void)
{
    int64_t start_us = now_us();

    buyers[0] = calloc(flags.buyers, sizeof(*buyers[0]));
    if (!buyers[0])
        give_up("no memory for buyers");
    for (unsigned i = 0; i < flags.buyers; i++) {
        struct buyer *buyer = &buyers[0][i];
        double at;

        buyer_init(buyer, i);
        at = draw(buyer, 1000000) / 1e6;
        buyer->caller.op = buyer->is_bot ? OP_HOLD : OP_BROWSE;
        client_ask_at(&buyer->caller, start_us + (int64_t)(at * at * flags.arrive_s * 1e6)); /* most come early */
    }
    client_run(&tally.gone, flags.buyers);
}

/* People who were refused before: each wants one ticket and pays it. */
void buyers_run_late(unsigned late_count)
{
    unsigned long all = tally.gone + late_count;
    static uint32_t numbers;

    free(buyers[1]);
    buyers[1] = calloc(late_count, sizeof(*buyers[1]));
    if (!buyers[1])
        give_up("no memory for buyers");
    for (unsigned i = 0; i < late_count; i++) {
        struct buyer *buyer = &buyers[1][i];

        buyer_init(buyer, flags.buyers + numbers++);
        buyer->is_late = buyer->has_card = true;
        buyer->is_bot = false;
        buyer->fate = FATE_PAYS;
        buyer->quantity = 1;
        ask_after(buyer, OP_BROWSE, 0, 1000);
    }
    client_run(&tally.gone, all);
}

void buyers_done(void)
{
    free(buyers[0]);
    free(buyers[1]);
    free(sales);
}
