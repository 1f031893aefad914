/* The promoter: sets the event up before the doors of the sale open, and counts afterwards. One request at a time. */
#include <stdarg.h>
#include <time.h>

#include "stampede.h"

struct question {
    struct caller caller;
    const char *text;
    const struct json *data;
    unsigned long answered;
};

static void question_write(struct caller *caller, struct buf *body)
{
    buf_add_string(body, ((struct question *)caller)->text);
}

static void question_on_answer(struct caller *caller, const struct json *data)
{
    struct question *question = (struct question *)caller;

    question->data = data;
    question->answered = 1;
}

static const struct caller_kind question_kind = { .is_staff = true,
                                                  .write = question_write,
                                                  .on_answer = question_on_answer };

/* Ask and wait. Return: the data, until the next answer; NULL where there is none. */
__attribute__((format(printf, 1, 2))) static const struct json *ask(const char *format, ...)
{
    struct question question = { .caller = { .op = OP_STAFF, .kind = &question_kind } };
    char text[2048];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    question.text = text;
    client_ask_at(&question.caller, now_us());
    client_run(&question.answered, 1);
    return question.data;
}

/* What a mutation made, or the end. */
static const struct json *made(const struct json *data, const char *mutation, const char *noun)
{
    const struct json *result = json_at(data, mutation, noun, NULL);
    const struct json *errors = json_at(data, mutation, "userErrors", NULL), *text;

    if (result)
        return result;
    if (!data)
        give_up(tally.failures.size ? tally.failures.rows[tally.failures.size - 1].name : "no answer");
    text = errors && errors->first ? json_at(errors->first, "message", NULL) : NULL;
    fprintf(stderr, "%s: ", mutation);
    give_up(text ? text->text : "refused");
}

void staff_set_up(void)
{
    char organizer_id[64];
    long long unique = now_us(); /* slugs: a second run against the same server is another shop */

    json_keep(organizer_id, sizeof(organizer_id),
              made(ask("{\"query\":\"mutation { createOrganizer(input: {slug: \\\"stampede-%llx\\\", name: "
                       "\\\"Stampede\\\", currency: \\\"EUR\\\", timeZone: \\\"Europe/Berlin\\\"}) { organizer { id } "
                       "userErrors { message } } }\"}",
                       unique),
                   "createOrganizer", "organizer"),
              "id");
    json_keep(event_id, sizeof(event_id),
              made(ask("{\"query\":\"mutation { createEvent(input: {organizerId: \\\"%s\\\", slug: \\\"onsale\\\", "
                       "title: \\\"The on-sale\\\", startsAt: \\\"2040-06-01T18:00:00Z\\\", testMode: true}) { event "
                       "{ id } userErrors { message } } }\"}",
                       organizer_id),
                   "createEvent", "event"),
              "id");
    json_keep(type_id, sizeof(type_id),
              made(ask("{\"query\":\"mutation { createTicketType(input: {eventId: \\\"%s\\\", name: \\\"Standing\\\", "
                       "price: \\\"25.00\\\"}) { ticketType { id } userErrors { message } } }\"}",
                       event_id),
                   "createTicketType", "ticketType"),
              "id");
    json_keep(
        quota_id, sizeof(quota_id),
        made(ask("{\"query\":\"mutation { createQuota(input: {eventId: \\\"%s\\\", name: \\\"Floor\\\", size: %u, "
                 "ticketTypeIds: [\\\"%s\\\"]}) { quota { id } userErrors { message } } }\"}",
                 event_id, flags.places, type_id),
             "createQuota", "quota"),
        "id");
    made(ask("{\"query\":\"mutation { publishEvent(input: {eventId: \\\"%s\\\"}) { event { id } userErrors { message } "
             "} "
             "}\"}",
             event_id),
         "publishEvent", "event");
}

/* Who comes in the first second is drawn into an order, the others follow. */
void staff_open_room(void)
{
    enum { PRE_QUEUE_S = 1 };
    struct timespec now;
    char starts[32];
    time_t starts_at;
    struct tm utc;

    clock_gettime(CLOCK_REALTIME, &now);
    starts_at = now.tv_sec + 1 + PRE_QUEUE_S;
    room_starts_us = now_us() + (starts_at - now.tv_sec) * 1000000L - now.tv_nsec / 1000;
    gmtime_r(&starts_at, &utc);
    strftime(starts, sizeof(starts), "%Y-%m-%dT%H:%M:%SZ", &utc);
    made(ask("{\"query\":\"mutation { setWaitingRoom(input: {eventId: \\\"%s\\\", enabled: true, startsAt: \\\"%s\\\", "
             "preQueueFrom: \\\"2001-01-01T00:00:00Z\\\", admitPerMinute: %u}) { waitingRoom { state } userErrors { "
             "message } "
             "} }\"}",
             event_id, starts, flags.room),
         "setWaitingRoom", "waitingRoom");
}

static long number_at(const struct json *from, const char *name)
{
    const struct json *found = json_at(from, name, NULL);

    return found && found->is_integer ? (long)found->integer : -1;
}

struct quota staff_look(void)
{
    const struct json *event = json_at(ask("{\"query\":\"{ event(id: \\\"%s\\\") { quotas { size sold held remaining } "
                                           "orders(first: 1, status: PAID) { totalCount } } }\"}",
                                           event_id),
                                       "event", NULL);
    const struct json *quotas = json_at(event, "quotas", NULL), *first = quotas ? quotas->first : NULL;

    return (struct quota){ .size = number_at(first, "size"),
                           .sold = number_at(first, "sold"),
                           .held = number_at(first, "held"),
                           .remaining = number_at(first, "remaining"),
                           .paid_orders = number_at(json_at(event, "orders", NULL), "totalCount") };
}
