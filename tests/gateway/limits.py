"""Clients that are slow, silent, many, or gone: none keeps anything of ours."""
import socket, sys, tempfile, time
from harness import Server, Usual, make_certificate, read_all, read_reply, reset, run, tests_of

GET = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"


def closed_within(sock, seconds):
    start = time.monotonic()
    sock.settimeout(seconds)
    data = read_all(sock)
    return not data.endswith(b"<timeout>"), time.monotonic() - start


def test_slow_heads_bodies_and_silence_are_closed():
    with Server("--http-timeout-ms", "500") as server:
        for start in (b"", b"GET /livez HT", b"GET /livez HTTP/1.1\r\nHost: a\r\n", POST):
            with server.connect() as sock:
                sock.sendall(start)
                closed, seconds = closed_within(sock, 4)
                assert closed, (start, seconds)
        server.wait_metric("tessera_http_connections", 0)


def test_a_trickle_does_not_keep_a_request_alive():
    with Server("--http-timeout-ms", "500") as server, server.connect() as sock:
        sock.sendall(POST)
        start = time.monotonic()
        try:
            while time.monotonic() - start < 5:
                sock.sendall(b" ")
                time.sleep(0.1)
            raise AssertionError("still open")
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert time.monotonic() - start < 4


def test_an_idle_connection_is_closed_after_its_answer():
    with Server("--http-timeout-ms", "500") as server, server.connect() as sock:
        sock.sendall(GET)
        assert read_reply(sock)[0] == 200
        assert closed_within(sock, 4)[0]


def storm(server, tls, count):
    for i in range(count):
        try:
            sock = server.connect(tls=tls)
            sock.sendall(GET * (1 + i % 3) if i % 4 else POST)
            if i % 5 == 0 and i % 4:
                sock.recv(10)
            reset(sock)
        except OSError:
            pass


def test_resets_leave_no_connection_behind():
    with Server("--http-timeout-ms", "2000") as server:
        storm(server, tls=False, count=500)
        server.wait_metric("tessera_http_connections", 0)
        server.wait_metric("tessera_http_requests_in_flight", 0)


def test_resets_over_tls_leave_no_connection_behind():
    with tempfile.TemporaryDirectory() as folder, Server(*make_certificate(folder), "--http-timeout-ms", "2000") as server:
        storm(server, tls=True, count=200)
        server.wait_metric("tessera_http_connections", 0)
        server.wait_metric("tessera_http_requests_in_flight", 0)


def test_an_address_has_no_more_connections_than_allowed():
    with Usual("--connections-per-address", "5") as server:
        open_ones = [server.connect() for _ in range(8)]
        answers = [answer(sock) for sock in open_ones]
        assert answers.count(True) == 5, answers
        for sock in open_ones:
            sock.close()


def answer(sock):
    try:
        sock.sendall(GET)
        return sock.recv(12) == b"HTTP/1.1 200"
    except OSError:
        return False


run(tests_of(sys.modules[__name__]))
