/*
 * The steps of one import: read and parse on a thread, look up the organizers, judge on a thread, write event after
 * event, tell. Threads touch only the run's arena, and only while its fiber waits for them.
 */
#include "import/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/apply.h"
#include "import/resolve.h"
#include "loop/fiber.h"
#include "loop/loop.h"
#include "loop/runtime.h"
#include "tessera/clock.h"
#include "tessera/money.h"
#include "tessera/text.h"

/* ---- work on a thread, waited for */

struct thread_step {
    struct loop_work work;
    void (*run)(void *data);
    void *data;
    struct fiber *fiber;
    bool done;
};

static void on_thread(struct loop_work *work)
{
    struct thread_step *step = (struct thread_step *)work;

    step->run(step->data);
}

static void on_loop(struct loop_work *work)
{
    struct thread_step *step = (struct thread_step *)work;

    step->done = true;
    fiber_wake(step->fiber);
}

static void run_on_thread(struct loop *loop, void (*run)(void *data), void *data)
{
    struct thread_step step = { .work = { .run = on_thread, .done = on_loop }, .run = run, .data = data };

    step.fiber = fiber_self();
    loop_work_submit(loop, &step.work);
    while (!step.done)
        fiber_suspend();
}

/* ---- the run */

/* An event and what becomes of it. */
struct outcome {
    struct import_event *event;
    const char *organizer; /* slug */
    struct import_defaults defaults;
    bool refused;
    enum apply_change change;
};

struct run {
    struct ts_call *call;
    const struct import_options *options;
    const char *path;
    struct import_page page;
    int page_outcome;
    struct outcome *outcomes;
};

static void read_page(void *data)
{
    struct run *run = data;
    FILE *file = fopen(run->path, "re");
    char *bytes = file ? malloc(PAGE_SIZE_MAX + 1) : NULL;

    run->page_outcome = PAGE_UNUSABLE;
    if (bytes) {
        run->page_outcome = page_read(run->call->arena, bytes, fread(bytes, 1, PAGE_SIZE_MAX + 1, file), &run->page);
    } else {
        import_problems_init(&run->page.problems);
        import_problem_add(run->call->arena, &run->page.problems, "", "cannot be read");
    }
    free(bytes);
    if (file)
        fclose(file);
}

static void resolve_events(void *data)
{
    struct run *run = data;
    struct resolver resolver;

    resolver_init(&resolver, run->call->arena);
    for (size_t i = 0; i < run->page.event_count; i++) {
        struct outcome *outcome = &run->outcomes[i];

        if (!outcome->organizer) {
            import_problem_add(run->call->arena, &run->page.problems, outcome->event->organizer.path,
                               "is missing: give --organizer");
            outcome->refused = true;
        }
        if (event_resolve(&resolver, &outcome->defaults, outcome->event, &run->page.problems))
            outcome->refused = true;
    }
    resolver_done(&resolver);
}

/* Whose each event is, and what holds for it. */
static int choose_organizers(struct run *run, struct apply *apply)
{
    struct import_event *event = run->page.events;

    run->outcomes = TS_NEW_ARRAY(run->call->arena, struct outcome, run->page.event_count);
    for (size_t i = 0; event; event = event->next, i++) {
        struct outcome *outcome = &run->outcomes[i];
        const Catalog__Organizer *organizer = NULL;
        int r;

        outcome->event = event;
        outcome->organizer = run->options->organizer ? run->options->organizer : event->organizer.slug;
        outcome->defaults.time_zone = run->options->time_zone;
        outcome->defaults.currency = run->options->currency;
        r = outcome->organizer ? apply_find_organizer(apply, outcome->organizer, &organizer) : 0;
        if (r)
            return r;
        if (organizer) {
            outcome->defaults.organizer_time_zone = organizer->time_zone;
            outcome->defaults.organizer_currency = organizer->currency;
        }
    }
    return 0;
}

static int write_events(struct run *run, struct apply *apply)
{
    for (size_t i = 0; i < run->page.event_count; i++) {
        struct outcome *outcome = &run->outcomes[i];
        int r;

        if (outcome->refused)
            continue;
        r = apply_event(apply, outcome->event, outcome->organizer, &outcome->change);
        if (r < 0)
            return r;
        outcome->refused = r == APPLY_REFUSED;
        ts_yield(run->call);
    }
    return 0;
}

/* ---- the report */

/* A page's words on a terminal: no control characters. */
static void add_words(struct buf *report, const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++)
        buf_add_char(report,
                     (char)(*at < ' ' || *at == 0x7f || (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0) ? '?' : *at));
}

static void report_events(const struct run *run, struct buf *report)
{
    static const char *const words[] = { "unchanged", "made", "updated" };
    size_t counts[3] = { 0 }, refused = 0;

    if (run->page.event_count)
        buf_printf(report, "%-9s  %5s  %5s  %s\n", "", "dates", "types", "event");
    for (size_t i = 0; i < run->page.event_count; i++) {
        const struct outcome *outcome = &run->outcomes[i];

        refused += outcome->refused;
        counts[outcome->change] += !outcome->refused;
        buf_printf(report, "%-9s  %5zu  %5zu  ", outcome->refused ? "refused" : words[outcome->change],
                   outcome->event->date_count, outcome->event->offer_count);
        add_words(report, outcome->event->title ? outcome->event->title : "(no name)");
        buf_add_literal(report, " (");
        add_words(report, outcome->organizer ? outcome->organizer : "no organizer");
        buf_add_literal(report, ")\n");
    }
    buf_printf(report, "%zu made, %zu updated, %zu unchanged, %zu refused\n", counts[APPLY_MADE], counts[APPLY_UPDATED],
               counts[APPLY_UNCHANGED], refused);
}

static void report_problems(const struct run *run, const char *name, struct buf *report)
{
    for (const struct import_problem *problem = run->page.problems.first; problem; problem = problem->next) {
        add_words(report, name);
        buf_add_literal(report, ": ");
        add_words(report, problem->path ? problem->path : "");
        buf_add_string(report, problem->path && *problem->path ? ": " : "");
        add_words(report, problem->reason);
        buf_add_literal(report, "\n");
    }
}

/* The flags must make sense whatever the page says. */
static bool options_check(const struct import_options *options, struct buf *report)
{
    if (options->organizer && !ts_text_is_slug(options->organizer))
        buf_printf(report, "--organizer wants a slug: a-z, 0-9 and, inside, '-'\n");
    else if (options->time_zone && !ts_text_is_time_zone(options->time_zone))
        buf_printf(report, "--time-zone wants a name of the IANA database, such as Europe/Berlin\n");
    else if (options->currency && ts_currency_exponent(options->currency) < 0)
        buf_printf(report, "--currency wants a code of ISO 4217, such as EUR\n");
    else
        return true;
    return false;
}

int import_file(struct ts_call *call, const struct import_options *options, const char *path, const char *name,
                struct buf *ret_report)
{
    struct run run = { .call = call, .options = options, .path = path };
    struct apply apply;
    int r = 0;

    if (!options_check(options, ret_report))
        return IMPORT_UNUSABLE;
    run_on_thread(call->runtime->loop, read_page, &run);
    if (run.page_outcome == 0) {
        apply_init(&apply, call, options, &run.page.problems);
        r = choose_organizers(&run, &apply);
        if (r == 0) {
            run_on_thread(call->runtime->loop, resolve_events, &run);
            r = write_events(&run, &apply);
            report_events(&run, ret_report);
        }
        apply_done(&apply);
    }
    report_problems(&run, name, ret_report);
    if (r)
        return r;
    if (run.page_outcome)
        return IMPORT_UNUSABLE;
    return run.page.problems.count ? IMPORT_SOME_REFUSED : IMPORT_ALL;
}
