#!/usr/bin/env python3
"""A bill of materials (CycloneDX 1.6, JSON) of what is shipped: sbom.py BUILD PAGES... > bill.json

BUILD is a build folder with the program in it; its parts are the shared libraries that the loader brings
and the archives that were copied into it, each by its Debian package. PAGES are folders that clients/*/build.js has made; beside each lies NAME.inputs.json,
which lists the npm packages that went into it by their keys in the lock file, where their versions and digests are. With
the same parts it is the same bytes: there is no time of day in it but SOURCE_DATE_EPOCH, where that is set.
"""
import base64, datetime, functools, hashlib, json, os, re, shlex, subprocess, sys, urllib.parse, uuid

NAMESPACE = uuid.UUID("6f0d4b3e-6b3a-5a0c-9d0e-1f6f6f2a7c11")


def run(*words, **how):
    return subprocess.run(words, check=True, capture_output=True, text=True, **how).stdout


def static_parts(build):
    """Archives of others that the command which links the program names, and what the compiler adds by itself."""
    command = shlex.split(run("ninja", "-C", build, "-t", "commands", "-s", "tessera").splitlines()[-1])
    archives = {word for word in command if os.path.isabs(word) and word.endswith(".a")}
    compiler = next(word for word in command if word != "ccache")
    own = {run(compiler, "-print-file-name=" + name).strip() for name in ("crt1.o", "libgcc.a", "libc_nonshared.a")}
    return {os.path.realpath(path) for path in archives | own}


def quoted(text):
    return urllib.parse.quote(text, safe="")


@functools.cache
def needed_by(path):
    """The names of shared libraries that this one asks the loader for."""
    return tuple(re.findall(r"\(NEEDED\).*\[(.+)\]", run("readelf", "-d", path)))


@functools.cache
def loaders_names():
    """Where the loader finds each name."""
    lines = run("/sbin/ldconfig", "-p").splitlines()[1:]
    machine = "x86-64" if os.uname().machine == "x86_64" else "AArch64"
    found = {}
    for line in lines:
        name, kind, path = re.match(r"\s*(\S+) \((.*)\) => (.*)$", line).groups() if "=>" in line else (None, "", "")
        if name and machine in kind:
            found.setdefault(name, os.path.realpath(path))
    return found


def shared_libraries(program):
    seen, queue = set(), list(needed_by(program))
    while queue:
        path = loaders_names()[queue.pop()]
        if path not in seen:
            seen.add(path)
            queue += needed_by(path)
    return seen


def debian_packages(paths):
    """The packages that the files are of. dpkg may know a file by its path before /lib became /usr/lib."""
    known = {each: path for path in paths for each in (path, path.removeprefix("/usr"))}
    found = subprocess.run(["dpkg-query", "-S", *known], capture_output=True, text=True).stdout.splitlines()
    owners = {known[path]: owner for owner, path in (line.split(": ", 1) for line in found)}
    nobodys = set(paths) - set(owners)
    assert not nobodys, f"of no package: {nobodys}"
    return sorted(set(owners.values()))


def licence_in(copyright_file):
    """The licence of a package's files at large, where its copyright file is of the form that machines read."""
    try:
        text = open(copyright_file, encoding="utf-8").read()
    except OSError:
        return None
    stanza = re.search(r"^Files:\s*\*\s*\n(?:.+\n)*?License:[ \t]*(\S.*)$", text, re.M)
    return stanza[1].strip() if text.startswith("Format:") and stanza else None


def debian_components(names, distribution):
    form = "${binary:Package}\t${Version}\t${Architecture}\t${source:Package}\n"
    return [debian_component(*line.split("\t"), distribution) for line in run("dpkg-query", "-W", "-f", form, *names).splitlines()]


def debian_component(name, version, machine, source, distribution):
    plain = name.split(":")[0]
    purl = f"pkg:deb/debian/{quoted(plain)}@{quoted(version)}?arch={machine}&distro={distribution}"
    licence = licence_in(f"/usr/share/doc/{plain}/copyright")
    return {
        "type": "library", "bom-ref": purl, "name": plain, "version": version, "purl": purl,
        **({"licenses": [{"license": {"name": licence}}]} if licence else {}),
        "properties": [{"name": "debian:source", "value": source}],
    }


def npm_component(key, entry):
    name = key.rsplit("node_modules/", 1)[1]
    purl = f"pkg:npm/{'/'.join(map(quoted, name.split('/')))}@{quoted(entry['version'])}"
    algorithm, digest = entry["integrity"].split(" ")[0].split("-", 1)
    assert algorithm == "sha512", f"{key}: {algorithm}"
    return {
        "type": "library", "bom-ref": purl, "name": name, "version": entry["version"], "purl": purl,
        "hashes": [{"alg": "SHA-512", "content": base64.b64decode(digest).hex()}],
        **({"licenses": [{"license": {"name": entry["license"]}}]} if "license" in entry else {}),
    }


def npm_components(pages):
    made = json.load(open(pages.rstrip("/") + ".inputs.json", encoding="utf-8"))
    lock = json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", made["lock"]), encoding="utf-8"))
    node = os.path.join(pages, "node")
    return [npm_component(key, lock["packages"][key]) for key in made["packages"]] + ([runtime_component(node)] if os.path.exists(node) else [])


def runtime_component(node):
    """The Node that runs the pages, by its own digest: npm's package fetches it when it is installed, so no lock file has one."""
    version = run(node, "--version").strip().lstrip("v")
    purl = f"pkg:generic/node@{version}"
    with open(node, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"type": "platform", "bom-ref": purl, "name": "node", "version": version, "purl": purl, "hashes": [{"alg": "SHA-256", "content": digest}]}


def distribution():
    fields = dict(line.rstrip("\n").split("=", 1) for line in open("/etc/os-release", encoding="utf-8") if "=" in line)
    return f"{fields['ID']}-{fields.get('VERSION_ID', 'sid')}".replace('"', "")


def bill_of(build, pages):
    program = os.path.join(build, "tessera")
    version = run(program, "version").split()[1]
    files = static_parts(build) | shared_libraries(program)
    lists = [debian_components(debian_packages(files), distribution()), *(npm_components(folder) for folder in pages)]
    parts = {part["bom-ref"]: part for each in lists for part in each}
    components = [parts[ref] for ref in sorted(parts)]
    root = f"pkg:generic/tessera@{version}"
    bill = {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": {
            **epoch(),
            "component": {"type": "application", "bom-ref": root, "name": "tessera", "version": version, "purl": root,
                          "licenses": [{"license": {"id": "Apache-2.0"}}]},
        },
        "components": components,
        "dependencies": [{"ref": root, "dependsOn": [each["bom-ref"] for each in components]}],
    }
    return {**bill, "serialNumber": uuid.uuid5(NAMESPACE, json.dumps(bill, sort_keys=True)).urn}


def epoch():
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    if not seconds:
        return {}
    return {"timestamp": datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")}


if __name__ == "__main__":
    json.dump(bill_of(sys.argv[1], sys.argv[2:]), sys.stdout, indent=2)
    print()
