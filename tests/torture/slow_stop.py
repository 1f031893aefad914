"""SIGTERM while the disk is slow: what it was told is awaited and answered, what would begin is cancelled, and the
program ends within ten seconds with status 0. Only a disk that never ends its write makes it say so and end with 1."""
import http.client, json, os, sys, tempfile, threading, time, traceback

from client import Client, Refused, Server

BINARY, SHIM = sys.argv[1], sys.argv[2]
TOKEN = "slow-stop-owner-token"


class Slow:
    """A server on a data folder, over the preloaded disk."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.knob = os.path.join(self.folder.name, "slow")
        os.environ.update(SLOW_DISK=self.knob, LD_PRELOAD=SHIM, ASAN_OPTIONS="verify_asan_link_order=0")
        self.server = Server(BINARY, self.folder.name, TOKEN)
        self.server.start()
        self.owner = Client(self.server.port, TOKEN)
        self.answers = []

    def take(self, delay_ms):
        with open(self.knob + ".new", "w") as file:
            file.write(str(delay_ms * 1000))
        os.replace(self.knob + ".new", self.knob)

    def organizer(self, slug):
        return self.owner.mutate("createOrganizer", "CreateOrganizerInput", "organizer { id }",
                                 {"slug": slug, "name": slug, "currency": "EUR", "timeZone": "Europe/Berlin"})["organizer"]["id"]

    def found(self, slug):
        return self.owner.call("query($slug: String!) { organizer(slug: $slug) { id } }", {"slug": slug})["organizer"]

    def begin(self, function, *arguments):
        """Call in the background; its outcome comes to `answers`."""
        def run():
            try:
                self.answers.append(function(*arguments))
            except Exception as error:
                self.answers.append(error)
        thread = threading.Thread(target=run)
        thread.start()
        time.sleep(0.2)
        return thread

    def stop(self, thread):
        """SIGTERM. Return: exit status, seconds."""
        start = time.monotonic()
        status = self.server.stop()
        seconds = time.monotonic() - start
        thread.join(10)
        assert not thread.is_alive()
        return status, seconds

    def again(self):
        os.unlink(self.knob)
        self.owner.close()
        self.server.start()


def a_write_under_way_is_awaited_and_answered():
    slow = Slow()
    slow.take(400)  # twice: the slug, then the organizer; within the call's second
    status, seconds = slow.stop(slow.begin(slow.organizer, "awaited"))
    assert status == 0 and 0.4 < seconds < 10, (status, seconds)
    assert isinstance(slow.answers[0], str), slow.answers
    slow.again()
    assert slow.found("awaited")["id"] == slow.answers[0]
    assert slow.server.stop() == 0


def what_needs_more_writes_is_cancelled_and_told_so():
    slow = Slow()
    organizer = slow.organizer("cancelled")
    event = slow.owner.mutate("createEvent", "CreateEventInput", "event { id }",
                              {"organizerId": organizer, "slug": "a", "title": "A", "startsAt": "2099-06-01T18:00:00Z"})["event"]["id"]
    kind = slow.owner.mutate("createTicketType", "CreateTicketTypeInput", "ticketType { id }",
                             {"eventId": event, "name": "Standing", "price": "25.00"})["ticketType"]["id"]
    slow.owner.mutate("createQuota", "CreateQuotaInput", "quota { id }",
                      {"eventId": event, "name": "Floor", "size": 10, "ticketTypeIds": [kind]})
    slow.owner.mutate("publishEvent", "PublishEventInput", "event { id }", {"eventId": event})
    hold = slow.owner.mutate("holdTickets", "HoldTicketsInput", "hold { token }",
                             {"eventId": event, "lines": [{"ticketTypeId": kind, "quantity": 1}]})["hold"]
    order = slow.owner.mutate("placeOrder", "PlaceOrderInput", "order { id code secret }",
                              {"holdToken": hold["token"], "email": "ada@example.org", "name": "Ada"})["order"]
    slow.take(1400)  # five writes are more than the four seconds before a stop cancels, one is less than the two after
    pay = {"orderId": order["id"], "secret": order["secret"], "provider": "sandbox", "method": "success"}
    status, seconds = slow.stop(slow.begin(slow.owner.mutate, "payOrder", "PayOrderInput", "order { status }", pay))
    assert status == 0 and seconds < 10, (status, seconds)
    assert isinstance(slow.answers[0], Refused) and "UNAVAILABLE" in str(slow.answers[0]), slow.answers
    slow.again()
    query = "query($code: String!, $secret: String!) { order(code: $code, secret: $secret) { status } }"
    end = time.monotonic() + 40  # what was begun is continued, by whoever runs next
    while slow.owner.call(query, {"code": order["code"], "secret": order["secret"]})["order"]["status"] != "PAID":
        assert time.monotonic() < end
        time.sleep(0.2)
    assert slow.server.stop() == 0


def a_disk_that_never_answers_does_not_hold_the_program():
    slow = Slow()
    slow.take(60000)
    status, seconds = slow.stop(slow.begin(slow.organizer, "lost"))
    assert status == 1 and seconds < 10, (status, seconds)
    assert isinstance(slow.answers[0], (OSError, http.client.HTTPException)), slow.answers
    with open(os.path.join(slow.folder.name, "server.log")) as log:
        assert any(json.loads(line)["event.action"] == "stop-late" for line in log if line.startswith("{"))
    slow.again()
    slow.found("lost")
    assert slow.server.stop() == 0


failed = 0
for test in (a_write_under_way_is_awaited_and_answered, what_needs_more_writes_is_cancelled_and_told_so,
             a_disk_that_never_answers_does_not_hold_the_program):
    try:
        test()
        print(f"ok      {test.__name__}", flush=True)
    except Exception:
        failed += 1
        print(f"FAILED  {test.__name__}\n{traceback.format_exc()}", flush=True)
sys.exit(1 if failed else 0)
