"""Every line of a sale at --log-level debug: one JSON object in the Elastic Common Schema, each hop a span of the
request's trace, and no secrets. On a terminal: text, one line each, without control characters."""
import json, os, pty, re, subprocess, urllib.request
from sale import BINARY, SPAN, TRACE, Watched, assert_untold, run, secrets_of

FIRST = ["@timestamp", "log.level", "message", "ecs.version"]
TYPES = {"http.response.status_code": int, "http.request.body.bytes": int, "http.response.body.bytes": int, "event.duration": int}
HEX = {"trace.id": 32, "span.id": 16, "parent.id": 16}


def traced_query(shop):
    body = json.dumps({"query": '{ organizer(slug: "fabrik") { events { nodes { id quotas { id } } } } }'}).encode()
    headers = {"Content-Type": "application/json", "traceparent": f"00-{TRACE}-{SPAN}-01", "X-Request-Id": "watched-1"}
    return urllib.request.urlopen(urllib.request.Request(shop.url, body, headers), timeout=10).headers["traceparent"]


def lines_of_a_sale(level):
    shop = Watched("--log-level", level)
    secrets = secrets_of(shop)
    traceparent = traced_query(shop)
    shop.close()
    return [json.loads(line, object_pairs_hook=list) for line in shop.lines], "".join(shop.lines), secrets, traceparent


PAIRS, TEXT, SECRETS, TRACEPARENT = lines_of_a_sale("debug")
LINES = [dict(pairs) for pairs in PAIRS]
REQUEST = [line for line in LINES if line.get("trace.id") == TRACE]


def every_line_is_ecs():
    assert len(LINES) > 50
    for pairs in PAIRS:
        names = [name for name, _ in pairs]
        line = dict(pairs)
        assert names[:4] == FIRST and len(set(names)) == len(names), names
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["@timestamp"]), line
        assert line["log.level"] in ("debug", "info", "warn", "error") and line["event.action"], line
        for name, value in pairs:
            assert type(value) is TYPES.get(name, str), (name, value)  # flat: dotted names, no objects
            assert name not in HEX or re.fullmatch(f"[0-9a-f]{{{HEX[name]}}}", value), (name, value)


def every_call_belongs_to_a_trace():
    calls = [line for line in LINES if line["event.action"] == "bus-call"]
    assert len(calls) > 20
    for line in calls:
        assert {"trace.id", "span.id", "parent.id", "tessera.operation", "tessera.module", "event.duration"} <= line.keys(), line
    spans = [line["span.id"] for line in LINES if line["event.action"] in ("bus-call", "http-request") and "span.id" in line]
    assert len(set(spans)) == len(spans), "a span of two hops"
    for line in LINES:
        if line["event.action"] == "http-request" and line.get("url.path") == "/graphql":
            assert {"http.request.id", "trace.id", "span.id"} <= line.keys(), line


def a_trace_goes_from_the_callers_span_to_the_last_hop():
    ours = TRACEPARENT.split("-")
    assert ours[1] == TRACE and ours[2] != SPAN and ours[3] == "01", TRACEPARENT
    edge = [line for line in REQUEST if line["event.action"] == "http-request"]
    assert len(edge) == 1 and edge[0]["span.id"] == ours[2] and edge[0]["parent.id"] == SPAN, edge
    hops = [line for line in REQUEST if line["event.action"] == "bus-call"]
    known = {ours[2]} | {line["span.id"] for line in hops}
    assert len(hops) >= 2 and all(line["parent.id"] in known for line in hops), hops
    assert all(line["http.request.id"] == "watched-1" for line in REQUEST)


def a_sampled_hop_is_told_at_info_and_another_is_not():
    assert all(line["log.level"] == "info" for line in REQUEST if line["event.action"] == "bus-call")
    others = [line for line in LINES if line["event.action"] == "bus-call" and line["trace.id"] != TRACE]
    assert all(line["log.level"] == "debug" or line["event.duration"] > 100e6 for line in others)


def what_no_request_caused_has_a_trace_of_its_own_and_no_request_id():
    own = [line for line in LINES if line.get("tessera.operation", "").startswith("due:")]
    requests = {line["trace.id"] for line in LINES if "http.request.id" in line}
    assert all("http.request.id" not in line and line["trace.id"] not in requests for line in own), own


def no_line_tells_a_secret():
    assert_untold(TEXT, SECRETS)


def a_terminal_gets_text():
    leader, follower = pty.openpty()
    server = subprocess.Popen([BINARY, "serve", "--ephemeral", "--log-level", "info"], stdout=subprocess.PIPE, stderr=follower)
    os.close(follower)
    ready = json.loads(server.stdout.readline())
    urllib.request.urlopen(ready["admin"].replace("/metrics", "") + "/readyz", timeout=5).read()
    urllib.request.urlopen(ready["graphql"] + "?query=%7B__typename%7D", timeout=5).read()
    server.terminate()
    assert server.wait(timeout=15) == 0
    text = os.read(leader, 65536).decode()
    line = next(line for line in text.splitlines() if "http.response.status_code=200" in line)
    assert re.match(r"\d\d:\d\d:\d\d info +GET ", line) and "{" not in line, line
    assert all(char.isprintable() for char in line), line


run([every_line_is_ecs, every_call_belongs_to_a_trace, a_trace_goes_from_the_callers_span_to_the_last_hop,
     a_sampled_hop_is_told_at_info_and_another_is_not, what_no_request_caused_has_a_trace_of_its_own_and_no_request_id,
     no_line_tells_a_secret, a_terminal_gets_text])
