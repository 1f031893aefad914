#!/usr/bin/env python3
"""What goes by mail, from outside: signing in by a link, and another address for an account: links.py BINARY

TESSERA_TEST_BUS: local, wire, split. Ends with `N passed, N failed`."""
import statistics, sys, time

from accounts import House, PASSWORD
from factor import App, TWO_STEPS
from shop import DAY_MS, HOUR_MS, MINUTE_MS, run_checks
from totp import totp

ASKED = "accepted browserToken"


def ask(house, email):
    """Ask for a link. Return: what the browser keeps."""
    asked = house.say("requestSignInLink", {"email": email}, ASKED)
    assert asked["accepted"] and set(asked) == {"accepted", "browserToken", "userErrors"}, asked
    return asked["browserToken"]


def link_of(house, email, kind="SIGN_IN"):
    found, token = house.mails(email)[0]
    assert found == kind, (email, found)
    return token


def move(house, client, email, old, password=PASSWORD):
    """Ask for another address and open the link. Return: the token with which the old address undoes it."""
    house.say("requestEmailChange", {"newEmail": email, "password": password}, "accepted", client=client)
    assert house.say("confirmEmailChange", {"token": link_of(house, email, "CHANGE_EMAIL")}, "accepted", client=client)["accepted"]
    return link_of(house, old, "EMAIL_CHANGED")


def a_link_signs_in_once_in_the_browser_that_asked(house):
    email, _ = house.person()
    mine, other = ask(house, email), ask(house, email)
    token = house.mails(email)[1][1]
    for wrong in (other, mine[:-2], mine + "A", "", "x"):
        house.refused("LINK_INVALID", "signInByLink", {"token": token, "browserToken": wrong})
    assert house.viewer(house.say("signInByLink", {"token": token, "browserToken": mine})["session"])["email"] == email
    house.refused("LINK_INVALID", "signInByLink", {"token": token, "browserToken": mine})
    assert house.viewer(house.say("signInByLink", {"token": link_of(house, email), "browserToken": other})["session"])


def a_link_is_for_signing_in_alone(house):
    email, _ = house.person()
    browser = ask(house, email)
    token = link_of(house, email)
    house.refused("LINK_INVALID", "resetPassword", {"token": token, "password": "another password"})
    house.refused("LINK_INVALID", "verifyEmail", {"token": token, "password": "another password"})
    house.refused("LINK_INVALID", "undoEmailChange", {"token": token, "password": "another password"})
    house.say("requestPasswordReset", {"email": email}, "accepted")
    house.refused("LINK_INVALID", "signInByLink", {"token": link_of(house, email, "RESET_PASSWORD"), "browserToken": browser})


def a_link_ends_by_time_and_with_the_password(house):
    email, session = house.person()
    browser = ask(house, email)
    token = link_of(house, email)
    house.shop.advance(15 * MINUTE_MS)
    house.refused("LINK_INVALID", "signInByLink", {"token": token, "browserToken": browser})
    browser, client = ask(house, email), house.client(house.refresh(session))
    token = link_of(house, email)
    house.say("changePassword", {"currentPassword": PASSWORD, "newPassword": "another password"}, client=client)
    house.refused("LINK_INVALID", "signInByLink", {"token": token, "browserToken": browser})


def a_link_is_the_first_of_two_steps(house):
    app = App(house)
    browser = ask(house, app.email)
    answer = house.say("signInByLink", {"token": link_of(house, app.email), "browserToken": browser}, TWO_STEPS)
    assert answer["session"] is None
    assert house.viewer(app.complete(answer["challenge"], app.fresh()))["email"] == app.email


def asking_tells_nothing_of_an_address(house):
    """The same answer in the same time, whether there is an account; the mail says it."""
    known = [house.person()[0] for _ in range(12)]
    times = {"known": [], "unknown": []}
    for number, email in enumerate(known):
        for name, address in (("known", email), ("unknown", f"nobody-{number}@example.org")):
            start = time.perf_counter()
            browser = ask(house, address)
            times[name].append(time.perf_counter() - start)
            assert len(browser) == len("mal_") + 26 + 1 + 43, browser
    assert house.mails("nobody-0@example.org") == [("ACCOUNT_UNKNOWN", None)]
    middles = {name: statistics.median(values) for name, values in times.items()}
    assert abs(middles["known"] - middles["unknown"]) < max(0.005, 0.5 * middles["known"]), middles


def five_links_an_hour_go_to_an_address(house):
    email, _ = house.person()
    for _ in range(6):
        browser = ask(house, email)
    house.refused("LINK_INVALID", "signInByLink", {"token": link_of(house, email), "browserToken": browser})  # of a mail that was not sent
    assert len(house.mails(email)) == 5


def an_address_changes_once_it_is_proved(house):
    old, session = house.person()
    client, new = house.client(session), "Moved@example.org"
    house.refused("INVALID_INPUT", "requestEmailChange", {"newEmail": "nobody", "password": PASSWORD}, "accepted", client=client)
    house.refused("CREDENTIALS_INVALID", "requestEmailChange", {"newEmail": new, "password": "not it at all"}, "accepted", client=client)
    house.say("requestEmailChange", {"newEmail": new, "password": PASSWORD}, "accepted", client=client)
    token = link_of(house, new, "CHANGE_EMAIL")
    stranger = house.client(house.person()[1])
    house.refused("LINK_INVALID", "confirmEmailChange", {"token": token}, "accepted", client=stranger)
    house.shop.refused("UNAUTHENTICATED", house.say, "confirmEmailChange", {"token": token}, "accepted")
    assert house.viewer(session)["email"] == old
    assert house.say("confirmEmailChange", {"token": token}, "accepted", client=client)["accepted"]
    house.refused("LINK_INVALID", "confirmEmailChange", {"token": token}, "accepted", client=client)
    assert house.viewer(session)["email"] == new and house.viewer(house.sign_in("moved@EXAMPLE.org"))["email"] == new
    house.refused("CREDENTIALS_INVALID", "signIn", {"email": old, "password": PASSWORD})
    assert house.mails(old)[0][0] == "EMAIL_CHANGED"
    house.sign_up(old)  # it is free
    house.say("verifyEmail", {"token": link_of(house, old, "VERIFY_EMAIL"), "password": PASSWORD})
    assert house.viewer(house.sign_in(old))["id"] != house.viewer(session)["id"]
    move(house, client, "MOVED@example.org", new)  # how it is spelled
    assert house.viewer(session)["email"] == "MOVED@example.org"


def an_address_of_another_is_not_to_be_had(house):
    (taken, _), (email, session) = house.person(), house.person()
    client = house.client(session)
    assert house.say("requestEmailChange", {"newEmail": taken.upper(), "password": PASSWORD}, "accepted", client=client)["accepted"]
    assert house.mails(taken)[0] == ("ACCOUNT_EXISTS", None)
    house.say("requestEmailChange", {"newEmail": "both@example.org", "password": PASSWORD}, "accepted", client=client)
    token = link_of(house, "both@example.org", "CHANGE_EMAIL")
    house.sign_up("both@example.org")
    house.say("verifyEmail", {"token": link_of(house, "both@example.org", "VERIFY_EMAIL"), "password": PASSWORD})
    before = house.mails(email)
    house.refused("CONFLICT", "confirmEmailChange", {"token": token}, "accepted", client=client)
    assert house.viewer(session)["email"] == email and house.mails(email) == before


def links_to_the_old_address_end_with_it(house):
    old, session = house.person()
    house.say("requestPasswordReset", {"email": old}, "accepted")
    browser = ask(house, old)
    (_, by_link), (_, reset) = house.mails(old)[:2]
    move(house, house.client(session), "links@example.org", old)
    house.refused("LINK_INVALID", "resetPassword", {"token": reset, "password": "another password"})
    house.refused("LINK_INVALID", "signInByLink", {"token": by_link, "browserToken": browser})
    assert house.viewer(session)["email"] == "links@example.org"


def the_old_address_undoes_it(house):
    """Somebody has the password and a session: the owner, who has the mail, gets all of it back."""
    old, session = house.person()
    thief = house.client(house.sign_in(old))
    for _ in range(5):
        house.say("requestPasswordReset", {"email": old}, "accepted")  # the notice comes whatever was sent before
    undo = move(house, thief, "thief@example.org", old)
    begun = house.say("startTotp", {"password": PASSWORD}, "token secret", client=thief)
    house.say("confirmTotp", {"token": begun["token"], "code": totp(begun["secret"], house.shop.now_ms())}, "recoveryCodes", client=thief)
    changed = house.say("changePassword", {"currentPassword": PASSWORD, "newPassword": "a thief's password"}, client=thief)["session"]
    house.refused("INVALID_INPUT", "undoEmailChange", {"token": undo, "password": "short"})
    house.shop.advance(6 * DAY_MS)
    answer = house.say("undoEmailChange", {"token": undo, "password": "a better password"}, TWO_STEPS)
    assert house.viewer(answer["session"])["email"] == old and answer["challenge"] is None
    house.refused("CREDENTIALS_INVALID", "refreshSession", {"refreshToken": changed["refreshToken"]})
    house.refused("CREDENTIALS_INVALID", "signIn", {"email": "thief@example.org", "password": "a thief's password"})
    house.refused("LINK_INVALID", "undoEmailChange", {"token": undo, "password": "a better password"})
    house.sign_in(old, "a better password")


def an_older_second_factor_is_asked_for_when_it_is_undone(house):
    app = App(house)
    undo = move(house, app.client, "two-steps@example.org", app.email)
    answer = house.say("undoEmailChange", {"token": undo, "password": "a better password"}, TWO_STEPS)
    assert answer["session"] is None
    assert house.viewer(app.complete(answer["challenge"], app.fresh()))["email"] == app.email


def undoing_ends_by_time(house):
    old, session = house.person()
    undo = move(house, house.client(session), "week@example.org", old)
    house.shop.advance(7 * DAY_MS)
    house.refused("LINK_INVALID", "undoEmailChange", {"token": undo, "password": "a better password"})
    client = house.client(house.sign_in("week@example.org"))
    house.say("requestEmailChange", {"newEmail": "hour@example.org", "password": PASSWORD}, "accepted", client=client)
    house.shop.advance(HOUR_MS)
    client = house.client(house.sign_in("week@example.org"))
    house.refused("LINK_INVALID", "confirmEmailChange", {"token": house.mails("hour@example.org")[0][1] or "x"}, "accepted", client=client)


checks = [a_link_signs_in_once_in_the_browser_that_asked, a_link_is_for_signing_in_alone, a_link_ends_by_time_and_with_the_password,
          a_link_is_the_first_of_two_steps, asking_tells_nothing_of_an_address, five_links_an_hour_go_to_an_address,
          an_address_changes_once_it_is_proved, an_address_of_another_is_not_to_be_had, links_to_the_old_address_end_with_it,
          the_old_address_undoes_it, an_older_second_factor_is_asked_for_when_it_is_undone, undoing_ends_by_time]


if __name__ == "__main__":
    sys.exit(run_checks(House(sys.argv[1]), checks))
