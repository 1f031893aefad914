"""Secrets of each kind go through a server that tells all it can: log, figures, errors, its child's environment, its files, what a
doctor prints, what a crash leaves. None is in any of them, as it is or spelt another way. What may be told is told to who asked."""
import base64, http.server, json, os, re, resource, signal, subprocess, sys, tempfile, threading, time, urllib.parse, urllib.request

FOLDER = os.path.dirname(os.path.abspath(__file__))
for folder in ("scenario", "support", "torture"):
    sys.path.insert(0, os.path.join(FOLDER, "..", folder))
from client import Client, Refused, Server
from oidcprovider import OidcProvider
from shop import Shop
from smtpserver import SmtpServer
from totp import totp
from sale import BINARY, run

WEB = os.path.join(FOLDER, "..", "..", "build", "web")
EMAIL, PASSWORD, WRONG = "ada@example.org", "canary password of ada", "canary password of eve"
GIVEN = {"owner token": "canary-owner-token-1", "vault token": "canary-vault-token-2", "mail password": "canary mail password 3", "mail user": "canary-mail-user-4",
         "client secret": "canary-client-secret-5", "other client secret": "canary%client+secret/6",
         "Stripe's key": "sk_test_canary-7", "webhook secret": "whsec_canary-8", "webhook secret before": "whsec_canary-9"}
SESSION = "session { accessToken refreshToken }"


class Vault(http.server.BaseHTTPRequestHandler):
    """Of version 2 of its key-value store, for who has the token."""

    def do_GET(self):
        good = self.headers.get("X-Vault-Token") == GIVEN["vault token"]
        body = json.dumps({"data": {"data": {"mail": GIVEN["mail password"]}, "metadata": {"version": 1}}} if good else {"errors": ["permission denied"]}).encode()
        self.send_response(200 if good else 403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Stripe(http.server.BaseHTTPRequestHandler):
    """It repeats what it was asked with."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"error": {"type": self.headers["Authorization"], "message": self.headers["Authorization"]}}).encode()
        self.send_response(401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    log_message = Vault.log_message


def spellings(secret):
    """As somebody's encoder may have it; of base64 what does not depend on where it begins."""
    raw = secret.encode()
    yield from (secret, urllib.parse.quote(secret), urllib.parse.quote_plus(secret), raw.hex(), raw.hex().upper(), json.dumps(secret)[1:-1])
    for shift in range(3):
        text = base64.b64encode(b"x" * shift + raw).decode().rstrip("=")[4 if shift else 0 : -2]
        yield from (text, text.replace("+", "-").replace("/", "_"))


class House:
    def __init__(self, *flags):
        self.folder = tempfile.TemporaryDirectory()
        self.secrets = dict(GIVEN)
        self.vault = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Vault)
        threading.Thread(target=self.vault.serve_forever, daemon=True).start()
        self.stripe = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stripe)
        threading.Thread(target=self.stripe.serve_forever, daemon=True).start()
        self.provider = OidcProvider()
        self.mail = SmtpServer()
        self.mail.password = GIVEN["mail password"]
        words = ["--vault", f"http://127.0.0.1:{self.vault.server_port}", "--smtp", self.mail.url, "--mail-from", "tickets@shop.example", "--account-url", "https://shop.example/account",
                 "--oidc", "house=tessera@http://127.0.0.1:1,other=tessera@http://127.0.0.1:1", "--outbound-allow", "oidc=127.0.0.1/32,organizer-oidc=127.0.0.1/32,stripe=127.0.0.1/32", "--stripe-url", f"http://127.0.0.1:{self.stripe.server_port}", "--web-origin", "https://shop.example", *flags]
        environment = {"TESSERA_VAULT_TOKEN": GIVEN["vault token"], "TESSERA_SMTP_PASSWORD": "vault:secret/shop#mail", "TESSERA_SMTP_USER": GIVEN["mail user"],
                       "TESSERA_OIDC_SECRETS": f"house={GIVEN['client secret']},other={GIVEN['other client secret']}", "TESSERA_OWNER_TOKEN": GIVEN["owner token"],
                       "TESSERA_STRIPE_KEY": GIVEN["Stripe's key"], "TESSERA_STRIPE_WEBHOOK_SECRETS": f"{GIVEN['webhook secret']},{GIVEN['webhook secret before']}"}
        self.server = Server(BINARY, self.folder.name, None, words, environment, prepare=let_cores_be_written)
        self.server.start()
        self.nobody, self.owner = Client(self.server.port), Client(self.server.port, GIVEN["owner token"])
        self.answers = []

    def keep(self, name, secret):
        self.secrets[f"{name} {len(self.secrets)}"] = secret
        return secret

    def say(self, name, value, selection=SESSION, client=None):
        return (client or self.nobody).mutate(name, name[0].upper() + name[1:] + "Input", selection, value)

    def refused(self, *arguments, **more):
        try:
            self.say(*arguments, **more)
        except Refused as refusal:
            self.answers.append(str(refusal))
            return
        raise AssertionError(arguments)

    def fetch(self, path, admin=False, **how):
        """Whatever it answers, its head too."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.server.admin if admin else self.server.port}{path}", **how)
        try:
            answer = urllib.request.urlopen(request, timeout=10)
        except urllib.error.HTTPError as error:
            answer = error
        self.answers.append(str(answer.headers) + answer.read().decode())

    def session(self, value):
        for name in ("accessToken", "refreshToken"):
            self.keep(name, value["session"][name])
        return Client(self.server.port, value["session"]["accessToken"])

    def link(self):
        """Of the first mail, which was sent with what Vault knows."""
        end = time.monotonic() + 20
        while not self.mail.mails:
            assert time.monotonic() < end, "no mail"
            time.sleep(0.02)
        text = self.mail.mails[0][1].get_body(("plain",)).get_content()
        return urllib.parse.unquote(re.search(r"[?&]token=([^\s&]+)", text)[1])

    def person(self):
        self.secrets |= {"password": PASSWORD, "wrong password": WRONG}
        self.say("signUp", {"email": EMAIL, "name": "Ada"}, "accepted")
        link = self.keep("link", self.link())
        ada = self.session(self.say("verifyEmail", {"token": link, "password": PASSWORD}))
        self.refused("signIn", {"email": EMAIL, "password": WRONG})
        self.refused("resetPassword", {"token": self.keep("false link", "mal_canary.false-link-7"), "password": WRONG})
        self.refused("refreshSession", {"refreshToken": self.keep("false token", "ses_canary.1.false-token-8")})
        begun = self.say("startTotp", {"password": PASSWORD}, "token secret uri", client=ada)
        code = totp(self.keep("TOTP secret", begun["secret"]), int(time.time() * 1000))
        for recovery in self.say("confirmTotp", {"token": self.keep("TOTP token", begun["token"]), "code": code}, "recoveryCodes", client=ada)["recoveryCodes"]:
            self.keep("recovery code", recovery)
        challenge = self.keep("challenge", self.say("signIn", {"email": EMAIL, "password": PASSWORD}, SESSION + " challenge")["challenge"])
        self.refused("completeSignIn", {"challenge": challenge, "code": "000000"})
        self.session(self.say("completeSignIn", {"challenge": challenge, "code": recovery}))

    def machine(self):
        made = self.owner.mutate("createOrganizer", "CreateOrganizerInput", "organizer { id }", {"slug": "house", "name": "House", "currency": "EUR", "timeZone": "UTC"})
        key = self.owner.mutate("createApiKey", "CreateApiKeyInput", "token", {"organizerId": made["organizer"]["id"], "name": "Till", "rights": ["DOOR"]})
        self.refused("createApiKey", {"organizerId": made["organizer"]["id"], "name": "Mine", "rights": ["MONEY"]}, "token", client=Client(self.server.port, self.keep("API key", key["token"])))

    def provider_of_its_own(self):
        """Whose secret is kept, for it must be had again."""
        organizer = self.owner.call('{ organizer(slug: "house") { id } }')["organizer"]["id"]
        self.owner.mutate("createOidcProvider", "CreateOidcProviderInput", "oidcProvider { id }", {"organizerId": organizer, "name": "Staff", "issuer": self.provider.issuer, "clientId": "tessera",
                          "clientSecret": self.keep("own provider's secret", "canary-own-client-secret-13")})

    def payment(self):
        """By a Stripe that refuses our key, and says it aloud."""
        shop = Shop.__new__(Shop)
        shop.owner, shop.buyer = self.owner, self.nobody
        event, kind, _ = shop.evening()
        order = shop.order(shop.hold(event, kind))
        self.refused("payOrder", {"orderId": order["id"], "secret": order["secret"], "provider": "stripe"}, "payment { status }")
        self.fetch("/webhooks/stripe", data=b"{}", headers={"Stripe-Signature": "t=1780315200,v1=" + self.keep("signature", "5ca1ab1e" * 8)})

    def strangers(self):
        for provider in ("house", "other"):
            self.fetch(f"/oidc/{provider}/start")
            self.fetch(f"/oidc/{provider}/callback?code=canary-code-9&state=canary-state-10")
        self.keep("code", "canary-code-9")
        headers = {"Authorization": "Bearer " + self.keep("false bearer", "canary-false-bearer-11"), "Content-Type": "application/json", "Cookie": "__Host-tessera-refresh=" + self.keep("cookie", "canary-cookie-12")}
        self.fetch("/graphql", data=b'{"query":"{ viewer { id } }"}', headers=headers)
        self.fetch("/session", data=b"{}", headers={**headers, "Origin": "http://127.0.0.1"})
        headers = {"Authorization": "Bearer " + GIVEN["owner token"], "X-Tessera-Trace": "1", "Content-Type": "application/json"}
        self.fetch("/graphql", data=json.dumps({"query": '{ mails { nodes { kind } } node(id: "usr_nobody") { id } events(first: -1) { totalCount } }'}).encode(), headers=headers)
        for path in ("/metrics", "/readyz", "/nothing"):
            self.fetch(path, admin=True)
        self.fetch("/.well-known/jwks.json")

    def children(self):
        pid = self.server.process.pid
        return open(f"/proc/{pid}/task/{pid}/children").read().split()

    def key_lines(self):
        """Of the data folder's private keys, as their files have them."""
        for name in os.listdir(self.folder.name):
            if name.endswith((".db", ".db-wal", ".log", ".lock")) or not os.path.isfile(os.path.join(self.folder.name, name)):
                continue
            for line in open(os.path.join(self.folder.name, name), errors="replace").read().split():
                if len(line) > 30:
                    self.keep("key of " + name, line)

    def assert_untold(self, what, text):
        for name, secret in self.secrets.items():
            for spelling in spellings(secret):
                assert spelling not in text, f"{what} tells the {name}: …{text[max(0, text.index(spelling) - 200):][:300]}"


def let_cores_be_written():
    resource.setrlimit(resource.RLIMIT_CORE, (1 << 20, resource.getrlimit(resource.RLIMIT_CORE)[1]))


HOUSE = House("--log-level", "debug", *(["--web", WEB] if os.path.isdir(WEB) else []))
HOUSE.key_lines()
HOUSE.person(), HOUSE.machine(), HOUSE.provider_of_its_own(), HOUSE.payment(), HOUSE.strangers()


def answers_and_figures_tell_none():
    assert len(HOUSE.secrets) > 25 and len(HOUSE.answers) > 10
    for answer in HOUSE.answers:
        HOUSE.assert_untold("an answer", answer)


def no_child_inherits_one():
    pids = HOUSE.children()
    assert pids or not os.path.isdir(WEB)
    for pid in [HOUSE.server.process.pid, *pids]:
        HOUSE.assert_untold("a command line", open(f"/proc/{pid}/cmdline", errors="replace").read())
    for pid in pids:
        HOUSE.assert_untold("a child's environment", open(f"/proc/{pid}/environ", errors="replace").read())


def the_log_tells_none():
    assert HOUSE.server.stop() == 0
    log = open(HOUSE.folder.name + "/server.log").read()
    assert log.count("\n") > 50 and "PRIVATE KEY" not in log
    HOUSE.assert_untold("the log", log)


def the_store_keeps_none():
    for name in ("tessera.db", "tessera.db-wal"):
        path = os.path.join(HOUSE.folder.name, name)
        if os.path.exists(path):
            HOUSE.assert_untold(name, open(path, "rb").read().decode("latin-1"))


def a_doctor_tells_none():
    done = subprocess.run([BINARY, "doctor", "--data", HOUSE.folder.name], capture_output=True, text=True, env={**os.environ, **HOUSE.server.environment})
    assert done.stdout
    HOUSE.assert_untold("doctor", done.stdout + done.stderr)


def a_crash_leaves_no_core():
    """Though the limit allows one."""
    server = Server(BINARY, HOUSE.folder.name, None, [], {"TESSERA_OWNER_TOKEN": GIVEN["owner token"], "ASAN_OPTIONS": "disable_coredump=0"}, prepare=let_cores_be_written)
    server.start()
    os.kill(server.process.pid, signal.SIGABRT)  # SIGQUIT is ignored by what a shell started in the background
    _, status = os.waitpid(server.process.pid, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGABRT and not os.WCOREDUMP(status), status


try:
    run([answers_and_figures_tell_none, no_child_inherits_one, the_log_tells_none, the_store_keeps_none, a_doctor_tells_none, a_crash_leaves_no_core])
finally:
    HOUSE.server.process.kill()
    HOUSE.mail.stop(), HOUSE.provider.stop(), HOUSE.vault.shutdown()
    HOUSE.folder.cleanup()
