#include "base/thread.h"

#include <signal.h>
#include <stdlib.h>

pthread_t thread_new(void *(*main)(void *data), void *data)
{
    sigset_t all, before;
    pthread_t thread;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&thread, NULL, main, data))
        abort();
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return thread;
}
