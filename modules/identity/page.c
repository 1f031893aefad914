/* See page.h. What is written into them is ours, or escaped. */
#include "page.h"

#include <string.h>

enum { COOKIES_MAX = 4 };

static const char *escape(struct ts_arena *arena, const char *text)
{
    char *escaped = ts_alloc(arena, 6 * strlen(text) + 1), *to = escaped;

    for (; *text; text++) {
        const char *word = *text == '<'   ? "&lt;"
                           : *text == '>' ? "&gt;"
                           : *text == '&' ? "&amp;"
                           : *text == '"' ? "&quot;"
                                          : NULL;

        if (word)
            to = stpcpy(to, word);
        else
            *to++ = *text;
    }
    return escaped;
}

static void set_body(struct ts_call *call, const char *body, Common__Blob *reply)
{
    enum ts_language language = ts_language_of(call->locale);
    const char *title = problem_title(language);
    const char *page = ts_printf(
        call->arena,
        "<!DOCTYPE html><html %s><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width, "
        "initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\"><title>%s</title></head><body><main>"
        "<h1>%s</h1>%s</main></body></html>\n",
        ts_language_html(language), title, title, body);

    reply->has_data = true;
    reply->data.data = (uint8_t *)page;
    reply->data.len = strlen(page);
    reply->content_type = ts_strdup(call->arena, "text/html; charset=utf-8");
}

void page_problem(struct ts_call *call, int status, enum problem problem, const char *detail, const char *again,
                  Common__Blob *ret_reply)
{
    enum ts_language language = ts_language_of(call->locale);
    const char *text = escape(call->arena, problem_text(problem, language)), *more = "", *link = "";

    if (detail)
        more = ts_printf(call->arena, "<p lang=\"en\" dir=\"ltr\">%s</p>", escape(call->arena, detail));
    if (again)
        link =
            ts_printf(call->arena, "<p><a href=\"%s\">%s</a></p>", escape(call->arena, again), problem_again(language));
    ret_reply->has_status = true;
    ret_reply->status = status;
    set_body(call, ts_printf(call->arena, "<p>%s</p>%s%s", text, more, link), ret_reply);
}

void page_redirect(struct ts_call *call, const char *location, Common__Blob *ret_reply)
{
    ret_reply->location = ts_strdup(call->arena, location);
}

void page_cookie(struct ts_call *call, const char *name, const char *value, int64_t max_age_s, bool lax,
                 Common__Blob *reply)
{
    Common__Cookie *cookie = TS_NEW(call->arena, Common__Cookie);

    if (!reply->cookies)
        reply->cookies = TS_NEW_ARRAY(call->arena, Common__Cookie *, COOKIES_MAX);
    if (reply->n_cookies == COOKIES_MAX)
        return;
    common__cookie__init(cookie);
    cookie->name = ts_strdup(call->arena, name);
    cookie->value = ts_strdup(call->arena, value);
    cookie->has_max_age_s = true;
    cookie->max_age_s = max_age_s;
    cookie->has_lax = cookie->lax = lax;
    reply->cookies[reply->n_cookies++] = cookie;
}
