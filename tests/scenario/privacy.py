#!/usr/bin/env python3
"""What is kept of a person, and how it goes: privacy.py BINARY [STORY…]

TESSERA_TEST_BUS: local, wire, split. TESSERA_TEST_STORE=mongodb: the same on a real server. Ends with `N passed, N failed`."""
import base64, datetime, hashlib, json, os, shutil, subprocess, sys, tempfile, time, traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from accounts import PASSWORD, House
from authenticator import Authenticator
from links import move
from shop import DAY_MS, MINUTE_MS, Client, Process, Refused

ADDRESS, NAME = "Grace.Hopper-7731@example.org", "Grace Brewster 7731"
SIGN_UP, OWN = "accepted", "erasure { id createdAt finishedAt orders }"


def soon(shop, days=1):
    return datetime.datetime.fromtimestamp((shop.now_ms() + days * DAY_MS) / 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Privacy(House):
    """A promoter's event of tomorrow, and somebody with an account."""

    def __init__(self, binary, *flags):
        super().__init__(binary, *flags)
        self.binary = binary
        self.organizer = self.shop.organizer()
        self.renew("opening")

    def renew(self, slug):
        """An event of tomorrow, whatever day it is."""
        self.event, self.kind = self.evening(self.organizer, slug)

    def evening(self, organizer, slug, price="25.00", size=100, days=1):
        event = self.shop.event(organizer, slug, soon(self.shop, days))
        kind = self.shop.type(event, price)
        self.shop.quota(event, size, [kind])
        return event, kind

    def account(self, email=ADDRESS, name=NAME):
        self.say("signUp", {"email": email, "name": name}, SIGN_UP)
        return self.say("verifyEmail", {"token": self.mails(email)[0][1], "password": PASSWORD})["session"]

    def buy(self, event=None, kind=None, email=ADDRESS, name=NAME, **more):
        order = self.shop.order(self.shop.hold(event or self.event, kind or self.kind, more.pop("quantity", 1)), email=email, name=name, **more)
        assert self.shop.pay(order)["order"]["status"] == "PAID"
        return {**order, **self.shop.read(order)}

    def people(self, order):
        """Who an order names: (email, name, attendees), as its buyer sees it."""
        seen = self.nobody.call("query($code: String!, $secret: String!) { order(code: $code, secret: $secret) { email name positions { attendeeName attendeeEmail } } }",
                                {"code": order["code"], "secret": order["secret"]})["order"]
        return seen["email"], seen["name"], [(place["attendeeName"], place["attendeeEmail"]) for place in seen["positions"]]

    def export(self, session):
        return json.loads(self.own("exportMyData", session, "document")["document"])

    def own(self, mutation, session, selection):
        return self.checked(self.client(session).call("mutation { answer: %s { %s userErrors { code path } } }" % (mutation, selection)))

    def of(self, mutation, value, selection, client=None):
        return (client or self.owner).mutate(mutation, mutation[0].upper() + mutation[1:] + "Input", selection, value)

    @staticmethod
    def checked(answer):
        if answer["answer"]["userErrors"]:
            raise Refused(json.dumps(answer["answer"]["userErrors"]))
        return answer["answer"]

    def until(self, happened, what):
        """`what` was to happen: words, or a function that says what is there instead."""
        for _ in range(300):
            if happened():
                return
            time.sleep(0.05)
        raise AssertionError(what() if callable(what) else what)

    def folder(self):
        """Where the one store lies; None: on a server, or there are several."""
        return self.folders()[0] if len(self.folders()) == 1 else None

    def folders(self):
        """Where each process' store lies; none: on a server."""
        found = []
        for process in self.shop.processes:
            links = f"/proc/{process.process.pid}/fd"
            files = [os.readlink(f"{links}/{fd}") for fd in os.listdir(links) if os.path.exists(f"{links}/{fd}")]
            found += {os.path.dirname(path) for path in files if path.endswith("tessera.db")}
        return found


def whoever_has_signed_in_reads_all_that_is_kept(house):
    session = house.account()
    order = house.buy(quantity=2, attendees=[{"name": NAME}, {"name": "Alan Turing", "email": "alan@example.org"}])
    door = house.shop.door(house.event)
    house.shop.scan(door, order["positions"][0]["ticket"]["qr"], "n1")
    seen = house.export(session)
    assert seen["account"]["email"] == ADDRESS and seen["account"]["name"] == NAME
    assert [factor["kind"] for factor in seen["account"]["factors"]] == ["PASSWORD"]
    assert seen["account"]["sessions"] and seen["account"]["mails"][0]["kind"] == "VERIFY_EMAIL"
    assert [own["code"] for own in seen["orders"]] == [order["code"]]
    assert seen["orders"][0]["positions"][1]["attendee_name"] == "Alan Turing"
    assert seen["payments"][0]["amount"] == {"minor": 5000, "currency": "EUR"} and seen["payments"][0]["status"] == "CONFIRMED"
    assert len(seen["tickets"]) == 2 and [scan["result"] for scan in seen["check_ins"]] == ["OK"]
    assert {act["operation"] for act in seen["acts"]} >= {"placeOrder"}
    text = json.dumps(seen)
    for secret in (order["secret"], order["positions"][0]["ticket"]["secret"], session["refreshToken"], "argon2", "secret", "hash"):
        assert secret not in text, secret
    alan = house.export(house.account("alan@example.org", "Alan"))
    assert [len(own["positions"]) for own in alan["orders"]] == [1] and alan["orders"][0]["positions"][0]["attendee_name"] == "Alan Turing"
    assert ADDRESS not in json.dumps(alan) and NAME not in json.dumps(alan) and "payments" not in alan and len(alan["tickets"]) == 1


def an_old_session_shows_and_erases_nothing(house):
    session = house.account("old@example.org")
    house.shop.advance(16 * MINUTE_MS)
    session = house.refresh(session)
    for mutation, selection in (("exportMyData", "document"), ("eraseMyData", OWN)):
        house.shop.refused("SIGN_IN_AGAIN", house.own, mutation, session, selection)
        for client, code in ((house.nobody, "UNAUTHENTICATED"), (house.owner, "FORBIDDEN")):
            house.shop.refused(code, client.call, "mutation { %s { userErrors { code } } }" % mutation)
    assert "account" in house.export(house.sign_in("old@example.org"))


def tickets_of_what_is_to_come_hold_their_holder(house):
    email = "early@example.org"
    session, order = house.account(email), house.buy(email=email)
    house.shop.refused("EVENT_NOT_OVER", house.own, "eraseMyData", session, OWN)
    house.shop.refused("EVENT_NOT_OVER", house.of, "erasePerson", {"organizerId": house.organizer, "email": email}, OWN)
    assert house.people(order)[0] == email
    house.owner.mutate("cancelOrder", "CancelOrderInput", "order { status }", {"orderId": order["id"]})
    erasure = house.own("eraseMyData", session, OWN)["erasure"]
    assert erasure["id"].startswith("era_")
    house.until(lambda: house.people(order) == (None, None, [(None, None)]), "its names")
    house.until(lambda: house.is_out(session), "its session")


def an_only_owner_stays(house):
    session = house.account("sole@example.org")
    team = house.of("createTeam", {"organizerId": house.organizer, "name": "Owners", "role": "OWNER"}, "team { id }")["team"]["id"]
    house.of("inviteMember", {"teamId": team, "email": "sole@example.org"}, "accepted")
    token = [token for kind, token in house.mails("sole@example.org") if kind == "INVITATION"][0]
    house.say("acceptInvitation", {"token": token}, "team { id }", house.client(session))
    house.shop.refused("CONFLICT", house.own, "eraseMyData", session, OWN)
    assert [own["role"] for own in house.export(session)["account"]["teams"]] == ["OWNER"]
    return session


def nothing_of_an_erased_person_is_left(house):
    session = house.account("late@example.org", NAME)
    own = house.buy(quantity=2, email="Late@Example.org", attendees=[{"name": NAME + " jr"}, {"name": "Kay", "email": "kay@example.org"}])
    guest = house.buy(email="host@example.org", name="Host", quantity=2, attendees=[{"name": "Host"}, {"name": NAME, "email": "late@example.org"}])
    before = house.export(session)
    house.shop.advance(3 * DAY_MS)
    session = house.sign_in("late@example.org")
    house.own("eraseMyData", session, OWN)
    house.until(lambda: house.people(own)[0] is None, "the order's names")
    assert house.people(own) == (None, None, [(None, None), ("Kay", "kay@example.org")])
    house.until(lambda: house.people(guest)[2][1] == (None, None), "the guest's name")
    assert house.people(guest) == ("host@example.org", "Host", [("Host", None), (None, None)])
    after = house.shop.read(own)
    assert (after["total"], after["balance"], after["payments"]) == (own["total"], own["balance"], own["payments"])
    house.until(lambda: house.is_out(session), "the session")
    house.refused("CREDENTIALS_INVALID", "signIn", {"email": "late@example.org", "password": PASSWORD})
    assert house.mails("late@example.org") == []
    audit = house.owner.call("query($id: ID!, $order: ID!) { node(id: $id) { ... on Organizer { audit(first: 50, objectId: $order) { nodes { operation actor changes { field from to } } } } } }",
                             {"id": house.organizer, "order": own["id"]})["node"]["audit"]["nodes"]
    assert audit[-1]["operation"] == "placeOrder" and len(audit) > 2 and "ate@example" not in json.dumps(audit)
    somebody = house.account("late@example.org", "Somebody Else")
    assert house.client(somebody).call("{ viewerOrders { totalCount nodes { id } } }")["viewerOrders"] == {"totalCount": 0, "nodes": []}
    again = house.export(somebody)
    assert "orders" not in again and again["account"]["id"] != before["account"]["id"]


def bytes_of(folder, needles):
    """Which of these are in any file of a folder: {(needle, file)}."""
    found = set()
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            found |= {(needle, name) for needle in needles if needle.lower().encode() in open(path, "rb").read().lower()}
    return found


def no_byte_of_an_erased_person_is_left(house):
    folder = house.folder()
    if not folder:
        return  # on a server, whose files are its own, or on several
    email, name = "zygmunt-4412@example.org", "Zygmunt Wisniewski-4412"
    event, kind = house.evening(house.organizer, "bytes")
    session = house.account(email, name)
    for i in range(12):
        house.buy(event, kind, email=email, name=name, attendees=[{"name": name, "email": email}])
        house.buy(event, kind, email=f"other-{i}@example.org", name=f"Other {i}")
    assert bytes_of(folder, [email, name])
    house.shop.advance(3 * DAY_MS)
    house.own("eraseMyData", house.sign_in(email), OWN)
    needles = [email, name, short_hash(email), digest(email)]
    house.until(lambda: not bytes_of(folder, needles), lambda: bytes_of(folder, needles))
    with tempfile.TemporaryDirectory() as backups:
        subprocess.run([house.binary, "backup", backups + "/backup.db", "--data", folder], check=True, capture_output=True)
        assert os.path.getsize(backups + "/backup.db") > 4096 and not bytes_of(backups, [email, name])
        assert bytes_of(backups, ["other-3@example.org"])
    assert not bytes_of(folder, [email, name])


def versions_of(house):
    """All that a server's store keeps, in bytes: every version of every document."""
    command = open(f"/proc/{house.shop.process.pid}/cmdline").read().split("\0")
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([house.binary, "export", "--versions", "--store", command[command.index("--store") + 1], "--data", folder],
                              capture_output=True, check=True)
    bodies = [base64.urlsafe_b64decode(json.loads(line).get("body", "") + "==") for line in done.stdout.splitlines()]
    assert len(bodies) > 10
    return done.stdout.lower() + b"".join(bodies).lower()


def left(house, needles):
    """Which of these are anywhere in the store."""
    if house.folders():
        return set().union(*(bytes_of(folder, needles) for folder in house.folders()))
    text = versions_of(house)
    return {needle for needle in needles if needle.lower().encode() in text}


def short_hash(email):
    """What stands for an address in orders."""
    return base64.urlsafe_b64encode(hashlib.sha256(email.lower().encode()).digest()[:16]).decode().rstrip("=")


def digest(email):
    """What anybody can compute who guesses an address."""
    return hashlib.sha256(email.lower().encode()).hexdigest()


def change_address(house, session, old, new):
    house.shop.advance(1000)
    move(house, house.client(session), new, old)
    house.shop.advance(1000)


def what_was_done_under_a_former_address_is_his(house):
    one, two, three = "Former-3307@example.org", "present-3308@example.org", "other-3309@example.org"
    event, kind = house.evening(house.organizer, "former")
    buy = lambda email, name, **more: house.buy(event, kind, email=email, name=name, **more)
    session = house.account(one, "Vormals 3307")
    first = buy(one, "Vormals 3307")
    change_address(house, session, one, two)
    house.refused("LINK_INVALID", "confirmEmailChange", {"token": "x"}, "accepted", client=house.client(session))
    second = buy(two, "Vormals 3307", quantity=2, attendees=[{"name": "Vormals 3307"}, {"name": "Kay", "email": three}])
    given_up = buy(one, "Nobody Yet")
    house.shop.advance(1000)
    theirs = house.account(one, "Next One")
    taken = buy(one, "Next One")
    codes = lambda seen: {order["code"] for order in seen.get("orders", [])}
    mine, next_one = house.export(session), house.export(theirs)
    assert codes(mine) == {first["code"], second["code"]}, mine
    assert codes(next_one) == {given_up["code"], taken["code"]}, next_one
    for whose, bought in ((theirs, (taken, given_up)), (session, (second, first))):
        listed = house.client(whose).call("{ viewerOrders { totalCount nodes { code secret } } }")["viewerOrders"]
        assert listed == {"totalCount": 2, "nodes": [{"code": order["code"], "secret": order["secret"]} for order in bought]}, listed
    assert [(own["email"], "until" in own) for own in mine["account"]["addresses"]] == [(two, False), (one, True)]
    assert {mail["email"] for mail in mine["account"]["mails"]} >= {one, two}
    assert "Next One" not in json.dumps(mine) and "Vormals" not in json.dumps(next_one)
    house.shop.advance(3 * DAY_MS)
    house.own("eraseMyData", house.sign_in(two), OWN)
    for order in (first, second):
        house.until(lambda: house.people(order)[0] is None, "the order's names")
    assert house.people(second)[2] == [(None, None), ("Kay", three)]
    assert house.people(given_up)[:2] == (one, "Nobody Yet") and house.people(taken)[:2] == (one, "Next One")
    house.own("eraseMyData", house.sign_in(one), OWN)
    needles = [one, two, short_hash(one), short_hash(two), digest(one), digest(two), "Vormals 3307", "Nobody Yet", "Next One"]
    house.until(lambda: not left(house, needles), lambda: left(house, needles))


def an_address_that_a_thief_moved_to_is_not_his(house):
    own, thief = "victim-6610@example.org", "thief-6611@example.org"
    event, kind = house.evening(house.organizer, "thief")
    session = house.account(own, "Victim")
    loot = house.buy(event, kind, email=thief, name="Thief")
    house.shop.advance(1000)
    undo = move(house, house.client(session), thief, own)
    house.shop.advance(1000)
    session = house.say("undoEmailChange", {"token": undo, "password": PASSWORD + "!"})["session"]
    seen = house.export(session)
    assert [address["email"] for address in seen["account"]["addresses"]] == [own] and "orders" not in seen
    house.own("eraseMyData", session, OWN)
    house.until(lambda: house.is_out(session), "the session")
    assert house.people(loot)[:2] == (thief, "Thief")


def of_a_removed_passkey_nothing_is_left(house):
    session = house.account("keys-2218@example.org", "Keys")
    client, authenticator = house.client(session), Authenticator()
    options = house.say("startPasskey", {"password": PASSWORD}, "options", client=client)["options"]
    made = house.say("createPasskey", {"name": "Telephone 2218", **authenticator.create(options)}, "passkey { id }", client=client)["passkey"]
    assert left(house, ["Telephone 2218"])
    remove = {"passkeyId": made["id"], "password": PASSWORD}
    house.say("removePasskey", remove, "passkey { id }", client=client)
    house.until(lambda: not left(house, ["Telephone 2218"]), "the passkey's name")
    options = house.say("startPasskey", {"password": PASSWORD}, "options", client=client)["options"]
    again = house.say("createPasskey", {"name": "Again 2218", **authenticator.create(options)}, "passkey { id name }", client=client)["passkey"]
    assert again == {"id": made["id"], "name": "Again 2218"}
    house.own("eraseMyData", session, OWN)
    house.until(lambda: not left(house, ["Again 2218"]), "its second name")


def an_organizer_has_only_its_own(house):
    email, other = "both@example.org", house.shop.organizer("other")
    theirs_event, theirs_kind = house.evening(other, "theirs")
    ours_event, ours_kind = house.evening(house.organizer, "ours")
    ours, theirs = house.buy(ours_event, ours_kind, email), house.buy(theirs_event, theirs_kind, email)
    seen = json.loads(house.of("exportPerson", {"organizerId": house.organizer, "email": email.upper()}, "document")["document"])
    assert [order["code"] for order in seen["orders"]] == [ours["code"]] and "account" not in seen
    assert theirs["id"] not in json.dumps(seen) and other not in json.dumps(seen)
    house.shop.advance(3 * DAY_MS)
    house.of("erasePerson", {"organizerId": house.organizer, "email": email}, OWN)
    house.until(lambda: house.people(ours)[0] is None, "our order's names")
    assert house.people(theirs)[0] == email
    house.shop.refused("INVALID_INPUT", house.of, "erasePerson", {"organizerId": house.organizer, "email": "nobody"}, OWN)
    house.shop.refused("NOT_FOUND", house.of, "exportPerson", {"organizerId": "nothing", "email": email}, "document")
    assert json.loads(house.of("exportPerson", {"organizerId": other, "email": "unknown@example.org"}, "document")["document"]).keys() == {"made_at"}


def names_go_when_their_term_is_over(house):
    event, kind = house.evening(house.organizer, "past")
    stays_event, stays_kind = house.evening(house.shop.organizer("keeper"), "kept")
    goes, stays = house.buy(event, kind, "term@example.org"), house.buy(stays_event, stays_kind, "kept@example.org")
    own = house.of("setRetention", {"organizerId": house.organizer, "namesDays": 10}, "retention { namesDays own }")["retention"]
    assert own == {"namesDays": 10, "own": True}
    house.shop.advance(9 * DAY_MS)
    time.sleep(0.2)
    assert house.people(goes)[0] == "term@example.org"
    house.shop.advance(3 * DAY_MS)
    house.until(lambda: house.people(goes) == (None, None, [(None, None)]), "the names")
    assert house.people(stays)[0] == "kept@example.org"
    house.shop.refused("INVALID_INPUT", house.of, "setRetention", {"organizerId": house.organizer, "namesDays": 0}, "retention { own }")
    back = house.of("setRetention", {"organizerId": house.organizer, "namesDays": None}, "retention { namesDays own }")["retention"]
    assert back == {"namesDays": 1095, "own": False}


def mails_and_sessions_go_when_theirs_is(house):
    seen = house.export(house.account("mailed@example.org"))["account"]
    mail, session = seen["mails"][0]["id"], seen["sessions"][0]["id"]
    assert house.mails("mailed@example.org") and left(house, [mail])
    house.shop.advance(31 * DAY_MS)
    house.until(lambda: not house.mails("mailed@example.org") and not left(house, [mail]), "the mails")
    assert left(house, [session])
    house.shop.advance(60 * DAY_MS)
    house.until(lambda: not left(house, [session]), "the sessions")


def consent_is_kept_as_it_was_given(house):
    organizer = house.shop.organizer("lawful")
    event, kind = house.evening(organizer, "lawful")
    house.of("setLegalTexts", {"organizerId": organizer, "terms": "No refunds.", "privacy": "We keep names."}, "organizer { id }")
    digest = lambda text: hashlib.sha256(text.encode()).hexdigest()
    consent = {"termsHash": digest("No refunds."), "privacyHash": digest("We keep names."), "language": "de", "marketing": True}
    order = house.buy(event, kind, "law@example.org", consent=consent)
    seen = lambda: house.nobody.call("query($code: String!, $secret: String!) { order(code: $code, secret: $secret) { consent { termsHash privacyHash language marketing at } } }",
                                     {"code": order["code"], "secret": order["secret"]})["order"]["consent"]
    first = seen()
    assert {key: first[key] for key in consent} == consent and first["at"]
    house.of("setLegalTexts", {"organizerId": organizer, "terms": "Refunds.", "privacy": "We keep names."}, "organizer { id }")
    assert seen() == first
    hold = house.shop.hold(event, kind)
    house.shop.refused("CONFLICT", house.shop.order, hold, consent=consent)
    house.shop.refused("INVALID_INPUT", house.shop.order, hold, consent={"termsHash": "abc"})
    house.shop.refused("INVALID_INPUT", house.shop.order, hold, consent={"language": "d<script>"})
    plain = house.shop.order(hold, consent={})
    assert json.loads(house.of("exportPerson", {"organizerId": organizer, "email": "law@example.org"}, "document")["document"])["orders"][0]["consent"]["marketing"] is True
    assert plain["status"] == "PENDING"


def a_process_with_other_keys_does_not_share_the_store(house):
    if house.folders():
        return  # a file is one process' alone
    command = open(f"/proc/{house.shop.process.pid}/cmdline").read().split("\0")
    store = command[command.index("--store") + 1]
    done = subprocess.run([house.binary, "serve", "--ephemeral", "--store", store], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "keys.pem" in done.stderr and store not in done.stderr, (done.returncode, done.stderr[-500:])


def an_erasure_goes_on_after_a_kill(house):
    if len(house.shop.processes) != 1 or not house.folder():
        return  # one process, and a file that the next one opens
    folder = tempfile.mkdtemp()
    try:
        kill_and_look(house.binary, folder)
    finally:
        shutil.rmtree(folder)


def kill_and_look(binary, folder):
    email, name = "killed-9923@example.org", "Killed Person-9923"
    for wait_s in (0, 0.02, 0.06):
        path = f"{folder}/{wait_s}.db"
        house = Privacy(binary, "--store", f"sqlite:{path}")
        session = house.account(email, name)
        orders = [house.shop.order(house.shop.hold(house.event, house.kind), email=email, name=name) for _ in range(20)]
        for order in orders:
            house.nobody.mutate("cancelOrder", "CancelOrderInput", "order { status }", {"orderId": order["id"], "secret": order["secret"]})
        house.own("eraseMyData", session, OWN)
        time.sleep(wait_s)
        house.shop.processes[0].kill()
        process = Process(binary, "--store", f"sqlite:{path}")
        goes_on(process, path, [email, name], wait_s)
        nobody = Client(int(process.ready["graphql"].split(":")[2].split("/")[0]))
        for order in orders:
            seen = nobody.call("query($c: String!, $s: String!) { order(code: $c, secret: $s) { status email name } }", {"c": order["code"], "s": order["secret"]})["order"]
            assert seen == {"status": "CANCELLED", "email": None, "name": None}, seen
        process.stop()


def goes_on(process, path, needles, wait_s):
    """A process that lives erases all, however long a step that failed pauses (a minute at most)."""
    files = [os.path.basename(path) + end for end in ("", "-wal")]
    left = lambda: sorted(found for found in bytes_of(os.path.dirname(path), needles) if found[1] in files)
    end_s = time.monotonic() + 90
    while left() and time.monotonic() < end_s:
        assert process.process.poll() is None, (wait_s, process.process.communicate()[1][-3000:])
        time.sleep(0.05)
    assert not left(), (wait_s, left())


STORIES = [whoever_has_signed_in_reads_all_that_is_kept, an_old_session_shows_and_erases_nothing, tickets_of_what_is_to_come_hold_their_holder,
           an_only_owner_stays, nothing_of_an_erased_person_is_left, no_byte_of_an_erased_person_is_left,
           what_was_done_under_a_former_address_is_his, an_address_that_a_thief_moved_to_is_not_his, of_a_removed_passkey_nothing_is_left, an_organizer_has_only_its_own,
           names_go_when_their_term_is_over, mails_and_sessions_go_when_theirs_is, consent_is_kept_as_it_was_given,
           a_process_with_other_keys_does_not_share_the_store, an_erasure_goes_on_after_a_kill]


def main(binary, *names):
    failed = 0
    stories = [story for story in STORIES if not names or story.__name__ in names]
    assert stories, "no such story"
    house = Privacy(binary)
    for story in stories:
        try:
            house.renew(story.__name__.replace("_", "-"))
            story(house)
            print(f"ok      {story.__name__}", flush=True)
        except Exception:
            failed += 1
            print(f"FAILED  {story.__name__}\n{traceback.format_exc()}", flush=True)
    house.shop.close()
    print(f"{len(stories) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
