#!/usr/bin/env python3
"""clang-format has nothing to change: format.py ROOT. Exit 77 (skipped) where it is not installed."""
import os, shutil, subprocess, sys

os.chdir(sys.argv[1])
tool = shutil.which("clang-format-14") or sys.exit(77)
files = subprocess.run(["git", "ls-files", "*.c", "*.h"], capture_output=True, text=True, check=True).stdout.split()
done = subprocess.run([tool, "--dry-run", "-Werror", *files], capture_output=True, text=True)
wrong = sorted({line.split(":")[0] for line in done.stderr.splitlines() if "[-Wclang-format-violations]" in line})
print("\n".join(f"{path}: run clang-format-14 -i on it" for path in wrong))
sys.exit(1 if wrong or done.returncode else 0)
