/* Notices of cancellations: being asked for one, walking its orders, and what the mail to each says. */
#include "notice.h"

#include <string.h>

#include "confirm.h"
#include "orders.h"
#include "payments/v1/payments.rpc.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/limits.h"
#include "words.h"

enum {
    STEP_ORDERS = TS_PAGE_SIZE_MAX, /* that one step goes through */
    DATES_SHOWN_MAX = 5,
    PARAGRAPHS_MAX = 3,
};

const struct ts_collection orders_notices = {
    .name = "orders_notices",
    .message = &orders__notice__descriptor,
    .indexes = { { "due", { "due_ms" } } },
    .quiet = true,
    .keep_ms = 30 * (int64_t)TS_DAY_MS,
};

const struct ts_collection notice_outbox = {
    .name = "notice_outbox",
    .message = &common__mail_work__descriptor,
    .indexes = { { "due", { "due_ms" } } },
    .quiet = true,
    .keep_ms = 30 * (int64_t)TS_DAY_MS,
};

int tell_cancelled(struct ts_call *call, const Orders__TellCancelledRequest *request,
                   Orders__TellCancelledReply *ret_reply)
{
    Orders__Notice notice = ORDERS__NOTICE__INIT;
    int r;

    (void)ret_reply;
    if (!ts_id_is(request->event_id, "evt") || (request->date_id && !ts_id_is(request->date_id, "dat")))
        return TS_EINVALID;
    if (!ts_mail_is_on(call))
        return 0;
    notice.id = request->date_id ? request->date_id : request->event_id;
    notice.event_id = request->event_id;
    notice.has_due_ms = true;
    notice.due_ms = ts_now_ms(call);
    r = ts_store_insert(call, &orders_notices, notice.id, &notice.base);
    return r == TS_WRITE_CONFLICT ? 0 : r;
}

/* ---- the walk */

/* Is it about this date of an order, as far as its id says? That of the event is about all. */
static bool is_about(const char *notice_id, const char *date_id)
{
    return ts_id_has(notice_id, "evt") || strcmp(notice_id, date_id) == 0;
}

static bool is_about_order(const char *notice_id, const Orders__Order *order)
{
    for (size_t i = 0; i < order->n_positions; i++) {
        if (is_about(notice_id, order->positions[i]->date_id))
            return true;
    }
    return false;
}

/* A mail for each order of the page; who has one already, of a step before this that was cut off, gets no other. */
static int intend(struct ts_call *call, const char *notice_id, const struct ts_page *page)
{
    struct ts_write *writes = TS_NEW_ARRAY(call->arena, struct ts_write, page->count);
    size_t count = 0;

    for (size_t i = 0; i < page->count; i++) {
        const Orders__Order *order = (const Orders__Order *)page->docs[i].body;
        Common__MailWork *work;

        if (!is_about_order(notice_id, order))
            continue;
        work = ts_mail_work_new(call, ts_printf(call->arena, "%s.%s", order->id, notice_id));
        if (!work)
            return 0; /* there is no mail server any more */
        writes[count++] = (struct ts_write){ .collection = &notice_outbox, .id = work->id, .body = &work->base };
    }
    return count ? ts_store_write(call, writes, count, TS_WRITE_INDEPENDENT) : 0;
}

int notice_continue(struct ts_call *call, const char *id)
{
    const Orders__OrderStatus paid = ORDERS__ORDER_STATUS__PAID;
    Orders__Notice notice;
    struct ts_scan scan;
    struct ts_page page;
    struct ts_doc doc;
    int r = ts_store_get(call, &orders_notices, id, &doc);

    if (r || !doc.body)
        return r;
    notice = *(const Orders__Notice *)doc.body;
    if (!notice.has_due_ms || notice.due_ms > ts_now_ms(call))
        return 0;
    scan = store_event_scan(notice.event_id, &paid);
    scan.limit = STEP_ORDERS;
    scan.cursor = notice.cursor;
    scan.exact = true; /* who paid last is told, too */
    r = ts_store_scan(call, &scan, &page);
    if (r == 0)
        r = intend(call, id, &page);
    if (r)
        return r;
    notice.cursor = (char *)page.cursor;
    notice.has_due_ms = page.more;
    notice.due_ms = page.more ? ts_now_ms(call) : 0;
    r = ts_store_put(call, &orders_notices, id, doc.version, &notice.base);
    return r > 0 ? 0 : r; /* somebody else took this step */
}

/* ---- the mail */

/* Has all that was paid for it gone back? */
static int is_refunded(struct ts_call *call, const Orders__Order *order, bool *ret_refunded)
{
    Payments__OrderIdsRequest request = PAYMENTS__ORDER_IDS_REQUEST__INIT;
    const Payments__GetBalancesReply *reply;
    char *order_id = order->id;
    int r;

    *ret_refunded = false;
    if (!order->total || !order->total->minor)
        return 0;
    request.order_ids = &order_id;
    request.n_order_ids = 1;
    r = payments_get_balances_as_system(call, &request, &reply);
    if (r)
        return r;
    *ret_refunded = reply->n_balances == 1 && reply->balances[0]->balance->minor >= order->total->minor;
    return 0;
}

/* A date that was cancelled by itself has a notice of its own. */
static bool is_told_here(const char *notice_id, const Catalog__EventDate *date)
{
    return is_about(notice_id, date->id) && (ts_id_has(notice_id, "dat") || !date->has_sweeps);
}

/* What of an order's event is called off: when it was to begin, as words, and how many of its tickets are for that. */
struct loss {
    enum ts_language language;
    const char *dates;
    size_t date_count, ticket_count;
};

static void loss_add(struct ts_call *call, const Catalog__GetSaleReply *sale, const Catalog__EventDate *date,
                     const Orders__Order *order, struct loss *loss)
{
    const char *when = ts_time_local(call->arena, loss->language, date->starts_at_ms, sale->event->time_zone);

    if (loss->date_count == 0)
        loss->dates = when;
    else if (loss->date_count < DATES_SHOWN_MAX)
        loss->dates = ts_printf(call->arena, "%s; %s", loss->dates, when);
    loss->date_count++;
    for (size_t i = 0; i < order->n_positions; i++)
        loss->ticket_count += strcmp(order->positions[i]->date_id, date->id) == 0;
}

static struct loss loss_of(struct ts_call *call, const char *notice_id, const Catalog__GetSaleReply *sale,
                           const Orders__Order *order)
{
    struct loss loss = { words_language(order) };

    for (size_t i = 0; i < sale->n_dates; i++) {
        if (is_told_here(notice_id, sale->dates[i]))
            loss_add(call, sale, sale->dates[i], order, &loss);
    }
    if (loss.date_count > DATES_SHOWN_MAX)
        loss.dates = ts_words_fill(call->arena, words_of(loss.language)->more,
                                   (const struct ts_word[]){
                                       { "dates", loss.dates },
                                       { "count", ts_printf(call->arena, "%zu", loss.date_count - DATES_SHOWN_MAX) },
                                       { NULL, NULL },
                                   });
    return loss;
}

/* Return: 0 and *ret_place, "Halle, Hauptstr. 1, Berlin" (NULL: the event has none); a ts_error. */
static int place_of(struct ts_call *call, const Catalog__Event *event, const char **ret_place)
{
    Catalog__IdsRequest request = CATALOG__IDS_REQUEST__INIT;
    const Catalog__GetVenuesReply *reply;
    const Catalog__Venue *venue;
    char *venue_id = event->venue_id;
    int r;

    *ret_place = NULL;
    if (!venue_id)
        return 0;
    request.ids = &venue_id;
    request.n_ids = 1;
    r = catalog_get_venues_as_system(call, &request, &reply);
    if (r || !reply->n_venues)
        return r;
    venue = reply->venues[0];
    *ret_place =
        ts_printf(call->arena, "%s%s%s%s%s", venue->name, venue->address ? ", " : "",
                  venue->address ? venue->address : "", venue->city ? ", " : "", venue->city ? venue->city : "");
    return 0;
}

static void write_mail(struct ts_call *call, const Orders__Order *order, const char *title, const struct loss *loss,
                       const char *place, struct ts_mail *mail)
{
    const struct words *words = words_of(loss->language);
    const struct ts_word filled[] = {
        { "code", order->code },
        { "title", title },
        { "dates", loss->dates },
        { "place", place },
        { "count", ts_printf(call->arena, "%zu", loss->ticket_count) },
        { NULL, NULL },
    };
    const char **paragraphs = TS_NEW_ARRAY(call->arena, const char *, PARAGRAPHS_MAX + 1);
    size_t count = 0;

    paragraphs[count++] = ts_words_fill(call->arena, words->cancelled, filled);
    if (place)
        paragraphs[count++] = ts_words_fill(call->arena, words->place, filled);
    paragraphs[count++] = ts_words_fill(call->arena, words->lost, filled);
    mail->to = order->email;
    mail->language = loss->language;
    mail->subject = ts_words_fill(call->arena, words->cancelled_subject, filled);
    mail->paragraphs = paragraphs;
    mail->link = confirm_link(call, order);
    mail->link_text = words->order_link;
}

/* Return: as ts_mail_compose. */
static int tell(struct ts_call *call, const char *notice_id, const Orders__Order *order, struct ts_mail *ret_mail)
{
    Catalog__GetSaleRequest request = CATALOG__GET_SALE_REQUEST__INIT;
    const Catalog__GetSaleReply *sale;
    const char *place;
    struct loss loss;
    int r;

    request.event_id = order->event_id;
    request.date_ids = orders_date_ids(call, order, &request.n_date_ids);
    r = catalog_get_sale_as_system(call, &request, &sale);
    if (r)
        return r;
    if (!sale->event)
        return TS_MAIL_DROP;
    loss = loss_of(call, notice_id, sale, order);
    if (!loss.date_count)
        return TS_MAIL_DROP; /* he was told of each of them */
    r = place_of(call, sale->event, &place);
    if (r == 0)
        write_mail(call, order, words_title(sale->event, loss.language), &loss, place, ret_mail);
    return r;
}

static int compose(struct ts_call *call, const char *id, struct ts_mail *ret_mail)
{
    struct order order;
    bool refunded;
    int r = store_get_order(call, ts_printf(call->arena, "%.*s", (int)TS_ID_LENGTH, id), &order);

    if (r)
        return r;
    if (!order.body || order.body->status != ORDERS__ORDER_STATUS__PAID || !order.body->email)
        return TS_MAIL_DROP;
    r = is_refunded(call, order.body, &refunded);
    if (r)
        return r;
    return refunded ? TS_MAIL_DROP : tell(call, id + TS_ID_LENGTH + 1, order.body, ret_mail);
}

int notice_mail_continue(struct ts_call *call, const char *id)
{
    return ts_mail_continue(call, &notice_outbox, id, compose);
}
