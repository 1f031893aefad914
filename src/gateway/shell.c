/* See shell.h: its words, a table for each language. */
#include "gateway/shell.h"

#include <string.h>

#include "tessera/language.h"

struct words {
    const char *title, *text, *safe;
};

// clang-format off
static const struct words languages[TS_LANGUAGES] = {
    [TS_ENGLISH] = { "One moment",
                     "The shop's pages are being started. This page tries again by itself in five seconds.",
                     "Orders and tickets are safe meanwhile." },
    [TS_GERMAN] = { "Einen Moment",
                    "Die Seiten des Shops werden gerade gestartet. Diese Seite versucht es in fünf Sekunden von selbst "
                    "noch einmal.",
                    "Bestellungen und Tickets sind so lange sicher." },
    [TS_FRENCH] = { "Un instant",
                    "Les pages de la boutique démarrent. Cette page réessaie d’elle-même dans cinq secondes.",
                    "Les commandes et les billets sont en sécurité entre-temps." },
    [TS_JAPANESE] = { "少々お待ちください",
                      "ショップのページを起動しています。このページは5秒後に自動で再読み込みされます。",
                      "その間も、ご注文とチケットは安全に保たれています。" },
    [TS_ARABIC] = { "لحظة من فضلك",
                    "يجري تشغيل صفحات المتجر. تعيد هذه الصفحة المحاولة تلقائيًا بعد خمس ثوانٍ.",
                    "الطلبات والتذاكر في أمان في هذه الأثناء." },
};
// clang-format on

/* What comes first in a path, or after a widget's frame. */
static enum ts_language language_of(struct ts_arena *arena, const char *path)
{
    static const char frame[] = "/embed";

    if (strncmp(path, frame, sizeof(frame) - 1) == 0 && path[sizeof(frame) - 1] == '/')
        path += sizeof(frame) - 1;
    path += *path == '/';
    return ts_language_of(ts_strndup(arena, path, strcspn(path, "/")));
}

const char *shell_page(struct ts_arena *arena, const char *path)
{
    enum ts_language language = language_of(arena, path);
    const struct words *words = &languages[language];

    return ts_printf(
        arena,
        "<!DOCTYPE html><html %s><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">"
        "<meta http-equiv=\"refresh\" content=\"5\"><title>%s</title></head><body><h1>%s</h1><p>%s</p>"
        "<p>%s</p></body></html>\n",
        ts_language_html(language), words->title, words->title, words->text, words->safe);
}
