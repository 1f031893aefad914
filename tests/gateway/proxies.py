"""Who asks, where a proxy stands between: by its word if it is one of ours, never by a stranger's."""
import json, os, subprocess, sys, time
from harness import TESSERA, TOKEN, Server, Usual, free_port, read_reply, run, tests_of

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "scenario"))
from shop import Client, Shop

OURS = ("--trusted-proxies", "127.0.0.0/8,10.0.0.0/8", "--log-level", "info")


def logged(server, *requests):
    """The client of each request that is sent, as the log has it."""
    for headers in requests:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
        server.raw(f"GET /livez HTTP/1.1\r\nHost: a\r\n{lines}Connection: close\r\n\r\n".encode())
    server.stop()
    lines = (json.loads(line) for line in server.errors.splitlines() if line.startswith("{"))
    return [line["client.ip"] for line in lines if line.get("url.path") == "/livez"]


def forwarded(*values):
    return [("X-Forwarded-For", value) for value in values]


def test_a_proxy_of_ours_is_believed_and_no_further_than_it_can_see():
    with Server(*OURS) as server:
        seen = logged(server, [], forwarded("192.0.2.1"), forwarded("6.6.6.6, 192.0.2.1, 10.2.3.4"), forwarded("6.6.6.6", "192.0.2.1"),
                      forwarded("6.6.6.6, nobody"), [("x-forwarded-for", "[2001:db8::1]:4711")], [("Forwarded", "for=6.6.6.6")])
    assert seen == ["127.0.0.1", "192.0.2.1", "192.0.2.1", "192.0.2.1", "127.0.0.1", "2001:db8::1", "127.0.0.1"], seen


def test_a_stranger_is_not():
    for flags in ((), ("--trusted-proxies", "10.0.0.0/8")):
        with Server(*flags, "--log-level", "info") as server:
            seen = logged(server, [], forwarded("192.0.2.1"), forwarded("10.0.0.1"))
        assert seen == ["127.0.0.1"] * 3, seen


def places_of(room, house, event, address):
    """How many places one address gets: whoever says that it is his."""
    join = "mutation($input: JoinWaitingRoomInput!) { joinWaitingRoom(input: $input) { place { id } } }"
    answers = [house.graphql(join, headers={"X-Forwarded-For": address}, input={"eventId": event})[1] for _ in range(room + 1)]
    return sum(answer["data"]["joinWaitingRoom"]["place"] is not None for answer in answers)


def waiting_room(server):
    shop = Shop.__new__(Shop)
    shop.owner, shop.buyer = Client(server.port, TOKEN), Client(server.port)
    event = shop.evening()[0]
    shop.owner.mutate("setWaitingRoom", "SetWaitingRoomInput", "waitingRoom { state }",
                      {"eventId": event, "enabled": True, "startsAt": "2001-01-01T00:00:01Z", "entriesPerAddress": 2})
    return event


def test_a_limit_is_the_buyers_not_the_proxys():
    with Server(*OURS) as server:
        event = waiting_room(server)
        assert [places_of(2, server, event, address) for address in ("192.0.2.1", "192.0.2.2", "6.6.6.6, 192.0.2.2")] == [2, 2, 0]


def test_a_limit_is_not_evaded_by_a_header():
    with Server() as server:
        event = waiting_room(server)
        assert [places_of(2, server, event, address) for address in ("192.0.2.1", "192.0.2.2")] == [2, 0]


def test_a_proxy_that_says_nobody_is_not_counted_as_one():
    with Server(*OURS) as server:
        assert places_of(2, server, waiting_room(server), "unknown") == 3


def held_connections(*flags):
    server = Usual("--connections-per-address", "3", *flags)
    sockets = []
    try:
        for _ in range(8):
            sock = server.connect()
            sockets.append(sock)
            sock.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
            try:
                read_reply(sock)
            except (AssertionError, ConnectionError):
                return len(sockets) - 1
        return len(sockets)
    finally:
        for sock in sockets:
            sock.close()
        server.stop()


def test_connections_are_counted_by_address_but_a_proxys():
    assert (held_connections(), held_connections("--trusted-proxies", "127.0.0.1")) == (3, 8)


def test_a_list_that_is_none_stops_the_start():
    for flags, env in ((("--trusted-proxies", "nginx"), {}), (("--trusted-proxies", "10.0.0.1/8"), {}), ((), {"TESSERA_TRUSTED_PROXIES": "10.0.0.0/8, ::1"})):
        done = subprocess.run([TESSERA, "serve", "--ephemeral", *flags], env={**os.environ, **env}, capture_output=True, timeout=20, text=True)
        assert done.returncode == 2 and "--trusted-proxies: " in done.stderr, done
        assert done.stdout == ""


run(tests_of(sys.modules[__name__]))
