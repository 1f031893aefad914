"""extensions.trace: what a query cost, for the owner who asks; its figures fit each other and the query."""
import json, sys, urllib.parse
from harness import TOKEN, Server, run, tests_of

server = Server()
WANTED = {"x-tessera-trace": "1"}
PAGE = "query Page($first: Int) { events(first: $first) { nodes { title organizer { name } ticketTypes { name } dates { totalCount } } } }"


def make_events(count):
    make = lambda query, **variables: server.graphql(query, TOKEN, **variables)[1]["data"]
    organizer = make('mutation { createOrganizer(input: {slug: "o", name: "O", currency: "EUR", timeZone: "UTC"}) { organizer { id } } }')
    organizer_id = organizer["createOrganizer"]["organizer"]["id"]
    for number in range(count):
        created = make("mutation ($input: CreateEventInput!) { createEvent(input: $input) { event { id } userErrors { code } } }",
                       input={"organizerId": organizer_id, "slug": f"e{number}", "title": "E", "startsAt": "2030-06-01T18:00:00Z"})
        make("mutation ($id: ID!) { createTicketType(input: {eventId: $id, name: \"T\", price: \"1.00\"}) { ticketType { id } } "
             "publishEvent(input: {eventId: $id}) { event { id } userErrors { code } } }", id=created["createEvent"]["event"]["id"])


def trace_of(query, **variables):
    answer = server.graphql(query, TOKEN, WANTED, **variables)[1]
    return answer, answer["extensions"]["trace"]


def test_only_the_owner_who_asks_sees_it():
    for token, headers in ((None, WANTED), (TOKEN, {}), (TOKEN, {"x-tessera-trace": "0"}), (TOKEN, {"x-tessera-trace": ""})):
        assert "extensions" not in server.graphql("{ __typename }", token, headers)[1], (token, headers)
    assert trace_of("{ __typename }")[1]["levels"] == []
    status, answer = server.graphql("{ __typename }", "wrong-token", WANTED)
    assert status == 401 and "trace" not in json.dumps(answer)


def test_the_plan_is_made_once():
    query = "query Once { events(first: 1) { nodes { id } } }"
    first, second = trace_of(query)[1]["plan"], trace_of(query)[1]["plan"]
    assert not first["cached"] and min(first["parseUs"], first["validateUs"], first["planUs"]) > 0, first
    assert second == {"cached": True, "parseUs": 0, "validateUs": 0, "planUs": 0}, second


def test_calls_do_not_grow_with_the_list():
    make_events(12)
    few, many = trace_of(PAGE, first=2), trace_of(PAGE, first=12)
    assert [len(answer["data"]["events"]["nodes"]) for answer, _ in (few, many)] == [2, 12]
    assert few[1]["calls"] == many[1]["calls"] and len(few[1]["levels"]) == len(many[1]["levels"]) == 2
    keys = [call["keys"] for call in many[1]["levels"][1]["calls"]]
    assert sorted(keys) == [1, 12], many[1]  # one organizer, twelve events' dates; ticket types came with the list


def test_the_figures_fit_each_other():
    answer, trace = trace_of(PAGE, first=12)
    assert trace["calls"] == sum(len(level["calls"]) for level in trace["levels"])
    assert sum(level["us"] for level in trace["levels"]) <= trace["us"] + 0.1 * len(trace["levels"])
    for level in trace["levels"]:
        assert max(call["us"] for call in level["calls"]) <= level["us"] + 0.1
    bare = server.graphql(PAGE, TOKEN, first=12)[1]
    assert bare == {"data": answer["data"]}
    assert trace["bytes"] == len(json.dumps(bare, separators=(",", ":"), ensure_ascii=False).encode())


def test_each_call_says_what_it_was():
    calls = [call for level in trace_of(PAGE, first=2)[1]["levels"] for call in level["calls"]]
    assert calls[0]["field"] == "events" and "keys" not in calls[0], calls
    assert all("/" in call["rpc"] and call["us"] >= 0 and "error" not in call for call in calls), calls


def test_mutations_refusals_and_errors_are_traced_too():
    answer, trace = trace_of('mutation { createOrganizer(input: {slug: "", name: "", currency: "EUR", timeZone: "UTC"}) { userErrors { code } } }')
    assert answer["data"]["createOrganizer"]["userErrors"] and trace["calls"] == 1
    answer, trace = trace_of("{ nothing }")
    assert answer["errors"] and trace["plan"]["validateUs"] > 0 and trace["calls"] == 0 and trace["levels"] == []
    answer, trace = trace_of("{ ")
    assert answer["errors"] and trace["plan"]["parseUs"] > 0 and trace["plan"]["planUs"] == 0


def test_get_is_traced_as_post_is():
    path = "/graphql?" + urllib.parse.urlencode({"query": "{ events(first: 1) { nodes { id } } }"})
    status, headers, body = server.request("GET", path, headers={**WANTED, "Authorization": "Bearer " + TOKEN})
    assert status == 200 and json.loads(body)["extensions"]["trace"]["calls"] == 1
    assert "no-store" in headers["cache-control"] or "private" in headers["cache-control"]


def test_the_server_ends_clean():
    assert server.stop()[0] == 0


run(tests_of(sys.modules[__name__]))
