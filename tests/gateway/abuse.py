"""Clients that abuse the protocols while others are served: every attack runs beside good clients on connections of their
own, over HTTP/1 and HTTP/2, each of whose requests is answered within a bounded time; afterwards nothing is left of it.
"""
import os, socket, ssl, struct, subprocess, sys, tempfile, threading, time
from harness import Server, Usual, client_tls, make_certificate, read_all, read_reply, reset, run, tests_of
from http2_frames import END_HEADERS, END_STREAM, HEAD, PREFACE, SMALL, answered, connect_h2, frame, frames, get, rss_mb, rst, settings

GET = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
ANSWER_S_MAX = 3.0  # of a good client's request; a machine that does much else at the same time is slow by itself
RSS_MB_MAX = 64
POST_HEAD = b"\x83\x87" + b"\x04\x08/graphql" + b"\x01\x01a"  # HPACK: POST, https

folder = tempfile.TemporaryDirectory()
TLS = make_certificate(folder.name)


class Good:
    """A client that asks again and again, on connections that it keeps for some requests."""

    def __init__(self, server, http2):
        self.server, self.http2 = server, http2
        self.answers, self.worst_s, self.error, self.stop = 0, 0.0, None, False
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self):
        start = time.monotonic()
        while not self.stop:
            try:
                with connect_h2(self.server, ANSWER_S_MAX) if self.http2 else self.server.connect(ANSWER_S_MAX, tls=True) as sock:
                    if self.http2:
                        sock.sendall(settings())
                    for number in range(10):
                        self.ask_http2(sock, 2 * number + 1) if self.http2 else self.ask(sock)
                        self.worst_s = max(self.worst_s, time.monotonic() - start)
                        self.answers += 1
                        time.sleep(0.005)
                        start = time.monotonic()
            except (AssertionError, OSError) as error:
                # As a browser does: a connection that was idle too long (this machine was busy) is made anew, in the same time.
                if time.monotonic() - start > ANSWER_S_MAX:
                    self.error = error
                    return
            except Exception as error:
                self.error = error
                return

    def ask(self, sock):
        sock.sendall(GET)
        status = read_reply(sock)[0]
        if status != 200:
            raise ValueError(f"a good client got {status}")

    def ask_http2(self, sock, stream):
        sock.sendall(get(stream))
        data = b""
        while b'{"status":"ok"}' not in data:
            more = sock.recv(65536)
            assert more, "closed"
            data += more

    def finish(self):
        self.stop = True
        self.thread.join(10)
        assert self.error is None, f"a good client was not served: {self.error!r}"
        assert self.answers > 0 and self.worst_s < ANSWER_S_MAX, (self.answers, self.worst_s)


def fds(server):
    return len(os.listdir(f"/proc/{server.ready['pid']}/fd"))


class Attacked:
    """A server with good clients on it. At the end they were all served, and nothing is left of whoever else came."""

    def __init__(self, *flags):
        self.server = Server(*TLS, "--http-timeout-ms", "1000", *flags, env=SMALL)
        self.fds, self.rss_mb = fds(self.server), rss_mb(self.server)

    def __enter__(self):
        self.good = [Good(self.server, http2) for http2 in (False, True)]
        return self.server

    def __exit__(self, kind, *_):
        try:
            for good in self.good:
                good.finish()
            if kind is None:
                self.server.wait_metric("tessera_http_connections", 0)
                self.server.wait_metric("tessera_http_requests_in_flight", 0)
                assert rss_mb(self.server) - self.rss_mb < RSS_MB_MAX, (self.rss_mb, rss_mb(self.server))
                assert fds(self.server) <= self.fds + 1, (self.fds, fds(self.server))  # the metrics' own connection may linger
        finally:
            self.server.stop()


def send(server, data, attackers=1, ends=True):
    """Each attacker sends it all over HTTP/2. Return: the frames that the last one gets until it is shown out or times out."""
    got = []
    for _ in range(attackers):
        with connect_h2(server, timeout=6) as sock:
            try:
                sock.sendall(PREFACE + frame(4, 0, 0) + data)
            except OSError:
                pass
            got, ended = answered(sock)
            assert ended or not ends, "the attacker is still connected"
    return got


def goaway_code(got):
    return [struct.unpack(">I", payload[4:8])[0] for kind, _, payload in got if kind == 7]


# HTTP/2

def test_rapid_resets():
    with Attacked() as server:
        send(server, b"".join(get(stream) + rst(stream) for stream in range(1, 20001, 2)), attackers=3)
        assert server.metric("tessera_http_connections_killed_total") >= 1


def test_resets_that_we_are_made_to_send():
    with Attacked() as server:
        for provoke in (frame(8, 0, 1, bytes(4)), frame(8, 0, 1, struct.pack(">I", 0x7FFFFFFF)) * 2, frame(0, END_STREAM, 1, b"x")):
            def provoked(stream):
                return provoke.replace(struct.pack(">I", 1), struct.pack(">I", stream), 1)
            send(server, b"".join(get(stream) + provoked(stream) for stream in range(1, 8001, 2)))


def test_more_streams_than_allowed():
    """Each without an end, so that none can be answered."""
    with Attacked() as server:
        send(server, b"".join(frame(1, END_HEADERS, stream, POST_HEAD) for stream in range(1, 40001, 2)), attackers=2)


def test_header_blocks_without_an_end():
    with Attacked() as server:
        field = b"\x40\x01a\x7f\x00" + b"b" * 127
        send(server, frame(1, 0, 1, HEAD) + frame(9, 0, 1, field) * 20000)
        send(server, frame(1, 0, 1, HEAD) + frame(9, 0, 1) * 100000)


def test_floods_of_settings_and_pings():
    with Attacked() as server:
        for flood in (frame(4, 0, 0), frame(4, 0, 0, struct.pack(">HI", 3, 100)), frame(6, 0, 0, b"12345678"), frame(6, 1, 0, b"12345678")):
            send(server, flood * 100000)


def test_floods_of_frames_that_say_nothing():
    """Empty DATA on a stream that waits for its body, padding alone, frames of unknown kinds, priorities, windows by one byte."""
    with Attacked() as server:
        start = frame(1, END_HEADERS, 1, POST_HEAD)
        for flood in (frame(0, 0, 1), frame(0, 8, 1, b"\xff" + bytes(255)), frame(0x42, 0, 0), frame(2, 0, 3, struct.pack(">IB", 0, 15)),
                      frame(8, 0, 0, struct.pack(">I", 1))):
            send(server, start + flood * 50000)


def test_windows_that_never_open():
    with Attacked() as server:
        closed = PREFACE + frame(4, 0, 0, struct.pack(">HI", 4, 0)) + b"".join(get(stream) for stream in range(1, 181, 2))
        socks = [connect_h2(server, 8) for _ in range(10)]
        for sock in socks:
            sock.sendall(closed)
        for sock in socks:
            assert answered(sock)[1]
            sock.close()


def test_windows_that_overflow():
    with Attacked() as server:
        got = send(server, frame(8, 0, 0, struct.pack(">I", 0x7FFFFFFF)) * 2)
        assert goaway_code(got) in ([3], [1]), got  # FLOW_CONTROL_ERROR
        send(server, frame(4, 0, 0, struct.pack(">HI", 4, 0x80000000)))
        send(server, frame(4, 0, 0, struct.pack(">HI", 4, 0x7FFFFFFF)) + get(1) + frame(8, 0, 1, struct.pack(">I", 0x7FFFFFFF)))


def test_header_tables():
    """A table asked to be huge, resized without end, and a bomb: one long field, named by a byte each time."""
    with Attacked() as server:
        send(server, frame(4, 0, 0, struct.pack(">HI", 1, 0xFFFFFFFF)) + get(1), ends=False)
        send(server, frame(1, END_HEADERS | END_STREAM, 1, b"\x3f\xff\xff\xff\x7f" + HEAD))
        send(server, frame(1, END_HEADERS | END_STREAM, 1, b"\x3f\xe1\x1f\x20" * 4000 + HEAD))
        bomb = HEAD + b"\x40\x01x\x7f\xa1\x1e" + b"v" * 4000 + b"\xbe" * 12000
        send(server, b"".join(frame(1, END_HEADERS | END_STREAM, stream, bomb) for stream in range(1, 201, 2)))


def test_header_blocks_that_do_not_decode():
    with Attacked() as server:
        for block in (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"\x80", b"\xfe\x7f", b"\x40\x85\xff\xff\xff\xff\xff\x01x", b"\x00\x7f\xff\xff\xff\x0f"):
            assert goaway_code(send(server, frame(1, END_HEADERS | END_STREAM, 1, block))), block


def test_stream_numbers_that_are_not_allowed():
    with Attacked() as server:
        for abuse in (get(2), get(5) + get(3), get(1) + get(1), frame(1, 5, 0, HEAD), frame(0, 0, 0, b"x"), frame(0, 0, 7, b"x"), frame(3, 0, 0, bytes(4)),
                      frame(3, 0, 9, bytes(4)), frame(8, 0, 9, struct.pack(">I", 1)), frame(9, 4, 1), frame(1, 0, 1, HEAD) + get(3), frame(5, 4, 1, bytes(8))):
            assert [code for code in goaway_code(send(server, abuse))], abuse


def test_frames_of_wrong_sizes():
    with Attacked() as server:
        huge = struct.pack(">I", 0xFFFFFF)[1:] + bytes([0, 0]) + struct.pack(">I", 1) + bytes(70000)
        for abuse in (huge, frame(6, 0, 0, b"1234567"), frame(4, 0, 0, b"12345"), frame(4, 1, 0, bytes(6)), frame(8, 0, 0, b"123"), frame(3, 0, 1, b"12"),
                      frame(2, 0, 1, b"1234"), frame(7, 0, 0, b"1"), get(1) + frame(0, 8, 1, b"\xff"), frame(1, 13, 1, b"\xff" + HEAD)):
            send(server, abuse)


def test_priorities_in_circles():
    """Streams that depend on each other and on themselves, rearranged without end."""
    with Attacked() as server:
        def depends(stream, on, exclusive):
            return frame(2, 0, stream, struct.pack(">IB", on | exclusive << 31, 255))
        opened = b"".join(frame(1, END_HEADERS, stream, POST_HEAD) for stream in range(1, 61, 2))
        circle = b"".join(depends(stream, (stream + 2) % 60, stream % 4 == 1) for stream in range(1, 59, 2))
        send(server, opened + circle * 1000)
        send(server, opened + b"".join(depends(stream, stream, 0) for stream in range(1, 60, 2)))
        send(server, b"".join(depends(stream, 0, 1) for stream in range(1, 100001, 2)))


def test_lines_that_a_library_prints_do_not_hold_us():
    """libh2o says a line for each frame that it does not know; nobody reads our stderr here."""
    with Attacked() as server:
        send(server, frame(0x42, 0, 0) * 100000)


# HTTP/1

def test_slow_heads_and_bodies():
    """Many at once, each a byte now and then."""
    with Attacked() as server:
        starts = (b"", b"GET /livez HT", b"GET /livez HTTP/1.1\r\nHost: a\r\nX: ", b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
        socks = [server.connect(5, tls=number % 2 == 0) for number in range(100)]
        for number, sock in enumerate(socks):
            sock.sendall(starts[number % 4])
        end = time.monotonic() + 4
        while socks and time.monotonic() < end:
            for sock in list(socks):
                try:
                    sock.sendall(b" ")
                except OSError:
                    socks.remove(sock)
            time.sleep(0.1)
        assert not socks, f"{len(socks)} are still open"


def test_pipelines_that_nobody_reads():
    with Attacked() as server:
        for _ in range(3):
            with server.connect(2, tls=True) as sock:
                try:
                    sock.sendall(GET * 50000)
                except OSError:
                    pass


def test_heads_without_an_end():
    with Attacked() as server:
        for line in (b"X: y\r\n", b"X: " + b"y" * 8000 + b"\r\n", b"y" * 100):
            with server.connect(5, tls=True) as sock:
                try:
                    sock.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n" + line * (4000000 // len(line)))
                except OSError:
                    pass
                assert not read_all(sock).endswith(b"<timeout>")


def test_one_address_takes_not_all_connections():
    with Usual("--connections-per-address", "20") as server:
        held = []
        for _ in range(200):
            held.append(server.connect())
        with socket.create_connection(("127.0.0.1", server.port), timeout=3, source_address=("127.0.0.2", 0)) as sock:
            sock.sendall(GET)
            assert read_reply(sock)[0] == 200
        for sock in held:
            sock.close()


# TLS

def test_handshakes_that_do_not_end():
    """Silence, half a greeting, garbage, and a reset in the middle."""
    context, incoming, outgoing = client_tls(), ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context.wrap_bio(incoming, outgoing).do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello = outgoing.read()
    with Attacked() as server:
        socks = [server.connect(5) for _ in range(200)]
        for number, sock in enumerate(socks):
            sock.sendall((b"", hello[:100], hello, b"\x16\x03\x01" + os.urandom(500))[number % 4])
            if number % 3 == 0:
                reset(sock)
        for sock in socks:
            if sock.fileno() >= 0:
                assert not read_all(sock).endswith(b"<timeout>")
                sock.close()


def test_renegotiation_is_refused():
    with Attacked() as server:
        asked = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-tls1_2", "-legacy_renegotiation"],
                               input=b"R\n" * 20, capture_output=True, timeout=20)
        said = asked.stdout + asked.stderr
        assert b"RENEGOTIATING" in said and b"New, TLSv1.2" in said and asked.returncode != 0, said


def test_storms_of_resets():
    with Attacked() as server:
        for number in range(300):
            sock = connect_h2(server) if number % 2 else server.connect(tls=True)
            sock.sendall(settings() + b"".join(get(stream) for stream in range(1, 41, 2)) if number % 2 else GET * 5)
            if number % 5 == 0:
                sock.recv(10)
            reset(sock)


run(tests_of(sys.modules[__name__]))
