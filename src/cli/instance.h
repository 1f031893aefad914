/*
 * One running instance: store, bus, modules, schema on one runtime. `serve` puts HTTP in front of it; other commands
 * and in-process tests use it bare.
 */
#ifndef CLI_INSTANCE_H
#define CLI_INSTANCE_H

#include "base/buf.h"
#include "loop/loop.h"
#include "loop/runtime.h"
#include "telemetry/log.h"

struct gql_schema;

enum { INSTANCE_MODULES_MAX = 64 };

struct instance_config {
    const char *store_path;
    const char *modules; /* names between commas; NULL: all */
    bool wire;           /* the bus encodes every hop */
    bool sandbox;
    bool introspection;
    enum ts_log_level log_level;
};

struct instance {
    struct loop *loop;
    struct ts_runtime runtime;
    struct log log;
    struct gql_schema *schema;
    void *states[INSTANCE_MODULES_MAX]; /* of the modules that have started, in the table's order */
};

/*
 * Open the store, register and start the modules, build the schema. The loop runs meanwhile.
 * Return: 0; a ts_error and lines in *ret_problem: what was opened is closed by instance_close().
 */
int instance_open(struct instance *instance, const struct instance_config *config, struct buf *ret_problem);

/* Nothing may be in flight. Works on what instance_open() left half done too. */
void instance_close(struct instance *instance);

#endif
