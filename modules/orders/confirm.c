/* Work documents of confirmations; the order itself says what is to be said, when the mail is sent. */
#include "confirm.h"

#include "orders.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/limits.h"
#include "tessera/money.h"
#include "tessera/text.h"
#include "words.h"

enum { PARAGRAPHS_MAX = 3 };

const struct ts_collection orders_outbox = {
    .name = "orders_outbox",
    .message = &common__mail_work__descriptor,
    .indexes = { { "due", { "due_ms" } } },
    .quiet = true,
    .keep_ms = 30 * (int64_t)TS_DAY_MS,
};

/* An attempt before this one left it, and it found nothing to say. Return: 0; a ts_error. */
static int intend_again(struct ts_call *call, Common__MailWork *work)
{
    const Common__MailWork *before;
    struct ts_doc doc;
    int r = ts_store_get(call, &orders_outbox, work->id, &doc);

    if (r || !doc.body)
        return r;
    before = (const Common__MailWork *)doc.body;
    if (before->has_due_ms || before->has_sent_at_ms)
        return 0;
    r = ts_store_put(call, &orders_outbox, work->id, doc.version, &work->base);
    return r > 0 ? 0 : r; /* somebody else did */
}

int confirm_intend(struct ts_call *call, const char *order_id)
{
    Common__MailWork *work = ts_mail_work_new(call, ts_id_sibling(call, order_id, "omw"));
    int r;

    if (!work)
        return 0;
    work->due_ms += TS_SECOND_MS; /* the order is paid by then */
    r = ts_store_insert(call, &orders_outbox, work->id, &work->base);
    return r == TS_WRITE_CONFLICT ? intend_again(call, work) : r;
}

static const char *event_title(struct ts_call *call, const Orders__Order *order)
{
    Catalog__GetSaleRequest request = CATALOG__GET_SALE_REQUEST__INIT;
    const Catalog__GetSaleReply *sale;
    const char *title;

    request.event_id = order->event_id;
    if (catalog_get_sale_as_system(call, &request, &sale) || !sale->event)
        return NULL;
    title = words_title(sale->event, words_language(order));
    return ts_text_is_line(title, TS_NAME_SIZE_MAX) ? title : NULL;
}

const char *confirm_link(struct ts_call *call, const Orders__Order *order)
{
    return ts_shop_url(call, words_language(order), ts_printf(call->arena, "order/%s/%s", order->code, order->secret));
}

static void write_mail(struct ts_call *call, const Orders__Order *order, const char *title, struct ts_mail *mail)
{
    enum ts_language language = words_language(order);
    const struct words *words = words_of(language);
    const struct ts_word filled[] = {
        { "code", order->code },
        { "title", title },
        { "count", ts_printf(call->arena, "%zu", order->n_positions) },
        { "total",
          order->total ? ts_money_local(call->arena, language, order->total->minor, order->total->currency) : "" },
        { NULL, NULL },
    };
    const char **paragraphs = TS_NEW_ARRAY(call->arena, const char *, PARAGRAPHS_MAX + 1);
    size_t count = 0;

    paragraphs[count++] = ts_words_fill(call->arena, title ? words->complete_of : words->complete, filled);
    paragraphs[count++] =
        ts_words_fill(call->arena, order->total && order->total->minor ? words->total : words->tickets, filled);
    mail->link = confirm_link(call, order);
    if (mail->link)
        paragraphs[count++] = words->secret;
    mail->to = order->email;
    mail->language = language;
    mail->subject = ts_words_fill(call->arena, title ? words->subject_of : words->subject, filled);
    mail->paragraphs = paragraphs;
    mail->link_text = words->tickets_link;
}

static int compose(struct ts_call *call, const char *id, struct ts_mail *ret_mail)
{
    struct order order;
    int r = store_get_order(call, ts_id_sibling(call, id, "ord"), &order);

    if (r)
        return r;
    if (!order.body || order.body->status == ORDERS__ORDER_STATUS__CANCELLED)
        return TS_MAIL_DROP;
    if (order.body->status != ORDERS__ORDER_STATUS__PAID)
        return TS_MAIL_LATER;
    write_mail(call, order.body, event_title(call, order.body), ret_mail);
    return 0;
}

int confirm_continue(struct ts_call *call, const char *id)
{
    return ts_mail_continue(call, &orders_outbox, id, compose);
}
