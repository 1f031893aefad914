"""HTTP/2: spoken under TLS unless switched off, never on a plain port; and a client that takes its requests back is shown out."""
import socket, ssl, struct, sys, tempfile, time
from http2_frames import END_HEADERS, END_STREAM, HEAD, PREFACE, SMALL, answered, connect_h2, flood, frame, frames, get, rss_mb, rst, settings
from harness import Server, client_tls, make_certificate, read_all, run, tests_of


def check_alive(server, limit_s=1.0):
    """Somebody else is served at once."""
    start = time.monotonic()
    with server.connect(tls=True) as sock:
        sock.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert read_all(sock).startswith(b"HTTP/1.1 200")
    assert time.monotonic() - start < limit_s, time.monotonic() - start


def test_it_can_be_switched_off():
    """The client offers both and gets HTTP/1.1; it offers HTTP/2 alone and gets nothing of it."""
    with tempfile.TemporaryDirectory() as folder, Server(*make_certificate(folder), "--http2=false", "--http-timeout-ms", "1000") as server:
        with connect_h2(server) as sock:
            assert sock.selected_alpn_protocol() == "http/1.1"
        for offer in (["h2", "http/1.1"], ["h2"], None):
            try:
                sock = client_tls(offer).wrap_socket(socket.create_connection(("127.0.0.1", server.port), timeout=5))
            except ssl.SSLError:
                continue  # no protocol in common: the handshake may end here
            with sock:
                assert sock.selected_alpn_protocol() != "h2", offer
                sock.sendall(settings() + get(1))
                answer = read_all(sock)
                assert answer == b"" or answer.startswith(b"HTTP/1.1 400"), (offer, answer)


def test_a_plain_port_never_speaks_it():
    for flags in ([], ["--http2=false"]):
        with Server("--http-timeout-ms", "1000", *flags) as server:
            answer = server.raw(settings() + get(1))
            assert answer == b"" or answer.startswith(b"HTTP/1.1 400"), answer
            answer = server.raw(b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                                b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200"), answer


def test_it_is_spoken_by_default_to_who_offers_it():
    with tempfile.TemporaryDirectory() as folder, Server(*make_certificate(folder)) as server:
        with connect_h2(server, timeout=2) as sock:
            assert sock.selected_alpn_protocol() == "h2"
            sock.sendall(settings() + get(1))
            answer = read_all(sock)
            bodies = [payload for kind, stream, payload in frames(answer) if kind == 0 and stream == 1]
            assert b"".join(bodies) == b'{"status":"ok"}', answer
        for offer, spoken in ((["http/1.1"], "http/1.1"), (["http/1.1", "h2"], "h2"), (None, None)):
            with client_tls(offer).wrap_socket(socket.create_connection(("127.0.0.1", server.port), timeout=5)) as sock:
                assert sock.selected_alpn_protocol() == spoken, offer
                if spoken != "h2":
                    sock.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    assert read_all(sock).startswith(b"HTTP/1.1 200")


def test_rapid_reset_ends_the_connection():
    with tempfile.TemporaryDirectory() as folder, Server(*make_certificate(folder)) as server:
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
    with tempfile.TemporaryDirectory() as folder, Server(*make_certificate(folder)) as server:
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
        with Server(*make_certificate(folder), "--http-timeout-ms", "1000") as server, connect_h2(server, 15) as sock:
            sock.sendall(PREFACE + frame(4, 0, 0, struct.pack(">HI", 4, 0)))
            sock.sendall(b"".join(get(stream) for stream in range(1, 41, 2)))
            assert not read_all(sock).endswith(b"<timeout>")
            server.wait_metric("tessera_http_connections", 0)
            server.wait_metric("tessera_http_requests_in_flight", 0)


def test_rapid_reset_costs_no_more_than_a_moment():
    """20 connections, each taking back 2,000 requests: all are shown out, and others are served meanwhile."""
    with tempfile.TemporaryDirectory() as folder, Server(*make_certificate(folder)) as server:
        data = settings() + b"".join(get(stream) + rst(stream) for stream in range(1, 4001, 2))
        start = time.monotonic()
        for _ in range(20):
            flood(server, data)
        assert time.monotonic() - start < 20
        check_alive(server)
        server.wait_metric("tessera_http_connections", 0)
        assert server.metric("tessera_http_connections_killed_total") >= 15


def test_made_you_reset_by_other_means_ends_the_connection():
    """Each makes the server reset the stream itself: a window that overflows, data after the end, a priority on oneself."""
    def overflow(stream):
        return frame(8, 0, stream, struct.pack(">I", 0x7FFFFFFF)) * 2

    def late_data(stream):
        return frame(0, END_STREAM, stream, b"x")

    def own_priority(stream):
        return frame(2, 0, stream, struct.pack(">IB", stream, 1))
    with tempfile.TemporaryDirectory() as folder, Server(*make_certificate(folder), "--http-timeout-ms", "2000") as server:
        for provoke in (overflow, late_data, own_priority):
            with connect_h2(server, timeout=10) as sock:
                try:
                    sock.sendall(settings() + b"".join(get(stream) + provoke(stream) for stream in range(1, 4001, 2)))
                except OSError:
                    pass
                assert answered(sock)[1], provoke.__name__
            check_alive(server)
        server.wait_metric("tessera_http_connections", 0)
        server.wait_metric("tessera_http_requests_in_flight", 0)


def test_a_continuation_flood_ends_the_connection():
    """Header blocks without an end: of fields, and of nothing at all."""
    for payload, count in ((b"\x40\x01a\x7f\x00" + b"b" * 127, 20000), (b"", 100000)):
        with tempfile.TemporaryDirectory() as folder:
            with Server(*make_certificate(folder), "--http-timeout-ms", "1000", env=SMALL) as server:
                before = rss_mb(server)
                with connect_h2(server, timeout=10) as sock:
                    try:
                        sock.sendall(settings() + frame(1, END_STREAM, 1, HEAD) + frame(9, 0, 1, payload) * count)
                    except OSError:
                        pass
                    check_alive(server)
                    assert answered(sock)[1]
                server.wait_metric("tessera_http_connections", 0)
                assert rss_mb(server) - before < 64, (before, rss_mb(server))


def test_floods_that_ask_for_answers_are_bounded():
    """SETTINGS and PING want an acknowledgement each; who reads none of them costs no memory and not the others."""
    for kind, payload in ((6, b"12345678"), (4, b""), (4, struct.pack(">HI", 3, 100))):
        with tempfile.TemporaryDirectory() as folder:
            with Server(*make_certificate(folder), "--http-timeout-ms", "1000", env=SMALL) as server:
                before = rss_mb(server)
                seconds = flood(server, settings() + frame(kind, 0, 0, payload) * 100000)
                assert seconds < 12, seconds
                check_alive(server)
                server.wait_metric("tessera_http_connections", 0)
                assert rss_mb(server) - before < 64, (kind, before, rss_mb(server))


def test_a_header_bomb_is_bounded():
    """One long field in the table, named by a byte each time: small to send, large to unpack."""
    with tempfile.TemporaryDirectory() as folder:
        with Server(*make_certificate(folder), "--http-timeout-ms", "1000", env=SMALL) as server:
            before = rss_mb(server)
            entry = b"\x40\x01x\x7f\xa1\x1e" + b"v" * 4000  # literal with indexing, length 127 + 3873
            block = HEAD + entry + b"\xbe" * 12000
            with connect_h2(server, timeout=10) as sock:
                try:
                    sock.sendall(settings() + b"".join(frame(1, END_HEADERS | END_STREAM, stream, block) for stream in range(1, 201, 2)))
                except OSError:
                    pass
                answered(sock)
            check_alive(server)
            server.wait_metric("tessera_http_connections", 0)
            assert rss_mb(server) - before < 64, (before, rss_mb(server))


run(tests_of(sys.modules[__name__]))
