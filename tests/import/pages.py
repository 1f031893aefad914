"""tessera import from outside: alone and beside a server, twice, changed, refused; what was sold stays."""
import json, os, socket, subprocess, sys, tempfile, time, traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "demo"))
import sell

TESSERA = sys.argv[1]


def event(**changes):
    """A page with one event of 2031 in Berlin; None takes a member away."""
    page = {"@context": "https://schema.org", "@type": "MusicEvent", "@id": "https://halle.example/a", "name": "Abend",
            "description": "Musik.", "image": "https://halle.example/a.jpg", "startDate": "2031-07-01T20:00",
            "endDate": "2031-07-01T22:00", "maximumAttendeeCapacity": 50,
            "location": {"@type": "Place", "name": "Halle", "address": {"@type": "PostalAddress", "addressCountry": "DE"}},
            "organizer": {"@type": "Organization", "name": "Die Halle"},
            "offers": [{"@type": "Offer", "name": "Voll", "price": "15,50", "priceCurrency": "EUR"}]}
    page.update(changes)
    return {name: value for name, value in page.items() if value is not None}


class Folder:
    """A data folder, with a server on it when `serve`."""

    def __init__(self, serve=False):
        self.temporary, self.serve, self.process = tempfile.TemporaryDirectory(), serve, None
        self.path = self.temporary.name

    def __enter__(self):
        if self.serve:
            self.start()
        return self

    def __exit__(self, *_):
        if self.process:
            self.stop()
        self.temporary.cleanup()

    def start(self):
        ports = []
        for _ in range(2):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                ports.append(f"127.0.0.1:{probe.getsockname()[1]}")
        self.url = f"http://{ports[0]}/graphql"
        self.process = subprocess.Popen([TESSERA, "serve", "--sandbox", "--data", self.path, "--listen", ports[0], "--admin",
                                         ports[1], "--bus", os.environ.get("TESSERA_TEST_BUS", "local")],
                                        stderr=open(self.path + "/log", "a"))
        self.shop = sell.Shop(self.path)
        for _ in range(400):
            try:
                return self.shop.ask("{ __typename }")
            except (OSError, SystemExit):
                time.sleep(0.05)
        raise AssertionError(open(self.path + "/log").read())

    def stop(self):
        self.process.terminate()
        status, self.process = self.process.wait(20), None
        assert status == 0 and "Sanitizer" not in open(self.path + "/log").read(), open(self.path + "/log").read()

    def run(self, page, *flags, name="-"):
        """Import a page. Return: exit status, stdout, stderr."""
        text = page if isinstance(page, str) else json.dumps(page, ensure_ascii=False)
        done = subprocess.run([TESSERA, "import", name, "--data", self.path, *flags], input=text.encode(), capture_output=True,
                              timeout=120)
        errors = done.stderr.decode()
        assert "Sanitizer" not in errors and "runtime error" not in errors, errors
        return done.returncode, done.stdout.decode(), errors

    def ends(self, page, last, *flags, status=0):
        """Import, and check the exit status and the counts."""
        code, out, err = self.run(page, *flags)
        counts = [line for line in out.splitlines() if line.endswith("refused") and " made, " in line]
        assert (code, counts) == (status, [last]), (code, out, err)
        return out

    def event(self, slug, organizer="die-halle"):
        """The event as its staff sees it."""
        return self.shop.ask("""query($organizer: String!, $slug: String!) { event(organizer: $organizer, slug: $slug) {
            id title description imageUrl status currency timeZone venue { name city country } ticketTypes { id name
            price { amount } saleStartsAt saleEndsAt } dates(first: 100) { edges { node { id startsAt endsAt status
            offers { ticketType { id name } availability remaining } } } } } }""", organizer=organizer, slug=slug)["event"]


MADE, UPDATED, SAME = "1 made, 0 updated, 0 unchanged, 0 refused", "0 made, 1 updated, 0 unchanged, 0 refused", \
    "0 made, 0 updated, 1 unchanged, 0 refused"


def test_alone_then_served():
    with Folder() as folder:
        folder.ends(event(), MADE, "--publish")
        folder.ends(event(), SAME, "--publish")
        folder.start()
        found = folder.event("abend")
        assert (found["title"], found["status"], found["timeZone"]) == ("Abend", "PUBLISHED", "Europe/Berlin"), found
        assert found["dates"]["edges"][0]["node"]["startsAt"] == "2031-07-01T18:00:00.000Z"
        folder.ends(event(), SAME)
        assert not [name for name in os.listdir(folder.path) if name.endswith(".page")]


def test_a_changed_page_updates_and_what_was_sold_stays():
    with Folder(serve=True) as folder:
        folder.ends(event(), MADE, "--publish")
        found = folder.event("abend")
        date = found["dates"]["edges"][0]["node"]
        folder.shop.buy(found["id"], date["id"], found["ticketTypes"][0]["id"], 3)
        folder.ends(event(name="Abende", description="Mehr Musik.", image=None, maximumAttendeeCapacity=60,
                          startDate=["2031-07-01T20:00", "2031-07-02T20:00"], endDate=None,
                          location={"@type": "Place", "name": "Hof", "address": "Weg 1, Berlin, Germany"},
                          offers=[{"name": "Voll", "price": 17, "priceCurrency": "EUR", "validFrom": "2026-01-01"},
                                  {"name": "Kind", "price": 5, "priceCurrency": "EUR", "availability": "SoldOut"}]), UPDATED)
        after = folder.event("abend")
        assert (after["id"], after["title"], after["description"], after["imageUrl"]) == (found["id"], "Abende", "Mehr Musik.", None)
        assert after["venue"]["name"] == "Hof" and after["venue"]["country"] == "DE"
        assert [t["price"]["amount"] for t in after["ticketTypes"]] == ["17.00", "5.00"], after
        assert after["ticketTypes"][0]["saleStartsAt"] == "2025-12-31T23:00:00.000Z"
        first, second = [edge["node"] for edge in after["dates"]["edges"]]
        assert first["id"] == date["id"] and second["startsAt"] == "2031-07-02T18:00:00.000Z"
        offers = [{o["ticketType"]["name"]: (o["availability"], o["remaining"]) for o in d["offers"]} for d in (first, second)]
        assert offers[0]["Voll"] == ("AVAILABLE", 57) and offers[1]["Voll"] == ("AVAILABLE", 60), offers
        assert offers[0]["Kind"] == ("SOLD_OUT", 0), offers
        folder.ends(event(name="Abende"), UPDATED)  # a date that the page lost stays
        assert len(folder.event("abend")["dates"]["edges"]) == 2


def test_sold_out_on_the_page_opens_again():
    offer = {"name": "Voll", "price": 9, "priceCurrency": "EUR"}
    with Folder(serve=True) as folder:
        folder.ends(event(offers={**offer, "availability": "https://schema.org/SoldOut"}), MADE, "--publish")
        seen = lambda: folder.event("abend")["dates"]["edges"][0]["node"]["offers"][0]["availability"]
        assert seen() == "SOLD_OUT"
        folder.ends(event(offers={**offer, "availability": "https://schema.org/InStock"}), UPDATED)
        assert seen() == "AVAILABLE"
        folder.ends(event(offers=offer), SAME)


def test_whole_or_not_at_all():
    with Folder(serve=True) as folder:
        bad = event(offers=[{"price": 5, "priceCurrency": "EUR"}, {"price": "about ten", "priceCurrency": "EUR"}])
        out = folder.ends(bad, "0 made, 0 updated, 0 unchanged, 1 refused", "--publish", status=1)
        assert "stdin: offers[1].price: is not clearly one amount: about ten" in out, out
        assert folder.shop.ask('{ organizer(slug: "die-halle") { id } }')["organizer"] is None
        folder.ends(event(), MADE)
        before = folder.event("abend")
        folder.ends(event(name="New", startDate=["2031-07-01T20:00", "1.1.2032"]),
                    "0 made, 0 updated, 0 unchanged, 1 refused", status=1)
        assert folder.event("abend") == before
        out = folder.ends(event(offers={"price": 5, "priceCurrency": "USD"}), "0 made, 0 updated, 0 unchanged, 1 refused", status=1)
        assert "is in USD now; the event was imported in EUR" in out, out
        assert folder.event("abend") == before
        good = event(**{"@id": "https://halle.example/b", "name": "Zwei"})
        folder.ends([bad, good], "1 made, 0 updated, 0 unchanged, 1 refused", status=1)


def test_exit_codes():
    with Folder() as folder:
        for page in ("", "nonsense", "{}", "<html></html>", '{"@type":"Event"', '["\xff"]'):
            assert folder.run(page)[0] == 2, page
        assert folder.run("", name=folder.path + "/absent")[0] == 2
        assert folder.run(event(), "--time-zone", "Mars/Base")[0] == 2
        assert folder.run(event(), "--currency", "EURO")[0] == 2
        assert folder.run(event(), "--organizer", "Not A Slug")[0] == 2
        code, out, _ = folder.run(event(organizer=None))
        assert code == 1 and "stdin: organizer: is missing: give --organizer" in out, out
        assert subprocess.run([TESSERA, "import", "--data", folder.path], capture_output=True).returncode == 2
        page = folder.path + "/page.html"
        with open(page, "w") as file:
            file.write("<p><script type='application/ld+json'>" + json.dumps(event()) + "</script>")
        assert folder.run("", name=page)[0] == 0


def test_flags():
    with Folder(serve=True) as folder:
        flags = ["--organizer", "my-own", "--time-zone", "Asia/Kolkata", "--currency", "INR", "--capacity", "7"]
        page = event(organizer=None, location=None, offers={"price": "100"})
        folder.ends(page, MADE, *flags)
        found = folder.event("abend", "my-own")
        assert (found["status"], found["timeZone"], found["currency"]) == ("DRAFT", "Asia/Kolkata", "INR"), found
        date = found["dates"]["edges"][0]["node"]
        assert date["startsAt"] == "2031-07-01T14:30:00.000Z" and date["offers"][0]["remaining"] == 7, date
        public = sell.Shop(folder.url).ask('{ event(organizer: "my-own", slug: "abend") { id } }')
        assert public["event"] is None, public
        folder.ends(page, UPDATED, *flags, "--publish")
        assert folder.event("abend", "my-own")["status"] == "PUBLISHED"


def test_past_cancelled_and_postponed():
    with Folder(serve=True) as folder:
        folder.ends(event(startDate="2019-07-01T20:00", endDate=None), MADE, "--publish")
        assert folder.event("abend")["status"] == "PUBLISHED"
        later = event(**{"@id": "https://halle.example/c", "name": "Cello"})
        folder.ends(later, MADE, "--publish")
        for status, expected in (("EventPostponed", "POSTPONED"), ("EventScheduled", "PUBLISHED"), ("EventCancelled", "CANCELLED")):
            folder.ends({**later, "eventStatus": "https://schema.org/" + status}, UPDATED)
            assert folder.event("cello")["status"] == expected
        folder.ends(later, SAME)  # cancelled is for good
        series = event(**{"@id": "https://halle.example/d", "name": "Duo", "startDate": None, "subEvent": [
            {"@type": "Event", "name": "Duo", "startDate": "2031-07-05T20:00", "eventStatus": "EventCancelled"},
            {"@type": "Event", "name": "Duo", "startDate": "2031-07-06T20:00"}]})
        folder.ends(series, MADE, "--publish")
        assert [e["node"]["status"] for e in folder.event("duo")["dates"]["edges"]] == ["CANCELLED", "PUBLISHED"]
        folder.ends(series, SAME)


def test_same_titles_get_slugs_of_their_own():
    with Folder(serve=True) as folder:
        pages = [event(**{"@id": f"https://halle.example/{n}", "startDate": f"2031-07-0{n}T20:00", "endDate": None})
                 for n in (1, 2, 3)]
        folder.ends(pages, "3 made, 0 updated, 0 unchanged, 0 refused")
        for slug in ("abend", "abend-2031-07-02", "abend-2031-07-03"):
            assert folder.event(slug), slug
        folder.ends(pages, "0 made, 0 updated, 3 unchanged, 0 refused")


def test_a_long_page_leaves_the_server_answering():
    with Folder(serve=True) as folder:
        many = [event(**{"@id": f"https://halle.example/{n}", "name": f"Nummer {n}"}) for n in range(400)]
        text = json.dumps(many + [{"@type": "Thing", "x": "y" * (8 << 20)}])
        worker = subprocess.Popen([TESSERA, "import", "-", "--data", folder.path], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        worker.stdin.write(text.encode())
        worker.stdin.close()
        worst = 0
        while worker.poll() is None:
            start = time.monotonic()
            sell.Shop(folder.url).ask("{ __typename }")
            worst = max(worst, time.monotonic() - start)
        assert worker.returncode == 0, worker.stdout.read()
        print(f"the slowest answer meanwhile took {worst * 1000:.0f} ms")
        assert worst < 1, worst


def test_the_demo_loads_and_sells_once():
    with Folder(serve=True) as folder:
        load = os.path.join(ROOT, "demo", "load")
        first = subprocess.run([load, TESSERA, folder.path], capture_output=True, text=True, timeout=120)
        assert first.returncode == 0 and "0 refused" in first.stdout and " orders sold" in first.stdout, first
        again = subprocess.run([load, TESSERA, folder.path], capture_output=True, text=True, timeout=120)
        assert again.returncode == 0 and "0 orders sold" in again.stdout and "\nmade" not in again.stdout, again


def main():
    failed = 0
    for name, test in [(n, t) for n, t in globals().items() if n.startswith("test_")]:
        print(f"[ RUN      ] {name}", flush=True)
        try:
            test()
            print(f"[       OK ] {name}", flush=True)
        except (Exception, SystemExit):
            failed += 1
            traceback.print_exc()
            print(f"[  FAILED  ] {name}", flush=True)
    sys.exit(1 if failed else 0)


main()
