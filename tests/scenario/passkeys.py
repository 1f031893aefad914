#!/usr/bin/env python3
"""Passkeys, from outside, with an authenticator that also lies: passkeys.py BINARY

TESSERA_TEST_BUS: local, wire, split. Ends with `N passed, N failed`."""
import json, sys

from accounts import House, PASSWORD
from authenticator import ATTESTED, EXTENDED, PRESENT, VERIFIED, Authenticator, decode, encode
from factor import App
from links import move
from shop import MINUTE_MS, run_checks

PASSKEY = "passkey { id name createdAt lastUsedAt }"


class Person:
    """Somebody with an account."""

    def __init__(self, house):
        self.house = house
        self.email, self.session = house.person()
        self.client = house.client(self.session)

    def options(self):
        return self.house.say("startPasskey", {"password": PASSWORD}, "options", client=self.client)["options"]

    def add(self, authenticator, name="Key", **lies):
        return self.house.say("createPasskey", {"name": name, **authenticator.create(self.options(), **lies)}, PASSKEY, client=self.client)["passkey"]

    def refused(self, said, code="CREDENTIALS_INVALID", name="Key", client=None):
        self.house.refused(code, "createPasskey", {"name": name, **said}, PASSKEY, client=client or self.client)

    def passkeys(self):
        return self.client.call("{ viewer { passkeys { id name createdAt lastUsedAt } } }")["viewer"]["passkeys"]


def ask(house):
    return house.nobody.call("mutation { startPasskeySignIn { options userErrors { code } } }")["startPasskeySignIn"]["options"]


def sign_in(house, authenticator, **lies):
    return house.say("signInByPasskey", authenticator.get(ask(house), **lies))["session"]


def is_refused(house, said):
    house.refused("CREDENTIALS_INVALID", "signInByPasskey", said)


def a_passkey_signs_in_in_one_step(house):
    """Both kinds of key; also where the account has a second factor: it is both."""
    for algorithm in (-7, -8):
        person, authenticator = Person(house), Authenticator(algorithm)
        made = person.add(authenticator, "My telephone")
        assert made["name"] == "My telephone" and made["lastUsedAt"] is None and person.passkeys() == [made]
        assert house.mails(person.email)[0] == ("PASSKEY_ADDED", None)
        assert house.viewer(sign_in(house, authenticator))["email"] == person.email
        assert person.passkeys()[0]["lastUsedAt"] is not None
    app, authenticator = App(house), Authenticator()
    options = house.say("startPasskey", {"password": PASSWORD}, "options", client=app.client)["options"]
    house.say("createPasskey", {"name": "Key", **authenticator.create(options)}, PASSKEY, client=app.client)
    assert house.viewer(sign_in(house, authenticator))["email"] == app.email


def browsers_are_asked_for_what_is_checked(house):
    person, authenticator = Person(house), Authenticator()
    house.refused("CREDENTIALS_INVALID", "startPasskey", {"password": "not it at all"}, "options", client=person.client)
    person.add(authenticator)
    options = json.loads(person.options())
    assert options["rp"] == {"id": "localhost", "name": "Tessera"} and options["user"]["name"] == person.email
    assert [entry["alg"] for entry in options["pubKeyCredParams"]] == [-7, -8] and options["attestation"] == "none"
    assert options["excludeCredentials"] == [{"type": "public-key", "id": encode(authenticator.id)}]
    assert options["authenticatorSelection"] == {"residentKey": "required", "requireResidentKey": True, "userVerification": "required"}
    assert len(decode(options["challenge"])) > 64 and len(decode(options["user"]["id"])) <= 64
    asked = json.loads(ask(house))
    assert asked["rpId"] == "localhost" and asked["userVerification"] == "required" and asked["challenge"] != json.loads(ask(house))["challenge"]


def what_is_registered_is_checked(house):
    person, authenticator = Person(house), Authenticator()
    options = person.options()
    wrong = [
        {"flags": PRESENT | ATTESTED}, {"flags": VERIFIED | ATTESTED}, {"flags": PRESENT | VERIFIED}, {"rp": "example.org"}, {"kind": "webauthn.get"},
        {"crossOrigin": True}, {"topOrigin": "https://example.org"}, {"origin": "https://example.org"}, {"origin": "http://localhost.example.org"},
        {"origin": "http://localhost:80.example.org"}, {"origin": "https://localhost"}, {"origin": None}, {"origin": 1}, {"challenge": None}, {"challenge": "AAAA"},
    ]
    for lies in wrong:
        person.refused(authenticator.create(options, **lies))
    good = authenticator.create(options)
    data = decode(good["authenticatorData"])
    for cut in (0, 31, 32, 36, 37, 53, 54, 55, len(data) - 1):
        person.refused({**good, "authenticatorData": encode(data[:cut])})
    for at in (*range(87, len(data) - 66), len(data) - 35, len(data) - 34):  # CBOR's heads and labels, its kinds and lengths
        if at in range(97, 129):
            continue  # x
        person.refused({**good, "authenticatorData": encode(data[:at] + bytes([data[at] ^ 0x41]) + data[at + 1:])})
    person.refused(authenticator.create(options, tail=b"\0"))
    person.refused(authenticator.create(options, flags=PRESENT | VERIFIED | ATTESTED | EXTENDED))
    off_the_curve = data[:97] + bytes([data[97] ^ 1]) + data[98:]
    person.refused({**good, "authenticatorData": encode(off_the_curve)})
    person.refused({**good, "clientData": encode(b"{")})
    person.refused({**good, "clientData": encode(decode(good["clientData"])[:-1] + b', "type": "webauthn.create"}')})
    person.refused({**good, "clientData": encode(decode(good["clientData"])[:-1] + b', "more": "' + b"x" * 4096 + b'"}')})
    person.refused({"clientData": "=", "authenticatorData": "!"})
    person.refused(Authenticator(-257).create(options))
    person.refused(good, "INVALID_INPUT", name=" ")
    assert person.passkeys() == []
    house.say("createPasskey", {"name": "Key", **good}, PASSKEY, client=person.client)  # all of that has used nothing up
    extended = Authenticator().create(person.options(), flags=PRESENT | VERIFIED | ATTESTED | EXTENDED, tail=b"\xa1\x6bcredProtect\x02")
    house.say("createPasskey", {"name": "Key", **extended}, PASSKEY, client=person.client)  # what browsers add unasked
    assert len(person.passkeys()) == 2


def they_belong_to_the_origin_that_is_said(_):
    house = House(sys.argv[1], "--web-origin", "https://tickets.example:8443")
    person, ours = Person(house), {"rp": "tickets.example", "origin": "https://tickets.example:8443"}
    options = person.options()
    assert json.loads(options)["rp"]["id"] == "tickets.example" and json.loads(ask(house))["rpId"] == "tickets.example"
    for wrong in ({"rp": "localhost"}, {"origin": "http://localhost:8080"}, {"origin": "https://tickets.example"}, {"origin": "https://tickets.example:8443.example.org"}):
        person.refused(Authenticator(**{**ours, **wrong}).create(options))
    authenticator = Authenticator(**ours)
    house.say("createPasskey", {"name": "Key", **authenticator.create(options)}, PASSKEY, client=person.client)
    assert house.viewer(sign_in(house, authenticator))["email"] == person.email
    house.shop.close()


def a_challenge_is_of_one_session_once(house):
    person, other, authenticator = Person(house), Person(house), Authenticator()
    options = person.options()
    said = authenticator.create(options)
    other.refused(said)
    person.refused(said, client=house.client(house.sign_in(person.email)))
    person.refused(authenticator.create(ask(house)))
    house.say("createPasskey", {"name": "Key", **said}, PASSKEY, client=person.client)
    person.refused(Authenticator().create(options))  # used
    late = person.options()
    house.shop.advance(5 * MINUTE_MS)
    person.refused(Authenticator().create(late))
    assert len(person.passkeys()) == 1


def a_credential_is_of_one_account(house):
    person, other, authenticator = Person(house), Person(house), Authenticator()
    made = person.add(authenticator)
    other.refused(authenticator.create(other.options()))
    person.refused(authenticator.create(person.options()))
    assert house.viewer(sign_in(house, authenticator))["email"] == person.email and other.passkeys() == []
    house.say("removePasskey", {"passkeyId": made["id"], "password": PASSWORD}, "passkey { id }", client=person.client)
    other.add(authenticator)  # it was given on
    assert house.viewer(sign_in(house, authenticator))["email"] == other.email


def what_signs_in_is_checked(house):
    for algorithm in (-7, -8):
        person, authenticator, other = Person(house), Authenticator(algorithm), Authenticator(algorithm)
        person.add(authenticator)
        for lies in ({"flags": PRESENT}, {"flags": VERIFIED}, {"flags": 0}, {"flags": PRESENT | VERIFIED | ATTESTED}, {"flags": PRESENT | VERIFIED | EXTENDED}, {"rp": "example.org"}, {"kind": "webauthn.create"}, {"crossOrigin": True},
                     {"origin": "https://example.org"}, {"origin": "http://localhost.example.org"}, {"challenge": "AAAA"}):
            is_refused(house, authenticator.get(ask(house), **lies))
        is_refused(house, other.get(ask(house)))
        is_refused(house, {**other.get(ask(house)), "credentialId": encode(authenticator.id)})  # another key's signature
        is_refused(house, authenticator.get(person.options()))  # a challenge for something else
        good, options = authenticator.get(ask(house)), ask(house)
        for name in ("signature", "authenticatorData", "clientData"):
            data = decode(good[name])
            is_refused(house, {**good, name: encode(data[:-1] + bytes([data[-1] ^ 1]))})
            is_refused(house, {**good, name: encode(data[:-1])})
            is_refused(house, {**good, name: ""})
        is_refused(house, {**good, "clientData": authenticator.get(options)["clientData"]})
        assert house.say("signInByPasskey", good)["session"]
        is_refused(house, good)  # said again
        late = ask(house)
        house.shop.advance(5 * MINUTE_MS)
        is_refused(house, authenticator.get(late))
        assert sign_in(house, authenticator)


def one_challenge_signs_in_once(house):
    person, authenticator = Person(house), Authenticator(counts=False)
    person.add(authenticator)
    options = ask(house)
    house.say("signInByPasskey", authenticator.get(options))
    is_refused(house, authenticator.get(options))
    assert sign_in(house, authenticator)  # it does not count, and need not


def a_counter_that_goes_back_is_a_copy(house):
    person, authenticator = Person(house), Authenticator()
    person.add(authenticator)
    sign_in(house, authenticator)
    authenticator.count -= 1
    is_refused(house, authenticator.get(ask(house)))  # the same again
    authenticator.count -= 2
    is_refused(house, authenticator.get(ask(house)))
    authenticator.count += 9
    sign_in(house, authenticator)


def several_are_named_and_removed(house):
    person, stranger = Person(house), Person(house)
    keys = [Authenticator(), Authenticator(-8), Authenticator()]
    made = [person.add(key, f"Key {number}") for number, key in enumerate(keys)]
    assert [entry["name"] for entry in person.passkeys()] == ["Key 0", "Key 1", "Key 2"] and stranger.passkeys() == []
    value = {"passkeyId": made[1]["id"], "password": PASSWORD}
    house.refused("CREDENTIALS_INVALID", "removePasskey", {**value, "password": "not it at all"}, "passkey { id }", client=person.client)
    house.refused("NOT_FOUND", "removePasskey", value, "passkey { id }", client=stranger.client)
    house.refused("NOT_FOUND", "removePasskey", {**value, "passkeyId": "psk_00000000000000000000000000"}, "passkey { id }", client=person.client)
    house.say("removePasskey", value, "passkey { id }", client=person.client)
    assert house.mails(person.email)[0] == ("PASSKEY_REMOVED", None)
    house.refused("NOT_FOUND", "removePasskey", value, "passkey { id }", client=person.client)
    assert [entry["name"] for entry in person.passkeys()] == ["Key 0", "Key 2"]
    is_refused(house, keys[1].get(ask(house)))
    assert sign_in(house, keys[0]) and sign_in(house, keys[2])


def one_has_another_name(house):
    person, stranger, authenticator = Person(house), Person(house), Authenticator()
    made = person.add(authenticator)
    value = {"passkeyId": made["id"], "name": " Old telephone "}
    house.refused("NOT_FOUND", "renamePasskey", value, "passkey { id }", client=stranger.client)
    house.refused("INVALID_INPUT", "renamePasskey", {**value, "name": " "}, "passkey { id }", client=person.client)
    assert person.passkeys() == [made]
    renamed = house.say("renamePasskey", value, PASSKEY, client=person.client)["passkey"]
    assert renamed == {**made, "name": "Old telephone"} and person.passkeys() == [renamed]
    assert sign_in(house, authenticator)
    house.say("removePasskey", {"passkeyId": made["id"], "password": PASSWORD}, "passkey { id }", client=person.client)
    house.refused("NOT_FOUND", "renamePasskey", value, "passkey { id }", client=person.client)


def an_account_has_twenty_at_most(house):
    person = Person(house)
    for _ in range(20):
        person.add(Authenticator(-8))
    house.refused("OVER_LIMIT", "startPasskey", {"password": PASSWORD}, "options", client=person.client)


def those_of_a_thief_go_with_his_address(house):
    person, mine, his = Person(house), Authenticator(), Authenticator()
    person.add(mine)
    undo = move(house, person.client, "passkey-thief@example.org", person.email)
    person.add(his)
    house.say("undoEmailChange", {"token": undo, "password": "a better password"})
    is_refused(house, his.get(ask(house)))
    assert house.viewer(sign_in(house, mine))["email"] == person.email


checks = [a_passkey_signs_in_in_one_step, browsers_are_asked_for_what_is_checked, what_is_registered_is_checked, they_belong_to_the_origin_that_is_said,
          a_challenge_is_of_one_session_once,
          a_credential_is_of_one_account, what_signs_in_is_checked, one_challenge_signs_in_once, a_counter_that_goes_back_is_a_copy,
          several_are_named_and_removed, an_account_has_twenty_at_most, those_of_a_thief_go_with_his_address]


if __name__ == "__main__":
    sys.exit(run_checks(House(sys.argv[1]), checks))
