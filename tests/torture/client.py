"""A small GraphQL client over one keep-alive connection, and the server under test as a child process.

Standard library only, and nothing shared with the server: what it believes, it saw on the wire."""
import http.client, json, os, select, signal, socket, subprocess, sys, time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from ports import free_port


def in_days(days):
    """An instant from now, as the API spells it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + days * 86400))


class Refused(Exception):
    """The server answered, and said no: GraphQL errors or userErrors."""


class Client:
    """`port`: of this machine, or (address, port). `language`: as Accept-Language has it."""

    def __init__(self, port, token=None, language=None):
        self.port, self.token, self.language, self.connection = port, token, language, None

    def call(self, query, variables=None, timeout=10):
        """data of one request; raises OSError or http.client.HTTPException when no answer came, Refused on errors."""
        headers = {"Content-Type": "application/json", "Accept": "application/graphql-response+json"}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        if self.language:
            headers["Accept-Language"] = self.language
        try:
            self.drop_closed()
            if not self.connection:
                address, port = self.port if isinstance(self.port, tuple) else ("127.0.0.1", self.port)
                self.connection = http.client.HTTPConnection(address, port, timeout=timeout)
                self.connection.connect()
                self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connection.request("POST", "/graphql", json.dumps({"query": query, "variables": variables or {}}), headers)
            answer = json.loads(self.connection.getresponse().read())
        except Exception:
            self.close()
            raise
        if answer.get("errors"):
            raise Refused(json.dumps(answer["errors"]))
        return answer["data"]

    def mutate(self, name, input_type, selection, value):
        """The payload of one mutation; Refused when it has userErrors."""
        query = f"mutation($input: {input_type}!) {{ {name}(input: $input) {{ {selection} userErrors {{ code message path }} }} }}"
        payload = self.call(query, {"input": value})[name]
        if payload["userErrors"]:
            raise Refused(json.dumps(payload["userErrors"]))
        return payload

    def drop_closed(self):
        """The server may close a connection that was idle; nothing was asked on it, so another does as well."""
        sock = self.connection and self.connection.sock  # None: it opens one when it is asked
        if sock and select.select([sock], [], [], 0)[0]:
            self.close()

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


class Server:
    """`tessera serve` on a data directory; may be killed and started again on the same ports. `prepare` runs in the child; a token
    of None is in the environment, for what is on the command line is everybody's."""

    def __init__(self, binary, data, token, arguments=(), environment=None, prepare=None):
        self.binary, self.data, self.token, self.arguments = binary, data, token, list(arguments)
        self.environment, self.prepare = environment or {}, prepare
        self.port, self.admin, self.process = free_port(), free_port(), None

    def start(self, seconds=20):
        log = open(os.path.join(self.data, "server.log"), "ab")
        environment = {**os.environ, **self.environment}
        self.process = subprocess.Popen(
            [self.binary, "serve", "--listen", f"127.0.0.1:{self.port}", "--admin", f"127.0.0.1:{self.admin}",
             "--data", self.data, *(["--owner-token", self.token] if self.token else []), "--sandbox",
             "--bus", os.environ.get("TESSERA_TEST_BUS", "local"), *self.arguments],
            stdout=subprocess.DEVNULL, stderr=log, env=environment, preexec_fn=self.prepare)
        log.close()
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}; see {log.name}")
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    return time.monotonic() - started
            except OSError:
                pass
            time.sleep(0.01)
        raise RuntimeError("the server did not become ready")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def ended(self, seconds):
        """The exit status, once the server has ended by itself; None when it still runs after so long."""
        try:
            return self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self):
        """SIGTERM; the exit status."""
        self.process.terminate()
        return self.process.wait(timeout=15)
