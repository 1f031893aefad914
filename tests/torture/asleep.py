#!/usr/bin/env python3
"""SIGSTOP for minutes, hours, days: asleep.py BINARY SHIM [CYCLES] [SEED] [--seconds N] [--plant NAME]"""
import mmap, os, signal, struct, sys, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from buyers import BUSY, Buyer
from campaign import PLACES, Campaign, main
from client import Client, Refused
from stored import KEPT, OPEN, Stored, number

HOLD_MS, SLACK_MS = 15 * 60_000, 60_000


class Asleep(Campaign):
    """Stopped in the middle of calls; when it goes on all clocks have gone on: carts are over, sales stay, places come free."""

    name = "asleep"
    plants = {"awake": "no time has passed"}
    needs_shim = True
    SETTLE_S = 20

    def arguments(self):
        path = os.path.join(self.folder.name, "slept")
        with open(path, "wb") as file:
            file.write(bytes(8))
        self.file = open(path, "r+b")
        self.slept, self.slept_ms = mmap.mmap(self.file.fileno(), 8), 0
        return {"environment": {"LD_PRELOAD": self.shim, "SLEPT_CLOCK": path, "ASAN_OPTIONS": "verify_asan_link_order=0"}}

    def cycle(self):
        crowd = self.crowd(explained=("HOLD_EXPIRED",))
        self.fill(carts=3)
        time.sleep(self.rng.uniform(0.02, 0.3))
        for_ms = self.rng.choice((SLACK_MS + 1000, HOLD_MS - 1000, HOLD_MS + SLACK_MS, 61 * 60_000, 3 * 86_400_000))
        self.sleep(for_ms)
        time.sleep(self.rng.uniform(0.0, 0.3))
        self.wrong(*crowd.stop())
        self.note_lapsed()
        if for_ms > HOLD_MS:
            self.all_lapse()
        self.all_can_be_had(for_ms > HOLD_MS)
        self.server.kill()
        self.look()
        self.restart()
        self.compare()

    def sleep(self, for_ms):
        """What happens to a process that the machine forgets about."""
        self.server.process.send_signal(signal.SIGSTOP)
        self.stopped_at_ms = time.time() * 1000 + self.slept_ms
        time.sleep(self.rng.uniform(0.0, 0.3))
        for hold in self.ledger.holds.values():
            hold.setdefault("born_ms", self.slept_ms)
        self.slept_ms += for_ms
        if self.plant != "awake":
            struct.pack_into("<q", self.slept, 0, self.slept_ms)
        self.server.process.send_signal(signal.SIGCONT)

    def note_lapsed(self):
        """Carts whose time is over, or nearly, need not be there any more."""
        for hold in self.ledger.holds.values():
            if self.slept_ms - hold.get("born_ms", self.slept_ms) > HOLD_MS - SLACK_MS:
                hold["ending"] = True

    def all_lapse(self):
        """Nothing of before the sleep stays held without an order that was paid."""
        end = time.monotonic() + (2 if self.plant else self.SETTLE_S)
        while held := self.held_from_before():
            if time.monotonic() > end:
                self.wrong(f"held since before the sleep: {held[:3]}")
                return
            time.sleep(0.2)

    def held_from_before(self):
        return [id for id, (_, hold) in Stored(self.data).holds.items()
                if number(hold, 4) in (OPEN, KEPT) and number(hold, 7) < self.stopped_at_ms]

    def fill(self, carts):
        """Up to so many carts that nobody comes back to."""
        buyer = Buyer(self.shop, self.ledger, self.rng.getrandbits(64))
        try:
            for _ in range(carts):
                buyer.hold()
        except Refused as refusal:
            if not any(word in str(refusal) for word in BUSY):
                self.wrong(f"a hold was refused: {refusal}")
        buyer.close()

    def all_can_be_had(self, to_the_last):
        """Who comes after the sleep is served; then the house can be filled to its last place, and no further."""
        self.fill(PLACES if to_the_last else 1)
        owner = Client(self.server.port, self.server.token)
        counts = self.shop.counts(owner)
        owner.close()
        if to_the_last and not PLACES - 3 < counts["sold"] + counts["held"] <= PLACES:
            self.wrong(f"the house cannot be filled: {counts}")


if __name__ == "__main__":
    sys.exit(main(Asleep))
