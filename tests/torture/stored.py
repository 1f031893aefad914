"""The store's file read without the server: SQLite by Python, documents by their wire format, rules as tests/model has them.

Looks at a copy made while nobody runs, as whatever struck has left it: what is wrong here would be wrong for any reader."""
import collections, os, shutil, sqlite3, tempfile

OPEN, KEPT, SOLD, RELEASED = range(4)      # inventory.v1.HoldState
ORDER_PAID, CONFIRMED, REFUNDED = 1, 2, 5  # orders.v1.OrderStatus, payments.v1.Payment.Status
FAILED_REFUNDS = (3, 4)                    # payments.v1.Refund.Status: they give nothing back


def varint(body, at):
    value = shift = 0
    while True:
        byte = body[at]
        value, shift, at = value | (byte & 0x7f) << shift, shift + 7, at + 1
        if not byte & 0x80:
            return value, at


def fields(body):
    """A message's fields: number -> values, integers as they are (signed, 64 bits) and everything else as bytes."""
    found, at = collections.defaultdict(list), 0
    while at < len(body):
        tag, at = varint(body, at)
        if tag & 7 == 0:
            value, at = varint(body, at)
            value -= (value >> 63) << 64
        elif tag & 7 == 2:
            size, at = varint(body, at)
            value, at = body[at:at + size], at + size
        else:
            raise ValueError(f"wire type {tag & 7}")
        found[tag >> 3].append(value)
    return found


def text(message, field):
    return message[field][0].decode() if message[field] else ""


def number(message, field):
    return message[field][0] if message[field] else 0


def money(message, field):
    return number(fields(message[field][0]), 1) if message[field] else 0


class Stored:
    """The newest version of everything in a data directory. `wrong` are the violations of what must always hold."""

    def __init__(self, data):
        self.wrong, self.checked = [], 0
        with tempfile.TemporaryDirectory(prefix="tessera-copy-") as folder:
            for name in ("tessera.db", "tessera.db-wal"):
                if os.path.exists(os.path.join(data, name)):
                    shutil.copy(os.path.join(data, name), folder)
            self.read(os.path.join(folder, "tessera.db"))

    def read(self, path):
        self.holds, self.claims, self.orders, self.payments, self.refunds = {}, {}, {}, {}, {}
        self.quotas = {}
        db = sqlite3.connect(path)
        try:
            verdict = db.execute("PRAGMA integrity_check(3)").fetchall()
            if verdict != [("ok",)]:
                self.wrong.append(f"integrity_check: {verdict}")
            tables = {name for name, in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
            for name, table in self.tables().items():
                if name in tables:
                    for id, version, body in db.execute(f"SELECT id, version, body FROM {name} ORDER BY id, version"):
                        self.take(name, table, id, version, fields(body))
        except sqlite3.DatabaseError as error:
            self.wrong.append(f"the file cannot be read: {error}")
        finally:
            db.close()

    def tables(self):
        return {"holds": self.holds, "claims": self.claims, "orders": self.orders, "payments": self.payments,
                "refunds": self.refunds, "quotas": self.quotas}

    def take(self, name, table, id, version, body):
        if version != (table[id][0] + 1 if id in table else 1):
            self.wrong.append(f"{name} {id}: version {version} has no version before it")
        table[id] = (version, body)
        entries = {"orders": 21, "payments": 15, "refunds": 11}.get(name)
        if entries and sum(number(fields(entry), 2) for entry in body[entries]):
            self.wrong.append(f"{name} {id}@{version}: the ledger's entries do not balance")

    def check(self):
        """What must hold of any store, whenever its process died."""
        newest, owners = {}, {}
        for key, (_, claim) in self.claims.items():
            place, n = key.split("@")
            if n > newest.get(place, ("",))[0]:
                newest[place] = (n, text(claim, 1), number(claim, 2))
        for id, (version, hold) in self.holds.items():
            for place in self.places(hold) if number(hold, 4) != RELEASED else ():
                self.checked += 1
                if place in owners:
                    self.wrong.append(f"place {place} is listed by {owners[place]} and by {id}")
                owners[place] = id
                if place not in newest or newest[place][1] != id or newest[place][2] > version:
                    self.wrong.append(f"place {place} of {id}@{version}: its newest claim is {newest.get(place)}")
        self.check_sizes(owners)
        self.check_orders()
        return self

    def places(self, hold):
        listed = [fields(place) for position in hold[6] for place in fields(position)[7]]
        blocked = [fields(run) for run in hold[13]]
        return ([f"{text(place, 1)}/{number(place, 2):07d}" for place in listed]
                + [f"{text(hold, 12)}/{at:07d}" for run in blocked for at in range(number(run, 1), number(run, 1) + number(run, 2))])

    def check_sizes(self, owners):
        taken = collections.Counter(place.split("/")[0] for place, id in owners.items() if not self.holds[id][1][12])
        for id, count in taken.items():
            if id not in self.quotas or count > number(self.quotas[id][1], 6) > 0:
                self.wrong.append(f"quota {id} has {count} places held or sold")

    def check_orders(self):
        received, returned = collections.Counter(), collections.Counter()
        for _, payment in self.payments.values():
            if number(payment, 7) in (CONFIRMED, REFUNDED):
                received[text(payment, 2)] += money(payment, 8)
        for _, refund in self.refunds.values():
            if number(refund, 5) not in FAILED_REFUNDS:
                returned[text(refund, 2)] += money(refund, 6)
        for id, (_, order) in self.orders.items():
            self.checked += 1
            _, hold = self.holds.get(text(order, 18), (0, fields(b"")))
            if number(order, 4) == ORDER_PAID and (number(hold, 4) != SOLD or text(hold, 10) != id):
                self.wrong.append(f"order {id} is PAID, its hold is {number(hold, 4)} for {text(hold, 10)}")
            if number(order, 4) == ORDER_PAID and received[id] != money(order, 17):
                self.wrong.append(f"order {id} is PAID: {money(order, 17)} owed, {received[id]} received")
            if returned[id] > received[id]:
                self.wrong.append(f"order {id}: {returned[id]} given back of {received[id]}")

    def compare(self, ledger):
        """What was acknowledged, beside the documents."""
        for id, hold in ledger.holds.items():
            if id not in self.holds or (not hold.get("ending") and len(self.holds[id][1][6]) != hold["count"]):
                self.wrong.append(f"acknowledged hold {id} is not in the file")
        for id, order in ledger.placed.items():
            if id not in self.orders or len(self.orders[id][1][12]) != order["count"]:
                self.wrong.append(f"acknowledged order {id} is not in the file")
            elif id in ledger.paid and number(self.orders[id][1], 4) != ORDER_PAID:
                self.wrong.append(f"order {id} was acknowledged PAID, the file says {number(self.orders[id][1], 4)}")
        for id in ledger.refunds:
            if id not in self.refunds:
                self.wrong.append(f"acknowledged refund {id} is not in the file")
        self.checked += len(ledger.holds) + len(ledger.placed) + len(ledger.refunds)
        return self
