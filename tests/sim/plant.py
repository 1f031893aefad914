#!/usr/bin/env python3
"""Plants the faults of plants.txt one at a time and lets the simulator look for each.

plant.py [WORD] [--starred] [--build FOLDER] [--seeds N]: those with WORD in their words; only the starred ones. A fault is
compiled from a copy of its file and linked before the archives, whose own object is then not taken. Exits with 1 if one
does not compile or is not found, or any at all, asked for or not, does not apply.
"""
import argparse, json, os, re, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SIM = "tests/sim/tessera-sim"

def read_plants():
    plants = []
    for line in open(os.path.join(HERE, "plants.txt"), encoding="utf-8"):
        line = line.rstrip("\n")
        if line.startswith("== "):
            starred = line.startswith("== * ")
            plants.append({"words": line[5 if starred else 3:], "starred": starred, "old": [], "new": []})
        elif line.startswith("@ "):
            plants[-1]["file"] = line[2:]
        elif line.startswith(("-", "+")) and plants:
            plants[-1]["old" if line[0] == "-" else "new"].append(line[1:])
    return plants

def planted_text(plant):
    text = open(os.path.join(ROOT, plant["file"]), encoding="utf-8").read()
    old, new = "\n".join(plant["old"]) + "\n", "\n".join(plant["new"]) + "\n"
    if text.count(old) != 1:
        raise ValueError(f"its lines stand in {plant['file']} {text.count(old)} times")
    return text.replace(old, new)

def run(command, **how):
    done = subprocess.run(command, capture_output=True, text=True, **how)
    if done.returncode:
        raise ValueError((done.stderr or done.stdout).strip()[:2000])
    return done.stdout

class Builder:
    def __init__(self, build):
        self.build = build
        run(["ninja", "-C", build, SIM])
        commands = json.load(open(os.path.join(build, "compile_commands.json"), encoding="utf-8"))
        self.compiles = {os.path.relpath(os.path.join(c["directory"], c["file"]), ROOT): c for c in commands}
        self.link = run(["ninja", "-C", build, "-t", "commands", SIM]).strip().splitlines()[-1]

    def compile(self, plant, folder):
        command = self.compiles[plant["file"]]["command"]
        source = os.path.join(folder, os.path.basename(plant["file"]))
        with open(source, "w", encoding="utf-8") as copy:
            copy.write(planted_text(plant))
        target = re.search(r" -o (\S+)", command)[1]
        command = re.sub(r" -MD -MQ \S+ -MF \S+", "", command)
        command = re.sub(r" -o \S+ -c \S+$", "", command)
        where = os.path.dirname(os.path.join(ROOT, plant["file"]))
        run(f"{command} -iquote {where} -Wno-error -o {source}.o -c {source}", shell=True, cwd=self.build)
        return target, source + ".o"

    def seal(self, plant, target, planted, folder):
        """A module is one object, in which one symbol is seen."""
        name = plant["file"].split("/")[1]
        objects = os.path.dirname(os.path.join(self.build, target))
        others = [os.path.join(objects, o) for o in sorted(os.listdir(objects)) if o.endswith(".o") and o != os.path.basename(target)]
        sealed = os.path.join(folder, name + ".sealed.o")
        run(["ld", "-r", "-o", sealed, planted] + others)
        run(["objcopy", f"--keep-global-symbol={name}_module", sealed])
        return sealed

    def sim(self, plant, folder):
        target, planted = self.compile(plant, folder)
        if plant["file"].startswith("modules/"):
            planted = self.seal(plant, target, planted, folder)
        sim = os.path.join(folder, "sim")
        run(self.link.replace(f"-o {SIM} ", f"-o {sim} {planted} ", 1), shell=True, cwd=self.build)
        return sim

def look(builder, plant, seeds):
    """How many seeds it took, and what was said; None when it was not found."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([builder.sim(plant, folder), str(seeds)], capture_output=True, text=True)
    if done.returncode == 0:
        return None
    said = re.search(r"^seed (\d+): (.*)", done.stderr, re.M)
    if said:
        return int(said[1]), said[2]
    return 0, (done.stderr or done.stdout).strip()[-120:]

def broken(plants):
    """Those whose lines have changed since."""
    found = []
    for plant in plants:
        try:
            planted_text(plant)
        except ValueError as problem:
            found.append(f"BROKEN {plant['words']}: {problem}")
    return found

def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("word", nargs="?", default="")
    parser.add_argument("--starred", action="store_true")
    parser.add_argument("--build", default=os.path.join(ROOT, "build/release"))
    parser.add_argument("--seeds", type=int, default=4000)
    asked = parser.parse_args()
    every = read_plants()
    if problems := broken(every):
        sys.exit("\n".join(problems))
    builder = Builder(os.path.abspath(asked.build))
    plants = [p for p in every if asked.word in p["words"] and (p["starred"] or not asked.starred)]
    missed = 0
    for plant in plants:
        try:
            found = look(builder, plant, asked.seeds)
        except ValueError as problem:
            missed += 1
            print(f"BROKEN {plant['words']}: {problem}", flush=True)
            continue
        missed += not found
        print(f"seed {found[0]:4}  {plant['words']}: {found[1]}" if found else f"MISSED     {plant['words']}", flush=True)
    print(f"{len(plants) - missed} of {len(plants)} planted faults found")
    sys.exit(1 if missed or not plants else 0)

main()
