"""How often one may ask: each root field counts, whatever transport it comes by; who asks too often is told when to come back."""
import json, sys
from harness import TOKEN, Server, run, tests_of
from wsclient import Socket

ME, OTHER = "192.0.2.1", "192.0.2.2"


class Limited(Server):
    def __init__(self, rates):
        super().__init__("--trusted-proxies", "127.0.0.1", "--rates", rates)

    def ask(self, query, address=ME, token=None, **variables):
        """Status, headers, answer."""
        headers = {"Content-Type": "application/json", "X-Forwarded-For": address}
        if token:
            headers["Authorization"] = "Bearer " + token
        status, head, body = self.request("POST", "/graphql", json.dumps({"query": query, "variables": variables}).encode(), headers)
        return status, head, json.loads(body)

    def served(self, query, count, **how):
        """Of so many requests, how many were answered without an error."""
        return sum("errors" not in self.ask(query, **how)[2] for _ in range(count))


RESET = 'requestPasswordReset(input: {email: "ada@example.org"}) { userErrors { code } }'
SIGN_IN = 'signIn(input: {email: "eve@example.org", password: "not it, not at all"}) { userErrors { code } }'


def aliases(field, count):
    return " ".join(f"a{i}: {field}" for i in range(count))


def test_who_asks_too_often_is_told_so_and_when_to_come_back():
    with Limited("queries-address=3/90") as server:
        assert server.served("{ events { totalCount } }", 3) == 3
        status, head, answer = server.ask("{ events { totalCount } }")
        assert status == 200 and answer["errors"][0]["extensions"] == {"code": "RATE_LIMITED", "retryAfter": 30}, answer
        assert answer["errors"][0]["message"] == "Too many attempts; try again in 30 s." and head["retry-after"] == "30", head
        assert server.served("{ events { totalCount } }", 3, address=OTHER) == 3
        assert server.served("{ events { totalCount } }", 9, token=TOKEN) == 9
        assert server.metric('tessera_rate_limited_total{rate="queries-address"}') == 1


def test_mixed_aliases_of_one_request_count_each():
    with Limited("guess=5/300") as server:
        answer = server.ask("mutation { %s }" % aliases(SIGN_IN, 50))[2]
        assert answer["errors"][0]["extensions"]["code"] == "RATE_LIMITED" and answer["errors"][0]["path"] == ["a5"], answer
        assert server.metric('tessera_rate_limited_total{rate="guess"}') == 45
    with Limited("mutations-address=5/300") as server:
        answer = server.ask("mutation { %s %s }" % (aliases(SIGN_IN, 5), RESET))[2]
        assert [error["path"] for error in answer["errors"]] == [["requestPasswordReset"]], answer
    with Limited("queries-address=5/300") as server:
        answer = server.ask("{ %s }" % aliases("events { totalCount }", 8))[2]
        assert answer["errors"][0]["path"] == ["a5"] and server.metric('tessera_rate_limited_total{rate="queries-address"}') == 3, answer


def test_an_array_of_operations_is_none():
    with Limited("mutations-address=5/300") as server:
        body = json.dumps([{"query": "mutation { %s }" % SIGN_IN}] * 10).encode()
        status, _, answer = server.request("POST", "/graphql", body, {"Content-Type": "application/json"})
        assert status == 400 and b"BAD_REQUEST" in answer


def test_one_count_for_every_transport():
    with Limited("queries-address=4/300") as server:
        assert server.served("{ events { totalCount } }", 1) == 1
        status, _, body = server.request("GET", "/graphql?query=%7Bevents%7BtotalCount%7D%7D", headers={"X-Forwarded-For": ME})
        assert status == 200 and b"errors" not in body
        with Socket(server, headers={"X-Forwarded-For": ME}) as socket:
            socket.subscribe("1", "{ events { totalCount } }")
            assert "errors" not in socket.hear()["payload"]
        assert server.request("GET", "/t/nothing.svg", headers={"X-Forwarded-For": ME})[0] == 404
        assert server.request("GET", "/t/nothing.svg", headers={"X-Forwarded-For": ME})[0] == 429
        assert server.served("{ events { totalCount } }", 1) == 0
        assert server.served('{ node(id: "evt_01jwnrc0000000000000000000") { id } }', 1) == 0


def test_an_operation_can_have_a_rate_of_its_own():
    with Limited("requestPasswordReset=2/300,guess=0") as server:
        assert (server.served("mutation { %s }" % RESET, 4), server.served("mutation { %s }" % SIGN_IN, 4)) == (2, 4)


def test_nothing_is_limited_in_a_server_of_tests():
    with Server("--trusted-proxies", "127.0.0.1") as server:
        answer = server.graphql("mutation { %s }" % aliases(RESET, 60), headers={"X-Forwarded-For": ME})[1]
        assert "errors" not in answer, answer["errors"][0]


def test_what_is_no_rate_stops_the_start():
    for rates in ("guess=1", "nothing=1/1", "holdTickets=1/1,sellTickets=2/2"):
        try:
            Server("--rates", rates).stop()
        except AssertionError as refused:
            assert "--rates: " in str(refused), refused
        else:
            raise AssertionError(rates)


run(tests_of(sys.modules[__name__]))
