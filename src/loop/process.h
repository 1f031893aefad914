/*
 * A program of somebody else's that runs beside us: started, heard line by line, and ended. Its stderr is ours. What it
 * is started through must see to it that it dies with us; see web.c.
 */
#ifndef LOOP_PROCESS_H
#define LOOP_PROCESS_H

#include "loop/loop.h"

enum { PROCESS_LINE_MAX = 4096 };

struct loop_process {
    void (*line)(struct loop_process *process, const char *line); /* of its stdout, without the line feed; what is
                                                                     longer than PROCESS_LINE_MAX is cut */
    void (*ended)(struct loop_process *process, int status, int signal); /* it may be started again here */
    struct process_handles *handles;                                     /* private; NULL: it does not run */
};

/*
 * Start argv[0], looked for in PATH; argv ends with NULL. It inherits our environment without TESSERA_…, where secrets
 * are. `process` must stay in place until `ended`, which is called once if this succeeds. Return: 0; a negative errno:
 * it could not be started, and `ended` is not called.
 */
int loop_process_start(struct loop *loop, struct loop_process *process, const char *const argv[]);

/* Send it a signal. No-op when it does not run. */
void loop_process_kill(struct loop_process *process, int signal);

#endif
