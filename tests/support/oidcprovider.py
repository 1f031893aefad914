"""An OpenID Connect provider of a test's own on 127.0.0.1, that knows one person and asks him nothing.

    provider = OidcProvider(); provider.flags   # of a server that has it, named "house"
    provider.login = "ada"                      # who comes next
    provider.go(port, "/oidc/house/start?…")    # as a browser there and back: where it is led in the end

Who checks what such a provider may say wrongly is tests/clients/oidc.mjs, with a certified one."""
import base64, http.client, http.server, json, os, re, subprocess, tempfile, threading, time, urllib.parse


def part(value):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class OidcProvider:
    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.key, self.login, self.nonces = os.path.join(self.folder.name, "key.pem"), "ada", {}
        self.openssl("genrsa", "-out", self.key, "2048")
        modulus = bytes.fromhex(self.openssl("rsa", "-in", self.key, "-noout", "-modulus").decode().strip().split("=")[1])
        self.jwks = {"keys": [{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "one", "n": part(modulus), "e": "AQAB"}]}
        handler = type("Handler", (http.server.BaseHTTPRequestHandler,), {"do_GET": answer, "do_POST": answer, "log_message": lambda *_: None, "of": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.flags = ["--oidc", f"house=tessera@{self.issuer}", "--oidc-secrets", "house=hush-hush-hush", "--outbound-allow", "oidc=127.0.0.1/32,organizer-oidc=127.0.0.1/32"]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def openssl(self, *words, data=None):
        return subprocess.run(["openssl", *words], input=data, capture_output=True, check=True).stdout

    def discovery(self):
        return {"issuer": self.issuer, "authorization_endpoint": self.issuer + "/authorize", "token_endpoint": self.issuer + "/token", "jwks_uri": self.issuer + "/jwks",
                "response_types_supported": ["code"], "id_token_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": ["S256"]}

    def token(self, code):
        login, nonce = self.nonces.pop(code)
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": "tessera", "sub": login, "email": f"{login}@house.example", "email_verified": True, "name": login, "iat": now, "exp": now + 600, "nonce": nonce}
        text = part({"alg": "RS256", "kid": "one"}) + "." + part(claims)
        return {"id_token": text + "." + part(self.openssl("dgst", "-sha256", "-sign", self.key, data=text.encode())), "access_token": "x", "token_type": "Bearer"}

    def authorize(self, asked):
        code = str(len(self.nonces) + 1)
        self.nonces[code] = (self.login, asked["nonce"][0])
        return asked["redirect_uri"][0] + "?" + urllib.parse.urlencode({"code": code, "state": asked["state"][0]})

    def go(self, port, path):
        """(status, Location, the cookies that it has in the end)."""
        cookies, url = {}, f"http://127.0.0.1:{port}{path}"
        while True:
            at = urllib.parse.urlsplit(url)
            connection = http.client.HTTPConnection(at.netloc, timeout=10)
            connection.request("GET", at.path + "?" + at.query, headers={"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if at.port == port else {})
            response = connection.getresponse()
            response.read()
            for line in response.headers.get_all("Set-Cookie") or []:
                name, value = re.match(r"([^=]+)=([^;]*)", line).groups()
                cookies[name] = value
            url = response.headers["Location"]
            if not url or not url.startswith("http"):
                return response.status, url, cookies

    def stop(self):
        self.server.shutdown()
        self.folder.cleanup()


def answer(handler):
    """One request."""
    self, at = handler.of, urllib.parse.urlsplit(handler.path)
    form = urllib.parse.parse_qs(handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode())
    location = self.authorize(urllib.parse.parse_qs(at.query)) if at.path == "/authorize" else None
    body = {"/.well-known/openid-configuration": self.discovery, "/jwks": lambda: self.jwks, "/token": lambda: self.token(form["code"][0])}.get(at.path, dict)()
    text = json.dumps(body).encode()
    handler.send_response(303 if location else 200)
    if location:
        handler.send_header("Location", location)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(text)))
    handler.end_headers()
    handler.wfile.write(text)
