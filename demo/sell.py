#!/usr/bin/env python3
"""Sell what pages.py says is sold, by the mutations that any buyer's client makes: sell.py URL|DATA

URL is a server's /graphql; DATA a running server's data folder, whose control socket is used. Payments are the sandbox's.
"""
import http.client, json, os, secrets, socket, sys, urllib.parse

import pages, seats

NAMES = ["Mia Okafor", "Jonas Lind", "山田 花", "Sara Al-Mutawa", "Noah Pruitt", "Ines Duarte", "佐藤 健", "Lena Vogt"]
AT_ONCE = 10  # the usual most per order


class Connection(http.client.HTTPConnection):
    """HTTP to a host, or to the control socket of a data folder."""

    def __init__(self, target):
        self.folder = None if target.startswith("http") else target
        url = urllib.parse.urlsplit(target if not self.folder else "http://control/graphql")
        super().__init__(url.hostname, url.port or 80, timeout=30)

    def connect(self):
        if not self.folder:
            return super().connect()
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(os.path.join(self.folder, "control.sock"))


class Shop:
    def __init__(self, target):
        self.target, self.orders = target, 0

    def ask(self, query, **variables):
        connection = Connection(self.target)
        try:
            connection.request("POST", "/graphql", json.dumps({"query": query, "variables": variables}),
                               {"Content-Type": "application/json", "Connection": "close"})
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if answer.get("errors"):
            raise SystemExit(f"sell.py: {answer['errors']}")
        return answer["data"]

    def change(self, name, selection, /, **values):
        kind = name[0].upper() + name[1:] + "Input"
        payload = self.ask(f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {selection} userErrors {{ message }} }} }}",
                           input=values)[name]
        if payload["userErrors"]:
            raise SystemExit(f"sell.py: {name}: {payload['userErrors']}")
        return payload

    def events(self, organizer):
        data = self.ask("""query($slug: String!) { organizer(slug: $slug) { events(first: 100) { edges { node {
            id title dates(first: 100) { edges { node { id quotas { id } offers { ticketType { id name } remaining } } } } } } } } }""",
                        slug=organizer)
        return {edge["node"]["title"]: edge["node"] for edge in data["organizer"]["events"]["edges"]}

    def seat(self, events):
        """Lay out the halls that have seats."""
        for title in events.keys() & seats.PLANS.keys():
            for edge in events[title]["dates"]["edges"]:
                for quota in edge["node"]["quotas"]:
                    self.change("setSeatPlan", "quota { id }", quotaId=quota["id"], sections=seats.PLANS[title]())

    def buy(self, event, date, ticket_type, quantity):
        buyer = NAMES[self.orders % len(NAMES)]
        self.orders += 1
        hold = self.change("holdTickets", "hold { token }", eventId=event, idempotencyKey=secrets.token_urlsafe(24),
                           lines=[{"ticketTypeId": ticket_type, "dateId": date, "quantity": quantity}])["hold"]
        order = self.change("placeOrder", "order { id secret status }", holdToken=hold["token"], name=buyer,
                            email=f"buyer{self.orders}@example.org")["order"]
        if order["status"] != "PAID":
            self.change("payOrder", "order { status }", orderId=order["id"], secret=order["secret"], provider="sandbox",
                        method="success", idempotencyKey=secrets.token_urlsafe(24))

    def sell_down(self, event, date, name, left):
        for offer in date["offers"]:
            if offer["ticketType"]["name"] == name:
                for remaining in range(offer["remaining"], left, -AT_ONCE):
                    self.buy(event["id"], date["id"], offer["ticketType"]["id"], min(AT_ONCE, remaining - left))


def main(target):
    shop = Shop(target)
    for page in pages.PAGES.values():
        site = page()
        events = shop.events(site.slug)
        shop.seat(events)
        for title, name, left, *index in site.sales:
            dates = events[title]["dates"]["edges"]
            shop.sell_down(events[title], dates[index[0] if index else 0]["node"], name, left)
    print(f"{shop.orders} orders sold")


if __name__ == "__main__":
    main(sys.argv[1]) if len(sys.argv) == 2 else sys.exit(__doc__)
