#!/usr/bin/env python3
"""A disk that is full or broken: bad_disk.py BINARY SHIM [CYCLES] [SEED] [--seconds N] [--plant NAME]"""
import collections, os, signal, sys, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from buyers import NO_ANSWER
from campaign import Campaign, main
from client import Client, Refused
from disk import FOR_EVER, Disk

STOPS = (-signal.SIGABRT, -signal.SIGKILL)  # it gave up; with the power gone as it did


class BadDisk(Campaign):
    """Writes meet a full disk, writes and reads fail, one sync fails: the server stops or says no, and nothing is lost."""

    name = "bad_disk"
    plants = {"silent": "what fails is said to be done", "never": "nothing ever fails"}
    needs_shim = True
    STOP_S = 8

    def arguments(self):
        self.disk = Disk(os.path.join(self.folder.name, "control"), self.shim)
        return {"environment": self.disk.environment}

    def arm(self, fault):
        after = FOR_EVER if self.plant == "never" else self.rng.randrange(1 << self.rng.randint(0, 5))
        times = {"full": FOR_EVER, "sync": 1}.get(fault, self.rng.randint(1, 3))
        self.disk.arm(fault, after, times, seed=self.rng.getrandbits(60), lies=int(self.plant == "silent"),
                      cut_on_abort=self.rng.randint(0, 1), sector_size=self.rng.choice((512, 4096)))

    def cycle(self):
        fault = self.rng.choice(("full", "write", "sync", "read", "read at start"))
        self.met[fault] += 1
        if fault == "read at start":
            self.read_at_start()
        elif fault == "read":
            self.read_fails()
        else:
            self.write_fails(fault)
        self.restart()
        self.compare()

    met = collections.Counter()

    def write_fails(self, fault):
        """It must end by itself; what it acknowledged before is there, and nothing it said after is worth anything."""
        crowd = self.crowd()
        time.sleep(self.rng.uniform(0.02, 0.2))
        self.arm(fault)
        status = self.write_on()
        if status is None:
            self.wrong(f"{fault}: struck {self.disk['struck']} times, and the server carries on")
            self.server.kill()
        elif status not in STOPS:
            self.wrong(f"{fault}: the server ended with {status}")
        self.wrong(*crowd.stop())
        if fault == "full" and self.rng.random() < 0.5:
            self.start_anyway()
        self.disk.disarm()
        self.disk["cut_on_abort"] = 0
        self.look()
        self.says(fault)

    def write_on(self):
        """Once all is sold no buyer writes, and no write could fail: staff do. The exit status; None when it goes on."""
        staff, end = Client(self.server.port, self.server.token), time.monotonic() + self.STOP_S
        while (status := self.server.ended(0.1)) is None and time.monotonic() < end:
            try:
                staff.mutate("updateQuota", "UpdateQuotaInput", "quota { id }", {"quotaId": self.shop.quota, "name": f"Floor {time.monotonic()}"})
            except (Refused, *NO_ANSWER):
                pass
        staff.close()
        return status

    def says(self, fault):
        """The reason stands in the log's end, in words."""
        with open(os.path.join(self.data, "server.log"), errors="replace") as log:
            end = log.read()[-4000:]
        if "tessera: store:" not in end and "cannot be" not in end:
            self.wrong(f"{fault}: the log does not say why the server ended: {end[-200:]}")

    def start_anyway(self):
        """With the fault still there it starts or says that it cannot; it does neither harm nor wait."""
        try:
            self.server.start()
            self.server.kill()
        except RuntimeError:
            if self.server.ended(0) is None:
                self.wrong("started on a bad disk the server is neither ready nor gone")
                self.server.kill()

    def read_fails(self):
        """A read that fails is answered with an error, or ends the server; it is never an empty answer."""
        crowd = self.crowd()
        time.sleep(self.rng.uniform(0.02, 0.2))
        self.arm("read")
        time.sleep(0.3)
        self.wrong(*crowd.stop())
        self.disk.disarm()
        self.disk["cut_on_abort"] = 0
        if self.server.ended(0) is None:
            self.compare()  # it lives, and knows everything
            self.server.kill()
        self.look()

    def read_at_start(self):
        self.server.kill()
        self.arm("read")
        self.start_anyway()
        self.disk.disarm()
        self.disk["cut_on_abort"] = 0
        self.look()

    def row(self):
        return super().row() + ", " + ", ".join(f"{fault} {count}" for fault, count in sorted(self.met.items()))


if __name__ == "__main__":
    sys.exit(main(BadDisk))
