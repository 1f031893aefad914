/*
 * Bodies travel as base64: their lines are short and ASCII whatever is said. Headers that are not plain ASCII are
 * encoded words (RFC 2047), cut between characters.
 */
#include "net/letter.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tessera/limits.h"
#include "tessera/text.h"

enum {
    PLAIN_SIZE_MAX = 66, /* of a subject as it is: with its name that makes a line of 75 */
    PADDING = 64,        /* its letter */
    BODY_LINE_SIZE = 57, /* bytes, of which base64 makes 76 characters */
    WORD_SIZE = 42,      /* of which it makes 56, so that an encoded word has less than 75 */
};

static const char base64_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

static void add_base64(struct buf *buf, const char *bytes, size_t size)
{
    for (size_t at = 0; at < size; at += 3) {
        size_t left = size - at < 3 ? size - at : 3;
        uint32_t three = (uint32_t)(uint8_t)bytes[at] << 16;

        three |= left > 1 ? (uint32_t)(uint8_t)bytes[at + 1] << 8 : 0;
        three |= left > 2 ? (uint8_t)bytes[at + 2] : 0;
        buf_add_char(buf, base64_letters[three >> 18]);
        buf_add_char(buf, base64_letters[three >> 12 & 63]);
        buf_add_char(buf, base64_letters[left > 1 ? three >> 6 & 63 : PADDING]);
        buf_add_char(buf, base64_letters[left > 2 ? three & 63 : PADDING]);
    }
}

/* ---- headers */

static bool is_plain(const char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

/* How much of `text` one encoded word takes, up to the end of a character. */
static size_t word_size(const char *text)
{
    size_t size = strlen(text);

    if (size <= WORD_SIZE)
        return size;
    size = WORD_SIZE;
    while (size > 1 && ((uint8_t)text[size] & 0xc0) == 0x80)
        size--;
    return size;
}

static void add_words(struct buf *buf, const char *text)
{
    while (*text) {
        size_t size = word_size(text);

        buf_add_literal(buf, "=?UTF-8?B?");
        add_base64(buf, text, size);
        buf_add_literal(buf, "?=");
        text += size;
        if (*text)
            buf_add_literal(buf, "\r\n ");
    }
}

/* What begins as an encoded word does would be read as one, and a line has an end. */
static void add_unstructured(struct buf *buf, const char *text)
{
    if (is_plain(text) && !strstr(text, "=?") && strlen(text) <= PLAIN_SIZE_MAX)
        buf_add_string(buf, text);
    else
        add_words(buf, text);
}

static void add_sender(struct buf *buf, const struct letter_sender *sender)
{
    buf_add_literal(buf, "From: ");
    if (sender->name)
        add_words(buf, sender->name);
    buf_printf(buf, "%s<%s>\r\n", sender->name ? " " : "", sender->address);
}

static void add_date(struct buf *buf, int64_t date_ms)
{
    static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    time_t seconds = (time_t)(date_ms / 1000);
    struct tm tm;

    gmtime_r(&seconds, &tm);
    buf_printf(buf, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
               tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* ---- bodies */

static void add_part(struct buf *buf, const char *id, const char *type, const struct buf *body)
{
    buf_printf(buf, "--=_%s\r\nContent-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n", id, type);
    for (size_t at = 0; at < body->size; at += BODY_LINE_SIZE) {
        add_base64(buf, body->data + at, body->size - at < BODY_LINE_SIZE ? body->size - at : BODY_LINE_SIZE);
        buf_add_literal(buf, "\r\n");
    }
}

static void write_text(struct buf *body, const struct ts_mail *mail)
{
    for (const char *const *paragraph = mail->paragraphs; *paragraph; paragraph++)
        buf_printf(body, "%s\r\n\r\n", *paragraph);
    if (mail->link)
        buf_printf(body, "%s:\r\n%s\r\n", mail->link_text, mail->link);
}

static void add_escaped(struct buf *body, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            buf_add_literal(body, "&amp;");
            break;
        case '<':
            buf_add_literal(body, "&lt;");
            break;
        case '>':
            buf_add_literal(body, "&gt;");
            break;
        case '"':
            buf_add_literal(body, "&quot;");
            break;
        case '\'':
            buf_add_literal(body, "&#39;");
            break;
        case '\n':
            buf_add_literal(body, "<br>\n");
            break;
        default:
            buf_add_char(body, *text);
        }
    }
}

static void add_paragraph(struct buf *body, const char *text)
{
    buf_add_literal(body, "<p>");
    add_escaped(body, text);
    buf_add_literal(body, "</p>\n");
}

static void write_html(struct buf *body, const struct ts_mail *mail)
{
    buf_printf(body, "<!DOCTYPE html>\n<html %s>", ts_language_html(mail->language));
    buf_add_literal(body,
                    "<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>");
    add_escaped(body, mail->subject);
    buf_add_literal(body,
                    "</title></head>\n<body style=\"font: 16px/1.5 sans-serif; max-width: 36em; margin: 2em auto; "
                    "padding: 0 1em\">\n");
    for (const char *const *paragraph = mail->paragraphs; *paragraph; paragraph++)
        add_paragraph(body, *paragraph);
    if (mail->link) {
        buf_add_literal(body, "<p><a href=\"");
        add_escaped(body, mail->link);
        buf_add_literal(body, "\">");
        add_escaped(body, mail->link_text);
        buf_add_literal(body, "</a></p>\n");
    }
    buf_add_literal(body, "</body></html>\n");
}

static void add_body(struct buf *buf, const char *id, const char *type, const struct ts_mail *mail,
                     void (*write)(struct buf *body, const struct ts_mail *mail))
{
    struct buf body;

    buf_init(&body, buf->size_max);
    write(&body, mail);
    buf->full = buf->full || body.full;
    add_part(buf, id, type, &body);
    buf_done(&body);
}

void letter_write(struct buf *ret_letter, const struct letter_sender *sender, const struct ts_mail *mail,
                  const char *id, int64_t date_ms)
{
    add_sender(ret_letter, sender);
    buf_printf(ret_letter, "To: <%s>\r\nSubject: ", mail->to);
    add_unstructured(ret_letter, mail->subject);
    buf_add_literal(ret_letter, "\r\n");
    add_date(ret_letter, date_ms);
    buf_printf(ret_letter,
               "Message-ID: <%s@%s>\r\nAuto-Submitted: auto-generated\r\nContent-Language: %s\r\nMIME-Version: 1.0\r\n"
               "Content-Type: multipart/alternative; boundary=\"=_%s\"\r\n\r\n",
               id, sender->domain, ts_language_tag(mail->language), id);
    add_body(ret_letter, id, "text/plain", mail, write_text);
    add_body(ret_letter, id, "text/html", mail, write_html);
    buf_printf(ret_letter, "--=_%s--\r\n", id);
}

bool letter_sender_read(struct ts_arena *arena, const char *text, struct letter_sender *ret_sender)
{
    const char *open = strrchr(text, '<'), *address = text;
    struct letter_sender sender = { NULL };
    size_t size = strlen(text);

    if (open) {
        if (open == text || text[size - 1] != '>')
            return false;
        sender.name = ts_text_trim(arena, ts_strndup(arena, text, (size_t)(open - text)));
        address = ts_strndup(arena, open + 1, (size_t)(text + size - 1 - (open + 1)));
        if (!ts_text_is_line(sender.name, TS_NAME_SIZE_MAX))
            return false;
    }
    if (!ts_text_is_email(address) || !is_plain(address) || address[strcspn(address, "<>,;:\"\\ ")])
        return false;
    sender.address = address;
    sender.domain = strrchr(address, '@') + 1;
    *ret_sender = sender;
    return true;
}
