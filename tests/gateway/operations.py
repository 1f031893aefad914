"""Documents by id: a manifest (documentId, or the digest), registration by digest (APQ), and a server that runs nothing else."""
import hashlib, json, os, signal, subprocess, sys, tempfile, time, urllib.parse
from harness import Server, TESSERA, TOKEN, run, tests_of

folder = tempfile.mkdtemp(prefix="tessera-operations-")
NEW = {"Content-Type": "application/json", "Accept": "application/graphql-response+json"}
OLD = {"Content-Type": "application/json"}
VIEWER, NAMED = "{ viewer { id } __typename }", "query A($slug: String!) { organizer(slug: $slug) { name } } query B { __typename }"
CREATE = 'mutation { createOrganizer(input: {slug: "x"}) { userErrors { code } } }'.replace('slug: "x"', 'slug: "x", name: "X", currency: "EUR", timeZone: "UTC"')


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def manifest(value, name="operations.json"):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(value if isinstance(value, str) else json.dumps(value))
    return path


def apq(text, **more):
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest(text)}}, **more}


def post(server, headers=NEW, **body):
    status, _, answer = server.request("POST", "/graphql", json.dumps(body).encode(), headers)
    return status, json.loads(answer)


def get(server, **parameters):
    values = {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}
    status, headers, answer = server.request("GET", "/graphql?" + urllib.parse.urlencode(values), headers={"Accept": NEW["Accept"]})
    return status, json.loads(answer), headers


def code(answer):
    return answer[1]["errors"][0]["extensions"]["code"] if "errors" in answer[1] and "data" not in answer[1] else None


server = Server("--operations", manifest({digest(VIEWER): VIEWER, "named": NAMED, "create": CREATE}))
GOOD = (200, {"data": {"viewer": None, "__typename": "Query"}})


def test_a_listed_document_runs_by_its_id():
    assert post(server, documentId=digest(VIEWER)) == GOOD
    assert post(server, documentId="sha256:" + digest(VIEWER)) == GOOD
    assert get(server, documentId=digest(VIEWER))[:2] == GOOD
    assert post(server, documentId="named", operationName="A", variables={"slug": "none"}) == (200, {"data": {"organizer": None}})
    assert get(server, documentId="named", operationName="B")[1] == {"data": {"__typename": "Query"}}
    assert post(server, **apq(VIEWER)) == GOOD  # the digest is an id, too


def test_get_by_id_is_for_queries_and_may_be_kept():
    assert get(server, documentId="create")[0] == 405
    answer = get(server, documentId="named", operationName="A", variables={"slug": "none"})
    assert answer[2]["cache-control"] == "public, max-age=300" and answer[2]["etag"], answer


def test_an_unknown_id_is_said():
    assert post(server, documentId="nothing")[0] == 400 and code(post(server, documentId="nothing")) == "PERSISTED_QUERY_NOT_FOUND"
    assert post(server, OLD, documentId="nothing")[0] == 200
    assert code(post(server, documentId="", query=None)) == "PERSISTED_QUERY_NOT_FOUND"
    assert code(get(server, documentId="nothing")) == "PERSISTED_QUERY_NOT_FOUND"


def test_malformed_asks_are_400():
    for headers in (NEW, OLD):
        for body in ({}, {"query": None}, {"documentId": 1}, {"documentId": "named", "query": NAMED}, {"extensions": {"persistedQuery": {}}},
                     {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": digest(VIEWER)}}},
                     {"extensions": {"persistedQuery": {"version": "1", "sha256Hash": digest(VIEWER)}}},
                     {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": 1}}}, {"extensions": {"persistedQuery": None}},
                     {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest("{ a }")}}, "query": VIEWER},
                     {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest(VIEWER).upper()}}, "query": VIEWER}):
            answer = post(server, headers, **body)
            assert answer[0] == 400 and code(answer) == "BAD_REQUEST", (body, answer)
    assert get(server, extensions="{")[0] == 400 and get(server, extensions="[]")[0] == 400
    assert server.request("GET", "/graphql?documentId=a&documentId=b")[0] == 400


def test_a_document_is_registered_when_it_ran():
    text = "{ __typename a: __typename }"
    assert code(post(server, **apq(text))) == "PERSISTED_QUERY_NOT_FOUND"
    assert post(server, **apq(text))[1]["errors"][0]["message"] == "PersistedQueryNotFound"  # the words that clients look for
    assert post(server, OLD, **apq(text))[0] == 200
    assert post(server, **apq(text, query=text))[0] == 200
    assert post(server, **apq(text)) == (200, {"data": {"__typename": "Query", "a": "Query"}})
    assert get(server, extensions=apq(text)["extensions"])[1] == {"data": {"__typename": "Query", "a": "Query"}}
    bad = "{ nothing }"
    assert post(server, **apq(bad, query=bad))[0] == 400
    assert code(post(server, **apq(bad))) == "PERSISTED_QUERY_NOT_FOUND"


def test_registrations_are_bounded():
    with Server("--apq-bytes", "4096") as small:
        texts = ["{ a%d: __typename %s }" % (n, "b: __typename " * 20) for n in range(40)]
        for text in texts:
            assert post(small, **apq(text, query=text))[0] == 200
        kept = [code(post(small, **apq(text))) is None for text in texts]
        assert kept[-5:] == [True] * 5 and 4 < sum(kept) < 12, kept
        long = "{ __typename } #" + "x" * 2000
        assert post(small, **apq(long, query=long))[0] == 200 and code(post(small, **apq(long))) == "PERSISTED_QUERY_NOT_FOUND"


def test_registration_can_be_off():
    with Server("--apq-bytes", "0") as off:
        assert code(post(off, **apq(VIEWER))) == "PERSISTED_QUERY_NOT_SUPPORTED"
        assert post(off, **apq(VIEWER))[1]["errors"][0]["message"] == "PersistedQueryNotSupported"
        assert post(off, **apq(VIEWER, query=VIEWER)) == GOOD


def test_apollos_manifest_is_read():
    path = manifest({"format": "apollo-persisted-query-manifest", "version": 1,
                     "operations": [{"id": "one", "name": "One", "type": "query", "body": "query One { __typename }"}]}, "apollo.json")
    with Server("--operations", path, "--operations-only") as listed:
        assert post(listed, documentId="one")[0] == 200 and code(post(listed, documentId="two")) == "OPERATION_NOT_ALLOWED"


def test_only_what_is_listed_runs():
    path = manifest({"viewer": VIEWER, "create": CREATE}, "only.json")
    with Server("--operations", path, "--operations-only") as only:
        assert post(only, documentId="viewer") == GOOD
        assert post(only, **apq(VIEWER)) == GOOD and post(only, **apq(VIEWER, query=VIEWER)) == GOOD
        assert post(only, query=VIEWER) == GOOD and get(only, query=VIEWER)[:2] == GOOD  # its very text
        owner = {**NEW, "Authorization": "Bearer " + TOKEN}
        assert post(only, owner, documentId="create")[1]["data"]["createOrganizer"]["userErrors"] == []
        for body in ({"query": "{ __typename }"}, {"query": VIEWER + " "}, {"documentId": "nothing"}, apq("{ __typename }"),
                     apq("{ __typename }", query="{ __typename }"), {"query": "{ __schema { types { name } } }"}, {"query": "{"}):
            for headers in (NEW, owner):
                answer = post(only, headers, **body)
                assert answer[0] == 400 and code(answer) == "OPERATION_NOT_ALLOWED", (body, answer)
            assert post(only, OLD, **body)[0] == 200
        assert code(get(only, query="{ __typename }")) == "OPERATION_NOT_ALLOWED"


def start_fails(*flags):
    done = subprocess.run([TESSERA, "serve", "--ephemeral", *flags], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2 and not done.stdout, done
    return done.stderr


def test_a_bad_manifest_stops_the_start_and_names_each_operation():
    said = start_fails("--operations", manifest({"good": VIEWER, "wrong": "{ nothing }", "cut": "{ viewer {", "text": 1, "": VIEWER}, "bad.json"))
    assert 'operation "wrong": Cannot query field "nothing" on type "Query".' in said and "(line 1, column 3)" in said, said
    assert 'operation "cut": Syntax Error' in said and 'operation "text"' in said and 'operation ""' in said and '"good"' not in said, said
    assert "is not JSON" in start_fails("--operations", manifest("{", "cut.json"))
    assert "an object of ids and texts" in start_fails("--operations", manifest([], "list.json"))
    assert "format" in start_fails("--operations", manifest({"format": "x", "operations": []}, "format.json"))
    assert "twice" in start_fails("--operations", manifest({"sha256:ab": VIEWER, "ab": VIEWER}, "twice.json"))
    assert "cannot read" in start_fails("--operations", os.path.join(folder, "none.json"))
    assert "cannot read" in start_fails("--operations", folder)
    assert "--operations FILE" in start_fails("--operations-only")


def test_a_hangup_reads_the_manifest_again_or_keeps_it():
    path = manifest({"one": "{ __typename }"}, "again.json")
    with Server("--operations", path, "--log-level", "info") as again:
        def until(identity, wanted):
            end = time.monotonic() + 10
            while (code(post(again, documentId=identity)) is None) != wanted:
                assert time.monotonic() < end, identity
                time.sleep(0.02)
        until("one", True)
        manifest({"two": "{ __typename }"}, "again.json")
        again.process.send_signal(signal.SIGHUP)
        until("two", True)
        until("one", False)
        manifest({"three": "{ nothing }"}, "again.json")
        again.process.send_signal(signal.SIGHUP)
        time.sleep(0.3)
        until("two", True)
        until("three", False)
        again.stop()
        assert 'operation \\"three\\"' in again.errors and "operations-kept" in again.errors, again.errors


def test_the_server_ends_clean():
    assert server.stop()[0] == 0


run(tests_of(sys.modules[__name__]))
