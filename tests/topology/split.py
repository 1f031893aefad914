#!/usr/bin/env python3
"""The program split over processes with NATS between them: split.py BINARY [NAME…]

What holds when one of them, or NATS, is stopped, killed, or comes back. Ends with `N passed, N failed`."""
import http.client, itertools, json, os, re, signal, subprocess, sys, tempfile, threading, time, traceback

for folder in ("scenario", "gateway"):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", folder))
from shop import SPLIT, Client, Refused, get
from eventclient import Stream
from wsclient import Socket
import natsserver
from ports import free_port

TOKEN = "owner-token-of-the-test"
ORGANIZER = '{ organizer(slug: "fabrik") { name } }'
TRACE = "0af7651916cd43dd8448eb211c80319c"
SOON_S = 8  # sooner than a subscription would look again by itself


class Part:
    """One `tessera serve` whose store outlives it, so that it may be killed and started again."""

    def __init__(self, house, modules, *flags, name=None):
        name = name or modules
        self.port, self.admin_port = free_port(), free_port()
        self.admin, self.log = f"http://127.0.0.1:{self.admin_port}", os.path.join(house.folder, name + ".log")
        self.arguments = [house.binary, "serve", "--sandbox", "--owner-token", TOKEN, "--listen", f"127.0.0.1:{self.port}",
                          "--admin", f"127.0.0.1:{self.admin_port}", "--data", os.path.join(house.folder, name),
                          *([] if modules == "all" else ["--modules", modules]), *flags]
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.arguments, stderr=log, preexec_fn=natsserver.die_with_us)

    def readiness(self):
        """(status, body), or None before it listens."""
        try:
            status, _, body = get(self.admin + "/readyz")
            return status, body.decode()
        except OSError:
            assert self.process.poll() is None, self.words()
            return None

    def await_status(self, status):
        end = time.monotonic() + 20
        while (self.readiness() or (0,))[0] != status:
            assert time.monotonic() < end, (self.readiness(), self.words())
            time.sleep(0.02)

    def await_word(self, word):
        end = time.monotonic() + 20
        while word not in self.words():
            assert time.monotonic() < end, self.words()
            time.sleep(0.02)

    def words(self):
        with open(self.log) as log:
            return log.read()[-3000:]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(timeout=15) == 0, (self.process.returncode, self.words())


class House:
    """A NATS server and parts that meet at it."""

    def __init__(self, binary, folder):
        self.binary, self.folder, self.parts = binary, folder, []
        self.nats = natsserver.NatsServer()

    def part(self, modules, *flags, bus=None, name=None):
        self.parts.append(Part(self, modules, "--bus", bus or self.nats.url, *flags, name=name))
        return self.parts[-1]

    def split(self, *flags):
        self.nats.start()
        parts = [self.part(modules, *flags) for modules in SPLIT]
        for part in parts:
            part.await_status(200)
        return parts

    def close(self):
        for part in self.parts:
            if part.process.poll() is None:
                part.stop()

    def kill(self):
        for part in self.parts:
            part.process.kill()
            part.process.wait()


def owner(part):
    return Client(part.port, TOKEN)


def found(client):
    client.mutate("createOrganizer", "CreateOrganizerInput", "organizer { id }",
                  {"slug": "fabrik", "name": "Die Fabrik", "currency": "EUR", "timeZone": "Europe/Berlin"})


def evening(client):
    """A published event of the organizer, with one place: its id, and its ticket type's."""
    organizer = client.call('{ organizer(slug: "fabrik") { id } }')["organizer"]["id"]
    event = client.mutate("createEvent", "CreateEventInput", "event { id }", {
        "organizerId": organizer, "slug": "opening", "title": "Opening", "startsAt": "2099-06-01T18:00:00Z"})["event"]["id"]
    kind = client.mutate("createTicketType", "CreateTicketTypeInput", "ticketType { id }", {"eventId": event, "name": "Standing", "price": "25.00"})["ticketType"]["id"]
    client.mutate("createQuota", "CreateQuotaInput", "quota { id }", {"eventId": event, "name": "Floor", "size": 1, "ticketTypeIds": [kind]})
    client.mutate("publishEvent", "PublishEventInput", "event { id }", {"eventId": event})
    return event, kind


def outcome(client):
    """"OK" or the error's code, and the seconds that it took."""
    started = time.monotonic()
    try:
        code = "OK" if client.call(ORGANIZER, timeout=40)["organizer"]["name"] == "Die Fabrik" else "WRONG"
    except Refused as refused:
        code = json.loads(str(refused))[0]["extensions"]["code"]
    return code, time.monotonic() - started


def await_ok(client):
    end = time.monotonic() + 20
    while outcome(client)[0] != "OK":
        assert time.monotonic() < end, outcome(client)
        time.sleep(0.02)


def a_killed_module_is_missed_at_once_and_comes_back(house):
    gateway, catalog, _ = house.split()
    client = owner(gateway)
    found(client)
    assert outcome(client)[0] == "OK"
    catalog.kill()
    time.sleep(0.2)  # NATS has seen it go
    code, seconds = outcome(client)
    assert code == "UNAVAILABLE" and seconds < 1, (code, seconds)
    assert gateway.readiness()[0] == 200, "it is the other that is away"
    catalog.start()
    catalog.await_status(200)
    await_ok(client)


def a_module_that_stops_loses_no_call(house):
    gateway, catalog, _ = house.split()
    found(owner(gateway))
    seen, numbers = {}, itertools.count()

    def ask(stopped):
        client, over = owner(gateway), False
        while not over:
            over = stopped.is_set()
            number = next(numbers)
            seen[number] = attempt(client, number)

    for _ in range(4):
        stopped = threading.Event()
        askers = [threading.Thread(target=ask, args=(stopped,)) for _ in range(12)]
        for asker in askers:
            asker.start()
        time.sleep(0.3)
        catalog.stop()
        stopped.set()
        for asker in askers:
            asker.join(timeout=40)
        catalog.start()
        catalog.await_status(200)
    codes = list(seen.values())
    assert set(codes) == {"OK", "UNAVAILABLE"}, {code: codes.count(code) for code in set(codes)}
    client = owner(gateway)
    for number, code in seen.items():  # and what was told is so
        made = client.call(f'{{ organizer(slug: "house-{number}") {{ id }} }}')["organizer"]
        assert bool(made) == (code == "OK"), (number, code)


def attempt(client, number):
    """To write something: "OK", or the code of the error."""
    try:
        client.mutate("createOrganizer", "CreateOrganizerInput", "organizer { id }",
                      {"slug": f"house-{number}", "name": "House", "currency": "EUR", "timeZone": "Europe/Berlin"})
        return "OK"
    except Refused as refused:
        return json.loads(str(refused))[0]["extensions"]["code"]


def nats_goes_and_all_say_so_until_it_is_back(house):
    parts = house.split()
    client = owner(parts[0])
    found(client)
    house.nats.kill()
    for part in parts:
        part.await_status(503)
        assert "bus: not connected" in part.readiness()[1], part.readiness()
    code, seconds = outcome(client)
    assert code == "UNAVAILABLE" and seconds < 1, (code, seconds)
    house.nats.start()
    for part in parts:
        part.await_status(200)
    await_ok(client)
    assert "bus-away" in parts[0].words() and "bus-connected" in parts[0].words()


def stop(process):
    """Send SIGSTOP, and wait until each thread stands: one on another core goes on for a while."""
    process.send_signal(signal.SIGSTOP)
    tasks = f"/proc/{process.pid}/task"
    while any(open(f"{tasks}/{task}/stat").read().rsplit(")", 1)[1].split()[0] != "T" for task in os.listdir(tasks)):
        time.sleep(0.001)


def a_nats_that_hangs_keeps_nobody_waiting_for_ever(house):
    gateway, _, _ = house.split()
    client = owner(gateway)
    found(client)
    stop(house.nats.process)
    code, seconds = outcome(client)
    assert code in ("OUTCOME_UNKNOWN", "UNAVAILABLE") and seconds < 6, (code, seconds)
    gateway.await_status(503)  # and it is not believed in for long
    code, seconds = outcome(client)
    assert code == "UNAVAILABLE" and seconds < 1, (code, seconds)
    house.nats.process.send_signal(signal.SIGCONT)
    gateway.await_status(200)
    await_ok(client)


def nats_may_come_last(house):
    parts = [house.part(modules) for modules in SPLIT]
    for part in parts:
        part.await_status(503)
    house.nats.start()
    for part in parts:
        part.await_status(200)
    found(owner(parts[0]))


def a_whole_program_serves_without_nats(house):
    whole = house.part("all")
    whole.await_status(200)
    found(owner(whole))
    assert outcome(owner(whole))[0] == "OK"


def a_whole_program_answers_others_and_they_hear_its_events(house):
    house.nats.start()
    whole, front = house.part("all"), house.part("gateway")
    whole.await_status(200), front.await_status(200)
    client = owner(whole)
    found(client)
    await_ok(owner(front))
    event, kind = evening(client)
    stream = http.client.HTTPConnection("127.0.0.1", front.port, timeout=SOON_S)
    query = f'subscription {{ eventAvailability(eventId: "{event}") {{ ticketTypes {{ availability }} }} }}'
    stream.request("POST", "/graphql", json.dumps({"query": query}), {"Content-Type": "application/json", "Accept": "text/event-stream"})
    lines = stream.getresponse()
    states = (line for line in lines if b"availability" in line)
    assert b'"AVAILABLE"' in next(states)
    client.mutate("holdTickets", "HoldTicketsInput", "hold { id }", {"eventId": event, "lines": [{"ticketTypeId": kind, "quantity": 1}]})
    assert b'"RESERVED"' in next(states)
    stream.close()


SCANS = "subscription($list: ID!) { checkInRecorded(listId: $list) { gate } }"
LEFT = "subscription($id: ID!) { eventAvailability(eventId: $id) { ticketTypes { remaining } } }"


def two_gateways_serve_the_same_subscriptions(house):
    """What is done at one is heard at the other, as events and over a WebSocket; who followed the one that dies goes on at the other."""
    house.nats.start()
    one, other = (house.part("gateway", name=name) for name in ("one", "other"))
    rest = house.part(",".join(SPLIT[1:]))
    for part in (one, other, rest):
        part.await_status(200)
    client, numbers = owner(one), itertools.count()
    found(client)
    event, kind = evening(client)
    door = client.mutate("createCheckInList", "CreateCheckInListInput", "checkInList { id }", {"eventId": event, "name": "Door"})["checkInList"]["id"]
    scan = lambda gate: client.mutate("checkIn", "CheckInInput", "result", {"listId": door, "qr": "nobody's", "nonce": f"n{next(numbers)}", "gate": gate})
    follow = lambda part, last_id=None: Stream(part, SCANS, {"list": door}, token=TOKEN, last_id=last_id, timeout=SOON_S)
    heard = lambda stream: stream.next()["data"]["checkInRecorded"]["gate"]
    over_ws = lambda part: Socket(part, headers={"Authorization": "Bearer " + TOKEN}, timeout=SOON_S)
    told = lambda ws: ws.hear()["payload"]["data"]
    with follow(other) as stream, Stream(other, LEFT, {"id": event}, timeout=SOON_S) as places, over_ws(other) as ws:
        ws.subscribe("scans", SCANS, list=door)
        left = lambda: places.next()["data"]["eventAvailability"]["ticketTypes"][0]["remaining"]
        assert left() == 1
        client.mutate("holdTickets", "HoldTicketsInput", "hold { id }", {"eventId": event, "lines": [{"ticketTypeId": kind, "quantity": 1}]})
        assert left() == 0
        scan("A")
        assert heard(stream) == "A" and told(ws) == {"checkInRecorded": {"gate": "A"}}
        id = stream.last_id
    other.kill()
    scan("B"), scan("C")
    with follow(one, id) as stream, over_ws(one) as ws:
        assert [heard(stream), heard(stream)] == ["B", "C"]
        ws.subscribe("scans", SCANS, list=door)
        ws.say(type="ping")
        assert ws.hear() == {"type": "pong"}
        scan("D")
        assert heard(stream) == "D" and told(ws) == {"checkInRecorded": {"gate": "D"}}


def a_trace_goes_through_all_of_them(house):
    gateway, catalog, _ = house.split("--log-level", "debug")
    found(owner(gateway))
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=10)
    connection.request("POST", "/graphql", json.dumps({"query": ORGANIZER}), {
        "Content-Type": "application/json", "traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "x-request-id": "request-1"})
    assert connection.getresponse().status == 200
    connection.close()
    time.sleep(0.2)
    hops = [json.loads(line) for part in (gateway, catalog) for line in part.words().splitlines() if TRACE in line and "bus-call" in line]
    assert len(hops) == 2 and hops[0]["message"] == hops[1]["message"], hops
    assert hops[1]["parent.id"] == hops[0]["span.id"], hops
    assert all(hop["http.request.id"] == "request-1" for hop in hops), hops
    assert not any(TOKEN in part.words() for part in house.parts)


def tools_of_nats_see_what_runs(house):
    gateway, _, _ = house.split()
    found(owner(gateway))
    assert outcome(owner(gateway))[0] == "OK"
    peer = natsserver.Peer(house.nats.port)
    told = lambda subject, answers: [json.loads(payload) for payload in peer.ask(subject, answers=answers)]
    names = {"Catalog", "Inventory", "Orders", "Payments", "Tickets", "Door", "Waitroom", "Identity", "Audit", "Privacy"}
    there = told("$SRV.PING", len(names))
    assert {one["name"] for one in there} == names, there
    assert len({one["id"] for one in there}) == 2, "of two processes"
    assert all(one["type"] == "io.nats.micro.v1.ping_response" and one["version"] == "0.1.0" for one in there)
    (info,) = told("$SRV.INFO.Door", 2)
    check_in = next(one for one in info["endpoints"] if one["name"] == "CheckIn")
    assert check_in["subject"] == "tessera." + check_in["queue_group"] + ".CheckIn" and check_in["queue_group"].endswith("door.v1.Door"), info
    catalog = next(one["id"] for one in there if one["name"] == "Catalog")
    (stats,) = told(f"$SRV.STATS.Catalog.{catalog}", 2)
    worked = {one["name"]: one for one in stats["endpoints"]}
    assert worked["CreateOrganizer"]["num_requests"] == 1 and worked["CreateOrganizer"]["num_errors"] == 0, worked
    assert worked["CreateOrganizer"]["processing_time"] > 0 and worked["CreateEvent"]["num_requests"] == 0
    assert told("$SRV.PING.Bakery", 1) == [] and told(f"$SRV.STATS.Door.{catalog}", 1) == []
    peer.close()


FIELDS = {"id": "7", "traceparent": f"00-{TRACE}-b7ad6b7169203331-00", "depth": "0", "timeout-ms": "1000", "principal": "anonymous/anonymous", "operation": "x"}


def head(more="", **fields):
    """A call's line; None leaves a value out."""
    all = {**FIELDS, **{name.replace("_", "-"): value for name, value in fields.items()}}
    return " ".join(f"{name}={value}" for name, value in all.items() if value is not None).encode() + more.encode() + b"\n"


def what_no_tessera_wrote_is_refused_and_harms_nobody(house):
    gateway, catalog, _ = house.split()
    found(owner(gateway))
    peer = natsserver.Peer(house.nats.port)
    rpc = told_rpc(peer, "Catalog", "GetOrganizer")
    wrong = {
        "nothing": (rpc, b"", b" status=3"),
        "no head": (rpc, b"id=7 principal=owner/owner", b" status=3"),
        "an empty head": (rpc, b"\n", b" status=3"),
        "a message alone": (rpc, b"\xff\xff\xff", b" status=3"),
        "no message that it knows": (rpc, head() + b"\xff\xff\xff", b"id=7 status=3"),
        "another rpc": (rpc + "Twice", head(), b"id=7 status=12"),
        **{f"without {name}": (rpc, head(**{name: None}), b"id=7 status=3") for name in ("traceparent", "depth", "timeout-ms", "principal")},
        "another version's trace": (rpc, head(traceparent=f"01-{TRACE}-b7ad6b7169203331-00"), b"id=7 status=3"),
        "too deep": (rpc, head(depth="9"), b"id=7 status=3"),
        "no number": (rpc, head(timeout_ms="-1"), b"id=7 status=3"),
        "too long": (rpc, head(timeout_ms="9999999999999999999999"), b"id=7 status=3"),
        "nobody like that": (rpc, head(principal="root/root"), b"id=7 status=3"),
        "nobody at all": (rpc, head(principal="anonymous"), b"id=7 status=3"),
        "a user without a session": (rpc, head(principal="user/usr_1"), b"id=7 status=3"),
        "a session of nobody": (rpc, head(session="ses_1"), b"id=7 status=3"),
        "half a percent": (rpc, head(locale="%4"), b"id=7 status=3"),
        "no value": (rpc, head(" locale"), b"id=7 status=3"),
        "two blanks": (rpc, head("  locale=en"), b"id=7 status=3"),
        "a blank at the end": (rpc, head(" "), b"id=7 status=3"),
        "a NUL": (rpc, head(" locale=e\0n"), b"id=7 status=3"),
        "an id that is no word of ours": (rpc, head(id="1" * 45, depth=None), b" status=3"),
        "more than there is": (rpc, head(id="7.0 size=9") + b"\xff\xff\xff", b" status=3"),
        "its time is over": (rpc, head(timeout_ms="0"), b"id=7 status=4"),
    }
    for why, (subject, payload, line) in wrong.items():
        (answered,) = peer.ask(subject, payload)
        told, words = answered.split(b"\n", 1)
        assert told == line and words, (why, answered)
    (answered,) = peer.ask(rpc, head(id="7.0 size=3") + b"\xff\xff\xff" + head(id="7.1 size=0"))
    assert answered.startswith(b"id=7.0 size=58 status=3\n") and b".id=7.1 size=0\n" in answered, answered
    (answered,) = peer.ask(rpc, head(" from-the-future=x"))
    assert answered.startswith(b"id=7\n"), answered
    (answered,) = peer.ask(rpc, head(id=None))
    assert answered.startswith(b"\n"), answered
    peer.publish("tessera.event.tessera.catalog.v1.Nothing", b"from=x\n\xff", reply="")
    event = rpc.rsplit(".", 2)[0].replace("tessera.", "tessera.event.", 1) + ".EventChanged"
    for payload in (b"from=x\n\xff\xff", b"\xff\xff", b""):
        peer.publish(event, payload, reply="")
    peer.publish(rpc, b"\xff", reply="")
    assert outcome(owner(gateway))[0] == "OK"
    assert catalog.process.poll() is None
    peer.close()


def told_rpc(peer, service, rpc):
    """The subject of an rpc, as NATS' service API tells it."""
    (payload,) = peer.ask("$SRV.INFO." + service)
    return next(one["subject"] for one in json.loads(payload)["endpoints"] if one["name"] == rpc)


def certify(folder, name, *more):
    """A key and a certificate for `name`, signed by the authority `ca` in the folder, or by itself when it is one."""
    path = os.path.join(folder, name)
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
               "-subj", "/CN=" + name, "-keyout", path + ".key", "-out", path + ".pem", *more]
    subprocess.run(command, check=True, capture_output=True)


def sign(folder, name, days, *more):
    """The same, for as many days by the authority alone; -1: its time is over."""
    path, ca = os.path.join(folder, name), os.path.join(folder, "ca")
    subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
                    "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", path + ".key", "-out", path + ".csr", *more], check=True, capture_output=True)
    subprocess.run(["openssl", "x509", "-req", "-in", path + ".csr", "-CA", ca + ".pem", "-CAkey", ca + ".key", "-days", str(days),
                    "-copy_extensions", "copy", "-out", path + ".pem"], check=True, capture_output=True)


def tls_flags(folder, ca="ca", name="client"):
    at = lambda file: os.path.join(folder, file)
    return "--bus-ca", at(ca + ".pem"), "--bus-cert", at(name + ".pem"), "--bus-key", at(name + ".key")


def with_certificates_of_one_authority_they_meet_and_others_do_not(house):
    folder = house.folder
    at = lambda file: os.path.join(folder, file)
    serve = lambda name: natsserver.NatsServer("--tlsverify", "--tlscert", at(name + ".pem"), "--tlskey", at(name + ".key"), "--tlscacert", at("ca.pem")).start()
    localhost = ("-addext", "subjectAltName=DNS:localhost")
    certify(folder, "ca"), certify(folder, "stranger")
    sign(folder, "server", 2, *localhost), sign(folder, "old-server", -1, *localhost)
    sign(folder, "client", 2), sign(folder, "old-client", -1)
    house.nats, old = serve("server"), serve("old-server")
    url = f"tls://localhost:{house.nats.port}"
    front, rest = house.part("gateway", *tls_flags(folder), bus=url), house.part(",".join(SPLIT[1:]), *tls_flags(folder), bus=url)
    front.await_status(200), rest.await_status(200)
    found(owner(front))
    assert outcome(owner(front))[0] == "OK"
    wrong = {
        "inventory": ([*tls_flags(folder, name="stranger")], url),  # a client that the server does not know
        "orders": ([*tls_flags(folder, ca="stranger")], url),  # a server that we do not know
        "door": ([*tls_flags(folder)], f"tls://127.0.0.1:{house.nats.port}"),  # one that has another name
        "tickets": ([], f"nats://localhost:{house.nats.port}"),  # in the clear
        "payments": ([*tls_flags(folder, name="old-client")], url),  # whose time is over
        "audit": ([*tls_flags(folder)], f"tls://localhost:{old.port}"),  # the same, of a server
    }
    for modules, (flags, bus) in wrong.items():
        part = house.part(modules, *flags, bus=bus)
        part.await_word("bus-away")
        time.sleep(1)
        part.await_status(503)
        assert "bus-connected" not in part.words(), (modules, part.words())
    old.kill()
    assert outcome(owner(front))[0] == "OK"


def each_may_do_only_what_its_modules_need(house):
    folder = house.folder
    at = lambda file: os.path.join(folder, file)
    deploy = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "deploy", "nats")
    permissions = subprocess.run([os.path.join(deploy, "permissions.py"), *SPLIT], capture_output=True, text=True, check=True).stdout
    names = re.findall(r'user: "CN=(.*)"', permissions)
    assert len(names) == len(SPLIT) and max(len(name) for name in names) <= 64, names
    signed = ("-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-addext", "basicConstraints=critical,CA:FALSE")
    certify(folder, "ca"), certify(folder, "server", *signed, "-addext", "subjectAltName=DNS:localhost")
    for name in names:
        certify(folder, name, *signed)
    with open(at("permissions.conf"), "w") as conf:
        conf.write(permissions)
    with open(os.path.join(deploy, "nats.conf")) as conf, open(at("nats.conf"), "w") as here:
        here.write(conf.read().replace('"server.', f'"{folder}/server.').replace('"ca.pem"', f'"{folder}/ca.pem"'))
    house.nats = natsserver.NatsServer("-c", at("nats.conf"))
    house.nats.start()
    url = f"tls://localhost:{house.nats.port}"
    front, *rest = [house.part(modules, *tls_flags(folder, name=name), bus=url) for modules, name in zip(SPLIT, names)]
    for part in house.parts:
        part.await_status(200)
    client = owner(front)
    found(client)
    event, kind = evening(client)
    hold = client.mutate("holdTickets", "HoldTicketsInput", "hold { token }", {"eventId": event, "lines": [{"ticketTypeId": kind, "quantity": 1}]})["hold"]
    order = client.mutate("placeOrder", "PlaceOrderInput", "order { id secret }", {"holdToken": hold["token"], "email": "ada@example.org", "name": "Ada"})["order"]
    paid = client.mutate("payOrder", "PayOrderInput", "order { status positions { ticket { qr } } }", {
        "orderId": order["id"], "secret": order["secret"], "provider": "sandbox", "method": "success"})["order"]
    assert paid["status"] == "PAID" and paid["positions"][0]["ticket"]["qr"]
    # Nobody is asked what he need not do for the others.
    peer = natsserver.Peer(house.nats.port, (at("ca.pem"), at(names[1] + ".pem"), at(names[1] + ".key")), inbox=f"_INBOX.{names[1]}.x")
    assert peer.ask("tessera.waitroom.v1.Waitroom.Nothing")[0].startswith(b" status=12") and not peer.errors, peer.errors
    assert peer.ask("tessera.payments.v1.Payments.GetPayments") == [] and "Permissions Violation for Publish" in peer.errors[0], peer.errors
    peer.close()
    # One that runs what is not its own is not asked, whatever it says: the subscription is refused, and all of it ends.
    thief = house.part("tickets", *tls_flags(folder, name=names[0]), bus=url)
    time.sleep(1.5)
    assert thief.readiness()[0] == 503, thief.words()


stories = [
    a_killed_module_is_missed_at_once_and_comes_back,
    a_module_that_stops_loses_no_call,
    nats_goes_and_all_say_so_until_it_is_back,
    a_nats_that_hangs_keeps_nobody_waiting_for_ever,
    nats_may_come_last,
    a_whole_program_serves_without_nats,
    a_whole_program_answers_others_and_they_hear_its_events,
    two_gateways_serve_the_same_subscriptions,
    a_trace_goes_through_all_of_them,
    tools_of_nats_see_what_runs,
    what_no_tessera_wrote_is_refused_and_harms_nobody,
    with_certificates_of_one_authority_they_meet_and_others_do_not,
    each_may_do_only_what_its_modules_need,
]


def main():
    binary, names, failed = sys.argv[1], sys.argv[2:], 0
    chosen = [story for story in stories if not names or story.__name__ in names]
    for story in chosen:
        with tempfile.TemporaryDirectory() as folder:
            house = House(binary, folder)
            try:
                story(house)
                house.close()
                print(f"ok      {story.__name__}", flush=True)
            except Exception:
                failed += 1
                print(f"FAILED  {story.__name__}\n{traceback.format_exc(limit=-3)}", flush=True)
                house.kill()
            if house.nats.process:
                house.nats.kill()
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main() if natsserver.found() else natsserver.SKIP)
