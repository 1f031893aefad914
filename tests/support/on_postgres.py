#!/usr/bin/env python3
"""on_postgres.py COMMAND...: runs a test whose FerretDB keeps its documents in PostgreSQL instead of SQLite.

A PostgreSQL server of the test's own, on 127.0.0.1, with nothing in it; its address is the test's TESSERA_TEST_POSTGRES. It refuses to be
root, so it runs as nobody there."""
import ctypes, glob, os, pwd, shutil, signal, subprocess, sys, tempfile, time

from natsserver import SKIP
from ports import free_port

USER = "tessera"


def found():
    return next(iter(sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"), reverse=True)), None)


def as_nobody():
    """Before the program: no longer root, and gone when we are."""
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)
    ctypes.CDLL(None).prctl(1, signal.SIGQUIT)  # PR_SET_PDEATHSIG, which a change of user takes back


def start(folder, port):
    programs, data = os.path.dirname(found()), os.path.join(folder, "data")
    if os.getuid() == 0:
        shutil.chown(folder, "nobody")
    subprocess.run([os.path.join(programs, "initdb"), "--pgdata", data, "--username", USER, "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"],
                   check=True, stdout=subprocess.DEVNULL, preexec_fn=as_nobody)
    server = subprocess.Popen([os.path.join(programs, "postgres"), "-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1",
                               "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=200", "-c", "log_min_messages=fatal"],
                              preexec_fn=as_nobody)
    made = [os.path.join(programs, "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", USER, USER]
    for _ in range(300):
        if subprocess.run(made, stderr=subprocess.DEVNULL).returncode == 0:
            return server
        assert server.poll() is None, "postgres did not start"
        time.sleep(0.1)
    raise AssertionError("postgres takes no connections")


def main():
    if not found():
        print("skipped: no postgres")
        return SKIP
    folder, port = tempfile.mkdtemp(prefix="tessera-postgres-"), free_port()
    try:
        server = start(folder, port)
        try:
            address = f"postgres://{USER}@127.0.0.1:{port}/{USER}?pool_max_conns=100"
            return subprocess.run(sys.argv[1:], env={**os.environ, "TESSERA_TEST_POSTGRES": address}).returncode
        finally:
            server.send_signal(signal.SIGQUIT)
            server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
