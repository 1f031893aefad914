/*
 * Mails to the one server that the configuration names. What is sent leaves this machine by TLS alone. Whether a mail
 * was taken is the server's word after it has all of it: a connection that breaks before that is UNKNOWN.
 *
 * libcurl waits for that word, and for the one to its goodbye, without giving its caller's thread back, so each mail
 * is a piece of work for a thread; few are under way at once, and each line is kept for the next mail.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "loop/fiber.h"
#include "loop/runtime.h"
#include "loop/sleeper.h"
#include "net/inside.h"
#include "tessera/clock.h"
#include "tessera/limits.h"

enum {
    MAIL_MS_MAX = 20000, /* for one; its handler has ten seconds more to note it */
    GOODBYE_S_MAX = 2,
    LETTER_SIZE_MAX = 256 << 10,
};

struct delivery {
    struct client *client;
    struct smtp_line *line;
    struct loop_work work;
    struct fiber *fiber;
    bool ended;
    atomic_bool cancelled; /* nobody waits for it any more */
    CURLcode result;
    struct curl_slist *receivers;
    struct buf letter;
    size_t read;
    char error[CURL_ERROR_SIZE];
};

static size_t give_letter(char *to, size_t one, size_t room, void *data)
{
    struct delivery *delivery = data;
    size_t left = delivery->letter.size - delivery->read, size = one * room < left ? one * room : left;

    memcpy(to, delivery->letter.data + delivery->read, size);
    delivery->read += size;
    return size;
}

/* Asked about once a second, at least. */
static int is_cancelled(void *data, curl_off_t down, curl_off_t down_now, curl_off_t up, curl_off_t up_now)
{
    struct delivery *delivery = data;

    (void)down, (void)down_now, (void)up, (void)up_now;
    return atomic_load(&delivery->cancelled);
}

static void set_server(const struct delivery *delivery, CURL *easy)
{
    const struct client *client = delivery->client;

    curl_easy_setopt(easy, CURLOPT_URL, client->smtp.url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(easy, CURLOPT_USE_SSL, (long)(client->smtp.is_here ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, client->smtp.sender.address);
    if (!client->smtp.user)
        return;
    curl_easy_setopt(easy, CURLOPT_USERNAME, client->smtp.user);
    curl_easy_setopt(easy, CURLOPT_PASSWORD, client->smtp.password);
}

static void set_delivery(struct delivery *delivery, CURL *easy, const struct ts_mail *mail)
{
    curl_easy_reset(easy); /* its connection stays */
    net_bind(easy, delivery->client->ca, MAIL_MS_MAX, delivery->error);
    set_server(delivery, easy);
    delivery->receivers = curl_slist_append(NULL, mail->to);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)MAIL_MS_MAX);
    curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)GOODBYE_S_MAX);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, is_cancelled);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, delivery);
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, delivery->receivers);
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)delivery->letter.size);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_letter);
    curl_easy_setopt(easy, CURLOPT_READDATA, delivery);
}

/* ---- a thread's work, and the fiber that waits for it */

static void on_run(struct loop_work *work)
{
    struct delivery *delivery = container_of(work, struct delivery, work);

    delivery->result = curl_easy_perform(delivery->line->easy);
}

static void on_done(struct loop_work *work)
{
    struct delivery *delivery = container_of(work, struct delivery, work);

    delivery->ended = true;
    fiber_wake(delivery->fiber);
}

/* What the thread reads is this fiber's, so its end is waited for in any case; a call that may wait no longer hastens
 * it. */
static void deliver(struct ts_call *call, struct delivery *delivery)
{
    struct sleeper sleeper;

    delivery->work.run = on_run;
    delivery->work.done = on_done;
    delivery->fiber = fiber_self();
    loop_work_submit(call->runtime->loop, &delivery->work);
    sleeper_begin(&sleeper, call->runtime);
    while (!delivery->ended && !runtime_wait_check(call))
        sleeper_rest(&sleeper, call, MAIL_MS_MAX);
    sleeper_end(&sleeper, call->runtime);
    atomic_store(&delivery->cancelled, true);
    while (!delivery->ended)
        fiber_suspend();
}

/* A line to the server that is free; its user gives it back. Return: 0; a ts_error of a wait. */
static int line_take(struct ts_call *call, struct client *client, struct smtp_line **ret_line)
{
    for (;;) {
        int r;

        for (size_t i = 0; i < SMTP_LINES; i++) {
            if (client->smtp.lines[i].busy)
                continue;
            *ret_line = &client->smtp.lines[i];
            (*ret_line)->busy = true;
            return 0;
        }
        r = ts_wait(call, &client->smtp.waiters);
        if (r)
            return r;
    }
}

static void line_give(struct client *client, struct smtp_line *line)
{
    line->busy = false;
    ts_wake(&client->smtp.waiters);
}

/* ---- the outcome */

/* Only what is said of the receiver is for ever: our own name, a full disk and a taste in words may change. */
static bool is_refused(const struct delivery *delivery, long status)
{
    return status >= 500 && status < 600 && strncmp(delivery->error, "RCPT failed", 11) == 0;
}

static int name_failure(struct ts_call *call, const struct delivery *delivery, const char **ret_problem)
{
    long status = 0;

    if (call->runtime->crashed)
        return TS_ECRASHED;
    curl_easy_getinfo(delivery->line->easy, CURLINFO_RESPONSE_CODE, &status);
    *ret_problem = ts_printf(call->arena, "%s: %s.", delivery->client->smtp.host,
                             delivery->error[0] ? delivery->error : curl_easy_strerror(delivery->result));
    if (is_refused(delivery, status))
        return OUTBOUND_MAIL_REFUSED;
    /* It has all of it and has not said a word that counts. */
    return delivery->read == delivery->letter.size && status < 400 ? TS_EUNKNOWN : TS_EUNAVAILABLE;
}

static int delivery_run(struct ts_call *call, struct delivery *delivery, const struct ts_mail *mail,
                        const char **ret_problem)
{
    int r = line_take(call, delivery->client, &delivery->line);

    if (r)
        return r;
    set_delivery(delivery, delivery->line->easy, mail);
    deliver(call, delivery);
    if (delivery->result != CURLE_OK)
        r = name_failure(call, delivery, ret_problem);
    line_give(delivery->client, delivery->line);
    curl_slist_free_all(delivery->receivers);
    return r;
}

static int client_mail(struct outbound *outbound, struct ts_call *call, const struct ts_mail *mail, const char *id,
                       const char **ret_problem)
{
    struct client *client = container_of(outbound, struct client, outbound);
    struct delivery *delivery = TS_NEW(call->arena, struct delivery);
    int r = OUTBOUND_MAIL_REFUSED;

    delivery->client = client;
    buf_init(&delivery->letter, LETTER_SIZE_MAX);
    letter_write(&delivery->letter, &client->smtp.sender, mail, id, ts_now_ms(call));
    if (delivery->letter.full)
        *ret_problem = "it is too long";
    else
        r = delivery_run(call, delivery, mail, ret_problem);
    buf_done(&delivery->letter);
    return r;
}

void client_mail_open(struct client *client)
{
    client->outbound.mail = client_mail;
    for (size_t i = 0; i < SMTP_LINES; i++) {
        client->smtp.lines[i].easy = curl_easy_init();
        if (!client->smtp.lines[i].easy)
            abort();
    }
}

void client_mail_close(struct client *client)
{
    for (size_t i = 0; i < SMTP_LINES; i++)
        curl_easy_cleanup(client->smtp.lines[i].easy);
}
