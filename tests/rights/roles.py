#!/usr/bin/env python3
"""What each role sees and does, at home and at another promoter's: roles.py BINARY

Each mutation that changes something of an organizer's has a row in RIGHTS, and each join that shows it one in SEES; one without a row
fails. They are tried by every role, for the promoter that it works for, for an event that its team is not for, and for another
promoter. Ends with `N passed, N failed`."""
import json, os, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import matrix
from matrix import FIELDS, House, inputs, mutate, rows, unknown
from shop import Client, run_checks

ROLES = {
    "OWNER": "EVENTS PLACES ORDERS SELL MONEY TICKETS DOOR AUDIT TEAMS", "MANAGER": "EVENTS PLACES ORDERS SELL MONEY TICKETS DOOR AUDIT",
    "FINANCE": "ORDERS MONEY AUDIT", "BOX_OFFICE": "ORDERS SELL TICKETS DOOR", "SCANNER": "DOOR",
}
# Which right each mutation needs; "owner": the owner's token alone; "self": about the caller's own account.
RIGHTS = {
    "createOrganizer": "owner",
    **{name: "self" for name in "changePassword requestEmailChange confirmEmailChange startPasskey createPasskey renamePasskey removePasskey startProviderLink linkProvider unlinkProvider acceptInvitation startTotp confirmTotp removeTotp renewRecoveryCodes exportMyData eraseMyData".split()},
    **{name: "EVENTS" for name in "createVenue createEvent createEventDate createTicketType publishEvent updateEvent updateTicketType cancelEventDate setEventTranslations setEmbedOrigins setTheme setLegalTexts createCheckInList setWaitingRoom".split()},
    **{name: "PLACES" for name in "createQuota updateQuota setSeatPlan createOrganizerHold updateOrganizerHold releaseOrganizerHold".split()},
    "giveComps": "SELL", "confirmPayment": "MONEY", "refundOrder": "MONEY",
    **{name: "TICKETS" for name in "revokeTicket reissueTicket blockTicket".split()}, "checkIn": "DOOR", "undoCheckIn": "DOOR",
    **{name: "EVENTS" for name in "createDevice revokeDevice".split()},
    **{name: "TEAMS" for name in "createApiKey revokeApiKey createOidcProvider updateOidcProvider removeOidcProvider createTeam updateTeam inviteMember removeMember transferOwnership exportPerson erasePerson setRetention".split()},
}
# What is for staff by a path of joins, and any of which rights shows it. "": whoever is on a team.
EVENT, ORGANIZER = "node(id: $event) { ... on Event { %s } }", "node(id: $organizer) { ... on Organizer { %s } }"
SEES = {
    "Event.quotas": (EVENT % "quotas { id size sold organizerHolds { id } }", "EVENTS PLACES ORDERS SELL"),
    "Event.orders": (EVENT % "orders { totalCount nodes { id email } }", "ORDERS SELL MONEY"),
    "Event.checkInLists": (EVENT % "checkInLists { id expected inside checkIns { totalCount nodes { id } } }", "EVENTS ORDERS DOOR"),
    "EventDate.quotas": ("node(id: $date) { ... on EventDate { quotas { id held } } }", "EVENTS PLACES ORDERS SELL"),
    "Organizer.audit": (ORGANIZER % "audit { nodes { objectId } }", "AUDIT"),
    "Organizer.teams": (ORGANIZER % "teams { id members { email } }", "TEAMS"),
    "Organizer.apiKeys": (ORGANIZER % "apiKeys { id name }", "EVENTS TEAMS"),
    "Organizer.oidcProviders": (ORGANIZER % "oidcProviders { id issuer clientId }", "TEAMS"),
    "Organizer.retention": (ORGANIZER % "id retention { namesDays own }", "TEAMS ORDERS"),
    "Organizer.devices": (ORGANIZER % "devices { id name }", "EVENTS TEAMS"),
    "Payment.received": ("node(id: $payment) { ... on Payment { id received { amount } } }", "ORDERS MONEY"),
    "SeatPlan.quota": ("node(id: $date) { ... on EventDate { seatPlans { quota { id } } } }", "EVENTS PLACES ORDERS SELL"),
    "WaitingRoom": (EVENT % "waitingRoom { admitPerMinute bypassCodes }", "EVENTS"),
    "Query.checkInList": ("checkInList(id: $list) { id name }", "EVENTS ORDERS DOOR"),
    "Query.viewerOrders": ("viewerOrders { nodes { id } }", ""),
    "Query.mails": ("mails { nodes { token } }", "owner"),
}
# What `node` shows, by type.
NODES = {"Order": "ORDERS SELL MONEY", "OrderPosition": "ORDERS SELL MONEY", "Payment": "ORDERS MONEY", "Refund": "ORDERS MONEY", "Ticket": "ORDERS SELL TICKETS DOOR", "CheckInList": "EVENTS ORDERS DOOR",
         "CheckIn": "EVENTS ORDERS DOOR", "Quota": "EVENTS PLACES ORDERS SELL", "OrganizerHold": "EVENTS PLACES ORDERS SELL", "Hold": "EVENTS PLACES ORDERS SELL"}


def may(role, wanted):
    return bool(set(ROLES.get(role, "").split()) & set(wanted.split()))


class Staff(House):
    """One person for each role at fabrik, one whose team is for another event than the one with the orders, and one on no team."""

    def __init__(self, binary):
        super().__init__(binary)
        home, self.people = self.ids["fabrik"], {}
        for role in ROLES:
            self.people[role] = self.person(f"{role.lower()}@example.org")
            self.team(home["Organizer"], role, self.people[role])
        self.people["ELSEWHERE"] = self.person("elsewhere@example.org")
        self.team(home["Organizer"], "MANAGER", self.people["ELSEWHERE"], eventIds=[home["draft"]["Event"]])
        self.people["NOBODY"] = self.person("nobody@example.org")

    def codes(self, client, query, slug):
        for name, value in self.names(slug=slug).items():
            query = query.replace("$" + name, json.dumps(value))
        answer, text = self.ask(client, f"{{ {query} }}")
        return sorted({error["extensions"]["code"] for error in answer.get("errors", [])}), answer, text


def every_mutation_and_join_has_a_row(house):
    assert set(RIGHTS) == set(rows("Mutation", "staff")), set(RIGHTS) ^ set(rows("Mutation", "staff"))
    joins = {f"{type}.{name}" for type, fields in FIELDS.items() for name in fields.get("staff", "").split() if type not in ("Mutation", "Subscription", "WaitingRoom")}
    assert joins == set(SEES) - {"WaitingRoom"}, joins ^ set(SEES)
    assert house.nodes - matrix.PUBLIC_NODES == set(NODES), (house.nodes - matrix.PUBLIC_NODES) ^ set(NODES)


def denied(answer, name):
    """Refused for want of a right: by FORBIDDEN, or as if it were not there."""
    codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
    return codes == ["FORBIDDEN"] or [error["code"] for error in ((answer.get("data") or {}).get(name) or {}).get("userErrors", [])] == ["NOT_FOUND"]


def no_role_changes_what_it_may_not(house):
    """At home without the right, at an event that the team is not for, at another promoter's, and what is not there: all the same."""
    before = matrix.everything(house)
    for role, client in house.people.items():
        for slug, ids in house.ids.items():
            nothing = {kind: {k: unknown(v) for k, v in id.items()} if isinstance(id, dict) else unknown(id) for kind, id in ids.items()}
            existing, absent = inputs(ids, ids["secret"], ids["token"]), inputs(nothing, "x", "x")
            for name, right in RIGHTS.items():
                if right == "self" or (slug == "fabrik" and may(role, right)):
                    continue
                answer = mutate(house, client, name, existing[name])
                assert denied(answer, name), (role, slug, name, answer)
                if right != "owner" and (slug != "fabrik" or role == "NOBODY"):
                    same = mutate(house, client, name, absent[name])
                    assert answer == same, f"{role} is told by {name} what exists: {answer} {same}"
    assert matrix.everything(house) == before


# What somebody would like to decide who may not: whose it is, what it costs, how it stands, what it may do.
WISHES = {"id": "x", "role": "OWNER", "rights": ["TEAMS"], "status": "PAID", "price": "0.00", "total": "0.00", "amount": "0.01", "currency": "JPY",
          "organizerId": "x", "accountId": "x", "memberIds": ["x"], "paidAt": "2026-06-01T00:00:00Z", "createdAt": "2026-06-01T00:00:00Z",
          "expiresAt": "2099-06-01T00:00:00Z", "testMode": True, "complimentary": True, "version": 1, "grant": "STAFF", "sold": 0, "emailVerified": True}


def no_input_takes_what_it_does_not_name(house):
    """By each mutation, for who may use it: a member that its input does not name is refused, and nothing of it is done."""
    kinds = house.owner.call("{ __schema { types { name inputFields { name } } } }")["__schema"]["types"]
    named = {kind["name"]: {field["name"] for field in kind["inputFields"]} for kind in kinds if kind["inputFields"]}
    ids, before, tried = house.ids["fabrik"], matrix.everything(house), 0
    for name, value in inputs(ids, ids["secret"], ids["token"]).items():
        for wish in () if value is None else WISHES.keys() - named[matrix.input_type(name)]:
            answer, tried = mutate(house, house.owner, name, {**value, wish: WISHES[wish]}), tried + 1
            assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT" and "data" not in answer, (name, wish, answer)
    assert tried > 14 * len(RIGHTS) and matrix.everything(house) == before, tried


def each_role_sees_what_it_may(house):
    for role, client in house.people.items():
        for slug in house.ids:
            for name, (query, wanted) in SEES.items():
                codes, answer, text = house.codes(client, query, slug)
                if slug == "fabrik" and may(role, wanted):
                    assert not codes, (role, name, text[:500])
                    assert '"id":"' in text or name in ("Organizer.audit", "WaitingRoom") and '"' in text, (role, name, text[:300])
                else:
                    assert codes == ["FORBIDDEN"] or not codes and empty(answer["data"]), (role, slug, name, text[:500])


def empty(value):
    """Nothing but nulls, empty lists, and objects of these."""
    if isinstance(value, dict):
        return all(empty(item) for item in value.values())
    return value is None or value == [] or isinstance(value, list) and all(empty(item) for item in value)


def each_role_reads_its_nodes(house):
    for role, client in house.people.items():
        for slug, ids in house.ids.items():
            for type, wanted in NODES.items():
                answer, text = house.ask(client, "query($id: ID!) { node(id: $id) { id } }", {"id": ids[type]})
                expected = {"id": ids[type]} if slug == "fabrik" and may(role, wanted) else None
                assert answer == {"data": {"node": expected}}, (role, slug, type, text[:300])
            for type, id in ids["draft"].items():
                if type == "Quota":
                    continue
                here = slug == "fabrik" and role != "NOBODY"
                answer, text = house.ask(client, "query($id: ID!) { node(id: $id) { id } }", {"id": id})
                assert answer == {"data": {"node": {"id": id} if here else None}}, (role, slug, type, text[:300])


def no_byte_of_the_other_promoter_is_answered(house):
    """Whatever a person of fabrik asks about palast: no id, code, name or mail of what is for its staff."""
    palast, secret = house.ids["palast"], set()
    for type in NODES:
        secret.add(palast[type])
    secret |= {palast["code"], palast["secret"], palast["draft"]["Event"], palast["Team"], palast["ApiKey"], palast["Device"]}
    for role, client in house.people.items():
        for type in house.nodes:
            text = house.read(client, f"node(id: $id) {{ ... on {type} {{ %s }} }}", type, slug="palast", id=palast[type])[1]
            for word in secret:
                assert word not in text, (role, type, word, text[:400])
        for name, (query, _) in SEES.items():
            text = house.codes(client, query, "palast")[2]
            assert not any(word in text for word in secret), (role, name, text[:400])
        for status in ("DRAFT", "PUBLISHED"):
            text = house.ask(client, f"{{ events(first: 100, filter: {{status: [{status}]}}) {{ totalCount nodes {{ id }} }} }}")[1]
            assert palast["draft"]["Event"] not in text, (role, text)
            assert (house.ids["fabrik"]["draft"]["Event"] in text) == (status == "DRAFT" and role != "NOBODY"), (role, status, text)


# Lists that go over events of many promoters, or come to them by somebody's memberships.
LISTS = {
    "events": ("events(first: 100) { nodes { id %s } }", lambda data: data["events"]["nodes"]),
    "events of one": ('events(first: 100, filter: {organizer: "fabrik"}) { nodes { id %s } }', lambda data: data["events"]["nodes"]),
    "viewer": ("viewer { memberships { organizer { events(first: 100) { nodes { id %s } } } } }",
               lambda data: [event for entry in (data["viewer"] or {"memberships": []})["memberships"] for event in entry["organizer"]["events"]["nodes"]]),
}
OF_EVENTS = {"checkInLists": "checkInLists { id expected inside }", "quotas": "quotas { id size }", "orders": 'orders(query: "ada") { totalCount nodes { id email } }',
             "room": "waitingRoom { admitPerMinute bypassCodes }", "dates": "dates { nodes { quotas { id } } }",
             "audit": "organizer { audit { nodes { objectId } } }", "teams": "organizer { teams { id members { email } } }", "devices": "organizer { devices { id } }"}


def lists_show_what_nodes_show(house):
    """What is the caller's in a list of many promoters' events is shown without an error; of the others' there is nothing."""
    device = house.owner.mutate("createDevice", "CreateDeviceInput", "pairingCode", {"organizerId": house.ids["fabrik"]["Organizer"], "name": "Gate 2"})["pairingCode"]
    key = house.owner.mutate("createApiKey", "CreateApiKeyInput", "token", {"organizerId": house.ids["fabrik"]["Organizer"], "name": "Books", "rights": ["ORDERS", "AUDIT"]})["token"]
    paired = house.buyer.mutate("pairDevice", "PairDeviceInput", "token", {"code": device})["token"]
    machines = {"DEVICE": Client(house.owner.port, paired), "KEY": Client(house.owner.port, key)}
    for role, client in {**house.people, **machines, "OWNER OF ALL": house.owner}.items():
        for name, selection in OF_EVENTS.items():
            for list, (query, nodes) in LISTS.items():
                answer, text = house.ask(client, f"{{ {query % selection} }}")
                events, failed = nodes(answer["data"]), len(answer.get("errors", []))
                assert len(events) >= (1 if role in ROLES and list == "viewer" or list == "events of one" else 0) and (len(events) > 1 or list != "events"), (role, list, text[:300])
                for event in events:
                    alone, _ = house.ask(client, "query($id: ID!) { node(id: $id) { ... on Event { id %s } } }" % selection, {"id": event["id"]})
                    own = "errors" not in alone and not empty({**alone["data"]["node"], "id": None})
                    assert event == alone["data"]["node"] if own else empty({**event, "id": None}), (role, name, list, event, alone)
                    assert not (own and len(events) == 1 and failed), (role, name, list, text[:500])


def each_role_follows_what_it_may(house):
    """Live scans: who may scan at home hears of them, to all others the list is not there; also once a team has lost its right."""
    house.transport = "websocket"
    for role, client in house.people.items():
        for slug, ids in house.ids.items():
            query = f'subscription {{ checkInRecorded(listId: "{ids["CheckInList"]}") {{ result }} }}'
            house.then = lambda: matrix.scan_at(house, slug)
            answer, _ = house.ask(client, query)
            if slug == "fabrik" and may(role, "DOOR"):
                assert answer["data"]["checkInRecorded"]["result"], (role, answer)
            else:
                assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_FOUND"], (role, slug, answer)
    house.then, house.transport = House.then, "http"


def each_role_does_what_it_may(house):
    home = house.ids["fabrik"]
    doer = {name: client for name, client in house.people.items()}
    assert mutate(house, doer["MANAGER"], "updateEvent", {"eventId": home["Event"], "title": "Opening"})["data"]["updateEvent"]["userErrors"] == []
    assert mutate(house, doer["MANAGER"], "createVenue", {"organizerId": home["Organizer"], "name": "Hall"})["data"]["createVenue"]["userErrors"] == []
    assert mutate(house, doer["MANAGER"], "updateQuota", {"quotaId": home["Quota"], "name": "Floor"})["data"]["updateQuota"]["userErrors"] == []
    assert mutate(house, doer["BOX_OFFICE"], "giveComps", {"eventId": home["Event"], "lines": [{"ticketTypeId": home["TicketType"], "quantity": 1}], "email": "ada@example.org"})["data"]["giveComps"]["userErrors"] == []
    assert mutate(house, doer["FINANCE"], "confirmPayment", {"paymentId": home["waiting"]})["data"]["confirmPayment"]["userErrors"] == []
    assert mutate(house, doer["FINANCE"], "refundOrder", {"orderId": home["Order"], "amount": "1.00"})["data"]["refundOrder"]["userErrors"] == []
    assert mutate(house, doer["SCANNER"], "checkIn", {"listId": home["CheckInList"], "qr": "x", "nonce": "roles"})["data"]["checkIn"]["userErrors"] == []
    assert mutate(house, doer["OWNER"], "updateTeam", {"teamId": home["Team"], "name": "Door"})["data"]["updateTeam"]["userErrors"] == []
    assert mutate(house, doer["ELSEWHERE"], "updateEvent", {"eventId": home["draft"]["Event"], "title": "Draft"})["data"]["updateEvent"]["userErrors"] == []
    assert mutate(house, doer["ELSEWHERE"], "createQuota", {"eventId": home["draft"]["Event"], "name": "Floor", "size": 1})["data"]["createQuota"]["userErrors"] == []
    assert mutate(house, doer["BOX_OFFICE"], "blockTicket", {"ticketId": home["Ticket"]})["data"]["blockTicket"]["userErrors"] == []


def a_change_of_rights_counts_at_once(house):
    person, home = house.person("late@example.org"), house.ids["fabrik"]
    query = EVENT % "orders { totalCount }"
    assert house.codes(person, query, "fabrik")[0] == ["FORBIDDEN"]
    team = house.team(home["Organizer"], "FINANCE", person)
    assert house.codes(person, query, "fabrik")[0] == []
    owner = house.people["OWNER"]
    assert mutate(house, owner, "updateTeam", {"teamId": team, "rights": ["DOOR"]})["data"]["updateTeam"]["userErrors"] == []
    assert house.codes(person, query, "fabrik")[0] == ["FORBIDDEN"]
    assert mutate(house, owner, "updateTeam", {"teamId": team, "rights": ["ORDERS"], "eventIds": [home["draft"]["Event"]]})["data"]["updateTeam"]["userErrors"] == []
    assert house.codes(person, query, "fabrik")[0] == ["FORBIDDEN"]
    assert mutate(house, owner, "updateTeam", {"teamId": team, "eventIds": []})["data"]["updateTeam"]["userErrors"] == []
    assert house.codes(person, query, "fabrik")[0] == []
    account = person.call("{ viewer { id } }")["viewer"]["id"]
    assert mutate(house, person, "removeMember", {"teamId": team, "accountId": account})["data"]["removeMember"]["userErrors"] == []
    assert house.codes(person, query, "fabrik")[0] == ["FORBIDDEN"] and person.call("{ viewer { memberships { role } } }")["viewer"]["memberships"] == []


def an_invitation_is_for_one_address(house):
    home, owner = house.ids["fabrik"], house.people["OWNER"]
    eve, bob = house.person("eve@example.org"), house.person("Bob@Example.org")
    house.owner.mutate("inviteMember", "InviteMemberInput", "accepted", {"teamId": home["Team"], "email": "bob@example.org"})
    token = house.owner.call("{ mails { nodes { token } } }")["mails"]["nodes"][0]["token"]
    house.shop.refused("CONFLICT", eve.mutate, "acceptInvitation", "AcceptInvitationInput", "team { id }", {"token": token})
    bob.mutate("acceptInvitation", "AcceptInvitationInput", "team { id }", {"token": token})
    house.shop.refused("LINK_INVALID", bob.mutate, "acceptInvitation", "AcceptInvitationInput", "team { id }", {"token": token})
    house.shop.refused("LINK_INVALID", eve.mutate, "verifyEmail", "VerifyEmailInput", "session { accessToken }", {"token": token, "password": "correct horse battery"})
    house.shop.refused("INVALID_INPUT", owner.mutate, "updateTeam", "UpdateTeamInput", "team { id }", {"teamId": home["Team"], "rights": ["DOOR", "TEAMS"]})


def the_last_owner_stays(house):
    owner, home = house.people["OWNER"], house.ids["fabrik"]
    teams = owner.call("query($id: ID!) { node(id: $id) { ... on Organizer { teams { id role members { accountId } } } } }", {"id": home["Organizer"]})["node"]["teams"]
    team, = [team for team in teams if team["role"] == "OWNER"]
    account = team["members"][0]["accountId"]
    for client in (owner, house.owner):
        house.shop.refused("CONFLICT", client.mutate, "removeMember", "RemoveMemberInput", "team { id }", {"teamId": team["id"], "accountId": account})
    house.shop.refused("CONFLICT", owner.mutate, "createTeam", "CreateTeamInput", "team { id }", {"organizerId": home["Organizer"], "name": "Owners", "role": "OWNER"})
    house.shop.refused("CONFLICT", owner.mutate, "updateTeam", "UpdateTeamInput", "team { id }", {"teamId": team["id"], "rights": ["DOOR"]})
    stranger = house.people["NOBODY"].call("{ viewer { id } }")["viewer"]["id"]
    house.shop.refused("NOT_FOUND", owner.mutate, "transferOwnership", "TransferOwnershipInput", "team { id }", {"organizerId": home["Organizer"], "accountId": stranger})
    heir = house.people["MANAGER"].call("{ viewer { id } }")["viewer"]["id"]
    owner.mutate("transferOwnership", "TransferOwnershipInput", "team { id }", {"organizerId": home["Organizer"], "accountId": heir})
    house.shop.refused("FORBIDDEN", owner.mutate, "inviteMember", "InviteMemberInput", "accepted", {"teamId": team["id"], "email": "eve@example.org"})
    house.people["MANAGER"].mutate("inviteMember", "InviteMemberInput", "accepted", {"teamId": team["id"], "email": "eve@example.org"})
    house.shop.refused("CONFLICT", house.people["MANAGER"].mutate, "removeMember", "RemoveMemberInput", "team { id }", {"teamId": team["id"], "accountId": heir})


checks = [every_mutation_and_join_has_a_row, no_role_changes_what_it_may_not, no_input_takes_what_it_does_not_name, each_role_sees_what_it_may, each_role_reads_its_nodes,
          no_byte_of_the_other_promoter_is_answered, lists_show_what_nodes_show, each_role_follows_what_it_may, each_role_does_what_it_may, a_change_of_rights_counts_at_once, an_invitation_is_for_one_address, the_last_owner_stays]


if __name__ == "__main__":
    sys.exit(run_checks(Staff(sys.argv[1]), checks))
