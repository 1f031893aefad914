"""Wrong inputs and what each must answer. One row: Case(name, body or request, what it must come to).

`http`   a raw request: (method, path, headers, body), the statuses allowed, and the code in errors[0].extensions
`gql`    a document and variables: refused as a whole (data absent), with this code
`field`  a document that runs: a field error with this code
`refuse` a mutation by its input: a userError with this code at this path
`coerce` a mutation whose input is malformed: a request error BAD_USER_INPUT that names this variable path
Names in capitals stand for objects made before the table runs: $EVENT $DATE $TYPE $QUOTA $SEATED $SITTING $SEAT $SEAT2 $ORG $TEAM $LIST $ORDER $SECRET $TOKEN."""
import collections, json

Case = collections.namedtuple("Case", "name kind request expect")
JSON = {"Content-Type": "application/json"}
PARSE, VALID, INPUT = "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"
FAR, PAST = "2099-06-01T18:00:00Z", "2001-06-01T18:00:00Z"
cases = []


def http(name, statuses, body, headers=JSON, method="POST", path="/graphql"):
    cases.append(Case("http: " + name, "http", (method, path, headers, body), statuses))


def gql(name, document, code, variables=None):
    cases.append(Case("document: " + name, "gql", (document, variables), code))


def field(name, document, code, variables=None, token=False):
    cases.append(Case("field: " + name, "field", (document, variables, token), code))


def mutation(kind, operation, change, expect, why):
    cases.append(Case(f"{operation}: {why}", kind, (operation, change), expect))


# ---- HTTP and JSON
for why, body in [
        ("nothing", b""), ("a brace", b"{"), ("a bracket", b"["), ("a batch", b"[]"), ("null", b"null"), ("a string", b'"x"'),
        ("a number", b"1"), ("no query", b"{}"), ("query a number", b'{"query":1}'), ("query null", b'{"query":null}'),
        ("query a list", b'{"query":["{viewer{id}}"]}'), ("variables a list", b'{"query":"{viewer{id}}","variables":[]}'),
        ("variables a string", b'{"query":"{viewer{id}}","variables":"x"}'),
        ("operationName a number", b'{"query":"{viewer{id}}","operationName":1}'),
        ("extensions a string", b'{"query":"{viewer{id}}","extensions":"x"}'),
        ("something after the end", b'{"query":"{viewer{id}}"} x'), ("a comma too many", b'{"query":"{viewer{id}}",}'),
        ("single quotes", b"{'query':'{viewer{id}}'}"), ("a bad escape", b'{"query":"\\x"}'), ("half an escape", b'{"query":"\\u12"}'),
        ("a lone surrogate", b'{"query":"{viewer{id}}","variables":{"a":"\\ud800"}}'),
        ("a reversed surrogate", b'{"query":"{viewer{id}}","variables":{"a":"\\udc00\\ud800"}}'),
        ("a NUL byte", b'{"query":"{viewer\x00{id}}"}'), ("a raw control character", b'{"query":"{viewer\x01{id}}"}'),
        ("NUL escaped", b'{"query":"{viewer{id}}","variables":{"a":"\\u0000"}}'),
        ("invalid UTF-8", b'{"query":"{viewer{id}} \xff"}'), ("overlong UTF-8", b'{"query":"{viewer{id}} \xc0\xaf"}'),
        ("a surrogate in UTF-8", b'{"query":"{viewer{id}} \xed\xa0\x80"}'), ("cut UTF-8", b'{"query":"{viewer{id}} \xe2\x82"}'),
        ("a name twice", b'{"query":"{viewer{id}}","query":"{viewer{id}}"}'), ("a leading zero", b'{"query":"{viewer{id}}","variables":{"a":01}}'),
        ("NaN", b'{"query":"{viewer{id}}","variables":{"a":NaN}}'), ("a bare word", b'{"query":viewer}'),
        ("10,000 brackets deep", b'{"query":"{viewer{id}}","variables":{"a":' + b"[" * 10000 + b"]" * 10000 + b"}}"),
        ("10,000 objects deep", b'{"a":' * 10000 + b"1" + b"}" * 10000), ("a megabyte of blanks", b" " * (1 << 20)),
        ("an unterminated string", b'{"query":"{viewer{id}}'), ("only a query in XML", b"<query/>")]:
    http(why, (400,), body)
http("over a megabyte", (413,), b" " * ((1 << 20) + 1))
for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "application/graphql",
             "application/json; charset=utf-16"):
    http("content type " + kind, (415,), b'{"query":"{viewer{id}}"}', {"Content-Type": kind})
http("no content type", (415,), b'{"query":"{viewer{id}}"}', {})
http("GET without a query", (400,), None, {}, "GET")
http("GET with half an escape", (400,), None, {}, "GET", "/graphql?query=%7")
http("GET with variables no object", (400,), None, {}, "GET", "/graphql?query=%7Bviewer%7Bid%7D%7D&variables=1")
http("GET with variables no JSON", (400,), None, {}, "GET", "/graphql?query=%7Bviewer%7Bid%7D%7D&variables=%7B")
http("GET with a mutation", (405,), None, {}, "GET", "/graphql?query=mutation%7BreleaseHold(input%3A%7Btoken%3A%22x%22%7D)%7Breleased%7D%7D")
for method in ("PUT", "DELETE", "PATCH"):
    http(method, (405,), b'{"query":"{viewer{id}}"}', JSON, method)
http("another path", (404,), b'{"query":"{viewer{id}}"}', JSON, "POST", "/graphqlx")
http("a ticket that is none", (404,), None, {}, "GET", "/t/nosuchsecret.svg")
http("a wrong owner token", (401,), b'{"query":"{viewer{id}}"}', {**JSON, "Authorization": "Bearer wrong-wrong-wrong"})
http("an empty bearer", (401,), b'{"query":"{viewer{id}}"}', {**JSON, "Authorization": "Bearer "})

# ---- the language
for why, document in [
        ("empty", ""), ("blanks", " \n\t,"), ("a comment", "# nothing"), ("an open brace", "{"), ("a closing brace", "}"), ("no selection", "{}"),
        ("query alone", "query"), ("mutation alone", "mutation"), ("an unclosed field", "{ viewer { id }"), ("one brace too many", "{ viewer { id } } }"),
        ("an argument without value", "{ event(id: ) { id } }"), ("an argument without colon", "{ event(id \"x\") { id } }"),
        ("empty arguments", "{ event() { id } }"), ("an unterminated string", '{ event(id: "x) { id } }'), ("a string over lines", '{ event(id: "a\nb") { id } }'),
        ("a bad escape", '{ event(id: "\\x") { id } }'), ("half an escape", '{ event(id: "\\u12") { id } }'),
        ("an escape past Unicode", '{ event(id: "\\u{110000}") { id } }'), ("a lone surrogate", '{ event(id: "\\uD800") { id } }'),
        ("an unterminated block", '{ event(id: """x) { id } }'), ("a leading zero", "{ events(first: 01) { totalCount } }"),
        ("a dot without digits", "{ events(first: 1.) { totalCount } }"), ("an exponent without digits", "{ events(first: 1e) { totalCount } }"),
        ("a number into a name", "{ events(first: 1x) { totalCount } }"), ("a minus alone", "{ events(first: -) { totalCount } }"),
        ("a variable without name", "query($: Int) { viewer { id } }"), ("a variable without type", "query($a) { viewer { id } }"),
        ("a directive without name", "{ viewer @ { id } }"), ("a spread of nothing", "{ ... }"), ("a fragment called on", "fragment on on Event { id }"),
        ("two dots", "{ ..Event { id } }"), ("a question mark", "{ viewer? { id } }"), ("a semicolon", "{ viewer { id }; }"), ("an alias without field", "{ a: { id } }"),
        ("a keyword that is none", "querry { viewer { id } }"), ("a variable in a default", "query($a: Int = $b) { viewer { id } }"),
        ("10,000 deep", "{ a" * 10000 + "}" * 10000), ("10,000 deep lists", "{ event(id: " + "[" * 10000 + "]" * 10000 + ") { id } }"),
        ("an unfinished 10,000 deep", "{a" * 10000)]:
    gql(why, document, (PARSE, "TOO_DEEP"))
gql("100,000 tokens", "{" + " a" * 100000 + "}", ("TOO_MANY_TOKENS",))
gql("10,000 aliases", "{" + " ".join(f"a{i}: viewer {{ id }}" for i in range(10000)) + "}",
    ("TOO_MANY_TOKENS",))
gql("65 aliases", "{" + " ".join(f"a{i}: viewer {{ id }}" for i in range(65)) + "}", ("TOO_MANY_ALIASES",))
gql("51 operations", " ".join(f"query Q{i} {{ viewer {{ id }} }}" for i in range(51)), ("TOO_MANY_OPERATIONS",))
gql("9 directives", "{ viewer { id" + " @include(if: true)" * 9 + " } }", ("TOO_MANY_DIRECTIVES",))
gql("65 levels", "{ event(id: " + "[" * 64 + "]" * 64 + ") { id } }", ("TOO_DEEP",))
gql("1,001 values", "{ nodes(ids: [" + '"x" ' * 1001 + "]) { id } }", ("LIST_TOO_LONG",))
gql("1,001 values in a variable", "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ("LIST_TOO_LONG",), {"ids": ["x"] * 1001})
gql("pages of pages of offers", "{ events(first: 100) { nodes { dates(first: 100) { nodes { offers { ticketType { availability } date { event { venue { id } } } } } } } } }", ("TOO_COSTLY",))
gql("the same by variables", "query($n: Int) { events(first: $n) { nodes { dates(first: $n) { nodes { offers { ticketType { availability } date { event { venue { id } } } } } } } } }",
    ("TOO_COSTLY",), {"n": 100})

# ---- validation
for why, document in [
        ("an unknown field", "{ nothing }"), ("an unknown field below", "{ viewer { nothing } }"), ("an unknown argument", "{ viewer(id: 1) { id } }"),
        ("an unknown mutation", "mutation { dropEverything }"), 
        ("a leaf with a selection", "{ viewer { id { id } } }"), ("an object without one", "{ viewer }"), ("a missing argument", "{ organizer { id } }"),
        ("a null for what is required", "{ organizer(slug: null) { id } }"), ("a number for a string", "{ organizer(slug: 1) { id } }"),
        ("an enum for a string", "{ organizer(slug: X) { id } }"), ("a string for a number", '{ events(first: "1") { totalCount } }'),
        ("a float for an int", "{ events(first: 1.5) { totalCount } }"), ("an int too large", "{ events(first: 2147483648) { totalCount } }"),
        ("an unknown enum value", "{ events(filter: { status: [SOLD] }) { totalCount } }"), ("an enum as a string", '{ events(filter: { status: ["DRAFT"] }) { totalCount } }'),
        ("an unknown input field", '{ events(filter: { colour: "red" }) { totalCount } }'), ("a field twice in an input", '{ events(filter: { city: "a", city: "b" }) { totalCount } }'),
        ("an argument twice", '{ organizer(slug: "a", slug: "b") { id } }'), ("an unknown type", "{ ... on Nothing { id } }"),
        ("a fragment on a scalar", "{ viewer { ... on Int { id } } }"), ("a fragment that cannot apply", "{ viewer { ... on Event { id } } }"),
        ("an unknown fragment", "{ ...f }"), ("an unused fragment", "{ viewer { id } } fragment f on Viewer { id }"),
        ("a fragment cycle", "{ viewer { ...f } } fragment f on Viewer { ...f }"),
        ("a longer cycle", "{ viewer { ...f } } fragment f on Viewer { ...g } fragment g on Viewer { ...f }"),
        ("a fragment twice", "{ viewer { ...f } } fragment f on Viewer { id } fragment f on Viewer { id }"),
        ("an unknown variable", "{ organizer(slug: $s) { id } }"), ("an unused variable", "query($s: String) { viewer { id } }"),
        ("a variable twice", "query($s: String!, $s: String!) { organizer(slug: $s) { id } }"),
        ("a variable of an output type", "query($s: Event) { viewer { id } }"), ("a variable of no type", "query($s: Nothing) { viewer { id } }"),
        ("a nullable variable where none may be", "query($s: String) { organizer(slug: $s) { id } }"),
        ("a list variable for one", "query($s: [String!]!) { organizer(slug: $s) { id } }"),
        ("a wrong default", 'query($n: Int = "x") { events(first: $n) { totalCount } }'), ("an unknown directive", "{ viewer @fast { id } }"),
        ("a directive where it may not be", "query @skip(if: true) { viewer { id } }"), ("a directive without its argument", "{ viewer @skip { id } }"),
        ("a directive twice", "{ viewer @skip(if: true) @skip(if: false) { id } }"), ("two operations of one name", "query a { viewer { id } } query a { viewer { id } }"),
        ("two without a name", "{ viewer { id } } { viewer { id } }"), ("fields that conflict", "{ viewer { id: name id } }"),
        ("arguments that conflict", '{ a: organizer(slug: "a") { id } a: organizer(slug: "b") { id } }'),
        ("a type definition", "type A { b: Int } { viewer { id } }")]:
    gql(why, document, (VALID, PARSE) if why == "a type definition" else (VALID,))
gql("a subscription to nothing", "subscription { nothing }", (VALID,))
gql("two operations and no choice", "query a { viewer { id } } query b { viewer { id } }", ("OPERATION_RESOLUTION_FAILURE",))

# ---- fields
field("first 0", "{ events(first: 0) { totalCount } }", (INPUT,))
field("first negative", "{ events(first: -1) { totalCount } }", (INPUT,))
field("first 101", "{ events(first: 101) { totalCount } }", (INPUT,))
field("a cursor that is none", '{ events(after: "nonsense") { totalCount } }', (INPUT,))
field("orders for nobody in particular", '{ event(id: "$EVENT") { orders { totalCount } } }', ("FORBIDDEN", "UNAUTHENTICATED"))
field("quotas for nobody in particular", '{ event(id: "$EVENT") { quotas { id } } }', ("FORBIDDEN", "UNAUTHENTICATED"))
field("lists for nobody in particular", '{ event(id: "$EVENT") { checkInLists { id } } }', ("FORBIDDEN", "UNAUTHENTICATED"))
field("audit for nobody in particular", '{ organizer(slug: "bad") { audit { nodes: edges { cursor } } } }', ("FORBIDDEN", "UNAUTHENTICATED"))
field("a list for nobody in particular", '{ checkInList(id: "$LIST") { id } }', ("FORBIDDEN", "UNAUTHENTICATED"))
for operation, arguments in [("createOrganizer", '{slug: "x", name: "x", currency: "EUR", timeZone: "UTC"}'), ("publishEvent", '{eventId: "$EVENT"}'),
                             ("updateQuota", '{quotaId: "$QUOTA", size: 1}'), ("setSeatPlan", '{quotaId: "$QUOTA", sections: []}'), ("checkIn", '{listId: "$LIST", qr: "x", nonce: "n"}'),
                             ("revokeTicket", '{ticketId: "$EVENT"}'), ("refundOrder", '{orderId: "$ORDER"}')]:
    field(f"{operation} by nobody in particular", f"mutation {{ {operation}(input: {arguments}) {{ __typename }} }}", ("UNAUTHENTICATED",))

# ---- inputs of mutations: each changes one thing of a good input
good = {
    "createOrganizer": {"slug": "other", "name": "Other", "currency": "EUR", "timeZone": "Europe/Berlin"},
    "createVenue": {"organizerId": "$ORG", "name": "Hall"},
    "createEvent": {"organizerId": "$ORG", "slug": "second", "title": "Second", "startsAt": FAR},
    "createEventDate": {"eventId": "$EVENT", "startsAt": FAR},
    "setEmbedOrigins": {"organizerId": "$ORG", "origins": ["https://a.example"]},
    "setTheme": {"organizerId": "$ORG", "accentColor": "#aa3300", "logoUrl": "https://a.example/logo.svg"},
    "setLegalTexts": {"organizerId": "$ORG", "imprint": "Fabrik GmbH", "privacy": "Little.", "terms": "Fair ones."},
    "createQuota": {"eventId": "$EVENT", "name": "Floor", "size": 5},
    "createOrganizerHold": {"quotaId": "$QUOTA", "name": "Press", "count": 1},
    "updateOrganizerHold": {"organizerHoldId": "$POOL", "count": 2},
    "releaseOrganizerHold": {"organizerHoldId": "$POOL"},
    "giveComps": {"eventId": "$EVENT", "lines": [{"ticketTypeId": "$TYPE", "quantity": 1}], "email": "a@example.org", "attendees": [{"name": "Guest"}], "organizerHoldId": "$POOL"},
    "createTicketType": {"eventId": "$EVENT", "name": "Standing", "price": "10.00"},
    "createCheckInList": {"eventId": "$EVENT", "name": "Door"},
    "setWaitingRoom": {"eventId": "$ROOM", "enabled": True, "startsAt": FAR},
    "joinWaitingRoom": {"eventId": "$ROOM", "email": "a@example.org"},
    "leaveWaitingRoom": {"token": "$PLACE"},
    "publishEvent": {"eventId": "$EVENT"},
    "updateEvent": {"eventId": "$EVENT", "title": "New"},
    "updateQuota": {"quotaId": "$QUOTA", "name": "New"},
    "updateTicketType": {"ticketTypeId": "$TYPE", "name": "New"},
    "setSeatPlan": {"quotaId": "$SEATED", "sections": [{"name": "Hall", "rows": [{"name": "A", "seats": [{"number": "1"}, {"number": "2"}, {"number": "3"}]}]}]},
    "holdTickets": {"eventId": "$EVENT", "lines": [{"ticketTypeId": "$TYPE", "quantity": 1}]},
    "releaseHold": {"token": "$TOKEN"},
    "renewHold": {"token": "$TOKEN"},
    "placeOrder": {"holdToken": "$TOKEN", "email": "a@example.org", "name": "A"},
    "payOrder": {"orderId": "$ORDER", "secret": "$SECRET", "provider": "sandbox", "method": "decline"},
    "cancelOrder": {"orderId": "$ORDER", "secret": "$SECRET"},
    "checkIn": {"listId": "$LIST", "qr": "T1.x.y", "nonce": "n1"},
    "confirmPayment": {"paymentId": "pay_00000000000000000000000000"},
    "refundOrder": {"orderId": "$ORDER"},
    "revokeTicket": {"ticketId": "tic_00000000000000000000000000"},
    "cancelEventDate": {"dateId": "dat_00000000000000000000000000"},
    "createApiKey": {"organizerId": "$ORG", "name": "Till", "rights": ["ORDERS"]},
    "revokeApiKey": {"apiKeyId": "key_00000000000000000000000000"},
    "createDevice": {"organizerId": "$ORG", "name": "Gate"},
    "revokeDevice": {"deviceId": "key_00000000000000000000000000"},
    "pairDevice": {"code": "AAAA-BBBB-CCCC"},
    "createTeam": {"organizerId": "$ORG", "name": "Door", "role": "SCANNER"},
    "updateTeam": {"teamId": "$TEAM", "name": "Door"},
    "inviteMember": {"teamId": "$TEAM", "email": "a@example.org"},
    "removeMember": {"teamId": "$TEAM", "accountId": "usr_00000000000000000000000000"},
    "transferOwnership": {"organizerId": "$ORG", "accountId": "usr_00000000000000000000000000"},
    "signUp": {"email": "a@example.org", "name": "A"},
    "requestPasswordReset": {"email": "a@example.org"},
    "verifyEmail": {"token": "mal_00000000000000000000000000.x", "password": "correct horse battery"},
    "resetPassword": {"token": "mal_00000000000000000000000000.x", "password": "correct horse battery"},
    "requestSignInLink": {"email": "a@example.org"},
    "signInByLink": {"token": "mal_00000000000000000000000000.x", "browserToken": "mal_00000000000000000000000000.x"},
    "undoEmailChange": {"token": "mal_00000000000000000000000000.x", "password": "correct horse battery"},
    "signInByPasskey": {"credentialId": "AAAA", "clientData": "e30", "authenticatorData": "AAAA", "signature": "AAAA"},
    "completeSignIn": {"challenge": "chl_00000000000000000000000000.usr_00000000000000000000000000.x", "code": "123456"},
    "refreshSession": {"refreshToken": "ses_00000000000000000000000000.1.x"},
    "signOut": {"refreshToken": "ses_00000000000000000000000000.1.x"},
}
LONG, BELL = "x" * 201, "a\u0007b"
INV, NOT, OVER = ("INVALID_INPUT",), ("NOT_FOUND",), ("OVER_LIMIT", "INVALID_INPUT")


def refuse(operation, path, codes, *values):
    for value in values:
        mutation("refuse", operation, {path: value}, (codes, path), f"{path} = {json.dumps(value)[:60]}")


def coerce(operation, path, *values):
    for value in values:
        mutation("coerce", operation, {path: value}, path, f"{path} = {json.dumps(value)[:60]}")


def same_as_no_order(operation, path, *values):
    """A wrong secret and an order that is none look the same."""
    for value in values:
        mutation("refuse", operation, {path: value}, (NOT, "orderId"), f"{path} = {json.dumps(value)}")


refuse("createOrganizer", "slug", INV, "", "-a", "a-", "A", "a b", "a_b", "ü", "a" * 64)
refuse("createOrganizer", "name", INV, "", "   ", LONG, BELL)
coerce("createOrganizer", "slug", None, 1, ["a"], {"a": 1}, True)
coerce("createOrganizer", "currency", "", "eur", "EURO", "XXZ", 978)
coerce("createOrganizer", "timeZone", "", "Mars/Olympus", "../etc/passwd", "+02:00", 1)
coerce("createOrganizer", "colour", "red")
refuse("setEmbedOrigins", "organizerId", NOT, "", "x", "org_00000000000000000000000000", "$EVENT")
refuse("setEmbedOrigins", "origins", INV, "*", [""], ["https://a.example/"], ["http://a.example"], ["https://*.example"], ["https://a.example; script-src *"])
refuse("setEmbedOrigins", "origins", OVER, ["https://a.example"] * 21)
coerce("setEmbedOrigins", "origins", None, 1, [None], [1])
refuse("setTheme", "organizerId", NOT, "", "x", "org_00000000000000000000000000", "$EVENT")
refuse("setTheme", "accentColor", INV, "", "red", "#fff", "#AA3300", "#aa3300; }")
refuse("setTheme", "logoUrl", INV, "", "http://a.example/logo.svg", "javascript:alert(1)", "data:image/png;base64,AA")
refuse("setLegalTexts", "organizerId", NOT, "", "x", "org_00000000000000000000000000", "$EVENT")
for text in ("imprint", "privacy", "terms"):
    refuse("setLegalTexts", text, INV, "a" * 20001, "\u0001")
    coerce("setLegalTexts", text, 1, ["a"])
refuse("createVenue", "organizerId", NOT, "", "x", "org_00000000000000000000000000", "$EVENT", "org_" + "z" * 26)
refuse("createVenue", "name", INV, "", LONG)
refuse("createVenue", "latitude", INV, 91, -90.5)
refuse("createVenue", "longitude", INV, 181, -180.5)
refuse("createEvent", "startsAt", INV, PAST)
coerce("createEvent", "startsAt", "", "tomorrow", "2099-06-01", "2099-06-01T18:00", "2099-06-01T18:00:00", "2099-13-01T00:00:00Z",
       "2099-02-29T00:00:00Z", "2099-06-01T24:01:00Z", "2099-06-01T18:60:00Z", "2099-06-01T18:00:00+25:00", "20990601T180000Z", 4000000000, None)
refuse("createEvent", "slug", INV, "", "A B")
refuse("createEvent", "slug", ("CONFLICT",), "show")
refuse("createEvent", "title", INV, "", LONG)
refuse("createEvent", "description", INV, "x" * 20001)
refuse("createEvent", "endsAt", INV, "2099-06-01T17:59:59Z")
refuse("createEvent", "doorsAt", INV, "2099-06-01T18:00:01Z")
refuse("createEvent", "venueId", NOT, "ven_00000000000000000000000000", "x")
coerce("createEvent", "imageUrl", "", "javascript:alert(1)", "ftp://example.org/a", "/a.png", "https://")
coerce("createEvent", "testMode", "true", 1)
refuse("createEventDate", "eventId", NOT, "evt_00000000000000000000000000", "$ORG", "x")
refuse("createEventDate", "startsAt", INV, PAST)
refuse("createQuota", "size", INV, -1, 1000001)
coerce("createQuota", "size", 1.5, "5", 2147483648, 1e100)
refuse("createQuota", "dateId", NOT, "dat_00000000000000000000000000", "x")
refuse("createQuota", "ticketTypeIds.0", NOT, "typ_00000000000000000000000000")
refuse("createQuota", "name", INV, "", LONG)
refuse("createTicketType", "price", INV, "-1", "10.001", "1000000000001", "99999999999999999999999")
coerce("createTicketType", "price", "", "ten", "1e3", "1,50", "0x10", " 1", "1.", ".5", "+1", 10, None)
refuse("createTicketType", "minPerOrder", INV, 0, -1)
refuse("createTicketType", "maxPerOrder", INV, 0, -5, 101)
refuse("createTicketType", "quotaIds.0", NOT, "quo_00000000000000000000000000", "x")
refuse("createTicketType", "name", INV, "", LONG, BELL)
refuse("createCheckInList", "name", INV, "", LONG)
refuse("createCheckInList", "dateId", NOT, "dat_00000000000000000000000000")
refuse("publishEvent", "eventId", NOT, "", "x", "evt_00000000000000000000000000")
refuse("updateEvent", "title", INV, "", LONG)
coerce("updateEvent", "status", "SOLD", 1)
refuse("updateQuota", "quotaId", NOT, "x", "quo_00000000000000000000000000")
refuse("updateQuota", "size", INV, -1, 1000001)
refuse("createOrganizerHold", "quotaId", NOT, "", "x", "quo_00000000000000000000000000", "$EVENT")
refuse("createOrganizerHold", "name", INV, "", "  ", LONG, BELL)
refuse("createOrganizerHold", "purpose", INV, "x" * 20001, BELL)
refuse("createOrganizerHold", "count", INV, 0, -1, 501, 2147483647)
refuse("createOrganizerHold", "count", ("SOLD_OUT",), 500)
refuse("createOrganizerHold", "idempotencyKey", INV, "", "x" * 201)
coerce("createOrganizerHold", "count", None, 1.5, "1", 2147483648)
refuse("updateOrganizerHold", "organizerHoldId", NOT, "", "x", "ohd_00000000000000000000000000", "$QUOTA")
refuse("updateOrganizerHold", "count", INV, -1, 501, None)
refuse("updateOrganizerHold", "count", ("SOLD_OUT",), 500)
refuse("updateOrganizerHold", "name", INV, "", LONG, None)
refuse("updateOrganizerHold", "seatIds", INV, ["$QUOTA/0"], None)
refuse("updateOrganizerHold", "purpose", INV, "x" * 20001, BELL)
refuse("releaseOrganizerHold", "organizerHoldId", NOT, "", "x", "ohd_00000000000000000000000000", "$QUOTA")
refuse("giveComps", "eventId", NOT, "", "x", "evt_00000000000000000000000000", "$ORG")
refuse("giveComps", "lines", INV, [])
refuse("giveComps", "lines.0.quantity", OVER, 0, -1, 501, 2147483647)
refuse("giveComps", "lines.0.ticketTypeId", NOT, "", "x", "typ_00000000000000000000000000", "$EVENT")
refuse("giveComps", "lines.0.dateId", NOT, "x", "dat_00000000000000000000000000")
refuse("giveComps", "organizerHoldId", NOT, "", "x", "ohd_00000000000000000000000000", "$QUOTA")
refuse("giveComps", "email", INV, "", "a", "a@", "a b@example.org", "a\r\nBcc: x@example.org")
refuse("giveComps", "name", INV, LONG, BELL)
refuse("giveComps", "attendees.0.email", INV, "a")
refuse("giveComps", "idempotencyKey", INV, "", "x" * 201)
coerce("giveComps", "lines.0.quantity", "1", 1.5, 2147483648, None)
refuse("updateTicketType", "ticketTypeId", NOT, "x")
refuse("updateTicketType", "price", INV, "-0.01", "1.234")
refuse("holdTickets", "eventId", NOT, "", "x", "evt_00000000000000000000000000", "$ORG")
refuse("holdTickets", "lines", INV, [])
refuse("holdTickets", "lines.0.quantity", OVER, 0, -1, 11, 1000000, 2147483647)
refuse("holdTickets", "lines.0.ticketTypeId", NOT, "", "x", "typ_00000000000000000000000000", "$EVENT")
refuse("holdTickets", "lines.0.dateId", NOT, "x", "dat_00000000000000000000000000")
refuse("holdTickets", "idempotencyKey", INV, "short", "x" * 201)
coerce("holdTickets", "lines.0.quantity", "1", 1.5, 2147483648, None)
def seats(why, codes, path, **line):
    """Places of a hold by name: $SEAT is free, $SEAT2 is taken, $SITTING is their type and $TYPE another."""
    line = {"ticketTypeId": "$SITTING", "quantity": 1, **line}
    mutation("refuse", "holdTickets", {"lines": [line]}, (codes, path), f"seats, {why}")


seats("no id", NOT, "lines.0.seatIds.0", seatIds=["x"])
seats("an empty id", NOT, "lines.0.seatIds.0", seatIds=[""])
seats("a number too many", NOT, "lines.0.seatIds.0", seatIds=["$SEATED/9999999"])
seats("a number too long", NOT, "lines.0.seatIds.0", seatIds=["$SEATED/00000000000000000000"])
seats("a number spelled otherwise", NOT, "lines.0.seatIds.0", seatIds=["$SEATED/00"])
seats("a negative number", NOT, "lines.0.seatIds.0", seatIds=["$SEATED/-1"])
seats("a quota that is none", NOT, "lines.0.seatIds.0", seatIds=["quo_00000000000000000000000000/0"])
seats("a quota without seats", NOT, "lines.0.seatIds.0", ticketTypeId="$TYPE", seatIds=["$QUOTA/0"])
seats("of another type", INV, "lines.0.seatIds.0", ticketTypeId="$TYPE", seatIds=["$SEAT"])
seats("twice", INV, "lines.0.seatIds.1", quantity=2, seatIds=["$SEAT", "$SEAT"])
seats("fewer than the quantity", INV, "lines.0.seatIds", quantity=2, seatIds=["$SEAT"])
seats("more than the quantity", INV, "lines.0.seatIds", seatIds=["$SEAT", "$SEAT2"])
seats("taken", ("RESERVED_BY_OTHERS",), "lines.0.seatIds.1", quantity=2, seatIds=["$SEAT", "$SEAT2"])
seats("501 of them", OVER, "lines", quantity=501, seatIds=["$SEAT"] * 501)
seats("accessible where there are no seats", INV, "lines.0.accessible", ticketTypeId="$TYPE", accessible=True)
seats("accessible where none is", ("SOLD_OUT",), "lines.0.accessible", accessible=True)
coerce("holdTickets", "lines.0.seatIds", [None], [{}])
for codes, path, ids in [(NOT, "seatIds.0", ["x"]), (NOT, "seatIds.0", [""]), (NOT, "seatIds.0", ["$QUOTA/0"]), (NOT, "seatIds.0", ["$SEAT"]),
                         (INV, "seatIds", ["$SEAT", "$SEAT2"]), (OVER, "seatIds", ["$SEAT"] * 501)]:
    mutation("refuse", "createOrganizerHold", {"seatIds": ids}, (codes, path), f"{len(ids)} seats of a quota that has none: {ids[0]}")
coerce("createOrganizerHold", "seatIds", [None], [{}])
for codes, path, ids in [(NOT, "lines.0.seatIds.0", ["x"]), (NOT, "lines.0.seatIds.0", ["$QUOTA/0"]), (INV, "lines.0.seatIds.0", ["$SEAT"]),
                         (INV, "lines.0.seatIds", ["$SEAT", "$SEAT2"]), (OVER, "lines", ["$SEAT"] * 501)]:
    mutation("refuse", "giveComps", {"lines": [{"ticketTypeId": "$TYPE", "quantity": 1, "seatIds": ids}]}, (codes, path), f"{len(ids)} seats given: {ids[0]}")
coerce("giveComps", "lines.0.seatIds", [None], [{}])
coerce("holdTickets", "lines.0.accessible", "yes", 1)
refuse("updateQuota", "quotaId", NOT, "$SEAT")
refuse("setSeatPlan", "quotaId", NOT, "", "x", "quo_00000000000000000000000000", "$EVENT")
refuse("setSeatPlan", "sections", INV, [])
refuse("setSeatPlan", "sections", ("CONFLICT",), [{"name": "Hall", "rows": [{"name": "A", "seats": [{"number": "1"}]}]}])
refuse("setSeatPlan", "sections.0.name", INV, "", " ", LONG, BELL)
refuse("setSeatPlan", "sections.0.rows.0.name", INV, "", "x" * 41, BELL)
refuse("setSeatPlan", "sections.0.rows.0.rank", INV, 0, -1, 1000001)
coerce("setSeatPlan", "sections.0.rows.0.rank", "1", 1.5, 2147483648)
coerce("setSeatPlan", "sections", None, 1, "x", [None])
coerce("setSeatPlan", "forbidOrphans", "yes", 1)


def plan(why, codes, path, *seats, rows=()):
    row = {"name": "A", "seats": [{"number": "1"}, {"number": "2"}, {"number": "3"}, *seats]}
    mutation("refuse", "setSeatPlan", {"sections": [{"name": "Hall", "rows": [row, *rows]}]}, (codes, path), why)


plan("a seat without a number", INV, "sections.0.rows.0.seats.3.number", {"number": ""})
plan("a number of two lines", INV, "sections.0.rows.0.seats.3.number", {"number": "4\n5"})
plan("a long number", INV, "sections.0.rows.0.seats.3.number", {"number": "x" * 41})
plan("a number twice", INV, "sections.0.rows.0.seats.3.number", {"number": " 2 "})
plan("one seat with coordinates", INV, "sections.0.rows.0.seats.3", {"number": "4", "x": 1, "y": 1})
plan("half a coordinate", INV, "sections.0.rows.0.seats.3", {"number": "4", "x": 1})
plan("a row twice", INV, "sections.0.rows.1.name", rows=[{"name": "A", "seats": [{"number": "1"}]}])
plan("a row without seats", INV, "sections.0.rows.1.seats", rows=[{"name": "B", "seats": []}])
mutation("refuse", "setSeatPlan", {"sections.1": {"name": "Hall", "rows": [{"name": "A", "seats": [{"number": "1"}]}]}}, (INV, "sections.1.name"), "a section twice")
mutation("refuse", "setSeatPlan", {"sections.1": {"name": "Empty", "rows": []}}, (INV, "sections.1.rows"), "a section without rows")
for wrong in (1000001, -1000001):
    mutation("refuse", "setSeatPlan", {"sections": [{"name": "Far", "rows": [{"name": "A", "seats": [{"number": "1", "x": wrong, "y": 0}]}]}]},
             (INV, "sections.0.rows.0.seats.0"), f"a coordinate of {wrong}")
mutation("refuse", "setSeatPlan", {"sections": [{"name": f"S{s}", "rows": [{"name": str(r), "seats": [{"number": str(n)} for n in range(150)]} for r in range(10)]} for s in range(14)]},
         (OVER, "sections"), "21,000 seats")
refuse("releaseHold", "token", NOT, "", "x", "hld_00000000000000000000000000.aaaaaaaaaaaaaaaaaaaaaaaaaa", "$TOKENx")
refuse("renewHold", "token", NOT, "", "x", "hld_00000000000000000000000000.aaaaaaaaaaaaaaaaaaaaaaaaaa", "$TOKENx")
coerce("renewHold", "token", None, 1, ["a"])
coerce("renewHold", "pass", 1)
refuse("placeOrder", "holdToken", NOT + ("HOLD_EXPIRED",), "", "x", "$TOKENx")
refuse("placeOrder", "email", INV, "", "a", "a@", "@b", "a b@example.org", "a@b@c", "a\r\nBcc: x@example.org", "x" * 250 + "@example.org")
refuse("placeOrder", "name", INV, LONG, BELL)
refuse("payOrder", "orderId", NOT, "", "x", "ord_00000000000000000000000000")
same_as_no_order("payOrder", "secret", "", "wrong")
refuse("payOrder", "provider", INV, "", "stripe", "free")
refuse("payOrder", "method", INV, "", "steal")
same_as_no_order("cancelOrder", "secret", "", "wrong")
refuse("setWaitingRoom", "eventId", NOT, "", "x", "evt_00000000000000000000000000", "$ORG")
refuse("setWaitingRoom", "startsAt", INV, None)
refuse("setWaitingRoom", "preQueueFrom", INV, FAR, "2100-01-01T00:00:00Z")
refuse("setWaitingRoom", "admitPerMinute", INV, 0, -1, 60001, 2147483647)
refuse("setWaitingRoom", "maxActive", INV, 0, -1, 1000001)
refuse("setWaitingRoom", "passMinutes", INV, 0, -1, 61)
refuse("setWaitingRoom", "placesPerPass", INV, 0, -1, 501)
for limit in ("entriesPerAccount", "entriesPerEmail", "entriesPerAddress"):
    refuse("setWaitingRoom", limit, INV, 0, -1, 65)
refuse("setWaitingRoom", "message", INV, "x" * 2001, BELL)
refuse("setWaitingRoom", "bypassCodes", INV, ["short"], ["x" * 65], ["tab\tin-the-code"])
refuse("setWaitingRoom", "bypassUses", INV, 0, -1, 1001)
coerce("setWaitingRoom", "enabled", "true", 1)
coerce("setWaitingRoom", "startsAt", "", "tomorrow", 4000000000)
coerce("setWaitingRoom", "admitPerMinute", "60", 1.5, 2147483648)
refuse("joinWaitingRoom", "eventId", NOT, "", "x", "evt_00000000000000000000000000", "$EVENT")
refuse("joinWaitingRoom", "email", INV, None, "", "a", "a@", "a b@example.org", "x" * 250 + "@example.org")
refuse("joinWaitingRoom", "email", ("OVER_LIMIT",), "there@example.org")
refuse("joinWaitingRoom", "bypassCode", NOT, "", "no-such-code", LONG, BELL)
refuse("joinWaitingRoom", "idempotencyKey", INV, "", "short", "x" * 201)
coerce("joinWaitingRoom", "email", 1, ["a@example.org"])
refuse("leaveWaitingRoom", "token", NOT, "", "x", "wai_00000000000000000000000000", "$PLACEx", "$TOKEN")
coerce("leaveWaitingRoom", "token", None, 1)
refuse("checkIn", "listId", NOT, "x", "lst_00000000000000000000000000")
refuse("checkIn", "nonce", INV, "", "x" * 201, BELL)
refuse("checkIn", "at", INV, PAST)
refuse("confirmPayment", "paymentId", NOT, "pay_00000000000000000000000000", "x")
refuse("refundOrder", "orderId", NOT, "x", "ord_00000000000000000000000000")
refuse("revokeTicket", "ticketId", NOT, "x", "tic_00000000000000000000000000")
refuse("cancelEventDate", "dateId", NOT, "x", "dat_00000000000000000000000000")
for operation in ("createApiKey", "createDevice"):
    refuse(operation, "organizerId", NOT, "", "x", "org_00000000000000000000000000", "$EVENT")
    refuse(operation, "name", INV, "", LONG, BELL)
    refuse(operation, "eventIds", INV, ["x"], ["evt_00000000000000000000000000"], ["$EVENT"] * 51)
    refuse(operation, "idempotencyKey", INV, "", "x" * 201)
refuse("createApiKey", "rights", INV, [], ["TEAMS"], ["ORDERS", "TEAMS"])
refuse("createApiKey", "expiresAt", INV, PAST)
coerce("createApiKey", "rights", ["EVERYTHING"], None)
refuse("revokeApiKey", "apiKeyId", NOT, "", "x", "key_00000000000000000000000001")
refuse("revokeDevice", "deviceId", NOT, "", "x", "key_00000000000000000000000001")
refuse("pairDevice", "code", ("LINK_INVALID",), "", "x", "AAAA-BBBB-CCCD", LONG, BELL, "IIII-OOOO-LLLL")
coerce("pairDevice", "code", None, 1)
refuse("createTeam", "organizerId", NOT, "", "x", "org_00000000000000000000000000", "$EVENT")
refuse("createTeam", "name", INV, "", " ", LONG, BELL)
refuse("createTeam", "rights", INV, [], ["DOOR", "TEAMS"])
refuse("createTeam", "eventIds", INV, ["x"], ["evt_00000000000000000000000000"], ["$EVENT", "$EVENT", "$DATE"], ["$EVENT"] * 51)
refuse("createTeam", "idempotencyKey", INV, "", "x" * 201)
coerce("createTeam", "role", None, "BOSS", 1)
coerce("createTeam", "rights", ["ALL"], "EVERYTHING")
for operation in ("updateTeam", "inviteMember", "removeMember"):
    refuse(operation, "teamId", NOT, "", "x", "tea_00000000000000000000000000", "$ORG")
refuse("updateTeam", "name", INV, "", LONG)
refuse("updateTeam", "rights", INV, [], ["TEAMS"])
refuse("updateTeam", "eventIds", INV, ["evt_00000000000000000000000000"])
refuse("inviteMember", "email", INV, "", "a", "a@")
refuse("removeMember", "accountId", NOT, "", "x", "usr_00000000000000000000000001")
refuse("transferOwnership", "organizerId", NOT, "", "x", "org_00000000000000000000000000")
refuse("transferOwnership", "accountId", NOT, "", "usr_00000000000000000000000001")
refuse("signUp", "email", INV, "", "a", "a@", "a b@example.org", "a@example.org, b@example.org", "x" * 250 + "@example.org")
refuse("signUp", "name", INV, "", " ", "x" * 201, BELL, "a\u2028b")
coerce("signUp", "email", None, 1, ["a@example.org"])
for operation in ("requestPasswordReset", "requestSignInLink"):
    refuse(operation, "email", INV, "", "a", "@example.org")
refuse("signInByLink", "token", ("LINK_INVALID",), "", "x", "mal_00000000000000000000000000", "mal_00000000000000000000000000.", "$TOKEN", LONG, BELL)
coerce("signInByLink", "browserToken", None, 1)
for operation in ("verifyEmail", "resetPassword", "undoEmailChange"):
    refuse(operation, "token", ("LINK_INVALID",), "", "x", "mal_00000000000000000000000000", "mal_00000000000000000000000000.", "$TOKEN", LONG, BELL)
    coerce(operation, "password", None, 1)
for path in ("credentialId", "clientData", "authenticatorData", "signature"):
    coerce("signInByPasskey", path, None, 1)
refuse("completeSignIn", "challenge", ("CREDENTIALS_INVALID",), "", "x", "chl_00000000000000000000000000", "chl_00000000000000000000000000.", "$TOKEN", LONG, BELL,
       "chl_00000000000000000000000000.usr_00000000000000000000000000", "chl_00000000000000000000000000." + "x" * 30)
coerce("completeSignIn", "code", None, 1)
for operation in ("refreshSession", "signOut"):
    refuse(operation, "refreshToken", ("CREDENTIALS_INVALID",), "", "x", "ses_00000000000000000000000000", "ses_00000000000000000000000000.1.", "$TOKEN", LONG, BELL)
    coerce(operation, "refreshToken", 1)
