/*
 * The inside of tessera/mail.h. Who works a document off owns it by the put that moves its due time past any sending;
 * whoever dies meanwhile leaves it to be due again then.
 */
#include "tessera/mail.h"

#include <string.h>

#include "loop/loop.h"
#include "loop/outbound.h"
#include "loop/runtime.h"
#include "telemetry/metrics.h"
#include "tessera/cleanup.h"
#include "tessera/clock.h"
#include "tessera/limits.h"
#include "tessera/log.h"
#include "tessera/text.h"

enum {
    OWN_MS = 40000,       /* a handler's deadline, and a while */
    LATER_MS = 2000,      /* to ask again whether there is anything to be said */
    LATER_TRIES_MAX = 10, /* then there is not */
    NOTE_TRIES_MAX = 4,   /* nobody else puts a document that is owned, but for one whose time has passed */
};

_Static_assert((int)OWN_MS > (int)TS_CALL_MS_MAX, "two never send one mail at the same time");

/* Before the second try, the third, and so on. */
static const int pauses_s[] = { 60, 300, 900, 3600, 7200, 14400, 28800, 28800, 43200 };
enum { TRIES_MAX = TS_ARRAY_SIZE(pauses_s) + 1 };

bool ts_mail_is_on(const struct ts_call *call)
{
    const struct outbound *outbound = call->runtime->outbound;

    return outbound && outbound->mail;
}

static const char *url_below(struct ts_call *call, const char *base, const char *path)
{
    return ts_printf(call->arena, "%s%s%s", base, base[strlen(base) - 1] == '/' ? "" : "/", path);
}

const char *ts_shop_url(struct ts_call *call, enum ts_language language, const char *path)
{
    const struct outbound *outbound = call->runtime->outbound;

    if (!outbound || !outbound->shop_url)
        return NULL;
    return url_below(call, outbound->shop_url, ts_language_path(call->arena, language, path));
}

/* What of `url` comes after `base`, a whole part of its path; NULL: it is elsewhere. */
static const char *path_below(const char *url, const char *base)
{
    size_t size = base ? strlen(base) : 0;

    while (size && base[size - 1] == '/')
        size--;
    return size && strncmp(url, base, size) == 0 && url[size] == '/' ? url + size + 1 : NULL;
}

const char *ts_account_url(struct ts_call *call, enum ts_language language, const char *path)
{
    const struct outbound *outbound = call->runtime->outbound;
    const char *shop_path;

    if (!outbound || !outbound->account_url)
        return NULL;
    shop_path = path_below(outbound->account_url, outbound->shop_url);
    return shop_path ? ts_shop_url(call, language, *shop_path ? url_below(call, shop_path, path) : path)
                     : url_below(call, outbound->account_url, path);
}

Common__MailWork *ts_mail_work_new(struct ts_call *call, const char *id)
{
    Common__MailWork *work;

    if (!ts_mail_is_on(call))
        return NULL;
    work = TS_NEW(call->arena, Common__MailWork);
    common__mail_work__init(work);
    work->id = (char *)id;
    work->has_due_ms = true;
    work->due_ms = ts_now_ms(call);
    return work;
}

/* ---- one document */

struct errand {
    const struct ts_collection *collection;
    Common__MailWork work; /* its newest version */
    int64_t version;
};

/* Return: 0; TS_WRITE_CONFLICT; a ts_error. */
static int errand_put(struct ts_call *call, struct errand *errand)
{
    int r = ts_store_put(call, errand->collection, errand->work.id, errand->version, &errand->work.base);

    if (r == 0)
        errand->version++;
    return r;
}

/* Return: 0 and *ret_due, false when there is nothing to do, or somebody else does it; a ts_error. */
static int errand_read(struct ts_call *call, struct errand *errand, const char *id, bool *ret_due)
{
    struct ts_doc doc;
    int r = ts_store_get(call, errand->collection, id, &doc);

    *ret_due = false;
    if (r || !doc.body || doc.erased)
        return r;
    errand->work = *(const Common__MailWork *)doc.body;
    errand->version = doc.version;
    *ret_due = errand->work.has_due_ms && errand->work.due_ms <= ts_now_ms(call);
    return 0;
}

static void errand_end(struct errand *errand)
{
    errand->work.has_due_ms = false;
    errand->work.due_ms = 0;
}

static void count(struct ts_call *call, const char *outcome)
{
    struct metrics *metrics = call->runtime->metrics;

    if (metrics)
        ts_metric_add(metrics_get(metrics, TS_METRIC_COUNTER, "tessera_mails_total",
                                  ts_printf(call->arena, "outcome=\"%s\"", outcome),
                                  "Mails, by what became of each try."),
                      1);
}

static void errand_later(struct ts_call *call, struct errand *errand, int result, const char *problem)
{
    bool last = errand->work.tries >= TRIES_MAX;

    count(call, last ? "given-up" : "later");
    ts_log(call, TS_LOG_WARN, last ? "mail-given-up" : "mail-later", "A mail was not sent: %s",
           problem ? problem : ts_error_name(result));
    errand_end(errand);
    errand->work.has_failed = errand->work.failed = last;
    if (last)
        return;
    errand->work.has_due_ms = true;
    errand->work.due_ms = ts_now_ms(call) + (int64_t)pauses_s[errand->work.tries - 1] * TS_SECOND_MS;
}

/* Note what became of it. It was sent, perhaps, so the note is worth a second past the deadline. */
static int errand_note(struct ts_call *call, struct errand *errand)
{
    int r;

    ts_shield_begin(call);
    r = errand_put(call, errand);
    ts_shield_end(call);
    return r > 0 ? 0 : r; /* it was ours for too short a time: somebody else goes on with it */
}

/* A line is one, so that nothing in it can begin a header. */
static bool is_sound(const struct ts_mail *mail)
{
    return ts_text_is_email(mail->to) && !mail->to[strcspn(mail->to, "<>,;:\"\\ ")] &&
           ts_text_is_line(mail->to, TS_EMAIL_SIZE_MAX) && ts_text_is_line(mail->subject, TS_TEXT_SIZE_MAX) &&
           (!mail->link ||
            (ts_text_is_url(mail->link, TS_HTTP_URL_SIZE_MAX) && ts_text_is_line(mail->link_text, TS_TEXT_SIZE_MAX)));
}

static int errand_send(struct ts_call *call, struct errand *errand, const struct ts_mail *mail)
{
    struct outbound *outbound = call->runtime->outbound;
    const char *problem = NULL;
    int r;

    if (!is_sound(mail)) {
        r = OUTBOUND_MAIL_REFUSED;
        problem = "its address, subject or link is none";
    } else if (!ts_mail_is_on(call)) {
        r = TS_EUNAVAILABLE;
        problem = "there is no mail server any more";
    } else {
        r = outbound->mail(outbound, call, mail, errand->work.id, &problem);
    }
    if (r == TS_ECRASHED)
        return r;
    if (r < 0) {
        errand_later(call, errand, r, problem);
        return errand_note(call, errand);
    }
    count(call, r ? "refused" : "sent");
    if (r)
        ts_log(call, TS_LOG_WARN, "mail-refused", "A mail is not to be sent: %s", problem ? problem : "it was refused");
    errand_end(errand);
    errand->work.has_failed = errand->work.failed = r != 0;
    errand->work.has_sent_at_ms = r == 0;
    errand->work.sent_at_ms = r ? 0 : ts_now_ms(call);
    return errand_note(call, errand);
}

/* Whether there is something to be said is not known yet. */
static int errand_wait(struct ts_call *call, struct errand *errand)
{
    if (errand->work.tries >= LATER_TRIES_MAX)
        errand_end(errand);
    else
        errand->work.due_ms = ts_now_ms(call) + LATER_MS;
    return errand_note(call, errand);
}

int ts_mail_continue(struct ts_call *call, const struct ts_collection *work, const char *id, ts_mail_compose *compose)
{
    struct errand errand = { .collection = work };
    struct ts_mail mail = { NULL };
    bool due;
    int r = errand_read(call, &errand, id, &due);

    if (r || !due)
        return r;
    errand.work.has_tries = true;
    errand.work.tries++;
    errand.work.due_ms = ts_now_ms(call) + OWN_MS;
    r = errand_put(call, &errand);
    if (r)
        return r > 0 ? 0 : r; /* somebody else took it */
    r = compose(call, errand.work.id, &mail);
    if (r < 0)
        return r;
    if (r == TS_MAIL_LATER)
        return errand_wait(call, &errand);
    if (r == 0)
        return errand_send(call, &errand, &mail);
    count(call, "dropped");
    errand_end(&errand);
    return errand_note(call, &errand);
}
