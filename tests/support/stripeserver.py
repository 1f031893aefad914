"""A Stripe of a test's own on 127.0.0.1, as far as docs.stripe.com/api describes what we ask of it, and with its state: Checkout
Sessions, PaymentIntents, Refunds, idempotency keys that refuse other parameters, signed events. (PyPI's localstripe has no Checkout
Sessions, and stripe-mock has no state.)

    stripe = StripeServer(); stripe.flags       # of a server that has it
    stripe.listener = "http://127.0.0.1:PORT"   # who hears its events, and
    stripe.now = shop.now_ms                    # by which clock
    stripe.pay(session_id)                      # as the buyer on its page
    stripe.faults += ["lost"]                   # what becomes of the next requests: "lost" (done, and no answer), "away", 500, 409"""
import hashlib, hmac, http.client, http.server, json, socket, threading, time, urllib.parse

KEY, SECRET = "sk_test_hush-hush-hush", "whsec_hush-hush-hush"
HALF_HOUR_S, DAY_S = 1800, 86400


class Problem(Exception):
    def __init__(self, status, code, param=None):
        super().__init__(code)
        self.status, self.body = status, {"error": {"type": "invalid_request_error", "code": code, "param": param, "message": code}}


def sign(body, secret=SECRET, at_s=None):
    """The header's value."""
    at_s = int(time.time()) if at_s is None else at_s
    return f"t={at_s},v1=" + hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()


def fields(form):
    """{"a[b][0]": "c"} as Stripe reads it."""
    read = {}
    for name, value in form:
        at, *inner = name.replace("]", "").split("[")
        keys, place = [at, *inner], read
        for key in keys[:-1]:
            place = place.setdefault(key, {})
        if keys[-1] in place:
            raise Problem(400, "parameter_invalid_string", name)
        place[keys[-1]] = value
    return read


class StripeServer:
    def __init__(self):
        self.lock = threading.RLock()
        self.sessions, self.intents, self.refunds, self.keys, self.faults, self.requests = {}, {}, {}, {}, [], []
        self.listener, self.now, self.refund_status, self.events, self.on_request = None, lambda: int(time.time() * 1000), "succeeded", 0, None
        self.refuses = None
        handler = type("Handler", (http.server.BaseHTTPRequestHandler,), {"do_GET": answer, "do_POST": answer, "log_message": lambda *_: None, "of": self, "protocol_version": "HTTP/1.1"})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.flags = ["--stripe-key", KEY, "--stripe-webhook-secrets", SECRET, "--stripe-url", self.url, "--outbound-allow", "stripe=127.0.0.1/32"]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()

    def now_s(self):
        return self.now() // 1000

    # ---- what is asked

    def open_session(self, form):
        item, due = form["line_items"]["0"], int(form["expires_at"])
        if self.refuses:
            raise Problem(400, self.refuses)
        if form["mode"] != "payment" or not form["success_url"].startswith("http") or not form["cancel_url"].startswith("http"):
            raise Problem(400, "parameter_invalid_string", "mode")
        if not HALF_HOUR_S <= due - self.now_s() <= DAY_S:
            raise Problem(400, "parameter_invalid_integer", "expires_at")
        data = item["price_data"]
        name = f"cs_test_{len(self.sessions) + 1}"
        self.sessions[name] = {"id": name, "object": "checkout.session", "status": "open", "payment_status": "unpaid", "mode": "payment", "url": f"{self.url}/c/pay/{name}#fid=x",
                               "amount_total": int(data["unit_amount"]) * int(item["quantity"]), "currency": data["currency"], "client_reference_id": form.get("client_reference_id"),
                               "payment_intent": None, "expires_at": due, "success_url": form["success_url"], "cancel_url": form["cancel_url"], "livemode": False,
                               "metadata": form.get("metadata", {}), "of_intent": form["payment_intent_data"]["metadata"], "product": data["product_data"]["name"]}
        return self.sessions[name]

    def session(self, name, expand):
        if name not in self.sessions:
            raise Problem(404, "resource_missing", "id")
        session = self.sessions[name]
        if session["status"] == "open" and session["expires_at"] <= self.now_s():
            session.update(status="expired", url=None)
        return {**session, "payment_intent": self.intents.get(session["payment_intent"])} if expand else session

    def refund(self, form):
        intent = self.intents.get(form["payment_intent"])
        if not intent or intent["status"] != "succeeded":
            raise Problem(400, "resource_missing", "payment_intent")
        amount = int(form["amount"])
        if amount <= 0 or amount > intent["amount"] - self.refunded(intent["id"]):
            raise Problem(400, "charge_already_refunded", "amount")
        name = f"re_{len(self.refunds) + 1}"
        self.refunds[name] = {"id": name, "object": "refund", "amount": amount, "currency": intent["currency"], "payment_intent": intent["id"],
                              "status": self.refund_status, "metadata": form.get("metadata", {})}
        return self.refunds[name]

    def route(self, method, path, query, form):
        parts = path.split("/")[2:]
        if method == "POST" and parts == ["checkout", "sessions"]:
            return self.open_session(form)
        if method == "GET" and parts[:2] == ["checkout", "sessions"] and len(parts) == 3:
            return self.session(parts[2], "payment_intent" in query.get("expand[]", []))
        if method == "POST" and parts == ["refunds"]:
            return self.refund(form)
        if method == "GET" and parts == ["refunds"]:
            rows = [row for row in self.refunds.values() if row["payment_intent"] == query["payment_intent"][0]][::-1]
            return {"object": "list", "data": rows[: int(query["limit"][0])], "has_more": False}
        if method == "GET" and parts[0] == "refunds" and parts[1] in self.refunds:
            return self.refunds[parts[1]]
        if method == "GET" and parts[0] == "charges" and parts[1].removeprefix("ch_") in self.intents:
            return self.charge(parts[1].removeprefix("ch_"))
        raise Problem(404, "resource_missing")

    def keyed(self, method, path, query, text, key):
        """Once for each idempotency key; its answer is given again, and other parameters are refused."""
        if method == "POST" and not key:
            raise AssertionError("a POST without an idempotency key")
        if key in self.keys and self.keys[key][0] != (path, text):
            raise Problem(400, "idempotency_error")
        if key in self.keys:
            return self.keys[key][1]
        body = json.loads(json.dumps(self.route(method, path, query, fields(urllib.parse.parse_qsl(text, strict_parsing=bool(text))))))
        if key:
            self.keys[key] = ((path, text), body)
        return body

    # ---- what happens there

    def intent(self, session, status):
        name = session["payment_intent"] or f"pi_{len(self.intents) + 1}"
        session["payment_intent"] = name
        self.intents[name] = {"id": name, "object": "payment_intent", "status": status, "amount": session["amount_total"], "currency": session["currency"], "metadata": session["of_intent"]}

    def pay(self, name, told=True, **more):
        """By card. `more` is what is otherwise than it was asked for."""
        with self.lock:
            session = self.session(name, False)
            assert session["status"] == "open", session
            session.update(status="complete", payment_status="paid", url=None, **more)
            self.intent(session, "succeeded")
        return told and self.tell("checkout.session.completed", session)

    def debit(self, name):
        """By a debit that takes days."""
        session = self.session(name, False)
        session.update(status="complete", url=None)
        self.intent(session, "processing")
        return self.tell("checkout.session.completed", session)

    def debit_ends(self, name, came, told=True):
        session = self.session(name, False)
        session.update(payment_status="paid" if came else "unpaid")
        self.intent(session, "succeeded" if came else "requires_payment_method")
        return told and self.tell("checkout.session.async_payment_" + ("succeeded" if came else "failed"), session)

    def refund_ends(self, name, status, told=True):
        self.refunds[name]["status"] = status
        return told and self.tell("refund.updated", self.refunds[name])

    def refund_by_hand(self, intent, amount, told=True):
        """In its dashboard."""
        self.refund({"payment_intent": intent, "amount": str(amount)})
        return told and self.tell("charge.refunded", self.charge(intent))

    def charge(self, intent):
        return {"id": "ch_" + intent, "object": "charge", "amount": self.intents[intent]["amount"], "amount_refunded": self.refunded(intent), "payment_intent": intent, "metadata": self.intents[intent]["metadata"]}

    def refunded(self, intent):
        return sum(row["amount"] for row in self.refunds.values() if row["payment_intent"] == intent and row["status"] not in ("failed", "canceled"))

    def kept(self):
        """What it has of ours in the end, by its own books."""
        return sum(intent["amount"] - self.refunded(name) for name, intent in self.intents.items() if intent["status"] == "succeeded")

    # ---- what it tells

    def event(self, kind, object):
        with self.lock:
            self.events += 1
            return json.dumps({"id": f"evt_{self.events}", "object": "event", "api_version": "2024-06-20", "type": kind, "livemode": False, "data": {"object": object}}).encode()

    def tell(self, kind, object):
        body = self.event(kind, object)
        return self.send(body, sign(body, at_s=self.now_s()))

    def send(self, body, signature, connection=None):
        """The status of the answer."""
        to = connection or http.client.HTTPConnection(urllib.parse.urlsplit(self.listener).netloc, timeout=20)
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if signature is not None:
            headers["Stripe-Signature"] = signature
        to.request("POST", "/webhooks/stripe", body, headers)
        response = to.getresponse()
        response.read()
        if not connection:
            to.close()
        return response.status


def answer(handler):
    """One request."""
    self, at = handler.of, urllib.parse.urlsplit(handler.path)
    text = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
    status, key = 200, handler.headers.get("Idempotency-Key")
    with self.lock:
        self.requests.append((handler.command, at.path, key))
        fault = self.faults.pop(0) if self.faults else None
        try:
            if handler.headers.get("Authorization") != "Bearer " + KEY:
                raise Problem(401, "api_key_invalid")
            if fault in (500, 409, 429):
                raise Problem(fault, "fault")
            body = None if fault == "away" else self.keyed(handler.command, at.path, urllib.parse.parse_qs(at.query), text, key)
        except Problem as problem:
            status, body = problem.status, problem.body
    if self.on_request:
        self.on_request(handler.command, at.path)
    if fault in ("away", "lost"):
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)
        return
    data = json.dumps(body).encode()
    try:
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)
    except OSError:
        pass  # who asked was killed meanwhile
