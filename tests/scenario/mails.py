#!/usr/bin/env python3
"""Mails, from outside: over a mail server that does as told, and over mailpit where it is: mails.py BINARY

TESSERA_TEST_BUS: local, wire, split. Ends with `N passed, N failed`."""
import http.client, json, os, re, shutil, subprocess, sys, tempfile, threading, time, urllib.parse

from shop import DAY_MS, MINUTE_MS, Client, Refused, Shop, run_checks
from client import Server, free_port
from natsserver import die_with_us
from smtpserver import SmtpServer

PASSWORD = "correct horse battery"
SHOP, ACCOUNTS = "https://shop.example", "https://shop.example/account"
FROM = "Bühne <tickets@shop.example>"
MAILPIT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "build", "tools", "bin", "mailpit")
THIS_MACHINE_BY_ANOTHER_NAME = "[::ffff:127.0.0.1]"


def sign_up(client, email):
    assert client.mutate("signUp", "SignUpInput", "accepted", {"email": email, "name": "Eve"})["accepted"]


def text_of(mail, kind="plain"):
    return mail.get_body((kind,)).get_content()


def token_of(text):
    return urllib.parse.unquote(re.search(r"\?token=(\S+)", text)[1])


class House:
    def __init__(self, binary):
        self.mail = SmtpServer()
        self.shop = Shop(binary, "--smtp", self.mail.url, "--mail-from", FROM, "--account-url", ACCOUNTS, "--web-origin", SHOP)
        self.count = 0

    def someone(self):
        self.count += 1
        return f"ada-{self.count}@example.org"

    def to(self, email):
        return [mail for receiver, mail in self.mail.mails if receiver == email]

    def await_mail(self, email, count=1):
        end = time.monotonic() + 10
        while len(self.to(email)) < count:
            assert time.monotonic() < end, "no mail to " + email
            time.sleep(0.01)
        return self.to(email)[-1]

    def outcomes(self, outcome):
        found = re.search(r'tessera_mails_total\{outcome="%s"\} (\d+)' % outcome, self.shop.metrics())
        return int(found[1]) if found else 0

    def await_outcome(self, outcome, count):
        end = time.monotonic() + 10
        while self.outcomes(outcome) < count:
            assert time.monotonic() < end, (outcome, count, self.mail.commands[-20:])
            time.sleep(0.02)


def a_link_comes_by_mail_and_works(house):
    email = house.someone()
    sign_up(house.shop.buyer, email)
    mail = house.await_mail(email)
    assert str(mail["From"]) == "Bühne <tickets@shop.example>" and str(mail["To"]) == email, mail.as_string()
    assert mail["Auto-Submitted"] == "auto-generated" and mail["Message-ID"].endswith("@shop.example>")
    assert mail["Subject"] == "Confirm your e-mail address" and mail["Date"].datetime.year >= 2026
    assert not mail.defects and [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert f'<a href="{ACCOUNTS}/verify-email?token=' in text_of(mail, "html") and "Eve" not in mail.as_string() + text_of(mail)
    token = token_of(text_of(mail))
    session = house.shop.buyer.mutate("verifyEmail", "VerifyEmailInput", "session { accessToken }", {"token": token, "password": PASSWORD})["session"]
    assert session["accessToken"]
    # what goes to the mail is for who has the mail
    nodes = house.shop.owner.call("{ mails(first: 100) { nodes { kind email token } } }")["mails"]["nodes"]
    assert nodes and not any(node["token"] for node in nodes), nodes
    # the other mails of an account
    house.shop.buyer.mutate("requestPasswordReset", "RequestPasswordResetInput", "accepted", {"email": email})
    mail = house.await_mail(email, 2)
    assert "/reset-password?token=" in text_of(mail), text_of(mail)
    house.shop.buyer.mutate("resetPassword", "ResetPasswordInput", "session { accessToken }", {"token": token_of(text_of(mail)), "password": PASSWORD + "2"})
    sign_up(house.shop.buyer, email)
    assert house.await_mail(email, 3)["Subject"] == "You have an account already"
    stranger = house.someone()
    house.shop.buyer.mutate("requestPasswordReset", "RequestPasswordResetInput", "accepted", {"email": stranger})
    assert house.await_mail(stranger)["Subject"] == "This address has no account"


def mails_are_in_the_language_that_is_asked_in(house):
    subjects = {"de-AT,en;q=0.5": "Bestätigen Sie Ihre E-Mail-Adresse", "nl, fr;q=0.8": "Confirmez votre adresse e-mail", "ja": "メールアドレスの確認",
                "ar": "أكّد عنوان بريدك الإلكتروني", "nl": "Confirm your e-mail address"}
    for asked, subject in subjects.items():
        email, client = house.someone(), Client(house.shop.buyer.port, language=asked)
        sign_up(client, email)
        mail, tag = house.await_mail(email), re.search("de|fr|ja|ar|$", asked)[0]
        assert (mail["Subject"], mail["Content-Language"]) == (subject, tag or "en"), mail.as_string()
        assert f"{SHOP}{tag and '/' + tag}/account/verify-email?token=" in text_of(mail), text_of(mail)
        assert f'<html lang="{tag or "en"}"' in text_of(mail, "html") and ('dir="rtl"' in text_of(mail, "html")) == (tag == "ar")


def what_was_done_to_an_account_is_told_in_its_language(house):
    """Whatever language it was done in: it may have been somebody else, who would have its owner not understand."""
    email, shop = house.someone(), house.shop
    german, thief = Client(shop.buyer.port, language="de"), Client(shop.buyer.port, language="ja")
    sign_up(german, email)
    session = german.mutate("verifyEmail", "VerifyEmailInput", "session { accessToken }", {"token": token_of(text_of(house.await_mail(email))), "password": PASSWORD})["session"]
    thief.token = session["accessToken"]
    other = house.someone()
    thief.mutate("requestEmailChange", "RequestEmailChangeInput", "accepted", {"newEmail": other, "password": PASSWORD})
    asked = house.await_mail(other)
    assert asked["Subject"] == "新しいメールアドレスの確認", asked.as_string()
    thief.mutate("confirmEmailChange", "ConfirmEmailChangeInput", "accepted", {"token": token_of(text_of(asked))})
    told = house.await_mail(email, 2)
    assert told["Subject"] == "Ihr Konto hat eine andere E-Mail-Adresse" and f"{SHOP}/de/account/undo-email-change?token=" in text_of(told), text_of(told)
    # who is invited reads the language of his account; who has none, that of the one who invites
    organizer = shop.organizer("tongues")
    team = shop.owner.mutate("createTeam", "CreateTeamInput", "team { id }", {"organizerId": organizer, "name": "Crew", "role": "SCANNER"})["team"]["id"]
    french = Client(shop.owner.port, shop.owner.token, language="fr")
    stranger = house.someone()
    for guest in (other, stranger):
        french.mutate("inviteMember", "InviteMemberInput", "accepted", {"teamId": team, "email": guest})
    invited = house.await_mail(other, 2)
    assert invited["Subject"] == "Sie sind in ein Team eingeladen" and "Das Team heißt „Crew“." in text_of(invited), text_of(invited)
    assert house.await_mail(stranger)["Subject"] == "Vous êtes invité dans une équipe"
    # his data has it
    account = json.loads(thief.call("mutation { exportMyData { document } }")["exportMyData"]["document"])["account"]
    assert account["language"] == "de" and {mail["language"] for mail in account["mails"]} == {"de", "ja"}, account


def an_invitation_comes_by_mail(house):
    organizer = house.shop.organizer("guests")
    team = house.shop.owner.mutate("createTeam", "CreateTeamInput", "team { id }", {"organizerId": organizer, "name": "<Crew>", "role": "SCANNER"})["team"]["id"]
    email = house.someone()
    house.shop.owner.mutate("inviteMember", "InviteMemberInput", "accepted", {"teamId": team, "email": email})
    mail = house.await_mail(email)
    assert '"<Crew>"' in text_of(mail) and "&quot;&lt;Crew&gt;&quot;" in text_of(mail, "html") and "<Crew>" not in text_of(mail, "html")
    assert "/accept-invitation?token=" in text_of(mail)


def an_order_is_confirmed_once(house):
    shop, email = house.shop, house.someone()
    event = shop.event(shop.organizer("hall"), title="<Night> & Day")
    kind, free = shop.type(event), shop.type(event, "0.00")
    shop.quota(event, 10, [kind, free])
    order = shop.order(shop.hold(event, kind, 2), email=email)
    assert order["status"] == "PENDING" and not house.to(email)
    shop.pay(order)
    shop.advance(2000)
    mail = house.await_mail(email)
    assert mail["Subject"] == "Your tickets for <Night> & Day" and f"Your order {order['code']} for <Night> & Day is complete." in text_of(mail), text_of(mail)
    assert "Tickets: 2. In all: 50.00 EUR." in text_of(mail) and f"{SHOP}/order/{order['code']}/{order['secret']}" in text_of(mail)
    assert "&lt;Night&gt; &amp; Day" in text_of(mail, "html") and "<Night>" not in text_of(mail, "html")
    other = house.someone()
    assert shop.order(shop.hold(event, free), email=other)["status"] == "PAID"
    unpaid = house.someone()
    shop.order(shop.hold(event, kind), email=unpaid)
    shop.advance(2000)
    assert "Tickets: 1." in text_of(house.await_mail(other))
    shop.advance(DAY_MS)
    assert len(house.to(email)) == len(house.to(other)) == 1 and not house.to(unpaid)


def buyers_are_written_to_in_the_language_they_bought_in(house):
    shop, organizer = house.shop, house.shop.organizer("tour")
    event = shop.event(organizer, title="Night")
    kind = shop.type(event, "7.50")
    shop.quota(event, 10, [kind])
    shop.owner.mutate("setEventTranslations", "SetEventTranslationsInput", "event { id }",
                      {"eventId": event, "language": "en", "translations": [{"language": "pt", "title": "Noite"}, {"language": "de-DE", "title": "Nacht"}]})
    bought = {}
    for asked, subject, cancelled, paragraphs in (
            ("de-CH", "Ihre Tickets für Nacht", "Abgesagt: Nacht", ("Ihre Bestellung {code} für Nacht ist abgeschlossen.", "Tickets: 2. Zusammen: 15,00 EUR.", "Nacht ist abgesagt: Mo., 1. Juni 2099, 20:00 (Europe/Berlin).")),
            ("fr", "Vos billets pour Night", "Annulé\u00a0: Night", ("Votre commande {code} pour Night est complète.", "Au total\u00a0: 15,00 EUR.", "lun. 1 juin 2099, 20:00 (Europe/Berlin)")),
            ("ja", "チケットのご案内：Night", "中止：Night", ("ご注文{code}が完了しました。", "合計：15.00 EUR", "2099年6月1日(月) 20:00 (Europe/Berlin)")),
            ("ar", "تذاكرك: Night", "ملغى: Night", ("اكتمل طلبك {code}", "15.00 EUR", "الاثنين، 1 يونيو 2099، 20:00 (Europe/Berlin)"))):
        email, client = house.someone(), Client(shop.buyer.port, language=asked)
        hold = shop.hold(event, kind, 2)
        order = client.mutate("placeOrder", "PlaceOrderInput", "order { id code secret status total { amount currency } }", {"holdToken": hold["token"], "email": email})["order"]
        shop.pay(order)
        bought[email] = asked[:2], order, subject, cancelled, paragraphs
    shop.advance(2000)
    for email in bought:
        house.await_mail(email)
    shop.owner.mutate("updateEvent", "UpdateEventInput", "event { status }", {"eventId": event, "status": "CANCELLED"})
    shop.advance(31000)
    shop.advance(MINUTE_MS)
    for email, (language, order, subject, cancelled, paragraphs) in bought.items():
        house.await_mail(email, 2)
        mails = house.to(email)
        assert [mail["Subject"] for mail in mails] == [subject, cancelled], [mail["Subject"] for mail in mails]
        for mail in mails:
            assert mail["Content-Language"] == language and f"{SHOP}/{language}/order/{order['code']}/{order['secret']}" in text_of(mail), text_of(mail)
        said = text_of(mails[0]) + text_of(mails[1])
        for paragraph in paragraphs:
            assert paragraph.format(code=order["code"]) in said, (paragraph, said)
    # what the buyer's page says of itself counts for more than what his browser asks for
    event, email = shop.event(shop.organizer("solo"), title="Day"), house.someone()
    free = shop.type(event, "0.00")
    shop.quota(event, 10, [free])
    Client(shop.buyer.port, language="ja").mutate("placeOrder", "PlaceOrderInput", "order { id }", {"holdToken": shop.hold(event, free)["token"], "email": email, "consent": {"language": "fr", "marketing": False}})
    shop.advance(2000)
    assert house.await_mail(email)["Subject"] == "Vos billets pour Day"


def a_cancellation_is_told_once_to_who_has_tickets(house):
    shop, email, leaver, unpaid = house.shop, house.someone(), house.someone(), house.someone()
    organizer = shop.organizer("barn")
    venue = shop.owner.mutate("createVenue", "CreateVenueInput", "venue { id }", {"organizerId": organizer, "name": "Barn & Yard", "address": "Am Hof 3", "city": "Ulm"})["venue"]["id"]
    event = shop.event(organizer, title="<Night> & Day", venueId=venue)
    kind = shop.type(event)
    shop.quota(event, 10, [kind])
    orders = [shop.sell(event, kind, 2, email=email), shop.sell(event, kind, email=email)]
    gone = shop.sell(event, kind, email=leaver)
    shop.order(shop.hold(event, kind), email=unpaid)
    shop.owner.mutate("cancelOrder", "CancelOrderInput", "order { status }", {"orderId": gone["id"]})
    shop.advance(2000)
    house.await_mail(email, 2)
    shop.owner.mutate("updateEvent", "UpdateEventInput", "event { status }", {"eventId": event, "status": "CANCELLED"})
    shop.advance(31000)
    shop.advance(MINUTE_MS)
    house.await_mail(email, 4)
    shop.advance(DAY_MS)
    told = [mail for mail in house.to(email) if mail["Subject"] == "Cancelled: <Night> & Day"]
    assert len(told) == 2 and len(house.to(email)) == 4, [mail["Subject"] for mail in house.to(email)]
    assert not any("Cancelled" in mail["Subject"] for mail in house.to(leaver) + house.to(unpaid))
    for order, tickets in zip(orders, (2, 1)):
        [text] = [text_of(mail) for mail in told if order["code"] in text_of(mail)]
        assert "<Night> & Day is cancelled: Mon 1 June 2099, 20:00 (Europe/Berlin)." in text, text
        assert "It was to be at Barn & Yard, Am Hof 3, Ulm." in text and f"Tickets for it in your order {order['code']}: {tickets}." in text, text
        assert f"{SHOP}/order/{order['code']}/{order['secret']}" in text, text
    assert "&lt;Night&gt; &amp; Day is cancelled" in text_of(told[0], "html") and "<Night>" not in text_of(told[0], "html")


def a_server_that_is_away_is_waited_for(house):
    email, later = house.someone(), house.outcomes("later")
    house.mail.stop()
    sign_up(house.shop.buyer, email)
    house.await_outcome("later", later + 1)
    house.shop.advance(MINUTE_MS - 5000)
    house.mail.start()
    assert not house.to(email)
    house.shop.advance(10000)
    house.await_mail(email)


def one_that_is_busy_is_asked_again(house):
    for answer in ("rcpt", "data"):
        email, later = house.someone(), house.outcomes("later")
        setattr(house.mail, answer, "451 come back later")
        sign_up(house.shop.buyer, email)
        house.await_outcome("later", later + 1)
        setattr(house.mail, answer, "250 ok")
        assert not house.to(email)
        house.shop.advance(MINUTE_MS + 1000)
        house.await_mail(email)


def who_is_refused_is_not_asked_again(house):
    email, refused = house.someone(), house.outcomes("refused")
    house.mail.rcpt = "550 no such user"
    sign_up(house.shop.buyer, email)
    house.await_outcome("refused", refused + 1)
    house.mail.rcpt = "250 ok"
    house.shop.advance(DAY_MS // 2)
    assert not house.to(email) and sum(email in word for word in house.mail.commands) == 1, house.mail.commands[-20:]


def a_slow_server_holds_nobody(house):
    emails = [house.someone() for _ in range(12)]
    house.mail.hold = True
    for email in emails:
        began = time.monotonic()
        sign_up(house.shop.buyer, email)
        house.shop.owner.call("{ viewer { id } }")
        assert time.monotonic() - began < 2, "a mail was waited for"
    house.mail.hold = False
    for email in emails:
        house.await_mail(email)
    house.shop.advance(DAY_MS // 2)
    assert all(len(house.to(email)) == 1 for email in emails), [len(house.to(email)) for email in emails]


def nothing_leaves_the_machine_in_the_clear(house):
    """Asked by a name that does not say that it is this machine, a server without STARTTLS gets no mail."""
    mail = SmtpServer()
    shop = Shop(BINARY, "--smtp", f"smtp://{THIS_MACHINE_BY_ANOTHER_NAME}:{mail.port}", "--mail-from", FROM)
    email = house.someone()
    sign_up(shop.buyer, email)
    end = time.monotonic() + 10
    while "EHLO shop.example" not in mail.commands or 'outcome="later"' not in shop.metrics():
        assert time.monotonic() < end, mail.commands
        time.sleep(0.01)
    assert not any(word.startswith(("MAIL", "RCPT", "AUTH")) for word in mail.commands) and not mail.mails, mail.commands
    shop.close()


def a_slow_server_holds_no_stop(house):
    mail = SmtpServer()
    mail.hold = True
    shop = Shop(BINARY, "--smtp", mail.url, "--mail-from", FROM)
    for _ in range(3):  # one more than are sent at once
        sign_up(shop.buyer, house.someone())
    end = time.monotonic() + 10
    while not mail.seen:
        assert time.monotonic() < end
        time.sleep(0.01)
    began = time.monotonic()
    shop.close()
    assert time.monotonic() - began < 10, time.monotonic() - began
    mail.hold = False


def certificate(folder):
    """An authority, and a certificate by it for the other name of this machine: their files."""
    subprocess.run(["sh", "-c", f"""cd {folder} && for n in ca key; do openssl ecparam -name prime256v1 -genkey -noout -out $n.key; done &&
        openssl req -x509 -key ca.key -subj /CN=test -days 2 -out ca.pem &&
        openssl req -new -key key.key -subj /CN=mail -addext subjectAltName=IP:::ffff:127.0.0.1 |
        openssl x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -copy_extensions copy -out cert.pem"""], check=True, stderr=subprocess.DEVNULL)
    return [os.path.join(folder, name) for name in ("ca.pem", "cert.pem", "key.key")]


def mailpit_takes_them_by_starttls_with_a_password(house):
    """A mail server that nobody here wrote: STARTTLS with our authority, AUTH, and how it reads what we send."""
    if not os.access(MAILPIT, os.X_OK):
        print("        (mailpit is not there)")
        return
    with tempfile.TemporaryDirectory() as folder:
        ca, cert, key = certificate(folder)
        smtp, web = free_port(), free_port()
        with open(folder + "/users", "w") as file:
            file.write("tessera:very-secret-word\n")
        with open(folder + "/password", "w") as file:
            file.write("very-secret-word\n")
        pit = subprocess.Popen([MAILPIT, "--listen", f"127.0.0.1:{web}", "--smtp", f"127.0.0.1:{smtp}", "--disable-version-check", "--smtp-auth-file", folder + "/users",
                                "--smtp-tls-cert", cert, "--smtp-tls-key", key, "--smtp-require-starttls"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_us)
        os.environ["TESSERA_SMTP_PASSWORD_FILE"] = folder + "/password"
        try:
            flags = ["--smtp", f"smtp://{THIS_MACHINE_BY_ANOTHER_NAME}:{smtp}", "--smtp-user", "tessera", "--mail-from", FROM, "--account-url", ACCOUNTS]
            shop, stranger = Shop(BINARY, *flags, "--outbound-ca", ca), Shop(BINARY, *flags)
        finally:
            del os.environ["TESSERA_SMTP_PASSWORD_FILE"]
        forger = Shop(BINARY, *flags, "--outbound-ca", ca, "--smtp-password", "another-word")
        def ask(path):
            connection = http.client.HTTPConnection("127.0.0.1", web, timeout=5)
            connection.request("GET", path)
            return json.loads(connection.getresponse().read())
        def found():
            try:
                return ask("/api/v1/messages")["messages"]
            except OSError:
                return []
        end = time.monotonic() + 10
        email = house.someone()
        for other in (stranger, forger):  # who does not know the authority, or the password, sends nothing
            sign_up(other.buyer, house.someone())
            while 'outcome="later"' not in other.metrics():
                assert time.monotonic() < end
                time.sleep(0.02)
        sign_up(shop.buyer, email)
        while not found():
            shop.advance(MINUTE_MS + 1000)  # it may not have been there yet
            assert time.monotonic() < end + 10
            time.sleep(0.05)
        assert len(found()) == 1
        message = ask("/api/v1/message/" + found()[0]["ID"])
        assert message["From"]["Name"] == "Bühne" and [to["Address"] for to in message["To"]] == [email], message
        assert message["Subject"] == "Confirm your e-mail address" and ACCOUNTS in message["HTML"] and ACCOUNTS in message["Text"]
        token = token_of(message["Text"])
        assert shop.buyer.mutate("verifyEmail", "VerifyEmailInput", "session { accessToken }", {"token": token, "password": PASSWORD})["session"]
        event, kind, _ = shop.evening()
        order = shop.sell(event, kind, email="bob@example.org")
        shop.owner.mutate("updateEvent", "UpdateEventInput", "event { status }", {"eventId": event, "status": "CANCELLED"})
        while not (told := [message for message in found() if message["Subject"] == "Cancelled: Opening"]):
            shop.advance(MINUTE_MS + 1000)
            assert time.monotonic() < end + 20
            time.sleep(0.05)
        assert len(told) == 1 and order["code"] in ask("/api/v1/message/" + told[0]["ID"])["Text"]
        shop.close(), stranger.close(), forger.close()
        pit.kill()
        pit.wait()


class Killed(threading.Thread):
    """kill -9 in the moment in which the mail server has all of a mail and has not answered: the next life sends it once more, and says
    by its Message-ID that it is the same. What another process might still be sending is left alone for 40 s, so this runs beside the rest."""

    def __init__(self):
        super().__init__(daemon=True)
        self.problem = "it did not end"
        self.start()

    def run(self):
        try:
            self.story()
            self.problem = None
        except Exception as problem:
            self.problem = repr(problem)

    def story(self):
        mail = SmtpServer()
        with tempfile.TemporaryDirectory() as folder:
            server = Server(BINARY, folder, "an-owner-token", ["--smtp", mail.url, "--mail-from", FROM])
            died = threading.Event()
            def die(_):
                mail.on_mail = None
                server.kill()
                died.set()
            mail.on_mail = die
            server.start()
            sign_up(Client(server.port), "ada@example.org")
            assert died.wait(10), "no mail was sent"
            server.start()
            time.sleep(1)
            assert len(mail.mails) == 1, "it was sent again at once"
            mail.await_mails(2, 60)
            assert mail.mails[0][1]["Message-ID"] == mail.mails[1][1]["Message-ID"]
            time.sleep(6)
            assert len(mail.mails) == 2
            assert server.stop() == 0


def killed_between_sending_and_note_it_is_sent_once_more(house):
    KILLED.join(90)
    assert not KILLED.problem, KILLED.problem


BINARY = sys.argv[1]
checks = [a_link_comes_by_mail_and_works, mails_are_in_the_language_that_is_asked_in, what_was_done_to_an_account_is_told_in_its_language, an_invitation_comes_by_mail, an_order_is_confirmed_once, buyers_are_written_to_in_the_language_they_bought_in, a_cancellation_is_told_once_to_who_has_tickets, a_server_that_is_away_is_waited_for, one_that_is_busy_is_asked_again, who_is_refused_is_not_asked_again,
          a_slow_server_holds_nobody, a_slow_server_holds_no_stop, nothing_leaves_the_machine_in_the_clear, mailpit_takes_them_by_starttls_with_a_password]
if os.environ.get("TESSERA_TEST_BUS", "local") == "local":
    KILLED = Killed()
    checks.append(killed_between_sending_and_note_it_is_sent_once_more)

if __name__ == "__main__":
    sys.exit(run_checks(House(BINARY), checks))
