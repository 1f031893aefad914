"""Ids of events, and coming back with them: what follows, once, and nothing by an id that is none."""
import json, os, sys, time, urllib.parse
sys.path.append(os.path.join(os.path.dirname(__file__), "..", "support"))
from chromium import Browser
from eventclient import Stream
from fair import LEFT, ORDER, SCANS, Fair, gates, left, refusal
from harness import Server, Usual, reset, run, tests_of

server = Server("--sandbox")
fair = Fair(server)


def test_an_id_is_one_line_of_visible_characters():
    with fair.follow() as stream, fair.watch() as state:
        assert stream.last_id and state.last_id is None
        fair.scans("A")
        assert gates(stream, 1) == ["A"] and left(state)
        for id in (stream.last_id, state.last_id):
            assert id.isascii() and id.isprintable() and " " not in id and len(id) <= 7000, id


def test_a_stream_goes_on_behind_its_last_id():
    fair.open_doors()
    ids = []
    with fair.follow() as stream:
        ids.append(stream.last_id)
        for gate in "ABC":
            fair.scans(gate)
            assert gates(stream, 1) == [gate]
            ids.append(stream.last_id)
        reset(stream.sock)
    assert len(set(ids)) == 4
    fair.scans("D", "E")
    for at, id in enumerate(ids):
        for method in ("POST", "GET"):
            with fair.follow(id, method=method) as stream:
                assert gates(stream, 5 - at) == list("ABCDE"[at:])
                fair.scans("F", list=fair.other)
                assert stream.is_quiet(0.3)


def test_a_stream_goes_on_among_the_scans_of_one_moment():
    """One reading finds most of them; each is a place to come back to."""
    ids = []
    with fair.follow() as stream:
        fair.scans(*"abcdefgh")
        for gate in "abcdefgh":
            assert gates(stream, 1) == [gate]
            ids.append(stream.last_id)
    assert len(set(ids)) == 8
    for at, id in enumerate(ids, 1):
        with fair.follow(id) as stream:
            assert gates(stream, 8 - at) == list("abcdefgh"[at:])
            assert stream.is_quiet(0.05)


def test_many_that_were_missed_come_once_and_in_order():
    fair.open_doors()
    with fair.follow() as stream:
        id = stream.last_id
    names = [f"g{i}" for i in range(400)]
    fair.scans(*names)
    with fair.follow(id) as stream:
        assert gates(stream, 400) == names
        fair.scans("last")
        assert gates(stream, 1) == ["last"]


def test_an_id_that_would_be_too_long_for_proxies_is_left_out():
    """Its client keeps the one before: it sees some again, and misses none."""
    fair.open_doors()
    with fair.follow() as stream:
        names = [f"r{i}" for i in range(650)]
        fair.scans(*names)
        got = gates(stream, 650)
        assert got == names, [pair for pair in zip(got, names) if pair[0] != pair[1]]
        assert len(stream.last_id) <= 7000
    fair.scans("more")
    with fair.follow(stream.last_id) as again:
        seen = gates(again, 1)
        while seen[-1] != "more":
            seen += gates(again, 1)
        assert seen == [*names, "more"][-len(seen):] and len(seen) > 2
        fair.advance(60000)
        for gate in ("later", "latest"):
            fair.scans(gate)
            assert gates(again, 1) == [gate]
        assert len(again.last_id) < 100
    with fair.follow(again.last_id) as again:
        assert again.is_quiet(0.3)


def test_who_is_cut_off_again_and_again_misses_nothing():
    fair.open_doors()
    got, id = [], None
    with fair.follow() as stream:
        id = stream.last_id
    for i in range(40):
        fair.scans(f"c{3 * i}", f"c{3 * i + 1}", f"c{3 * i + 2}")
        with fair.follow(id) as stream:
            for _ in range(i % 5):
                got += gates(stream, 1)
            reset(stream.sock)
        id = stream.last_id
    with fair.follow(id) as stream:
        got += gates(stream, 120 - len(got))
        assert stream.is_quiet(0.3)
    assert got == [f"c{i}" for i in range(120)]


def test_a_state_is_not_shown_again():
    with fair.watch() as stream:
        before, id = left(stream), stream.last_id
    for method in ("POST", "GET"):
        with fair.watch(id, method=method) as stream:
            assert stream.is_quiet(0.3)
            fair.sell_one()
            assert left(stream) == before - 1 and stream.last_id != id
            before, id = before - 1, stream.last_id
    fair.sell_one()
    with fair.watch(id) as stream:  # it has changed meanwhile
        assert left(stream) == before - 1
    with fair.watch(id) as first, fair.watch(stream.last_id) as second:  # one subscription, two clients
        assert left(first) == before - 1
        assert second.is_quiet(0.3)
        fair.sell_one()
        assert left(first) == left(second) == before - 2


def test_an_order_is_not_shown_again():
    order = fair.order(fair.hold(fair.evening_of, fair.kind))
    variables = {"code": order["code"], "secret": order["secret"]}
    with Stream(server, ORDER, variables) as stream:
        assert stream.next() == {"data": {"orderChanged": {"status": "PENDING"}}}
    with Stream(server, ORDER, variables, last_id=stream.last_id) as again:
        assert again.is_quiet(0.3)
        fair.pay(order)
        assert again.next() == {"data": {"orderChanged": {"status": "PAID"}}}
    guess = {**variables, "secret": "guess"}
    assert refusal(server, ORDER, guess, last_id=again.last_id) == refusal(server, ORDER, guess)


def test_an_id_that_is_none_is_as_if_there_were_none():
    fair.open_doors()
    with fair.follow() as stream, fair.follow(list=fair.other) as other, fair.watch() as state:
        fair.scans("before")
        fair.scans("elsewhere", list=fair.other)
        assert gates(stream, 1) == ["before"] and gates(other, 1) == ["elsewhere"] and left(state)
    good, question = stream.last_id, stream.last_id.split(".")[0]
    fair.scans("missed")
    fair.scans("missed elsewhere", list=fair.other)
    time.sleep(0.2)  # who asks while it is being read sees it as well
    nine = question + ".." + "9" * 19
    for id in ("", "x", "0", "\xff", "null", "[]", state.last_id, other.last_id, good[1:], good.upper(), "0" * 16 + good[16:],
               question, question + ".", question + "..", question + "..x", question + ".." + "1" * 40, question + "..1:2", question + ".x.0:",
               question + ".0123456.0:", nine, nine + "x:", question + ".." + "0" * 20000, good + "x", good + "'", "../" + good, good * 2):
        with fair.follow(id) as stream:
            assert stream.is_quiet(0.02), id
            fair.scans("after")
            assert gates(stream, 1) == ["after"], id
    with fair.watch(good) as stream:
        assert left(stream)
    with fair.follow(good) as stream:
        assert gates(stream, 1) == ["missed"]


def test_made_up_ids_show_nothing_more_and_hurt_nobody():
    """Who makes one up sees of a list what he may see anyway; another who watches the same misses nothing by it."""
    with fair.follow() as stream:
        question = stream.last_id.split(".")[0]
    for forged in ("..9223372036854775807:", f"..{2**62}:", "..-9223372036854775808:", "..0:", ".00000000.0:", ".." + "9" * 15 + ":" + "0" * 12 * 300):
        with fair.follow(question + forged) as liar, fair.follow() as honest:
            fair.scans("seen")
            assert gates(honest, 1) == ["seen"], forged
            while gates(liar, 1) != ["seen"]:
                pass  # what was before
    for last_id in (None, question + "..0:"):
        status, answer = refusal(server, SCANS, {"id": fair.list}, last_id=last_id)
        assert (status, answer["errors"][0]["extensions"]["code"]) == (400, "UNAUTHENTICATED")


def test_ids_outlive_a_restart():
    with Usual("--sandbox") as usual:
        house = Fair(usual)
        with house.follow() as stream, house.watch() as state:
            begin, before = stream.last_id, left(state)
            house.scans("A", "B")
            assert gates(stream, 2) == ["A", "B"]
        ids = begin, stream.last_id, state.last_id
        house.scans("C")
        assert usual.restart()[0] == 0
        house.owner.close()
        house.scans("D")
        for id, expected in ((ids[0], "ABCD"), (ids[1], "CD")):
            with house.follow(id) as stream:
                assert gates(stream, len(expected)) == list(expected)
        with house.watch(ids[2]) as state:
            assert state.is_quiet(0.3)
            house.buyer.close()
            house.sell_one()
            assert left(state) == before - 1


def test_a_browser_comes_back_by_itself():
    with Usual("--sandbox") as usual, Browser() as browser:
        house = Fair(usual)
        query = urllib.parse.urlencode({"query": LEFT, "variables": json.dumps({"id": house.evening_of})})
        browser.open(usual.url + "/livez")
        browser.wait('document.body?.innerText.includes("ok")')
        browser.ask(f"""window.told = []; window.opened = 0; window.source = new EventSource("/graphql?{query}");
            source.addEventListener("open", () => opened++); source.addEventListener("next", (event) => told.push(event.data)); 0""")
        browser.wait("told.length == 1")
        usual.restart()
        browser.wait("opened == 2")
        house.buyer.close()
        house.sell_one()
        browser.wait("told.length > 1")
        before, after = (json.loads(text)["data"]["eventAvailability"]["ticketTypes"][0]["remaining"] for text in browser.ask("told"))
        assert after == before - 1
        browser.ask("source.close()")


def test_queries_have_no_ids():
    with Stream(server, "{ __typename }", wait=False) as stream:
        text = b""
        while b"event: complete" not in text:
            text += stream.sock.recv(65536)
        assert b"\nid:" not in text and b'event: next\ndata: {"data":{"__typename":"Query"}}' in text, text


try:
    run(tests_of(sys.modules[__name__]))
finally:
    server.stop()
