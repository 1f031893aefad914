"""One scrape after a sale has every figure, is well-formed by Prometheus' own linter, and holds no secrets."""
import os, re, subprocess, sys
from types import SimpleNamespace
from sale import FOLDER, Watched, assert_untold, run, secrets_of
sys.path.insert(0, os.path.join(FOLDER, "..", "gateway"))
from eventclient import Stream
from wsclient import Socket

EXPECTED = {
    'tessera_build_info{version="0.1.0"}': 1,
    'http_server_request_duration_seconds_count{http_request_method="POST",http_route="/graphql",http_response_status_code="200"}': None,
    'tessera_http_requests_in_flight': None, 'tessera_http_connections': None,
    'tessera_graphql_operation_duration_seconds_count{type="mutation",outcome="ok"}': None,
    'tessera_graphql_operation_duration_seconds_count{type="query",outcome="ok"}': None,
    'tessera_graphql_operation_duration_seconds_count{type="query",outcome="errors"}': 1,
    'tessera_graphql_operation_duration_seconds_count{type="unknown",outcome="refused"}': 1,
    'tessera_graphql_plan_cache_total{result="hit"}': None, 'tessera_graphql_plan_cache_total{result="miss"}': None,
    'tessera_bus_calls_total{method="inventory.v1.Inventory.HoldTickets"}': 3,
    'tessera_bus_failures_total{method="inventory.v1.Inventory.HoldTickets"}': 0,
    'tessera_bus_call_seconds_count{method="inventory.v1.Inventory.HoldTickets"}': 3,
    'tessera_store_commit_seconds_count': None, 'tessera_store_checkpoint_seconds_count': None,
    'tessera_store_documents_total': None, 'tessera_store_conflicts_total': None,
    'tessera_store_queued_documents': 0, 'tessera_store_cache_total{result="hit"}': None,
    'tessera_subscriptions': 1, 'tessera_subscribers': 1, 'tessera_subscription_deliveries_total': 1, 'tessera_subscription_slow_total': 0,
    'tessera_websocket_connections': 1, 'tessera_websocket_connections_total': 1, 'tessera_websocket_messages_sent_total': 3,
    'tessera_websocket_operations_total': 1, 'tessera_websocket_closed_total{code="1013"}': 0,
    'tessera_event_streams': 1, 'tessera_event_streams_total': 1, 'tessera_event_streams_refused_total': 0,
    'tessera_event_stream_events_sent_total': 1, 'tessera_event_streams_closed_total{reason="slow"}': 0,
    'tessera_loop_lag_seconds': None, 'tessera_fibers_running': None,
    'process_cpu_seconds_total': None, 'process_resident_memory_bytes': None, 'process_open_fds': None,
    'process_max_fds': None, 'process_start_time_seconds': None,
    'tessera_holds_created_total': 3, 'tessera_holds_released_total': 1, 'tessera_holds_expired_total': 0,
    'tessera_holds_active': 1,
    'tessera_orders_total{status="pending"}': 1, 'tessera_orders_total{status="paid"}': 1,
    'tessera_payments_total{provider="sandbox",outcome="confirmed"}': 1,
    'tessera_check_ins_total{result="ok"}': 1, 'tessera_check_ins_total{result="invalid"}': 1,
}


def parse(text):
    """{name and labels: value}"""
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines() if not line.startswith("#")}


def scrape_after_a_sale():
    shop = Watched()
    secrets = secrets_of(shop)
    kind = shop.owner.call('{ organizer(slug: "fabrik") { events { nodes { id ticketTypes { id } } } } }')
    event = kind["organizer"]["events"]["nodes"][0]
    shop.hold(event["id"], event["ticketTypes"][0]["id"])  # stays open
    for query in ("{ nonsense", '{ organizer(slug: "fabrik") { audit { edges { node { actor } } } } }'):
        try:
            shop.buyer.call(query)
            raise AssertionError(query)
        except Exception as error:
            assert "errors" in str(error) or "code" in str(error), error
    public = SimpleNamespace(port=shop.buyer.port)
    with Stream(public, f'subscription {{ eventAvailability(eventId: "{event["id"]}") {{ id }} }}') as stream, Socket(public) as socket:
        assert "data" in stream.next()
        socket.subscribe("1", "{ __typename }")
        assert socket.hear()["type"] == "next" and socket.hear()["type"] == "complete"
        text = shop.get("/metrics", admin=True)[2].decode()
    shop.close()
    return text, secrets


TEXT, SECRETS = scrape_after_a_sale()


def every_figure_is_there():
    figures = parse(TEXT)
    missing = [name for name in EXPECTED if name not in figures]
    assert not missing, missing
    wrong = {name: figures[name] for name, value in EXPECTED.items() if value is not None and figures[name] != value}
    assert not wrong, wrong
    assert figures["process_resident_memory_bytes"] > 1 << 20 and figures["process_start_time_seconds"] > 1.7e9


def the_linter_has_nothing_to_say():
    lint = subprocess.run(["promtool", "check", "metrics"], input=TEXT, capture_output=True, text=True)
    assert lint.returncode == 0 and not lint.stdout and not lint.stderr, lint.stdout + lint.stderr


def labels_are_bounded_and_hold_no_ids():
    assert_untold(TEXT, SECRETS)
    assert not re.search(r"\b(evt|dat|tkt|typ|quo|hld|ord|pay|org|chk)_[0-9A-Za-z]{10}", TEXT)
    assert len(TEXT) < 400000, len(TEXT)


run([every_figure_is_there, the_linter_has_nothing_to_say, labels_are_bounded_and_hold_no_ids])
