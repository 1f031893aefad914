/* The module that benches of the bus call: it answers with what it is asked. One of its rpcs has no row: it is not
 * called. */
#ifndef BENCH_ECHO_H
#define BENCH_ECHO_H

#include "probe/v1/probe.rpc.h"
#include "tessera/module.h"

static int echo(struct ts_call *call, const Probe__EchoRequest *request, Probe__EchoReply *ret_reply)
{
    (void)call;
    ret_reply->text = request->text;
    ret_reply->has_number = true;
    ret_reply->number = request->number;
    return 0;
}

static const struct probe_service rows = { { echo, 1000 }, { echo, 1000 }, { echo, 1000 }, { echo, 1000 }, { 0 } };
static const struct ts_service services[] = {
    { &probe__probe__descriptor, probe_dispatch, probe_deadline, &rows },
    { NULL },
};
static const struct ts_module module = { .name = "probe", .services = services };

#endif
