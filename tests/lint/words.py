#!/usr/bin/env python3
"""What must not stand in our files: words.py ROOT. Leftovers; calls that would leave the seam (time and chance are injected)."""
import os, re, subprocess, sys

LEFTOVER = re.compile(r"\b(TODO|FIXME)\b")
SEAM = re.compile(r"(?<![\w>.])(time|gettimeofday|clock_gettime|rand|random|srand|getrandom|sleep|usleep|system|popen)\(")

os.chdir(sys.argv[1])
wrong = []
for path in subprocess.run(["git", "ls-files", "*.c", "*.h", "*.py"], capture_output=True, text=True, check=True).stdout.split():
    if path == "tests/lint/words.py":
        continue
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        if LEFTOVER.search(line):
            wrong.append(f"{path}:{number}: a leftover")
        if path.startswith("modules/") and path.endswith(".c") and SEAM.search(line):
            wrong.append(f"{path}:{number}: a module may not call {SEAM.search(line)[1]}()")
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
