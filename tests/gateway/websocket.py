"""WebSockets from outside: handshake, frames, close codes, limits, and what a stop and a dead client do."""
import hashlib, json, os, signal, socket, struct, sys, tempfile, threading, time
from harness import TOKEN, Server, make_certificate, parse, reset, run, tests_of
from wsclient import BINARY, CLOSE, KEY, PING, PONG, TEXT, Closed, Socket, accept_of, frame, handshake

server = Server("--ws-init-ms", "400", "--ws-ping-ms", "600", "--cors-origin", "https://shop.example,https://b.example")
LARGE = "{ __schema { types { name description fields { name description type { name kind } } } } }"  # some 100 KB
TYPENAME = {"data": {"__typename": "Query"}}


def refused(status, data):
    got, headers, body = parse(server.raw(data))
    assert got == status, (got, body)
    assert json.loads(body)["errors"][0]["message"], body
    return headers


def closes(code, *data, init=True):
    with Socket(server, init=init) as ws:
        for piece in data:
            ws.send(piece)
        got = ws.closed()
        assert got[0] == code and (got[1] or code == 1000), got
        ws.sock.shutdown(socket.SHUT_WR)
        assert ws.ended()
        return got[1]


def alive(ws):
    ws.subscribe("alive", "{ __typename }")
    assert ws.hear() == {"id": "alive", "type": "next", "payload": TYPENAME}
    assert ws.hear() == {"id": "alive", "type": "complete"}


# the handshake

def test_handshake():
    with Socket(server) as ws:
        assert ws.headers["sec-websocket-accept"] == accept_of(KEY) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        assert ws.headers["sec-websocket-protocol"] == "graphql-transport-ws"
        assert ws.headers["upgrade"] == "websocket" and ws.headers["connection"].lower() == "upgrade"
        assert "sec-websocket-extensions" not in ws.headers
        alive(ws)


def test_handshake_lists_of_words():
    headers = {"Connection": "keep-alive, Upgrade", "Upgrade": "WebSocket",
               "Sec-WebSocket-Protocol": "graphql-ws, graphql-transport-ws", "Sec-WebSocket-Extensions": "permessage-deflate"}
    with Socket(server, headers) as ws:
        assert "sec-websocket-extensions" not in ws.headers
        alive(ws)


def test_handshake_refused():
    for version in ("12", "8", "14", "x"):
        assert refused(426, handshake({"Sec-WebSocket-Version": version}))["sec-websocket-version"] == "13"
    refused(426, handshake(without=["Sec-WebSocket-Version"]))
    for key in ("", "short", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZR==", "dGhlIHNhbXBsZSBub25jZ!=="):
        refused(400, handshake({"Sec-WebSocket-Key": key}))
    refused(400, handshake(without=["Sec-WebSocket-Key"]))
    for protocol in ("graphql-ws", "graphql-transport-wss", "mqtt"):
        refused(400, handshake({"Sec-WebSocket-Protocol": protocol}))
    refused(400, handshake(without=["Sec-WebSocket-Protocol"]))
    refused(400, handshake({"Content-Length": "2"}) + b"{}")
    refused(401, handshake({"Authorization": "Bearer not-the-token"}))
    refused(404, handshake(path="/elsewhere"))


def test_origin():
    for origin in ("http://a.example", "https://a.example", "https://A.example", "https://shop.example", "https://b.example"):
        Socket(server, {"Origin": origin}).sock.close()
    for origin in ("https://evil.example", "null", "https://a.example.evil.example", "https://a.example:8443",
                   "https://shop.example:81", "a.example", "*"):
        refused(403, handshake({"Origin": origin}))


def test_frames_right_behind_the_request():
    with Socket(server, init=False, early=frame('{"type":"connection_init"}')) as ws:
        assert ws.hear() == {"type": "connection_ack"}
        alive(ws)


# frames

def test_fragments_with_control_frames_between():
    text = json.dumps({"id": "1", "type": "subscribe", "payload": {"query": "{ __typename }"}}).encode()
    with Socket(server) as ws:
        ws.send(frame(text[:10], fin=False) + frame(b"are you there", PING) + frame(b"", 0, fin=False))
        assert ws.read_frame() == (PONG, b"are you there")
        ws.send(frame(text[10:20], 0, fin=False) + frame(b"unasked", PONG) + frame(text[20:], 0))
        assert ws.hear()["payload"] == TYPENAME
        assert ws.hear()["type"] == "complete"


def test_one_byte_at_a_time():
    with Socket(server) as ws:
        for byte in frame('{"type":"ping","payload":{"a":[1,"\u00fc"]}}'):
            ws.send(bytes([byte]))
            time.sleep(0.001)
        assert ws.hear() == {"type": "pong", "payload": {"a": [1, "ü"]}}


def test_many_messages_in_one_write():
    with Socket(server) as ws:
        ws.send(frame('{"type":"ping"}') * 200)
        for _ in range(200):
            assert ws.hear() == {"type": "pong"}


def test_large_messages():
    pad = "#" * 60000
    with Socket(server) as ws:
        ws.subscribe("1", "{ __typename }" + pad)
        assert ws.hear()["payload"] == TYPENAME


def test_protocol_errors():
    closes(1002, frame("{}", mask=False))
    closes(1002, frame("{}", rsv=4))
    closes(1002, frame("{}", rsv=1))
    for opcode in (3, 7, 11, 15):
        closes(1002, frame("{}", opcode))
    closes(1002, frame("{}", 0))
    closes(1002, frame("{", fin=False), frame("}"))
    closes(1002, frame("x", PING, fin=False))
    closes(1002, frame("x" * 126, PING))
    closes(1002, frame("x", CLOSE))
    for code in (0, 999, 1004, 1005, 1006, 1015, 2999, 5000):
        closes(1002, frame(struct.pack("!H", code), CLOSE))
    closes(1002, bytes([0x81, 0xfe, 0, 5]) + b"mask" + b"12345")  # a length spelt longer than it need be
    closes(1003, frame(b"\0\1", BINARY))
    closes(1007, frame(b"\xff{}"))
    closes(1007, frame(b"\xed\xa0\x80"))
    closes(1007, frame(b'"\xc3', fin=False), frame(b'"', 0))
    closes(1007, frame(struct.pack("!H", 1000) + b"\xff", CLOSE))


def test_code_points_cut_by_fragments():
    whole = '{"type":"ping","payload":{"é":"😀"}}'.encode()
    with Socket(server) as ws:
        for at in range(len(whole)):
            ws.send(frame(whole[:at], fin=False) + frame(whole[at:], 0))
            assert ws.hear() == {"type": "pong", "payload": {"é": "😀"}}


def test_too_large():
    closes(1009, frame("x" * 65537))
    closes(1009, frame("x" * 60000, fin=False), frame("x" * 6000, 0))
    closes(1009, frame("", length=1 << 62) + b"x")
    with Socket(server) as ws:
        ws.send(frame('{"type":"ping"' + " " * (65536 - 15) + "}"))
        assert ws.hear() == {"type": "pong"}


def test_close_is_answered():
    for payload, code in ((b"", 1005), (struct.pack("!H", 1000) + b"bye", 1000), (struct.pack("!H", 4999), 4999)):
        with Socket(server) as ws:
            ws.send(frame(payload, CLOSE))
            assert ws.closed()[0] == code
            assert ws.ended()


# graphql-transport-ws

def test_init_timeout():
    start = time.monotonic()
    assert closes(4408, init=False) == "Connection initialisation timeout"
    assert 0.3 < time.monotonic() - start < 2


def test_init_once():
    assert closes(4429, frame('{"type":"connection_init"}')) == "Too many initialisation requests"
    for payload in ("null", "{}", '{"anything":1}'):
        with Socket(server, init=False) as ws:
            ws.send(frame('{"type":"connection_init","payload":%s}' % payload))
            assert ws.hear() == {"type": "connection_ack"}


def test_subscribe_before_ack():
    assert closes(4401, frame('{"id":"1","type":"subscribe","payload":{"query":"{__typename}"}}'), init=False) == "Unauthorized"


def test_credentials():
    for name in ("authorization", "Authorization"):
        for payload in ({name: "Bearer wrong-token"}, {name: TOKEN}, {name: 1}, {name: ""}):
            closes(4403, frame(json.dumps({"type": "connection_init", "payload": payload})), init=False)
    query = 'mutation { createVenue(input: {organizerId: "org_00000000000000000000000000", name: "V"}) { venue { id } } }'

    def answer(**how):
        with Socket(server, how.get("headers"), init=False) as ws:
            ws.say(type="connection_init", payload=how.get("payload"))
            assert ws.hear() == {"type": "connection_ack"}
            ws.subscribe("1", "{ __typename }")
            assert ws.hear()["payload"] == TYPENAME and ws.hear()["type"] == "complete"
            ws.subscribe("2", how.get("query", query))
            return ws.hear()

    nobody = answer()
    owner = answer(payload={"authorization": "Bearer " + TOKEN})
    assert answer(headers={"Authorization": "Bearer " + TOKEN}) == owner != nobody, (nobody, owner)
    assert "UNAUTHENTICATED" in json.dumps(nobody), nobody


def test_ids():
    with Socket(server) as ws:
        for id in ("1", "ü😀", 'quo"te\\', "x" * 128):
            ws.subscribe(id, "{ __typename }")
            assert ws.hear() == {"id": id, "type": "next", "payload": TYPENAME}
            assert ws.hear() == {"id": id, "type": "complete"}
        ws.say(id="never", type="complete")
        alive(ws)


def test_request_errors():
    with Socket(server) as ws:
        for query in ("{ nothing }", "{", "", "query A { __typename } query B { __typename }", "subscription { nothing }"):
            ws.subscribe("1", query)
            message = ws.hear()
            assert message["type"] == "error" and message["id"] == "1" and message["payload"][0]["message"], message
            assert list(message) == ["id", "type", "payload"]
        ws.subscribe("1", "query Q($x: Int!) { __typename }", x="no")
        assert ws.hear()["type"] == "error"
        alive(ws)


def test_invalid_messages():
    for text in ("", "{", "[]", "1", "null", '"x"', "{}", '{"type":1}', '{"type":"next"}', '{"type":"connection_ack"}', '{"type":"error"}',
                 '{"type":"stop"}', '{"type":"subscribe"}', '{"type":"subscribe","id":1,"payload":{"query":"{a}"}}',
                 '{"type":"subscribe","id":"","payload":{"query":"{a}"}}', '{"type":"subscribe","id":"1"}',
                 '{"type":"subscribe","id":"1","payload":{}}', '{"type":"subscribe","id":"1","payload":{"query":1}}',
                 '{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}',
                 '{"type":"subscribe","id":"1","payload":{"query":"{a}","operationName":1}}',
                 '{"type":"subscribe","id":"1","payload":{"query":"{a}","extensions":"x"}}',
                 '{"type":"subscribe","id":"%s","payload":{"query":"{a}"}}' % ("x" * 129),
                 '{"type":"complete"}', '{"type":"complete","id":5}', '{"type":"ping","payload":1}', '{"type":"pong","payload":"x"}',
                 '{"type":"ping","type":"ping"}', '{"type":"ping"}{"type":"ping"}'):
        closes(4400, frame(text))
    closes(4400, frame('{"type":"connection_init","payload":"x"}'), init=False)


def test_pings():
    with Socket(server) as ws:
        ws.say(type="ping")
        assert ws.hear() == {"type": "pong"}
        ws.say(type="ping", payload={"a": {"b": [1, 2.50, True, None, "\n"]}})
        assert ws.hear() == {"type": "pong", "payload": {"a": {"b": [1, 2.5, True, None, "\n"]}}}
        ws.say(type="pong", payload={})
        ws.say(type="pong")
        ws.send(frame(b"x" * 125, PING))
        assert ws.read_frame() == (PONG, b"x" * 125)


def test_documents_by_id():
    query = "{ __typename }"
    digest = hashlib.sha256(query.encode()).hexdigest()
    apq = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
    with Socket(server) as ws:
        ws.say(id="1", type="subscribe", payload={"extensions": apq})
        assert ws.hear()["payload"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
        for payload in ({"query": query, "extensions": apq}, {"extensions": apq}):
            ws.say(id="1", type="subscribe", payload=payload)
            assert ws.hear().get("payload") == TYPENAME, payload
            assert ws.hear()["type"] == "complete"
    with tempfile.NamedTemporaryFile("w", suffix=".json") as manifest:
        json.dump({"typename": query}, manifest)
        manifest.flush()
        with Server("--operations", manifest.name, "--operations-only") as own, Socket(own) as ws:
            ws.subscribe("1", query + " ")
            assert ws.hear()["type"] == "error"
            ws.say(id="1", type="subscribe", payload={"documentId": "typename"})
            assert ws.hear()["payload"] == TYPENAME


# limits

def test_flood_is_cut():
    with Socket(server) as ws:
        try:
            for _ in range(60):
                ws.send(frame(b"", PONG) * 50)
        except OSError:
            pass
        assert ws.closed() == (1008, "Too many messages.")


def test_flood_of_empty_fragments():
    with Socket(server) as ws:
        ws.send(frame("{", fin=False) + frame("", 0, fin=False) * 1500)
        assert ws.closed()[0] == 1008


def test_silent_client_is_ended():
    """It reads no ping, so it answers none."""
    with Socket(server) as ws:
        server.wait_metric('tessera_websocket_connections', 1)
        server.wait_metric('tessera_websocket_connections', 0)
        assert ws.ended()


def test_answering_pings_keeps_it():
    with Socket(server) as ws:
        for _ in range(4):
            opcode, payload = ws.read_frame()
            assert (opcode, payload) == (PING, b"")
            ws.send(frame(payload, PONG))
        alive(ws)


def test_a_message_that_never_ends():
    with Socket(server) as ws:
        ws.send(frame("{", fin=False))
        assert ws.closed() == (1008, "A message took too long.")


def test_slow_reader_is_dropped_and_nobody_else():
    with Socket(server, receive_buffer=4096) as slow, Socket(server) as other:
        slow.sock.settimeout(0.1)
        try:
            for i in range(300):
                slow.subscribe(f"s{i}", LARGE)
                alive(other)
        except OSError:
            pass
        end = time.monotonic() + 5
        while server.metric('tessera_websocket_connections') > 1:
            alive(other)
            time.sleep(0.1)
            assert time.monotonic() < end
        assert server.metric('tessera_websocket_closed_total{code="1013"}') >= 1
        alive(other)
    server.wait_metric('tessera_websocket_connections', 0)


# ends

def test_half_open():
    ws = Socket(server)
    server.wait_metric('tessera_websocket_connections', 1)
    ws.sock.shutdown(socket.SHUT_WR)
    assert ws.ended()
    server.wait_metric('tessera_websocket_connections', 0)
    ws = Socket(server)
    reset(ws.sock)
    server.wait_metric('tessera_websocket_connections', 0)
    server.wait_metric('tessera_http_connections', 0)


def test_gone_while_it_is_served():
    for _ in range(30):
        ws = Socket(server)
        for i in range(10):
            ws.subscribe(str(i), "{ events(first: 5) { nodes { id } } }")
        reset(ws.sock)
    server.wait_metric('tessera_websocket_connections', 0)
    with Socket(server) as ws:
        alive(ws)


def test_gone_before_the_handshake_is_answered():
    for _ in range(50):
        sock = server.connect()
        sock.sendall(handshake())
        reset(sock)
    server.wait_metric('tessera_http_connections', 0)
    server.wait_metric('tessera_websocket_connections', 0)


def test_tls():
    with tempfile.TemporaryDirectory() as folder:
        with Server(*make_certificate(folder), "--http2", "--ws-ping-ms", "500") as tls:
            with Socket(tls, tls=True, early=frame('{"type":"connection_init"}'), init=False) as ws:
                assert ws.hear() == {"type": "connection_ack"}
                alive(ws)
                ws.subscribe("large", LARGE)
                assert len(ws.hear()["payload"]["data"]["__schema"]["types"]) > 100
                assert ws.hear()["type"] == "complete"
                ws.send(frame("x", mask=False))
                assert ws.closed()[0] == 1002
            for _ in range(20):
                reset(Socket(tls, tls=True).sock)
            tls.wait_metric('tessera_websocket_connections', 0)
            tls.wait_metric('tessera_http_connections', 0)


def test_stop():
    with Server() as own:
        sockets = [Socket(own) for _ in range(20)] + [Socket(own, init=False)]
        codes = []
        threads = [threading.Thread(target=lambda ws=ws: codes.append(ws.closed()) or ws.sock.close()) for ws in sockets]
        for thread in threads:
            thread.start()
        status, seconds = own.stop()
        for thread in threads:
            thread.join()
        assert status == 0 and seconds < 3, (status, seconds)
        assert codes == [(1012, "The server stops.")] * 21, codes


def test_stop_does_not_wait_for_the_deaf():
    with Server() as own:
        sockets = [Socket(own) for _ in range(5)]
        status, seconds = own.stop()
        assert status == 0 and seconds < 5, (status, seconds)


def test_many_idle_sockets():
    with Server("--connections-per-address", "0") as own:
        sockets = [Socket(own) for _ in range(1000)]
        own.wait_metric('tessera_websocket_connections', 1000)
        for ws in sockets[::50]:
            alive(ws)
        for ws in sockets:
            ws.sock.close()
        own.wait_metric('tessera_websocket_connections', 0)
        own.wait_metric('tessera_http_connections', 0)


def test_what_is_sent_is_counted():
    with Server() as own:
        assert own.metric('tessera_websocket_closed_total{code="1013"}') == 0
        with Socket(own) as ws, Socket(own):
            assert own.metric("tessera_websocket_connections") == 2
            assert own.metric("tessera_websocket_messages_sent_total") == 2
            alive(ws)
            ws.send(frame(b"", PING))
            ws.say(type="ping")
            assert ws.read_frame() == (PONG, b"") and ws.hear() == {"type": "pong"}
            assert own.metric("tessera_websocket_messages_sent_total") == 5
            assert own.metric("tessera_websocket_operations_total") == 1


def test_access_log():
    with Server("--log-level", "info") as own:
        with Socket(own) as ws:
            alive(ws)
            ws.send(frame(struct.pack("!H", 1000), CLOSE))
            assert ws.closed()[0] == 1000
        own.wait_metric('tessera_websocket_connections', 0)
        own.stop()
        lines = [json.loads(line) for line in own.errors.splitlines() if '"websocket"' in line]
        assert len(lines) == 1, own.errors
        text = json.dumps(lines[0])
        assert '1000' in text and TOKEN not in text, text


try:
    run(tests_of(sys.modules[__name__]))
finally:
    server.stop()
