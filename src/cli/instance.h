/*
 * One running instance: store, keys, modules and schema on one runtime. `serve` puts HTTP in front of it; other
 * commands use it bare.
 */
#ifndef CLI_INSTANCE_H
#define CLI_INSTANCE_H

#include "base/buf.h"
#include "loop/loop.h"
#include "loop/runtime.h"
#include "net/client.h"
#include "store/mongo.h"
#include "telemetry/log.h"

struct bus_net;
struct gql_limits;
struct rates_config;
struct gql_schema;
struct host;
struct ts_module;

enum { INSTANCE_MODULES_MAX = 64 };

struct instance_config {
    const char *store; /* a file's path, or a URI of mongo.h */
    struct mongo_options mongo;
    const char *keys_path;     /* NULL: keys that end with the process */
    const char *modules;       /* names between commas, "gateway" for the front; NULL: all */
    const struct bus_net *net; /* where those that are not here are; NULL: nobody else is there */
    bool wire;                 /* the bus encodes every hop */
    const char *origin;        /* where browsers reach us; NULL: nobody said */
    bool sandbox;
    const struct gql_limits *limits;  /* of one GraphQL request; NULL: those of production */
    const struct rates_config *rates; /* NULL: those of production */
    struct client_config outbound;
    const char *settings[TS_SETTING_COUNT];
    bool introspection;
    bool suggestions;
    enum ts_log_level log_level;
};

struct instance {
    struct loop *loop;
    struct ts_runtime runtime;
    struct log log;
    struct host *host;
    struct gql_schema *schema;
    const struct ts_module *modules[INSTANCE_MODULES_MAX + 1]; /* those that run here */
    const struct ts_module *away[INSTANCE_MODULES_MAX + 1];    /* those that run elsewhere */
};

/*
 * Open the store, start the modules, build the schema. The loop runs meanwhile.
 * Return: 0; a ts_error and lines in *ret_problem: what was opened is closed by instance_close().
 */
int instance_open(struct instance *instance, const struct instance_config *config, struct buf *ret_problem);

/* Whether the front is among `modules`, as in the config. */
bool instance_has_gateway(const char *modules);

/* The schema of all modules alone, without anything that runs. Return: NULL and lines in *ret_problem. */
struct gql_schema *instance_schema_new(const struct gql_limits *limits, bool suggestions, struct buf *ret_problem);

/*
 * End what runs and stop the modules; see host_stop(). To be called before what the instance's fibers stand on besides
 * it (the listeners) is freed. Return: 0; TS_EDEADLINE: nothing may be freed, end the process.
 */
int instance_stop(struct instance *instance, int64_t wait_ms);

/*
 * instance_stop(), when that is not done yet, and close the rest. Works on what instance_open() left half done too.
 * Return: as instance_stop().
 */
int instance_close(struct instance *instance, int64_t wait_ms);

#endif
