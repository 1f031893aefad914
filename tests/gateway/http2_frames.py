"""HTTP/2 frames by hand, as no library would send them."""
import re, socket, ssl, struct, time
from harness import client_tls, read_all

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
# HPACK from the static table: GET, https, path "/livez" and authority "a" as literals.
HEAD = b"\x82\x87" + b"\x04\x06/livez" + b"\x01\x01a"
END_HEADERS, END_STREAM = 4, 1
SMALL = {"ASAN_OPTIONS": "quarantine_size_mb=8"}  # else what is freed counts as memory under the sanitizer


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def settings():
    return PREFACE + frame(4, 0, 0)


def get(stream):
    return frame(1, END_HEADERS | END_STREAM, stream, HEAD)


def rst(stream):
    return frame(3, 0, stream, struct.pack(">I", 8))


def frames(data):
    found = []
    while len(data) >= 9:
        size = struct.unpack(">I", b"\0" + data[:3])[0]
        found.append((data[3], struct.unpack(">I", data[5:9])[0], data[9 : 9 + size]))
        data = data[9 + size :]
    return found


def connect_h2(server, timeout=5):
    sock = socket.create_connection(("127.0.0.1", server.port), timeout=timeout)
    sock = client_tls(["h2", "http/1.1"]).wrap_socket(sock)
    return sock


def answered(sock):
    """The frames that come until the server closes or falls silent, and whether it closed."""
    try:
        data = read_all(sock)
    except OSError:
        data = b""
    return frames(data.removesuffix(b"<timeout>")), not data.endswith(b"<timeout>")


def flood(server, data, limit_s=10):
    """Send it all over one connection, reading nothing. Return: seconds until all is sent or the server has closed."""
    start = time.monotonic()
    with connect_h2(server, timeout=limit_s) as sock:
        try:
            sock.sendall(data)
        except OSError:
            pass
    return time.monotonic() - start


def rss_mb(server):
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{server.ready['pid']}/status").read())[1]) / 1024
