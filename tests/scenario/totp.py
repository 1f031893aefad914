"""What an authenticator app shows (RFC 6238), by Python's own HMAC: shares nothing with the server's."""
import base64, hashlib, hmac, struct


def totp(secret, now_ms, steps=0):
    """The code of a base32 secret, so many half minutes later."""
    mac = hmac.new(base64.b32decode(secret), struct.pack(">q", now_ms // 30000 + steps), hashlib.sha1).digest()
    return f"{(struct.unpack_from('>I', mac, mac[-1] & 15)[0] & 0x7FFFFFFF) % 1000000:06}"
