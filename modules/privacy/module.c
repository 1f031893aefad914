/* Privacy: table of contents. README.md says what holds. */
#include "tessera/module.h"

#include "api.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/memory.h"

extern const struct ts_module privacy_module;

// clang-format off
static const struct privacy_service rows = {
    /* rpc               handler          deadline_ms */
    .export_my_data  = { export_my_data,  20000 },
    .erase_my_data   = { erase_my_data,   10000 },
    .export_person   = { export_person,   20000 },
    .erase_person    = { erase_person,    10000 },
    .set_retention   = { set_retention,    5000 },
    .get_retentions  = { get_retentions,   2000 },
};
// clang-format on

static const struct ts_service services[] = {
    { &privacy__privacy__descriptor, privacy_dispatch, privacy_deadline, &rows },
    { 0 },
};

static const struct ts_due due[] = {
    { &privacy_erasures, erasure_continue },
    { &privacy_rounds, round_continue },
    { 0 },
};

/* The first round is made at the first start, and each sees to the next. */
static int round_begin(struct ts_call *call)
{
    Privacy__Round round = PRIVACY__ROUND__INIT;
    const Privacy__Round *before = NULL;
    int64_t version = 0;
    int r = store_get_round(call, &before, &version);

    if (r || before)
        return r;
    round.has_due_ms = true;
    round.due_ms = ts_now_ms(call) + TS_DAY_MS;
    r = store_put_round(call, &round, 0);
    return r == STORE_CONFLICT ? 0 : r; /* another process was faster */
}

static int privacy_start(struct ts_call *call, void **ret_state)
{
    struct privacy *privacy = ts_memory_new(1, sizeof(*privacy));
    int r = 0;

    if (!terms_parse(ts_setting(call, TS_SETTING_RETENTION), &privacy->names_days))
        r = ts_fail(call, TS_EINVALID, "--retention is names=DAYS,sessions=DAYS,mails=DAYS, each from 1 to %d",
                    DAYS_MAX);
    r = r ? r : round_begin(call);
    if (r) {
        ts_memory_free(privacy);
        return r;
    }
    *ret_state = privacy;
    return 0;
}

const struct ts_module privacy_module = {
    .name = "privacy",
    .services = services,
    .collections = privacy_collections,
    .due = due,
    .start = privacy_start,
    .stop = ts_memory_free,
};
