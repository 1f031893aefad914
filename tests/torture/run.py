#!/usr/bin/env python3
"""Every nemesis in turn, one table: run.py TESSERA SHIMS [AMOUNT] [--seed N] [--plants]

AMOUNT is a number of cycles for each (1000), or a time for all together (300s). SHIMS is the folder of the preloaded
libraries. With --plants instead: each nemesis with each of its planted faults, all of which must be found."""
import argparse, os, random, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from asleep import Asleep
from bad_disk import BadDisk
from kill9 import Kill9
from no_files import NoFiles
from power_cut import PowerCut

NEMESES = ((Kill9, None), (PowerCut, "fault_vfs.so"), (BadDisk, "fault_vfs.so"), (Asleep, "slept_clock.so"), (NoFiles, None))
PLANT_CYCLES, NO_END = 20, 10**9


def make(asked, nemesis, shim, plant=None):
    seed = random.SystemRandom().getrandbits(32) if asked.seed is None else asked.seed
    return nemesis(asked.binary, seed, plant, shim and os.path.join(asked.shims, shim))


def torture(asked):
    in_seconds = asked.amount.endswith("s")
    amount, campaigns = int(asked.amount.rstrip("s")), []
    for nemesis, shim in NEMESES:
        campaign = make(asked, nemesis, shim)
        campaigns.append(campaign)
        print(f"{campaign.name}, seed {campaign.seed}: {nemesis.__doc__}", flush=True)
        campaign.run(NO_END if in_seconds else amount, amount / len(NEMESES) if in_seconds else None)
    print(f"\n{'nemesis':10} {'cycles':>7} {'acknowledged':>13} {'checked':>9} {'violations':>11}")
    for campaign in campaigns:
        print(f"{campaign.name:10} {campaign.cycles:7} {campaign.acknowledged:13} {campaign.checked:9} {len(campaign.violations):11}")
    failed = sum(bool(campaign.violations) for campaign in campaigns)
    print(f"\n{len(campaigns) - failed} passed, {failed} failed")
    return 1 if failed else 0


def plants(asked):
    passed = failed = 0
    for nemesis, shim in NEMESES:
        for plant, what in nemesis.plants.items():
            campaign = make(asked, nemesis, shim, plant)
            found = not campaign.run(PLANT_CYCLES)
            passed, failed = passed + found, failed + (not found)
            print(f"{'ok' if found else 'NOT FOUND':9} {campaign.name}, cycle {campaign.cycles}, seed {campaign.seed}: {what}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("binary")
parser.add_argument("shims")
parser.add_argument("amount", nargs="?", default="300s")
parser.add_argument("--seed", type=int)
parser.add_argument("--plants", action="store_true")
asked = parser.parse_args()
sys.exit(plants(asked) if asked.plants else torture(asked))
