"""A server under watch: everything that it says on stderr is kept, and a sale that touches every module."""
import os, sys, threading, uuid

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(FOLDER, "..", "scenario"))
sys.path.insert(0, os.path.join(FOLDER, "..", "torture"))
from shop import Shop

BINARY = sys.argv[1] if len(sys.argv) > 1 else "build/debug/tessera"
EMAIL, NAME = "canary.person@example.org", "Canary Winterbottom"
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Watched(Shop):
    """A shop whose stderr is read while it runs (a full pipe would hold it)."""

    def __init__(self, *arguments):
        super().__init__(BINARY, *arguments)
        self.lines = []
        self.reader = threading.Thread(target=self.lines.extend, args=(self.process.stderr,))
        self.reader.start()

    def close(self):
        self.owner.close(), self.buyer.close()
        self.process.terminate()
        status = self.process.wait(timeout=15)
        self.reader.join()
        assert status == 0, "".join(self.lines)[-2000:]


def secrets_of(shop):
    """Sell, scan, and release a hold. Return: what must not be told to anybody, by name."""
    event, kind, _ = shop.evening()
    spare = shop.hold(event, kind)
    shop.buyer.mutate("releaseHold", "ReleaseHoldInput", "released", {"token": spare["token"]})
    hold = shop.hold(event, kind)
    order = shop.order(hold, email=EMAIL, name=NAME, idempotencyKey=str(uuid.uuid4()))
    shop.pay(order)
    ticket = shop.read(order)["positions"][0]["ticket"]
    assert shop.get(ticket["qrUrl"][ticket["qrUrl"].index("/t/"):])[0] == 200
    door = shop.door(event)
    assert shop.scan(door, ticket["qr"], "n1") == "OK"
    assert shop.scan(door, "T1.forged", "n2") == "INVALID"
    return {"owner token": shop.ready["ownerToken"], "hold token": hold["token"].split(".")[1], "order secret": order["secret"],
            "ticket secret": ticket["secret"], "ticket code": ticket["qr"], "forged code": "T1.forged", "e-mail": EMAIL,
            "name": NAME, "family name": NAME.split()[1]}


def assert_untold(text, secrets):
    for name, secret in secrets.items():
        assert secret and secret not in text, f"{name} is told: " + next(line for line in text.splitlines() if secret in line)


def run(tests):
    for test in tests:
        test()
        print(f"ok      {test.__name__}", flush=True)
