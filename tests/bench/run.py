#!/usr/bin/env python3
"""The benchmarks, one table: run.py BUILD_FOLDER [SECONDS]

A request's cost is the server process's CPU time over the requests it answered while wrk loads it on loopback; beside it stands
a bare libh2o handler answering the same bytes in the same run, so that the ratio survives a noisy machine."""
import json, os, re, subprocess, sys, tempfile, time, urllib.request

BUILD = sys.argv[1]
SECONDS = int(sys.argv[2]) if len(sys.argv) > 2 else 4
TOKEN = "bench-owner-token"
TICK = os.sysconf("SC_CLK_TCK")
rows = []


def cpu_s(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def rss_mb(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read())[1]) / 1024


def wrk(url, script=None, connections=64):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}", "--latency"] + (["-s", script] if script else []) + [url]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return int(re.search(r"(\d+) requests in", out)[1]), re.search(r"99%\s+(\S+)", out)[1], int(bad[1]) if bad else 0


def measure(name, pid, url, script=None):
    """Load the server. Return: CPU microseconds per request."""
    wrk_before = cpu_s(pid), time.monotonic()
    count, p99, bad = wrk(url, script)
    used, seconds = cpu_s(pid) - wrk_before[0], time.monotonic() - wrk_before[1]
    cost = used / count * 1e6
    rows.append((name, f"{cost:.1f} us CPU/request", f"{count / seconds:,.0f}/s", f"p99 {p99}", f"{bad} refused" if bad else ""))
    return cost


def graphql(url, query, token=None, **variables):
    headers = {"Content-Type": "application/json", **({"Authorization": "Bearer " + token} if token else {})}
    body = json.dumps({"query": query, "variables": variables}).encode()
    answer = urllib.request.urlopen(urllib.request.Request(url, body, headers)).read()
    data = json.loads(answer)
    assert "errors" not in data, data
    return data["data"], answer


def post_script(folder, body):
    path = os.path.join(folder, "post.lua")
    open(path, "w").write("wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\nwrk.body = " + json.dumps(body) + "\n")
    return path


def make_event(url):
    def mutate(query, what, **variables):
        result = graphql(url, query, TOKEN, **variables)[0][what]
        assert not result["userErrors"], result
        return result
    org = mutate("mutation($i: CreateOrganizerInput!) { createOrganizer(input: $i) { organizer { id } userErrors { message } } }",
                 "createOrganizer", i={"slug": "bench", "name": "Bench", "currency": "EUR", "timeZone": "Europe/Berlin"})["organizer"]["id"]
    event = mutate("mutation($i: CreateEventInput!) { createEvent(input: $i) { event { id } userErrors { message } } }",
                   "createEvent", i={"organizerId": org, "slug": "e", "title": "Event", "startsAt": "2030-06-01T18:00:00Z"})["event"]["id"]
    kind = mutate("mutation($i: CreateTicketTypeInput!) { createTicketType(input: $i) { ticketType { id } userErrors { message } } }",
                  "createTicketType", i={"eventId": event, "name": "Standing", "price": "25.00"})["ticketType"]["id"]
    mutate("mutation($i: CreateQuotaInput!) { createQuota(input: $i) { quota { id } userErrors { message } } }",
           "createQuota", i={"eventId": event, "name": "Floor", "size": 1000000, "ticketTypeIds": [kind]})
    mutate("mutation($i: PublishEventInput!) { publishEvent(input: $i) { event { status } userErrors { message } } }", "publishEvent", i={"eventId": event})
    return event, kind


def bench_server(folder):
    server = subprocess.Popen([BUILD + "/tessera", "serve", "--ephemeral", "--owner-token", TOKEN], stdout=subprocess.PIPE, text=True)
    try:
        ready = json.loads(server.stdout.readline())
        url, pid = ready["graphql"], server.pid
        event, kind = make_event(url)
        query = '{ event(id: "%s") { id title } }' % event
        answer = graphql(url, query)[1].decode()
        script = post_script(folder, json.dumps({"query": query}))
        bare = subprocess.Popen([BUILD + "/tests/bench/bare_http", answer], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        bare_url = f"http://127.0.0.1:{int(bare.stdout.readline())}/graphql"
        ruler = measure("bare h2o handler, the same bytes", bare.pid, bare_url, script)
        cost = measure("{ event(id) { id title } }", pid, url, script)
        rows.append(("ratio to the bare handler", f"{cost / ruler:.2f}", "", "", "limit 3.0"))
        live = measure("/livez", pid, url.replace("/graphql", "/livez"))
        rows.append(("ratio of the HTTP wrapper alone", f"{live / ruler:.2f}", "", "", ""))
        hold, lines = "mutation($i: HoldTicketsInput!) { holdTickets(input: $i) { hold { token } userErrors { code } } }", {
            "eventId": event, "lines": [{"ticketTypeId": kind, "quantity": 1}]}
        assert graphql(url, hold, i=lines)[0]["holdTickets"]["hold"], "no hold"
        hold = post_script(folder, json.dumps({"query": hold, "variables": {"i": lines}}))
        measure("holdTickets, durable, 64 connections", pid, url, hold)
        bare.stdin.close()
        bare.wait()
        rows.append(("RSS after the load", f"{rss_mb(pid):.1f} MB", "", "", ""))
    finally:
        server.terminate()
        server.wait(15)


def bench_start():
    start = time.monotonic()
    server = subprocess.Popen([BUILD + "/tessera", "serve", "--ephemeral"], stdout=subprocess.PIPE, text=True)
    server.stdout.readline()
    rows.append(("start to ready, empty store", f"{(time.monotonic() - start) * 1e3:.0f} ms", "", "", ""))
    time.sleep(1)
    rows.append(("RSS when idle, empty store", f"{rss_mb(server.pid):.1f} MB", "", "", "limit 25 MB with the demo"))
    server.terminate()
    server.wait(15)


def bench_programs():
    """The programs that measure one part each print lines of their own."""
    subprocess.run(["meson", "test", "--benchmark", "-C", BUILD, "-q", "--logbase", "bench"], stdout=subprocess.DEVNULL)
    log = os.path.join(BUILD, "meson-logs", "bench.json")
    for line in open(log) if os.path.exists(log) else []:
        test = json.loads(line)
        for text in (test.get("stdout") or "").splitlines():
            if text.strip():
                rows.append((test["name"].split("/")[-1].strip() + ": " + text.strip(), "", "", "", ""))


def main():
    bench_start()
    with tempfile.TemporaryDirectory() as folder:
        bench_server(folder)
    bench_programs()
    widths = [max(len(row[i]) for row in rows if row[1] or i) for i in range(5)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


main()
