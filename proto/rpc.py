#!/usr/bin/env python3
"""Typed rows, dispatch and stubs for the services of one proto: rpc.py FILE.proto OUT.h OUT.c

protoc-c's own service vtables have no room for a deadline, a status or a caller; so we have a form of our own. For
`service Inventory { rpc HoldTickets(HoldTicketsRequest) returns (HoldTicketsReply); }` in package inventory.v1:

    struct inventory_service { struct { int (*handler)(…); int deadline_ms; } hold_tickets; … };   // the module fills it
    int inventory_dispatch(…); int inventory_deadline(…);                                            // the bus calls them
    int inventory_hold_tickets(call, &request, &reply);                                              // callers use it
    int inventory_hold_tickets_as_system(call, &request, &reply);
"""
import re, sys

def snake(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()

def main():
    path, header_path, source_path = sys.argv[1:]
    text = re.sub(r"//[^\n]*", "", open(path).read())
    package = re.search(r'c_package\s*=\s*"(\w+)"', text)[1]
    stem = path.rsplit("/", 1)[1][: -len(".proto")]
    folder = re.search(r"package\s+([\w.]+)\s*;", text)[1].replace(".", "/")
    services = re.findall(r"service\s+(\w+)\s*\{(.*?)\}\s*", text, re.S)
    ctype = lambda name: f"{package[0].upper()}{package[1:]}__{name}"
    head = [f"/* Generated from {folder}/{stem}.proto by proto/rpc.py. */", "#pragma once", "",
            '#include "tessera/module.h"', f'#include "{folder}/{stem}.pb-c.h"']
    body = [f"/* Generated from {folder}/{stem}.proto by proto/rpc.py. */", f'#include "{folder}/{stem}.rpc.h"']
    for service, inside in services:
        word = snake(service)
        rpcs = re.findall(r"rpc\s+(\w+)\s*\(\s*(\w+)\s*\)\s*returns\s*\(\s*([\w.]+)\s*\)", inside)
        assert len(rpcs) == len(re.findall(r"\brpc\b", inside)), f"{path}: an rpc that rpc.py cannot read"
        head += ["", f"struct {word}_service {{"]
        for rpc, request, reply in rpcs:
            head += ["    struct {",
                     f"        int (*handler)(struct ts_call *call, const {ctype(request)} *request, {reply_type(reply, ctype)} *ret_reply);",
                     "        int deadline_ms;", f"    }} {snake(rpc)};"]
        head += ["};", "", f"ts_dispatch {word}_dispatch;", f"ts_deadline {word}_deadline;"]
        descriptor = f"{package}__{word}__descriptor"
        body += ["", f"int {word}_dispatch(const void *rows, unsigned method_index, struct ts_call *call, const ProtobufCMessage *request, ProtobufCMessage *reply)",
                 "{", f"    const struct {word}_service *service = rows;", "", "    switch (method_index) {"]
        for i, (rpc, request, reply) in enumerate(rpcs):
            body += [f"    case {i}:", f"        return service->{snake(rpc)}.handler(call, (const {ctype(request)} *)request, ({reply_type(reply, ctype)} *)reply);"]
        body += ["    default:", "        return TS_EUNIMPLEMENTED;", "    }", "}", "",
                 f"int {word}_deadline(const void *rows, unsigned method_index)", "{",
                 f"    const struct {word}_service *service = rows;", "", "    switch (method_index) {"]
        for i, (rpc, _, _) in enumerate(rpcs):
            body += [f"    case {i}:", f"        return service->{snake(rpc)}.handler ? service->{snake(rpc)}.deadline_ms : 0;"]
        body += ["    default:", "        return 0;", "    }", "}"]
        for i, (rpc, request, reply) in enumerate(rpcs):
            for suffix, via in (("", "ts_call"), ("_as_system", "ts_call_as_system")):
                prototype = f"int {word}_{snake(rpc)}{suffix}(struct ts_call *call, const {ctype(request)} *request, const {reply_type(reply, ctype)} **ret_reply)"
                head += [prototype + ";"]
                body += ["", prototype, "{", "    const ProtobufCMessage *reply = NULL;",
                         f"    int r = {via}(call, &{descriptor}, {i}, &request->base, &reply);", "",
                         "    if (r == 0)", f"        *ret_reply = (const {reply_type(reply, ctype)} *)reply;", "    return r;", "}"]
    open(header_path, "w").write("\n".join(head) + "\n")
    open(source_path, "w").write("\n".join(body) + "\n")

def reply_type(reply, ctype):
    if reply.startswith("common.v1."):
        return "Common__" + reply.rsplit(".", 1)[1]
    return ctype(reply)

main()
