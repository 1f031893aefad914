#!/usr/bin/env python3
"""kill -9 at random moments under load: kill9.py BINARY [CYCLES] [SEED] [--seconds N] [--plant NAME]"""
import os, shutil, sqlite3, sys, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from campaign import Campaign, main
from stored import SOLD, Stored, number


class Kill9(Campaign):
    """Buyers while the server is killed; it starts again on the same data, and everything acknowledged must be there."""

    name = "kill9"
    plants = {"lost": "the data goes back to a moment before the kill", "doubled": "a sold hold stands there twice"}

    def cycle(self):
        crowd, until = self.crowd(), time.monotonic() + self.rng.uniform(0.02, 0.35)
        if self.plant == "lost":
            self.set_aside()
        time.sleep(max(0, until - time.monotonic()))
        self.server.kill()
        self.wrong(*crowd.stop())
        if self.plant == "lost":
            self.bring_back()
        if self.plant == "doubled":
            self.double()
        self.look()
        self.restart()
        self.compare()

    def set_aside(self):
        self.aside = {name: open(os.path.join(self.data, name), "rb").read() for name in ("tessera.db", "tessera.db-wal")}

    def bring_back(self):
        for name, body in self.aside.items():
            with open(os.path.join(self.data, name), "wb") as file:
                file.write(body)

    def double(self):
        """The same places in a second hold, as a process with a bad idea of them would write it."""
        sold = [id for id, (_, hold) in Stored(self.data).holds.items() if number(hold, 4) == SOLD]
        db = sqlite3.connect(os.path.join(self.data, "tessera.db"))
        db.row_factory = sqlite3.Row
        for id in sold[:1]:
            rows = db.execute("SELECT * FROM holds WHERE id = ?", (id,)).fetchall()
            twin = id[:-3] + ("0" if id[-3] != "0" else "1") + id[-2:]
            for row in map(dict, rows):
                row = {**row, "id": twin, "sequence": None}  # the next one
                db.execute(f"INSERT INTO holds ({','.join(row)}) VALUES ({','.join('?' * len(row))})", tuple(row.values()))
        db.commit(), db.close()


if __name__ == "__main__":
    sys.exit(main(Kill9))
