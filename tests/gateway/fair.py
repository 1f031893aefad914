"""An evening, its doors and its buyers on a server of the harness, and what their subscriptions say."""
import http.client, os, sys, time
sys.path.append(os.path.join(os.path.dirname(__file__), "..", "scenario"))
from eventclient import Refused, Stream
from harness import TOKEN, client_tls
from shop import Client, Shop

SCANS = "subscription($id: ID!) { checkInRecorded(listId: $id) { gate } }"
LEFT = "subscription($id: ID!) { eventAvailability(eventId: $id) { ticketTypes { remaining } } }"
ORDER = "subscription($code: String!, $secret: String!) { orderChanged(code: $code, secret: $secret) { status } }"


class SafeClient(Client):
    """Over TLS, each time anew: a server under test may end what idles soon."""

    def call(self, *arguments, **more):
        self.close()
        self.connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=10, context=client_tls())
        return super().call(*arguments, **more)


class Fair(Shop):
    """An evening, and two doors, on a server of the harness."""

    def __init__(self, server, tls=False, **more):
        kind = SafeClient if tls else Client
        self.server, self.owner, self.buyer = server, kind(server.port, TOKEN), kind(server.port)
        self.evening_of = self.event(self.organizer(), **more)
        self.kind = self.type(self.evening_of)
        self.quota(self.evening_of, 1000, [self.kind])
        self.admin, self.nonce = server.admin, 0
        self.open_doors()

    def open_doors(self):
        """New ones: an id names the scans of the last 30 s."""
        self.list, self.other = self.door(self.evening_of), self.door(self.evening_of)

    def scans(self, *gates, list=None):
        """One after the other: those of one millisecond have no order."""
        for gate in gates:
            time.sleep(0.002)
            self.nonce += 1
            self.scan(list or self.list, "nobody's", f"n{self.nonce}", gate=gate)

    def sell_one(self):
        self.hold(self.evening_of, self.kind)

    def follow(self, last_id=None, list=None, **how):
        return Stream(self.server, SCANS, {"id": list or self.list}, token=TOKEN, last_id=last_id, **how)

    def watch(self, last_id=None, **how):
        return Stream(self.server, LEFT, {"id": self.evening_of}, last_id=last_id, **how)


def gates(stream, count):
    return [stream.next()["data"]["checkInRecorded"]["gate"] for _ in range(count)]


def left(stream):
    return stream.next()["data"]["eventAvailability"]["ticketTypes"][0]["remaining"]


def refusal(*arguments, **how):
    """Status and answer of a request that is no stream."""
    try:
        Stream(*arguments, **how)
    except Refused as refused:
        return refused.status, refused.answer
    raise AssertionError("not refused")
