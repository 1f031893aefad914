/* Callers who wait for their time: a heap, the soonest is [0]. */
#include "stampede.h"

static struct waiter {
    int64_t at_us;
    struct caller *caller;
} * heap;
static size_t heap_size, heap_room;

static void heap_swap(size_t i, size_t j)
{
    struct waiter kept = heap[i];

    heap[i] = heap[j];
    heap[j] = kept;
}

void waiting_add(struct caller *caller)
{
    size_t i = heap_size;

    if (i == heap_room) {
        heap_room = i ? 2 * i : 1024;
        heap = realloc(heap, heap_room * sizeof(*heap));
        if (!heap)
            give_up("no memory for those who wait");
    }
    heap[heap_size++] = (struct waiter){ caller->asked_us, caller };
    for (; i > 0 && heap[i].at_us < heap[(i - 1) / 2].at_us; i = (i - 1) / 2)
        heap_swap(i, (i - 1) / 2);
}

int64_t waiting_least_us(void)
{
    return heap_size ? heap[0].at_us : INT64_MAX;
}

struct caller *waiting_take(void)
{
    struct caller *caller = heap[0].caller;

    heap[0] = heap[--heap_size];
    for (size_t i = 0, child; (child = 2 * i + 1) < heap_size; i = child) {
        if (child + 1 < heap_size && heap[child + 1].at_us < heap[child].at_us)
            child++;
        if (heap[i].at_us <= heap[child].at_us)
            break;
        heap_swap(i, child);
    }
    return caller;
}

void waiting_done(void)
{
    free(heap);
}
