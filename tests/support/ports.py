"""Ports for servers that are started again on them."""
import random, socket

FIRST, LAST = 10000, 32767  # below those that the kernel gives to whoever connects: while a server is down nobody gets its port by chance


def free_port():
    while True:
        port = random.SystemRandom().randint(FIRST, LAST)
        with socket.socket() as sock:
            try:
                sock.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass
