/*
 * Subscribers: who joins, who gets which response when, who leaves. A response is numbered; a subscriber knows the last
 * one that it took, so whoever is busy costs nothing but that number. Walks over all subscribers run on the loop's own
 * stack, in slices, and know when one of them goes away meanwhile.
 */
#include "gateway/subscribe.h"

#include <assert.h>
#include <string.h>

#include "gateway/hub.h"
#include "gateway/resolve.h"
#include "loop/runtime.h"
#include "tessera/memory.h"

struct payload *payload_hold(struct payload *payload)
{
    payload->refs++;
    return payload;
}

void payload_drop(struct payload *payload)
{
    if (!payload || --payload->refs)
        return;
    ts_memory_free(payload->id);
    ts_memory_free(payload);
}

static struct payload *payload_new(const char *text, size_t size)
{
    struct payload *payload = ts_memory_new(1, sizeof(*payload) + size + 1);

    *payload = (struct payload){ .refs = 1, .size = size };
    memcpy(payload->text, text, size);
    payload->text[size] = '\0';
    return payload;
}

/* The list of subscribers. */

/* Behind the response of that number: it gets what follows. */
static void subscriber_join(struct subscription *subscription, struct subscriber *subscriber, uint64_t number)
{
    subscriber->subscription = subscription;
    subscriber->is_state = subscription->room == 1;
    subscriber->taken = number;
    subscriber->busy = false;
    subscriber->next = NULL;
    subscriber->previous = subscription->last;
    *(subscription->last ? &subscription->last->next : &subscription->first) = subscriber;
    subscription->last = subscriber;
    subscription->count++;
    subscription->hub->subscriber_count++;
    hub_count(subscription->hub->metrics.subscribers, 1);
}

static void subscriber_unlink(struct subscriber *subscriber)
{
    struct subscription *subscription = subscriber->subscription;

    for (struct visit *visit = subscription->hub->visits; visit; visit = visit->outer)
        if (visit->subscriber == subscriber)
            visit->subscriber = NULL;
    if (subscription->at == subscriber)
        subscription->at = subscriber->next;
    if (subscription->maker == subscriber)
        subscription->maker = NULL;
    *(subscriber->previous ? &subscriber->previous->next : &subscription->first) = subscriber->next;
    *(subscriber->next ? &subscriber->next->previous : &subscription->last) = subscriber->previous;
    subscriber->subscription = NULL;
    subscription->count--;
    subscription->hub->subscriber_count--;
    hub_count(subscription->hub->metrics.subscribers, -1);
}

void subscriber_leave(struct subscriber *subscriber)
{
    struct subscription *subscription = subscriber->subscription;

    if (!subscription)
        return;
    subscriber_unlink(subscriber);
    subscription_release(subscription);
}

/* Where it is. */

static const char *state_id(const struct subscription *subscription, struct payload *payload)
{
    if (!payload->id)
        payload->id = event_id_of_state(&subscription->ids, payload->text, payload->size);
    return payload->id;
}

const char *subscriber_id(struct subscriber *subscriber, struct payload *payload)
{
    const struct subscription *subscription = subscriber->subscription;
    uint64_t number = subscriber->taken;

    if (!subscription)
        return NULL;
    if (subscriber->is_state)
        return payload ? state_id(subscription, payload) : NULL;
    if (payload)
        return payload->id;
    if (number == 0)
        return subscription->first_id;
    return number > subscription->trimmed ? subscription->recent[number % subscription->room]->id : NULL;
}

/* The newest state is the one that its client had before it was cut off. */
static bool has_already(struct subscriber *subscriber)
{
    const struct subscription *subscription = subscriber->subscription;
    const char *last_id = subscriber->last_id;

    subscriber->last_id = NULL; /* what comes later is news, even when it is the same again */
    return last_id && subscriber->is_state && strcmp(state_id(subscription, subscription->recent[0]), last_id) == 0;
}

/* Deliveries. */

static void subscriber_end(struct subscriber *subscriber, enum subscriber_end why, struct payload *words)
{
    struct subscription *subscription = subscriber->subscription;

    subscriber_unlink(subscriber);
    subscriber->ops->end(subscriber, why, words);
    subscription_release(subscription);
}

/* Hand one response over. Return: false when the subscriber is gone. */
static bool subscriber_give(struct subscription *subscription, struct subscriber *subscriber, uint64_t number)
{
    struct hub *hub = subscription->hub;
    struct payload *payload = payload_hold(subscription->recent[number % subscription->room]);
    struct visit visit = { subscriber, hub->visits };
    bool taken;

    hub->visits = &visit;
    subscriber->busy = true; /* until it says otherwise, perhaps from inside */
    taken = subscriber->ops->next(subscriber, payload);
    hub->visits = visit.outer;
    payload_drop(payload);
    if (taken)
        hub_count(hub->metrics.deliveries, 1);
    if (!visit.subscriber)
        return false;
    if (taken) {
        subscriber->busy = false;
        subscriber->taken = number;
    }
    return true;
}

/* What it has not got yet, as far as it takes it. */
static void subscriber_catch_up(struct subscriber *subscriber)
{
    struct subscription *subscription = subscriber->subscription;

    while (subscriber->taken < subscription->sequence) {
        if (!subscriber->is_state && subscriber->taken < subscription->trimmed) {
            hub_count(subscription->hub->metrics.slow, 1);
            subscriber_end(subscriber, SUBSCRIBER_SLOW, NULL);
            return;
        }
        if (has_already(subscriber)) {
            subscriber->taken = subscription->sequence;
            return;
        }
        if (subscriber->busy || !subscriber_give(subscription, subscriber,
                                                 subscriber->is_state ? subscription->sequence : subscriber->taken + 1))
            return;
    }
}

void subscriber_ready(struct subscriber *subscriber)
{
    struct subscription *subscription = subscriber->subscription;

    if (!subscription)
        return;
    subscriber->busy = false;
    for (struct visit *visit = subscription->hub->visits; visit; visit = visit->outer)
        if (visit->subscriber == subscriber)
            return; /* from inside next(): who called it looks again */
    if (!subscription->ended)
        subscriber_catch_up(subscriber);
}

/* Of a stream: the oldest that is kept is not any more. */
static void forget_oldest(struct subscription *subscription)
{
    struct payload **slot = &subscription->recent[++subscription->trimmed % subscription->room];

    subscription->kept_size -= (*slot)->size;
    payload_drop(*slot);
    *slot = NULL;
}

/*
 * Room for one more; who has not got what goes is too slow. Nobody had a chance yet to take what came in the same
 * reply, so of that nothing goes (it is less than there is room for).
 */
static void make_room(struct subscription *subscription, size_t size)
{
    while (subscription->trimmed < subscription->before &&
           (subscription->sequence - subscription->trimmed >= subscription->room ||
            subscription->kept_size + size > HUB_STREAM_KEPT_SIZE_MAX))
        forget_oldest(subscription);
    assert(subscription->sequence - subscription->trimmed < subscription->room); /* an rpc's reply has its limit */
    subscription->kept_size += size;
}

static bool is_same(const struct payload *payload, const char *response, size_t size)
{
    return payload && payload->size == size && memcmp(payload->text, response, size) == 0;
}

void subscription_add(struct subscription *subscription, const char *response, size_t size)
{
    struct payload **slot;
    char *id = NULL;

    if (subscription->room == 1 ? is_same(subscription->recent[0], response, size)
                                : !event_ids_next(&subscription->ids, response, size, &id))
        return;
    if (subscription->room > 1)
        make_room(subscription, size);
    slot = &subscription->recent[++subscription->sequence % subscription->room];
    payload_drop(*slot);
    *slot = payload_new(response, size);
    (*slot)->id = id;
    subscription_walk(subscription);
}

void subscription_walk(struct subscription *subscription)
{
    struct hub *hub = subscription->hub;

    subscription->again = true;
    if (list_is_empty(&subscription->walk))
        list_add_end(&hub->walks, &subscription->walk);
    loop_defer(hub->runtime->loop, &hub->deliver);
}

void subscription_end(struct subscription *subscription, enum subscriber_end why, const struct buf *words)
{
    if (subscription->ended)
        return;
    subscription_retire(subscription);
    subscription->why = why;
    if (words)
        subscription->words = payload_new(words->data, words->size);
    subscription_walk(subscription);
}

static void walk_visit(struct subscription *subscription, struct subscriber *subscriber)
{
    if (subscriber == subscription->maker)
        return; /* subscribe() tells it how this begins */
    if (subscription->ended)
        subscriber_end(subscriber, subscription->why, subscription->words);
    else
        subscriber_catch_up(subscriber);
}

/* Happenings that all have got; but the newest stays, so that who comes back with its id finds his place. */
static void subscription_trim(struct subscription *subscription)
{
    uint64_t lowest = subscription->sequence - 1;

    if (subscription->room == 1 || subscription->sequence == 0)
        return;
    for (struct subscriber *subscriber = subscription->first; subscriber; subscriber = subscriber->next)
        if (subscriber->taken < lowest)
            lowest = subscriber->taken;
    while (subscription->trimmed < lowest)
        forget_oldest(subscription);
}

/* At most *budget subscribers of a walk. */
static void subscription_walk_on(struct subscription *subscription, unsigned *budget)
{
    if (!subscription->at) {
        subscription->again = subscription->newcomers = false;
        subscription->at = subscription->first;
    }
    subscription->walking = true;
    for (; subscription->at && *budget; --*budget) {
        struct subscriber *subscriber = subscription->at;

        subscription->at = subscriber->next;
        walk_visit(subscription, subscriber);
    }
    subscription->walking = false;
    if (subscription->at || subscription->again)
        return;
    list_remove(&subscription->walk);
    subscription_trim(subscription);
    subscription_release(subscription);
}

void hub_deliver(struct loop_job *job)
{
    struct hub *hub = container_of(job, struct hub, deliver);
    unsigned budget = HUB_SLICE;

    while (budget && !list_is_empty(&hub->walks)) {
        budget--;
        subscription_walk_on(container_of(hub->walks.next, struct subscription, walk), &budget);
    }
    if (!list_is_empty(&hub->walks))
        loop_defer_next_tick(hub->runtime->loop, job);
}

/* Beginnings. */

static enum gql_outcome refuse(struct buf *body, const char *code, const char *message)
{
    buf_clear(body);
    gql_error_body(body, code, message);
    return GQL_REFUSED;
}

/* One more for what is there: it gets the newest state if that is young, else the next one, which is made now. */
static void join_live(struct subscription *subscription, struct subscriber *subscriber, uint64_t number)
{
    struct hub *hub = subscription->hub;
    int64_t age_ms = loop_now_ms(hub->runtime->loop) - subscription->started_ms;

    subscriber_join(subscription, subscriber, number);
    subscription->newcomers = true;
    if (!subscriber->is_state && number < subscription->sequence)
        subscription_walk(subscription);
    if (subscription->running || subscription->dirty)
        return;
    if (age_ms <= hub->pause_ms)
        subscription_walk(subscription);
    else
        subscription_touch(subscription);
}

static enum gql_outcome begin(struct subscription *subscription, struct subscriber *maker, struct buf *body)
{
    enum gql_progress progress;
    bool fine, stopped;

    subscriber_join(subscription, maker, 0);
    subscription->maker = maker;
    progress = subscription_begin(subscription, body);
    stopped = subscription->ended;
    fine = (progress == GQL_GOES_ON || progress == GQL_MORE) && !stopped;
    if (!fine && subscription->maker)
        subscriber_unlink(maker);
    subscription->maker = NULL;
    if (!fine)
        subscription_end(subscription, SUBSCRIBER_FAILED, body);
    else if (subscription->sequence)
        subscription_walk(subscription); /* others may have had theirs while the maker was passed by */
    subscription_release(subscription);
    if (stopped)
        return refuse(body, "UNAVAILABLE", "The server stops.");
    if (fine)
        buf_clear(body);
    return fine ? GQL_EXECUTED : GQL_REFUSED;
}

static enum gql_outcome prepare(struct gateway *gateway, const struct session *session,
                                const struct gql_request *request, struct gql_subscription **ret_prepared,
                                struct buf *ret_body)
{
    struct ts_arena *arena = ts_arena_new();
    struct resolve resolve;
    enum gql_outcome outcome;

    resolve_init(&resolve, gateway->runtime, arena, session, loop_now_ms(gateway->runtime->loop) + HUB_EXECUTION_MS);
    outcome = gql_subscribe(gateway->schema, &resolve.env, request, ret_prepared, ret_body);
    if (outcome == GQL_EXECUTED && resolve_charge(&resolve, "subscription", /* is_mutation= */ false)) {
        gql_subscription_free(*ret_prepared);
        outcome = refuse(ret_body, "RATE_LIMITED", ts_call_failure(&resolve.call));
    }
    ts_arena_free(arena);
    return outcome;
}

/* Join a live one that asks the same, or begin one. Takes `prepared` over; `id` has a cursor, or is NULL. */
static enum gql_outcome join(struct hub *hub, struct gql_subscription *prepared, const struct session *session,
                             const char *id, struct subscriber *subscriber, struct buf *body)
{
    uint64_t number;
    struct subscription *subscription = hub_find(hub, prepared, session, id, &number);

    if (subscription) {
        gql_subscription_free(prepared);
        join_live(subscription, subscriber, number);
        return GQL_EXECUTED;
    }
    if (hub->subscription_count >= HUB_SUBSCRIPTIONS_MAX) {
        gql_subscription_free(prepared);
        return refuse(body, "RATE_LIMITED", "Too many different subscriptions are live; try again later.");
    }
    return begin(subscription_new(hub, prepared, session, id), subscriber, body);
}

enum gql_outcome subscribe(struct gateway *gateway, const struct session *session, const struct gql_request *request,
                           struct subscriber *subscriber, struct buf *ret_body)
{
    struct hub *hub = gateway->hub;
    struct gql_subscription *prepared;
    const char *id = subscriber->last_id;
    enum gql_outcome outcome;

    if (hub->stopping)
        return refuse(ret_body, "UNAVAILABLE", "The server stops.");
    outcome = prepare(gateway, session, request, &prepared, ret_body);
    if (outcome != GQL_EXECUTED)
        return outcome;
    if (!id || !gql_subscription_is_stream(prepared) || !event_id_cursor(prepared, id))
        id = NULL; /* of a state it is looked at when there is one to compare */
    return join(hub, prepared, session, id, subscriber, ret_body);
}
