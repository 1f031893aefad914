#!/usr/bin/env python3
"""tests/security/README.md names tests that are there and run: security.py ROOT. Its rows are 1 to 37, as they were asked for; each has
a case (`file` `case`) that the file defines and registers and a meson.build runs, or says why there is none yet."""
import os, re, sys

ROWS, TABLE = 37, "tests/security/README.md"
WHOLE = ("tests/fuzz/", "tests/torture/", "tests/topology/", "tests/bench/")  # a program that has one claim is its own case


def is_registered(path, case):
    """In the manner of its language, defining alone does not run it."""
    text = open(path, encoding="utf-8").read()
    name = re.escape(case)
    if path.endswith(".c"):
        return len(re.findall(rf"\b{name}\b", text)) > 1
    if path.endswith(".mjs"):
        return re.search(rf"\[\s*'{name}',|\w+\('{name}',", text)
    defined = re.search(rf"^def {name}\(", text, re.M)
    collected = "tests_of(" in text if case.startswith("test_") else "globals()" in text
    return defined and (collected or len(re.findall(rf"\b{name}\b", text)) > 1)


def is_run(path):
    """By its name in the meson.build beside it."""
    folder, name = os.path.split(path)
    stem = re.sub(r"^test_", "", os.path.splitext(name)[0])
    build = open(os.path.join(folder, "meson.build"), encoding="utf-8").read()
    return re.search(rf"\b(test_)?{re.escape(stem)}\b", build)


def wrong_in(row, where):
    proofs = re.findall(r"`(tests/[\w./]+)`((?: `\w+`,?)*)", row)
    if not proofs and not re.search(r"\*\*Not yet\*\*: \w+", row):
        yield f"{where}: neither a test nor why there is none"
    for path, names in proofs:
        if not os.path.isfile(path):
            yield f"{where}: there is no {path}"
        elif not is_run(path):
            yield f"{where}: no meson.build runs {path}"
        elif not names and not path.startswith(WHOLE):
            yield f"{where}: {path} without a case"
        else:
            yield from (f"{where}: {path} does not run {case}" for case in re.findall(r"`(\w+)`", names) if not is_registered(path, case))


def main():
    os.chdir(sys.argv[1])
    wrong, seen = [], []
    for number, line in enumerate(open(TABLE, encoding="utf-8"), 1):
        row = re.match(r"\| (\d+) \|", line)
        if row:
            seen.append(int(row[1]))
            wrong += wrong_in(line, f"{TABLE}:{number}")
    if seen != list(range(1, ROWS + 1)):
        wrong.append(f"{TABLE}: its rows are {seen}")
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


main()
