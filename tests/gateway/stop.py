"""SIGTERM: what is in flight is answered, what idles is not waited for."""
import os, signal, socket, sys, tempfile, threading, time
from harness import Server, make_certificate, read_reply, run, tests_of

GET = b"GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n"


def test_idle_connections_do_not_hold_it_up():
    server = Server()
    idle = [server.connect() for _ in range(20)]
    for sock in idle[:10]:
        sock.sendall(GET)
        assert read_reply(sock)[0] == 200
    status, seconds = server.stop()
    assert status == 0 and seconds < 3, (status, seconds)


def test_idle_connections_do_not_hold_it_up_with_http2():
    with tempfile.TemporaryDirectory() as folder:
        server = Server(*make_certificate(folder))
        idle = [server.connect(tls=True) for _ in range(5)]
        idle[0].sendall(GET)
        assert read_reply(idle[0])[0] == 200
        status, seconds = server.stop()
        assert status == 0 and seconds < 4, (status, seconds)


def test_a_half_sent_request_does_not_hold_it_up():
    server = Server()
    sock = server.connect()
    sock.sendall(b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{")
    time.sleep(0.1)
    status, seconds = server.stop()
    assert status == 0 and seconds < 3, (status, seconds)


def test_no_new_connections_after_the_signal():
    server = Server()
    os.kill(server.process.pid, signal.SIGTERM)
    end = time.monotonic() + 5
    while time.monotonic() < end:
        try:
            server.connect(timeout=1).close()
            time.sleep(0.01)
        except OSError:
            break
    else:
        raise AssertionError("still listening")
    assert server.stop()[0] == 0


def test_every_request_that_was_sent_is_answered_under_load():
    server = Server()
    lost, served = [], [0]

    def client():
        try:
            with server.connect() as sock:
                while True:
                    sock.sendall(GET)
                    first = sock.recv(65536)
                    if not first:
                        return
                    assert first.startswith(b"HTTP/1.1 "), first
                    served[0] += 1
                    if b"connection: close" in first.lower():
                        return
        except (ConnectionResetError, BrokenPipeError):
            return  # idle between two requests: may be ended
        except Exception as error:
            lost.append(error)

    threads = [threading.Thread(target=client) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    status, seconds = server.stop()
    for thread in threads:
        thread.join(5)
    assert status == 0 and seconds < 5 and not lost and served[0] > 0, (status, seconds, lost, served)


def test_a_second_signal_changes_nothing():
    server = Server()
    os.kill(server.process.pid, signal.SIGTERM)
    os.kill(server.process.pid, signal.SIGINT)
    assert server.stop()[0] == 0


def test_nor_do_signals_until_the_very_end():
    for _ in range(5):
        server = Server()
        while server.process.poll() is None:
            server.process.terminate()
            time.sleep(0.0005)
        assert server.stop()[0] == 0


def test_the_temporary_folder_is_removed():
    with tempfile.TemporaryDirectory() as folder:
        server = Server(env={"TMPDIR": folder})
        assert len(os.listdir(folder)) == 1
        assert server.stop()[0] == 0
        assert os.listdir(folder) == []


def test_nothing_is_left_in_shared_memory_when_it_is_killed():
    server = Server()
    server.process.kill()
    server.process.wait()
    assert not [name for name in os.listdir("/dev/shm") if str(server.process.pid) in name]


run(tests_of(sys.modules[__name__]))
