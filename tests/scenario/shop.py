"""A server of its own for each story (`tessera serve --ephemeral`), its clock, and the walks that stories share.

TESSERA_TEST_BUS says how it is put together: local or wire, one process; split, three processes over NATS; alone, one for each module.
TESSERA_TEST_STORE=mongodb gives each server of one process a database of a real server."""
import atexit, json, os, subprocess, sys, time, traceback, urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "torture"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from client import Client, Refused
import natsserver
from natsserver import NatsServer
import mongoserver

SPLIT = ["gateway", "catalog,inventory", "orders,payments,tickets,door,waitroom,identity,audit,privacy"]
APART = {"split": SPLIT, "alone": ",".join(SPLIT).split(",")}
DAY_MS, HOUR_MS, MINUTE_MS = 86400000, 3600000, 60000


class Process:
    """One `tessera serve --ephemeral`."""

    def __init__(self, binary, *arguments):
        self.arguments = [binary, "serve", "--ephemeral", *arguments]
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.ready = json.loads(self.process.stdout.readline())
        self.admin = self.ready["admin"]

    def ask_to_stop(self):
        self.process.terminate()

    def stop(self):
        """SIGTERM. The exit status must be 0."""
        self.ask_to_stop()
        errors = self.process.communicate(timeout=15)[1]
        assert self.process.returncode == 0, (self.process.returncode, errors[-2000:])

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def is_ready(self):
        return get(self.admin + "/readyz")[0] == 200


def advance(admin, ms):
    request = urllib.request.Request(admin + "/clock", json.dumps({"advanceMs": ms}).encode(), {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=20).read()


def get(url):
    """(status, content type, body) of a GET."""
    try:
        answer = urllib.request.urlopen(url, timeout=10)
    except urllib.error.HTTPError as error:
        answer = error
    return answer.status, answer.headers.get("Content-Type"), answer.read()


def store_flags():
    """As the environment says: the temporary file, or a database of a server that ends with the test."""
    global mongo
    if os.environ.get("TESSERA_TEST_STORE") != "mongodb":
        return ()
    if not mongoserver.found():
        sys.exit(natsserver.SKIP)
    if not mongo:
        mongo = mongoserver.MongoServer().start()
        atexit.register(mongo.close)
    return "--store", mongo.fresh()


mongo = None


class Shop:
    processes = ()
    advanced_ms = 0

    def __init__(self, binary, *arguments, shape=os.environ.get("TESSERA_TEST_BUS", "local")):
        self.nats = NatsServer().start() if shape in APART else None
        if self.nats:
            self.processes = [Process(binary, "--bus", self.nats.url, "--modules", modules, *arguments) for modules in APART[shape]]
        else:
            self.processes = [Process(binary, "--bus", shape, *store_flags(), *arguments)]
        self.await_ready()
        self.process, self.ready, self.admin = self.processes[0].process, self.processes[0].ready, self.processes[0].admin
        self.url = self.ready["graphql"]
        port = int(self.url.split(":")[2].split("/")[0])
        self.owner, self.buyer = Client(port, self.ready["ownerToken"]), Client(port)

    def await_ready(self):
        for _ in range(1000):
            if all(process.is_ready() for process in self.processes):
                return
            time.sleep(0.02)
        raise AssertionError("not all processes are ready")

    def close(self):
        self.owner.close(), self.buyer.close()
        for process in self.processes:
            process.ask_to_stop()
        for process in self.processes:
            process.stop()
        if self.nats:
            self.nats.kill()

    def kill(self):
        for process in self.processes:
            process.kill()
        if self.nats:
            self.nats.kill()

    def advance(self, ms):
        """What falls due in one process may ask another whose clock has yet to move; it is tried again."""
        self.advanced_ms += ms
        admins = self.admins()
        for admin in admins[::-1]:
            advance(admin, ms)
        for admin in admins * (len(admins) > 1):
            advance(admin, 1)

    def now_ms(self):
        """The domain's clock, about."""
        return int(time.time() * 1000) + self.advanced_ms

    def admins(self):
        """Of each process; one that somebody else started is all."""
        return [process.admin for process in self.processes] or [self.admin]

    def get(self, path, admin=False):
        """(status, content type, body) of a GET."""
        return get((self.admin if admin else self.url[: -len("/graphql")]) + path)

    def metrics(self):
        return "".join(get(admin + "/metrics")[2].decode() for admin in self.admins())

    def metric(self, name):
        """The sum of a metric over its labels and over processes."""
        return sum(float(line.rsplit(" ", 1)[1]) for line in self.metrics().splitlines() if line.split("{")[0].split(" ")[0] == name)

    # ---- the promoter

    def organizer(self, slug="fabrik", currency="EUR"):
        return self.owner.mutate("createOrganizer", "CreateOrganizerInput", "organizer { id }",
                                 {"slug": slug, "name": slug.title(), "currency": currency, "timeZone": "Europe/Berlin"})["organizer"]["id"]

    def event(self, organizer, slug="opening", starts="2099-06-01T18:00:00Z", publish=True, **more):
        event = self.owner.mutate("createEvent", "CreateEventInput", "event { id dates { nodes { id } } }",
                                  {"organizerId": organizer, "slug": slug, "title": slug.title(), "startsAt": starts, **more})["event"]
        if publish:
            self.publish(event["id"])
        return event["id"]

    def publish(self, event):
        self.owner.mutate("publishEvent", "PublishEventInput", "event { id }", {"eventId": event})

    def type(self, event, price="25.00", **more):
        return self.owner.mutate("createTicketType", "CreateTicketTypeInput", "ticketType { id }",
                                 {"eventId": event, "name": "Standing", "price": price, **more})["ticketType"]["id"]

    def quota(self, event, size, types, **more):
        return self.owner.mutate("createQuota", "CreateQuotaInput", "quota { id }",
                                 {"eventId": event, "name": "Floor", "size": size, "ticketTypeIds": types, **more})["quota"]["id"]

    def pool(self, quota, count, **more):
        """Places that staff keep."""
        return self.owner.mutate("createOrganizerHold", "CreateOrganizerHoldInput", "organizerHold { id name purpose count given remaining }",
                                 {"quotaId": quota, "name": "Press", "count": count, **more})["organizerHold"]

    def evening(self, size=100, price="25.00"):
        """A published event with one type and one quota: (event, type, quota)."""
        event = self.event(self.organizer())
        kind = self.type(event, price)
        return event, kind, self.quota(event, size, [kind])

    # ---- the buyer

    def hold(self, event, kind, quantity=1, client=None, **more):
        return (client or self.buyer).mutate("holdTickets", "HoldTicketsInput", "hold { id token expiresAt total { amount } positions { id } }",
                                             {"eventId": event, "lines": [{"ticketTypeId": kind, "quantity": quantity}], **more})["hold"]

    def order(self, hold, **more):
        return self.buyer.mutate("placeOrder", "PlaceOrderInput", "order { id code secret status expiresAt total { amount currency } positions { id } }",
                                 {"holdToken": hold["token"], "email": "ada@example.org", "name": "Ada", **more})["order"]

    def pay(self, order, method="success", provider="sandbox", **more):
        value = {"orderId": order["id"], "secret": order["secret"], "provider": provider, **more}
        if method:
            value["method"] = method
        return self.buyer.mutate("payOrder", "PayOrderInput", "order { status } payment { id status }", value)

    def read(self, order):
        return self.buyer.call("""query($code: String!, $secret: String!) { order(code: $code, secret: $secret) { id status balance { amount }
            total { amount } payments { id status amount { amount } } refunds { id status amount { amount } }
            positions { id ticket { id secret qr qrUrl valid } } } }""", {"code": order["code"], "secret": order["secret"]})["order"]

    def sell(self, event, kind, quantity=1, **more):
        """A paid order, as its buyer reads it, with code and secret."""
        order = self.order(self.hold(event, kind, quantity), **more)
        assert self.pay(order)["order"]["status"] == "PAID"
        return {**order, **self.read(order)}

    def scan(self, check_in_list, code, nonce, **more):
        return self.owner.mutate("checkIn", "CheckInInput", "result checkIn { id forced }", {"listId": check_in_list, "qr": code, "nonce": nonce, **more})["result"]

    def scan_by_hand(self, check_in_list, ticket, nonce, **more):
        """Of a ticket that was looked up: the whole answer."""
        return self.owner.mutate("checkIn", "CheckInInput", "result checkIn { id ticket { id } }", {"listId": check_in_list, "ticketId": ticket, "nonce": nonce, **more})

    def guests(self, check_in_list, query=None, first=20, after=None):
        return self.owner.call("""query($id: ID!, $query: String, $first: Int, $after: String) { checkInList(id: $id) { guests(query: $query, first: $first, after: $after) {
            pageInfo { hasNextPage endCursor } nodes { orderCode name ticket { id valid ticketType { id } checkIns { id direction result undoes } } } } } }""",
                               {"id": check_in_list, "query": query, "first": first, "after": after})["checkInList"]["guests"]

    def door(self, event, **more):
        return self.owner.mutate("createCheckInList", "CreateCheckInListInput", "checkInList { id }", {"eventId": event, "name": "Door", **more})["checkInList"]["id"]

    def give(self, event, kind, quantity=1, **more):
        """A complimentary order."""
        return self.owner.mutate("giveComps", "GiveCompsInput", "order { id code status complimentary total { amount } positions { id ticket { id valid } } }",
                                 {"eventId": event, "lines": [{"ticketTypeId": kind, "quantity": quantity}], "email": "ada@example.org", "name": "Ada", **more})["order"]

    def counts(self, event):
        return self.owner.call("query($id: ID!) { event(id: $id) { quotas { size sold held remaining } } }", {"id": event})["event"]["quotas"][0]

    def refused(self, code, function, *arguments, **more):
        """The call must be refused with this code."""
        try:
            answer = function(*arguments, **more)
        except Refused as refusal:
            assert f'"{code}"' in str(refusal), refusal
            return
        raise AssertionError(f"not refused: {answer}")


def run_checks(house, checks):
    """Try each on the house and say how it went, then close its shop. Return: what the program ends with."""
    return try_checks(checks, house, close=house.shop.close)


def try_checks(checks, *arguments, close=lambda: None):
    """The same of what needs no house."""
    failed = 0
    for check in checks:
        try:
            check(*arguments)
            print(f"ok      {check.__name__}", flush=True)
        except Exception:
            failed += 1
            print(f"FAILED  {check.__name__}\n{traceback.format_exc(limit=-4)}", flush=True)
    close()
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0
