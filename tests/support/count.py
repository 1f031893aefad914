#!/usr/bin/env python3
"""The last line of ./dev test, from meson's JSON logs: count.py LOG.json …

Counts cases where a program names them (cmocka's "[       OK ]" lines, which our Python tests print too), else the
program as one. A program that dies is at least one failure, whatever it printed before.
"""
import json, re, sys

def cases(test):
    text = test.get("stdout") or ""
    text += test.get("stderr") or ""
    passed = len(re.findall(r"^\[       OK \]", text, re.M))
    failed = len(set(re.findall(r"^\[  FAILED  \] (\w+)\s*$", text, re.M)))
    skipped = len(set(re.findall(r"^\[  SKIPPED \] (\w+)\s*$", text, re.M)))
    return passed, failed, skipped

def main():
    total = [0, 0, 0]
    for path in sys.argv[1:]:
        for line in open(path, encoding="utf-8"):
            test = json.loads(line)
            passed, failed, skipped = cases(test)
            good = test["result"] in ("OK", "EXPECTEDFAIL")
            if test["result"] == "SKIP":
                skipped = max(skipped, 1)
            elif not good:
                failed = max(failed, 1)
            elif passed + failed + skipped == 0:
                passed = 1
            total = [total[0] + passed, total[1] + failed, total[2] + skipped]
    print("{} passed, {} failed, {} skipped".format(*total))
    sys.exit(1 if total[1] or not total[0] else 0)

main()
