#!/usr/bin/env python3
"""A promoter moves from the embedded store to MongoDB and back: move.py BINARY

What was sold before is there after each move, and can be sold on; counts and sums are the same; files that are cut short, changed
or meet other documents are refused. Ends with `N passed, N failed`."""
import hashlib, json, os, random, shutil, subprocess, sys, tempfile, time, traceback

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("support", "torture"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))
import mongoserver, natsserver
from buyers import Buyer, Shop
from client import Refused, Server
from compare import Comparison
from ledger import Ledger

TOKEN = "owner-token-of-the-test"


class House:
    def __init__(self, binary, folder):
        self.binary, self.folder, self.mongo = binary, folder, mongoserver.MongoServer().start()

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def data(self, name):
        """A data folder, with everybody's keys."""
        os.makedirs(self.path(name), mode=0o700, exist_ok=True)
        if os.path.exists(self.path("first", "keys.pem")) and name != "first":
            shutil.copy(self.path("first", "keys.pem"), self.path(name))
        return self.path(name)

    def tessera(self, *words, store=(), data="first", status=0):
        """stdout, of a command that must end so."""
        run = subprocess.run([self.binary, *words, "--data", self.data(data), *store], capture_output=True, text=True, timeout=100)
        assert run.returncode == status, (words, run.returncode, run.stderr)
        return run.stdout + run.stderr

    def move_out(self, name, store=(), data="first"):
        self.tessera("export", "--versions", self.path(name), store=store, data=data)
        with open(self.path(name)) as file:
            return file.read().splitlines()

    def serve(self, data, store=()):
        server = Server(self.binary, self.data(data), TOKEN, arguments=store)
        server.start(60)
        return server

    def close(self):
        self.mongo.close()


def sell(server, ledger):
    shop, buyer = Shop(server.port, TOKEN, 40), None
    buyer = Buyer(shop, ledger, 1)
    for _ in range(12):
        buyer.walk()
    buyer.close()
    return shop


def compare(shop, ledger, server):
    shop.port = server.port
    wrong = Comparison(shop, ledger).run().wrong
    assert not wrong, wrong


def everything_moves_there_and_back(house):
    ledger, mongo = Ledger(), ("--store", house.mongo.uri("moved"))
    server = house.serve("first")
    shop = sell(server, ledger)
    beside = house.move_out("beside.jsonl")  # the server runs
    server.stop()
    first = house.move_out("first.jsonl")
    assert json.loads(beside[-1])["versions"] > 50
    told = house.tessera("import", "--versions", house.path("first.jsonl"), store=mongo)
    assert json.loads(told) == json.loads(first[-1]), told
    second = house.move_out("second.jsonl", store=mongo)
    assert sorted(first) == sorted(second)
    server = house.serve("front", mongo)
    compare(shop, ledger, server)
    Buyer(shop, ledger, 2).walk()
    server.stop()
    third = house.move_out("third.jsonl", store=mongo)
    assert set(second[:-1]) < set(third) and third[-1] != second[-1]
    assert json.loads(house.tessera("import", "--versions", house.path("third.jsonl"), data="back")) == json.loads(third[-1])
    assert sorted(house.move_out("fourth.jsonl", data="back")) == sorted(third)
    server = house.serve("back")
    compare(shop, ledger, server)
    Buyer(shop, ledger, 3).walk()
    server.stop()
    said_twice_it_is_done_once(house, mongo, third)
    what_was_erased_stays_on_the_list(house, third)
    doctor_tells_of_shards_and_validators(house, mongo)
    wrong_files_are_refused(house, third)


def doctor_tells_of_shards_and_validators(house, mongo):
    told = house.tessera("doctor", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", store=mongo).splitlines()
    commands = [line for line in told if line.startswith("sh.")]
    assert 'sh.shardCollection("moved.orders.history", { _id: "hashed" })' in commands, told
    assert 'sh.shardCollection("moved.claims.history", { _id: 1 })' in commands, told
    assert len(commands) == len(set(commands)) and len(commands) % 2 == 0
    assert any(line.startswith("ok     shards: none by another key") for line in told), told
    assert any(line.startswith("ok     validators: the server knows none") for line in told), told  # FerretDB


def said_twice_it_is_done_once(house, mongo, lines):
    house.tessera("import", "--versions", house.path("third.jsonl"), store=mongo)
    assert sorted(house.move_out("again.jsonl", store=mongo)) == sorted(lines)


def summed(lines):
    """With their last line."""
    total, lines = 0, list(lines)
    for line in lines:
        total ^= int.from_bytes(hashlib.sha256(line.encode()).digest(), "big")
    parts = sum("part" in json.loads(line) for line in lines)
    return [*lines, json.dumps({"versions": len(lines) - parts, "parts": parts, "sum": "%064x" % total}, separators=(",", ":"))]


def what_was_erased_stays_on_the_list(house, lines):
    order = next(json.loads(line) for line in lines if json.loads(line)["collection"] == "orders")
    erased = [json.dumps({"collection": "orders", "id": order["id"], "part": part, "erasedAtMs": 1780315200000}, separators=(",", ":")) for part in ("8", "12[0].7")]
    whole = summed(lines[:-1] + erased)
    with open(house.path("erased.jsonl"), "w") as file:
        file.write("".join(line + "\n" for line in whole))
    for _ in range(2):
        assert json.loads(house.tessera("import", "--versions", house.path("erased.jsonl"), data="listed")) == json.loads(whole[-1])
    assert sorted(house.move_out("listed.jsonl", data="listed")) == sorted(whole)
    with open(house.path("wrong.jsonl"), "w") as file:
        file.write("".join(line + "\n" for line in (*lines[:-1], erased[0], lines[-1])))
    assert "the sums differ" in house.tessera("import", "--versions", house.path("wrong.jsonl"), data="unlisted", status=1)


def wrong_files_are_refused(house, lines):
    """(what is written, what is said): each into a store of its own, and what came before the wrong line is no harm."""
    version = json.loads(lines[0])
    changed = {**version, "actor": "somebody"}
    later = next(line for line in lines if json.loads(line).get("version") == 2)
    cases = {
        "cut short": (lines[:-1], "the sum, is missing"),
        "one line less": (lines[1:], ""),
        "a changed line": ([json.dumps(changed), *lines[1:]], "the sums differ"),
        "no JSON": (["{", *lines], "line 1: no JSON"),
        "nothing like it": (['{"collection":"cats","id":"x"}'], "line 1: no version"),
        "something after the end": ([*lines, lines[0]], "something follows the sum"),
        "no beginning": ([later, *lines], "lacks the version before"),
        "nothing": ([], "the sum, is missing"),
    }
    for number, (name, (wrong, words)) in enumerate(cases.items()):
        with open(house.path("wrong.jsonl"), "w") as file:
            file.write("".join(line + "\n" for line in wrong))
        said = house.tessera("import", "--versions", house.path("wrong.jsonl"), data=f"wrong{number}", status=1)
        assert words in said, (name, said)
    other = {**version, "body": version["body"][:-4] + "AAAA"}
    with open(house.path("wrong.jsonl"), "w") as file:
        file.write(json.dumps(other) + "\n")
    said = house.tessera("import", "--versions", house.path("wrong.jsonl"), data="back", status=1)
    assert "another document" in said or "no version" in said or "DATA_LOSS" in said, said
    assert "wants one file" in house.tessera("import", "--versions", house.path("third.jsonl"), "b", status=2)


def main():
    if not mongoserver.found():
        return natsserver.SKIP
    with tempfile.TemporaryDirectory() as folder:
        house = House(sys.argv[1], folder)
        try:
            everything_moves_there_and_back(house)
            print("ok      everything_moves_there_and_back\n1 passed, 0 failed")
            return 0
        except Exception:
            print(f"FAILED  everything_moves_there_and_back\n{traceback.format_exc(limit=-3)}\n0 passed, 1 failed")
            return 1
        finally:
            house.close()


if __name__ == "__main__":
    sys.exit(main())
