/*
 * Many timers over one uv_timer: a binary heap ordered by (time, order of start). Each timer knows its slot, so that
 * stopping one costs as little as starting it. A request starts and stops several; libuv's own would do, but for the
 * fixed order that the simulator needs.
 */
#include <assert.h>

#include "loop/inside.h"
#include "tessera/memory.h"

static bool timer_before(const struct loop_timer *left, const struct loop_timer *right)
{
    return left->at_ms != right->at_ms ? left->at_ms < right->at_ms : left->order < right->order;
}

static void heap_set(struct timer_heap *heap, uint32_t slot, struct loop_timer *timer)
{
    heap->timers[slot - 1] = timer;
    timer->slot = slot;
}

static void heap_sift_up(struct timer_heap *heap, struct loop_timer *timer, uint32_t slot)
{
    while (slot > 1 && timer_before(timer, heap->timers[slot / 2 - 1])) {
        heap_set(heap, slot, heap->timers[slot / 2 - 1]);
        slot /= 2;
    }
    heap_set(heap, slot, timer);
}

static void heap_sift_down(struct timer_heap *heap, struct loop_timer *timer, uint32_t slot)
{
    for (;;) {
        uint32_t child = slot * 2;

        if (child > heap->count)
            break;
        if (child < heap->count && timer_before(heap->timers[child], heap->timers[child - 1]))
            child++;
        if (!timer_before(heap->timers[child - 1], timer))
            break;
        heap_set(heap, slot, heap->timers[child - 1]);
        slot = child;
    }
    heap_set(heap, slot, timer);
}

static void heap_grow(struct timer_heap *heap)
{
    heap->room = heap->room ? heap->room * 2 : 64;
    heap->timers = ts_memory_resize(heap->timers, heap->room * sizeof(struct loop_timer *));
}

static void heap_remove(struct timer_heap *heap, struct loop_timer *timer)
{
    uint32_t slot = timer->slot;
    struct loop_timer *last = heap->timers[--heap->count];

    timer->slot = 0;
    if (last == timer)
        return;
    if (slot > 1 && timer_before(last, heap->timers[slot / 2 - 1]))
        heap_sift_up(heap, last, slot);
    else
        heap_sift_down(heap, last, slot);
}

void timer_heap_done(struct timer_heap *heap)
{
    ts_memory_free(heap->timers);
}

/* Set the alarm to the earliest timer, `delay_min_ms` from now at the soonest. */
static void loop_set_alarm(struct loop *loop, int64_t delay_min_ms)
{
    int64_t now_ms = loop_now_ms(loop), delay_ms;

    if (!loop->timers.count || loop->clock_stopped) {
        uv_timer_stop(&loop->alarm);
        return;
    }
    delay_ms = loop->timers.timers[0]->at_ms - now_ms;
    if (delay_ms < delay_min_ms)
        delay_ms = delay_min_ms;
    uv_timer_start(&loop->alarm, timer_on_alarm, (uint64_t)delay_ms, 0);
}

void timer_on_alarm(uv_timer_t *alarm)
{
    struct loop *loop = alarm->data;
    struct timer_heap *heap = &loop->timers;
    int64_t now_ms = loop_now_ms(loop);
    uint64_t order_max = heap->order; /* one started again by its own run waits for the next tick */

    while (heap->count && heap->timers[0]->at_ms <= now_ms && heap->timers[0]->order < order_max) {
        struct loop_timer *timer = heap->timers[0];

        heap_remove(heap, timer);
        timer->run(timer);
        loop_poll_at_once(loop); /* loop_run_once() has done something: it is not to wait for more */
    }
    loop_set_alarm(loop, 1); /* at 0 libuv would call us again before it polls */
}

void timer_jump(struct loop *loop)
{
    if (!loop->timers.count)
        return;
    if (loop->timers.timers[0]->at_ms > loop->now_ms)
        loop->now_ms = loop->timers.timers[0]->at_ms;
    timer_on_alarm(&loop->alarm);
}

void loop_timer_start(struct loop *loop, struct loop_timer *timer, int64_t delay_ms)
{
    struct timer_heap *heap = &loop->timers;
    int64_t now_ms = loop_now_ms(loop);

    if (timer->slot)
        heap_remove(heap, timer);
    if (heap->count == heap->room)
        heap_grow(heap);
    if (delay_ms < 0)
        delay_ms = 0;
    timer->at_ms = delay_ms > INT64_MAX - now_ms ? INT64_MAX : now_ms + delay_ms;
    timer->order = heap->order++;
    heap_sift_up(heap, timer, ++heap->count);
    if (timer->slot == 1)
        loop_set_alarm(loop, 0);
}

void loop_timer_stop(struct loop *loop, struct loop_timer *timer)
{
    /* The alarm may ring once for nothing; cheaper than setting it at each stop. */
    if (timer->slot)
        heap_remove(&loop->timers, timer);
}
