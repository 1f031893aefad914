/* Events in, executions out. What of it reaches whom is subscribe.c's. */
#include "gateway/hub.h"

#include <assert.h>
#include <string.h>

#include "gateway/resolve.h"
#include "loop/runtime.h"
#include "telemetry/metrics.h"
#include "telemetry/trace.h"
#include "tessera/clock.h"
#include "tessera/err.h"
#include "tessera/log.h"
#include "tessera/memory.h"

static char *copy(const char *text)
{
    return ts_memory_string(text ? text : "");
}

void hub_count(struct ts_metric *metric, int64_t value)
{
    if (metric)
        ts_metric_add(metric, value);
}

/* Who hears what. */

static struct source *source_of(struct hub *hub, const ProtobufCMessageDescriptor *event,
                                const ProtobufCFieldDescriptor *field)
{
    struct source *source;

    LIST_EACH (link, &hub->sources) {
        source = container_of(link, struct source, link);
        if (source->event == event && source->field == field)
            return source;
    }
    source = ts_memory_new(1, sizeof(*source));
    source->event = event;
    source->field = field;
    map_init(&source->topics);
    list_add_end(&hub->sources, &source->link);
    return source;
}

static struct topic *topic_of(struct source *source, const char *key)
{
    struct topic *topic = map_find(&source->topics, key);

    if (topic)
        return topic;
    topic = ts_memory_new(1, sizeof(*topic) + strlen(key) + 1);
    memcpy(topic->key, key, strlen(key) + 1);
    list_init(&topic->interests);
    (void)map_put(&source->topics, topic->key, topic); /* it was not there */
    return topic;
}

static void on_heard(struct bus_watcher *watcher, const ProtobufCMessage *event)
{
    struct hub *hub = container_of(watcher, struct hub, watcher);

    LIST_EACH (link, &hub->sources) {
        struct source *source = container_of(link, struct source, link);
        const char *key;
        struct topic *topic;

        if (source->event != event->descriptor)
            continue;
        source->heard++;
        key = *(const char *const *)((const char *)event + source->field->offset);
        topic = key ? map_find(&source->topics, key) : NULL;
        if (!topic)
            continue;
        LIST_EACH (member, &topic->interests)
            subscription_touch(container_of(member, struct interest, link)->subscription);
    }
}

/* How many events of its kinds have been heard: whether one came before its key was known. */
static uint64_t heard_by(const struct subscription *subscription)
{
    uint64_t heard = 0;

    for (unsigned i = 0; i < INTERESTS_MAX && subscription->interests[i].source; i++)
        heard += subscription->interests[i].source->heard;
    return heard;
}

static void interests_init(struct subscription *subscription)
{
    const ProtobufCMessageDescriptor *event;
    const ProtobufCFieldDescriptor *field;

    for (unsigned i = 0; (event = gql_subscription_event(subscription->prepared, i, &field)); i++) {
        assert(i < INTERESTS_MAX); /* SUBSCRIBE_EVENTS_MAX: rules were checked at start */
        subscription->interests[i].subscription = subscription;
        subscription->interests[i].source = source_of(subscription->hub, event, field);
    }
}

static void interests_listen(struct subscription *subscription)
{
    const char *key = gql_subscription_key(subscription->prepared);

    for (unsigned i = 0; key && i < INTERESTS_MAX && subscription->interests[i].source; i++) {
        struct interest *interest = &subscription->interests[i];

        if (interest->topic)
            continue;
        interest->topic = topic_of(interest->source, key);
        list_add_end(&interest->topic->interests, &interest->link);
    }
}

static void interests_done(struct subscription *subscription)
{
    for (unsigned i = 0; i < INTERESTS_MAX; i++) {
        struct interest *interest = &subscription->interests[i];

        if (!interest->topic)
            continue;
        list_remove(&interest->link);
        if (list_is_empty(&interest->topic->interests)) {
            (void)map_take(&interest->source->topics, interest->topic->key); /* it is ours */
            ts_memory_free(interest->topic);
        }
        interest->topic = NULL;
    }
}

/* When to execute. */

static uint64_t next_random(struct hub *hub)
{
    hub->spread ^= hub->spread << 13;
    hub->spread ^= hub->spread >> 7;
    hub->spread ^= hub->spread << 17;
    return hub->spread;
}

static int64_t due_ms(const struct subscription *subscription)
{
    struct hub *hub = subscription->hub;

    if (subscription->failures)
        return subscription->started_ms + (HUB_RETRY_MS << (subscription->failures - 1));
    if (!subscription->dirty && subscription->doubted)
        return subscription->started_ms + HUB_SECOND_MS;
    if (!subscription->dirty)
        return subscription->started_ms + hub->reread_ms -
               (int64_t)(next_random(hub) % (uint64_t)(hub->reread_ms / 5 + 1));
    return subscription->started_ms + hub->pause_ms;
}

static int execution_run(struct ts_call *call, void *data);
static void execution_done(void *data, int result);

static void hub_pump(struct hub *hub)
{
    struct list *first;

    while (hub->executing < HUB_EXECUTIONS_MAX && (first = list_take_first(&hub->ready))) {
        struct subscription *subscription = container_of(first, struct subscription, ready);

        hub->executing++;
        subscription->running = true;
        bus_spawn(hub->runtime->bus, &(struct bus_task){ .operation = gql_subscription_field(subscription->prepared),
                                                         .timeout_ms = HUB_EXECUTION_MS,
                                                         .run = execution_run,
                                                         .done = execution_done,
                                                         .data = subscription });
    }
}

static void on_due(struct loop_timer *timer)
{
    struct subscription *subscription = container_of(timer, struct subscription, timer);

    list_remove(&subscription->ready);
    list_add_end(&subscription->hub->ready, &subscription->ready);
    hub_pump(subscription->hub);
}

static void subscription_schedule(struct subscription *subscription)
{
    struct loop *loop = subscription->hub->runtime->loop;
    int64_t wait_ms;

    if (subscription->running || subscription->ended || !list_is_empty(&subscription->ready))
        return;
    wait_ms = due_ms(subscription) - loop_now_ms(loop);
    loop_timer_stop(loop, &subscription->timer);
    if (wait_ms > 0)
        loop_timer_start(loop, &subscription->timer, wait_ms);
    else
        on_due(&subscription->timer);
}

void subscription_touch(struct subscription *subscription)
{
    if (subscription->dirty) {
        hub_count(subscription->hub->metrics.coalesced, 1);
        return; /* it is due as soon as may be */
    }
    subscription->dirty = true;
    subscription_schedule(subscription);
}

/* One execution. */

static void deliver(void *data, const char *response, size_t size)
{
    subscription_add(data, response, size);
}

/* A stream's reply is whole: there is a cursor behind the last of its responses now. */
static void note_place(struct subscription *subscription, bool is_all)
{
    bool is_new = subscription->sequence > subscription->before;
    struct payload *newest = is_new ? subscription->recent[subscription->sequence % subscription->room] : NULL;
    char **slot = newest ? &newest->id : &subscription->first_id, *id;

    if (is_all && subscription->behind) {
        subscription->behind = false;
        event_ids_resume(&subscription->ids, NULL);
    }
    if (!newest && (subscription->sequence || subscription->first_id))
        return; /* nothing came: the last id is as good */
    id = event_ids_end(&subscription->ids, gql_subscription_cursor(subscription->prepared));
    if (!id)
        return;
    ts_memory_free(*slot);
    *slot = id;
}

static enum gql_progress execute_prepared(struct subscription *subscription, struct gql_env *env, struct buf *body)
{
    bool is_stream = gql_subscription_is_stream(subscription->prepared);
    enum gql_progress progress;

    subscription->before = subscription->sequence;
    if (is_stream)
        event_ids_begin(&subscription->ids, gql_subscription_cursor(subscription->prepared));
    progress = gql_subscription_execute(subscription->prepared, env, deliver, subscription, body);
    if (is_stream && (progress == GQL_GOES_ON || progress == GQL_MORE))
        note_place(subscription, progress == GQL_GOES_ON);
    return progress;
}

/* Whoever asks is signed in no more, or that cannot be found out now. */
static enum gql_progress refuse_session(int known, struct buf *body)
{
    if (known != TS_EUNAUTHENTICATED)
        return GQL_FAILED;
    gql_error_body(body, "UNAUTHENTICATED", "The session has ended; sign in again.");
    return GQL_ENDED;
}

static enum gql_progress execute(struct subscription *subscription, struct ts_arena *arena, struct buf *body)
{
    struct hub *hub = subscription->hub;
    struct session session = { &subscription->principal, { "" }, subscription->request_id, subscription->locale, NULL };
    struct resolve resolve;
    enum gql_progress progress;
    int r;

    trace_begin(hub->runtime, &session.trace);
    subscription->dirty = false;
    subscription->started_ms = loop_now_ms(hub->runtime->loop);
    r = session_renew(&session, arena, &hub->gateway->credentials);
    if (r)
        return refuse_session(r, body);
    resolve_init(&resolve, hub->runtime, arena, &session, subscription->started_ms + HUB_EXECUTION_MS);
    progress = execute_prepared(subscription, &resolve.env, body);
    hub_count(hub->metrics.executions, 1);
    if (progress == GQL_FAILED)
        hub_count(hub->metrics.failures, 1);
    if (progress == GQL_MORE)
        subscription->dirty = true;
    return progress;
}

static int execution_run(struct ts_call *call, void *data)
{
    struct subscription *subscription = data;
    uint64_t sequence = subscription->sequence;
    bool hinted = subscription->dirty;
    struct buf body;
    enum gql_progress progress;

    buf_init(&body, HUB_RESPONSE_SIZE_MAX);
    progress = execute(subscription, call->arena, &body);
    subscription->doubted = hinted && subscription->sequence == sequence;
    subscription->failures = progress == GQL_FAILED ? subscription->failures + 1 : 0;
    if (progress == GQL_ENDED || subscription->failures > HUB_FAILURES_MAX)
        subscription_end(subscription, SUBSCRIBER_FAILED, &body);
    else if (progress != GQL_FAILED && subscription->newcomers)
        subscription_walk(subscription);
    buf_done(&body);
    return 0;
}

static void execution_done(void *data, int result)
{
    struct subscription *subscription = data;
    struct hub *hub = subscription->hub;

    (void)result;
    hub->executing--;
    subscription->running = false;
    subscription_schedule(subscription);
    subscription_release(subscription);
    hub_pump(hub);
}

/* Begin behind an id of a client's; NULL: where it is now. */
static void begin_behind(struct subscription *subscription, const char *id)
{
    event_ids_resume(&subscription->ids, id);
    gql_subscription_go_on(subscription->prepared, id ? event_id_cursor(subscription->prepared, id) : NULL);
    ts_memory_free(subscription->first_id);
    subscription->first_id = id ? ts_memory_string(id) : NULL;
    subscription->behind = id != NULL;
}

/* An id may be anything: one that its rpc does not take counts as none. */
static enum gql_progress execute_first(struct subscription *subscription, struct ts_arena *arena, struct buf *body)
{
    enum gql_progress progress = execute(subscription, arena, body);

    if (progress != GQL_ENDED || !subscription->behind || subscription->sequence || subscription->ended)
        return progress;
    begin_behind(subscription, NULL);
    buf_clear(body);
    return execute(subscription, arena, body);
}

enum gql_progress subscription_begin(struct subscription *subscription, struct buf *ret_body)
{
    struct ts_arena *arena = ts_arena_new();
    uint64_t heard = heard_by(subscription);
    enum gql_progress progress;

    subscription->running = true;
    progress = execute_first(subscription, arena, ret_body);
    subscription->running = false;
    ts_arena_free(arena);
    if (subscription->ended || (progress != GQL_GOES_ON && progress != GQL_MORE))
        return progress;
    if (heard_by(subscription) != heard)
        subscription->dirty = true; /* it may have been ours, before its key was known */
    interests_listen(subscription);
    subscription_schedule(subscription);
    return progress;
}

/* Subscriptions come and go. */

/* Two sessions of one person may end at different times. */
static bool is_same_principal(const struct ts_principal *left, const struct ts_principal *right)
{
    return left->kind == right->kind && strcmp(left->id, right->id) == 0 &&
           (left->kind != TS_PRINCIPAL_USER || strcmp(left->session_id, right->session_id) == 0);
}

static bool asks_the_same(const struct subscription *subscription, const struct gql_subscription *prepared,
                          const struct session *session)
{
    return is_same_principal(&subscription->principal, session->principal) &&
           strcmp(subscription->locale, session->locale) == 0 &&
           gql_subscription_equal(subscription->prepared, prepared);
}

/* The number of the response that has this id, or 0 for where it begins. Return: false: what follows is not kept. */
static bool find_number(const struct subscription *subscription, const char *id, uint64_t *ret_number)
{
    uint64_t number = subscription->sequence;

    for (; number > subscription->trimmed; number--) {
        const char *its = subscription->recent[number % subscription->room]->id;

        if (its && strcmp(its, id) == 0)
            break;
    }
    *ret_number = number;
    if (number > subscription->trimmed)
        return true;
    return number == 0 && subscription->first_id && strcmp(subscription->first_id, id) == 0;
}

/* Return: false if who comes behind this id cannot join it. */
static bool find_place(const struct subscription *subscription, const char *id, uint64_t *ret_number)
{
    if (id)
        return find_number(subscription, id, ret_number);
    *ret_number = subscription->room == 1 ? 0 : subscription->sequence;
    return !subscription->behind; /* else it is about to tell what is not news */
}

struct subscription *hub_find(const struct hub *hub, const struct gql_subscription *prepared,
                              const struct session *session, const char *id, uint64_t *ret_number)
{
    struct subscription *subscription = map_find_number(&hub->by_hash, gql_subscription_hash(prepared));

    while (subscription &&
           !(asks_the_same(subscription, prepared, session) && find_place(subscription, id, ret_number)))
        subscription = subscription->next;
    return subscription;
}

/* Who was signed in is so no more. */
static void on_session_ended(struct user_watch *watch)
{
    struct subscription *subscription = container_of(watch, struct subscription, user);
    struct buf body;

    buf_init(&body, HUB_RESPONSE_SIZE_MAX);
    gql_error_body(&body, "UNAUTHENTICATED", "The session has ended; sign in again.");
    subscription_end(subscription, SUBSCRIBER_FAILED, &body);
    buf_done(&body);
}

static void principal_keep(struct subscription *subscription, const struct ts_principal *principal)
{
    struct users *users = subscription->hub->gateway->credentials.users;

    subscription->principal = (struct ts_principal){ .kind = principal->kind, .id = copy(principal->id) };
    subscription->user.ended = on_session_ended;
    list_init(&subscription->user.link);
    if (!principal->session_id)
        return;
    subscription->principal.session_id = copy(principal->session_id);
    if (users)
        users->watch(users, &subscription->principal, &subscription->user);
}

struct subscription *subscription_new(struct hub *hub, struct gql_subscription *prepared, const struct session *session,
                                      const char *id)
{
    struct subscription *subscription = ts_memory_new(1, sizeof(*subscription));

    subscription->hub = hub;
    subscription->prepared = prepared;
    principal_keep(subscription, session->principal);
    subscription->locale = copy(session->locale);
    subscription->request_id = copy(session->request_id);
    subscription->room = gql_subscription_is_stream(prepared) ? HUB_STREAM_WAITING_MAX : 1;
    subscription->recent = ts_memory_new(1, subscription->room * sizeof(*subscription->recent));
    subscription->timer.run = on_due;
    list_init(&subscription->ready);
    list_init(&subscription->walk);
    event_ids_init(&subscription->ids, prepared);
    if (id)
        begin_behind(subscription, id);
    subscription->hash = gql_subscription_hash(prepared);
    subscription->next = map_put_number(&hub->by_hash, subscription->hash, subscription);
    hub->subscription_count++;
    hub_count(hub->metrics.subscriptions, 1);
    interests_init(subscription);
    interests_listen(subscription);
    return subscription;
}

static void leave_table(struct subscription *subscription)
{
    struct map *map = &subscription->hub->by_hash;
    struct subscription *first = map_take_number(map, subscription->hash), **at = &first;

    while (*at != subscription)
        at = &(*at)->next;
    *at = subscription->next;
    if (first)
        (void)map_put_number(map, subscription->hash, first); /* it was taken out */
}

void subscription_retire(struct subscription *subscription)
{
    if (subscription->ended)
        return;
    subscription->ended = true;
    list_remove(&subscription->user.link);
    leave_table(subscription);
    interests_done(subscription);
    loop_timer_stop(subscription->hub->runtime->loop, &subscription->timer);
    list_remove(&subscription->ready);
}

void subscription_release(struct subscription *subscription)
{
    struct hub *hub = subscription->hub;

    if (subscription->count || subscription->running || subscription->walking)
        return;
    subscription_retire(subscription);
    list_remove(&subscription->walk);
    for (unsigned i = 0; i < subscription->room; i++)
        payload_drop(subscription->recent[i]);
    payload_drop(subscription->words);
    event_ids_done(&subscription->ids);
    ts_memory_free(subscription->first_id);
    gql_subscription_free(subscription->prepared);
    ts_memory_free((char *)subscription->principal.id);
    ts_memory_free((char *)subscription->principal.session_id);
    ts_memory_free(subscription->locale);
    ts_memory_free(subscription->request_id);
    ts_memory_free(subscription->recent);
    ts_memory_free(subscription);
    hub->subscription_count--;
    hub_count(hub->metrics.subscriptions, -1);
}

static void hub_measure(struct hub *hub)
{
    struct metrics *metrics = hub->runtime->metrics;

    if (!metrics)
        return;
    hub->metrics.subscriptions =
        metrics_get(metrics, TS_METRIC_GAUGE, "tessera_subscriptions", NULL, "Different subscriptions that are live.");
    hub->metrics.subscribers =
        metrics_get(metrics, TS_METRIC_GAUGE, "tessera_subscribers", NULL, "Clients' operations that share them.");
    hub->metrics.executions = metrics_get(metrics, TS_METRIC_COUNTER, "tessera_subscription_executions_total", NULL,
                                          "Executions of subscriptions.");
    hub->metrics.failures = metrics_get(metrics, TS_METRIC_COUNTER, "tessera_subscription_failures_total", NULL,
                                        "Executions that failed of themselves and are repeated.");
    hub->metrics.deliveries = metrics_get(metrics, TS_METRIC_COUNTER, "tessera_subscription_deliveries_total", NULL,
                                          "Responses that subscribers took.");
    hub->metrics.coalesced = metrics_get(metrics, TS_METRIC_COUNTER, "tessera_subscription_coalesced_total", NULL,
                                         "Hints that one execution served together with others.");
    hub->metrics.slow = metrics_get(metrics, TS_METRIC_COUNTER, "tessera_subscription_slow_total", NULL,
                                    "Subscribers dropped because they did not read.");
}

struct hub *hub_new(struct gateway *gateway)
{
    struct hub *hub = ts_memory_new(1, sizeof(*hub));

    hub->gateway = gateway;
    hub->runtime = gateway->runtime;
    hub->pause_ms = HUB_PAUSE_MS;
    hub->reread_ms = HUB_REREAD_MS;
    hub->runtime->random(hub->runtime, &hub->spread, sizeof(hub->spread));
    hub->spread |= 1;
    hub->deliver.run = hub_deliver;
    hub->watcher.heard = on_heard;
    list_init(&hub->sources);
    list_init(&hub->ready);
    list_init(&hub->walks);
    map_init(&hub->by_hash);
    hub_measure(hub);
    bus_watch(hub->runtime->bus, &hub->watcher);
    gateway->hub = hub;
    return hub;
}

void hub_stop(struct hub *hub)
{
    struct map_entry *entry;
    size_t at = 0;

    hub->stopping = true;
    bus_unwatch(&hub->watcher);
    while ((entry = map_next(&hub->by_hash, &at))) {
        struct subscription *subscription = entry->value, *next;

        for (; subscription; subscription = next) {
            next = subscription->next;
            subscription_end(subscription, SUBSCRIBER_STOPPING, NULL);
        }
        at = 0; /* ended ones have left the table */
    }
}

void hub_free(struct hub *hub)
{
    struct list *first;

    if (!hub)
        return;
    assert(hub->subscription_count == 0);
    bus_unwatch(&hub->watcher);
    while ((first = list_take_first(&hub->sources))) {
        struct source *source = container_of(first, struct source, link);

        map_done(&source->topics);
        ts_memory_free(source);
    }
    map_done(&hub->by_hash);
    hub->gateway->hub = NULL;
    ts_memory_free(hub);
}
