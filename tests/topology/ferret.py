"""The documents of a FerretDB read without it and without us: its SQLite files, each document as JSON, bodies by their wire format."""
import base64, json, sqlite3

from stored import Stored, fields


class StoredInFerret(Stored):
    """The newest version of everything in a database, and what must always hold of it. Nobody else runs."""

    def __init__(self, path):
        self.wrong, self.checked = [], 0
        self.read(path)

    def read(self, path):
        self.holds, self.claims, self.orders, self.payments, self.refunds, self.quotas = {}, {}, {}, {}, {}, {}
        db = sqlite3.connect(path)
        tables = dict(db.execute("SELECT name, table_name FROM _ferretdb_collections"))
        for name, table in self.tables().items():
            for id, version, body in sorted(self.versions(db, tables.get(name + ".history"))):
                self.take(name, table, id, version, fields(body))
        db.close()

    @staticmethod
    def versions(db, table):
        for text, in db.execute(f"SELECT _ferretdb_sjson FROM [{table}]") if table else ():
            row = json.loads(text)
            id, version = row["_id"].rsplit("@", 1)
            yield id, int(version), base64.b64decode(row["body"])
