#!/usr/bin/env python3
"""clang-tidy, as .clang-tidy says, finds nothing in src/ and modules/: tidy.py ROOT BUILD [--fast]. Exit 77 (skipped) where
it is not installed. --fast leaves out the analyzer, which follows paths and takes minutes; ./dev lint runs all."""
import concurrent.futures, json, os, re, shutil, subprocess, sys, tempfile

os.chdir(sys.argv[1])
tool = shutil.which("clang-tidy-14") or sys.exit(77)
# One file a process, and each as it is compiled first (tests build some of them again): the analyzer's check of va_lists mistakes
# the second for the first.
database = tempfile.TemporaryDirectory()
with open(os.path.join(sys.argv[2], "compile_commands.json")) as every, open(os.path.join(database.name, "compile_commands.json"), "w") as once:
    json.dump(list({entry["file"]: entry for entry in reversed(json.load(every))}.values()), once)
command = [tool, "--quiet", "-p", database.name] + (["--checks=-clang-analyzer-*"] if "--fast" in sys.argv else [])

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
