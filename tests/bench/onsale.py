"""The hour in which everybody comes, durable, by a server on one core: holds of one quota and of a hundred, whole sales (hold, order,
payment, ticket), one client alone, and how fast "sold out" is said. The server ends by kill -9; then its file must hold all that was
acknowledged, and no place twice, or the row is void.

The figures aimed at were given for a machine whose bare handler takes 6.3 us a request and whose bare loop of h2o and SQLite makes 50,600
holds/s. Both stand beside ours here, so a figure is a ratio to the ruler of the same run."""
import contextlib, json, os, re, signal, statistics, subprocess, sys, time, urllib.request
from measure import BUILD, SERVER_CORE, Load, cpu_s, graphql, make_event, mutate, row
from reads import Bare
from restart import free_port, start, wait_ready

sys.path.append(os.path.join(os.path.dirname(__file__), "../torture"))
from stored import Stored

ROUNDS, SECONDS, CONNECTIONS, QUOTAS, FLUSHES = 3, 2, 64, 100, 400
SETTLE_S, SETTLE_S_MAX = 1, 20
PAGE = 4096  # one was written in two of six runs, by whom is not known; half a million answers that write would write more
FLOOR_US, BARE_HOLDS = 6.3, 50600  # of that machine
LATER_US = 200  # that machine's disk took 0.19 to 0.40 ms for a flush
HOLD = "mutation($i: HoldTicketsInput!) { holdTickets(input: $i) { hold { id token } userErrors { code } } }"
ORDER = "mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id secret } userErrors { code } } }"
PAY = "mutation($i: PayOrderInput!) { payOrder(input: $i) { order { id status positions { ticket { qr } } } userErrors { code } } }"


def body(query, **value):
    return json.dumps({"query": query, "variables": {"i": value}})


class Acknowledged:
    """What wrk's scripts wrote down, as stored.py wants it."""

    def __init__(self, path):
        self.holds, self.placed, self.paid, self.refunds = {}, {}, {}, {}
        for line in open(path):
            kind, id = line.split()
            {"hold": self.holds, "order": self.placed, "paid": self.paid}[kind][id] = {"count": 1}


class Shop:
    """A server on a folder of its own, its event of a hundred types with a quota each, and what it acknowledged."""

    def __init__(self, folder, price="25.00"):
        self.folder, self.acks, port, self.admin = folder, os.path.join(folder, "acks"), free_port(), free_port()
        open(self.acks, "w").close()
        self.server, self.url = start(folder, port, "--sandbox", pinned=True, admin=self.admin), f"http://127.0.0.1:{port}/graphql"
        wait_ready(port)
        self.event, kind, _ = make_event(self.url, price)
        self.kinds = [kind] + [self.another(n, price) for n in range(1, QUOTAS)]

    def another(self, n, price):
        kind = mutate(self.url, "createTicketType", "CreateTicketTypeInput", "ticketType { id }", eventId=self.event, name=f"Block {n}",
                      price=price)["ticketType"]["id"]
        mutate(self.url, "createQuota", "CreateQuotaInput", "quota { id }", eventId=self.event, name=f"Block {n}", size=100000, ticketTypeIds=[kind])
        return kind

    def hold(self, kind):
        return body(HOLD, eventId=self.event, lines=[{"ticketTypeId": kind, "quantity": 1}])

    def script(self, name, kinds, sale=False, free=False):
        """Of wrk, in the folder: holds, or with `free` and `sale` what follows them, too."""
        path = os.path.join(self.folder, name + ".lua")
        lines = [f"HOLDS = {{ {', '.join(json.dumps(self.hold(kind)) for kind in kinds)} }}", f"ACKS = {json.dumps(self.acks)}"]
        if sale or free:
            lines += ["ORDER = " + json.dumps(body(ORDER, holdToken="%s", email="buyer-%d@example.org"))]
        if sale:
            lines += ["PAY = " + json.dumps(body(PAY, orderId="%s", secret="%s", provider="sandbox", method="success"))]
        common = open(os.path.join(os.path.dirname(__file__), "onsale.lua")).read()
        open(path, "w").write("\n".join(lines) + "\n" + common)
        return path

    def load(self, script, seconds=SECONDS, connections=CONNECTIONS):
        return Load(self.server.pid, self.url, seconds, script, connections)

    def written(self):
        return int(open(f"/proc/{self.server.pid}/io").read().split("write_bytes: ")[1].split()[0])

    def settle(self):
        """Until what was written before has found its place in the file, which the server does when it is idle."""
        before, begin = -1, time.monotonic()
        while self.written() != before and time.monotonic() - begin < SETTLE_S_MAX:
            before = self.written()
            time.sleep(SETTLE_S)

    def checkpoints(self):
        """How often the log was moved into the file, as far as commits have told, and how long it took in all."""
        text = urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/metrics").read().decode()
        return [float(re.search(rf"^tessera_store_checkpoint_seconds_{word} (.*)$", text, re.M)[1]) for word in ("count", "sum")]

    def kill(self):
        """What is wrong with what is left; nothing when all is there."""
        self.server.send_signal(signal.SIGKILL)
        self.server.wait()
        stored = Stored(os.path.join(self.folder, "data")).check().compare(Acknowledged(self.acks))
        return f"VOID: {len(stored.wrong)} violations, {stored.wrong[0]}" if stored.wrong else ""


def median(loads, figure):
    return statistics.median(figure(load) for load in loads)


def speed(loads):
    return [f"{median(loads, lambda load: load.cpu_s / max(load.acknowledged, 1) * 1e6):.1f} us CPU each",
            f"{median(loads, lambda load: load.acknowledged / load.seconds):,.0f}/s",
            f"p50 {median(loads, lambda load: load.p50_ms):.2f} ms  p99 {median(loads, lambda load: load.p99_ms):.2f} ms"]


def ratio(over, under, figure):
    """Of rounds that stood beside each other."""
    return statistics.median(figure(a) / figure(b) for a, b in zip(over, under))


def acknowledged_per_s(load):
    return load.acknowledged / load.seconds


@contextlib.contextmanager
def bare_loop(folder):
    """h2o and SQLite and nothing between them, in a new folder. Yields: its pid and URL."""
    os.makedirs(folder)
    bare = subprocess.Popen([*SERVER_CORE, BUILD + "/tests/bench/bare_hold", folder], stdout=subprocess.PIPE, text=True)
    try:
        yield bare.pid, f"http://127.0.0.1:{int(bare.stdout.readline())}/"
    finally:
        bare.kill()
        bare.wait()


def bench_holds(folder, shop):
    """Return: rows to be shown once it is known whether they are void."""
    hot, spread = shop.script("hot", shop.kinds[:1]), shop.script("spread", shop.kinds)
    bares, hots, spreads = [], [], []
    with bare_loop(os.path.join(folder, "bare")) as (pid, url):
        for _ in range(ROUNDS):
            bares.append(Load(pid, url, SECONDS, hot, CONNECTIONS))
            hots.append(shop.load(hot))
            spreads.append(shop.load(spread))
    rate = statistics.median(acknowledged_per_s(one) / other.rate for one, other in zip(hots, bares))
    cpu = statistics.median(one.cpu_s / max(one.acknowledged, 1) * 1e6 / other.cost_us for one, other in zip(hots, bares))
    return [["holds of one quota, durable", *speed(hots)],
            ["  ratio to the bare loop of h2o and SQLite", f"{rate:.2f}", f"must {37000 / BARE_HOLDS:.2f}", f"aim {59000 / BARE_HOLDS:.2f}"],
            ["  CPU of a hold over the bare loop's", f"{cpu:.2f}", "", f"bare {median(bares, lambda load: load.cost_us):.1f} us"],
            ["holds of a hundred quotas", *speed(spreads)],
            ["  one quota over a hundred", f"{ratio(hots, spreads, acknowledged_per_s):.2f}", "must 0.95"]]


def bench_tail(shop):
    """The slowest hundredth, the waits for the log among them; and how long those are."""
    script, before = shop.script("tail", shop.kinds[:1]), shop.checkpoints()
    loads = [shop.load(script) for _ in range(ROUNDS)]
    graphql(shop.url, HOLD, **json.loads(shop.hold(shop.kinds[0]))["variables"])  # tells of the last
    count, seconds = (now - then for now, then in zip(shop.checkpoints(), before))
    return [["  p99 of holds", f"{median(loads, lambda load: load.p99_ms):.1f} ms", "must 7 ms"],
            ["  commits wait for the log's rest", f"{seconds / max(count, 1) * 1e3:.1f} ms", "", f"{count:.0f} times"]]


def bench_sales(folder, shop):
    """Beside both rulers: the handler has nothing of a sale but HTTP, and swings less with a machine's caches and disk than a sale does; the
    loop has its commits, too."""
    script, holds, handler = shop.script("sale", shop.kinds[:1], sale=True), shop.script("sale_ruler", shop.kinds[:1]), Bare("x" * 200)
    try:
        with bare_loop(os.path.join(folder, "bare_sales")) as (pid, url):
            rounds = [(Load(handler.pid, handler.url, 1), Load(pid, url, SECONDS, holds, CONNECTIONS), shop.load(script)) for _ in range(ROUNDS)]
    finally:
        handler.end()
    floors, loops, sales = zip(*rounds)
    times = statistics.median(sale.cpu_s / max(sale.acknowledged, 1) * 1e6 / floor.cost_us for floor, _, sale in rounds)
    rate = statistics.median(acknowledged_per_s(sale) / loop.rate for _, loop, sale in rounds)
    wrong = sum(sale.wrong for sale in sales)
    return [["sales: hold, order, payment, ticket", *speed(sales), f"VOID: {wrong} wrong answers" if wrong else ""],
            ["  CPU of a sale over the bare handler's", f"{times:.1f}", f"must {1e6 / 8000 / FLOOR_US:.1f}", f"bare {median(floors, lambda load: load.cost_us):.1f} us"],
            ["  ratio to the bare loop of h2o and SQLite", f"{rate:.3f}", f"must {8000 / BARE_HOLDS:.3f}", f"bare {median(loops, lambda load: load.rate):,.0f}/s"]]


def flush_ms(folder, later_us=0):
    """The median of appending a page and flushing it, which any durable answer must wait for; `later_us` as slow_disk.c waits."""
    took, file = [], os.open(os.path.join(folder, "flushed"), os.O_WRONLY | os.O_CREAT)
    for _ in range(FLUSHES):
        begin = time.monotonic()
        os.write(file, bytes(4096))
        if later_us:
            time.sleep(later_us / 1e6)
        os.fdatasync(file)
        took.append((time.monotonic() - begin) * 1e3)
    os.close(file)
    return statistics.median(took)


def bench_alone(folder, shop):
    script, flushes, bares, alone = shop.script("alone", shop.kinds[:1]), [], [], []
    with bare_loop(os.path.join(folder, "bare_alone")) as (pid, url):
        for _ in range(ROUNDS):
            flushes.append(flush_ms(folder))
            bares.append(Load(pid, url, SECONDS, script, connections=1))
            alone.append(shop.load(script, connections=1))
    times, floor = (statistics.median(load.p50_ms / flush for load, flush in zip(loads, flushes)) for loads in (alone, bares))
    return [["one client alone, holds", *speed(alone)],
            ["  its p50 over appending and flushing a page", f"{times:.2f}", "must 2.0", f"flush {statistics.median(flushes):.2f} ms"],
            ["  its p50 over the bare loop's, alone", f"{ratio(alone, bares, lambda load: load.p50_ms):.2f}", "", f"bare {floor:.2f} flushes"]]


@contextlib.contextmanager
def slower_disk(folder):
    """What is started in here waits LATER_US longer for each flush."""
    knob, library = os.path.join(folder, "later_us"), os.path.abspath(BUILD + "/tests/torture/slow_disk.so")
    assert os.path.exists(library), f"{library} is not built, and would only be passed over"
    with open(knob, "w") as file:
        file.write(str(LATER_US))
    before = dict(os.environ)
    os.environ.update(SLOW_DISK=knob, LD_PRELOAD=library)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def bench_alone_there(folder):
    """One client alone where flushes take as long as on that machine: where the disk is what takes the time."""
    os.makedirs(folder)
    with slower_disk(folder):
        shop = Shop(folder)
    try:
        script = shop.script("alone", shop.kinds[:1])
        rounds = [(flush_ms(folder, LATER_US), shop.load(script, connections=1)) for _ in range(ROUNDS)]
    finally:
        void = shop.kill()
    return [["  the same, where a flush takes as long as there", f"{statistics.median(load.p50_ms / flush for flush, load in rounds):.2f}", "must 2.0",
             f"flush {statistics.median(flush for flush, _ in rounds):.2f} ms, p50 {median([load for _, load in rounds], lambda load: load.p50_ms):.2f} ms",
             *([void] if void else [])]]


def bench_sold_out(folder, shop):
    kind = mutate(shop.url, "createTicketType", "CreateTicketTypeInput", "ticketType { id }", eventId=shop.event, name="Gone", price="0.00")["ticketType"]["id"]
    mutate(shop.url, "createQuota", "CreateQuotaInput", "quota { id }", eventId=shop.event, name="Gone", size=1, ticketTypeIds=[kind])
    hold = json.loads(shop.hold(kind))
    token = graphql(shop.url, HOLD, **hold["variables"])[0]["holdTickets"]["hold"]["token"]
    graphql(shop.url, ORDER, i={"holdToken": token, "email": "buyer@example.org"})  # of a free order: sold
    answer = graphql(shop.url, HOLD, **hold["variables"])[1].decode()
    assert '"SOLD_OUT"' in answer, answer
    path = os.path.join(folder, "sold_out.lua")
    open(path, "w").write(f"wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\nwrk.body = {json.dumps(shop.hold(kind))}\n"
                          "function done(summary) print('bytes read: ' .. summary.bytes) end\n")
    shop.settle()
    bare, rounds, before = Bare(answer), [], shop.written()
    try:
        for _ in range(ROUNDS):
            rounds.append((Load(bare.pid, bare.url, 1, path), shop.load(path)))
    finally:
        bare.end()
    answers = [pair[1] for pair in rounds]
    written = shop.written() - before
    times = statistics.median(ours.cost_us / floor.cost_us for floor, ours in rounds)
    return [["sold out", f"{median(answers, lambda load: load.cost_us):.1f} us CPU each", f"{median(answers, lambda load: load.rate):,.0f}/s",
             f"p50 {median(answers, lambda load: load.p50_ms):.2f} ms  p99 {median(answers, lambda load: load.p99_ms):.2f} ms"],
            ["  CPU over the bare handler's", f"{times:.2f}", f"must {1e6 / 60000 / FLOOR_US:.2f}", f"{written} bytes written to disk",
             "VOID: it writes" if written > PAGE else ""]]


def bench_onsale(folder):
    shop = Shop(folder)
    try:
        found = bench_holds(folder, shop) + bench_tail(shop) + bench_sales(folder, shop) + bench_alone(folder, shop)
        found += bench_alone_there(os.path.join(folder, "there")) + bench_sold_out(folder, shop)
    except BaseException:
        shop.server.kill()
        raise
    void = shop.kill()
    for line in found:
        row(*line[:4], *(line[4:] or [void]))
    row("acknowledged, and found in the file after kill -9", void or "all")
