"""/readyz tells the truth: which part is away, and nothing while all is well; /livez goes on all the same."""
import json, os, signal, sqlite3, sys, threading, time
from harness import TOKEN, Server, parse, read_reply, run, tests_of

GET = b"GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n"
CREATE = "mutation($i: CreateOrganizerInput!) { createOrganizer(input: $i) { organizer { id } userErrors { code } } }"


def ready(server):
    status, _, body = server.request("GET", "/readyz")
    return status, json.loads(body)


def wait_ready(server, status, limit_s):
    end = time.monotonic() + limit_s
    while ready(server)[0] != status:
        assert time.monotonic() < end, ready(server)
        time.sleep(0.05)
    return ready(server)[1]


def create(server, slug):
    """The store waits five seconds for a lock: longer than the harness does."""
    body = json.dumps({"query": CREATE, "variables": {"i": {"slug": slug, "name": slug, "currency": "EUR", "timeZone": "Europe/Berlin"}}})
    head = f"POST /graphql HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nAuthorization: Bearer {TOKEN}\r\n"
    return json.loads(parse(server.raw(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode(), timeout=15))[2])


def store_path(server):
    folder = f"/proc/{server.ready['pid']}/fd/"
    return next(path for path in (os.readlink(folder + fd) for fd in os.listdir(folder)) if path.endswith("/tessera.db"))


def test_a_store_that_another_program_has_locked_is_named_until_it_is_free():
    with Server() as server:
        assert ready(server) == (200, {"status": "ok"})
        other = sqlite3.connect(store_path(server), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        answers = []
        client = threading.Thread(target=lambda: answers.append(create(server, "kept-out")))
        client.start()
        stuck = wait_ready(server, 503, limit_s=5)
        assert stuck == {"status": "unavailable", "reason": "store: writes wait and none ends"}, stuck
        assert server.request("GET", "/livez")[0] == 200
        client.join(10)
        assert "errors" in answers[0], answers
        failed = ready(server)
        assert failed == (503, {"status": "unavailable", "reason": "store: the last write failed"}), failed
        other.execute("ROLLBACK")
        other.close()
        assert "errors" not in create(server, "let-in")
        assert ready(server)[0] == 200


def test_a_failed_write_is_forgiven_when_nobody_writes():
    with Server() as server:
        other = sqlite3.connect(store_path(server), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert "errors" in create(server, "kept-out")
        assert ready(server)[0] == 503
        other.execute("ROLLBACK")
        wait_ready(server, 200, limit_s=8)
        other.close()


def test_a_server_that_stops_says_so_to_who_is_still_connected():
    with Server() as server, server.connect() as sock:
        sock.sendall(GET)
        assert read_reply(sock)[0] == 200
        os.kill(server.process.pid, signal.SIGTERM)
        time.sleep(0.1)
        sock.sendall(GET)
        status, _, body = read_reply(sock)
        assert status == 503 and b"stopping" in body, (status, body)


run(tests_of(sys.modules[__name__]))
