"""Browsers' sessions: cookies that no script reads, no other site sets, and that count on our own pages alone."""
import json, sys
from harness import Server, TOKEN, run, tests_of
from wsclient import Closed, Socket

PASSWORD = "correct horse battery"
JSON = {"Content-Type": "application/json"}
OWN = {"Origin": "https://a.example"}
server = Server("--cors-origin", "*")


def sign_in(server, email):
    say = lambda text, **variables: server.graphql(text, **variables)[1]["data"]
    say("mutation($e: String!) { signUp(input: {email: $e, name: \"Ada\"}) { accepted } }", e=email)
    token = server.graphql("{ mails { nodes { token } } }", TOKEN)[1]["data"]["mails"]["nodes"][0]["token"]
    return say("mutation($t: String!, $p: String!) { verifyEmail(input: {token: $t, password: $p}) { session { accessToken refreshToken } } }",
               t=token, p=PASSWORD)["verifyEmail"]["session"]


def post(server, body=b"{}", method="POST", **headers):
    """(status, cookies set as name -> (value, attributes), body)."""
    words = [f"{name.replace('_', '-')}: {value}" for name, value in {**JSON, **headers}.items()]
    head, _, answer = server.raw(("\r\n".join([f"{method} /session HTTP/1.1", "Host: a.example", "Connection: close", f"Content-Length: {len(body)}", *words])
                                  + "\r\n\r\n").encode() + body).partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    cookies = {}
    for line in lines[1:]:
        name, _, value = line.partition(": ")
        if name.lower() == "set-cookie":
            first, *attributes = value.split("; ")
            cookies[first.partition("=")[0]] = (first.partition("=")[2], attributes)
    return int(lines[0].split()[1]), cookies, answer


def cookie(cookies):
    return "; ".join(f"{name}={value}" for name, (value, _) in cookies.items())


def viewer(server, **headers):
    return server.graphql("{ viewer { email } }", headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_a_session_becomes_cookies_that_are_renewed_and_end():
    session = sign_in(server, "ada@example.org")
    status, cookies, body = post(server, json.dumps({"refreshToken": session["refreshToken"]}).encode(), **OWN)
    assert status == 200 and set(json.loads(body)) == {"accessExpiresAt", "refreshExpiresAt"}, (status, body)
    assert set(cookies) == {"__Host-tessera-access", "__Host-tessera-refresh"}
    for value, attributes in cookies.values():
        assert value and {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"} < set(attributes), attributes
    assert viewer(server, Cookie=cookie(cookies), **OWN) == (200, {"data": {"viewer": {"email": "ada@example.org"}}})
    status, renewed, _ = post(server, Cookie=cookie(cookies), **OWN)
    assert status == 200 and renewed["__Host-tessera-refresh"] != cookies["__Host-tessera-refresh"]
    status, gone, _ = post(server, b"", "DELETE", Cookie=cookie(renewed), **OWN)
    assert status == 204 and all(value == "" and "Max-Age=0" in attributes for value, attributes in gone.values()) and len(gone) == 2, (status, gone)
    assert viewer(server, Cookie=cookie(renewed), **OWN)[0] == 401
    status, gone, body = post(server, Cookie=cookie(renewed), **OWN)
    assert status == 401 and len(gone) == 2 and json.loads(body)["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_a_page_of_others_is_nobody():
    """The cookie alone gives no right to who comes from elsewhere, by HTTP and by WebSocket, whatever CORS allows."""
    session = sign_in(server, "eve@example.org")
    _, cookies, _ = post(server, json.dumps({"refreshToken": session["refreshToken"]}).encode(), **OWN)
    both = cookie(cookies)
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "https://a.example.evil.example"}, {"Origin": "https://a.example:8443"},
                    {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}, {"Origin": "https://a.example", "Sec_Fetch_Site": "cross-site"}):
        assert viewer(server, Cookie=both, **headers) == (200, {"data": {"viewer": None}}), headers
        for method in ("POST", "DELETE"):
            status, set_cookies, _ = post(server, b"{}", method, Cookie=both, **headers)
            assert status == 403 and not set_cookies, (status, headers)
    socket = Socket(server, {"Origin": "https://evil.example", "Cookie": both})
    socket.say(id="1", type="subscribe", payload={"query": "{ viewer { email } }"})
    assert socket.hear()["payload"] == {"data": {"viewer": None}}
    socket = Socket(server, {"Origin": "https://a.example", "Cookie": both})
    socket.say(id="1", type="subscribe", payload={"query": "{ viewer { email } }"})
    assert socket.hear()["payload"] == {"data": {"viewer": {"email": "eve@example.org"}}}
    assert post(server, b"", "DELETE", Cookie=both, **OWN)[0] == 204
    try:
        socket.hear(), socket.hear()
        raise AssertionError("still there")
    except Closed as closed:
        assert closed.code == 4401


def test_forms_and_gets_change_nothing():
    session = sign_in(server, "bob@example.org")
    _, cookies, _ = post(server, json.dumps({"refreshToken": session["refreshToken"]}).encode(), **OWN)
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert post(server, Cookie=cookie(cookies), **{"Content-Type": kind})[0] == 415
    status, _, body = server.request("GET", "/graphql?query=%7Bviewer%7Bemail%7D%7D", headers={"Cookie": cookie(cookies)})
    assert (status, json.loads(body)) == (200, {"data": {"viewer": None}})  # caches may keep it for all
    assert server.request("GET", "/session", headers={"Cookie": cookie(cookies)})[0] == 405
    assert viewer(server, Cookie=cookie(cookies), **OWN)[1] == {"data": {"viewer": {"email": "bob@example.org"}}}


def test_what_is_no_cookie_of_ours_is_none():
    session = sign_in(server, "cat@example.org")
    access = session["accessToken"]
    for text in (f"__Host-tessera-access={access}x", "__Host-tessera-access=x", f"a=b;__Host-tessera-access={access[:-3]}"):
        assert viewer(server, Cookie=text, **OWN)[0] == 401, text
    for text in ("", "__Host-tessera-access=", f"tessera-access={access}", f"__Host-tessera-access={access}; __Host-tessera-access={access}", ";;; =;", f"x__Host-tessera-access={access}"):
        assert viewer(server, Cookie=text, **OWN) == (200, {"data": {"viewer": None}}), text
    assert viewer(server, Cookie=f"a=b ;  __Host-tessera-access={access};c", **OWN)[1] == {"data": {"viewer": {"email": "cat@example.org"}}}
    for body in (b"", b"[]", b"{", b'{"refreshToken": 7}'):
        assert post(server, body, **OWN)[0] == 400, body
    assert post(server, **OWN)[0] == 401


def test_the_server_ends_clean():
    assert server.stop()[0] == 0


run(tests_of(sys.modules[__name__]))
