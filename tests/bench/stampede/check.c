/*
 * Is what was acknowledged true? Seen from outside alone: each paid order is asked for again with its code and secret,
 * as its buyer would, and the owner's figures are set beside our own. Every claim that does not hold is one line.
 */
#include "base/hash.h"
#include "stampede.h"

static uint64_t *codes; /* digests of all tickets' signed codes */
static size_t code_count;
static unsigned long found;

static void sale_write(struct caller *caller, struct buf *body)
{
    const struct sale *sale = (struct sale *)caller;

    buf_printf(body,
               "{\"query\":\"query Find($c: String!, $s: String!) { order(code: $c, secret: $s) { status positions { "
               "ticket { valid qr } } } }\",\"variables\":{\"c\":\"%s\",\"s\":\"%s\"}}",
               sale->code, sale->secret);
}

/* Return: how many valid tickets the order has. */
static unsigned tickets_of(const struct json *order)
{
    const struct json *positions = json_at(order, "positions", NULL);
    unsigned valid_count = 0;

    for (const struct json *at = positions ? positions->first : NULL; at; at = at->next) {
        const struct json *qr = json_at(at, "ticket", "qr", NULL), *valid = json_at(at, "ticket", "valid", NULL);

        if (!qr || !valid || valid->type != JSON_TRUE || code_count >= tally.paid)
            continue;
        codes[code_count++] = hash_seeded(flags.seed, qr->text, qr->size);
        valid_count++;
    }
    return valid_count;
}

static void sale_on_answer(struct caller *caller, const struct json *data)
{
    struct sale *sale = (struct sale *)caller;
    const struct json *order = json_at(data, "order", NULL), *status = json_at(order, "status", NULL);

    found++;
    snprintf(sale->status_seen, sizeof(sale->status_seen), "%s", status ? status->text : "");
    sale->tickets_seen = tickets_of(order);
}

static const struct caller_kind sale_kind = { .write = sale_write, .on_answer = sale_on_answer };

static int by_value(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

void check_ask(void)
{
    codes = calloc(tally.paid + 1, sizeof(*codes));
    if (!codes)
        give_up("no memory for tickets");
    for (size_t i = 0; i < sale_count; i++) {
        sales[i].caller = (struct caller){ .op = OP_FIND, .kind = &sale_kind };
        client_ask_at(&sales[i].caller, now_us());
    }
    client_run(&found, sale_count);
}

static bool check_sales(void)
{
    unsigned long missing = 0;

    for (size_t i = 0; i < sale_count; i++) {
        const struct sale *sale = &sales[i];

        if (strcmp(sale->status_seen, "PAID") == 0 && sale->tickets_seen == sale->tickets)
            continue;
        if (missing++ < LINES_SHOWN)
            violated("order %s was acknowledged as PAID with %u tickets, and is %s with %u", sale->code, sale->tickets,
                     sale->status_seen[0] ? sale->status_seen : "not found", sale->tickets_seen);
    }
    if (missing > LINES_SHOWN)
        violated("... and %lu more such orders", missing - LINES_SHOWN);
    return missing == 0;
}

static bool check_tickets(void)
{
    unsigned long twice = 0;

    qsort(codes, code_count, sizeof(*codes), by_value);
    for (size_t i = 1; i < code_count; i++)
        twice += codes[i] == codes[i - 1];
    free(codes);
    return !twice || violated("%lu tickets were given to two", twice);
}

static bool check_figures(const struct quota *quota, bool must_be_full)
{
    long paid = (long)tally.paid + flags.miscount, unknown = (long)tally.unknown, orders = (long)tally.paid_orders;
    bool holds = true;

    if (quota->size < 0 || quota->paid_orders < 0)
        return violated("the owner could not read the quota and the list of orders");
    if (quota->size != flags.places)
        holds = violated("the quota has %ld places, not the %u it was made with", quota->size, flags.places);
    if (quota->sold > quota->size)
        holds = violated("%ld tickets sold of %ld places", quota->sold, quota->size);
    if (paid > flags.places)
        holds = violated("%ld tickets acknowledged as paid for %u places", paid, flags.places);
    if (quota->sold < paid || quota->sold > paid + unknown)
        holds = violated("%ld tickets acknowledged as paid, the owner's quota says %ld sold", paid, quota->sold);
    if (quota->paid_orders < orders || quota->paid_orders > orders + (long)tally.unknown_orders)
        holds = violated("%ld orders acknowledged as paid, the owner's list has %ld", orders, quota->paid_orders);
    if (quota->sold + quota->held + quota->remaining != quota->size)
        holds = violated("sold %ld, held %ld and remaining %ld are not the %ld places", quota->sold, quota->held,
                         quota->remaining, quota->size);
    if (must_be_full && quota->sold != quota->size)
        holds = violated("%ld of %ld places sold though buyers were sent away", quota->sold, quota->size);
    return holds;
}

static bool check_answers(void)
{
    bool holds = true;

    if (tally.arrived != tally.gone || tally.arrived < flags.buyers)
        holds = violated("%lu of %u buyers arrived, %lu were seen off", tally.arrived, flags.buyers, tally.gone);
    if (tally.unanswered)
        holds = violated("%lu requests were never answered", tally.unanswered);
    if (tally.server_errors)
        holds = violated("%lu answers were a 5xx", tally.server_errors);
    if (counts_sum(&tally.failures))
        holds = violated("%lu requests failed, by kind above", counts_sum(&tally.failures));
    if (tally.wrong)
        holds = violated("%lu answers were not what was asked for", tally.wrong);
    return holds;
}

/* Nobody holds who did not come through the room, and the room keeps its rate. */
static bool check_room(void)
{
    bool holds = tally.passes > 0 || violated("nobody was let in");

    if (tally.passless)
        holds = violated("%lu carts were filled without a pass", tally.passless);
    if (tally.too_soon)
        holds = violated("%lu were let in sooner than %u a minute allow", tally.too_soon, flags.room);
    return holds;
}

bool check(const struct quota *quota, bool must_be_full)
{
    bool sales_hold = check_sales(), tickets_hold = check_tickets(), figures_hold = check_figures(quota, must_be_full);

    bool room_holds = !flags.room || check_room();

    return check_answers() && room_holds && sales_hold && tickets_hold && figures_hold;
}
