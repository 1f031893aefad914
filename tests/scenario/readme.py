"""What the documents tell a reader to type works as it stands there: the first sale by curl runs as one script, and each operation in
GraphQL is one that the schema has: readme.py BINARY

Ends with `N passed, N failed`."""
import contextlib, glob, os, re, signal, subprocess, sys, tempfile

from shop import try_checks

BINARY, ROOT = os.path.abspath(sys.argv[1]), os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILT = "build/release/tessera"
OPERATIONS_MIN = 45  # so many there are, or they are not found any more


def read(path):
    return open(os.path.join(ROOT, path), encoding="utf-8").read()


def blocks(text):
    return re.findall(r"^```\w*\n(.*?)^```$", text, re.M | re.S)


def section(text, title):
    return re.search(rf"^## {re.escape(title)}$(.*?)^## ", text, re.M | re.S)[1]


def type_in(script):
    """Run in an empty folder; nothing that it started stays. Return: exit status and what was said."""
    with tempfile.TemporaryDirectory() as folder, open(os.path.join(folder, "said"), "w+") as said:
        shell = subprocess.Popen(["bash", "-euo", "pipefail", "-c", script], cwd=folder, stdout=said, stderr=said, start_new_session=True)
        try:
            code = shell.wait(timeout=60)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
        said.seek(0)
        return code, said.read()


def the_first_sale_is_as_it_is_told():
    script = "".join(blocks(section(read("README.md"), "A first sale, by curl")))
    assert script.count("./dev build\n") == 1 and BUILT in script, script
    script = script.replace("./dev build\n", "").replace(BUILT, BINARY)
    code, said = type_in(script)
    assert code == 0, said
    assert re.findall(r'"checkIn":\{"result":"(\w+)"', said) == ["OK", "ALREADY_REDEEMED"], said
    assert not re.search(r'"(userErrors|errors)":\[\{', said), said


def operations():
    """Each with where it stands; what is left out there ([…]) is an empty list."""
    for path in glob.glob("**/*.md", root_dir=ROOT, recursive=True):
        if re.search(r"(^|/)(node_modules|build)/", path):
            continue
        for block in blocks(read(path)):
            for found in re.findall(r"^((?:query|mutation|subscription)\b.*|\{ .*)\n((?:[ \t]+.*\n)*)", block, re.M):
                yield path, "\n".join(found).replace("[…]", "[]")


def named(operation, name):
    """They are checked as one program's, of which each has a name."""
    kind, rest = re.match(r"(\w*)(.*)", operation, re.S).groups()
    return f"{kind or 'query'} {name}{rest}"


def each_operation_is_in_the_schema():
    found = list(operations())
    assert len(found) >= OPERATIONS_MIN, len(found)
    with tempfile.TemporaryDirectory() as folder:
        for number, (_, text) in enumerate(found):
            open(os.path.join(folder, f"{number}.graphql"), "w", encoding="utf-8").write(named(text, f"Number{number}"))
        done = subprocess.run([BINARY, "schema", "check", "--operations", folder], capture_output=True, text=True, timeout=60)
    said = done.stdout + done.stderr
    wrong = [" ".join(found[int(number)]) for number in re.findall(r"/(\d+)\.graphql:", said)]
    assert done.returncode == 0, "\n".join([said, *wrong])


if __name__ == "__main__":
    sys.exit(try_checks([the_first_sale_is_as_it_is_told, each_operation_is_in_the_schema]))
