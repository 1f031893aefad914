"""A server that speaks MongoDB's protocol, of a test's own on 127.0.0.1, with TLS and a password, on a port that stays its own.

FerretDB, which `./dev test` has built, over SQLite, or over the PostgreSQL server that on_postgres.py started; its documents outlive
its restarts and go with close()."""
import os, shutil, socket, subprocess, tempfile, time

from natsserver import die_with_us
from ports import free_port

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "build", "tools", "bin", "ferretdb")
USER, PASSWORD = "tessera", "swordfish"


def found():
    return os.access(PROGRAM, os.X_OK)


class MongoServer:
    def __init__(self, address="127.0.0.1"):
        self.address, self.port, self.process, self.databases = address, free_port(), None, 0
        self.folder = tempfile.mkdtemp(prefix="tessera-mongo-")
        os.mkdir(self.path("data"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-keyout",
                        self.path("key.pem"), "-out", self.path("cert.pem"), "-subj", "/CN=localhost", "-addext", f"subjectAltName=IP:{address}"],
                       check=True, capture_output=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def backend(self):
        postgres = os.environ.get("TESSERA_TEST_POSTGRES")
        if postgres:
            return ["--handler=postgresql", "--postgresql-url=" + postgres]
        return ["--handler=sqlite", f"--sqlite-url=file:{self.path('data')}/?_pragma=synchronous(off)"]

    def start(self, *prefix):
        """`prefix`: the words of a command that runs it somewhere else."""
        self.process = subprocess.Popen(
            [*prefix, PROGRAM, *self.backend(), f"--state-dir={self.folder}", "--telemetry=disable", "--listen-addr=", f"--listen-tls={self.address}:{self.port}", f"--listen-tls-cert-file={self.path('cert.pem')}",
             f"--listen-tls-key-file={self.path('key.pem')}", "--debug-addr=-", "--log-level=error", "--test-enable-new-auth",
             f"--setup-database={USER}", f"--setup-username={USER}", f"--setup-password={PASSWORD}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_us)
        for _ in range(3000):
            with socket.socket() as sock:
                if sock.connect_ex((self.address, self.port)) == 0:
                    return self
            assert self.process.poll() is None, "ferretdb did not start"
            time.sleep(0.01)
        raise AssertionError("ferretdb takes no connections")

    def uri(self, database):
        return (f"mongodb://{USER}:{PASSWORD}@{self.address}:{self.port}/{database}?authSource={USER}&tls=true"
                f"&tlsCAFile={self.path('cert.pem')}")

    def fresh(self):
        """The URI of a database that nobody has used."""
        self.databases += 1
        return self.uri(f"t{self.databases}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder)
