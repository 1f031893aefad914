"""A NATS server of a test's own on 127.0.0.1, on a port that stays its own over restarts.

The program is nats-server on the PATH, or the one that `./dev test` fetched."""
import ctypes, os, shutil, signal, socket, subprocess, time

TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "build", "tools", "usr", "sbin")
SKIP = 77


def found():
    return shutil.which("nats-server", path=os.environ.get("PATH", "") + ":/usr/sbin:" + TOOLS)


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def die_with_us():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class NatsServer:
    def __init__(self, *flags, scheme="nats"):
        self.port, self.flags, self.process = free_port(), flags, None
        self.url = f"{scheme}://127.0.0.1:{self.port}"

    def start(self):
        self.process = subprocess.Popen([found(), "-a", "127.0.0.1", "-p", str(self.port), *self.flags],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_us)
        for _ in range(1000):
            with socket.socket() as sock:
                if sock.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.01)
        raise AssertionError("nats-server did not start")

    def kill(self):
        self.process.kill()
        self.process.wait()


class Peer:
    """Somebody who speaks NATS' protocol, and nothing of ours."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.file = self.socket.makefile("rb")
        self.file.readline()
        self.send(b'CONNECT {"verbose":false,"headers":true,"no_responders":true,"lang":"test","version":"1"}\r\nSUB inbox.* 1\r\n')

    def send(self, data):
        self.socket.sendall(data)

    def publish(self, subject, payload=b"", headers=None, reply="inbox.1"):
        if headers is None:
            self.send(f"PUB {subject} {reply} {len(payload)}\r\n".encode() + payload + b"\r\n")
            return
        head = b"NATS/1.0\r\n" + b"".join(f"{name}: {value}\r\n".encode() for name, value in headers.items()) + b"\r\n"
        self.send(f"HPUB {subject} {reply} {len(head)} {len(head) + len(payload)}\r\n".encode() + head + payload + b"\r\n")

    def next(self):
        """(headers, payload) of the next message; None when the server has none."""
        self.send(b"PING\r\n")
        while True:
            words = self.file.readline().split()
            if words[0] == b"PONG":
                return None
            if words[0] in (b"MSG", b"HMSG"):
                size, head_size = int(words[-1]), int(words[-2]) if words[0] == b"HMSG" else 0
                data = self.file.read(size + 2)[:-2]
                lines = data[:head_size].decode().split("\r\n")
                return dict(line.split(": ", 1) for line in lines if ": " in line), data[head_size:]

    def ask(self, subject, payload=b"", headers=None, answers=1):
        """What came back, at most so many and for two seconds."""
        self.publish(subject, payload, headers)
        got, end = [], time.monotonic() + 2
        while len(got) < answers and time.monotonic() < end:
            message = self.next()
            got += [message] if message else []
            time.sleep(0 if message else 0.02)
        return got

    def close(self):
        self.socket.close()
