#!/usr/bin/env python3
"""ARCHITECTURE.md names things that exist: map.py ROOT. Checked are `paths/with/a/slash`, `file.ext` and `function()`."""
import os, re, subprocess, sys

def main():
    os.chdir(sys.argv[1])
    files = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], capture_output=True, text=True, check=True).stdout.split()
    folders = {os.path.dirname(path) for path in files}
    folders |= {"/".join(folder.split("/")[:n]) for folder in set(folders) for n in range(1, folder.count("/") + 1)}
    known = set(files) | folders | {os.path.basename(path) for path in files}
    code = "".join(open(path, errors="replace").read() for path in files if path.endswith((".c", ".h", ".py")))
    missing = []
    for number, line in enumerate(open("ARCHITECTURE.md", encoding="utf-8"), 1):
        for name in re.findall(r"`([^`\s]+)`", line):
            call = re.fullmatch(r"(\w+)\(\)", name)
            if call and not re.search(rf"\b{call[1]}\(", code):
                missing.append(f"ARCHITECTURE.md:{number}: there is no {name}")
            is_path = re.fullmatch(r"\.?[\w.-]+(/[\w.-]+)*/?", name) and ("/" in name or re.search(r"\.(c|h|py|md|graphql|proto)$", name))
            if is_path and name.split("/")[0] in {path.split("/")[0] for path in files} | {""} and name.rstrip("/") not in known:
                missing.append(f"ARCHITECTURE.md:{number}: there is no {name}")
    print("\n".join(missing))
    sys.exit(1 if missing else 0)

main()
