"""Debian's Chromium without a window, spoken to over its debugging pipe: no driver, no client library.

Everything that the page asks for, says on its console and throws is kept, for a test to look at.
"""
import base64, json, os, select, shutil, subprocess, tempfile, time


class Browser:
    def __init__(self):
        self.folder = tempfile.mkdtemp()
        child_in, self.to_child = os.pipe()
        self.from_child, child_out = os.pipe()
        # The pipe's ends are 3 and 4 by convention. Tests run as root in containers, where there is no sandbox to be had.
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
                 "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
                 "--ignore-certificate-errors", "--window-size=1400,850", "--remote-debugging-pipe", "--user-data-dir=" + self.folder]
        self.process = subprocess.Popen(["bash", "-c", f'exec chromium "$@" 3<&{child_in} 4>&{child_out}', "chromium", *flags],
                                        pass_fds=(child_in, child_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        env={**os.environ, "HOME": self.folder})
        os.close(child_in)
        os.close(child_out)
        self.data, self.number, self.session = b"", 0, None
        self.asked, self.said = [], []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(domain + ".enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
        os.close(self.to_child)
        os.close(self.from_child)
        shutil.rmtree(self.folder, ignore_errors=True)

    def read(self, limit_s):
        """The next message, or None when the time is over."""
        end = time.monotonic() + limit_s
        while b"\0" not in self.data:
            if not select.select([self.from_child], [], [], max(0, end - time.monotonic()))[0]:
                return None
            more = os.read(self.from_child, 1 << 20)
            assert more, "Chromium ended"
            self.data += more
        message, _, self.data = self.data.partition(b"\0")
        return json.loads(message)

    def note(self, event):
        """Remember what a test may ask for."""
        kind, what = event.get("method"), event.get("params", {})
        if kind == "Network.requestWillBeSent":
            self.asked.append(what["request"]["url"])
        elif kind == "Network.webSocketCreated":
            self.asked.append(what["url"])
        elif kind == "Runtime.consoleAPICalled" and what["type"] in ("error", "warning", "assert"):
            self.said.append(" ".join(str(arg.get("value", arg.get("description"))) for arg in what["args"]))
        elif kind == "Runtime.exceptionThrown":
            self.said.append(json.dumps(what["exceptionDetails"]))
        elif kind == "Log.entryAdded" and what["entry"]["level"] in ("error", "warning"):
            self.said.append(what["entry"]["text"] + " " + what["entry"].get("url", ""))

    def call(self, method, limit_s=20, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to_child, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + limit_s
        while (answer := self.read(end - time.monotonic())) is not None:
            if answer.get("id") == self.number:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]
            self.note(answer)
        raise AssertionError(f"{method}: no answer in {limit_s} s")

    def open(self, url):
        self.call("Page.navigate", url=url)

    def ask(self, expression):
        """The value of JavaScript in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, expression, limit_s=20):
        """Until the expression is true."""
        end = time.monotonic() + limit_s
        while not (value := self.ask(expression)):
            assert time.monotonic() < end, f"never true: {expression}; said: {self.said}; page: {self.ask('document.body.innerText')}"
            time.sleep(0.05)
        return value

    def press(self, key, code, modifiers=0):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, modifiers=modifiers)

    def picture(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("Page.captureScreenshot")["data"]))
