#!/usr/bin/env python3
"""One effect per idempotency key, for every mutation that takes one: keys.py BINARY

Said again, said by eight at once, said with another input, said a day later. A mutation whose input has a key and that has no row
here fails. Ends with `N passed, N failed`."""
import os, sys, threading

for folder in ("scenario", "support"):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", folder))
from oidcprovider import OidcProvider
from shop import HOUR_MS, Client, Shop, run_checks
from client import in_days

KEY = "a-key-of-22-characters-or-more"


class House:
    """`rows`: mutation -> (who, selection that names the thing, input of the n-th object, what to change for another input)."""

    def __init__(self, binary):
        provider = OidcProvider()
        self.shop = shop = Shop(binary, *provider.flags)
        organizer = shop.organizer()
        self.event, self.kind, self.quota = event, kind, quota = self.evening(organizer)
        orders = [shop.order(shop.hold(event, kind)) for _ in range(8)]
        paid = [shop.sell(event, kind, 2) for _ in range(4)]
        waiting = [shop.pay(shop.order(shop.hold(event, kind)), None, "manual")["payment"]["id"] for _ in range(4)]
        holds = [shop.hold(event, kind) for _ in range(4)]
        date = "2099-01-01T00:00:00Z"
        crowded = shop.event(organizer, "crowded")
        shop.owner.mutate("setWaitingRoom", "SetWaitingRoomInput", "waitingRoom { state }",
                          {"eventId": crowded, "enabled": True, "startsAt": in_days(30), "preQueueFrom": in_days(-1), "entriesPerEmail": 1})
        self.rows = {
            "createOrganizer": (shop.owner, "organizer { id }", lambda n: {"slug": f"new-{n}", "name": "New", "currency": "EUR", "timeZone": "UTC"}, {"name": "Newer"}),
            "createVenue": (shop.owner, "venue { id }", lambda n: {"organizerId": organizer, "name": f"Hall {n}"}, {"name": "Other hall"}),
            "createEvent": (shop.owner, "event { id }", lambda n: {"organizerId": organizer, "slug": f"new-{n}", "title": "New", "startsAt": date}, {"title": "Newer"}),
            "createEventDate": (shop.owner, "eventDate { id }", lambda n: {"eventId": event, "startsAt": f"2099-02-0{n + 1}T00:00:00Z"}, {"startsAt": date}),
            "createTicketType": (shop.owner, "ticketType { id }", lambda n: {"eventId": event, "name": f"Type {n}", "price": "1.00"}, {"price": "2.00"}),
            "createQuota": (shop.owner, "quota { id }", lambda n: {"eventId": event, "dateId": self.date, "name": f"Quota {n}", "size": 1}, {"size": 2}),
            "createOrganizerHold": (shop.owner, "organizerHold { id }", lambda n: {"quotaId": quota, "name": f"Press {n}", "count": 1}, {"count": 2}),
            "giveComps": (shop.owner, "order { id code }", lambda n: {"eventId": event, "lines": [{"ticketTypeId": kind, "dateId": self.date, "quantity": n + 1}], "email": "ada@example.org"},
                          {"email": "eve@example.org"}),
            "createCheckInList": (shop.owner, "checkInList { id }", lambda n: {"eventId": event, "name": f"Door {n}"}, {"name": "Other door"}),
            "holdTickets": (shop.buyer, "hold { id token }", lambda n: {"eventId": event, "lines": [{"ticketTypeId": kind, "dateId": self.date, "quantity": n + 1}]},
                            {"lines": [{"ticketTypeId": kind, "dateId": self.date, "quantity": 9}]}),
            "joinWaitingRoom": (shop.buyer, "place { id token }", lambda n: {"eventId": crowded, "email": f"ada-{n}@example.org"}, {"email": "eve@example.org"}),
            "placeOrder": (shop.buyer, "order { id code secret }", lambda n: {"holdToken": holds[n]["token"], "email": "ada@example.org"}, {"email": "eve@example.org"}),
            "payOrder": (shop.buyer, "payment { id }", lambda n: {"orderId": orders[n]["id"], "secret": orders[n]["secret"], "provider": "sandbox"}, {"method": "pending"}),
            "confirmPayment": (shop.owner, "payment { id status }", lambda n: {"paymentId": waiting[n]}, None),
            "createApiKey": (shop.owner, "apiKey { id } token", lambda n: {"organizerId": organizer, "name": f"Till {n}", "rights": ["ORDERS"]}, {"rights": ["MONEY"]}),
            "createDevice": (shop.owner, "device { id } pairingCode", lambda n: {"organizerId": organizer, "name": f"Gate {n}"}, {"name": "Other gate"}),
            "createOidcProvider": (shop.owner, "oidcProvider { id }", lambda n: {"organizerId": organizer, "name": f"Staff {n}", "issuer": provider.issuer, "clientId": f"tessera-{n}"},
                                   {"clientId": "other"}),
            "createTeam": (shop.owner, "team { id }", lambda n: {"organizerId": organizer, "name": f"Team {n}", "role": "SCANNER"}, {"role": "FINANCE"}),
            "refundOrder": (shop.owner, "refund { id }", lambda n: {"orderId": paid[n]["id"], "amount": "5.00"}, {"amount": "6.00"}),
        }

    def evening(self, organizer):
        shop = self.shop
        event = shop.event(organizer)
        self.date = shop.owner.call("query($id: ID!) { event(id: $id) { dates { nodes { id } } } }", {"id": event})["event"]["dates"]["nodes"][0]["id"]
        kind = shop.type(event)
        return event, kind, shop.quota(event, 1000, [kind])

    def say(self, name, value, key, client=None):
        who, selection, _, _ = self.rows[name]
        payload = (client or who).mutate(name, name[0].upper() + name[1:] + "Input", selection, {**value, "idempotencyKey": key})
        return {field: thing for field, thing in payload.items() if field != "userErrors"}

    def size(self):
        """What the house has in all: a second effect shows here."""
        seen = self.shop.owner.call("""query($id: ID!) { events(first: 100) { totalCount } event(id: $id) { dates { totalCount } ticketTypes { id }
            quotas { id held sold organizerHeld organizerHolds { id } } checkInLists { id } orders(first: 100) { nodes { id payments { id status } refunds { id } balance { amount } } } } }""", {"id": self.event})
        return seen


def every_key_has_a_row(house):
    types = house.shop.buyer.call("{ __schema { types { name inputFields { name } } } }")["__schema"]["types"]
    keyed = {type["name"] for type in types if any(field["name"] == "idempotencyKey" for field in type["inputFields"] or [])}
    assert keyed == {name[0].upper() + name[1:] + "Input" for name in house.rows}, keyed


def said_again_it_is_the_same(house):
    for name, (_, _, value, other) in house.rows.items():
        first = house.say(name, value(0), f"{KEY}-{name}")
        before = house.size()
        assert house.say(name, value(0), f"{KEY}-{name}") == first, name
        if other:
            house.shop.refused("IDEMPOTENCY_KEY_REUSED", house.say, name, {**value(0), **other}, f"{KEY}-{name}")
        assert house.size() == before, name


def said_by_eight_at_once_it_is_one(house):
    for name, (who, _, value, _) in house.rows.items():
        answers, clients = [], [Client(who.port, who.token) for _ in range(8)]

        def run(client):
            try:
                answers.append(house.say(name, value(1), f"{KEY}-at-once", client))
            except Exception as problem:
                answers.append(problem)
            client.close()

        threads = [threading.Thread(target=run, args=[client]) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(answer == answers[0] for answer in answers) and isinstance(answers[0], dict), (name, answers)
        before = house.size()
        assert house.say(name, value(1), f"{KEY}-at-once") == answers[0], name
        assert house.size() == before, name


def short_and_empty_keys_are_refused(house):
    for name, (who, _, value, _) in house.rows.items():
        before = house.size()
        for key in ("", "k" * 201) + (("a-key-of-21-character",) if who is house.shop.buyer else ()):
            house.shop.refused("INVALID_INPUT", house.say, name, value(2), key)
        assert house.size() == before, name


def a_key_lives_for_a_day(house):
    """Also one whose first try was refused an hour before the next."""
    for name in ("createVenue", "createEvent", "holdTickets"):
        house.say(name, house.rows[name][2](3), f"{KEY}-day")
    house.shop.advance(23 * HOUR_MS)
    for name in ("createVenue", "createEvent", "holdTickets"):
        value, other = house.rows[name][2:]
        house.shop.refused("IDEMPOTENCY_KEY_REUSED", house.say, name, {**value(3), **other}, f"{KEY}-day")


checks = [every_key_has_a_row, said_again_it_is_the_same, said_by_eight_at_once_it_is_one, short_and_empty_keys_are_refused, a_key_lives_for_a_day]


if __name__ == "__main__":
    sys.exit(run_checks(House(sys.argv[1]), checks))
