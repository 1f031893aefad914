"""A passkey's authenticator of our own, for all that a good one never does: CBOR by hand, keys and signatures by openssl."""
import base64, hashlib, json, os, struct, subprocess, tempfile

PRESENT, VERIFIED, ATTESTED, EXTENDED = 1, 4, 0x40, 0x80


def encode(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True).stdout


class Authenticator:
    """One credential, ES256 or Ed25519."""

    def __init__(self, algorithm=-7, rp="localhost", origin="http://localhost:8080", counts=True):
        self.algorithm, self.rp, self.origin, self.counts, self.count = algorithm, rp, origin, counts, 0
        self.id = os.urandom(32)
        self.file = tempfile.NamedTemporaryFile(suffix=".pem")
        kind = ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"] if algorithm == -7 else ["ED25519"] if algorithm == -8 else ["RSA"]
        self.file.write(openssl("genpkey", "-algorithm", *kind)), self.file.flush()
        self.der = openssl("pkey", "-in", self.file.name, "-pubout", "-outform", "DER")

    def cose(self):
        """The public key as COSE, in CTAP2's canonical form."""
        if self.algorithm == -7:
            point = self.der[-64:]
            return b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20" + point[:32] + b"\x22\x58\x20" + point[32:]
        if self.algorithm == -8:
            return b"\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20" + self.der[-32:]
        return b"\xa4\x01\x03\x03\x39\x01\x00\x20\x59\x01\x00" + self.der[33:289] + b"\x21\x43\x01\x00\x01"

    def client_data(self, kind, options, more):
        return json.dumps({"type": kind, "challenge": json.loads(options)["challenge"], "origin": self.origin, "crossOrigin": False, **more}).encode()

    def data(self, flags, rp=None):
        if self.counts:
            self.count += 1
        return hashlib.sha256((rp or self.rp).encode()).digest() + bytes([flags]) + struct.pack(">I", self.count)

    def create(self, options, flags=PRESENT | VERIFIED | ATTESTED, rp=None, tail=b"", kind="webauthn.create", **more):
        """What navigator.credentials.create() answers to these options."""
        data = self.data(flags, rp) + bytes(16) + struct.pack(">H", len(self.id)) + self.id + self.cose() + tail
        return {"clientData": encode(self.client_data(kind, options, more)), "authenticatorData": encode(data)}

    def get(self, options, flags=PRESENT | VERIFIED, rp=None, kind="webauthn.get", **more):
        client, data = self.client_data(kind, options, more), self.data(flags, rp)
        return {"credentialId": encode(self.id), "clientData": encode(client), "authenticatorData": encode(data),
                "signature": encode(self.sign(data + hashlib.sha256(client).digest()))}

    def sign(self, data):
        if self.algorithm == -8:
            with tempfile.NamedTemporaryFile() as file:
                file.write(data), file.flush()
                return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.file.name, "-in", file.name)
        return openssl("dgst", "-sha256", "-sign", self.file.name, data=data)
