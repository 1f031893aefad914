"""What GET answers allow: HEAD, caches (Cache-Control, ETag, 304), gzip, and pages of other origins (CORS)."""
import gzip, json, subprocess, sys, urllib.parse
from harness import Server, TESSERA, TOKEN, run, tests_of

server = Server()
OWNER = {"Authorization": "Bearer " + TOKEN}


def make(mutation, kind, selection, **value):
    status, answer = server.graphql(f"mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code path }} }} }}",
                                    token=TOKEN, input=value)
    assert not answer.get("errors") and not answer["data"][mutation]["userErrors"], answer
    return answer["data"][mutation]


organizer = make("createOrganizer", "CreateOrganizerInput", "organizer { id }", slug="fabrik", name="Fabrik", currency="EUR",
                 timeZone="Europe/Berlin")["organizer"]["id"]
event = make("createEvent", "CreateEventInput", "event { id }", organizerId=organizer, slug="opening", title="Opening",
             description="lorem ipsum dolor " * 400, startsAt="2099-06-01T18:00:00Z")["event"]["id"]
make("publishEvent", "PublishEventInput", "event { id }", eventId=event)
make("createTicketType", "CreateTicketTypeInput", "ticketType { id }", eventId=event, name="Standing", price="25.00")

TITLE = '{ event(organizer: "fabrik", slug: "opening") { id title organizer { name } } }'
LONG = '{ event(organizer: "fabrik", slug: "opening") { id description } }'


def get(query, headers=None, method="GET", on=None):
    return (on or server).request(method, "/graphql?query=" + urllib.parse.quote(query), headers=headers)


def kept(answer):
    return answer[1]["cache-control"]


def test_public_answers_may_be_kept_as_long_as_the_least_of_their_fields():
    status, headers, body = get(TITLE)
    assert status == 200 and json.loads(body)["data"]["event"]["title"] == "Opening"
    assert headers["cache-control"] == "public, max-age=60" and headers["etag"].startswith('W/"'), headers
    assert headers["vary"] == "accept, accept-encoding, authorization"
    assert kept(get('{ organizer(slug: "fabrik") { name timeZone } }')) == "public, max-age=300"
    assert kept(get("{ events(first: 3) { nodes { title startsAt venue { city } } pageInfo { hasNextPage } } }")) == "public, max-age=60"


def test_what_is_left_to_buy_is_never_kept():
    for selection in ("ticketTypes { availability }", "ticketTypes { name remaining }", "dates { nodes { offers { availability } } }"):
        answer = get('{ event(organizer: "fabrik", slug: "opening") { id %s } }' % selection)
        assert b'"errors"' not in answer[2] and kept(answer) == "no-store" and "etag" not in answer[1], answer


def test_nothing_else_is_kept():
    assert kept(get(TITLE, OWNER)) == "no-store"  # who asks may see more
    assert kept(get("{ __typename }")) == "no-store"
    assert kept(get('{ node(id: "%s") { id } }' % event)) == "no-store"
    assert kept(get("{ nothing }")) == "no-store"
    assert kept(get("{ viewer { id } }")) == "no-store"
    assert kept(get('{ event(id: "%s") { title } organizer(slug: "fabrik") { nothing } }' % event)) == "no-store"
    body = json.dumps({"query": TITLE}).encode()
    assert kept(server.request("POST", "/graphql", body, {"Content-Type": "application/json"})) == "no-store"


def test_a_body_that_is_there_already_is_not_sent_again():
    etag = get(TITLE)[1]["etag"]
    for value in (etag, etag[2:], '"other", ' + etag, "*"):
        status, headers, body = get(TITLE, {"If-None-Match": value})
        assert (status, body) == (304, b"") and headers["etag"] == etag, (value, headers)
        assert headers["cache-control"] == "public, max-age=60" and "content-length" not in headers and "content-type" not in headers
        assert headers["x-request-id"]
    for value in ('"other"', etag[3:-1], 'W/"', "nonsense"):
        assert get(TITLE, {"If-None-Match": value})[0] == 200, value
    assert get(LONG)[1]["etag"] != etag
    assert get(TITLE, {**OWNER, "If-None-Match": etag})[0] == 200


def test_head_is_get_without_a_body():
    status, headers, body = get(TITLE, method="HEAD")
    assert (status, body) == (200, b"") and headers == {**get(TITLE)[1], **{k: headers[k] for k in ("x-request-id", "traceparent", "date") if k in headers}}
    assert get("mutation { __typename }", method="HEAD")[0] == 405
    assert server.request("HEAD", "/graphql")[0] == 400


def test_a_mutation_by_get_is_405():
    status, headers, body = get("mutation { __typename }")
    assert status == 405 and headers["allow"] == "POST" and json.loads(body)["errors"][0]["message"]


def test_long_answers_are_compressed_for_who_takes_it():
    plain = get(LONG)
    assert "content-encoding" not in plain[1] and len(plain[2]) > 1024
    for accept in ("gzip", "br;q=1, gzip;q=0.5", "*"):
        _, headers, body = get(LONG, {"Accept-Encoding": accept})
        assert headers["content-encoding"] == "gzip" and gzip.decompress(body) == plain[2], headers
        assert headers["content-length"] == str(len(body)) and len(body) < len(plain[2]) / 5
        assert headers["etag"] == plain[1]["etag"]
    for accept in ("identity", "gzip;q=0", "br", "gzip;q=0, *;q=1"):
        assert get(LONG, {"Accept-Encoding": accept})[2] == plain[2], accept
    _, headers, body = get(TITLE, {"Accept-Encoding": "gzip"})
    assert "content-encoding" not in headers and b"Opening" in body
    body = json.dumps({"query": LONG}).encode()
    _, headers, body = server.request("POST", "/graphql", body, {"Content-Type": "application/json", "Accept-Encoding": "gzip"})
    assert headers["content-encoding"] == "gzip" and headers["vary"] == "accept-encoding" and gzip.decompress(body) == plain[2]
    assert get(LONG, {"Accept-Encoding": "gzip"}, method="HEAD")[1]["content-encoding"] == "gzip"
    assert get(LONG, {"Accept-Encoding": "gzip", "If-None-Match": plain[1]["etag"]})[0] == 304


def test_very_long_answers_are_compressed_piece_by_piece():
    aliases = " ".join(f"a{n}: description" for n in range(60))
    query = '{ event(organizer: "fabrik", slug: "opening") { %s } }' % aliases
    plain = get(query)[2]
    assert len(plain) > 4 * 65536
    _, headers, body = get(query, {"Accept-Encoding": "gzip"})
    assert headers["content-encoding"] == "gzip" and gzip.decompress(body) == plain


def test_compression_can_be_left_to_a_proxy():
    with Server("--no-gzip") as bare:
        _, headers, body = get("{ __schema { types { name description } } }", {"Accept-Encoding": "gzip"}, on=bare)
        assert "content-encoding" not in headers and len(body) > 1024


PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}


def test_other_origins_read_nothing_unless_listed():
    status, headers, _ = server.request("OPTIONS", "/graphql", headers={"Origin": "https://shop.example", **PREFLIGHT})
    assert status == 200 and not any(name.startswith("access-control") for name in headers) and "vary" not in headers
    headers = get(TITLE, {"Origin": "https://shop.example"})[1]
    assert not any(name.startswith("access-control") for name in headers)


def test_listed_origins_pass_the_preflight_and_read():
    with Server("--cors-origin", "https://shop.example,http://localhost:3000") as open_to:
        for origin in ("https://shop.example", "http://localhost:3000"):
            status, headers, body = open_to.request("OPTIONS", "/graphql", headers={"Origin": origin, **PREFLIGHT})
            assert (status, body) == (204, b"") and headers["access-control-allow-origin"] == origin, headers
            assert "POST" in headers["access-control-allow-methods"] and headers["access-control-max-age"] == "7200"
            for name in ("content-type", "authorization", "apollo-require-preflight", "last-event-id", "x-tessera-trace"):
                assert name in headers["access-control-allow-headers"].split(", ")
            assert headers["vary"] == "origin" and "access-control-allow-credentials" not in headers
            status, headers, _ = get("{ __typename }", {"Origin": origin}, on=open_to)
            assert status == 200 and headers["access-control-allow-origin"] == origin
            assert "x-request-id" in headers["access-control-expose-headers"]
        for origin in ("https://shop.example.evil", "https://shop.exampl", "http://shop.example", "null", ""):
            status, headers, _ = open_to.request("OPTIONS", "/graphql", headers={"Origin": origin, **PREFLIGHT})
            assert status == 200 and "access-control-allow-origin" not in headers and headers["vary"] == "origin", origin
        # An error must be readable too, or its page cannot say what is wrong.
        headers = open_to.request("POST", "/graphql", b"{", {"Origin": "https://shop.example", "Content-Type": "application/json"})[1]
        assert headers["access-control-allow-origin"] == "https://shop.example"


def test_any_origin_may_be_listed():
    with Server("--cors-origin", "*") as open_to:
        _, headers, _ = get("{ __typename }", {"Origin": "https://a.example"}, on=open_to)
        assert headers["access-control-allow-origin"] == "*" and "vary" not in headers
        assert "access-control-allow-origin" not in get("{ __typename }", on=open_to)[1]


def test_a_wrong_list_of_origins_stops_the_start():
    for value in ("shop.example", "https://", "https://a.example/", "https://a.example,", "https://*.example", "ftp://a.example", "*,https://a.example"):
        done = subprocess.run([TESSERA, "serve", "--ephemeral", "--cors-origin", value], capture_output=True, text=True, timeout=20)
        assert done.returncode == 2 and "--cors-origin" in done.stderr, (value, done)


def test_a_wrong_origin_of_our_own_stops_the_start():
    for value in ("tickets.example", "https://", "https://tickets.example/", "https://Tickets.example", "https://a.example,https://b.example", "*"):
        done = subprocess.run([TESSERA, "serve", "--ephemeral", "--web-origin", value], capture_output=True, text=True, timeout=20)
        assert done.returncode == 2 and "--web-origin" in done.stderr, (value, done)


def test_the_server_ends_clean():
    assert server.stop()[0] == 0


run(tests_of(sys.modules[__name__]))
