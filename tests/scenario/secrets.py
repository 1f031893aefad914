#!/usr/bin/env python3
"""Secrets in files and in Vault, from outside: read at the start, and again while the server runs: secrets.py BINARY

Vault is OpenBao where `./dev test` has fetched it. Ends with `N passed, N failed`."""
import base64, http.client, http.server, json, os, shutil, signal, subprocess, sys, tempfile, threading, time

from shop import Client, Refused, run_checks
from client import Server, free_port
from natsserver import die_with_us
from smtpserver import SmtpServer

BINARY = sys.argv[1]
BAO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "build", "tools", "bin", "bao")
OFTEN = ["--secret-read-ms", "100"]
CANARY = "canary-of-"


class Tessera(Server):
    """A server whose owner's token is told by `arguments` and `environment`, not by this class."""

    def __init__(self, folder, arguments, environment=None):
        super().__init__(BINARY, folder, "unused", [*OFTEN, *arguments], environment)

    def start(self, seconds=20):
        arguments = [BINARY, "serve", "--listen", f"127.0.0.1:{self.port}", "--admin", f"127.0.0.1:{self.admin}", "--data", self.data, *self.arguments]
        with open(self.data + "/server.log", "ab") as log:
            self.process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=log, env={**os.environ, **self.environment}, preexec_fn=die_with_us)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log()
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.02)
        raise AssertionError("the server did not become ready")

    def log(self):
        with open(self.data + "/server.log") as file:
            return file.read()

    def metrics(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.admin, timeout=5)
        connection.request("GET", "/metrics")
        return connection.getresponse().read().decode()

    def knows(self, token):
        try:
            Client(self.port, token).call("{ mails { nodes { id } } }")
            return True
        except Refused:
            return False

    def await_owner(self, token):
        await_true(lambda: self.knows(token), f"the owner's token became {token}")


def await_true(question, what, seconds=15):
    end = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def write(path, text):
    with open(path + ".new", "w") as file:
        file.write(text)
    os.rename(path + ".new", path)


class Bao:
    """OpenBao in its development mode, with TLS and a certificate of its own."""

    def __init__(self, folder):
        self.folder, self.port, self.root = folder, free_port(), "canary-of-root"
        self.log = open(folder + "/bao.log", "wb")
        self.url, self.ca = f"https://127.0.0.1:{self.port}", folder + "/vault-ca.pem"
        self.start()

    def start(self):
        self.process = subprocess.Popen([BAO, "server", "-dev", "-dev-tls", f"-dev-tls-cert-dir={self.folder}", "-dev-root-token-id=" + self.root, f"-dev-listen-address=127.0.0.1:{self.port}", "-dev-no-store-token"],
                                        stdout=self.log, stderr=subprocess.STDOUT, preexec_fn=die_with_us)
        end = time.monotonic() + 30
        while True:
            try:
                self.cli("status")
                return
            except subprocess.SubprocessError:
                assert time.monotonic() < end, open(self.folder + "/bao.log").read()[-2000:]
                time.sleep(0.1)

    def cli(self, *words):
        environment = {**os.environ, "BAO_ADDR": self.url, "BAO_TOKEN": self.root, "BAO_CACERT": self.ca}
        done = subprocess.run([BAO, *words], env=environment, capture_output=True, text=True)
        if done.returncode:
            raise subprocess.SubprocessError(f"bao {words[0]}: {done.stderr}")
        return done.stdout

    def put(self, **values):
        self.cli("kv", "put", "secret/shop", *[f"{name}={value}" for name, value in values.items()])

    def policy(self):
        write(self.folder + "/policy.hcl", 'path "secret/data/shop" { capabilities = ["read"] }\n')
        self.cli("policy", "write", "shop", self.folder + "/policy.hcl")

    def token(self, *words):
        return json.loads(self.cli("token", "create", "-format=json", "-policy=shop", *words))["auth"]["client_token"]

    def kill(self):
        self.process.kill()
        self.process.wait()


class Kubernetes(http.server.BaseHTTPRequestHandler):
    """What says whose a pod's token is."""

    def do_POST(self):
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        good = review["spec"]["token"].startswith("eyJ") and "Z29vZA" in review["spec"]["token"]
        review["status"] = {"authenticated": good, "user": {"username": "system:serviceaccount:shop:tessera", "uid": "1", "groups": ["system:serviceaccounts"]}}
        body = json.dumps(review).encode()
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class House:
    """For run_checks(): nothing is shared but Vault, which takes a second to begin."""

    def __init__(self):
        self.folder, self.shop = tempfile.mkdtemp(), self
        self.bao = Bao(self.folder) if os.access(BAO, os.X_OK) else None
        if self.bao:
            self.bao.put(owner=CANARY + "owner-1", other="x")
            self.bao.policy()

    def tessera(self, arguments, environment=None):
        return Tessera(tempfile.mkdtemp(dir=self.folder), arguments, environment)

    def close(self):
        if self.bao:
            self.bao.kill()
        shutil.rmtree(self.folder)


def a_secret_in_a_file_changes_while_we_run(house):
    path = house.folder + "/owner"
    write(path, CANARY + "owner-a\n")
    server = house.tessera([], {"TESSERA_OWNER_TOKEN_FILE": path}).start()
    assert server.knows(CANARY + "owner-a")
    write(path, CANARY + "owner-b\n")
    server.await_owner(CANARY + "owner-b")
    assert not server.knows(CANARY + "owner-a")
    # what is none, or not there, changes nothing
    write(path, "short\n")
    await_true(lambda: "secret-denied" in server.log(), "a token that is none is not taken")
    os.remove(path)
    await_true(lambda: "tessera_secrets_stale 1" in server.metrics(), "a file that is gone is told")
    assert server.knows(CANARY + "owner-b")
    write(path, CANARY + "owner-c\n")
    server.await_owner(CANARY + "owner-c")
    assert "tessera_secrets_stale 0" in server.metrics() and server.log().count("secret-kept") == 1
    assert server.stop() == 0 and CANARY not in server.log()


def a_hangup_reads_at_once(house):
    path = house.folder + "/owner-2"
    write(path, CANARY + "owner-a\n")
    server = house.tessera(["--secret-read-ms", "3600000"], {"TESSERA_OWNER_TOKEN_FILE": path}).start()
    write(path, CANARY + "owner-b\n")
    time.sleep(0.3)
    assert server.knows(CANARY + "owner-a")
    server.process.send_signal(signal.SIGHUP)
    server.await_owner(CANARY + "owner-b")
    assert server.stop() == 0


def the_mail_servers_password_changes_while_we_run(house):
    mail, path = SmtpServer(), house.folder + "/smtp-password"
    mail.password = CANARY + "smtp-a"
    write(path, CANARY + "smtp-a\n")
    server = house.tessera(["--smtp", mail.url, "--smtp-user", "tessera", "--mail-from", "a@shop.example"], {"TESSERA_SMTP_PASSWORD_FILE": path}).start()
    sign_up = lambda email: Client(server.port).mutate("signUp", "SignUpInput", "accepted", {"email": email, "name": "Ada"})
    sign_up("ada@example.org")
    mail.await_mails(1)
    mail.password = CANARY + "smtp-b"
    write(path, CANARY + "smtp-b\n")
    await_true(lambda: "secret-changed" in server.log(), "the password is another")
    sign_up("eve@example.org")
    mail.await_mails(2)
    assert server.stop() == 0 and CANARY not in server.log()


def what_is_wrong_is_said_at_the_start(house):
    rows = [(["--owner-token", "vault:secret/shop#owner"], "--vault does not say"),
            (["--owner-token", "vault:secret/shop#owner", "--vault", "http://vault.example:8200", "--vault-token", CANARY + "t"], "--vault is https://"),
            (["--owner-token", "vault:secret/shop#owner", "--vault", "ftp://127.0.0.1", "--vault-token", CANARY + "t"], "--vault is https://"),
            (["--owner-token", "vault:secret/shop#owner", "--vault", "https://127.0.0.1:1"], "--vault-token or --vault-role"),
            (["--owner-token", "vault:secret/shop#owner", "--vault", "https://127.0.0.1:1", "--vault-token", "vault:a/b#c"], "is no reference itself"),
            (["--owner-token", "vault:secret/shop#owner", "--vault", "http://127.0.0.1:1", "--vault-token", CANARY + "t"], "--owner-token: reading a secret"),
            (["--owner-token", "vault:secret", "--vault", "http://127.0.0.1:1", "--vault-token", CANARY + "t"], "a reference is vault:MOUNT/PATH#FIELD"),
            (["--owner-token", "vault:secret/shop#owner", "--vault", "http://127.0.0.1:1", "--vault-role", "shop", "--vault-jwt", "/nowhere"], "cannot read /nowhere")]
    for flags, words in rows:
        data = os.path.join(house.folder, "none")
        done = subprocess.run([BINARY, "serve", "--data", data, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", *flags], capture_output=True, text=True, timeout=30)
        assert done.returncode in (1, 2) and words in done.stderr and CANARY not in done.stderr, (flags, done)
        assert not os.path.exists(data), flags


def vault_flags(house, token):
    return ["--owner-token", "vault:secret/shop#owner", "--vault", house.bao.url, "--vault-ca", house.bao.ca, "--vault-token", token]


def needs_bao(check):
    def run(house):
        if house.bao:
            check(house)
        else:
            print("        (OpenBao is not there)")
    run.__name__ = check.__name__
    return run


@needs_bao
def a_secret_in_vault_changes_while_we_run(house):
    token = house.bao.token("-ttl=4s")  # it would end before this does, were it not renewed
    server, began = house.tessera(vault_flags(house, token)).start(), time.monotonic()
    assert server.knows(CANARY + "owner-1")
    house.bao.put(owner=CANARY + "owner-2")
    server.await_owner(CANARY + "owner-2")
    assert not server.knows(CANARY + "owner-1")
    time.sleep(max(0, 6 - (time.monotonic() - began)))
    house.bao.put(owner=CANARY + "owner-1")
    server.await_owner(CANARY + "owner-1")
    assert server.stop() == 0 and CANARY not in server.log() and token not in server.log()


@needs_bao
def vault_that_is_away_takes_nothing_away(house):
    path = house.folder + "/vault-token"
    write(path, house.bao.token())
    flags = vault_flags(house, "")[:-2]
    server = house.tessera(flags, {"TESSERA_VAULT_TOKEN_FILE": path}).start()
    house.bao.process.send_signal(signal.SIGSTOP)
    try:
        await_true(lambda: "tessera_secrets_stale 1" in server.metrics(), "Vault that is away is told")
        assert server.knows(CANARY + "owner-1")
    finally:
        house.bao.process.send_signal(signal.SIGCONT)
    await_true(lambda: "tessera_secrets_stale 0" in server.metrics(), "it is back")
    # another token, in its file
    house.bao.cli("token", "revoke", open(path).read())
    await_true(lambda: "tessera_secrets_stale 1" in server.metrics(), "a token that was revoked reads nothing")
    write(path, house.bao.token())
    await_true(lambda: "tessera_secrets_stale 0" in server.metrics(), "the next one does")
    assert server.knows(CANARY + "owner-1") and server.stop() == 0 and CANARY not in server.log()


@needs_bao
def vault_that_nobody_vouches_for_is_told_nothing(house):
    flags = ["--owner-token", "vault:secret/shop#owner", "--vault", house.bao.url, "--vault-token", house.bao.token()]
    for more, words in (([], "certificate"), (["--vault-ca", house.bao.ca, "--owner-token", "vault:secret/shop#nothing"], "has no field nothing there"),
                        (["--vault-ca", house.bao.ca, "--owner-token", "vault:secret/other#owner"], "answered 403")):
        done = subprocess.run([BINARY, "serve", "--data", house.folder + "/none", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", *flags, *more], capture_output=True, text=True, timeout=30)
        assert done.returncode == 1 and words in done.stderr and CANARY not in done.stderr, done


@needs_bao
def a_pod_signs_in_by_its_account(house):
    kubernetes = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Kubernetes)
    threading.Thread(target=kubernetes.serve_forever, daemon=True).start()
    # header {"alg":"RS256"}, claims as Kubernetes has them; whose it is the server above says
    part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
    claims = {"iss": "kubernetes/serviceaccount", "kubernetes.io/serviceaccount/namespace": "shop", "kubernetes.io/serviceaccount/service-account.name": "tessera",
              "kubernetes.io/serviceaccount/service-account.uid": "1", "sub": "system:serviceaccount:shop:tessera"}
    jwt = house.folder + "/jwt"
    account = f'{part({"alg": "RS256", "typ": "JWT"})}.{part(claims)}.Z29vZA'
    write(jwt, account + "\n")
    house.bao.cli("auth", "enable", "kubernetes")
    house.bao.cli("write", "auth/kubernetes/config", f"kubernetes_host=http://127.0.0.1:{kubernetes.server_address[1]}", "disable_local_ca_jwt=true", "kubernetes_ca_cert=@" + house.bao.ca,
                  "token_reviewer_jwt=" + account)
    house.bao.cli("write", "auth/kubernetes/role/shop", "bound_service_account_names=tessera", "bound_service_account_namespaces=shop", "policies=shop", "ttl=2s", "token_max_ttl=3s")
    flags = ["--owner-token", "vault:secret/shop#owner", "--vault", house.bao.url, "--vault-ca", house.bao.ca, "--vault-role", "shop", "--vault-jwt", jwt]
    server = house.tessera(flags).start()
    assert server.knows(CANARY + "owner-1")
    time.sleep(4)  # what it was given has run out, and cannot be renewed any more
    house.bao.put(owner=CANARY + "owner-3")
    server.await_owner(CANARY + "owner-3")
    assert server.stop() == 0 and CANARY not in server.log() and "eyJ" not in server.log()
    kubernetes.shutdown()


checks = [a_secret_in_a_file_changes_while_we_run, a_hangup_reads_at_once, the_mail_servers_password_changes_while_we_run, what_is_wrong_is_said_at_the_start, a_secret_in_vault_changes_while_we_run,
          vault_that_is_away_takes_nothing_away, vault_that_nobody_vouches_for_is_told_nothing, a_pod_signs_in_by_its_account]

if __name__ == "__main__":
    sys.exit(run_checks(House(), checks))
