#!/usr/bin/env python3
"""modules/privacy/README.md says of each collection what it holds of people and how long: kept.py ROOT. A row names collections of
one term, in days or hours as their declarations say, or has no number where they say none."""
import os, re, subprocess, sys

UNITS = {"TS_HOUR_MS": 1, "TS_DAY_MS": 24}


def hours(expression, text):
    """`90 * (int64_t)TS_DAY_MS` in hours; names of the same file are looked up."""
    expression = expression.strip()
    for name in re.findall(r"\b[A-Z][A-Z_]+\b", expression):
        if name not in UNITS:
            value = re.search(rf"#define {name} \((.*)\)|\b{name} = (\w+)", text)
            expression = expression.replace(name, f"({next(part for part in value.groups() if part)})")
    return eval(expression.replace("(int64_t)", ""), {}, UNITS)


def declared():
    """{name: hours that it is kept; None: for ever}."""
    found = {}
    files = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "modules/*.c", "src/*.c"], capture_output=True, text=True, check=True).stdout.split()
    for path in files:
        text = open(path).read()
        for body in re.findall(r"struct ts_collection \w+ = {(.*?)\n?};", text, re.S):
            name, keep = re.search(r'\.name = "(\w+)"', body), re.search(r"\.keep_ms = (.*?),?$", body, re.M)
            if name:
                found[name[1]] = hours(keep[1], text) if keep else None
    return found


def told():
    """{name: hours that its row tells; None: no number}."""
    found = {}
    section = open("modules/privacy/README.md", encoding="utf-8").read().split("## What is kept", 1)[1]
    for row in re.findall(r"^\| (`.*) \|$", section, re.M):
        cells = row.split(" | ")
        number = re.match(r"(\d+) (day|hour)s?\b", cells[3])
        for name in re.findall(r"`(\w+)`", cells[0]):
            found[name] = int(number[1]) * (24 if number[2] == "day" else 1) if number else None
    return found


os.chdir(sys.argv[1])
code, words = declared(), told()
assert len(code) > 30, code
wrong = [f"modules/privacy/README.md: there is no word of {name}" for name in code if name not in words]
wrong += [f"modules/privacy/README.md: there is no collection {name}" for name in words if name not in code]
wrong += [f"modules/privacy/README.md: {name} is kept for {code[name]} hours, not {words[name]}" for name in code if name in words and code[name] != words[name]]
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
