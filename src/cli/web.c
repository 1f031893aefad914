/*
 * It is started by setpriv (of Debian's util-linux), which has the kernel end it when we die, however that happens;
 * libuv has no place for that between fork and exec. Its heap is bounded, for pages of a shop fit into little.
 */
#include "cli/web.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/pages.h"
#include "telemetry/log.h"

enum {
    AGAIN_MS_MIN = 250,
    AGAIN_MS_MAX = 30 * 1000,
    STEADY_MS = 60 * 1000, /* one that ran for so long did not fail at its start */
    FORCE_MS = 2000,
};

static struct web *of_process(struct loop_process *process)
{
    return (struct web *)((char *)process - offsetof(struct web, process));
}

static struct web *of_timer(struct loop_timer *timer)
{
    return (struct web *)((char *)timer - offsetof(struct web, timer));
}

static void try_again(struct web *web)
{
    unsigned doublings = web->failures < 8 ? web->failures : 8;
    int64_t delay_ms = (int64_t)AGAIN_MS_MIN << doublings;

    web->failures++;
    loop_timer_start(web->config.loop, &web->timer, delay_ms < AGAIN_MS_MAX ? delay_ms : AGAIN_MS_MAX);
}

static void start(struct web *web)
{
    int r = loop_process_start(web->config.loop, &web->process, web->argv);

    web->started_ms = loop_now_ms(web->config.loop);
    if (r == 0)
        return;
    log_say(web->config.log, TS_LOG_ERROR, "web-not-started", "%s could not be started: %s", web->argv[0],
            strerror(-r));
    try_again(web);
}

static void on_timer(struct loop_timer *timer)
{
    struct web *web = of_timer(timer);

    if (web->stopping)
        loop_process_kill(&web->process, SIGKILL);
    else
        start(web);
}

/* {"url":"http://127.0.0.1:PORT"}, once, when it serves. */
static void on_line(struct loop_process *process, const char *line)
{
    struct web *web = of_process(process);
    const char *colon = strrchr(line, ':');
    long port = colon ? strtol(colon + 1, NULL, 10) : 0;

    if (strncmp(line, "{\"url\":", 7) != 0 || port < 1 || port > 65535)
        return;
    pages_move(web->config.pages, (uint16_t)port);
    log_say(web->config.log, TS_LOG_INFO, "web-serves", "The shop's pages come from 127.0.0.1:%ld.", port);
}

static void on_ended(struct loop_process *process, int status, int signal)
{
    struct web *web = of_process(process);

    pages_move(web->config.pages, 0);
    if (web->stopping) {
        loop_timer_stop(web->config.loop, &web->timer);
        web->stopped(web->stopped_data);
        return;
    }
    if (loop_now_ms(web->config.loop) - web->started_ms >= STEADY_MS)
        web->failures = 0;
    log_say(web->config.log, TS_LOG_WARN, "web-ended",
            "tessera-web ended with status %d, signal %d; it is started again.", status, signal);
    try_again(web);
}

void web_start(struct web *web, const struct web_config *config)
{
    const char *const command[] = {
        "setpriv",
        "--pdeathsig",
        "TERM",
        config->node,
        "--max-old-space-size=128",
        "--max-semi-space-size=8",
        config->script,
        "--listen",
        "127.0.0.1:0",
        "--graphql",
        config->graphql,
    };
    size_t count = sizeof(command) / sizeof(command[0]);

    *web = (struct web){ .config = *config, .process = { .line = on_line, .ended = on_ended }, .timer.run = on_timer };
    memcpy(web->argv, command, sizeof(command));
    if (config->sandbox)
        web->argv[count++] = "--sandbox";
    if (config->stripe) {
        web->argv[count++] = "--stripe";
        web->argv[count++] = config->stripe;
    }
    if (config->origin) {
        web->argv[count++] = "--origin";
        web->argv[count++] = config->origin;
    }
    start(web);
}

void web_stop(struct web *web, void (*stopped)(void *data), void *data)
{
    web->stopping = true;
    web->stopped = stopped;
    web->stopped_data = data;
    loop_timer_stop(web->config.loop, &web->timer);
    if (!web->process.handles) {
        stopped(data);
        return;
    }
    loop_process_kill(&web->process, SIGTERM);
    loop_timer_start(web->config.loop, &web->timer, FORCE_MS);
}
