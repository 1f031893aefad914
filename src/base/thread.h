/* Threads of our own. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>

/* One that no signal reaches: they are the loop's. Stops the process if there is none to be had. */
pthread_t thread_new(void *(*main)(void *data), void *data);

#endif
