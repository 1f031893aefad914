"""Where a process of a topology runs: a network namespace of its own with one cable to all others, or, where the kernel or our
rights allow no such thing, this machine's loopback."""
import ctypes, itertools, os, signal, subprocess


def ip(*words, check=True):
    return subprocess.run(["ip", *words], check=check, capture_output=True, text=True)


class Cables:
    """A bridge, and a namespace for each place; all of it goes with close()."""

    def __init__(self):
        self.name, self.numbers, self.namespaces = f"ts{os.getpid() % 100000}", itertools.count(2), []
        self.net = f"10.{os.getpid() % 100 + 100}.{os.getpid() // 100 % 250}"

    def open(self):
        """False when this machine does not allow it."""
        try:
            ip("link", "add", self.name, "type", "bridge")
            ip("addr", "add", self.net + ".1/24", "dev", self.name)
            ip("link", "set", self.name, "up")
            self.place().close()
            return True
        except (OSError, subprocess.CalledProcessError):
            self.close()
            return False

    def place(self):
        return Namespace(self, next(self.numbers))

    def close(self):
        for namespace in self.namespaces:
            ip("netns", "del", namespace, check=False)
        ip("link", "del", self.name, check=False)


class Namespace:
    """One end of a cable. `prefix` runs a command there."""

    def __init__(self, cables, number):
        self.name, self.address, self.cables = f"{cables.name}-{number}", f"{cables.net}.{number}", cables
        self.near, self.prefix = f"{cables.name}v{number}", ["ip", "netns", "exec", self.name]
        cables.namespaces.append(self.name)
        ip("netns", "add", self.name)
        ip("link", "add", self.near, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        ip("link", "set", self.near, "master", cables.name, "up")
        for words in (("addr", "add", self.address + "/24", "dev", "eth0"), ("link", "set", "eth0", "up"), ("link", "set", "lo", "up")):
            ip("-n", self.name, *words)

    def cut(self, process):
        ip("link", "set", self.near, "down")

    def heal(self, process):
        ip("link", "set", self.near, "up")

    def slow(self, process):
        """What comes to it comes through a straw."""
        subprocess.run(["tc", "qdisc", "add", "dev", self.near, "root", "tbf", "rate", "256kbit", "burst", "4kb", "latency", "500ms"], check=True)

    def hasten(self, process):
        subprocess.run(["tc", "qdisc", "del", "dev", self.near, "root"], check=True)

    def close(self):
        ip("netns", "del", self.name, check=False)
        self.cables.namespaces.remove(self.name)


class Loopback:
    """No cable to cut: a process that is cut off stands still instead."""

    address, prefix = "127.0.0.1", []

    def cut(self, process):
        process.send_signal(signal.SIGSTOP)

    def heal(self, process):
        process.send_signal(signal.SIGCONT)

    slow, hasten = cut, heal

    def close(self):
        pass
