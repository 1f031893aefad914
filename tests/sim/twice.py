#!/usr/bin/env python3
"""Two runs of the same seeds leave the same traces: twice.py SIM SIM [--seeds N]. The second may be of another compiler."""
import argparse, subprocess, sys

def hashes(sim, seeds):
    ran = subprocess.run([sim, "--hashes", str(seeds)], capture_output=True, text=True)
    if ran.returncode:
        sys.exit(f"{sim}: {ran.stderr or ran.stdout}")
    return [line.split() for line in ran.stdout.splitlines()[:seeds]]

def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sims", nargs=2)
    parser.add_argument("--seeds", type=int, default=100)
    asked = parser.parse_args()
    first, second = (hashes(sim, asked.seeds) for sim in asked.sims)
    differ = [one[0] for one, other in zip(first, second) if one != other]
    if differ or len(first) != asked.seeds or len(set(hash for _, hash in first)) != asked.seeds:
        sys.exit(f"of {asked.seeds} seeds {len(differ)} differ: {' '.join(differ[:10])}")
    print(f"{asked.seeds} seeds, the same traces")

main()
