/*
 * The shop's pages, run for us: one tessera-web beside this process. It is started, told to the gateway where it
 * listens, started again when it ends (sooner at first, then every half minute), and ended with us.
 */
#ifndef CLI_WEB_H
#define CLI_WEB_H

#include "loop/process.h"

struct log;
struct pages;

enum { WEB_ARGUMENTS_MAX = 20 };

struct web_config {
    struct loop *loop;
    struct log *log;
    struct pages *pages;
    const char *script;  /* tessera-web.js */
    const char *node;    /* a path, or a name to be found in PATH */
    const char *graphql; /* where it asks us, http://… */
    const char *origin;  /* where buyers reach us; NULL: as each request says */
    const char *stripe;  /* "test" or "live": the kind of its key; NULL: it takes no payments */
    bool sandbox;
};

struct web {
    struct web_config config;
    struct loop_process process;
    struct loop_timer timer; /* to start it again; while stopping, to end it by force */
    const char *argv[WEB_ARGUMENTS_MAX + 1];
    int64_t started_ms;
    unsigned failures; /* in a row */
    bool stopping;
    void (*stopped)(void *data);
    void *stopped_data;
};

/* Start it. The strings of `config` must outlive it. */
void web_start(struct web *web, const struct web_config *config);

/* End it; `stopped` is called when it is gone, maybe at once. */
void web_stop(struct web *web, void (*stopped)(void *data), void *data);

#endif
