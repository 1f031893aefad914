#!/usr/bin/env python3
"""What is shipped is known, and is the same wherever it is built: supply.py SOURCE BUILD

The bill of materials (deploy/sbom.py) is held against other witnesses than it was made from: the loader (ldd) and the linker's
own trace for the program, source maps and the bytes of files for pages. Then program and pages are built once more, in
another folder whose name has another length, without a compiler's cache: every byte must be the one of ./dev build.
BUILD is the release build; SOURCE/build/web and SOURCE/build/graphiql are the pages."""
import functools, glob, hashlib, json, os, re, shlex, shutil, subprocess, sys, tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../gateway"))
from harness import run as run_cases

SOURCE, BUILD = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2])
PAGES = {"web": os.path.join(SOURCE, "build/web"), "graphiql": os.path.join(SOURCE, "build/graphiql")}
# Code that a bundler adds of its own is in no map, but is known by its words.
OF_BUNDLERS = {"vite": "vite:preloadError", "rolldown": "rolldown/runtime"}


def run(*words, **how):
    done = subprocess.run(words, capture_output=True, text=True, **how)
    assert done.returncode == 0, (words, done.stdout[-3000:], done.stderr[-3000:])
    return done.stdout


def bill(*pages):
    return json.loads(run(sys.executable, os.path.join(SOURCE, "deploy/sbom.py"), BUILD, *pages))


def differences(bill, kind, found):
    """What a bill lacks of a kind, and what it has too much."""
    listed = {(part["name"], part["version"]) for part in bill["components"] if part["purl"].startswith(f"pkg:{kind}/")}
    return {"missing": sorted(found - listed), "too many": sorted(part for part in listed - found if part[0] not in NOT_IN_MAPS)}


NONE = {"missing": [], "too many": []}
# Of these an empty function and its call are left, which no map names.
NOT_IN_MAPS = {"@react-aria/focus", "@react-aria/interactions"}


def each_missing_part_is_found(whole, kind, found):
    """Bills with one entry taken out, and one with an entry of another version."""
    parts = [part for part in whole["components"] if part["purl"].startswith(f"pkg:{kind}/") and part["name"] not in NOT_IN_MAPS]
    shorter = ([other for other in parts if other is not part] for part in parts)
    older = [{**parts[0], "version": "0"}, *parts[1:]]
    return all(differences({"components": planted}, kind, found) != NONE for planted in [*shorter, older])


# The program.

def linked_files():
    """As the loader resolves them, and as the linker opens them: archives and the compiler's own objects."""
    shared = re.findall(r"(/\S+) \(0x", run("ldd", os.path.join(BUILD, "tessera")))
    command = shlex.split(run("ninja", "-C", BUILD, "-t", "commands", "-s", "tessera").splitlines()[-1])
    with tempfile.TemporaryDirectory() as folder:
        command[command.index("-o") + 1] = os.path.join(folder, "tessera")
        opened = run(*command, "-Wl,--trace", cwd=BUILD).splitlines()
    archives = [line for line in opened if re.fullmatch(r"/\S+\.[ao]", line)]
    assert any(path.endswith("libboost_context.a") for path in archives), opened
    return {os.path.realpath(path) for path in [*shared, *archives]}


def owners(files):
    """By dpkg's own lists of files."""
    of = {}
    for listing in glob.glob("/var/lib/dpkg/info/*.list"):
        name = os.path.basename(listing).removesuffix(".list").split(":")[0]
        for line in open(listing, encoding="utf-8"):
            if re.search(r"\.(so[.\w]*|a|o)$", line):
                folder, file = os.path.split(line.rstrip("\n"))
                of[os.path.join(os.path.realpath(folder), file)] = name  # /lib may be /usr/lib
    return {of[path] for path in files}


def installed_version(name):
    return run("dpkg-query", "-W", "-f", "${Version}\n", name).splitlines()[0]


def the_bill_is_what_is_linked():
    found = {(name, installed_version(name)) for name in owners(linked_files())}
    whole = bill()
    assert differences(whole, "deb", found) == NONE, differences(whole, "deb", found)
    assert each_missing_part_is_found(whole, "deb", found)


def the_bill_is_the_same_each_time():
    assert bill() == bill()


# The pages.

def version_of(package):
    return json.load(open(os.path.join(package, "package.json"), encoding="utf-8"))["version"]


def package_of(path):
    """(name, version) by the package.json on the disk; None for a source of ours."""
    found = re.match(r"(.*/node_modules/((?:@[^/]+/)?[^/]+))/", path)
    return found and (found[2], version_of(found[1]))


def packages_in_maps(folder):
    packages = set()
    for name in glob.glob(folder + "/**/*.map", recursive=True):
        for source in json.load(open(name, encoding="utf-8"))["sources"]:
            packages.add(package_of(os.path.normpath(os.path.join(os.path.dirname(name), source))))
    return packages - {None}


def packages_by_words(folder, base):
    scripts = "".join(open(os.path.join(folder, path), encoding="utf-8").read() for path in files_in(folder) if path.endswith(".js"))
    return {(name, version_of(os.path.join(base, "node_modules", name))) for name, words in OF_BUNDLERS.items() if words in scripts}


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_in(folder):
    """But for links, and maps that are asked for here alone."""
    for top, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(top, name)
            if not os.path.islink(path) and not re.search(r"\.map(\.gz)?$", name):
                yield os.path.relpath(path, folder)


def packages_by_bytes(folder, base):
    """Of the files that were copied as they are: fonts, pictures, WebAssembly."""
    copied = [os.path.join(folder, path) for path in files_in(folder) if re.search(r"\.(ttf|woff2?|wasm|png|svg)$", path)]
    wanted = {digest(path) for path in copied}
    sizes, packages = {os.path.getsize(path) for path in copied}, set()
    for top, _, names in os.walk(os.path.join(base, "node_modules")):
        for path in (os.path.join(top, name) for name in names):
            if not os.path.islink(path) and os.path.getsize(path) in sizes and digest(path) in wanted:
                packages.add(package_of(path))
    return packages


class Elsewhere:
    """The sources in another folder, pages made of them with maps. Packages are the same files by hard links: a bundler sees them there."""

    def __init__(self):
        self.folder = os.path.join(tempfile.mkdtemp(dir=os.path.join(SOURCE, "build")), "a/folder/of/another/name")
        shutil.copytree(SOURCE, self.folder, ignore=shutil.ignore_patterns(".git", "build", "node_modules", "generated", "tessera-data", "__pycache__"))

    def build_program(self):
        how = {"cwd": self.folder, "env": {**os.environ, "CCACHE_DISABLE": "1"}}
        run("meson", "setup", "build/release", "--buildtype=release", **how)
        run("ninja", "-C", "build/release", "tessera", **how)
        return os.path.join(self.folder, "build/release/tessera")

    @functools.cache
    def build_pages(self, name, maps):
        source, made = os.path.join(self.folder, "clients", name), os.path.join(self.folder, "build", name + maps)
        if not os.path.exists(source + "/node_modules"):
            run("cp", "-al", os.path.join(SOURCE, "clients", name, "node_modules"), source)
        path = (os.path.join(source, "node_modules/.bin:") if name == "web" else "") + os.environ["PATH"]  # as ./dev has it
        run("node", "build.js", made, cwd=source, env={**os.environ, "PATH": path, "TESSERA_SOURCE_MAPS": maps})
        return source, made

    def remove(self):
        shutil.rmtree(self.folder)


def same_files(one, other):
    """Relative paths whose bytes differ, or that are in one alone."""
    here, there = ({path: digest(os.path.join(folder, path)) for path in files_in(folder)} for folder in (one, other))
    return sorted(path for path in here.keys() | there.keys() if here.get(path) != there.get(path))


# A map leaves Vite's names as they are, so that one build serves both cases; esbuild makes it a part of its names.
MAPS = {"web": "maps", "graphiql": ""}


def two_folders_make_the_same_pages():
    for name, pages in PAGES.items():
        _, made = ELSEWHERE.build_pages(name, MAPS[name])
        assert list(files_in(pages)), f"{pages} is not built"
        assert same_files(pages, made) == [], (name, same_files(pages, made))


def the_bill_is_what_is_bundled():
    for name, pages in PAGES.items():
        source, made = ELSEWHERE.build_pages(name, "maps")
        found = packages_in_maps(made) | packages_by_words(made, source) | packages_by_bytes(made, source)
        whole = bill(pages)
        assert differences(whole, "npm", found) == NONE, (name, differences(whole, "npm", found))
        assert len(found) > 20 and each_missing_part_is_found(whole, "npm", found)


def what_runs_the_pages_is_named_by_its_digest():
    node = [part for part in bill(PAGES["web"])["components"] if part["name"] == "node"]
    assert [part["hashes"] for part in node] == [[{"alg": "SHA-256", "content": digest(os.path.join(PAGES["web"], "node"))}]], node


def each_package_has_a_digest_in_its_lock_file():
    locks = run("git", "-C", SOURCE, "ls-files", "*package-lock.json").split()
    assert len(locks) > 3, locks
    for lock in locks:
        packages = json.load(open(os.path.join(SOURCE, lock), encoding="utf-8"))["packages"]
        assert [key for key, entry in packages.items() if key and not entry.get("integrity", "").startswith("sha512-")] == [], lock


def two_folders_make_the_same_program():
    assert digest(os.path.join(BUILD, "tessera")) == digest(ELSEWHERE.build_program())


ELSEWHERE = Elsewhere()
CASES = [each_package_has_a_digest_in_its_lock_file, the_bill_is_what_is_linked, the_bill_is_the_same_each_time,
         what_runs_the_pages_is_named_by_its_digest, two_folders_make_the_same_pages, the_bill_is_what_is_bundled,
         two_folders_make_the_same_program]


try:
    run_cases([case for case in CASES if case.__name__ in sys.argv[3:] or not sys.argv[3:]])
finally:
    ELSEWHERE.remove()
