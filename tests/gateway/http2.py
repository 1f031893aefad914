"""HTTP/2: off unless asked for, on both doors; and a client that takes its requests back is shown out."""
import socket, struct, sys, tempfile
from harness import Server, client_tls, make_certificate, read_all, run, tests_of

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
# HPACK from the static table: GET, https, path "/livez" and authority "a" as literals.
HEAD = b"\x82\x87" + b"\x04\x06/livez" + b"\x01\x01a"
END_HEADERS, END_STREAM = 4, 1


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


def test_it_is_off_by_default():
    with tempfile.TemporaryDirectory() as folder, Server(*make_certificate(folder), "--http-timeout-ms", "1000") as server:
        with connect_h2(server) as sock:
            assert sock.selected_alpn_protocol() == "http/1.1"
            sock.sendall(settings() + get(1))
            answer = read_all(sock)
            assert not any(kind in (0, 1, 4) and stream in (0, 1) for kind, stream, _ in frames(answer)) or answer.startswith(b"HTTP/1.")


def test_prior_knowledge_and_upgrade_are_off_by_default():
    with Server("--http-timeout-ms", "1000") as server:
        answer = server.raw(settings() + get(1))
        assert answer == b"" or answer.startswith(b"HTTP/1.1 400"), answer
        answer = server.raw(b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                            b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200"), answer


def test_it_is_spoken_when_asked_for():
    with tempfile.TemporaryDirectory() as folder, Server(*make_certificate(folder), "--http2") as server:
        with connect_h2(server, timeout=2) as sock:
            assert sock.selected_alpn_protocol() == "h2"
            sock.sendall(settings() + get(1))
            answer = read_all(sock)
            bodies = [payload for kind, stream, payload in frames(answer) if kind == 0 and stream == 1]
            assert b"".join(bodies) == b'{"status":"ok"}', answer


def test_rapid_reset_ends_the_connection():
    with tempfile.TemporaryDirectory() as folder, Server(*make_certificate(folder), "--http2") as server:
        with connect_h2(server) as sock:
            sock.sendall(settings())
            data = b"".join(get(stream) + rst(stream) for stream in range(1, 20001, 2))
            try:
                sock.sendall(data)
                answer = read_all(sock)
            except OSError:
                answer = b""
            assert not answer.endswith(b"<timeout>")
        server.wait_metric("tessera_http_connections", 0)
        assert server.metric("tessera_http_connections_killed_total") >= 1


def test_made_you_reset_ends_the_connection():
    """A WINDOW_UPDATE of 0 makes the server itself reset the stream."""
    with tempfile.TemporaryDirectory() as folder, Server(*make_certificate(folder), "--http2") as server:
        with connect_h2(server) as sock:
            sock.sendall(settings())
            data = b"".join(get(stream) + frame(8, 0, stream, struct.pack(">I", 0)) for stream in range(1, 20001, 2))
            try:
                sock.sendall(data)
                answer = read_all(sock)
            except OSError:
                answer = b""
            assert not answer.endswith(b"<timeout>")
        server.wait_metric("tessera_http_connections", 0)


def test_answers_that_nobody_takes_end():
    """A window of 0: the answers can never leave."""
    with tempfile.TemporaryDirectory() as folder:
        with Server(*make_certificate(folder), "--http2", "--http-timeout-ms", "1000") as server, connect_h2(server, 15) as sock:
            sock.sendall(PREFACE + frame(4, 0, 0, struct.pack(">HI", 4, 0)))
            sock.sendall(b"".join(get(stream) for stream in range(1, 41, 2)))
            assert not read_all(sock).endswith(b"<timeout>")
            server.wait_metric("tessera_http_connections", 0)
            server.wait_metric("tessera_http_requests_in_flight", 0)


run(tests_of(sys.modules[__name__]))
