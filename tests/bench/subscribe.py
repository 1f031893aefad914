"""One change to many subscribers beside a bare fan-out, and what a subscriber that hears nothing costs.

Both servers have a core of their own, make each change durable, and push as many bytes to as many sockets; what is
measured is the time from the change's request until the last subscriber has its response. The subscribers are one
program on the other core (subscribers.c), and servers take turns round by round."""
import json, os, re, resource, statistics, subprocess, time
from measure import BUILD, LOAD_CORES, SERVER_CORE, cpu_s, end, make_event, rss_mb, row, serve

SUBSCRIBERS, ROUNDS, IDLE = 1000, 15, 10000
SOURCE = "subscription { eventAvailability(eventId: \"%s\") { ticketTypes { id availability remaining } } }"
HOLD = "mutation($i: HoldTicketsInput!) { holdTickets(input: $i) { hold { id } userErrors { code } } }"
FD_ROOM = 100


def port_of(url):
    return re.search(r":(\d+)", url)[1]


class Subscribers:
    """`count` sockets that have had their first response."""

    def __init__(self, port, count, event, change):
        subscribe = json.dumps({"id": "1", "type": "subscribe", "payload": {"query": SOURCE % event}})
        self.process = subprocess.Popen([*LOAD_CORES, BUILD + "/tests/bench/subscribers", port, str(count), '{"type":"connection_init"}',
                                         subscribe, change], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n", "not all sockets were served"

    def change(self):
        """Return: microseconds until the last has it, and the size of a response."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        latency, size = self.process.stdout.readline().split()
        return int(latency), int(size)

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class Side:
    """A server with its subscribers, and what its rounds took."""

    def __init__(self, pid, port, event, change):
        self.pid, self.subscribers = pid, Subscribers(port, SUBSCRIBERS, event, change)
        self.latencies, self.costs = [], []

    def round(self):
        time.sleep(0.25)  # a second change within 100 ms would wait its turn
        before = cpu_s(self.pid)
        latency, self.size = self.subscribers.change()
        self.latencies.append(latency)
        self.costs.append((cpu_s(self.pid) - before) * 1e6)

    def report(self, name):
        row(name, f"{statistics.median(self.costs) / SUBSCRIBERS:.2f} us CPU/subscriber",
            f"last after {statistics.median(self.latencies) / 1e3:.2f} ms")


def payload_like(size):
    """As many bytes of a response as the server's have."""
    head = '{"id":"1","type":"next","payload":"'
    return head + "x" * (size - len(head) - 2) + '"}'


def bench_fanout(folder):
    server, url = serve(pinned=True, env={**os.environ, "TMPDIR": folder})  # one file system for both
    bare = None
    try:
        event, kind, _ = make_event(url)
        change = json.dumps({"query": HOLD, "variables": {"i": {"eventId": event, "lines": [{"ticketTypeId": kind, "quantity": 1}]}}})
        ours = Side(server.pid, port_of(url), event, change)
        ours.round()
        bare = subprocess.Popen([*SERVER_CORE, BUILD + "/tests/bench/bare_fanout", folder, payload_like(ours.size)],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        floor = Side(bare.pid, bare.stdout.readline().strip(), event, change)
        floor.round()
        for side in (floor, ours):
            side.latencies, side.costs = [], []
        for _ in range(ROUNDS):
            floor.round()
            ours.round()
        assert floor.size == ours.size, (floor.size, ours.size)
        floor.report(f"bare fan-out, {floor.size} bytes to {SUBSCRIBERS:,} sockets")
        ours.report(f"one change to {SUBSCRIBERS:,} subscribers")
        row("  ratio to the bare fan-out", f"{statistics.median(ours.latencies) / statistics.median(floor.latencies):.2f}", "must 2.0", "aim 1.3")
        for side in (floor, ours):
            side.subscribers.end()
    finally:
        if bare:
            bare.kill()
        end(server)


def bench_idle():
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    count = min(IDLE, limit - FD_ROOM)
    server, url = serve()
    try:
        event, _, _ = make_event(url)
        before = rss_mb(server.pid)
        subscribers = Subscribers(port_of(url), count, event, "{}")
        time.sleep(1)
        after = rss_mb(server.pid)
        row(f"RSS with {count:,} idle subscriptions", f"{(after - before) * 1024 / count:.2f} KiB each", f"{before:.1f} to {after:.1f} MB",
            "must 11 KiB, aim 3 KiB")
        subscribers.end()
    finally:
        end(server)


def bench_subscribe(folder):
    bench_fanout(folder)
    bench_idle()
