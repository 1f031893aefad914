"""A server of our own per test file, raw sockets to it, and a runner that reports like cmocka does.

Only the standard library: what a client library would mend before it leaves is what these tests are about.
"""
import json, os, socket, ssl, struct, subprocess, sys, tempfile, time, traceback, urllib.request

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from ports import free_port

TESSERA = sys.argv[1] if len(sys.argv) > 1 else "build/debug/tessera"
TOKEN = "test-owner-token"


class Server:
    def __init__(self, *flags, env=None):
        self.process = subprocess.Popen([TESSERA, "serve", "--ephemeral", "--owner-token", TOKEN, "--bus",
                                         os.environ.get("TESSERA_TEST_BUS", "local"), *flags],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **(env or {})})
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read().decode()
        self.ready = json.loads(line)
        self.url = self.ready["graphql"][: -len("/graphql")]
        self.admin = self.ready["admin"]
        self.port = int(self.url.rsplit(":", 1)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self, limit_s=10):
        """SIGTERM, then the exit status and the seconds that it took."""
        start = time.monotonic()
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.errors = self.process.communicate(timeout=limit_s)[1].decode()
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        for line in self.errors.splitlines():
            assert "Sanitizer" not in line and "runtime error" not in line, self.errors
        return self.process.returncode, time.monotonic() - start

    def connect(self, timeout=5, tls=False):
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
        return client_tls().wrap_socket(sock) if tls else sock

    def raw(self, data, timeout=5):
        """Send bytes, return all that comes until the server closes (or the timeout passes)."""
        with self.connect(timeout) as sock:
            try:
                sock.sendall(data)
            except (ConnectionResetError, BrokenPipeError):
                pass  # answered before all was sent
            return read_all(sock)

    def request(self, method, path, body=None, headers=None):
        """One well-formed request. Return: status, headers (lower case), body."""
        lines = [f"{method} {path} HTTP/1.1", "Host: a.example", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if body is not None:
            lines += [f"Content-Length: {len(body)}"]
        return parse(self.raw("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b"")))

    def graphql(self, query, token=None, headers=None, **variables):
        headers = {"Content-Type": "application/json", **(headers or {})}
        if token:
            headers["Authorization"] = "Bearer " + token
        body = json.dumps({"query": query, "variables": variables}).encode()
        status, head, answer = self.request("POST", "/graphql", body, headers)
        return status, json.loads(answer)

    def metric(self, name):
        text = urllib.request.urlopen(self.admin + "/metrics", timeout=5).read().decode()
        for line in text.splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        raise AssertionError(f"no metric {name}")

    def wait_metric(self, name, value, limit_s=10):
        end = time.monotonic() + limit_s
        while self.metric(name) != value:
            assert time.monotonic() < end, f"{name} is {self.metric(name)}, not {value}, after {limit_s} s"
            time.sleep(0.05)


class Usual(Server):
    """A server as people run it: its data in a folder, nothing on that --ephemeral brings along."""

    def __init__(self, *flags):
        self.folder = tempfile.TemporaryDirectory()
        self.port, admin_port = free_port(), free_port()
        self.url, self.admin = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{admin_port}"
        self.command = [TESSERA, "serve", "--data", self.folder.name + "/data", "--owner-token", TOKEN, "--listen",
                        f"127.0.0.1:{self.port}", "--admin", f"127.0.0.1:{admin_port}", *flags]
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for line in self.process.stderr:
            if b" serves " in line:
                return
        raise AssertionError("it did not start")

    def restart(self):
        """On the same data and ports. Return: as stop()."""
        outcome = super().stop()
        self.start()
        return outcome

    def stop(self, limit_s=10):
        outcome = super().stop(limit_s)
        self.folder.cleanup()
        return outcome


def read_all(sock):
    data = b""
    try:
        while True:
            more = sock.recv(65536)
            if not more:
                return data
            data += more
    except (ConnectionResetError, BrokenPipeError, ssl.SSLError):
        return data
    except socket.timeout:
        return data + b"<timeout>"


def read_reply(sock):
    """One answer with a Content-Length from a connection that stays open."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        assert more, f"closed after {data!r}"
        data += more
    status, headers, body = parse(data)
    while len(body) < int(headers.get("content-length", 0)):
        body += sock.recv(65536)
    return status, headers, body


def parse(data):
    assert data.startswith(b"HTTP/1."), data[:200]
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return int(lines[0].split()[1]), headers, body


def client_tls(alpn=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


def make_certificate(folder):
    """A key and a self-signed certificate. Return: the flags for them."""
    key, cert = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost"], check=True, capture_output=True)
    return ["--tls-cert", cert, "--tls-key", key]


def reset(sock):
    """Close with a RST instead of a FIN."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def run(tests):
    """Run functions, in order, and exit with 1 if one failed."""
    failed = 0
    for test in tests:
        name = test.__name__
        print(f"[ RUN      ] {name}", flush=True)
        try:
            test()
            print(f"[       OK ] {name}", flush=True)
        except Exception:
            failed += 1
            traceback.print_exc()
            print(f"[  FAILED  ] {name}", flush=True)
    sys.exit(1 if failed else 0)


def tests_of(module):
    return [value for name, value in vars(module).items() if name.startswith("test_") and callable(value)]
