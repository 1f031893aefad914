"""A client of server-sent events that says exactly what a test wants and keeps what a browser would: the last event's id."""
import json, socket, urllib.parse
from harness import client_tls, parse


class Ended(Exception):
    """The server ended the stream."""


class Refused(Exception):
    """An answer that is no stream."""

    def __init__(self, status, answer):
        super().__init__(status, answer)
        self.status, self.answer = status, answer


def request_of(query, variables=None, last_id=None, token=None, method="POST", headers=None):
    lines = {"Host": "a.example", "Accept": "text/event-stream", **(headers or {})}
    if last_id is not None:
        lines["Last-Event-ID"] = last_id
    if token:
        lines["Authorization"] = "Bearer " + token
    path, body = "/graphql", b""
    if method == "GET":
        path += "?" + urllib.parse.urlencode({"query": query, "variables": json.dumps(variables or {})})
    else:
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        lines |= {"Content-Type": "application/json", "Content-Length": len(body)}
    head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    return head.encode("latin-1") + body


class Stream:
    def __init__(self, server, query, variables=None, tls=False, timeout=5, receive_buffer=None, wait=True, **how):
        self.sock = socket.socket()
        self.sock.settimeout(timeout)
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.connect(("127.0.0.1", server.port))
        if tls:
            self.sock = client_tls(["http/1.1"]).wrap_socket(self.sock)
        self.buffer, self.body, self.last_id = b"", b"", how.get("last_id")
        self.sock.sendall(request_of(query, variables, **how))
        if wait:
            self.begin()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def begin(self):
        """The head, and the comment that every stream begins with."""
        head = self.take_until(b"\r\n\r\n")
        self.status, self.headers, _ = parse(head)
        if not self.headers["content-type"].startswith("text/event-stream"):
            raise Refused(self.status, json.loads(self.take(int(self.headers["content-length"]))))
        assert self.status == 200 and self.headers["transfer-encoding"] == "chunked", head
        assert self.block() == {}

    def read_more(self):
        more = self.sock.recv(65536)
        if not more:
            raise Ended("cut off")
        self.buffer += more

    def take(self, size):
        while len(self.buffer) < size:
            self.read_more()
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def take_until(self, mark):
        while mark not in self.buffer:
            self.read_more()
        return self.take(self.buffer.index(mark) + len(mark))

    def read_chunk(self):
        size = int(self.take_until(b"\r\n"), 16)
        data = self.take(size + 2)[:size]
        if not size:
            raise Ended("at its end")
        self.body += data

    def block(self):
        """The fields up to the next empty line; {} for a comment. Its id is remembered, as the standard says."""
        while b"\n\n" not in self.body:
            self.read_chunk()
        text, _, self.body = self.body.partition(b"\n\n")
        fields = dict(line.split(": ", 1) if ": " in line else (line.rstrip(":"), "")
                      for line in text.decode().split("\n") if not line.startswith(":"))
        self.last_id = fields.pop("id", self.last_id)
        return fields

    def event(self):
        """The next event: its name and data; comments pass."""
        while not (fields := self.block()):
            pass
        return fields["event"], json.loads(fields["data"]) if fields["data"] else None

    def next(self):
        name, data = self.event()
        assert name == "next", (name, data)
        return data

    def is_quiet(self, seconds):
        """True when no event comes for so long."""
        self.sock.settimeout(seconds)
        try:
            raise AssertionError(self.event())
        except socket.timeout:
            return True
        finally:
            self.sock.settimeout(5)
