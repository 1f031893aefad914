"""Text that is code to somebody else (SQL, a document store, a mail server, a log, a spreadsheet, a shell, a page) is text here."""
import json, sys, threading
from harness import Server, TOKEN, run, tests_of

CODE = ["'; DROP TABLE documents; --", "' OR '1'='1", '" OR ""="', "') UNION SELECT token FROM mails --", "%", "_", "*", "\\", "{$ne: null}", '{"$where": "sleep(9999)"}', "$where", "a.$b.c",
        "=cmd|' /C calc'!A0", "+1+1", "@SUM(1)", "-2+3", "$(reboot)", "`reboot`", "; reboot", "${jndi:ldap://127.0.0.1/x}", "{{7*7}}", "<%= 7*7 %>", "%s%n%p%x", "%00", "../../../../etc/passwd",
        "<script>x()</script>", "\" onload=\"x()", "javascript:x()", "*)(uid=*", "\u202egnp.exe", "\ufeffx", "\U0001f600", "a" * 100]
LINES = ["x\r\nBcc: eve@example.org", "x\nSubject: won", "x\r\n\r\n.\r\nQUIT", 'x\n{"log.level":"error","message":"forged"}', "x\u0085y", "x\x1b[31m", "x\x7fy", "x\x00y"]


class Heard(Server):
    """One whose log is read while it runs: a full pipe would hold it."""

    def __init__(self, *flags):
        super().__init__(*flags)
        self.log = []
        self.reader = threading.Thread(target=lambda: self.log.extend(self.process.stderr))
        self.reader.start()

    def end(self):
        self.process.terminate()
        self.reader.join()
        return self.process.wait(10)


server = Heard("--log-level", "debug")


def say(query, token=TOKEN, **variables):
    return server.graphql(query, token, **variables)[1]


def made(answer, name):
    assert "errors" not in answer and not answer["data"][name]["userErrors"], answer
    return answer["data"][name]


def organizer(slug, name):
    return say("mutation($s: String!, $n: String!) { createOrganizer(input: {slug: $s, name: $n, currency: \"EUR\", timeZone: \"UTC\"}) { organizer { id name } userErrors { code } } }", s=slug, n=name)


HOUSE = made(organizer("house", "House"), "createOrganizer")["organizer"]["id"]
EVENT = """mutation($o: ID!, $s: String!, $t: String!) { createEvent(input: {organizerId: $o, slug: $s, title: $t, description: $t, startsAt: "2099-06-01T18:00:00Z"}) {
    event { id title description } userErrors { code path } } }"""
VENUE = "mutation($o: ID!, $t: String!) { createVenue(input: {organizerId: $o, name: $t, address: $t, city: $t}) { venue { name address city } userErrors { code } } }"


def test_code_is_kept_as_it_was_written():
    for number, text in enumerate(CODE):
        event = made(say(EVENT, o=HOUSE, s=f"e{number}", t=text), "createEvent")["event"]
        assert (event["title"], event["description"]) == (text, text), event
        assert made(say(VENUE, o=HOUSE, t=text), "createVenue")["venue"] == {"name": text, "address": text, "city": text}
        again = say("query($i: ID!) { node(id: $i) { ... on Event { title organizer { name } } } }", i=event["id"])["data"]["node"]
        assert again == {"title": text, "organizer": {"name": "House"}}, again
    count = say("query($i: ID!) { node(id: $i) { ... on Organizer { events(first: 100) { totalCount } } } }", i=HOUSE)
    assert count["data"]["node"]["events"]["totalCount"] == len(CODE), count


def test_code_finds_nothing_that_it_does_not_name():
    """As a key, a secret, a slug, a search: it is compared, not run."""
    for text in CODE:
        for query in ("query($t: String!) { organizer(slug: $t) { id } }", "query($t: ID!) { node(id: $t) { id } }", "query($t: ID!) { event(id: $t) { id } }", "query($t: String!) { ticket(secret: $t) { id } }",
                      "query($t: String!) { hold(token: $t) { id } }", "query($t: String!) { order(code: $t, secret: $t) { id } }"):
            answer = say(query, token=None, t=text)
            assert not any((answer.get("data") or {}).values()), (query, text, answer)
    for text in CODE[::4]:
        for at in ("signIn(input: {email: $t, password: $t})", 'signIn(input: {email: "nobody@example.org", password: $t})', "refreshSession(input: {refreshToken: $t})", "verifyEmail(input: {token: $t, password: $t})"):
            answer = say("mutation($t: String!) { %s { session { accessToken } userErrors { code } } }" % at, token=None, t=text)
            assert not answer.get("data") or (list(answer["data"].values())[0] or {}).get("session") is None, answer


def test_an_object_is_no_text():
    for value in ({"$ne": ""}, {"$gt": ""}, ["house"], 7, True):
        answer = say("query($t: String!) { organizer(slug: $t) { id } }", token=None, t=value)
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT" and "data" not in answer, answer


def test_lines_are_refused_where_one_line_is_wanted():
    """What would be a header of a mail, or a line of a log."""
    for text in LINES:
        for answer in (organizer("line", text), say(EVENT, o=HOUSE, s="line", t=text), say(VENUE, o=HOUSE, t=text),
                       say('mutation($t: String!) { signUp(input: {email: "ada@example.org", name: $t}) { accepted userErrors { code } } }', token=None, t=text),
                       say('mutation($t: String!) { signUp(input: {email: $t, name: "Ada"}) { accepted userErrors { code } } }', token=None, t="ada@example.org" + text)):
            codes = [error["extensions"]["code"] for error in answer.get("errors", [])] or [error["code"] for error in list(answer["data"].values())[0]["userErrors"]]
            assert codes and codes[0] in ("INVALID_INPUT", "BAD_USER_INPUT", "BAD_REQUEST"), (text, answer)
    assert say("{ mails { nodes { email } } }")["data"]["mails"]["nodes"] == []


def test_the_log_has_the_servers_lines_alone():
    for text in (line for line in LINES if "\x00" not in line):
        for header in ("X-Request-Id", "Traceparent", "Accept-Language", "User-Agent", "Origin"):
            server.request("GET", "/livez", headers={header: text.replace("\r", "").replace("\n", "\\n")})
        server.request("GET", "/" + "".join(f"%{byte:02x}" for byte in text.encode()))
    assert server.end() == 0
    assert len(server.log) > len(CODE)
    for line in (line.decode() for line in server.log):
        assert line.startswith("{") and json.loads(line)["log.level"] in ("debug", "info", "warn"), line
        assert json.loads(line)["message"] != "forged" and "\x1b" not in line, line


run(tests_of(sys.modules[__name__]))
