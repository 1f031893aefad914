"""A WebSocket client that says exactly what a test wants, frame by frame, and the protocol on top of it."""
import base64, hashlib, json, os, socket, struct
from harness import client_tls, parse

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def handshake(headers=None, path="/graphql", without=()):
    lines = {"Host": "a.example", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": KEY,
             "Sec-WebSocket-Version": "13", "Sec-WebSocket-Protocol": "graphql-transport-ws", **(headers or {})}
    for name in without:
        del lines[name]
    return (f"GET {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n").encode()


def frame(payload=b"", opcode=TEXT, fin=True, mask=True, rsv=0, length=None):
    if isinstance(payload, str):
        payload = payload.encode()
    size = len(payload) if length is None else length
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    bit = 0x80 if mask else 0
    if size < 126:
        head = struct.pack("!BB", first, bit | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, bit | 126, size)
    else:
        head = struct.pack("!BBQ", first, bit | 127, size)
    if not mask:
        return head + payload
    key = os.urandom(4)
    return head + key + bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))


class Closed(Exception):
    """The server's close frame."""

    def __init__(self, code, reason):
        super().__init__(code, reason)
        self.code, self.reason = code, reason


class Socket:
    def __init__(self, server, headers=None, init=True, tls=False, early=b"", timeout=5, receive_buffer=None):
        self.sock = socket.socket()
        self.sock.settimeout(timeout)
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.connect(("127.0.0.1", server.port))
        if tls:
            self.sock = client_tls(["http/1.1"]).wrap_socket(self.sock)
        self.sock.sendall(handshake(headers) + early)
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.read_more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        self.status, self.headers, _ = parse(head + b"\r\n\r\n")
        assert self.status == 101, head
        if init:
            self.say(type="connection_init")
            assert self.hear() == {"type": "connection_ack"}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def read_more(self):
        more = self.sock.recv(65536)
        if not more:
            raise ConnectionResetError("ended without a close frame")
        self.buffer += more

    def take(self, size):
        while len(self.buffer) < size:
            self.read_more()
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def read_frame(self):
        first, second = self.take(2)
        assert first & 0x80 and not first & 0x70 and not second & 0x80, (first, second)
        size = second
        if size == 126:
            size, = struct.unpack("!H", self.take(2))
        elif size == 127:
            size, = struct.unpack("!Q", self.take(8))
        return first & 15, self.take(size)

    def send(self, data):
        self.sock.sendall(data)

    def say(self, **message):
        self.send(frame(json.dumps(message)))

    def subscribe(self, id, query, **variables):
        self.say(id=id, type="subscribe", payload={"query": query, "variables": variables})

    def hear(self):
        """The next message; pings are answered on the way. Raises Closed."""
        while True:
            opcode, payload = self.read_frame()
            if opcode == PING:
                self.send(frame(payload, PONG))
            elif opcode == CLOSE:
                raise Closed(struct.unpack("!H", payload[:2])[0] if payload else 1005, payload[2:].decode())
            elif opcode == TEXT:
                return json.loads(payload)

    def closed(self):
        """What the server closes with; whatever it says before is skipped."""
        try:
            while True:
                self.hear()
        except Closed as end:
            return end.code, end.reason

    def ended(self):
        """True if the server ends the connection."""
        try:
            while True:
                self.read_more()
        except ConnectionResetError:
            return True
        except socket.timeout:
            return False


def accept_of(key):
    return base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
