"""tessera schema: prints, checks and compares; each verdict has its exit status."""
import os, subprocess, tempfile
from harness import TESSERA, run, tests_of


def schema(*words):
    done = subprocess.run([TESSERA, "schema", *words], capture_output=True, text=True, timeout=20)
    return done.returncode, done.stdout, done.stderr


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def test_print_is_a_schema_that_prints_the_same_again():
    status, own, _ = schema("print")
    assert status == 0 and "type Query {" in own and "@rpc" not in own
    with tempfile.TemporaryDirectory() as folder:
        path = write(folder, "own.graphql", own)
        assert schema("print", path)[:2] == (0, own)
        assert schema("diff", path)[:2] == (0, "0 breaking, 0 dangerous, 0 safe\n")


def test_check_names_what_is_wrong():
    with tempfile.TemporaryDirectory() as folder:
        good, bad = write(folder, "a.graphql", "type Query { a: Int }"), write(folder, "b.graphql", "type Query {\n a: Itn }")
        assert schema("check", good)[0] == 0
        status, _, err = schema("check", bad)
        assert status == 1 and "b.graphql:2: Unknown type \"Itn\"" in err, err
        write(folder, "c.graphql", "query A { event(id: 1) { ...F } }")
        os.remove(good), os.remove(bad)
        write(folder, "d.gql", "fragment F on Event { titel }")
        status, _, err = schema("check", "--operations", folder)
        assert status == 1 and "d.gql:1:23: Cannot query field \"titel\"" in err, err
        write(folder, "d.gql", "fragment F on Event { title }")
        assert schema("check", "--operations", folder)[0] == 0


def test_diff_fails_for_what_breaks_clients_alone():
    with tempfile.TemporaryDirectory() as folder:
        one, two = write(folder, "1.graphql", "type Query { a: Int }"), write(folder, "2.graphql", "type Query { a: Int b: Int }")
        status, out, _ = schema("diff", two, one)
        assert status == 1 and "BREAKING   FIELD_REMOVED" in out and "Field Query.b was removed." in out, out
        status, out, _ = schema("diff", one, two)
        assert status == 0 and "SAFE       FIELD_ADDED" in out, out


def test_what_is_asked_wrongly_is_no_verdict():
    for words in ([], ["paint"], ["diff"], ["print", "/no/file"], ["check", "/no/file"], ["diff", "/no/file"], ["diff", "a", "b", "c"]):
        status, out, err = schema(*words)
        assert status == 2 and out == "" and err, (words, status, out, err)


if __name__ == "__main__":
    import sys
    run(tests_of(sys.modules[__name__]))
