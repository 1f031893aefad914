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
