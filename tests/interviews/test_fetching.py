"""Addresses that people give: what may be asked of them, and what a real server on the other end may do."""

import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from accounts.moves import Invalid
from interviews import fetching

HOST = "calendar.example.com"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://calendar.example.com/a.ics", "begins with https"),
        ("webcal://calendar.example.com/a.ics", "begins with https"),
        ("file:///etc/passwd", "begins with https"),
        ("https://ana:secret@calendar.example.com/a.ics", "name and password"),
        ("https://calendar.example.com:8443/a.ics", "usual port"),
        ("https://calendar.example.com:99999/", "can't be read"),
        ("https://localhost/a.ics", "whole name"),
        ("https:///a.ics", "can't be read"),
        ("https://calendar.example.com/a b", "can't be read"),
        ("https://calendar.example.com/\r\nHost: x", "can't be read"),
        ("https://127.0.0.1/a.ics", "private network"),
        ("https://10.1.2.3/", "private network"),
        ("https://169.254.169.254/latest/meta-data/", "private network"),
        ("https://[::1]/", "private network"),
        ("https://[::ffff:10.0.0.1]/", "private network"),
        ("https://[64:ff9b::a00:1]/", "private network"),
        ("https://[fe80::1]/", "private network"),
    ],
)
def test_address_that_could_reach_something_else_is_refused_in_words(url, words):
    assert words in fetching.url_trouble(url)


@pytest.mark.parametrize("url", ["https://calendar.example.com/private-0f/basic.ics?x=1", "https://8.8.8.8/a.ics"])
def test_public_address_is_accepted(url):
    assert fetching.url_trouble(url) is None


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "127.0.0.53",
        "192.168.1.1",
        "172.16.0.1",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "fc00::1",
    ]
    + ["fe80::1%eth0", "2002:0a00:0001::", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "240.0.0.1", "localhost"],
)
def test_address_of_no_public_machine_is_told(address):
    assert not fetching.is_public(address)


@pytest.mark.parametrize("found", [["10.0.0.7"], ["93.184.216.34", "127.0.0.1"]])
def test_name_that_leads_to_a_private_address_too_is_refused(monkeypatch, found):
    rows = [(2, 1, 6, "", (address, 443)) for address in found]
    monkeypatch.setattr(fetching.socket, "getaddrinfo", lambda *a, **k: rows)
    with pytest.raises(Invalid, match="private network"):
        fetching.fetch(f"https://{HOST}/a.ics", 1000)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of the host, signed by itself, as a file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    today = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "host.pem"
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem = key.private_bytes(serialization.Encoding.PEM, *plain) + signed.public_bytes(serialization.Encoding.PEM)
    file.write_bytes(pem)
    return file


@contextmanager
def server(certificate, status: int, body: bytes, **headers: str):
    """A real server with that certificate that answers everything alike; the address where it listens."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    here = HTTPServer(("127.0.0.1", 0), Answer)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    here.socket = context.wrap_socket(here.socket, server_side=True)
    thread = threading.Thread(target=here.serve_forever, daemon=True)
    thread.start()
    try:
        yield here.server_address
    finally:
        here.shutdown()
        here.server_close()


def fetch(address, certificate, *, trusted: bool = True, host: str = HOST) -> bytes:
    context = ssl.create_default_context(cafile=str(certificate)) if trusted else ssl.create_default_context()
    return fetching.fetch(f"https://{host}/a.ics", 1000, resolve=lambda _: address, context=context)


def test_file_is_read_from_a_server_that_proves_its_name(certificate):
    with server(certificate, 200, b"BEGIN:VCALENDAR") as address:
        assert fetch(address, certificate) == b"BEGIN:VCALENDAR"
        with pytest.raises(Invalid, match="could not prove who it is"):
            fetch(address, certificate, trusted=False)
        with pytest.raises(Invalid, match="could not prove who it is"):
            fetch(address, certificate, host="other.example.com")


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [(302, b"", "leads on to another"), (404, b"no", "it answered 404"), (200, b"a" * 2000, "larger than")],
)
def test_answer_that_is_no_small_file_is_refused_in_words(certificate, status, body, words):
    with (
        server(certificate, status, body, Location="https://127.0.0.1/") as address,
        pytest.raises(Invalid, match=words),
    ):
        fetch(address, certificate)


def test_server_that_is_not_there_is_told(certificate):
    with server(certificate, 200, b"") as address:
        pass
    with pytest.raises(Invalid, match="did not answer as it should"):
        fetch(address, certificate)
