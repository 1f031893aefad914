"""The command line: what is wrong is named, exits with 2, and has no effect."""
import json, os, resource, socket, subprocess, sys, tempfile, time
from harness import TESSERA, TOKEN, Server, make_certificate, run, tests_of


def tessera(*words, env=None):
    done = subprocess.run([TESSERA, *words], capture_output=True, text=True, timeout=20, env={**os.environ, **(env or {})})
    return done.returncode, done.stdout, done.stderr


def test_version_and_help():
    assert tessera("version")[:2] == (0, "tessera 0.1.0\n")
    status, out, _ = tessera("--help")
    assert status == 0 and "--owner-token" in out and "healthcheck" in out


def test_what_is_wrong_is_named_and_nothing_happens():
    with tempfile.TemporaryDirectory() as folder:
        data = folder + "/data"
        rows = [(["--nonsense"], "--nonsense"), (["--listen"], "needs a value"), (["--bus", "pigeon"], "pigeon"),
                (["--http2=perhaps"], "perhaps"), (["--http-timeout-ms", "soon"], "soon"), (["--log-level", "loud"], "loud"),
                (["--tls-cert", "a.pem"], "go together"), (["--modules", "catalog"], "--bus nats"),
                (["--bus", "nats://localhost"], "HOST:PORT"), (["--bus", "nats://10.0.0.1:1"], "in the clear"),
                (["--bus", "tls://localhost:1"], "--bus-ca")]
        for flags, word in rows:
            status, out, err = tessera("serve", "--data", data, *flags)
            assert status == 2 and word in err and out == "", (flags, status, err)
            assert not os.path.exists(data), flags
        assert tessera("sell")[0] == 2
        status, _, err = tessera("serve", "--data", data, env={"TESSERA_HTTP2": "maybe"})
        assert status == 2 and "TESSERA_HTTP2" in err


def test_bad_values_that_show_later():
    with tempfile.TemporaryDirectory() as folder:
        for flags, word in ((["--owner-token", "short"], "8 to 256"), (["--listen", "nowhere"], "nowhere"),
                            (["--listen", "127.0.0.1:99999"], "99999"), (["--tls-cert", "/no", "--tls-key", "/no"], "/no"),
                            (["--sse-streams", "3073"], "3072"), (["--sse-beat-ms", "0"], "at least 1")):
            status, _, err = tessera("serve", "--data", folder + "/data", *flags)
            assert status == 2 and word in err, (flags, status, err)


def test_a_secret_never_shows_in_a_message():
    with tempfile.TemporaryDirectory() as folder:
        status, out, err = tessera("serve", "--data", folder, "--owner-token", "hush me")
        assert status == 2 and "hush" not in out + err


def test_a_port_in_use_is_named():
    with tempfile.TemporaryDirectory() as folder, socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        port = sock.getsockname()[1]
        status, _, err = tessera("serve", "--data", folder, "--listen", f"127.0.0.1:{port}")
        assert status == 1 and str(port) in err and "in use" in err, err


def start(folder, *flags, **how):
    process = subprocess.Popen([TESSERA, "serve", "--data", folder, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", *flags],
                               stderr=subprocess.PIPE, text=True, **how)
    lines = []
    while not any("serves" in line for line in lines):
        lines.append(process.stderr.readline())
        assert lines[-1], lines
    return process, "".join(lines)


def end(process):
    process.terminate()
    rest = process.communicate(timeout=10)[1]
    assert process.returncode == 0, rest
    return rest


def test_a_second_server_on_the_same_folder_is_refused():
    with tempfile.TemporaryDirectory() as folder:
        process, _ = start(folder)
        status, _, err = tessera("serve", "--data", folder)
        assert status == 1 and "another tessera" in err
        end(process)


def test_the_owner_token_is_shown_once():
    with tempfile.TemporaryDirectory() as folder:
        process, lines = start(folder)
        end(process)
        assert "shown this once" in lines
        process, lines = start(folder)
        end(process)
        assert "shown this once" not in lines
        for name in os.listdir(folder):
            assert os.stat(os.path.join(folder, name)).st_mode & 0o077 == 0 or name.startswith("tessera.db"), name


def test_healthcheck():
    with Server() as server:
        assert tessera("healthcheck", "--url", server.admin)[0] == 0
        admin = server.admin
    assert tessera("healthcheck", "--url", admin)[0] == 1
    assert tessera("healthcheck", "--url", "ftp://x")[0] == 2


def test_nothing_of_ours_can_be_read_by_a_debugger():
    """What is not dumpable belongs to root in /proc, whoever runs it."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        somebody = {"user": 65534} if os.getuid() == 0 else {}
        for flags, owner in (([], 0), (["--log-level", "debug"], 65534 if somebody else os.getuid())):
            process, _ = start(folder + "/data", *flags, **somebody)
            assert os.stat(f"/proc/{process.pid}/environ").st_uid == owner, flags
            end(process)


def test_backup_beside_a_running_server_and_restore_after_it():
    with tempfile.TemporaryDirectory() as folder:
        data, copy = folder + "/data", folder + "/copy.db"
        process, _ = start(data)
        assert tessera("backup", copy, "--data", data)[0] == 0 and os.path.getsize(copy) > 0
        status, _, err = tessera("backup", copy, "--data", data)
        assert status == 1 and copy in err, err
        status, _, err = tessera("restore", copy, "--data", data)
        assert status == 1 and "another tessera" in err, err
        end(process)
        assert tessera("backup", folder + "/second.db", "--data", data)[0] == 0
        assert tessera("restore", copy, "--data", data)[0] == 0
        process, _ = start(data)
        end(process)


def test_a_damaged_backup_is_refused_and_nothing_changes():
    with tempfile.TemporaryDirectory() as folder:
        data, copy = folder + "/data", folder + "/copy.db"
        process, _ = start(data)
        end(process)
        before = open(data + "/tessera.db", "rb").read()
        open(copy, "wb").write(b"not a store" * 1000)
        status, _, err = tessera("restore", copy, "--data", data)
        assert status == 1 and "copy.db" in err, err
        assert open(data + "/tessera.db", "rb").read() == before
        assert tessera("restore", "--data", data)[0] == 2 and tessera("backup", "a", "b", "--data", data)[0] == 2


def test_export_beside_a_running_server():
    with tempfile.TemporaryDirectory() as folder, Server() as server:
        made = server.graphql("mutation($i: CreateOrganizerInput!) { createOrganizer(input: $i) { organizer { id } } }", TOKEN,
                              i={"slug": "fabrik", "name": "Die Fabrik \u00e9", "currency": "EUR", "timeZone": "Europe/Berlin"})
        id = made[1]["data"]["createOrganizer"]["organizer"]["id"]
        data = os.path.dirname(os.readlink(next(f"/proc/{server.ready['pid']}/fd/{n}" for n in os.listdir(f"/proc/{server.ready['pid']}/fd")
                                                if os.readlink(f"/proc/{server.ready['pid']}/fd/{n}").endswith("/server.lock"))))
        status, out, err = tessera("export", "--data", data)
        rows = [json.loads(line) for line in out.splitlines()]
        found = [row for row in rows if row["id"] == id]
        assert status == 0 and len(found) == 1 and found[0]["body"]["name"] == "Die Fabrik \u00e9", (status, err, out)
        assert tessera("export", folder + "/all.jsonl", "--data", data)[0] == 0
        assert open(folder + "/all.jsonl").read() == out
        assert tessera("export", folder + "/all.jsonl", "--data", data)[0] == 1
        assert tessera("export", "--data", folder + "/nowhere")[0] == 1


def doctor(data, *flags):
    status, out, err = tessera("doctor", "--data", data, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", *flags)
    assert status in (0, 1) and (status == 1) == ("WRONG" in out), (status, out, err)
    return [line[7:] for line in out.splitlines() if line.startswith("WRONG")], out


def test_doctor():
    with tempfile.TemporaryDirectory() as folder:
        data = folder + "/data"
        assert "data folder" in doctor(data)[0][0]
        process, _ = start(data)
        wrong, out = doctor(data)
        assert not wrong and "running and answering" in out, out
        for what in ("version", "disk", "clock", "open files", "listen", "admin", "store", "TLS"):
            assert f"ok     {what}: " in out, (what, out)
        end(process)
        os.chmod(data + "/owner-token.sha256", 0o644)
        assert doctor(data)[0][0].startswith("owner-token.sha256: others can read it")


def test_doctor_finds_what_a_start_would_fail_of():
    with tempfile.TemporaryDirectory() as folder, socket.socket() as sock:
        data = folder + "/data"
        process, _ = start(data)
        end(process)
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        port = f"127.0.0.1:{sock.getsockname()[1]}"
        assert doctor(data, "--listen", port)[0] == [f"listen: {port}: Address already in use"]
        assert "ADDRESS:PORT" in doctor(data, "--admin", "nowhere")[0][0]
        os.chmod(data, 0o777)
        assert "chmod 700" in doctor(data)[0][0]
        os.chmod(data, 0o700)
        os.utime(data + "/tessera.db", (time.time() + 90000,) * 2)
        assert "set back" in doctor(data)[0][0]
        limited = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        out = subprocess.run([TESSERA, "doctor", "--data", data], capture_output=True, text=True, preexec_fn=limited).stdout
        assert "WRONG  open files: at most 64" in out, out
        open(data + "/tessera.db", "r+b").write(b"damaged" * 1000)
        assert any(line.startswith("store: ") for line in doctor(data)[0])


def test_doctor_looks_at_the_certificate():
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(folder + "/other")
        data, flags, other = folder + "/data", make_certificate(folder), make_certificate(folder + "/other")
        os.mkdir(data, 0o700)
        assert [line[-9:] for line in doctor(data, *flags)[0]] == ["days left"], doctor(data, *flags)
        assert "TLS key: it does not fit the certificate" in doctor(data, *flags[:2], *other[2:])[0]
        wrong, _ = doctor(data, "--tls-cert", "/nowhere", "--tls-key", "/nowhere")
        assert wrong == ["certificate: cannot use /nowhere", "TLS key: cannot use /nowhere"], wrong
        subprocess.run(["openssl", "x509", "-in", flags[1], "-signkey", flags[3], "-days", "-1", "-out", folder + "/old.pem"],
                       check=True, capture_output=True)
        assert doctor(data, "--tls-cert", folder + "/old.pem", *flags[2:])[0] == ["certificate: it has expired"]


def test_operations_lists_the_rows():
    status, out, _ = tessera("operations")
    assert status == 0 and "tessera.inventory.v1.Inventory.HoldTickets" in out, out


def test_modules_that_are_not_there_are_named():
    with tempfile.TemporaryDirectory() as folder:
        status, _, err = tessera("serve", "--data", folder, "--bus", "nats://localhost:1", "--modules", "catalog,bakery")
        assert status == 2 and "bakery" in err


run(tests_of(sys.modules[__name__]))
