#!/usr/bin/env python3
"""The second factor, from outside: an app that shows codes, recovery codes, a sign-in of two steps: factor.py BINARY

TESSERA_TEST_BUS: local, wire, split. Ends with `N passed, N failed`."""
import sys, urllib.parse
from concurrent.futures import ThreadPoolExecutor

from accounts import House, PASSWORD, SESSION
from shop import MINUTE_MS, Client, Refused, run_checks
from totp import totp

STEP_MS = 30000
TWO_STEPS = f"{SESSION} challenge"


class App:
    """Somebody with an account and an app for it, whose clock may be off."""

    def __init__(self, house):
        self.house = house
        house.shop.advance(STEP_MS - house.shop.now_ms() % STEP_MS + 5000)  # so that no code changes under a check
        self.email, session = house.person()
        self.client = house.client(session)
        begun = house.say("startTotp", {"password": PASSWORD}, "token secret uri", client=self.client)
        self.secret, self.uri = begun["secret"], begun["uri"]
        self.codes = house.say("confirmTotp", {"token": begun["token"], "code": self.code()}, "recoveryCodes", client=self.client)["recoveryCodes"]

    def code(self, steps=0):
        return totp(self.secret, self.house.shop.now_ms(), steps)

    def fresh(self):
        """A code that was not used: half a minute later."""
        self.house.shop.advance(STEP_MS)
        return self.code()

    def begin(self, password=PASSWORD):
        answer = self.house.say("signIn", {"email": self.email, "password": password}, TWO_STEPS)
        assert answer["session"] is None and answer["challenge"]
        return answer["challenge"]

    def complete(self, challenge, code):
        return self.house.say("completeSignIn", {"challenge": challenge, "code": code})["session"]

    def refused(self, code, challenge=None):
        self.house.refused("CREDENTIALS_INVALID", "completeSignIn", {"challenge": challenge or self.begin(), "code": code})

    def left(self):
        return self.client.call("{ viewer { secondFactor { recoveryCodesLeft } } }")["viewer"]["secondFactor"]["recoveryCodesLeft"]

    def change(self, name, code, selection="recoveryCodes", password=PASSWORD):
        return self.house.say(name, {"password": password, "code": code}, selection, client=self.client)


def a_factor_is_on_once_a_code_has_shown_it(house):
    email, session = house.person()
    client = house.client(session)
    house.refused("CREDENTIALS_INVALID", "startTotp", {"password": "not it at all"}, "token", client=client)
    begun = house.say("startTotp", {"password": PASSWORD}, "token secret uri", client=client)
    code = totp(begun["secret"], house.shop.now_ms())
    for wrong in ("", "x", code + "0", code[:5], "%06d" % ((int(code) + 1) % 1000000), totp(begun["secret"], house.shop.now_ms(), 3)):
        house.refused("CREDENTIALS_INVALID", "confirmTotp", {"token": begun["token"], "code": wrong}, "recoveryCodes", client=client)
    assert client.call("{ viewer { secondFactor { since } } }")["viewer"]["secondFactor"] is None
    assert house.sign_in(email)
    codes = house.say("confirmTotp", {"token": begun["token"], "code": code}, "recoveryCodes", client=client)["recoveryCodes"]
    assert len(set(codes)) == 10 and all(len(code) == 14 for code in codes), codes
    assert client.call("{ viewer { secondFactor { recoveryCodesLeft } } }")["viewer"]["secondFactor"] == {"recoveryCodesLeft": 10}
    assert house.mails(email)[0] == ("SECOND_FACTOR_ON", None)
    for name, value, selection in (("startTotp", {"password": PASSWORD}, "token"), ("confirmTotp", {"token": begun["token"], "code": code}, "recoveryCodes")):
        house.refused("CONFLICT", name, value, selection, client=client)


def the_uri_is_what_apps_read(house):
    app = App(house)
    uri = urllib.parse.urlsplit(app.uri)
    assert (uri.scheme, uri.netloc, urllib.parse.unquote(uri.path)) == ("otpauth", "totp", "/Tessera:" + app.email), app.uri
    assert dict(urllib.parse.parse_qsl(uri.query)) == {"secret": app.secret, "issuer": "Tessera", "algorithm": "SHA1", "digits": "6", "period": "30"}
    assert len(app.secret) == 32


def what_was_begun_is_for_one_account(house):
    (_, mine), (_, other) = house.person(), house.person()
    mine, other = house.client(mine), house.client(other)
    begun = house.say("startTotp", {"password": PASSWORD}, "token secret", client=mine)
    value = {"token": begun["token"], "code": totp(begun["secret"], house.shop.now_ms())}
    house.refused("LINK_INVALID", "confirmTotp", value, "recoveryCodes", client=other)
    for forged in ("", begun["token"][:-2], begun["token"] + "A", begun["token"][:29] + ("0" if begun["token"][29] != "0" else "1") + begun["token"][30:]):
        house.refused("LINK_INVALID", "confirmTotp", {**value, "token": forged}, "recoveryCodes", client=mine)


def what_was_begun_ends_by_time(house):
    _, session = house.person()
    begun = house.say("startTotp", {"password": PASSWORD}, "token secret", client=house.client(session))
    house.shop.advance(10 * MINUTE_MS)
    client = house.client(house.refresh(session))
    house.refused("LINK_INVALID", "confirmTotp", {"token": begun["token"], "code": totp(begun["secret"], house.shop.now_ms())}, "recoveryCodes", client=client)


def signing_in_takes_two_steps(house):
    app = App(house)
    challenge = app.begin()
    app.refused("000000", challenge)
    session = app.complete(challenge, app.fresh())
    assert house.viewer(session)["email"] == app.email
    app.refused(app.fresh(), challenge)  # it was used
    house.refused("CREDENTIALS_INVALID", "signIn", {"email": app.email, "password": "not it at all"}, TWO_STEPS)


def a_code_is_good_once_and_a_step_away(house):
    app = App(house)
    app.refused(app.code())  # it set the factor up
    house.shop.advance(2 * STEP_MS)
    app.complete(app.begin(), app.code(-1))  # a clock that is late
    app.refused(app.code(-1))
    app.complete(app.begin(), app.code(1)[:3] + " " + app.code(1)[3:])  # one that is early, as apps show it
    for steps in (-2, -1, 0, 1, 2):  # those before it are used with it
        app.refused(app.code(steps))
    house.shop.advance(2 * STEP_MS)
    app.complete(app.begin(), app.code())


def a_challenge_is_short_lived_and_bound(house):
    app, other = App(house), App(house)
    challenge = app.begin()
    swapped = challenge[:31] + other.begin()[31:61] + challenge[61:]
    for forged in (challenge[:-2], challenge + "A", swapped, challenge[:61], "", "x"):
        app.refused(app.code(1), forged or "-")
    late = app.begin()
    house.shop.advance(5 * MINUTE_MS)
    app.refused(app.code(), late)
    before = app.begin()
    house.say("requestPasswordReset", {"email": app.email}, "accepted")
    house.say("resetPassword", {"token": house.mails(app.email)[0][1], "password": "another password"}, TWO_STEPS)
    app.refused(app.code(), before)
    app.complete(app.begin("another password"), app.code())


def a_reset_of_the_password_asks_for_the_factor_too(house):
    app = App(house)
    house.say("requestPasswordReset", {"email": app.email}, "accepted")
    answer = house.say("resetPassword", {"token": house.mails(app.email)[0][1], "password": "another password"}, TWO_STEPS)
    assert answer["session"] is None
    assert house.viewer(app.complete(answer["challenge"], app.fresh()))["email"] == app.email


def recovery_codes_are_good_once_each(house):
    app = App(house)
    for number, code in enumerate(app.codes[:3]):
        typed = (code, code.lower(), code.replace("-", " "))[number]
        app.complete(app.begin(), typed)
        app.refused(code)
        assert app.left() == 9 - number
    new = app.change("renewRecoveryCodes", app.codes[3])["recoveryCodes"]
    assert not set(new) & set(app.codes) and app.left() == 10
    app.refused(app.codes[4])
    app.complete(app.begin(), new[9])


def removing_it_takes_password_and_code(house):
    app = App(house)
    code, challenge = app.fresh(), app.begin()
    for name, selection in (("removeTotp", "accepted"), ("renewRecoveryCodes", "recoveryCodes")):
        house.refused("CREDENTIALS_INVALID", name, {"password": "not it at all", "code": code}, selection, client=app.client)
        house.refused("CREDENTIALS_INVALID", name, {"password": PASSWORD, "code": "x"}, selection, client=app.client)
        house.shop.refused("UNAUTHENTICATED", house.say, name, {"password": PASSWORD, "code": code}, selection)
        house.shop.refused("FORBIDDEN", house.say, name, {"password": PASSWORD, "code": code}, selection, client=house.owner)
    assert app.change("removeTotp", code, "accepted")["accepted"]
    assert house.mails(app.email)[0] == ("SECOND_FACTOR_OFF", None)
    assert house.sign_in(app.email)
    app.refused(app.codes[0], challenge)
    house.refused("CONFLICT", "removeTotp", {"password": PASSWORD, "code": code}, "accepted", client=app.client)
    again = house.say("startTotp", {"password": PASSWORD}, "token secret", client=app.client)
    assert again["secret"] != app.secret
    codes = house.say("confirmTotp", {"token": again["token"], "code": totp(again["secret"], house.shop.now_ms())}, "recoveryCodes", client=app.client)["recoveryCodes"]
    app.refused(app.codes[0])
    app.complete(app.begin(), codes[0])


def one_code_said_at_once_signs_in_once(house):
    app = App(house)
    for code in (app.fresh(), app.codes[0]):
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda challenge: attempt(app, challenge, code), [app.begin() for _ in range(4)]))
        assert sum(answers) == 1, answers
    challenge = app.begin()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda code: attempt(app, challenge, code), app.codes[1:5]))
    assert sum(answers) == 1, answers


def attempt(app, challenge, code):
    try:
        return bool(app.house.say("completeSignIn", {"challenge": challenge, "code": code}, client=Client(app.house.port))["session"])
    except Refused as refusal:
        assert "CREDENTIALS_INVALID" in str(refusal), refusal
        return False


def wrong_codes_are_bounded_by_account(house):
    """From any address: these come from this machine, whose addresses are not counted."""
    app, other = App(house), App(house)
    challenge = app.begin()
    for _ in range(10):
        app.refused("x", challenge)
    house.shop.refused("RATE_LIMITED", house.say, "completeSignIn", {"challenge": challenge, "code": app.fresh()})
    other.complete(other.begin(), other.fresh())
    house.shop.advance(5 * MINUTE_MS)
    app.complete(app.begin(), app.code())
    for code in app.codes:
        app.complete(app.begin(), code)  # what is right does not count


checks = [a_factor_is_on_once_a_code_has_shown_it, the_uri_is_what_apps_read, what_was_begun_is_for_one_account, what_was_begun_ends_by_time,
          signing_in_takes_two_steps, a_code_is_good_once_and_a_step_away, a_challenge_is_short_lived_and_bound,
          a_reset_of_the_password_asks_for_the_factor_too, recovery_codes_are_good_once_each, removing_it_takes_password_and_code,
          one_code_said_at_once_signs_in_once, wrong_codes_are_bounded_by_account]


if __name__ == "__main__":
    sys.exit(run_checks(House(sys.argv[1]), checks))
