#!/usr/bin/env python3
"""API keys and scanners, from outside: machines.py BINARY

TESSERA_TEST_BUS: local, wire, split. Ends with `N passed, N failed`."""
import os, sys, time

for folder in ("scenario", "gateway"):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", folder))
from shop import DAY_MS, HOUR_MS, MINUTE_MS, Client, Refused, Shop, run_checks
from wsclient import Closed, Socket


class House:
    def __init__(self, binary):
        self.shop = shop = Shop(binary)
        self.owner, self.nobody, self.port = shop.owner, shop.buyer, shop.buyer.port
        self.organizer = shop.organizer()
        self.event = shop.event(self.organizer)
        self.other = shop.event(self.organizer, "other")
        self.kind = shop.type(self.event)
        shop.quota(self.event, 100, [self.kind])
        self.list, self.other_list = shop.door(self.event), shop.door(self.other)

    def key(self, rights, **more):
        """(its id, a client that has it)"""
        made = self.owner.mutate("createApiKey", "CreateApiKeyInput", "apiKey { id rights } token",
                                 {"organizerId": self.organizer, "name": "Till", "rights": rights, **more})
        assert sorted(made["apiKey"]["rights"]) == sorted(rights)
        return made["apiKey"]["id"], Client(self.port, made["token"])

    def device(self, **more):
        """(its id, its pairing code)"""
        made = self.owner.mutate("createDevice", "CreateDeviceInput", "device { id } pairingCode", {"organizerId": self.organizer, "name": "Gate 1", **more})
        return made["device"]["id"], made["pairingCode"]

    def pair(self, code):
        return Client(self.port, self.nobody.mutate("pairDevice", "PairDeviceInput", "device { id name } token", {"code": code})["token"])

    def scan(self, client, list=None):
        self.scans = getattr(self, "scans", 0) + 1
        return client.mutate("checkIn", "CheckInInput", "result", {"listId": list or self.list, "qr": "x", "nonce": f"n{self.scans}"})["result"]

    def listed(self, field, id):
        items = self.owner.call("query($id: ID!) { node(id: $id) { ... on Organizer { %s { id lastUsedAt revokedAt } } } }" % field, {"id": self.organizer})["node"][field]
        return [item for item in items if item["id"] == id][0]


def revoke(house, kind, id):
    house.owner.mutate(f"revoke{kind}", f"Revoke{kind}Input", f"{kind[0].lower() + kind[1:]} {{ revokedAt }}", {kind[0].lower() + kind[1:] + "Id": id})


def a_key_does_what_it_may(house):
    id, client = house.key(["ORDERS", "SELL"])
    query = "query($id: ID!) { node(id: $id) { ... on Event { orders { totalCount } } } }"
    assert client.call(query, {"id": house.event})["node"]["orders"]["totalCount"] == 0
    client.mutate("giveComps", "GiveCompsInput", "order { id }", {"eventId": house.event, "lines": [{"ticketTypeId": house.kind, "quantity": 1}], "email": "a@example.org"})
    assert client.call(query, {"id": house.event})["node"]["orders"]["totalCount"] == 1
    house.shop.refused("FORBIDDEN", client.mutate, "updateEvent", "UpdateEventInput", "event { id }", {"eventId": house.event, "title": "Mine"})
    house.shop.refused("FORBIDDEN", client.mutate, "createApiKey", "CreateApiKeyInput", "token", {"organizerId": house.organizer, "name": "Mine", "rights": ["MONEY"]})
    assert client.call("{ viewer { id } }")["viewer"] is None
    actors = {entry["actor"] for entry in house.owner.call("query($id: ID!) { node(id: $id) { ... on Organizer { audit(first: 50) { nodes { actor } } } } }",
                                                         {"id": house.organizer})["node"]["audit"]["nodes"]}
    assert id in actors, actors


def a_key_keeps_to_its_events(house):
    _, client = house.key(["DOOR"], eventIds=[house.other])
    house.shop.refused("NOT_FOUND", house.scan, client)
    assert house.scan(client, house.other_list) == "INVALID"


def a_key_is_told_once_and_not_forged(house):
    made = house.owner.mutate("createApiKey", "CreateApiKeyInput", "apiKey { id name } token", {"organizerId": house.organizer, "name": "Till", "rights": ["DOOR"]})
    token = made["token"]
    assert token.startswith("tk_" + made["apiKey"]["id"][4:]) and len(token) > 70
    for forged in (token[:-1] + ("A" if token[-1] != "A" else "B"), token[:-1], token + "A", "tk_", token.replace("tk_", "tk_0", 1), token.upper(), token[:29] + "." + "A" * 43):
        house.shop.refused("UNAUTHENTICATED", Client(house.port, forged).call, "{ viewer { id } }")
    text = str(house.owner.call("query($id: ID!) { node(id: $id) { ... on Organizer { apiKeys { id name } audit(first: 100) { nodes { changes { from to } } } } } }", {"id": house.organizer}))
    assert token not in text and token[-20:] not in text


def a_revoked_key_ends_at_once_with_its_sockets(house):
    id, client = house.key(["ORDERS"])
    socket = Socket(client, {"Authorization": "Bearer " + client.token}, timeout=5)
    start = time.monotonic()
    revoke(house, "ApiKey", id)
    try:
        socket.hear()
        raise AssertionError("still there")
    except Closed as closed:
        assert closed.code == 4401 and time.monotonic() - start < 1, closed
    socket.sock.close()
    house.shop.refused("UNAUTHENTICATED", client.call, "{ viewer { id } }")
    assert house.listed("apiKeys", id)["revokedAt"]
    revoke(house, "ApiKey", id)  # said again it is the same


def a_key_ends_by_time(house):
    now = int(time.time() * 1000)
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime((now + DAY_MS) // 1000))
    _, client = house.key(["ORDERS"], expiresAt=when)
    client.call("{ viewer { id } }")
    house.shop.advance(DAY_MS + 6000)
    time.sleep(0.1)
    for _ in range(80):  # it is believed for five seconds of real time
        try:
            client.call("{ viewer { id } }")
        except Refused as refusal:
            assert "UNAUTHENTICATED" in str(refusal)
            return
        time.sleep(0.1)
    raise AssertionError("it still lives")


def it_shows_when_it_was_used(house):
    id, client = house.key(["ORDERS"])
    assert house.listed("apiKeys", id)["lastUsedAt"] is None
    client.call("{ viewer { id } }")
    assert house.listed("apiKeys", id)["lastUsedAt"]


def a_device_is_paired_once(house):
    id, code = house.device()
    house.shop.refused("LINK_INVALID", house.pair, code[:-1] + ("0" if code[-1] != "0" else "1"))
    device = house.pair(code.lower().replace("-", " "))
    house.shop.refused("LINK_INVALID", house.pair, code)
    assert house.scan(device) == "INVALID"
    assert device.call("query($id: ID!) { checkInList(id: $id) { name } }", {"id": house.list})["checkInList"]
    for name, type, value in (("updateEvent", "UpdateEventInput", {"eventId": house.event, "title": "Mine"}),
                              ("createDevice", "CreateDeviceInput", {"organizerId": house.organizer, "name": "Mine"}),
                              ("revokeDevice", "RevokeDeviceInput", {"deviceId": id})):
        house.shop.refused("FORBIDDEN", device.mutate, name, type, "userErrors { code }", value)
    house.shop.refused("FORBIDDEN", device.call, "query($id: ID!) { node(id: $id) { ... on Event { orders { totalCount } } } }", {"id": house.event})
    revoke(house, "Device", id)
    house.shop.refused("UNAUTHENTICATED", house.scan, device)


def a_device_keeps_to_its_events(house):
    device = house.pair(house.device(eventIds=[house.event])[1])
    assert house.scan(device) == "INVALID"
    house.shop.refused("NOT_FOUND", house.scan, device, house.other_list)


def a_code_ends_by_time_and_with_its_device(house):
    _, late = house.device()
    id, revoked = house.device()
    revoke(house, "Device", id)
    house.shop.refused("LINK_INVALID", house.pair, revoked)
    house.shop.advance(10 * MINUTE_MS + 1000)
    house.shop.refused("LINK_INVALID", house.pair, late)
    for wrong in ("", "x", "AAAA-BBBB-CCC", "AAAA-BBBB-CCCC-D", "AAAA-BBBB-CCCI", "' OR 1"):
        house.shop.refused("LINK_INVALID", house.pair, wrong)


def said_again_by_its_key_it_is_the_same(house):
    value = {"organizerId": house.organizer, "name": "Till", "rights": ["DOOR"], "idempotencyKey": "a-key-of-idempotency-1"}
    make = lambda: house.owner.mutate("createApiKey", "CreateApiKeyInput", "apiKey { id } token", value)
    assert make() == make()


checks = [a_key_does_what_it_may, a_key_keeps_to_its_events, a_key_is_told_once_and_not_forged, a_revoked_key_ends_at_once_with_its_sockets, a_key_ends_by_time,
          it_shows_when_it_was_used, a_device_is_paired_once, a_device_keeps_to_its_events, a_code_ends_by_time_and_with_its_device, said_again_by_its_key_it_is_the_same]


if __name__ == "__main__":
    sys.exit(run_checks(House(sys.argv[1]), checks))
