#!/usr/bin/env python3
"""Who sees and does what, for every field of the published schema and over each transport: matrix.py BINARY

The table below names each field of each type, once. A field without a row fails, so a new one cannot be forgotten.
Viewers are nobody in particular, the buyer of one order, and the owner; the house has two promoters. Ends with `N passed, N failed`."""
import http.client, json, os, sys, threading, time, traceback, urllib.parse

for folder in ("scenario", "gateway", "support"):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", folder))
from shop import Client, Shop
from client import in_days
from authenticator import Authenticator
from oidcprovider import OidcProvider
from totp import totp
from wsclient import Socket

# all: whoever has the object. staff: its organizer's staff, the others null and FORBIDDEN (at the root: UNAUTHENTICATED).
# bearer: who came with the secret; staff null, without an error. made: null by then, shown only to who has just made it.
FIELDS = {
    "Query": {"all": "node nodes viewer organizer event events order hold ticket ticketKey waitingPlace providers", "staff": "checkInList mails viewerOrders"},
    "Mutation": {
        "all": "holdTickets releaseHold renewHold placeOrder payOrder cancelOrder joinWaitingRoom leaveWaitingRoom"
        " signUp verifyEmail signIn signOut refreshSession requestPasswordReset resetPassword completeSignIn requestSignInLink signInByLink undoEmailChange startPasskeySignIn signInByPasskey pairDevice",
        "staff": "createOrganizer createVenue createEvent createEventDate createTicketType publishEvent updateEvent updateTicketType cancelEventDate setEventTranslations setEmbedOrigins setTheme setLegalTexts"
        " createQuota updateQuota setSeatPlan createOrganizerHold updateOrganizerHold releaseOrganizerHold giveComps confirmPayment refundOrder revokeTicket reissueTicket blockTicket createCheckInList checkIn undoCheckIn setWaitingRoom changePassword requestEmailChange confirmEmailChange startPasskey createPasskey renamePasskey removePasskey startProviderLink linkProvider unlinkProvider startTotp confirmTotp removeTotp renewRecoveryCodes"
        " createTeam updateTeam inviteMember acceptInvitation removeMember transferOwnership createApiKey revokeApiKey createDevice revokeDevice createOidcProvider updateOidcProvider removeOidcProvider"
        " exportMyData eraseMyData exportPerson erasePerson setRetention",
    },
    "Subscription": {"all": "eventAvailability orderChanged waitingPlaceChanged", "staff": "checkInRecorded"},
    "Node": {"all": "id"},
    "PageInfo": {"all": "hasNextPage hasPreviousPage startCursor endCursor"},
    "Money": {"all": "amount currency"},
    "UserError": {"all": "code message path"},
    "Session": {"all": "accessToken accessExpiresAt refreshToken refreshExpiresAt"},
    "MailConnection": {"all": "edges nodes pageInfo"},
    "MailEdge": {"all": "cursor node"},
    "Mail": {"all": "id kind email token createdAt expiresAt"},
    "Team": {"all": "id name role rights eventIds members"},
    "ApiKey": {"all": "id name rights eventIds createdAt expiresAt lastUsedAt revokedAt"},
    "OidcProvider": {"all": "id name issuer clientId hasClientSecret createdAt callbackUrl logoutUrl"},
    "Device": {"all": "id name eventIds createdAt pairedAt lastUsedAt revokedAt"},
    "TeamMember": {"all": "accountId email name"},
    "Viewer": {"all": "id email name memberships passkeys sessions hasPassword secondFactor providerIdentities"},
    "Passkey": {"all": "id name createdAt lastUsedAt"},
    "Provider": {"all": "name startUrl"},
    "ProviderIdentity": {"all": "id provider linkedAt"},
    "AccountSession": {"all": "id createdAt lastUsedAt current"},
    "SecondFactor": {"all": "since recoveryCodesLeft"},
    "Membership": {"all": "organizer role"},
    "Organizer": {"all": "id slug name currency timeZone embedOrigins accentColor logoUrl imprint privacy terms events", "staff": "audit teams apiKeys devices oidcProviders retention"},
    "Venue": {"all": "id name address city country latitude longitude"},
    "Event": {
        "all": "id slug status title description language translations imageUrl organizer venue timeZone currency startsAt endsAt doorsAt dates testMode ticketTypes waitingRoom",
        "staff": "quotas orders checkInLists",
    },
    "WaitingRoom": {
        "all": "state preQueueFrom startsAt message shuffleCommitment shuffleSeed",
        "staff": "admitPerMinute maxActive passMinutes placesPerPass entriesPerAccount entriesPerEmail entriesPerAddress bypassCodes bypassUses",
    },
    "WaitingPlace": {"all": "id event state position ahead waitSecondsLow waitSecondsHigh pollSeconds message pass passExpiresAt", "made": "token"},
    "EventTranslation": {"all": "language title description"},
    "EventConnection": {"all": "edges nodes pageInfo totalCount"},
    "EventEdge": {"all": "cursor node"},
    "EventDate": {"all": "id event startsAt endsAt doorsAt status offers seatPlans", "staff": "quotas"},
    "EventDateConnection": {"all": "edges nodes pageInfo totalCount"},
    "EventDateEdge": {"all": "cursor node"},
    "TicketType": {"all": "id name description group price saleStartsAt saleEndsAt minPerOrder maxPerOrder availability remaining"},
    "Offer": {"all": "id ticketType date price availability remaining saleStartsAt saleEndsAt minPerOrder maxPerOrder"},
    "Quota": {"all": "id name date size sold held remaining organizerHeld organizerHolds ticketTypes seatPlan"},
    "OrganizerHold": {"all": "id quota name purpose count given remaining seats createdAt"},
    "OrganizerHoldSeat": {"all": "seatId seat given"},
    "Hold": {"all": "id event positions subtotal tax fees total expiresAt extendableUntil open", "made": "token"},
    "HoldPosition": {"all": "id ticketType date price seat seatId"},
    "HoldChange": {"all": "kind was now"},
    "SeatPlan": {"all": "id size forbidOrphans ticketTypes sections states", "staff": "quota"},
    "SeatSection": {"all": "id name size free outline rows"},
    "SeatRow": {"all": "name rank seats"},
    "Seat": {"all": "id number x y accessible gapAfter state"},
    "Order": {
        "all": "id code status testMode complimentary consent event email name createdAt expiresAt positions subtotal tax fees total payments refunds balance",
        "bearer": "secret",
    },
    "Consent": {"all": "termsHash privacyHash language marketing at"},
    "Retention": {"all": "namesDays own"},
    "Erasure": {"all": "id createdAt finishedAt orders"},
    "OrderConnection": {"all": "edges nodes pageInfo totalCount"},
    "OrderEdge": {"all": "cursor node"},
    "OrderPosition": {"all": "id ticketType date price seat attendeeName attendeeEmail ticket"},
    "Payment": {"all": "id provider status amount createdAt redirectUrl", "staff": "received", "made": "clientSecret"},
    "Refund": {"all": "id status amount createdAt"},
    "Ticket": {"all": "id event date ticketType attendeeName seat valid checkIns", "bearer": "secret qr qrUrl"},
    "CheckInList": {"all": "id name event date ticketTypes opensAt closesAt allowReentry expected inside checkIns guests"},
    "GuestConnection": {"all": "nodes pageInfo"},
    "Guest": {"all": "orderCode name ticket"},
    "CheckInConnection": {"all": "edges nodes pageInfo totalCount"},
    "CheckInEdge": {"all": "cursor node"},
    "CheckIn": {"all": "id direction result at gate device forced ticket undoes"},
    "AuditConnection": {"all": "edges nodes pageInfo"},
    "AuditEdge": {"all": "cursor node"},
    "AuditEntry": {"all": "at actor operation objectId version changes"},
    "AuditChange": {"all": "field from to"},
    **{f"{name}Payload": {"all": f"{field} userErrors"} for name, field in {
        "CreateOrganizer": "organizer", "CreateVenue": "venue", "CreateEvent": "event", "CreateEventDate": "eventDate",
        "CreateTicketType": "ticketType", "PublishEvent": "event", "UpdateEvent": "event", "UpdateTicketType": "ticketType",
        "CancelEventDate": "eventDate", "SetEmbedOrigins": "organizer", "SetTheme": "organizer", "SetEventTranslations": "event", "SetLegalTexts": "organizer", "CreateQuota": "quota", "UpdateQuota": "quota", "SetSeatPlan": "quota", "HoldTickets": "hold", "ReleaseHold": "released", "RenewHold": "hold changes",
        "CreateOrganizerHold": "organizerHold", "UpdateOrganizerHold": "organizerHold", "ReleaseOrganizerHold": "organizerHold", "GiveComps": "order",
        "PlaceOrder": "order", "CancelOrder": "order", "PayOrder": "order payment", "ConfirmPayment": "order payment",
        "RefundOrder": "order refund", "Ticket": "ticket", "CreateCheckInList": "checkInList", "CheckIn": "checkIn result", "UndoCheckIn": "checkIn",
        "SetWaitingRoom": "waitingRoom", "JoinWaitingRoom": "place", "LeaveWaitingRoom": "left",
        "SignUp": "accepted", "RequestPasswordReset": "accepted", "SignOut": "signedOut", "VerifyEmail": "session", "SignIn": "session challenge", "RefreshSession": "session",
        "ResetPassword": "session challenge", "CompleteSignIn": "session", "StartTotp": "token secret uri",
        "RequestSignInLink": "accepted browserToken", "SignInByLink": "session challenge", "RequestEmailChange": "accepted", "ConfirmEmailChange": "accepted",
        "UndoEmailChange": "session challenge", "StartPasskey": "options", "CreatePasskey": "passkey", "RenamePasskey": "passkey", "RemovePasskey": "passkey",
        "StartProviderLink": "url", "LinkProvider": "providerIdentity", "UnlinkProvider": "providerIdentity",
        "StartPasskeySignIn": "options", "SignInByPasskey": "session", "ConfirmTotp": "recoveryCodes", "RemoveTotp": "accepted", "RenewRecoveryCodes": "recoveryCodes", "ChangePassword": "session", "CreateTeam": "team", "UpdateTeam": "team",
        "InviteMember": "accepted", "AcceptInvitation": "team", "RemoveMember": "team", "TransferOwnership": "team",
        "CreateApiKey": "apiKey token", "RevokeApiKey": "apiKey", "CreateDevice": "device pairingCode", "PairDevice": "device token", "RevokeDevice": "device",
        "CreateOidcProvider": "oidcProvider", "UpdateOidcProvider": "oidcProvider", "RemoveOidcProvider": "oidcProvider",
        "ExportMyData": "document", "EraseMyData": "erasure", "ExportPerson": "document", "ErasePerson": "erasure", "SetRetention": "retention"}.items()},
}

# What `node` answers to everybody when the event is published; the rest is for staff.
PUBLIC_NODES = {"Organizer", "Venue", "Event", "EventDate", "TicketType"}

# How a viewer comes to objects of a type without `node`.
DATE, HOLD, LIST = "node(id: $date) { ... on EventDate { %s } }", "node(id: $hold) { ... on Hold { %s } }", "node(id: $list) { ... on CheckInList { %s } }"
EVENT, ORGANIZER, ORDER = "node(id: $event) { ... on Event { %s } }", "node(id: $organizer) { ... on Organizer { %s } }", "order(code: $code, secret: $secret) { %s }"
PATHS = {
    "Offer": (("anonymous", "owner"), DATE % "offers { %s }"),
    "SeatPlan": (("anonymous", "owner"), DATE % "seatPlans { %s }"),
    "SeatSection": (("anonymous", "owner"), DATE % "seatPlans { sections { %s } }"),
    "SeatRow": (("anonymous", "owner"), DATE % "seatPlans { sections { rows { %s } } }"),
    "Seat": (("anonymous", "owner"), DATE % "seatPlans { sections { rows { seats { %s } } } }"),
    "OrganizerHoldSeat": (("owner",), EVENT % "quotas { organizerHolds { seats { %s } } }"),
    "HoldPosition": (("owner",), HOLD % "positions { %s }"),
    "WaitingRoom": (("anonymous", "owner"), EVENT % "waitingRoom { %s }"),
    "EventTranslation": (("anonymous", "owner"), EVENT % "translations { %s }"),
    "EventConnection": (("anonymous", "owner"), "events { %s }"),
    "EventEdge": (("anonymous", "owner"), "events { edges { %s } }"),
    "EventDateConnection": (("anonymous", "owner"), EVENT % "dates { %s }"),
    "EventDateEdge": (("anonymous", "owner"), EVENT % "dates { edges { %s } }"),
    "PageInfo": (("anonymous", "owner"), "events { pageInfo { %s } }"),
    "Money": (("anonymous", "owner"), DATE % "offers { price { %s } }"),
    "OrderConnection": (("owner",), EVENT % "orders { %s }"),
    "OrderEdge": (("owner",), EVENT % "orders { edges { %s } }"),
    "GuestConnection": (("owner",), LIST % "guests { %s }"),
    "Guest": (("owner",), LIST % "guests { nodes { %s } }"),
    "CheckInConnection": (("owner",), LIST % "checkIns { %s }"),
    "CheckInEdge": (("owner",), LIST % "checkIns { edges { %s } }"),
    "AuditConnection": (("owner",), ORGANIZER % "audit { %s }"),
    "AuditEdge": (("owner",), ORGANIZER % "audit { edges { %s } }"),
    "AuditEntry": (("owner",), ORGANIZER % "audit { nodes { %s } }"),
    "AuditChange": (("owner",), ORGANIZER % "audit { nodes { changes { %s } } }"),
    "Retention": (("owner",), ORGANIZER % "retention { %s }"),
    "MailConnection": (("owner",), "mails { %s }"),
    "MailEdge": (("owner",), "mails { edges { %s } }"),
    "Mail": (("owner",), "mails { nodes { %s } }"),
    "Team": (("owner",), ORGANIZER % "teams { %s }"),
    "TeamMember": (("owner",), ORGANIZER % "teams { members { %s } }"),
    "ApiKey": (("owner",), ORGANIZER % "apiKeys { %s }"),
    "Device": (("owner",), ORGANIZER % "devices { %s }"),
    "OidcProvider": (("owner",), ORGANIZER % "oidcProviders { %s }"),
    "Viewer": (("owner",), "viewer { %s }"),
    "Membership": (("owner",), "viewer { memberships { %s } }"),
    "Passkey": (("two-step",), "viewer { passkeys { %s } }"),
    "Provider": (("anonymous", "owner", "two-step"), "providers { %s }"),
    "ProviderIdentity": (("two-step",), "viewer { providerIdentities { %s } }"),
    "AccountSession": (("two-step",), "viewer { sessions { %s } }"),
    "SecondFactor": (("two-step",), "viewer { secondFactor { %s } }"),
}
# What a mutation alone shows; said again it answers the same.
MUTATION_PATHS = {"HoldChange": "renewHold(input: {token: $renewed}) { changes { %s } }",
                  "Session": 'signIn(input: {email: "ada@example.org", password: "correct horse battery"}) { session { %s } }'}
STAFF_MUTATION_PATHS = {"Erasure": 'erasePerson(input: {organizerId: $organizer, email: "nobody@example.org"}) { erasure { %s } }'}
BUYER_PATHS = {
    "Consent": ORDER % "consent { %s }",
    "Order": ORDER,
    "OrderPosition": ORDER % "positions { %s }",
    "Payment": ORDER % "payments { %s }",
    "Refund": ORDER % "refunds { %s }",
    "Ticket": ORDER % "positions { ticket { %s } }",
    "CheckIn": ORDER % "positions { ticket { checkIns { %s } } }",
    "Event": ORDER % "event { %s }",
    "WaitingPlace": "waitingPlace(token: $place) { %s }",
    "EventDate": ORDER % "positions { date { %s } }",
    "SeatPlan": ORDER % "positions { date { seatPlans { %s } } }",
    "SeatSection": ORDER % "positions { date { seatPlans { sections { %s } } } }",
    "Seat": ORDER % "positions { date { seatPlans { sections { rows { seats { %s } } } } } }",
    "TicketType": ORDER % "positions { ticketType { %s } }",
    "Organizer": ORDER % "event { organizer { %s } }",
}


# What is subscribed to, its type, and who may.
LIVE = {
    "eventAvailability": ("Event", ("anonymous", "owner"), "eventAvailability(eventId: $event) { %s }"),
    "orderChanged": ("Order", ("buyer",), "orderChanged(code: $code, secret: $secret) { %s }"),
    "checkInRecorded": ("CheckIn", ("owner",), "checkInRecorded(listId: $list) { %s }"),
    "waitingPlaceChanged": ("WaitingPlace", ("anonymous", "owner"), "waitingPlaceChanged(token: $place) { %s }"),
}


PLAN = [{"name": "Stalls", "rows": [{"name": "A", "seats": [{"number": str(number)} for number in range(1, 21)]}]}]


class House:
    """Two promoters. The first has an order that was paid, refunded in part and scanned, and one that waits."""

    def __init__(self, binary):
        self.transport = "http"
        self.provider = OidcProvider()
        self.shop = shop = Shop(binary, "--log-level", "debug", *self.provider.flags)
        self.log = []
        self.reader = threading.Thread(target=lambda: self.log.extend(shop.process.stderr), daemon=True)
        self.reader.start()
        self.buyer, self.owner = shop.buyer, shop.owner
        self.ids, self.secrets = {}, set()
        ada = self.person("ada@example.org")
        self.viewers = {"owner": self.owner, "two-step": self.two_step(self.person("two-step@example.org"))}
        for slug in ("fabrik", "palast"):
            self.furnish(slug, self.ids.setdefault(slug, {}))
            self.machines(self.ids[slug])
            self.ids[slug]["Team"] = self.team(self.ids[slug]["Organizer"], "SCANNER", ada)
        types = shop.buyer.call("{ __schema { types { name kind fields { name type { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }"
                                " possibleTypes { name } } } }")["__schema"]["types"]
        self.types = {type["name"]: {field["name"]: self.base(field["type"]) for field in type["fields"]}
                      for type in types if type["fields"] and not type["name"].startswith("__")}
        self.nodes = {type["name"] for entry in types if entry["name"] == "Node" for type in entry["possibleTypes"]}

    def person(self, email):
        """Somebody with an account."""
        self.buyer.mutate("signUp", "SignUpInput", "accepted", {"email": email, "name": "Ada"})
        token = self.owner.call("{ mails { nodes { token } } }")["mails"]["nodes"][0]["token"]
        session = self.buyer.mutate("verifyEmail", "VerifyEmailInput", "session { refreshToken }", {"token": token, "password": "correct horse battery"})["session"]
        self.secrets |= {token, session["refreshToken"], "correct horse battery"}
        session = self.buyer.mutate("signIn", "SignInInput", "session { accessToken }", {"email": email, "password": "correct horse battery"})["session"]
        return Client(self.shop.buyer.port, session["accessToken"])

    def two_step(self, client):
        """With a second factor, and a passkey."""
        options = client.mutate("startPasskey", "StartPasskeyInput", "options", {"password": "correct horse battery"})["options"]
        client.mutate("createPasskey", "CreatePasskeyInput", "passkey { id }", {"name": "Key", **Authenticator().create(options)})
        begun = client.mutate("startTotp", "StartTotpInput", "token secret uri", {"password": "correct horse battery"})
        made = client.mutate("confirmTotp", "ConfirmTotpInput", "recoveryCodes", {"token": begun["token"], "code": totp(begun["secret"], self.shop.now_ms())})
        self.secrets |= {begun["secret"], begun["token"], *made["recoveryCodes"]}
        self.link(client)
        return client

    def link(self, client):
        """Signs in by the provider, too, from here on."""
        begun = client.mutate("startProviderLink", "StartProviderLinkInput", "url", {"provider": "house", "password": "correct horse battery", "returnTo": "/account"})
        location = self.provider.go(client.port, begun["url"])[1]
        token = location[location.index("#link=") + 6:]
        client.mutate("linkProvider", "LinkProviderInput", "providerIdentity { id }", {"token": token})
        self.secrets |= {begun["url"].split("link=")[1], token, "hush-hush-hush"}

    def machines(self, ids):
        key = self.owner.mutate("createApiKey", "CreateApiKeyInput", "apiKey { id } token", {"organizerId": ids["Organizer"], "name": "Till", "rights": ["ORDERS"]})
        device = self.owner.mutate("createDevice", "CreateDeviceInput", "device { id } pairingCode", {"organizerId": ids["Organizer"], "name": "Gate"})
        provider = self.owner.mutate("createOidcProvider", "CreateOidcProviderInput", "oidcProvider { id }", {"organizerId": ids["Organizer"], "name": "Staff", "issuer": self.provider.issuer, "clientId": "tessera", "clientSecret": "hush-hush-hush"})
        ids["OidcProvider"] = provider["oidcProvider"]["id"]
        ids["ApiKey"], ids["Device"] = key["apiKey"]["id"], device["device"]["id"]
        self.secrets |= {key["token"], key["token"][30:], device["pairingCode"]}

    def team(self, organizer, role, *people, **more):
        """A team with these people on it."""
        team = self.owner.mutate("createTeam", "CreateTeamInput", "team { id }", {"organizerId": organizer, "name": role.title(), "role": role, **more})["team"]["id"]
        for person in people:
            email = person.call("{ viewer { email } }")["viewer"]["email"]
            self.owner.mutate("inviteMember", "InviteMemberInput", "accepted", {"teamId": team, "email": email})
            token = self.owner.call("{ mails { nodes { token } } }")["mails"]["nodes"][0]["token"]
            person.mutate("acceptInvitation", "AcceptInvitationInput", "team { id }", {"token": token})
            self.secrets.add(token)
        return team

    @staticmethod
    def base(type):
        while type.get("ofType"):
            type = type["ofType"]
        return type

    def furnish(self, slug, ids):
        shop = self.shop
        ids["Organizer"] = shop.organizer(slug)
        ids["Venue"] = shop.owner.mutate("createVenue", "CreateVenueInput", "venue { id }", {"organizerId": ids["Organizer"], "name": "Hall"})["venue"]["id"]
        ids["Event"] = event = shop.event(ids["Organizer"], venueId=ids["Venue"])
        shop.owner.mutate("setEventTranslations", "SetEventTranslationsInput", "event { id }",
                          {"eventId": event, "language": "en", "translations": [{"language": "de", "title": "Eröffnung", "description": "Mit Musik"}]})
        ids["EventDate"] = self.date(event)
        ids["TicketType"] = kind = shop.type(event)
        ids["Quota"] = shop.quota(event, 100, [kind])
        ids["OrganizerHold"] = shop.pool(ids["Quota"], 2)["id"]
        seated = shop.quota(event, 0, [kind])
        shop.owner.mutate("setSeatPlan", "SetSeatPlanInput", "quota { size }", {"quotaId": seated, "sections": PLAN})
        shop.pool(seated, 1)
        ids["CheckInList"] = shop.door(event)
        ids["place"] = self.wait_at(event)
        self.order = order = shop.sell(event, kind, 2, consent={"language": "en"})
        ids["Order"], ids["code"], ids["secret"] = order["id"], order["code"], order["secret"]
        ids["Payment"], ids["OrderPosition"], ids["Ticket"] = order["payments"][0]["id"], order["positions"][0]["id"], order["positions"][0]["ticket"]["id"]
        ids["CheckIn"] = shop.owner.mutate("checkIn", "CheckInInput", "checkIn { id }", {"listId": ids["CheckInList"], "qr": order["positions"][0]["ticket"]["qr"], "nonce": "n"})["checkIn"]["id"]
        ids["Refund"] = shop.owner.mutate("refundOrder", "RefundOrderInput", "refund { id }", {"orderId": order["id"], "amount": "1.00"})["refund"]["id"]
        hold = shop.hold(event, kind)
        waiting = shop.order(shop.hold(event, kind))
        ids["waiting"] = shop.pay(waiting, None, "manual")["payment"]["id"]
        ids["Hold"], ids["token"], ids["renewed"] = hold["id"], hold["token"], self.renewed(event, ids["Quota"])
        draft = shop.event(ids["Organizer"], "draft", publish=False)
        ids["draft"] = {"Event": draft, "EventDate": self.date(draft), "TicketType": shop.type(draft), "Quota": shop.quota(draft, 1, [])}
        self.secrets |= {order["secret"], waiting["secret"], hold["token"], hold["token"][31:]}
        for position in order["positions"]:
            self.secrets |= {position["ticket"]["secret"], position["ticket"]["secret"][26:], position["ticket"]["qr"]}

    def renewed(self, event, quota):
        """The token of a hold that ended before its price changed."""
        kind = self.shop.type(event, quotaIds=[quota])
        token = self.shop.hold(event, kind)["token"]
        self.buyer.mutate("releaseHold", "ReleaseHoldInput", "released", {"token": token})
        self.owner.mutate("updateTicketType", "UpdateTicketTypeInput", "ticketType { id }", {"ticketTypeId": kind, "price": "30.00"})
        self.secrets |= {token, token[31:]}
        return token

    def wait_at(self, event):
        """A place in the pre-queue of a room that is switched off, so that it bounds nobody."""
        room = {"eventId": event, "enabled": True, "startsAt": in_days(30), "preQueueFrom": in_days(-1), "message": "Soon",
                "maxActive": 9, "bypassCodes": ["a-code-of-friends"], "entriesPerAccount": 1, "entriesPerEmail": 2, "entriesPerAddress": 3}
        self.owner.mutate("setWaitingRoom", "SetWaitingRoomInput", "waitingRoom { state }", room)
        token = self.buyer.mutate("joinWaitingRoom", "JoinWaitingRoomInput", "place { token }", {"eventId": event, "email": "ada@example.org"})["place"]["token"]
        self.owner.mutate("setWaitingRoom", "SetWaitingRoomInput", "waitingRoom { state }", {"eventId": event, "enabled": False})
        self.secrets |= {token, token[54:], "a-code-of-friends"}
        return token

    def date(self, event):
        return self.owner.call("query($id: ID!) { event(id: $id) { dates { nodes { id } } } }", {"id": event})["event"]["dates"]["nodes"][0]["id"]

    def ask(self, client, query, variables=None):
        """(answer, its text), errors and all; of a subscription the first. Once it has begun, `self.then()` runs."""
        text = getattr(self, "ask_by_" + self.transport)(client, {"query": query, "variables": variables or {}})
        return json.loads(text), text

    then = staticmethod(lambda: None)

    @staticmethod
    def post(client, payload, accept):
        headers = {"Content-Type": "application/json", "Accept": accept}
        if client.token:
            headers["Authorization"] = "Bearer " + client.token
        connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=20)
        connection.request("POST", "/graphql", json.dumps(payload), headers)
        return connection, connection.getresponse()

    def ask_by_http(self, client, payload):
        connection, answer = self.post(client, payload, "application/graphql-response+json")
        text = answer.read().decode()
        connection.close()
        return text

    def ask_by_events(self, client, payload):
        connection, answer = self.post(client, payload, "text/event-stream")
        if not answer.headers["content-type"].startswith("text/event-stream"):
            text = answer.read().decode()
        else:
            line = answer.readline().decode()
            self.then()
            while not line.startswith("data: "):
                line = answer.readline().decode()
                assert line, payload
            text = line[len("data: "):]
        connection.close()
        return text

    def ask_by_websocket(self, client, payload):
        with Socket(client, init=False, timeout=20) as socket:
            socket.say(type="connection_init", payload={"authorization": "Bearer " + client.token} if client.token else {})
            assert socket.hear() == {"type": "connection_ack"}
            socket.say(id="1", type="subscribe", payload=payload)
            if payload["query"].startswith("subscription"):
                time.sleep(0.05)  # nothing tells that it has begun
                self.then()
            message = socket.hear()
            assert message["id"] == "1", message
            return json.dumps(message["payload"] if message["type"] == "next" else {"errors": message["payload"]}, ensure_ascii=False)

    def names(self, slug="fabrik", id=None):
        ids = self.ids[slug]
        return {"date": ids["EventDate"], "hold": ids["Hold"], "list": ids["CheckInList"], "event": ids["Event"], "organizer": ids["Organizer"],
                "code": ids["code"], "secret": ids["secret"], "place": ids["place"], "payment": ids["Payment"], "renewed": ids["renewed"], "id": id or ids["Event"]}

    def read(self, client, path, type, kind="", **more):
        """All fields of `type` at the end of a path; `kind` is "" for a query, or "subscription "."""
        fields = (f"{name} {{ __typename }}" if of["kind"] in ("OBJECT", "INTERFACE") else name for name, of in self.types[type].items())
        query = path.replace("%s", " ".join(fields))
        for name, value in self.names(**more).items():
            query = query.replace("$" + name, json.dumps(value))
        return self.ask(client, f"{kind}{{ {query} }}")


def unknown(id):
    """A well-formed id of the same kind that nothing has."""
    return id[:5] + "0" * 10 + id[15:]


def rows(type, kind):
    return FIELDS[type].get(kind, "").split()


def objects(value, field):
    """Every object in an answer that has the field."""
    if isinstance(value, list):
        for item in value:
            yield from objects(item, field)
    elif isinstance(value, dict):
        if field in value:
            yield value
        for item in value.values():
            yield from objects(item, field)


def deepest(answer, type_fields):
    """The objects that the selection of all fields made."""
    return [item for item in objects(answer["data"], next(iter(type_fields))) if set(item) == set(type_fields)]


def every_field_has_one_row(house):
    for type, fields in house.types.items():
        named = [name for kind in FIELDS.get(type, {}).values() for name in kind.split()]
        assert sorted(named) == sorted(fields), f"{type}: {sorted(set(named) ^ set(fields))} in the table or the schema alone, or twice"
    assert set(FIELDS) == set(house.types), set(FIELDS) ^ set(house.types)


def check_fields(house, viewer, type, path, **more):
    client = house.viewers.get(viewer, house.buyer)
    answer, text = house.read(client, path, type, **more)
    assert answer.get("data"), (viewer, type, text[:600])
    found = deepest(answer, house.types[type])
    assert found, (viewer, type, text[:600])
    errors = {error["path"][-1]: error["extensions"]["code"] for error in answer.get("errors", [])}
    expected = {name: "FORBIDDEN" for name in rows(type, "staff")} if viewer != "owner" else {}
    assert errors == expected, (viewer, type, errors, expected)
    for name in expected:
        assert all(item[name] is None for item in found), (viewer, type, name)
    for name in rows(type, "bearer"):
        assert all((item[name] is not None) == (viewer == "buyer") for item in found), (viewer, type, name)
    for name in rows(type, "made"):
        assert all(item[name] is None for item in found), (viewer, type, name)


def each_viewer_sees_its_fields_of_nodes(house):
    for slug in house.ids:
        for type in house.nodes:
            path, id = f"node(id: $id) {{ ... on {type} {{ %s }} }}", house.ids[slug][type]
            check_fields(house, "owner", type, path, slug=slug, id=id)
            if type in PUBLIC_NODES:
                check_fields(house, "anonymous", type, path, slug=slug, id=id)


def each_viewer_sees_its_fields_of_the_rest(house):
    for type, (viewers, path) in PATHS.items():
        for viewer in viewers:
            check_fields(house, viewer, type, path)
    for type, path in MUTATION_PATHS.items():
        for viewer in ("anonymous", "owner"):
            check_fields(house, viewer, type, path, kind="mutation ")
    for type, path in STAFF_MUTATION_PATHS.items():
        check_fields(house, "owner", type, path, kind="mutation ")
    for type, path in BUYER_PATHS.items():
        check_fields(house, "buyer", type, path)
    ticket = house.order["positions"][0]["ticket"]["secret"]
    check_fields(house, "buyer", "Ticket", f'ticket(secret: "{ticket}") {{ %s }}')
    reached = set(PATHS) | set(MUTATION_PATHS) | set(STAFF_MUTATION_PATHS) | set(BUYER_PATHS) | house.nodes
    missed = {type for type in FIELDS if not type.endswith("Payload")} - reached - {"Query", "Mutation", "Subscription", "Node", "UserError"}
    assert not missed, missed


def a_hidden_object_is_an_unknown_one(house):
    query = "query($id: ID!) { node(id: $id) { __typename id } nodes(ids: [$id]) { __typename } }"
    nothing = {"data": {"node": None, "nodes": [None]}}
    for slug, ids in house.ids.items():
        for type in house.nodes:
            answer, _ = house.ask(house.buyer, query, {"id": ids[type]})
            assert answer == ({"data": {"node": {"__typename": type, "id": ids[type]}, "nodes": [{"__typename": type}]}} if type in PUBLIC_NODES else nothing), (type, answer)
            for client in (house.buyer, house.owner):
                for id in (unknown(ids[type]), ids[type][:4] + "x", ids[type] + "0", ids[type].upper()):
                    assert house.ask(client, query, {"id": id})[0] == nothing, (type, id)
        for type, id in ids["draft"].items():
            assert house.ask(house.buyer, query, {"id": id})[0] == nothing, (slug, type)
            assert house.ask(house.owner, query, {"id": id})[0]["data"]["node"]["__typename"] == type
        by_slug = f'{{ event(organizer: "{slug}", slug: "draft") {{ id }} }}'
        assert house.ask(house.buyer, by_slug)[0] == {"data": {"event": None}}
        joined, _ = house.ask(house.buyer, "query($id: ID!) { node(id: $id) { ... on Organizer { events(first: 100) { totalCount nodes { slug } } } } }", {"id": ids["Organizer"]})
        assert joined["data"]["node"]["events"] == {"totalCount": 1, "nodes": [{"slug": "opening"}]}, joined


def a_wrong_secret_is_no_order(house):
    mine, other = house.ids["palast"], house.ids["fabrik"]
    query = "query($c: String!, $s: String!) { order(code: $c, secret: $s) { id code } }"
    answers = [house.ask(house.buyer, query, {"c": code, "s": secret})[0] for code, secret in (
        (mine["code"], other["secret"]), (mine["code"], ""), (mine["code"], mine["secret"][:-1]), (mine["code"], mine["secret"] + "0"),
        ("ZZZZZ", mine["secret"]), ("", mine["secret"]), (mine["code"] + "'", mine["secret"]))]
    assert all(answer == {"data": {"order": None}} for answer in answers), answers
    ticket = house.order["positions"][0]["ticket"]["secret"]
    for secret in (ticket[:-1], ticket[:26] + "0" * 26, "0" * 52, "", ticket + "0"):
        assert house.ask(house.buyer, "query($s: String!) { ticket(secret: $s) { id } }", {"s": secret})[0] == {"data": {"ticket": None}}, secret


def scan_at(house, slug):
    """A scan of the sold ticket at the door of a promoter, by HTTP whatever is tested."""
    house.scans = getattr(house, "scans", 0) + 1
    ticket = house.order["positions"][0]["ticket"]["qr"]
    house.shop.owner.mutate("checkIn", "CheckInInput", "result", {"listId": house.ids[slug]["CheckInList"], "qr": ticket, "nonce": f"live-{house.scans}"})


def each_viewer_sees_its_fields_of_what_is_live(house):
    assert set(LIVE) == set(house.types["Subscription"]), set(LIVE) ^ set(house.types["Subscription"])
    for slug in house.ids:
        for name, (type, viewers, path) in LIVE.items():
            house.then = (lambda: scan_at(house, slug)) if type == "CheckIn" else House.then
            for viewer in viewers:
                check_fields(house, viewer, type, path, kind="subscription ", slug=slug)
    house.then = House.then


def nobody_follows_what_he_may_not_see(house):
    def refusal(client, path, **names):
        query = path.replace("%s", "__typename")
        for name, value in {**house.names(), **names}.items():
            query = query.replace("$" + name, json.dumps(value))
        answer = house.ask(client, f"subscription {{ {query} }}")[0]
        assert "data" not in answer, (query, answer)
        return [error["extensions"]["code"] for error in answer["errors"]], [error["message"] for error in answer["errors"]]

    mine, other = house.ids["palast"], house.ids["fabrik"]
    (_, _, event), (_, _, order), (_, _, list), (_, _, place) = LIVE.values()
    hidden = refusal(house.buyer, event, event=mine["draft"]["Event"])
    assert hidden == refusal(house.buyer, event, event=unknown(mine["draft"]["Event"])) and hidden[0] == ["NOT_FOUND"], hidden
    wrong = [refusal(house.buyer, order, code=code, secret=secret) for code, secret in (
        (mine["code"], other["secret"]), (mine["code"], ""), (mine["code"], mine["secret"][:-1]), ("ZZZZZ", mine["secret"]))]
    assert wrong == [(["NOT_FOUND"], wrong[0][1])] * 4, wrong
    lost = [refusal(house.buyer, place, place=token) for token in (mine["place"][:54] + other["place"][54:], mine["place"][:-1], "")]
    assert lost == [(["NOT_FOUND"], lost[0][1])] * 3, lost
    closed = refusal(house.buyer, list)
    assert closed == refusal(house.buyer, list, list=unknown(mine["CheckInList"])) and closed[0] == ["UNAUTHENTICATED"], closed
    assert refusal(house.owner, list, list=unknown(mine["CheckInList"]))[0] == ["NOT_FOUND"]


# Inputs of each mutation, from the ids of one promoter; `secret` is another buyer's.
def inputs(ids, secret, token):
    event, order, ticket = {"eventId": ids["Event"]}, {"orderId": ids["Order"]}, {"ticketId": ids["Ticket"]}
    return {
        "createOrganizer": {"slug": "new", "name": "New", "currency": "EUR", "timeZone": "UTC"},
        "createVenue": {"organizerId": ids["Organizer"], "name": "Hall"},
        "createEvent": {"organizerId": ids["Organizer"], "slug": "new", "title": "New", "startsAt": "2099-01-01T00:00:00Z"},
        "createEventDate": {**event, "startsAt": "2099-01-01T00:00:00Z"},
        "createTicketType": {**event, "name": "New", "price": "1.00"},
        "publishEvent": event,
        "updateEvent": {**event, "title": "Taken over"},
        "updateTicketType": {"ticketTypeId": ids["TicketType"], "price": "0.00"},
        "cancelEventDate": {"dateId": ids["EventDate"]},
        "setEmbedOrigins": {"organizerId": ids["Organizer"], "origins": ["https://eve.example"]},
        "setEventTranslations": {**event, "language": "en", "translations": [{"language": "de", "title": "Übernommen"}]},
        "setTheme": {"organizerId": ids["Organizer"], "accentColor": "#000000"},
        "setLegalTexts": {"organizerId": ids["Organizer"], "imprint": "Eve"},
        "createQuota": {**event, "name": "New", "size": 1},
        "updateQuota": {"quotaId": ids["Quota"], "size": 0},
        "createOrganizerHold": {"quotaId": ids["Quota"], "name": "Press", "count": 1},
        "updateOrganizerHold": {"organizerHoldId": ids["OrganizerHold"], "count": 0},
        "releaseOrganizerHold": {"organizerHoldId": ids["OrganizerHold"]},
        "giveComps": {**event, "lines": [{"ticketTypeId": ids["TicketType"], "quantity": 1}], "email": "eve@example.org"},
        "setSeatPlan": {"quotaId": ids["Quota"], "sections": PLAN},
        "confirmPayment": {"paymentId": ids["waiting"]},
        "refundOrder": order,
        "revokeTicket": ticket, "reissueTicket": ticket, "blockTicket": ticket,
        "createCheckInList": {**event, "name": "New"},
        "checkIn": {"listId": ids["CheckInList"], "qr": "x", "nonce": "m"},
        "undoCheckIn": {"checkInId": ids["CheckIn"]},
        "setWaitingRoom": {**event, "enabled": True, "startsAt": "2099-01-01T00:00:00Z"},
        "holdTickets": {"eventId": ids["draft"]["Event"], "lines": [{"ticketTypeId": ids["draft"]["TicketType"], "quantity": 1}]},
        "releaseHold": {"token": token},
        "renewHold": {"token": token},
        "joinWaitingRoom": {"eventId": ids["draft"]["Event"]},
        "leaveWaitingRoom": {"token": ids["place"][:54] + "A" * 22},
        "placeOrder": {"holdToken": token, "email": "eve@example.org"},
        "payOrder": {**order, "secret": secret, "provider": "sandbox"},
        "cancelOrder": {**order, "secret": secret},
        "signUp": {"email": "no address", "name": "Eve"},
        "requestPasswordReset": {"email": "no address"},
        "signIn": {"email": ids["Organizer"] + "@example.org", "password": "correct horse battery"},
        "signOut": {"refreshToken": token},
        "refreshSession": {"refreshToken": token},
        "verifyEmail": {"token": token, "password": "correct horse battery"},
        "resetPassword": {"token": token, "password": "correct horse battery"},
        "createApiKey": {"organizerId": ids["Organizer"], "name": "Mine", "rights": ["ORDERS"]},
        "revokeApiKey": {"apiKeyId": ids["ApiKey"]},
        "createDevice": {"organizerId": ids["Organizer"], "name": "Mine"},
        "pairDevice": {"code": "AAAA-BBBB-CCCC"},
        "revokeDevice": {"deviceId": ids["Device"]},
        "createOidcProvider": {"organizerId": ids["Organizer"], "name": "Mine", "issuer": "https://id.example", "clientId": "x"},
        "updateOidcProvider": {"oidcProviderId": ids["OidcProvider"], "name": "Mine"},
        "removeOidcProvider": {"oidcProviderId": ids["OidcProvider"]},
        "createTeam": {"organizerId": ids["Organizer"], "name": "Mine", "role": "MANAGER"},
        "updateTeam": {"teamId": ids["Team"], "rights": ["MONEY"]},
        "inviteMember": {"teamId": ids["Team"], "email": "eve@example.org"},
        "acceptInvitation": {"token": token},
        "removeMember": {"teamId": ids["Team"], "accountId": "usr_00000000000000000000000000"},
        "transferOwnership": {"organizerId": ids["Organizer"], "accountId": "usr_00000000000000000000000000"},
        "changePassword": {"currentPassword": "correct horse battery", "newPassword": "another battery"},
        "requestSignInLink": {"email": "no address"},
        "signInByLink": {"token": token, "browserToken": token},
        "requestEmailChange": {"newEmail": "eve@example.org", "password": "not it at all"},
        "confirmEmailChange": {"token": token},
        "undoEmailChange": {"token": token, "password": "correct horse battery"},
        "startPasskey": {"password": "not it at all"},
        "createPasskey": {"name": "Key", "clientData": "", "authenticatorData": ""},
        "startProviderLink": {"provider": "house", "returnTo": "/"},
        "linkProvider": {"token": "x"},
        "unlinkProvider": {"providerIdentityId": "idp/x"},
        "renamePasskey": {"passkeyId": "psk_00000000000000000000000000", "name": "Key"},
        "removePasskey": {"passkeyId": "psk_00000000000000000000000000", "password": "not it at all"},
        "signInByPasskey": {"credentialId": "", "clientData": "", "authenticatorData": "", "signature": ""},
        "startTotp": {"password": "not it at all"},
        "confirmTotp": {"token": token, "code": "000000"},
        "removeTotp": {"password": "not it at all", "code": "000000"},
        "renewRecoveryCodes": {"password": "not it at all", "code": "000000"},
        "exportMyData": None, "eraseMyData": None,
        "exportPerson": {"organizerId": ids["Organizer"], "email": "ada@example.org"},
        "erasePerson": {"organizerId": ids["Organizer"], "email": "ada@example.org"},
        "setRetention": {"organizerId": ids["Organizer"], "namesDays": 1},
        "completeSignIn": {"challenge": token, "code": "000000"},
    }


# How those are refused that are about nobody's object but the caller's own account; the others do not find theirs.
REFUSED = {"signUp": "INVALID_INPUT", "requestPasswordReset": "INVALID_INPUT", "signIn": "CREDENTIALS_INVALID", "signOut": "CREDENTIALS_INVALID", "completeSignIn": "CREDENTIALS_INVALID", "requestSignInLink": "INVALID_INPUT", "signInByLink": "LINK_INVALID", "signInByPasskey": "CREDENTIALS_INVALID", "undoEmailChange": "LINK_INVALID",
           "refreshSession": "CREDENTIALS_INVALID", "verifyEmail": "LINK_INVALID", "pairDevice": "LINK_INVALID", "resetPassword": "LINK_INVALID"}


INPUT_TYPES = {name: "TicketInput" for name in ("revokeTicket", "reissueTicket", "blockTicket")}
NO_INPUT = {"startPasskeySignIn"}  # for anybody, about nobody


def input_type(name):
    return INPUT_TYPES.get(name, name[0].upper() + name[1:] + "Input")


def mutate(house, client, name, value):
    if value is None:  # the caller is meant
        return house.ask(client, f"mutation {{ {name} {{ userErrors {{ code message path }} }} }}")[0]
    return house.ask(client, f"mutation($input: {input_type(name)}!) {{ {name}(input: $input) {{ userErrors {{ code message path }} }} }}", {"input": value})[0]


def everything(house):
    """What staff see of both promoters."""
    query = """query($id: ID!) { node(id: $id) { ... on Organizer { name events(first: 100) { totalCount nodes { id slug status title dates { nodes { id status } }
        ticketTypes { id name price { amount } } quotas { id name size sold held } checkInLists { id name checkIns { totalCount } }
        orders { totalCount nodes { id code status email balance { amount } payments { id status } refunds { id status }
        positions { id ticket { id valid } } } } } } } } }"""
    return [house.ask(house.owner, query, {"id": ids["Organizer"]})[0] for ids in house.ids.values()]


def no_mutation_works_without_its_right(house):
    before, mine = everything(house), house.ids["palast"]
    assert before[0]["data"]["node"]["events"]["totalCount"] == 2 and "errors" not in before[0], before[0]
    known = house.ids["fabrik"]
    nobody = {name: ({kind: unknown(id) for kind, id in value.items()} if isinstance(value, dict) else unknown(value)) for name, value in known.items()}
    wrong_token = known["token"][:31] + mine["token"][31:]
    existing = inputs(known, mine["secret"], wrong_token)
    absent = inputs(nobody, mine["secret"], unknown(known["token"])[:31] + mine["token"][31:])
    assert set(existing) | NO_INPUT == set(house.types["Mutation"]), set(existing) ^ set(house.types["Mutation"])
    for name in existing:
        answers = [mutate(house, house.buyer, name, value[name]) for value in (existing, absent)]
        assert answers[0] == answers[1], f"{name} tells what exists from what does not: {answers}"
        codes = [error["extensions"]["code"] for error in answers[0].get("errors", [])]
        if name in rows("Mutation", "staff"):
            assert codes == ["UNAUTHENTICATED"], (name, answers[0])
        else:
            assert [error["code"] for error in answers[0]["data"][name]["userErrors"]] == [REFUSED.get(name, "NOT_FOUND")], (name, answers[0])
    assert mutate(house, house.buyer, "cancelOrder", {"orderId": known["Order"]}) == mutate(house, house.buyer, "cancelOrder", {"orderId": unknown(known["Order"])})
    assert everything(house) == before


def staff_never_see_secrets(house):
    query = """query($id: ID!) { node(id: $id) { ... on Organizer { audit(first: 100) { pageInfo { hasNextPage endCursor } nodes { actor operation objectId changes { field from to } } }
        events(first: 100) { nodes { id checkInLists { checkIns { nodes { id gate device ticket { id secret qr qrUrl } } } }
        orders { nodes { id secret positions { id ticket { id secret qr qrUrl checkIns { id } } } payments { id clientSecret redirectUrl } } } } } } } }"""
    texts = [house.ask(house.owner, query, {"id": ids["Organizer"]})[1] for ids in house.ids.values()]
    texts += [house.read(house.owner, f"node(id: $id) {{ ... on {type} {{ %s }} }}", type, slug=slug, id=ids[type])[1]
              for slug, ids in house.ids.items() for type in house.nodes]
    texts += [house.ask(house.owner, "mutation($i: TicketInput!) { blockTicket(input: $i) { ticket { id secret qr qrUrl } } revokeTicket(input: $i) { ticket { id secret qr qrUrl } } }",
                        {"i": {"ticketId": ids["Ticket"]}})[1] for ids in house.ids.values()]
    assert "audit" in texts[0] and '"errors"' not in texts[0], texts[0][:500]
    for secret in house.secrets:
        for text in texts:
            assert secret not in text, text[max(0, text.find(secret) - 200):][:400]


def logs_never_tell_secrets(house):
    """Ends the server, to read all that it wrote."""
    ticket = house.order["positions"][1]["ticket"]
    for path in (ticket["qrUrl"], ticket["qrUrl"].replace(".svg", ".png"), ticket["qrUrl"].replace(".svg", ".gif"), ticket["qrUrl"] + "?" + ticket["secret"]):
        house.shop.get(path)
    query = f'{{ order(code: "{house.order["code"]}", secret: "{house.order["secret"]}") {{ id }} }}'
    for path in ("/graphql?query=" + urllib.parse.quote(query), "/graphql?query=" + urllib.parse.quote(query + "}"), "/nothing?query=" + urllib.parse.quote(query)):
        house.shop.get(path)
    house.shop.process.terminate()
    status = house.shop.process.wait(timeout=15)
    house.reader.join(timeout=15)
    text = "".join(house.log)
    assert status == 0 and '"placeOrder' in text and "/t/" in text, text[-2000:]
    for secret in house.secrets | {house.shop.ready["ownerToken"]}:
        assert secret not in text, text[max(0, text.find(secret) - 300):][:600]
    assert "ada@example.org" not in text, "people are named by id alone"


everywhere = [each_viewer_sees_its_fields_of_nodes, each_viewer_sees_its_fields_of_the_rest, a_hidden_object_is_an_unknown_one,
              a_wrong_secret_is_no_order, no_mutation_works_without_its_right]
live = [each_viewer_sees_its_fields_of_what_is_live, nobody_follows_what_he_may_not_see]
checks = [("http", check) for check in [every_field_has_one_row, *everywhere]]
checks += [(transport, check) for transport in ("websocket", "events") for check in [*everywhere, *live]]
checks += [("http", staff_never_see_secrets), ("http", logs_never_tell_secrets)]


def main():
    house, failed = House(sys.argv[1]), 0
    for house.transport, check in checks:
        try:
            check(house)
            print(f"ok      {house.transport}: {check.__name__}")
        except Exception:
            failed += 1
            print(f"FAILED  {house.transport}: {check.__name__}\n{traceback.format_exc(limit=-3)}")
    if house.shop.process.poll() is None:
        house.shop.process.kill()
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
