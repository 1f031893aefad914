/* The audit's table of contents. README.md says what holds. */
#include "tessera/module.h"

#include "api.h"

// clang-format off
static const struct audit_service rows = {
    /* rpc             handler      deadline_ms */
    .list_audit = { list_audit, 10000 },
};
// clang-format on

static const struct ts_service services[] = {
    { &audit__audit__descriptor, audit_dispatch, audit_deadline, &rows },
    { 0 },
};

static const struct ts_collection *const collections[] = { NULL };

const struct ts_module audit_module = { .name = "audit", .services = services, .collections = collections };
