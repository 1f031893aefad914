/*
 * Secrets that come from somewhere: a file (…_FILE), or Vault (vault:MOUNT/PATH#FIELD). They are read at the start, and
 * again while we run; one that has changed is told to who uses it, one that cannot be read keeps its last good value.
 */
#ifndef CLI_SECRETS_H
#define CLI_SECRETS_H

#include "base/buf.h"
#include "cli/options.h"
#include "loop/loop.h"

struct log;
struct metrics;
struct secrets;

/*
 * Read them all into `options`, whose strings they then are until secrets_free().
 * Return: 0 and *ret_secrets (NULL: there are none); a ts_error and lines in *ret_problem.
 */
int secrets_open(struct options *options, struct secrets **ret_secrets, struct buf *ret_problem);

/* A secret has another value; `name` is its flag's. Return: false when it is not to be had so; then the old one stays.
 */
typedef bool secrets_changed(void *data, const char *name, const char *value);

struct secrets_config {
    struct log *log;
    struct metrics *metrics;
    int64_t read_ms; /* between two readings */
    secrets_changed *changed;
    void *data;
};

/* From now on read them again, on a thread. Nothing happens for NULL. */
void secrets_start(struct secrets *secrets, struct loop *loop, const struct secrets_config *config);

/* Read them again now. */
void secrets_read_now(struct secrets *secrets);

/* No more; a reading under way ends within a second or two. NULL is fine. */
void secrets_stop(struct secrets *secrets);

/* After the loop, whose threads may be reading. NULL is fine. */
void secrets_free(struct secrets *secrets);

#endif
