"""TLS as the public listener speaks it: no version and no cipher that a recorder of today could read tomorrow."""
import re, ssl, subprocess, sys, tempfile, warnings
from harness import Server, client_tls, make_certificate, run, tests_of

warnings.simplefilter("ignore", DeprecationWarning)  # the old versions are what is asked for
folder = tempfile.TemporaryDirectory()


def make_rsa_certificate():
    """Old key exchanges need one of these: with a key on a curve nobody could ask for them."""
    key, cert = folder.name + "/rsa.pem", folder.name + "/rsa-cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost"],
                   check=True, capture_output=True)
    return ["--tls-cert", cert, "--tls-key", key]


def chosen(server, version, ciphers="ALL:@SECLEVEL=0"):
    """Version and cipher that come of an offer; None: nothing does."""
    context = client_tls()
    context.minimum_version = context.maximum_version = version
    context.set_ciphers(ciphers)
    try:
        with server.connect() as sock, context.wrap_socket(sock) as tls:
            return tls.version(), tls.cipher()[0]
    except (ssl.SSLError, ConnectionResetError):
        return None


def offered():
    """All that this machine's OpenSSL can say in TLS 1.2."""
    names = subprocess.run(["openssl", "ciphers", "-tls1_2", "-s", "ALL:eNULL:@SECLEVEL=0"], capture_output=True, text=True, check=True).stdout
    return names.strip().split(":")


def test_versions_are_1_2_and_1_3():
    for certificate in (make_certificate(folder.name), make_rsa_certificate()):
        with Server(*certificate) as server:
            assert chosen(server, ssl.TLSVersion.TLSv1) is None and chosen(server, ssl.TLSVersion.TLSv1_1) is None
            assert chosen(server, ssl.TLSVersion.TLSv1_2)[0] == "TLSv1.2"
            assert chosen(server, ssl.TLSVersion.TLSv1_3, "DEFAULT")[0] == "TLSv1.3"


def test_each_cipher_is_authenticated_and_keeps_the_past_secret():
    """Offered one by one: what is taken has ephemeral keys and an AEAD."""
    taken = set()
    for certificate in (make_certificate(folder.name), make_rsa_certificate()):
        with Server(*certificate) as server:
            for name in offered():
                if chosen(server, ssl.TLSVersion.TLSv1_2, name + ":@SECLEVEL=0"):
                    taken.add(name)
    weak = {name for name in taken if not re.match(r"ECDHE-(ECDSA|RSA)-(AES\d+-GCM|CHACHA20)", name)}
    assert not weak, weak
    assert len(taken) == 6, taken


run(tests_of(sys.modules[__name__]))
