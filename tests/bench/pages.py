"""The shop's pages: what rendering one costs Node, with nothing kept; and what one costs that is kept in front of it.

Each request of the first is for an address of its own, so no cache knows it; a page shows an event's offers, which are asked
for anew. Tessera and wrk share the other cores then, and all of them a machine that may be busy: the CPU time says more than
the rate. Requests take no compression, for whoever loads must not be what is measured."""
import json, os, subprocess, time, urllib.error, urllib.request
from measure import SERVER_CORE, Load, end, make_event, row, rss_mb, serve

WEB = "build/web"
NODE_FLAGS = ["--max-old-space-size=128", "--max-semi-space-size=8"]
RENDERED_MIN, KEPT_MIN = 400, 20000


def new_address_script(folder):
    path = os.path.join(folder, "new_address.lua")
    open(path, "w").write("local n = 0\nfunction request() n = n + 1\n  return wrk.format('GET', wrk.path .. '?n=' .. n) end\n")
    return path


def figures(name, load, least, pid):
    void = f"VOID: {load.refused} refused" if load.refused else ""
    row(name, f"{load.cost_us:.0f} us CPU/page" if load.cost_us < 1000 else f"{load.cost_us / 1e3:.2f} ms CPU/page", f"{load.rate:,.0f}/s, must {least:,}",
        f"p50 {load.p50_ms:.2f} ms  p99 {load.p99_ms:.2f} ms", void)
    row("  one core alone could", f"{1e6 / load.cost_us:,.0f}/s", f"RSS {rss_mb(pid):.0f} MB")


def bench_rendering(folder, url, seconds):
    words = [*SERVER_CORE, f"{WEB}/node", *NODE_FLAGS, f"{WEB}/tessera-web.js", "--listen", "127.0.0.1:0", "--graphql", url]
    web = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        page = json.loads(web.stdout.readline())["url"] + "/e/bench/e"
        script = new_address_script(folder)
        Load(web.pid, page, 2, script, connections=8)  # what is compiled while it runs, is by then
        figures("event page rendered by tessera-web", Load(web.pid, page, seconds, script, connections=8), RENDERED_MIN, web.pid)
    finally:
        end(web)


def wait_for(page):
    """Node begins a moment after the program that runs it."""
    for _ in range(200):
        try:
            return urllib.request.urlopen(page)
        except urllib.error.HTTPError:
            time.sleep(0.05)
    raise AssertionError("there are no pages")


def bench_pages(folder, seconds):
    if not os.path.exists(f"{WEB}/tessera-web.js"):
        row("pages", "VOID: there is no build/web")
        return
    with open(os.path.join(folder, "log"), "w") as log:
        server, url = serve("--log-level", "warn", "--operations", f"{WEB}/documents.json", stderr=log)
        try:
            make_event(url)
            bench_rendering(folder, url, seconds)
        finally:
            end(server)
        server, url = serve("--log-level", "warn", "--web", WEB, pinned=True, stderr=log)
        try:
            make_event(url)
            page = url.replace("/graphql", "/e/bench/e")
            wait_for(page)
            figures("event page kept in front of it", Load(server.pid, page, seconds), KEPT_MIN, server.pid)
        finally:
            end(server)
