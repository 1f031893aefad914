"""What a split costs beside one process, and what more processes of inventory bring on a store that they share.

The store is FerretDB over SQLite: its own processor time stands beside ours, since on few cores it is what all of them wait for. Figures of one run are compared, with each other only."""
import json, os, sys, time

from measure import BUILD, TOKEN, Load, cpu_s, graphql, make_event, post_script, row

for folder in ("support", "scenario"):
    sys.path.append(os.path.join(os.path.dirname(__file__), "..", folder))
import mongoserver, natsserver
from shop import Process

SECONDS, CONNECTIONS, PODS = 4, 32, (1, 2, 3)
FRONT, REST = "gateway", "catalog,orders,payments,tickets,door,waitroom,identity,audit,privacy"
HOLD = "mutation($i: HoldTicketsInput!) { holdTickets(input: $i) { hold { id } userErrors { code } } }"
EVENT = "query($id: ID!) { event(id: $id) { title startsAt } }"


class Town:
    """Processes that meet at a NATS server, or one that needs none."""

    def __init__(self, lists, store=()):
        binary = os.path.join(BUILD, "tessera")
        common = ("--owner-token", TOKEN, "--log-level", "warn", *store)
        self.nats = natsserver.NatsServer().start() if lists else None
        self.processes = [Process(binary, "--bus", self.nats.url, "--modules", modules, *common) for modules in lists] or [Process(binary, *common)]
        end = time.monotonic() + 60
        while not all(process.is_ready() for process in self.processes):
            assert time.monotonic() < end, "not all processes are ready"
            time.sleep(0.02)
        self.url = self.processes[0].ready["graphql"]
        self.event, self.kind, _ = make_event(self.url)

    def pids(self):
        return [process.process.pid for process in self.processes]

    def load(self, folder, query, variables, must_contain):
        script = post_script(folder, json.dumps({"query": query, "variables": variables}), must_contain)
        Load(self.pids(), self.url, 1, script, CONNECTIONS)  # what is made at first use is made
        return Load(self.pids(), self.url, SECONDS, script, CONNECTIONS)

    def holds(self, folder):
        return self.load(folder, HOLD, {"i": {"eventId": self.event, "lines": [{"ticketTypeId": self.kind, "quantity": 1}]}}, '"id"')

    def reads(self, folder):
        return self.load(folder, EVENT, {"id": self.event}, '"title"')

    def close(self):
        for process in self.processes:
            process.kill()
        if self.nats:
            self.nats.kill()


def figures(load, extra=""):
    good = load.count - load.wrong
    wrong = f"VOID: {load.wrong + load.refused} of {load.count} not granted" if load.wrong + load.refused > load.count // 50 else extra
    return [f"{load.cpu_s / max(good, 1) * 1e6:.1f} us CPU each", f"{good / load.seconds:,.0f}/s", f"p50 {load.p50_ms:.1f} ms  p99 {load.p99_ms:.1f} ms  {wrong}"]


def measured(lists, store, folder, work):
    town = Town(lists, store)
    try:
        return work(town, folder)
    finally:
        town.close()


def bench_split(folder):
    if not natsserver.found() or not mongoserver.found():
        row("split", "no nats-server or FerretDB: ./dev test fetches them")
        return
    split = [FRONT, "inventory", REST]
    alone, apart = (measured(lists, (), folder, Town.reads) for lists in ([], split))
    row("event by id, one process", *figures(alone))
    row("event by id, gateway and catalogue apart", *figures(apart, f"{apart.cpu_s / apart.count / (alone.cpu_s / alone.count):.1f} times the CPU"))
    alone, apart = (measured(lists, (), folder, Town.holds) for lists in ([], split))
    row("holds, one process, SQLite", *figures(alone))
    row("holds, gateway, inventory and the rest apart, SQLite", *figures(apart, f"{rate(apart) / rate(alone):.2f} of it"))
    bench_pods(folder)


def rate(load):
    return (load.count - load.wrong) / load.seconds


def bench_pods(folder):
    mongo = mongoserver.MongoServer().start()
    try:
        first = None
        for pods in (0, *PODS):
            lists = [FRONT + "," + REST] + pods * ["inventory"] if pods else []
            used = cpu_s(mongo.process.pid)
            load = measured(lists, ("--store", mongo.fresh()), folder, Town.holds)
            used = cpu_s(mongo.process.pid) - used
            first = first or load
            name = f"holds, {pods} of inventory" if pods else "holds, one process"
            row(f"{name}, MongoDB's protocol (FerretDB)", *figures(load, f"{rate(load) / rate(first):.2f} of one process; FerretDB {used:.1f} s CPU"))
    finally:
        mongo.close()
