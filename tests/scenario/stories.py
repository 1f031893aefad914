#!/usr/bin/env python3
"""Whole stories on the whole program, each on a fresh server: stories.py BINARY [NAME…]

What a promoter, a buyer and the staff at the door go through, over GraphQL and HTTP alone. Ends with `N passed, N failed`."""
import datetime, os, struct, subprocess, sys, tempfile, traceback, xml.dom.minidom

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shop import DAY_MS, HOUR_MS, MINUTE_MS, Shop
from client import in_days


def a_sale_goes_from_event_to_door(shop):
    event, kind, _ = shop.evening()
    door = shop.door(event)
    order = shop.sell(event, kind, 2)
    codes = [position["ticket"]["qr"] for position in order["positions"]]
    assert len(set(codes)) == 2 and all(len(code) <= 160 for code in codes)
    assert shop.scan(door, codes[0], "n1") == "OK"
    assert shop.scan(door, codes[0], "n2") == "ALREADY_REDEEMED"
    assert shop.scan(door, codes[0], "n1") == "OK", "the same nonce answers the same"
    assert shop.scan(door, codes[1], "n3") == "OK"
    seen = shop.owner.call("query($id: ID!) { checkInList(id: $id) { expected inside checkIns { totalCount nodes { result ticket { id } } } } }", {"id": door})["checkInList"]
    assert (seen["expected"], seen["inside"], seen["checkIns"]["totalCount"]) == (2, 2, 3)


def a_hold_expires_and_its_place_comes_back(shop):
    event, kind, _ = shop.evening(size=1)
    hold = shop.hold(event, kind)
    shop.refused("RESERVED_BY_OTHERS", shop.hold, event, kind)
    shop.advance(15 * MINUTE_MS + 1000)
    assert shop.counts(event)["held"] == 0
    shop.refused("HOLD_EXPIRED", shop.order, hold)
    shop.hold(event, kind)


def a_hold_is_extended_to_an_hour_at_most(shop):
    event, kind, _ = shop.evening(size=1)
    token = shop.hold(event, kind)["token"]
    renew = lambda: shop.buyer.mutate("renewHold", "RenewHoldInput", "hold { token expiresAt extendableUntil open } changes { kind }", {"token": token})
    instant = lambda text: datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    first = renew()["hold"]
    assert first["token"] == token and instant(first["extendableUntil"]) - instant(first["expiresAt"]) == datetime.timedelta(minutes=45), first
    said = []
    for _ in range(5):
        shop.advance(9 * MINUTE_MS)
        said.append(renew())
        assert said[-1]["changes"] == [] and renew() == said[-1], "said again it is the same"
        shop.refused("RESERVED_BY_OTHERS", shop.hold, event, kind)
    assert all(said[i]["hold"]["expiresAt"] < said[i + 1]["hold"]["expiresAt"] for i in range(4)), said
    assert said[-1]["hold"] == {"token": token, "expiresAt": first["extendableUntil"], "extendableUntil": None, "open": True}, said[-1]
    shop.advance(16 * MINUTE_MS)
    assert renew()["hold"]["token"] != token, "it ended, and is had anew"


def an_event_that_is_cancelled_ends_holds_that_were_extended(shop):
    event, kind, _ = shop.evening(size=2)
    kept, left = shop.hold(event, kind), shop.hold(event, kind)
    renew = lambda hold: shop.buyer.mutate("renewHold", "RenewHoldInput", "hold { expiresAt extendableUntil }", {"token": hold["token"]})["hold"]
    shop.advance(10 * MINUTE_MS)
    assert renew(kept)["expiresAt"] > kept["expiresAt"] and renew(left)["extendableUntil"]
    shop.order(kept)
    shop.refused("CONFLICT", renew, kept)
    shop.owner.mutate("updateEvent", "UpdateEventInput", "event { status }", {"eventId": event, "status": "CANCELLED"})
    shop.advance(2 * MINUTE_MS)
    shop.refused("NOT_ON_SALE", renew, left)
    seen = shop.buyer.call("query($token: String!) { hold(token: $token) { open extendableUntil } }", {"token": left["token"]})["hold"]
    assert seen == {"open": False, "extendableUntil": None}, seen


def a_hold_that_ended_is_renewed_at_todays_price(shop):
    event, kind, _ = shop.evening(size=3)
    hold = shop.hold(event, kind, 3)
    renew = lambda token: shop.buyer.mutate("renewHold", "RenewHoldInput", """hold { token total { amount } positions { id } }
        changes { kind was { price { amount } } now { id price { amount } } }""", {"token": token})
    assert renew(hold["token"])["hold"]["token"] == hold["token"], "it lives"
    shop.advance(16 * MINUTE_MS)
    shop.owner.mutate("updateTicketType", "UpdateTicketTypeInput", "ticketType { id }", {"ticketTypeId": kind, "price": "30.00"})
    shop.sell(event, kind)
    renewed = renew(hold["token"])
    assert renewed["hold"]["total"]["amount"] == "60.00" and len(renewed["hold"]["positions"]) == 2, renewed
    assert [change["kind"] for change in renewed["changes"]] == ["PRICE_CHANGED", "PRICE_CHANGED", "LOST"], renewed
    assert renewed["changes"][0]["was"]["price"]["amount"] == "25.00" and renewed["changes"][0]["now"]["price"]["amount"] == "30.00"
    assert renewed["changes"][2]["now"] is None
    assert renew(hold["token"]) == renewed, "said again it is the same"
    shop.refused("HOLD_EXPIRED", shop.order, hold)
    order = shop.order(renewed["hold"])
    assert order["total"]["amount"] == "60.00" and shop.pay(order)["order"]["status"] == "PAID"
    shop.refused("CONFLICT", renew, hold["token"])
    assert shop.counts(event) == {"size": 3, "sold": 3, "held": 0, "remaining": 0}


def staff_keep_places_and_give_them_away(shop):
    event, kind, quota = shop.evening(size=30)
    door = shop.door(event)
    pool = shop.pool(quota, 20, purpose="Seats for the papers.")
    assert (pool["count"], pool["given"], pool["remaining"]) == (20, 0, 20), pool
    hold = lambda operation, input, **value: shop.owner.mutate(operation, input, "organizerHold { name count given remaining }", value)["organizerHold"]
    seen = lambda: shop.owner.call("query($id: ID!) { event(id: $id) { quotas { size sold held organizerHeld remaining organizerHolds { id name count given remaining } } } }", {"id": event})["event"]["quotas"][0]
    assert (seen()["organizerHeld"], seen()["remaining"]) == (20, 10) and seen()["organizerHolds"][0]["id"] == pool["id"]
    shop.sell(event, kind, 10)
    shop.refused("SOLD_OUT", shop.hold, event, kind)
    assert shop.buyer.call("query($id: ID!) { event(id: $id) { ticketTypes { availability } } }", {"id": event})["event"]["ticketTypes"][0]["availability"] == "SOLD_OUT"
    gift = shop.give(event, kind, 6, organizerHoldId=pool["id"], attendees=[{"name": f"Guest {n}"} for n in range(6)])
    assert (gift["status"], gift["complimentary"], gift["total"]["amount"]) == ("PAID", True, "0.00") and len(gift["positions"]) == 6, gift
    assert all(position["ticket"]["valid"] for position in gift["positions"])
    assert shop.owner.call("query($id: ID!) { checkInList(id: $id) { expected } }", {"id": door})["checkInList"]["expected"] == 16
    assert {key: seen()[key] for key in ("sold", "held", "organizerHeld", "remaining")} == {"sold": 16, "held": 0, "organizerHeld": 14, "remaining": 0}
    shop.refused("SOLD_OUT", shop.give, event, kind, 15, organizerHoldId=pool["id"])
    shop.refused("SOLD_OUT", shop.give, event, kind)
    shop.refused("NOT_REFUNDABLE", shop.owner.mutate, "refundOrder", "RefundOrderInput", "refund { id }", {"orderId": gift["id"]})
    shop.owner.mutate("cancelOrder", "CancelOrderInput", "order { status }", {"orderId": gift["id"]})
    assert (seen()["sold"], seen()["organizerHeld"], seen()["remaining"]) == (10, 20, 0), "it is the organizer hold's again"
    shop.refused("SOLD_OUT", shop.hold, event, kind)
    shop.give(event, kind, 2, organizerHoldId=pool["id"])
    assert hold("updateOrganizerHold", "UpdateOrganizerHoldInput", organizerHoldId=pool["id"], count=5, name="Guests") == {"name": "Guests", "count": 5, "given": 2, "remaining": 3}
    shop.refused("CONFLICT", hold, "updateOrganizerHold", "UpdateOrganizerHoldInput", organizerHoldId=pool["id"], count=1)
    assert hold("releaseOrganizerHold", "ReleaseOrganizerHoldInput", organizerHoldId=pool["id"])["remaining"] == 0
    shop.sell(event, kind, 10), shop.sell(event, kind, 8)
    assert seen()["sold"] == 30 and seen()["remaining"] == 0
    entries = shop.owner.call('query($id: ID) { organizer(slug: "fabrik") { audit(objectId: $id, first: 50) { nodes { actor operation } } } }', {"id": pool["id"]})["organizer"]["audit"]["nodes"]
    assert [entry["operation"] for entry in entries][::-1] == ["createOrganizerHold", "giveComps", "giveComps", "updateOrganizerHold", "releaseOrganizerHold"], entries


def a_cancelled_date_gives_nothing_away(shop):
    event, kind, quota = shop.evening(size=3)
    pool = shop.pool(quota, 2)
    gift = shop.give(event, kind, 1, organizerHoldId=pool["id"])
    date = shop.owner.call("query($id: ID!) { event(id: $id) { dates { nodes { id } } } }", {"id": event})["event"]["dates"]["nodes"][0]["id"]
    shop.owner.mutate("cancelEventDate", "CancelEventDateInput", "eventDate { status }", {"dateId": date})
    shop.advance(2 * MINUTE_MS)
    shop.refused("NOT_ON_SALE", shop.give, event, kind, 1, organizerHoldId=pool["id"])
    shop.refused("NOT_ON_SALE", shop.give, event, kind)
    seen = shop.owner.call("query($id: ID!) { node(id: $id) { ... on OrganizerHold { given remaining } } }", {"id": pool["id"]})["node"]
    assert seen == {"given": 1, "remaining": 1} and gift["status"] == "PAID"


def sold_out_is_not_reserved(shop):
    event, kind, _ = shop.evening(size=2)
    availability = lambda: shop.buyer.call("query($id: ID!) { event(id: $id) { ticketTypes { availability remaining } dates { nodes { offers { availability } } } } }", {"id": event})["event"]
    assert availability()["ticketTypes"][0] == {"availability": "AVAILABLE", "remaining": 2}
    shop.hold(event, kind, 2)
    assert availability()["ticketTypes"][0]["availability"] == "RESERVED"
    shop.advance(16 * MINUTE_MS)
    shop.sell(event, kind, 2)
    assert availability()["ticketTypes"][0] == {"availability": "SOLD_OUT", "remaining": 0}
    assert availability()["dates"]["nodes"][0]["offers"][0]["availability"] == "SOLD_OUT"
    shop.refused("SOLD_OUT", shop.hold, event, kind)


def an_order_expires_with_its_hold(shop):
    event, kind, _ = shop.evening(size=1)
    order = shop.order(shop.hold(event, kind))
    assert order["status"] == "PENDING"
    shop.advance(HOUR_MS + MINUTE_MS)
    assert shop.read(order)["status"] == "EXPIRED"
    assert shop.counts(event) == {"size": 1, "sold": 0, "held": 0, "remaining": 1}


def a_late_payment_takes_a_new_place(shop):
    event, kind, _ = shop.evening(size=1)
    order = shop.order(shop.hold(event, kind))
    assert shop.pay(order, "late")["payment"]["status"] == "PENDING"
    shop.advance(2 * HOUR_MS)
    seen = shop.read(order)
    assert seen["status"] == "PAID" and seen["balance"]["amount"] == "0.00", seen
    assert seen["positions"][0]["ticket"]["qr"]
    assert shop.counts(event)["sold"] == 1


def a_late_payment_is_refunded_only_when_no_place_is_left(shop):
    event, kind, _ = shop.evening(size=1)
    order = shop.order(shop.hold(event, kind))
    shop.pay(order, "late")
    expires = order["expiresAt"]
    shop.advance(15 * MINUTE_MS + 500)
    if shop.read(order)["status"] == "EXPIRED":
        shop.sell(event, kind)
    shop.advance(10000)
    seen = shop.read(order)
    assert seen["status"] == "EXPIRED", (seen, expires)
    assert [refund["amount"]["amount"] for refund in seen["refunds"]] == ["25.00"]
    assert seen["refunds"][0]["status"] == "DONE" and seen["payments"][0]["status"] == "REFUNDED"
    assert shop.counts(event)["sold"] == 1


def a_cancelled_event_takes_no_money_also_when_archived(shop):
    event, kind, _ = shop.evening()
    orders = [shop.order(shop.hold(event, kind)) for _ in range(2)]
    payments = [shop.pay(order, None, "manual")["payment"]["id"] for order in orders]
    status = lambda status: shop.owner.mutate("updateEvent", "UpdateEventInput", "event { status }", {"eventId": event, "status": status})
    confirm = lambda payment: shop.owner.mutate("confirmPayment", "ConfirmPaymentInput", "order { status }", {"paymentId": payment})["order"]["status"]
    status("CANCELLED")
    assert confirm(payments[0]) == "PENDING"
    status("ARCHIVED")
    assert confirm(payments[1]) == "PENDING"
    shop.refused("NOT_ON_SALE", shop.pay, orders[1])
    assert confirm(payments[0]) == "PENDING", "said again it is the same"
    for order in orders:
        seen = shop.read(order)
        assert [refund["status"] for refund in seen["refunds"]] == ["CREATED"] and seen["balance"]["amount"] == "25.00", seen
    shop.advance(8 * DAY_MS)
    assert [shop.read(order)["status"] for order in orders] == ["EXPIRED", "EXPIRED"] and shop.counts(event)["sold"] == 0


def a_free_order_is_born_paid(shop):
    event, kind, _ = shop.evening(price="0.00")
    order = shop.order(shop.hold(event, kind))
    assert order["status"] == "PAID" and order["total"]["amount"] == "0.00"
    assert shop.read(order)["positions"][0]["ticket"]["qr"]
    shop.refused("ALREADY_PAID", shop.pay, order)


def a_transfer_is_confirmed_by_staff_and_must_match(shop):
    event, kind, _ = shop.evening()
    order = shop.order(shop.hold(event, kind))
    payment = shop.pay(order, None, "manual")["payment"]
    assert payment["status"] == "PENDING"
    shop.advance(3 * DAY_MS)
    assert shop.read(order)["status"] == "PENDING", "a transfer has seven days"
    confirm = lambda **more: shop.owner.mutate("confirmPayment", "ConfirmPaymentInput", "order { status }", {"paymentId": payment["id"], **more})
    shop.refused("AMOUNT_MISMATCH", confirm, amount="24.99")
    shop.refused("INVALID_INPUT", confirm, amount="25.001")
    assert confirm(amount="25.00")["order"]["status"] == "PAID"
    assert confirm()["order"]["status"] == "PAID", "said twice, done once"
    assert shop.read(order)["balance"]["amount"] == "0.00"


def a_declined_card_may_be_tried_again(shop):
    event, kind, _ = shop.evening()
    order = shop.order(shop.hold(event, kind))
    shop.refused("PAYMENT_DECLINED", shop.pay, order, "decline")
    assert shop.read(order)["status"] == "PENDING"
    assert shop.pay(order)["order"]["status"] == "PAID"
    shop.refused("ALREADY_PAID", shop.pay, order)


def a_refund_never_exceeds_what_came_in(shop):
    event, kind, _ = shop.evening()
    order = shop.sell(event, kind, 2)
    refund = lambda **more: shop.owner.mutate("refundOrder", "RefundOrderInput", "refund { amount { amount } status } order { status balance { amount } }", {"orderId": order["id"], **more})
    shop.refused("NOT_REFUNDABLE", refund, amount="50.01")
    shop.refused("INVALID_INPUT", refund, positionIds=[])
    assert refund(amount="10.00")["refund"]["amount"]["amount"] == "10.00"
    rest = refund()
    assert rest["refund"]["amount"]["amount"] == "40.00" and rest["order"]["status"] == "PAID", rest
    shop.refused("NOT_REFUNDABLE", refund)
    assert [payment["status"] for payment in shop.read(order)["payments"]] == ["REFUNDED"]


def a_cancelled_order_frees_its_places(shop):
    event, kind, _ = shop.evening(size=1)
    pending = shop.order(shop.hold(event, kind))
    cancel = lambda client, **more: client.mutate("cancelOrder", "CancelOrderInput", "order { status }", more)["order"]["status"]
    assert cancel(shop.buyer, orderId=pending["id"], secret=pending["secret"]) == "CANCELLED"
    order = shop.sell(event, kind)
    shop.refused("CONFLICT", cancel, shop.buyer, orderId=order["id"], secret=order["secret"])
    assert cancel(shop.owner, orderId=order["id"]) == "CANCELLED"
    assert shop.scan(shop.door(event), order["positions"][0]["ticket"]["qr"], "n") == "CANCELLED"
    shop.sell(event, kind)


def a_retry_with_its_key_has_one_effect(shop):
    event, kind, _ = shop.evening()
    key = "0123456789abcdefghijklmn"
    first, again = shop.hold(event, kind, 2, idempotencyKey=key), shop.hold(event, kind, 2, idempotencyKey=key)
    assert first["id"] == again["id"] and shop.counts(event)["held"] == 2
    shop.refused("IDEMPOTENCY_KEY_REUSED", shop.hold, event, kind, 3, idempotencyKey=key)
    order, twin = shop.order(first), shop.order(first)
    assert order["id"] == twin["id"] and order["code"] == twin["code"]
    payments = [shop.pay(order, idempotencyKey="pay-" + key)["payment"]["id"] for _ in range(2)]
    assert payments[0] == payments[1] and len(shop.read(order)["payments"]) == 1
    shop.advance(23 * HOUR_MS)
    shop.refused("IDEMPOTENCY_KEY_REUSED", shop.hold, event, kind, 3, idempotencyKey=key)


def a_draft_is_staffs_alone(shop):
    event = shop.event(shop.organizer(), publish=False)
    query, by_slug = "query($id: ID!) { event(id: $id) { id } node(id: $id) { id } }", '{ event(organizer: "fabrik", slug: "opening") { id } events { totalCount } }'
    assert shop.buyer.call(query, {"id": event}) == {"event": None, "node": None}
    assert shop.buyer.call(by_slug) == {"event": None, "events": {"totalCount": 0}}
    assert shop.owner.call(query, {"id": event})["event"]["id"] == event
    shop.publish(event)
    assert shop.buyer.call(by_slug) == {"event": {"id": event}, "events": {"totalCount": 1}}


def a_series_sells_each_date_on_its_own(shop):
    event = shop.event(shop.organizer())
    first = shop.owner.call("query($id: ID!) { event(id: $id) { dates { nodes { id } } } }", {"id": event})["event"]["dates"]["nodes"][0]["id"]
    second = shop.owner.mutate("createEventDate", "CreateEventDateInput", "eventDate { id }", {"eventId": event, "startsAt": "2099-06-02T18:00:00Z"})["eventDate"]["id"]
    kind = shop.type(event)
    shop.quota(event, 1, [kind], dateId=first), shop.quota(event, 1, [kind], dateId=second)
    line = lambda date: {"eventId": event, "lines": [{"ticketTypeId": kind, "quantity": 1, **({"dateId": date} if date else {})}]}
    take = lambda date: shop.buyer.mutate("holdTickets", "HoldTicketsInput", "hold { positions { date { id } } }", line(date))["hold"]["positions"][0]["date"]["id"]
    shop.refused("INVALID_INPUT", take, None)
    assert take(first) == first and take(second) == second
    shop.refused("RESERVED_BY_OTHERS", take, first)
    shop.owner.mutate("cancelEventDate", "CancelEventDateInput", "eventDate { status }", {"dateId": second})
    shop.advance(5 * MINUTE_MS)
    shop.refused("NOT_ON_SALE", take, second)


def one_type_draws_on_several_quotas(shop):
    event = shop.event(shop.organizer())
    seated, standing = shop.type(event, "40.00"), shop.type(event, "25.00")
    shop.quota(event, 5, [seated, standing]), shop.quota(event, 2, [seated])
    shop.hold(event, seated, 2)
    shop.refused("RESERVED_BY_OTHERS", shop.hold, event, seated)
    shop.hold(event, standing, 3)
    shop.refused("RESERVED_BY_OTHERS", shop.hold, event, standing)


def a_quota_shrinks_and_grows_without_losing_places(shop):
    event, kind, quota = shop.evening(size=5)
    shop.sell(event, kind, 2)
    resize = lambda size: shop.owner.mutate("updateQuota", "UpdateQuotaInput", "quota { size sold remaining }", {"quotaId": quota, "size": size})["quota"]
    assert resize(3) == {"size": 3, "sold": 2, "remaining": 1}
    shop.hold(event, kind)
    shop.refused("RESERVED_BY_OTHERS", shop.hold, event, kind)
    assert resize(1)["remaining"] == 0
    shop.advance(16 * MINUTE_MS)
    shop.refused("SOLD_OUT", shop.hold, event, kind)
    assert resize(6)["remaining"] == 4
    attach = lambda kinds: shop.owner.mutate("updateQuota", "UpdateQuotaInput", "quota { ticketTypes { id } }", {"quotaId": quota, "ticketTypeIds": kinds})["quota"]["ticketTypes"]
    assert attach([]) == [] and attach([kind]) == [{"id": kind}], "an empty list is a list"
    shop.sell(event, kind, 4)
    shop.refused("SOLD_OUT", shop.hold, event, kind)


def sale_windows_and_order_limits_hold(shop):
    event = shop.event(shop.organizer())
    early = shop.type(event, saleStartsAt="2098-01-01T00:00:00Z")
    few = shop.type(event, minPerOrder=2, maxPerOrder=4)
    shop.quota(event, 100, [early, few])
    shop.refused("NOT_ON_SALE", shop.hold, event, early)
    shop.refused("OVER_LIMIT", shop.hold, event, few, 5)
    shop.hold(event, few, 4)
    kinds = shop.buyer.call("query($id: ID!) { event(id: $id) { ticketTypes { id availability } } }", {"id": event})["event"]["ticketTypes"]
    assert {kind["id"]: kind["availability"] for kind in kinds} == {early: "NOT_YET", few: "AVAILABLE"}


def money_has_the_currencys_places(shop):
    for currency, price, total in (("JPY", "1500", "3000"), ("KWD", "1.250", "2.500"), ("EUR", "0.1", "0.20")):
        event = shop.event(shop.organizer(currency.lower(), currency), currency.lower())
        kind = shop.type(event, price)
        shop.quota(event, 10, [kind])
        assert shop.hold(event, kind, 2)["total"]["amount"] == total
        shop.refused("INVALID_INPUT", shop.type, event, {"JPY": "1.5", "KWD": "1.2505", "EUR": "0.001"}[currency])


def a_ticket_can_be_seen_and_drawn(shop):
    event, kind, _ = shop.evening()
    ticket = shop.sell(event, kind)["positions"][0]["ticket"]
    seen = shop.buyer.call("query($s: String!) { ticket(secret: $s) { id qr valid event { title } ticketType { name } } }", {"s": ticket["secret"]})["ticket"]
    assert seen["qr"] == ticket["qr"] and seen["valid"] and seen["event"]["title"] == "Opening"
    status, kind, body = shop.get(ticket["qrUrl"])
    assert status == 200 and kind.startswith("image/svg+xml") and xml.dom.minidom.parseString(body).documentElement.tagName == "svg"
    status, kind, body = shop.get(ticket["qrUrl"].replace(".svg", ".png"))
    assert status == 200 and kind == "image/png" and body[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", body[16:24])[0] % 8 == 0
    with tempfile.NamedTemporaryFile(suffix=".png") as picture:
        picture.write(body), picture.flush()
        read = subprocess.run(["zbarimg", "-q", "--raw", picture.name], capture_output=True, text=True).stdout
    assert read.strip() == ticket["qr"], "another's reader reads the same code"
    assert shop.get(ticket["qrUrl"].replace(ticket["secret"][-4:], "zzzz"))[0] == 404
    revoke = shop.owner.mutate("revokeTicket", "TicketInput", "ticket { valid }", {"ticketId": ticket["id"]})
    assert revoke["ticket"]["valid"] is False and shop.get(ticket["qrUrl"])[0] == 404


def an_offline_scan_is_recorded_as_a_fact(shop):
    event, kind, _ = shop.evening()
    door, code = shop.door(event), shop.sell(event, kind)["positions"][0]["ticket"]["qr"]
    assert shop.scan(door, code, "gate-a") == "OK"
    shop.advance(HOUR_MS)
    assert shop.scan(door, code, "gate-b", force=True) == "ALREADY_REDEEMED"
    assert shop.scan(door, code, "out", direction="EXIT") == "OK"


def guests_are_found_by_name_and_code_and_let_in_by_hand(shop):
    event, kind, _ = shop.evening()
    other = shop.type(event)
    shop.quota(event, 9, [other])
    door, backstage = shop.door(event), shop.door(event, ticketTypeIds=[other])
    names = ["Grace Hopper", "Zoë O’Hara", "山田 花子"]
    orders = [shop.order(shop.hold(event, kind), attendees=[{"name": name}]) for name in names]
    orders.append(shop.order(shop.hold(event, kind, 2), name="Nemo"))
    for order in orders:
        shop.pay(order)
        shop.advance(10)
    shop.order(shop.hold(event, kind), attendees=[{"name": "Grace Unpaid"}])
    assert [guest["name"] for guest in shop.guests(door)["nodes"]] == ["Nemo", "Nemo", *reversed(names)]
    assert [guest["name"] for guest in shop.guests(door, "grace")["nodes"]] == ["Grace Hopper"]
    assert [guest["name"] for guest in shop.guests(door, " 花子 ")["nodes"]] == ["山田 花子"]
    assert [guest["orderCode"] for guest in shop.guests(door, orders[3]["code"].lower())["nodes"]] == [orders[3]["code"]] * 2
    assert shop.guests(door, "nobody")["nodes"] == shop.guests(backstage)["nodes"] == []
    seen, page = [], shop.guests(door, first=2)
    while True:
        seen += [guest["name"] for guest in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        page = shop.guests(door, first=2, after=page["pageInfo"]["endCursor"])
    assert seen == ["Nemo", "Nemo", *reversed(names)], seen
    ticket = shop.guests(door, "grace")["nodes"][0]["ticket"]["id"]
    assert shop.scan_by_hand(door, ticket, "hand-1")["result"] == "OK"
    assert shop.scan_by_hand(door, ticket, "hand-1")["result"] == "OK", "the same nonce answers the same"
    assert shop.scan_by_hand(door, ticket, "hand-2")["result"] == "ALREADY_REDEEMED"
    assert shop.scan(door, shop.read(orders[0])["positions"][0]["ticket"]["qr"], "hand-3") == "ALREADY_REDEEMED", "by its code, too"
    assert shop.scan_by_hand(backstage, ticket, "hand-4")["result"] == "WRONG_PRODUCT"
    elsewhere = shop.event(shop.owner.call("query($id: ID!) { event(id: $id) { organizer { id } } }", {"id": event})["event"]["organizer"]["id"], "elsewhere-of-guests")
    foreign = shop.door(elsewhere)
    shop.refused("NOT_FOUND", shop.scan_by_hand, foreign, ticket, "hand-5")
    shop.refused("NOT_FOUND", shop.scan_by_hand, door, "tic_00000000000000000000000000", "hand-6")
    shop.refused("NOT_FOUND", shop.scan_by_hand, door, "no id", "hand-6")
    shop.refused("INVALID_INPUT", shop.owner.mutate, "checkIn", "CheckInInput", "result", {"listId": door, "nonce": "hand-7"})
    shop.refused("INVALID_INPUT", shop.scan_by_hand, door, ticket, "hand-7", qr="x")


def who_was_let_in_by_mistake_is_let_in_again(shop):
    event, kind, _ = shop.evening()
    door = shop.door(event)
    order = shop.sell(event, kind, 2)
    codes = [position["ticket"]["qr"] for position in order["positions"]]
    check = lambda code, nonce, **more: shop.owner.mutate("checkIn", "CheckInInput", "result checkIn { id }", {"listId": door, "qr": code, "nonce": nonce, **more})
    undo = lambda id: shop.owner.mutate("undoCheckIn", "UndoCheckInInput", "checkIn { id undoes direction result }", {"checkInId": id})["checkIn"]
    first = check(codes[0], "u1")["checkIn"]["id"]
    undone = undo(first)
    assert (undone["undoes"], undone["direction"], undone["result"]) == (first, "EXIT", "OK") and undo(first) == undone, "said again it is the same"
    list = "query($id: ID!) { checkInList(id: $id) { inside checkIns { nodes { id undoes } } } }"
    seen = shop.owner.call(list, {"id": door})["checkInList"]
    assert seen["inside"] == 0 and {"id": undone["id"], "undoes": first} in seen["checkIns"]["nodes"] and {"id": first, "undoes": None} in seen["checkIns"]["nodes"]
    assert check(codes[0], "u1")["result"] == "OK" and shop.owner.call(list, {"id": door})["checkInList"]["inside"] == 0, "the old scan said again lets nobody in"
    again = check(codes[0], "u2")
    assert again["result"] == "OK" and check(codes[0], "u3")["result"] == "ALREADY_REDEEMED"
    shop.refused("CONFLICT", undo, check(codes[0], "u4")["checkIn"]["id"])  # nobody passed by it
    shop.refused("CONFLICT", undo, undone["id"])
    shop.refused("NOT_FOUND", undo, "chk_00000000000000000000000000")
    out = check(codes[0], "u5", direction="EXIT")["checkIn"]["id"]
    shop.refused("CONFLICT", undo, again["checkIn"]["id"])  # he has passed again since
    undo(out)
    assert shop.owner.call(list, {"id": door})["checkInList"]["inside"] == 1
    fact = check(codes[1], "u6", force=True)["checkIn"]["id"]
    shop.advance(10 * MINUTE_MS - 1000)
    undo(fact)
    late = check(codes[1], "u7")["checkIn"]["id"]
    shop.advance(10 * MINUTE_MS + 1000)
    shop.refused("CONFLICT", undo, late)
    organizer = shop.owner.call("query($id: ID!) { event(id: $id) { organizer { audit(first: 100) { nodes { operation objectId actor } } } } }", {"id": event})["event"]["organizer"]
    assert any(entry["operation"] == "undoCheckIn" and entry["objectId"] == undone["id"] for entry in organizer["audit"]["nodes"]), organizer


def an_event_speaks_several_languages(shop):
    event, _, _ = shop.evening()
    read = lambda: shop.buyer.call("query($id: ID) { event(id: $id) { title language translations { language title description } } }", {"id": event})["event"]
    assert read()["language"] is None and read()["translations"] == []
    texts = [{"language": "de", "title": "Eröffnung", "description": "Mit Musik."}, {"language": "pt-BR", "title": "Abertura", "description": None}]
    say = lambda language, translations: shop.owner.mutate("setEventTranslations", "SetEventTranslationsInput", "event { language translations { language title description } }",
                                                           {"eventId": event, "language": language, "translations": translations})["event"]
    assert say("en", texts) == {"language": "en", "translations": texts}
    assert read() == {"title": "Opening", "language": "en", "translations": texts}
    found = lambda query: [node["id"] for node in shop.buyer.call("query($q: String) { events(filter: {query: $q}) { nodes { id } } }", {"q": query})["events"]["nodes"]]
    assert found("eröffnung") == found("opening") == [event] and found("music") == []
    long = {"language": "fr", "title": "x" * 201}
    for language, translations, code in ((None, texts, "INVALID_INPUT"), ("english", [], "INVALID_INPUT"), ("E", [], "INVALID_INPUT"), ("de", texts, "INVALID_INPUT"), ("en", [texts[0], {**texts[1], "language": "DE"}], "INVALID_INPUT"),
                                         ("en", texts + texts[:1], "INVALID_INPUT"), ("en", [long], "INVALID_INPUT"), ("en", [{"language": "d-e", "title": "x"}], "INVALID_INPUT"), ("en", [{"language": "fr", "title": ""}], "INVALID_INPUT"),
                                         ("en", [{"language": f"a{chr(97 + n)}", "title": "x"} for n in range(21)], "OVER_LIMIT")):
        shop.refused(code, say, language, translations)
    assert read()["translations"] == texts, "what is refused has no effect"
    assert say(None, []) == {"language": None, "translations": []}


def secrets_are_shown_only_to_their_bearer(shop):
    event, kind, _ = shop.evening()
    order = shop.sell(event, kind)
    seen = shop.owner.call("query($id: ID!) { event(id: $id) { orders { nodes { id code secret email positions { ticket { qr secret } } } } } }", {"id": event})["event"]["orders"]["nodes"][0]
    assert seen["id"] == order["id"] and seen["email"] == "ada@example.org" and seen["secret"] is None
    assert seen["positions"][0]["ticket"] == {"qr": None, "secret": None}
    node = shop.buyer.call("query($o: ID!, $t: ID!) { order: node(id: $o) { id } ticket: node(id: $t) { id } }", {"o": order["id"], "t": order["positions"][0]["ticket"]["id"]})
    assert node == {"order": None, "ticket": None}
    assert shop.buyer.call('query($c: String!) { order(code: $c, secret: "wrong") { id } }', {"c": order["code"]}) == {"order": None}


def lists_are_answered_by_a_fixed_number_of_calls(shop):
    organizer = shop.organizer()
    query = "{ events(first: 100) { nodes { title organizer { name } ticketTypes { name availability } dates { nodes { startsAt offers { remaining } } } } } }"
    calls = []
    for count in (2, 10):
        for i in range(len(calls) * 2, count):
            event = shop.event(organizer, f"event-{i}")
            shop.quota(event, 10, [shop.type(event), shop.type(event)])
        before = shop.metric("tessera_bus_calls_total")
        assert len(shop.buyer.call(query)["events"]["nodes"]) == count
        calls.append(shop.metric("tessera_bus_calls_total") - before)
    assert 0 < calls[0] == calls[1], calls


def a_list_shows_each_change(shop):
    """What the list kept in memory never outlives what it was worked out from: it always says what the event says."""
    wanted = "id title startsAt venue { name } ticketTypes { name price { amount } } dates { nodes { status } }"
    listed = lambda: shop.buyer.call("{ events { nodes { %s } } }" % wanted)["events"]["nodes"]
    alone = lambda id: shop.buyer.call("query($id: ID!) { event(id: $id) { %s } }" % wanted, {"id": id})["event"]
    in_hours = lambda hours: in_days(hours / 24)

    def same(*events):
        seen = listed()
        assert [event["id"] for event in seen] == list(events), seen
        for event in seen:
            assert event == alone(event["id"]), (event, alone(event["id"]))
        return seen

    organizer = shop.organizer()
    first = shop.event(organizer, "first", in_hours(2))
    kind = shop.type(first)
    assert same(first)[0]["ticketTypes"][0]["price"]["amount"] == "25.00"
    shop.owner.mutate("updateTicketType", "UpdateTicketTypeInput", "ticketType { id }", {"ticketTypeId": kind, "price": "30.00"})
    shop.type(first, "40.00")
    assert [kind["price"]["amount"] for kind in same(first)[0]["ticketTypes"]] == ["30.00", "40.00"]
    shop.owner.mutate("updateEvent", "UpdateEventInput", "event { id }", {"eventId": first, "title": "Renamed"})
    assert same(first)[0]["title"] == "Renamed"
    second = shop.event(organizer, "second", in_hours(3), publish=False)
    same(first)
    shop.publish(second)
    same(first, second)
    began = same(first, second)[0]["startsAt"]
    date = shop.owner.mutate("createEventDate", "CreateEventDateInput", "eventDate { id }", {"eventId": first, "startsAt": in_hours(5)})["eventDate"]["id"]
    assert same(first, second)[0]["startsAt"] == began
    shop.advance(2 * HOUR_MS - MINUTE_MS)
    assert same(first, second)[0]["startsAt"] == began
    shop.advance(2 * MINUTE_MS)
    assert same(first, second)[0]["startsAt"] > began, "nothing was written, but the first date is past"
    shop.owner.mutate("cancelEventDate", "CancelEventDateInput", "eventDate { status }", {"dateId": date})
    assert same(first, second)[0]["startsAt"] == began
    shop.advance(DAY_MS)
    same(second)
    shop.advance(2 * HOUR_MS)
    same()


def lists_show_staff_what_alone_is_shown(shop):
    """Rights do not depend on the way to an object: a list over many organizers, one organizer's, and its id."""
    wanted = "id quotas { id sold } checkInLists { id } orders { totalCount nodes { id payments { id } positions { ticket { id } } } }"
    events = []
    for name in ("one", "two"):
        event = shop.event(shop.organizer(name))
        kind = shop.type(event)
        shop.quota(event, 5, [kind]), shop.door(event), shop.sell(event, kind)
        events.append(event)
    alone = [shop.owner.call("query($id: ID!) { event(id: $id) { %s } }" % wanted, {"id": event})["event"] for event in events]
    assert all(event["quotas"][0]["sold"] == 1 and event["checkInLists"] and event["orders"]["nodes"][0]["payments"] for event in alone), alone
    assert all(event["orders"]["nodes"][0]["positions"][0]["ticket"] for event in alone), alone
    listed = shop.owner.call("{ events { nodes { %s } } }" % wanted)["events"]["nodes"]
    assert sorted(listed, key=lambda event: event["id"]) == sorted(alone, key=lambda event: event["id"]), listed
    for name, event in zip(("one", "two"), alone):
        assert shop.owner.call("{ organizer(slug: \"%s\") { events { nodes { %s } } } }" % (name, wanted))["organizer"]["events"]["nodes"] == [event]
    shop.refused("FORBIDDEN", shop.buyer.call, "{ events { nodes { %s } } }" % wanted)


def changes_are_audited(shop):
    event, _, _ = shop.evening()
    shop.owner.mutate("updateEvent", "UpdateEventInput", "event { id }", {"eventId": event, "title": "Renamed"})
    query = 'query($id: ID) { organizer(slug: "fabrik") { audit(objectId: $id) { edges { node { actor operation objectId version changes { field from to } } } } } }'
    entries = [edge["node"] for edge in shop.owner.call(query, {"id": event})["organizer"]["audit"]["edges"]]
    renamed = [change for entry in entries for change in entry["changes"] if change["field"] == "title"]
    assert {"field": "title", "from": "Opening", "to": "Renamed"} in renamed, entries
    assert all(entry["objectId"] == event and entry["actor"] == "owner" for entry in entries if entry["operation"] == "updateEvent")
    assert len(shop.owner.call(query, {"id": None})["organizer"]["audit"]["edges"]) >= 4


def metrics_tell_what_happened(shop):
    event, kind, _ = shop.evening()
    shop.sell(event, kind)
    assert shop.metric("tessera_holds_created_total") == 1
    text = shop.metrics()
    for word in ("tessera_orders", "tessera_payments", "tessera_store_", "tessera_bus_calls_total", "http_server_request_duration_seconds", "lag"):
        assert word in text, word
    assert shop.get("/metrics")[0] == 404, "metrics are the admin listener's"


# The audit reads the store of its own process, where nobody renamed anything.
WANTS_ONE_STORE = {"changes_are_audited", "who_was_let_in_by_mistake_is_let_in_again", "staff_keep_places_and_give_them_away"} if os.environ.get("TESSERA_TEST_BUS") in ("split", "alone") else set()
stories = [value for name, value in list(globals().items()) if callable(value) and getattr(value, "__module__", "") == "__main__" and name not in WANTS_ONE_STORE]


def run(stories):
    """Those that the command line names, or all. Return: the exit status."""
    binary, names, failed = sys.argv[1], sys.argv[2:], 0
    chosen = [story for story in stories if not names or story.__name__ in names]
    for story in chosen:
        shop = Shop(binary)
        try:
            story(shop)
            shop.close()
            print(f"ok      {story.__name__}")
        except Exception:
            failed += 1
            shop.kill()
            print(f"FAILED  {story.__name__}\n{traceback.format_exc(limit=-3)}")
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(run(stories))
