/* Let a fiber wait for work that blocks. */
#ifndef STORE_BLOCKING_H
#define STORE_BLOCKING_H

#include "loop/loop.h"

/* Call run(data) on a worker thread and suspend this fiber until it has ended; without a fiber call it here. */
void blocking_run(struct loop *loop, void (*run)(void *data), void *data);

#endif
