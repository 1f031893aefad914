"""What every nemesis shares: a store, its server and shop, the ledger, the checks after each fault, the command line."""
import argparse, os, random, shutil, tempfile, time

from buyers import Crowd, Shop
from client import Client, Server
from compare import Comparison
from ledger import Ledger
from stored import Stored

TOKEN, PLACES = "torture-owner-token", 150


class Campaign:
    """A nemesis is a subclass with a name, a cycle() and plants: faults of the checks' own, which they must find."""

    name, plants, needs_shim = "", {}, False

    def __init__(self, binary, seed, plant=None, shim=None):
        self.binary, self.seed, self.plant, self.rng = binary, seed, plant, random.Random(seed)
        self.shim = shim and os.path.abspath(shim)
        self.folder = tempfile.TemporaryDirectory(prefix=f"tessera-{self.name}-")
        self.cycles = self.acknowledged = self.checked = 0
        self.violations, self.slowest_s, self.server = [], 0.0, None
        self.data = os.path.join(self.folder.name, "data")

    def arguments(self):
        return {}

    def begin(self):
        """A fresh store with an event on sale."""
        shutil.rmtree(self.data, ignore_errors=True)
        os.mkdir(self.data)
        self.server = Server(self.binary, self.data, TOKEN, **self.arguments())
        self.server.start()
        self.shop, self.ledger = Shop(self.server.port, TOKEN, PLACES), Ledger()

    def renew_when_full(self):
        """With hardly anything left to buy there is no load: go on in a fresh store."""
        owner = Client(self.server.port, TOKEN)
        remaining = self.shop.counts(owner)["remaining"]
        owner.close()
        if remaining < PLACES // 3:
            self.end_store()
            self.begin()

    def end_store(self):
        self.acknowledged += sum(self.ledger.counts().values())
        if self.server.stop() != 0:
            self.wrong("a clean stop ended with an error")

    def crowd(self, size=8, explained=()):
        return Crowd(self.shop, self.ledger, self.rng, size, explained)

    def wrong(self, *lines):
        for line in lines:
            self.violations.append(line)
            if len(self.violations) <= (2 if self.plant else 20):
                print(f"{self.name}, cycle {self.cycles}, seed {self.seed}: {line}", flush=True)

    def look(self):
        """While nobody runs: the file alone."""
        stored = Stored(self.data).check().compare(self.ledger)
        self.checked += stored.checked
        self.wrong(*stored.wrong)

    def restart(self):
        self.slowest_s = max(self.slowest_s, self.server.start())

    def compare(self):
        comparison = Comparison(self.shop, self.ledger).run()
        self.checked += comparison.checked
        self.wrong(*comparison.wrong)

    def cycle(self):
        raise NotImplementedError

    def run(self, cycles, seconds=None):
        """Cycles until there were enough, or the time is over. Return: are there no violations?"""
        end = time.monotonic() + seconds if seconds else float("inf")
        self.begin()
        while self.cycles < cycles and time.monotonic() < end and not (self.plant and self.violations):
            self.cycles += 1
            try:
                self.cycle()
                if not (self.plant and self.violations):
                    self.renew_when_full()
            except (RuntimeError, OSError) as error:  # no server to go on with
                self.wrong(f"{type(error).__name__}: {error}")
                self.keep()
                self.server.kill()
                self.server = None
                break
        if self.server and not (self.plant and self.violations):
            self.end_store()
        elif self.server:
            self.server.kill()
        self.folder.cleanup()
        return not self.violations

    def keep(self):
        """What is left of a store that does not start is worth a look."""
        if self.plant:
            return
        kept = tempfile.mkdtemp(prefix=f"tessera-{self.name}-kept-")
        shutil.copytree(self.data, kept, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sock"))
        print(f"{self.name}: the data directory is kept in {kept}", flush=True)

    def row(self):
        return (f"{self.name:14} {self.cycles:6} cycles {self.acknowledged:8} acknowledged {self.checked:9} checked "
                f"{len(self.violations):4} violations   slowest start {self.slowest_s:.2f} s")


def main(nemesis):
    """The command line of one nemesis; its exit status is 0 when nothing was violated, with --plant when something was."""
    parser = argparse.ArgumentParser(description=nemesis.__doc__)
    parser.add_argument("binary")
    if nemesis.needs_shim:
        parser.add_argument("shim", help="the preloaded library that does it")
    parser.add_argument("cycles", type=int, nargs="?", default=20)
    parser.add_argument("seed", type=int, nargs="?", default=None)
    parser.add_argument("--seconds", type=float, help="stop after so long, even with cycles left")
    parser.add_argument("--plant", choices=nemesis.plants, help="a fault that must be found")
    asked = parser.parse_args()
    seed = random.SystemRandom().getrandbits(32) if asked.seed is None else asked.seed
    campaign = nemesis(asked.binary, seed, asked.plant, asked.shim if nemesis.needs_shim else None)
    clean = campaign.run(asked.cycles, asked.seconds)
    print(campaign.row())
    if asked.plant:
        print(f"plant {asked.plant} (seed {seed}): {'NOT FOUND' if clean else 'found'}")
        return 1 if clean else 0
    print(f"{campaign.cycles if clean else 0} passed, {len(campaign.violations)} failed; seed {seed}")
    return 0 if clean and campaign.cycles else 1
