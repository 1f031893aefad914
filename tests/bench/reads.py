"""Reads beside the bare handler: what a GraphQL request costs over an HTTP request that answers the same bytes.

A machine's speed changes from one second to the next, so bare handler and server take turns in short rounds, and what
counts is the median of the rounds' ratios. wrk runs without callbacks while it measures (Lua would be slower than the
server); the number of bytes tells a wrong answer then, and each work has one round beforehand in which every answer is compared."""
import json, os, re, statistics, subprocess
from measure import BUILD, SERVER_CORE, TOKEN, Load, end, graphql, mutate, row, rss_mb, serve

ROUND_S, EVENTS, TYPES = 1, 20, 3
PAGE = """{ events(first: 20) { edges { node { id title startsAt venue { name city }
  ticketTypes { id name price { amount currency } } } } } }"""
NEW_ALIAS = "t0000000"


def make_page(url):
    """Twenty events on sale with a venue and three ticket types each. Return: the id of one."""
    org = mutate(url, "createOrganizer", "CreateOrganizerInput", "organizer { id }", slug="reads", name="Reads", currency="EUR",
                 timeZone="Europe/Berlin")["organizer"]["id"]
    for n in range(EVENTS):
        venue = mutate(url, "createVenue", "CreateVenueInput", "venue { id }", organizerId=org, name=f"The hall at number {n:02}",
                       city="Berlin")["venue"]["id"]
        event = mutate(url, "createEvent", "CreateEventInput", "event { id }", organizerId=org, slug=f"e{n}", venueId=venue,
                       title=f"Event no. {n:02}", startsAt=f"2030-06-{n + 1:02}T18:00:00Z")["event"]["id"]
        for kind in ("Standing", "Balcony", "Box")[:TYPES]:
            mutate(url, "createTicketType", "CreateTicketTypeInput", "ticketType { id }", eventId=event, name=kind, price="25.00")
        mutate(url, "publishEvent", "PublishEventInput", "event { status }", eventId=event)
    return event


class Work:
    """One query: the scripts that send it, and the answer that must come back."""

    def __init__(self, folder, name, url, query, must, aim, always_new=False):
        self.name, self.must, self.aim = name, must, aim
        self.answer = graphql(url, query, only_query=True)[1].decode()
        self.request = json.dumps({"query": query})
        self.measuring = self.script(folder, "measuring", always_new)
        self.checking = self.script(folder, "checking", always_new, self.answer)

    def script(self, folder, how, always_new, answer=None):
        lines = ["wrk.method = 'POST'", "wrk.headers['Content-Type'] = 'application/json'", "wrk.body = " + json.dumps(self.request)]
        if always_new:  # texts of one length, each sent once in the server's life: rounds count from where none was
            before, after = self.request.split(NEW_ALIAS)
            lines += ["local n = 0", "function init(args) n = os.time() % 100000 * 1000000 end", "function request() n = n + 1",
                      f"  return wrk.format(nil, nil, nil, {json.dumps(before)} .. string.format('t%011d', n) .. {json.dumps(after)}) end"]
        lines += ["function done(summary) print('bytes read: ' .. summary.bytes) end"]
        if answer:
            compared = "body:gsub('t%d%d%d%d%d%d%d%d%d%d%d', '" + NEW_ALIAS + "')" if always_new else "body"
            lines += ["local threads = {}", "wrong = 0", "function setup(thread) table.insert(threads, thread) end",
                      f"function response(status, headers, body) body = {compared}",
                      f"  if body ~= {json.dumps(answer)} then wrong = wrong + 1 end end",
                      "function done() local sum = 0; for _, t in ipairs(threads) do sum = sum + t:get('wrong') end; print('wrong answers: ' .. sum) end"]
        path = os.path.join(folder, f"{re.sub('[^a-z]', '_', self.name)}_{how}.lua")
        open(path, "w").write("\n".join(lines) + "\n")
        return path


class Bare:
    """The ruler, answering as many bytes as the server does."""

    def __init__(self, answer):
        self.process = subprocess.Popen([*SERVER_CORE, BUILD + "/tests/bench/bare_http", answer], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid, self.url = self.process.pid, f"http://127.0.0.1:{int(self.process.stdout.readline())}/graphql"

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def median(loads, figure):
    return statistics.median(figure(load) for load in loads)


def void_of(work, checked, rounds):
    """What was wrong with the answers; empty when nothing was."""
    if checked.refused or checked.wrong:
        return f"VOID: {checked.refused} refused, {checked.wrong} wrong"
    sizes = {round(load.bytes / load.count) for load in rounds}
    if any(load.refused for load in rounds) or max(sizes) - min(sizes) > len(work.answer) // 50 + 8:
        return "VOID: the answers changed under load"
    return ""


def bench_work(server, url, work, seconds):
    bare = Bare(work.answer)
    try:
        checked = Load(server.pid, url, 1, work.checking)
        pairs = [(Load(bare.pid, bare.url, ROUND_S, work.measuring), Load(server.pid, url, ROUND_S, work.measuring)) for _ in range(2 * seconds)]
    finally:
        bare.end()
    floors, costs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    void = void_of(work, checked, costs)
    for name, loads in (("bare handler, " + f"{len(work.answer)} bytes", floors), (work.name, costs)):
        row(name, f"{median(loads, lambda load: load.cost_us):.1f} us CPU/request", f"{median(loads, lambda load: load.rate):,.0f}/s",
            f"p50 {median(loads, lambda load: load.p50_ms):.2f} ms  p99 {median(loads, lambda load: load.p99_ms):.2f} ms", void if loads is costs else "")
    ratio = statistics.median(cost.cost_us / floor.cost_us for floor, cost in pairs)
    p99 = statistics.median(cost.p99_ms / floor.p99_ms for floor, cost in pairs)
    row("  ratio to the bare handler", f"{ratio:.2f}", f"must {work.must}", f"aim {work.aim}", void)
    row("  ratio of p99", f"{p99:.2f}", "must 2.0", "aim 1.5", void)
    row("  RSS after the load", f"{rss_mb(server.pid):.1f} MB")


def bench_reads(folder, seconds):
    with open(os.path.join(folder, "log"), "w") as log:
        server, url = serve("--log-level", "info", pinned=True, stderr=log)
        try:
            event = make_page(url)
            for work in (Work(folder, "event by id, two fields", url, '{ event(id: "%s") { id title } }' % event, 1.33, 1.14),
                         Work(folder, "page of 20 events", url, PAGE, 2.2, 1.54),
                         Work(folder, "text never seen, event by id", url, '{ event(id: "%s") { id %s: title } }' % (event, NEW_ALIAS), 3.65, 2.06, True)):
                bench_work(server, url, work, seconds)
        finally:
            end(server)
