#!/usr/bin/env python3
"""Eight processes give away the places of one quota on one store: hammer.py BINARY [PLACES]

Buyers side by side hold one place each until nobody gets anything any more; each call may reach any of the eight. Exactly as many
places are held as there are, by what buyers were told, by what each process counts, and by the store's own files. Then one place
comes free, and whoever said that nothing is left gives it away within seconds. Ends with `N passed, N failed`."""
import os, sys, tempfile, threading, time, uuid

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("support", "torture", "scenario"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))
import mongoserver, natsserver
from buyers import UNSURE, Shop
from client import Refused
from ferret import StoredInFerret
from split import TOKEN, Client, House, owner
from stored import OPEN, number

PROCESSES, BUYERS = 8, 12
REST = "gateway,catalog,orders,payments,tickets,door,waitroom,identity,audit,privacy"


class Rush:
    """Buyers until the last place is gone."""

    def __init__(self, front, shop):
        self.front, self.shop, self.lock, self.holds, self.failed = front, shop, threading.Lock(), [], []

    def run(self):
        threads = [threading.Thread(target=self.hold_all) for _ in range(BUYERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self

    def hold_all(self):
        client = Client(self.front.port)
        while True:
            try:
                hold = self.hold(client)
            except Refused as refusal:
                if "SOLD_OUT" not in str(refusal) and "RESERVED" not in str(refusal):
                    self.failed.append(str(refusal))
                break
            with self.lock:
                self.holds.append(hold)
        client.close()

    def hold(self, client):
        """What nobody knows the outcome of is asked again, by its key."""
        value = {"eventId": self.shop.event, "lines": [{"ticketTypeId": self.shop.kind, "quantity": 1}], "idempotencyKey": uuid.uuid4().hex}
        end = time.monotonic() + 30
        while True:
            try:
                return client.mutate("holdTickets", "HoldTicketsInput", "hold { id token }", value)["hold"]
            except Refused as refusal:
                if not any(word in str(refusal) for word in UNSURE) or time.monotonic() > end:
                    raise


def sell(house, places):
    """Return: what is wrong."""
    flags, wrong = ("--store", house.store.uri("sale")), []
    house.nats.start()
    front = house.part(REST, *flags)
    front.await_status(200)
    for which in range(PROCESSES):
        house.part("inventory", *flags, name=f"inventory{which}")
    for part in house.parts:
        part.await_status(200)
    shop = Shop(front.port, TOKEN, places)
    rush = Rush(front, shop).run()
    if rush.failed:
        wrong.append(f"{len(rush.failed)} failed: {rush.failed[:3]}")
    if len({hold["id"] for hold in rush.holds}) != places:
        wrong.append(f"{places} places, {len(rush.holds)} held")
    time.sleep(1)
    staff = owner(front)
    counts = [shop.counts(staff) for _ in range(5 * PROCESSES)]  # one of the eight each time
    if any(count["held"] != places or count["remaining"] for count in counts):
        wrong.append(f"a process counts {counts}")
    staff.mutate("releaseHold", "ReleaseHoldInput", "released", {"token": rush.holds[0]["token"]})
    again, end = Rush(front, shop), time.monotonic() + 15
    while not again.holds and time.monotonic() < end:
        again.run()
    if len(again.holds) != 1:
        wrong.append(f"one place came free, {len(again.holds)} were given")
    house.kill()
    house.store.kill()
    stored = StoredInFerret(house.store.path("data/sale.sqlite")).check()
    listed = sum(len(stored.places(hold)) for _, hold in stored.holds.values() if number(hold, 4) == OPEN)
    if listed != places:
        wrong.append(f"{listed} places are listed by living holds")
    print(f"{PROCESSES} processes, {places} places: {len(rush.holds)} held, {stored.checked} things checked in the files", flush=True)
    return wrong + stored.wrong


def main():
    with tempfile.TemporaryDirectory() as folder:
        house = House(sys.argv[1], folder)
        house.store = mongoserver.MongoServer().start()
        try:
            wrong = sell(house, int(sys.argv[2]) if len(sys.argv) > 2 else 60)
        finally:
            house.kill()
            house.nats.kill()
            house.store.close()
    for line in wrong:
        print("FAILED ", line)
    print(f"{not wrong:d} passed, {bool(wrong):d} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main() if natsserver.found() and mongoserver.found() else natsserver.SKIP)
