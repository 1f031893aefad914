#!/usr/bin/env python3
"""The program and its pages speak to nobody whom nobody configured: outbound.py BINARY WEB

This process moves into a network of its own, where every way out leads into one cable that nobody hears at its other end. Each packet
there is read, whoever of ours sent it, and so is each question for a name, wherever it is put. Without the right to make
a network it is skipped."""
import contextlib, ctypes, ipaddress, os, socket, subprocess, sys, threading, time, urllib.request

for folder in ("gateway", "telemetry"):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", folder))
from harness import run
from sale import Watched, secrets_of

WEB = sys.argv[2]
SKIP, NEW_USER, NEW_NET, ALL_PROTOCOLS, LEAVES, NEIGHBOURS = 77, 0x10000000, 0x40000000, 0x0003, 4, 58
MAIL_SERVER = "192.0.2.7"


def move_into_a_network_of_its_own():
    """Whether it is there: loopback, and `out`, which all other addresses are behind."""
    if ctypes.CDLL(None, use_errno=True).unshare(NEW_NET | (NEW_USER if os.getuid() else 0)) != 0:
        return False
    words = ["link set lo up", "link add out type veth peer name far", "link set out arp off", "link set far up",
             "addr add 10.99.0.2/24 dev out", "-6 addr add fd99::2/64 dev out nodad", "link set out up",
             "route add default dev out", "-6 route add default dev out"]
    return all(subprocess.run(["ip", *each.split()], capture_output=True).returncode == 0 for each in words)


def addressee(packet):
    """(address, protocol, its header) of a packet of either version."""
    if packet[0] >> 4 == 4:
        return ipaddress.ip_address(packet[16:20]), packet[9], packet[(packet[0] & 15) * 4:]
    return ipaddress.ip_address(packet[24:40]), packet[6], packet[40:]


class Listener:
    """Notes in `heard` whom packets are for that leave, or that ask for a name."""

    def __init__(self):
        self.heard, self.ends = [], False
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ALL_PROTOCOLS))
        self.socket.settimeout(0.1)
        self.thread = threading.Thread(target=self.listen)

    def __enter__(self):
        self.thread.start()
        return self.heard

    def __exit__(self, *_):
        time.sleep(0.3)
        self.ends = True
        self.thread.join()
        self.socket.close()

    def listen(self):
        while not self.ends:
            with contextlib.suppress(TimeoutError):
                packet, (interface, _, way, *_) = self.socket.recvfrom(65536)
                if way == LEAVES and packet and packet[0] >> 4 in (4, 6):
                    self.note(packet, interface)

    def note(self, packet, interface):
        address, protocol, header = addressee(packet)
        port = int.from_bytes(header[2:4], "big") if protocol in (socket.IPPROTO_TCP, socket.IPPROTO_UDP) else None
        # The kernel itself tells its neighbours of version 6 that it is there.
        if (interface == "out" and protocol not in (NEIGHBOURS, 0)) or port == 53:
            self.heard.append((str(address), port))


def sell(*flags):
    """One sale with its door, and the pages of it."""
    shop = Watched("--web", WEB, *flags)
    try:
        secrets_of(shop)
        for path in ("/", "/o/fabrik", "/e/fabrik/opening", "/account/sign-in", "/de/tickets"):
            assert page(shop, path) == 200, path
        shop.buyer.mutate("signUp", "SignUpInput", "accepted", {"email": "ada@example.org", "name": "Ada"})
        if not flags:
            shop.advance(3600000)  # what is done later; it would wait for a server that does not answer
        time.sleep(1)
    finally:
        shop.close()


def page(shop, path):
    for _ in range(100):
        status = shop.get(path)[0]
        if status != 503:
            return status
        time.sleep(0.1)
    return status


def a_sale_speaks_to_nobody_outside():
    with Listener() as heard:
        sell()
    assert heard == [], set(heard)


def only_the_configured_mail_server_is_spoken_to():
    with Listener() as heard:
        sell("--smtp", f"smtp://{MAIL_SERVER}:2525", "--mail-from", "shop@example.org")
    assert set(heard) == {(MAIL_SERVER, 2525)}, set(heard)


def what_any_child_sends_is_heard():
    ask = "import socket\ntry: socket.getaddrinfo('statistics.example', 443)\nexcept OSError: pass\n"
    send = "for to in ('203.0.113.9', '2001:db8::9'):\n s = socket.socket(socket.AF_INET6 if ':' in to else socket.AF_INET, socket.SOCK_DGRAM)\n s.sendto(b'x', (to, 443))\n"
    with Listener() as heard:
        subprocess.run([sys.executable, "-c", ask + send], check=True, timeout=60)
    assert {("203.0.113.9", 443), ("2001:db8::9", 443)} <= set(heard), set(heard)
    assert any(port == 53 for _, port in heard), set(heard)


if not move_into_a_network_of_its_own():
    sys.exit(SKIP)
run([a_sale_speaks_to_nobody_outside, only_the_configured_mail_server_is_spoken_to, what_any_child_sends_is_heard])
