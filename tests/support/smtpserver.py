"""A mail server of a test's own on 127.0.0.1, that does as its test says.

    server = SmtpServer(); server.mails  # those it took, as (receiver, email.message.EmailMessage)
    server.rcpt = "550 no such user"     # what it answers to RCPT, or to the end of DATA (server.data)
    server.hold = True                   # it says nothing after DATA, until it is set to False
    server.on_mail = callable            # called with a mail before the answer to its end
    server.password = "word"             # without it, whoever the user is, no mail"""
import base64, email, email.policy, socket, socketserver, threading, time


class Session(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        server = self.server.of
        server.sessions.append(self.connection)
        self.say("220 test ESMTP")
        receiver, known = None, False
        while line := self.rfile.readline():
            word = line.decode().strip()
            server.commands.append(word)
            verb = word.split(" ")[0].upper()
            if verb == "EHLO":
                self.say("250-test\r\n250 AUTH PLAIN" if server.password else "250 test")
            elif verb == "AUTH":
                self.say("334 ")
                known = base64.b64decode(self.rfile.readline()).split(b"\0")[-1].decode() == server.password
                self.say("235 ok" if known else "535 who are you")
            elif verb == "MAIL":
                self.say("250 ok" if known or not server.password else "530 who are you")
            elif verb == "RCPT":
                receiver = word.split("<", 1)[1].split(">")[0]
                self.say(server.rcpt)
            elif verb == "DATA":
                self.say("354 go on")
                self.take(server, receiver)
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("500 what")

    def take(self, server, receiver):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        server.seen += 1
        mail = (receiver, email.message_from_bytes(b"".join(lines), policy=email.policy.default))
        if server.data.startswith("250"):
            server.mails.append(mail)
        if server.on_mail:
            server.on_mail(mail)
        while server.hold:
            time.sleep(0.01)
        self.say(server.data)


class Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, *_):
        pass  # who is killed does not say goodbye


class SmtpServer:
    def __init__(self):
        self.rcpt, self.data, self.hold, self.on_mail = "250 ok", "250 taken", False, None
        self.password = None
        self.mails, self.commands, self.sessions, self.seen, self.port = [], [], [], 0, 0
        self.start()

    def start(self):
        self.listener = Listener(("127.0.0.1", self.port), Session)
        self.listener.of = self
        self.port = self.listener.server_address[1]
        threading.Thread(target=self.listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self):
        self.listener.shutdown()
        self.listener.server_close()
        for session in self.sessions:
            try:
                session.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it has ended

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    def await_mails(self, count, seconds=10):
        """The mails, once there are as many."""
        end = time.monotonic() + seconds
        while len(self.mails) < count:
            assert time.monotonic() < end, (len(self.mails), count)
            time.sleep(0.01)
        return self.mails
