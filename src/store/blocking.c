/* Work that blocks, for one fiber; see blocking.h. */
#include "store/blocking.h"

#include <stddef.h>

#include "loop/fiber.h"

struct blocking {
    struct loop_work work;
    void (*run)(void *data);
    void *data;
    struct fiber *fiber;
    bool ended;
};

static void on_run(struct loop_work *work)
{
    struct blocking *blocking = (struct blocking *)((char *)work - offsetof(struct blocking, work));

    blocking->run(blocking->data);
}

static void on_done(struct loop_work *work)
{
    struct blocking *blocking = (struct blocking *)((char *)work - offsetof(struct blocking, work));

    blocking->ended = true;
    fiber_wake(blocking->fiber);
}

void blocking_run(struct loop *loop, void (*run)(void *data), void *data)
{
    struct blocking blocking = { .work = { .run = on_run, .done = on_done }, .run = run, .data = data };

    blocking.fiber = fiber_self();
    if (!blocking.fiber) {
        run(data);
        return;
    }
    loop_work_submit(loop, &blocking.work);
    while (!blocking.ended)
        fiber_suspend();
}
