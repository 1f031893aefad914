"""Streams of events: how many, who does not read, who has gone, heartbeats, TLS and HTTP/2."""
import sys, tempfile, time
from eventclient import Connection, Refused, Stream
from fair import LEFT, ORDER, SCANS, Fair, gates, left, refusal
from harness import TOKEN, Server, make_certificate, reset, run, tests_of
from http2_frames import SMALL, rss_mb

TEXT = "x" * 16000
LARGE = ("subscription($id: ID!) { eventAvailability(eventId: $id) { ticketTypes { remaining } "
         + " ".join(f"d{i}: description" for i in range(60)) + " } }")  # almost a megabyte, in an event with that text


def streams(of, count):
    of.wait_metric("tessera_event_streams", count)


def ends(of, reason):
    return of.metric(f'tessera_event_streams_closed_total{{reason="{reason}"}}')


# how many, and who does not read

def test_so_many_streams_and_no_more():
    with Server("--sandbox", "--sse-streams", "3") as own:
        house = Fair(own)
        open_ones = [house.watch() for _ in range(3)]
        for one in open_ones:
            assert left(one)
        for _ in range(3):
            try:
                house.watch()
                raise AssertionError("not refused")
            except Refused as refused:
                assert refused.status == 503 and refused.headers["retry-after"] == "1", refused
                assert refused.answer["errors"][0]["extensions"]["code"] == "UNAVAILABLE", refused
        assert own.metric("tessera_event_streams_refused_total") == 3
        assert own.metric("tessera_event_streams") == own.metric("tessera_subscribers") == 3
        with Stream(own, "{ __typename }", wait=False) as query:  # it is no stream that stays
            assert b"event: complete" in query.take_until(b"complete")
        assert refusal(own, ORDER, {"code": "NOONE", "secret": "x"})[1]["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        reset(open_ones.pop().sock)
        house.sell_one()  # who has gone is noticed when something is sent to him
        streams(own, 2)
        with house.watch() as one:
            assert left(one)
        assert own.metric("tessera_event_streams_total") == 4


def slow_and_quick(house, slow, quick, changes=40):
    """Changes until all the slow are dropped. The quick one hears of each at once; nothing piles up."""
    own, count = house.server, len(slow)
    before, rss = left(quick), rss_mb(own)
    for change in range(changes):
        house.buyer.close()  # it may have idled too long
        house.sell_one()
        start = time.monotonic()
        assert left(quick) == before - 1 - change
        assert time.monotonic() - start < 3, time.monotonic() - start  # a machine that does much else is slow by itself
        assert rss_mb(own) - rss < 48, (change, rss, rss_mb(own))
        if ends(own, "slow") == count:
            return
    end = time.monotonic() + 10
    while ends(own, "slow") < count:
        assert time.monotonic() < end, (ends(own, "slow"), own.metric("tessera_event_streams"))
        time.sleep(0.1)


def test_slow_readers_of_a_state_are_dropped_and_nobody_else():
    with Server("--sandbox", "--http-timeout-ms", "1500", env=SMALL) as own:
        house = Fair(own, description=TEXT)
        with Stream(own, LARGE, {"id": house.evening_of}) as quick:
            slow = [Stream(own, LARGE, {"id": house.evening_of}, receive_buffer=4096, wait=False) for _ in range(30)]
            streams(own, 31)
            slow_and_quick(house, slow, quick)
            assert own.metric("tessera_event_streams") == 1
            for stream in slow:
                stream.begin()
                assert stream.ended() in ("cut off", "reset")
            house.buyer.close()
            house.sell_one()
            assert left(quick)


def test_a_slow_reader_of_scans_is_dropped_and_nobody_else():
    """It is too far behind long before it is too slow for one piece."""
    with Server("--sandbox", env=SMALL) as own:
        house = Fair(own, description=TEXT)
        ticket = house.sell(house.evening_of, house.kind)["positions"][0]["ticket"]
        large = "subscription($id: ID!) { checkInRecorded(listId: $id) { gate ticket { event { " + " ".join(f"d{i}: description" for i in range(30)) + " } } } }"
        with Stream(own, large, {"id": house.list}, token=TOKEN) as quick, \
                Stream(own, large, {"id": house.list}, token=TOKEN, receive_buffer=4096) as slow:
            rss = rss_mb(own)
            for i in range(60):
                house.scan(house.list, ticket["qr"], f"s{i}", gate=str(i))
                assert gates(quick, 1) == [str(i)]
                assert rss_mb(own) - rss < 48, (i, rss, rss_mb(own))
                if ends(own, "slow"):
                    break
            assert ends(own, "slow") == own.metric("tessera_subscription_slow_total") == 1
            seen = []
            slow.sock.settimeout(5)
            try:
                while True:
                    seen += gates(slow, 1)
            except Exception as how:
                assert not isinstance(how, TimeoutError), how
            with Stream(own, large, {"id": house.list}, token=TOKEN, last_id=slow.last_id) as again:  # and goes on where it was
                seen += gates(again, i + 1 - len(seen))
            assert seen == [str(at) for at in range(i + 1)]


# heartbeats

def test_a_quiet_stream_has_a_comment_now_and_then():
    with Server("--sandbox", "--sse-beat-ms", "200") as own:
        house = Fair(own)
        with house.follow() as stream, house.watch() as state:
            assert left(state)
            start = time.monotonic()
            for _ in range(5):
                assert stream.block() == {} and state.block() == {}
            assert 0.7 < time.monotonic() - start < 2.5
            house.scans("A")
            assert gates(stream, 1) == ["A"]


def test_who_has_gone_is_noticed_without_an_event():
    with Server("--sandbox", "--sse-beat-ms", "200") as own:
        house = Fair(own)
        open_ones = [house.watch() for _ in range(20)]
        streams(own, 20)
        for at, stream in enumerate(open_ones):
            reset(stream.sock) if at % 2 else stream.sock.close()
        streams(own, 0)
        assert ends(own, "gone") == 20
        assert own.metric("tessera_subscriptions") == own.metric("tessera_subscribers") == 0


# ends

def test_each_end_is_counted():
    with Server("--sandbox") as own:
        house = Fair(own)
        with house.watch() as watch, house.follow() as follow:
            assert left(watch)
            house.scans("A")
            assert gates(follow, 1) == ["A"]
            assert own.metric("tessera_event_streams") == 2 and own.metric("tessera_event_stream_events_sent_total") == 2
            status, seconds = own.stop()
            assert status == 0 and seconds < 3, (status, seconds)
            assert watch.ended() == follow.ended() == "at its end"


# TLS and HTTP/2

def test_over_tls():
    with tempfile.TemporaryDirectory() as folder, Server(*make_certificate(folder), "--sandbox", "--sse-beat-ms", "200") as own:
        house = Fair(own, tls=True)
        with house.follow(tls=True) as stream, house.watch(tls=True) as state:
            assert left(state) == 1000
            house.scans("A", "B")
            assert gates(stream, 1) == ["A"]
            id = stream.last_id
            reset(stream.sock)
        with house.follow(id, tls=True) as stream:
            assert gates(stream, 1) == ["B"]
            assert stream.block() == {}
        streams(own, 0)


def test_many_streams_on_one_connection():
    with tempfile.TemporaryDirectory() as folder, Server(*make_certificate(folder), "--sandbox", "--sse-beat-ms", "200") as own:
        house = Fair(own, tls=True)
        with Connection(own) as connection:
            states = [connection.open(LEFT, {"id": house.evening_of}) for _ in range(80)]
            scans = connection.open(SCANS, {"id": house.list}, token=TOKEN)
            assert {left(state) for state in states} == {1000}
            house.sell_one()
            assert {left(state) for state in states} == {999}
            house.scans("A", "B")
            assert gates(scans, 1) == ["A"]
            id = scans.last_id
            scans.reset()
            scans = connection.open(SCANS, {"id": house.list}, token=TOKEN, last_id=id)
            assert gates(scans, 1) == ["B"]
            again = connection.open(LEFT, {"id": house.evening_of}, last_id=states[0].last_id)
            assert again.is_quiet(0.5)  # comments pass
            for state in states:
                state.reset()
            streams(own, 2)
            house.sell_one()
            assert left(again) == 998
            try:
                connection.open(SCANS, {"id": house.list})
                raise AssertionError("not refused")
            except Refused as refused:
                assert refused.answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        streams(own, 0)


def test_streams_that_come_and_go_are_no_flood():
    """Each is begun before it is taken back, so it is none of those resets that only cost."""
    with tempfile.TemporaryDirectory() as folder, Server(*make_certificate(folder), "--sandbox") as own:
        house = Fair(own, tls=True)
        with Connection(own) as connection:
            for _ in range(300):
                connection.open(LEFT, {"id": house.evening_of}).reset()
            assert left(connection.open(LEFT, {"id": house.evening_of})) == 1000
            streams(own, 1)
        assert own.metric("tessera_http_connections_killed_total") == 0


def test_slow_readers_over_http2_are_dropped_and_nobody_else():
    """Their windows stay as small as they began."""
    with tempfile.TemporaryDirectory() as folder:
        with Server(*make_certificate(folder), "--sandbox", "--http-timeout-ms", "1500", env=SMALL) as own:
            house = Fair(own, tls=True, description=TEXT)
            with Connection(own) as good:
                quick = good.open(LARGE, {"id": house.evening_of})
                deaf = [Connection(own, reads=False) for _ in range(10)]
                slow = [each.open(LARGE, {"id": house.evening_of}, wait=False) for each in deaf for _ in range(3)]
                streams(own, 31)
                slow_and_quick(house, deaf, quick)
                streams(own, 1)
                for stream in slow:
                    assert stream.ended() in ("cut off", "reset")
                house.sell_one()
                assert left(quick)


def test_a_stop_ends_streams_over_http2():
    with tempfile.TemporaryDirectory() as folder, Server(*make_certificate(folder), "--sandbox") as own:
        house = Fair(own, tls=True)
        with Connection(own) as connection:
            open_ones = [connection.open(LEFT, {"id": house.evening_of}) for _ in range(10)]
            assert {left(stream) for stream in open_ones} == {1000}
            status, seconds = own.stop()
            assert status == 0 and seconds < 4, (status, seconds)
            assert {stream.ended() for stream in open_ones} == {"at its end"}


run(tests_of(sys.modules[__name__]))
