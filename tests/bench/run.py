#!/usr/bin/env python3
"""The benchmarks, one table: run.py BUILD_FOLDER [SECONDS]

A request's cost is the server process's CPU time over the requests it answered while wrk loads it on loopback; what it is
measured against stands beside it, so that the ratio survives a noisy machine."""
import json, os, subprocess, sys, tempfile, time
from growth import bench_growth
from measure import BUILD, TOKEN, end, row, rows, rss_mb, serve
from onsale import bench_onsale
from pages import bench_pages
from reads import bench_reads
from restart import bench_restart
from split import bench_split
from subscribe import bench_subscribe

SECONDS = int(sys.argv[2]) if len(sys.argv) > 2 else 4
RSS_MB_MAX, DEMO_AFTER_S = 25, 10


def bench_start():
    start = time.monotonic()
    server, _ = serve()
    row("start to ready, empty store", f"{(time.monotonic() - start) * 1e3:.0f} ms")
    time.sleep(1)
    row("RSS when idle, empty store", f"{rss_mb(server.pid):.1f} MB")
    end(server)


def serve_demo(data):
    """As ./dev run does. Return: the process, once it is ready."""
    server = subprocess.Popen([BUILD + "/tessera", "serve", "--sandbox", "--data", data, "--owner-token", TOKEN, "--listen", "127.0.0.1:0",
                               "--admin", "127.0.0.1:0", "--log-level", "warn"], stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        if "serves" in line:
            return server
    raise AssertionError("the server did not start")


def bench_demo(folder):
    """The memory of a small promoter's server: with the demo just loaded, and started on it."""
    if not os.path.exists("demo/load"):
        return
    data = os.path.join(folder, "demo")
    server = serve_demo(data)
    try:
        loaded = subprocess.run(["demo/load", BUILD + "/tessera", data], capture_output=True, text=True)
        if loaded.returncode:
            row("RSS with the demo", "VOID: it does not load")
            return
        time.sleep(DEMO_AFTER_S)
        row(f"RSS {DEMO_AFTER_S} s after the demo was loaded", f"{rss_mb(server.pid):.1f} MB")
        end(server)
        server = serve_demo(data)
        time.sleep(DEMO_AFTER_S)
        row(f"RSS {DEMO_AFTER_S} s after ready, with the demo", f"{rss_mb(server.pid):.1f} MB", "", "", f"limit {RSS_MB_MAX} MB")
    finally:
        end(server)


def bench_programs():
    """The programs that measure one part each print lines of their own."""
    subprocess.run(["meson", "test", "--benchmark", "-C", BUILD, "-q", "--logbase", "bench"], stdout=subprocess.DEVNULL)
    log = os.path.join(BUILD, "meson-logs", "bench.json")
    for line in open(log) if os.path.exists(log) else []:
        test = json.loads(line)
        for text in (test.get("stdout") or "").splitlines():
            if text.strip():
                row(test["name"].split("/")[-1].strip() + ": " + text.strip(), "")


def main():
    bench_start()
    for bench in (lambda folder: bench_reads(folder, SECONDS), bench_onsale, bench_subscribe, lambda folder: bench_pages(folder, SECONDS), bench_split, bench_demo, bench_restart,
                  lambda folder: bench_growth(folder, os.path.join(BUILD, "growth.svg"))):
        with tempfile.TemporaryDirectory() as folder:
            bench(folder)
    bench_programs()
    widths = [max(len(row[i]) for row in rows if row[1] or i) for i in range(5)]
    for line in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())


main()
