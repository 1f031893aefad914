#!/usr/bin/env python3
"""kill -9 at random moments under load: kill9.py BINARY [CYCLES] [SEED]

Buyers hold, order and pay against the real server while it is killed and started again on the same data. Each keeps a
log of what was acknowledged to it. After every cycle, and at the end over everything, the log is laid beside what the server
then says: no acknowledged hold or order may be missing or have gone back, and no quota may have sold more than it has.
Prints one line per ten cycles and ends with `N passed, N failed`; exit 1 on any violation."""
import http.client, os, random, shutil, sys, tempfile, threading, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import Client, Refused, Server

BUYERS, QUOTA, TOKEN = 8, 150, "torture-owner-token"
NO_ANSWER = (OSError, http.client.HTTPException, ValueError)


class Ledger:
    """What was acknowledged, by the clients' own account. Guarded by one lock."""

    def __init__(self):
        self.lock, self.holds, self.placed, self.paid, self.admitted = threading.Lock(), {}, {}, {}, 0

    def note(self, book, key, value):
        with self.lock:
            getattr(self, book)[key] = value


def setup(port):
    owner = Client(port, TOKEN)
    organizer = owner.mutate("createOrganizer", "CreateOrganizerInput", "organizer { id }",
                             {"slug": "torture", "name": "Torture", "currency": "EUR", "timeZone": "Europe/Berlin"})["organizer"]
    start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 30 * 86400))
    event = owner.mutate("createEvent", "CreateEventInput", "event { id }",
                         {"organizerId": organizer["id"], "slug": "show", "title": "Show", "startsAt": start, "testMode": True})["event"]
    kind = owner.mutate("createTicketType", "CreateTicketTypeInput", "ticketType { id }",
                        {"eventId": event["id"], "name": "Standing", "price": "10.00"})["ticketType"]
    quota = owner.mutate("createQuota", "CreateQuotaInput", "quota { id }",
                         {"eventId": event["id"], "name": "Floor", "size": QUOTA, "ticketTypeIds": [kind["id"]]})["quota"]
    owner.mutate("publishEvent", "PublishEventInput", "event { id }", {"eventId": event["id"]})
    owner.close()
    return event["id"], kind["id"], quota["id"]


def buy_once(client, rng, ledger, event, kind):
    """One buyer's walk; each acknowledged step is noted. Raises when there was no answer or a refusal."""
    count = rng.randint(1, 3)
    key = "k%030x" % rng.getrandbits(120)
    hold = client.mutate("holdTickets", "HoldTicketsInput", "hold { id token positions { id } }",
                         {"eventId": event, "lines": [{"ticketTypeId": kind, "quantity": count}], "idempotencyKey": key})["hold"]
    ledger.note("holds", hold["id"], {"token": hold["token"], "count": count})
    if rng.random() < 0.25:
        client.mutate("releaseHold", "ReleaseHoldInput", "released", {"token": hold["token"]})
        with ledger.lock:
            ledger.holds[hold["id"]]["released"] = True
        return
    with ledger.lock:
        ledger.holds[hold["id"]]["ordering"] = True
    order = client.mutate("placeOrder", "PlaceOrderInput", "order { id code secret status }",
                          {"holdToken": hold["token"], "email": "buyer@example.org", "name": "Buyer"})["order"]
    ledger.note("placed", order["id"], {**order, "count": count})
    paid = client.mutate("payOrder", "PayOrderInput", "order { status }",
                         {"orderId": order["id"], "secret": order["secret"], "provider": "sandbox", "method": "success",
                          "idempotencyKey": "p" + key})["order"]
    if paid["status"] == "PAID":
        ledger.note("paid", order["id"], {**order, "count": count})


def buyer(port, seed, ledger, event, kind, stop, problems):
    client, rng = Client(port), random.Random(seed)
    while not stop.is_set():
        try:
            buy_once(client, rng, ledger, event, kind)
        except NO_ANSWER:
            time.sleep(0.02)  # killed under us: what we did not hear of, we do not claim
        except Refused as refusal:
            text = str(refusal)
            if "SOLD_OUT" in text or "RESERVED" in text:
                time.sleep(0.01)
            elif "UNAVAILABLE" not in text and "OUTCOME_UNKNOWN" not in text and "DEADLINE" not in text:
                problems.append("refused: " + text)
                time.sleep(0.05)
    client.close()


def check(port, ledger, quota):
    """What the server says now, beside the log. Returns the list of violations."""
    client, owner, wrong = Client(port), Client(port, TOKEN), []
    query = "query($code: String!, $secret: String!) { order(code: $code, secret: $secret) { id status positions { id ticket { qr } } } }"
    sold = 0
    for book in ("paid", "placed"):
        for id, order in getattr(ledger, book).items():
            seen = client.call(query, {"code": order["code"], "secret": order["secret"]})["order"]
            if not seen or seen["id"] != id:
                wrong.append(f"{book} order {id} is gone")
            elif len(seen["positions"]) != order["count"]:
                wrong.append(f"order {id} has {len(seen['positions'])} positions, bought {order['count']}")
            elif book == "paid" and seen["status"] != "PAID":
                wrong.append(f"acknowledged PAID, is {seen['status']}: {id}")
            elif book == "paid" and not all(position["ticket"] and position["ticket"]["qr"] for position in seen["positions"]):
                wrong.append(f"paid order {id} lacks tickets")
            elif book == "paid":
                sold += order["count"]
    for id, hold in ledger.holds.items():
        if hold.get("released") or hold.get("ordering"):
            continue
        seen = owner.call("query($id: ID!) { node(id: $id) { ... on Hold { positions { id } } } }", {"id": id})["node"]
        if not seen or len(seen["positions"]) != hold["count"]:
            wrong.append(f"acknowledged hold {id} is gone")
    counts = owner.call("query($id: ID!) { node(id: $id) { ... on Quota { size sold held remaining } } }", {"id": quota})["node"]
    if counts["sold"] < sold:
        wrong.append(f"{sold} places acknowledged as sold, the quota says {counts['sold']}")
    if counts["sold"] + counts["held"] > counts["size"] or sold > QUOTA:
        wrong.append(f"oversold: {counts}, acknowledged {sold}")
    client.close(), owner.close()
    return wrong


def cycle(server, rng, ledger, event, kind, quota, problems):
    """Load, a kill, a restart. Returns seconds to readiness and violations."""
    stop = threading.Event()
    threads = [threading.Thread(target=buyer, args=(server.port, rng.getrandbits(64), ledger, event, kind, stop, problems))
               for _ in range(BUYERS)]
    for thread in threads:
        thread.start()
    time.sleep(rng.uniform(0.02, 0.35))
    server.kill()
    stop.set()
    for thread in threads:
        thread.join()
    ready = server.start()
    return ready, check(server.port, ledger, quota)


def main():
    binary, cycles = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().getrandbits(32)
    rng, data = random.Random(seed), tempfile.mkdtemp(prefix="tessera-kill9-")
    server, failed, slowest, problems = Server(binary, data, TOKEN), 0, 0.0, []
    totals = {"holds": 0, "placed": 0, "paid": 0}
    server.start()
    event, kind, quota = setup(server.port)
    ledger = Ledger()
    for number in range(1, cycles + 1):
        ready, wrong = cycle(server, rng, ledger, event, kind, quota, problems)
        slowest, failed = max(slowest, ready), failed + bool(wrong or problems)
        for line in (wrong + problems)[:5]:
            print(f"cycle {number}, seed {seed}: {line}")
        problems.clear()
        if number % 10 == 0 or number == cycles:
            now = {book: totals[book] + len(getattr(ledger, book)) for book in totals}
            print(f"{number} kills, seed {seed}: {now['holds']} holds, {now['placed']} orders, {now['paid']} paid acknowledged; "
                  f"slowest start {slowest:.2f} s; {failed} bad cycles", flush=True)
        if sum(order["count"] for order in ledger.placed.values()) > QUOTA // 2 and number < cycles:
            totals = {book: totals[book] + len(getattr(ledger, book)) for book in totals}
            server.kill()  # sold out: a fresh event in a fresh store goes on
            shutil.rmtree(data), os.mkdir(data)
            server.start()
            event, kind, quota = setup(server.port)
            ledger = Ledger()
    status = server.stop()
    failed += status != 0
    shutil.rmtree(data)
    print(f"{cycles - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
