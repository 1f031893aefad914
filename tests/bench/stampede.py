#!/usr/bin/env python3
"""A server of its own for tessera-stampede: stampede.py TESSERA STAMPEDE [FLAGS...]

The server has core 0 for itself and the buyers the others, where there are any. With --test as the only flag: the small
on-sale of CI, the same with a wrong tally, which must be found out, and through a waiting room."""
import os, resource, subprocess, sys

sys.path.append(os.path.join(os.path.dirname(__file__), "../gateway"))
from harness import TOKEN, Server

SMALL = ["--buyers", "400", "--places", "60", "--connections", "32", "--arrive-s", "1", "--hurry", "8", "--bots", "10", "--seed", "7"]


def cpu_s():
    """Of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def stampede(*flags, **how):
    cores, start_s = os.sched_getaffinity(0), cpu_s()
    os.sched_setaffinity(0, {min(cores)})
    with Server("--sandbox") as server:
        os.sched_setaffinity(0, cores - {min(cores)} or cores)
        try:
            ended = subprocess.run([sys.argv[2], "--url", server.url + "/graphql", "--admin", server.admin, *flags],
                                   env={**os.environ, "TESSERA_OWNER_TOKEN": TOKEN}, **how)
            buyers_s = cpu_s() - start_s
        finally:
            os.sched_setaffinity(0, cores)
    print(f"CPU: server {cpu_s() - start_s - buyers_s:.1f} s, buyers {buyers_s:.1f} s")
    return ended


def test():
    true = stampede(*SMALL, capture_output=True, text=True)
    print(true.stdout, true.stderr)
    assert true.returncode == 0 and "60 of 60 places sold exactly" in true.stdout
    false = stampede(*SMALL, "--miscount", "1", capture_output=True, text=True)
    print(false.stdout[false.stdout.find("VIOLATED"):], false.stderr)
    assert false.returncode == 1 and "61 tickets acknowledged as paid, the owner's quota says 60 sold" in false.stdout
    queued = stampede(*SMALL, "--buyers", "200", "--room", "2400", capture_output=True, text=True)
    print(queued.stdout, queued.stderr)
    assert queued.returncode == 0 and "60 of 60 places sold exactly" in queued.stdout and "WAITING_ROOM_REQUIRED" in queued.stdout


if sys.argv[3:] == ["--test"]:
    test()
else:
    sys.exit(stampede(*sys.argv[3:]).returncode)
