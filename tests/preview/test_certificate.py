"""The preview's certificate, and the server that speaks TLS with it."""

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
from tools.preview.serving import listen, serving

NAMES = ["shop.localhost", "cdn.shop.localhost"]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    path = tmp_path / "certificate.pem"
    write_certificate(path, NAMES)
    return path


def test_it_is_for_the_names(certificate: Path) -> None:
    """All in the subject's alternative names: browsers read no others (RFC 9110 §4.3.4)."""
    read = x509.load_pem_x509_certificate(certificate.read_bytes())

    alternative = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert alternative.get_values_for_type(x509.DNSName) == NAMES


def test_it_holds_now_and_no_longer_than_browsers_take(certificate: Path) -> None:
    """398 days at most: CA/Browser Forum Baseline Requirements §6.3.2, enforced by Safari."""
    read = x509.load_pem_x509_certificate(certificate.read_bytes())

    now = datetime.now(UTC)
    # A machine's clock, or a moved one, may be behind.
    assert read.not_valid_before_utc < now - timedelta(hours=23)
    assert now + timedelta(days=365) < read.not_valid_after_utc
    assert read.not_valid_after_utc - read.not_valid_before_utc <= timedelta(days=398)


def test_its_key_is_for_this_user_alone(certificate: Path) -> None:
    assert b"PRIVATE KEY" in certificate.read_bytes()
    assert stat.S_IMODE(certificate.stat().st_mode) == 0o600


def test_each_has_a_number_and_a_key_of_its_own(certificate: Path, tmp_path: Path) -> None:
    """Firefox refuses a second certificate with issuer and number of a first."""
    other = tmp_path / "other.pem"
    write_certificate(other, NAMES)

    one, two = (x509.load_pem_x509_certificate(path.read_bytes()) for path in (certificate, other))
    assert one.serial_number != two.serial_number
    assert one.public_key() != two.public_key()


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


def test_a_server_speaks_tls_with_it(certificate: Path) -> None:
    """A client that trusts it connects to each of the names; others do not."""
    trusting = ssl.create_default_context(cafile=str(certificate))
    listener = listen(0)
    port = listener.getsockname()[1]

    with serving(PlainTextResponse("hello"), listener, certificate):
        assert [get(port, name, trusting) for name in NAMES] == [b"hello", b"hello"]
        with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
            get(port, "www.shop.localhost", trusting)
        with pytest.raises(ssl.SSLCertVerificationError, match="self-signed"):
            get(port, NAMES[0], ssl.create_default_context())


def test_a_server_speaks_plain_http_without_one_and_ends() -> None:
    before = set(threading.enumerate())
    listener = listen(0)
    port = listener.getsockname()[1]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)

    with serving(PlainTextResponse("hello"), listener, None):
        connection.request("GET", "/")
        response = connection.getresponse()
        assert response.read() == b"hello"
        assert response.headers["server"] is None
    connection.close()

    assert set(threading.enumerate()) <= before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=10)


def test_a_taken_port_is_an_error() -> None:
    with listen(0) as listener, pytest.raises(OSError, match="in use"):
        listen(listener.getsockname()[1])


def test_no_part_of_an_answer_waits_for_the_viewer() -> None:
    """Nagle's algorithm (RFC 9293 §3.7.4) is off for each connection."""
    with (
        listen(0) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_only_this_machine_is_listened_to() -> None:
    with listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
