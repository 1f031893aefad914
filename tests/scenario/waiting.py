#!/usr/bin/env python3
"""Stories of a waiting room on the whole program, over GraphQL alone: waiting.py BINARY [NAME…]. Ends with `N passed, N failed`."""
import hashlib, http.client, json, os, sys, tempfile, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "gateway"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shop import HOUR_MS, MINUTE_MS, Shop
from client import Client, Server, in_days
from stories import run
from wsclient import Socket

PLACE = "id state position ahead waitSecondsLow waitSecondsHigh pollSeconds message pass passExpiresAt event { id }"
HOLD = "mutation($input: HoldTicketsInput!) { holdTickets(input: $input) { hold { id token } userErrors { code path } } }"
LONG_AGO, NOW = "2001-01-01T00:00:00Z", "2001-01-01T00:00:01Z"


def set_room(client, event, **more):
    return client.mutate("setWaitingRoom", "SetWaitingRoomInput", "waitingRoom { state shuffleCommitment shuffleSeed }", {"eventId": event, **more})["waitingRoom"]


def come(client, event, **more):
    return client.mutate("joinWaitingRoom", "JoinWaitingRoomInput", "place { id token state }", {"eventId": event, **more})["place"]


def ask(client, token):
    return client.call("query($t: String!) { waitingPlace(token: $t) { %s } }" % PLACE, {"t": token})["waitingPlace"]


def forged(key):
    """Its last characters carry fewer bits than they have: another one further in."""
    return key[:-20] + ("A" if key[-20] != "A" else "B") + key[-19:]


def admitted(shop, event):
    """Somebody who has waited: his place."""
    token = come(shop.buyer, event)["token"]
    for _ in range(5):
        shop.advance(1000)
        place = ask(shop.buyer, token)
        if place["state"] == "ADMITTED":
            return {**place, "token": token}
    raise AssertionError(place)


def a_crowd_goes_through_the_room_and_buys(shop):
    event, kind, _ = shop.evening()
    starts = in_days(1 / 24)
    room = set_room(shop.owner, event, enabled=True, startsAt=starts, preQueueFrom=LONG_AGO, message="Doors at nine")
    assert (room["state"], room["shuffleSeed"]) == ("PRE_QUEUE", None), room
    people = [come(shop.buyer, event) for _ in range(8)]
    assert all(person["state"] == "PRE_QUEUE" for person in people)
    place = ask(shop.buyer, people[0]["token"])
    assert place["position"] is None and 3500 < place["waitSecondsLow"] <= 3601 and place["message"] == "Doors at nine", place
    assert place["pass"] is None and place["event"] == {"id": event}
    shop.refused("WAITING_ROOM_REQUIRED", shop.hold, event, kind)
    shop.advance(HOUR_MS - 100000)
    for person in people:
        ask(shop.buyer, person["token"])
    shop.advance(101000)
    seen = [ask(shop.buyer, person["token"]) for person in people]
    seed = shop.buyer.call("query($id: ID!) { event(id: $id) { waitingRoom { state shuffleSeed } } }", {"id": event})["event"]["waitingRoom"]["shuffleSeed"]
    assert hashlib.sha256(seed.encode()).hexdigest() == room["shuffleCommitment"]
    drawn = sorted(range(8), key=lambda i: hashlib.sha256((seed + people[i]["id"]).encode()).digest())
    waiting = [i for i in drawn if seen[i]["state"] == "WAITING"]
    assert len(waiting) >= 5 and [seen[i]["position"] for i in waiting] == list(range(1, len(waiting) + 1)), [(i, seen[i]["state"], seen[i]["position"]) for i in drawn]
    assert all(seen[i]["waitSecondsLow"] <= seen[i]["waitSecondsHigh"] and 2 <= seen[i]["pollSeconds"] <= 30 for i in waiting)
    for _ in range(10):
        shop.advance(1000)
        seen = [ask(shop.buyer, person["token"]) for person in people]
    assert all(place["state"] == "ADMITTED" and place["passExpiresAt"] for place in seen), seen
    hold = shop.hold(event, kind, 2, **{"pass": seen[0]["pass"]})
    shop.refused("PASS_INVALID", shop.hold, event, kind, **{"pass": seen[0]["pass"][:-1]})
    shop.refused("OVER_LIMIT", shop.hold, event, kind, 9, **{"pass": seen[0]["pass"]})
    assert shop.pay(shop.order(hold))["order"]["status"] == "PAID"
    shop.advance(1000)
    assert ask(shop.buyer, people[0]["token"])["state"] == "LEFT"
    shop.refused("PASS_EXPIRED", shop.hold, event, kind, **{"pass": seen[0]["pass"]})
    assert shop.buyer.mutate("leaveWaitingRoom", "LeaveWaitingRoomInput", "left", {"token": people[1]["token"]})["left"]
    shop.refused("PASS_EXPIRED", shop.hold, event, kind, **{"pass": seen[1]["pass"]})
    shop.advance(11 * MINUTE_MS)
    shop.refused("PASS_EXPIRED", shop.hold, event, kind, **{"pass": seen[2]["pass"]})


def a_hold_that_ended_is_renewed_with_a_pass_only(shop):
    event, kind, _ = shop.evening()
    set_room(shop.owner, event, enabled=True, startsAt=NOW, passMinutes=60)
    key = admitted(shop, event)["pass"]
    hold = shop.hold(event, kind, 6, **{"pass": key})
    renew = lambda **more: shop.buyer.mutate("renewHold", "RenewHoldInput", "hold { token positions { id } } changes { kind }", {"token": hold["token"], **more})
    assert renew()["hold"]["token"] == hold["token"], "while it lives no pass is needed"
    shop.advance(16 * MINUTE_MS)
    shop.refused("WAITING_ROOM_REQUIRED", renew)
    shop.refused("PASS_INVALID", renew, **{"pass": forged(key)})
    renewed = renew(**{"pass": key})
    assert len(renewed["hold"]["positions"]) == 6 and renewed["changes"] == [], renewed
    assert renew() == renewed, "it lives again"
    shop.refused("OVER_LIMIT", shop.hold, event, kind, 5, **{"pass": key})


def post(shop, payload, accept="application/graphql-response+json"):
    connection = http.client.HTTPConnection("127.0.0.1", shop.buyer.port, timeout=10)
    connection.request("POST", "/graphql", json.dumps(payload), {"Content-Type": "application/json", "Accept": accept})
    return connection, connection.getresponse()


def by_post(shop, payload):
    return json.loads(post(shop, payload)[1].read())


def by_events(shop, payload):
    connection, answer = post(shop, payload, "text/event-stream")
    assert answer.headers["content-type"].startswith("text/event-stream"), answer.headers
    for line in answer:
        if line.startswith(b"data: {"):
            connection.close()
            return json.loads(line[len(b"data: "):])


def by_persisted(shop, payload):
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(payload["query"].encode()).hexdigest()}}
    by_post(shop, {"query": payload["query"], "extensions": extensions, "variables": {"input": {"eventId": "x", "lines": []}}})
    return by_post(shop, {"extensions": extensions, "variables": payload["variables"]})


def by_websocket(shop, payload):
    with Socket(shop.buyer, timeout=10) as socket:
        socket.say(id="1", type="subscribe", payload=payload)
        return socket.hear()["payload"]


def a_pass_is_asked_for_in_every_transport(shop):
    event, kind, _ = shop.evening()
    set_room(shop.owner, event, enabled=True, startsAt=NOW)
    good = admitted(shop, event)["pass"]
    for way in (by_post, by_events, by_persisted, by_websocket):
        for key, expected in ((None, ["WAITING_ROOM_REQUIRED"]), (forged(good), ["PASS_INVALID"]), (good, [])):
            wish = {"eventId": event, "lines": [{"ticketTypeId": kind, "quantity": 1}], **({"pass": key} if key else {})}
            payload = way(shop, {"query": HOLD, "variables": {"input": wish}})["data"]["holdTickets"]
            assert [error["code"] for error in payload["userErrors"]] == expected, (way.__name__, key, payload)
            assert bool(payload["hold"]) == (not expected), payload


def a_turn_is_told_at_once(shop):
    event, _, _ = shop.evening()
    set_room(shop.owner, event, enabled=True, startsAt=NOW, admitPerMinute=6)
    people = [come(shop.buyer, event) for _ in range(2)]
    with Socket(shop.buyer, timeout=10) as socket:
        socket.say(id="1", type="subscribe", payload={"query": "subscription($t: String!) { waitingPlaceChanged(token: $t) { %s } }" % PLACE,
                                                      "variables": {"t": people[1]["token"]}})
        hear = lambda: socket.hear()["payload"]["data"]["waitingPlaceChanged"]
        first = hear()
        assert first["state"] == "WAITING" and first["pass"] is None, first
        began = time.monotonic()
        for _ in range(25):
            shop.advance(1000)
            ask(shop.buyer, people[0]["token"])
        seen = hear()
        while seen["state"] == "WAITING":
            seen = hear()
        assert seen["state"] == "ADMITTED" and seen["pass"], seen
        assert time.monotonic() - began < 8, "not by the look every fifteen seconds"
        shop.buyer.mutate("leaveWaitingRoom", "LeaveWaitingRoomInput", "left", {"token": people[1]["token"]})
        assert hear()["state"] == "LEFT"


def one_address_is_counted_in_every_transport(shop):
    event, _, _ = shop.evening()
    set_room(shop.owner, event, enabled=True, startsAt=NOW, entriesPerAddress=4)
    join = "mutation($input: JoinWaitingRoomInput!) { joinWaitingRoom(input: $input) { place { id } userErrors { code } } }"
    ways = (by_post, by_events, by_websocket, by_post)
    for way in ways + ways:
        payload = way(shop, {"query": join, "variables": {"input": {"eventId": event}}})["data"]["joinWaitingRoom"]
        ways = ways[1:] if payload["place"] else ways
        assert [error["code"] for error in payload["userErrors"]] == ([] if payload["place"] else ["OVER_LIMIT"]), payload
    assert ways == (), "four came in, and four did not"


def places_and_passes_survive_kill(_):
    with tempfile.TemporaryDirectory() as data:
        server = Server(BINARY, data, "an-owner-token")
        server.start()
        house = Shop.__new__(Shop)
        house.owner, house.buyer = Client(server.port, server.token), Client(server.port)
        event, kind, _ = house.evening()
        set_room(house.owner, event, enabled=True, startsAt=NOW, admitPerMinute=300)
        people = [come(house.buyer, event) for _ in range(25)]
        admitted = {}
        for life in range(3):
            until = time.monotonic() + (1.5 if life < 2 else 20)
            while time.monotonic() < until and len(admitted) < len(people):
                for number, person in enumerate(people):
                    place = ask(house.buyer, person["token"])
                    assert place["state"] == "ADMITTED" if number in admitted else place["state"] in ("WAITING", "ADMITTED"), (number, place)
                    if place["state"] == "ADMITTED":
                        assert admitted.setdefault(number, place["pass"])[:60] == place["pass"][:60], "the same place and time"
            if life < 2:
                assert 0 < len(admitted) < len(people), len(admitted)
                house.owner.close(), house.buyer.close()
                server.kill()
                server.start()
        order = list(admitted)
        assert len(order) == len(people) and all(abs(order.index(number) - number) <= 10 for number in order), "in order, but for who asked just before: %s" % order
        house.hold(event, kind, 2, **{"pass": admitted[0]})
        server.kill()


BINARY = sys.argv[1] if len(sys.argv) > 1 else None
stories = [a_crowd_goes_through_the_room_and_buys, a_hold_that_ended_is_renewed_with_a_pass_only, a_pass_is_asked_for_in_every_transport, a_turn_is_told_at_once,
           one_address_is_counted_in_every_transport, places_and_passes_survive_kill]

if __name__ == "__main__":
    sys.exit(run(stories))
