/* Numbers stand by themselves, behind a colon: no language has to bend a word for them. */
#include "words.h"

// clang-format off
static const struct words languages[TS_LANGUAGES] = {
    [TS_ENGLISH] = {
        .subject_of = "Your tickets for {title}",
        .subject = "Your tickets",
        .complete_of = "Your order {code} for {title} is complete.",
        .complete = "Your order {code} is complete.",
        .tickets = "Tickets: {count}.",
        .total = "Tickets: {count}. In all: {total}.",
        .secret = "Whoever has the link can see the order and its tickets: keep it to yourself, and pass on "
                  "single tickets from there.",
        .tickets_link = "The order and its tickets",
        .cancelled_subject = "Cancelled: {title}",
        .cancelled = "{title} is cancelled: {dates}.",
        .more = "{dates}; and {count} more",
        .place = "It was to be at {place}.",
        .lost = "Tickets for it in your order {code}: {count}.",
        .order_link = "Your order",
    },
    [TS_GERMAN] = {
        .subject_of = "Ihre Tickets für {title}",
        .subject = "Ihre Tickets",
        .complete_of = "Ihre Bestellung {code} für {title} ist abgeschlossen.",
        .complete = "Ihre Bestellung {code} ist abgeschlossen.",
        .tickets = "Tickets: {count}.",
        .total = "Tickets: {count}. Zusammen: {total}.",
        .secret = "Wer den Link hat, kann die Bestellung und ihre Tickets sehen: Behalten Sie ihn für sich, und geben "
                  "Sie von dort aus einzelne Tickets weiter.",
        .tickets_link = "Die Bestellung und ihre Tickets",
        .cancelled_subject = "Abgesagt: {title}",
        .cancelled = "{title} ist abgesagt: {dates}.",
        .more = "{dates}; und weitere: {count}",
        .place = "Der Ort war: {place}.",
        .lost = "Tickets dafür in Ihrer Bestellung {code}: {count}.",
        .order_link = "Ihre Bestellung",
    },
    [TS_FRENCH] = {
        .subject_of = "Vos billets pour {title}",
        .subject = "Vos billets",
        .complete_of = "Votre commande {code} pour {title} est complète.",
        .complete = "Votre commande {code} est complète.",
        .tickets = "Billets : {count}.",
        .total = "Billets : {count}. Au total : {total}.",
        .secret = "Quiconque a le lien peut voir la commande et ses billets : gardez-le pour vous, et transmettez "
                  "de là des billets un par un.",
        .tickets_link = "La commande et ses billets",
        .cancelled_subject = "Annulé : {title}",
        .cancelled = "{title} est annulé : {dates}.",
        .more = "{dates} ; et d’autres : {count}",
        .place = "C’était prévu ici : {place}.",
        .lost = "Billets concernés dans votre commande {code} : {count}.",
        .order_link = "Votre commande",
    },
    [TS_JAPANESE] = {
        .subject_of = "チケットのご案内：{title}",
        .subject = "チケットのご案内",
        .complete_of = "「{title}」のご注文{code}が完了しました。",
        .complete = "ご注文{code}が完了しました。",
        .tickets = "チケット：{count}枚",
        .total = "チケット：{count}枚、合計：{total}",
        .secret = "リンクを知っている人は、ご注文とチケットを見ることができます。リンクは他の人に知らせず、チケットを渡すときは"
                  "リンク先から1枚ずつお渡しください。",
        .tickets_link = "ご注文とチケット",
        .cancelled_subject = "中止：{title}",
        .cancelled = "「{title}」は中止になりました：{dates}。",
        .more = "{dates}、ほか{count}件",
        .place = "会場：{place}",
        .lost = "ご注文{code}の該当チケット：{count}枚",
        .order_link = "ご注文",
    },
    [TS_ARABIC] = {
        .subject_of = "تذاكرك: {title}",
        .subject = "تذاكرك",
        .complete_of = "اكتمل طلبك {code}: {title}.",
        .complete = "اكتمل طلبك {code}.",
        .tickets = "عدد التذاكر: {count}.",
        .total = "عدد التذاكر: {count}. المجموع: {total}.",
        .secret = "كل من لديه الرابط يستطيع رؤية الطلب وتذاكره: احتفظ به لنفسك، ومرّر التذاكر من هناك واحدة واحدة.",
        .tickets_link = "الطلب وتذاكره",
        .cancelled_subject = "ملغى: {title}",
        .cancelled = "أُلغي {title}: {dates}.",
        .more = "{dates}؛ وغيرها: {count}",
        .place = "كان المكان: {place}.",
        .lost = "عدد تذاكره في طلبك {code}: {count}.",
        .order_link = "طلبك",
    },
};
// clang-format on

enum ts_language words_language(const Orders__Order *order)
{
    return ts_language_of(order->language);
}

static bool is_in(const char *tag, enum ts_language language)
{
    return ts_language_is_known(tag) && ts_language_of(tag) == language;
}

const char *words_title(const Catalog__Event *event, enum ts_language language)
{
    const char *title = event->title;

    for (size_t i = event->n_translations; i-- && !is_in(event->language, language);) {
        if (is_in(event->translations[i]->language, language))
            title = event->translations[i]->title;
    }
    return title;
}

const struct words *words_of(enum ts_language language)
{
    return &languages[language];
}
