"""A shop with one event, and buyers who hold, order, pay, are refunded and let in, each step noted once it was answered."""
import http.client, random, threading, time

from client import Client, Refused, in_days

NO_ANSWER = (OSError, http.client.HTTPException, ValueError)
BUSY = ("SOLD_OUT", "RESERVED")
UNSURE = ("UNAVAILABLE", "OUTCOME_UNKNOWN", "DEADLINE", "RESOURCE_EXHAUSTED")
PRICE_MINOR, REFUND_MINOR = 1000, 250


class Shop:
    """An event on sale, made anew on an empty server."""

    def __init__(self, port, token, size):
        self.port, self.token, self.size = port, token, size
        owner = Client(port, token)
        organizer = owner.mutate("createOrganizer", "CreateOrganizerInput", "organizer { id }",
                                 {"slug": "torture", "name": "Torture", "currency": "EUR", "timeZone": "Europe/Berlin"})["organizer"]
        self.event = owner.mutate("createEvent", "CreateEventInput", "event { id }",
                                  {"organizerId": organizer["id"], "slug": "show", "title": "Show", "startsAt": in_days(30),
                                   "testMode": True})["event"]["id"]
        self.kind = owner.mutate("createTicketType", "CreateTicketTypeInput", "ticketType { id }",
                                 {"eventId": self.event, "name": "Standing", "price": "10.00"})["ticketType"]["id"]
        self.quota = owner.mutate("createQuota", "CreateQuotaInput", "quota { id }",
                                  {"eventId": self.event, "name": "Floor", "size": size, "ticketTypeIds": [self.kind]})["quota"]["id"]
        self.door = owner.mutate("createCheckInList", "CreateCheckInListInput", "checkInList { id }",
                                 {"eventId": self.event, "name": "Door"})["checkInList"]["id"]
        owner.mutate("publishEvent", "PublishEventInput", "event { id }", {"eventId": self.event})
        owner.close()

    def counts(self, owner):
        return owner.call("query($id: ID!) { node(id: $id) { ... on Quota { size sold held remaining } } }", {"id": self.quota})["node"]


class Buyer:
    """One buyer's connection, and the staff's beside it."""

    def __init__(self, shop, ledger, seed):
        self.shop, self.ledger, self.rng = shop, ledger, random.Random(seed)
        self.client, self.owner = Client(shop.port), Client(shop.port, shop.token)

    def step(self, who, name, selection, value):
        """One mutation; without an answer its outcome is in doubt, and it can be asked again by its key."""
        input_type = name[0].upper() + name[1:] + "Input"
        try:
            return who.mutate(name, input_type, selection, value)
        except NO_ANSWER:
            if "idempotencyKey" in value:
                self.ledger.doubt((who is self.owner, name, input_type, selection, value))
            raise

    def hold(self):
        count, key = self.rng.randint(1, 3), "k%030x" % self.rng.getrandbits(120)
        value = {"eventId": self.shop.event, "lines": [{"ticketTypeId": self.shop.kind, "quantity": count}], "idempotencyKey": key}
        hold = self.step(self.client, "holdTickets", "hold { id token positions { id } }", value)["hold"]
        self.ledger.note("holds", hold["id"], {"token": hold["token"], "count": count, "value": value})
        return hold, count, key

    def buy(self):
        """Hold, order, pay. Return: the order when it is PAID."""
        hold, count, key = self.hold()
        if self.rng.random() < 0.25:
            self.ledger.mark("holds", hold["id"], ending=True)
            self.step(self.client, "releaseHold", "released", {"token": hold["token"]})
            return None
        if self.rng.random() < 0.1:
            return None  # a cart that nobody comes back to
        self.ledger.mark("holds", hold["id"], ending=True)
        order = self.step(self.client, "placeOrder", "order { id code secret status }",
                          {"holdToken": hold["token"], "email": "buyer@example.org", "name": "Buyer"})["order"]
        order["count"] = count
        self.ledger.note("placed", order["id"], order)
        paid = self.step(self.client, "payOrder", "order { status positions { ticket { qr } } }",
                         {"orderId": order["id"], "secret": order["secret"], "provider": "sandbox", "method": "success",
                          "idempotencyKey": "p" + key})["order"]
        if paid["status"] != "PAID":
            return None
        self.ledger.note("paid", order["id"], order)
        order["qr"] = paid["positions"][0]["ticket"]["qr"]
        return order

    def refund(self, order):
        value = {"orderId": order["id"], "amount": "%.2f" % (REFUND_MINOR / 100), "idempotencyKey": "r%030x" % self.rng.getrandbits(120)}
        refund = self.step(self.owner, "refundOrder", "refund { id }", value)["refund"]
        self.ledger.note("refunds", refund["id"], {"order": order["id"]})

    def scan(self, order):
        nonce = "n%030x" % self.rng.getrandbits(120)
        result = self.step(self.owner, "checkIn", "result", {"listId": self.shop.door, "qr": order["qr"], "nonce": nonce})["result"]
        if result != "OK":
            raise Refused(f"the first scan of a ticket is {result}")
        self.ledger.note("scans", nonce, {"qr": order["qr"]})

    def walk(self):
        """From wish to door, as far as chance takes this buyer."""
        order = self.buy()
        if order and self.rng.random() < 0.3:
            self.refund(order)
        if order and self.rng.random() < 0.4:
            self.scan(order)

    def close(self):
        self.client.close(), self.owner.close()


class Crowd:
    """Buyers side by side until they are told to stop. `explained`: codes that the fault at hand makes right; `unsure`: those
    that any fault does."""

    def __init__(self, shop, ledger, rng, size=8, explained=(), unsure=UNSURE):
        self.stopping, self.problems, self.explained, self.last_problem = threading.Event(), [], unsure + explained, 0.0
        self.threads = [threading.Thread(target=self.run, args=(Buyer(shop, ledger, rng.getrandbits(64)),), daemon=True)
                        for _ in range(size)]
        for thread in self.threads:
            thread.start()

    def run(self, buyer):
        while not self.stopping.is_set():
            try:
                buyer.walk()
            except NO_ANSWER:
                time.sleep(0.02)  # gone under us: what we did not hear of, we do not claim
            except Refused as refusal:
                if any(word in str(refusal) for word in BUSY):
                    time.sleep(0.01)
                elif not any(word in str(refusal) for word in self.explained):
                    self.problems.append(f"refused: {refusal}")
                    self.last_problem = time.monotonic()
                    time.sleep(0.05)
        buyer.close()

    def stop(self):
        """Return: what was refused without a reason that a fault explains."""
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        return self.problems
