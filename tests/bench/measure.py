"""What the benches share: a process's cost, wrk, a little GraphQL, an event to sell, and the table's rows.

The server has core 0 for itself and whoever loads it the others, where there are any."""
import json, os, re, subprocess, sys, time, urllib.request

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build/release"
TOKEN = "bench-owner-token"
TITLE = "An evening at the bench"
SERVER_CORE = ["taskset", "-c", "0"]
LOAD_CORES = ["taskset", "-c", f"1-{os.cpu_count() - 1}"] if os.cpu_count() > 1 else []
rows = []


def row(name, figure, *more):
    rows.append((name, figure, *more, *[""] * (3 - len(more))))


def cpu_s(pid):
    """Of all threads that live; to the nanosecond, which stat's ticks are not."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            total += int(open(f"/proc/{pid}/task/{thread}/schedstat").read().split()[0])
        except FileNotFoundError:
            pass  # it ended
    return total / 1e9


def rss_mb(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read())[1]) / 1024


def milliseconds(text):
    number, unit = re.fullmatch(r"-?([\d.]+|nan)(us|ms|s|m)?", text).groups()
    return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4, None: 1}[unit]


def cpu_all_s(pids):
    return sum(cpu_s(pid) for pid in (pids if isinstance(pids, list) else [pids]))


class Load:
    """One run of wrk against a process, or several: what was answered, how fast, and what it cost them."""

    def __init__(self, pid, url, seconds, script=None, connections=64):
        command = [*LOAD_CORES, "wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--latency"] + (["-s", script] if script else []) + [url]
        used, start = cpu_all_s(pid), time.monotonic()
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        self.cpu_s, self.seconds = cpu_all_s(pid) - used, time.monotonic() - start
        refused, wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", out), re.search(r"wrong answers: (\d+)", out)
        self.refused = int(refused[1]) if refused else 0
        self.wrong = int(wrong[1]) if wrong else 0
        self.count = int(re.search(r"(\d+) requests in", out)[1]) - self.refused
        self.p50, self.p99 = (re.search(rf"^\s+{part}%\s+(\S+)\s*$", out, re.M)[1] for part in (50, 99))
        self.p50_ms, self.p99_ms = milliseconds(self.p50), milliseconds(self.p99)
        told, acknowledged = re.search(r"bytes read: (\d+)", out), re.search(r"acknowledged: (\d+)", out)
        self.bytes = int(told[1]) if told else 0
        self.acknowledged = int(acknowledged[1]) if acknowledged else 0
        self.rate, self.cost_us = self.count / self.seconds, self.cpu_s / max(self.count, 1) * 1e6


def graphql(url, query, token=None, only_query=False, **variables):
    headers = {"Content-Type": "application/json", **({"Authorization": "Bearer " + token} if token else {})}
    body = json.dumps({"query": query, **({} if only_query else {"variables": variables})}).encode()
    answer = urllib.request.urlopen(urllib.request.Request(url, body, headers)).read()
    data = json.loads(answer)
    assert "errors" not in data, data
    return data["data"], answer


def mutate(url, mutation, input_type, selection, **fields):
    query = f"mutation($i: {input_type}!) {{ {mutation}(input: $i) {{ {selection} userErrors {{ code message }} }} }}"
    result = graphql(url, query, TOKEN, i=fields)[0][mutation]
    assert not result["userErrors"], result
    return result


def post_script(folder, body, must_contain=None):
    """A script for wrk; with `must_contain` it counts the answers that lack it."""
    path = os.path.join(folder, "post.lua")
    text = "wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\nwrk.body = " + json.dumps(body) + "\n"
    if must_contain:
        text += ("local threads = {}\nfunction setup(thread) table.insert(threads, thread) end\nwrong = 0\n"
                 f"function response(status, headers, body) if not body:find({json.dumps(must_contain)}, 1, true) then wrong = wrong + 1 end end\n"
                 "function done() local sum = 0; for _, thread in ipairs(threads) do sum = sum + thread:get('wrong') end; "
                 "print('wrong answers: ' .. sum) end\n")
    open(path, "w").write(text)
    return path


def make_event(url, price="25.00"):
    """Return: the ids of an event on sale, its ticket type and its quota of a million places."""
    org = mutate(url, "createOrganizer", "CreateOrganizerInput", "organizer { id }", slug="bench", name="Bench", currency="EUR",
                 timeZone="Europe/Berlin")["organizer"]["id"]
    event = mutate(url, "createEvent", "CreateEventInput", "event { id }", organizerId=org, slug="e", title=TITLE,
                   startsAt="2030-06-01T18:00:00Z")["event"]["id"]
    kind = mutate(url, "createTicketType", "CreateTicketTypeInput", "ticketType { id }", eventId=event, name="Standing",
                  price=price)["ticketType"]["id"]
    quota = mutate(url, "createQuota", "CreateQuotaInput", "quota { id }", eventId=event, name="Floor", size=1000000,
                   ticketTypeIds=[kind])["quota"]["id"]
    mutate(url, "publishEvent", "PublishEventInput", "event { status }", eventId=event)
    return event, kind, quota


def serve(*flags, pinned=False, **how):
    """A server that keeps nothing. Return: the process and its GraphQL URL."""
    server = subprocess.Popen([*(SERVER_CORE if pinned else []), BUILD + "/tessera", "serve", "--ephemeral", "--owner-token", TOKEN, *flags],
                              stdout=subprocess.PIPE, text=True, **how)
    return server, json.loads(server.stdout.readline())["graphql"]


def end(process):
    process.terminate()
    process.wait(15)
