#!/usr/bin/env python3
"""An on-sale on many processes while what they stand on breaks: onsale.py BINARY [SECONDS] [SEED]

Two gateways, three of inventory and two of each other module share one store (FerretDB) and meet at one NATS server, each in a
network namespace of its own. One fault after the other: a process killed, cut off or slowed, NATS and the store killed or cut
off. After each: everybody says that he is ready, a sale goes through each gateway soon, and soon after the mending nothing fails any
more. Soon is ten seconds, and five times what a sale took before. In the end what was acknowledged is there, asked for and read from the store's own files. Ends with `N passed, N failed`."""
import os, random, shutil, signal, subprocess, sys, tempfile, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("support", "torture"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))
import mongoserver, natsserver
from buyers import NO_ANSWER, Crowd, Shop
from client import Client, Refused
from compare import Comparison
from ferret import StoredInFerret
from ledger import Ledger
from place import Cables, Loopback
from ports import free_port

TOKEN, ADMIN, PUBLIC = "owner-token-of-the-test", 9464, 8080
LONG_S = 180  # from there on each module has processes of its own
OTHERS = ["catalog", "orders", "payments", "tickets,door", "waitroom,identity,audit,privacy"]
READY_S, SALE_S, SOON_S, SOON_SALES = 30, 60, 10, 5


class Part:
    """One `tessera serve` at its place, that may be killed and started again."""

    def __init__(self, town, modules, number):
        self.name, self.place, self.process = f"{modules.split(',')[0]}{number}", town.place(), None
        self.data = os.path.join(town.folder, self.name)
        os.mkdir(self.data, 0o700)
        self.port = PUBLIC if self.place.prefix else free_port()
        self.admin = ADMIN if self.place.prefix else free_port()
        self.arguments = [*self.place.prefix, town.binary, "serve", "--sandbox", "--owner-token", TOKEN, "--modules", modules, "--data", self.data,
                          "--listen", f"{self.place.address}:{self.port}", "--admin", f"127.0.0.1:{self.admin}", "--bus", town.nats_url,
                          "--bus-plaintext", "--store", town.store.uri("sale")]

    def start(self):
        with open(os.path.join(self.data, "log"), "ab") as log:
            self.process = subprocess.Popen(self.arguments, stderr=log, preexec_fn=natsserver.die_with_us)

    def status(self):
        """What /readyz says, as somebody beside it hears it; 0: nothing."""
        answer = subprocess.run([*self.place.prefix, "curl", "-s", "-m", "3", "-o", "/dev/null", "-w", "%{http_code}",
                                 f"http://127.0.0.1:{self.admin}/readyz"], capture_output=True, text=True)
        return int(answer.stdout or 0)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def words(self):
        with open(os.path.join(self.data, "log")) as log:
            return log.read()[-1500:]


class Nats:
    """The server where they meet."""

    def __init__(self, town):
        self.name, self.place, self.process = "nats", town.place(), None
        self.port, self.conf = free_port(), os.path.join(town.folder, "nats.conf")
        with open(os.path.join(HERE, "../../deploy/nats/nats.conf")) as deployed, open(self.conf, "w") as here:
            here.writelines(line for line in deployed if line.startswith("ping_"))

    def start(self):
        self.process = subprocess.Popen([*self.place.prefix, natsserver.found(), "-a", self.place.address, "-p", str(self.port), "-c", self.conf],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=natsserver.die_with_us)

    def kill(self):
        self.process.kill()
        self.process.wait()


class Store:
    """The server where their documents are."""

    def __init__(self, town):
        self.name, self.place = "store", town.place()
        self.server = mongoserver.MongoServer(self.place.address)
        self.uri = self.server.uri

    def start(self):
        self.server.start(*self.place.prefix)

    def kill(self):
        self.server.kill()

    @property
    def process(self):
        return self.server.process


class Town:
    """All of them."""

    def __init__(self, binary, folder, others):
        self.binary, self.folder, self.cables = binary, folder, Cables()
        if not self.cables.open():
            self.cables = None
            print("no network namespaces here: who is cut off or slowed stands still instead", flush=True)
        self.nats, self.store = Nats(self), Store(self)
        self.nats_url = f"nats://{self.nats.place.address}:{self.nats.port}"
        self.parts = [Part(self, modules, number) for modules, count in [("gateway", 2), ("inventory", 3), *((one, 2) for one in others)]
                      for number in range(1, count + 1)]

    def place(self):
        return self.cables.place() if self.cables else Loopback()

    def named(self, prefix):
        return [part for part in self.parts if part.name.startswith(prefix)]

    def open(self):
        """The first one makes the keys, the collections and their indexes; the others have the same keys."""
        self.nats.start(), self.store.start()
        first = self.named("catalog")[0]
        first.start()
        self.await_ready([first], 60)
        for part in self.parts:
            if part is not first:
                shutil.copy(os.path.join(first.data, "keys.pem"), part.data)
                part.start()
        self.await_ready(self.parts, 90)

    def await_ready(self, parts=None, seconds=READY_S):
        end, left = time.monotonic() + seconds, list(parts or self.parts)
        while left:
            left = [part for part in left if part.status() != 200]
            assert time.monotonic() < end, [(part.name, part.status(), part.words()) for part in left]

    def close(self):
        for part in self.parts:
            if part.process and part.process.poll() is None:
                part.kill()
        for server in (self.nats, self.store):
            if server.process and server.process.poll() is None:
                server.kill()
        if self.cables:
            self.cables.close()


class TwoDoors(Shop):
    """The shop as its buyers find it: by one of the gateways."""

    def __init__(self, doors, token, size):
        self.doors = doors
        super().__init__(doors[0], token, size)

    @property
    def port(self):
        return random.choice(self.doors)

    @port.setter
    def port(self, door):
        pass  # any does


# ---- faults: (what breaks, what mends it), of a server or of one of the parts

def killed(what):
    what.kill()
    return what.start


def cut_off(what):
    what.place.cut(what.process)
    return lambda: what.place.heal(what.process)


def slowed(what):
    what.place.slow(what.process)
    return lambda: what.place.hasten(what.process)


def faults(town, rng):
    """One of each kind and place, then any."""
    some = lambda prefix: rng.choice(town.named(prefix))
    first = [(killed, some("inventory")), (killed, town.nats), (killed, town.store), (cut_off, some("inventory")), (killed, some("gateway")),
             (slowed, some("inventory")), (cut_off, town.store), (killed, some("orders") if town.named("orders") else some("catalog")),
             (cut_off, some("gateway")), (cut_off, town.nats), (slowed, town.store)]
    yield from first
    while True:
        yield rng.choice((killed, cut_off, slowed)), rng.choice([*town.parts, town.nats, town.store])


class OnSale:
    def __init__(self, town, rng, places):
        self.town, self.rng, self.ledger, self.failed, self.passed, self.slowest_s, self.calm_s = town, rng, Ledger(), 0, 0, 0.0, 0.0
        self.doors = [(gateway.place.address, gateway.port) for gateway in town.named("gateway")]
        self.shop = TwoDoors(self.doors, TOKEN, places)
        self.heard = {door: threading.Event() for door in self.doors}

    def check(self, name, holds, words=""):
        self.passed, self.failed = self.passed + bool(holds), self.failed + (not holds)
        if not holds:
            print(f"FAILED  {name}: {words}", flush=True)

    def sell_once(self, door):
        """Seconds until somebody could look, hold and give back at this gateway, or that takes too long."""
        client, started = Client(door), time.monotonic()
        while time.monotonic() - started < SALE_S:
            try:
                hold = client.mutate("holdTickets", "HoldTicketsInput", "hold { token }",
                                     {"eventId": self.shop.event, "lines": [{"ticketTypeId": self.shop.kind, "quantity": 1}]})["hold"]
                client.mutate("releaseHold", "ReleaseHoldInput", "released", {"token": hold["token"]})
                break
            except NO_ANSWER:
                time.sleep(0.05)
            except Refused as refusal:
                if "SOLD_OUT" in str(refusal) or "RESERVED" in str(refusal):
                    break
                time.sleep(0.05)
        client.close()
        return time.monotonic() - started

    def strike(self, fault, what, seconds):
        name, soon_s = f"{what.name} {fault.__name__}", SOON_S + SOON_SALES * max(self.sell_once(door) for door in self.doors)
        crowd = Crowd(self.shop, self.ledger, self.rng, size=6)
        time.sleep(seconds / 4)
        mend = fault(what)
        time.sleep(seconds)
        if what is self.town.nats and fault is killed:
            ready = [part.name for part in self.town.parts if part.status() == 200]
            self.check(f"{name}: nobody says that he is ready", not ready, ready)
        mend()
        mended = time.monotonic()
        self.town.await_ready()
        for door in self.doors:
            self.sell_once(door)
        away_s = time.monotonic() - mended
        problems = crowd.stop()
        self.slowest_s = max(self.slowest_s, away_s)
        self.check(f"{name}: what was refused has a reason", not problems, problems[:3])
        self.check(f"{name}: sales go on within {soon_s:.1f} s", away_s < soon_s, away_s)
        calm_s, problems = self.await_calm(mended, soon_s, seconds / 2)
        self.calm_s = max(self.calm_s, calm_s)
        self.check(f"{name}: nothing fails {soon_s:.1f} s later", calm_s < soon_s, problems[:3])
        print(f"{name:24} sales after {away_s:5.2f} s, nothing failed after {calm_s:5.2f} s, {sum(self.ledger.counts().values())} acknowledged",
              flush=True)

    def await_calm(self, mended, soon_s, seconds):
        """When buyers met the last failure, in seconds since then, and the last failures: until a round has none, or it is too late."""
        last_s, said = 0.0, []
        while last_s < soon_s:
            crowd = Crowd(self.shop, self.ledger, self.rng, size=2, unsure=())  # few, for a slow machine is no failure
            time.sleep(seconds)
            problems = crowd.stop()
            if not problems:
                break
            last_s, said = crowd.last_problem - mended, problems
        return last_s, said

    def both_doors_tell(self):
        """Two gateways serve one subscription: each hears what is bought at the other."""
        for door, other in (self.doors, self.doors[::-1]):
            told = []
            listener = threading.Thread(target=self.listen, args=(door, told), daemon=True)
            listener.start()
            end = time.monotonic() + 10
            while len(told) < 1 and time.monotonic() < end:
                time.sleep(0.05)
            client = Client(other)
            hold = client.mutate("holdTickets", "HoldTicketsInput", "hold { token }",
                                 {"eventId": self.shop.event, "lines": [{"ticketTypeId": self.shop.kind, "quantity": 1}]})["hold"]
            while len(told) < 2 and time.monotonic() < end:
                time.sleep(0.05)
            client.mutate("releaseHold", "ReleaseHoldInput", "released", {"token": hold["token"]})
            self.check("a gateway tells of what was bought at the other", len(told) >= 2, told)

    def listen(self, door, told):
        query = f'subscription {{ eventAvailability(eventId: "{self.shop.event}") {{ ticketTypes {{ remaining }} }} }}'
        stream = subprocess.Popen(["curl", "-sN", "-m", "9", "-H", "Content-Type: application/json", "-H", "Accept: text/event-stream",
                                   "-d", '{"query": "%s"}' % query.replace('"', '\\"'), f"http://{door[0]}:{door[1]}/graphql"],
                                  stdout=subprocess.PIPE, text=True, preexec_fn=natsserver.die_with_us)
        for line in stream.stdout:
            if "remaining" in line:
                told.append(line)
            if len(told) > 1:
                break
        stream.kill()
        stream.wait()

    def close(self):
        """Asked for, then read from the files of a store that nobody uses."""
        comparison = Comparison(self.shop, self.ledger, patience_s=60).run()
        self.check("what was acknowledged is there", not comparison.wrong, comparison.wrong[:5])
        for part in self.town.parts:
            part.kill()
        time.sleep(0.5)
        self.town.store.kill()
        stored = StoredInFerret(self.town.store.server.path("data/sale.sqlite")).check().compare(self.ledger)
        self.check("the documents are right", not stored.wrong, stored.wrong[:5])
        return comparison.checked + stored.checked


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the namespaces go
    binary, seconds = sys.argv[1], float(sys.argv[2] if len(sys.argv) > 2 else 25)
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else int(time.time())
    rng, end = random.Random(seed), time.monotonic() + seconds
    with tempfile.TemporaryDirectory(prefix="tessera-town-") as folder:
        town = Town(os.path.abspath(binary), folder, OTHERS if seconds >= LONG_S else [",".join(OTHERS)])
        try:
            town.open()
            print(f"{len(town.parts)} processes are ready; seed {seed}", flush=True)
            end = time.monotonic() + seconds
            sale = OnSale(town, rng, places=400 if seconds < LONG_S else 5000)
            sale.both_doors_tell()
            for fault, what in faults(town, rng):
                sale.strike(fault, what, seconds=2 if seconds < LONG_S else 4)
                if time.monotonic() > end:
                    break
            checked = sale.close()
            print(f"{sale.ledger.counts()}, {checked} things checked, sales again after {sale.slowest_s:.1f} s at most, nothing failed after {sale.calm_s:.1f} s")
        finally:
            town.close()
            town.store.server.close()
    print(f"{sale.passed} passed, {sale.failed} failed")
    return 1 if sale.failed else 0


if __name__ == "__main__":
    sys.exit(main() if natsserver.found() and mongoserver.found() else natsserver.SKIP)
