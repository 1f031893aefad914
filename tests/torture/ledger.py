"""What was acknowledged, by the clients' own account: the one thing that a server which loses something cannot change."""
import threading


class Ledger:
    """Books of what the server said yes to. A step that had no answer stands in `doubts`, to be asked again."""

    BOOKS = ("holds", "placed", "paid", "refunds", "scans")

    def __init__(self):
        self.lock, self.doubts = threading.Lock(), []
        self.holds, self.placed, self.paid, self.refunds, self.scans = {}, {}, {}, {}, {}

    def note(self, book, key, value):
        with self.lock:
            getattr(self, book)[key] = value

    def mark(self, book, key, **what):
        with self.lock:
            getattr(self, book)[key].update(what)

    def doubt(self, step):
        with self.lock:
            self.doubts.append(step)

    def take_doubts(self):
        with self.lock:
            doubts, self.doubts = self.doubts, []
        return doubts

    def counts(self):
        return {book: len(getattr(self, book)) for book in self.BOOKS}

    def places(self):
        """How many places the orders that were placed have."""
        return sum(order["count"] for order in self.placed.values())
