"""Paths, methods, types and headers of the public and the admin listener."""
import json, sys, urllib.parse
from harness import Server, TOKEN, run, tests_of

server = Server()
JSON = {"Content-Type": "application/json"}


def refused(status, answer, code=None):
    body = json.loads(answer[2])
    assert answer[0] == status, answer
    assert "data" not in body and body["errors"][0]["message"], answer
    if code:
        assert body["errors"][0]["extensions"]["code"] == code, answer


def test_health_is_answered_and_nothing_else_is_there():
    for path in ("/livez", "/readyz"):
        status, headers, body = server.request("GET", path)
        assert (status, json.loads(body)["status"]) == (200, "ok")
    for path in ("/", "/metrics", "/clock", "/backup", "/graphql/", "/graphql/x", "//graphql", "/livez/..", "/admin", "/.git/config",
                 "/%2e%2e/etc/passwd", "/t/nothing.svg", "/debug"):
        refused(404, server.request("GET", path), "NOT_FOUND")


def test_methods():
    status, headers, body = server.request("HEAD", "/readyz")
    assert (status, body) == (200, b"") and int(headers["content-length"]) > 0
    status, headers, body = server.request("OPTIONS", "/graphql")
    assert status == 200 and headers["allow"] == "GET, HEAD, POST, OPTIONS" and body == b""
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "BREW"):
        status, headers, _ = server.request(method, "/graphql")
        assert status == 405 and headers["allow"] == "GET, HEAD, POST, OPTIONS", method
    assert server.request("POST", "/livez", b"")[0] == 405


def test_every_answer_is_marked():
    for path in ("/livez", "/graphql", "/nothing"):
        _, headers, _ = server.request("GET", path)
        assert headers["x-content-type-options"] == "nosniff" and headers["cache-control"] == "no-store"
        assert "server" not in headers, headers


def test_post_wants_json():
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/json; charset=latin1", ""):
        refused(415, server.request("POST", "/graphql", b'{"query":"{__typename}"}', {"Content-Type": kind}))
    refused(415, server.request("POST", "/graphql", b'{"query":"{__typename}"}'))


def test_malformed_bodies_say_where():
    for body in (b"", b"{", b'{"query":', b"\xff", b'{"query":"\xff"}', b'{"query":"a\\u0000"}', b"[" * 1000, b'{"query":1}x', b"nul"):
        refused(400, server.request("POST", "/graphql", body, JSON), "BAD_REQUEST")
    assert b"at byte 9" in server.request("POST", "/graphql", b'{"query":', JSON)[2]


def test_shapes_that_are_no_request():
    for body in (b"[]", b'[{"query":"{__typename}"}]', b"1", b'"x"', b"null", b"{}", b'{"query":1}', b'{"query":null}',
                 b'{"query":"{__typename}","variables":[]}', b'{"query":"{__typename}","variables":"{}"}',
                 b'{"query":"{__typename}","operationName":1}', b'{"query":"{__typename}","extensions":1}'):
        refused(400, server.request("POST", "/graphql", body, JSON), "BAD_REQUEST")


def test_get_parameters():
    for query in ("", "?", "?x=1", "?query=%", "?query=%zz", "?query=%00", "?query=%ff", "?query=a&query=b",
                  "?query=%7B__typename%7D&variables=%7B", "?query=%7B__typename%7D&variables=%5B%5D"):
        refused(400, server.request("GET", "/graphql" + query), "BAD_REQUEST")


def test_accept():
    refused(406, server.request("GET", "/graphql?query=%7B__typename%7D", headers={"Accept": "text/html"}))
    kinds = {None: "application/json", "*/*": "application/json", "application/json": "application/json",
             "application/graphql-response+json": "application/graphql-response+json"}
    for accept, kind in kinds.items():
        headers = server.request("GET", "/graphql?query=%7B__typename%7D", headers={"Accept": accept} if accept else {})[1]
        assert headers["content-type"] == kind + "; charset=utf-8", (accept, headers)


def test_credentials_that_are_not_good_are_never_anonymous():
    for value in ("Bearer wrong-token", "Bearer", "Basic " + TOKEN, TOKEN, "Bearer " + TOKEN + "x"):
        answer = server.request("POST", "/graphql", b'{"query":"{__typename}"}', {**JSON, "Authorization": value})
        refused(401, answer, "UNAUTHENTICATED")


def test_a_long_url_is_refused():
    refused(414, server.request("GET", "/graphql?query=" + "a" * 20000))


def test_a_body_over_a_mebibyte_is_413():
    limit = 1 << 20
    assert server.request("POST", "/graphql", b" " * limit, JSON)[0] == 400
    assert server.request("POST", "/graphql", b" " * (limit + 1), JSON)[0] == 413


def test_ids_go_through():
    trace = "0af7651916cd43dd8448eb211c80319c"
    _, headers, _ = server.request("GET", "/graphql?query=%7B__typename%7D",
                                   headers={"X-Request-Id": "my-id.1", "traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    assert headers["x-request-id"] == "my-id.1" and headers["traceparent"].startswith(f"00-{trace}-"), headers
    assert "b7ad6b7169203331" not in headers["traceparent"]
    _, headers, _ = server.request("GET", "/graphql", headers={"X-Request-Id": "no spaces please"})
    assert headers["x-request-id"] != "no spaces please"


def test_admin_answers_its_paths_only():
    admin = Server.request.__get__(type("Admin", (), {"raw": Server.raw, "connect": Server.connect,
                                                      "port": int(server.admin.rsplit(":", 1)[1])})())
    assert admin("GET", "/metrics")[0] == 200 and admin("GET", "/readyz")[0] == 200
    for path in ("/", "/graphql", "/control", "/backup"):
        assert admin("GET", path)[0] == 404
    assert admin("GET", "/clock")[0] == 404
    for body in (b"", b"{}", b"[]", b'{"advanceMs":-1}', b'{"advanceMs":1.5}', b'{"advanceMs":"1"}', b'{"advanceMs":9e99}'):
        assert admin("POST", "/clock", body)[0] == 400, body
    assert admin("POST", "/clock", b'{"advanceMs":1000}')[0] == 200


def test_the_server_ends_clean():
    assert server.stop()[0] == 0


run(tests_of(sys.modules[__name__]))
