"""How soon a server that was killed sells again: 100,000 orders made through GraphQL by the program itself, kill -9, start."""
import json, os, re, selectors, signal, socket, subprocess, sys, time, urllib.request
from measure import BUILD, LOAD_CORES, SERVER_CORE, TOKEN, graphql, make_event, row

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from ports import free_port

ORDERS, CONNECTIONS, READY_S_MAX = int(os.environ.get("TESSERA_BENCH_ORDERS", 100000)), 64, 1.0
HOLD = "mutation($i: HoldTicketsInput!) { holdTickets(input: $i) { hold { token } } }"
ORDER = "mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { code secret status } } }"


def start(folder, port, *flags, pinned=False, admin=0):
    return subprocess.Popen([*(SERVER_CORE if pinned else []), BUILD + "/tessera", "serve", "--data", folder + "/data", "--owner-token", TOKEN, "--log-level", "error",
                             "--listen", f"127.0.0.1:{port}", "--admin", f"127.0.0.1:{admin}", *flags], stderr=subprocess.DEVNULL)


def wait_ready(port):
    start_s = time.monotonic()
    while time.monotonic() - start_s < 30:
        try:
            if urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).status == 200:
                return
        except OSError:
            time.sleep(0.002)
    raise AssertionError("not ready after 30 s")


def post(query, value):
    body = json.dumps({"query": query, "variables": {"i": value}}).encode()
    return b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def place_orders(port, event, kind, count):
    """Many connections, each a hold and then its order, from one thread. Return: code and secret of an order."""
    hold, waiting, last = post(HOLD, {"eventId": event, "lines": [{"ticketTypeId": kind, "quantity": 1}]}), selectors.DefaultSelector(), None
    started = done = 0
    for _ in range(CONNECTIONS):
        sock = socket.create_connection(("127.0.0.1", port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waiting.register(sock, selectors.EVENT_READ)
        sock.sendall(hold)
        started += 1
    while done < count:
        for key, _ in waiting.select():
            answer = key.fileobj.recv(65536)
            if b'"token":"' in answer:
                token = answer.split(b'"token":"')[1].split(b'"')[0].decode()
                key.fileobj.sendall(post(ORDER, {"holdToken": token, "email": "buyer@example.org"}))
                continue
            last = re.search(rb'"code":"([^"]+)","secret":"([^"]+)","status":"PAID"', answer)
            assert last, answer
            done += 1
            if started < count:
                key.fileobj.sendall(hold)
                started += 1
    return last[1].decode(), last[2].decode()


def bench_restart(folder):
    port = free_port()
    url, server = f"http://127.0.0.1:{port}/graphql", start(folder, port)
    try:
        wait_ready(port)
        event, kind, _ = make_event(url, price="0.00")
        made = time.monotonic()
        code, secret = place_orders(port, event, kind, ORDERS)
        made = time.monotonic() - made
        server.send_signal(signal.SIGKILL)
        server.wait()
        size_mb = sum(os.path.getsize(os.path.join(folder, "data", name)) for name in os.listdir(folder + "/data")) / 1e6
        begin = time.monotonic()
        server = start(folder, port)
        wait_ready(port)
        ready_s = time.monotonic() - begin
        found = graphql(url, "query($c: String!, $s: String!) { order(code: $c, secret: $s) { status } }", c=code, s=secret)[0]
        order_s = time.monotonic() - begin
        assert found["order"]["status"] == "PAID", found
        row(f"{ORDERS:,} orders made", f"{made:.0f} s", f"{ORDERS / made:,.0f}/s", f"{size_mb:.0f} MB")
        row("kill -9 and start, until /readyz is 200", f"{ready_s * 1e3:.0f} ms", "", "", f"limit {READY_S_MAX * 1e3:.0f} ms")
        row("until the last order is answered", f"{order_s * 1e3:.0f} ms")
    finally:
        server.kill()
        server.wait()
