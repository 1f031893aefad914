"""A client of server-sent events that says exactly what a test wants and keeps what a browser would: the last event's id.

Over HTTP/1.1 a stream is a connection (Stream); over HTTP/2 many are one (Connection, and what its open() returns)."""
import json, socket, struct, time, urllib.parse
from harness import client_tls, parse
from http2_frames import END_HEADERS, END_STREAM, connect_h2, frame, settings


class Ended(Exception):
    """The server ended the stream."""


class Refused(Exception):
    """An answer that is no stream."""

    def __init__(self, status, answer, headers):
        super().__init__(status, answer)
        self.status, self.answer, self.headers = status, answer, headers


class Events:
    """What a stream says, however it comes: read_piece() adds more of it to `body`, or raises Ended."""

    def __init__(self, last_id):
        self.body, self.last_id = b"", last_id

    def block(self):
        """The fields up to the next empty line; {} for a comment. Its id is remembered, as the standard says."""
        while b"\n\n" not in self.body:
            self.read_piece()
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
        end = time.monotonic() + seconds
        try:
            while (left := end - time.monotonic()) > 0:
                self.sock.settimeout(left)
                assert not (fields := self.block()), fields
        except socket.timeout:
            pass
        finally:
            self.sock.settimeout(5)
        return True

    def ended(self, seconds=5):
        """What it was that ended it, when it is ended in that time; comments and events pass."""
        end = time.monotonic() + seconds
        try:
            while time.monotonic() < end:
                self.sock.settimeout(max(0.01, end - time.monotonic()))
                self.block()
        except Ended as how:
            return str(how)
        except (ConnectionResetError, BrokenPipeError):
            return "reset"


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


class Stream(Events):
    def __init__(self, server, query, variables=None, tls=False, timeout=5, receive_buffer=None, wait=True, **how):
        super().__init__(how.get("last_id"))
        self.sock = socket.socket()
        self.sock.settimeout(timeout)
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.connect(("127.0.0.1", server.port))
        if tls:
            self.sock = client_tls(["http/1.1"]).wrap_socket(self.sock)
        self.buffer = b""
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
            raise Refused(self.status, json.loads(self.take(int(self.headers["content-length"]))), self.headers)
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

    def read_piece(self):
        """A chunk."""
        while b"\r\n" not in self.buffer or len(self.buffer) < (end := self.buffer.index(b"\r\n") + 2) + int(self.buffer[:end], 16) + 2:
            self.read_more()
        size = int(self.take_until(b"\r\n"), 16)
        self.body += self.take(size + 2)[:size]
        if not size:
            raise Ended("at its end")


def literal(text):
    """A string of HPACK without Huffman's code."""
    data = text.encode()
    head, rest = (bytes([len(data)]), None) if len(data) < 127 else (b"\x7f", len(data) - 127)
    while rest is not None:
        head += bytes([rest & 127 | (128 if rest > 127 else 0)])
        rest = rest >> 7 if rest > 127 else None
    return head + data


class Connection:
    """HTTP/2 over TLS; its windows are kept open unless it is told not to read."""

    def __init__(self, server, reads=True):
        self.sock, self.reads = connect_h2(server), reads
        self.sock.sendall(settings())
        self.streams, self.number, self.buffer = {}, 1, b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def open(self, query, variables=None, last_id=None, token=None, wait=True):
        stream = StreamOfMany(self, self.number, last_id)
        self.streams[self.number] = stream
        self.number += 2
        headers = {"accept": "text/event-stream", "content-type": "application/json"}
        headers |= {"last-event-id": last_id} if last_id is not None else {}
        headers |= {"authorization": "Bearer " + token} if token else {}
        block = b"\x83\x87\x04\x08/graphql\x01\x01a" + b"".join(b"\0" + literal(name) + literal(value) for name, value in headers.items())
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        self.sock.sendall(frame(1, END_HEADERS, stream.number, block) + frame(0, END_STREAM, stream.number, body))
        if wait:
            stream.begin()
        return stream

    def read_frame(self):
        """Hand the next one to its stream."""
        while len(self.buffer) < 9 or len(self.buffer) < 9 + (size := int.from_bytes(self.buffer[:3], "big")):
            more = self.sock.recv(65536)
            if not more:
                raise Ended("cut off")
            self.buffer += more
        kind, flags, number = self.buffer[3], self.buffer[4], int.from_bytes(self.buffer[5:9], "big")
        payload, self.buffer = self.buffer[9:9 + size], self.buffer[9 + size:]
        if kind == 0 and size and self.reads and not flags & END_STREAM:
            self.sock.sendall(b"".join(frame(8, 0, each, struct.pack(">I", size)) for each in (0, number)))
        stream = self.streams.get(number)
        if stream and kind in (0, 1, 3):
            stream.take(kind, payload, flags & END_STREAM)


class StreamOfMany(Events):
    def __init__(self, connection, number, last_id):
        super().__init__(last_id)
        self.connection, self.sock, self.number = connection, connection.sock, number
        self.head, self.how = None, None

    def take(self, kind, payload, is_last):
        if kind == 1:
            self.head = payload
        elif kind == 0:
            self.body += payload
        if kind == 3:
            self.how = "reset"
        elif is_last:
            self.how = "at its end"

    def begin(self):
        while self.head is None:
            self.connection.read_frame()
        if self.head[0] != 0x88:  # :status 200, as HPACK has it in its table
            while not self.how:
                self.connection.read_frame()
            raise Refused(self.head[0], json.loads(self.body), {})
        assert self.block() == {}

    def read_piece(self):
        """Any frame, perhaps another's."""
        if self.how:
            raise Ended(self.how)
        self.connection.read_frame()

    def reset(self):
        """Take it back, as a page does that closes its EventSource."""
        self.sock.sendall(frame(3, 0, self.number, struct.pack(">I", 8)))
        del self.connection.streams[self.number]
