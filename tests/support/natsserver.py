"""A NATS server of a test's own on 127.0.0.1, on a port that stays its own over restarts.

The program is nats-server on the PATH, or the one that `./dev test` fetched."""
import ctypes, os, shutil, signal, socket, ssl, subprocess, time

from ports import free_port

TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "build", "tools", "usr", "sbin")
SKIP = 77


def found():
    return shutil.which("nats-server", path=os.environ.get("PATH", "") + ":/usr/sbin:" + TOOLS)


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

    def __init__(self, port, tls=None, inbox="inbox"):
        """`tls`: the files of the authority, of a certificate and of its key."""
        self.socket, self.inbox, self.errors = socket.create_connection(("127.0.0.1", port), timeout=10), inbox, []
        while self.socket.recv(1) != b"\n":
            pass  # what it says of itself comes in the clear
        if tls:
            context = ssl.create_default_context(cafile=tls[0])
            context.load_cert_chain(tls[1], tls[2])
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self.file = self.socket.makefile("rb")
        self.send(b'CONNECT {"verbose":false,"headers":true,"no_responders":true,"lang":"test","version":"1"}\r\n' + f"SUB {inbox}.* 1\r\n".encode())

    def send(self, data):
        self.socket.sendall(data)

    def publish(self, subject, payload=b"", reply=None):
        reply = self.inbox + ".1" if reply is None else reply
        self.send(f"PUB {subject} {reply} {len(payload)}\r\n".encode() + payload + b"\r\n")

    def next(self):
        """The next message, without headers; None when the server has none."""
        self.send(b"PING\r\n")
        while True:
            line = self.file.readline()
            words = line.split()
            self.errors += [line.decode()] if words[0] == b"-ERR" else []
            if words[0] == b"PONG":
                return None
            if words[0] in (b"MSG", b"HMSG"):
                size, head_size = int(words[-1]), int(words[-2]) if words[0] == b"HMSG" else 0
                data = self.file.read(size + 2)[:-2]
                return data[head_size:]

    def ask(self, subject, payload=b"", answers=1):
        """What came back, at most so many and for two seconds."""
        self.publish(subject, payload)
        got, end = [], time.monotonic() + 2
        while len(got) < answers and time.monotonic() < end:
            message = self.next()
            got += [] if message is None else [message]
            time.sleep(0.02 if message is None else 0)
        return got

    def close(self):
        self.socket.close()
