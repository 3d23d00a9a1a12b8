"""The preview's certificate, and the HTTP server with and without TLS."""

import http.client
import socket
import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from starlette.responses import PlainTextResponse

from tools.preview.certificate import write_certificate
from tools.preview.http_server import listen, serve

NAMES = ["shop.localhost", "cdn.shop.localhost"]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """The PEM file of a new certificate."""
    path = tmp_path / "certificate.pem"
    write_certificate(path, NAMES)
    return path


def test_certificate_is_for_all_names(certificate: Path) -> None:
    """They are subject alternative names, because browsers read no others (RFC 9110 §4.3.4)."""
    read = x509.load_pem_x509_certificate(certificate.read_bytes())

    alternative = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert alternative.get_values_for_type(x509.DNSName) == NAMES


def test_certificate_is_valid_no_longer_than_browsers_accept(certificate: Path) -> None:
    """At most 398 days: CA/Browser Forum Baseline Requirements §6.3.2, enforced by Safari."""
    read = x509.load_pem_x509_certificate(certificate.read_bytes())

    now = datetime.now(UTC)
    # The clock of a machine may be slow.
    assert read.not_valid_before_utc < now - timedelta(hours=23)
    assert now + timedelta(days=365) < read.not_valid_after_utc
    assert read.not_valid_after_utc - read.not_valid_before_utc <= timedelta(days=398)


def test_only_this_user_can_read_the_key(certificate: Path) -> None:
    assert b"PRIVATE KEY" in certificate.read_bytes()
    assert stat.S_IMODE(certificate.stat().st_mode) == 0o600


def test_each_certificate_has_its_own_serial_number_and_key(
    certificate: Path, tmp_path: Path
) -> None:
    """Firefox rejects a second certificate with the same issuer and serial number."""
    other = tmp_path / "other.pem"
    write_certificate(other, NAMES)

    first, second = (
        x509.load_pem_x509_certificate(path.read_bytes()) for path in (certificate, other)
    )
    assert first.serial_number != second.serial_number
    assert first.public_key() != second.public_key()


def get(port: int, name: str, context: ssl.SSLContext) -> bytes:
    """Return the body of https://NAME:PORT/ on this machine."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=name) as encrypted,
    ):
        connection = http.client.HTTPSConnection(name, port)
        connection.sock = encrypted
        connection.request("GET", "/")
        return connection.getresponse().read()


def test_server_uses_tls_with_the_certificate(certificate: Path) -> None:
    """A client that trusts the certificate can connect to each name; other clients cannot."""
    trusting = ssl.create_default_context(cafile=str(certificate))
    listener = listen(0)
    port = listener.getsockname()[1]

    with serve(PlainTextResponse("hello"), listener, certificate):
        assert [get(port, name, trusting) for name in NAMES] == [b"hello", b"hello"]
        with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
            get(port, "www.shop.localhost", trusting)
        with pytest.raises(ssl.SSLCertVerificationError, match="self-signed"):
            get(port, NAMES[0], ssl.create_default_context())


def test_server_without_a_certificate_uses_plain_http_and_ends() -> None:
    before = set(threading.enumerate())
    listener = listen(0)
    port = listener.getsockname()[1]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)

    with serve(PlainTextResponse("hello"), listener, None):
        connection.request("GET", "/")
        response = connection.getresponse()
        assert response.read() == b"hello"
        assert response.headers["server"] is None
    connection.close()

    assert set(threading.enumerate()) <= before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=10)


def test_port_in_use_is_an_error() -> None:
    with listen(0) as listener, pytest.raises(OSError, match="in use"):
        listen(listener.getsockname()[1])


def test_nagles_algorithm_is_off_for_each_connection() -> None:
    """With it (RFC 9293 §3.7.4), parts of a response would wait for the viewer."""
    with (
        listen(0) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_listener_accepts_only_connections_from_this_machine() -> None:
    with listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
