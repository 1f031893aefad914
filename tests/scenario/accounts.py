#!/usr/bin/env python3
"""Who somebody is, from outside: accounts, sessions, tokens, sockets that end with them: accounts.py BINARY

TESSERA_TEST_BUS: local, wire, split. Ends with `N passed, N failed`."""
import base64, json, os, statistics, sys, time, traceback

for folder in ("scenario", "gateway"):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", folder))
from shop import DAY_MS, HOUR_MS, MINUTE_MS, Client, Refused, Shop
from wsclient import Closed, Socket

PASSWORD = "correct horse battery"
SESSION = "session { accessToken accessExpiresAt refreshToken refreshExpiresAt }"


class House:
    def __init__(self, binary, *flags):
        self.shop = Shop(binary, *flags)
        self.port, self.owner, self.nobody = self.shop.buyer.port, self.shop.owner, self.shop.buyer
        self.count = 0

    def say(self, name, value, selection=SESSION, client=None):
        return (client or self.nobody).mutate(name, name[0].upper() + name[1:] + "Input", selection, value)

    def mails(self, email):
        nodes = self.owner.call("{ mails(first: 100) { nodes { kind email token } } }")["mails"]["nodes"]
        return [(mail["kind"], mail["token"]) for mail in nodes if mail["email"].lower() == email.lower()]

    def sign_up(self, email):
        assert self.say("signUp", {"email": email, "name": "Ada"}, "accepted")["accepted"]

    def person(self):
        """A new account: (email, its session)."""
        self.count += 1
        email = f"ada-{self.count}@example.org"
        self.sign_up(email)
        return email, self.say("verifyEmail", {"token": self.mails(email)[0][1], "password": PASSWORD})["session"]

    def sign_in(self, email, password=PASSWORD):
        return self.say("signIn", {"email": email, "password": password})["session"]

    def client(self, session):
        return Client(self.port, session["accessToken"] if isinstance(session, dict) else session)

    def viewer(self, session):
        return self.client(session).call("{ viewer { id email name memberships { role } } }")["viewer"]

    def sessions(self, session):
        nodes = self.client(session).call("{ viewer { sessions { id createdAt lastUsedAt current } } }")["viewer"]["sessions"]
        return [(node["id"], node["current"]) for node in nodes]

    def is_out(self, session):
        """The token opens nothing any more."""
        try:
            self.viewer(session)
        except Refused as refusal:
            assert "UNAUTHENTICATED" in str(refusal), refusal
            return True
        return False

    def refresh(self, session):
        return self.say("refreshSession", {"refreshToken": session["refreshToken"]})["session"]

    def refused(self, code, *arguments, **more):
        self.shop.refused(code, self.say, *arguments, **more)


def segment(text):
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def an_address_is_proved_before_there_is_an_account(house):
    house.sign_up("Eve@Example.org")
    house.refused("CREDENTIALS_INVALID", "signIn", {"email": "eve@example.org", "password": PASSWORD})
    kind, token = house.mails("eve@example.org")[0]
    assert kind == "VERIFY_EMAIL"
    house.refused("LINK_INVALID", "verifyEmail", {"token": token[:-1] + ("A" if token[-1] != "A" else "B"), "password": PASSWORD})
    house.refused("LINK_INVALID", "resetPassword", {"token": token, "password": PASSWORD})
    session = house.say("verifyEmail", {"token": token, "password": PASSWORD})["session"]
    assert house.viewer(session) == {"id": house.viewer(session)["id"], "email": "Eve@Example.org", "name": "Ada", "memberships": []}
    house.refused("LINK_INVALID", "verifyEmail", {"token": token, "password": PASSWORD})
    assert house.viewer(house.sign_in("EVE@example.org"))["email"] == "Eve@Example.org"


def a_second_account_for_an_address_is_not_made(house):
    email, _ = house.person()
    house.sign_up(email)
    assert house.mails(email)[0] == ("ACCOUNT_EXISTS", None)
    twice = "twice@example.org"
    house.sign_up(twice), house.sign_up(twice)
    tokens = [token for _, token in house.mails(twice)]
    house.say("verifyEmail", {"token": tokens[0], "password": PASSWORD})
    house.refused("LINK_INVALID", "verifyEmail", {"token": tokens[1], "password": "another password"})
    house.sign_in(twice)


def wrong_input_is_refused_with_its_place(house):
    for value, path in (({"email": "nobody", "name": "A"}, "email"), ({"email": "a@example.org", "name": " "}, "name"), ({"email": "a@example.org", "name": "a\nb"}, "name")):
        try:
            house.say("signUp", value, "accepted")
            raise AssertionError(value)
        except Refused as refusal:
            assert json.loads(str(refusal))[0]["path"] == [path] and "INVALID_INPUT" in str(refusal), refusal
    house.refused("INVALID_INPUT", "requestPasswordReset", {"email": "no"}, "accepted")
    assert not house.mails("a@example.org")


def passwords_that_everybody_knows_are_refused(house):
    house.sign_up("pw@example.org")
    token = house.mails("pw@example.org")[0][1]
    words = [line for line in open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../modules/identity/breached.txt")).read().split("\n")
             if line and not line.startswith("# ")]
    assert len(words) == 10000
    for word in ["short", "1234567", "password", "PassWord", "PW@example.org", "x" * 257] + words[::97]:
        house.refused("INVALID_INPUT", "verifyEmail", {"token": token, "password": word})
    house.say("verifyEmail", {"token": token, "password": "x" * 256})
    house.refused("CREDENTIALS_INVALID", "signIn", {"email": "pw@example.org", "password": "x" * 257})
    house.sign_in("pw@example.org", "x" * 256)


def links_end_by_time(house):
    email, _ = house.person()
    house.sign_up("late@example.org")
    verify = house.mails("late@example.org")[0][1]
    house.say("requestPasswordReset", {"email": email}, "accepted")
    reset = house.mails(email)[0][1]
    house.shop.advance(HOUR_MS + 1000)
    house.refused("LINK_INVALID", "resetPassword", {"token": reset, "password": "another password"})
    house.shop.advance(23 * HOUR_MS)
    house.refused("LINK_INVALID", "verifyEmail", {"token": verify, "password": PASSWORD})


def a_reset_ends_all_that_was(house):
    email, first = house.person()
    second = house.sign_in(email)
    for _ in range(2):
        house.say("requestPasswordReset", {"email": email}, "accepted")
    (_, token), (_, other) = house.mails(email)[:2]
    new = house.say("resetPassword", {"token": token, "password": "another password"})["session"]
    assert house.is_out(first) and house.is_out(second) and house.viewer(new)["email"] == email
    house.refused("LINK_INVALID", "resetPassword", {"token": token, "password": "a third password"})
    house.refused("LINK_INVALID", "resetPassword", {"token": other, "password": "a third password"})  # the password has changed
    house.refused("CREDENTIALS_INVALID", "signIn", {"email": email, "password": PASSWORD})
    house.sign_in(email, "another password")


def a_change_of_password_asks_for_the_old_one(house):
    email, session = house.person()
    client = house.client(session)
    house.refused("CREDENTIALS_INVALID", "changePassword", {"currentPassword": "not it at all", "newPassword": "another password"}, client=client)
    house.refused("INVALID_INPUT", "changePassword", {"currentPassword": PASSWORD, "newPassword": "password1"}, client=client)
    new = house.say("changePassword", {"currentPassword": PASSWORD, "newPassword": "another password"}, client=client)["session"]
    assert house.is_out(session) and house.viewer(new)["email"] == email
    for who in (house.nobody, house.owner):
        house.shop.refused("UNAUTHENTICATED" if who is house.nobody else "FORBIDDEN", house.say, "changePassword",
                           {"currentPassword": PASSWORD, "newPassword": "another password"}, client=who)


def one_address_gets_five_mails_an_hour(house):
    for _ in range(8):
        house.sign_up("flood@example.org")
    assert len(house.mails("flood@example.org")) == 5
    house.shop.advance(HOUR_MS)
    house.sign_up("flood@example.org")
    assert len(house.mails("flood@example.org")) == 6


def mails_are_the_owners_alone(house):
    _, session = house.person()
    for client, code in ((house.nobody, "UNAUTHENTICATED"), (house.client(session), "FORBIDDEN")):
        house.shop.refused(code, client.call, "{ mails { nodes { token } } }")


def a_user_is_nobodys_staff(house):
    _, session = house.person()
    organizer = house.shop.organizer("closed")
    client = house.client(session)
    house.shop.refused("FORBIDDEN", client.mutate, "createVenue", "CreateVenueInput", "venue { id }", {"organizerId": organizer, "name": "Hall"})
    house.shop.refused("FORBIDDEN", client.mutate, "createOrganizer", "CreateOrganizerInput", "organizer { id }",
                       {"slug": "mine", "name": "Mine", "currency": "EUR", "timeZone": "UTC"})
    draft = house.shop.event(organizer, "draft", publish=False)
    assert client.call("query($id: ID!) { event(id: $id) { id } }", {"id": draft})["event"] is None


BOUGHT = """viewerOrders(first: %d%s) { totalCount pageInfo { hasNextPage endCursor } nodes { id code secret status event { organizer { slug } } balance { amount }
    payments { status } refunds { id } positions { attendeeName ticket { secret qr checkIns { id } } } } }"""


def bought(client, first=20, after=None):
    return client.call("{ " + BOUGHT % (first, f', after: "{after}"' if after else "") + " }")["viewerOrders"]


def an_account_has_the_orders_of_its_address(house):
    """At whatever organizer, however it was written; as the buyer sees them, and nobody else's."""
    shop, placed = house.shop, []
    email, session = house.person()
    for slug, address in (("house-a", email), ("house-b", email.upper()), ("house-a-2", "eve-of-orders@example.org")):
        event = shop.event(shop.organizer(slug), slug)
        kind = shop.type(event)
        shop.quota(event, 10, [kind])
        order = shop.order(shop.hold(event, kind), email=address)
        shop.pay(order)
        placed.append((slug, order))
        shop.advance(1000)
    (_, first), (_, second), (_, eves) = placed
    mine = bought(house.client(session))
    assert mine["totalCount"] == 2 and [node["id"] for node in mine["nodes"]] == [second["id"], first["id"]], mine
    assert [node["event"]["organizer"]["slug"] for node in mine["nodes"]] == ["house-b", "house-a"]
    assert [node["secret"] for node in mine["nodes"]] == [second["secret"], first["secret"]]
    for node in mine["nodes"]:
        assert node["status"] == "PAID" and node["payments"] == [{"status": "CONFIRMED"}] and node["balance"] == {"amount": "0.00"}, node
        assert node["positions"][0]["ticket"]["qr"].startswith("T1.") and node["positions"][0]["ticket"]["secret"], node
    page = bought(house.client(session), 1)
    assert page["pageInfo"]["hasNextPage"] and [node["id"] for node in page["nodes"]] == [second["id"]] and page["totalCount"] == 2
    assert [node["id"] for node in bought(house.client(session), 1, page["pageInfo"]["endCursor"])["nodes"]] == [first["id"]]
    assert eves["id"] not in json.dumps(mine)


def orders_are_of_a_proved_address_alone(house):
    shop, (email, session) = house.shop, house.person()
    event = shop.event(shop.organizer("proved"), "proved")
    kind = shop.type(event)
    shop.quota(event, 10, [kind])
    other = "other-of-orders@example.org"
    order = shop.order(shop.hold(event, kind), email=other)
    house.say("requestEmailChange", {"newEmail": other, "password": PASSWORD}, "accepted", client=house.client(session))
    assert bought(house.client(session)) == {"totalCount": 0, "pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": []}
    token = house.mails(other)[0][1]
    house.say("confirmEmailChange", {"token": token}, "accepted", client=house.client(session))
    assert [node["id"] for node in bought(house.client(session))["nodes"]] == [order["id"]]
    shop.refused("UNAUTHENTICATED", bought, house.nobody)
    assert bought(house.owner)["nodes"] == []
    organizer = shop.owner.call("query($id: ID!) { event(id: $id) { organizer { id } } }", {"id": event})["event"]["organizer"]["id"]
    key = shop.owner.mutate("createApiKey", "CreateApiKeyInput", "token", {"organizerId": organizer, "name": "Books", "rights": ["ORDERS"]})["token"]
    shop.refused("FORBIDDEN", bought, house.client(key))
    for first, after in ((0, None), (101, None), (1, "no cursor")):
        shop.refused("BAD_USER_INPUT", bought, house.client(session), first, after)


def access_ends_after_ten_minutes_and_is_renewed(house):
    _, session = house.person()
    header, payload, _ = session["accessToken"].split(".")
    header, payload = segment(header), segment(payload)
    assert set(header) == {"alg", "typ", "kid"} and header["alg"] == "ES256" and payload["exp"] - payload["iat"] == 600
    assert house.viewer(session)["id"] == payload["sub"]
    house.shop.advance(10 * MINUTE_MS)
    assert house.is_out(session)
    assert house.viewer(house.refresh(session))["id"] == payload["sub"]


def a_refresh_token_is_good_once(house):
    _, first = house.person()
    second = house.refresh(first)
    assert house.refresh(first)["refreshToken"] == second["refreshToken"]  # the answer was lost on its way
    third = house.refresh(second)
    house.refused("CREDENTIALS_INVALID", "refreshSession", {"refreshToken": first["refreshToken"]})
    house.refused("CREDENTIALS_INVALID", "refreshSession", {"refreshToken": third["refreshToken"]})  # its family has ended
    assert house.is_out(third)


def after_half_a_minute_a_used_refresh_token_ends_its_family(house):
    _, first = house.person()
    second = house.refresh(first)
    house.shop.advance(31000)
    house.refused("CREDENTIALS_INVALID", "refreshSession", {"refreshToken": first["refreshToken"]})
    assert house.is_out(second) and house.is_out(first)


def a_forged_refresh_token_ends_nothing(house):
    _, session = house.person()
    id, turn, mac = session["refreshToken"].split(".")
    other_end = "BA" if mac.endswith("AA") else "AA"
    for forged in (f"{id}.2.{mac}", f"{id}.0.{mac}", f"{id}.1.{mac[:-2]}{other_end}", f"{id}.01.{mac}", f"{id}.-1.{mac}", f"{id}.1.", id, "", "." * 3, f"{id}.1.{mac}.", f"{id}.4294967297.{mac}"):
        house.refused("CREDENTIALS_INVALID", "refreshSession", {"refreshToken": forged})
    assert house.viewer(session)


def sessions_end_by_time(house):
    _, idle = house.person()
    _, busy = house.person()
    for _ in range(89):
        house.shop.advance(DAY_MS)
        busy = house.refresh(busy)
    house.refused("CREDENTIALS_INVALID", "refreshSession", {"refreshToken": idle["refreshToken"]})
    house.shop.advance(DAY_MS)
    house.refused("CREDENTIALS_INVALID", "refreshSession", {"refreshToken": busy["refreshToken"]})


def signing_out_ends_one_session_or_all(house):
    email, first = house.person()
    second, third, fourth = (house.sign_in(email) for _ in range(3))
    assert house.say("signOut", {}, "signedOut", client=house.client(first))["signedOut"]
    assert house.is_out(first) and house.viewer(second)
    house.refused("CREDENTIALS_INVALID", "refreshSession", {"refreshToken": first["refreshToken"]})
    house.say("signOut", {"refreshToken": second["refreshToken"]}, "signedOut")
    assert house.is_out(second) and house.viewer(third)
    house.say("signOut", {"everywhere": True}, "signedOut", client=house.client(third))
    assert house.is_out(third) and house.is_out(fourth)
    house.shop.refused("UNAUTHENTICATED", house.say, "signOut", {}, "signedOut")


def one_sees_ones_sessions_and_ends_any(house):
    email, first = house.person()
    (first_id, current), = house.sessions(first)
    assert current
    house.shop.advance(MINUTE_MS)
    second = house.sign_in(email)
    second_id = house.sessions(second)[0][0]
    assert house.sessions(second) == [(second_id, True), (first_id, False)]
    house.shop.advance(MINUTE_MS)
    first = house.refresh(first)
    assert house.sessions(second) == [(first_id, False), (second_id, True)], "what was used last comes first"
    _, stranger = house.person()
    assert len(house.sessions(stranger)) == 1
    for id in (first_id, "ses_00000000000000000000000000", "", "usr_1"):
        house.refused("NOT_FOUND", "signOut", {"sessionId": id}, "signedOut", client=house.client(stranger))
    house.shop.refused("UNAUTHENTICATED", house.say, "signOut", {"sessionId": first_id}, "signedOut")
    assert house.viewer(first)
    house.say("signOut", {"sessionId": first_id}, "signedOut", client=house.client(second))
    assert house.is_out(first) and house.sessions(second) == [(second_id, True)]
    house.say("signOut", {"sessionId": first_id}, "signedOut", client=house.client(second))  # said again


def live_sockets_end_with_their_session(house):
    """Within a second; those of others go on."""
    email, session = house.person()
    other = house.sign_in(email)
    event, _, _ = house.shop.evening()

    def socket(whose, **more):
        client = Socket(house.client(whose), init=False, timeout=5, **more)
        client.say(type="connection_init", payload={"authorization": "Bearer " + whose["accessToken"]})
        assert client.hear() == {"type": "connection_ack"}
        client.say(id="1", type="subscribe", payload={"query": f'subscription {{ eventAvailability(eventId: "{event}") {{ id }} }}'})
        assert client.hear()["type"] == "next"
        return client

    ending, staying = socket(session), socket(other)
    by_header = Socket(house.client(session), {"Authorization": "Bearer " + session["accessToken"]}, timeout=5)
    start = time.monotonic()
    house.say("signOut", {}, "signedOut", client=house.client(session))
    for client in (ending, by_header):
        try:
            while True:
                assert client.hear()["type"] == "error"
        except Closed as closed:
            assert closed.code == 4401, closed
    assert time.monotonic() - start < 1, time.monotonic() - start
    staying.say(id="2", type="subscribe", payload={"query": "{ viewer { email } }"})
    assert staying.hear()["payload"] == {"data": {"viewer": {"email": email}}}
    for client in (ending, by_header, staying):
        client.sock.close()


def a_socket_that_says_a_bad_token_is_closed(house):
    _, session = house.person()
    for token in ("Bearer nonsense-nonsense", "Bearer " + session["accessToken"][:-2], "Basic x", "Bearer " + session["accessToken"] + "A"):
        client = Socket(house.client(session), init=False, timeout=5)
        client.say(type="connection_init", payload={"authorization": token})
        try:
            client.hear()
            raise AssertionError(token)
        except Closed as closed:
            assert closed.code == 4403, closed
        client.sock.close()


def keys_are_published_and_rotate_with_overlap(house):
    def keys():
        status, kind, body = house.shop.get("/.well-known/jwks.json")
        assert status == 200 and kind == "application/jwk-set+json", (status, kind)
        return [key["kid"] for key in json.loads(body)["keys"] if not set(key) - {"kty", "crv", "alg", "use", "kid", "x", "y"}]

    seen, told = [], keys()
    for _ in range(64):
        _, session = house.person()
        kid = segment(session["accessToken"].split(".")[0])["kid"]
        assert kid in told and house.viewer(session)  # who read the keys a day ago knows this one
        seen.append(kid)
        told = keys()
        assert len(told) in (2, 3) and kid in told
        house.shop.advance(DAY_MS - 9 * MINUTE_MS)
        assert house.viewer(house.refresh(session))
    assert len(dict.fromkeys(seen)) in (3, 4), dict.fromkeys(seen)


def keys_are_known_after_each_leap_of_the_clock(house):
    for _ in range(3):
        house.shop.advance(100 * DAY_MS)
        _, session = house.person()
        assert house.viewer(session)


def one_answer_and_one_timing_for_all_failures(house):
    """An unknown address, a wrong password and one that is too long look the same, in words and in time."""
    email, _ = house.person()
    rows = {"unknown": ("nobody@example.org", PASSWORD), "wrong": (email, "another password"), "long": (email, "x" * 300), "no address": ("", "another password")}
    times, answers = {name: [] for name in rows}, set()
    for _ in range(25):
        for name, (address, password) in rows.items():
            start = time.perf_counter()
            try:
                house.sign_in(address, password)
                raise AssertionError(name)
            except Refused as refusal:
                answers.add(str(refusal))
            times[name].append(time.perf_counter() - start)
    assert len(answers) == 1, answers
    middles = {name: statistics.median(values) for name, values in times.items()}
    spread = statistics.median(abs(value - middles["wrong"]) for value in times["wrong"])
    assert min(middles.values()) > 0.008, middles  # the work was done
    assert max(middles.values()) - min(middles.values()) < max(5 * spread, 0.15 * middles["wrong"]), (middles, spread)


checks = [value for name, value in list(globals().items()) if callable(value) and getattr(value, "__module__", "") == "__main__" and name[0].islower()
          and getattr(value, "__code__", None) and value.__code__.co_varnames[:1] == ("house",)]


def main():
    failed, only, house = 0, sys.argv[2:], House(sys.argv[1])
    for check in checks:
        if only and check.__name__ not in only:
            continue
        start = time.monotonic()
        try:
            check(house)
            print(f"ok      {check.__name__} ({time.monotonic() - start:.1f} s)")
        except Exception:
            failed += 1
            print(f"FAILED  {check.__name__}\n{traceback.format_exc(limit=-4)}")
            house.shop.kill()
            house = House(sys.argv[1])
        sys.stdout.flush()
    house.shop.close()
    print(f"{len(only or checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
