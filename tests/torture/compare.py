"""The ledger beside what the server says now, through the public API."""
import json, time

from buyers import NO_ANSWER, UNSURE
from client import Client, Refused

ORDER = """query($code: String!, $secret: String!) { order(code: $code, secret: $secret) {
  id status balance { amount } refunds { id amount { amount } } positions { id ticket { qr } } } }"""


def minor(money):
    return round(float(money["amount"]) * 100)


class Patient(Client):
    """Asks for so long again where the answer was that there is none: others judge that, here it is what is there that counts."""

    def __init__(self, seconds, *where):
        super().__init__(*where)
        self.seconds = seconds

    def call(self, query, variables=None, timeout=10):
        end = time.monotonic() + self.seconds
        while True:
            try:
                return super().call(query, variables, timeout)
            except (Refused, *NO_ANSWER) as none:
                if time.monotonic() > end or isinstance(none, Refused) and not any(word in str(none) for word in UNSURE):
                    raise
                time.sleep(0.1)


class Comparison:
    """Every acknowledged thing is asked for. `wrong` are the violations, `checked` how many things were looked at."""

    def __init__(self, shop, ledger, patience_s=0):
        self.shop, self.ledger, self.wrong, self.checked = shop, ledger, [], 0
        self.client, self.owner = Patient(patience_s, shop.port), Patient(patience_s, shop.port, shop.token)

    def run(self):
        try:
            self.ask_again()
            for id, order in self.ledger.placed.items():
                self.order(id, order)
            for id, hold in self.ledger.holds.items():
                self.hold(id, hold)
            for nonce, scan in self.ledger.scans.items():
                self.scan(nonce, scan)
            self.quota()
        except Refused as refusal:
            self.wrong.append(f"what was acknowledged cannot be read: {refusal}")
        finally:
            self.client.close(), self.owner.close()
        return self

    def order(self, id, order):
        self.checked += 1
        seen = self.client.call(ORDER, {"code": order["code"], "secret": order["secret"]})["order"]
        if not seen or seen["id"] != id:
            self.wrong.append(f"order {id} is gone")
        elif len(seen["positions"]) != order["count"]:
            self.wrong.append(f"order {id} has {len(seen['positions'])} positions, bought {order['count']}")
        elif id in self.ledger.paid:
            self.paid_order(id, order, seen)

    def paid_order(self, id, order, seen):
        refunds = {refund["id"] for refund in seen["refunds"]}
        promised = {refund for refund, of in self.ledger.refunds.items() if of["order"] == id}
        if seen["status"] != "PAID":
            self.wrong.append(f"acknowledged PAID, is {seen['status']}: {id}")
        if not all(position["ticket"] and position["ticket"]["qr"] for position in seen["positions"]):
            self.wrong.append(f"paid order {id} lacks tickets")
        if not promised <= refunds:
            self.wrong.append(f"refund of order {id} is gone: {promised - refunds}")
        if minor(seen["balance"]) != sum(minor(refund["amount"]) for refund in seen["refunds"]) or len(refunds) > 1:
            self.wrong.append(f"money of order {id} is wrong: balance {seen['balance']}, refunds {seen['refunds']}")

    def hold(self, id, hold):
        if hold.get("ending"):
            return
        self.checked += 1
        seen = self.owner.call("query($id: ID!) { node(id: $id) { ... on Hold { positions { id } } } }", {"id": id})["node"]
        if not seen or len(seen["positions"]) != hold["count"]:
            self.wrong.append(f"acknowledged hold {id} is gone")

    def scan(self, nonce, scan):
        """Said again it is the same scan; another of the same ticket is refused, once tried for each."""
        self.checked += 1
        result = self.check_in(scan, nonce)
        if result != "OK":
            self.wrong.append(f"an acknowledged scan is now {result}")
        if not scan.get("twice"):
            scan["twice"] = True
            result = self.check_in(scan, nonce + "b")
            if result != "ALREADY_REDEEMED":
                self.wrong.append(f"a ticket that was let in is, scanned again, {result}")

    def check_in(self, scan, nonce):
        return self.owner.mutate("checkIn", "CheckInInput", "result",
                                 {"listId": self.shop.door, "qr": scan["qr"], "nonce": nonce})["result"]

    def ask_again(self):
        """What had no answer is asked twice: one key has one effect, and one answer."""
        for of_staff, name, input_type, selection, value in self.ledger.take_doubts():
            self.checked += 1
            answers = []
            for _ in range(2):
                try:
                    answers.append((self.owner if of_staff else self.client).mutate(name, input_type, selection, value))
                except Refused as refusal:
                    answers.append(sorted(error.get("code", error["message"]) for error in json.loads(str(refusal))))
            if answers[0] != answers[1]:
                self.wrong.append(f"{name} with one key answers {answers[0]}, then {answers[1]}")

    def quota(self):
        self.checked += 1
        counts = self.shop.counts(self.owner)
        paid = sum(order["count"] for order in self.ledger.paid.values())
        if not counts:
            self.wrong.append("the quota is gone")
            return
        if counts["sold"] < paid:
            self.wrong.append(f"{paid} places acknowledged as sold, the quota says {counts['sold']}")
        if counts["sold"] + counts["held"] > counts["size"] or counts["size"] != self.shop.size or paid > self.shop.size:
            self.wrong.append(f"oversold: {counts}, acknowledged {paid}")
