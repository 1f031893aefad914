#!/usr/bin/env python3
"""The part of a NATS server's configuration that says who may do what, for one way to split the modules:

    permissions.py gateway catalog,inventory orders,payments,tickets,door,waitroom,identity,audit,privacy > permissions.conf

Each word is what one process gets as --modules; who asks as it is known by its certificate, whose common name is "tessera-"
and the modules with dashes between them (or, where that is too long, the first and how many more). A process may be asked only for its own services, and may ask only those whose
stubs its modules include. Derived from modules/ and proto/, so it is never behind them.
"""
import glob, os, re, sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
EVERYTHING = "gateway"  # the front asks all and serves none


def read(pattern):
    return "".join(open(path, encoding="utf-8").read() for path in sorted(glob.glob(os.path.join(ROOT, pattern))))


def modules():
    return re.findall(r"'(\w+)'", re.search(r"^modules = \[(.*?)\]", read("modules/meson.build"), re.M)[1])


def services(module):
    """Full names, as the subjects have them."""
    proto = read(f"proto/{module}/v1/{module}.proto")
    package = re.search(r"^package ([\w.]+);", proto, re.M)[1]
    return [f"{package}.{name}" for name in re.findall(r"^service (\w+)", proto, re.M)]


def asked_by(module):
    """The modules that it calls; itself too, for it may."""
    if module == EVERYTHING:
        return modules()
    return sorted(set(re.findall(r'"(\w+)/v1/\w+\.rpc\.h"', read(f"modules/{module}/*.[ch]"))) | {module})


def subjects(names):
    return [f"tessera.{service}.*" for name in names for service in services(name)]


def name_of(here):
    """What its certificate calls a process of these modules; X.509 has 64 characters for it."""
    name = "tessera-" + "-".join(here)
    return name if len(name) <= 64 else f"tessera-{here[0]}-and-{len(here) - 1}-more"


def user(process):
    here = process.split(",")
    unknown = set(here) - {EVERYTHING, *modules()}
    if unknown:
        sys.exit(f"permissions.py: there is no module {', '.join(sorted(unknown))}")
    served = subjects(name for name in modules() if name in here)
    asked = subjects(name for name in modules() if any(name in asked_by(one) for one in here) and name not in here)
    name = name_of(here)
    listed = lambda names: "[" + ", ".join(f'"{name}"' for name in names) + "]"
    return f"""    {{
      user: "CN={name}"
      permissions: {{
        publish: {listed(asked + ["tessera.event.>"])}
        subscribe: {listed(served + ["tessera.event.>", "$SRV.>", f"_INBOX.{name}.>"])}
        allow_responses: {{ max: 16, expires: "1m" }}
      }}
    }}"""


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    print("# Made by deploy/nats/permissions.py " + " ".join(sys.argv[1:]))
    print("authorization {\n  users: [\n" + "\n".join(user(process) for process in sys.argv[1:]) + "\n  ]\n}")


main()
