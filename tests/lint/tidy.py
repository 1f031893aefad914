#!/usr/bin/env python3
"""clang-tidy, as .clang-tidy says, finds nothing in src/ and modules/: tidy.py ROOT BUILD [--fast]. Exit 77 (skipped) where
it is not installed. --fast leaves out the analyzer, which follows paths and takes minutes; ./dev lint runs all."""
import concurrent.futures, os, re, shutil, subprocess, sys

os.chdir(sys.argv[1])
tool = shutil.which("clang-tidy-14") or sys.exit(77)
command = [tool, "--quiet", "-p", sys.argv[2]] + (["--checks=-clang-analyzer-*"] if "--fast" in sys.argv else [])

# One file a process: the analyzer's check of va_lists mistakes the second file for the first.
def findings(path):
    done = subprocess.run([*command, path], capture_output=True, text=True)
    lines = [re.sub(r"^\S*\.\./\.\./", "", line) for line in done.stdout.splitlines()]
    found = [line for line in lines if re.match(r"\S+:\d+:\d+: (warning|error): ", line)]
    return found or ([f"{path}: {done.stderr.strip()}"] if done.returncode else [])

files = subprocess.run(["git", "ls-files", "src/*.c", "modules/*.c"], capture_output=True, text=True, check=True).stdout.split()
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    wrong = sorted({line for found in pool.map(findings, files) for line in found})
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
