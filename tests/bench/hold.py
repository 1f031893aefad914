"""Durable holds through HTTP beside the bare loop of h2o and SQLite that writes the same rows (bare_hold.c): in turns, each
with one core to itself. A run counts only if the store then holds as many places as were answered with success."""
import json, os, statistics, subprocess
from measure import BUILD, SERVER_CORE, TOKEN, Load, end, graphql, make_event, post_script, row, serve

ROUNDS, SECONDS, CONNECTIONS, RATIO_MIN = 3, 3, 64, 0.35
HOLD = "mutation($i: HoldTicketsInput!) { holdTickets(input: $i) { hold { token expiresAt positions { id } } userErrors { code } } }"


def held(url, quota):
    return graphql(url, "query($q: ID!) { node(id: $q) { ... on Quota { held } } }", TOKEN, q=quota)[0]["node"]["held"]


def median(loads, figure):
    return statistics.median(getattr(load, figure) for load in loads)


def report(name, loads):
    row(name, f"{median(loads, 'cost_us'):.1f} us CPU/hold", f"{median(loads, 'rate'):,.0f}/s",
        f"p50 {loads[0].p50} p99 {loads[0].p99}")


def bench_hold(folder):
    os.makedirs(os.path.join(folder, "bare"))
    env = {**os.environ, "TMPDIR": folder}  # one file system for both
    server, url = serve(pinned=True, env=env)
    bare = subprocess.Popen([*SERVER_CORE, BUILD + "/tests/bench/bare_hold", os.path.join(folder, "bare")], stdout=subprocess.PIPE, text=True)
    try:
        bare_url = f"http://127.0.0.1:{int(bare.stdout.readline())}/"
        event, kind, quota = make_event(url)
        script = post_script(folder, json.dumps({"query": HOLD, "variables": {"i": {"eventId": event, "lines": [
            {"ticketTypeId": kind, "quantity": 1}]}}}))
        ours, bares, missing = [], [], None
        for _ in range(ROUNDS):
            bares.append(Load(bare.pid, bare_url, SECONDS, script, CONNECTIONS))
            before = held(url, quota)
            ours.append(Load(server.pid, url, SECONDS, script, CONNECTIONS))
            in_flight = held(url, quota) - before - ours[-1].count
            if not 0 <= in_flight <= CONNECTIONS:
                missing = f"VOID: {ours[-1].count} answered, {in_flight:+} held"
        report("bare h2o + SQLite, a hold's rows", bares)
        report("holdTickets, durable, one core", ours)
        ratio = median(ours, "rate") / median(bares, "rate")
        row("ratio to the bare loop, holds/s", f"{ratio:.2f}", "", missing or "each hold found in the store", f"limit {RATIO_MIN}")
        row("ratio to the bare loop, CPU", f"{median(bares, 'cost_us') / median(ours, 'cost_us'):.2f}")
    finally:
        bare.kill()
        end(server)
