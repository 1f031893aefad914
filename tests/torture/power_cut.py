#!/usr/bin/env python3
"""The power goes: power_cut.py BINARY SHIM [CYCLES] [SEED] [--seconds N] [--plant NAME]"""
import os, signal, sys, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from campaign import Campaign, main
from client import Server
from disk import Disk


class PowerCut(Campaign):
    """At some write or sync the power goes: unsynced sectors are lost, torn, old; then the server starts on what is left."""

    name = "power_cut"
    plants = {"lying": "the disk says synced and has not done it"}
    needs_shim = True
    CUT_S = 3

    def arguments(self):
        self.disk = Disk(os.path.join(self.folder.name, "control"), self.shim)
        self.disk["lies"] = int(self.plant == "lying")
        return {"environment": self.disk.environment}

    def arm(self, after_max):
        """Short ways as often as long ones: 1 is as likely as 2-3, as 4-7..."""
        after = self.rng.randrange(1 << self.rng.randint(0, after_max.bit_length()))
        self.disk.arm("cut", after, seed=self.rng.getrandbits(60), sector_size=self.rng.choice((512, 4096)))

    def cycle(self):
        if self.rng.random() < 0.1:
            self.at_birth()
            return
        crowd = self.crowd()
        if self.rng.random() < 0.7:
            time.sleep(self.rng.uniform(0.02, 0.2))
            self.arm(256)
        else:
            time.sleep(self.rng.uniform(0.1, 0.3))
            problems = crowd.stop()
            self.arm(16)  # nobody writes: the log goes into the file, and there the power goes
            self.wrong(*problems)
        if self.server.ended(self.CUT_S) is None:
            self.server.kill()  # the armed moment did not come
            self.disk["struck"] = 0
        self.wrong(*crowd.stop())
        self.gone()
        self.look()
        self.restart()
        self.compare()

    def gone(self):
        """The log's index was in memory; what is left of its file says nothing."""
        if self.disk["struck"] and self.server.process.returncode != -signal.SIGKILL:
            self.wrong(f"the cut ended the server with {self.server.process.returncode}")
        self.cuts += self.disk["struck"]
        self.lost, self.torn = self.lost + self.disk["lost"], self.torn + self.disk["torn"]
        self.disk.disarm()
        shm = os.path.join(self.data, "tessera.db-shm")
        if self.rng.random() < 0.5 and os.path.exists(shm):
            os.unlink(shm)

    cuts = lost = torn = 0

    def at_birth(self):
        """The store's first start does not get far; the next one does."""
        data = os.path.join(self.folder.name, "birth")
        os.mkdir(data)
        disk = Disk(os.path.join(self.folder.name, "birth-control"), self.shim)
        disk.arm("cut", self.rng.randrange(200), seed=self.rng.getrandbits(60), sector_size=self.rng.choice((512, 4096)))
        server = Server(self.binary, data, self.server.token, environment=disk.environment)
        try:
            server.start()
            server.kill()
        except RuntimeError:
            pass
        self.cuts, self.checked = self.cuts + disk["struck"], self.checked + 1
        disk.disarm()
        try:
            server.start()
            server.stop()
            for root, _, names in os.walk(data, topdown=False):
                for name in names:
                    os.unlink(os.path.join(root, name))
                os.rmdir(root)
        except RuntimeError as error:
            self.wrong(f"a store whose birth was cut does not start: {error}")
            raise

    def row(self):
        return super().row() + f", {self.cuts} cuts, {self.lost} sectors lost, {self.torn} torn"


if __name__ == "__main__":
    sys.exit(main(PowerCut))
