#!/usr/bin/env python3
"""File descriptors run out: no_files.py BINARY [CYCLES] [SEED] [--seconds N] [--plant NAME]"""
import os, resource, socket, sys, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from buyers import Buyer
from campaign import Campaign, main
from client import Client, Refused


class NoFiles(Campaign):
    """Strangers take every descriptor the server has; who was connected is served, and all are when the strangers go."""

    name = "no_files"
    plants = {"plenty": "the descriptors do not run out"}
    FEW, PLENTY = (64, 96), 4096
    AGAIN_S = 10

    def arguments(self):
        most = self.PLENTY if self.plant else self.rng.randint(*self.FEW)
        self.most = most
        return {"prepare": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))}

    def open_files(self):
        return len(os.listdir(f"/proc/{self.server.process.pid}/fd"))

    def cycle(self):
        crowd = self.crowd(size=4)
        staff = Client(self.server.port, self.server.token)
        self.shop.counts(staff)
        strangers = self.exhaust()
        self.keep_busy(staff)
        self.wrong(*crowd.stop())
        for stranger in strangers:
            stranger.close()
        staff.close()
        self.new_ones_are_served()
        if self.rng.random() < 0.5:
            self.server.kill()
            self.look()
            self.restart()
        self.compare()

    def exhaust(self):
        """Connections until the server has no descriptor left for one. Each has asked for something."""
        strangers = []
        for _ in range(max(self.FEW) + 64):
            stranger = socket.socket()
            stranger.settimeout(2)
            try:
                stranger.connect(("127.0.0.1", self.server.port))
                stranger.send(b"GET /livez HTTP/1.1\r\nHost: a\r\n")  # and does not end it
            except OSError:
                pass
            strangers.append(stranger)
        time.sleep(0.1)
        if self.open_files() < self.most - 8:
            self.wrong(f"the descriptors did not run out: {self.open_files()} of {self.most}")
        return strangers

    def keep_busy(self, staff):
        """While there is none left: who was connected reads and writes as before, and the store is not harmed."""
        end = time.monotonic() + self.rng.uniform(0.3, 1.0)
        buyer = Buyer(self.shop, self.ledger, self.rng.getrandbits(64))
        buyer.client = staff
        while time.monotonic() < end:
            self.checked += 1
            try:
                self.shop.counts(staff)
                buyer.hold()
            except Refused as refusal:
                if "SOLD_OUT" not in str(refusal) and "RESERVED" not in str(refusal):
                    self.wrong(f"without descriptors: {refusal}")
            except Exception as error:
                self.wrong(f"who was connected is not served without descriptors: {error!r}")
                return
        if self.server.ended(0) is not None:
            self.wrong(f"without descriptors the server ended with {self.server.process.returncode}")

    def new_ones_are_served(self):
        end = time.monotonic() + self.AGAIN_S
        while True:
            client = Client(self.server.port, self.server.token)
            try:
                self.shop.counts(client)
                return
            except Exception as error:
                if time.monotonic() > end:
                    self.wrong(f"the strangers are gone and nobody new is served: {error!r}")
                    return
                time.sleep(0.1)
            finally:
                client.close()


if __name__ == "__main__":
    sys.exit(main(NoFiles))
