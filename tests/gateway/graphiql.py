"""GraphiQL: what is served, to whom, and in a real browser: a query and its answer, and nothing from anywhere else."""
import gzip, json, os, sys, urllib.parse
sys.path.append(os.path.join(os.path.dirname(__file__), "..", "support"))
from chromium import Browser
from fair import LEFT, SCANS, Fair
from harness import TOKEN, Server, Usual, run, tests_of

FOLDER = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "build", "graphiql"))
assert os.path.exists(FOLDER + "/index.html"), FOLDER + " is missing: run ./dev test, which builds it"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
CONTROL = 2

server = Server("--graphiql", FOLDER)


def files():
    return sorted(name for name in os.listdir(FOLDER) if not name.endswith(".gz") and name != "index.html")


def test_a_browser_gets_the_page_and_a_client_does_not():
    status, headers, body = server.request("GET", "/graphql", headers=BROWSER)
    assert status == 200 and headers["content-type"] == "text/html; charset=utf-8" and b"/graphiql/main-" in body
    assert headers["cache-control"] == "no-cache" and "accept" in headers["vary"]
    for accept in ("*/*", "application/json", "application/graphql-response+json, text/html", "text/html;q=0, */*"):
        status, headers, body = server.request("GET", "/graphql?query=%7B__typename%7D", headers={"Accept": accept})
        assert (status, json.loads(body)) == (200, {"data": {"__typename": "Query"}}), accept
    assert server.request("POST", "/graphql", b'{"query":"{__typename}"}', {"Content-Type": "application/json", **BROWSER})[0] == 200


def test_the_policy_allows_our_own_origin_only():
    for path in ["/graphql", *("/graphiql/" + name for name in files())]:
        policy = server.request("GET", path, headers=BROWSER)[1]["content-security-policy"]
        assert "default-src 'none'" in policy and "script-src 'self';" in policy and "frame-ancestors 'none'" in policy
        assert "http" not in policy and "*" not in policy and "unsafe-eval" not in policy


def test_files_are_kept_for_ever_and_the_page_is_asked_for_again():
    for name in files():
        status, headers, body = server.request("GET", "/graphiql/" + name)
        assert status == 200 and "immutable" in headers["cache-control"] and "-" in name, name
        assert body == open(f"{FOLDER}/{name}", "rb").read()
    for path in ("/graphql", "/graphiql/" + files()[0]):
        etag = server.request("GET", path, headers=BROWSER)[1]["etag"]
        status, headers, body = server.request("GET", path, headers={**BROWSER, "If-None-Match": etag})
        assert (status, body, headers["etag"]) == (304, b"", etag)


def test_gzip_goes_to_those_who_take_it():
    for name in files():
        if not os.path.exists(f"{FOLDER}/{name}.gz"):
            continue
        status, headers, body = server.request("GET", "/graphiql/" + name, headers={"Accept-Encoding": "br, gzip"})
        assert headers["content-encoding"] == "gzip" and headers["vary"] == "accept-encoding", name
        assert gzip.decompress(body) == open(f"{FOLDER}/{name}", "rb").read()
        for accept in ("br", "gzip;q=0, br", "identity"):
            assert "content-encoding" not in server.request("GET", "/graphiql/" + name, headers={"Accept-Encoding": accept})[1]


def test_nothing_but_its_files_is_reachable():
    for path in ("", "..", "../graphiql.py", "%2e%2e/dev", "/etc/passwd", ".", "main", "index.html/x"):
        assert server.request("GET", "/graphiql/" + path)[0] == 404, path
    assert server.request("POST", "/graphiql/" + files()[0], b"")[0] == 404


def test_where_it_is_off_a_person_is_told_and_a_scanner_learns_nothing():
    with Server("--graphiql", FOLDER) as there, Server() as bare:
        assert there.request("GET", "/graphql", headers=BROWSER)[0] == 200
        status, headers, body = bare.request("GET", "/graphql", headers=BROWSER)
        assert status == 406 and headers["content-type"].startswith("text/html") and b"switched off" in body
        assert b"graphiql" not in body.lower()
        assert bare.request("GET", "/graphiql/" + files()[0])[0] == 404
        assert bare.request("GET", "/graphql?query=%7B__typename%7D", headers=BROWSER)[0] == 200


def shown(there):
    """What a stranger can find out of the schema: by introspection, by misspelling, by browser."""
    introspection = there.graphql("{ __schema { queryType { name } } }")[1]
    misspelt = there.graphql("{ viewr { __typename } }")[1]["errors"][0]["message"]
    return "data" in introspection, "Did you mean" in misspelt, there.request("GET", "/graphql", headers=BROWSER)[0] == 200


def test_nothing_of_the_schema_is_shown_unless_switched_on():
    for flags, expected in (([], (False, False, False)), (["--introspection"], (True, False, False)),
                            (["--suggestions"], (False, True, False)), (["--graphiql", FOLDER], (False, False, True)),
                            (["--dev", "--graphiql", FOLDER], (True, True, True))):
        with Usual(*flags) as usual:
            assert shown(usual) == expected, (flags, shown(usual))


RESULT = 'document.querySelector(".result-window .view-lines")?.innerText.replaceAll("\\u00a0", " ") ?? ""'


def show(browser, query, variables=None, token=None):
    """Open the page with an operation, and the token typed under Headers; run it."""
    link = urllib.parse.urlencode({"query": query, "variables": json.dumps(variables or {})})
    browser.open(server.url + "/graphql?" + link)
    browser.wait(f'document.querySelector(".graphiql-query-editor .view-lines")?.innerText.includes({json.dumps(query.split()[0])})')
    if token:
        browser.ask('document.querySelector(".graphiql-editor-tool .graphiql-editor:not(.hidden) textarea").focus()')
        browser.call("Input.insertText", text='{"Authorization": "Bearer ' + token + '"}')
    browser.ask('document.querySelector(".graphiql-execute-button").click()')


def assert_ours_alone(browser):
    ours = (server.url + "/", server.url.replace("http", "ws") + "/", "data:", "blob:" + server.url)
    foreign = [url for url in browser.asked if not url.startswith(ours)]
    assert foreign == [] and browser.said == [], (foreign, browser.said)


def test_a_query_is_answered_in_a_browser():
    with Browser() as browser:
        show(browser, "query Me { viewer { __typename } __schema { queryType { name } } }", token=TOKEN)
        browser.wait(f'({RESULT}).includes("viewer")')
        assert '"name": "Query"' in browser.ask(RESULT) and "null" not in browser.ask(RESULT), browser.ask(RESULT)
        assert_ours_alone(browser)
        if os.environ.get("TESSERA_PICTURE"):
            browser.picture(os.environ["TESSERA_PICTURE"])


def test_subscriptions_run_in_a_browser():
    fair = Fair(server)
    with Browser() as browser:
        show(browser, LEFT, {"id": fair.evening_of})
        browser.wait(f'({RESULT}).includes(\'"remaining": 1000\')')
        for left in (999, 998):
            fair.sell_one()
            browser.wait(f'({RESULT}).includes(\'"remaining": {left}\')')
        assert server.url.replace("http", "ws") + "/graphql" in browser.asked
        browser.ask('document.querySelector(".graphiql-execute-button").click()')
        server.wait_metric("tessera_subscribers", 0)
        show(browser, SCANS, {"id": fair.list}, token=TOKEN)
        server.wait_metric("tessera_subscribers", 1)
        for gate in ("north", "south"):
            fair.scans(gate)
            browser.wait(f'({RESULT}).includes(\'"gate": "{gate}"\')')
        assert_ours_alone(browser)
        show(browser, SCANS, {"id": fair.list})  # a stranger is told, though GraphiQL throws it as well
        browser.wait(f'({RESULT}).includes("UNAUTHENTICATED")')


try:
    run(tests_of(sys.modules[__name__]))
finally:
    server.stop()
