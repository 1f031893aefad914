"""Requests that two readers might understand differently: each is refused and the connection is closed. Behind each stands
another request, the tripwire: it may never be answered."""
import sys, time
from harness import Server, parse, read_all, run, tests_of

HOST = b"Host: a.example\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
BAD = [
    # lengths
    (b"two lengths that differ", b"POST /graphql HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
    (b"two lengths that agree", b"POST /graphql HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
    (b"a list of lengths", b"POST /graphql HTTP/1.1\r\n" + HOST + b"Content-Length: 5, 5\r\n\r\nhello"),
    (b"plus", b"POST /graphql HTTP/1.1\r\n" + HOST + b"Content-Length: +5\r\n\r\nhello"),
    (b"minus", b"POST /graphql HTTP/1.1\r\n" + HOST + b"Content-Length: -5\r\n\r\nhello"),
    (b"hex", b"POST /graphql HTTP/1.1\r\n" + HOST + b"Content-Length: 0x5\r\n\r\nhello"),
    (b"no digits", b"POST /graphql HTTP/1.1\r\n" + HOST + b"Content-Length:\r\n\r\n"),
    (b"blank inside", b"POST /graphql HTTP/1.1\r\n" + HOST + b"Content-Length: 1 0\r\n\r\nhello"),
    (b"a huge length", b"POST /graphql HTTP/1.1\r\n" + HOST + b"Content-Length: 99999999999999999999999\r\n\r\n"),
    # lengths and chunks
    (b"length and chunks", b"POST /graphql HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n" + CHUNKED + b"\r\n0\r\n\r\n"),
    (b"chunks and length", b"POST /graphql HTTP/1.1\r\n" + HOST + CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n"),
    (b"chunked twice", b"POST /graphql HTTP/1.1\r\n" + HOST + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n"),
    (b"chunked, chunked", b"POST /graphql HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
    (b"gzip, chunked", b"POST /graphql HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    (b"identity", b"POST /graphql HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: identity\r\n\r\n"),
    (b"xchunked", b"POST /graphql HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    (b"quoted chunked", b"POST /graphql HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
    (b"vertical tab before chunked", b"POST /graphql HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n"),
    (b"chunks in 1.0", b"POST /graphql HTTP/1.0\r\n" + HOST + CHUNKED + b"\r\n0\r\n\r\n"),
    (b"blank before the colon", b"POST /graphql HTTP/1.1\r\n" + HOST + b"Content-Length : 5\r\n\r\nhello"),
    (b"blank before the colon of chunks", b"POST /graphql HTTP/1.1\r\n" + HOST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
    # hosts
    (b"no host", b"GET /livez HTTP/1.1\r\n\r\n"),
    (b"two hosts", b"GET /livez HTTP/1.1\r\n" + HOST + b"Host: b.example\r\n\r\n"),
    (b"the same host twice", b"GET /livez HTTP/1.1\r\n" + HOST + HOST + b"\r\n"),
    (b"empty host", b"GET /livez HTTP/1.1\r\nHost:\r\n\r\n"),
    (b"blank in the host", b"GET /livez HTTP/1.1\r\nHost: a b\r\n\r\n"),
    (b"user in the host", b"GET /livez HTTP/1.1\r\nHost: a@b\r\n\r\n"),
    (b"path in the host", b"GET /livez HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    (b"list of hosts", b"GET /livez HTTP/1.1\r\nHost: a, b\r\n\r\n"),
    (b"absolute target", b"GET http://b.example/livez HTTP/1.1\r\n" + HOST + b"\r\n"),
    # lines
    (b"line feed alone, request line", b"GET /livez HTTP/1.1\n" + HOST + b"\r\n"),
    (b"line feed alone, header", b"GET /livez HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"),
    (b"line feed alone, end", b"GET /livez HTTP/1.1\r\n" + HOST + b"\n"),
    (b"line feeds alone everywhere", b"GET /livez HTTP/1.1\nHost: a\n\n"),
    (b"carriage return in a value", b"GET /livez HTTP/1.1\r\n" + HOST + b"X: a\rb\r\n\r\n"),
    (b"folded by a blank", b"GET /livez HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n"),
    (b"folded by a tab", b"GET /livez HTTP/1.1\r\n" + HOST + b"X: a\r\n\tb\r\n\r\n"),
    (b"folded chunked", b"POST /graphql HTTP/1.1\r\n" + HOST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
    (b"first header folded", b"GET /livez HTTP/1.1\r\n X: a\r\n" + HOST + b"\r\n"),
    # names, values, request line
    (b"NUL in a value", b"GET /livez HTTP/1.1\r\n" + HOST + b"X: a\x00b\r\n\r\n"),
    (b"NUL in a name", b"GET /livez HTTP/1.1\r\n" + HOST + b"X\x00: a\r\n\r\n"),
    (b"NUL in the path", b"GET /liv\x00ez HTTP/1.1\r\n" + HOST + b"\r\n"),
    (b"delete in a value", b"GET /livez HTTP/1.1\r\n" + HOST + b"X: a\x7fb\r\n\r\n"),
    (b"blank in a name", b"GET /livez HTTP/1.1\r\n" + HOST + b"X Y: a\r\n\r\n"),
    (b"bracket in a name", b"GET /livez HTTP/1.1\r\n" + HOST + b"X(): a\r\n\r\n"),
    (b"no colon", b"GET /livez HTTP/1.1\r\n" + HOST + b"nonsense\r\n\r\n"),
    (b"no name", b"GET /livez HTTP/1.1\r\n" + HOST + b": a\r\n\r\n"),
    (b"two blanks", b"GET  /livez HTTP/1.1\r\n" + HOST + b"\r\n"),
    (b"CONNECT", b"CONNECT b.example:80 HTTP/1.1\r\n" + HOST + b"\r\n"),
    (b"star", b"GET * HTTP/1.1\r\n" + HOST + b"\r\n"),
    (b"version 1.2", b"GET /livez HTTP/1.2\r\n" + HOST + b"\r\n"),
    (b"version 2.0", b"GET /livez HTTP/2.0\r\n" + HOST + b"\r\n"),
    (b"no version", b"GET /livez\r\n\r\n"),
    # targets that name another host, or none
    (b"absolute target, https", b"GET https://b.example/livez HTTP/1.1\r\n" + HOST + b"\r\n"),
    (b"absolute target, the same host", b"GET http://a.example/livez HTTP/1.1\r\n" + HOST + b"\r\n"),
    (b"absolute target, capitals", b"GET HTTP://b.example/livez HTTP/1.1\r\n" + HOST + b"\r\n"),
    (b"absolute target without a host header", b"GET http://b.example/livez HTTP/1.1\r\n\r\n"),
    (b"absolute target, other scheme", b"GET file:///etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n"),
    (b"absolute target, POST", b"POST http://b.example/graphql HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\n\r\n{}"),
    (b"absolute target, HTTP/1.0", b"GET http://b.example/livez HTTP/1.0\r\n\r\n"),
    (b"authority target", b"GET b.example:80 HTTP/1.1\r\n" + HOST + b"\r\n"),
    (b"user and host", b"GET @b.example/livez HTTP/1.1\r\n" + HOST + b"\r\n"),
    (b"query alone", b"GET ?query=x HTTP/1.1\r\n" + HOST + b"\r\n"),
    (b"relative path", b"GET livez HTTP/1.1\r\n" + HOST + b"\r\n"),
    (b"backslash first", b"GET \\livez HTTP/1.1\r\n" + HOST + b"\r\n"),
    (b"tab for the blank", b"GET\t/livez\tHTTP/1.1\r\n" + HOST + b"\r\n"),
    (b"tab in the target", b"GET /li\tvez HTTP/1.1\r\n" + HOST + b"\r\n"),
    (b"blank in the target", b"GET /livez HTTP/1.1 HTTP/1.1\r\n" + HOST + b"\r\n"),
    (b"blank at the end", b"GET /livez HTTP/1.1 \r\n" + HOST + b"\r\n"),
    (b"no target", b"GET HTTP/1.1\r\n" + HOST + b"\r\n"),
    (b"lower-case version", b"GET /livez http/1.1\r\n" + HOST + b"\r\n"),
    (b"long version", b"GET /livez HTTP/1.10\r\n" + HOST + b"\r\n"),
    (b"version 0.9", b"GET /livez HTTP/0.9\r\n" + HOST + b"\r\n"),
    (b"method with a colon", b"GET: /livez HTTP/1.1\r\n" + HOST + b"\r\n"),
    (b"empty lines before, line feeds alone", b"\n\nGET /livez HTTP/1.1\r\n" + HOST + b"\r\n"),
    # headers injected through others
    (b"NUL in the host", b"GET /livez HTTP/1.1\r\nHost: a\x00.example\r\n\r\n"),
    (b"carriage return in the host", b"GET /livez HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"),
    (b"line feed in the host", b"GET /livez HTTP/1.1\r\nHost: a\nContent-Length: 5\r\n\r\nhello"),
    (b"second host by a line feed", b"GET /livez HTTP/1.1\r\n" + HOST + b"X: a\nHost: b.example\r\n\r\n"),
    (b"length by a carriage return", b"POST /graphql HTTP/1.1\r\n" + HOST + b"X: a\rContent-Length: 5\r\n\r\nhello"),
    (b"chunks by a line feed", b"POST /graphql HTTP/1.1\r\n" + HOST + b"X: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    (b"escape in a value", b"GET /livez HTTP/1.1\r\n" + HOST + b"X: \x1b[2J\r\n\r\n"),
    (b"form feed in a length", b"POST /graphql HTTP/1.1\r\n" + HOST + b"Content-Length: \x0c5\r\n\r\nhello"),
    (b"request id with a line feed", b"GET /livez HTTP/1.1\r\n" + HOST + b"X-Request-Id: a\nb: c\r\n\r\n"),
    (b"credentials with a NUL", b"GET /livez HTTP/1.1\r\n" + HOST + b"Authorization: Bearer a\x00b\r\n\r\n"),
    (b"tab before the colon", b"GET /livez HTTP/1.1\r\n" + HOST + b"X\t: a\r\n\r\n"),
    (b"high byte in a name", b"GET /livez HTTP/1.1\r\n" + HOST + b"X\xc3\xa9: a\r\n\r\n"),
    (b"slash in a name", b"GET /livez HTTP/1.1\r\n" + HOST + b"X/Y: a\r\n\r\n"),
    (b"fragment in the host", b"GET /livez HTTP/1.1\r\nHost: a#b\r\n\r\n"),
    (b"query in the host", b"GET /livez HTTP/1.1\r\nHost: a?b\r\n\r\n"),
    (b"backslash in the host", b"GET /livez HTTP/1.1\r\nHost: a\\b\r\n\r\n"),
    (b"high byte in the host", b"GET /livez HTTP/1.1\r\nHost: \xc3\xa9.example\r\n\r\n"),
    (b"length with a dot", b"POST /graphql HTTP/1.1\r\n" + HOST + b"Content-Length: 5.0\r\n\r\nhello"),
    (b"length with a tail", b"POST /graphql HTTP/1.1\r\n" + HOST + b"Content-Length: 5;\r\n\r\nhello"),
    (b"length in quotes", b"POST /graphql HTTP/1.1\r\n" + HOST + b"Content-Length: \"5\"\r\n\r\nhello"),
]

# Bodies in chunks, well formed and not: h2o decodes them leniently before anybody could look, so all get 411.
CHUNKS = [
    (b"well formed", b"2\r\n{}\r\n0\r\n\r\n"),
    (b"size ends in a line feed alone", b"2\n{}\r\n0\r\n\r\n"),
    (b"data ends in a line feed alone", b"2\r\n{}\n0\r\n\r\n"),
    (b"last chunk with line feeds alone", b"2\r\n{}\r\n0\n\n"),
    (b"line feeds alone everywhere", b"2\n{}\n0\n\n"),
    (b"carriage returns pile up", b"2\r\r\r\n{}\r\r\n0\r\n\r\n"),
    (b"extension", b"2;a=b\r\n{}\r\n0\r\n\r\n"),
    (b"quoted line feed in an extension", b"2;a=\"\nx\"\r\n{}\r\n0\r\n\r\n"),
    (b"line feed alone after an extension", b"2;\n{}\r\n0\r\n\r\n"),
    (b"words after the size", b"2 anything\r\n{}\r\n0\r\n\r\n"),
    (b"blank before the size", b" 2\r\n{}\r\n0\r\n\r\n"),
    (b"blank after the size", b"2 \r\n{}\r\n0\r\n\r\n"),
    (b"negative size", b"-2\r\n{}\r\n0\r\n\r\n"),
    (b"plus", b"+2\r\n{}\r\n0\r\n\r\n"),
    (b"prefix 0x", b"0x2\r\n{}\r\n0\r\n\r\n"),
    (b"no size", b"\r\n{}\r\n0\r\n\r\n"),
    (b"sixteen digits", b"ffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
    (b"seventeen digits", b"10000000000000002\r\n{}\r\n0\r\n\r\n"),
    (b"zeros before", b"00000000000000000000002\r\n{}\r\n0\r\n\r\n"),
    (b"more data than the size", b"2\r\n{}xx\r\n0\r\n\r\n"),
    (b"less data than the size", b"5\r\n{}\r\n0\r\n\r\n"),
    (b"nothing after the data", b"2\r\n{}0\r\n\r\n"),
    (b"trailer", b"0\r\nX: a\r\n\r\n"),
    (b"trailer that is a length", b"0\r\nContent-Length: 5\r\n\r\n"),
    (b"trailer that is a request", b"0\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"),
    (b"trailer with line feeds alone", b"0\nX: a\n\n"),
    (b"many zeros", b"000\r\n\r\n"),
    (b"request behind a line feed", b"0\r\n\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"),
]
SECOND = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"

server = Server("--http-timeout-ms", "1500")


def refused(data, statuses):
    """None if the request is refused, whole and alone; else what came. h2o closes without an answer what it cannot parse."""
    answer = server.raw(data + SECOND)
    count = answer.count(b"HTTP/1.1 ")
    good = count == 0 and answer == b"" or count == 1 and any(answer.startswith(b"HTTP/1.1 " + status) for status in statuses)
    return None if good and not answer.endswith(b"<timeout>") else answer[:200]


def test_each_ambiguous_request_is_refused_and_the_connection_closed():
    wrong = [(name, answer) for name, data in BAD if (answer := refused(data, (b"400", b"411")))]
    assert not wrong, wrong


def test_no_chunk_is_accepted_however_it_is_framed():
    head = b"POST /graphql HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n" + CHUNKED + b"\r\n"
    wrong = [(name, answer) for name, body in CHUNKS if (answer := refused(head + body, (b"411", b"400")))]
    assert not wrong, wrong
    answer = server.raw(head + CHUNKS[0][1])
    assert answer.startswith(b"HTTP/1.1 411 ") and b"Content-Length" in answer, answer


def test_a_chunk_that_comes_in_pieces_is_refused_too():
    head = b"POST /graphql HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n"
    for pieces in ((head, b"2\n", b"{}\r\n", b"0\n\n" + SECOND), (head + b"2", b"\r\n{", b"}\r\n0\r\n\r\n" + SECOND)):
        with server.connect() as sock:
            for piece in pieces:
                sock.sendall(piece)
                time.sleep(0.05)
            answer = read_all(sock)
            assert answer.count(b"HTTP/1.1 ") == 1 and answer.startswith(b"HTTP/1.1 411 "), answer


def test_there_are_a_hundred_of_them():
    assert len(BAD) + len(CHUNKS) >= 120, len(BAD) + len(CHUNKS)


def test_ordinary_requests_still_pass_beside_them():
    good = [
        b"GET /livez HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n",
        b"\r\nGET /livez HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n",
        b"GET /livez HTTP/1.0\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n",
        b"GET /livez HTTP/1.1\r\n" + HOST + b"X-High: \xc3\xa9\r\nX-Empty:\r\nConnection: close\r\n\r\n",
    ]
    for data in good:
        assert parse(server.raw(data))[0] == 200, data


def test_pipelined_requests_are_answered_in_order():
    data = b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\n" + b"GET /no HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    answer = server.raw(data)
    assert answer.count(b"HTTP/1.1 ") == 2
    assert answer.index(b" 200 OK") < answer.index(b" 404 Not Found")


def test_the_second_of_two_is_refused_alone():
    data = b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\n" + b"GET /livez HTTP/1.1\r\n" + HOST + HOST + b"\r\n" + SECOND
    answer = server.raw(data)
    assert answer.count(b" 200 OK") == 1 and answer.count(b" 400 ") == 1 and b"404" not in answer


def test_the_server_ends_clean():
    assert server.stop()[0] == 0


run(tests_of(sys.modules[__name__]))
