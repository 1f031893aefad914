#!/usr/bin/env python3
"""Which folder may include which: layers.py ROOT. Includes point down only; modules see the SDK and themselves."""
import os, re, sys

MAY_USE = {
    "base": [],
    "loop": ["base"],
    "telemetry": ["base", "loop"],
    "bus": ["base", "loop", "telemetry"],
    "store": ["base", "loop", "telemetry"],
    "net": ["base", "loop", "telemetry"],
    "host": ["base", "loop", "telemetry", "bus", "store"],
    "graphql": ["base"],
    "gateway": ["base", "loop", "telemetry", "bus", "graphql"],
    "import": ["base", "loop", "telemetry"],
    "cli": ["base", "loop", "telemetry", "bus", "store", "net", "host", "graphql", "gateway", "import"],
}
# Who may call a library by name; every other folder may not include it.
LIBRARIES = {"uv.h": ["loop"], "h2o.h": ["gateway"], "nats/": ["bus"], "sqlite3.h": ["store", "cli"], "mongoc/": ["store"], "jansson.h": ["import"], "curl/": ["net"]}

def includes(path):
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        match = re.match(r'\s*#\s*include\s+([<"])([^>"]+)', line)
        if match:
            yield number, match[2], match[1] == '"'

def check_src(folder, path):
    for number, name, ours in includes(path):
        top = name.split("/")[0]
        if ours and top in MAY_USE and top != folder and top not in MAY_USE[folder]:
            yield f"{path}:{number}: {folder} may not include {name}"
        for library, users in LIBRARIES.items():
            if not ours and name.startswith(library) and folder not in users:
                yield f"{path}:{number}: {folder} may not include <{name}>"

def check_module(module, path):
    for number, name, ours in includes(path):
        top = name.split("/")[0]
        if ours and (top in MAY_USE or "/" in name and not name.startswith("tessera/") and "/v1/" not in name):
            yield f"{path}:{number}: module {module} may not include {name}"

def sources(folder):
    for where, _, names in sorted(os.walk(folder)):
        yield from (os.path.join(where, name) for name in sorted(names) if name.endswith((".c", ".h")))

def main():
    os.chdir(sys.argv[1])
    wrong = []
    for folder in sorted(entry.name for entry in os.scandir("src") if entry.is_dir()):
        if folder not in MAY_USE:
            wrong.append(f"src/{folder}: not in the table of tests/lint/layers.py")
            continue
        for path in sources(f"src/{folder}"):
            wrong += check_src(folder, path)
    for module in sorted(entry.name for entry in os.scandir("modules") if entry.is_dir()):
        for path in sources(f"modules/{module}"):
            wrong += check_module(module, path)
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)

main()
